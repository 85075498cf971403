"""One head's arithmetic as a tile: a row for every query, a column for every key; scores, the mask, softmax."""

import numpy as np

from .. import layout, palette, points, shapes
from ..evidence import mark
from ..framing import box
from ..nodes import Graph
from .columns import cell_tint

WORDY = 8  # tokens up to which every weight is also written as a percentage
WORDS = 24  # tokens up to which every row and column has its word
RISE = 0.2  # from the columns up to the tile, in heights of the tile: they are behind the captions' band
LABEL_SIZE, LABEL_WIDTH = 0.34, 2.2
SLANT = np.radians(50)  # of the keys' words where they are too long to stand side by side


class Tile:
    """The focus head's scores, each a cell.

    Reveal (0 … 1) sets the cells; Mask takes those of the future away, for which there is no score; Softmax turns the
    scores of each row into weights: how far a cell stands out. Highlight makes the row Query gold.
    """

    def __init__(self, studio):
        film, script = studio.film, studio.script
        block, head = script.trace.blocks[script.focus_layer], script.focus_head
        grid = layout.TileGrid(script.text_count)
        mesh = _tile_mesh(block.attn_scores[head], block.pattern[head], grid)
        self.object, self.modifier = studio.field("Attention tile", mesh, _tile_group(studio, grid))
        mark(self.object, "tile")
        self.reveal = film.dial(self.modifier, "Reveal", 0.0)
        self.mask = film.dial(self.modifier, "Mask", 0.0)
        self.softmax = film.dial(self.modifier, "Softmax", 0.0)
        self.query = film.dial(self.modifier, "Query", script.focus_query)
        self.highlight = film.dial(self.modifier, "Highlight", 0.0)
        self.visible = film.visibility(self.object)
        queries, keys, reach = _words(studio, grid, self.object)
        self.words = [film.visibility(*pair) for pair in zip(queries, keys, strict=True)]
        self.reader = film.visibility(_reader(studio, grid, self.object))
        percentages = _percentages(studio, grid, block.pattern[head], self.object)
        self.percentages = [film.visibility(*row) for row in percentages]
        top = layout.column_top(script.model.d_model, layout.SCALE_ATTENTION)
        middle = top + RISE * (np.ptp(reach[:, 2]) + grid.depth(1.0)) + grid.side / 2
        self.object.location = (0.0, script.depth(2 * script.focus_layer), middle)
        self.corners = np.array(self.object.location) + reach


def _tile_mesh(scores, pattern, grid):
    """[T, T], [T, T] -> one point a cell, query by query. Where `score` is -inf, no score is shown."""
    query, key = (index.ravel() for index in np.indices(scores.shape))
    past = key <= query
    scale = layout.value_scale(scores[np.tril_indices(grid.count)])
    shown = layout.shown_value(np.where(past, scores.ravel(), 0.0), scale)
    x, z = grid.place(query, key)
    return points.point_mesh(
        "Attention tile",
        {
            "query": query,
            "key": key,
            "future": (~past).astype(np.int32),
            "score": scores.ravel(),
            "shown": shown,
            "weight": pattern.ravel(),
        },
        np.column_stack([x, 0 * x, z]),
    )


def _tile_group(studio, grid):
    graph = Graph("Attention tile")
    reveal, mask, softmax, chosen, highlight = (
        graph.input(name, default=0.0) for name in ("Reveal", "Mask", "Softmax", "Query", "Highlight")
    )
    query, key = graph.attribute("query", "INT"), graph.attribute("key", "INT")
    weight, future = graph.attribute("weight"), graph.attribute("future", "INT")
    pitch, last = grid.pitch, max(grid.count - 1, 1)

    set_down = _in_turn(graph, reveal, (query * 0.75 + key * 0.25) / last, 0.6)
    gone = future * _in_turn(graph, mask, key / last, 0.5)
    weighed = _in_turn(graph, softmax, query / last, 0.65)
    gold = highlight * graph.math("COMPARE", query, chosen, 0.5)

    seen = graph.select(graph.geometry, (set_down > 1e-3) * (gone < 0.999))
    present = set_down * (1.0 - gone)
    edge = layout.TILE_CELL * pitch * present
    out = (layout.TILE_FLAT + layout.TILE_RELIEF * weight * weighed) * pitch * present
    x, _, z = graph.split(graph.position())
    # Cells come from the viewer's side and settle; those of the future fall off the board.
    place = graph.vector(x, (set_down - 1.0) * 0.8 - gone * 0.6 * pitch, z - gone * gone * 0.8 * pitch)
    score = graph.mix_colour(
        cell_tint(graph, studio.palette, graph.attribute("shown")), studio.colour("future"), future
    )
    score = studio.palette.fade(graph, score, 1.0 - gone)
    share = graph.mix_colour(
        _ramp(graph, weight, studio.palette.weight), _ramp(graph, weight, studio.palette.weight_chosen), gold
    )
    share = studio.palette.fade(graph, share, 1.0 - 0.5 * highlight * (1.0 - gold))
    hot = weighed * (1.0 - weighed) * 2.0 * (1.0 - future)
    tint = graph.mix_colour(graph.mix_colour(score, share, weighed * (1.0 - future)), studio.colour("text"), hot)
    seen = graph.store(seen, "tint", tint, "FLOAT_COLOR")
    shape = graph.object_geometry(studio.shape("Tile cell", shapes.keycap(inset=0.1, depth=1.0)))
    cells = graph.instances(seen, shape, graph.vector(edge, out, edge), place)
    colour = graph.scale_colour(graph.attribute("tint", "FLOAT_COLOR"), graph.mix(0.3, 1.0, graph.attribute("shade")))
    cells = graph.coloured(cells, colour, studio.materials.cell, studio.speck)
    graph.output(
        graph.join(cells, _backing(graph, studio, grid, reveal), _frame(graph, studio, grid, chosen, highlight))
    )
    return graph


def _in_turn(graph, progress, order, wait):
    """0 … 1 for each point of a progress 0 … 1 of all: those of order 0 begin, those of order 1 begin at `wait`."""
    return graph.smooth(((progress - order * wait) / (1.0 - wait)).clamp())


def _ramp(graph, value, ramp):
    return graph.ramp(value, palette.stops(ramp))


def _backing(graph, studio, grid, reveal):
    """The dark board behind the cells."""
    wide = graph.smooth((reveal * 8.0).clamp()) * (grid.side + 0.16 * grid.pitch + 0.06)
    plate = graph.object_geometry(studio.shape("Tile board", shapes.plate()))
    board = _bar(graph, plate, (0.0, 0.02, 0.0), (wide, 1.0, wide))
    return graph.coloured(board, studio.colour("board"), studio.materials.board, studio.speck)


def _frame(graph, studio, grid, query, grown):
    """Four gold bars around the row of a query, as far as it reads; they grow from its first key."""
    thick = 0.05 * grid.pitch
    block = graph.object_geometry(studio.shape("Tile frame", shapes.bevelled_box((1.0, 1.0, 1.0), 0.01, 1)))
    wide = (query + 1.0) * grid.pitch * grown
    left, middle = -grid.side / 2, ((grid.count - 1) / 2 - query) * grid.pitch
    front = -layout.TILE_FLAT * grid.pitch
    bars = [
        _bar(graph, block, (left + wide * 0.5, front, middle + end * grid.pitch), (wide + thick, thick, thick))
        for end in (-0.5, 0.5)
    ]
    bars += [
        _bar(graph, block, (left + wide * end, front, middle), (thick, thick, grid.pitch + thick)) for end in (0.0, 1.0)
    ]
    frame = graph.select(graph.join(*bars), grown > 1e-3)
    return graph.coloured(frame, studio.colour("gold", 1.2), studio.materials.glow, studio.speck)


def _bar(graph, shape, place, size):
    return graph.field(
        "GeometryNodeTransform",
        {"Geometry": shape, "Translation": graph.vector(*place), "Scale": graph.vector(*size)},
    )


# --- words and percentages -----------------------------------------------------------------------


def _words(studio, grid, parent):
    """-> (the queries' words, the keys' words, the tile's corners with all words [n, 3]).

    There are none where they would be too small; the reader has its own.
    """
    script = studio.script
    size, half = _word_size(grid), grid.side / 2
    if grid.count > WORDS:
        return [], [], box((-half - 0.3 - LABEL_WIDTH, -grid.depth(1.0), -half), (half, 0.0, half))
    texts = [script.label(token) for token in script.trace.tokens]
    queries = [
        studio.label(f"Query {text}", text, size, studio.palette.text_dim, align="Right", parent=parent)
        for text in texts
    ]
    keys = [
        studio.label(f"Key {text}", text, size, studio.palette.text_dim, align="Left", parent=parent) for text in texts
    ]
    widths = np.array(studio.measure(keys))
    fit = np.minimum(1.0, LABEL_WIDTH / np.maximum(widths, 1e-3))
    gap, aside = 0.12 + 0.1 * grid.pitch, _aside(grid)
    slant = SLANT if (widths > 0.9 * grid.pitch).any() else 0.0
    for place, (query, key, width, scale) in enumerate(zip(queries, keys, widths, fit, strict=True)):
        x, z = grid.place(place, place)
        for label in (query, key):
            mark(label, "text", says="token", place=place)
        query.location, query.scale = (-half - aside, 0.0, z), (scale,) * 3
        start = x if slant else x - width * scale / 2
        key.location, key.scale = (start, 0.0, half + gap + size / 2), (scale,) * 3
        key.rotation_euler = (np.pi / 2, -slant, 0.0)
    widest = (widths * fit).max()
    right = max(half, half - grid.pitch / 2 + widest * np.cos(slant)) if slant else half
    top = half + gap + size + widest * np.sin(slant)
    return queries, keys, box((-half - aside - widest, -grid.depth(1.0), -half), (right, 0.0, top))


def _word_size(grid):
    return 0.05 * grid.side if grid.count > WORDS else min(LABEL_SIZE, 0.78 * grid.pitch)


def _aside(grid):
    """How far words stand from the board: cells that stand far out lean over its left edge."""
    return 0.12 + 0.4 * grid.pitch


def _reader(studio, grid, parent):
    """The word of the row that turns gold, in gold; where all words are there, over itself."""
    query = studio.script.focus_query
    text = studio.script.label(studio.script.trace.tokens[query])
    label = studio.label(f"Reader {text}", text, _word_size(grid), studio.palette.gold, align="Right", parent=parent)
    mark(label, "text", says="token", place=query)
    label.location = (-grid.side / 2 - _aside(grid), -0.01, grid.place(query, query)[1])
    label.scale = (min(1.0, LABEL_WIDTH / max(studio.measure([label])[0], 1e-3)),) * 3
    return label


def _percentages(studio, grid, pattern, parent):
    """Where a row is short enough to be read, the weights as text on their cells -> [[label, ...] of each query]."""
    if grid.count > WORDY:
        return []
    rows = []
    for query, weights in enumerate(pattern):
        row = []
        for key, weight in enumerate(weights[: query + 1]):
            x, z = grid.place(query, key)
            bright = 0.35 if query == studio.script.focus_query else 0.55  # cells that dark letters stand out from
            colour = studio.palette.text if weight < bright else studio.palette.edge
            at = (x, -float(grid.depth(weight)) - 0.01, z)
            name = f"Weight {query + 1} {key + 1}"
            row.append(studio.label(name, f"{100 * weight:.0f}%", 0.34 * grid.pitch, colour, at, parent=parent))
            mark(row[-1], "text", says="weight", query=query, key=key)
        rows.append(row)
    return rows
