"""The whole machine: a gate per block, the residual stream's rails, and the logit lens."""

import numpy as np

from ... import compat
from .. import layout, points, shapes
from ..evidence import mark
from ..nodes import Graph
from ..texts import word

GATE_TUBE = 0.016
RAIL_Z = 1.19


class Stack:
    """Gates, rails and the names of the layers; `beams` says how high the gates must be."""

    def __init__(self, studio, beams):
        film, script = studio.film, studio.script
        n_layer = script.model.n_layer
        x = layout.token_x(script.count, script.prompt_count)
        left, right = script.text_x[[0, -1]]
        middle, width = (left + right) / 2, right - left + 2.4
        height = layout.column_top(script.model.d_model, layout.SCALE_ATTENTION) + beams.height() + 0.4
        self.gate_height = height
        layers = range(0, n_layer, layout.every(n_layer))
        places = [script.depth(2 * layer) - script.block_depth / 4 for layer in layers]
        self.gates = studio.object("Gates", _gate_mesh(studio.palette, places, middle, width, height))
        self.gates.data.materials.append(studio.materials.glow)
        self.names = [
            studio.label(
                f"Gate {layer + 1}",
                word("layer", studio.language, number=layer + 1),
                0.34,
                studio.palette.gate,
                (middle + width / 2 - 1.0, y, height + 0.28),
            )
            for layer, y in zip(layers, places, strict=True)
        ]
        self.gates_visible = film.visibility(self.gates)
        self.names_visible = dict(zip(layers, map(film.visibility, self.names), strict=True))
        self.rails, modifier = studio.field("Residual rails", _rail_mesh(x), _rail_group(studio))
        self.rail_length = film.dial(modifier, "Length", 0.0)
        compat.set_input(modifier, "Count", float(script.prompt_count))
        self.rails_visible = film.visibility(self.rails)
        self.end = n_layer * script.block_depth


def _gate_mesh(palette, places, middle, width, height):
    """A gate at every y of `places`."""
    vertices, faces, _ = shapes.tube(shapes.rounded_rectangle(width, height, 0.5), GATE_TUBE)
    one = len(vertices)
    mesh = points.shape_mesh(
        "Gates",
        np.concatenate([vertices + np.array((middle, y, 0.0)) for y in places]),
        [tuple(i + gate * one for i in face) for gate in range(len(places)) for face in faces],
    )
    points.write_attribute(mesh, "Color", np.tile(palette.linear(palette.gate, 0.62), (one * len(places), 1)))
    return mesh


def _rail_mesh(x):
    return points.point_mesh("Rails", {"token": np.arange(len(x))}, np.column_stack([x, 0 * x, 0 * x]))


def _rail_group(studio):
    """One thin line a token, straight through all blocks: the residual stream."""
    graph = Graph("Residual rails")
    length, count = graph.input("Length", default=0.0), graph.input("Count", default=1.0)
    chosen = graph.select(graph.geometry, (graph.attribute("token", "INT") < count) * (length > 0.01))
    x, _, _ = graph.split(graph.position())
    bar = graph.object_geometry(studio.shape("Rail", shapes.block()))
    lines = graph.instances(chosen, bar, graph.vector(0.022, length, 0.022), graph.vector(x, length * 0.5, RAIL_Z))
    colour = studio.colour("cyan", 0.55)
    graph.output(graph.coloured(lines, colour, studio.materials.glow, studio.speck))
    return graph


class Lens:
    """What the last token would say at each checkpoint: three words with their probabilities, one at a time."""

    def __init__(self, studio, tokens):
        film, script = studio.film, studio.script
        lens = script.recording.lens
        last = tokens.prompt[-1]
        at = (1.55, -0.1, 2.1)  # beyond the gates' posts
        self.switches, self.labels = [], []
        for checkpoint, (ids, shares) in enumerate(zip(lens.tokens, lens.probabilities, strict=True)):
            lines = [f"{script.label(i)}  {100 * p:.1f}%" for i, p in zip(ids[:3], shares[:3], strict=True)]
            label = studio.label(
                f"Lens {checkpoint}",
                "\n".join(lines),
                0.5,
                studio.palette.text,
                at,
                align="Left",
                parent=last.seat_object,
            )
            mark(label, "text", says="lens", checkpoint=checkpoint)
            self.labels.append(label)
            self.switches.append(film.visibility(label))
        self.shown = None

    def show(self, checkpoint, at=0.0):
        """Clips that replace the words by those of another checkpoint (None: by nothing)."""
        clips = []
        if self.shown is not None and self.shown != checkpoint:
            clips.append(self.switches[self.shown].off(at))
        if checkpoint is not None and self.shown != checkpoint:
            clips.append(self.switches[checkpoint].on(at))
        self.shown = checkpoint
        return clips
