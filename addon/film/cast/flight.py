"""What the last token meets on its way through the layers: arcs that bring it what it reads, and gates that pass."""

import bpy
import numpy as np

from ... import compat
from .. import layout, points, shapes
from ..evidence import mark
from ..nodes import Graph
from ..studio import Studio
from .beams import beam_mesh, shared_group

GATE_TUBE, CORNER = 0.045, 0.5
GATE = 0.3  # half layers from the end of a layer to the next gate
BESIDE, OVER = 1.45, 0.62  # metres that a gate reaches to either side of the last token's middle, and over its column
AHEAD, FLASH = 20.0, 0.9  # metres before a gate at which it is darkest; within which it shines as the row goes through
BEHIND = 3.5, 1.6  # metres after which a passed gate is dark, at its left and at its right, where the words are
SLEEPERS, SLEEPER = 0.9, 0.05  # metres from one line across the floor to the next; breadth of it
DARKEST = 0.06  # light of what is still drawn: before the backdrop, less would be black
SEEN = 26.0  # metres ahead at which the floor's lines are dark
FLOOR_ENDS = -1.0, 1.5  # metres ahead between which the floor's lines come into the light
FLAT = 0.32  # of an arc's height: what comes from the left must not cross what stands over the picture


class Flight:
    """Arcs into the last token; they stand over their tokens wherever the row is, for its empty carries them.

    Layer chooses whose; Reveal grows them, Pulse runs along them, as in Beams. At: metres that the row has come: a gate
    shines as the row goes through it, and is soon left behind. frames: the gates, and lines on the floor.
    """

    def __init__(self, studio: Studio, row: bpy.types.Object):
        film, script = studio.film, studio.script
        self.block_depth = script.block_depth
        mesh = _of_query(beam_mesh(script, studio.palette), script.text_count - 1)
        self.object, modifier = studio.field("Flight beams", mesh, shared_group(studio))
        high = layout.column_top(script.model.d_model, layout.flight_scale(studio.picture.is_wide))
        base = high + 0.06
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
        self.frames, modifier = _make_frames(studio, last, high + OVER)
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


def _make_frames(studio: Studio, last: float, high: float):
    """A gate a layer around the last token's way, and lines across the floor that stream by."""
    script, palette = studio.script, studio.palette
    mesh = _frame_mesh(script, last, high)
    graph = Graph("Flight frames")
    at = graph.input("At", default=0.0)
    x, y, z = graph.split(graph.position())
    ahead, is_floor = y - at, graph.attribute("floor", "INT") > 0.5
    right = graph.smooth(x - last, -BESIDE, BESIDE)
    passed = (1.0 + ahead / graph.mix(*BEHIND, right)).clamp()
    flash = (1.0 - graph.math("ABSOLUTE", ahead) / FLASH).clamp()
    near = (1.0 - ahead / AHEAD).clamp(0.3, 1.0)
    light = graph.mix(near, passed * passed, ahead < 0.0) + 1.2 * flash * passed
    # What comes near is dark below, where the caption stands: a gate's feet, and the lines of the floor.
    foot = graph.mix(1.0, graph.smooth(z, 0.0, 2.0), graph.smooth(-ahead, 0.0, 1.0))
    light = graph.math("MAXIMUM", light * foot, 1.1 * DARKEST * (light > DARKEST))
    floor = (1.0 - ahead / SEEN).clamp() * graph.smooth(ahead, *FLOOR_ENDS) * 0.4
    light = graph.mix(light, floor, is_floor)
    tint = graph.mix_colour(studio.colour("gate"), studio.colour("hot"), flash * (1.0 - is_floor))
    tint = graph.mix_colour(tint, studio.colour("cyan"), is_floor)
    seen = graph.store(graph.geometry, "light", light)
    seen = graph.select(graph.store(seen, "tint", tint, "FLOAT_COLOR"), graph.attribute("light") > DARKEST)
    lit = palette.fade(graph, graph.attribute("tint", "FLOAT_COLOR"), graph.attribute("light"))
    graph.output(graph.coloured(seen, lit, studio.materials.glow, studio.speck))
    return studio.field("Flight frames", mesh, graph)


def _frame_mesh(script, last: float, high: float) -> bpy.types.Mesh:
    """`floor`: 1 on the lines, 0 on the gates."""
    gate, sides, _ = shapes.tube(shapes.rounded_rectangle(2 * BESIDE, high, CORNER), GATE_TUBE)
    gates = [script.depth(2 * layer + GATE) for layer in range(script.model.n_layer)]
    lines = np.arange(-8.0, script.depth(2 * script.model.n_layer) + SEEN, SLEEPERS)
    across = [(-BESIDE, 0.0, 0.0), (BESIDE, 0.0, 0.0), (BESIDE, SLEEPER, 0.0), (-BESIDE, SLEEPER, 0.0)]
    along = [
        (-SLEEPER / 2, 0.0, 0.0),
        (SLEEPER / 2, 0.0, 0.0),
        (SLEEPER / 2, SLEEPERS, 0.0),
        (-SLEEPER / 2, SLEEPERS, 0.0),
    ]
    quad = [(0, 1, 2, 3)]
    floors = [(across, 0.0), (along, -BESIDE), (along, BESIDE)]
    made = [(gate, sides, gates, last, 0), *((one, quad, lines, last + x, 1) for one, x in floors)]
    corners, faces, floor, first = [], [], [], 0
    for shape, joined, places, x, is_floor in made:
        for y in places:
            corners.append(np.array(shape) + (x, y, 0.01 * is_floor))
            faces += [tuple(i + first for i in face) for face in joined]
            floor += [is_floor] * len(shape)
            first += len(shape)
    mesh = points.shape_mesh("Flight frames", np.concatenate(corners), faces)
    points.write_attribute(mesh, "floor", np.array(floor))
    return mesh
