"""What a shot is about, and how much of the picture it spans."""

import json
from dataclasses import dataclass

import bpy
import numpy as np

from ..film.evidence import mark_of
from ..film.film import RUNS_OUT, SUBJECTS
from . import text, thresholds
from .camera import inside, project
from .captions import CARD
from .looking import Look, within

OUTLIERS = 0.1  # % of an object's vertices at either end that do not count: one stray vertex is no extent
MANY = 5000  # points are enough to find the outermost ones


@dataclass(frozen=True)
class Subject:
    owner: bpy.types.Object
    runs_out: bool = False


@dataclass(frozen=True)
class Span:
    """How much of the picture a subject takes, in %, and how much of its own size lies beyond an edge, in %."""

    width: float = 0.0
    height: float = 0.0
    beyond: float = 0.0

    @property
    def filled(self) -> float:
        """In % of what it must fill."""
        return 100 * max(self.width / thresholds.WIDTH, self.height / thresholds.HEIGHT)


class Subjects:
    """What the film notes as its subjects, over time. missing: names that no object has."""

    def __init__(self, scene: bpy.types.Scene):
        self._noted = json.loads(scene.get(SUBJECTS, "[]"))
        objects = scene.collection.all_objects
        self.missing = sorted({name for _, names in self._noted for name in names if _plain(name) not in objects})

    def at(self, look: Look) -> list[Subject]:
        """The subjects at a moment, drawn or not; where none are noted, all that shows numbers, else all texts."""
        names = next((names for frame, names in reversed(self._noted) if frame <= look.frame), [])
        objects = look.scene.collection.all_objects
        noted = [Subject(objects[_plain(name)], _plain(name) != name) for name in names if _plain(name) in objects]
        return noted if names else [Subject(owner) for owner in _marked(look) or _texts(look)]


def _plain(name: str) -> str:
    return name.removesuffix(RUNS_OUT)


def _marked(look: Look) -> list[bpy.types.Object]:
    marks = {owner: mark_of(owner) for owner in look.drawn}
    return [owner for owner, mark in marks.items() if mark and "text" not in mark["shows"] and not text.body(owner)]


def _texts(look: Look) -> list[bpy.types.Object]:
    """Labels in the middle of the picture: a card."""
    labels = [owner for owner in look.drawn if text.body(owner) and len(look.places(owner))]
    return [owner for owner in labels if CARD[0] < look.places(owner)[:, 1].mean() < CARD[1]]


def span(look: Look, subjects: list[Subject]) -> Span:
    """The box around the subjects' vertices, each object without its outermost OUTLIERS %, cut by the picture."""
    boxes = [(subject.runs_out, _box(look, subject.owner)) for subject in subjects]
    boxes = [(runs_out, box) for runs_out, box in boxes if box is not None]
    if not boxes:
        return Span()
    low, high = _around([box for _, box in boxes])
    width, height = 100 * np.maximum(np.minimum(high, 1) - np.maximum(low, 0), 0)
    if not width * height:  # beside the picture
        width = height = 0.0
    whole = [box for runs_out, box in boxes if not runs_out]
    return Span(float(width), float(height), _beyond(*_around(whole)) if whole else 0.0)


def _box(look: Look, owner: bpy.types.Object) -> np.ndarray | None:
    places = look.places(owner)
    return np.percentile(places, (OUTLIERS, 100 - OUTLIERS), axis=0) if len(places) else None


def _around(boxes: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    return np.min([low for low, _ in boxes], axis=0), np.max([high for _, high in boxes], axis=0)


def _beyond(low: np.ndarray, high: np.ndarray) -> float:
    size = np.maximum(high - low, 1e-9)
    return 100 * float(np.clip(np.maximum(-low, high - 1) / size, 0, 1).max())


def corners(look: Look, subjects: list[Subject]) -> np.ndarray:
    """The subjects' outermost points in the picture and their middle one, in the world: [n, 3].

    The outermost OUTLIERS % in each direction do not count, nor does what hangs on the camera, which can't move it. If
    nothing else is a subject, all that is drawn counts.
    """
    camera = look.scene.camera
    free = [one.owner for one in subjects if not within(one.owner, camera)]
    for owners in (free, [owner for owner in look.drawn if not within(owner, camera)]):
        points = np.concatenate([np.zeros((0, 3)), *(look.points(owner) for owner in owners)])
        points = points[:: len(points) // MANY + 1]
        places, before = project(look.matrix, points)
        seen = before & inside(places)
        if seen.any():
            break
    else:
        return np.zeros((0, 3))
    points, places = points[seen], places[seen] - 0.5
    turns = np.linspace(0, 2 * np.pi, 8, endpoint=False)
    order = np.argsort(places @ np.array([np.cos(turns), np.sin(turns)]), axis=0)
    outermost = order[int((len(places) - 1) * (1 - OUTLIERS / 100))]
    middle = np.argmin(np.abs(places - places.mean(0)).sum(1))
    return points[[*outermost, middle]]
