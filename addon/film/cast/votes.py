"""What the neurons of a layer do to one word, directly: their pushes on the panel, and what they add up to."""

import numpy as np

from ... import compat
from .. import points, shapes
from ..evidence import mark
from ..labelling import place_labels
from ..nodes import Graph
from ..studio import FRONT, Studio, is_latin
from ..texts import word
from .lettering import Lettering, Letters
from .panel import AGAINST, FOOT, FOR, Panel

STRONGEST = 1  # pushes for the word, and against it, that have a number
ABOVE, SIZE = 0.56, 0.62  # metres over the panel; of the letters
BAR, BAR_Z = 0.22, 0.1  # thickness of the sum; how far over the middle of the letters it is
SIDE_SIZE, SIDE_Z = 0.38, -0.26  # of the words that say which side is which
NUMBER = 0.4  # size of the pushes' numbers
LIFT = 0.72  # metres that the letters stand higher in a narrow picture, where the sum has no room beside them


def top(is_wide: bool) -> float:
    """Metres over the panel that all of it takes."""
    return ABOVE + 0.36 + (0.0 if is_wide else LIFT)


class Votes:
    """Over the panel the word, a bar from 0 to the sum of the pushes so far, and that sum. Counted: of how many.

    numbers: the strongest pushes, beside their neurons.
    """

    def __init__(self, studio: Studio, panel: Panel):
        film, script = studio.film, studio.script
        votes, self.place = script.votes, panel.voted_word(script)
        self.token = int(votes.words[self.place])
        pushes = votes.pushes[self.place].astype(np.float64)
        sums = np.concatenate([[0.0], np.cumsum(pushes)])
        self.word = script.word(self.token)
        table = studio.lookup("Sums of votes", sum=sums.astype(np.float32))
        self.reach = float(np.abs(sums).max())
        self.half = panel.width * (0.22 if studio.picture.is_wide else 0.46)
        mesh = points.point_mesh("Tally", {"place": np.zeros(1)}, np.zeros((1, 3)))
        group = _tally_group(
            studio,
            table,
            self.half / max(self.reach, 1e-9),
            panel.width,
            self.half,
            self.word,
            0.0 if studio.picture.is_wide else LIFT,
        )
        self.object, modifier = studio.field("Tally", mesh, group)
        compat.set_input(modifier, "Word", self.word)
        self.object.location = (panel.x, panel.depth, FOOT + panel.height + ABOVE)
        mark(self.object, "tally", word=self.place, reach=self.half / max(self.reach, 1e-9))
        self.counted = film.dial(modifier, "Counted", 0.0)
        self.visible = film.visibility(self.object)
        order = np.argsort(-pushes, kind="stable")
        strongest = [*order[:STRONGEST], *order[::-1][:STRONGEST]]
        self.strongest = [int(n) for n in strongest if abs(pushes[n]) > 0][: len(pushes)]
        self.strongest = sorted(dict.fromkeys(self.strongest), key=lambda n: -abs(pushes[n]))
        self.numbers = self._make_numbers(studio, panel, pushes)

    def _make_numbers(self, studio: Studio, panel: Panel, pushes: np.ndarray) -> Lettering:
        places = panel.grid.place(np.array(self.strongest, int))
        texts = [signed(pushes[n]) for n in self.strongest]
        sizes = np.array([(0.62 * NUMBER * len(text), NUMBER) for text in texts]).reshape(-1, 2)
        bounds = np.array([(-panel.width, -panel.height), (panel.width, panel.height)]) * 0.49
        seats = place_labels(places[:, [0, 2]], sizes, 0.17, bounds)
        letters = [
            Letters(text, NUMBER, studio.colour("text"), (float(x), -0.1, float(z)), plate=True)
            for text, (x, z) in zip(texts, seats, strict=True)
        ]
        made = Lettering(studio, "Strongest pushes", letters)
        made.object.location = panel.object.location
        lines = shapes.strokes(
            np.column_stack([places[:, 0], 0 * places[:, 0] - 0.06, places[:, 2]]),
            np.column_stack([seats[:, 0], 0 * seats[:, 0] - 0.06, seats[:, 1]]),
            0.03,
        )
        threads = studio.solid("Push lines", lines, studio.colour("text"), studio.materials.glow)
        threads.location = panel.object.location
        self.lines_visible = studio.film.visibility(threads)
        mark(made.object, "pushes", word=self.place, neurons=self.strongest)
        return made


def signed(number: float) -> str:
    """With two decimals and its sign, as the tally writes it."""
    return f"{number:+.2f}".replace("-", "\u2212")


def _tally_group(studio: Studio, table, per_unit: float, width: float, half: float, said: str, lift: float) -> Graph:
    graph = Graph("Tally")
    counted, body = graph.input("Counted", default=0.0), graph.input("Word", "String")
    total = graph.sample(graph.object_geometry(table), "sum", counted.floor())
    long = total * per_unit
    block = graph.object_geometry(studio.shape("Tally bar", shapes.block()))
    bar = graph.instances(
        graph.geometry,
        block,
        graph.vector(graph.math("ABSOLUTE", long).clamp(0.004, 1e3), 0.02, BAR),
        graph.vector(long * 0.5, 0.0, BAR_Z - BAR / 2),
    )
    bar = graph.store(bar, "total", total)
    palette = studio.palette
    against, for_it = (palette.linear(palette.diverging[i][1], 1.15) for i in (AGAINST, FOR))
    lit = graph.coloured(bar, graph.mix_colour(against, for_it, total > 0.0), studio.materials.glow, studio.speck)
    zero = graph.instances(graph.geometry, block, (0.02, 0.02, 2.0 * BAR), graph.vector(0.0, -0.03, BAR_Z - BAR))
    axis = graph.instances(graph.geometry, block, (2.0 * half, 0.02, 0.02), graph.vector(0.0, 0.03, BAR_Z - 0.01))
    zero = graph.coloured(graph.join(zero, axis), studio.colour("text_dim"), studio.materials.glow, studio.speck)
    number = graph.field("FunctionNodeValueToString", {"Value": graph.math("ABSOLUTE", total), "Decimals": 2})
    signs = [graph.field("FunctionNodeInputString", string=sign) for sign in ("\u2212", "+")]
    sign = graph.field(
        "GeometryNodeSwitch",
        {"Switch": total > -0.005, "False": signs[0], "True": signs[1]},
        output="Output",
        input_type="STRING",
    )
    number = graph.field("GeometryNodeStringJoin", {"Strings": [sign, number]})
    scale = 1.0 if studio.latin else compat.BUILT_IN_FONT_SIZE
    latin = studio.latin if is_latin(said) else None
    texts = [
        studio.text(graph, body, SIZE * scale, "Left", latin),
        studio.text(graph, number, SIZE * scale, "Right", studio.latin),
    ]
    letters = [
        graph.field("GeometryNodeTransform", {"Geometry": text, "Rotation": FRONT, "Translation": (x, -0.03, lift)})
        for text, x in zip(texts, (-width / 2, width / 2), strict=True)
    ]
    letters = graph.coloured(graph.join(*letters), studio.colour("text"), studio.materials.type, studio.speck)
    graph.output(graph.join(lit, zero, letters, *_sides(graph, studio, half)))
    return graph


def _sides(graph: Graph, studio: Studio, half: float) -> list:
    """Under the bar, which side is for the word and which against it."""
    drawn, hues = [], (studio.palette.diverging[end][1] for end in (0, -1))
    for name, x, align, colour in zip(("against", "for"), (-half, half), ("Left", "Right"), hues, strict=True):
        body = word(name, studio.language)
        font = studio.latin if is_latin(body) else None
        size = SIDE_SIZE * (1.0 if studio.latin or not is_latin(body) else compat.BUILT_IN_FONT_SIZE)
        text = studio.text(graph, graph.field("FunctionNodeInputString", string=body), size, align, font)
        stood = {"Geometry": text, "Rotation": FRONT, "Translation": (x, -0.03, SIDE_Z)}
        text = graph.field("GeometryNodeTransform", stood)
        drawn.append(graph.coloured(text, studio.palette.linear(colour), studio.materials.type, studio.speck))
    return drawn
