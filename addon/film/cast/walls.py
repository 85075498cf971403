"""Walls: matrices of real weights, a cell each. What is learned has a steel-cyan frame, what is computed has none."""

import bpy
import numpy as np
from mathutils import Euler, Matrix, Vector

from ... import compat
from .. import layout, points, shapes
from ..evidence import mark
from ..framing import box
from ..matrices import MOST_CELLS, SIZES, one_in, rows_shown, size_text
from ..matrices import size as size_of
from ..nodes import Field, Graph
from ..studio import Studio
from ..texts import numbers_of, word
from .columns import cell_tint

FRAME = 0.004  # thickness of the frame, of a wall's longer side
LEAST_LIGHT, LIGHT = 0.012, 1.7  # height of the lit row: of the wall's longer side at least; in rows
THIN, THIN_OUTLINE = 0.0035, 0.0012  # of the longer side: a row that is only pointed at, and its outline
BRIGHTER = 1.4  # its cells, in the dark
BEFORE, OUTLINE = 0.004, 0.006  # of the longer side: how far before the wall, how thick its outline is
GLOWING = 6.0  # rows that still glow behind the front of those that appear
LETTERS_OF_HEIGHT, LETTERS_OF_WIDTH = 0.115, 0.052  # size of a name; legible if the wall fills 60 % of the picture
NARROW = 1.65  # times that width in a narrow picture
LOWERED = 0.62  # size of the letters after the `_` of a name
MAKES = {"W_Q": "query", "W_K": "key", "W_V": "value"}  # of a vector


class Wall:
    """A matrix [R, C] as a plane of flat cells that faces -Y, row 0 on top, the origin in its middle.

    Its cells stand still and cost nothing a frame. Reveal (0 … 1): how many rows are there, from the first; Light:
    how strongly they shine. A wall that has one of the two keyed makes its cells anew at every frame. Sweep: the row
    (0 … R) that a light is on as it runs down, as a copy before the wall; none before and after. Lit: a row that stands
    out in the same way, Out metres before the wall.
    """

    def __init__(
        self,
        studio: Studio,
        shows: str,
        matrix: np.ndarray,
        size: tuple[float, float],
        *,
        keep: tuple[int, ...] = (),
        flipped: bool = False,
        learned: bool = True,
        upright: bool = False,
        headroom: float = 0.0,
        least_light: float = LEAST_LIGHT,
    ):
        """shows: the matrix's name in the evidence, and on its label, where what follows a `_` is written lower.
        matrix: of more than MOST_CELLS numbers one row in `every` is shown, and those of `keep`; if `flipped`, its rows
        are the columns of the evidence's. size: width and height in metres. upright: row 0 is on the left, not on
        top. headroom: metres up to the labels, for what else stands there. least_light: height of the lit row at least,
        of the longer side.
        """
        film, self.least_light = studio.film, least_light
        matrix = np.asarray(matrix, np.float32)
        self.every = one_in(matrix.shape, MOST_CELLS)
        self.rows = rows_shown(matrix.shape, MOST_CELLS, keep)
        self.matrix = matrix[self.rows]
        self.scale = layout.value_scale(self.matrix)
        self.grid = layout.WallGrid(*self.matrix.shape, *size, upright)
        table = points.point_mesh(f"{shows} values", {"value": self.matrix.ravel()})
        self.object, modifier = studio.field(shows, table, studio.once("wall", lambda: _wall_group(studio)))
        self.mark = {"matrix": shows, "flipped": flipped, "keep": [int(row) for row in keep]}
        mark(self.object, "wall", **self.mark)
        self.fit(modifier)
        self.reveal, self.light = film.dial(modifier, "Reveal", 1.0), film.dial(modifier, "Light", 1.0)
        self.sweep, _, _, sweeping = self._light(studio, table, f"{shows} sweep")
        self.lit, self.out, self._lens, lit = self._light(studio, table, f"{shows} lit row")
        # Rows and columns as they stand, not as the checkpoint has them.
        turned = upright != (flipped and shows in SIZES)
        whole = size_of(shows, studio.script.model) if shows in SIZES else matrix.shape
        self.headroom = headroom
        self.letters = letters(self.grid, 1.0 if studio.picture.is_wide else NARROW)
        self.labels = _labels(studio, self, shows, whole[::-1] if turned else whole, headroom)
        mark(self.labels[-1], "text", says="size", matrix=shows, turned=turned, language=studio.language)
        frame = [_frame(studio, self)] if learned else []
        self.place = film.place(self.object, "location", (0.0, 0.0, 0.0))
        self.turn = film.place(self.object, "rotation_euler", (0.0, 0.0, 0.0))
        self.size = film.place(self.object, "scale", (1.0, 1.0, 1.0))
        self.visible = film.visibility(self.object, sweeping, lit, *self.labels, *frame)

    def _light(self, studio: Studio, table: bpy.types.Mesh, name: str) -> tuple:
        """A copy of one row before the wall -> (dial of the row, of how far out, [its height, its outline], object)."""
        group = studio.once("wall row", lambda: _row_group(studio))
        light, modifier = studio.field(name, table, group, parent=self.object)
        mark(light, "wall row", **self.mark)
        self.fit(modifier)
        side = max(self.grid.width, self.grid.height)
        film = studio.film
        compat.set_input(modifier, "Before", float(BEFORE * side))
        lens = [film.dial(modifier, "High", self.light_height), film.dial(modifier, "Outline", float(OUTLINE * side))]
        return film.dial(modifier, "Row", -1.0), film.dial(modifier, "Out", 0.0), lens, light

    def magnified(self, much: float, **timing) -> list:
        """Clips for the lit row: at 0 a line where it is in the wall, at 1 so high that its cells are seen."""
        side, one = max(self.grid.width, self.grid.height), self.grid.along / self.grid.rows
        ends = (max(one, THIN * side), self.light_height), (THIN_OUTLINE * side, OUTLINE * side)
        return [
            dial.to(low + (high - low) * much, **timing) for dial, (low, high) in zip(self._lens, ends, strict=True)
        ]

    def fit(self, modifier: bpy.types.Modifier) -> None:
        """Give the wall's sizes to a node group."""
        grid = self.grid
        for name, value in (
            ("Rows", grid.rows),
            ("Columns", grid.columns),
            ("Along", float(grid.along)),
            ("Across", float(grid.across)),
            ("Upright", float(grid.upright)),
            ("Scale", self.scale),
        ):
            compat.set_input(modifier, name, value)

    @property
    def light_height(self) -> float:
        """Of the copy of a row that light is on: rows of large matrices are thinner than a pixel."""
        return max(LIGHT * self.grid.along / self.grid.rows, self.least_light * max(self.grid.width, self.grid.height))

    def row_of(self, row: int) -> int:
        """Where a row of the matrix is among those that are shown. Raises ValueError where it isn't."""
        place = int(np.searchsorted(self.rows, row))
        if place == len(self.rows) or self.rows[place] != row:
            raise ValueError(f"the wall {self.object.name} doesn't show row {row}")
        return place

    def row_place(self, row: float, share: float = 0.5) -> np.ndarray:
        """Where a row is in the world [3] as the wall stands now; share: 0 at its first cell … 1 at its last."""
        x, z = self.grid.place(row, share * (self.grid.columns - 1))
        location, turn, size = ([dial.value for dial in one.dials] for one in (self.place, self.turn, self.size))
        return np.array(Matrix.LocRotScale(Vector(location), Euler(turn), Vector(size)) @ Vector((x, 0.0, z)))

    @property
    def corners(self) -> np.ndarray:
        """[8, 3] the box around the wall and its labels about its middle, for a shot."""
        half = np.array([self.grid.width, self.grid.height]) / 2
        above = self.headroom + 1.6 * self.letters
        return box((-half[0], -0.1, -half[1]), (half[0], 0.1, half[1] + above))


# --- node groups ---------------------------------------------------------------------------------


def _sizes(graph: Graph) -> tuple[Field, ...]:
    """Inputs that say how a matrix fills its wall."""
    counts = [graph.input(name, "Int", 1) for name in ("Rows", "Columns")]
    return *counts, *(graph.input(name, default=1.0) for name in ("Along", "Across", "Upright", "Scale"))


def _wall_group(studio: Studio) -> Graph:
    """A table of values, row by row -> one quad a value, with `value`, `shown` on its face."""
    graph = Graph("Wall")
    rows, columns, along, across, upright, scale = _sizes(graph)
    reveal, light = graph.input("Reveal", default=1.0), graph.input("Light", default=1.0)
    front = reveal * (rows + GLOWING)
    count = graph.math("MINIMUM", (front + 0.001).floor(), rows)
    cells, index = _cells(graph, count, columns, count * along / rows, across)
    down, right, _ = graph.split(graph.position())
    cells = _stand(graph, cells, down + (count / rows - 1.0) * along * 0.5, right, 0.0, upright)
    cells = _valued(graph, cells, index, scale)
    row = (index / columns + 1e-4).floor()
    glow = (1.0 - (front - row) / GLOWING).clamp()
    tint = cell_tint(graph, studio.palette, graph.attribute("shown"))
    tint = graph.mix_colour(studio.palette.fade(graph, tint, light), studio.colour("hot"), glow * glow)
    graph.output(_tinted(graph, studio, cells, tint))
    return graph


def _row_group(studio: Studio) -> Graph:
    """The same table -> one row of it, brighter and with an outline, Out metres before the wall."""
    graph = Graph("Wall row")
    rows, columns, along, across, upright, scale = _sizes(graph)
    chosen, out, before, high, outline = (
        graph.input(name, default=0.0) for name in ("Row", "Out", "Before", "High", "Outline")
    )
    row = (chosen + 1e-4).floor()
    there = (chosen > -1e-4) * (chosen < rows - 1e-3)
    middle = ((row + 0.5) / rows - 0.5) * along
    layers = []
    for rim, far, is_row in ((0.0, 1.0, True), (outline * 2.0, 0.5, False)):
        wide, tall = across + rim, high + rim
        cells, index = _cells(graph, there, columns if is_row else there, tall, wide)
        down, right, _ = graph.split(graph.position())
        cells = _stand(graph, cells, down + middle, right, (out + before * far) * -1.0, upright)
        if is_row:
            cells = _valued(graph, cells, row * columns + index, scale)
            tint = cell_tint(graph, studio.palette, graph.attribute("shown"))
            tint = graph.scale_colour(tint, BRIGHTER if studio.palette.is_dark else 1.0)
            layers.append(_tinted(graph, studio, cells, tint))
        else:
            layers.append(_tinted(graph, studio, cells, studio.colour("hot", 1.2)))
    graph.output(graph.join(*layers))
    return graph


def _cells(graph: Graph, rows: Field, columns: Field, along: Field, across: Field) -> tuple[Field, Field]:
    """A flat grid of rows x columns quads, row by row along x -> (mesh, index of a face). No rows: nothing."""
    some = rows > 0.5
    grid = graph.field(
        "GeometryNodeMeshGrid",
        {"Size X": along, "Size Y": across, "Vertices X": rows + some, "Vertices Y": columns + some},
    )
    return grid, graph.field("GeometryNodeInputIndex")


def _stand(graph: Graph, cells: Field, down: Field, right: Field, y: Field | float, upright: Field) -> Field:
    """Stand a grid up: rows go down and cells to the right; upright, rows go to the right and cells down."""
    place = graph.vector(graph.mix(right, down, upright), y, -graph.mix(down, right, upright))
    return graph.move(cells, place)


def _valued(graph: Graph, cells: Field, index: Field, scale: Field) -> Field:
    """Each face with its number from the table, and that number's place on the colour map."""
    cells = graph.store(cells, "weight", 1, "INT", "FACE")  # tells them from an outline
    cells = graph.store(cells, "value", graph.sample(graph.geometry, "value", index), domain="FACE")
    shown = (graph.attribute("value") / scale).clamp(-1.0, 1.0)
    return graph.store(cells, "shown", shown, domain="FACE")


def _tinted(graph: Graph, studio: Studio, cells: Field, tint: Field | tuple) -> Field:
    """Flat colours: `Color` belongs to the corners of a face, so that neighbours don't mix."""
    cells = graph.store(cells, "tint", tint, "FLOAT_COLOR", "FACE")
    cells = graph.store(cells, "Color", graph.attribute("tint", "FLOAT_COLOR"), "FLOAT_COLOR", "CORNER")
    return graph.join(graph.object_geometry(studio.speck), graph.material(cells, studio.materials.glow))


# --- frame and labels ----------------------------------------------------------------------------


def letters(grid: layout.WallGrid, wider: float = 1.0) -> float:
    """The size of a wall's name. wider: how much larger it is, by the wall's width."""
    return max(LETTERS_OF_HEIGHT * grid.height, wider * LETTERS_OF_WIDTH * grid.width)


def _frame(studio: Studio, wall: Wall) -> bpy.types.Object:
    """Four flat bars around a learned matrix."""
    thick = FRAME * max(wall.grid.width, wall.grid.height)
    x, z = (np.array([wall.grid.width, wall.grid.height]) + thick) / 2 + 0.5 * thick
    end = thick / 2
    starts = [(-x - end, 0, z), (-x - end, 0, -z), (-x, 0, -z), (x, 0, -z)]
    ends = [(x + end, 0, z), (x + end, 0, -z), (-x, 0, z), (x, 0, z)]
    name = f"{wall.object.name} frame"
    bars = shapes.strokes(starts, ends, thick)
    return studio.solid(name, bars, studio.palette.learned, studio.materials.glow, parent=wall.object)


def _labels(studio: Studio, wall: Wall, shows: str, total: tuple[int, int], headroom: float) -> list[bpy.types.Object]:
    """Over the wall its name on the left, with what it makes of a vector, and its size on the right."""
    size, half = wall.letters, wall.grid.width / 2
    z = wall.grid.height / 2 + headroom + 0.95 * size
    name, _, lower = shows.partition("_")
    parent, palette = wall.object, studio.palette
    made = [studio.label(f"Name {shows}", name, size, palette.text, (-half, 0, z), "Left", parent=parent)]
    if lower:
        x = -half + studio.measure(made)[0] + 0.04 * size
        place = (x, 0, z - 0.24 * size)
        made.append(
            studio.label(
                f"Name {shows} lower", lower, LOWERED * size, palette.text, place, "Left", parent=parent, scenery=True
            )
        )
    taken = sum(studio.measure(made)) + 0.04 * size
    if shows in MAKES:
        place = (0.3 * size + taken - half, 0, z)
        said = word(MAKES[shows], studio.language)
        made.append(studio.label(f"Made by {shows}", said, size, palette.text_dim, place, "Left", parent=parent))
        taken += 0.3 * size + studio.measure(made[-1:])[0]
    text = size_text(total, numbers_of(studio.language).thousands)
    made.append(studio.label(f"Size {shows}", text, size, palette.learned, (half, 0, z), "Right", parent=parent))
    room = wall.grid.width - taken - size
    made[-1].scale = (min(1.0, max(room, size) / max(studio.measure(made[-1:])[0], 1e-3)),) * 3
    return made
