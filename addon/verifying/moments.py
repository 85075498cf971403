"""When to look: so that everything is seen at every value at which it comes to rest while it is drawn, in every beat in
which it has it, and half-way through its longer moves. As few moments as that takes.

They are found in the keyframes of what shows numbers, not by frame numbers: a film that was retimed has other ones.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import bpy
import numpy as np

from ..film.acts import ACTS
from ..film.evidence import mark_of
from ..film.parts import curves_of

BEFORE = 0.02  # frames before a change, so that what ends there has just ended
LONG = 4.0  # frames; longer moves are also looked at half-way
SLIVER = 1.0  # frames; beats begin on whole ones, up to half a frame beside what they begin with
STILL = ("text", "cube", "guess")  # what shows the same wherever it stands and however it is lit


@dataclass(frozen=True)
class Moment:
    beat: str  # act.beat of the last marker before
    frame: float
    moving: frozenset  # {(object, path)} of what doesn't rest there


@dataclass(frozen=True)
class Stretch:
    """A time in which a curve stands still, or is on one way."""

    begin: float
    end: float
    moves: bool

    def looks(self) -> tuple[float, float] | None:
        """Between which frames one has to look once; None: one doesn't."""
        if self.moves:
            quarter = (self.end - self.begin) / 4
            return (self.begin + quarter, self.end - quarter) if self.end - self.begin > LONG else None
        if self.end - self.begin < 2 * BEFORE:  # it turns, or jumps on at once
            return self.begin - BEFORE, self.begin - BEFORE
        return self.begin + BEFORE, self.end - BEFORE


def moments(scene: bpy.types.Scene, beats: list[str] | None = None) -> list[Moment]:
    """-> [Moment] in their order. beats: only those of these beats."""
    first, last = float(scene.frame_start), float(scene.frame_end)
    ways, wanted = [], []
    for owner in dict.fromkeys(scene.collection.all_objects):
        if not (mark := mark_of(owner)):
            continue
        shown, curves = [(first, last)], []
        for curve in curves_of(owner):
            if curve.data_path == "hide_render":
                shown = [(max(a, first), min(b, last)) for a, b in _shown(curve)]
            elif curve.data_path != "hide_viewport" and mark["shows"] not in STILL:
                curves.append(curve)
        shown = [(a + BEFORE, b - BEFORE) for a, b in shown if b - a >= 2 * BEFORE]
        wanted += shown
        for curve in curves:
            stretches = list(_stretches(curve, first, last))
            ways += [((owner, curve.data_path), one.begin, one.end) for one in stretches if one.moves]
            looks = [look for one in stretches if (look := one.looks())]
            wanted += [(max(a, c), min(b, d)) for a, b in looks for c, d in shown if a <= d and c <= b]
    spans, found = np.array([span for _, *span in ways]).reshape(-1, 2), []
    for name, begin, end in _beats(scene):
        for frame in _fewest(_within(wanted, begin, end)) if beats is None or name in beats else ():
            on_way = np.flatnonzero((spans[:, 0] < frame) & (frame < spans[:, 1]))
            found.append(Moment(name, frame, frozenset(ways[i][0] for i in on_way)))
    return found


def _stretches(curve: bpy.types.FCurve, first: float, last: float) -> Iterator[Stretch]:
    """What a curve does between two frames."""
    keys = curve.keyframe_points
    points = np.empty(2 * len(keys), np.float32)
    keys.foreach_get("co", points)
    times, values = points[::2].tolist(), points[1::2].round(4).tolist()
    begin = first
    for i in range(len(keys) - 1):
        at, following = times[i], times[i + 1]
        if keys[i].interpolation != "CONSTANT" and values[i] != values[i + 1]:
            yield Stretch(begin, at, False)
            yield Stretch(at, following, True)
            begin = following
        elif values[i] != values[i + 1]:  # a jump
            yield Stretch(begin, following, False)
            begin = following
    yield Stretch(begin, max(begin, last), False)


def _shown(curve: bpy.types.FCurve) -> Iterator[tuple[float, float]]:
    """When something isn't hidden."""
    begin, hidden = -np.inf, None
    for key in curve.keyframe_points:
        at, now = key.co
        if hidden is None:
            hidden = now > 0.5
        if (now > 0.5) != hidden:
            if not hidden:
                yield begin, at
            begin, hidden = at, not hidden
    if not hidden:
        yield begin, np.inf


def _within(wanted: list[tuple[float, float]], begin: float, end: float) -> list[tuple[float, float]]:
    """What of some times lies in a beat; of a longer time not what is left by where a beat is taken to begin."""
    cut = [(max(a, begin), min(b, end), b - a) for a, b in wanted if a < end and b >= begin]
    return [(a, b) for a, b, whole in cut if b - a >= min(SLIVER, whole)]


def _fewest(wanted: list[tuple[float, float]]) -> list[float]:
    """The fewest frames of which one lies in each of some times."""
    found = []
    for begin, end in sorted(wanted, key=lambda one: one[1]):
        if not found or found[-1] < begin:
            found.append(end)
    return found


def _beats(scene: bpy.types.Scene) -> list[tuple[str, float, float]]:
    """(name, begin, end). Markers stand on whole frames, up to half a frame before or after what they name."""
    names = sorted((one.frame, one.name) for one in scene.timeline_markers if one.name.partition(".")[0] in ACTS)
    if not names:
        return [("film", float(scene.frame_start), np.inf)]
    begins = [-np.inf, *(frame + 0.5 for frame, _ in names[1:])]
    return [(name, a, b) for (_, name), a, b in zip(names, begins, [*begins[1:], np.inf], strict=True)]
