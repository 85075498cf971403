"""One head's arithmetic as a tile: a row for every query, a column for every key; scores, the mask, softmax."""

import bpy
import numpy as np

from .. import layout, palette, points, shapes
from ..evidence import mark
from ..nodes import Field, Graph
from ..studio import Studio
from .columns import cell_tint
from .digits import put_figures, row_of_figures
from .tile_words import TileWords

WORDY = 8  # tokens up to which every score and weight is also written as a number
BASE = 1.2  # metres above the floor, of the bars that are followed: they are over the row's cubes
CLOSED = 0.4  # of a cell's size, behind the mask
BACK = 0.5  # light of the bars of all other rows: white figures are legible on them
FORWARD = 0.5  # pitches that the row which is followed stands before the others
SMALLEST = 0.55  # of their size, that figures may shrink to so that a bar has room for them


class Tile:
    """The focus head's scores, each a cell, those of the future too: they are worked out before the mask shuts.

    Reveal (0 … 1) sets the cells with their numbers, Colour gives them colours, Mask shuts those of the future. Own and
    Softmax turn the scores of the row Query, and those of all other rows, into shares: each cell becomes a bar, and the
    bars of a row fill the rail, whose length is 1. Rail draws it under row Query. Ambient: the light of the scores of
    all other rows.
    """

    def __init__(self, studio: Studio):
        film, script = studio.film, studio.script
        block, head = script.trace.blocks[script.focus_layer], script.focus_head
        stretch = layout.TILE_STRETCH if studio.picture.is_wide else 1.0
        grid = self.grid = layout.TileGrid(script.text_count, stretch)
        scores = all_scores(block.q[:, head], block.k[:, head], block.attn_scores[head])
        cells = _cells(scores, block.pattern[head], grid)
        mesh = points.point_mesh("Attention tile", cells, _places(cells, grid))
        self.object, cell_inputs = studio.field("Attention tile", mesh, _tile_group(studio, grid))
        mark(self.object, "tile", stretch=stretch)
        numbers = _number_mesh(cells, grid, script.focus_query)
        self.numbers, number_inputs = studio.field(
            "Attention tile numbers", numbers, _number_group(studio, grid), parent=self.object
        )
        mark(self.numbers, "tile numbers", stretch=stretch)
        start = {"Reveal": 0.0, "Colour": 0.0, "Mask": 0.0, "Own": 0.0, "Softmax": 0.0, "Ambient": 1.0}
        start |= {"Query": script.focus_query, "Rail": 0.0}
        self.dials = {
            name: [film.dial(modifier, name, value) for modifier in (cell_inputs, number_inputs)]
            for name, value in start.items()
        }
        self.visible = film.visibility(self.object, self.numbers)
        self.words = TileWords(studio, grid, self.object, block.pattern[head, script.focus_query])
        low = grid.place(0, 0)[1] + (layout.TILE_LOWER + layout.TILE_CELL / 2) * grid.grown * grid.pitch
        self.object.location = (0.0, script.depth(2 * script.focus_layer), BASE + low)
        self.corners, self.bars = (np.array(self.object.location) + one for one in (self.words.reach, self.words.under))

    def to(self, name: str, value: float, **timing) -> list:
        """Clips that turn one of the tile's inputs."""
        return [dial.to(value, **timing) for dial in self.dials[name]]

    def place(self, query: int, key: int) -> tuple[float, float, float]:
        """Where a cell stands in the world."""
        x, z = self.grid.place(query, key)
        at = self.object.location
        return float(at.x + x), float(at.y), float(at.z + z)

    @property
    def rail(self) -> tuple[float, float, float, float]:
        """Where the bars of the row that is followed lie: x of the left end of the rail, how far before the tile, z,
        and half their height."""
        grid, query = self.grid, int(self.dials["Query"][0].value)
        x, _, z = self.object.location
        z += grid.place(query, 0)[1] - layout.TILE_LOWER * grid.grown * grid.pitch
        return x - grid.width / 2, -FORWARD * grid.pitch, z, layout.TILE_CELL * grid.pitch * grid.grown / 2


def all_scores(queries: np.ndarray, keys: np.ndarray, recorded: np.ndarray) -> np.ndarray:
    """q·k ÷ √dh of all pairs [T, T] of one head; queries, keys: [T, dh]. Those of the past are the recorded ones."""
    every = queries @ keys.T / np.sqrt(queries.shape[-1])
    return np.where(np.isfinite(recorded), recorded, every).astype(np.float32)


def _cells(scores: np.ndarray, pattern: np.ndarray, grid: layout.TileGrid) -> dict[str, np.ndarray]:
    """[T, T], [T, T] -> attributes of the cells, query by query. before: the sum of the weights to the left."""
    query, key = (index.ravel() for index in np.indices(scores.shape))
    before = np.cumsum(pattern, axis=1, dtype=np.float64) - pattern
    return {
        "query": query,
        "key": key,
        "future": (key > query).astype(np.int32),
        "score": scores.ravel(),
        "shown": layout.shown_value(scores.ravel(), layout.value_scale(scores)),
        "weight": pattern.ravel(),
        "before": before.ravel().astype(np.float32),
    }


def _places(cells: dict[str, np.ndarray], grid: layout.TileGrid) -> np.ndarray:
    x, z = grid.place(cells["query"], cells["key"])
    return np.column_stack([x, 0 * x, z])


class _State:
    """What the inputs make of a cell: Fields of its size, place and colours, from the attributes of its point."""

    def __init__(self, graph: Graph, studio: Studio, grid: layout.TileGrid):
        reveal, tinge, mask, own, softmax, ambient, chosen, self.rail = (
            graph.input(name, default=0.0)
            for name in ("Reveal", "Colour", "Mask", "Own", "Softmax", "Ambient", "Query", "Rail")
        )
        self.chosen = chosen
        query, key = graph.attribute("query", "INT"), graph.attribute("key", "INT")
        weight, future = graph.attribute("weight"), graph.attribute("future", "INT")
        pitch, last, long = grid.pitch, max(grid.count - 1, 1), grid.width
        is_chosen = self.is_chosen = graph.math("COMPARE", query, chosen, 0.5)
        # From below: the last token's row is mostly the one that is followed.
        set_down = _in_turn(graph, reveal, ((last - query) * 0.75 + key * 0.25) / last, 0.6)
        # The bars of the row that is followed stay when all other cells go.
        self.set_down = graph.math("MAXIMUM", set_down, is_chosen * own)
        closing = _in_turn(graph, mask, (query + key) / (2.0 * last), 0.6)
        self.shut = future * closing
        turned = graph.mix(_in_turn(graph, softmax, query / last, 0.6), own, is_chosen)
        bar = self.bar = turned
        there = self.set_down * (1.0 - future * bar)
        x, _, z = graph.split(graph.position())
        length = weight * long
        left = -long / 2 + graph.attribute("before") * long
        cell = layout.TILE_CELL
        self.width = graph.mix(cell * grid.pitch * grid.stretch, length * layout.BAR_PART, bar) * there
        self.width = self.width * graph.mix(1.0, CLOSED, self.shut)
        high = graph.mix(1.0, grid.grown, is_chosen * bar)
        self.height = cell * pitch * high * there * graph.mix(1.0, CLOSED, self.shut)
        lower = layout.TILE_LOWER * grid.grown * pitch * is_chosen * bar
        self.x = graph.mix(x, left + length * 0.5, bar)
        self.y = (self.set_down - 1.0) * 0.8 - FORWARD * pitch * is_chosen * bar + 0.12 * pitch * self.shut
        self.z = z - lower
        self.out = layout.TILE_FLAT * pitch * there
        self.light = graph.mix(graph.mix(ambient, BACK, turned), 1.0, is_chosen)
        self.coloured = _in_turn(graph, tinge, (query + key) / (2.0 * last), 0.6) * (1.0 - self.shut)
        share = graph.mix_colour(
            _ramp(graph, weight, studio.palette.weight), _ramp(graph, weight, studio.palette.weight_chosen), is_chosen
        )
        score = graph.mix_colour(
            studio.colour("future"), cell_tint(graph, studio.palette, graph.attribute("shown")), self.coloured
        )
        score = studio.palette.fade(graph, score, graph.mix(1.0, 0.3, self.shut))
        # Soon over: blue and gold mix to mauve.
        tint = graph.mix_colour(score, share, graph.smooth(turned, 0.5, 0.7))
        # The shutter is a line of light along the diagonal; what it goes over flares up in its colour, and is lost.
        tint = graph.scale_colour(tint, 1.0 + future * closing * (1.0 - closing) * 6.0)
        self.tint = studio.palette.fade(graph, tint, self.light)
        # Where letters must be dark: on orange earlier than on blue, which is darker.
        lit = graph.attribute("shown") * self.coloured
        self.bright_score = graph.math("MAXIMUM", lit > 0.36, lit < -0.72)
        self.bright_share = is_chosen * (weight > 0.2)


def _tile_group(studio: Studio, grid: layout.TileGrid) -> Graph:
    graph = Graph("Attention tile")
    state = _State(graph, studio, grid)
    seen = graph.select(graph.geometry, (state.set_down > 1e-3) * (state.width > 1e-4))
    seen = graph.store(seen, "tint", state.tint, "FLOAT_COLOR")
    shape = graph.object_geometry(studio.shape("Tile cell", shapes.keycap(inset=0.04, depth=1.0)))
    size = graph.vector(state.width, state.out, state.height)
    cells = graph.instances(seen, shape, size, graph.vector(state.x, state.y, state.z))
    colour = graph.scale_colour(graph.attribute("tint", "FLOAT_COLOR"), graph.mix(0.3, 1.0, graph.attribute("shade")))
    cells = graph.coloured(cells, colour, studio.materials.cell, studio.speck)
    graph.output(graph.join(cells, _rail(graph, studio, grid, state)))
    return graph


def _rail(graph: Graph, studio: Studio, grid: layout.TileGrid, state: _State) -> Field:
    """Under the row that is followed, a line as long as all of its shares together, with a mark at each end."""
    thick, long = 0.035 * grid.pitch * grid.grown, grid.width * state.rail
    block = graph.object_geometry(studio.shape("Tile rail", shapes.bevelled_box((1.0, 1.0, 1.0), 0.01, 1)))
    row = ((grid.count - 1) / 2 - state.chosen) * grid.pitch
    half = layout.TILE_CELL * grid.pitch * grid.grown / 2
    z = row - layout.TILE_LOWER * grid.grown * grid.pitch - half - 2.0 * thick
    front, left = -FORWARD * grid.pitch - layout.TILE_FLAT * grid.pitch, -grid.width / 2
    bars = [_bar(graph, block, (left + long * 0.5, front, z), (long + thick, thick, thick))]
    bars += [
        _bar(graph, block, (left + long * end, front, z + half), (thick, thick, 2 * half + 4 * thick))
        for end in (0.0, 1.0)
    ]
    rail = graph.select(graph.join(*bars), state.rail > 1e-3)
    return graph.coloured(rail, studio.colour("text", 0.9), studio.materials.glow, studio.speck)


def _bar(graph: Graph, shape: Field, place: tuple, size: tuple) -> Field:
    return graph.field(
        "GeometryNodeTransform",
        {"Geometry": shape, "Translation": graph.vector(*place), "Scale": graph.vector(*size)},
    )


def _in_turn(graph: Graph, progress: Field, order: Field, wait: float) -> Field:
    """0 … 1 for each point of a progress 0 … 1 of all: those of order 0 begin, those of order 1 begin at `wait`."""
    return graph.smooth(((progress - order * wait) / (1.0 - wait)).clamp())


def _ramp(graph: Graph, value: Field, ramp: tuple) -> Field:
    return graph.ramp(value, palette.stops(ramp))


# --- numbers -------------------------------------------------------------------------------------

SCORE, SHARE = 0, 1  # what a number is
LETTERS = 0.8  # their size, of a cell's height


def score_text(score: float) -> str:
    """Two figures; the minus sign is U+2212."""
    text = f"{abs(score):.1f}" if abs(score) < 9.95 else f"{abs(score):.0f}"
    return ("\u2212" if score < 0 and float(text) else "") + text


def share_text(weight: float) -> str:
    return f"{100 * weight:.0f}%"


def written_cells(count: int, focus: int) -> list[tuple[int, int, int]]:
    """[(query, key, SCORE or SHARE), ...] that have a number: in large tiles only the shares of the row followed."""
    rows = range(count) if count <= WORDY else (focus,)
    found = [(query, key, SHARE) for query in rows for key in range(query + 1)]
    if count <= WORDY:
        found += [(query, key, SCORE) for query in rows for key in range(count)]
    return sorted(found)


def _number_mesh(cells: dict[str, np.ndarray], grid: layout.TileGrid, focus: int) -> bpy.types.Mesh:
    """One point a figure, with the attributes of its cell; `shift`: its place beside the cell's middle, in letters."""
    rows = []
    for query, key, kind in written_cells(grid.count, focus):
        cell = query * grid.count + key
        text = score_text(cells["score"][cell]) if kind == SCORE else share_text(cells["weight"][cell])
        places, wide = row_of_figures(text)
        rows += [(cell, kind, glyph, x, wide, order) for order, (glyph, x) in enumerate(places)]
    cell, kind, glyph, shift, wide, order = (np.array(column) for column in zip(*rows, strict=True))
    attributes = {name: values[cell] for name, values in cells.items()}
    own = {
        "kind": kind,
        "glyph": glyph,
        "order": order,
        "shift": shift.astype(np.float32),
        "wide": wide.astype(np.float32),
    }
    return points.point_mesh("Attention tile numbers", attributes | own, _places(cells, grid)[cell])


def _number_group(studio: Studio, grid: layout.TileGrid) -> Graph:
    graph = Graph("Attention tile numbers")
    state = _State(graph, studio, grid)
    kind = graph.attribute("kind", "INT")
    size = LETTERS * layout.TILE_CELL * grid.pitch * graph.mix(1.0, grid.grown, state.is_chosen * kind)
    room = (state.width * 0.9 / graph.math("MAXIMUM", graph.attribute("wide") * size, 1e-6)).clamp()
    # Figures of a score go with the light of its row; those of a share come when its bar has nearly its length.
    is_score = (1.0 - kind) * state.set_down * (1.0 - state.shut) * (1.0 - graph.smooth(state.bar, 0.4, 0.5))
    is_score = is_score * graph.smooth(state.light, 0.25, 0.6)
    is_share = kind * graph.smooth(state.bar, 0.8, 1.0)
    size = size * (room > SMALLEST) * room * (is_score + is_share)
    seen = graph.select(graph.geometry, size > 1e-3)
    dark, bright = (studio.colour(one) for one in (("edge", "text") if studio.palette.is_dark else ("text", "glow")))
    on_bright, on_dull = (dark, bright) if studio.palette.is_dark else (bright, dark)
    ink = graph.mix_colour(on_dull, on_bright, graph.mix(state.bright_score, state.bright_share, kind))
    light = graph.mix(state.light, 1.0, kind)
    seen = graph.store(seen, "ink", studio.palette.fade(graph, ink, light), "FLOAT_COLOR")
    place = graph.vector(state.x + graph.attribute("shift") * size, state.y - state.out * 1.02 - 0.004, state.z)
    made = put_figures(graph, studio, seen, size, 1.0, place)
    graph.output(graph.coloured(made, graph.attribute("ink", "FLOAT_COLOR"), studio.materials.type, studio.speck))
    return graph
