"""A caption -> what a speaker says: its numbers and marks are words, in the language of the voice."""

import re

from .numerals import CHINESE, ENGLISH, GERMAN, MOST, WORDS

DECIMAL = {"en": ".", "zh": ".", "de": ","}
THOUSANDS = {"en": ",", "zh": ",", "de": "."}
DIGITS = {"en": ENGLISH[:10], "zh": list(CHINESE), "de": GERMAN[:10]}
POINT = {"en": "point", "zh": "点", "de": "Komma"}
MINUS = {"en": "minus", "zh": "负", "de": "minus"}
PERCENT = {"en": "{} percent", "zh": "百分之{}", "de": "{} Prozent"}
LESS = {"en": "less than", "zh": "小于", "de": "weniger als"}
TIMES = {"en": " times ", "zh": "乘", "de": " mal "}
# Before these, two is 两 in Chinese; not after 第, which counts places.
MEASURES = "个層层头段轮行遍次张块种盏"
UNSAID = {"en": "this token", "zh": "这个词元", "de": "dieses Token"}  # of a token without any letter or known mark
MARKS = {  # a token that is one of these
    ",，、": ("comma", "逗号", "Komma"),
    ".。": ("full stop", "句号", "Punkt"),
    "!！": ("exclamation mark", "感叹号", "Ausrufezeichen"),
    "?？": ("question mark", "问号", "Fragezeichen"),
    ":：": ("colon", "冒号", "Doppelpunkt"),
    ";；": ("semicolon", "分号", "Semikolon"),
    "-–—": ("dash", "破折号", "Strich"),
    "'’‘": ("apostrophe", "撇号", "Apostroph"),
    '"“”«»': ("quotation mark", "引号", "Anführungszeichen"),
    "()（）": ("bracket", "括号", "Klammer"),
}
NAMES = {
    code: {mark: names[i] for marks, names in MARKS.items() for mark in marks}
    for i, code in enumerate(("en", "zh", "de"))
}
QUOTED = re.compile(r"“(.+?)”|»(.+?)«")


def spoken(caption: str, code: str) -> str:
    """What a voice of the language "en", "zh" or "de" says for a caption in it; "" where there is nothing to say."""
    text = QUOTED.sub(lambda found: f" {_token(found[1] or found[2], code)} ", " ".join(caption.split()))
    text = _number(code).sub(lambda found: _said(found, code), text).replace("×", TIMES[code])
    text = re.sub(r"\s+([,.;:?!])", r"\1", " ".join(text.split()))
    if code == "zh":  # no spaces but between Latin words
        text = re.sub(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])", "", text)
    return text if any(map(str.isalnum, text)) else ""


def _token(token: str, code: str) -> str:
    """What stands between quotation marks: a token, of which many are only marks."""
    if any(map(str.isalnum, token)):
        return token
    names = [NAMES[code].get(mark) for mark in token if not mark.isspace()]
    return " ".join(names) if names and all(names) and len(names) <= 2 else UNSAID[code]


def _number(code: str) -> re.Pattern:
    """Less than, minus, whole part, decimals, percent; a hyphen within a word is no minus."""
    point, comma = re.escape(DECIMAL[code]), re.escape(THOUSANDS[code])
    return re.compile(
        rf"(<\s?)?((?<!\w)[-−])?(?<![0-9])(\d{{1,3}}(?:{comma}\d{{3}})+(?!\d)|\d+)(?:{point}(\d+))?(\s?%)?", re.ASCII
    )


def _said(found: re.Match, code: str) -> str:
    less, minus, whole, decimals, percent = found.groups()
    digits, whole = DIGITS[code], whole.replace(THOUSANDS[code], "")
    between = "" if code == "zh" else " "
    if int(whole) >= MOST or (whole.startswith("0") and len(whole) > 1):
        said = between.join(digits[int(digit)] for digit in whole)
    else:
        said = WORDS[code](int(whole))
    if decimals:
        said += between + POINT[code] + between + between.join(digits[int(digit)] for digit in decimals)
    elif code == "zh" and said == "二" and not percent:
        before, after = found.string[: found.start()].rstrip(), found.string[found.end() :].lstrip()
        said = "两" if after[:1] and after[0] in MEASURES and not before.endswith("第") else said
    if minus:
        said = MINUS[code] + between + said
    if percent:
        said = PERCENT[code].format(said)
    if less:
        said = LESS[code] + between + said
    # A letter beside it would be read with it, such as that of 5x.
    apart = " " if code != "zh" and found.start() and found.string[found.start() - 1].isalnum() else ""
    return apart + said + (" " if code != "zh" and found.string[found.end() : found.end() + 1].isalnum() else "")


def runs(text: str, code: str) -> list[tuple[str, str]]:
    """A text in stretches of one script -> [(language of the voice that can say it, stretch), ...].

    Chinese in a text of another language is said in Chinese, and Latin letters in a Chinese one in English.
    """
    made: list[tuple[str, str]] = []
    for letter in text:
        if letter.isalpha():
            wanted = "zh" if letter >= "\u2e80" else ("en" if code == "zh" else code)
        else:
            wanted = made[-1][0] if made else code
        if made and made[-1][0] == wanted:
            made[-1] = (wanted, made[-1][1] + letter)
        else:
            made.append((wanted, letter))
    return [(wanted, part.strip()) for wanted, part in made if any(map(str.isalnum, part))]
