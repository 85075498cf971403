"""What a token reads: the values of its sources, weighed and added; then the results of all heads in one line."""

from collections.abc import Generator, Iterator

import bpy
import numpy as np

from ....inference.trace import ModelInfo
from .. import layout, points, shapes
from ..direction import Script
from ..evidence import mark
from ..nodes import Field, Graph
from ..palette import Palette
from ..studio import Studio
from .beams import EVEN_UP, head_hues
from .columns import cell_tint

HIGH = 2.85  # metres of all heads' blocks together
WIDEST, GAP = 1.44, 0.15  # metres: a block's width at most, and between two blocks
OVER = 0.3  # metres from a column's upper end to a block
RIM = 0.045  # metres of a block's edge in the hue of its head
CELL = 0.88  # of its pitch: a cell's side
COPY, RESULT = 0, 1  # what a cell is: of a source's value, of a head's result
FLIGHT = 2.6  # how many copies are on their way at a time
STREAM = 0.35  # how much later than the first cell of a copy its last one lands, of a copy's way
IN_TURN = 3.2  # how much later than the first of the other heads the last one begins, of a head's time
JOIN_TURN = 3.5  # the same for the heads that line up
FLASH = 2.5  # how fast a cell that something was added to cools down, in copies
FAINT = 0.4  # brightness of a copy without weight


class Mixing:
    """Rise (0 … 1): copies of the sources' values stand over their vectors. Weigh (0 … 1): each number times the
    attention weight, which is the copy's area then. Travel (0 … K - 1 + FLIGHT): one copy after another flies to the
    reader, cell by cell, and is added up. Heads (0 … 1): the other heads' copies fly, one head after another. Join (0
    … 1): all results line up before the projection's wall. Gone (0 … 1): they have left.
    """

    def make(self, studio: Studio, line: tuple | None = None) -> Iterator[str]:
        """line: [d, 3] where the cells of the joined results stand in the world, and their size; None: they stay.
        In steps, as `assemble`."""
        film, script = studio.film, studio.script
        block, head, self.reader = script.trace.blocks[script.focus_layer], script.focus_head, script.focus_query
        weights = block.pattern[:, self.reader, : self.reader + 1].astype(np.float64)
        values = block.v[: self.reader + 1].transpose(1, 0, 2)
        results = block.z[self.reader]
        self.keys = np.arange(script.earlier, self.reader + 1)
        self.count = len(self.keys)
        parts = weights[head][:, None] * values[head]
        # The tokens before the shown ones have no place of their own: they come with the first.
        sums = np.pad(np.cumsum(parts, 0)[script.earlier :], ((1, 0), (0, 0)))
        scale = layout.value_scale(results)
        table = studio.lookup("Values added up", sum=sums.ravel().astype(np.float32))
        # Beside the row, where no arc is; a narrow picture has room over it only.
        self.grid = BlockGrid.of(script.model, 1 if studio.picture.is_wide else -1)
        self.place = self._place(script)
        mesh = _mesh(self, script, studio.palette, values, weights, results, line)
        yield "worked"
        group = yield from _group(studio, self, table, scale, line)
        self.object, modifier = studio.field("Mixed values", mesh, group)
        mark(self.object, "mixing", scale=scale)
        self.rise, self.weigh, self.travel, self.heads, self.join, self.gone = (
            film.dial(modifier, name, 0.0) for name in ("Rise", "Weigh", "Travel", "Heads", "Join", "Gone")
        )
        self.visible = film.visibility(self.object)

    def _place(self, script: Script) -> tuple[float, float, float]:
        """The lower middle of the first block, over the reader: (x, y, z)."""
        x = script.text_x[self.reader]
        return (
            float(x),
            script.depth(2 * script.focus_layer) - 0.1,
            layout.column_top(script.model.d_model, layout.SCALE_ATTENTION) + OVER,
        )

    def copy_of(self, script: Script, token: int) -> tuple[np.ndarray, tuple[float, float]]:
        """Where the cells [dh, 3] of a token's value stand over its vector, and how large each is."""
        x, z = self.grid.cell(np.arange(script.model.d_head))
        places = np.column_stack([script.text_x[token] + x, 0 * x + self.place[1], self.place[2] + z])
        return places, (CELL * self.grid.pitch,) * 2

    @property
    def top(self) -> float:
        return self.place[2] + self.grid.height

    @property
    def last(self) -> float:
        """Of Travel, when all copies have been added."""
        return self.count - 1 + FLIGHT


def flown(sent: np.ndarray, order: np.ndarray) -> np.ndarray:
    """How far a cell has come, by the part of its copy's time and its place 0 … 1 in it; beyond 1 it has landed."""
    return sent * (1.0 + STREAM) - order * STREAM


def landed(travel: float, order: np.ndarray) -> np.ndarray:
    """How many copies have been added to cells, by their places 0 … 1 in the block; with the part of the next one."""
    return travel - FLIGHT * (1.0 + STREAM * order) / (1.0 + STREAM) + 1.0


def sent_heads(heads: float, rank: np.ndarray, n_head: int) -> np.ndarray:
    """The part of its time that each of the other heads has had, by its rank 1 … H - 1."""
    turn = (rank - 1.0) / max(n_head - 2, 1)
    return heads * (1.0 + IN_TURN + LANDING) - turn * IN_TURN


LANDING = 0.1  # of a copy's time, in which its last cells grow into the sum


class BlockGrid:
    """How the dh numbers of a head fill a block, and how H blocks are piled."""

    def __init__(self, n_head: int, d_head: int, side: int = 1):
        """side: 1, further piles stand at the right of the first, or -1, at its left."""
        self.side = side
        self.columns = max(1, round(np.sqrt(d_head * 1.2)))
        self.rows = -(-d_head // self.columns)
        self.piles = round(np.sqrt(n_head * 1.5))
        self.levels = -(-n_head // self.piles)
        self.pitch = min(WIDEST / self.columns, (HIGH / self.levels - GAP) / self.rows)

    @classmethod
    def of(cls, model: ModelInfo, side: int = 1) -> "BlockGrid":
        return cls(model.n_head, model.d_head, side)

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
        """-> (x, z) of the lower middle of a block of rank 0 … H - 1, from that of the first: up, then aside."""
        pile, level = np.divmod(rank, self.levels)
        return self.side * pile * (self.block[0] + GAP), level * (self.block[1] + GAP)


def _mesh(
    mixing: Mixing,
    script: Script,
    palette: Palette,
    values: np.ndarray,
    weights: np.ndarray,
    results: np.ndarray,
    line: tuple | None,
) -> bpy.types.Mesh:
    """One point a cell: copies of the values [H, K, dh] of the keys, then the results [H, dh] of all heads.

    The focus head sends copies of all, by weights [H, K]; the others of those whose arcs are drawn.
    """
    grid, (x0, y, z0) = mixing.grid, mixing.place
    n_head, d_head = results.shape
    sent = weights[:, mixing.keys] >= layout.OTHER_THRESHOLD
    sent[script.focus_head] = True
    copies = np.argwhere(np.broadcast_to(sent[..., None], (*sent.shape, d_head)))
    copies = copies[np.argsort(copies[:, 0] != script.focus_head, kind="stable")]  # those of the focus head first
    own = np.argwhere(np.ones((n_head, d_head), bool))
    head, dim = np.concatenate([copies[:, 0], own[:, 0]]), np.concatenate([copies[:, 2], own[:, 1]])
    key = np.concatenate([copies[:, 1], 0 * own[:, 0]])
    part = np.repeat([COPY, RESULT], [len(copies), len(own)])
    is_copy, source = part == COPY, mixing.keys[key]
    rank = np.where(head == script.focus_head, 0, head + (head < script.focus_head))
    (cell_x, cell_z), (pile_x, pile_z) = grid.cell(dim), grid.pile(rank)
    attributes = {
        "part": part,
        "key": key,
        "head": head,
        "dim": dim,
        "rank": rank,
        "value": np.where(is_copy, values[head, source, dim], results[head, dim]).astype(np.float32),
        "weight": np.where(is_copy, weights[head, source], 1.0).astype(np.float32),
        "from_x": np.where(is_copy, script.text_x[source], x0 + pile_x).astype(np.float32),
        "from_z": np.where(is_copy, z0, z0 + pile_z).astype(np.float32),
        "to_x": (x0 + pile_x).astype(np.float32),
        "to_z": (z0 + pile_z).astype(np.float32),
        "hue": head_hues(palette, head, script.focus_head),
    }
    if line is not None:
        ends = line[0][head * d_head + dim]
        attributes |= {f"line_{axis}": ends[:, i].astype(np.float32) for i, axis in enumerate("xyz")}
    # About the middle of the block, which grows and shrinks.
    place = np.column_stack([cell_x, np.full(len(head), y), cell_z - grid.block[1] / 2])
    return points.point_mesh("Mixed values", attributes, place)


def _group(
    studio: Studio, mixing: Mixing, table: bpy.types.Object, scale: float, line: tuple | None
) -> Generator[str, None, Graph]:
    """In steps, as `assemble`."""
    graph = Graph("Mixed values")
    rise, weigh, travel, heads, join, gone = (
        graph.input(name, default=0.0) for name in ("Rise", "Weigh", "Travel", "Heads", "Join", "Gone")
    )
    grid, model = mixing.grid, studio.script.model
    part, key, head, dim, rank = (graph.attribute(name, "INT") for name in ("part", "key", "head", "dim", "rank"))
    value, weight = graph.attribute("value"), graph.attribute("weight")
    is_copy, is_focus = 1.0 - part, rank < 0.5
    order = dim / float(max(model.d_head - 1, 1))
    sent = graph.mix(sent_heads(heads, rank, model.n_head), (travel - key) / FLIGHT, is_focus)
    far = flown(sent, order)
    way = graph.smooth(sent * (1.0 + STREAM))  # a copy flies as one, and falls into the sum cell by cell
    # A copy of the focus head rises first; those of the others leave their vectors as they set out.
    turn = key / float(max(mixing.count - 1, 1))
    risen = graph.mix(graph.smooth(far, 0.0, 0.2), graph.smooth(rise * 1.6 - turn * 0.6), is_focus)
    there = is_copy * risen * (far < 0.999)
    # A result grows with each copy that lands in it; of the other heads all copies land together.
    added = landed(travel, order)
    grown = graph.mix((far - 1.0) / LANDING, (added - 1.0) * 4.0, is_focus).clamp()
    there = (there + part * grown) * (1.0 - gone)
    arrived = (added + 1e-4).floor().clamp(0.0, float(mixing.count))
    sums = graph.sample(graph.object_geometry(table), "sum", arrived * model.d_head + dim)
    weighed = graph.math("MAXIMUM", weigh, 1.0 - is_focus)
    own = graph.mix(value, sums, is_focus)
    yield "worked"
    seen = graph.select(graph.geometry, there > 1e-3)
    seen = graph.store(seen, "drawn", graph.mix(value * graph.mix(1.0, weight, weighed), own, part))
    seen = graph.store(seen, "shown", (graph.mix(value, own, part) / float(scale)).clamp(-1.0, 1.0))
    # The area of a copy is its weight.
    side = graph.mix(1.0, weight**0.5, weighed * is_copy)
    seen = graph.store(seen, "side", side)
    flash = (1.0 - (added - arrived) * FLASH).clamp() * (arrived > 0.5) * ((mixing.last - travel) * 3.0).clamp()
    flash = graph.mix((1.0 - (far - 1.0) / LANDING).clamp(), flash, is_focus) * part
    tint = cell_tint(graph, studio.palette, graph.attribute("shown"))
    tint = studio.palette.fade(graph, tint, graph.mix(1.0, FAINT + (1.0 - FAINT) * side, is_copy))
    seen = graph.store(seen, "tint", graph.mix_colour(tint, studio.colour("text", 1.2), flash * 0.6), "FLOAT_COLOR")
    yield "worked"
    x, y, z = graph.split(graph.position())
    span = graph.math("ABSOLUTE", graph.attribute("to_x") - graph.attribute("from_x"))
    up = 1.0 + EVEN_UP * (head + 1.0) / model.n_head * (1.0 - is_focus)
    lift = (layout.ARC_FOOT + layout.ARC_SLOPE * span) * up * graph.sin(way * np.pi)
    half = grid.block[1] / 2
    # On its way the block's middle is on the arc.
    lift = lift - (OVER + half) * graph.sin(way * np.pi)
    spread = graph.mix(side, 1.0, graph.smooth(far, 0.8, 1.0))
    mid_x = graph.mix(graph.attribute("from_x"), graph.attribute("to_x"), 0.5 - 0.5 * graph.cos(way * np.pi))
    # It stays on the arc and rises to its place in the end, so that it doesn't fly out of the picture.
    mid_z = graph.mix(graph.attribute("from_z"), graph.attribute("to_z"), way**4.0) + lift + half
    block = (mid_x, y, mid_z)
    place = (mid_x + x * spread, y - 0.05 * is_copy, mid_z + z * spread)
    edge = tall = CELL * grid.pitch * side
    moved = 0.0
    if line is not None:
        # One head after another, those at the left first: none flies through what still waits.
        turn = rank / float(max(model.n_head - 1, 1))
        turn = turn if grid.side > 0 else 1.0 - turn
        moved = graph.smooth(join * (1.0 + JOIN_TURN) - turn * JOIN_TURN) * part
        ends = [graph.attribute(f"line_{axis}") for axis in "xyz"]
        place = tuple(graph.mix(a, b, moved) for a, b in zip(place, ends, strict=True))
        edge, tall = graph.mix(edge, line[1][0], moved), graph.mix(tall, line[1][1], moved)
        first = (ends[0] + (model.d_head - 1) / 2 * line[1][0], ends[1], ends[2])
        block = tuple(graph.mix(a, b, moved) for a, b in zip(block, first, strict=True))
    yield "worked"
    for name, field in (("whole", there), ("edge", edge), ("tall", tall), ("moved", moved)):
        seen = graph.store(seen, name, field)
    whole, tall = graph.attribute("whole"), graph.attribute("tall")
    shape = graph.object_geometry(studio.shape("Value cell", shapes.keycap()))
    size = graph.vector(graph.attribute("edge") * whole, tall * 0.3, tall * whole)
    cells = graph.instances(seen, shape, size, graph.vector(*place))
    colour = graph.scale_colour(graph.attribute("tint", "FLOAT_COLOR"), graph.mix(0.55, 1.0, graph.attribute("shade")))
    cells = graph.coloured(cells, colour, studio.materials.cell, studio.speck)
    yield "worked"
    flies = 1.0 - graph.smooth(flown(sent, 0.5), 0.8, 1.0)
    graph.output(graph.join(cells, _edges(graph, studio, mixing, seen, block, flies, line)))
    return graph


def _edges(
    graph: Graph, studio: Studio, mixing: Mixing, seen: Field, block: tuple, flies: Field, line: tuple | None
) -> Field:
    """Behind each block, of a copy until it lands, a plate in the hue of its head: its edge, and between its cells."""
    first = graph.select(seen, graph.attribute("dim", "INT") < 0.5)
    plate = graph.object_geometry(studio.once("plate", lambda: studio.shape("Line", shapes.plate())))
    moved, d_head = graph.attribute("moved"), studio.script.model.d_head
    wide, high = (side * graph.attribute("side") for side in mixing.grid.block)
    if line is not None:
        wide = graph.mix(wide, d_head * line[1][0] * 0.97, moved)
        high = graph.mix(high, line[1][1] + 3 * RIM, moved)
    own = graph.attribute("whole") * graph.mix(flies, 1.0, graph.attribute("part", "INT"))
    x, y, z = block
    hue, made = graph.attribute("hue", "FLOAT_COLOR"), []
    for rim, behind, light in ((RIM, 0.03, 0.95), (0.0, 0.025, 0.12)):
        size = graph.vector((wide + 2 * rim) * own, 1.0, (high + 2 * rim) * own)
        one = graph.instances(first, plate, size, graph.vector(x, y + behind, z))
        made.append(graph.coloured(one, studio.palette.fade(graph, hue, light), studio.materials.glow, studio.speck))
    return graph.join(*made)
