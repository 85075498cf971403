"""What an act says is what moves on the screen: values, times, easings, markers."""

import pytest

from transformer_cinema.addon.film.errors import FilmError
from transformer_cinema.addon.film.film import Film
from transformer_cinema.addon.film.timeline import EASINGS, Clip

FPS = 24


@pytest.fixture
def film(fresh_blender):
    return Film(fresh_blender.data.scenes.new("Test"), FPS)


@pytest.fixture
def thing(fresh_blender):
    return fresh_blender.data.objects.new("Thing", None)


@pytest.fixture
def size(film, thing):
    """An object's scale; its first number is what most tests turn."""
    return film.place(thing, "scale", (1.0, 1.0, 1.0))


def curves(owner):
    """{(path, index): F-curve} of a data-block."""
    from bpy_extras import anim_utils

    data = owner.animation_data
    bag = anim_utils.action_get_channelbag_for_slot(data.action, data.action_slot)
    return {(curve.data_path, curve.array_index): curve for curve in bag.fcurves}


def player(film, owner, path="scale", index=0):
    """Write the film -> what the channel's value is at a second."""
    film.finish()
    curve = curves(owner)[path, index]
    return lambda second: curve.evaluate(film.timeline.frame(second))


def test_a_clip_runs_from_where_the_channel_rests_to_its_value(film, thing, size):
    film.wait(0.5)
    film.play(size.dials[0].to(3.0), run_time=2.0, easing="linear")
    film.wait(1.0)
    at = player(film, thing)
    assert [at(second) for second in (0, 0.5, 1.0, 1.5, 2.5, 3.5)] == pytest.approx([1, 1, 1.5, 2, 3, 3])
    assert len(curves(thing)) == 1, "what never moves has no keys"


@pytest.mark.parametrize("easing", EASINGS)
def test_the_keys_have_the_easing_that_was_asked_for(film, thing, size, easing):
    """So that it can be changed in the Graph Editor."""
    film.wait(1.0)
    film.play(size.dials[0].to(2.0), run_time=1.0, easing=easing)
    at = player(film, thing)
    key = next(
        key for key in curves(thing)["scale", 0].keyframe_points if key.co.x == pytest.approx(film.timeline.frame(1.0))
    )
    interpolation, mode = EASINGS[easing]
    assert key.interpolation == interpolation
    if mode != "AUTO":
        assert key.easing == mode
    half = at(1.5)
    expected = {"linear": 1.5, "step": 2.0, "smooth": 1.5, "cubic": 1.5, "out": 1.875, "in": 1.125}
    assert half == pytest.approx(expected[easing], abs=1e-4)
    assert at(0.5) == 1.0 and at(2.5) == 2.0


@pytest.mark.parametrize(("second", "frame"), [(1.0 + 4e-5, 25.0), (1.0 - 4e-5, 25.0), (1.0 + 1e-3, 25.024)])
def test_what_is_hardly_beside_a_frame_is_on_it(film, second, frame):
    """Or a caption and its subtitle would begin with different pictures."""
    assert film.timeline.frame(second) == pytest.approx(frame, abs=1e-9)
    assert film.timeline.frame(0.0) == 1.0


def test_a_smooth_move_starts_and_ends_slowly(film, thing, size):
    film.play(size.dials[0].to(2.0), run_time=1.0)
    at = player(film, thing)
    assert at(0.1) < 1.05 and at(0.9) > 1.95 and at(0.5) == pytest.approx(1.5, abs=1e-4)


def test_a_later_clip_goes_on_from_where_the_channel_stood(film, thing, size):
    film.play(size.dials[0].to(2.0), run_time=1.0, easing="linear")
    film.wait(1.0)
    film.play(size.dials[0].to(4.0), run_time=1.0, easing="linear")
    film.play(size.dials[0].to(0.0), run_time=1.0, easing="linear")
    at = player(film, thing)
    assert [at(second) for second in (1, 1.9, 2.5, 3, 3.5, 4)] == pytest.approx([2, 2, 3, 4, 2, 0])


def test_a_clip_may_jump_somewhere_first(film, thing, size):
    film.wait(1.0)
    film.play(size.dials[0].to(2.0, origin=0.0), run_time=1.0, easing="linear")
    at = player(film, thing)
    assert [at(second) for second in (0.9, 1.0, 1.5, 2.0)] == pytest.approx([1, 0, 1, 2])


def test_a_clip_may_fill_a_part_of_its_play(film, thing, size):
    film.play(size.dials[0].to(2.0, start=0.25, end=0.75), run_time=4.0, easing="linear")
    at = player(film, thing)
    assert [at(second) for second in (1, 2, 3, 4)] == pytest.approx([1, 1.5, 2, 2])
    assert film.time == 4.0


def test_set_changes_a_channel_at_once(film, thing, size):
    film.wait(1.0)
    film.set(size.to((2.0, 3.0, 4.0)))
    film.wait(1.0)
    film.finish()
    values = [[curves(thing)["scale", i].evaluate(film.timeline.frame(s)) for i in range(3)] for s in (0.99, 1.0)]
    assert values == [[1, 1, 1], [2, 3, 4]]


@pytest.mark.parametrize("pace", [1.3, 0.7])
def test_a_move_that_ends_between_two_frames_reaches_its_value_before_a_jump(fresh_blender, thing, pace):
    film = Film(fresh_blender.data.scenes.new("Test"), FPS, pace)
    dial = film.place(thing, "scale", (1.0, 1.0, 1.0)).dials[0]
    film.wait(0.77)
    film.play(dial.to(5.0), run_time=2.01, easing="linear")
    end = film.time
    film.set(dial.to(1.0))
    film.wait(1.0)
    at = player(film, thing)
    assert at(end - 2 / FPS) > 4.5, "the move is missing"
    assert at(end + 1 / FPS) == 1.0


@pytest.mark.parametrize("seconds", [1.0, 1.01, 0.985])
def test_a_move_reaches_its_value_before_the_next_one_starts_elsewhere(film, thing, size, seconds):
    film.play(size.dials[0].to(5.0), run_time=seconds, easing="linear")
    film.play(size.dials[0].to(1.0, origin=0.0), run_time=1.0, easing="linear")
    at = player(film, thing)
    assert at(seconds - 2 / FPS) > 4.5, "the first move is missing"
    assert at(seconds + 0.5) == pytest.approx(0.5, abs=0.05)


def test_two_clips_at_once_on_one_channel_are_an_error_when_the_film_is_written(film, size):
    dial = size.dials[0]
    with pytest.raises(FilmError, match=r"Thing\.scale\[0\].*1\.00 s"):
        film.wait(1.0)
        film.play(dial.to(2.0), dial.to(3.0))


def test_a_clip_that_runs_on_is_not_interrupted(film, size):
    film.together(size.dials[1].to(2.0), run_time=3.0)
    film.wait(2.0)
    with pytest.raises(FilmError, match=r"scale\[1\]"):
        film.play(size.dials[1].to(0.0))


def test_clips_of_different_channels_run_at_the_same_time(film, thing, size):
    film.play(size.to((2.0, 3.0, 4.0)), [None, [size.dials[0].to(9.0, start=1.0, easing="step")]], run_time=1.0)
    film.wait(1.0)
    film.finish()
    assert [curves(thing)["scale", i].evaluate(film.timeline.frame(1.5)) for i in range(3)] == [9, 3, 4]


def test_an_unknown_easing_is_an_error(film, size):
    with pytest.raises(FilmError, match="bouncy.*smooth"):
        film.play(size.dials[0].to(2.0), easing="bouncy")


def test_together_does_not_move_the_time_on(film, size):
    film.together(size.dials[0].to(2.0), run_time=3.0)
    assert film.time == 0.0


def test_an_object_is_switched_in_viewport_and_render_alike(film, thing):
    seen = film.visibility(thing)
    film.wait(1.0)
    film.set(seen.on())
    film.wait(1.0)
    film.set(seen.off())
    film.wait(1.0)
    film.finish()
    for path in ("hide_viewport", "hide_render"):
        curve = curves(thing)[path, 0]
        assert [curve.evaluate(film.timeline.frame(s)) for s in (0, 0.9, 1.1, 1.9, 2.1)] == [1, 1, 0, 0, 1]


def test_everything_off_hides_what_is_on_and_nothing_else(film, thing, fresh_blender):
    other = fresh_blender.data.objects.new("Other", None)
    on, off = film.visibility(thing, visible=True), film.visibility(other)
    assert film.everything_off()
    film.set(film.everything_off())
    assert not on.visible and not off.visible
    assert off.dials[0].channel.key not in film.timeline.spans


def test_markers_name_acts_and_beats(film):
    with film.act("first"):
        film.beat("one")
        film.wait(2.0)
        film.beat("two")
    film.wait(1.0)
    film.finish()
    assert {marker.name: marker.frame for marker in film.scene.timeline_markers} == {"first.one": 1, "first.two": 49}
    assert (film.scene.frame_start, film.scene.frame_end) == (1, 72), "three seconds are 72 frames"
    assert film.beats == [(0.0, "first", "one"), (2.0, "first", "two")]


@pytest.mark.parametrize("pace", [0.1, 0.5, 2.0, 10.0])
def test_pace_scales_every_duration(fresh_blender, thing, pace):
    film = Film(fresh_blender.data.scenes.new("Test"), FPS, pace)
    dial = film.place(thing, "scale", (1.0, 1.0, 1.0)).dials[0]
    film.wait(1.0)
    film.together(dial.to(3.0), run_time=2.0, easing="linear")
    film.play(run_time=2.0)
    with film.act("act"):
        film.beat("end")
    at = player(film, thing)
    assert at(2.0 / pace) == pytest.approx(2.0)
    assert film.time == pytest.approx(3.0 / pace)
    assert film.scene.timeline_markers["act.end"].frame == round(film.timeline.frame(3.0 / pace))


@pytest.mark.parametrize("pace", [0, -1, 0.09, 11, float("nan"), float("inf")])
def test_a_pace_that_makes_no_film_is_an_error(fresh_blender, pace):
    with pytest.raises(FilmError, match="pace"):
        Film(fresh_blender.data.scenes.new("Test"), FPS, pace)


def test_a_channel_that_was_only_read_has_no_clip(film, size):
    assert size.dials[0].value == 1.0
    film.set(Clip(size.dials[0].channel, 2.0))
    assert size.dials[0].value == 2.0
