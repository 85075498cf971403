"""The texts in every language: translations are whole, mistakes in them are found, numbers are written as is usual."""

import re
import shutil
import tomllib
from string import Formatter

import bpy
import pytest

from film.screening import Screening, captions, is_chinese
from transformer_cinema.addon.film import texts
from transformer_cinema.addon.film.build import build_film
from transformer_cinema.addon.film.errors import FilmError

SECTIONS = ("titles", "lines", "variants", "tags", "words")
FILES = sorted(texts.FOLDER.glob("*.toml"))
PICTURE = 14.6  # units from a caption's left edge to the picture's right one, less a margin


def entries(path):
    """{(section, key): text} of a file."""

    def flat(table, prefix=()):
        for key, value in table.items():
            yield from flat(value, (*prefix, key)) if isinstance(value, dict) else [((*prefix, key), value)]

    found = tomllib.loads(path.read_text(encoding="utf-8"))
    return {key: text for section in SECTIONS for key, text in flat(found[section], (section,))}


def blanks(text):
    return {name for _, name, _, _ in Formatter().parse(text) if name}


# --- the translations ----------------------------------------------------------------------------


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_language_says_everything_and_fills_the_same_blanks(path):
    original, own = entries(texts.FOLDER / "en.toml"), entries(path)
    assert own.keys() == original.keys()
    for key, text in own.items():
        asked = {"millions" if name == "wan" else name for name in blanks(text)}  # Chinese counts in ten thousands
        assert text.strip() and asked == blanks(original[key]), key
        if any(letter.isalpha() for letter in re.sub(r"\{.*?\}", "", text)):
            assert is_chinese(text) == (path.stem == "zh"), text


def test_a_translation_is_no_copy():
    original, german = (entries(texts.FOLDER / f"{code}.toml") for code in ("en", "de"))
    assert not [key for key, text in german.items() if text == original[key]]


# --- a translator's file -------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    """The files, to which a translator adds one."""
    for path in FILES:
        shutil.copy(path, tmp_path)
    return tmp_path


def test_what_a_translation_lacks_is_english(folder):
    (folder / "fr.toml").write_text('name = "Français"\n[lines]\nloop.again = "Encore."\n', encoding="utf-8")
    french = texts.read(folder)["fr"]
    assert french.name == "Français"
    assert french.line("loop.again") == "Encore."
    assert french.line("loop.append") == "The word joins the text."
    assert french.line("loop.dull") == "No dice: always the likeliest."
    assert french.titles["loop"] == "And again"
    assert french.word("layer", number=3) == "Layer 3"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('name = "F"\n[lines]\nloop.agian = "Encore."', "lines.loop.agian"),
        ('name = "F"\n[linse]\nloop.again = "Encore."', "linse"),
        ('name = "F"\n[lines]\nembedding.split = "En morceaux."', "lines.embedding.split.*{count}"),
        ('name = "F"\n[lines]\nembedding.split = "En {count} {sorte}."', "lines.embedding.split.*{count}"),
        ('name = "F"\n[lines]\nembedding.split = "En {nombre}."', "lines.embedding.split.*{count}"),
        ('name = "F"\n[lines]\nembedding.split = "En {count."', "lines.embedding.split.*{count}"),
        ('name = "F"\n[lines]\nembedding.split = "En {count} {}."', "lines.embedding.split.*{count}"),
        ('name = "F"\n[lines]\nloop.again = 7', "lines.loop.again"),
        ('name = "F"\nlines = 7', "lines"),
        ('name = "F"\n[lines]\nloop.again = "Encore.', "fr.toml"),
        ('name = "F"\n[lines]\nloop.again = "\udcff"', "fr.toml"),
        ('[lines]\nloop.again = "Encore."', "what the language is called"),
    ],
)
def test_a_mistake_in_a_file_is_named(folder, content, says):
    (folder / "fr.toml").write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(FilmError, match=says) as raised:
        texts.read(folder)
    assert "fr.toml" in str(raised.value) and "\n" not in str(raised.value)


def test_without_english_there_is_nothing_to_go_back_to(folder):
    (folder / "en.toml").unlink()
    with pytest.raises(FilmError, match="en.toml"):
        texts.read(folder)


# --- numbers -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "values", "wanted"),
    [
        ("en", {"random": "0.6370", "token": ",", "share": "12.3 %"}, ["0.6370", "“,”", "12.3 %"]),
        ("de", {"random": "0.6370", "token": ",", "share": "12.3 %"}, ["0,6370", "»,«", "12,3 %"]),
        ("de", {"random": "0.6370", "token": "...", "share": "12.3 %"}, ["»...«"]),
        ("zh", {"random": "0.6370", "token": "1", "share": "12.3 %"}, ["0.6370", "“1”", "12.3 %"]),
    ],
)
def test_numbers_are_written_as_in_the_language_and_tokens_as_they_are(code, values, wanted):
    line = texts.ALL[code].line("unembedding.draw_cut", **values)
    assert all(part in line for part in wanted), line


def test_digits_among_chinese_letters_come_from_one_face():
    written = texts.in_one_face("第 10 层")
    assert written != "第 10 层" and texts.plain(written) == "第 10 层" and len(written) == 6
    assert texts.in_one_face("layer 10") == "layer 10"


def test_large_numbers_and_formatted_ones():
    assert "50.257" in texts.ALL["de"].line("embedding.ids", vocabulary="50,257")
    assert "50,257" in texts.ALL["en"].line("embedding.ids", vocabulary="50,257")
    facts = {"name": "gpt2", "layers": 12, "heads": 12, "millions": 124.44, "wan": 12444.0}
    assert texts.word("model", "de", **facts) == "gpt2, ein kleines GPT-2 · 124,4 Millionen gelernte Zahlen"
    assert texts.word("model", "none", **facts) == "gpt2, a small GPT-2 · 124.4 million learned numbers"
    assert texts.word("model", "zh", **facts) == "gpt2，一个小型 GPT-2 · 12,444 万个参数"


@pytest.mark.parametrize(
    ("prompt", "system", "wanted"),
    [
        ("Once upon a time", "en_US", "en"),
        ("Once upon a time", "de_DE", "de"),
        ("从前有座山", "en_US", "zh"),
        ("Once upon a time", "zh_HANS", "zh"),
        ("Once upon a time", "xx_YY", "en"),
        ("", "", "en"),
    ],
)
def test_the_language_follows_the_prompt_and_the_system(prompt, system, wanted):
    assert texts.chosen("auto", prompt, system) == wanted
    assert texts.chosen("de", prompt, system) == "de", "a wish is a wish"


# --- films ---------------------------------------------------------------------------------------


def said(scene):
    """The labels of the caption sheet."""
    return [one for one in scene.objects if one.name.startswith("Caption") and one.modifiers]


def shown(label):
    label.animation_data_clear()
    label.hide_viewport = False
    return label


def widths_of(film, labels):
    """As they stand on the sheet: long ones are made smaller."""
    measured = film.captions.studio.measure([shown(label) for label in labels])
    return [width * label.scale.x for width, label in zip(measured, labels, strict=True)]


def test_a_german_film_is_german_in_latin_letters_and_fits(fresh_blender, short):
    scene, film = build_film(short, "de")
    watched = Screening(scene)
    german = texts.ALL["de"]
    for beat in ("embedding.ids", "stack.whole", "unembedding.bars", "loop.append"):
        start = german.lines[beat].partition("{")[0] or german.lines[beat].rpartition("}")[2]
        middle = sum(watched.beats[beat]) // 2
        found = [watched.text(one) for one in said(scene) if watched.visible(one, middle)]
        assert sum(start in text for text in found) == 1, (beat, found)
    first = watched.beats["stack.flight"][0] + film.timeline.fps
    assert german.titles["stack"] in [watched.text(one) for one in said(scene) if watched.visible(one, first)]
    gates = watched.labels("Gate name")
    assert gates and {watched.text(one) for one in gates} == {f"Schicht {n + 1}" for n in range(len(gates))}
    for text in (german.lines | german.variants | german.titles).values():
        filled = text.format(**dict.fromkeys(blanks(text), "12.345"))
        ((label, *_),) = film.captions.text(filled, 0.39, "#FFFFFF", (0, 0, 0))
        assert "Latin" in label.modifiers[0].node_group.name, text
    widths = widths_of(film, said(scene))
    assert 5 < max(widths) < PICTURE and len(widths) > 20


@pytest.mark.parametrize("pace", [1.0, pytest.param(2.0, marks=pytest.mark.slow)])
def test_captions_fit_in_the_picture_and_stand_until_they_can_be_read(fresh_blender, short, pace):
    """Twenty letters a second, nine of Chinese, in 60 % of their time; a faster film asks for faster readers."""
    scene, film = build_film(short, "both", pace)
    for line in film.lines:
        for code in ("en", "zh"):
            dense = sum(letter >= "\u2e80" for letter in line.texts[code])
            needed = dense / 9 + (len(line.texts[code]) - dense) / 20
            assert (line.end - line.begin) * pace >= needed - 1e-6, line.texts[code]
    assert 5 < max(widths_of(film, said(scene))) < PICTURE


def test_a_film_without_captions_still_says_them_for_subtitles(fresh_blender, short):
    scene, film = build_film(short, "none", acts=["stack", "unembedding", "loop"])
    watched = Screening(scene)
    sheet = [
        one for one in bpy.data.collections["Captions"].objects if one.name.startswith("Caption ") and one.modifiers
    ]
    for beat in watched.beats:
        if beat not in ("loop.dull", "loop.facts", "loop.card"):
            frames = watched.frames(beat)
            assert not [one.name for one in sheet for frame in frames if watched.visible(one, frame)], beat
    card = captions(watched, watched.end("loop.card") - film.timeline.fps)
    assert any("temperature" in text for text in card), "the cards are part of the picture, in English"
    lines = {line.texts["zh"] for line in film.lines}
    assert lines >= {texts.ALL["zh"].line("unembedding.last"), texts.ALL["zh"].line("stack.flight")}
    assert all(line.begin < line.end for line in film.lines)


def test_the_settings_offer_what_there_is(fresh_blender):
    from transformer_cinema import register, unregister

    register()
    try:
        settings = bpy.context.scene.transformer_cinema
        assert settings.language == "auto"
        for choice in (texts.AUTOMATIC, *texts.LANGUAGES):
            settings.language = choice
            assert settings.language == choice
    finally:
        unregister()


def test_a_users_own_title_stands_in_the_place_of_the_films():
    own = texts.OwnTexts.of(title=" My\nfilm ", subtitle="", credit=None)
    assert own.opening("en") == (" ", "My film") and own.credit == ""
    usual = tuple(texts.word("subtitle", "zh").split("\n"))
    assert texts.OwnTexts().opening("zh") == usual and texts.OwnTexts("", "One").opening("zh") == ("One", usual[1])
    with pytest.raises(FilmError, match="too long"):
        texts.OwnTexts.of(title="word " * 30)
