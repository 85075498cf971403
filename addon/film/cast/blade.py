"""The light that cuts the text into tokens."""

from .. import shapes
from ..studio import Studio
from .typed import LEADING, TYPED_SIZE, Typed

WIDTH, OVER = 0.05, 0.45  # metres; how far it reaches over the lines


class Blade:
    """A thin upright plate as high as the lines of the prompt; it runs from their left end to their right."""

    def __init__(self, studio: Studio, typed: Typed) -> None:
        prompt = typed.end_of(studio.script.text_count)
        lines = typed.line_of(max(prompt - 1, 0)) + 1
        high = (lines - 1) * LEADING * TYPED_SIZE + 2 * OVER + TYPED_SIZE
        vertices, faces, shade = shapes.plate()
        plate = ([(x * WIDTH, y, z * high) for x, y, z in vertices], faces, shade)
        self.object = studio.solid("Blade", plate, studio.colour("hot", 1.6), studio.materials.glow)
        z = typed.top - (lines - 1) / 2 * LEADING * TYPED_SIZE
        half = typed.breadth(prompt) / 2 + 0.3
        self.end = (half, -0.5, z)
        self.place = studio.film.place(self.object, "location", (-half, -0.5, z))
        self.visible = studio.film.visibility(self.object)
