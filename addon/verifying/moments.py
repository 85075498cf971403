"""When to look: at the end of every move, just before the next change, and half-way through the longer ones.

Moments are found in the keyframes of what shows numbers, not by frame numbers: a film that was retimed has other ones.
"""

from dataclasses import dataclass

from bpy_extras import anim_utils

from ..film.acts import ACTS
from ..film.evidence import mark_of

BEFORE = 0.02  # frames before a change, so that what ends there has just ended
LONG = 4.0  # frames; longer moves are also looked at half-way


@dataclass(frozen=True)
class Moment:
    beat: str  # act.beat of the last marker before
    frame: float
    moving: frozenset  # {(object, path)} of what doesn't rest there


def moments(scene, beats=None):
    """-> [Moment], each with another picture than the one before. beats: only those of these beats."""
    curves = {
        (owner, curve.data_path, curve.array_index): curve
        for owner in scene.collection.all_objects
        for curve in _curves(owner)
    }
    changes = sorted({float(key.co.x) for curve in curves.values() for key in curve.keyframe_points})
    changes = [scene.frame_start, *(at for at in changes if scene.frame_start < at < scene.frame_end), scene.frame_end]
    found, last = [], None
    for begin, end in zip(changes[:-1], changes[1:], strict=True):
        if end - begin < 2 * BEFORE:
            continue
        after, before = _state(curves, begin + BEFORE), _state(curves, end - BEFORE)
        moving = frozenset(key[:2] for key in curves if after[key] != before[key])
        if moving and end - begin > LONG:
            found.append(((begin + end) / 2, moving))
        if before != last:
            found.append((end - BEFORE, moving))
        last = before
    names = sorted(
        (marker.frame, marker.name) for marker in scene.timeline_markers if marker.name.partition(".")[0] in ACTS
    )
    placed = [Moment(_beat_at(names, frame), frame, moving) for frame, moving in found]
    return [moment for moment in placed if beats is None or moment.beat in beats]


def _curves(owner):
    """The curves that change what an actor shows: its inputs, whether it is drawn, and where a pointer stands."""
    mark, data = mark_of(owner), owner.animation_data
    if not mark or not data or not data.action:
        return
    bag = anim_utils.action_get_channelbag_for_slot(data.action, data.action_slot)
    for curve in bag.fcurves if bag else ():
        if curve.data_path != "hide_viewport" and (mark["shows"] != "text" or curve.data_path == "hide_render"):
            yield curve


def _state(curves, frame):
    return {key: round(curve.evaluate(frame), 4) for key, curve in curves.items()}


def _beat_at(names, frame):
    """Markers stand on whole frames, up to half a frame before or after what they name."""
    return next((name for at, name in reversed(names) if at <= frame - 0.5), names[0][1] if names else "film")
