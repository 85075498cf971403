"""The interface in other languages: languages/<locale>.toml, one line a text."""

import functools
import re
import sys
import tomllib
from pathlib import Path
from string import Formatter

import bpy

SAME = {"wan": "millions"}  # Chinese counts in ten thousands: a translation may use the one for the other
FOLDER = Path(__file__).parent / "languages"
CONTEXT = "Transformer Cinema"  # of names that Blender's own dictionary, which comes first, takes for something else
NUMBERED = ("Text {:d}", "Word {:d}")  # names of inputs that there are many of
MANY = 300
CONTEXTS = ("*", "Operator", CONTEXT)  # Blender looks for labels of operators in the second


@functools.cache
def tables():
    """{locale: {"interface": {text: translation}, "sentences": the same}} of the files that can be used."""
    return {path.stem: table for path in sorted(FOLDER.glob("*.toml")) if (table := read(path))}


def read(path):
    """One file's table, without the lines that can't be used; None where it can't be read. Either is told on the
    console, and is shown in English: a mistake in a translation must not take the panel away."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        print(f"Transformer Cinema: {path.name} can't be read, so it is left out: {error}", file=sys.stderr)
        return None
    table = {}
    for section in ("interface", "sentences"):
        lines = found.get(section, {})
        lines = lines if isinstance(lines, dict) else {}
        table[section] = {text: line for text, line in lines.items() if agrees(text, line)}
        for text in lines.keys() - table[section].keys():
            print(f"Transformer Cinema: {path.name}: wrong blanks in the line for {text!r}", file=sys.stderr)
    return table


def agrees(text, translated):
    """Whether a translation has the same blanks as its text."""
    try:
        return blanks(text) == blanks(translated)
    except (TypeError, ValueError):
        return False


def blanks(text):
    """The {blanks} of a text, in order of their values: [(place or name, format), ...]."""
    named = [(name, form) for _, name, form, _ in Formatter().parse(text) if name is not None]
    return sorted((SAME.get(name, name) or str(place), form) for place, (name, form) in enumerate(named))


def table_of(locale):
    """The table for a locale such as pt_BR: its own, or that of its language, pt."""
    return tables().get(locale) or tables().get(locale.partition("_")[0])


def register():
    made = {}
    for locale in {*tables(), *bpy.app.translations.locales}:
        table = table_of(locale)
        if table:
            texts = table["interface"].items()
            made[locale] = {(context, text): translated for text, translated in texts for context in CONTEXTS}
            for text in table["interface"].keys() & set(NUMBERED):
                translated = table["interface"][text]
                made[locale] |= {("*", text.format(i)): translated.format(i) for i in range(1, MANY + 1)}
    bpy.app.translations.register(__package__, made)


def unregister():
    bpy.app.translations.unregister(__package__)


def sentence(text):
    """A sentence with names and numbers in it, such as an error's, in the language of the interface if it is known."""
    view = bpy.context.preferences.view
    return sentence_in(bpy.app.translations.locale, text) if view.use_translate_interface else text


def sentence_in(locale, text):
    """The same in the language of a locale."""
    for english, translated in (table_of(locale) or {"sentences": {}})["sentences"].items():
        pattern = "(.*)".join(map(re.escape, english.split("{}")))
        if found := re.fullmatch(pattern, text, re.DOTALL):
            return translated.format(*found.groups())
    return text
