"""A SentencePiece model (Kudo 2018) -> a tokenizer of the tokenizers library.

The file is a message in Google's wire format, of which only the fields that count here are looked at:
https://github.com/google/sentencepiece/blob/master/src/sentencepiece_model.proto
"""

import struct
from collections.abc import Iterator
from pathlib import Path

from .errors import ModelError
from .files import open_file
from .normalizers import check_precompiled
from .spelling import SPACE

_KINDS = {1: "Unigram", 2: "BPE", 3: "Word", 4: "Char"}
_UNIGRAM = 1
_MOST = 64_000_000  # bytes
_UNKNOWN, _CONTROL = 2, 3  # types of pieces


def read(tokenizers, path: Path):
    """The library's Tokenizer. Raises ModelError for another kind than Unigram, ValueError for no such file."""
    with open_file(path) as file:
        model = list(_fields(file.read(_MOST)))
    training, preparing = _message(model, 2), _message(model, 3)
    kind = training.get(3, _UNIGRAM)
    if kind != _UNIGRAM:
        raise ModelError(
            f"{path} is a SentencePiece model of the kind {_KINDS.get(kind, kind)}, which can't be read; get the model "
            "with a tokenizer.json, which transformers' save_pretrained writes."
        )
    pieces = [_message([(1, piece)], 1) for number, piece in model if number == 1]
    if not pieces or any(1 not in piece for piece in pieces):
        raise ValueError("it has no pieces")
    names = [piece[1].decode() for piece in pieces]
    types = [piece.get(3, 1) for piece in pieces]
    if _UNKNOWN not in types:
        raise ValueError("it has no piece for what it doesn't know")
    scores = [struct.unpack("<f", piece[2])[0] if 2 in piece else 0.0 for piece in pieces]
    table = list(zip(names, scores, strict=True))
    tokenizer = tokenizers.Tokenizer(
        tokenizers.models.Unigram(table, types.index(_UNKNOWN), byte_fallback=bool(training.get(35, 0)))
    )
    normalizers = tokenizers.normalizers
    check_precompiled(path, preparing.get(2, b""))
    first = [normalizers.Precompiled(preparing[2])] if preparing.get(2) else []
    blanks = [normalizers.Replace(tokenizers.Regex(" {2,}"), " ")] if preparing.get(4, 1) else []
    tokenizer.normalizer = normalizers.Sequence([*first, *blanks])
    scheme = "always" if preparing.get(3, 1) else "never"
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Metaspace(SPACE, scheme)
    tokenizer.decoder = tokenizers.decoders.Metaspace(SPACE, scheme)
    tokenizer.add_special_tokens([name for name, type in zip(names, types, strict=True) if type == _CONTROL])
    return tokenizer


def _message(fields: list[tuple[int, int | bytes]], wanted: int) -> dict[int, int | bytes]:
    """The fields of the first message with the number `wanted`; empty if there is none."""
    content = next((value for number, value in fields if number == wanted), b"")
    if not isinstance(content, bytes):
        raise ValueError("it is no SentencePiece model")
    return dict(_fields(content))


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield (number, value) of each field: a whole number, or the bytes of text, of a message, or of a float."""
    place = 0
    while place < len(data):
        key, place = _whole_number(data, place)
        match key & 7:
            case 0:
                value, place = _whole_number(data, place)
            case 1 | 5 as kind:
                size = 8 if kind == 1 else 4
                value, place = data[place : place + size], place + size
            case 2:
                size, place = _whole_number(data, place)
                value, place = data[place : place + size], place + size
            case _:
                raise ValueError("it is no SentencePiece model")
        if place > len(data):
            raise ValueError("it ends too early")
        yield key >> 3, value


def _whole_number(data: bytes, place: int) -> tuple[int, int]:
    """A number in groups of 7 bits, the lowest first -> (the number, the place after it)."""
    value = shift = 0
    while place < len(data) and shift < 64:
        byte = data[place]
        value |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return value, place
    raise ValueError("it ends too early")
