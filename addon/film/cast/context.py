"""Meaning in context: one word in two texts. Its vectors begin as the same numbers and part from layer to layer."""

import numpy as np

from .. import layout, points, shapes
from ..evidence import mark
from ..framing import Margins, box
from ..nodes import Graph
from .columns import cell_tint, tensor_table

CENTRE = np.array([0.0, 0.0, 52.0])  # high above the row and the meaning space
APART = 3.05  # from the middle to each column
SCALE = 0.92  # of the columns, relative to the first act's
CHART_WIDTH, CHART_HEIGHT = 3.4, 1.8
SENTENCE_SIZE, SENTENCE_WIDTH = 0.36, 5.7


class Context:
    """Two columns, their sentences, and between them the cosine at every place of the stream.

    Slot: 0 the word's row of the token table, c + 1 the residual stream at checkpoint c; between them the next one has
    swept up from the foot.
    """

    def __init__(self, studio, found):
        film, d = studio.film, studio.script.model.d_model
        grid = layout.CellGrid.of(d)
        self.slots = len(found.cosines)
        foot = -grid.height * SCALE / 2
        table = tensor_table(studio, "Word in two contexts", found.vectors.transpose(1, 0, 2))
        columns, cells = studio.field(
            "Word in two contexts columns", _cell_mesh(grid, d, foot), _cell_group(studio, table, grid, d)
        )
        chart, bars = studio.field("Cosines", _chart_mesh(found.cosines), _chart_group(studio, self.slots))
        mark(columns, "word columns")
        mark(chart, "cosines")
        self.dials = [film.dial(modifier, "Slot", 0.0) for modifier in (cells, bars)]
        place, other = found.positions
        texts = _sentence(studio, found.first, place, -1, foot)
        texts += _sentence(studio, found.other, other, 1, foot)
        for one in (columns, chart, *texts):
            one.location = CENTRE + np.array(one.location)
        self.visible = film.visibility(columns, chart, *texts)
        top = grid.height * SCALE / 2
        reach = APART + SENTENCE_WIDTH / 2
        corners = CENTRE + box((-reach, -0.2, foot - 0.75), (reach, 0.2, top + 0.15))
        self.shot = studio.picture.shot(corners, 0, 2, Margins(0.05, 0.05, 0.16, 0.09))

    def to(self, slot, **timing):
        """Clips that take both columns and the chart to a place of the stream."""
        return [dial.to(slot, **timing) for dial in self.dials]


def _cell_mesh(grid, d, foot):
    """One point per cell of both columns, at its place."""
    side, dim = np.divmod(np.arange(2 * d), d)
    row, column = np.divmod(dim, grid.columns)
    x = (2 * side - 1) * APART + (column - (grid.columns - 1) / 2) * grid.pitch * SCALE
    z = foot + (row + 0.5) * grid.pitch * SCALE
    return points.point_mesh("Word cells", {"side": side, "dim": dim}, np.column_stack([x, 0 * x, z]))


def _cell_group(studio, table, grid, d):
    graph = Graph("Word in two contexts")
    slot = graph.input("Slot", default=0.0)
    side, dim = graph.attribute("side", "INT"), graph.attribute("dim", "INT")
    numbers = graph.object_geometry(table)
    first = slot.floor()
    height = ((dim / grid.columns + 1e-4).floor() + 0.5) / grid.rows
    row = ((first + (height < slot - first)) * 2 + side) * d + dim
    seen = graph.store(graph.geometry, "value", graph.sample(numbers, "value", row))
    seen = graph.store(seen, "shown", graph.sample(numbers, "shown", row))
    seen = graph.store(seen, "tint", cell_tint(graph, studio.palette, graph.attribute("shown")), "FLOAT_COLOR")
    edge = 0.82 * grid.pitch * SCALE
    shape = graph.object_geometry(studio.shape("Word cell", shapes.keycap()))
    cells = graph.instances(seen, shape, (edge, edge * 0.66, edge))
    colour = graph.scale_colour(graph.attribute("tint", "FLOAT_COLOR"), graph.mix(0.55, 1.0, graph.attribute("shade")))
    graph.output(graph.coloured(cells, colour, studio.materials.cell, studio.speck))
    return graph


def _chart_mesh(cosines):
    """One point a place of the stream, at the foot of its bar."""
    x = (np.arange(len(cosines)) + 0.5) / len(cosines) * CHART_WIDTH - CHART_WIDTH / 2
    return points.point_mesh(
        "Cosines",
        {"slot": np.arange(len(cosines)), "cosine": cosines},
        np.column_stack([x, 0 * x, np.full_like(x, -CHART_HEIGHT / 2)]),
    )


def _chart_group(studio, count):
    """Bars as high as the cosine (1 is the whole height; below 0 they hang) up to the present place; its number."""
    graph = Graph("Cosines")
    slot = graph.input("Slot", default=0.0)
    now = (slot + 0.5).floor()
    own = graph.attribute("slot", "INT")
    cosine = graph.attribute("cosine")
    reached = own < now + 0.5
    is_now = graph.math("COMPARE", own, now, 0.5)
    tint = graph.mix_colour(studio.colour("unlit", 0.35), studio.colour("cyan", 0.7), reached)
    tint = graph.mix_colour(tint, studio.colour("gold"), is_now)
    bars = graph.store(graph.geometry, "tint", tint, "FLOAT_COLOR")
    number = graph.field("GeometryNodeSampleIndex", {"Geometry": bars, "Value": cosine, "Index": now}, output="Value")
    block = graph.object_geometry(studio.shape("Cosine bar", shapes.block()))
    width = 0.72 * CHART_WIDTH / count
    height = cosine * reached * CHART_HEIGHT
    solid = graph.instances(bars, block, graph.vector(width, 0.1, height))
    lit = graph.coloured(solid, graph.attribute("tint", "FLOAT_COLOR"), studio.materials.glow, studio.speck)
    rails = [_rail(graph, block, CHART_HEIGHT * end) for end in (-0.5, 0.5)]  # cosine 0 and 1
    dim = studio.colour("text_dim", 0.5)
    rails = graph.coloured(graph.join(*rails), dim, studio.materials.glow, studio.speck)
    figure = graph.field("FunctionNodeValueToString", {"Value": number, "Decimals": 2})
    text = studio.text(graph, figure, 0.5)
    text = graph.field(
        "GeometryNodeTransform",
        {"Geometry": text, "Rotation": (np.pi / 2, 0.0, 0.0), "Translation": (0.0, 0.0, CHART_HEIGHT / 2 + 0.42)},
    )
    text = graph.coloured(text, studio.colour("gold"), studio.materials.type, studio.speck)
    graph.output(graph.join(lit, rails, text))
    return graph


def _rail(graph, block, z):
    return graph.field(
        "GeometryNodeTransform",
        {"Geometry": block, "Scale": (CHART_WIDTH, 0.02, 0.012), "Translation": (0.0, 0.06, z)},
    )


def _sentence(studio, tokens, place, side, foot):
    """The words around the one, which is gold, under a column -> [label]."""
    script = studio.script
    pieces = [script.recording.vocabulary.text([token]) for token in tokens]
    before, word, after = "".join(pieces[:place]).strip(), pieces[place].strip(), "".join(pieces[place + 1 :]).strip()
    texts = [
        (before[-40:], studio.palette.text_dim),
        (word, studio.palette.gold),
        (after[:40], studio.palette.text_dim),
    ]
    labels = [studio.label(f"Context {text}", text or " ", SENTENCE_SIZE, colour) for text, colour in texts]
    widths = np.array(studio.measure(labels)) * [bool(text) for text, _ in texts]
    gap = 0.12
    total = widths.sum() + gap * (np.count_nonzero(widths) - 1)
    scale = min(1.0, SENTENCE_WIDTH / total)
    x = side * APART - total * scale / 2
    for label, width in zip(labels, widths, strict=True):
        label.location = (x + width * scale / 2, 0.0, foot - 0.42)
        label.scale = (scale,) * 3
        x += (width + gap * bool(width)) * scale
    return labels
