"""What all acts rely on: a camera that never stands and never races, captions in time, the mark of the parts, cuts."""

import bpy
import numpy as np
import pytest

from film.screening import Screening, caption_rows
from transformer_cinema.addon import compat
from transformer_cinema.addon.film import cuts
from transformer_cinema.addon.film.acts import ACTS
from transformer_cinema.addon.film.build import build_film
from transformer_cinema.addon.film.captions import PARTS
from transformer_cinema.addon.film.film import LEAD, RUNS_OUT, TAIL, Film
from transformer_cinema.addon.film.framing import LENS, SENSOR, Picture, Shot
from transformer_cinema.addon.film.stage import MOST_PUSH, PUSH, set_stage
from transformer_cinema.addon.film.studio import Studio

FPS = 24
SHOTS = (
    Shot((0.0, -16.0, 4.0), (0.0, 0.0, 2.0)),
    Shot((5.0, -9.0, 3.0), (4.0, 0.0, 2.0)),
    Shot((4.3, -1.4, 2.1), (4.3, 0.0, 2.0)),  # ten times as near
    Shot((-11.0, 20.0, 11.0), (-1.0, 42.0, 0.4)),  # with nothing in common
)


class Script:
    """As much of a Script as a stage needs."""


@pytest.fixture
def film(fresh_blender):
    scene = bpy.data.scenes.new("Grammar")
    made = Film(scene, FPS)
    set_stage(Studio(made, Script(), scene, "none", Picture()))
    bpy.context.window.scene = scene
    return made


def place(film, frame):
    """Where the camera stands and what it looks at -> [2, 3], as the keys have it."""
    owners = (film.camera.object, film.camera.target)
    curves = [[Screening.curve(None, owner, "location", axis) for axis in range(3)] for owner in owners]
    rests = [owner.location for owner in owners]
    return np.array(
        [
            [curve.evaluate(frame) if curve else rest[axis] for axis, curve in enumerate(axes)]
            for axes, rest in zip(curves, rests, strict=True)
        ]
    )


def seen(points, location, target):
    """Points [n, 3] -> places [n, 2] in widths of the picture, by the pinhole equation."""
    forward = (target - location) / np.linalg.norm(target - location)
    right = np.cross(forward, (0, 0, 1))
    right /= np.linalg.norm(right)
    up = np.cross(right, forward)
    offset = points - location
    return np.stack([offset @ right, offset @ up], -1) / (offset @ forward)[:, None] * LENS / SENSOR


def test_the_camera_pushes_in_while_it_holds_and_fits_on_average(film):
    film.cut(SHOTS[0])
    film.wait(4.0)
    film.finish()
    distances = [np.linalg.norm(np.subtract(*place(film, 1 + FPS * second))) for second in (0, 1, 2, 3, 4)]
    assert np.all(np.diff(distances) < 0), "it comes nearer all the time"
    rate = -np.diff(distances) / distances[0]
    assert rate == pytest.approx(PUSH, rel=0.1), "parts of its distance a second"
    whole = np.linalg.norm(np.subtract(SHOTS[0].location, SHOTS[0].target))
    assert distances[2] == pytest.approx(whole, rel=1e-3), "the shot is met half-way"


def test_a_long_hold_stays_near_its_shot(film):
    film.cut(SHOTS[0])
    film.wait(60.0)
    film.finish()
    begin, end = (np.linalg.norm(np.subtract(*place(film, frame))) for frame in (1, 1 + FPS * 60))
    assert 1 - end / begin == pytest.approx(MOST_PUSH, abs=0.01)


def test_the_camera_never_stands_still_and_never_jumps_but_in_a_cut(film):
    film.cut(SHOTS[0])
    film.wait(1.0)
    film.move(SHOTS[1])
    film.wait(1.0)
    film.move(SHOTS[2])
    film.wait(1.0)
    film.finish()
    path = np.array([place(film, 1 + frame) for frame in range(int(film.time * FPS))])
    steps = np.linalg.norm(np.diff(path[:, 0], axis=0), axis=1)
    assert steps.min() > 1e-4, "a frozen picture"
    assert steps.max() < 1.2


@pytest.mark.parametrize("way", [(0, 1), (1, 2), (2, 0), (0, 3)])
def test_what_the_camera_looks_at_crosses_the_picture_no_faster_than_eyes_follow(film, way):
    """At most 3 % of the width a picture at 12 a second, as the drift that follows adds next to nothing to."""
    start, end = (SHOTS[i] for i in way)
    film.cut(start)
    film.wait(0.5)
    begin = film.time
    film.move(end, run_time=0.1)
    film.finish()
    frames = np.arange(1 + begin * FPS, 1 + film.time * FPS)
    for now, then in zip(frames[:-1], frames[1:], strict=True):
        (location, target), after = place(film, now), place(film, then)
        forward = target - location
        right = np.cross(forward, (0, 0, 1))
        right *= np.linalg.norm(forward) * SENSOR / LENS * 0.35 / np.linalg.norm(right)
        points = np.stack([target, target + right, target - right])
        moved = np.linalg.norm(seen(points, *after) - seen(points, location, target), axis=1).max()
        assert moved * FPS / 12 < 0.033, f"frame {now}"


def test_the_camera_follows_after_the_subject(film):
    thing = bpy.data.objects.new("Thing", None)
    size = film.place(thing, "scale", (1.0, 1.0, 1.0))
    film.cut(SHOTS[0])
    film.move(SHOTS[1], size.to((2.0, 1.0, 1.0)), run_time=3.0)
    channels = [film.timeline.spans[dial.channel.key] for dial in (size.dials[0], film.camera.location.dials[0])]
    subject, camera = (next(span for span in spans if span.end > span.begin) for spans in channels)
    assert 0.08 < camera.begin - subject.begin < 0.2


# --- in a film -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def watched(short_film):
    path, film = short_film
    bpy.ops.wm.open_mainfile(filepath=str(path))
    return film, Screening(bpy.context.scene)


def test_the_caption_comes_after_the_picture_moves_and_leaves_before_the_cut(watched):
    film, screening = watched
    begins = {name: frame for name, (frame, _) in screening.beats.items()}
    for beat in ("embedding.split", "attention.head", "unembedding.bars"):
        first, last = screening.beats[beat]
        assert not caption_rows(screening, first + int(LEAD * FPS) - 1), "too early"
        assert len(caption_rows(screening, first + int(LEAD * FPS) + 3)) == 1
        assert not caption_rows(screening, last - int(TAIL * FPS) + 1), "it stays into the cut"
    assert len(begins) == len(film.beats)


def test_the_mark_fills_a_part_at_a_time(watched):
    film, screening = watched
    parts = [screening.object(f"Progress {part + 1}") for part in range(len(PARTS))]
    for part, acts in enumerate(PARTS):
        frames = [screening.beats[beat] for beat in screening.beats if beat.split(".")[0] in acts]
        middle = (frames[0][0] + frames[-1][1]) // 2
        lengths = [screening.curve(one, "scale", 0).evaluate(middle) for one in parts]
        assert lengths[:part] == pytest.approx([1.0] * part)
        assert 0.2 < lengths[part] < 0.8
        assert max(lengths[part + 1 :], default=0) < 0.01


def test_every_beat_of_the_film_says_what_it_is_about(watched):
    film, screening = watched
    told = {round(film.timeline.frame(second)) for second, names in film.subjects if names}
    for beat, (first, last) in screening.beats.items():
        assert any(first <= frame <= last for frame in told) or beat in ("loop.facts", "prologue.title"), beat
    known = {one.name for one in screening.scene.objects}
    assert {name.removesuffix(RUNS_OUT) for _, names in film.subjects for name in names} <= known


def test_the_short_cut_is_half_a_minute_and_has_its_beats_alone(fresh_blender, short):
    scene, film = build_film(short, "en", cuts.SHORT_PACE, list(cuts.SHORT), form=cuts.SHORT_FORM)
    beats = {f"{act}.{beat}" for _, act, beat in film.beats}
    assert beats <= set(cuts.SHORT) and beats >= {"prologue.text", "attention.head", "unembedding.draw", "loop.card"}
    assert 30 < film.time < 41
    watched = Screening(scene)
    tags = [one for one in scene.objects if one.name.startswith("Caption layer")]
    at = {beat: sum(watched.visible(one, sum(watched.beats[beat]) // 2) for one in tags) for beat in watched.beats}
    assert at["attention.head"] == 1, "layer and head of the beams are said"
    assert at["stack.flight"] == at["unembedding.draw"] == 0, "but not of what follows"


def test_a_choice_of_acts_and_beats():
    assert cuts.shows(None, "mlp", "votes")
    assert cuts.shows(["mlp"], "mlp", "votes") and not cuts.shows(["mlp"], "stack", "flight")
    assert cuts.shows(["mlp.votes"], "mlp", "votes") and not cuts.shows(["mlp.votes"], "mlp", "lanes")
    assert cuts.shows(["mlp.votes"], "mlp", None) and not cuts.shows(["mlp.votes"], "stack", None)
    assert {part.split(".")[0] for part in cuts.SHORT} <= set(ACTS)


def test_a_cut_changes_the_backdrop_as_well(fresh_blender, small):
    """Without what leads to it, a part would else begin in the light of another one."""
    acts = ["prologue.text", "attention.head", "stack.flight"]
    watched = Screening(build_film(small.generate("the king and the queen", new_tokens=2), acts=acts)[0])
    path = compat.input_path(watched.modifier("Backdrop"), "Glow")
    curves = [watched.curve(watched.object("Backdrop"), path, index) for index in range(3)]
    for beat in acts[1:]:
        first = watched.beats[beat][0]
        glows = [np.array([one.evaluate(first + at) for one in curves]) for at in (-2, 1, 12)]
        assert glows[1] == pytest.approx(glows[2], abs=0.02), beat
        assert np.abs(glows[0] - glows[1]).max() > 0.02, beat
