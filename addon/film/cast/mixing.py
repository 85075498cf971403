"""What a token reads: the values of its sources, weighed and added; then the results of all heads in one line."""

import bpy
import numpy as np

from ....inference.trace import ModelInfo
from .. import layout, points, shapes
from ..direction import Script
from ..evidence import mark
from ..nodes import Field, Graph
from ..palette import Palette
from ..studio import Studio
from .columns import cell_tint

HIGH = 3.0  # metres of all heads' blocks together
IN_A_PILE = 4  # blocks that stand one over the other; more begin another pile
WIDEST, GAP = 1.32, 0.09  # metres: a block's width at most, and between two blocks
OVER = 0.3  # metres from a column's upper end to a block
LIFT = 0.55  # of an arc's height, that blocks fly as high
COPY, RESULT = 0, 1  # what a cell is: of a source's value, of a head's result


class Mixing:
    """Rise (0 … 1): copies of the sources' values stand over their vectors. Weigh (0 … 1): each number times the
    attention weight. Travel (0 … K): how many copies have flown to the reader, where they are added up. Heads (0 … 1):
    the other heads' results come, one after another. Join (0 … 1): all results line up before the projection's wall.
    """

    def __init__(self, studio: Studio, line: tuple | None = None):
        """line: [d, 3] where the cells of the joined results stand in the world, and their size; None: they stay."""
        film, script = studio.film, studio.script
        block, head, self.reader = script.trace.blocks[script.focus_layer], script.focus_head, script.focus_query
        weights = block.pattern[head, self.reader, : self.reader + 1]
        values = block.v[: self.reader + 1, head]
        results = block.z[self.reader]
        self.keys = np.arange(script.earlier, self.reader + 1)
        self.count = len(self.keys)
        parts = weights[:, None].astype(np.float64) * values
        # The tokens before the shown ones have no place of their own: they come with the first.
        sums = np.pad(np.cumsum(parts, 0)[script.earlier :], ((1, 0), (0, 0)))
        scale = layout.value_scale(np.concatenate([values.ravel(), results.ravel()]))
        table = studio.lookup("Values added up", sum=sums.ravel().astype(np.float32))
        self.grid = BlockGrid.of(script.model)
        self.place = self._place(script)
        mesh = _mesh(self, script, studio.palette, values, weights, results, line)
        self.object, modifier = studio.field("Mixed values", mesh, _group(studio, self, table, scale, line))
        mark(self.object, "mixing", scale=scale)
        self.rise, self.weigh, self.travel, self.heads, self.join, self.gone = (
            film.dial(modifier, name, 0.0) for name in ("Rise", "Weigh", "Travel", "Heads", "Join", "Gone")
        )
        self.visible = film.visibility(self.object)

    def _place(self, script: Script) -> tuple[float, float, float]:
        """The lower middle of all blocks over the reader: (x, y, z)."""
        x = script.text_x[self.reader]
        return (
            float(x),
            script.depth(2 * script.focus_layer) - 0.1,
            layout.column_top(script.model.d_model, layout.SCALE_ATTENTION) + OVER,
        )

    @property
    def top(self) -> float:
        return self.place[2] + self.grid.height


class BlockGrid:
    """How the dh numbers of a head fill a block, and how H blocks are piled."""

    def __init__(self, n_head: int, d_head: int):
        self.columns = max(1, round(np.sqrt(d_head * 2.0)))
        self.rows = -(-d_head // self.columns)
        self.piles = -(-n_head // IN_A_PILE)
        self.levels = -(-n_head // self.piles)
        self.pitch = min(WIDEST / self.columns, (HIGH / self.levels - GAP) / self.rows)

    @classmethod
    def of(cls, model: ModelInfo) -> "BlockGrid":
        return cls(model.n_head, model.d_head)

    @property
    def block(self) -> tuple[float, float]:
        """Width and height of a block."""
        return self.columns * self.pitch, self.rows * self.pitch

    @property
    def height(self) -> float:
        return self.levels * (self.block[1] + GAP) - GAP

    @property
    def width(self) -> float:
        return self.piles * (self.block[0] + GAP) - GAP

    def cell(self, dim: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """-> (x, z) of a number in its block, from the middle of the lower edge; the first stands upper left."""
        row, column = np.divmod(dim, self.columns)
        return (column - (self.columns - 1) / 2) * self.pitch, (self.rows - 0.5 - row) * self.pitch

    def pile(self, rank: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """-> (x, z) of the lower middle of the block of rank 0 … H - 1, from that of all."""
        pile, level = np.divmod(rank, self.levels)
        return (pile - (self.piles - 1) / 2) * (self.block[0] + GAP), level * (self.block[1] + GAP)


def _mesh(
    mixing: Mixing,
    script: Script,
    palette: Palette,
    values: np.ndarray,
    weights: np.ndarray,
    results: np.ndarray,
    line: tuple | None,
) -> bpy.types.Mesh:
    """One point a cell: copies of the values of all keys, then the results of all heads."""
    grid, (x0, y, z0) = mixing.grid, mixing.place
    n_head, d_head = results.shape
    key, dim = (index.ravel() for index in np.indices((mixing.count, d_head)))
    cell_x, cell_z = grid.cell(dim)
    source = script.text_x[mixing.keys[key]]
    copies = {
        "part": np.full(len(key), COPY),
        "key": key,
        "head": np.full(len(key), script.focus_head),
        "dim": dim,
        "rank": 0 * key,
        "value": values[mixing.keys[key], dim],
        "weight": weights[mixing.keys[key]],
        "from_x": source,
        "to_x": x0 + grid.pile(0)[0] + 0 * source,
    }
    head, dim_of = (index.ravel() for index in np.indices((n_head, d_head)))
    rank = np.where(head == script.focus_head, 0, head + (head < script.focus_head))
    pile_x, pile_z = grid.pile(rank)
    own_x, own_z = grid.cell(dim_of)
    of_heads = {
        "part": np.full(len(head), RESULT),
        "key": 0 * head,
        "head": head,
        "dim": dim_of,
        "rank": rank,
        "value": results.ravel(),
        "weight": np.ones(len(head)),
        "from_x": 0.0 * head,
        "to_x": 0.0 * head,
    }
    place = np.concatenate(
        [
            np.column_stack([cell_x, np.full(len(key), y), z0 + cell_z]),
            np.column_stack([x0 + pile_x + own_x, np.full(len(head), y), z0 + pile_z + own_z]),
        ]
    )
    attributes = {name: np.concatenate([copies[name], of_heads[name]]) for name in copies}
    attributes = {n: a if a.dtype.kind == "i" else a.astype(np.float32) for n, a in attributes.items()}
    if line is not None:
        ends = np.concatenate([np.zeros((len(key), 3)), line[0]])
        attributes |= {f"line_{axis}": ends[:, i].astype(np.float32) for i, axis in enumerate("xyz")}
    hues = np.array([palette.linear(colour) for colour in palette.heads])
    of_head = attributes["head"]
    gold = palette.linear(palette.gold)
    attributes["hue"] = np.where((of_head == script.focus_head)[:, None], gold, hues[of_head % len(hues)])
    return points.point_mesh("Mixed values", attributes, place)


def _group(studio: Studio, mixing: Mixing, table: bpy.types.Object, scale: float, line: tuple | None) -> Graph:
    graph = Graph("Mixed values")
    rise, weigh, travel, heads, join, gone = (
        graph.input(name, default=0.0) for name in ("Rise", "Weigh", "Travel", "Heads", "Join", "Gone")
    )
    grid, d_head = mixing.grid, studio.script.model.d_head
    part, key, dim, rank = (graph.attribute(name, "INT") for name in ("part", "key", "dim", "rank"))
    value, weight = graph.attribute("value"), graph.attribute("weight")
    flown = (travel - key).clamp()
    arrived = (travel + 1e-4).floor()
    # A copy: from its source along an arc to the reader, where it is added.
    is_copy = 1.0 - part
    there = is_copy * graph.smooth((rise * 1.6 - key / max(mixing.count - 1, 1) * 0.6).clamp()) * (flown < 0.999)
    # The focus head's result grows with each copy that arrives; the others come in turn.
    focus = part * (rank < 0.5) * (arrived > 0.5)
    others = max(studio.script.model.n_head - 1, 1)
    turn = graph.smooth((heads * (1.0 + others) - rank + 1.0).clamp() * 1.0)
    there = there + focus + part * (rank > 0.5) * turn
    shown_sum = graph.sample(graph.object_geometry(table), "sum", arrived * d_head + dim)
    value = graph.mix(value * graph.mix(1.0, weight, weigh), graph.mix(value, shown_sum, rank < 0.5), part)
    seen = graph.select(graph.geometry, there * (1.0 - gone) > 1e-3)
    seen = graph.store(seen, "drawn", value)
    seen = graph.store(seen, "shown", (graph.attribute("drawn") / float(scale)).clamp(-1.0, 1.0))
    t = flown
    ease = 0.5 - 0.5 * graph.cos(t * np.pi)
    x, y, z = graph.split(graph.position())
    span = graph.math("ABSOLUTE", graph.attribute("to_x") - graph.attribute("from_x"))
    lift = (layout.ARC_FOOT + layout.ARC_SLOPE * span) * LIFT * graph.sin(t * np.pi)
    place_x = x + is_copy * graph.mix(graph.attribute("from_x"), graph.attribute("to_x"), ease)
    place = (place_x, y - 0.05 * is_copy, z + is_copy * lift)
    edge, tall = 0.9 * grid.pitch, 0.9 * grid.pitch
    if line is not None:
        order = (graph.attribute("head", "INT") * d_head + dim) / (studio.script.model.d_model - 1.0)
        moved = graph.smooth((join * 1.5 - order * 0.5).clamp()) * part
        ends = [graph.attribute(f"line_{axis}") for axis in "xyz"]
        place = tuple(graph.mix(a, b, moved) for a, b in zip(place, ends, strict=True))
        edge, tall = graph.mix(edge, line[1][0], moved), graph.mix(tall, line[1][1], moved)
    whole = there * (1.0 - gone)
    landing = (
        part * (rank < 0.5) * (1.0 - (travel - arrived) * 3.0).clamp() * (travel > 0.5) * (travel < mixing.count - 0.01)
    )
    tint = cell_tint(graph, studio.palette, graph.attribute("shown"))
    tint = graph.mix_colour(tint, studio.colour("text", 1.2), landing * 0.5)
    seen = graph.store(seen, "tint", tint, "FLOAT_COLOR")
    seen = graph.store(seen, "whole", whole)
    own = graph.attribute("whole")
    shape = graph.object_geometry(studio.shape("Value cell", shapes.keycap()))
    placed = graph.store(seen, "edge", edge)
    placed = graph.store(placed, "tall", tall)
    size = graph.vector(graph.attribute("edge") * own, graph.attribute("tall") * 0.5, graph.attribute("tall") * own)
    cells = graph.instances(placed, shape, size, graph.vector(*place))
    colour = graph.scale_colour(graph.attribute("tint", "FLOAT_COLOR"), graph.mix(0.55, 1.0, graph.attribute("shade")))
    cells = graph.coloured(cells, colour, studio.materials.cell, studio.speck)
    graph.output(graph.join(cells, _plates(graph, studio, mixing, seen, place, join if line is not None else 0.0)))
    return graph


def _plates(graph: Graph, studio: Studio, mixing: Mixing, seen: Field, place: tuple, join: Field | float) -> Field:
    """Behind each block a plate with an edge in the hue of its head."""
    grid = mixing.grid
    first = graph.select(seen, (graph.attribute("dim", "INT") < 0.5))
    wide, high = grid.block
    x, y, z = place
    corner_x, corner_z = grid.cell(np.array(0))
    middle = (x - float(corner_x), z - float(corner_z) + high / 2)
    plate = graph.object_geometry(studio.once("plate", lambda: studio.shape("Line", shapes.plate())))
    made = []
    for back, rim, colour in (
        (0.03, 0.045, graph.attribute("hue", "FLOAT_COLOR")),
        (0.02, 0.01, studio.colour("board")),
    ):
        own = graph.attribute("whole") * (1.0 - join)
        size = graph.vector((wide + 2 * rim) * own, 1.0, (high + 2 * rim) * own)
        one = graph.instances(first, plate, size, graph.vector(middle[0], y + back, middle[1]))
        made.append(graph.coloured(one, colour, studio.materials.glow, studio.speck))
    return graph.join(*made)
