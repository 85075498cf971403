"""One number of a product in full: a few cells of the vector and of one row, large and with digits, their products, the
sum."""

import bpy
import numpy as np

from .. import layout, points, shapes
from ..evidence import mark
from ..matrices import Product as Numbers
from ..nodes import Field, Graph
from ..studio import Studio
from .columns import cell_tint
from .digits import put_figures, row_of_figures, written
from .lettering import Lettering, Letters
from .product import Product

VECTOR, WEIGHT, PRODUCT, RESULT = range(4)  # parts
WIDE, NARROW = 3, 2  # components that are laid out
# In widths of a cell: left of the cells, for the reader's word and signs; the dots; the equals sign; the result.
ASIDE, DOTS, EQUALS, LAST = 0.95, 0.6, 0.4, 1.15
CELL_WIDE, CELL_HIGH = 0.75, 0.9  # of what it has
SIGN = 0.72  # size of the signs, of a cell's height: they have room between the cells
LETTERS = 0.3  # size of the figures, of a cell's width
NEARER = 0.3  # metres before the wall
FRESH = 2.0  # products that still glow after they were added


class OneRow:
    """The components that count most in one number of a product, in their order.

    at: its row in the wall. Come (0 … 1): from their places in the vector and in the wall to large cells before it; on
    the way back the products become the number's cell in the result. Sum (0 … n): how many products are there; at n + 1
    the result is, too.
    """

    def __init__(self, studio: Studio, product: Product, row: int, word: str, token: int):
        """row: which number of the result. word: the label of the token whose vector it is; token: its place."""
        film, numbers, grid = studio.film, product.numbers, product.wall.grid
        self.at = product.wall.row_of(row)
        self.indices = loudest(numbers, row, WIDE if studio.picture.is_wide else NARROW)
        self.count, parent = len(self.indices), product.wall.object
        self.pitch = grid.width / (ASIDE + self.count + DOTS + EQUALS + LAST)
        # Under the row of the wall that they come from, over the others and the place of the result.
        self.top = grid.height / 2 - 1.2 * product.wall.light_height
        low = -grid.height / 2 - product.band * max(grid.width, grid.height)
        self.high = min((self.top - low) / 3, 0.7 * self.pitch)
        mesh = _mesh(product, self, row)
        self.object, modifier = studio.field("One row", mesh, _group(studio, self), parent=parent)
        mark(self.object, "one row", of=numbers.name, token=numbers.token, row=row, count=self.count)
        self.come, self.sum = film.dial(modifier, "Come", 0.0), film.dial(modifier, "Sum", 0.0)
        at = (self.x(-0.5 - ASIDE / 2), -NEARER, self.z(VECTOR))
        label = studio.label("One row's word", word, 0.62 * self.high, studio.palette.gold, at, parent=parent)
        mark(label, "text", says="token", place=token)
        self.fit(studio, label)
        self.signs = Lettering(studio, "One row's signs", self._signs(studio), parent=parent, scenery=True)
        self.word_visible = film.visibility(label)
        self.visible = film.visibility(self.object, self.signs.object)

    def fit(self, studio: Studio, label: bpy.types.Object) -> None:
        """Shrink a long word to the place before the cells."""
        label.scale = (min(1.0, ASIDE * self.pitch / max(studio.measure([label])[0], 1e-3)),) * 3

    def x(self, column: float | np.ndarray) -> float | np.ndarray:
        """The middle of a column of cells, from the wall's."""
        whole = ASIDE + self.count + DOTS + EQUALS + LAST
        return (ASIDE + column + 0.5 - whole / 2) * self.pitch

    def z(self, part: int) -> float:
        """The middle of a line of cells: the first one begins under the wall's lit row."""
        return self.top - (min(part, PRODUCT) + 0.5) * self.high

    @property
    def last(self) -> float:
        """The column of the result."""
        return self.count + DOTS + EQUALS + (LAST - 1) / 2

    def _signs(self, studio: Studio) -> list[Letters]:
        """× before the weights, + between the products, dots for all others, = before the result."""
        colour, size = studio.colour("text"), SIGN * self.high
        y = -NEARER - 0.2
        z = self.z(PRODUCT)
        signs = [("×", self.x(-0.5 - ASIDE / 2), self.z(WEIGHT))]
        signs += [("+", self.x(column - 0.5), z) for column in range(1, self.count)]
        signs += [("+ …", self.x(self.count - 0.5 + DOTS / 2), z)]
        signs += [("=", self.x(self.count - 0.5 + DOTS + EQUALS / 2), z)]
        return [Letters(text, size, colour, (x, y, z)) for text, x, z in signs]


def loudest(numbers: Numbers, row: int, count: int) -> np.ndarray:
    """[n] the components whose products are largest in one number of the result, in their order.

    Of those that can be checked in one's head first: their rounded numbers make the rounded product.
    """
    weights = numbers.questions[row].astype(np.float64)
    products = weights * numbers.vector
    order = np.argsort(-np.abs(products), kind="stable")
    exact = [i for i in order if _multiplies_out(numbers.vector[i], weights[i], products[i])]
    return np.sort(np.array([*exact, *(i for i in order if i not in exact)])[:count])


def _multiplies_out(number: float, weight: float, product: float) -> bool:
    """Whether the product of the two, as they are written, is the one that is written."""
    return written(as_read(number) * as_read(weight)) == written(product)


def as_read(value: float) -> float:
    """A number as it is written."""
    return float(written(value).replace("\u2212", "-"))


def parts(numbers: Numbers, row: int, indices: np.ndarray) -> list[tuple[np.ndarray, float]]:
    """[(values, the scale of their colours), ...] by part: of the components and of the result."""
    weights = numbers.questions[row]
    products = weights * numbers.vector
    whole = (numbers.vector, weights, products)
    scales = [layout.value_scale(numbers.vector), layout.value_scale(numbers.questions), layout.value_scale(products)]
    found = [(one[indices], scale) for one, scale in zip(whole, scales, strict=True)]
    return [*found, (numbers.result[[row]], layout.value_scale(numbers.result))]


def _mesh(product: Product, one: OneRow, row: int) -> bpy.types.Mesh:
    """One point a cell (glyph -1), then one a figure of its number; where each goes, and where it comes from."""
    wall, numbers, indices = product.wall, product.numbers, one.indices
    grid, n, result_at = wall.grid, len(indices), one.at
    band = product.band * max(grid.width, grid.height)
    in_vector = product.place(indices < 0, indices)
    in_wall = np.column_stack([*(np.broadcast_to(a, n) for a in grid.place(result_at, indices))])
    of_result = product.place(np.array([True]), np.array([result_at]))[:, [0, 2]]
    homes = [in_vector[:, [0, 2]], in_wall, np.repeat(of_result, n, 0), of_result]
    cell = (grid.across / grid.columns, grid.along / grid.rows)
    small = [(cell[0], band), cell, (grid.width / grid.rows, band), (grid.width / grid.rows, band)]
    if grid.upright:
        small[VECTOR], small[WEIGHT] = (band, cell[0]), (cell[1], cell[0])
    columns = np.arange(n)
    rows, unit = [], LETTERS * one.pitch
    for part, (values, scale) in enumerate(parts(numbers, row, indices)):
        for order, value in enumerate(values):
            column = one.last if part == RESULT else columns[order]
            z = one.z(part)
            index = row if part == RESULT else indices[order]
            at = n if part == RESULT else order
            common = (part, index, at, value, float(layout.shown_value(np.array([value]), scale)[0]))
            x, wide = one.x(column), CELL_WIDE * one.pitch * (LAST if part == RESULT else 1.0)
            rows.append((*common, -1, 0, 0.0, x, z, *homes[part][order], *small[part], wide))
            for turn, (glyph, shift) in enumerate(row_of_figures(written(value))[0]):
                rows.append((*common, glyph, turn, shift * unit, x, z, *homes[part][order], *small[part], wide))
    names = ("part", "index", "place", "value", "shown", "glyph", "order", "shift", "to_x", "to_z")
    names += ("from_x", "from_z", "small_wide", "small_high", "wide")
    whole = {"part", "index", "place", "glyph", "order"}
    attributes = {
        name: np.array(column, np.int32 if name in whole else np.float32)
        for name, column in zip(names, zip(*rows, strict=True), strict=True)
    }
    return points.point_mesh("One row", attributes)


def _group(studio: Studio, one: OneRow) -> Graph:
    graph = Graph("One row")
    come, total = graph.input("Come", default=0.0), graph.input("Sum", default=0.0)
    part, order = graph.attribute("part", "INT"), graph.attribute("place", "INT")
    is_given = part < PRODUCT - 0.5
    added = total - order
    grown = graph.math("MAXIMUM", is_given, graph.smooth(added.clamp()))
    # Cells go one after another; those of the row a little later than those of the vector.
    wait = (order / float(one.count) * 0.3 + part * 0.08) * is_given
    way = graph.smooth(((come - wait) / (1.0 - wait)).clamp())
    seen = graph.select(graph.geometry, (grown > 1e-3) * (come > 1e-3))
    fresh = (1.0 - added / FRESH).clamp() * (1.0 - is_given) * (one.count + 1.0 - total).clamp()
    tint = cell_tint(graph, studio.palette, graph.attribute("shown"))
    seen = graph.store(seen, "tint", graph.mix_colour(tint, studio.colour("hot", 1.2), fresh * 0.8), "FLOAT_COLOR")
    for name, value in (("way", way), ("grown", grown)):
        seen = graph.store(seen, name, value)
    way, grown = graph.attribute("way"), graph.attribute("grown")
    x = graph.mix(graph.attribute("from_x"), graph.attribute("to_x"), way)
    z = graph.mix(graph.attribute("from_z"), graph.attribute("to_z"), way)
    y = way * -NEARER - way * (1.0 - way) * 1.5
    wide = graph.mix(graph.attribute("small_wide"), graph.attribute("wide"), way) * grown
    high = graph.mix(graph.attribute("small_high"), CELL_HIGH * one.high, way) * grown
    cells = graph.select(seen, graph.attribute("glyph", "INT") < -0.5)
    shape = studio.once("digit cell", lambda: studio.shape("Digit cell", shapes.keycap(0.04, 0.08)))
    cells = graph.instances(cells, graph.object_geometry(shape), graph.vector(wide, 0.3, high), graph.vector(x, y, z))
    shaded = graph.scale_colour(graph.attribute("tint", "FLOAT_COLOR"), graph.mix(0.4, 1.0, graph.attribute("shade")))
    cells = graph.coloured(cells, shaded, studio.materials.cell, studio.speck)
    part_of_size = graph.math("MINIMUM", wide / graph.attribute("wide"), 1.0)
    graph.output(graph.join(cells, _figures(graph, studio, one, seen, (x, y, z), part_of_size, fresh)))
    return graph


def _figures(
    graph: Graph, studio: Studio, one: OneRow, seen: Field, middle: tuple, part_of_size: Field, fresh: Field
) -> Field:
    """The numbers on their cells, as soon as those are large enough. middle: x, y, z of a cell; part_of_size: of its
    whole width."""
    there = graph.smooth(part_of_size, 0.3, 0.5) * part_of_size * graph.smooth(graph.attribute("grown"), 0.5, 1.0)
    figures = graph.select(seen, (graph.attribute("glyph", "INT") > -0.5) * (there > 1e-3))
    shown = graph.attribute("shown")
    dark, bright = (studio.colour(name) for name in (("edge", "text") if studio.palette.is_dark else ("text", "glow")))
    is_bright = graph.math("MAXIMUM", graph.math("MAXIMUM", shown > 0.3, shown < -0.5), fresh > 0.3)
    colours = (bright, dark) if studio.palette.is_dark else (dark, bright)
    figures = graph.store(figures, "ink", graph.mix_colour(*colours, is_bright), "FLOAT_COLOR")
    x, y, z = middle
    spot = graph.vector(x + graph.attribute("shift") * there, y - 0.06, z)
    made = put_figures(graph, studio, figures, there * (LETTERS * one.pitch), 1.0, spot)
    return graph.coloured(made, graph.attribute("ink", "FLOAT_COLOR"), studio.materials.type, studio.speck)
