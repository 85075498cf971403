"""Digits: a window of a column's cells, close enough for each to carry its number; the numbers roll when it changes."""

import bpy
import numpy as np

from ... import compat
from .. import layout, points, shapes
from ..evidence import mark
from ..framing import box
from ..nodes import Field, Graph
from ..palette import Palette
from ..studio import FRONT, Studio
from .columns import cell_tint

MOST = 40  # cells whose numbers can be read at once
FIGURES = "0123456789.\u2212%\u00b0"
ADVANCE, POINT, PERCENT = 0.57, 0.27, 0.80  # how wide figures are, all alike, and the signs; of the letters' size
LETTERS, CELL = 0.34, 0.94  # size of the letters, of a cell's side; a cell's side, in pitches
ROLLING = 0.5  # of a roll's time: how long one row of cells takes; they go one after another, from the lowest
PLAIN, SHADED = 0.6, 0.33  # brightness of a cell without colour, and with it
SEEN = 0.98  # of a quarter of the drum's turn: figures further off are not there
BEFORE = 0.5  # pitches that the cells stand before the column's own
ROW = 0.9  # of these widths in a row of figures that doesn't roll
PLACES = 5  # figures of a number
BOLD = 0.018  # of the letters' size: how far two copies of a figure lie to either side of its place


class Digits:
    """Cells (rows, columns) in the lower left corner of a token's column, with their numbers.

    Roll (0 … S - 1): which slot they show; on the way from one to the next a bright line rises, and the figures of
    each row turn as those of a counter. Colour (0 … 1): from cells without a colour to those of the column. Letters
    (0 … 1): the figures' size.
    """

    def __init__(
        self,
        studio: Studio,
        name: str,
        *,
        table: str = "stream",
        token: int = 0,
        slots: tuple[int, ...] = (0,),
        shape: tuple[int, int] = (3, 6),
    ):
        """table: "stream" or "updates", whose vectors [S, N, d] are shown; token: 0 … N - 1 of the shown ones; slots:
        which of the table's, one after another. Raises ValueError for a window of more than MOST cells.
        """
        film, script = studio.film, studio.script
        grid = layout.CellGrid.of(script.model.d_model)
        rows, columns = min(shape[0], grid.rows), min(shape[1], grid.columns)
        if rows * columns > MOST:
            raise ValueError(f"{rows} × {columns} numbers can't be read at once; {MOST} can")
        tensor = {"stream": script.stream, "updates": script.updates}[table][list(slots)]
        self.dims = window(grid, rows, columns, script.model.d_model)
        self.values = tensor[:, token, self.dims]  # [S, n]
        scales = [layout.value_scale(slot[: script.prompt_count]) for slot in tensor]
        shown = [layout.shown_value(*pair) for pair in zip(self.values, scales, strict=True)]
        numbers = studio.lookup(f"{name} values", value=self.values.ravel(), shown=np.concatenate(shown))
        group = _group(studio, name, numbers, grid.pitch, len(self.dims), rows)
        self.object, modifier = studio.field(name, _mesh(self.values, self.dims, grid), group)
        mark(self.object, "digits", table=table, token=token, slots=list(slots), dims=self.dims.tolist())
        self.roll = film.dial(modifier, "Roll", 0.0)
        self.colour, self.letters = film.dial(modifier, "Colour", 0.0), film.dial(modifier, "Letters", 1.0)
        x = layout.token_x(script.count, script.prompt_count)[token]
        self.home = (float(x), 0.0, layout.COLUMN_BASE)
        self.place = film.place(self.object, "location", self.home)
        self.size = film.place(self.object, "scale", (1.0, 1.0, 1.0))
        self.visible = film.visibility(self.object)
        left, right = -grid.columns / 2, columns - grid.columns / 2
        self.corners = np.array(self.object.location) + box((left, 0, 0), (right, 0, rows)) * grid.pitch


def window(grid: layout.CellGrid, rows: int, columns: int, d: int) -> np.ndarray:
    """The components [n] in the lower left corner of a column, row by row from below."""
    dims = (np.arange(rows)[:, None] * grid.columns + np.arange(columns)).ravel()
    return dims[dims < d]


def under_figures(palette: Palette) -> float:
    """How bright cells are under their figures, of those of a column: on glowing ones nothing could be read."""
    return SHADED if palette.is_dark else 1.0


def turned(roll: float, row: np.ndarray, rows: int) -> np.ndarray:
    """Slots [n], with fractions, that rows of cells [n] stand at when Roll is `roll`; as the node group has it."""
    step = np.floor(roll)
    part = np.clip(((roll - step) * (1 + ROLLING) - row / rows) / ROLLING, 0, 1)
    return step + part * part * (3 - 2 * part)


def written(value: float) -> str:
    """A number in at most PLACES figures: two decimals, fewer for large ones; the minus sign is U+2212."""
    for decimals in (2, 1, 0):
        text = f"{abs(value):.{decimals}f}"
        if len(text) < PLACES:
            break
    return ("\u2212" if value < 0 and float(text) else "") + text


def figure_places(text: str) -> list[tuple[int, float]]:
    """[(index in FIGURES, x of its middle in letters' sizes), ...]; the number's middle is 0."""
    widths = np.array([POINT if letter == "." else ADVANCE for letter in text])
    middles = np.cumsum(widths) - widths / 2 - widths.sum() / 2
    return [(FIGURES.index(letter), float(x)) for letter, x in zip(text, middles, strict=True)]


def row_of_figures(text: str) -> tuple[list[tuple[int, float]], float]:
    """-> ([(index in FIGURES, x of its middle from that of the text), ...], width of the text), in letters' sizes."""
    widths = [ROW * {".": POINT, "%": PERCENT, "\u00b0": POINT + 0.1}.get(letter, ADVANCE) for letter in text]
    ends = np.cumsum(widths)
    places = ends - np.array(widths) / 2 - ends[-1] / 2
    return [(FIGURES.index(letter), float(x)) for letter, x in zip(text, places, strict=True)], float(ends[-1])


def figures(studio: Studio, letters: int = 3) -> bpy.types.Object:
    """A hidden object whose instances are the FIGURES, of size 1, each about its middle: evaluated only once."""
    graph = Graph("Figures")
    made = []
    for figure in FIGURES:
        text = graph.field("FunctionNodeInputString", string=figure)
        drawn = studio.text(graph, text, 1.0, font=studio.latin)
        moved = [{"Geometry": drawn, "Translation": (x, 0.0, 0.0)} for x in (-BOLD, BOLD)]
        drawn = graph.join(*(graph.field("GeometryNodeTransform", one) for one in moved))
        drawn = graph.field("GeometryNodeTransform", {"Geometry": drawn, "Rotation": FRONT})
        if not studio.latin:
            drawn = graph.field("GeometryNodeTransform", {"Geometry": drawn, "Scale": (compat.BUILT_IN_FONT_SIZE,) * 3})
        made.append(graph.field("GeometryNodeGeometryToInstance", {0: drawn}))
    graph.output(graph.join(*made))
    owner, _ = studio.field("Figures", studio.empty, graph, "Tensors")
    owner.hide_render = owner.hide_viewport = True
    return owner


def put_figures(graph: Graph, studio: Studio, spots: Field, size: Field | float, tall: Field, place: Field) -> Field:
    """The figure `glyph` on every point, as real geometry. tall: how much of its height is seen, 0 … 1."""
    instances = graph.object_geometry(studio.once("figures", lambda: figures(studio)))
    made = graph.field(
        "GeometryNodeInstanceOnPoints",
        {
            "Points": graph.move(spots, place),
            "Instance": instances,
            "Pick Instance": True,
            "Instance Index": graph.attribute("glyph", "INT"),
            "Scale": graph.vector(size, size, tall * size),
        },
    )
    return graph.field("GeometryNodeRealizeInstances", {"Geometry": made})


def _mesh(values: np.ndarray, dims: np.ndarray, grid: layout.CellGrid) -> bpy.types.Mesh:
    """One point a cell (glyph -1), then one a figure of every slot [S, n], in the plane of the cells."""
    row, column = np.divmod(dims, grid.columns)
    middle = np.column_stack([column - (grid.columns - 1) / 2, 0 * row, row + 0.5]) * grid.pitch
    rows = [(cell, row[cell], 0, 0, -1, middle[cell]) for cell in range(len(dims))]
    unit = LETTERS * CELL * grid.pitch
    for slot, numbers in enumerate(values):
        for cell, value in enumerate(numbers):
            for order, (glyph, x) in enumerate(figure_places(written(value))):
                rows.append((cell, row[cell], slot, order, glyph, middle[cell] + [x * unit, 0, 0]))
    columns = list(zip(*rows, strict=True))
    names = ("cell", "row", "slot", "order", "glyph")
    return points.point_mesh("Digits", dict(zip(names, map(np.array, columns), strict=False)), np.array(columns[5]))


def _group(studio: Studio, name: str, numbers: bpy.types.Object, pitch: float, count: int, rows: int) -> Graph:
    graph = Graph(name)
    roll, colour = (graph.input(label, default=0.0) for label in ("Roll", "Colour"))
    letters = graph.input("Letters", default=1.0)
    step = roll.floor()
    # The line passes the lowest row first; each row has its share of the time.
    line = (roll - step) * (1.0 + ROLLING)
    turned = step + graph.smooth((line - graph.attribute("row", "INT") / float(rows)) / ROLLING)
    boxes = _boxes(graph, studio, numbers, turned, colour, pitch, count)
    signs = _signs(graph, studio, numbers, turned, colour, letters, pitch, count)
    graph.output(graph.join(boxes, signs, _line(graph, studio, line, rows, pitch)))
    return graph


def _boxes(
    graph: Graph, studio: Studio, numbers: bpy.types.Object, turned: Field, colour: Field, pitch: float, count: int
) -> Field:
    """The cells, each with the number that it is at."""
    table = graph.object_geometry(numbers)
    cells = graph.store(graph.select(graph.geometry, graph.attribute("glyph", "INT") < -0.5), "turned", turned)
    first = graph.attribute("turned").floor()
    at, blend = first * count + graph.attribute("cell", "INT"), graph.attribute("turned") - first
    for name in ("value", "shown"):
        then = graph.sample(table, name, at + count)
        cells = graph.store(cells, name, graph.mix(graph.sample(table, name, at), then, blend))
    hue = graph.scale_colour(cell_tint(graph, studio.palette, graph.attribute("shown")), under_figures(studio.palette))
    cells = graph.store(cells, "tint", graph.mix_colour(studio.colour("unlit", PLAIN), hue, colour), "FLOAT_COLOR")
    shape = studio.once("digit cell", lambda: studio.shape("Digit cell", shapes.keycap(0.04, 0.08)))
    x, _, z = graph.split(graph.position())
    place = graph.vector(x, -BEFORE * pitch, z)
    made = graph.instances(cells, graph.object_geometry(shape), (CELL * pitch,) * 3, place)
    shaded = graph.scale_colour(graph.attribute("tint", "FLOAT_COLOR"), graph.mix(0.4, 1.0, graph.attribute("shade")))
    return graph.coloured(made, shaded, studio.materials.cell, studio.speck)


def _signs(
    graph: Graph,
    studio: Studio,
    numbers: bpy.types.Object,
    turned: Field,
    colour: Field,
    letters: Field,
    pitch: float,
    count: int,
) -> Field:
    """The figures, as on a drum: they come from below and go over the upper edge."""
    off = graph.attribute("slot", "INT") - turned
    is_figure = graph.attribute("glyph", "INT") > -0.5
    seen = graph.select(graph.geometry, is_figure * (graph.math("ABSOLUTE", off) < SEEN) * (letters > 1e-3))
    own = graph.attribute("slot", "INT") * count + graph.attribute("cell", "INT")
    bright = graph.math("ABSOLUTE", graph.sample(graph.object_geometry(numbers), "shown", own))
    # Figures stand out from their cell: those of the strongest values are dark on pale ones; of paper, the reverse.
    dark = studio.palette.is_dark
    plain, strong = studio.colour("text"), studio.colour("edge" if dark else "glow")
    ink = graph.mix_colour(plain, strong, (bright > (0.85 if dark else 0.62)) * colour)
    seen = graph.store(graph.store(seen, "ink", ink, "FLOAT_COLOR"), "drum", off * (np.pi / 2))
    angle, edge = graph.attribute("drum"), CELL * pitch
    x, _, z = graph.split(graph.position())
    place = graph.vector(x, -BEFORE * pitch - 0.1 * edge, z - graph.sin(angle) * (0.42 * edge))
    made = put_figures(graph, studio, seen, letters * (LETTERS * edge), graph.cos(angle), place)
    return graph.coloured(made, graph.attribute("ink", "FLOAT_COLOR"), studio.materials.type, studio.speck)


def _line(graph: Graph, studio: Studio, line: Field, rows: int, pitch: float) -> Field:
    """The bright line that rises while numbers roll: below it are the new ones."""
    plate = graph.object_geometry(studio.once("plate", lambda: studio.shape("Line", shapes.plate())))
    grid = layout.CellGrid.of(studio.script.model.d_model)
    place = (0.0, -0.8 * pitch, ((line - ROLLING / 2) * rows + 0.5) * pitch)
    size = ((grid.columns + 0.4) * pitch, 1.0, 0.05 * pitch)
    bar = graph.field(
        "GeometryNodeTransform",
        {"Geometry": plate, "Translation": graph.vector(*place), "Scale": graph.vector(*size)},
    )
    there = graph.select(bar, (line > 1e-3) * (line < 1.0 + ROLLING - 1e-3))
    return graph.coloured(there, studio.colour("hot", 1.3), studio.materials.glow, studio.speck)
