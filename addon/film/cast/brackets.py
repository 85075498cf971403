"""Tokens that are pieces of one thing: a bracket joins the bytes of a character, or the pieces of a word."""

from .. import layout, shapes
from ..evidence import mark
from ..lines import one_line

FOOT, TOP, LINE = 1.20, 1.34, 0.028  # z of the ends and of the bracket over the cubes; thickness
SIZE, WORD_SIZE = 0.46, 0.85
ABOVE, DEEP = 0.22, 0.14  # metres between a word's columns and its bracket, and how far that reaches down


def make_brackets(studio):
    """A bracket and its character for each broken character of the prompt -> Visibility."""
    script = studio.script
    prompt = script.tokens[: script.prompt_count]
    x = layout.token_x(script.prompt_count, script.prompt_count)
    made = []
    for first, last, text in script.recording.vocabulary.broken_characters(prompt.tolist()):
        left, right = x[first] - layout.CUBE_SIZE[0] / 2, x[last] + layout.CUBE_SIZE[0] / 2
        corners = [(left, 0, FOOT), (left, 0, TOP), (right, 0, TOP), (right, 0, FOOT)]
        shape = shapes.strokes(corners[:-1], corners[1:], LINE)
        made.append(studio.solid(f"Bracket {text}", shape, studio.colour("cyan"), studio.materials.glow))
        middle = ((left + right) / 2, 0, TOP + SIZE * 0.75)
        made.append(studio.label(f"Character {text}", one_line(text), SIZE, studio.palette.cyan, middle))
    return studio.film.visibility(*made)


class WordBracket:
    """Joins tokens of the row that are pieces of one word, the last of which was drawn."""

    def __init__(self, studio, first, last, depth, top):
        """first, last: places in the row of shown tokens. depth: the row's. top: z of its columns' upper end."""
        script = studio.script
        x = layout.token_x(last + 1, script.prompt_count)
        half = (x[last] - x[first] + layout.CUBE_SIZE[0]) / 2
        corners = [(-half, 0, -DEEP), (-half, 0, 0), (half, 0, 0), (half, 0, -DEEP)]
        shape = shapes.strokes(corners[:-1], corners[1:], 1.4 * LINE)
        text = word_of(script, first, last)
        bracket = studio.solid(f"Word bracket {text}", shape, studio.colour("cyan"), studio.materials.glow)
        bracket.location = ((x[first] + x[last]) / 2, depth - 0.1, top + ABOVE)
        label = studio.label(
            f"Joined {text}", text, WORD_SIZE, studio.palette.text, (0, 0, 0.75 * WORD_SIZE), parent=bracket
        )
        mark(label, "text", says="joined", first=script.earlier + first, count=last - first + 1)
        self.size = studio.film.place(bracket, "scale", (0.001, 1.0, 0.001))
        self.visible = studio.film.visibility(bracket, label)


def joined_words(script):
    """The words of the row that are more than one token and end with a drawn one -> {step: (first, last)}."""
    words = script.recording.vocabulary.words(script.tokens.tolist())
    return {
        last - script.prompt_count: (first, last)
        for _, first, last in words
        if first < last and last >= script.prompt_count
    }


def word_of(script, first, last):
    """The word that the tokens of some places make."""
    return one_line(script.recording.vocabulary.text(script.tokens[first : last + 1]))
