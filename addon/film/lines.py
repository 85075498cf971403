"""Where a text may be broken into lines: between words, between Chinese letters, never inside a character. No bpy."""

import unicodedata
from collections.abc import Callable

from ...inference.characters import characters
from .texts import breadth, is_dense

LONGER_HALF = 0.75  # of a text: the most that one of two lines has, where they are parted at a pause
_PAUSES = ("。", "，", "：", "；", "？", "！", ".", ",", ":", ";", "?", "!")
_OPENING = "（「『《〈【〔“‘"  # stay with what follows
_CLOSING = (
    "。：；，、？！）」』》〉】〕”’…—ー々ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ"  # and these with what is before
)


def is_right_to_left(text: str) -> bool:
    """Whether there are letters such as Arabic's and Hebrew's in a text."""
    return any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in text)


def one_line(text: str) -> str:
    """A text as a sentence: each stretch of blanks is one space. Blender ends a text at a zero, so that is one, too."""
    return " ".join(text.replace("\0", " ").split())


def breaks(text: str) -> list[int]:
    """The places in a text at which a line may begin."""
    found, place, before, word = [], 0, "", ""
    for letter in characters(text):
        counts = before == " " and word.isdigit() and is_dense(letter[0])  # a number stays with what it counts
        if before and not counts and _may_part(before, letter):
            found.append(place)
        place += len(letter)
        before, word = letter, letter if letter != " " else word
    return found


def wrap(text: str, width: float, measure: Callable[[str], float] = breadth) -> list[str]:
    """A text in lines of at most some width, as texts.breadth or texts.set_width measure it.

    A word that is wider than a line is cut, between two characters.
    """
    allowed, lines = set(breaks(text)), []
    start = best = place = 0
    used = 0.0
    for letter in characters(text):
        if place in allowed:
            best = place
        fits = used + measure(letter) <= width or letter == " "
        if not fits and place > start and (best > start or letter not in _CLOSING):
            end = best if best > start else place
            lines.append(text[start:end].rstrip())
            start, used = end, measure(text[end:place])
        used += measure(letter)
        place += len(letter)
    return [*lines, text[start:]]


def balanced(text: str, width: float, measure: Callable[[str], float] = breadth) -> list[str]:
    """As wrap, in lines of about the same length; two are parted after a comma or full stop, where that is possible."""
    lines = wrap(text, width, measure)
    if len(lines) == 2:
        halves = [(text[:at].rstrip(), text[at:]) for at in breaks(text) if text[:at].rstrip()[-1:] in _PAUSES]
        longest = min(width, measure(text) * LONGER_HALF)
        fitting = [both for both in halves if max(map(measure, both)) <= longest]
        if fitting:
            return list(min(fitting, key=lambda both: max(map(measure, both))))
    even = measure(text) / len(lines)
    ends = [0, *breaks(text), len(text)]
    widest = max(measure(text[one:other]) for one, other in zip(ends, ends[1:], strict=False))  # which is not cut
    tries = (wrap(text, min(width, max(widest, even * more)), measure) for more in (1.05, 1.12, 1.2, 1.3, 1.45))
    return next((found for found in tries if len(found) == len(lines)), lines)


def _may_part(before: str, letter: str) -> bool:
    """Whether a line may end between two characters: after a blank, or between two letters as wide as high."""
    if before == " " and letter != " ":
        return True
    return is_dense(before[0]) and is_dense(letter[0]) and before not in _OPENING and letter not in _CLOSING
