"""The temperature dial, and the draw: a pointer that falls by the recorded random number."""

import numpy as np

from ....inference.sampling import probabilities
from .. import points, shapes
from ..evidence import mark
from ..nodes import Graph
from ..studio import FRONT
from ..texts import word

DIAL_RADIUS = 0.62
DIAL_FROM, DIAL_TO = 0.0, 2.0  # temperatures at the two ends of the scale
DIAL_START, DIAL_SWEEP = np.radians(225), np.radians(270)  # from lower left, clockwise
STRIP_HEIGHT = 0.16
NAMED = 40  # tokens that have a piece of the strip each


class TemperatureDial:
    """A round scale from 0 to 2 whose value is the bars' temperature."""

    def __init__(self, studio):
        film = studio.film
        angles = np.linspace(0, 1, 61)
        mesh = points.point_mesh("Dial", {"share": angles.astype(np.float32)})
        self.object, self.modifier = studio.field("Temperature dial", mesh, _dial_group(studio))
        mark(self.object, "dial")
        self.temperature = film.dial(self.modifier, "Temperature", 1.0)
        self.place = film.place(self.object, "location", (0.0, 0.0, 0.0))
        self.visible = film.visibility(self.object)
        name = word("temperature", studio.language)
        self.name = studio.label("Dial name", name, 0.24, studio.palette.text_dim, (0, 0, -0.66), parent=self.object)
        self.name_visible = film.visibility(self.name)


def _dial_group(studio):
    graph = Graph("Temperature dial")
    temperature = graph.input("Temperature", default=1.0)
    share = graph.attribute("share")
    angle = DIAL_START - share * DIAL_SWEEP
    value = ((temperature - DIAL_FROM) / (DIAL_TO - DIAL_FROM)).clamp()
    spots = graph.store(graph.geometry, "on", share < value + 1e-4)
    place = graph.vector(graph.cos(angle) * DIAL_RADIUS, 0.0, graph.sin(angle) * DIAL_RADIUS)
    dots = graph.instances(
        spots, graph.object_geometry(studio.shape("Dial dot", shapes.disc(8))), (0.062, 0.062, 0.062), place
    )
    lit = graph.mix_colour(studio.colour("unlit"), studio.colour("gold", 1.2), graph.attribute("on"))
    parts = [graph.coloured(dots, lit, studio.materials.glow, studio.speck)]

    turn = DIAL_START - value * DIAL_SWEEP
    needle = graph.object_geometry(studio.shape("Dial needle", shapes.plate()))
    needle = graph.field(
        "GeometryNodeTransform",
        {
            "Geometry": needle,
            "Scale": (0.22, 1.0, 0.035),
            "Rotation": graph.vector(0.0, -turn, 0.0),
            "Translation": graph.vector(graph.cos(turn) * 0.44, -0.01, graph.sin(turn) * 0.44),
        },
    )
    parts.append(graph.coloured(needle, studio.colour("hot", 1.2), studio.materials.glow, studio.speck))

    number = graph.field("FunctionNodeValueToString", {"Value": temperature, "Decimals": 2})
    text = studio.text(graph, number, 0.3)
    text = graph.field("GeometryNodeTransform", {"Geometry": text, "Rotation": FRONT})
    parts.append(graph.coloured(text, studio.colour("text"), studio.materials.type, studio.speck))
    graph.output(graph.join(*parts))
    return graph


class Draw:
    """A strip from 0 to 1: each token's share in order of falling probability. The pointer, with the random
    number beside it, drops to its place on the strip."""

    def __init__(self, studio, step, width, origin):
        """origin: world position of the strip's left end at its foot; width in metres."""
        film, script = studio.film, studio.script
        recorded = script.recording.steps[step]
        shares = probabilities(recorded.trace.logits, script.recording.sampling)
        order = np.argsort(-shares, kind="stable")
        ends = np.cumsum(shares[order])
        self.random = recorded.draw.random
        self.width = width
        self.strip = self._strip(studio, order, shares, ends, recorded.draw.token, width)
        self.strip.location = origin
        tip, body = 0.26, 0.12
        cone = (
            [(0, 0, 0), (-body, -body, tip), (body, -body, tip), (body, body, tip), (-body, body, tip)],
            [(0, 1, 2), (0, 2, 3), (0, 3, 4), (0, 4, 1), (4, 3, 2, 1)],
            [1.0, 0.7, 0.8, 0.6, 0.6],
        )
        pointer = studio.solid("Pointer", cone, studio.colour("hot", 1.3), studio.materials.glow)
        number = studio.label(
            "Random number", f"{self.random:.4f}", 0.24, studio.palette.gold, (0.62, 0, 0.2), parent=pointer
        )
        mark(self.strip, "strip", step=step)
        mark(pointer, "pointer", step=step)
        mark(number, "text", says="drawn number", step=step)
        x = origin[0] + self.random * width
        self.landed = (x, origin[1] - 0.05, origin[2] + STRIP_HEIGHT + 0.02)
        self.above = (x, origin[1] - 0.05, origin[2] + STRIP_HEIGHT + 5.5)
        self.pointer = film.place(pointer, "location", self.above)
        self.pointer_visible = film.visibility(pointer, number)
        self.strip_scale = film.place(self.strip, "scale", (0.001, 1.0, 1.0))
        self.visible = film.visibility(self.strip)

    @staticmethod
    def _strip(studio, order, shares, ends, drawn, width):
        """Segments of the likeliest NAMED tokens, the rest as one; the drawn token's own segment is gold."""
        vertices, faces, colours = [], [], []
        named = min(NAMED, len(order))
        edges = [0.0, *ends[:named], 1.0]
        segments = [(edges[i], edges[i + 1], order[i] == drawn) for i in range(named)] + [(edges[named], 1.0, False)]
        place = int(np.flatnonzero(order == drawn)[0])
        if place >= named:
            segments.append((ends[place] - shares[drawn], ends[place], True))
        for i, (left, right, gold) in enumerate(segments):
            if right <= left:
                continue
            low = len(vertices)
            y = -0.02 if gold else 0.0
            x0, x1 = left * width, max(right * width, left * width + (0.02 if gold else 0.0))
            vertices += [(x0, y, 0), (x1, y, 0), (x1, y, STRIP_HEIGHT), (x0, y, STRIP_HEIGHT)]
            faces.append((low, low + 1, low + 2, low + 3))
            blue = studio.colour("bar", 1.0 if i % 2 else 0.62)
            rest = studio.colour("bar_others")
            colours += [studio.colour("gold") if gold else rest if i >= named else blue] * 4
        mesh = points.shape_mesh("Draw strip", vertices, faces)
        points.write_attribute(mesh, "Color", np.array(colours))
        mesh.materials.append(studio.materials.glow)
        return studio.object("Draw strip", mesh)
