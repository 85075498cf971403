"""A text as its reader's characters: what must not be cut apart (grapheme clusters, Unicode Standard Annex 29).

Python's tables say what is a mark or a format character; only what they don't say is listed here.
"""

import unicodedata

_JOINER = "\u200d"  # zero width joiner: 👩 + joiner + 👧 is one picture
# Extend or SpacingMark though Python calls them letters, symbols or formats.
_MARKS = "\u0e33\u0eb3\u200c\uff9e\uff9f"
# Hangul: what may go on a syllable that ends so, see _syllable.
_AFTER = {"L": ("L", "V", "LV", "LVT"), "LV": ("V", "T"), "V": ("V", "T"), "LVT": ("T",), "T": ("T",)}
_PREPENDED = "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\u0d4e\U000110bd\U000110cd"


def characters(text: str) -> list[str]:
    """The characters of a text; together they are the text."""
    parts: list[str] = []
    for letter in text:
        if parts and _belongs(parts[-1], letter):
            parts[-1] += letter
        else:
            parts.append(letter)
    return parts


def first_letters(text: str, most: int) -> str:
    """At most so many code points of a text's beginning, and … for the rest; a whole text that is no longer."""
    if len(text) <= most:
        return text
    return "".join(characters(text[:most])[:-1]) + "…"  # the last one may have gone on


def last_letters(text: str, most: int) -> str:
    """At most so many code points of a text's end; all of a text that is no longer."""
    if len(text) <= most:
        return text
    around = characters(text[-most - 64 :])  # where a character begins can't be seen from its end alone
    kept = ""
    while around and len(kept) + len(around[-1]) <= most:
        kept = around.pop() + kept
    return kept


def _belongs(before: str, letter: str) -> bool:
    """Whether a letter is a part of the character that has begun."""
    last = before[-1]
    if last == "\r":
        return letter == "\n"
    if _is_control(last) or _is_control(letter):
        return False
    if _is_mark(letter) or letter == _JOINER or last in _PREPENDED:
        return True
    if last == _JOINER:
        return _is_picture(letter) and _is_picture(before[0])
    if _is_flag(letter):
        return len(before) == 1 and _is_flag(before)
    if unicodedata.combining(last) == 9:  # a virama: the consonant after it is written into the one before
        return unicodedata.category(letter) == "Lo"
    return _syllable(letter) in _AFTER.get(_syllable(last), ())


def _is_control(letter: str) -> bool:
    """Whether it stands alone: line ends, control and format characters, but not those that join."""
    if letter == _JOINER or letter in _MARKS or letter in _PREPENDED or _is_tag(letter):
        return False
    return unicodedata.category(letter) in ("Cc", "Cf", "Zl", "Zp", "Cs")


def _is_mark(letter: str) -> bool:
    return letter in _MARKS or _is_tag(letter) or unicodedata.category(letter) in ("Mn", "Me", "Mc") or _is_tone(letter)


def _is_tone(letter: str) -> bool:
    """The skin of an emoji."""
    return "\U0001f3fb" <= letter <= "\U0001f3ff"


def _is_tag(letter: str) -> bool:
    """What spells the flags of England, Scotland and Wales."""
    return "\U000e0020" <= letter <= "\U000e007f"


def _is_flag(letter: str) -> bool:
    """Half of a flag."""
    return "\U0001f1e6" <= letter <= "\U0001f1ff"


def _is_picture(letter: str) -> bool:
    return letter >= "\u203c" and unicodedata.category(letter) in ("So", "Po", "Sm", "Cn") or letter in "©®"


def _syllable(letter: str) -> str:
    """What a Hangul letter is in its syllable: L first consonant, V vowel, T last consonant, LV or LVT a whole one."""
    if "\u1100" <= letter <= "\u115f" or "\ua960" <= letter <= "\ua97c":
        return "L"
    if "\u1160" <= letter <= "\u11a7" or "\ud7b0" <= letter <= "\ud7c6":
        return "V"
    if "\u11a8" <= letter <= "\u11ff" or "\ud7cb" <= letter <= "\ud7fb":
        return "T"
    if "\uac00" <= letter <= "\ud7a3":
        return "LV" if (ord(letter) - 0xAC00) % 28 == 0 else "LVT"
    return ""
