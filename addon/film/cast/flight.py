"""What the last token meets on its way through the layers: arcs that bring it what it reads, and gates that pass."""

import bpy
import numpy as np

from ... import compat
from .. import layout, points, shapes
from ..evidence import mark
from ..nodes import Graph
from ..studio import Studio
from .beams import beam_group, beam_mesh

FRAME_TUBE = 0.03
BESIDE, OVER = 0.86, 0.3  # metres that a frame reaches to either side of the last token's middle, and over its column
MOST_FRAMES, AHEAD = 64, 3.5  # frames; metres to the next ones, in blocks, at which they are darkest
FLAT = 0.18  # of an arc's height: what comes from the left must not cross what stands over the picture


class Flight:
    """Arcs into the last token; they stand over their tokens wherever the row is, for its empty carries them.

    Layer chooses whose; Reveal grows them, Pulse runs along them, as in Beams. At: metres that the row has come, for
    frames that it has passed are gone.
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
        self.object.scale = (1.0, 1.0, FLAT)
        self._lift = base * (1.0 - FLAT)
        self._place = film.place(self.object, "location", (0.0, 0.0, self._lift))
        self.visible = film.visibility(self.object)
        last = float(layout.token_x(script.prompt_count, script.prompt_count)[-1])
        self.frames, modifier = _make_frames(studio, last)
        self.at = film.dial(modifier, "At", 0.0)
        self.frames_visible = film.visibility(self.frames)

    def of(self, layer: int) -> list:
        """Clips that change the arcs for those of a layer, over the row."""
        return [self.layer.to(layer), self._place.to((0.0, -layer * self.block_depth, self._lift))]


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
    high = layout.column_top(script.model.d_model, layout.SCALE_FLIGHT) + OVER
    vertices, faces, _ = shapes.tube(shapes.rounded_rectangle(2 * BESIDE, high, 0.3), FRAME_TUBE)
    every = -(-2 * script.model.n_layer // MOST_FRAMES)
    halves = range(0, 2 * script.model.n_layer, every)
    tints = [palette.linear(palette.gold), palette.linear(palette.heads[4])]
    shift = script.block_depth / 4
    places = np.array([(last, script.depth(half) + shift, 0.0) for half in halves])
    corners = (places[:, None] + np.array(vertices)).reshape(-1, 3)
    joined = [tuple(i + frame * len(vertices) for i in face) for frame in range(len(places)) for face in faces]
    mesh = points.shape_mesh("Flight frames", corners, joined)
    colours = np.array([tints[half % 2] for half in halves])
    points.write_attribute(mesh, "tint", np.repeat(colours, len(vertices), axis=0))
    graph = Graph("Flight frames")
    at = graph.input("At", default=0.0)
    ahead = (graph.split(graph.position())[1] - at) / script.block_depth
    near = (1.0 - ahead / AHEAD).clamp(0.12)
    seen = graph.select(graph.geometry, ahead > 0.0)
    tint = palette.fade(graph, graph.attribute("tint", "FLOAT_COLOR"), near * near)
    graph.output(graph.coloured(seen, tint, studio.materials.glow, studio.speck))
    return studio.field("Flight frames", mesh, graph)
