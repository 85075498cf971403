"""The text itself, written letter by letter: the opening, and the end."""

import numpy as np

from ... import compat
from .. import shapes
from ..evidence import mark
from ..framing import box
from ..lines import wrap
from ..nodes import Field, Graph
from ..studio import Studio
from ..texts import is_dense_text, set_width
from ..timeline import Clip

TYPED_SIZE, WIDE, NARROW = 0.9, 13.6, 5.6  # metres: letters, lines of wide and narrow pictures
LEADING, AWAY = 1.42, 5.0  # of the letters' size: from line to line; up, out of the picture
BLANK_WIDTH, BLANK_HEIGHT, BLANK_GAP, BLANK_DROP = 1.7, 0.10, 0.28, 0.42  # of the size


class Typed:
    """A text of several lines. Typed: how many of its letters stand there. Gold: from which letter on they are gold.

    Blank (0 … 1): the light of the gap that waits behind the last letter for the next word. Cut: metres from the left
    up to which the letters are gone, each as a whole.
    """

    def __init__(self, studio: Studio, name: str, tokens: np.ndarray, size: float, most: float, low: float) -> None:
        """tokens: what is written. most: metres that a line may be wide. low: z of the middle of the prompt's last
        line."""
        self.studio, self.size = studio, size
        vocabulary = studio.script.recording.vocabulary
        self.whole = whole = shown_text(vocabulary.text(tokens))
        self.dense = is_dense_text(whole)
        self.ends = vocabulary.ends(tokens)
        self.lines = wrap(whole, most / size, set_width)
        self.starts = _starts(whole, self.lines)
        prompt = self.end_of(studio.script.text_count)
        self.top = low + self.line_of(max(prompt - 1, 0)) * LEADING * size
        group = _line_group(studio, self.dense)
        self.objects, self.dials, lines = [], [], []
        for row, line in enumerate(self.lines):
            made, modifier = studio.field(f"{name} {row + 1}", studio.empty, group)
            compat.set_input(modifier, "Text", line)
            compat.set_input(modifier, "Size", float(size))
            mark(made, "text", says="typed", first=self.starts[row], count=len(line))
            self.objects.append(made)
            lines.append(modifier)
            self.dials.append(
                {
                    which: studio.film.dial(modifier, which, value)
                    for which, value in (("Typed", 0.0), ("Gold", 999.0), ("Blank", 0.0), ("Cut", -1.0))
                }
            )
        self.widths = self._measure(studio)
        self.width = max(self.widths)
        for modifier in lines:  # a blank ends where the longest line does
            room = max(self.width, self.breadth(self.end_of(studio.script.text_count)))
            compat.set_input(modifier, "Room", float(room))
        self.left = -self.width / 2  # x of the lines' beginning, where stand() put them
        self.places = [
            studio.film.place(made, "location", (self.left, 0.0, self.row_z(row)))
            for row, made in enumerate(self.objects)
        ]
        for made in self.objects:
            made.rotation_euler = (np.pi / 2, 0.0, 0.0)
        self.visible = studio.film.visibility(*self.objects)

    def _measure(self, studio: Studio) -> list[float]:
        """The width of each line, in metres."""
        for dials, line in zip(self.dials, self.lines, strict=True):
            dials["Typed"].begin(len(line))
        widths = studio.measure(self.objects)
        for dials in self.dials:
            dials["Typed"].begin(0.0)
        return widths

    @property
    def letters(self) -> int:
        return self.starts[-1] + len(self.lines[-1])

    def end_of(self, count: int) -> int:
        """How many letters the first `count` tokens have."""
        return self.ends[count - 1] if count else 0

    def dial_at(self, letters: int) -> tuple:
        """(dial, value) at which so many letters are written."""
        row = self.line_of(max(letters - 1, 0))
        return self.dials[row]["Typed"], float(letters - self.starts[row])

    def box(self, letters: int) -> np.ndarray:
        """The corners of what stands there when so many letters are written, with the blank behind them; its middle is
        at x = 0."""
        half, high = self.breadth(letters) / 2, 0.75 * self.size
        row = self.line_of(max(self._next_end(letters) - 1, 0))
        return box((-half, 0.0, self.row_z(row) - high), (half, 0.0, self.top + high))

    def breadth(self, letters: int) -> float:
        """Metres of the longest line when so many letters are written, with the blank behind them."""
        lasts = [min(max(letters - start, 0), len(line)) for start, line in zip(self.starts, self.lines, strict=True)]
        ends = [self.widths[row] * last / max(len(self.lines[row]), 1) for row, last in enumerate(lasts)]
        if letters < self.letters:
            ends[self.line_of(self._next_end(letters) - 1)] += (BLANK_GAP + BLANK_WIDTH) * self.size
        return max(ends)

    def _next_end(self, letters: int) -> int:
        """How many letters stand there with the token after these."""
        return next((end for end in self.ends if end > letters), letters)

    def line_of(self, letter: int) -> int:
        """Which line a letter stands in."""
        return max(row for row, start in enumerate(self.starts) if letter >= start)

    def to(self, letters: float, **timing) -> list[Clip]:
        """Clips that write up to so many letters, or take them back; each line in its own part of the time."""
        now = sum(dial["Typed"].value for dial in self.dials)
        clips, span = [], max(abs(letters - now), 1e-6)
        for dials, start, line in zip(self.dials, self.starts, self.lines, strict=True):
            goal = min(max(letters - start, 0.0), len(line))
            before = dials["Typed"].value
            if goal == before:
                continue
            first = abs(start + before - now) / span
            part = {"start": min(first, 1.0), "end": min(first + abs(goal - before) / span, 1.0)}
            clips.append(dials["Typed"].to(goal, **(part if not timing else timing)))
        return clips

    def cut_to(self, row: int, x: float, at: float) -> Clip:
        """A clip that takes away a line's letters that begin before some x, at a part of the time."""
        return self.dials[row]["Cut"].to(x - self.left, start=at, easing="step")

    def stand(self, depth: float, lift: float, letters: int) -> list[Clip]:
        """Clips that put the text at some y, so much higher than where it is made; x = 0 is the middle of so many
        letters and the blank behind them."""
        self.left = -self.breadth(letters) / 2
        return [
            place.to((self.left, depth, self.row_z(row) + lift), easing="step") for row, place in enumerate(self.places)
        ]

    def rise(self) -> list[Clip]:
        """Clips that take the text up out of the picture, whole: letters that go one by one look like a mistake."""
        up = (AWAY + LEADING * (len(self.lines) - 1)) * self.size
        return [place.dials[2].to(place.dials[2].value + up, easing="in") for place in self.places]

    def low(self, letters: int) -> float:
        """z of the middle of the last line, when so many letters are written."""
        return self.row_z(self.line_of(max(letters - 1, 0)))

    def row_z(self, row: int) -> float:
        return self.top - row * LEADING * self.size

    def gold(self, letter: float) -> list[Clip]:
        """Clips that make gold what comes from a letter on."""
        return [
            dials["Gold"].to(letter - start, easing="step")
            for dials, start in zip(self.dials, self.starts, strict=True)
        ]

    def blank(self, light: float, count: int) -> list[Clip]:
        """Clips for the blank behind the first `count` tokens: in the line where the next one will stand."""
        after = self.ends[min(count, len(self.ends) - 1)]
        row = self.line_of(max(after - 1, 0))
        return [
            dials["Blank"].to(light if line == row else 0.0, easing="step")
            for line, dials in enumerate(self.dials)
            if light or dials["Blank"].value
        ]


def make_typed(studio: Studio, tokens) -> Typed:
    """The prompt and all that was drawn after it, in letters as large as the first line may be.

    It is made where the cubes stand: the tokens' labels begin in their places in it, when the prompt and the blank
    behind it are in the middle.
    """
    last = studio.script.recording.steps[-1]
    whole = np.append(last.trace.tokens, last.draw.token)
    low = tokens.prompt[0].rest[2]
    typed = Typed(studio, "Typed text", whole, TYPED_SIZE, WIDE if studio.picture.is_wide else NARROW, low)
    tokens.stand_in(typed)
    return typed


def shown_text(text: str) -> str:
    """As it stands in the picture: line breaks and other blanks are spaces, one letter each."""
    return "".join(" " if letter.isspace() or letter == "\0" else letter for letter in text)


def _starts(whole: str, lines: list[str]) -> list[int]:
    """At which letter of the whole text each line begins; between them is a space or nothing."""
    starts, place = [], 0
    for line in lines:
        place = whole.index(line, place) if line else place
        starts.append(place)
        place += len(line)
    return starts


def _line_group(studio: Studio, dense: bool) -> Graph:
    graph = Graph("Typed line")
    string, size = graph.input("Text", "String"), graph.input("Size", default=1.0)
    typed, gold, blank, cut = (graph.input(name, default=0.0) for name in ("Typed", "Gold", "Blank", "Cut"))
    room = graph.input("Room", default=0.0)
    written = _letters(graph, studio, string, typed, size, dense)
    right = _right_end(graph, written)
    edge = _right_end(graph, _letters(graph, studio, string, gold, size, dense)) * (gold > 0.5)
    left, _, _ = graph.split(graph.position())
    written = graph.field(
        "GeometryNodeSeparateGeometry", {"Geometry": written, "Selection": left > cut}, domain="INSTANCE"
    )
    curves = graph.field("GeometryNodeRealizeInstances", {"Geometry": written})
    filled = graph.fill(graph.field("GeometryNodeSetSplineResolution", {0: curves, "Resolution": 3}))
    x, _, _ = graph.split(graph.position())
    tint = graph.mix_colour(studio.colour("text"), studio.colour("gold"), x > edge + 0.02 * size)
    words = graph.coloured(filled, tint, studio.materials.type, studio.speck)
    plate = graph.object_geometry(studio.shape("Blank", shapes.plate()))
    begin = right + BLANK_GAP * size
    wide = graph.math("MINIMUM", BLANK_WIDTH * size, graph.math("MAXIMUM", room - begin, 0.0))
    plate = graph.field(
        "GeometryNodeTransform",
        {
            "Geometry": plate,
            "Rotation": (-np.pi / 2, 0.0, 0.0),
            "Translation": graph.vector(begin + wide * 0.5, -BLANK_DROP * size, 0.0),
            "Scale": graph.vector(wide, 1.0, BLANK_HEIGHT * size),
        },
    )
    plate = graph.select(plate, (blank > 0.01) * (wide > 0.05 * size))
    light = graph.scale_colour(studio.colour("gold")[:3], 0.25 + 0.75 * blank)
    graph.output(graph.join(words, graph.coloured(plate, light, studio.materials.type, studio.speck)))
    return graph


def _letters(graph: Graph, studio: Studio, string: Field, count: Field, size: Field, dense: bool) -> Field:
    """The first letters of a string, from x = 0 on: one instance each, where it begins."""
    part = graph.field("FunctionNodeSliceString", {"String": string, "Position": 0, "Length": count + 1e-3})
    node = graph.node("GeometryNodeStringToCurves", {"String": part, "Size": size})
    compat.set_menu(node, "Align X", "align_x", "Left")
    compat.set_menu(node, "Align Y", "align_y", "Middle")
    if studio.latin and not dense:
        compat.set_font(node, studio.latin)
    return Field(graph, node.outputs[0])


def _right_end(graph: Graph, geometry: Field) -> Field:
    """x of the right edge of letters; 0 without any."""
    geometry = graph.field("GeometryNodeRealizeInstances", {"Geometry": geometry})
    geometry = graph.field("GeometryNodeSetCurveRadius", {"Curve": geometry, "Radius": 0.0})  # it is in the box
    right, _, _ = graph.split(graph.field("GeometryNodeBoundBox", {"Geometry": geometry}, output="Max"))
    return right
