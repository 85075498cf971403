"""SentencePiece models, made here byte by byte."""

import struct

import pytest

from checkpoints import write_checkpoint
from transformer_cinema.inference.errors import ModelError
from transformer_cinema.inference.model import Model
from transformer_cinema.inference.tokens import Tokenizer

UNKNOWN, CONTROL, BYTE = 2, 3, 6
SPECIAL = [("<unk>", 0.0, UNKNOWN), ("<s>", 0.0, CONTROL), ("</s>", 0.0, CONTROL)]
BYTES = [(f"<0x{byte:02X}>", -20.0, BYTE) for byte in range(256)]
PIECES = [
    *SPECIAL,
    *BYTES,
    *((piece, -1.0 * number, 1) for number, piece in enumerate(["▁the", "▁king", "▁", "s", "昔々", "王"], 1)),
]


def number(value):
    """A whole number in groups of 7 bits."""
    groups = [value >> shift & 0x7F for shift in range(0, max(value.bit_length(), 1), 7)]
    return bytes([group | 0x80 for group in groups[:-1]] + groups[-1:])


def field(place, value):
    if isinstance(value, int):
        return number(place << 3) + number(value)
    if isinstance(value, float):
        return number(place << 3 | 5) + struct.pack("<f", value)
    return number(place << 3 | 2) + number(len(value)) + value


def model(pieces=PIECES, kind=1):
    told = [field(1, field(1, name.encode()) + field(2, score) + field(3, type)) for name, score, type in pieces]
    training = field(3, kind) + field(35, 1) + field(40, 0)
    return b"".join(told) + field(2, training) + field(3, field(1, b"identity") + field(3, 1) + field(4, 1))


@pytest.fixture(params=["tokenizer.model", "spiece.model"])
def folder(tmp_path, request):
    folder = write_checkpoint(tmp_path / "model")
    (folder / "tokenizer.json").unlink()
    (folder / request.param).write_bytes(model())
    return folder


def test_pieces_show_their_blanks_and_bytes_join_to_characters(folder):
    tokenizer = Model.load(folder).tokenizer
    ids = tokenizer.encode("the kings 昔々王🙂")
    labels = [tokenizer.vocabulary.label(id) for id in ids]
    assert labels == ["·the", "·king", "s", "·", "昔々", "王", "F0", "9F", "99", "82"]
    assert tokenizer.vocabulary.text(ids) == " the kings 昔々王🙂"


def test_control_pieces_are_found_in_the_text_and_end_it(folder):
    tokenizer = Tokenizer.find(folder)
    assert tokenizer.encode("</s>") == [2]
    assert tokenizer.ends == (2,)


def test_a_kind_that_is_not_read_is_named(folder):
    path = Tokenizer.find(folder).path
    path.write_bytes(model(kind=2))
    with pytest.raises(ModelError, match="SentencePiece model of the kind BPE, which can't be read"):
        Tokenizer.find(folder)


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00", b"\xff" * 40, b"<html></html>", model()[:-3], model(PIECES[1:]), field(1, b""), field(1, 7)],
    ids=["empty", "zero", "ones", "a page", "cut off", "nothing for the unknown", "an empty piece", "a number"],
)
def test_what_is_no_such_model(folder, content):
    path = Tokenizer.find(folder).path
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"\.model is not a tokenizer that can be read"):
        Tokenizer.find(folder)


@pytest.mark.slow
def test_tokens_are_those_of_sentencepiece(folder):
    sentencepiece = pytest.importorskip("sentencepiece")
    ours = Tokenizer.find(folder)
    theirs = sentencepiece.SentencePieceProcessor(model_file=str(ours.path))
    for text in ["the kings", "the  king  昔々王", "🙂 x", " the", "王s\tthe"]:
        assert ours.encode(text) == theirs.encode(text)
