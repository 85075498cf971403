"""A text file -> works, what is learned from and what is held out, and rows of token ids."""

import codecs
import lzma
from pathlib import Path

import numpy as np

END_OF_TEXT = "<|endoftext|>"
PIECE = 1 << 20  # characters; a longer work is taken in several pieces, so that no file is too large
HELD_OUT = 0.02  # of the text
LOOK_BACK = 64  # tokens; a row of a batch starts at the beginning of a line if one is as near as this


def read_works(path):
    """Yield the works of a text file, which form feeds separate, a piece at a time; .xz is unpacked on the way.

    A first line that begins with "# " is the work's title. Raises ValueError when the file is no text.
    """
    left = ""
    for text in _characters(path):
        *whole, left = (left + text).split("\f")
        yield from filter(None, map(str.strip, whole))
        if len(left) >= PIECE:
            place = max(left.rfind("\n"), left.rfind(" ", PIECE // 2)) + 1 or len(left)
            yield left[:place].strip()
            left = left[place:]
    if left.strip():
        yield left.strip()


def _characters(path):
    """Yield the characters of a UTF-8 file (.xz: unpacked), about a million at a time."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    opened = lzma.open if str(path).endswith(".xz") else open
    try:
        with opened(Path(path), "rb") as file:
            while raw := file.read(PIECE):
                text = decoder.decode(raw)
                if "\0" in text:
                    raise ValueError(f"{path} has NUL bytes in it, so it is no text in UTF-8; save it as UTF-8")
                yield text.replace("\r\n", "\n").replace("\r", "\n")
            decoder.decode(b"", final=True)
    except (lzma.LZMAError, EOFError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} can't be read as text ({error}); save it as UTF-8") from error


def title_and_body(work):
    """-> (the title, or "" if the work has none; the text under it)"""
    first, _, rest = work.partition("\n")
    return (first[2:], rest) if first.startswith("# ") and rest else ("", work)


def token_stream(tokenizer, texts):
    """All texts as one row of ids [N] int32, each after an end-of-text token."""
    end = tokenizer.token_to_id(END_OF_TEXT)
    rows = [np.array([end, *tokenizer.encode(text, add_special_tokens=False).ids], np.int32) for text in texts]
    return np.concatenate(rows) if rows else np.empty(0, np.int32)


def line_starts(stream, ends):
    """The places in a stream [N] where a line begins: those after one of the token ids `ends`; sorted."""
    return np.flatnonzero(np.isin(stream[:-1], ends)) + 1


def epoch(stream, lines, context, random):
    """The stream once, as rows [n, context + 1] in random order; each row's last id is the first of the next cut.

    A prompt is the beginning of a text, so a row starts at the beginning of a line (`lines`) where one is near.
    """
    n = (len(stream) - 1 - context) // context
    starts = int(random.integers(context)) + np.arange(n) * context
    near = np.searchsorted(lines, starts, "right") - 1
    before = np.where(near >= 0, lines[near], -LOOK_BACK) if len(lines) else np.full(n, -LOOK_BACK)
    starts = np.where(starts - before < LOOK_BACK, before, starts)
    return random.permutation(starts)[:, None] + np.arange(context + 1)


def windows(stream, context):
    """Cut a stream into [n, context + 1] rows of neighbours; each row's last id begins the next."""
    n = (len(stream) - 1) // context
    return stream[np.arange(n)[:, None] * context + np.arange(context + 1)].astype(np.int64)
