"""A film of one good shot reaches every threshold; spoilt in one way, it misses the one that watches for that."""

import json

import bpy
import numpy as np
import pytest
from bpy_extras import anim_utils

from transformer_cinema.addon import compat
from transformer_cinema.addon.film.errors import FilmError
from transformer_cinema.addon.film.film import SUBJECTS, Film
from transformer_cinema.addon.film.framing import LENS, SENSOR, Picture
from transformer_cinema.addon.film.points import read_attribute, write_attribute
from transformer_cinema.addon.film.stage import set_stage
from transformer_cinema.addon.film.studio import SCENERY, Studio
from transformer_cinema.addon.output.qualities import apply_quality
from transformer_cinema.addon.review import review
from transformer_cinema.addon.reviewing import captions, pictures, text
from transformer_cinema.addon.reviewing.report import Beat, Number, Report
from transformer_cinema.addon.reviewing.thresholds import CHECKS

FPS, SECONDS, BEAT = 24, 2, "embedding.split"
SIZE, DISTANCE = (10.0, 5.0), 14.0
GEOMETRY = [name for name, check in CHECKS.items() if not check.pictures]
WIDTH_THERE = SENSOR / LENS * DISTANCE  # metres that the picture's width shows at the subject


class Shot:
    """A plate that turns before a camera, a label on it, and a caption at the foot."""

    def __init__(self, aspect=16 / 9):
        self.scene = bpy.context.scene
        self.scene.frame_start, self.scene.frame_end, self.scene.render.fps = 1, FPS * SECONDS, FPS
        self.scene.timeline_markers.new(BEAT, frame=1)
        self.studio = studio = Studio(Film(self.scene, FPS), None, self.scene, "en", Picture(aspect))
        _, _, frame = set_stage(studio)
        width, height = SIZE[0] / 2, SIZE[1] / 2
        corners = [(-width, 0, -height), (width, 0, -height), (width, 0, height), (-width, 0, height)]
        plate = (corners, [(0, 1, 2, 3)], None)
        self.subject = studio.solid("Plate", plate, (0.07, 0.07, 0.07, 1), studio.materials.solid)
        self.key(self.subject, "rotation_euler", 2, {1: -0.15, FPS * SECONDS: 0.15})
        self.label = studio.label("Number", "1234", 0.9, studio.palette.text, (0, -1, 0))
        self.caption = self.foot("A plate.", frame)
        self.camera = self.scene.camera
        self.camera.location, self.camera.constraints[0].target.location = (0, -DISTANCE, 0), (0, 0, 0)
        self.scene[SUBJECTS] = json.dumps([[1, ["Plate"]]])
        apply_quality(self.scene, "draft")

    def foot(self, body, frame):
        """A line of the caption, which goes before the end."""
        white = self.studio.palette.text
        line = self.studio.label("Caption", body, 0.6, white, (0, -4, 0), "Center", "Captions", frame, (0, 0, 0))
        for at, hidden in ((1, False), (FPS * SECONDS - 6, True)):
            line.hide_render = hidden
            line.keyframe_insert("hide_render", frame=at)
        return line

    @staticmethod
    def key(owner, path, index, values, interpolation="LINEAR"):
        """Keys {frame: value} for one number of an object."""
        for frame, value in values.items():
            getattr(owner, path)[index] = value
            owner.keyframe_insert(path, index=index, frame=frame)
        data = owner.animation_data
        bag = anim_utils.action_get_channelbag_for_slot(data.action, data.action_slot)
        for point in bag.fcurves.find(path, index=index).keyframe_points:
            point.interpolation = interpolation

    def tint(self, value):
        """The plate's linear colour, grey."""
        mesh = self.subject.data
        colour = np.ones_like(read_attribute(mesh, "Color")) * (value, value, value, 1)
        write_attribute(mesh, "Color", colour)

    def numbers(self, *checks):
        """{check: its number} of the one beat."""
        return review(self.scene, checks=list(checks or GEOMETRY)).beats[0].numbers

    def failed(self, *checks):
        return review(self.scene, checks=list(checks or GEOMETRY)).beats[0].failed


@pytest.fixture
def shot(fresh_blender):
    return Shot()


# --- a good one ----------------------------------------------------------------------------------


def test_a_good_shot_reaches_all_thresholds(shot):
    report = review(shot.scene)
    assert report.beats[0].failed == [] and report.notes == []
    assert set(report.beats[0].numbers) == set(CHECKS)
    assert report.beats[0].facts["cuts"] == [] and report.beats[0].facts["still"] == 0
    assert 10 < report.beats[0].facts["lit"] < 100
    assert "0 of 1 beats" in report.verdict()[-1]


@pytest.mark.parametrize("aspect", [16 / 9, 1, 9 / 16])
def test_numbers_are_those_of_a_pinhole_camera(fresh_blender, aspect):
    shot = Shot(aspect)
    shot.subject.animation_data_clear()
    shot.subject.rotation_euler = shot.label.location = (0, 0, 0)
    shot.subject.scale = (0.5, 0.5, 0.5)
    shot.caption[SCENERY] = True
    numbers = shot.numbers()
    there = np.array(Picture(aspect).parts) * WIDTH_THERE
    width, height = np.round(100 * np.array(SIZE) / 2 / there)
    assert numbers["subject"].shown == f"{width:.0f}x{height:.0f}"
    position = read_attribute(shot.label.evaluated_get(bpy.context.evaluated_depsgraph_get()).data, "position")
    digits = position[position.any(1), 1]
    assert numbers["text"].value == pytest.approx(100 * np.ptp(digits) / there.min(), rel=0.05)


# --- each number can miss its threshold ----------------------------------------------------------


def test_a_camera_too_far_away(shot):
    shot.camera.location.y *= 2
    assert "subject" in shot.failed()


def test_a_camera_too_near(shot):
    shot.camera.location.y *= 0.5
    assert "edge" in shot.failed()


def test_what_is_to_run_out_of_the_picture_may(shot):
    shot.camera.location.y *= 0.5
    shot.scene[SUBJECTS] = json.dumps([[1, ["Plate…"]]])
    assert "edge" not in shot.failed()


def test_a_subject_that_is_not_drawn(shot):
    shot.subject.hide_render = True
    number = shot.numbers()["subject"]
    assert number.value == 0 and "Plate not drawn" in number.about


def test_a_subject_that_does_not_exist(shot):
    shot.scene[SUBJECTS] = json.dumps([[1, ["Plate", "Nobody"]]])
    report = review(shot.scene, checks=["subject"])
    assert not report.ok and "Nobody" in report.notes[0]


def test_a_label_too_small(shot):
    compat.set_input(shot.label.modifiers[0], "Size", 0.24)
    assert shot.failed() == ["text"]
    assert "1234" in shot.numbers()["text"].about
    shot.label[SCENERY] = True
    assert shot.failed() == []


def test_a_label_that_stands_for_a_moment_only_need_not_be_read(shot):
    compat.set_input(shot.label.modifiers[0], "Size", 0.24)
    for frame, hidden in ((1, False), (6, True)):
        shot.label.hide_render = hidden
        shot.label.keyframe_insert("hide_render", frame=frame)
    assert shot.failed() == []


@pytest.mark.parametrize(("by", "fails"), [(0.1, False), (2.0, True)])
def test_a_camera_that_jumps(shot, by, fails):
    for owner in (shot.camera, shot.camera.constraints[0].target):
        shot.key(owner, "location", 0, {24: 0.0, 25: by})
    assert (shot.failed("camera") == ["camera"]) == fails
    speed = 100 * by / WIDTH_THERE * FPS / 12
    assert shot.numbers("camera")["camera"].value == pytest.approx(speed, rel=0.25)


def test_a_cut_is_no_motion(shot):
    shot.key(shot.camera, "location", 0, {1: 0.0, 25: 2.0}, "CONSTANT")
    report = review(shot.scene, checks=["camera"])
    assert report.ok and report.beats[0].facts["cuts"] == [25]


def test_a_caption_over_the_subject(shot):
    shot.caption.location.y, shot.caption.scale = -2.2, (8, 3, 1)
    assert shot.failed("caption") == ["caption"]


def test_a_line_too_long_for_its_beat(shot):
    compat.set_input(shot.caption.modifiers[0], "Text", "A plate that turns, and turns, and turns.")
    assert shot.failed() == ["reading"]
    assert shot.numbers("reading")["reading"].value == pytest.approx(100 * 41 / 20 / SECONDS, rel=0.05)


def test_a_line_of_the_last_picture_can_be_read_as_long_as_one_likes(shot):
    compat.set_input(shot.caption.modifiers[0], "Text", "A plate that turns, and turns, and turns.")
    shot.caption.animation_data_clear()
    shot.caption.hide_render = False
    assert shot.failed() == []


def test_a_small_label_whose_word_stands_large_in_a_text(shot):
    compat.set_input(shot.label.modifiers[0], "Size", 0.24)
    compat.set_input(shot.caption.modifiers[0], "Text", "1234 plates.")
    assert shot.failed() == []
    compat.set_input(shot.caption.modifiers[0], "Size", 0.24)
    assert shot.failed() == ["text"]


def test_a_dive_may_be_faster(shot):
    shot.key(shot.camera, "location", 0, {24: 0.0, 25: 2.0})
    shot.key(shot.camera.constraints[0].target, "location", 0, {24: 0.0, 25: 2.0})
    shot.scene.timeline_markers[0].name = "prologue.dive"
    assert shot.failed("camera") == []


def test_nothing_moves(shot):
    shot.subject.animation_data_clear()
    assert shot.failed("freeze") == ["freeze"]


def test_a_slow_push_is_motion(shot):
    shot.subject.animation_data_clear()
    shot.key(shot.camera, "location", 1, {1: -DISTANCE, FPS * SECONDS: -DISTANCE * 0.97})
    assert shot.failed("freeze", "camera") == []


def test_an_empty_picture(shot):
    shot.subject.hide_render = shot.label.hide_render = True
    numbers = shot.numbers("empty")
    assert numbers["empty"].value > 5, "the caption does not fill a picture"


def test_a_dark_picture(shot):
    shot.tint(0.001)
    assert shot.failed("light") == ["light"]


def test_beats_and_checks_by_name(shot):
    assert [beat.title for beat in review(shot.scene, ["embedding"], GEOMETRY).beats] == [BEAT]
    with pytest.raises(FilmError, match="no beat called stack"):
        review(shot.scene, ["stack"])
    with pytest.raises(FilmError, match="no check called taste"):
        review(shot.scene, checks=["taste"])


def test_the_film_stands_where_it_stood(shot):
    shot.scene.frame_set(7)
    before = [scene.name for scene in bpy.data.scenes], len(bpy.data.objects)
    review(shot.scene, checks=["text", "empty"])
    assert ([scene.name for scene in bpy.data.scenes], len(bpy.data.objects)) == before
    assert (shot.scene.frame_current, shot.scene.frame_start, shot.scene.frame_end) == (7, 1, FPS * SECONDS)


# --- parts ---------------------------------------------------------------------------------------


def test_letters_of_a_mesh_are_islands():
    edges = np.array([(0, 1), (2, 1), (5, 4), (4, 3), (7, 6)])
    assert text.islands(9, edges).tolist() == [0, 0, 0, 3, 3, 3, 6, 6, 8]


def test_one_of_two_languages_is_read():
    assert captions.reading_seconds({("twelve signs", 0.1)}) == pytest.approx(12 / 20)
    both = {("twelve signs", 0.1), ("十二个字要读两秒钟的时间", 0.05)}
    assert captions.reading_seconds(both) == pytest.approx(12 / 9)
    assert captions.reading_seconds({("十二个字", 0.1), ("123456", 0.1)}) == pytest.approx(4 / 9 + 6 / 20)


def test_pixels_under_a_mask_do_not_count():
    behind = np.zeros((10, 20, 3))
    picture = behind.copy()
    picture[:2] = 255
    free, masked = np.zeros((10, 20), bool), pictures.mask([np.array([(0, 0), (1, 0.2)])], (10, 20))
    assert pictures.lit(picture, behind, free) == pytest.approx(20)
    assert pictures.lit(picture, behind, masked) == 0
    assert pictures.luminance(picture, free) == pytest.approx(51, rel=1e-3)
    assert pictures.luminance(picture, masked) == 0


def test_misses_are_sentences():
    beat = Beat("stack", "flight", 1, 48, 2.0, {"light": Number(28.0, "28"), "freeze": Number(1.0, "1.0", "frame 3")})
    light = Beat("stack", "whole", 49, 96, 2.0, {"light": Number(31.0, "31")})
    report = Report([beat, light], ["freeze", "light"], light=50.0)
    assert beat.failed == ["light", "freeze"] and light.failed == [] and not report.ok
    assert report.misses()[1] == "stack.flight, freeze: nothing moves for 1 s, not at most 0.8 s (frame 3)"
    assert report.verdict()[0] == "The mean luminance is 50 of 255, not 55 to 60."
    assert "28!" in report.table()[1] and json.loads(json.dumps(report.as_json()))["ok"] is False
