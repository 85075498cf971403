"""Captions are said as a person would say them, in each language."""

import pytest

from transformer_cinema.addon.film import texts
from transformer_cinema.addon.voice import saying
from transformer_cinema.addon.voice.engines import LANGUAGES
from transformer_cinema.addon.voice.saying import runs, spoken

ENGLISH = {
    "0": "zero",
    "13": "thirteen",
    "21": "twenty-one",
    "100": "one hundred",
    "512": "five hundred and twelve",
    "1000": "one thousand",
    "1,005": "one thousand and five",
    "6,144": "six thousand one hundred and forty-four",
    "50,257": "fifty thousand two hundred and fifty-seven",
    "1,000,001": "one million and one",
    "70%": "seventy percent",
    "0.3%": "zero point three percent",
    "<0.1%": "less than zero point one percent",
    "−1.48": "minus one point four eight",
    "-3": "minus three",
    "007": "zero zero seven",
    "1234567890123": "one two three four five six seven eight nine zero one two three",
    "a table of 6,144.": "a table of six thousand one hundred and forty-four.",
    "1, 2 and 3.": "one, two and three.",
    "GPT-2": "GPT-two",
    "3×4": "three times four",
    "“white” is 47%": "white is forty-seven percent",
    "next to “,”?": "next to comma?",
    "next to “.” and “””": "next to full stop and quotation mark",
    "next to “😀”?": "next to this token?",
    "“…”": "this token",
    "· –": "",
    "": "",
}
CHINESE = {
    "0": "零",
    "10": "十",
    "12": "十二",
    "20": "二十",
    "110": "一百一十",
    "512": "五百一十二",
    "1005": "一千零五",
    "2000": "两千",
    "1010": "一千零一十",
    "10,000": "一万",
    "50,257": "五万零二百五十七",
    "200,000,000": "两亿",
    "70%": "百分之七十",
    "0.3%": "百分之零点三",
    "<0.1%": "小于百分之零点一",
    "−1.48": "负一点四八",
    "共有 2 个头，2 层，在第 2 层": "共有两个头，两层，在第二层",
    "12 个词元": "十二个词元",
    "2%": "百分之二",
    "谁住在“white”旁边？": "谁住在white旁边？",
    "看得最多的是“,”：47%。": "看得最多的是逗号：百分之四十七。",
    "“😀”": "这个词元",
}
GERMAN = {
    "1": "eins",
    "21": "einundzwanzig",
    "101": "einhunderteins",
    "512": "fünfhundertzwölf",
    "1.234": "eintausendzweihundertvierunddreißig",
    "21.000": "einundzwanzigtausend",
    "101.000": "einhunderteintausend",
    "50.257": "fünfzigtausendzweihundertsiebenundfünfzig",
    "2.000.000": "zwei Millionen",
    "70%": "siebzig Prozent",
    "−1,48": "minus eins Komma vier acht",
    "»,«": "Komma",
}


@pytest.mark.parametrize(
    ("code", "written", "said"),
    [(code, *pair) for code, table in (("en", ENGLISH), ("zh", CHINESE), ("de", GERMAN)) for pair in table.items()],
)
def test_numbers_and_marks_are_said_as_people_do(code, written, said):
    assert spoken(written, code) == said


def test_marks_of_numbers_are_those_of_the_captions():
    for code in LANGUAGES:
        assert (saying.DECIMAL[code], saying.THOUSANDS[code]) == (texts.ALL[code].decimal, texts.ALL[code].thousands)


def test_no_caption_has_anything_left_that_is_not_said():
    """With a number in every blank: no digit, no sign, no quotation mark."""
    for code in LANGUAGES:
        language = texts.ALL[code]
        for key, line in (language.lines | language.variants).items():
            said = spoken(language.line(key, **dict.fromkeys(texts.blanks(line), 1234.5)), code)
            assert said and not set(said) & set("0123456789%<−“”»«·"), said


def test_each_script_is_said_in_its_own_language():
    assert runs("white回头看softmax。", "zh") == [("en", "white"), ("zh", "回头看"), ("en", "softmax。")]
    assert runs("who is 月 there?", "en") == [("en", "who is"), ("zh", "月"), ("en", "there?")]
    assert runs("wer, 月?", "de") == [("de", "wer,"), ("zh", "月?")]
    assert runs(" … ", "en") == []
