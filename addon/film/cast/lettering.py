"""Texts that belong together as one object."""

from dataclasses import dataclass

import numpy as np

from ... import compat
from ..nodes import Graph
from ..studio import SCENERY, Studio, is_latin
from ..texts import breadth


@dataclass(frozen=True)
class Letters:
    """One text of a lettering; place: of its middle, or of the edge that it is aligned to."""

    body: str
    size: float
    colour: tuple  # linear
    place: tuple
    align: str = "Center"
    most: float | None = None  # a width that it shrinks to, about


class Lettering:
    """Texts in one object that faces -Y. Shown: how many there are, from the first; the next one grows out of its foot.

    Their words are inputs of the modifier, Text 1, Text 2 and so on.
    """

    def __init__(self, studio: Studio, name: str, texts: list[Letters], parent=None, still=False, scenery=False):
        """still: all are there from the beginning, and cost nothing a frame."""
        graph = Graph(name)
        shown = None if still else graph.input("Shown", default=0.0)
        drawn = []
        for place, text in enumerate(texts):
            body = graph.input(f"Text {place + 1}", "String")
            latin = studio.latin if is_latin(text.body) else None
            size = text.size * min(1.0, (text.most or 1e9) / max(1.15 * breadth(text.body) * text.size, 1e-6))
            size *= compat.BUILT_IN_FONT_SIZE if latin is None and is_latin(text.body) else 1.0
            curves = studio.text(graph, body, size, text.align, latin)
            curves = graph.coloured(curves, text.colour, studio.materials.type, studio.speck)
            grown = 1.0 if still else graph.smooth(shown - float(place)).clamp(1e-3)
            scale = graph.vector(grown, grown, grown) if not still else (1.0, 1.0, 1.0)
            inputs = {"Geometry": curves, "Translation": text.place, "Rotation": (np.pi / 2, 0, 0), "Scale": scale}
            placed = graph.field("GeometryNodeTransform", inputs)
            drawn.append(placed)
        graph.output(graph.join(*drawn))
        self.object, self.modifier = studio.field(name, studio.empty, graph, parent=parent)
        self.object[SCENERY] = scenery
        for place, text in enumerate(texts):
            compat.set_input(self.modifier, f"Text {place + 1}", text.body)
        self.shown = None if still else studio.film.dial(self.modifier, "Shown", 0.0)
        self.visible = studio.film.visibility(self.object)
