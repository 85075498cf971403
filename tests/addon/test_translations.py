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
    "storybook", "poems", "distilgpt2", "gpt2", "gpt2-medium", "gpt2-large", "gpt2-xl", "gpt2-chinese-distil",
    "gpt2-chinese", "English", "中文", "Deutsch", "English, 中文", "Cinema",
    "Preferences > Add-ons > Transformer Cinema", "16:9", "9:16", "1:1", "Hugging Face", "ModelScope", "owner/name",
    "https://", "None", "",
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


def told_while_building():
    """What is told while a film is built: (done, total, what)."""
    for node in ast.walk(ast.parse((ADDON / "film/build.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.Tuple) and len(node.elts) == 3 and isinstance(node.elts[2], ast.Constant):
            yield node.elts[2].value


def texts():
    """Everything that a user can be shown, but for errors."""
    import bpy

    from transformer_cinema.addon import _classes
    from transformer_cinema.addon.elements import NAMES
    from transformer_cinema.addon.film import node_layout
    from transformer_cinema.addon.inputs import INPUTS
    from transformer_cinema.addon.menus import languages, models
    from transformer_cinema.addon.work import STEPS

    found = {*in_code(), *STEPS.values(), *(known.label for known in INPUTS.values())}
    found |= {known.description for known in INPUTS.values()} | set(NAMES) | set(node_layout.LABELS.values())
    found |= {node_layout.SHAPES, node_layout.PAINT, node_layout.STORED, node_layout.SHARED}
    for cls in _classes():
        found |= set(of_class(cls))
    for name in dir(bpy.ops.cinema):
        found.add(getattr(bpy.ops.cinema, name).get_rna_type().description)  # as the tooltip shows it
        for prop in getattr(bpy.ops.cinema, name).get_rna_type().properties:
            if prop.identifier != "rna_type" and name != "film_preset_add":  # whose properties are Blender's
                found |= set(of_property(prop))
    for items in (models(None), languages(None)):
        for item in items:
            if " MB" not in item[1]:
                found.add(item[1])
            found |= {item[2]} if "million" not in item[2] and "Captions in" not in item[2] else set()
    found |= {path.stem.replace("_", " ") for path in (ADDON / "presets").glob("*/*.py")}
    return found - AS_THEY_ARE - BLENDERS


def test_a_bad_translation_takes_nothing_away(fresh_blender, tmp_path, monkeypatch, capsys):
    """Half a file, a file of something else, wrong blanks: the panel goes on, in English where it must."""
    (tmp_path / "pt.toml").write_text(
        '[interface]\n"{:d} tokens" = "{} fichas {}"\n"Stop" = "Parar"\n', encoding="utf-8"
    )
    (tmp_path / "fr.toml").write_text('[interface\n"Stop" = ', encoding="utf-8")
    (tmp_path / "de.toml").write_bytes(b"\xff\xfe")
    (tmp_path / "es.toml").write_text("interface = 3", encoding="utf-8")
    monkeypatch.setattr(translations, "FOLDER", tmp_path)
    translations.tables.cache_clear()
    try:
        assert translations.tables()["pt"]["interface"] == {"Stop": "Parar"}
        assert translations.table_of("pt_BR") == translations.tables()["pt"], "a variant has its language's"
        assert translations.sentence_in("de", "The prompt is empty; type at least one word.").startswith("The prompt")
        register()
        from transformer_cinema import unregister

        unregister()
        assert "fr.toml can't be read" in capsys.readouterr().err
    finally:
        translations.tables.cache_clear()


def test_numbers_of_languages_never_fall_together():
    from transformer_cinema.addon.menus import language_numbers

    codes = ["en", "zh", "de", "pt_BR", "pt_PT", "zh_HANT", "zh_HANS", "sr_CYRL", "sr_LATN"]
    numbers = language_numbers(codes)
    assert len({*numbers.values(), 2, 3, 4}) == len(codes) + 3 and max(numbers.values()) < 2**31
    assert language_numbers(codes[:4])["pt_BR"] == numbers["pt_BR"], "what files keep"
    assert numbers["de"] == 25701, "as in files of earlier versions"


def test_the_captions_do_without_a_bad_file(tmp_path, capsys):
    import shutil

    from transformer_cinema.addon.film import texts

    for path in texts.FOLDER.glob("*.toml"):
        shutil.copy(path, tmp_path)
    (tmp_path / "de.toml").write_text("name =", encoding="utf-8")
    assert set(texts.usable(tmp_path)) == set(texts.ALL) - {"de"}
    assert "de.toml" in capsys.readouterr().err


@pytest.fixture
def registered(fresh_blender):
    register()
    yield fresh_blender
    from transformer_cinema import unregister

    unregister()


def test_every_text_is_translated(registered, table):
    missing = sorted(text for text in texts() if text not in table["interface"] and re.search("[A-Za-z]{2}", text))
    assert not missing


def test_every_step_has_a_name_for_the_user():
    from transformer_cinema.addon.film.acts import ACTS
    from transformer_cinema.addon.work import STEPS

    assert {*told_while_building(), *ACTS} <= set(STEPS)


def test_no_translation_is_left_over(registered, table):
    assert not sorted(set(table["interface"]) - texts())


def test_translations_have_the_same_blanks(table):
    for section in table.values():
        for text, translated in section.items():
            assert translations.agrees(text, translated), text
            assert translated != text or not re.search("[a-z] [a-z]", text)


def test_sentences_are_those_that_the_program_says(table):
    """Each is found in the code, where {} is an expression; a translation may say one of its values, too."""
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
    said = {text for text in said if len(text.replace("{}", "")) > 15}  # others, such as "{}: {}", fit anything
    forms = [re.compile("(.*)".join(map(re.escape, text.split("{}")))) for text in said]
    parts = {part for text in table["sentences"] for part in text.split(" And ")}  # as inference/hub.py joins two
    assert not sorted(part for part in parts if not any(form.fullmatch(part) for form in forms))


def test_each_sentence_gets_its_own_translation(table):
    """And not that of another one which fits as well, with its blanks in the wrong places."""
    for text, translated in table["sentences"].items():
        values = [f"<{number}>" for number in range(text.count("{}"))]
        assert translations.sentence_in("zh_HANS", text.format(*values)) == translated.format(*values)
    assert translations.sentence_in("zh_HANS", "Something else.") == "Something else."
    assert translations.sentence_in("en_US", "The prompt is empty; type at least one word.").startswith("The prompt")


def test_an_error_of_the_program_is_translated():
    """A real one, with real values in it."""
    from transformer_cinema.addon.film.direction import check_length
    from transformer_cinema.addon.film.errors import FilmError

    with pytest.raises(FilmError) as caught:
        check_length(95, 2)
    expected = (
        "提示文本有 95 个词元，还要抽取 2 个：共 97 个，而一部影片（含生成的词元）最多展示 96 个；"
        "请缩短提示文本或少抽几个。"
    )
    assert translations.sentence_in("zh_HANS", str(caught.value)) == expected


# One word for one thing, as in Blender's own Chinese: in the film, the panel and the manual alike.
GLOSSARY = {
    "画质": "品质", "摄影机": "摄像机", "令牌": "词元", "标记化": "分词", "节拍": "镜头", "感知机": "MLP",
    "色温": "温度", "解嵌入": "反嵌入", "词汇表": "词表",
}  # fmt: skip


def test_chinese_calls_one_thing_by_one_word():
    for path in ("addon/languages/zh_HANS.toml", "addon/film/texts/zh.toml", "docs/manual/zh.md"):
        text = (ADDON.parent / path).read_text(encoding="utf-8")
        assert not {wrong: right for wrong, right in GLOSSARY.items() if wrong in text}, path
        assert not re.search("随机种(?!子)|纸(?![面上张])", text), path
