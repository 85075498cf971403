"""A neuron's question: its row of W_in over the vector, products and their sum, and the lamp that it lights."""

from collections.abc import Generator, Iterator

import bpy
import numpy as np

from ... import compat
from .. import layout, palette, points, shapes
from ..errors import FilmError
from ..evidence import mark
from ..matrices import TOLERANCE
from ..nodes import Field, Graph
from ..studio import FRONT, Studio, is_latin
from ..texts import in_one_face, word
from .columns import cell_tint
from .digits import under_figures, written
from .lettering import Lettering, Letters
from .panel import BEFORE, Panel

VECTOR, ROW, PRODUCTS, LAMP = range(4)  # parts
STRIPS, HIGH = (1.0, 0.36, -0.28), 0.54  # z of the strips over the panel's middle; their height
WRITTEN, WRITTEN_NARROW, PART = 4, 2, 0.7  # cells of a strip whose numbers are written; of its length, what they take
FIGURES, NARROW_FIGURES = 0.3, 0.35  # of such a cell's width: size of its figures
SIGN, SIGN_X = 0.6, 0.26  # size of × and =; metres that they stand before a strip
LINE_Z, NUMBER, NAME = -0.98, 0.78, 0.56  # of the line under them; sizes of its letters
BIAS = 2.5  # of the number's size, from its end to the word for the sum before the first product
OF_WIDTH, NEARER = 0.94, 0.22  # of the panel's width; metres before the panel
LAMP_SIZE = 0.78  # metres, of one that shines as strongly as any
FRESH = 4.0  # products that still glow after they were added


class Question:
    """Come (0 … 1) brings the vector's cells from the column and the row's from the wall, one strip over the other;
    the first ones become so broad that figures can be written on them, with numbers.shown up to `factors` the vector's
    and the row's, and up to `figures` the products', too. The lamp comes from its place among the neurons. Sum
    (0 … d): how many products are there and added up, to the bias; after the last one the lamp is lit.
    """

    def make(self, studio: Studio, panel: Panel) -> Iterator[str]:
        """In steps, as `assemble`."""
        film, script = studio.film, studio.script
        weights, layer, last = script.weights, script.focus_layer, script.text_count - 1
        self.row = int(np.argmax(panel.activations[weights.rows_mlp]))  # of those recorded, the loudest yes
        self.neuron = int(weights.rows_mlp[self.row])
        vector, row = weights.mlp_input[last], weights.W_in[self.row]
        products = vector.astype(np.float64) * row
        sums = float(weights.b_in[self.neuron]) + np.concatenate([[0.0], products.cumsum()])
        if abs(sums[-1] - script.trace.blocks[layer].pre[last, self.neuron]) > TOLERANCE * np.abs(sums).max():
            raise FilmError("A neuron's input is not its row times the vector; record the prompt again.")
        self.count = len(vector)
        self.written = written_of(self.count, studio.picture.is_wide)
        table = studio.lookup("Question sums", sum=sums)
        mesh = self._mesh(studio, panel, np.stack([vector, row, products]))
        yield "panel"
        group = yield from _group(studio, self, panel, table)
        self.object, modifier = studio.field("Question", mesh, group)
        self.object.location = (panel.x, panel.depth - NEARER, panel.z)
        compat.set_input(modifier, "Name", in_one_face(word("asked", studio.language, number=f"{self.neuron + 1:,}")))
        wide = panel.width * OF_WIDTH
        mark(self.object, "question", row=self.row, neuron=self.neuron, width=wide, written=self.written)
        self.factors, self.figures = 2 * self.written + 1, 3 * self.written + 2
        yield "panel"
        self.numbers = self._write(studio, np.stack([vector, row, products])[:, : self.written], wide)
        self.come, self.sum = film.dial(modifier, "Come", 0.0), film.dial(modifier, "Sum", 0.0)
        self.visible = film.visibility(self.object, self.numbers.object)

    def _write(self, studio: Studio, values: np.ndarray, width: float) -> Lettering:
        """values: [3, written]"""
        place, breadth = strip(self.count, width, self.written)
        size = FIGURES if studio.picture.is_wide else NARROW_FIGURES
        sizes = (size * breadth[: self.written]).tolist()
        places = [place[: self.written].tolist(), [-width / 2 - SIGN_X, *place[: self.written].tolist()]]
        letters = [
            Letters(text, size, studio.colour("text"), (x, -0.05, z))
            for texts, xs, z in zip(figures(values), (places[0], places[1], places[1]), STRIPS, strict=True)
            for text, x, size in zip(texts, xs, [*[SIGN] * (len(xs) - self.written), *sizes], strict=True)
        ]
        made = Lettering(studio, "Question figures", letters, parent=self.object)
        mark(made.object, "question figures", row=self.row, written=self.written)
        return made

    def _mesh(self, studio: Studio, panel: Panel, values: np.ndarray) -> bpy.types.Mesh:
        """Where each cell comes from, about the panel's middle, and where it goes."""
        script, d = studio.script, self.count
        cells, place = layout.CellGrid.of(d), np.arange(d)
        pitch = cells.pitch * layout.SCALE_ATTENTION
        foot_x = float(layout.token_x(script.prompt_count, script.prompt_count)[-1]) - panel.x
        column = foot_x + (place % cells.columns - (cells.columns - 1) / 2) * pitch
        rise = layout.COLUMN_BASE + (place // cells.columns + 0.5) * pitch - panel.z
        wide = panel.width * OF_WIDTH
        to, breadth = strip(d, wide, self.written)
        even = ((place + 0.5) / d - 0.5) * panel.width
        wall_row = panel.height * (0.5 - (self.row + 0.5) / len(script.weights.rows_mlp))
        lamp = panel.grid.place(np.array([self.neuron]))[0]
        from_x = [column, even, to, lamp[[0]]]
        from_z = [rise, 0 * to + wall_row, 0 * to + STRIPS[PRODUCTS], lamp[[2]]]
        from_y = [0 * to + NEARER - 0.05, 0 * to + NEARER + BEFORE - 0.03, 0 * to, [0.0]]
        small = [[0.82 * pitch] * d, [panel.wall.light_height] * d, [HIGH] * d, [0.0]]
        to_wide = [*[breadth] * 3, [0.0]]
        to_x = [to, to, to, [wide / 2 - LAMP_SIZE / 2]]
        to_z = [*([z] * d for z in STRIPS), [LINE_Z]]
        shown = [layout.shown_value(one, layout.value_scale(one)) for one in values]
        attributes = {
            "part": np.repeat(np.arange(4), [d, d, d, 1]),
            "index": np.concatenate([place, place, place, [0]]),
            "value": np.concatenate([*values, [panel.activations[self.neuron]]]),
            "shown": np.concatenate([*shown, [panel.shown[self.neuron]]]),
        }
        for name, parts in (("to_x", to_x), ("to_z", to_z), ("to_wide", to_wide), ("small", small)):
            attributes[name] = np.concatenate(parts).astype(np.float32)
        return points.point_mesh(
            "Question", attributes, np.column_stack([np.concatenate(axis) for axis in (from_x, from_y, from_z)])
        )


def figures(values: np.ndarray) -> list[list[str]]:
    """[3, n] of the strips -> what is written on each, with the sign before it. Factors have a decimal more than their
    products: as they are written, they must multiply out."""
    vector, row, products = values.tolist()
    return [
        [_factor(value) for value in vector],
        ["×", *map(_factor, row)],
        ["=", *map(written, products)],
    ]


def _factor(value: float) -> str:
    return f"{value:.3f}".replace("-", "\u2212") if abs(value) < 10 else written(value)


def written_of(count: int, is_wide: bool) -> int:
    """How many of a strip's cells have their numbers on them."""
    return min(count, WRITTEN if is_wide else WRITTEN_NARROW)


def strip(count: int, width: float, many: int) -> tuple[np.ndarray, np.ndarray]:
    """-> (x of the middles [count] of a strip's cells from its own, their breadths [count]).

    The first `many` are broad; all are alike where there are hardly more than those.
    """
    part = PART if count > 2 * many else many / count
    share = np.full(count, (1.0 - part) / max(count - many, 1))
    share[:many] = part / many
    return (np.cumsum(share) - share / 2 - 0.5) * width, share * width


def _group(studio: Studio, question: Question, panel: Panel, table: bpy.types.Object) -> Generator[str, None, Graph]:
    """In steps, as `assemble`."""
    graph, d = Graph("Question"), float(question.count)
    come, total, name = graph.input("Come", default=0.0), graph.input("Sum", default=0.0), graph.input("Name", "String")
    part, index, shown = graph.attribute("part", "INT"), graph.attribute("index", "INT"), graph.attribute("shown")
    is_product, is_lamp = (graph.math("COMPARE", part, float(one), 0.5) for one in (PRODUCTS, LAMP))
    added = graph.mix(total - index, total - d + 1.0, is_lamp)
    seen = graph.select(graph.geometry, (is_product + is_lamp < 0.5) + (added > 1e-3) > 0.5)
    fresh = (1.0 - added / FRESH).clamp() * is_product * ((d - total) / 2.0).clamp()
    colours = studio.palette
    tint = graph.mix_colour(cell_tint(graph, colours, shown), studio.colour("hot", 1.2), fresh * 0.8)
    lit = graph.scale_colour(graph.ramp(shown, palette.stops(colours.activation)), colours.neuron_light(shown))
    # Under their figures cells are darker, as in other windows of numbers.
    figured = (index < float(question.written)) * (1.0 - is_lamp) * graph.smooth(come, 0.7, 1.0)
    tint = graph.scale_colour(tint, graph.mix(1.0, under_figures(colours), figured))
    seen = graph.store(seen, "tint", graph.mix_colour(tint, lit, is_lamp), "FLOAT_COLOR")
    way = graph.smooth(come)
    x, y, z = graph.split(graph.position())
    # First to its height, then along it: the vector comes in as a ribbon, and stays inside the frame's height.
    across, up = graph.smooth(come, 0.35, 1.0), graph.smooth(come, 0.0, 0.45)
    place = graph.vector(
        graph.mix(x, graph.attribute("to_x"), across), y * (1.0 - way), graph.mix(z, graph.attribute("to_z"), up)
    )
    yield "panel"
    own = panel.grid.diameter(shown)
    lamp = graph.mix(own, LAMP_SIZE * (0.4 + 0.6 * shown), way)
    thin = 0.9 * panel.width * OF_WIDTH / question.count
    small = graph.attribute("small")
    wide = graph.mix(thin, small, graph.math("COMPARE", part, float(VECTOR), 0.5))
    wide = graph.mix(wide, graph.attribute("to_wide") * 0.94, way)
    wide, high = graph.mix(wide, lamp, is_lamp), graph.mix(graph.mix(small, HIGH, way), lamp, is_lamp)
    seen = graph.store(graph.store(seen, "wide", wide), "high", high)
    seen = graph.move(seen, place)
    size = graph.vector(graph.attribute("wide"), 1.0, graph.attribute("high"))
    made = [
        graph.instances(graph.select(seen, chosen), graph.object_geometry(studio.shape(label, shape)), size)
        for label, shape, chosen in (
            ("Question cell", shapes.plate(), is_lamp < 0.5),
            ("Question lamp", shapes.disc(24), is_lamp > 0.5),
        )
    ]
    made = graph.coloured(
        graph.join(*made), graph.attribute("tint", "FLOAT_COLOR"), studio.materials.glow, studio.speck
    )
    yield "panel"
    now = graph.sample(graph.object_geometry(table), "sum", (total + 1e-4).floor())
    line = _line(graph, studio, panel, name, now, total)
    graph.output(graph.join(made, graph.select(line, come > 0.98)))
    return graph


def _line(graph: Graph, studio: Studio, panel: Panel, name: Field, now: Field, total: Field) -> Field:
    """Which question it is, and the sum so far beside the lamp's place: before the first product that is the bias."""
    figures = graph.field("FunctionNodeValueToString", {"Value": now, "Decimals": 2})
    figures = graph.field("FunctionNodeReplaceString", {"String": figures, "Find": "-", "Replace": "\u2212"})
    scale, half = 1.0 if studio.latin else compat.BUILT_IN_FONT_SIZE, panel.width * OF_WIDTH / 2
    latin = studio.latin if is_latin(word("asked", studio.language, number="0")) else None
    written_scale = scale if latin or not studio.latin else 1.0
    said = {"Switch": total < 0.5, "False": word("sum", studio.language), "True": word("bias", studio.language)}
    said = graph.field("GeometryNodeSwitch", said, "Output", input_type="STRING")
    under = LINE_Z if studio.picture.is_wide else LINE_Z - NUMBER  # no room beside each other
    parts = (
        (name, NAME * written_scale, "Left", latin, -half, under, "text"),
        (figures, NUMBER * scale, "Right", studio.latin, half - LAMP_SIZE - 0.2, LINE_Z, "text"),
        (said, NAME * written_scale, "Right", latin, half - LAMP_SIZE - 0.2 - BIAS * NUMBER, LINE_Z, "text_dim"),
    )
    drawn = []
    for string, size, align, font, x, z, colour in parts:
        text = studio.text(graph, string, size, align, font)
        text = graph.store(graph.store(text, "sum", now), "figures", 1, "INT")
        stood = {"Geometry": text, "Rotation": FRONT, "Translation": (x, -0.02, z)}
        text = graph.field("GeometryNodeTransform", stood)
        drawn.append(graph.coloured(text, studio.colour(colour), studio.materials.type, studio.speck))
    return graph.join(*drawn)
