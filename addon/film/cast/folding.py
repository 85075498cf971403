"""A row of a wall that leaves it and folds into a token's column, cell by cell."""

import bpy
import numpy as np

from .. import layout, points, shapes
from ..errors import FilmError
from ..evidence import mark
from ..nodes import Field, Graph
from ..studio import Studio
from .columns import cell_tint
from .walls import Wall

FLYING = 0.45  # of the fold's time: how long one cell is under way; they leave one after another, the first first
SWING = 1.2  # metres that a cell comes toward the viewer on its way


class Fold:
    """The cells of a vector. Fold (0 … 1): from their row on a wall to their column. Size (0 … 1): of all cells."""

    def __init__(self, studio: Studio, name: str, wall: Wall, row: int, token: int, scale: float = 1.0):
        """wall: of the token table, as it stands now; row: of the table. token: 0 … N - 1, into whose column; scale:
        of that. Raises FilmError where the row is not the token's vector.
        """
        film, script = studio.film, studio.script
        shown_row, values = wall.row_of(row), script.stream[0, token]
        if not np.array_equal(wall.matrix[shown_row], values):
            raise FilmError(f"Row {row} of {wall.object.name} is not the vector of token {token + 1}.")
        grid = layout.CellGrid.of(len(values))
        starts = np.array([wall.row_place(shown_row, share) for share in np.linspace(0, 1, len(values))])
        ends = column_places(script, token, scale)
        shown = layout.shown_value(values, layout.value_scale(script.stream[0][: script.prompt_count]))
        to = {f"to_{axis}": ends[:, i] for i, axis in enumerate("xyz")}
        mesh = points.point_mesh(name, {"dim": np.arange(len(values)), "value": values, "shown": shown, **to}, starts)
        large = [dial.value for dial in wall.size.dials]
        cell = (wall.grid.across / wall.grid.columns * large[0], wall.light_height * large[2])
        group = _group(studio, cell, 0.82 * grid.pitch * scale, len(values))
        self.object, modifier = studio.field(name, mesh, group)
        mark(self.object, "fold", token=token, scale=scale)
        self.fold, self.size = film.dial(modifier, "Fold", 0.0), film.dial(modifier, "Size", 1.0)
        self.visible = film.visibility(self.object)


def column_places(script, token: int, scale: float) -> np.ndarray:
    """[d, 3] where the cells of a token's column stand in the row of tokens at depth 0."""
    d = script.model.d_model
    grid = layout.CellGrid.of(d)
    row, column = np.divmod(np.arange(d), grid.columns)
    x = layout.token_x(script.count, script.prompt_count)[token]
    x = x + (column - (grid.columns - 1) / 2) * grid.pitch * scale
    return np.column_stack([x, 0 * x, layout.COLUMN_BASE + (row + 0.5) * grid.pitch * scale])


def _group(studio: Studio, cell: tuple[float, float], edge: float, count: int) -> Graph:
    """cell: width and height on the wall; edge: in the column."""
    graph = Graph("Fold")
    fold, size = graph.input("Fold", default=0.0), graph.input("Size", default=1.0)
    order = graph.attribute("dim", "INT") / float(count)
    way = graph.smooth((fold * (1.0 + FLYING) - order) / FLYING)
    seen = graph.store(graph.geometry, "way", way)
    tint = cell_tint(graph, studio.palette, graph.attribute("shown"))
    hot = way * (1.0 - way) * 4.0
    seen = graph.store(seen, "tint", graph.mix_colour(tint, studio.colour("text", 1.3), hot * 0.4), "FLOAT_COLOR")
    way = graph.attribute("way")
    x, y, z = graph.split(graph.position())
    to = [graph.attribute(f"to_{axis}") for axis in "xyz"]
    swing = graph.sin(way * np.pi) * SWING
    place = graph.vector(graph.mix(x, to[0], way), graph.mix(y, to[1], way) - swing, graph.mix(z, to[2], way))
    wide, tall = (graph.mix(start, edge, way) * size for start in cell)
    shape = graph.object_geometry(studio.once("fold cell", lambda: _shape(studio)))
    made = graph.instances(seen, shape, graph.vector(wide, edge * 0.66, tall), place)
    graph.output(_shaded(graph, studio, made))
    return graph


def _shape(studio: Studio) -> bpy.types.Object:
    return studio.shape("Fold cell", shapes.keycap())


def _shaded(graph: Graph, studio: Studio, cells: Field) -> Field:
    """As the cells of columns, into which they turn."""
    colour = graph.scale_colour(graph.attribute("tint", "FLOAT_COLOR"), graph.mix(0.55, 1.0, graph.attribute("shade")))
    return graph.coloured(cells, colour, studio.materials.cell, studio.speck)
