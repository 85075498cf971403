"""What the neurons of a layer do to one word, directly: their pushes on the panel, and what they add up to."""

import numpy as np

from ... import compat
from .. import points, shapes
from ..evidence import mark
from ..nodes import Graph
from ..studio import FRONT, Studio, is_latin
from ..texts import set_width, word
from .panel import AGAINST, FOOT, FOR, Panel

ABOVE, SIZE = 0.65, 0.74  # metres over the panel; of the letters
SWELLS = 0.12  # how much larger the word is when the sum for it is at its highest
BAR, BAR_Z = 0.36, 0.12  # thickness of the sum; how far over the middle of the letters it is
SIDE_SIZE, SIDE_Z = 0.54, -0.33  # of the words that say which side is which
LIFT = 0.72  # metres that the letters stand higher in a narrow picture, where the sum has no room beside them


def top(is_wide: bool) -> float:
    """Metres over the panel that all of it takes."""
    return ABOVE + 0.4 + (0.0 if is_wide else LIFT)


class Votes:
    """Over the panel the word, a bar from 0 to the sum of the pushes so far, and that sum. Counted: of how many."""

    def __init__(self, studio: Studio, panel: Panel):
        film, script = studio.film, studio.script
        votes, self.place = script.votes, panel.voted_word(script)
        self.token = int(votes.words[self.place])
        pushes = votes.pushes[self.place].astype(np.float64)
        sums = np.concatenate([[0.0], np.cumsum(pushes)])
        self.word = script.word(self.token)
        table = studio.lookup("Sums of votes", sum=sums.astype(np.float32))
        self.reach = float(np.abs(sums).max())
        self.half = panel.width * (0.24 if studio.picture.is_wide else 0.46)
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
        self.size = film.place(self.object, "scale", (1.0, 1.0, 1.0))
        self.visible = film.visibility(self.object)


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
    room = width / 2 - half if not lift else width * 0.6
    fits = min(1.0, room / (1.2 * (1.0 + SWELLS) * set_width(said) * SIZE + 1e-6))
    # The word gains with what is for it, and takes that side's colour.
    gains = (long / half).clamp()
    swollen = 1.0 + SWELLS * gains
    tints = [graph.mix_colour(studio.colour("text"), for_it, gains), studio.colour("text")]
    texts = [
        studio.text(graph, body, SIZE * scale * fits, "Left", latin),
        studio.text(graph, number, SIZE * scale, "Right", studio.latin),
    ]
    letters = []
    for text, x, size, tint in zip(texts, (-width / 2, width / 2), (swollen, 1.0), tints, strict=True):
        stood = {"Geometry": text, "Rotation": FRONT, "Translation": (x, -0.03, lift)}
        text = graph.field("GeometryNodeTransform", stood | {"Scale": graph.vector(size, size, size)})
        letters.append(graph.coloured(text, tint, studio.materials.type, studio.speck))
    graph.output(graph.join(lit, zero, *letters, *_sides(graph, studio, half)))
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
