"""The arithmetic of one head, worked out once: a query, a key and a value as products, the scores, the projection."""

from collections.abc import Iterator

import bpy
import numpy as np

from ....inference.sampling import softmax
from .. import layout, matrices
from ..direction import Script
from ..errors import FilmError
from ..evidence import mark
from ..steps import made
from ..studio import Studio
from .mixing import OVER, Mixing
from .one_row import OneRow
from .product import Product
from .score import KEY, QUERY, SIDE, Score, foot

QUERY_WALL, NARROW_WALL = (11.2, 2.0), (5.2, 2.6)  # metres
OUT_WALL, NARROW_OUT = (9.8, 2.2), (4.6, 2.4)
OUT_BAND = 0.1  # of the projection's wall: the results of all heads are large
QUERY_BAND, QUERY_GAP = 0.045, 0.018  # of the query's wall, as in product.py: as wide as the row, it needs less
FIRST = 0  # the number of the query that is worked out
SCORE_WIDTH, ROW = 9.3, 10.0  # metres, and of the row that these sizes are for
SEAT, NARROW_LARGER = 1.5, 1.5  # metres of the row that a cube needs; how much larger a narrow picture's wall may be
BASE, BEFORE = 1.5, 0.75  # metres above the floor; before the row
KEY_BELOW = 1.2  # of a result's height: how much lower the key stands, so that the query is above it
VALUE_WALL, NARROW_VALUE = (10.2, 1.0), (9.6, 4.0)  # metres
VALUE_BAND, VALUE_GAP, VALUE_OVER = 0.036, 0.014, 0.1  # as in product.py; metres over the columns
OUT_ASIDE, OUT_Z, OUT_BEFORE = 1.2, 0.4, 0.75  # metres of the projection: beside the reader, up, before the row
CUBE = 0.74  # z of a cube's middle
SAID, MOST_SAID = 0.9, 1.6  # of its height, a word before its strip; metres that it may take
OVER_QUERY = 0.05  # metres from the wall of the query to that of the key
HELD = (1.3, 0.34)  # metres: width and height of a query that has come to its reader


class Worked:
    """query: a Product, or None where the weights were not recorded; first: its OneRow. cubes: x of the ends of the row
    under it that must be seen.

    score: a Score, or None without a second token. key: the Product that makes the first key that it is about, or None.
    mixing: the values. value: the Product that makes the one with the highest weight, or None.
    out: the projection's Product, or None where its matrix was recorded in part only.
    """

    def make(self, studio: Studio) -> Iterator[str]:
        """In steps, as `assemble`."""
        script = studio.script
        block, head, query = script.trace.blocks[script.focus_layer], script.focus_head, script.focus_query
        self.depth = script.depth(2 * script.focus_layer)
        self.reader_x = float(script.text_x[query])
        keys, q = block.k[: query + 1, head], block.q[query, head]
        divisor = _divisor(q @ keys.T, block.pattern[head, query, : query + 1], q.shape[-1], script.focus_layer)
        scores = block.attn_scores[head, query, : query + 1] if block.attn_scores.size else q @ keys.T / divisor
        self.keys = _visited(script, scores)
        if studio.picture.is_wide:  # as wide as the row, so that both fill the picture
            shown = script.text_x[script.earlier :]
            larger = max(1.0, float(np.ptp(shown)) / ROW)
            wall, width = tuple(larger * side for side in QUERY_WALL), larger * SCORE_WIDTH
        else:  # as wide as from the reader to what it likes best, if that isn't far
            shown = script.text_x[self.keys[-1] : query + 1]
            larger = float(np.clip((np.ptp(shown) + SEAT) / NARROW_WALL[0], 1.0, NARROW_LARGER))
            shown = shown[shown[-1] - shown <= larger * NARROW_WALL[0] - SEAT + 1e-6]
            wall = tuple(larger * side for side in NARROW_WALL)
            width = wall[0]
        self.cubes = float(shown[0]) - SEAT / 2, float(shown[-1]) + SEAT / 2
        same = {"band": QUERY_BAND, "gap": QUERY_GAP}
        self.query = _product(studio, "q", query, wall, keep=(FIRST,), **same)
        yield "worked"
        lower = KEY_BELOW * QUERY_BAND * max(wall)
        self.key = _product(studio, "k", self.keys[0], wall, below=lower, **same) if query and self.query else None
        yield "worked"
        self.most = script.earlier + int(block.pattern[head, query, script.earlier : query + 1].argmax())
        row = script.text_x[script.earlier :]
        metres = VALUE_WALL if studio.picture.is_wide else NARROW_VALUE
        metres = tuple(max(1.0, float(np.ptp(row)) / ROW) * side for side in metres)
        self.value = _product(studio, "v", self.most, metres, band=VALUE_BAND, gap=VALUE_GAP) if query else None
        yield "worked"
        metres = OUT_WALL if studio.picture.is_wide else NARROW_OUT
        self.out = _product(studio, "out of heads", query, metres, band=OUT_BAND)
        yield "worked"
        middle = sum(self.cubes) / 2
        word = script.label(script.trace.tokens[query])
        if self.query:
            low = (self.key or self.query).corners[:, 2].min()
            self.query.wall.place.begin((middle, self.depth - BEFORE, BASE - low))
            self.query.elsewhere(0, *self._column(script, query, layout.SCALE_EMBEDDING))
            self.first = OneRow(studio, self.query, FIRST, word, query)
            yield "worked"
        tall = 1.0 if studio.picture.is_wide else 1.7
        self.score = None
        if query:
            self.score_home = (middle + SIDE * width / 2, self.depth - BEFORE, BASE - foot(width, tall))
            cubes = np.column_stack([script.text_x[: query + 1], np.full(query + 1, CUBE)])
            origins = cubes - np.array(self.score_home)[[0, 2]]
            self.score = Score(studio, query, q, keys, scores, width, divisor, tall, origins)
            self.score.place.begin(self.score_home)
            yield "worked"
            self.score.name(studio, QUERY, query)
            for key in self.keys:
                self.score.name(studio, KEY, key)
        yield "worked"
        if self.query:
            self.query.elsewhere(1, *self._asked())
            yield "worked"
        if self.key:  # its wall rolls over the query's
            self.key.wall.place.begin((middle, self.depth - BEFORE - OVER_QUERY, BASE - low))
            self.key.elsewhere(0, *self._column(script, self.keys[0], layout.SCALE_EMBEDDING))
            self.key.elsewhere(1, *self._seat(KEY))
            self.said = studio.film.visibility(*self._said(studio))
            yield "worked"
        if self.value:
            low = float(self.value.corners[:, 2].min())
            z = layout.column_top(script.model.d_model, layout.SCALE_ATTENTION) + VALUE_OVER
            self.value.wall.place.begin((float(row[0] + row[-1]) / 2, self.depth - BEFORE, z - low))
            self.value.elsewhere(0, *self._column(script, self.most, layout.SCALE_ATTENTION))
            yield "worked"
        line = None
        if self.out:
            grid = self.out.wall.grid
            # Over the row, so that the result is beside the reader; a narrow picture has room over that one.
            side = -1 if self.reader_x > middle - 1e-6 else 1
            low = float(self.out.corners[:, 2].min())
            x, z = self.reader_x + side * (OUT_ASIDE + grid.width / 2), OUT_Z
            if not studio.picture.is_wide:
                x, z = self.reader_x, layout.column_top(script.model.d_model, layout.SCALE_ATTENTION) + OVER
            at = (x, self.depth - OUT_BEFORE, z - low)
            self.out.wall.place.begin(at)
            beside = (layout.update_offset(layout.SCALE_EMBEDDING), -0.13, 0.0)
            places, size = self._column(script, query, layout.SCALE_EMBEDDING)
            self.out.elsewhere(1, (places + beside)[self.out.wall.rows], size)
            index = np.arange(script.model.d_model)
            cells = self.out.place(index < 0, index) + at
            line = cells, (grid.width / grid.columns, OUT_BAND * max(grid.width, grid.height))
        yield "worked"
        self.mixing = yield from made(Mixing(), studio, line)
        if self.value:
            self.value.elsewhere(1, *self.mixing.copy_of(script, self.most))

    def _asked(self) -> tuple[np.ndarray, tuple[float, float]]:
        """Where the query's cells [dh, 3] go, and how large each is there: its row in the score, else to its reader."""
        if self.score:
            return self._seat(QUERY)
        across = (np.arange(self.query.count) + 0.5) / self.query.count - 0.5
        place = np.array((self.reader_x, self.depth - BEFORE - 0.1, BASE + HELD[1] / 2))
        return place + across[:, None] * (HELD[0], 0.0, 0.0), (HELD[0] / self.query.count, HELD[1])

    def _said(self, studio: Studio) -> list[bpy.types.Object]:
        """The words of their tokens before the query and the key under the walls, where there is room."""
        if not studio.picture.is_wide:
            return []
        labels, tokens = [], (self.query.numbers.token, self.key.numbers.token)
        for product, token, colour in zip((self.query, self.key), tokens, ("gold", "cyan"), strict=True):
            (left, _, z), high = (
                product.place(np.array([True]), np.array([0]))[0],
                product.band * product.wall.grid.width,
            )
            text, parent = studio.script.label(studio.script.trace.tokens[token]), product.wall.object
            at = (left - SAID * high, -0.05, z)
            tint = getattr(studio.palette, colour)
            labels.append(studio.label(f"Made {text}", text, high, tint, at, "Right", parent=parent))
            mark(labels[-1], "text", says="token", place=token)
            labels[-1].scale = (min(1.0, MOST_SAID / max(studio.measure(labels[-1:])[0], 1e-3)),) * 3
        return labels

    def _seat(self, row: int) -> tuple[np.ndarray, tuple[float, float]]:
        """Where the cells [dh, 3] of a row of the score stand, just before them, and how large each is."""
        places, size = self.score.cells_of(row)
        return places + np.array(self.score_home) + (0.0, -0.12, 0.0), size

    def _column(self, script: Script, token: int, scale: float) -> tuple[np.ndarray, tuple[float, float]]:
        """Where the cells [d, 3] of a token's vector stand, just before them, and how large each is."""
        d = script.model.d_model
        grid = layout.CellGrid.of(d)
        row, column = np.divmod(np.arange(d), grid.columns)
        pitch = grid.pitch * scale
        x = script.text_x[token] + (column - (grid.columns - 1) / 2) * pitch
        z = layout.COLUMN_BASE + (row + 0.5) * pitch
        return np.column_stack([x, 0 * x + self.depth - 0.08, z]), (0.82 * pitch, 0.82 * pitch)


def _product(
    studio: Studio, name: str, token: int, metres: tuple[float, float], **more: float | tuple[int, ...]
) -> Product | None:
    """A product of the focus, or None where it can't be shown. more: as for Product."""
    weights = studio.script.weights
    if weights is None:
        return None
    vectors = matrices.computed(studio.script.trace, weights)
    try:
        numbers = matrices.product(name, token, matrices.learned(weights), vectors)
        return Product(studio, numbers, metres, **more)
    except FilmError:
        return None


def _divisor(dots: np.ndarray, shares: np.ndarray, d_head: int, layer: int) -> float:
    """What q·k [K] is divided by before softmax makes shares [K] of it: √dh; in some GPT-2s 1, or times the layer."""
    known = [root * times for root in (d_head**0.5, 1.0) for times in (1, layer + 1)]
    return min(known, key=lambda one: float(np.abs(softmax(dots / one) - shares).max()))


def _visited(script: Script, scores: np.ndarray) -> list[int]:
    """The keys that the query stops over: some shown ones on its way to the one with the highest score."""
    best = int(scores[script.earlier :].argmax()) + script.earlier
    return [*range(max(script.earlier, best - 2), best), best]
