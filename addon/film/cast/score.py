"""One attention score worked out: q over k, their products between them, the sum as it grows, and the score."""

import bpy
import numpy as np

from .. import layout, points, shapes
from ..errors import FilmError
from ..evidence import mark
from ..framing import box
from ..matrices import TOLERANCE
from ..nodes import Field, Graph
from ..studio import FRONT, Studio
from .columns import cell_tint

QUERY, PRODUCTS, KEY = 0, 1, 2  # rows of cells, from above
# Of the strip's width, in a wide picture: from row to row, and a cell's height.
ROW, CELL_HIGH = 0.090, 0.078
GAUGE_HIGH, GAUGE_Z = 0.024, 0.165  # height of the bar that is the sum, how far it is below the middle
SUM_SIZE, NAME_SIZE = 0.088, 0.06  # of the width: letters
NARROW_SIGN = 1.35  # times the size of its sign in a narrow picture
SIDE = 0.15  # of the width: left of the strip, where the words stand
FROM = (0.10, 0.04)  # of the width: how large a key is when it leaves its cube, wide and high
RISING = 3.0  # products that still glow after they were added


class Score:
    """q (gold frame) over one token's k (cyan frame).

    Key (0 … T - 1): whose k it is; Come (0 … 1): how far that has come from its token's cube. Sum (0 … dh): how many
    products are there and added up. Divided (0 … 1): whether the division and the score stand behind the sum.
    """

    def __init__(
        self,
        studio: Studio,
        query: int,
        q: np.ndarray,
        keys: np.ndarray,
        scores: np.ndarray,
        width: float,
        divisor: float | None = None,
        tall: float = 1.0,
        origins: np.ndarray | None = None,
    ):
        """query: the place of the token that asks. q: [dh]. keys: [K, dh] of the tokens 0 … K - 1, scores: [K] theirs.
        width: metres of the strip. divisor: default √dh. tall: how much higher than in a wide picture its rows are.
        origins: [K, 2] x and z that the keys come from, about the strip's middle; default: their place.
        Raises FilmError where a score is not q · k ÷ divisor.
        """
        film, d_head = studio.film, len(q)
        divisor = np.sqrt(d_head) if divisor is None else divisor
        products = (q * keys).astype(np.float64)
        sums = np.pad(products.cumsum(-1), ((0, 0), (1, 0)))  # [K, dh + 1]
        if np.abs(sums[:, -1] / divisor - scores).max() > TOLERANCE * max(np.abs(scores).max(), 1e-6):
            raise FilmError("A score is not the product of its query and key; record the prompt again.")
        self.width, self.tall, self.d_head, self.count = width, tall, d_head, len(keys)
        self.reach = max(float(np.abs(sums).max()), 1e-9)
        origins = np.tile((0.0, self.row_z(KEY)), (len(keys), 1)) if origins is None else origins
        tables = [
            studio.lookup("Score keys", key=keys.ravel(), key_shown=_shown(keys)),
            studio.lookup("Score products", product=products.ravel(), product_shown=_shown(products)),
            studio.lookup("Score sums", sum=sums.ravel()),
            studio.lookup("Scores", score=scores, from_x=origins[:, 0], from_z=origins[:, 1]),
        ]
        group = _group(studio, self, tables, divisor)
        self.object, modifier = studio.field("Score", _mesh(q, self), group)
        mark(self.object, "score", query=query, divisor=float(divisor), width=float(width))
        self.key, self.sum = film.dial(modifier, "Key", 0.0), film.dial(modifier, "Sum", 0.0)
        self.divided, self.come = film.dial(modifier, "Divided", 0.0), film.dial(modifier, "Come", 1.0)
        self.place = film.place(self.object, "location", (0.0, 0.0, 0.0))
        self.size = film.place(self.object, "scale", (1.0, 1.0, 1.0))
        of_query, of_key = _frames(studio, self)
        self.query_frame, self.key_frame = film.visibility(of_query), film.visibility(of_key)
        self.words = {}
        self.visible = film.visibility(self.object, _times(studio, self))

    def name(self, studio: Studio, row: int, place: int) -> None:
        """Write a token's word before a row, to be shown by words[row, place]."""
        text = studio.script.label(studio.script.trace.tokens[place])
        colour = studio.palette.gold if row == QUERY else studio.palette.cyan
        at = (-(0.5 + 0.5 * SIDE) * self.width, 0, self.row_z(row))
        label = studio.label(f"Score {text}", text, NAME_SIZE * self.width, colour, at, parent=self.object)
        mark(label, "text", says="token", place=place)
        label.scale = (min(1.0, 0.92 * SIDE * self.width / max(studio.measure([label])[0], 1e-3)),) * 3
        self.words[row, place] = studio.film.visibility(label)

    def off(self, at: float = 1.0) -> list:
        """Clips that hide everything."""
        return [one.off(at) for one in (self.visible, self.query_frame, self.key_frame, *self.words.values())]

    @property
    def corners(self) -> np.ndarray:
        """[8, 3] around everything, about the middle, for a shot."""
        half = self.width / 2
        return box(
            (-half - SIDE * self.width, -0.1, foot(self.width, self.tall)),
            (half, 0.1, 1.65 * ROW * self.tall * self.width),
        )

    @property
    def gauge_z(self) -> float:
        """The middle of the bar that is the sum."""
        return -GAUGE_Z * self.tall * self.width

    def cells_of(self, row: int) -> tuple[np.ndarray, tuple[float, float]]:
        """Where the cells [dh, 3] of a row stand, about the middle, and how large each is."""
        wide = self.width / self.d_head
        x = (np.arange(self.d_head) + 0.5) * wide - self.width / 2
        return np.column_stack([x, 0 * x, 0 * x + self.row_z(row)]), (0.9 * wide, CELL_HIGH * self.tall * self.width)

    def row_z(self, row: int | np.ndarray) -> float | np.ndarray:
        """The middle of a row of cells, in metres over the strip's."""
        return (PRODUCTS - row) * ROW * self.tall * self.width


def foot(width: float, tall: float) -> float:
    """z under the line with the sum and the score, from the middle of a strip of some width."""
    return -(GAUGE_Z * tall + 0.030 + SUM_SIZE) * width


def _shown(values: np.ndarray) -> np.ndarray:
    """Places on the colour map, flat, by one scale for all of them."""
    return layout.shown_value(values, layout.value_scale(values)).ravel()


def _mesh(q: np.ndarray, score: Score) -> bpy.types.Mesh:
    """Three rows of points: q's cells, with its values, the products', the key's."""
    row, index = np.divmod(np.arange(3 * len(q)), len(q))
    x = ((index + 0.5) / len(q) - 0.5) * score.width
    attributes = {"row": row, "index": index, "query": np.tile(q, 3), "query_shown": np.tile(_shown(q), 3)}
    return points.point_mesh("Score", attributes, np.column_stack([x, 0 * x, score.row_z(row)]))


def _group(studio: Studio, score: Score, tables: list[bpy.types.Object], divisor: float) -> Graph:
    graph, width, d_head = Graph("Score"), score.width, score.d_head
    key, total, divided = (graph.input(name, default=0.0) for name in ("Key", "Sum", "Divided"))
    come = graph.input("Come", default=1.0)
    key = (key + 0.5).floor()
    keys, products, sums, scores = (graph.object_geometry(table) for table in tables)
    row, index = graph.attribute("row", "INT"), graph.attribute("index", "INT")
    at = key * d_head + index
    is_product = graph.math("COMPARE", row, float(PRODUCTS), 0.5)
    is_key = graph.math("COMPARE", row, float(KEY), 0.5)

    def of_row(query: str, product: str, key_name: str) -> Field:
        drawn = graph.mix(graph.attribute(query), graph.sample(products, product, at), is_product)
        return graph.mix(drawn, graph.sample(keys, key_name, at), is_key)

    added = total - index
    cells = graph.select(graph.geometry, (1.0 - is_product) + (added > 1e-3) > 0.5)
    cells = graph.store(cells, "value", of_row("query", "product", "key"))
    cells = graph.store(cells, "shown", of_row("query_shown", "product_shown", "key_shown"))
    fresh = is_product * (1.0 - added / RISING).clamp() * ((d_head - total) / 2.0).clamp()
    tint = cell_tint(graph, studio.palette, graph.attribute("shown"))
    tint = graph.mix_colour(tint, studio.colour("hot", 1.2), fresh * 0.8)
    cells = graph.store(cells, "tint", tint, "FLOAT_COLOR")
    wide, high = width / d_head, CELL_HIGH * score.tall * width
    tall = graph.mix(1.0, added.clamp(), is_product) * high
    shape = graph.object_geometry(
        studio.once("digit cell", lambda: studio.shape("Digit cell", shapes.keycap(0.04, 0.08)))
    )
    # A key leaves its cube as a small strip, and grows on its way.
    away = is_key * (1.0 - graph.smooth(come))
    narrow = graph.mix(1.0, FROM[0], away)
    x, _, z = graph.split(graph.position())
    x = graph.mix(x, graph.sample(scores, "from_x", key) + x * FROM[0], away)
    z = graph.mix(z, graph.sample(scores, "from_z", key), away)
    tall = graph.mix(tall, FROM[1] * width, away)
    made = graph.instances(cells, shape, graph.vector(narrow * (0.9 * wide), wide, tall), graph.vector(x, 0.0, z))
    shaded = graph.scale_colour(graph.attribute("tint", "FLOAT_COLOR"), graph.mix(0.4, 1.0, graph.attribute("shade")))
    made = graph.coloured(made, shaded, studio.materials.cell, studio.speck)

    now = graph.sample(sums, "sum", key * (d_head + 1) + (total + 1e-4).floor())
    number = graph.select(_number(graph, studio, score, now), total > 0.5)  # none before the first product
    parts = [made, _gauge(graph, studio, score, now), number]
    parts.append(_division(graph, studio, score, graph.sample(scores, "score", key), divided, divisor))
    graph.output(graph.join(*parts))
    return graph


def _gauge(graph: Graph, studio: Studio, score: Score, now: Field) -> Field:
    """A bar from the middle to the right for a sum above 0, to the left for one below; its length is the sum."""
    width, z = score.width, score.gauge_z
    plate = graph.object_geometry(studio.once("plate", lambda: studio.shape("Line", shapes.plate())))
    long = now * (width / 2 / score.reach)
    tint = cell_tint(graph, studio.palette, (now / score.reach * 3.0).clamp(-0.8, 0.8))
    bar = _bar(
        graph,
        plate,
        graph.vector(long * 0.5, -0.01, z),
        graph.vector(graph.math("ABSOLUTE", long), 1.0, GAUGE_HIGH * width),
    )
    bar = graph.store(graph.store(bar, "sum", now), "gauge", 1, "INT")
    rail = _bar(graph, plate, (0.0, 0.0, z), (width, 1.0, 0.004 * width))
    zero = _bar(graph, plate, (0.0, -0.005, z), (0.005 * width, 1.0, 1.8 * GAUGE_HIGH * width))
    rails = graph.coloured(graph.join(rail, zero), studio.colour("text_dim", 0.5), studio.materials.glow, studio.speck)
    return graph.join(rails, graph.coloured(bar, tint, studio.materials.glow, studio.speck))


def _bar(graph: Graph, shape: Field, place: Field | tuple, scale: Field | tuple) -> Field:
    return graph.field("GeometryNodeTransform", {"Geometry": shape, "Translation": place, "Scale": scale})


def _number(graph: Graph, studio: Studio, score: Score, now: Field) -> Field:
    """The sum, in the middle of the line under its bar."""
    text = _figures(graph, now)
    return _line(graph, studio, text, "Right", -0.02 * score.width, studio.colour("text"), score)


def _division(graph: Graph, studio: Studio, score: Score, value: Field, divided: Field, divisor: float) -> Field:
    """÷ √dh = score, behind the sum."""
    root = f"√{score.d_head}" if np.isclose(divisor**2, score.d_head) else f"{divisor:g}"
    by = graph.field("FunctionNodeInputString", string=f"÷ {root} = " if divisor != 1 else "= ")
    text = graph.field(
        "GeometryNodeStringJoin", {"Strings": [by, _figures(graph, value, 1)]}
    )  # as in its cell of the table
    line = _line(graph, studio, text, "Left", 0.02 * score.width, studio.colour("gold"), score)
    return graph.select(line, divided > 0.5)


def _figures(graph: Graph, value: Field, decimals: int = 2) -> Field:
    """A number as text, with a proper minus sign."""
    text = graph.field("FunctionNodeValueToString", {"Value": value, "Decimals": decimals})
    return graph.field("FunctionNodeReplaceString", {"String": text, "Find": "-", "Replace": "\u2212"})


def _line(graph: Graph, studio: Studio, text: Field, align: str, x: float, colour: tuple, score: Score) -> Field:
    size = SUM_SIZE * score.width
    drawn = studio.text(graph, text, size, align, studio.latin)
    z = score.gauge_z - (0.030 + SUM_SIZE / 2) * score.width
    drawn = graph.field("GeometryNodeTransform", {"Geometry": drawn, "Translation": (x, -0.01, z), "Rotation": FRONT})
    return graph.coloured(drawn, colour, studio.materials.type, studio.speck)


def _frames(studio: Studio, score: Score) -> list[bpy.types.Object]:
    """Around q in gold, around k in cyan."""
    made = []
    for row, colour in ((QUERY, studio.palette.gold), (KEY, studio.palette.cyan)):
        x, z = 0.505 * score.width, 0.56 * CELL_HIGH * score.tall * score.width
        middle, thick = score.row_z(row), 0.006 * score.width
        starts = np.array([(-x, 0, z), (-x, 0, -z), (-x, 0, -z), (x, 0, -z)]) + [0, -0.01, middle]
        ends = np.array([(x, 0, z), (x, 0, -z), (-x, 0, z), (x, 0, z)]) + [0, -0.01, middle]
        bars = shapes.strokes(starts, ends, thick)
        made.append(studio.solid(f"Score frame {row}", bars, colour, studio.materials.glow, parent=score.object))
    return made


def _times(studio: Studio, score: Score) -> bpy.types.Object:
    """× left of the products."""
    at = (-(0.5 + 0.5 * SIDE) * score.width, 0, score.row_z(PRODUCTS))
    size = NAME_SIZE * score.width * (1.0 if studio.picture.is_wide else NARROW_SIGN)
    return studio.label("Score ×", "×", size, studio.palette.text_dim, at, parent=score.object)
