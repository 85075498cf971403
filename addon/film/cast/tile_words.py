"""The words of the tile: copies of the row, once at the left as queries, once on top as keys."""

from collections.abc import Callable

import bpy
import numpy as np

from .. import layout
from ..evidence import mark
from ..framing import box
from ..studio import FRONT, Studio
from .tokens import LABEL_SIZE as CUBE_LABEL
from .tokens import NOTHING

WORDS = 24  # tokens up to which every row and column has its word
LABEL_SIZE, LABEL_WIDTH = 0.5, 2.2
SLANT = np.radians(50)  # of the keys' words where they are too long to stand side by side
NARROWEST = 0.85  # a bar must be so wide, in widths of its word, to keep it


class TileWords:
    """queries, keys: [Word]; there are none where they would be too small. reader: the word of the row followed, gold.

    reach: the corners [n, 3] of the tile with all words, from its middle; under: those of what softmax needs besides.
    """

    def __init__(self, studio: Studio, grid: layout.TileGrid, parent: bpy.types.Object, weights: np.ndarray):
        """weights: [T] of the row that is followed, for the places under its bars."""
        script = studio.script
        self.studio, self.grid = studio, grid
        size, half = _word_size(grid), (grid.width / 2, grid.height / 2)
        texts = [script.label(token) for token in script.trace.tokens] if grid.count <= WORDS else []
        queries = [self._label(f"Query {text}", text, size, "Right", parent) for text in texts]
        keys = [self._label(f"Key {text}", text, size, "Left", parent) for text in texts]
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
        self.reader = self._reader(studio, grid, parent, size)
        self._under(weights, widths * fit, size)
        widest = (widths * fit).max(initial=0.2)
        right = half[0] + (widest * np.cos(slant) if slant else 0.1)
        top = half[1] + gap + size + widest * np.sin(slant)
        self.reach = box((-half[0] - aside - widest, 0.0, -half[1]), (right, 0.0, top))
        many = grid.grown
        low = -half[1] - (layout.TILE_LOWER + 0.5) * many * grid.pitch - 1.5 * size
        self.under = box((-half[0], -0.6 * grid.pitch, low), (half[0], 0.0, -half[1]))

    def _label(self, name: str, text: str, size: float, align: str, parent: bpy.types.Object) -> bpy.types.Object:
        return self.studio.label(name, text, size, self.studio.palette.text, align=align, parent=parent)

    def _reader(self, studio: Studio, grid: layout.TileGrid, parent: bpy.types.Object, size: float) -> "Word":
        query = studio.script.focus_query
        text = studio.script.label(studio.script.trace.tokens[query])
        label = studio.label(f"Reader {text}", text, size, studio.palette.gold, align="Right", parent=parent)
        mark(label, "text", says="token", place=query)
        scale = min(1.0, LABEL_WIDTH / max(studio.measure([label])[0], 1e-3))
        word = Word(studio, label)
        z = grid.place(query, query)[1]
        word.settle((-grid.width / 2 - _aside(grid), -0.01, z), scale)
        word.under = (word.home[0], -0.6 * grid.pitch, float(z - layout.TILE_LOWER * grid.grown * grid.pitch))
        return word

    def _under(self, weights: np.ndarray, widths: np.ndarray, size: float) -> None:
        """Where each key's word stands under its bar; None where the bar is too short for it."""
        grid, query = self.grid, self.studio.script.focus_query
        many = grid.grown
        z = (
            grid.place(query, 0)[1]
            - (layout.TILE_LOWER + layout.TILE_CELL / 2 + 0.12) * many * grid.pitch
            - 0.75 * size
        )
        before = np.cumsum(weights, dtype=np.float64) - weights
        for key, (word, width) in enumerate(zip(self.keys, widths, strict=True)):
            x, length = grid.bar(before[key], weights[key])
            fits = length > NARROWEST * width
            word.under = (float(x - width / 2), -0.6 * grid.pitch, float(z)) if fits and key <= query else None

    def heads(self, timing: Callable[[int], dict]) -> list:
        """Clips in which the keys' words come from their cubes. timing: index -> Clip timing."""
        clips, script = [], self.studio.script
        x, parent = script.text_x, np.array(self.reader.label.parent.location)
        for place, word in enumerate(self.keys):
            depth = script.depth(2 * script.focus_layer)
            face = np.array((x[place], depth - layout.CUBE_SIZE[1] / 2 - 0.02, layout.CUBE_FLOAT + 0.4)) - parent
            clips.append(word.come(tuple(map(float, face)), CUBE_LABEL / _word_size(self.grid), timing(place)))
        return clips

    def sides(self, timing: Callable[[int], dict]) -> list:
        """Clips in which the queries' words come where they stay. timing: index -> Clip timing."""
        return [word.come(word.home, NOTHING, timing(place)) for place, word in enumerate(self.queries)]

    def heads_go(self, **timing) -> list:
        """Clips that take the keys' words away."""
        return [word.size.to((NOTHING,) * 3, **timing) for word in self.keys]

    def below(self, **timing) -> list:
        """Clips in which they come again under the bars of the row that is followed, where those are long enough."""
        stay = [word for word in self.keys if word.under]
        return [
            [
                word.place.to(word.under, easing="step", end=0.0),
                word.turn.to(FRONT, easing="step", end=0.0),
                word.size.to((word.scale,) * 3, **timing),
            ]
            for word in stay
        ]

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
        self.under = None
        self.home, self.scale = (0.0, 0.0, 0.0), 1.0

    def settle(self, place: tuple, scale: float) -> None:
        """Say where it stands beside the tile."""
        self.home, self.scale = tuple(map(float, place)), float(scale)
        self.place.begin(self.home)
        self.size.begin((self.scale,) * 3)

    def come(self, origin: tuple, size: float, timing: dict) -> list:
        """Clips that bring it from elsewhere."""
        return [
            self.visible.on(timing.get("start", 0.0)),
            self.place.to(self.home, origin=origin, **timing),
            self.size.to((self.scale,) * 3, origin=(min(1.0, size),) * 3, **timing),
        ]


def _word_size(grid: layout.TileGrid) -> float:
    return 0.05 * grid.height if grid.count > WORDS else min(LABEL_SIZE, 0.78 * grid.pitch)


def _aside(grid: layout.TileGrid) -> float:
    """How far words stand from the board."""
    return 0.16 + 0.1 * grid.pitch
