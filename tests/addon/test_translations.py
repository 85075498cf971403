"""The interface in Chinese: every text has a translation, and no translation is left over."""

import ast
import re
from pathlib import Path

import pytest

from transformer_cinema import register
from transformer_cinema.addon import translations

ADDON = Path(__file__).parents[2] / "addon"
# What Blender itself knows, names that are the same everywhere, and what is drawn without a text.
AS_THEY_ARE = {
    "storybook", "distilgpt2", "gpt2", "gpt2-medium", "gpt2-large", "gpt2-xl", "English", "中文", "Deutsch",
    "English, 中文", "Cinema", "Preferences > Add-ons > Transformer Cinema", "16:9", "9:16", "1:1", "Hugging Face",
    "ModelScope", "owner/name", "https://", "None", "",
}  # fmt: skip
BLENDERS = {"Options for this operator type"}
DRAWN = {"text", "placeholder"}  # arguments of layout.prop() and its kin
ASKED = {"_", "pgettext_iface", "pgettext_tip", "pgettext_rpt", "sentence", "poll_message_set"}


@pytest.fixture
def table():
    return translations.tables()["zh_HANS"]


def of_class(cls):
    """What Blender shows of a registered class."""
    yield from (getattr(cls, "bl_category", ""), " ".join(cls.__doc__.split()))
    if "Menu" not in cls.__name__:  # the name of the preset that was chosen last becomes a menu's label
        yield getattr(cls, "bl_label", "")
    inherited = {prop.identifier for prop in cls.bl_rna.base.properties} if cls.bl_rna.base else set()
    for prop in cls.bl_rna.properties:
        if prop.identifier not in inherited | {"rna_type"}:
            yield from of_property(prop)


def of_property(prop):
    yield prop.name
    yield prop.description
    for item in getattr(prop, "enum_items_static", ()):
        yield item.name
        yield item.description


def in_code():
    """Literals that are given to Blender's layouts or to its translation."""
    for path in ADDON.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            given = [one.value for one in node.keywords if one.arg in DRAWN and name not in ("progress", "Palette")]
            for value in given + (node.args[:1] if name in ASKED else []):
                for one in ast.walk(value):
                    if isinstance(one, ast.Constant) and isinstance(one.value, str):
                        yield one.value


def texts():
    """Everything that a user can be shown, but for errors and progress."""
    import bpy

    from transformer_cinema.addon import _classes
    from transformer_cinema.addon.properties import _languages, _models

    found = set(in_code())
    for cls in _classes():
        found |= set(of_class(cls))
    for name in dir(bpy.ops.cinema):
        for prop in getattr(bpy.ops.cinema, name).get_rna_type().properties:
            if prop.identifier == "act":
                found |= set(of_property(prop))
    for items in (_models(None), _languages(None)):
        for item in items:
            found |= {item[1]} | ({item[2]} if "million" not in item[2] and "Captions in" not in item[2] else set())
    found |= {path.stem.replace("_", " ") for path in (ADDON / "presets").glob("*/*.py")}
    return found - AS_THEY_ARE - BLENDERS


@pytest.fixture
def registered(fresh_blender):
    register()
    yield fresh_blender
    from transformer_cinema import unregister

    unregister()


def test_every_text_is_translated(registered, table):
    missing = sorted(text for text in texts() if text not in table["interface"] and re.search("[A-Za-z]{2}", text))
    assert not missing


def test_no_translation_is_left_over(registered, table):
    from transformer_cinema.addon.film.acts import ACTS

    code = "".join(path.read_text(encoding="utf-8") for path in ADDON.rglob("*.py"))
    told = set(re.findall(r'yield .*?"(\w+)"', code)) | set(ACTS) | {"Running the model", "cast", "film"}
    assert not sorted(set(table["interface"]) - texts() - told)


def test_translations_have_the_same_blanks(table):
    for section in table.values():
        for text, translated in section.items():
            wanted, found = (sorted(re.findall(r"\{\d*(:?[^}]*)\}", one)) for one in (text, translated))
            assert wanted == found, text
            assert translated != text or not re.search("[a-z] [a-z]", text)


def test_sentences_are_those_that_the_program_says(table):
    """Each is found in the code, where {} is an expression."""
    sources = [*ADDON.rglob("*.py"), *(ADDON.parent / "inference").glob("*.py")]
    said = set()
    for path in sources:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                said.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                said.add(
                    "".join(
                        getattr(part, "value", "{}") if isinstance(part, ast.Constant) else "{}" for part in node.values
                    )
                )
    assert not [text for text in table["sentences"] if text not in said]


def test_an_error_is_told_in_the_language_of_the_interface(registered, monkeypatch):
    english = "The prompt has 3000 tokens, but gpt2 reads at most 1024; shorten it."
    assert translations.sentence(english) == english
    view = registered.context.preferences.view
    try:
        view.language = "zh_HANS"
    except TypeError:
        pytest.skip("this Blender has no translations")
    view.use_translate_interface = True
    try:
        assert translations.sentence(english) == "提示文本有 3000 个词元，而 gpt2 最多读取 1024 个；请缩短。"
        assert translations.sentence("Something else.") == "Something else."
        assert registered.app.translations.pgettext_iface("Build Film") == "生成影片"
    finally:
        view.language = "DEFAULT"
