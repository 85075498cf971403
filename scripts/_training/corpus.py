"""A text file -> works, what is learned from and what is held out, and rows of token ids."""

import codecs
import lzma
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tokenizers

from .names import renamed

END_OF_TEXT = "<|endoftext|>"
PIECE = 1 << 20  # characters; a longer work is taken in several pieces, so that no file is too large
HELD_OUT = 0.02  # of the text
SAMPLED = 30_000_000  # bytes of a text of which a tokenizer is learned
COPIES = 3  # of a work that is favoured
LOOK_BACK = 64  # tokens; a row of a batch starts at the beginning of a line if one is as near as this


def read_works(path: Path) -> Iterator[str]:
    """The works of a text file, which form feeds separate, a piece at a time; .xz is unpacked on the way.

    A first line that begins with "# " is the work's title. Raises ValueError when the file is no text.
    """
    left = ""
    for text in _characters(path):
        *whole, left = (left + text).split("\f")
        yield from filter(None, map(str.strip, whole))
        if len(left) >= PIECE:
            place = max(left.rfind("\n"), left.rfind(" ", PIECE // 2)) + 1 or len(left)
            yield from filter(None, [left[:place].strip()])
            left = left[place:]
    yield from filter(None, [left.strip()])


def _characters(path: Path) -> Iterator[str]:
    """The characters of a UTF-8 file (.xz: unpacked), about a million at a time."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    opened = lzma.open if str(path).endswith(".xz") else open
    try:
        with opened(path, "rb") as file:
            while raw := file.read(PIECE):
                text = decoder.decode(raw)
                if "\0" in text:
                    raise ValueError(f"{path} can't be read as text (there are NUL bytes in it); save it as UTF-8")
                yield text.replace("\r\n", "\n")
            decoder.decode(b"", final=True)
    except (lzma.LZMAError, EOFError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} can't be read as text ({error}); save it as UTF-8") from error


def title_and_body(work: str) -> tuple[str, str]:
    """-> (the title, or "" if the work has none; the text under it)"""
    first, _, rest = work.partition("\n")
    return (first[2:], rest) if first.startswith("# ") and rest else ("", work)


@dataclass
class Survey:
    """What a text is made of, seen once from beginning to end."""

    works: int
    characters: int
    held_out: frozenset[int]  # numbers of works
    sample: list[str]  # enough of the text to learn a tokenizer from


def survey(path: Path, seed: int) -> Survey:
    """Look through a text and choose the works that are held out. Raises ValueError as `read_works`, OSError."""
    chance = random.Random(seed)
    share = SAMPLED / max(path.stat().st_size, 1)
    lengths, sample = [], []
    for work in read_works(path):
        _, body = title_and_body(work)
        lengths.append(len(body))
        if chance.random() < share:
            sample.append(body)
    return Survey(len(lengths), sum(lengths), _held_out(lengths, chance), sample)


def _held_out(lengths: list[int], chance: random.Random) -> frozenset[int]:
    """Whole works, as many as make HELD_OUT of the text; none when that would take a long one or the only ones."""
    wanted, chosen, total = HELD_OUT * sum(lengths), [], 0
    short = [number for number, length in enumerate(lengths) if length < wanted / 4]
    for number in chance.sample(short, len(short)):
        if total >= wanted:
            break
        chosen.append(number)
        total += lengths[number]
    return frozenset(chosen if total >= wanted else ())


def parts(path: Path, found: Survey, favour: Iterable[str] = ()) -> Iterator[tuple[str, bool]]:
    """The texts of a surveyed file, and whether each is held out.

    Works with a word of `favour` in their title come three times, the second and third time with other names. Where no
    works are held out, the end of each is.
    """
    for number, work in enumerate(read_works(path)):
        title, body = title_and_body(work)
        if number in found.held_out:
            yield body, True
            continue
        learned, end = (body, "") if found.held_out else split(body)
        yield learned, False
        if any(word in title for word in favour):
            chance = random.Random(number)
            yield from [(renamed(learned, chance), False) for _ in range(COPIES - 1)]
        if end:
            yield end, True


def split(work: str) -> tuple[str, str]:
    """-> (what is learned from, what is held out): the last 2 % of a work, from the end of a line or a word."""
    near = int((1 - HELD_OUT) * len(work))
    place = next((place for sign in "\n " if (place := work.find(sign, near)) >= 0), near)
    return work[:place], work[place:].strip()


def encode(tokenizer: tokenizers.Tokenizer, text: str) -> np.ndarray:
    """The ids of a text after an end-of-text token [N] uint32."""
    end = tokenizer.token_to_id(END_OF_TEXT)
    return np.array([end, *tokenizer.encode(text, add_special_tokens=False).ids], np.uint32)


def line_starts(stream: np.ndarray, tokenizer: tokenizers.Tokenizer) -> np.ndarray:
    """The places in a stream [N] of ids where a text or a line of it begins; sorted."""
    ends = [tokenizer.token_to_id(token) for token in (END_OF_TEXT, "Ċ")]
    return np.flatnonzero(np.isin(stream[:-1], [end for end in ends if end is not None])) + 1


def epoch(stream: np.ndarray, lines: np.ndarray, context: int, chance: np.random.Generator) -> np.ndarray:
    """Where in the stream [N] each token of some rows is: [n, context + 1], once all of it, in random order.

    A prompt is the beginning of a text, so a row starts at the beginning of a line (`lines`) where one is near.
    """
    n = (len(stream) - 1) // context - 1
    starts = int(chance.integers(context)) + np.arange(max(n, 1)) * context
    starts = np.minimum(starts, len(stream) - context - 1)
    if len(lines):
        before = lines[np.maximum(np.searchsorted(lines, starts, "right") - 1, 0)]
        starts = np.where((before <= starts) & (starts - before < LOOK_BACK), before, starts)
    return chance.permutation(starts)[:, None] + np.arange(context + 1)


def windows(stream: np.ndarray, context: int) -> np.ndarray:
    """Cut a stream [N] into [n, context + 1] rows of neighbours; each row's last id begins the next."""
    n = (len(stream) - 1) // context
    return stream[np.arange(n)[:, None] * context + np.arange(context + 1)].astype(np.int64)
