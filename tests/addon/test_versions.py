"""Files of older and newer versions of the extension."""

import json

import pytest

from transformer_cinema.addon.film import facts, ownership, replacing, versions
from transformer_cinema.addon.film.build import build_film
from transformer_cinema.addon.film.errors import FilmError

from .conftest import everything, kinds


def make_old(scene):
    """What a film of version 1 was like: nothing said what belongs to it."""
    for block in ownership.blocks(ownership.alive()):
        if ownership.is_made(block):
            del block[ownership.MADE]
    for name in (versions.STAMP, facts.FACTS):
        del scene[name]


def test_a_film_says_which_version_made_it(film):
    assert versions.version_of(film) == versions.CURRENT == film[versions.STAMP]


def test_a_scene_without_a_film_has_no_version(bpy):
    assert versions.version_of(bpy.context.scene) is None
    with pytest.raises(FilmError, match="no film in the scene"):
        versions.upgrade(bpy.context.scene)


def test_an_older_film_is_understood_and_can_be_replaced(bpy, film, short):
    lamp = bpy.data.objects.new("Lamp", bpy.data.lights.new("Lamp", "SUN"))
    film.collection.objects.link(lamp)
    before, known = kinds(bpy), facts.read(film)
    make_old(film)
    assert versions.version_of(film) == 1

    versions.upgrade(film)
    assert versions.version_of(film) == versions.CURRENT
    assert facts.read(film).words[:5] == known.words[:5], "those that the film shows"
    assert not ownership.is_made(lamp)
    made, _ = build_film(short, "en")
    replacing.replace_film(film, made)
    assert kinds(bpy) == before


def test_an_older_film_that_is_not_whole_is_left_alone(bpy, film):
    make_old(film)
    bpy.data.objects.remove(film["cinema_floor"])
    before = everything(bpy)
    with pytest.raises(FilmError, match="no longer whole; build in another scene"):
        versions.upgrade(film)
    assert everything(bpy) == before and versions.version_of(film) == 1


@pytest.mark.slow
def test_a_newer_film_is_refused(bpy, film):
    film[versions.STAMP] = versions.CURRENT + 1
    before = everything(bpy)
    with pytest.raises(
        RuntimeError, match="a newer version of Transformer Cinema; update the extension, or untick Replace"
    ):
        bpy.ops.cinema.build_film()
    assert everything(bpy) == before
    film.transformer_cinema.replace = False  # a scene of its own is no harm
    scenes = len(bpy.data.scenes)
    assert bpy.ops.cinema.build_film() == {"FINISHED"}
    assert bpy.context.window.scene != film and len(bpy.data.scenes) == scenes + 2, "and its captions"


def test_the_facts_are_readable_without_the_extension(film, short):
    from transformer_cinema.inference.sampling import likeliest, softmax

    written = json.loads(film[facts.FACTS])
    logits = short.steps[0].trace.logits
    expected = likeliest(logits, 10)
    assert [word for word, _ in written["words"]] == [short.vocabulary.label(token) for token in expected]
    assert [share for _, share in written["words"]] == pytest.approx(softmax(logits)[expected].tolist())
    assert (written["layers"], written["tokens"]) == (2, len(short.steps[0].trace.tokens))


@pytest.mark.parametrize("text", ["", "{}", "[1, 2]", "not json", '{"model": 1}'])
def test_facts_that_were_edited_are_no_facts(film, text):
    film[facts.FACTS] = text
    assert facts.read(film) is None
