"""The tile of one head: scores by colour and number, then weights by the length of their bars on the rail."""

import numpy as np

from ..film import layout
from ..film.cast import tile as drawn
from ..film.cast.digits import FIGURES
from ..film.palette import on_ramp
from .reading import Elements


def tile(actor, evidence, report, picture):
    """Every cell that rests: its number, its place, its colour; as a score, or as a bar on the rail."""
    elements = Elements(actor.shape.tinted(), "query", "key")
    if not len(elements) or actor.dial("Reveal") < 1 - 1e-6:
        return
    state = State(actor, evidence, elements["query"], elements["key"])
    report.present("tile", lambda one: say(*one), set(elements.tuples()), state.wanted(set(elements.tuples())))
    cells, every = elements.shape, np.arange(len(elements))

    def name(i, chosen=every):
        return say(state.query[chosen[i]], state.key[chosen[i]])

    span = np.ptp(state.all_scores)
    report.compare("tile, score", name, elements.first(cells["score"]), state.score, span or 1.0)
    report.compare("tile, weight", name, elements.first(cells["weight"]), state.weight)
    position = cells["position"]
    middle, wide = elements.middle(position), np.ptp([elements.low(position), elements.high(position)], axis=0)
    colour, grid = elements.first(cells["tint"])[:, :3], state.grid
    scores = np.flatnonzero((state.turned < 1e-6) & (state.shut < 1e-6))
    place = np.column_stack(grid.place(state.query, state.key))
    where = [0, 2]
    say_place = "tile, place"
    report.compare(
        say_place, lambda i: name(i, scores), middle[scores][:, where], place[scores], grid.pitch, tolerance=1e-3
    )
    if actor.dial("Colour") > 1 - 1e-6:
        expected = evidence.palette.cell_colour(state.shown[scores])
        expected = evidence.palette.faded(expected, state.light[scores, None])
        report.compare("tile, colour of a score", lambda i: name(i, scores), colour[scores], expected)
    bars = np.flatnonzero((state.turned > 1 - 1e-6) & (state.key <= state.query))
    x, _ = grid.bar(state.before, state.weight)
    unseen = 1e-4
    report.compare(
        "tile, bar", lambda i: name(i, bars), grid.weight(wide[bars, 0]), state.weight[bars], tolerance=unseen
    )
    report.compare("tile, place", lambda i: name(i, bars), middle[bars, 0], x[bars], grid.width, tolerance=unseen)
    expected = evidence.palette.faded(on_ramp(evidence.palette.weight, state.weight[bars]), state.light[bars, None])
    report.compare("tile, colour of a weight", lambda i: name(i, bars), colour[bars], expected)


def numbers(actor, evidence, report, picture):
    """The figures on the cells, read from left to right."""
    if actor.dial("Reveal") < 1 - 1e-6 or not len(actor.shape):
        return
    found = written(actor.shape, "query", "key", "kind")
    state = State(actor, evidence, *np.array([key[:2] for key in found] or [(0, 0)]).T)
    expected = {}
    for key in found:
        query, cell, kind = key
        value = state.all_scores[query, cell] if kind == drawn.SCORE else state.pattern[query, cell]
        expected[key] = drawn.score_text(value) if kind == drawn.SCORE else drawn.share_text(value)
    keys = sorted(found)
    report.agree(
        "tile, numbers",
        lambda i: f"number on {say(*keys[i][:2])}",
        [found[k] for k in keys],
        [expected[k] for k in keys],
    )
    lit = actor.dial("Ambient") > 1 - 1e-6
    if lit and actor.dial("Own") < 1e-6 and actor.dial("Softmax") < 1e-6 and actor.dial("Mask") in (0.0, 1.0):
        kept = actor.dial("Mask") < 0.5
        wanted = {
            one
            for one in drawn.written_cells(state.grid, evidence.focus_query, state.pattern[evidence.focus_query])
            if one[2] == drawn.SCORE
        }
        wanted = {one for one in wanted if kept or one[1] <= one[0]}
        report.present("tile, numbers", lambda one: f"number on {say(*one[:2])}", set(keys), wanted)


def written(shape, *names):
    """Figures put on points -> {the values of those attributes: the text, from left to right}."""
    shape = shape.where(shape["ink"][:, 3] > 0.5) if len(shape) else shape
    elements = Elements(shape, *names, "order")
    rows = sorted(zip(elements.tuples(), elements.first(shape["glyph"]).astype(int), strict=True))
    texts = {}
    for key, glyph in rows:
        texts[key[:-1]] = texts.get(key[:-1], "") + FIGURES[glyph]
    return texts


def say(query, key):
    return f"tile, query {query + 1}, key {key + 1}"


class State:
    """What the dials make of some cells; query, key: [n]."""

    def __init__(self, actor, evidence, query, key):
        self.query, self.key, count = query, key, evidence.text_count
        self.grid = layout.TileGrid(count, actor.mark["stretch"])
        self.all_scores = drawn.all_scores(evidence.q, evidence.k, evidence.scores).astype(np.float64)
        self.pattern = evidence.pattern[evidence.focus_layer, evidence.focus_head].astype(np.float64)
        self.score, self.weight = self.all_scores[query, key], self.pattern[query, key]
        self.before = (np.cumsum(self.pattern, 1) - self.pattern)[query, key]
        self.shown = layout.shown_value(self.score, layout.value_scale(self.all_scores))
        self.chosen, last = round(actor.dial("Query")), max(count - 1, 1)
        self.count = count
        own, softmax = actor.dial("Own"), actor.dial("Softmax")
        self._turned = np.where(np.arange(count) == self.chosen, own, in_turn(softmax, np.arange(count) / last, 0.6))
        self.last = last
        self.turned = self._turned[query]
        self.falling = np.clip((actor.dial("Mask") - drawn.EDGE_TIME) / (1 - drawn.EDGE_TIME), 0, 1)
        self.shut = self._shut(query, key)
        self.ambient = float(np.clip(actor.dial("Ambient"), 0.0, 1.0))
        others = actor.dial("Ambient") + (drawn.BACK - actor.dial("Ambient")) * self.turned
        self.light = np.where(query == self.chosen, 1.0, others)

    def _shut(self, query, key):
        """How far the mask has closed on cells, 0 … 1."""
        return (key > query) * in_turn(self.falling, (query + key) / (2 * self.last), 0.6)

    def wanted(self, drawn_cells):
        """The cells that must be drawn; those of rows that are turning may be."""
        cells = {(q, k) for q in range(self.count) for k in range(self.count)}
        turning = {one for one in cells if 1e-6 < self._turned[one[0]] < 1 - 1e-6}
        unseen = 1.5e-4 / self.grid.width
        tiny = {one for one in cells if self._turned[one[0]] > 0.5 and self.pattern[one] < unseen}
        # Cells that the mask shuts, and those of the other rows without light, lose their size.
        query, key = np.array(sorted(cells)).T
        size = 1 - smooth((self._shut(query, key) - drawn.WHOLE) / (1 - drawn.WHOLE))
        size *= 1 - (query != self.chosen) * (1 - self._turned[query]) * (1 - self.ambient)
        tiny |= {(int(q), int(k)) for q, k, left in zip(query, key, size, strict=True) if 0 < left < 0.05}
        lost = {(int(q), int(k)) for q, k, left in zip(query, key, size, strict=True) if left < 1e-6}
        cells -= lost
        open_ones = (turning | tiny) & drawn_cells - lost
        gone = {one for one in cells if self._turned[one[0]] > 1 - 1e-6 and one[1] > one[0]}
        return (cells - gone - turning - tiny) | open_ones


def in_turn(progress, order, wait):
    """As cast/tile.py lets cells take their turn."""
    return smooth((progress - order * wait) / (1 - wait))


def smooth(part):
    """0 … 1, slow at both ends."""
    part = np.clip(part, 0, 1)
    return part * part * (3 - 2 * part)
