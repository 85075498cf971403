"""The interface in other languages: languages/<locale>.toml, one line a text."""

import functools
import re
import tomllib
from pathlib import Path

import bpy

FOLDER = Path(__file__).parent / "languages"
CONTEXT = "Transformer Cinema"  # of names that Blender's own dictionary, which comes first, takes for something else
CONTEXTS = ("*", "Operator", CONTEXT)  # Blender looks for labels of operators in the second


@functools.cache
def tables():
    """{locale: {"interface": {text: translation}, "sentences": the same}}"""
    return {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.toml"))}


def register():
    made = {}
    for locale, table in tables().items():
        texts = table["interface"].items()
        made[locale] = {(context, text): translated for text, translated in texts for context in CONTEXTS}
    bpy.app.translations.register(__package__, made)


def unregister():
    bpy.app.translations.unregister(__package__)


def sentence(text):
    """A sentence with names and numbers in it, such as an error's, in the language of the interface if it is known."""
    view = bpy.context.preferences.view
    return sentence_in(bpy.app.translations.locale, text) if view.use_translate_interface else text


def sentence_in(locale, text):
    """The same in the language of a locale."""
    for english, translated in tables().get(locale, {}).get("sentences", {}).items():
        pattern = "(.*)".join(map(re.escape, english.split("{}")))
        if found := re.fullmatch(pattern, text, re.DOTALL):
            return translated.format(*found.groups())
    return text
