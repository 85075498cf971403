"""What a token stands for and how it is shown."""

import json

import numpy as np
import pytest

from prompts import PROMPTS
from transformer_cinema.inference.errors import ModelError
from transformer_cinema.inference.model import EMBEDDED_MODEL
from transformer_cinema.inference.tokens import Tokenizer, Vocabulary

LABELS = {
    b"the": "the",
    b" the": "·the",
    b"   ": "···",
    b"a b": "a·b",
    b"\n": "⏎",
    b"\n\n": "⏎⏎",
    b"\t": "⇥",
    b"\r\n": "0D ⏎",
    b"\x00": "00",
    b"a\x1bb": "a 1B b",
    b"\x7f": "7F",
    "\u00a0".encode(): "·",  # no-break space
    "\u3000".encode(): "·",  # ideographic space
    "\u2028".encode(): "E2 80 A8",  # line separator
    "\u200b".encode(): "E2 80 8B",  # zero-width space
    "\u202e".encode(): "E2 80 AE",  # would turn the line around
    "\ufe0f".encode(): "EF B8 8F",  # variation selector
    "\ue000".encode(): "EE 80 80",  # private use
    "机".encode(): "机",
    "🙂".encode(): "🙂",
    "机".encode()[:2]: "E6 9C",
    "机".encode()[2:]: "BA",
    b" \xf0\x9f": "20 F0 9F",
    b"\xed\xa0\xbd": "ED A0 BD",  # a surrogate, spelled as if it were a character
    b"<|endoftext|>": "<|endoftext|>",
    b"": "#25",
}


@pytest.mark.parametrize("number", range(len(LABELS)), ids=[repr(label) for label in LABELS.values()])
def test_label(number):
    assert Vocabulary(LABELS).label(number) == list(LABELS.values())[number]


def test_every_label_of_storybook_can_be_shown(storybook):
    for id in range(len(storybook.vocabulary)):
        label = storybook.vocabulary.label(id)
        assert label and label.isprintable() and label == label.strip()
        label.encode()


def test_all_256_bytes_are_there_once(storybook):
    single = [storybook.vocabulary.bytes(id) for id in range(len(storybook.vocabulary))]
    assert sorted(piece for piece in single if len(piece) == 1) == [bytes([byte]) for byte in range(256)]


@pytest.mark.parametrize(
    "text", ["Once upon a time", "¡señor! naïve—“quotes”", "机器学习 模型", "👩‍🚀🙂", "\x00\t\r\n ~¡ÿ"]
)
def test_tokens_spell_the_text(storybook, text):
    assert storybook.vocabulary.text(storybook.tokenizer.encode(text)) == text


def test_a_character_in_pieces_shows_its_bytes(storybook):
    labels = [storybook.vocabulary.label(id) for id in storybook.tokenizer.encode("机")]
    assert " ".join(labels) == "E6 9C BA"
    assert len(labels) > 1


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ([b"a", b"b"], []),
        ([b"\xe6", b"\x9c", b"\xba"], [(0, 2, "机")]),
        ([b"x", b" \xe6\x9c", b"\xbay", b"z"], [(1, 2, " 机y")]),
        ([b"\xe6\x9c", b"\xba\xe5", b"\x99\xa8"], [(0, 2, "机器")]),
        ([b"\xe6", b"a"], []),
        ([b"\xe6", b"\xe6", b"\x9c\xba"], [(1, 2, "机")]),
        ([b"\xba", b"\xf0\x9f", b"\x99\x82"], [(1, 2, "🙂")]),
        ([b"\xe6\x9c"], []),
        ([], []),
    ],
)
def test_pieces_of_a_character_are_found_together(pieces, expected):
    assert Vocabulary(pieces).broken_characters(range(len(pieces))) == expected


def test_the_pieces_of_chinese_words_spell_them(storybook):
    ids = storybook.tokenizer.encode("机器 learns 🙂")
    found = storybook.vocabulary.broken_characters(ids)
    assert "".join(text for _, _, text in found).replace(" ", "") == "机器🙂"


def test_the_end_of_text_token_is_plain_text(storybook):
    assert storybook.vocabulary.bytes(0) == b"<|endoftext|>"


def test_bytes_that_are_no_text_are_written_as_such():
    """Not as U+FFFD, which is a character of its own."""
    vocabulary = Vocabulary([b"a", b"\xe6", b"\x9c", b"\xba", "\ufffd".encode()])
    assert vocabulary.text([0, 1, 0]) == "a<E6>a"
    assert vocabulary.text([4, 1, 2, 3, 2]) == "\ufffd机<9C>"
    assert vocabulary.ends([0, 1, 2, 3, 2, 1, 0]) == [1, 1, 1, 2, 6, 6, 11]
    assert vocabulary.ends([1]) == [4], "what stays incomplete is there in the end"
    assert vocabulary.ends([]) == []


@pytest.mark.parametrize("text", PROMPTS)
def test_sixty_texts_are_cut_into_pieces_and_are_whole_again(storybook, text):
    """As labels, as names in captions, word by word, and as they grow; none with a U+FFFD that isn't in it."""
    vocabulary, ids = storybook.vocabulary, storybook.tokenizer.encode(text)
    assert vocabulary.text(ids) == text
    shown = [text[:end] for end in vocabulary.ends(ids)]
    assert shown[-1] == text and all(text.encode().startswith(one.encode()) for one in shown)
    names = [vocabulary.name(ids, place) for place in range(len(ids))]
    labels = [vocabulary.label(id) for id in ids]
    words = [word for word, _, _ in vocabulary.words(ids)]
    assert not [one for one in [*names, *labels, *words] if "\ufffd" in one or not one.strip()]
    assert all(name in text or name.replace("·", " ") in text or name in labels for name in names)
    for word, first, last in vocabulary.words(ids):
        assert word in vocabulary.text(ids[first : last + 1])


def test_a_piece_of_a_character_is_named_by_the_whole_one(storybook):
    text = "机e\u0301👍🏽 ball"
    ids = storybook.tokenizer.encode(text)
    names = list(dict.fromkeys(storybook.vocabulary.name(ids, place) for place in range(len(ids))))
    assert names == ["机", "e\u0301", "👍🏽", "ball"]


def test_words_of_several_tokens_are_whole(storybook):
    text = "the transformers naïveté 机器 спасибо สวัสดี cafe\u0301"
    ids = storybook.tokenizer.encode(text)
    words = storybook.vocabulary.words(ids)
    assert [word for word, _, _ in words] == ["the", "transformers", "naïveté", "机", "器", *text.split()[-3:]]
    assert all(storybook.vocabulary.text(ids[first : last + 1]).strip() == word for word, first, last in words)
    assert sum(last > first for _, first, last in words) == 7


def test_a_huge_token_has_a_short_label():
    vocabulary = Vocabulary([b"x" * 3_000_000, b"\xff" * 3_000_000, ("e" + "\u0301" * 300).encode(), b"-" * 128])
    labels = [vocabulary.label(id) for id in range(4)]
    assert all(0 < len(label) <= 128 for label in labels)
    assert labels[0].endswith("x…") and labels[2] == "…" and labels[3] == "-" * 128


def test_arrays_hold_a_vocabulary():
    vocabulary = Vocabulary(LABELS)
    blob, offsets = vocabulary.to_arrays()
    assert (blob.dtype, offsets.dtype, len(offsets)) == (np.uint8, np.int64, len(LABELS) + 1)
    assert Vocabulary.from_arrays(blob, offsets) == vocabulary
    assert Vocabulary.from_arrays(*Vocabulary([]).to_arrays()) == Vocabulary([])


@pytest.mark.parametrize("offsets", [[], [0], [0, 2], [1, 3], [0, 5, 3], [0, 4]])
def test_offsets_that_do_not_fit_are_refused(offsets):
    with pytest.raises(ValueError):
        Vocabulary.from_arrays(np.zeros(3, np.uint8), np.array(offsets, np.int64))


def test_settings_that_would_change_the_prompt_are_switched_off(tmp_path):
    settings = json.loads((EMBEDDED_MODEL / "tokenizer.json").read_text(encoding="utf-8"))
    settings["truncation"] = {"direction": "Right", "max_length": 2, "strategy": "LongestFirst", "stride": 0}
    settings["padding"] = {
        "strategy": {"Fixed": 50},
        "direction": "Right",
        "pad_to_multiple_of": None,
        "pad_id": 0,
        "pad_type_id": 0,
        "pad_token": "<|endoftext|>",
    }
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps(settings), encoding="utf-8")
    text = "one two three four five"
    assert Tokenizer(path).encode(text) == Tokenizer(EMBEDDED_MODEL / "tokenizer.json").encode(text)


def _without_merges(settings):
    settings["model"]["merges"] = [["not", "there"]]


def _with_a_normalizer_that_panics(settings):
    settings["normalizer"] = {"type": "Precompiled", "precompiled_charsmap": "AAAA"}


@pytest.mark.parametrize("change", [_without_merges, _with_a_normalizer_that_panics])
def test_a_damaged_tokenizer_is_refused(tmp_path, change):
    settings = json.loads((EMBEDDED_MODEL / "tokenizer.json").read_text(encoding="utf-8"))
    change(settings)
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps(settings), encoding="utf-8")
    with pytest.raises(ModelError, match="not a tokenizer that can be read|can't be read"):
        Tokenizer(path)


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff\xfe", b'{"model": ' * 5000])
def test_what_is_no_tokenizer_is_refused(tmp_path, content):
    path = tmp_path / "tokenizer.json"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="not a tokenizer that can be read|can't be read"):
        Tokenizer(path)


def test_a_missing_tokenizer_is_named(tmp_path):
    with pytest.raises(ModelError, match=r"no .*tokenizer\.json"):
        Tokenizer(tmp_path / "tokenizer.json")
