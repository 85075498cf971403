"""Meaning in context: one word in two texts. Its vectors begin as the same numbers and part from layer to layer."""

from collections.abc import Iterator

import bpy
import numpy as np

from ....inference.contexts import WordInContext
from ....inference.tokens import Vocabulary
from .. import layout, points, shapes
from ..evidence import mark
from ..framing import Margins, Picture, Shot, box
from ..nodes import Graph
from ..studio import Studio
from .columns import tensor_table
from .needles import Needles
from .tokens import LABEL_SIZE, LABEL_WIDTH

# Metres right and down from the first column to the other, once they have parted; the other stands on the floor.
APART, NARROW_APART = (5.8, 0.0), (0.0, 5.5)
WORDS = 4  # before the word that are written
WORD_SIZE, WORD_WIDTH, LEADING = 0.8, 3.0, 1.0  # of those words; metres from one to the next
NEXT_SIZE, SHARE_SIZE = 1.15, 0.8
OVER, BESIDE = 0.62, 0.95  # metres of the next word over its column; or, in a narrow picture, right of its middle
ASIDE = 1.45  # from a column's middle to the words beside it
SIDEWAYS, NARROW_SIDEWAYS = -2.15, 0.35  # from the reader to the middle of the pair, as the dial before it is framed
NEEDLE = 1.75  # metres
# z of the two sentences: in a narrow picture one over the other; else side by side, so that they don't read as one.
LINES, STAGGERED = (4.15, 2.35), (4.35, 2.5)
OFF = 0.45  # metres of each from the middle between them
IN_LINE, SPACE = 1.4, 0.26  # size of a cube at the end of its sentence; between two words, of a letter's size
NARROW_LABEL = 1.1  # times the size of the word on its cube in a narrow picture
BEAM = 0.26  # radius for a weight of 1
COMES = 2.5  # of a beam that comes or goes: how fast, in parts of its light
BEAM_POINTS = 14


class Context:
    """Two columns over two cubes with the same word, the words before it at their sides, the angle between the columns.

    Slot: 0 the word's row of the token table, c + 1 the residual stream at checkpoint c; between them the next one has
    swept up from the foot. Apart: 0 both in one place, 1 each on its side.
    """

    def make(self, studio: Studio, found: WordInContext) -> Iterator[str]:
        """In steps, as `assemble`."""
        film, script = studio.film, studio.script
        d, wide = script.model.d_model, studio.picture.is_wide
        grid = layout.CellGrid.broad(d)  # two columns have all the room
        self.found, self.slots, (right, down) = found, len(found.cosines), APART if wide else NARROW_APART
        self.seats = np.array([(-right / 2, 0.0, down), (right / 2, 0.0, 0.0)])
        self.side_by_side = wide
        self.word = whole_word(script.recording.vocabulary, found)
        self.stage = studio.object("Two contexts", None)
        x = float(script.text_x[script.focus_query]) + (SIDEWAYS if wide else NARROW_SIDEWAYS)
        self.stage.location = (x, script.depth(2 * script.focus_layer), 0.0)
        table = tensor_table(studio, "Word in two contexts", found.vectors.transpose(1, 0, 2))
        self.columns, cells = studio.field(
            "Word in two contexts columns",
            _cell_mesh(grid, d),
            _cell_group(studio, table, grid, d, self.seats),
            parent=self.stage,
        )
        mark(self.columns, "word columns", x=self.seats[:, 0].tolist(), z=self.seats[:, 2].tolist())
        yield "context"
        self.cubes = [self._cube(studio, side) for side in (-1, 1)]
        texts = list(zip((-1, 1), (found.first, found.other), found.positions, strict=True))
        self.words = [self._words(studio, *one) for one in texts]
        yield "context"
        self.beams, beams = self._beams(studio, texts)
        angles = np.degrees(np.arccos(np.clip(found.cosines, -1, 1)))
        self.needles = Needles(studio, "Word angle", angles, NEEDLE, self.stage)
        middle = (0.0, -0.1, layout.COLUMN_BASE + 1.25)
        beside = (BESIDE + NEEDLE, -0.1, down / 2 + layout.COLUMN_BASE + grid.height / 2 - 0.3 * NEEDLE)
        self.needles.place.begin(middle if wide else beside)
        yield "context"
        self.answers = [self._answer(studio, side, n, grid) for n, side in enumerate((-1, 1))]
        self.slot = [film.dial(modifier, "Slot", 0.0) for modifier in (cells, beams)]
        self.split, self.size = film.dial(cells, "Apart", 0.0), film.dial(cells, "Size", 0.0)
        self.light = film.dial(beams, "Light", 0.0)
        self.visible = film.visibility(self.columns, self.beams)
        self.cubes_visible = film.visibility(*(part for cube in self.cubes for part in cube.parts))
        self.words_visible = [[film.visibility(word) for word in side] for side in self.words]
        self.answers_visible = film.visibility(*(part for answer in self.answers for part in answer))
        self.word_lights = [[studio.light(word) for word in side] for side in self.words]
        self.word_places = [
            [film.place(word, "location", tuple(word.location)) for word in side] for side in self.words
        ]
        self.homes = [[tuple(word.location) for word in side] for side in self.words]
        self.lines, self.ends = self._lines(studio)
        said = [part for answer in self.answers for part in answer]
        self.said = [film.place(part, "scale", (0.001,) * 3) for part in said]
        self.said_places = [film.place(part, "location", tuple(part.location)) for part in said]
        self.top = layout.COLUMN_BASE + grid.height

    # --- what it is made of --------------------------------------------------------------------------

    def _cube(self, studio: Studio, side: int) -> "Cube":
        return Cube(studio, self.stage, studio.script.label(self.found.first[self.found.positions[0]]), side)

    def _words(self, studio: Studio, side: int, tokens: np.ndarray, place: int) -> list[bpy.types.Object]:
        """The last words before the one, one under the other, the last one just over the cube -> [label]."""
        labels = []
        first = max(0, place - WORDS)
        for index in range(first, place):
            text = studio.script.word(tokens[index])
            x, z = self._beside(side, place - 1 - index, ASIDE)
            label = studio.label(
                f"Context {text}",
                text,
                WORD_SIZE,
                studio.palette.text,
                (x, 0.0, z),
                "Right" if self._outward(side) < 0 else "Left",
                parent=self.stage,
            )
            mark(label, "text", says="context word", side=int(side > 0), place=int(index))
            labels.append(label)
        widths = studio.measure(labels)
        for label, width in zip(labels, widths, strict=True):
            label.scale = (min(1.0, WORD_WIDTH / max(width, 1e-3)),) * 3
        self.reach = max(getattr(self, "reach", 0.0), min(WORD_WIDTH, max(widths, default=0.0)))
        return labels

    def _outward(self, side: int) -> int:
        """On which side of a column its words stand: both have them on the left where one is over the other."""
        return side if self.side_by_side else -1

    def _beside(self, side: int, row: int, far: float) -> tuple[float, float]:
        """(x, z) beside a column, so far from its middle, at a row of its words, counted from the lowest."""
        x, _, z = self.seats[int(side > 0)]
        return float(x + self._outward(side) * far), float(z + layout.COLUMN_BASE + 0.35 + row * LEADING)

    def _lines(self, studio: Studio) -> tuple[list, list]:
        """Two lines of text that end in the same word -> [[(x, y, z)]] of their words, [(x, y, z)] of its cubes.

        Side by side; or, in a narrow picture, one over the other, and the cubes too. Sets line_width.
        """
        gap, cube = SPACE * WORD_SIZE, IN_LINE * layout.CUBE_SIZE[0]
        sides = [
            [width * word.scale[0] for width, word in zip(studio.measure(side), side, strict=True)]
            for side in self.words
        ]
        breadths = [sum(widths) + gap * len(widths) + cube + 0.3 for widths in sides]
        if self.side_by_side:  # each over its column, if it is short enough
            first, other = (max(breadth / 2 + OFF, -float(self.seats[0, 0])) for breadth in breadths)
            self.line_width = first + other + sum(breadths) / 2
            right = self.line_width / 2
            rights, heights = (breadths[0] - right, right), STAGGERED
        else:
            self.line_width = max(breadths)
            rights, heights = (self.line_width / 2,) * 2, LINES
        lines, ends = [], []
        for side, (widths, z, right) in enumerate(zip(sides, heights, rights, strict=True)):
            edges = right - cube - 0.3 - np.cumsum([w + gap for w in widths[::-1]])[::-1]
            # Those that stand left of their column end at their place.
            anchors = edges + (np.array(widths) if self._outward(2 * side - 1) < 0 else 0.0)
            lines.append([(float(x), -0.1, z) for x in anchors])
            middle = (layout.CUBE_FLOAT + layout.CUBE_SIZE[2] / 2) * IN_LINE
            ends.append((right - cube / 2, 0.0, z - middle))
        return lines, ends

    def _answer(self, studio: Studio, side: int, n: int, grid: layout.CellGrid) -> list[bpy.types.Object]:
        """The likeliest next word over a column, and its probability -> [label, label]."""
        token, share = self.found.next_tokens[n, 0], self.found.next_probabilities[n, 0]
        (x, _, z), align = self.seats[n] + (0.0, 0.0, layout.COLUMN_BASE + grid.height + OVER), "Center"
        if not self.side_by_side:
            (x, _, z), align = self.seats[n] + (BESIDE, 0.0, layout.COLUMN_BASE + grid.height / 2), "Left"
        word = studio.script.word(token)
        said = studio.label(
            f"Next {n + 1}", word, NEXT_SIZE, studio.palette.gold, (x, -0.2, z), align, parent=self.stage
        )
        mark(said, "text", says="next word", side=n)
        width = studio.measure([said])[0]
        after = (x + width / 2 + 0.2, -0.2, z - 0.08) if self.side_by_side else (x, -0.2, z - 0.95)
        self.answer_width = max(getattr(self, "answer_width", 0.0), width)
        chance = studio.label(
            f"Next share {n + 1}",
            f"{100 * share:.0f}%",
            SHARE_SIZE,
            studio.palette.text,
            after,
            "Left",
            parent=self.stage,
        )
        mark(chance, "text", says="next share", side=n)
        return [said, chance]

    def _beams(self, studio: Studio, texts: list[tuple]) -> tuple:
        """From the words before it into the column: in each layer, what the head gives them that tells the most."""
        rows = []
        for side, _, place in texts:
            patterns = self.found.patterns_first if side < 0 else self.found.patterns_other
            for layer, head in enumerate(telling_heads(patterns, place)):
                for index in range(max(0, place - WORDS), place):
                    weight = patterns[layer, head, index]
                    x, z = self._beside(side, place - 1 - index, ASIDE - 0.22)
                    end, _ = self._beside(side, 0, 0.3)
                    rows.append((int(side > 0), layer, head, index, weight, end, x, z))
        if not rows:  # a word that begins both texts
            rows = [(0, 0, 0, 0, 0.0, 0.0, 0.0, 0.0)]
        names = ("side", "layer", "head", "place")
        columns = list(map(np.array, zip(*rows, strict=True)))
        attributes = dict(zip(names, columns, strict=False))
        attributes |= {"weight": columns[4].astype(np.float32), "end_x": columns[5].astype(np.float32)}
        mesh = points.point_mesh("Context beams", attributes, np.column_stack([columns[6], 0 * columns[6], columns[7]]))
        made, modifier = studio.field("Context beams", mesh, _beam_group(studio), parent=self.stage)
        mark(made, "context beams")
        return made, modifier

    def to(self, slot: float, **timing) -> list:
        """Clips that take columns, beams and needles to a place of the stream."""
        return [*(dial.to(slot, **timing) for dial in self.slot), self.needles.at.to(slot, **timing)]

    def shot(self, picture: Picture) -> Shot:
        """Both columns, with all that stands around them."""
        if self.side_by_side:
            return self._side_by_side(picture, 0.0)
        reach = ASIDE + max(self.reach, 0.9)
        right = BESIDE + max(self.answer_width, 2 * NEEDLE)
        return self._shot(picture, -reach, right, 0.3, float(self.seats[0, 2]) + self.top)

    def line_shot(self, picture: Picture) -> Shot:
        """The two sentences."""
        if not self.side_by_side:
            return self._shot(picture, -self.line_width / 2, self.line_width / 2, LINES[1] - 0.8, LINES[0] + 0.8)
        return self._side_by_side(picture, self.line_width / 2)

    def _side_by_side(self, picture: Picture, half: float) -> Shot:
        """Both columns and the words beside them, and so many metres to each side."""
        half = max(half, float(self.seats[1, 0]) + ASIDE + max(self.reach, 0.9))
        return self._shot(picture, -half, half, 0.3, self.top + 1.15)

    def _shot(self, picture: Picture, left: float, right: float, low: float, high: float) -> Shot:
        x, y, _ = self.stage.location
        corners = box((x + left, y - 0.5, low), (x + right, y + 0.2, high))
        return picture.shot(corners, 0, 3, Margins(0.04, 0.04, 0.14, 0.065), under_text=False)


class Cube:
    """A cube with the word."""

    def __init__(self, studio: Studio, parent: bpy.types.Object, text: str, side: int):
        film = studio.film
        middle = layout.CUBE_FLOAT + layout.CUBE_SIZE[2] / 2
        self.seat = studio.object(f"Context cube {side}", None, parent=parent)
        self.seat.empty_display_size = 0.2
        box_shape = shapes.bevelled_box(layout.CUBE_SIZE, 0.10)
        cube = studio.solid(
            f"Context cube {text}",
            box_shape,
            studio.colour("cube_focus", 2.6),
            studio.materials.solid,
            parent=self.seat,
        )
        cube.location.z = middle
        mark(cube, "cube", says="context word", side=int(side > 0), place=-1)
        label = studio.label(
            f"Context word {text}",
            text,
            LABEL_SIZE * (1.0 if studio.picture.is_wide else NARROW_LABEL),
            studio.palette.text,
            (0, -layout.CUBE_SIZE[1] / 2 - 0.012, middle),
            parent=self.seat,
        )
        mark(label, "text", says="context word", side=int(side > 0), place=-1)
        label.scale = (min(1.0, LABEL_WIDTH / max(studio.measure([label])[0], 1e-3)),) * 3
        self.place = film.place(self.seat, "location", (0.0, 0.0, 0.0))
        self.size = film.place(self.seat, "scale", (0.001,) * 3)
        self.parts = (cube, label)


def whole_word(vocabulary: Vocabulary, found: WordInContext) -> str:
    """The word that stands in both texts, of which the columns show the last token."""
    tokens, place = found.first.tolist(), int(found.positions[0])
    whole = [word for word, _, last in vocabulary.words(tokens) if last == place]
    return whole[-1] if whole else vocabulary.name(tokens, place)


def telling_heads(patterns: np.ndarray, place: int) -> np.ndarray:
    """The head of each layer that picks out a word before the last [L, H, T] -> [L]; not the first token if it can."""
    weights = patterns[:, :, :place].copy()
    if place > 1:
        weights[..., 0] = 0.0
    return (weights**2).sum(-1).argmax(-1) if place else np.zeros(len(patterns), int)


# --- node groups -----------------------------------------------------------------------------------


def _cell_mesh(grid: layout.CellGrid, d: int) -> bpy.types.Mesh:
    """One point per cell of both columns, at its place in the column."""
    side, dim = np.divmod(np.arange(2 * d), d)
    row, column = np.divmod(dim, grid.columns)
    x = (column - (grid.columns - 1) / 2) * grid.pitch
    z = layout.COLUMN_BASE + (row + 0.5) * grid.pitch
    return points.point_mesh("Word cells", {"side": side, "dim": dim}, np.column_stack([x, 0 * x, z]))


def _cell_group(studio: Studio, table: bpy.types.Object, grid: layout.CellGrid, d: int, seats: np.ndarray) -> Graph:
    graph = Graph("Word in two contexts")
    slot, apart, size = (graph.input(name, default=0.0) for name in ("Slot", "Apart", "Size"))
    side, dim = graph.attribute("side", "INT"), graph.attribute("dim", "INT")
    numbers = graph.object_geometry(table)
    first = slot.floor()
    height = ((dim / grid.columns + 1e-4).floor() + 0.5) / grid.rows
    swept = slot - first
    row = ((first + (height < swept)) * 2 + side) * d + dim
    # While the two are one, one of them is enough; cells come from the foot up.
    there = ((size * 1.3 - height) / 0.3).clamp() * graph.math("MAXIMUM", apart > 1e-3, side < 0.5)
    seen = graph.select(graph.geometry, there > 1e-3)
    seen = graph.store(seen, "value", graph.sample(numbers, "value", row))
    seen = graph.store(seen, "shown", graph.sample(numbers, "shown", row))
    hot = graph.math("COMPARE", height, swept, 1.1 / grid.rows) * (swept > 1e-3)
    tint = graph.sample(numbers, "tint", row, "FLOAT_COLOR")
    tint = graph.mix_colour(tint, studio.colour("text", 1.3), hot * 0.6)
    seen = graph.store(seen, "tint", tint, "FLOAT_COLOR")
    edge = 0.82 * grid.pitch * there
    x, y, z = graph.split(graph.position())
    seat_x, seat_z = (graph.mix(*map(float, seats[:, axis]), side) * apart for axis in (0, 2))
    place = graph.vector(x + seat_x, y, z + seat_z)
    shape = graph.object_geometry(studio.shape("Word cell", shapes.keycap()))
    cells = graph.instances(seen, shape, graph.vector(edge, edge * 0.66, edge), place)
    colour = graph.scale_colour(graph.attribute("tint", "FLOAT_COLOR"), graph.mix(0.55, 1.0, graph.attribute("shade")))
    graph.output(graph.coloured(cells, colour, studio.materials.cell, studio.speck))
    return graph


def _beam_group(studio: Studio) -> Graph:
    """A tube from each word into the column, while the layer is at work whose weight it shows."""
    graph = Graph("Context beams")
    slot, light = graph.input("Slot", default=0.0), graph.input("Light", default=0.0)
    weight = graph.attribute("weight")
    turn = slot - (graph.attribute("layer", "INT") * 2.0 + 1.5)
    strength = (1.0 - graph.math("ABSOLUTE", turn) / 1.25).clamp() * light
    seen = graph.select(graph.geometry, (strength > 0.01) * (weight > layout.BEAM_THRESHOLD))
    x, _, z = graph.split(graph.position())
    seen = graph.store(graph.store(seen, "foot_x", x), "foot_z", z)
    seen = graph.store(graph.store(seen, "strength", strength), "turn", turn)
    line = graph.field("GeometryNodeCurvePrimitiveLine", {"End": (1.0, 0.0, 0.0)})
    line = graph.field("GeometryNodeResampleCurve", {"Curve": line, "Count": BEAM_POINTS})
    along, _, _ = graph.split(graph.position())
    line = graph.store(line, "along", along)
    curves = graph.field("GeometryNodeInstanceOnPoints", {"Points": seen, "Instance": line})
    curves = graph.field("GeometryNodeRealizeInstances", {"Geometry": curves})
    # It grows from its word into the column, and draws in after itself: in less light it would be a dark shape.
    long, t = (graph.attribute("strength") * COMES).clamp(), graph.attribute("along")
    t = graph.mix(t * long, 1.0 - (1.0 - t) * long, graph.attribute("turn") > 0.0)
    wave = graph.sin(t * np.pi) * 0.07
    place = graph.vector(
        graph.mix(graph.attribute("foot_x"), graph.attribute("end_x"), t), -0.34, graph.attribute("foot_z") + wave
    )
    curves = graph.move(curves, place)
    profile = graph.field("GeometryNodeCurvePrimitiveCircle", {"Resolution": 6, "Radius": 1.0})
    tubes = graph.field(
        "GeometryNodeCurveToMesh",
        {"Curve": curves, "Profile Curve": profile, "Scale": graph.attribute("weight") * BEAM},
    )
    ahead = graph.attribute("along") - (graph.attribute("turn") * 1.2 + 0.6)
    hot = graph.math("EXPONENT", -((ahead / 0.25) ** 2.0))
    strength = graph.math("MAXIMUM", graph.attribute("strength"), 1.0 / COMES)
    tint = studio.palette.fade(graph, studio.colour("gold", 1.2), strength * (0.5 + 0.6 * weight))
    colour = graph.mix_colour(tint, studio.colour("pulse", 1.4), hot * 0.6 * graph.attribute("strength"))
    graph.output(graph.coloured(tubes, colour, studio.materials.glow, studio.speck))
    return graph
