"""Clips -> F-curves. One channel has one owner at a time; easing lives on the keys."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import bpy
import numpy as np

from .errors import FilmError

# A clip's easing -> (keyframe interpolation, its easing mode).
EASINGS = {
    "smooth": ("SINE", "EASE_IN_OUT"),
    "cubic": ("CUBIC", "EASE_IN_OUT"),
    "out": ("CUBIC", "EASE_OUT"),
    "in": ("CUBIC", "EASE_IN"),
    "linear": ("LINEAR", "AUTO"),
    "step": ("CONSTANT", "AUTO"),
}
# An easing -> the part of a span's time at which it has gone a part of its way.
ARRIVALS = {
    "smooth": lambda part: math.acos(1 - 2 * part) / math.pi,
    "cubic": lambda part: (part / 4) ** (1 / 3) if part < 0.5 else 1 - ((1 - part) / 4) ** (1 / 3),
    "out": lambda part: 1 - (1 - part) ** (1 / 3),
    "in": lambda part: part ** (1 / 3),
    "linear": lambda part: part,
    "step": lambda part: 0.0,
}

AT_ONCE = 80  # objects whose F-curves are written in one step
NEAR = 1e-3  # frames beside a whole one that mean that one
MIN_KEY_GAP = 0.03  # frames; Blender takes keys that are nearer than 0.01 for one


@dataclass(frozen=True)
class Channel:
    """One animated number: a data-block, an RNA path from it, and an index (-1 for a scalar)."""

    owner: bpy.types.ID
    path: str
    index: int = -1

    @property
    def key(self):
        return (self.owner.bl_rna.identifier, self.owner.name_full, self.path, self.index)

    def __str__(self):
        return f"{self.owner.name}.{self.path}" + (f"[{self.index}]" if self.index >= 0 else "")


@dataclass(frozen=True)
class Clip:
    """Take a channel to `value`; from `start` to `end`, fractions of the play() it is part of."""

    channel: Channel
    value: float
    start: float = 0.0
    end: float = 1.0
    easing: str | None = None
    origin: float | None = None  # jump here first; otherwise it goes on from where the channel stands


@dataclass(frozen=True)
class Span:
    """A clip with its times in seconds and both of its values."""

    channel: Channel
    begin: float
    end: float
    origin: float
    value: float
    easing: str

    def when(self, value):
        """The second at which the channel arrives at a value on this way, or None."""
        way = self.value - self.origin
        part = (value - self.origin) / way if way else 1.0 - (value != self.value)
        if not -1e-6 <= part <= 1 + 1e-6 or (not way and value != self.value):
            return None
        return self.begin + (self.end - self.begin) * ARRIVALS[self.easing](min(max(part, 0.0), 1.0))


class Timeline:
    """Collects spans in seconds and writes them as F-curves, two keys a span."""

    def __init__(self, fps):
        self.fps = fps
        self.spans = {}  # channel key -> [Span, ...] in order of time
        self.rest = {}  # channel key -> value before the first span; a channel that never moves gets no key
        self.markers = []  # (second, name)

    def frame(self, second: float) -> float:
        """The frame number of a time in seconds; the film starts at frame 1. What is hardly beside a whole frame is on
        it, so that keys and subtitles agree on which picture is the first."""
        frame = 1 + second * self.fps
        return float(round(frame)) if abs(frame - round(frame)) <= NEAR else frame

    def at_rest(self, channel, value):
        """Say what a channel is before anything moves it."""
        self.rest[channel.key] = float(value)

    def value(self, channel):
        """The value that a channel has after everything written so far."""
        spans = self.spans.get(channel.key)
        if spans:
            return spans[-1].value
        return self.rest.get(channel.key, 0.0)

    def value_at(self, channel, second):
        """The value that a channel rests at, at a second when it doesn't move."""
        values = [span.value for span in self.spans.get(channel.key, ()) if span.end <= second + 1e-6]
        return values[-1] if values else self.rest.get(channel.key, 0.0)

    def spans_since(self, channel, second):
        """The spans of a channel that begin at a second or later."""
        return [span for span in self.spans.get(channel.key, ()) if span.begin >= second - 1e-6]

    def add(self, clip, begin, run_time, easing):
        """Write one clip of a play() that begins at `begin` and takes `run_time`, both in seconds."""
        easing = clip.easing or easing
        if easing not in EASINGS:
            raise FilmError(f"There is no easing called {easing}; choose one of {', '.join(EASINGS)}.")
        channel = clip.channel
        start, end = begin + clip.start * run_time, begin + clip.end * run_time
        if easing == "step":
            end = start
        spans = self.spans.setdefault(channel.key, [])
        if spans and start < spans[-1].end - 1e-6:
            raise FilmError(f"Two clips write {channel} at {start:.2f} s; let one finish before the other begins.")
        origin = self.value(channel) if clip.origin is None else clip.origin
        spans.append(Span(channel, start, end, float(origin), float(clip.value), easing))

    def mark(self, second, name):
        self.markers.append((second, name))

    # --- writing -------------------------------------------------------------------------------

    def compile(self, scene: bpy.types.Scene) -> Iterator[str]:
        """Write every F-curve and the markers. In steps of some objects."""
        owners = {}
        for key, spans in self.spans.items():
            before = self.rest.get(key, spans[0].origin)
            owners.setdefault(spans[0].channel.owner, []).append((spans[0].channel, self._keys(before, spans)))
        for place, (owner, curves) in enumerate(owners.items()):
            if place % AT_ONCE == 0:
                yield "keyframes"
            bag = _channelbag(owner)
            for channel, keys in curves:
                _write(bag, channel, keys)
        for second, name in self.markers:
            scene.timeline_markers.new(name, frame=round(self.frame(second)))

    def _keys(self, before, spans):
        """[(frame, value, easing of what follows), ...]; a key at frame 1 holds the value at rest."""
        keys = [(1.0, before, "step")]
        for span in spans:
            if span.end > span.begin:
                keys.append((self.frame(span.begin), span.origin, span.easing))
            keys.append((self.frame(span.end), span.value, "step"))
        # Of two keys on one frame the later one stands; the end of a move is kept a moment before it.
        kept = []
        for key, after in zip(keys, [*keys[1:], None], strict=True):
            if after is None or after[0] - key[0] > MIN_KEY_GAP:
                kept.append(key)
            elif kept and key[1] != after[1] and kept[-1][2] != "step":
                kept.append((max(after[0] - MIN_KEY_GAP, kept[-1][0] + MIN_KEY_GAP), *key[1:]))
        return kept


def _channelbag(owner):
    """A fresh action with its one slot assigned to the data-block -> the bag that takes F-curves."""
    action = bpy.data.actions.new(f"{owner.name} film")
    slot = action.slots.new(id_type=owner.id_type, name=owner.name)
    bag = action.layers.new("Film").strips.new(type="KEYFRAME").channelbag(slot, ensure=True)
    data = owner.animation_data_create()
    data.action = action
    data.action_slot = slot
    return bag


def _write(bag, channel, keys):
    curve = bag.fcurves.new(channel.path, index=max(channel.index, 0))
    points = curve.keyframe_points
    points.add(len(keys))
    points.foreach_set("co", np.array([key[:2] for key in keys], np.float32).ravel())
    properties = points[0].bl_rna.properties
    for column, name in enumerate(("interpolation", "easing")):
        items = properties[name].enum_items
        points.foreach_set(name, np.array([items[EASINGS[key[2]][column]].value for key in keys], np.int32))
    curve.update()
