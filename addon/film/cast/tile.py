"""One head's arithmetic as a tile: a row for every query, a column for every key; scores, the mask, softmax."""

from collections.abc import Generator, Iterator

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
BASE = 1.9  # metres above the floor, of the bars that are followed: they are over the row's cubes
FALL, BACKWARDS = 0.3, 0.9  # pitches that a cell falls, and goes back behind the others, when the mask shuts it
WHOLE = 0.55  # of its fall, in which it keeps its size
OUTLINE = 0.05  # thickness of what is left of it, in pitches
EDGE = 0.09  # thickness of the mask's edge
EDGE_TIME = 0.35  # of the mask's time, in which its edge is drawn; then the cells behind it fall
FOUND = 1.12  # size of the frame around the score that was worked out, of a cell's
BACK, WHITISH = 0.5, 0.45  # light of the bars of all other rows; how white the followed row is on its way
ROOMY = 0.8  # as SMALLEST, in the row that is followed: other shares stand under their words
FORWARD = 0.5  # pitches that the row which is followed stands before the others
SMALLEST, SMALLEST_SCORE = 0.7, 0.55  # of their size, that figures may shrink to so that a bar has room for them


class Tile:
    """The focus head's scores, each a cell, those of the future too: they are worked out before the mask shuts.

    Reveal (0 … 1) sets the cells with their numbers, from the one that was worked out on; Colour gives them colours,
    Mask draws its edge and lets those of the future fall. Own and Softmax turn the scores of the row Query, and those
    of all other rows, into shares: each cell becomes a bar, and the bars of a row fill the rail, whose length is 1.
    Rail draws it under row Query; until the others follow, that row is large, in the middle. Ambient: the light of the
    scores of all other rows; without light they have no size. Gold: the frame around the score that was worked out.
    """

    def make(self, studio: Studio) -> Iterator[str]:
        """In steps, as `assemble`."""
        film, script = studio.film, studio.script
        block, head = script.trace.blocks[script.focus_layer], script.focus_head
        stretch = layout.TILE_STRETCH if studio.picture.is_wide else 1.0
        grid = self.grid = layout.TileGrid(script.text_count, stretch)
        scores = all_scores(block.q[:, head], block.k[:, head], block.attn_scores[head])
        cells = _cells(scores, block.pattern[head], grid)
        mesh = points.point_mesh("Attention tile", cells, _places(cells, grid))
        query = script.focus_query
        self.words = TileWords(studio, grid, block.pattern[head, query])
        self.first = query, int(scores[query, script.earlier : query + 1].argmax()) + script.earlier
        yield "tile"
        group = yield from _tile_group(studio, grid, self.first, self.words)
        self.object, cell_inputs = studio.field("Attention tile", mesh, group)
        self.words.stand_on(self.object)
        mark(self.object, "tile", stretch=stretch)
        yield "tile"
        numbers = _number_mesh(cells, grid, query)
        group = yield from _number_group(studio, grid, self.first, self.words)
        self.numbers, number_inputs = studio.field("Attention tile numbers", numbers, group, parent=self.object)
        mark(self.numbers, "tile numbers", stretch=stretch)
        start = {"Reveal": 0.0, "Colour": 0.0, "Mask": 0.0, "Own": 0.0, "Softmax": 0.0, "Ambient": 1.0}
        start |= {"Query": query, "Rail": 0.0, "Gold": 0.0}
        self.dials = {
            name: [film.dial(modifier, name, value) for modifier in (cell_inputs, number_inputs)]
            for name, value in start.items()
        }
        self.visible = film.visibility(self.object, self.numbers)
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
    def top(self) -> float:
        """z of the upper edge of its cells."""
        return float(self.object.location.z + self.grid.height / 2)

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

    def __init__(self, graph: Graph, studio: Studio, grid: layout.TileGrid, first: tuple[int, int]):
        """first: (query, key) of the cell that is set before all others."""
        reveal, tinge, mask, own, softmax, ambient, chosen, self.rail, self.gold = (
            graph.input(name, default=0.0)
            for name in ("Reveal", "Colour", "Mask", "Own", "Softmax", "Ambient", "Query", "Rail", "Gold")
        )
        self.chosen, self.alone = chosen, alone_part(graph, own, softmax)
        query, key = graph.attribute("query", "INT"), graph.attribute("key", "INT")
        weight, future = graph.attribute("weight"), graph.attribute("future", "INT")
        pitch, last, long = grid.pitch, max(grid.count - 1, 1), grid.width
        is_chosen = self.is_chosen = graph.math("COMPARE", query, chosen, 0.5)
        # Column after column from the first cell on, and each from its row on.
        away = [graph.math("ABSOLUTE", one - float(at)) for one, at in zip((query, key), first, strict=True)]
        set_down = _in_turn(graph, reveal, (away[0] * 0.4 + away[1] * 0.6) / last, 0.6)
        # The bars of the row that is followed stay when all other cells go.
        self.set_down = graph.math("MAXIMUM", set_down, is_chosen * own)
        self.edge = _in_turn(graph, (mask / EDGE_TIME).clamp(), (query + key) / (2.0 * last), 0.8)
        falling = ((mask - EDGE_TIME) / (1.0 - EDGE_TIME)).clamp()
        closing = _in_turn(graph, falling, (query + key) / (2.0 * last), 0.6)
        self.closing, self.shut = closing, future * closing
        own_turn = graph.smooth(own, 0.45, 1.0)
        turned = graph.mix(_in_turn(graph, softmax, query / last, 0.6), own_turn, is_chosen)
        bar = self.bar = turned
        # The others lose their size with their light, and come again as bars.
        self.lost = (1.0 - is_chosen) * (1.0 - turned) * (1.0 - ambient.clamp())
        there = self.set_down * (1.0 - future * bar) * (1.0 - graph.smooth(self.shut, WHOLE, 1.0)) * (1.0 - self.lost)
        x, _, z = graph.split(graph.position())
        self.column, self.row = x, z
        length = weight * long
        left = -long / 2 + graph.attribute("before") * long
        cell, alone = layout.TILE_CELL, self.alone * is_chosen
        self.width = graph.mix(cell * grid.pitch * grid.stretch, length * layout.BAR_PART, bar) * there
        high = cell * pitch * graph.mix(1.0, grid.grown, is_chosen * bar)
        self.height = graph.mix(high, layout.TILE_ALONE * grid.height, alone) * there
        lower = layout.TILE_LOWER * grid.grown * pitch * is_chosen * bar
        self.x = graph.mix(x, left + length * 0.5, bar)
        self.y = (self.set_down - 1.0) * 0.8 - FORWARD * pitch * is_chosen * bar + BACKWARDS * pitch * self.shut
        fallen = FALL * pitch * self.shut * self.shut
        self.z = graph.mix(z - lower, layout.TILE_ALONE_Z * grid.height, alone) - fallen
        self.out = layout.TILE_FLAT * pitch * there
        self.light = graph.mix(graph.mix(ambient, BACK, turned), 1.0, is_chosen)
        self.coloured = _in_turn(graph, tinge, (query + key) / (2.0 * last), 0.6)
        share = _ramp(graph, weight, studio.palette.weight)
        score = graph.mix_colour(
            studio.colour("future"), cell_tint(graph, studio.palette, graph.attribute("shown")), self.coloured
        )
        # Through a whitish one: blue and gold mix to mauve. Those of the other rows begin as bars without height.
        white = graph.mix_colour(score, studio.colour("hot"), graph.smooth(turned, 0.0, 0.4) * is_chosen * WHITISH)
        tint = graph.mix_colour(white, share, graph.mix(turned > 1e-3, graph.smooth(turned, 0.45, 0.85), is_chosen))
        # What falls flares up in its colour.
        tint = graph.scale_colour(tint, 1.0 + future * closing * (1.0 - closing) * 2.0)
        self.tint = studio.palette.fade(graph, tint, self.light)
        # Where letters must be dark: on orange earlier than on blue, which is darker.
        lit = graph.attribute("shown") * self.coloured
        self.bright_score = graph.math("MAXIMUM", lit > 0.36, lit < -0.72)
        self.bright_share = weight > graph.mix(0.5, 0.2, is_chosen)


def alone_part(graph: Graph, own: Field, softmax: Field) -> Field:
    """How far the row that is followed is the only one, 0 … 1: it is large before its scores become shares."""
    return graph.smooth(own, 0.0, 0.5) * (1.0 - graph.smooth(softmax, 0.0, 0.5))


def _tile_group(
    studio: Studio, grid: layout.TileGrid, first: tuple[int, int], words: TileWords
) -> Generator[str, None, Graph]:
    """first: query and key of the score that was worked out. In steps, as `assemble`."""
    graph = Graph("Attention tile")
    state = _State(graph, studio, grid, first)
    yield "tile"
    seen = graph.select(graph.geometry, (state.set_down > 1e-3) * (state.width > 1e-4))
    seen = graph.store(seen, "tint", state.tint, "FLOAT_COLOR")
    shape = graph.object_geometry(studio.shape("Tile cell", shapes.keycap(inset=0.04, depth=1.0)))
    size = graph.vector(state.width, state.out, state.height)
    cells = graph.instances(seen, shape, size, graph.vector(state.x, state.y, state.z))
    colour = graph.scale_colour(graph.attribute("tint", "FLOAT_COLOR"), graph.mix(0.3, 1.0, graph.attribute("shade")))
    cells = graph.coloured(cells, colour, studio.materials.cell, studio.speck)
    yield "tile"
    rests = [_outlines(graph, studio, grid, state, grid.place(*first)), _edge(graph, studio, grid, state)]
    yield "tile"
    rests.append(_rail(graph, studio, grid, state))
    if words.in_columns:
        rests.append(_threads(graph, studio, grid, state, words))
    graph.output(graph.join(cells, *rests))
    return graph


def _outlines(graph: Graph, studio: Studio, grid: layout.TileGrid, state: _State, found: tuple[float, float]) -> Field:
    """What is left of cells behind the mask; and a gold frame that closes around the score that was worked out."""
    x, z = (layout.TILE_CELL * grid.pitch / 2 * side for side in (grid.stretch, 1.0))
    starts = np.array([(-x, 0, z), (-x, 0, -z), (-x, 0, -z), (x, 0, -z)])
    ends = np.array([(x, 0, z), (x, 0, -z), (-x, 0, z), (x, 0, z)])
    frame = shapes.strokes(starts, ends, OUTLINE * grid.pitch)
    frame = graph.object_geometry(studio.shape("Tile outline", frame))
    left = graph.smooth(state.closing, 0.35, 0.9) * graph.attribute("future", "INT")
    left = left * (1.0 - state.lost) * (1.0 - graph.smooth(state.bar, 0.0, 0.2)) * state.set_down
    empty = graph.select(graph.geometry, left > 1e-3)
    made = graph.instances(empty, frame, graph.vector(left, 1.0, left), graph.vector(state.column, 0.05, state.row))
    dim = studio.palette.linear(studio.palette.text_dim, 0.3)
    made = graph.coloured(made, dim, studio.materials.glow, studio.speck)
    size = graph.mix(2.0, FOUND, graph.smooth(state.gold))
    around = _bar(graph, frame, (found[0], -1.2 * layout.TILE_FLAT * grid.pitch, found[1]), (size, 1.0, size))
    around = graph.select(around, state.gold > 1e-3)
    gold = studio.palette.fade(graph, studio.colour("text", 1.2), graph.smooth(state.gold, 0.0, 0.5))
    return graph.join(made, graph.coloured(around, gold, studio.materials.glow, studio.speck))


def _edge(graph: Graph, studio: Studio, grid: layout.TileGrid, state: _State) -> Field:
    """The mask's edge: a line of light in steps between the past and the future, drawn from the top."""
    x, z = grid.pitch * grid.stretch / 2, grid.pitch / 2
    starts, ends = np.array([(x, 0, z), (x, 0, -z)]), np.array([(x, 0, -z), (3 * x, 0, -z)])
    step = graph.object_geometry(studio.shape("Tile edge", shapes.strokes(starts, ends, EDGE * grid.pitch)))
    there = state.edge * (1.0 - graph.attribute("future", "INT")) * state.set_down
    there = there * (1.0 - state.lost) * (1.0 - graph.smooth(state.bar, 0.0, 0.2))
    # Only those on the diagonal; the last one has no step to its right.
    key = graph.attribute("key", "INT")
    diagonal = graph.math("COMPARE", graph.attribute("query", "INT"), key, 0.5) * (key < grid.count - 1.5)
    steps = graph.select(graph.geometry, there * diagonal > 1e-3)
    before = -1.5 * layout.TILE_FLAT * grid.pitch
    made = graph.instances(steps, step, graph.vector(there, 1.0, there), graph.vector(state.column, before, state.row))
    made = graph.store(made, "edge", 1.0)
    return graph.coloured(made, studio.colour("hot", 1.5), studio.materials.glow, studio.speck)


def _threads(graph: Graph, studio: Studio, grid: layout.TileGrid, state: _State, words: TileWords) -> Field:
    """From each bar of the row that is followed down to its word."""
    plate = graph.object_geometry(studio.shape("Tile thread", (shapes.plate()[0], shapes.plate()[1], [0, 0, 1, 1])))
    there = state.is_chosen * graph.smooth(state.rail, 0.5, 1.0) * (1.0 - graph.attribute("future", "INT"))
    bars = graph.select(graph.geometry, there > 1e-3)
    foot = graph.mix(words.under_z, words.alone_z, state.alone)
    foot = foot + 0.6 * words.size * graph.mix(1.0, words.larger, state.alone)
    for name, value in (("bar_x", state.x), ("bar_z", state.z - state.height * 0.5), ("word_z", foot)):
        bars = graph.store(bars, name, value)
    bars = graph.store(bars, "word_x", state.column)
    threads = graph.instances(bars, plate, (0.03 * grid.pitch, 1.0, 0.0))
    up, (x, _, _) = graph.attribute("shade"), graph.split(graph.position())
    word_x = graph.attribute("word_x")
    x = x + (graph.attribute("bar_x") - word_x) * up
    z = graph.mix(graph.attribute("word_z"), graph.attribute("bar_z"), up)
    threads = graph.move(threads, graph.vector(x, -FORWARD * grid.pitch, z))
    return graph.coloured(threads, studio.colour("gold", 0.6), studio.materials.glow, studio.speck)


def _rail(graph: Graph, studio: Studio, grid: layout.TileGrid, state: _State) -> Field:
    """Under the row that is followed, a line as long as all of its shares together, with a mark at each end."""
    thick, long = 0.035 * grid.pitch * grid.grown, grid.width * state.rail
    block = graph.object_geometry(studio.shape("Tile rail", shapes.bevelled_box((1.0, 1.0, 1.0), 0.01, 1)))
    row = ((grid.count - 1) / 2 - state.chosen) * grid.pitch
    half = graph.mix(layout.TILE_CELL * grid.pitch * grid.grown, layout.TILE_ALONE * grid.height, state.alone) / 2.0
    middle = graph.mix(
        row - layout.TILE_LOWER * grid.grown * grid.pitch, layout.TILE_ALONE_Z * grid.height, state.alone
    )
    z = middle - half - 2.0 * thick
    front, left = -FORWARD * grid.pitch - layout.TILE_FLAT * grid.pitch, -grid.width / 2
    bars = [_bar(graph, block, (left + long * 0.5, front, z), (long + thick, thick, thick))]
    bars += [
        _bar(graph, block, (left + long * end, front, z + half), (thick, thick, half * 2.0 + 4 * thick))
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

SCORE, SHARE, UNDER = 0, 1, 2  # what a number is: a score, a share on its bar, one under its word
LETTERS = 0.8  # their size, of a cell's height


def score_text(score: float) -> str:
    """Two figures; the minus sign is U+2212."""
    text = f"{abs(score):.1f}" if abs(score) < 9.95 else f"{abs(score):.0f}"
    return ("\u2212" if score < 0 and float(text) else "") + text


def share_text(weight: float) -> str:
    return f"{100 * weight:.0f}%"


def written_cells(grid: layout.TileGrid, focus: int, weights: np.ndarray) -> list[tuple[int, int, int]]:
    """[(query, key, SCORE, SHARE or UNDER), ...] that have a number: in large tiles only shares of the row followed.

    weights: [T] of that row.
    """
    count = grid.count
    rows = range(count) if count <= WORDY else (focus,)
    found = [(query, key, SHARE) for query in rows for key in range(query + 1)]
    if count <= WORDY:
        narrow = {key for key in range(focus + 1) if room_for(grid, weights[key]) < ROOMY}
        narrow = narrow if grid.stretch > 1 else set()  # words stand aslant there, and leave no place
        found = [(q, key, UNDER if q == focus and key in narrow else kind) for q, key, kind in found]
        found += [(query, key, SCORE) for query in rows for key in range(count)]
    return sorted(found)


def room_for(grid: layout.TileGrid, weight: float) -> float:
    """How large the share can be written on its bar in the row that is followed, of its size there."""
    wide = row_of_figures(share_text(weight))[1]
    size = LETTERS * layout.TILE_CELL * grid.pitch * grid.grown
    return 0.9 * weight * grid.width * layout.BAR_PART / (wide * size)


def _number_mesh(cells: dict[str, np.ndarray], grid: layout.TileGrid, focus: int) -> bpy.types.Mesh:
    """One point a figure, with the attributes of its cell; `shift`: its place beside the cell's middle, in letters."""
    rows = []
    for query, key, kind in written_cells(grid, focus, cells["weight"].reshape(grid.count, -1)[focus]):
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


def _number_group(
    studio: Studio, grid: layout.TileGrid, first: tuple[int, int], words: TileWords
) -> Generator[str, None, Graph]:
    """In steps, as `assemble`."""
    graph = Graph("Attention tile numbers")
    state = _State(graph, studio, grid, first)
    yield "tile"
    kind = graph.attribute("kind", "INT")
    is_under = kind > UNDER - 0.5
    on_bar = graph.math("MINIMUM", kind, 1.0)
    size = LETTERS * layout.TILE_CELL * grid.pitch * graph.mix(1.0, grid.grown, state.is_chosen * on_bar)
    large = graph.mix(0.3, 0.5, on_bar) * (layout.TILE_ALONE * grid.height)  # scores have narrow cells
    size = graph.mix(size, large, state.alone * state.is_chosen)
    room = (state.width * 0.9 / graph.math("MAXIMUM", graph.attribute("wide") * size, 1e-6)).clamp()
    # Figures of a score go with the light of its row; those of a share come when its bar has nearly its length.
    is_score = (1.0 - on_bar) * state.set_down * (1.0 - state.shut) * (1.0 - graph.smooth(state.bar, 0.4, 0.5))
    is_score = is_score * graph.smooth(state.light, 0.25, 0.6)
    is_share = on_bar * graph.smooth(state.bar, 0.8, 1.0)
    size = size * (room > graph.mix(SMALLEST_SCORE, SMALLEST, on_bar)) * room * (is_score + is_share)
    under = graph.smooth(state.bar, 0.8, 1.0) * graph.smooth(state.rail, 0.3, 1.0)
    size = graph.mix(size, under * (0.85 * words.size) * graph.mix(1.0, words.larger, state.alone), is_under)
    seen = graph.select(graph.geometry, size > 1e-3)
    dark, bright = (studio.colour(one) for one in (("edge", "text") if studio.palette.is_dark else ("text", "glow")))
    on_bright, on_dull = (dark, bright) if studio.palette.is_dark else (bright, dark)
    ink = graph.mix_colour(on_dull, on_bright, graph.mix(state.bright_score, state.bright_share, on_bar))
    ink = graph.mix_colour(ink, studio.colour("gold"), is_under)
    light = graph.mix(state.light, 1.0, on_bar)
    seen = graph.store(seen, "ink", studio.palette.fade(graph, ink, light), "FLOAT_COLOR")
    under = graph.mix(words.under_z, words.alone_z, state.alone)
    under = under - words.size * graph.mix(1.0, words.larger, state.alone)
    x = graph.mix(state.x, state.column, is_under) + graph.attribute("shift") * size
    z = graph.mix(state.z, under, is_under)
    place = graph.vector(x, state.y - state.out * 1.02 - 0.004, z)
    made = put_figures(graph, studio, seen, size, 1.0, place)
    graph.output(graph.coloured(made, graph.attribute("ink", "FLOAT_COLOR"), studio.materials.type, studio.speck))
    return graph
