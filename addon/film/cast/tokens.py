"""The token cubes: ordinary objects with ordinary keys, one seat per token of the row."""

from collections.abc import Iterator

import bpy
import numpy as np

from .. import layout, shapes
from ..evidence import mark
from ..nodes import Graph
from ..studio import Studio
from ..texts import set_width
from ..timeline import Clip
from .typed import TYPED_SIZE

LABEL_SIZE, LABEL_WIDTH = 0.53, 1.18
AT_ONCE = 8  # that are made in one step
DIP = 0.6  # how much darker a cube is, halfway to gold
NOTHING = 0.001  # a scale of 0 would make a transform that can't be inverted
SENTENCE_SIZE = TYPED_SIZE / LABEL_SIZE  # the labels' scale while they still stand as lines of text
FACE = -layout.CUBE_SIZE[1] / 2 - 0.012  # y of a label, from its token
ID_SIZE, ID_WIDTH, ID_ABOVE = 0.225, 1.42, 1.72  # of an id under its cube; its width and height while it is spoken of
ID_LARGEST = 2.8  # times its size
NARROW_ID, NARROW_STEP = 1.35, 0.7  # times that in a narrow picture, where every second one is so much higher


class Token:
    """A seat in the row (an empty), and on it a cube and its label; id: the number of one of the prompt, else None."""

    def __init__(self, studio, row, cube_group, cube_mesh, index, label, width):
        film, script = studio.film, studio.script
        token = script.tokens[index]
        x = layout.token_x(index + 1, script.prompt_count)[index]
        text = script.label(token)
        self.x, self.text = float(x), text
        seat = studio.object(f"Token {index + 1}", None, parent=row)
        seat.empty_display_size = 0.2
        middle = layout.CUBE_FLOAT + layout.CUBE_SIZE[2] / 2
        cube, modifier = studio.field(f"Cube {text}", cube_mesh, cube_group, parent=seat)
        cube.location.z = middle
        label.parent = seat
        self.label, self.width = label, width
        self.text_scale = min(1.0, LABEL_WIDTH / max(width, 1e-3))  # long words shrink to their cube's face
        mark(cube, "cube", says="token", place=script.earlier + index)
        mark(label, "text", says="token", place=script.earlier + index)
        self.rest = (0.0, FACE, middle)
        self.seat = film.place(seat, "location", (self.x, 0.0, 0.0))
        self.stature = film.place(seat, "scale", (1.0, 1.0, 1.0))
        self.place = film.place(self.label, "location", self.rest)
        self.scale = film.place(self.label, "scale", (self.text_scale,) * 3)
        self.cube_scale = film.place(cube, "scale", (NOTHING,) * 3)
        self.focus = film.dial(modifier, "Focus", 0.0)
        self.light = film.dial(modifier, "Light", 1.0)
        self.word_light = studio.light(label)
        self.visible = film.visibility(cube, self.label)
        self.cube = cube
        self.id = TokenId(studio, seat, index) if index < script.prompt_count else None

    def boxed(self, **timing):
        """Clips that put a cube around the word, where it stands."""
        return [self.scale.to((self.text_scale,) * 3, **timing), self.cube_scale.to((1, 1, 1), **timing)]

    def opened(self, **timing):
        """Clips that move the word sideways in its line, to leave room for a cube."""
        return self.seat.to((self.x, 0.0, self.sentence[1] - self.rest[2]), **timing)

    def seated(self, **timing):
        """Clips that bring the cube to its place in the row."""
        return self.seat.to((self.x, 0.0, 0.0), **timing)

    def arrive(self, origin, size, **timing):
        """Clips that bring the label from somewhere else (relative to the seat) onto its cube."""
        return [
            self.place.to(self.rest, origin=origin, **timing),
            self.scale.to((self.text_scale,) * 3, origin=(size,) * 3, **timing),
        ]

    def away(self, **timing):
        """Clips that shrink everything on the seat to nothing."""
        return [scale.to((NOTHING,) * 3, **timing) for scale in (self.cube_scale, self.scale)]

    def sink(self, **timing):
        """Clips that let everything on the seat shrink into the floor; nothing lies flat on it."""
        return self.stature.to((NOTHING,) * 3, **timing)

    def rise(self, **timing):
        """Clips that undo sink()."""
        return self.stature.to((1.0, 1.0, 1.0), **timing)

    def returned(self, **timing):
        """Clips that bring cube and label back, without the id."""
        return [self.cube_scale.to((1, 1, 1), **timing), self.scale.to((self.text_scale,) * 3, **timing)]


class TokenId:
    """The number of a token in the vocabulary: over its cube, large, while it is spoken of."""

    def __init__(self, studio: Studio, seat: bpy.types.Object, index: int):
        film, script = studio.film, studio.script
        number, rows = str(script.tokens[index]), 1 if studio.picture.is_wide else 2
        self._above = ID_ABOVE + NARROW_STEP * (index % rows)
        largest = ID_LARGEST * (1.0 if studio.picture.is_wide else NARROW_ID)
        self._large = min(largest, rows * ID_WIDTH / (0.62 * ID_SIZE * len(number)))
        label = studio.label(f"Id {number}", number, ID_SIZE, studio.palette.text, parent=seat)
        mark(label, "text", says="id", place=script.earlier + index)
        self._place = film.place(label, "location", (0.0, -0.45, self._above))
        self._size = film.place(label, "scale", (NOTHING,) * 3)
        self.light, self.visible = studio.light(label), film.visibility(label)

    def raised(self, **timing) -> list[Clip]:
        """Clips that show it."""
        born = (0.0, -0.45, self._above - 0.3)  # over the cube's word
        rise = self._place.to((0.0, -0.45, self._above), origin=born, **timing)
        return [rise, self._size.to((self._large,) * 3, **timing)]

    def lowered(self, **timing) -> Clip:
        """A clip that takes it away again."""
        return self._size.to((NOTHING,) * 3, **timing)


class Tokens:
    """All tokens in order; `row` is the empty that carries them (and their vectors) through the layers."""

    def make(self, studio: Studio) -> Iterator[str]:
        """In steps, as `assemble`."""
        row = studio.object("Row", None)
        row.empty_display_size = 0.5
        self.row_object, self.row = row, studio.film.place(row, "location", (0.0, 0.0, 0.0))
        self.earlier = Earlier(studio, row) if studio.script.earlier else None
        group = _cube_group(studio)
        mesh = studio.shape("Token cube", shapes.bevelled_box(layout.CUBE_SIZE, 0.10)).data
        words = [studio.script.label(token) for token in studio.script.tokens]
        labels = [studio.label(f"Label {word}", word, LABEL_SIZE, studio.palette.text) for word in words]
        self.all = []
        for begin in range(0, len(labels), AT_ONCE):
            yield "tokens"
            some = labels[begin : begin + AT_ONCE]
            self.all += [
                Token(studio, row, group, mesh, begin + index, label, width)
                for index, (label, width) in enumerate(zip(some, studio.measure(some), strict=True))
            ]
        self.prompt = self.all[: studio.script.prompt_count]
        self.drawn = self.all[studio.script.prompt_count :]
        self._earlier = studio.script.earlier

    def stand_in(self, typed):
        """Where the prompt's cubes begin: each label on its own letters of the typed text."""
        earlier, lines = self._earlier, {}
        for place, (start, end) in enumerate(zip([0, *typed.ends], typed.ends, strict=False)):
            shown = 0 <= place - earlier < len(self.all)
            token = self.all[place - earlier] if shown else None
            about = set_width(typed.whole[start:end]) * typed.size
            as_written = typed.dense or not shown or start == end  # part of a letter, or one without letters
            width = about if as_written else token.width * SENTENCE_SIZE
            lines.setdefault(typed.line_of(max(end - 1, 0)), []).append((token, width))
        for row, line in lines.items():
            left, z = -typed.breadth(typed.end_of(earlier + len(self.prompt))) / 2, typed.row_z(row)
            gap = (typed.widths[row] - sum(width for _, width in line)) / max(len(line) - 1, 1)
            for token, width in line:
                if token in self.prompt:
                    token.sentence, token.sentence_row = (left + width / 2, z), row
                    token.sentence_left, token.sentence_right = left, left + width
                    token.seat.begin((left + width / 2, 0.0, z - token.rest[2]))
                    token.scale.begin((SENTENCE_SIZE,) * 3)
                left += width + gap


class Earlier:
    """Tokens before the shown ones, as slabs close together: they are there and are read, but nothing of them is shown.

    Beams from them begin at the upper end of their stems, as high as the vectors of the others.
    """

    def __init__(self, studio, row):
        film, script = studio.film, studio.script
        x = script.text_x[: script.earlier]
        top = layout.column_top(script.model.d_model, layout.SCALE_ATTENTION)
        cubes = _slabs(studio, row, "Earlier tokens", x, layout.CUBE_FLOAT, layout.CUBE_SIZE[2], studio.palette.cube)
        height = top - layout.COLUMN_BASE
        stems = _slabs(studio, row, "Earlier vectors", x, layout.COLUMN_BASE, height, studio.palette.earlier)
        self.visible, self.stems_visible = film.visibility(cubes), film.visibility(stems)


def _slabs(studio, row, name, x, foot, height, colour):
    vertices, faces, shade = shapes.block()
    size = np.array([0.6 * layout.EARLIER_PITCH, 0.25 * layout.CUBE_SIZE[1], height])
    places = np.column_stack([x, 0 * x, np.full_like(x, foot)])
    corners = (places[:, None] + np.array(vertices) * size).reshape(-1, 3)
    faces = [tuple(i + slab * len(vertices) for i in face) for slab in range(len(x)) for face in faces]
    return studio.solid(name, (corners, faces, shade * len(x)), colour, studio.materials.solid, parent=row)


def _cube_group(studio):
    """Colour of a cube: Focus (0 … 1) turns it gold, Light (0 … 1) dims it. It has no image in the floor, which would
    look like a second row."""
    graph = Graph("Token cube")
    focus, light = graph.input("Focus", default=0.0), graph.input("Light", default=1.0)
    # Blue and gold are opposites: halfway between them is mauve, so that one goes dark before the other shines.
    turned, dark = graph.smooth(focus, 0.3, 0.7), focus * (1.0 - focus) * (4.0 * DIP)
    tint = graph.mix_colour(studio.colour("cube", 1.25), studio.colour("cube_focus", 2.6), turned)
    tint = graph.scale_colour(tint, 1.0 - dark)
    tint = studio.palette.fade(graph, tint, light)
    geometry = graph.store(graph.geometry, "tint", tint, "FLOAT_COLOR")
    colour = graph.scale_colour(graph.attribute("tint", "FLOAT_COLOR"), graph.attribute("shade"))
    graph.output(graph.coloured(geometry, colour, studio.materials.solid, studio.speck))
    return graph
