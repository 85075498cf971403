"""What the last token meets on its way through the layers: arcs that bring it what it reads, and gates that pass."""

import bpy
import numpy as np

from ... import compat
from .. import layout, points, shapes
from ..evidence import mark
from ..studio import Studio
from .beams import beam_group, beam_mesh

FRAME_TUBE = 0.02
BESIDE = (3.1, 6.4)  # metres that a frame reaches to the left and right of the last token
HIGH = 4.75
MOST_FRAMES = 64


class Flight:
    """Arcs into the last token; they stand over their tokens wherever the row is, for its empty carries them.

    Layer chooses whose; Reveal grows them, Pulse runs along them, as in Beams.
    """

    def __init__(self, studio: Studio, row: bpy.types.Object):
        film, script = studio.film, studio.script
        self.block_depth = script.block_depth
        mesh = _of_query(beam_mesh(script, studio.palette), script.text_count - 1)
        self.object, modifier = studio.field("Flight beams", mesh, studio.once("beams", lambda: beam_group(studio)))
        base = layout.column_top(script.model.d_model, layout.SCALE_FLIGHT) + 0.06
        for name, value in (("Base", base), ("Only", 1.0), ("Query", float(script.text_count - 1)), ("Others", 1.0)):
            compat.set_input(modifier, name, value)
        compat.set_input(modifier, "Fade Sink", float(script.fade_sink))
        mark(self.object, "flight beams")
        self.layer, self.reveal = film.dial(modifier, "Layer", 0.0), film.dial(modifier, "Reveal", 0.0)
        self.pulse = film.dial(modifier, "Pulse", -0.2)
        self.object.parent = row
        self._place = film.place(self.object, "location", (0.0, 0.0, 0.0))
        self.visible = film.visibility(self.object)
        last = float(layout.token_x(script.prompt_count, script.prompt_count)[-1])
        self.frames = _make_frames(studio, last)
        self.frames_visible = film.visibility(self.frames)

    def of(self, layer: int) -> list:
        """Clips that change the arcs for those of a layer, over the row."""
        return [self.layer.to(layer), self._place.to((0.0, -layer * self.block_depth, 0.0))]


def _of_query(mesh, query: int):
    """The points of one query only, in a mesh of their own."""
    names = [layer.name for layer in mesh.attributes if layer.domain == "POINT" and layer.name[0] != "."]
    chosen = points.read_attribute(mesh, "query") == query
    kept = {name: points.read_attribute(mesh, name)[chosen] for name in ("position", *names)}
    bpy.data.meshes.remove(mesh)
    return points.point_mesh("Flight beams", {n: a for n, a in kept.items() if n != "position"}, kept["position"])


def _make_frames(studio: Studio, last: float):
    """A frame before each half of a layer, gold where vectors talk and orange where each thinks alone."""
    script, palette = studio.script, studio.palette
    width, middle = sum(BESIDE), last + (BESIDE[1] - BESIDE[0]) / 2
    vertices, faces, _ = shapes.tube(shapes.rounded_rectangle(width, HIGH, 0.6), FRAME_TUBE)
    every = -(-2 * script.model.n_layer // MOST_FRAMES)
    halves = range(0, 2 * script.model.n_layer, every)
    tints = [palette.linear(palette.gold, 0.55), palette.linear(palette.heads[4], 0.6)]
    shift = script.block_depth / 4
    places = np.array([(middle, script.depth(half) + shift, 0.0) for half in halves])
    corners = (places[:, None] + np.array(vertices)).reshape(-1, 3)
    joined = [tuple(i + frame * len(vertices) for i in face) for frame in range(len(places)) for face in faces]
    mesh = points.shape_mesh("Flight frames", corners, joined)
    colours = np.array([tints[half % 2] for half in halves])
    points.write_attribute(mesh, "Color", np.repeat(colours, len(vertices), axis=0))
    mesh.materials.append(studio.materials.glow)
    return studio.object("Flight frames", mesh)
