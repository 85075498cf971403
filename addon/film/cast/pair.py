"""The same word twice in the text: what its place adds is told by the two, side by side."""

import numpy as np

from .. import layout
from ..evidence import mark
from ..framing import box
from ..studio import Studio
from ..texts import word
from .tokens import NOTHING

SIZE, OVER = 0.6, 0.42  # of a label's letters; metres over the second column
APART, NARROW_APART = 2.6, 1.9  # metres of each of the two from the middle
PLUS, NARROW_PLUS = (
    0.9,
    0.55,
)  # size of the sign between a vector and what is added, and metres that it moves them apart
SIGN, SIGN_Z = 2.6, 2.95  # size of the sign between them, and its height


class Pair:
    """The tokens that the addition of positions is told by: two equal ones, else the last one alone.

    x: where they stand for that. Between two stands a sign, which says whether their vectors are equal: before what
    their places add, and after.
    """

    def __init__(self, studio: Studio) -> None:
        film, script = studio.film, studio.script
        self.tokens = _equal(script.tokens[: script.prompt_count].tolist()) or (script.prompt_count - 1,)
        apart, plus = (APART, PLUS) if studio.picture.is_wide else (NARROW_APART, NARROW_PLUS)
        self.x = (-apart, apart) if len(self.tokens) == 2 else (0.0,)
        top = layout.column_top(script.model.d_model, layout.SCALE_EMBEDDING)
        self.labels = []
        for token, x in zip(self.tokens, self.x, strict=True):
            place = script.earlier + token
            text = word("place", studio.language, number=place + 1)
            where = (x + layout.update_offset(layout.SCALE_EMBEDDING) / 2, -0.1, top + OVER)
            label = studio.label(f"Place {place + 1}", text, SIZE, studio.palette.cyan, where)
            mark(label, "text", says="place", place=place, language=studio.language)
            self.labels.append(label)
        middle = (layout.update_offset(layout.SCALE_EMBEDDING) + plus) / 2
        colour = studio.palette.text
        signs = [studio.label("Plus", "+", plus, colour, (x + middle, -0.1, SIGN_Z)) for x in self.x]
        self.pluses = [film.place(label, "scale", (NOTHING,) * 3) for label in signs]
        self.gap = plus
        self.labels += signs
        self.grow = [film.place(label, "scale", (NOTHING,) * 3) for label in self.labels[: len(self.x)]]
        self.visible = film.visibility(*self.labels)
        self.signs = [self._sign(studio, slot) for slot in (0, 1)] if len(self.tokens) == 2 else []
        side = max(self.x) + 1.25
        self.corners = box((-side, -0.5, 0.05), (side + plus, 0.3, top + OVER + 0.6 * SIZE))

    def _sign(self, studio: Studio, slot: int) -> tuple:
        """Whether the vectors of the two are equal at a slot of the stream -> (Visibility, its scale)."""
        first, second = self.tokens
        text = sign(studio.script.stream[slot], first, second)
        colour = studio.palette.gold if slot else studio.palette.text
        label = studio.label(f"Compared {slot}", text, SIGN, colour, (0.0, -0.1, SIGN_Z))
        mark(label, "text", says="compared", slot=slot, one=first, other=second)
        return studio.film.visibility(label), studio.film.place(label, "scale", (NOTHING,) * 3)

    def steps(self, script) -> list[float]:
        """How far each of the two steps aside to stand there, in metres."""
        home = layout.token_x(script.prompt_count, script.prompt_count)
        return [float(x - home[token]) for token, x in zip(self.tokens, self.x, strict=True)]


def sign(vectors: np.ndarray, one: int, other: int) -> str:
    """What stands between two of some vectors [N, d]."""
    return "=" if np.array_equal(vectors[one], vectors[other]) else "\u2260"


def _equal(tokens: list[int]) -> tuple[int, int] | None:
    """The nearest to the end of all pairs of equal tokens."""
    for second in reversed(range(len(tokens))):
        first = next((i for i in reversed(range(second)) if tokens[i] == tokens[second]), None)
        if first is not None:
            return first, second
    return None
