"""Tokenizers of Chinese GPT-2s: vocab.txt, as BERT has it."""

import json

import numpy as np
import pytest

from checkpoints import write_checkpoint
from transformer_cinema.inference.errors import ModelError
from transformer_cinema.inference.model import Model
from transformer_cinema.inference.sampling import Sampling
from transformer_cinema.inference.tokens import Tokenizer

SPECIAL = ["[PAD]", *(f"[unused{number}]" for number in range(1, 100)), "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
SIGNS = list("!\"#$%&'()*+,-./0123456789:;<=>?@[]^_`{|}~、。《》「」！（），：；？")
LETTERS = [chr(code) for code in range(ord("a"), ord("z") + 1)]
HAN = [chr(code) for code in range(0x4E00, 0x4E00 + 9000)]
WORDS = ["hello", "world", "king", "##ing", "##s", "the", "GPT", "の", "한"]
TEXTS = [
    "床前明月光，疑是地上霜。",
    "很久很久以前，有一个国王",
    "the kings 在 hello world",
    "GPT模型2026年",
    "[CLS]中国[SEP]",
    "café，naïve！",
    "　全角　空格\t制表",
    "龘🙂",
    "a\u0000b\ufffd",
    "",
]


def vocabulary():
    """As that of UER's models: special tokens, signs, Han, letters alone and going on, words."""
    return [*SPECIAL, *SIGNS, *HAN, *LETTERS, *(f"##{letter}" for letter in LETTERS), *WORDS]


def write_vocabulary(folder, lines, end="\n"):
    (folder / "vocab.txt").write_bytes((end.join(lines) + end).encode())


@pytest.fixture
def folder(tmp_path):
    """A model with a vocab.txt and no tokenizer.json."""
    folder = write_checkpoint(tmp_path / "model", n_vocab=len(vocabulary()), d_model=16, eos_token_id=50256)
    (folder / "tokenizer.json").unlink()
    write_vocabulary(folder, vocabulary())
    return folder


def labels(tokenizer, text):
    return [tokenizer.vocabulary.label(id) for id in tokenizer.encode(text)]


def test_a_character_is_a_token_and_has_no_blank(folder):
    tokenizer = Tokenizer.find(folder)
    assert tokenizer.path == folder / "vocab.txt"
    assert labels(tokenizer, "床前明月光，") == list("床前明月光，")
    assert tokenizer.vocabulary.text(tokenizer.encode("床前明月光，")) == "床前明月光，"


def test_words_are_told_apart_by_their_blanks(folder):
    tokenizer = Tokenizer.find(folder)
    assert labels(tokenizer, "the kings, 在") == ["·the", "·king", "s", ",", "在"]
    assert tokenizer.vocabulary.text(tokenizer.encode("the kings, 在")) == " the kings,在"


def test_special_tokens_are_found_in_the_text(folder):
    tokenizer = Tokenizer.find(folder)
    assert labels(tokenizer, "[CLS]中国[SEP]") == ["[CLS]", "中", "国", "[SEP]"]
    assert labels(tokenizer, "🙂") == ["[UNK]"]


@pytest.mark.parametrize("token", ["[SEP]", "[EOS]"])
def test_its_end_ends_a_text(folder, token):
    """Though config.json gives the id that the end has in GPT-2."""
    lines = vocabulary()
    lines[lines.index("[unused1]")] = "[EOS]"
    write_vocabulary(folder, lines)
    model = Model.load(folder)
    end = lines.index(token)
    logits = np.zeros(len(lines), np.float32)
    logits[end] = 100.0
    model._unembed = unembedding_that_says(model, logits)
    recording = model.generate("床前明月光", Sampling(temperature=0.0), new_tokens=4)
    assert [step.draw.token for step in recording.steps] == [end]


def unembedding_that_says(model, logits):
    """In place of the model's own, one that gives the same logits [V] everywhere."""
    real = model._unembed

    def unembed(resid, positions):
        return real(resid, positions) | {"logits": np.tile(logits, (len(positions), 1))}

    return unembed


def test_what_bert_reads_as_lower_case_may_be_kept(folder):
    assert labels(Tokenizer.find(folder), "GPT") == ["·g", "p", "t"]
    (folder / "tokenizer_config.json").write_text(json.dumps({"do_lower_case": False}))
    assert labels(Tokenizer.find(folder), "GPT") == ["·GPT"]


def test_lines_may_end_as_windows_ends_them(folder):
    expected = Tokenizer.find(folder).encode(TEXTS[2])
    write_vocabulary(folder, vocabulary(), end="\r\n")
    assert Tokenizer.find(folder).encode(TEXTS[2]) == expected


def test_of_a_token_that_stands_twice_the_later_line_counts(folder):
    lines = vocabulary()
    lines[lines.index("[unused1]")] = "床"
    write_vocabulary(folder, lines)
    tokenizer = Tokenizer.find(folder)
    assert tokenizer.encode("床") == [vocabulary().index("床")]
    assert tokenizer.vocabulary.label(lines.index("床")) == f"#{lines.index('床')}"


@pytest.mark.parametrize(
    ("file", "content", "says"),
    [
        ("vocab.txt", "床\n前\n".encode(), r"vocab\.txt has no \[UNK\]"),
        ("vocab.txt", b"", r"vocab\.txt has no \[UNK\]"),
        ("vocab.txt", b"\xff\xfe[\x00", r"vocab\.txt can't be read"),
        ("tokenizer_config.json", b"{", r"tokenizer_config\.json can't be read as JSON"),
        ("tokenizer_config.json", b"[]", r"tokenizer_config\.json can't be read as JSON"),
        ("tokenizer_config.json", b'{"do_lower_case": "no"}', r"do_lower_case must be true or false, not 'no'"),
    ],
)
def test_what_is_no_vocabulary(folder, file, content, says):
    (folder / file).write_bytes(content)
    with pytest.raises(ModelError, match=says):
        Tokenizer.find(folder)


def test_the_same_in_a_tokenizer_json(folder):
    tokenizer = Tokenizer.find(folder)
    tokenizer._tokenizer.save(str(folder / "tokenizer.json"))
    other = Tokenizer.find(folder)
    assert other.path == folder / "tokenizer.json"
    assert other.vocabulary == tokenizer.vocabulary
    assert [other.encode(text) for text in TEXTS] == [tokenizer.encode(text) for text in TEXTS]


@pytest.mark.slow
@pytest.mark.parametrize("lowers", [True, False])
def test_tokens_are_those_of_transformers(folder, lowers):
    transformers = pytest.importorskip("transformers")
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"do_lower_case": lowers, "tokenizer_class": "BertTokenizer"})
    )
    theirs = transformers.BertTokenizer.from_pretrained(str(folder), do_lower_case=lowers)
    ours = Tokenizer.find(folder)
    for text in TEXTS:
        assert ours.encode(text) == theirs.encode(text, add_special_tokens=False)
