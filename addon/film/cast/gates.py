"""Frames that the row goes through on its way into the stack: one a layer, up to the one that the film stops in."""

import bpy
import numpy as np

from .. import layout, points, shapes
from ..evidence import mark
from ..nodes import Graph
from ..studio import Studio
from ..texts import word

TUBE, CORNER, BESIDE, OVER = 0.055, 0.5, 0.9, 0.95  # metres
NAME_SIZE, NARROW_SIZE = 0.68, 0.8
GLOW = 0.75  # of the way from one gate to the next: how long a gate shines when the row goes through


class Gates:
    """At: the layer that the row is in, with fractions; a gate shines as it is passed. Gold (0 … 1): the last one.
    Light (0 … 1): how bright they all are."""

    def __init__(self, studio: Studio):
        film, script = studio.film, studio.script
        last = script.focus_layer
        x = script.text_x[script.earlier :]
        width, middle = x[-1] - x[0] + 2 * BESIDE + 0.62, (x[0] + x[-1]) / 2
        self.width = width
        self.height = layout.column_top(script.model.d_model, layout.SCALE_EMBEDDING) + OVER
        self.places = [script.depth(2 * layer) - script.block_depth / 4 for layer in range(last + 1)]
        self.object, modifier = studio.field(
            "Gates ahead", _mesh(self.places, middle, width, self.height), _group(studio, last, self.height)
        )
        names = [
            studio.label(
                f"Gate name {layer + 1}" if layer < last else "Gate name",
                word("layer", studio.language, number=layer + 1),
                NAME_SIZE if studio.picture.is_wide else NARROW_SIZE,
                studio.palette.gold if layer == last else studio.palette.text,
                (middle, y - 0.06, self.height - OVER / 2),
            )
            for layer, y in enumerate(self.places)
        ]
        for layer, label in enumerate(names):
            mark(label, "text", says="layer", layer=layer, language=studio.language)
        self.name = names[-1]
        self.at, self.gold = film.dial(modifier, "At", -0.5), film.dial(modifier, "Gold", 0.0)
        self.light = film.dial(modifier, "Light", 1.0)
        self.name_light = studio.light(self.name)
        self.visible, self.name_visible = film.visibility(self.object), film.visibility(self.name)
        self._passed = [film.visibility(label) for label in names[:-1]] + [self.name_visible]

    def passing(self) -> list:
        """Clips that let the gates pass up to the last one, each with its name while it is the next one."""
        layer = len(self.places) - 1
        clips = [self.at.to(float(layer))]
        for before, name in enumerate(self._passed):
            came, went = (self._when(at) for at in (before - 0.8, before + 0.12))
            clips += [name.on(float(came)), name.off(float(went)) if before < layer else None]
        return clips

    def passes(self) -> list[float]:
        """When the row goes through each gate, as parts of the time of passing()."""
        return [self._when(layer) for layer in range(len(self.places))]

    def _when(self, at: float) -> float:
        """When At is there, as a part of the time: it eases in and out."""
        return float(np.arccos(1.0 - 2.0 * np.clip(at / (len(self.places) - 1), 0.0, 1.0)) / np.pi)


def _mesh(places: list[float], middle: float, width: float, height: float) -> bpy.types.Mesh:
    vertices, faces, _ = shapes.tube(shapes.rounded_rectangle(width, height, CORNER), TUBE)
    one = len(vertices)
    mesh = points.shape_mesh(
        "Gates ahead",
        np.concatenate([vertices + np.array((middle, y, 0.0)) for y in places]),
        [tuple(i + gate * one for i in face) for gate in range(len(places)) for face in faces],
    )
    points.write_attribute(mesh, "layer", np.repeat(np.arange(len(places)), one))
    return mesh


def _group(studio: Studio, last: int, height: float) -> Graph:
    graph = Graph("Gates ahead")
    at, gold, light = (
        graph.input("At", default=0.0),
        graph.input("Gold", default=0.0),
        graph.input("Light", default=1.0),
    )
    layer = graph.attribute("layer", "INT")
    is_last = graph.math("COMPARE", layer, float(last), 0.5)
    passing = (1.0 - graph.math("ABSOLUTE", at - layer) / GLOW).clamp()
    tint = graph.mix_colour(studio.colour("gate", 0.35), studio.colour("text", 1.1), passing)
    tint = graph.mix_colour(tint, studio.colour("gold", 1.3), gold * is_last)
    # What lies far ahead is in the dark. Posts sweep out of the picture; what is over the row goes before the texts.
    near = 1.0 - ((layer - at) / 4.0).clamp() * 0.8
    _, _, z = graph.split(graph.position())
    is_over = graph.smooth(z, height - 2 * CORNER, height - CORNER) * (1.0 - is_last)
    passed = 1.0 - ((at - layer - graph.mix(0.1, -0.14, is_over)) / graph.mix(0.4, 0.14, is_over)).clamp()
    strength = light * near * graph.math("MAXIMUM", passed, gold * is_last)
    seen = graph.select(graph.geometry, strength > 0.02)
    graph.output(graph.coloured(seen, studio.palette.fade(graph, tint, strength), studio.materials.glow, studio.speck))
    return graph
