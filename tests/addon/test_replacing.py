"""A film takes the place of another: what the add-on made is replaced and freed, what the user made stays."""

import re

import pytest

from transformer_cinema.addon.film import ownership, replacing, versions
from transformer_cinema.addon.film.build import build_film, build_steps
from transformer_cinema.addon.film.errors import FilmError
from transformer_cinema.addon.film.evidence import find
from transformer_cinema.addon.film.stage import CAPTION_SCENE

from .conftest import STEPS, everything, kinds


def rebuild(scene, recording, **how):
    made, _ = build_film(recording, "en")
    replacing.replace_film(scene, made, **how)


def test_what_the_user_put_into_the_film_stays(bpy, rebuilt):
    film, new = rebuilt
    lamp = bpy.data.objects.new("Lamp", bpy.data.lights.new("Lamp", "SUN"))
    film.collection.objects.link(lamp)
    inside = bpy.data.objects.new("Inside", bpy.data.meshes.new("Inside"))
    stage = next(one for one in film.collection.children_recursive if one.name == "Stage")
    stage.objects.link(inside)  # where Blender puts a new object while something of the film is selected
    inside.parent, inside.location = film.camera, (1, 2, 3)
    copy = next(one for one in film.objects if one.name.startswith("Token 1")).copy()
    stage.objects.link(copy)
    mine = bpy.data.objects.new("Mine", bpy.data.cameras.new("Mine"))
    film.collection.objects.link(mine)
    film.camera = mine
    film.world = bpy.data.worlds.new("My world")
    film.timeline_markers.new("mine", frame=77)
    bpy.context.view_layer.update()
    place, name = inside.matrix_world.copy(), film.name

    replacing.replace_film(film, new)
    bpy.context.view_layer.update()
    assert {lamp, inside, copy, mine} <= set(film.objects)
    assert all((a - b).length < 1e-5 for a, b in zip(inside.matrix_world, place, strict=True)), "it jumped"
    assert film.camera == mine and film.world.name == "My world" and film.name == name
    markers = [marker.name for marker in film.timeline_markers]
    assert markers.count("mine") == 1 and markers.count("attention.head") == 1
    assert find(film).prompt == "the king"


@pytest.mark.slow
def test_a_rebuild_costs_what_the_first_build_did(bpy, film, short):
    before, collections = kinds(bpy), [one.name for one in film.collection.children_recursive]
    for _ in range(2):
        rebuild(film, short)
        assert kinds(bpy) == before
        assert [one.name for one in film.collection.children_recursive] == collections, "names must not grow, either"
    assert not [one.name for one in ownership.blocks(ownership.alive()) if ownership.is_made(one) and not one.users]


def test_elements_are_found_after_a_rebuild(bpy, film, short):
    """They have the names of the old film's, which were still taken when the new one was made."""
    from transformer_cinema.addon import beats, elements

    def listed():
        found = []
        for first, *_ in beats.beats(film):
            film.frame_set(first + 1)
            found.append([re.sub(r"\.\d+$", "", name) for name in elements.subjects(film)])
        return found

    before = listed()
    rebuild(film, short)
    assert any(before) and listed() == before


@pytest.mark.parametrize("changed", [False, True])
def test_captions_are_laid_over_after_a_rebuild(bpy, film, short, changed):
    """By the compositor as it was made, and by one that the user has changed."""
    from transformer_cinema.addon import compat
    from transformer_cinema.addon.film.stage import CAPTION_SCENE

    film.transformer_cinema.quality = "preview"
    if changed:
        compat.compositor_of(film).nodes.new("CompositorNodeBlur").name = "Mine"
    rebuild(film, short)
    nodes = compat.compositor_of(film).nodes
    shown = [node.scene for node in nodes if node.bl_idname == "CompositorNodeRLayers"]
    assert shown == [film, film[CAPTION_SCENE]] and ("Mine" in nodes) == changed


@pytest.mark.parametrize("keep", [True, False])
def test_hand_edited_materials_are_kept_when_asked(bpy, rebuilt, keep):
    material = bpy.data.materials["Film Cell"]
    material.diffuse_color = (0.1, 0.2, 0.3, 1.0)
    replacing.replace_film(*rebuilt, keep_materials=keep)
    material = bpy.data.materials["Film Cell"]
    assert (material.diffuse_color[:3] == pytest.approx((0.1, 0.2, 0.3))) == keep
    assert material.users > 1, "it must be used"
    assert not [one.name for one in bpy.data.materials if one.name.startswith("Film Cell.")]


def test_a_scene_that_shares_the_film_keeps_it(rebuilt):
    """Scene > New > Linked Copy: both scenes show the same collections."""
    film, new = rebuilt
    other = film.copy()
    names = {one.name for one in other.collection.all_objects}
    captions = other[CAPTION_SCENE]
    replacing.replace_film(film, new)
    assert {one.name for one in other.collection.all_objects} == names
    assert other[CAPTION_SCENE] == captions != film[CAPTION_SCENE]
    assert not set(film.collection.all_objects) & set(other.collection.all_objects)
    assert find(other) and find(film)


@pytest.mark.slow
def test_a_full_copy_of_a_films_scene_is_a_film_of_its_own(bpy, film, short):
    """Scene > New > Full Copy: everything twice, and the film is replaced in the copy alone."""
    bpy.ops.scene.new(type="FULL_COPY")
    copy = bpy.context.window.scene
    assert copy != film and versions.is_film(copy)
    objects = {one.name for one in film.collection.all_objects}
    before = kinds(bpy)
    rebuild(copy, short)
    assert {one.name for one in film.collection.all_objects} == objects
    assert film.camera and film[CAPTION_SCENE] and find(film) and find(copy)
    assert len(copy.collection.all_objects) == len(objects)
    assert kinds(bpy)["Object"] <= before["Object"] + 1, "the copy's old film is gone"


@pytest.mark.slow
def test_another_film_in_the_file_is_left_alone(bpy, film, short):
    other, _ = build_film(short, "en")
    theirs = {(one.id_type, one.name) for one in other.collection.all_objects}
    before = kinds(bpy)
    rebuild(film, short)
    assert {(one.id_type, one.name) for one in other.collection.all_objects} == theirs
    assert kinds(bpy) == before
    assert other.camera.animation_data.action and find(other)


def test_a_film_is_taken_out_of_a_scene(bpy, film):
    bpy.data.scenes.new("Other")
    replacing.take_out(film)
    left = [one for one in ownership.blocks(ownership.alive()) if ownership.is_made(one)]
    assert {one.id_type for one in left} <= {"SCENE", "NODETREE", "FONT"}, [one.name for one in left]
    assert not film.collection.all_objects and not film.timeline_markers
    assert not [name for name in film.keys() if name.startswith("cinema_")]


# --- while it is being built -----------------------------------------------------------------------


def steps_until(recording, what):
    """A build that has just got to some part of it, or has made so many parts."""
    steps = build_steps(recording, "en")
    for step in steps:
        if what in step[::2]:
            return steps
    raise AssertionError(f"no step called {what}")


SOME = 4  # parts: there are objects, materials and node groups


@pytest.mark.parametrize("what", ["cast", SOME, pytest.param("captions", marks=pytest.mark.slow), "film"])
def test_a_build_that_is_closed_leaves_only_what_the_user_made_meanwhile(fresh_blender, short, what):
    bpy = fresh_blender
    before = everything(bpy)
    steps = steps_until(short, what)
    bpy.context.scene.collection.objects.link(bpy.data.objects.new("Meanwhile", None))
    next(steps, None) if what == "cast" else None
    steps.close()
    assert everything(bpy) - before == {("Object", "Meanwhile")}


@pytest.mark.parametrize("alone", [False, True])
def test_a_build_can_be_closed_while_its_scene_is_looked_at(fresh_blender, short, alone):
    """The user has looked at the half film, and even deleted the scene that the build was started from."""
    bpy = fresh_blender
    before, first = kinds(bpy), bpy.context.window.scene
    steps = steps_until(short, SOME)
    bpy.context.window.scene = next(one for one in bpy.data.scenes if ownership.UNFINISHED in one.keys())
    if alone:
        bpy.data.scenes.remove(first)
    steps.close()
    assert kinds(bpy) == before and bpy.context.window.scene == bpy.data.scenes[0]


def test_a_build_notices_that_its_scene_was_deleted(fresh_blender, short):
    bpy = fresh_blender
    before = everything(bpy)
    steps = steps_until(short, SOME)
    bpy.data.scenes.remove(next(one for one in bpy.data.scenes if ownership.UNFINISHED in one.keys()))
    with pytest.raises(FilmError, match="deleted while it was being built"):
        next(steps)
    assert everything(bpy) == before


def test_a_file_saved_during_a_build_opens_without_the_half_film(bpy, short, tmp_path):
    before = everything(bpy)
    steps = steps_until(short, SOME)
    path = str(tmp_path / "half.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    steps.close()
    bpy.ops.wm.open_mainfile(filepath=path)
    assert everything(bpy) == before


def test_each_step_does_a_little(film_file):
    """Blender can draw many times while a film is being made; no act, and no actor but the bars, is cut in two."""
    assert len(STEPS) > 30
    assert [step[0] for step in STEPS] == sorted(step[0] for step in STEPS)
    assert STEPS[0][0] == 0 and STEPS[-1][0] == STEPS[-1][1]


@pytest.mark.slow
def test_the_captions_of_a_deleted_film_go_with_the_next_build(bpy, film):
    bpy.context.window.scene = other = bpy.data.scenes.new("Other")
    bpy.data.scenes.remove(film)
    assert any("captions" in scene.name for scene in bpy.data.scenes), "Blender knows nothing of them"
    other.transformer_cinema.prompt, other.transformer_cinema.new_tokens = "the king", 1
    assert bpy.ops.cinema.build_film() == {"FINISHED"}
    assert [scene.name for scene in bpy.data.scenes if "captions" in scene.name] == ["Transformer Cinema captions"]
