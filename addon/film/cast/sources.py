"""What a token reads: its share of the attention on every token, as light around that one's vector and as a number."""

import bpy
import numpy as np

from .. import layout, points, shapes
from ..evidence import mark
from ..nodes import Graph
from ..studio import Studio
from .digits import put_figures, row_of_figures
from .tile import share_text

SIZE, LARGE = 0.42, 0.64  # of the letters under the cubes, and over the strongest arc
LARGER = 1.3  # the ones under the cubes, where there is no other
HALO, LEAST = 0.24, 0.05  # how far the light reaches beyond a column; of its strength, without any weight


class Sources:
    """The shares of the token that is followed, in the focus head. Glow (0 … 1): the light around the vectors that it
    reads, as strong as their shares; Numbers (0 … 1): those under the cubes, and the largest one over its arc. Come (0
    … 1): the ones under the cubes are larger and brighter instead, and there is no other.
    """

    def __init__(self, studio: Studio):
        film, script = studio.film, studio.script
        pattern = script.trace.blocks[script.focus_layer].pattern[script.focus_head, script.focus_query]
        shown = pattern[script.earlier :]
        x = layout.token_x(script.prompt_count, script.prompt_count)
        mesh, self.top = _mesh(studio, shown, x, script.focus_query - script.earlier)
        self.object, modifier = studio.field("Sources", mesh, _group(studio))
        mark(self.object, "sources")
        self.object.location.y = script.depth(2 * script.focus_layer)
        self.glow, self.numbers, self.over = (film.dial(modifier, name, 0.0) for name in ("Glow", "Numbers", "Come"))
        self.visible = film.visibility(self.object)
        self.weights = shown


def _mesh(studio: Studio, weights: np.ndarray, x: np.ndarray, reader: int) -> tuple[bpy.types.Mesh, float]:
    """One point a token (glyph -1), then one a figure of its number; the largest is written again over its arc.
    -> (mesh, z of the upper end)"""
    top = layout.column_top(studio.script.model.d_model, layout.SCALE_ATTENTION)
    rows = [(place, -1, 0.0, SIZE, x[place], 0.0, 0) for place in range(len(weights))]
    for place, weight in enumerate(weights):
        figures = enumerate(row_of_figures(share_text(weight))[0])
        rows += [(place, glyph, shift, SIZE, x[place], 0.16, order) for order, (glyph, shift) in figures]
    most = int(weights.argmax())
    away = np.sign(x[most] - x[reader])
    # In its arc, where no other one runs, beside that of the nearest token; over the loop of one that reads itself.
    within = abs(most - reader) > 1
    middle = x[most] + away * (-0.6 * layout.TOKEN_PITCH if within else 0.95)
    over = top + (0.5 if within else 0.72 if away else 1.4)
    figures = enumerate(row_of_figures(share_text(weights[most]))[0])
    rows += [(most, glyph, shift, LARGE, middle, over, order) for order, (glyph, shift) in figures]
    place, glyph, shift, size, at, z, order = (np.array(column) for column in zip(*rows, strict=True))
    front = np.where(glyph < 0, 0.06, np.where(size > SIZE, -0.1, -0.46))
    where = np.column_stack([at + shift * size, front, z])
    attributes = {"place": place, "glyph": glyph, "size": size, "weight": weights[place].astype(np.float32)}
    attributes |= {"order": order, "large": (size > SIZE).astype(np.int32), "shift": (shift * size).astype(np.float32)}
    return points.point_mesh("Sources", attributes, where), over + 0.45 * LARGE


def _group(studio: Studio) -> Graph:
    graph = Graph("Sources")
    glow, numbers, over = (graph.input(name, default=0.0) for name in ("Glow", "Numbers", "Come"))
    script, weight = studio.script, graph.attribute("weight")
    glyph = graph.attribute("glyph", "INT")
    high = layout.CellGrid.of(script.model.d_model).height * layout.SCALE_ATTENTION
    wide = layout.COLUMN_WIDTH * layout.SCALE_ATTENTION
    feet = graph.select(graph.geometry, (glyph < -0.5) * (glow > 1e-3))
    x, y, _ = graph.split(graph.position())
    halo = 2 * HALO * weight**0.5 * glow  # it grows with its light: without, it would be a black frame
    size = graph.vector(wide + halo, 1.0, high + halo)
    plate = graph.object_geometry(studio.shape("Source light", shapes.plate()))
    plates = graph.instances(feet, plate, size, graph.vector(x, y, layout.COLUMN_BASE + high / 2))
    tint = studio.palette.fade(graph, studio.colour("gold"), (weight * glow * 1.15).clamp(0.0, 1.15))
    plates = graph.store(plates, "lit", 1.0)
    plates = graph.coloured(plates, tint, studio.materials.glow, studio.speck)
    figures = graph.select(graph.geometry, (glyph > -0.5) * (numbers > 1e-3))
    light = graph.math("MAXIMUM", 0.45 + 0.75 * graph.smooth(weight, 0.0, 0.3), over)
    ink = studio.palette.fade(graph, studio.colour("text"), light)
    large = graph.attribute("size") > (SIZE + LARGE) / 2
    figures = graph.store(figures, "ink", graph.mix_colour(ink, studio.colour("gold", 1.2), large), "FLOAT_COLOR")
    factor = numbers * graph.mix(graph.mix(1.0, LARGER, over), 1.0 - over, large)
    x, y, z = graph.split(graph.position())
    place = graph.vector(x + graph.attribute("shift") * (factor - 1.0), y, z - over * 0.04)
    made = put_figures(graph, studio, figures, graph.attribute("size") * factor, 1.0, place)
    made = graph.coloured(made, graph.attribute("ink", "FLOAT_COLOR"), studio.materials.type, studio.speck)
    graph.output(graph.join(plates, made))
    return graph
