"""Whole numbers as they are said, in English, Chinese and German."""

MOST = 10**12  # from here on, digit by digit

ENGLISH = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
ENGLISH_TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()
CHINESE = "零一二三四五六七八九"
GERMAN = (
    "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn "
    "achtzehn neunzehn"
).split()
GERMAN_TENS = "_ _ zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig".split()


def english(number: int) -> str:
    """512 -> five hundred and twelve. 0 … MOST."""
    if number < 20:
        return ENGLISH[number]
    if number < 100:
        tens, rest = divmod(number, 10)
        return ENGLISH_TENS[tens] + (f"-{ENGLISH[rest]}" if rest else "")
    for size, name in ((10**9, "billion"), (10**6, "million"), (1000, "thousand"), (100, "hundred")):
        if number >= size:
            count, rest = divmod(number, size)
            between = " and " if 0 < rest < 100 else " "
            return f"{english(count)} {name}" + (between + english(rest) if rest else "")
    raise AssertionError(number)


def chinese(number: int) -> str:
    """512 -> 五百一十二. 0 … MOST."""
    said = _chinese(number)
    return said[1:] if said.startswith("一十") else said


def _chinese(number: int) -> str:
    if number < 10:
        return CHINESE[number]
    for size, name in ((10**8, "亿"), (10**4, "万"), (1000, "千"), (100, "百"), (10, "十")):
        if number >= size:
            count, rest = divmod(number, size)
            gap = "零" if rest and rest < size // 10 else ""
            before = "两" if count == 2 and size >= 1000 else _chinese(count)
            return before + name + gap + (_chinese(rest) if rest else "")
    raise AssertionError(number)


def german(number: int) -> str:
    """512 -> fünfhundertzwölf. 0 … MOST."""
    if number < 10**6:
        return _german(number)
    for size, one, several in ((10**9, "eine Milliarde", "Milliarden"), (10**6, "eine Million", "Millionen")):
        if number >= size:
            count, rest = divmod(number, size)
            begin = one if count == 1 else f"{german(count)} {several}"
            return f"{begin} {german(rest)}" if rest else begin
    raise AssertionError(number)


def _german(number: int) -> str:
    if number < 20:
        return GERMAN[number]
    if number < 100:
        tens, rest = divmod(number, 10)
        return (f"{_one(rest)}und" if rest else "") + GERMAN_TENS[tens]
    size, name = (1000, "tausend") if number >= 1000 else (100, "hundert")
    count, rest = divmod(number, size)
    return _one(count) + name + (_german(rest) if rest else "")


def _one(number: int) -> str:
    """Before another word: eins is ein, and hunderteins is hundertein."""
    said = _german(number)
    return said[:-1] if said.endswith("eins") else said


WORDS = {"en": english, "zh": chinese, "de": german}
