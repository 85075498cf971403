"""Tokens that are pieces of one character: a bracket joins their bytes into it."""

from .. import layout, shapes

FOOT, TOP, LINE = 1.20, 1.34, 0.028  # z of the ends and of the bracket over the cubes; thickness
SIZE = 0.46


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
        made.append(studio.label(f"Character {text}", " ".join(text.split()), SIZE, studio.palette.cyan, middle))
    return studio.film.visibility(*made)
