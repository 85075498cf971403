"""The same word twice in the text: what its place adds is told by the two."""

from .. import layout
from ..evidence import mark
from ..studio import Studio
from ..texts import word

SIZE, OVER = 0.44, 0.3  # of a label's letters; metres over the second column


class Pair:
    """The tokens that the addition of positions is told by: two equal ones, else the last one alone."""

    def __init__(self, studio: Studio) -> None:
        film, script = studio.film, studio.script
        self.tokens = _equal(script.tokens[: script.prompt_count].tolist()) or (script.prompt_count - 1,)
        top = layout.column_top(script.model.d_model, layout.SCALE_EMBEDDING)
        x = layout.token_x(script.prompt_count, script.prompt_count)
        self.labels = []
        for token in self.tokens:
            place = script.earlier + token
            text = word("place", studio.language, number=place + 1)
            where = (float(x[token]) + layout.update_offset(layout.SCALE_EMBEDDING), -0.1, top + OVER)
            label = studio.label(f"Place {place + 1}", text, SIZE, studio.palette.cyan, where)
            mark(label, "text", says="place", place=place, language=studio.language)
            self.labels.append(label)
        self.light = [studio.light(label) for label in self.labels]
        self.visible = film.visibility(*self.labels)


def _equal(tokens: list[int]) -> tuple[int, int] | None:
    """The nearest to the end of all pairs of equal tokens."""
    for second in reversed(range(len(tokens))):
        first = next((i for i in reversed(range(second)) if tokens[i] == tokens[second]), None)
        if first is not None:
            return first, second
    return None
