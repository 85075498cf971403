"""Reads a film back out of its scene: what its evaluated geometry shows at a moment.

Moments are found by the beats' markers and the keyed inputs, never by frame numbers.
"""

import dataclasses
import itertools

import bpy
import numpy as np
import pytest
from bpy_extras import anim_utils

from transformer_cinema.addon import compat
from transformer_cinema.addon.film.build import build_film
from transformer_cinema.addon.film.captions import LINE
from transformer_cinema.addon.film.points import read_attribute
from transformer_cinema.addon.film.texts import ALL
from transformer_cinema.addon.output.files import save_blend
from transformer_cinema.addon.output.qualities import apply_quality

STREAM, UPDATES, BEAMS = "Residual stream columns", "Update columns", "Attention beams"
NEURONS, THREADS, DIAL = "Neurons", "Neuron threads", "Temperature dial"
BARS, STRIP, WALL = "Probabilities", "Draw strip", "Vocabulary wall"
CELL, GLOW, SOLID = "Film Cell", "Film Glow", "Film Token cube"  # materials
TITLES = {title for language in ALL.values() for title in language.titles.values()}
LAST_MOMENT = 2  # frames before a beat's end: the next beat's marker is rounded


def save_film(recording, path):
    """Build a film in draft quality, alone in its file -> the path of the .blend."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    empty = bpy.context.scene
    scene, _ = build_film(recording)
    apply_quality(scene, "draft")
    bpy.context.window.scene = scene
    bpy.data.scenes.remove(empty)
    save_blend(path)
    return path


def some_slow(cases):
    """Cases of a parametrized test, of which every third one is quick and the others wait for -m slow."""
    slow = pytest.mark.slow
    return [case if i % 3 == 0 else pytest.param(case, marks=slow) for i, case in enumerate(cases)]


def shifted(evidence, tensor, index, by):
    """The evidence with one number moved."""
    array = getattr(evidence, tensor).copy()
    array[index] += by
    return dataclasses.replace(evidence, **{tensor: array})


class Screening:
    """A film that is being watched: the scene with its markers."""

    def __init__(self, scene):
        self.scene = scene
        bpy.context.window.scene = scene
        markers = sorted(scene.timeline_markers, key=lambda marker: marker.frame)
        ends = [marker.frame for marker in markers[1:]] + [scene.frame_end]
        self.beats = {marker.name: (marker.frame, end) for marker, end in zip(markers, ends, strict=True)}

    def end(self, beat):
        """The last frame on which the whole beat is there."""
        first, last = self.beats[beat]
        return max(first, last - LAST_MOMENT)

    def frames(self, beat):
        return range(self.beats[beat][0] + 1, self.end(beat) + 1)

    def flight(self):
        """The frames of all layers of the flight: where the last one changes its mind, they are those of two beats."""
        return [f for beat in ("stack.flight", "stack.flip") if beat in self.beats for f in self.frames(beat)]

    def when(self, beat, name, **wanted):
        """The last frame of a beat at which an object's inputs have these values; Shift_X is `Shift X`."""
        for frame in reversed(self.frames(beat)):
            if all(abs(self.dial(name, key.replace("_", " "), frame) - value) < 1e-6 for key, value in wanted.items()):
                return frame
        raise AssertionError(f"in {beat}, {name} is never at {wanted}")

    # --- animation ---------------------------------------------------------------------------------

    def curve(self, owner, path, index=0):
        """The F-curve of a property, or None."""
        data = owner.animation_data
        if not data or not data.action:
            return None
        bag = anim_utils.action_get_channelbag_for_slot(data.action, data.action_slot)
        return bag.fcurves.find(path, index=index)

    def dial(self, name, label, frame):
        """The value of a modifier's input at a frame."""
        modifier = self.modifier(name)
        curve = self.curve(modifier.id_data, compat.input_path(modifier, label))
        return curve.evaluate(frame) if curve else compat.get_input(modifier, label)

    def visible(self, owner, frame):
        """Whether an object is drawn at a frame."""
        curve = self.curve(owner, "hide_render")
        return not (curve.evaluate(frame) if curve else owner.hide_render)

    # --- geometry ----------------------------------------------------------------------------------

    def object(self, name):
        return self.scene.objects[name]

    def modifier(self, name):
        return self.object(name).modifiers[0]

    def text(self, owner):
        """The words of a label; "" of the barcode, which has none."""
        return "" if owner.name == "Last vectors" else compat.get_input(owner.modifiers[0], "Text")

    def labels(self, prefix):
        """The labels whose names begin so, in the order in which they were made."""
        found = [owner for owner in self.scene.objects if owner.name.startswith(prefix) and owner.modifiers]
        return sorted(found, key=lambda owner: [int(part) if part.isdigit() else 0 for part in owner.name.split()])

    def at(self, frame, name, material=None):
        """An object's evaluated geometry at a frame -> Shape; only what has the material, if one is named."""
        self.scene.frame_set(int(frame), subframe=float(frame) % 1)
        assert self.visible(self.object(name), frame), f"{name} is hidden at frame {frame}"
        return self.now(name, material)

    def now(self, name, material=None):
        """As `at`, at the present frame."""
        return Shape(self.object(name).evaluated_get(bpy.context.evaluated_depsgraph_get()), material)


class Shape:
    """Evaluated vertices with their attributes, copied: Blender's own mesh is gone at the next frame."""

    def __init__(self, evaluated, material=None):
        mesh = evaluated.data
        keep = slice(None) if material is None else _of_material(mesh, material)
        points = [layer.name for layer in mesh.attributes if layer.domain == "POINT" and layer.name[0] != "."]
        self._attributes = {name: read_attribute(mesh, name)[keep] for name in points}
        matrix = np.array(evaluated.matrix_world)
        self.world = self["position"] @ matrix[:3, :3].T + matrix[:3, 3]

    def __getitem__(self, name):
        return self._attributes[name]

    def __len__(self):
        return len(self.world)


def _of_material(mesh, name):
    """The vertices of the faces that have a material."""
    slots = [i for i, used in enumerate(mesh.materials) if used and used.name.split(".")[0] == name]
    chosen, corners = np.empty(len(mesh.polygons), np.int32), np.empty(len(mesh.polygons), np.int32)
    mesh.polygons.foreach_get("material_index", chosen)
    mesh.polygons.foreach_get("loop_total", corners)
    vertices = np.empty(len(mesh.loops), np.int32)
    mesh.loops.foreach_get("vertex_index", vertices)
    return np.unique(vertices[np.repeat(np.isin(chosen, slots), corners)])


# --- captions ------------------------------------------------------------------------------------


def is_chinese(text):
    return any("\u4e00" <= character <= "\u9fff" for character in text)


def captions(screening, frame):
    """The texts of the caption sheet at a frame."""
    sheet = bpy.data.collections["Captions"].objects
    return [screening.text(one) for one in sheet if one.modifiers and screening.visible(one, frame)]


def caption_rows(screening, frame):
    """The rows of the caption line at a frame, from the upper one; runs of one row are put together."""
    sheet = [one for one in bpy.data.collections["Captions"].objects if one.get(LINE) and screening.visible(one, frame)]
    rows = {}
    for one in sorted(sheet, key=lambda one: (-round(one.location.y, 3), one.location.x)):
        rows.setdefault(round(one.location.y, 3), []).append(screening.text(one))
    return ["".join(row) for row in rows.values()]


def spoken(screening, beat):
    """The rows of the captions of a beat, each once."""
    first, last = screening.beats[beat]
    frames = range(first + 24, last, 12)  # when that of the beat before it has gone
    return list(dict.fromkeys(row for frame in frames for row in caption_rows(screening, frame)))


def scripts_of_lines(screening, beat):
    """Whether the rows of a beat's captions are Chinese, in their order; equal ones after each other are one."""
    return [chinese for chinese, _ in itertools.groupby(is_chinese(row) for row in spoken(screening, beat))]
