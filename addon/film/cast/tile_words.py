"""The words of the tile: copies of the row, once at the left as queries, once on top as keys."""

from collections.abc import Callable

import bpy
import numpy as np

from .. import layout
from ..evidence import mark
from ..framing import box
from ..studio import FRONT, Studio
from .tokens import NOTHING

WORDS = 24  # tokens up to which every row and column has its word
LABEL_SIZE, LABEL_WIDTH = 0.66, 2.2
SLANT = np.radians(50)  # of the keys' words where they are too long to stand side by side
IN_COLUMNS = 8  # tokens up to which threads lead from the bars to the words
LARGER = 1.35  # how much larger they are while there are no other rows
THREAD = 0.45  # how far those are down at least, in sizes of the bars'
NARROWEST = 0.85  # a bar must be so wide, in widths of its word, to keep it


class TileWords:
    """queries, keys: [Word]; there are none where they would be too small. reader: the word of the row followed, gold.

    reach: the corners [n, 3] of the tile with all words, from its middle; under: those of what softmax needs besides.
    in_columns: whether all keys' words stand under the bars, each below its column, aslant where they are too long;
    else only those of long bars do.
    alone_z, under_z: the height of words under the bars, without the other rows and with them. size: of the letters;
    larger: how many times as large they are without the other rows.
    """

    def __init__(self, studio: Studio, grid: layout.TileGrid, weights: np.ndarray):
        """weights: [T] of the row that is followed, for the places under its bars."""
        script = studio.script
        self.studio, self.grid = studio, grid
        size, half = _word_size(grid), (grid.width / 2, grid.height / 2)
        self.size = size
        texts = [script.label(token) for token in script.trace.tokens] if grid.count <= WORDS else []
        gold, cyan = studio.palette.gold, studio.palette.cyan  # as the frames of q and k
        queries = [studio.label(f"Query {text}", text, size, gold, align="Right") for text in texts]
        keys = [studio.label(f"Key {text}", text, size, cyan, align="Left") for text in texts]
        widths = np.array(studio.measure(keys))  # before they are hidden
        self.queries, self.keys = ([Word(studio, label) for label in labels] for labels in (queries, keys))
        fit = np.minimum(1.0, LABEL_WIDTH / np.maximum(widths, 1e-3))
        gap, aside = 0.3 * size, _aside(grid)
        slant = SLANT if (widths * fit > 0.95 * grid.pitch * grid.stretch).any() else 0.0
        for place, (query, key, width, scale) in enumerate(zip(self.queries, self.keys, widths, fit, strict=True)):
            x, z = grid.place(place, place)
            for one in (query, key):
                mark(one.label, "text", says="token", place=place)
            query.settle((-half[0] - aside, 0.0, z), scale)
            key.settle((x if slant else x - width * scale / 2, 0.0, half[1] + gap + size / 2), scale)
            key.turn.begin((np.pi / 2, -slant, 0.0))
        self.reader = self._reader(studio, grid, size)
        self.in_columns, self.slant = bool(texts) and grid.count <= IN_COLUMNS, slant
        self.larger = LARGER if self.in_columns and not slant else 1.0
        self._under(weights, widths * fit, size)
        widest = (widths * fit).max(initial=0.2)
        right = half[0] + (widest * np.cos(slant) if slant else 0.1)
        top = half[1] + gap + size + widest * np.sin(slant)
        self.reach = box((-half[0] - aside - widest, 0.0, -half[1]), (right, 0.0, top))
        low = min(-half[1], self.under_z - (1.6 if self.in_columns else 0.6) * size - widest * np.sin(slant))
        self.under = box((-half[0], -0.6 * grid.pitch, low), (half[0], 0.0, -half[1]))

    @property
    def labels(self) -> list[bpy.types.Object]:
        return [word.label for word in (*self.queries, *self.keys, self.reader)]

    def stand_on(self, parent: bpy.types.Object) -> None:
        """Fix all words to the tile."""
        for label in self.labels:
            label.parent = parent

    def _reader(self, studio: Studio, grid: layout.TileGrid, size: float) -> "Word":
        query = studio.script.focus_query
        text = studio.script.label(studio.script.trace.tokens[query])
        label = studio.label(f"Reader {text}", text, size, studio.palette.gold, align="Right")
        mark(label, "text", says="token", place=query)
        scale = min(1.0, LABEL_WIDTH / max(studio.measure([label])[0], 1e-3))
        word = Word(studio, label)
        z = grid.place(query, query)[1]
        word.settle((-grid.width / 2 - _aside(grid), -0.01, z), scale)
        word.under = (word.home[0], -0.6 * grid.pitch, float(z - layout.TILE_LOWER * grid.grown * grid.pitch))
        word.alone = (word.home[0], -0.6 * grid.pitch, layout.TILE_ALONE_Z * grid.height)
        return word

    def _under(self, weights: np.ndarray, widths: np.ndarray, size: float) -> None:
        """Where each key's word stands under the bars, alone and with the other rows; None: it has no place there."""
        grid, query = self.grid, self.studio.script.focus_query
        gap = (THREAD if self.in_columns else 0.12) * grid.pitch * grid.grown + 0.75 * size
        row = grid.place(query, 0)[1]
        self.under_z = float(row - (layout.TILE_LOWER + layout.TILE_CELL / 2) * grid.grown * grid.pitch - gap)
        foot = (layout.TILE_ALONE_Z - layout.TILE_ALONE / 2) * grid.height
        self.alone_z = float(foot - gap - (0.6 * grid.pitch if self.in_columns else 0.0))
        before = np.cumsum(weights, dtype=np.float64) - weights
        for key, (word, width) in enumerate(zip(self.keys, widths, strict=True)):
            x, length = grid.bar(before[key], weights[key])
            if self.in_columns:
                x, length = grid.place(query, key)[0], np.inf
            if key <= query and length > NARROWEST * width:
                word.under, word.alone = (
                    (float(x - (0.0 if self.slant else times * width / 2)), -0.6 * grid.pitch, z)
                    for times, z in ((1.0, self.under_z), (self.larger, self.alone_z))
                )

    def heads(self, timing: Callable[[int], dict]) -> list:
        """Clips in which the keys' words grow where they stay. timing: index -> Clip timing."""
        return [word.come(timing(place)) for place, word in enumerate(self.keys)]

    def sides(self, timing: Callable[[int], dict]) -> list:
        """The same for the queries' words."""
        return [word.come(timing(place)) for place, word in enumerate(self.queries)]

    def alone(self, **timing) -> list:
        """Clips that leave only the words of the row that is followed: its own, and the keys' under its bars."""
        clips = [self.reader.place.to(self.reader.alone, **timing)]
        clips += [word.size.to((NOTHING,) * 3, end=0.35) for word in (*self.queries, *self.keys)]
        for word in (one for one in self.keys if one.alone):
            clips += [
                word.place.to(word.alone, start=0.4, easing="step"),
                word.turn.to((FRONT[0], self.slant, 0.0), start=0.4, easing="step"),
                word.size.to((word.scale * self.larger,) * 3, start=0.6, easing="out"),
            ]
        return clips

    def together(self, **timing) -> list:
        """Clips that bring the other rows' words again, and take those under the bars below all rows."""
        clips = [self.reader.place.to(self.reader.under, **timing)]
        for word in (one for one in self.keys if one.under):
            clips += [word.place.to(word.under, **timing), word.size.to((word.scale,) * 3, **timing)]
        return [*clips, *(word.size.to((word.scale,) * 3, start=0.4) for word in self.queries if word.visible.visible)]

    def go(self, end: float = 1.0) -> list:
        """Clips that take all words away, until a fraction of the play()."""
        shown = [word for word in (*self.queries, *self.keys, self.reader) if word.visible.visible]
        return [[word.size.to((NOTHING,) * 3, end=end), word.visible.off(end)] for word in shown]


class Word:
    """A label of the tile with its handles."""

    def __init__(self, studio: Studio, label: bpy.types.Object):
        film = studio.film
        self.label = label
        self.place = film.place(label, "location", (0.0, 0.0, 0.0))
        self.size = film.place(label, "scale", (1.0, 1.0, 1.0))
        self.turn = film.place(label, "rotation_euler", tuple(label.rotation_euler))
        self.visible = film.visibility(label)
        self.under = self.alone = None
        self.home, self.scale = (0.0, 0.0, 0.0), 1.0

    def settle(self, place: tuple, scale: float) -> None:
        """Say where it stands beside the tile."""
        self.home, self.scale = tuple(map(float, place)), float(scale)
        self.place.begin(self.home)
        self.size.begin((self.scale,) * 3)

    def come(self, timing: dict) -> list:
        """Clips that let it grow."""
        return [
            self.visible.on(timing.get("start", 0.0)),
            self.size.to((self.scale,) * 3, origin=(NOTHING,) * 3, **timing),
        ]


def _word_size(grid: layout.TileGrid) -> float:
    return 0.05 * grid.height if grid.count > WORDS else min(LABEL_SIZE, 0.89 * grid.pitch)


def _aside(grid: layout.TileGrid) -> float:
    """How far words stand from the board."""
    return 0.16 + 0.1 * grid.pitch
