"""Building takes nothing away, can be repeated, leaves nothing when it fails; the file needs no extension."""

import dataclasses
import subprocess
import sys

import numpy as np
import pytest

from film.screening import BEAMS, CELL, LAST_MOMENT, STREAM, Screening, scripts_of_lines
from transformer_cinema.addon.film.acts import ACTS
from transformer_cinema.addon.film.build import build_film
from transformer_cinema.addon.film.errors import FilmError
from transformer_cinema.addon.film.texts import ALL

LINES = ALL["en"].lines


def inventory():
    """The names of everything in the file."""
    import bpy

    kinds = [name for name in dir(bpy.data) if isinstance(getattr(bpy.data, name), bpy.types.bpy_prop_collection)]
    return {kind: sorted(made.name for made in getattr(bpy.data, kind)) for kind in kinds}


def furnish(bpy):
    """A file with things of the user's, under names that the film uses too."""
    mesh = bpy.data.meshes.new("Cells")
    mesh.from_pydata([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [], [(0, 1, 2)])
    mine = bpy.data.objects.new("Residual stream columns", mesh)
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    for owner in (mine, camera):
        bpy.context.scene.collection.objects.link(owner)
    mine.keyframe_insert("location", frame=7)
    bpy.data.materials.new("Film Cell")
    bpy.data.collections.new("Film")
    bpy.context.scene.camera = camera
    bpy.context.scene.timeline_markers.new("mine", frame=3)
    return mine


def test_a_second_film_takes_nothing_from_the_user_and_nothing_from_the_first(blend, short):
    """Built into a file that holds a film already, and things of the user's in the scene that is open."""
    import bpy

    bpy.ops.wm.open_mainfile(filepath=str(blend))
    first = bpy.context.scene
    bpy.context.window.scene = scene = bpy.data.scenes.new("Mine")
    mine = furnish(bpy)
    before = inventory()
    settings = (scene.frame_start, scene.frame_end, scene.render.fps, scene.render.engine, scene.camera.name)
    made, _ = build_film(short)

    after = inventory()
    assert all(set(after[kind]) >= set(names) for kind, names in before.items())
    assert bpy.context.scene == scene and made not in (scene, first)
    assert settings == (scene.frame_start, scene.frame_end, scene.render.fps, scene.render.engine, scene.camera.name)
    assert [marker.name for marker in scene.timeline_markers] == ["mine"]
    assert set(scene.objects) == {mine, scene.camera}
    assert len(mine.data.vertices) == 3 and not mine.modifiers and not mine.hide_render
    assert not set(made.objects) & (set(first.objects) | set(scene.objects)), "the films share objects"

    watched = Screening(made)
    assert set(watched.beats) >= set(LINES) - {"loop.again"}, "two words make one round, and no more"
    name = next(one.name for one in made.objects if one.name.startswith(STREAM))
    shape = watched.at(watched.end("embedding.columns"), name, CELL)
    trace = short.steps[0].trace
    assert (shape["value"] == trace.embed[shape["token"], shape["dim"]]).all()
    assert set(shape["token"]) == set(range(len(trace.tokens)))


def too_long(short):
    """More drawn tokens than a film can show."""
    return dataclasses.replace(short, steps=short.steps * 20)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"language": "fr"}, "fr"),
        ({"pace": 0.0}, "pace"),
        ({"pace": float("nan")}, "pace"),
        ({"acts": ["attention", "dancing"]}, "dancing"),
        ({"acts": []}, "at least one act"),
        ({"theme": "pink"}, "pink"),
        ("too long", "40 tokens are drawn"),
    ],
    ids=str,
)
def test_a_film_that_cannot_be_built_leaves_nothing_behind(fresh_blender, short, wrong, says):
    furnish(fresh_blender)
    before = inventory()
    with pytest.raises(FilmError, match=says):
        if wrong == "too long":
            build_film(too_long(short))
        else:
            build_film(short, **wrong)
    assert inventory() == before


@pytest.mark.parametrize("when", ["cast", pytest.param("keyframes", marks=pytest.mark.slow)])
def test_a_build_that_is_stopped_leaves_nothing_behind(fresh_blender, short, when):
    """Whatever happens on the way: Esc, no memory, a bug."""

    def progress(done, total, what):
        if what == when:
            raise KeyboardInterrupt

    furnish(fresh_blender)
    before = inventory()
    with pytest.raises(KeyboardInterrupt):
        build_film(short, progress=progress)
    assert inventory() == before


@pytest.mark.parametrize("pace", [0.37, *(pytest.param(pace, marks=pytest.mark.slow) for pace in (1.0, 2.7))])
def test_every_move_of_the_film_reaches_its_value(fresh_blender, short, pace):
    """What the screenplay says is on the curves, at any pace: no clip is cut by the one after it."""
    calls = []
    scene, film = build_film(short, "en", pace, progress=lambda *call: calls.append(call))
    watched = Screening(scene)
    spoken = [beat for beat in LINES if beat in watched.beats]
    assert all(scripts_of_lines(watched, beat) == [False] for beat in spoken), "not all captions are English"
    for spans in film.timeline.spans.values():
        channel = spans[0].channel
        curve = watched.curve(channel.owner, channel.path, max(channel.index, 0))
        for span, after in zip(spans, [*spans[1:], None], strict=True):
            following = film.time if after is None else after.begin
            frame = film.timeline.frame(span.end)
            if film.timeline.frame(following) - frame > 2:  # it holds for a while
                assert curve.evaluate(frame + 1) == pytest.approx(span.value, rel=1e-6, abs=1e-5), (
                    f"{channel}, {span.end:.2f} s"
                )
            if span.end - span.begin > 4 / film.timeline.fps:
                halfway = (film.timeline.frame(span.begin) + frame) / 2
                low, high = sorted((span.origin, span.value))
                slack = 1e-4 + 1e-5 * max(abs(low), abs(high))
                assert low - slack <= curve.evaluate(halfway) <= high + slack, f"{channel} at {span.begin:.2f} s"

    done = [call[0] for call in calls]  # and progress goes from none to all
    assert done == sorted(done) and done[0] == 0 and done[-1] == calls[0][1]
    assert {call[1] for call in calls} == {done[-1]}
    assert {what for _, _, what in calls} >= set(ACTS)


@pytest.mark.slow
@pytest.mark.parametrize("act", ACTS)
def test_an_act_alone_finds_the_stage_as_it_expects_it(fresh_blender, short, act):
    scene, film = build_film(short, acts=[act])
    assert {name for _, name, _ in film.beats} == {act}
    assert 1 < film.time < 70
    watched = Screening(scene)
    assert {name for name in LINES if name.startswith(f"{act}.")} <= set(watched.beats) | {"loop.again"}
    if act == "embedding":
        shape = watched.at(watched.when("embedding.position", STREAM, Slot=1.0), STREAM, CELL)
        assert (shape["value"] == short.steps[0].trace.resid(0)[shape["token"], shape["dim"]]).all()
    elif act == "attention":
        assert len(watched.at(watched.end("attention.head"), BEAMS)) > 100


@pytest.mark.parametrize("beats", [["loop.dull"], ["unembedding.draw", "loop.dull", "loop.facts"]])
def test_beats_whose_colours_change_can_stand_alone(fresh_blender, recording, beats):
    """The act's own colours come first, however soon the beat wants others."""
    _, film = build_film(recording, acts=beats)
    assert [f"{act}.{beat}" for _, act, beat in film.beats] == beats


# --- the file ------------------------------------------------------------------------------------

ALONE = """
import sys
import bpy, numpy as np
blend, frame, output = sys.argv[1], int(sys.argv[2]), sys.argv[3]
lists = [f for f in (getattr(bpy.app.handlers, name) for name in dir(bpy.app.handlers)) if isinstance(f, list)]
handlers = sum(map(len, lists))  # Blender's own
bpy.ops.wm.open_mainfile(filepath=blend)
scene = bpy.context.scene
scene.frame_set(frame)
evaluated = scene.objects["Residual stream columns"].evaluated_get(bpy.context.evaluated_depsgraph_get()).data
read = {}
for name in ("token", "dim", "value", "shown"):
    data = evaluated.attributes[name].data
    read[name] = np.empty(len(data), np.int32 if name in ("token", "dim") else np.float32)
    data.foreach_get("value", read[name])
kinds = [getattr(bpy.data, name) for name in dir(bpy.data)]
blocks = [block for kind in kinds if isinstance(kind, bpy.types.bpy_prop_collection) for block in kind]
drivers = [b.name for b in blocks if getattr(b, "animation_data", None) and len(b.animation_data.drivers)]
lost = [b.filepath for b in list(bpy.data.fonts) + list(bpy.data.images)
        if b.filepath not in ("", "<builtin>") and not b.packed_file]
facts = {"handlers": sum(map(len, lists)) - handlers}
facts |= {"texts": len(bpy.data.texts), "libraries": len(bpy.data.libraries)}
facts |= {"drivers": drivers, "lost": lost, "loaded": [name for name in sys.modules if "cinema" in name]}
np.savez(output, **facts, **read)
sys.stdout.flush()
import os
os._exit(0)
"""


def test_the_saved_file_plays_without_the_extension(blend, recording, script, tmp_path):
    """In a fresh Blender that knows nothing of this package: no drivers, no handlers, no scripts, no missing files."""
    import bpy

    bpy.ops.wm.open_mainfile(filepath=str(blend))
    markers = {marker.name: marker.frame for marker in bpy.context.scene.timeline_markers}
    frame = markers["mlp.lanes"] + LAST_MOMENT  # the row as the attention act leaves it
    output = tmp_path / "read.npz"
    command = [sys.executable, "-I", "-c", ALONE, str(blend), str(frame), str(output)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with np.load(output) as read:
        assert read["drivers"].tolist() == [] and read["lost"].tolist() == [] and read["loaded"].tolist() == []
        assert (read["handlers"], read["texts"], read["libraries"]) == (0, 0, 0)
        mid = recording.steps[0].trace.blocks[script.focus_layer].resid_mid
        cells = read["value"] != 0
        values = np.zeros_like(mid)
        values[read["token"][cells], read["dim"][cells]] = read["value"][cells]
        assert values.tolist() == mid.tolist()


@pytest.mark.parametrize("acts", [("attention.head", "unembedding.bars"), ("stack.flight", "unembedding.bars")])
def test_single_beats_show_nothing_of_what_is_left_out(fresh_blender, small, acts):
    """Neither the table that arcs come from, nor the mark of four parts, nor a title over the middle of an act."""
    watched = Screening(build_film(small.generate("the king and the queen", new_tokens=2), acts=list(acts))[0])
    titles = {ALL["en"].titles[act.partition(".")[0]] for act in acts if not act.endswith("flight")}
    gone = [one for one in watched.scene.objects if one.name.startswith(("Attention tile", "Part ", "Progress "))]
    gone += [one for one in watched.labels("Caption") if watched.text(one) in titles]
    assert any(one.name == "Attention tile" for one in gone) and any(one.name == "Part 1" for one in gone)
    for frame in range(watched.scene.frame_start, watched.scene.frame_end + 1, 3):
        assert not [one.name for one in gone if watched.visible(one, frame)]
