"""The camera stands so that what a shot is about is in the picture, above the captions, and fills it."""

import bpy
import numpy as np
import pytest
from mathutils import Vector

from film.screening import Screening
from transformer_cinema.addon.film.build import build_film
from transformer_cinema.addon.film.framing import CAPTIONED, FORMATS, LENS, SENSOR, Margins, Picture, box, frame
from transformer_cinema.addon.film.lines import wrap
from transformer_cinema.addon.film.texts import ALL
from transformer_cinema.addon.output.qualities import apply_quality

WIDE = Margins(0.03, 0.3, 0.25, 0.1)


def picture(points, shot, aspect=16 / 9):
    """The pinhole camera: points [n, 3] -> where they are in the picture [n, 2], 0 … 1 from its lower left corner."""
    eye, target = np.array(shot.location), np.array(shot.target)
    forward = (target - eye) / np.linalg.norm(target - eye)
    right = np.cross(forward, (0.0, 0.0, 1.0))
    right /= np.linalg.norm(right)
    up = np.cross(right, forward)
    seen = np.asarray(points, float) - eye
    depth = seen @ forward
    assert (depth > 0).all(), "a point is behind the camera"
    width = SENSOR / LENS * min(1.0, aspect)  # Blender's sensor fits the picture's longer side
    across = seen @ right / depth / width
    upward = seen @ up / depth / (width / aspect)
    return np.stack([across, upward], -1) + 0.5


def room(places, margins):
    """How far the outermost points are from the margins: left, right, bottom, top; below 0 is outside."""
    (left, bottom), (right, top) = places.min(0), places.max(0)
    edges = left - margins.left, 1 - margins.right - right, bottom - margins.bottom, 1 - margins.top - top
    return np.array(edges)


@pytest.mark.parametrize("aspect", [16 / 9, 1.0, 9 / 16, 2.39])
@pytest.mark.parametrize("margins", [CAPTIONED, WIDE])
@pytest.mark.parametrize(("azimuth", "elevation"), [(0, 0), (17, 9), (-32, 24), (60, 80)])
def test_points_are_inside_the_margins_and_touch_them(azimuth, elevation, margins, aspect):
    random = np.random.default_rng(0)
    for _ in range(5):
        points = random.uniform(-1, 1, (9, 3)) * random.uniform(0.5, 20, 3) + random.uniform(-30, 30, 3)
        shot = frame(points, azimuth, elevation, margins, aspect)
        free = room(picture(points, shot, aspect), margins)
        assert free.min() > -1e-9
        horizontal, vertical = free[:2], free[2:]
        assert min(horizontal.max(), vertical.max()) == pytest.approx(0, abs=1e-6), "the camera could stand nearer"
        assert horizontal[0] * vertical[0] >= -1e-9


def test_it_looks_from_where_it_was_asked_to():
    shot = frame(box((-1, -1, 0), (1, 1, 2)), azimuth=30, elevation=20)
    back = np.array(shot.location) - np.array(shot.target)
    assert np.degrees(np.arctan2(back[0], -back[1])) == pytest.approx(30)
    assert np.degrees(np.arcsin(back[2] / np.linalg.norm(back))) == pytest.approx(20)


def test_pulling_back_leaves_more_room():
    points = box((-3, 0, 0), (3, 1, 2))
    near, far = (picture(points, frame(points, 10, 10, pull=pull)) for pull in (1.0, 1.5))
    assert np.ptp(far, axis=0).max() < np.ptp(near, axis=0).max()
    assert room(far, CAPTIONED).min() > -1e-9


def test_a_box_has_eight_corners():
    corners = box((0, 1, 2), (3, 4, 5))
    assert len(np.unique(corners, axis=0)) == 8
    assert (corners.min(0).tolist(), corners.max(0).tolist()) == ([0, 1, 2], [3, 4, 5])


@pytest.mark.parametrize(
    ("form", "short", "size"),
    [("16:9", 360, (640, 360)), ("16:9", 1080, (1920, 1080)), ("9:16", 360, (360, 640)), ("1:1", 540, (540, 540))],
)
def test_pictures_have_the_size_of_their_form(form, short, size):
    assert Picture(FORMATS[form]).pixels(short) == size


def corners_in_view(scene, owner):
    """The corners of an object as parts of the picture, and how far away they are."""
    from bpy_extras.object_utils import world_to_camera_view

    depsgraph = bpy.context.evaluated_depsgraph_get()
    evaluated, camera = owner.evaluated_get(depsgraph), scene.camera.evaluated_get(depsgraph)
    corners = [evaluated.matrix_world @ Vector(corner) for corner in evaluated.bound_box]
    return np.array([world_to_camera_view(scene, camera, corner) for corner in corners])


@pytest.mark.parametrize("form", ["9:16", *(pytest.param(one, marks=pytest.mark.slow) for one in ("16:9", "1:1"))])
def test_nothing_that_is_read_lies_outside_the_picture(fresh_blender, short, form):
    """Captions, cards and the row's words, at the end of every beat that is about the whole row."""
    scene, _ = build_film(short, "both", form=form)
    apply_quality(scene, "draft")
    watched = Screening(scene)
    for beat in watched.beats:
        scene.frame_set(watched.end(beat))
        read = [one for one in bpy.data.collections["Captions"].objects if one.name.startswith("Caption ")]
        read = [one for one in read if one.modifiers]
        if beat in ("embedding.ids", "embedding.columns", "attention.head"):
            read += watched.labels("Label ")[:2]
        for owner in read:
            if watched.visible(owner, watched.end(beat)):
                view = corners_in_view(scene, owner)
                assert (view[:, :2] > 0.015).all() and (view[:, :2] < 0.985).all(), (beat, owner.name, view)


@pytest.mark.parametrize("width", [6, 11, 18, 30])
@pytest.mark.parametrize("code", ["en", "zh", "de"])
def test_captions_are_wrapped_within_a_width(code, width):
    for text in ALL[code].lines.values():
        lines = wrap(text, width)
        assert " ".join(lines).replace(" ", "") == text.replace(" ", "")
        for line in lines:
            pieces = [piece for piece in line.split() if piece]
            breadth = sum(1.0 if letter >= "\u2e80" else 0.5 for letter in line)
            assert breadth <= width + 1 or len(pieces) == 1, line  # punctuation may stand beyond the edge
            assert line[0] not in "，。：；、？！）”", line
