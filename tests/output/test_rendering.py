import numpy as np
import pytest

from transformer_cinema.addon import compat
from transformer_cinema.addon.film.errors import FilmError
from transformer_cinema.addon.output import motion, png, rendering
from transformer_cinema.addon.output.frames import Frames

from .conftest import SIZE


def rendered(scene, frames, numbers):
    told = []
    rendering.render(scene, frames, numbers, lambda *what: told.append(what))
    return told


def pixels(bpy, path):
    image = bpy.data.images.load(str(path))
    found = np.array(image.pixels[:]).reshape(image.size[1], image.size[0], 4)
    bpy.data.images.remove(image)
    return found


# --- which frames are the same -----------------------------------------------------------------------


def test_frames_without_motion_repeat_one(scene):
    assert motion.repeats(scene, range(1, 13)) == {5: 4, 6: 4, 7: 4, 8: 4}
    assert motion.repeats(scene, [1, 6, 7]) == {7: 6}


def test_a_curve_between_equal_keys_may_move(scene):
    for point in compat.curves_of(scene.objects["Plane"].animation_data.action)[0].keyframe_points:
        point.interpolation, point.easing = "ELASTIC", "EASE_OUT"
    assert 5 not in motion.repeats(scene, range(4, 9)) or motion.repeats(scene, range(1, 4)) == {}


def test_nothing_repeats_where_something_may_move_by_itself(scene):
    scene.objects["Plane"].driver_add("location", 1).driver.expression = "frame"
    assert motion.repeats(scene, range(1, 13)) == {}


def test_another_camera_is_another_picture(scene, fresh_blender):
    other = fresh_blender.data.objects.new("Other", scene.camera.data)
    scene.collection.objects.link(other)
    scene.timeline_markers.new("cut", frame=6).camera = other
    assert motion.repeats(scene, range(4, 9)) == {5: 4, 7: 6, 8: 6}


# --- rendering -----------------------------------------------------------------------------------------


def test_frames_are_rendered_once_and_copied_where_nothing_moves(scene, frames, fresh_blender):
    told = rendered(scene, frames, range(3, 7))
    assert told == [(3, False), (4, False), (5, True), (6, True)]
    assert frames.missing(range(3, 7)) == []
    assert rendered(scene, frames, range(3, 7)) == [], "what is there isn't rendered again"
    three, four, six = (pixels(fresh_blender, frames.path(number)) for number in (3, 4, 6))
    assert np.array_equal(four, six) and np.abs(three - four).max() > 0.1
    assert (scene.render.resolution_x, scene.render.resolution_y) == SIZE and scene.frame_end == 12
    assert sorted(path.name for path in frames.path(3).parent.iterdir()) == [f"0000{n}.png" for n in (3, 4, 5, 6)]


def test_shares_are_the_whole_bit_for_bit(scene, frames, tmp_path):
    (tmp_path / "whole").mkdir()
    whole = Frames(str(tmp_path / "whole"), "a film", SIZE)
    rendered(scene, whole, range(1, 13, 2))
    for share in (range(1, 5, 2), range(5, 9, 2), range(9, 13, 2)):
        rendered(scene, frames, share)
    for number in range(1, 13, 2):
        assert frames.path(number).read_bytes() == whole.path(number).read_bytes()


def test_a_transparent_frame_has_alpha(scene, tmp_path, fresh_blender):
    scene.render.film_transparent = True
    clear = Frames(str(tmp_path), "a film", SIZE, channels=4)
    rendered(scene, clear, range(4, 5))
    found = pixels(fresh_blender, clear.path(4))
    assert found[0, 0, 3] == 0 and found[27, 48, 3] > 0.99


def test_frames_that_cannot_be_kept_are_said(scene, frames, monkeypatch):
    def full(self, number, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Frames, "keep", full)
    with pytest.raises(FilmError, match="the disk is full"):
        rendered(scene, frames, range(1, 4))
    assert list(frames.path(1).parent.iterdir()) == []


def test_numbers_fall_into_even_runs():
    assert list(rendering.runs([1, 2, 3, 7, 9, 11, 12])) == [range(1, 4), range(7, 12, 2), range(12, 13)]
    assert list(rendering.runs([])) == []


@pytest.mark.parametrize("group", rendering.TRIANGLES)
def test_a_smaller_picture_is_a_weighted_mean(group):
    left = group - 1
    flat = np.full((2 * group, 3 * group, 3), 200, np.uint8)
    assert np.array_equal(rendering.shrunk(flat, group), np.full((2 * left, 3 * left, 3), 200, np.uint8))
    ramp = np.tile(np.arange(0, 30 * group, 10, dtype=np.uint8)[None, :, None], (group, 1, 3))
    row = rendering.shrunk(ramp, group)[0, :, 0].astype(int)
    wanted = np.linspace(-5, 30 * group - 5, 6 * left + 1)[1::2]  # where the new pixels' middles are
    assert np.all(np.diff(row) > 0) and abs(row - wanted)[1:-1].max() < 1.5, row
    dot = np.zeros((3 * group, 3 * group, 1), np.uint8)
    dot[group + 1, group + 1] = 255
    assert png.read(png.encode(np.repeat(rendering.shrunk(dot, group), 3, -1))).size == (3 * left, 3 * left)
    around = rendering.shrunk(dot, group)[left : left + 2, left : left + 2]
    assert around.min() > 15, "a pixel is in all four around it"
