"""A tokenizer in two files, vocab.json and merges.txt, as GPT-2 was published."""

import json
import shutil
from pathlib import Path

import pytest

from checkpoints import small_tokenizer, write_checkpoint
from transformer_cinema.inference.errors import ModelError
from transformer_cinema.inference.model import Model
from transformer_cinema.inference.tokens import Tokenizer

GPT2 = Path(__file__).resolve().parents[3] / "shared" / "gpt2-tokenizer"
TEXTS = [
    "the king and the ball",
    " the  king\n\n",
    "<|endoftext|>the",
    "机器 🙂 naïve",
    "it's 'll x",
    "\x00\t\r\n ~¡ÿ",
    "",
]


@pytest.fixture
def folder(tmp_path):
    """A model with the pair and no tokenizer.json."""
    folder = write_checkpoint(tmp_path / "model")
    small_tokenizer(400).model.save(str(folder))
    (folder / "tokenizer.json").rename(folder / "other.json")
    return folder


def test_the_pair_is_the_same_tokenizer(folder):
    pair, whole = Tokenizer.find(folder), Tokenizer(folder / "other.json")
    assert pair.path == folder / "vocab.json"
    assert len(pair) == len(whole) > 256
    assert pair.vocabulary == whole.vocabulary
    for text in TEXTS:
        assert pair.encode(text) == whole.encode(text)
        assert pair.vocabulary.text(pair.encode(text)) == text


def test_a_model_is_loaded_with_the_pair(folder):
    assert Model.load(folder).trace("the king").logits.shape == (400,)


def test_tokenizer_json_goes_first(folder):
    shutil.copy(folder / "other.json", folder / "tokenizer.json")
    (folder / "merges.txt").write_text("nonsense")
    assert Model.load(folder).tokenizer.path == folder / "tokenizer.json"


@pytest.mark.parametrize("missing", ["vocab.json", "merges.txt"])
def test_half_a_pair_is_none(folder, missing):
    (folder / missing).unlink()
    with pytest.raises(ModelError, match=r"no .*tokenizer\.json"):
        Model.load(folder)


@pytest.mark.parametrize("change", ["first line", "line ends", "no end", "empty lines"])
def test_how_merges_may_be_written(folder, change):
    path = folder / "merges.txt"
    expected = Tokenizer.find(folder).encode(TEXTS[0])
    lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    assert lines[0].startswith("#version")
    if change == "first line":
        lines = lines[1:]
    text = ("\r\n" if change == "line ends" else "\n").join(lines) + ("" if change == "no end" else "\n")
    path.write_bytes((text + "\n\n" * (change == "empty lines")).encode())
    assert Tokenizer.find(folder).encode(TEXTS[0]) == expected


@pytest.mark.parametrize("line", ["one", "t h e", "t  h", "not there", "t \u2603", "# comment", "z Ġq"], ids=ascii)
def test_merges_that_do_not_parse(folder, line):
    path = folder / "merges.txt"
    lines = path.read_text(encoding="utf-8").split("\n")
    path.write_text("\n".join([*lines[:4], line, *lines[4:]]), encoding="utf-8")
    with pytest.raises(ModelError, match=r"merges\.txt: line 5 is no merge"):
        Tokenizer.find(folder)


def test_merges_that_are_no_text(folder):
    (folder / "merges.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ModelError, match=r"merges\.txt can't be read"):
        Tokenizer.find(folder)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "5",
        '{"a": "b"}',
        '{"a": -1}',
        '{"a": 1.5}',
        '{"a": true}',
        '{"a": 1, "b": 1}',
        '{"a": 4294967296}',
    ],
)
def test_what_is_no_vocabulary(folder, content):
    (folder / "vocab.json").write_text(content)
    (folder / "merges.txt").write_text("")
    with pytest.raises(ModelError, match=r"vocab\.json is not a tokenizer that can be read"):
        Tokenizer.find(folder)


def test_a_vocabulary_larger_than_the_table(folder):
    path = folder / "vocab.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | {"extra": 4_000_000_000}))
    with pytest.raises(ModelError, match=r"vocab\.json knows 4000000001 tokens, but the model's table has 400"):
        Model.load(folder)


def test_a_vocabulary_without_an_end_of_text(folder):
    path = folder / "vocab.json"
    ids = json.loads(path.read_text(encoding="utf-8"))
    del ids["<|endoftext|>"]
    path.write_text(json.dumps(ids), encoding="utf-8")
    tokenizer = Tokenizer.find(folder)
    assert len(tokenizer) == max(ids.values()) + 1
    assert tokenizer.vocabulary.text(tokenizer.encode("a <|endoftext|>")) == "a <|endoftext|>"
    assert len(tokenizer.encode("<|endoftext|>")) > 1


@pytest.mark.skipif(not GPT2.is_dir(), reason="GPT-2's own tokenizer is not beside the checkout")
def test_gpt2():
    tokenizer = Tokenizer.find(GPT2)
    assert len(tokenizer) == 50257
    assert tokenizer.encode("Hello world") == [15496, 995]
    assert tokenizer.encode("<|endoftext|>") == [50256]
    assert tokenizer.vocabulary.label(995) == "·world"
    for text in TEXTS:
        assert tokenizer.vocabulary.text(tokenizer.encode(text)) == text
