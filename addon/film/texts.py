"""Every word of the film, in every language: one file a language in texts/, of which en.toml is the original.

To translate the film, copy en.toml to the language's code, such as fr.toml, and translate what stands in quotation
marks. {Blanks} stay as they are: the film fills them. What a translation lacks is shown in English. No bpy in here.
"""

import re
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from string import Formatter

from .errors import FilmError

FOLDER = Path(__file__).with_name("texts")
ORIGINAL = "en"
SECTIONS = ("titles", "lines", "variants", "tags", "words")
SETTINGS = ("name", "decimal", "thousands")
SAME = {"wan": "millions"}  # Chinese counts in ten thousands: a translation may use the one for the other
MOST_BREADTH = 45  # of an own title, in heights of its letters: longer ones would be too small to read
TOGETHER = {"both": ("en", "zh"), "none": ()}  # choices that are not one language
AUTOMATIC = "auto"  # the language of the prompt or of the system: chosen()
NUMBER = re.compile(r"[<-]?\d{1,3}(,\d{3})+(\.\d+)?|[<-]?\d+\.\d+")


@dataclass(frozen=True)
class Language:
    """What one file says. Keys as in the files: acts for titles, act.beat for lines."""

    code: str
    name: str  # in the language itself
    titles: dict
    lines: dict  # the usual ones
    variants: dict  # those for some films only
    tags: dict  # small print in the picture's corner
    words: dict
    decimal: str = "."
    thousands: str = ","

    @property
    def dense(self):
        """Whether its letters are as wide as high, as in Chinese: they are set smaller, and take longer to read."""
        return any(is_dense(letter) for title in self.titles.values() for letter in title)

    def line(self, key, **values):
        """A caption, its blanks filled."""
        text = self.variants[key] if key in self.variants else self.lines[key]
        return _Filler(self).format(text, **values)

    def tag(self, key, **values):
        """Small print, its blanks filled."""
        return _Filler(self).format(self.tags[key], **values)

    def word(self, key, **values):
        """A word in the picture, its blanks filled."""
        return _Filler(self).format(self.words[key], **values)


@dataclass(frozen=True)
class OwnTexts:
    """What a user has the film say: its title and the line above it, and who made it. Empty ones are the usual."""

    title: str = ""
    subtitle: str = ""
    credit: str = ""

    @classmethod
    def of(cls, **given: str | None) -> "OwnTexts":
        """As typed, in one line each. Raises FilmError for one that doesn't fit into the picture."""
        lines = {
            name: " ".join((text or "").encode("utf-8", "replace").decode().split()) for name, text in given.items()
        }
        for line in lines.values():
            if breadth(line) > MOST_BREADTH:
                fits = int(len(line) * MOST_BREADTH / breadth(line))
                raise FilmError(f"“{line[:24]}…” is too long for the picture; shorten it to {fits} letters.")
        return cls(**lines)

    def opening(self, choice: str) -> tuple[str, str]:
        """The small line and the large one of the title, in a film with captions of LANGUAGES."""
        small, large = word("subtitle", choice).split("\n")
        if self.title:
            small, large = " ", self.title
        return self.subtitle or small, large


class _Filler(Formatter):
    """Writes numbers as the language does: 1.234,5 in German. Blanks hold numbers, or texts of the model's tokens;
    no token is such a number, for GPT-2 cuts before and after every point and comma."""

    def __init__(self, language):
        self.marks = str.maketrans({".": language.decimal, ",": language.thousands})

    def format_field(self, value, spec):
        text = super().format_field(value, spec)
        number = text.removesuffix("%").rstrip()
        return text.translate(self.marks) if NUMBER.fullmatch(number) else text


def is_dense(letter):
    """Whether a letter is as wide as high: Chinese, Japanese and Korean ones and their punctuation."""
    return letter >= "\u2e80"


def is_dense_text(text):
    """Whether a text has any such letter."""
    return any(map(is_dense, text))


def is_latin(letter):
    """Whether a letter is set in the Latin face in a Chinese line, too: digits look foreign in the other one."""
    return letter.isascii() and letter.isprintable() or letter in "÷×−√·"


# Blender takes digits among Chinese letters from a face of its own, whose 1 is a bar; these come from Noto Sans.
_NOTO = {str(digit): chr(0x1D7E2 + digit) for digit in range(10)}


def in_one_face(text: str) -> str:
    """A text with Chinese letters, with digits that suit them; any other text as it is."""
    return text.translate(str.maketrans(_NOTO)) if is_dense_text(text) else text


def plain(text: str) -> str:
    """Undoes in_one_face()."""
    return text.translate({ord(own): digit for digit, own in _NOTO.items()})


def breadth(text):
    """How wide a text is about, in heights of its letters."""
    return sum(1.0 if is_dense(letter) else 0.5 for letter in text)


def set_width(text: str) -> float:
    """How wide a text is about where it is set at size 1; a little more, to be safe."""
    return sum(1.0 if is_dense(letter) else 0.34 for letter in text)


def blanks(text):
    """The names in a text's {blanks}."""
    return {SAME.get(name, name) for _, name, _, _ in Formatter().parse(text) if name is not None}


# --- reading -------------------------------------------------------------------------------------


def usable(folder=FOLDER):
    """As read(), without the translations that the film could not use, which are told on the console."""
    bad = set()
    for path in sorted(Path(folder).glob("*.toml")):
        try:
            read(folder, {other.stem for other in Path(folder).glob("*.toml")} - {ORIGINAL, path.stem})
        except FilmError as error:
            if path.stem == ORIGINAL:
                raise
            bad.add(path.stem)
            print(f"Transformer Cinema: {error}", file=sys.stderr)
    return read(folder, bad)


def read(folder=FOLDER, without=()):
    """The files of a folder -> {code: Language}, without some of them. Raises FilmError for a file that the film could
    not use."""
    tables = {path.stem: _table(path) for path in sorted(Path(folder).glob("*.toml")) if path.stem not in without}
    if ORIGINAL not in tables:
        raise FilmError(f"There is no {ORIGINAL}.toml in {folder}; it is what all languages go back to.")
    for code, table in tables.items():
        _check(code, table, tables[ORIGINAL])
    return {code: _language(code, table, tables[ORIGINAL]) for code, table in tables.items()}


def _table(path):
    """A file -> {section: {key: text}, "settings": {name: text}}; a.b = "…" has the key a.b."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise FilmError(f"The texts in {path.name} can't be read: {error}.") from error
    table = {section: dict(_flat(found.pop(section))) for section in SECTIONS if isinstance(found.get(section), dict)}
    return dict.fromkeys(SECTIONS, {}) | table | {"settings": found}


def _flat(table, prefix=""):
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _check(code, table, original):
    """Raise FilmError for keys that nothing asks for, and for blanks that nothing fills or that are left out."""
    unknown = [name for name in table["settings"] if name not in SETTINGS]
    unknown += [f"{section}.{key}" for section in SECTIONS for key in table[section] if key not in original[section]]
    if unknown:
        raise FilmError(f"{code}.toml has {unknown[0]}, which is not in {ORIGINAL}.toml.")
    if not all(isinstance(text, str) for text in table["settings"].values()) or not table["settings"].get("name"):
        raise FilmError(f'{code}.toml does not say what the language is called; begin it with name = "…".')
    for section in SECTIONS:
        for key, text in table[section].items():
            wanted = blanks(original[section][key])
            try:
                agrees = blanks(text) == wanted
            except (TypeError, ValueError):  # no text, or a brace without its partner
                agrees = False
            if not agrees:
                names = ", ".join(f"{{{name}}}" for name in sorted(wanted)) or "no"
                raise FilmError(f"{code}.toml, {section}.{key}: the text must have {names} blanks, and each in braces.")


def _language(code, table, original):
    sections = {section: original[section] | table[section] for section in SECTIONS}
    return Language(code, **sections, **table["settings"])


# --- choosing ------------------------------------------------------------------------------------

ALL = usable()
LANGUAGES = (*ALL, *TOGETHER)  # what a film's captions may be in


def chosen(choice, prompt="", system=""):
    """One of LANGUAGES for a wish that may be "auto": Chinese for a Chinese prompt or system (a locale such as
    "zh_CN" or "zh_HANS"), English for a prompt in Latin letters elsewhere, or the system's if there is a file."""
    if choice != AUTOMATIC:
        return choice
    if is_dense_text(prompt):
        return "zh"
    code = system.replace("-", "_").split("_")[0].lower()
    return code if code in ALL else ORIGINAL


def spoken(choice):
    """One of LANGUAGES -> the languages that the captions are in, the first one on top."""
    return [ALL[code] for code in TOGETHER.get(choice, (choice,))]


def numbers_of(choice):
    """The Language whose marks are in the numbers of a film in this language."""
    return ALL.get(choice, ALL[ORIGINAL])


def word(key, choice, **values):
    """A word in the picture: in the film's language; in English where it has two or none."""
    return numbers_of(choice).word(key, **values)
