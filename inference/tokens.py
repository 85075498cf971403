"""Text to token ids, and how a token is shown."""

import contextlib
import functools
import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from . import spelling, tokenizer_files
from .characters import characters, first_letters
from .errors import ModelError
from .files import reason

_BROKEN = re.compile("[\udc80-\udcff]")  # bytes that are no text, as surrogateescape keeps them
_LONGEST_LABEL = 128  # letters, as GPT-2's longest token has
_ENDS = ("[SEP]", "[EOS]", "</s>")

# Chinese and Japanese are written without spaces: there, each character counts as a word.
UNSPACED = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
# What stands on and between letters, which \w leaves out: accents, and the vowels of scripts from Hebrew to Khmer.
_MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0900-\u0963\u0966-\u0dff"
    "\u0e31-\u0e4e\u0eb1-\u0ece\u1000-\u109f\u1780-\u17d3"
)
WORD = re.compile(rf"[{UNSPACED}]|[^\W{UNSPACED}](?:[^\W{UNSPACED}]|[{_MARKS}])*")


class Vocabulary:
    """What each token id stands for, as bytes. A token may be a piece of a character: then its bytes aren't text."""

    def __init__(self, pieces: Iterable[bytes]):
        self._pieces = tuple(pieces)

    def __len__(self) -> int:
        return len(self._pieces)

    def __eq__(self, other) -> bool:
        return isinstance(other, Vocabulary) and self._pieces == other._pieces

    def __hash__(self) -> int:
        return hash(self._pieces)

    def bytes(self, id: int) -> bytes:
        """The bytes of one token; empty for an id that the tokenizer doesn't use (some tables are padded)."""
        return self._pieces[id]

    def text(self, ids: Iterable[int]) -> str:
        """The text that a row of tokens spells; a byte that is no part of valid UTF-8 is written as `<E6>`."""
        return spelling.decoded(b"".join(self._pieces[id] for id in ids))

    def ends(self, ids: Sequence[int]) -> list[int]:
        """How many letters of their text there are after each token of a row.

        A character is there when its last piece is; what stays incomplete is there with the last token.
        """
        data, found = bytearray(), []
        for id in ids:
            data += self._pieces[id]
            found.append(len(spelling.decoded(data[: len(data) - spelling.begun(data)])))
        return [*found[:-1], len(spelling.decoded(data))] if found else []

    def name(self, ids: Sequence[int], place: int) -> str:
        """What a sentence calls the token at a place of a row: as `label`, without the space before it.

        A token that is a piece of a character is called by the whole character.
        """
        pieces = [self._pieces[id] for id in ids]
        begin = sum(map(len, pieces[:place]))
        end = begin + len(pieces[place])
        around, first, last = "", begin, end
        at = 0
        for character in characters(b"".join(pieces).decode(errors="surrogateescape")):
            size = len(character.encode(errors="surrogateescape"))
            if at < end and at + size > begin:
                around, first, last = around + character, min(first, at), max(last, at + size)
            at += size
        is_piece = (first, last) != (begin, end) and around[:1].isprintable() and not _BROKEN.search(around)
        name = around.strip() if is_piece else self.label(ids[place]).lstrip("·")
        return name or self.label(ids[place])

    def words(self, ids: Sequence[int], pattern: re.Pattern = WORD) -> list[tuple[str, int, int]]:
        """The words of a row, decoded as a whole: (the word, its first token, its last token).

        In Chinese and Japanese, which have no spaces, each character counts as one.
        """
        pieces = [self._pieces[id] for id in ids]
        ends = np.cumsum([len(piece) for piece in pieces])  # in bytes
        text = b"".join(pieces).decode(errors="surrogateescape")  # broken characters keep their number of bytes
        found = []
        for match in pattern.finditer(text):
            first, last = (len(text[:place].encode(errors="surrogateescape")) for place in match.span())
            if match.group():
                places = np.searchsorted(ends, [first + 1, last]).tolist()
                found.append((match.group(), *places))
        return found

    def label(self, id: int) -> str:
        """How a token is shown: never empty, nothing invisible.

        Spaces are `·`, a newline `⏎`, a tab `⇥`; other control and invisible characters are the hex of their UTF-8
        bytes. A token that isn't valid UTF-8 by itself is hex as a whole, such as `E6 9D`. An unused id is `#id`. Of a
        token that is longer than any of GPT-2's the beginning is shown.
        """
        piece = self._pieces[id]
        if not piece:
            return f"#{id}"
        try:
            text = piece.decode()
        except UnicodeDecodeError:
            return first_letters(_hex(piece[:_LONGEST_LABEL]), _LONGEST_LABEL)
        text = first_letters(text, 8 * _LONGEST_LABEL)  # the rest would be cut off anyway
        # A blank in the result can only be the edge of a hex group, because real spaces are dots.
        return first_letters(" ".join("".join(_visible(character) for character in text).split()), _LONGEST_LABEL)

    def broken_characters(self, ids: Iterable[int]) -> list[tuple[int, int, str]]:
        """Where neighbouring tokens of a text are pieces of the same character: (first, last, what they spell).

        A piece of a character, alone, is no valid UTF-8; together the tokens from `first` to `last` are.
        """
        found, first, data = [], 0, b""
        for place, id in enumerate(ids):
            for begun in (data, b"") if data else (b"",):  # where it doesn't go on, a new one may begin
                first = first if begun else place
                data = begun + self._pieces[id]
                state = _state(data)
                if state == "text" and place > first:
                    found.append((first, place, data.decode()))
                if state != "broken":
                    break
            data = data if state == "begun" else b""
        return found

    def to_arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """All bytes end to end [B] uint8, and where each token begins and the last one ends [V + 1] int64."""
        offsets = np.cumsum([0, *(len(piece) for piece in self._pieces)], dtype=np.int64)
        return np.frombuffer(b"".join(self._pieces), np.uint8), offsets

    @classmethod
    def from_arrays(cls, blob: np.ndarray, offsets: np.ndarray) -> "Vocabulary":
        """The inverse of `to_arrays`. Raises ValueError when the arrays don't fit together."""
        if blob.dtype != np.uint8 or offsets.dtype != np.int64 or blob.ndim != 1 or offsets.ndim != 1:
            raise ValueError("the vocabulary is not bytes and offsets")
        if not len(offsets) or offsets[0] != 0 or offsets[-1] != len(blob) or (np.diff(offsets) < 0).any():
            raise ValueError("the vocabulary's offsets don't fit its bytes")
        data, ends = blob.tobytes(), offsets.tolist()
        return cls(data[start:end] for start, end in zip(ends[:-1], ends[1:], strict=True))


def _state(data: bytes) -> str:
    """Whether bytes are `text`, the beginning of one (`begun`), or neither (`broken`)."""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return "begun" if error.reason == "unexpected end of data" else "broken"
    return "text"


class Tokenizer:
    """A checkpoint's own tokenizer, read from one of the files that tokenizer_files.py knows."""

    def __init__(self, path: str | Path):
        """Raises ModelError when there is nothing at `path`, or no tokenizer."""
        try:
            import tokenizers  # noqa: F401
        except Exception as error:  # a missing or incompatible system library shows up as ImportError or OSError
            raise ModelError(f"tokenizers can't be loaded ({reason(error)}); install the extension again.") from error
        self.path = path = Path(path)
        if not path.is_file():
            raise ModelError(
                f"{path.parent} has no tokenizer: none of {', '.join(tokenizer_files.NAMES)}; download it from where "
                "the model came from."
            )
        with _explained(f"{path} is not a tokenizer that can be read; download it again"):
            self._tokenizer, self._spell = tokenizer_files.read(path)
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._ids = self._tokenizer.get_vocab(with_added_tokens=True)
        self._size = max(self._ids.values(), default=-1) + 1

    @classmethod
    def find(cls, folder: Path) -> "Tokenizer":
        """The tokenizer of the model in `folder`."""
        return cls(tokenizer_files.find(folder))

    def __len__(self) -> int:
        """The largest token id and one."""
        return self._size

    def encode(self, text: str) -> list[int]:
        """The token ids of `text`, nothing added. Raises ModelError for text that holds half a character."""
        try:
            text.encode()
        except UnicodeEncodeError as error:
            place = error.start + 1
            raise ModelError(
                f"Character {place} of the prompt is half of a surrogate pair, which no tokenizer can read; "
                "delete it and type that character again."
            ) from error
        with _explained("The tokenizer can't read the prompt; choose other words"):
            # Only this way do other threads, such as Blender's own, go on meanwhile.
            return self._tokenizer.encode_batch([text], add_special_tokens=False)[0].ids

    @functools.cached_property
    def ends(self) -> tuple[int, ...]:
        """The ids of special tokens after which a text is over, whatever config.json says of them."""
        added = self._tokenizer.get_added_tokens_decoder()
        return tuple(id for id, token in added.items() if token.special and token.content in _ENDS)

    @property
    def size_without_added(self) -> int:
        """The largest id that isn't an added token's, and one."""
        return max(self._tokenizer.get_vocab(with_added_tokens=False).values(), default=-1) + 1

    @functools.cached_property
    def vocabulary(self) -> Vocabulary:
        """The bytes of every id below `len`."""
        return self.vocabulary_of(len(self))

    def vocabulary_of(self, count: int) -> Vocabulary:
        """The bytes of every id below `count`; none for those that it doesn't use."""
        added = self._tokenizer.get_added_tokens_decoder()
        pieces = [b""] * count
        for token, id in self._ids.items():
            if id < count:
                # Added tokens such as <|endoftext|> are plain text, however the others are spelled.
                pieces[id] = (spelling.plain if id in added else self._spell)(token)
        return Vocabulary(pieces)


@contextlib.contextmanager
def _explained(what: str):
    """Turn any failure of the tokenizers library into a ModelError that begins with `what`.

    It raises bare Exception, and where it panics a BaseException of a class it doesn't export.
    """
    try:
        yield
    except (KeyboardInterrupt, SystemExit, ModelError):
        raise
    except BaseException as error:
        raise ModelError(f"{what} ({reason(error)}).") from error


def _visible(character: str) -> str:
    if character == "\n":
        return "⏎"
    if character == "\t":
        return "⇥"
    if unicodedata.category(character) == "Zs":
        return "·"
    is_variation_selector = "\ufe00" <= character <= "\ufe0f"  # printable by name, but shows nothing
    if is_variation_selector or not character.isprintable():
        return f" {_hex(character.encode())} "
    return character


def _hex(data: Sequence[int]) -> str:
    return " ".join(f"{byte:02X}" for byte in data)
