"""Three texts that end in the same token: the same row of the table, three vectors in the end, three answers."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ....inference.characters import last_letters
from ....inference.contexts import SameEnd
from .. import layout, points, shapes
from ..evidence import mark
from ..framing import box
from ..lines import one_line, wrap
from ..nodes import Graph
from ..studio import Studio
from ..texts import set_width
from .columns import cell_tint
from .lettering import Lettering, Letters

ANSWERS, LINES, LEADING = 1, 3, 1.2  # lines before the common end
LONGEST = 60  # letters of a text that are shown, of its end
BARS, BAR = 3.2, 0.3  # metres of the likeliest answer's bar, and its thickness
SPACE = 0.3  # between the common end and the answer, in heights of a letter
BESIDE = 0.98  # from the middle of a column to its text and its answer, clear of its cube
LEFT = -0.62  # from there to the left edge of all that belongs to it


@dataclass(frozen=True)
class Form:
    """How the three stand in the picture."""

    apart: tuple  # from one to the next: to the right, up
    scale: float  # of the columns
    text: float  # sizes of the letters
    word: float
    share: float
    top: float  # z of the common end, under its text, and of the answer after it
    most: float  # metres that a line is wide

    @property
    def bar(self) -> float:
        """z of the bars, under the words."""
        return self.top - 0.75 * self.word

    @property
    def down(self) -> float:
        """How far a chance lies under its bar."""
        return 0.24 + 0.5 * self.share

    @property
    def middle(self) -> float:
        """How far the middle of all that belongs to a column lies to its right."""
        return (LEFT + BESIDE + max(BARS, self.most)) / 2


SIDE_BY_SIDE = Form((5.3, 0.0), 1.45, 1.1, 1.35, 1.3, 3.3, 3.1)
ONE_OVER_ANOTHER = Form((0.0, -5.0), 0.8, 0.86, 1.1, 0.95, 2.6, 7.4)


class SameEnds:
    """Slot: 0 the token's row of the table, c + 1 the stream at checkpoint c, swept up from the foot between them.

    Rise (0 … 1) brings the bars of the answers; answers.shown their words. Size (0 … 1) brings cubes and columns.
    """

    def make(self, studio: Studio, found: SameEnd, end: tuple[float, float]) -> Iterator[str]:
        """end: (x, y) of the last token at the end of the stack. In steps, as `assemble`."""
        film, script = studio.film, studio.script
        self.found, self.form = found, SIDE_BY_SIDE if studio.picture.is_wide else ONE_OVER_ANOTHER
        steps, (right, up) = np.arange(3) - 1.0, self.form.apart
        zero = np.zeros(3)
        self.places = np.stack([end[0] + steps * right, zero + end[1], (steps - 1) * up], -1)
        self.slots = found.vectors.shape[1]
        text = found.texts[0].tolist()
        self.ending = script.recording.vocabulary.name(text, len(text) - 1)  # how a caption names the common end
        d = script.model.d_model
        table, grid = _table(studio, found.vectors), layout.CellGrid.of(d)
        self.object, cells = studio.field(
            "Same end columns", _cell_mesh(grid, d, self), _cell_group(studio, table, self.form.scale)
        )
        mark(self.object, "same end columns", places=self.places[:, 0].tolist())
        yield "answers"
        shares = found.next_probabilities[:, :ANSWERS]
        self.per_unit = BARS / float(shares.max())
        bars, rise = studio.field("Same end bars", _bar_mesh(shares, self), _bar_group(studio, self.per_unit))
        mark(bars, "same end bars", per_unit=self.per_unit)
        yield "answers"
        self.texts = self._make_texts(studio)
        yield "answers"
        self.answers = self._make_answers(studio, shares)
        self.slot, self.size = film.dial(cells, "Slot", 0.0), film.dial(cells, "Size", 0.0)
        self.rise = film.dial(rise, "Rise", 0.0)
        self.visible = film.visibility(self.object, bars, self.texts.object, self.answers.object)
        low, high, form = self.places.min(0), self.places.max(0), self.form
        above = max(form.top + (LEADING * self.lines + 0.6) * self.letter, layout.column_top(d, form.scale) + 0.1)
        # As much room at either side of the three as between them: each is in the middle of its third.
        half = max(form.apart[0], form.most) / 2
        left, right = min(LEFT, form.middle - half), form.middle + half
        self.corners = box(low + (left, -0.4, 0.3), high + (right, 0.1, above))

    def _make_texts(self, studio: Studio) -> Lettering:
        """Beside each column its text with the token that all end in, in a line of its own; and on the cube."""
        script, form, letters, ends, self.lines = studio.script, self.form, [], [], 1
        face, marked = -layout.CUBE_SIZE[1] / 2 - 0.012, studio.colour("cyan")
        said = [one_line(script.recording.vocabulary.text(text)).strip() for text in self.found.texts]
        end = self.ending.strip()
        end = end if end and all(text.endswith(end) for text in said) else ""
        said = [last_letters(text.removesuffix(end), LONGEST).strip() for text in said]
        lines = [_wrapped(text, form.most / form.text) for text in said]
        # All in letters of one size, in which the widest line has room.
        size = min(form.text, form.most / (max(set_width(line) for rows in lines for line in [*rows, end]) + 1e-6))
        self.letter = size
        self.after = (set_width(end) + SPACE) * size if end else 0.0
        for text, place, rows in zip(self.found.texts, self.places, lines, strict=True):
            self.lines = max(self.lines, len(rows))
            for row, line in enumerate([*rows, end]):
                at = tuple(place + (BESIDE, 0.0, form.top + LEADING * size * (len(rows) - row)))
                letters.append(Letters(line, size, marked if row == len(rows) else studio.colour("text"), at, "Left"))
            middle = layout.CUBE_FLOAT + layout.CUBE_SIZE[2] / 2
            label = script.label(text[-1])
            ends.append(len(letters))
            letters.append(Letters(label, 0.64, studio.colour("text"), tuple(place + (0.0, face, middle)), most=1.5))
        made = Lettering(studio, "Same end texts", letters)
        self.lines_of_text = len(letters)
        mark(made.object, "same end texts", ends=ends)
        return made

    def _make_answers(self, studio: Studio, shares: np.ndarray) -> Lettering:
        """Each word with its chance, one text after the other."""
        script, form, letters = studio.script, self.form, []
        for rank in range(shares.shape[1]):
            for text, place in enumerate(self.places):
                token = self.found.next_tokens[text, rank]
                at, room = tuple(place + (BESIDE + self.after, -0.02, form.top)), form.most - self.after
                letters.append(Letters(script.word(token), form.word, studio.colour("gold"), at, "Left", room))
                at = tuple(place + (BESIDE, -0.02, form.bar - form.down))
                body = percent(shares[text, rank])
                letters.append(Letters(body, form.share, studio.colour("text"), at, "Left"))
        made = Lettering(studio, "Same end answers", letters)
        mark(made.object, "same end answers")
        self.words = len(letters)
        return made


def percent(share: float) -> str:
    """With a decimal where a whole number would say little."""
    return f"{100 * share:.0f}%" if share > 0.0995 else f"{100 * share:.1f}%"


def _wrapped(text: str, widest: float) -> list[str]:
    """Lines of about so many heights of a letter, at most LINES; wider ones shrink."""
    lines = wrap(text, widest, set_width)
    while len(lines) > LINES:
        widest *= 1.15
        lines = wrap(text, widest, set_width)
    return lines


def _table(studio: Studio, vectors: np.ndarray):
    """[3, S, d] -> a table of S·3·d rows, each slot by its own scale."""
    shown = [layout.shown_value(slot, layout.value_scale(slot)) for slot in vectors.transpose(1, 0, 2)]
    return studio.lookup("Same end", value=vectors.transpose(1, 0, 2).ravel(), shown=np.concatenate(shown).ravel())


def _cell_mesh(grid: layout.CellGrid, d: int, three: SameEnds):
    text, dim = np.divmod(np.arange(3 * d), d)
    row, column = np.divmod(dim, grid.columns)
    pitch = grid.pitch * three.form.scale
    x, z = (column - (grid.columns - 1) / 2) * pitch, layout.COLUMN_BASE + (row + 0.5) * pitch
    place = three.places[text] + np.column_stack([x, 0 * x, z])
    # The first cell of each column carries its cube.
    return points.point_mesh("Same end cells", {"text": text, "dim": dim}, place)


def _cell_group(studio: Studio, table, scale: float) -> Graph:
    d = studio.script.model.d_model
    grid = layout.CellGrid.of(d)
    graph = Graph("Same end columns")
    slot, size = graph.input("Slot", default=0.0), graph.input("Size", default=0.0)
    text, dim = graph.attribute("text", "INT"), graph.attribute("dim", "INT")
    numbers, first = graph.object_geometry(table), slot.floor()
    row = (dim / grid.columns + 1e-4).floor()
    height, swept = (row + 0.5) / grid.rows, slot - first
    index = ((first + (height < swept)) * 3.0 + text) * d + dim
    grown = graph.smooth(size * 1.4 - height * 0.4)
    seen = graph.store(graph.geometry, "value", graph.sample(numbers, "value", index))
    seen = graph.store(seen, "shown", graph.sample(numbers, "shown", index))
    edge = graph.math("COMPARE", height, swept, 1.1 / grid.rows) * (swept > 1e-3)
    tint = graph.mix_colour(
        cell_tint(graph, studio.palette, graph.attribute("shown")), studio.colour("hot", 1.2), edge * 0.7
    )
    seen = graph.store(seen, "tint", tint, "FLOAT_COLOR")
    side = 0.82 * grid.pitch * scale
    shape = graph.object_geometry(studio.shape("Same end cell", shapes.keycap()))
    cells = graph.instances(seen, shape, graph.vector(side * grown, side * 0.66, side * grown))
    shade = graph.scale_colour(graph.attribute("tint", "FLOAT_COLOR"), graph.mix(0.55, 1.0, graph.attribute("shade")))
    cells = graph.coloured(cells, shade, studio.materials.cell, studio.speck)
    feet = graph.select(graph.geometry, dim < 0.5)
    x, y, z = graph.split(graph.position())
    box_shape = shapes.bevelled_box(layout.CUBE_SIZE, 0.10)
    cube = graph.object_geometry(studio.shape("Same end cube", box_shape))
    across = (grid.columns - 1) / 2 * grid.pitch * scale
    down = layout.COLUMN_BASE + 0.5 * grid.pitch * scale - layout.CUBE_FLOAT - layout.CUBE_SIZE[2] / 2
    big = graph.smooth(size)
    cubes = graph.instances(feet, cube, graph.vector(big, big, big), graph.vector(x + across, y, z - down))
    # Without alpha: with it, they would be read as cells.
    cubes = graph.store(cubes, "tint", (*studio.colour("cube", 1.25)[:3], 0.0), "FLOAT_COLOR")
    lit = graph.scale_colour(graph.attribute("tint", "FLOAT_COLOR"), graph.attribute("shade"))
    graph.output(graph.join(cells, graph.coloured(cubes, lit, studio.materials.solid, studio.speck)))
    return graph


def _bar_mesh(shares: np.ndarray, three: SameEnds):
    text, rank = (index.ravel() for index in np.indices(shares.shape))
    place = three.places[text] + (BESIDE, 0.0, three.form.bar)
    return points.point_mesh("Same end bars", {"text": text, "rank": rank, "share": shares.ravel()}, place)


def _bar_group(studio: Studio, per_unit: float) -> Graph:
    graph = Graph("Same end bars")
    rise = graph.input("Rise", default=0.0)
    # One text after the other answers.
    long = graph.attribute("share") * per_unit * graph.smooth(rise * 2.0 - graph.attribute("text", "INT") * 0.5)
    x, y, z = graph.split(graph.position())
    block = graph.object_geometry(studio.shape("Same end bar", shapes.block()))
    seen = graph.store(graph.select(graph.geometry, long > 1e-4), "long", long)
    long = graph.attribute("long")
    bars = graph.instances(seen, block, graph.vector(long, 0.03, BAR), graph.vector(x + long * 0.5, y, z - BAR / 2))
    graph.output(graph.coloured(bars, studio.colour("gold"), studio.materials.glow, studio.speck))
    return graph
