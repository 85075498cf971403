"""Unembedding: bars that are the softmax of the real logits, computed live in Geometry Nodes.

The whole vocabulary's logits are in the file, so the Temperature of the modifier may be turned by hand and
every bar and percentage stays exact.
"""

import numpy as np

from ... import compat
from .. import layout, points, shapes
from ..evidence import mark
from ..nodes import Graph
from ..studio import FRONT
from ..texts import word

LID = 0.025
WORD_Z, PERCENT_Z = 0.42, 0.14
TEXT_Y = -layout.BAR_WIDTH / 2 - 0.05


class Bars:
    """The bars of one step: some candidates and all other tokens. x, y: the foot of the first bar."""

    def __init__(self, studio, groups, step, candidates, scale, name):
        group, word_group = groups
        film, script = studio.film, studio.script
        logits = script.recording.steps[step].trace.logits
        self.candidates = candidates
        table = studio.lookup(f"{name} logits", logit=logits.astype(np.float32))
        mesh = _bar_mesh(len(candidates), candidates, name)
        self.object, self.modifier = studio.field(name, mesh, group)
        compat.set_input(self.modifier, "Logits", table)
        compat.set_input(self.modifier, "Largest", float(logits.max()))
        compat.set_input(self.modifier, "Height", float(scale.per_unit))
        compat.set_input(self.modifier, "Others Width", float(scale.others_width))
        # The words never change: apart from the percentages, they cost nothing from frame to frame.
        self.words, words = studio.field(f"{name} words", studio.empty, word_group, parent=self.object)
        compat.set_input(words, "Others Width", float(scale.others_width))
        for place, token in enumerate(candidates):
            compat.set_input(words, f"Word {place + 1}", script.label(token))
        mark(self.object, "bars", step=step)
        mark(self.words, "bar words", step=step)
        self.rise = film.dial(self.modifier, "Rise", 0.0)
        self.temperature = film.dial(self.modifier, "Temperature", 1.0)
        self.chosen = film.dial(self.modifier, "Chosen", -1.0)
        self.glow = film.dial(self.modifier, "Glow", 0.0)
        self.place = film.place(self.object, "location", (0.0, 0.0, 0.0))
        self.scale = film.place(self.object, "scale", (1.0, 1.0, 1.0))
        self.visible = film.visibility(self.object, self.words)
        self.width = (len(candidates) - 1) * layout.BAR_PITCH + 0.7 + scale.others_width
        self.top = layout.BAR_BASE + layout.BAR_MAX_HEIGHT


def _bar_mesh(count, candidates, name):
    """One point a bar, the last one for all other tokens (token -1)."""
    place = np.arange(count + 1)
    return points.point_mesh(
        name,
        {"token": np.append(candidates, -1), "place": place},
        np.column_stack([place * layout.BAR_PITCH, 0 * place, 0 * place]),
    )


def bar_group(studio, count):
    """Points -> bars with words and percentages. p(token) = exp((z - z_max) / T) / Σ over the vocabulary.

    In steps, as `assemble`.
    """
    materials = studio.materials
    graph = Graph("Probability bars")
    table = graph.input("Logits", "Object")
    largest = graph.input("Largest")
    temperature = graph.input("Temperature", default=1.0)
    rise = graph.input("Rise", default=1.0)
    chosen = graph.input("Chosen", default=-1.0)
    glow = graph.input("Glow", default=0.0)
    per_unit = graph.input("Height", default=10.0)
    others_width = graph.input("Others Width", default=0.5)

    vocabulary = graph.object_geometry(table)
    exponential = graph.math("EXPONENT", (graph.attribute("logit") - largest) / temperature)
    total = graph.field(
        "GeometryNodeAttributeStatistic",
        {"Geometry": vocabulary, "Attribute": exponential},
        output="Sum",
        data_type="FLOAT",
    )
    token, place = graph.attribute("token", "INT"), graph.attribute("place", "INT")
    own = graph.sample(vocabulary, "logit", token)
    probability = graph.math("EXPONENT", (own - largest) / temperature) / total
    others = token < -0.5
    bars = graph.store(graph.geometry, "probability", probability * (1.0 - others))
    shown = graph.field(
        "GeometryNodeAttributeStatistic",
        {"Geometry": bars, "Attribute": graph.attribute("probability")},
        output="Sum",
        data_type="FLOAT",
    )
    bars = graph.store(bars, "probability", graph.mix(graph.attribute("probability"), 1.0 - shown, others))
    result = graph.attribute("probability")

    yield "bars"
    area = result * per_unit
    height = graph.mix(area, area * layout.BAR_WIDTH / others_width, others)
    width = graph.mix(layout.BAR_WIDTH, others_width, others)
    stagger = graph.smooth(rise * (1 + count * 0.12) - place * 0.12)
    x, _, _ = graph.split(graph.position())
    bar_x = x + others * (others_width * 0.5 - 0.06)
    tall = height * stagger
    gold = graph.math("COMPARE", place, chosen, 0.5) * glow
    bars = graph.store(bars, "gold", gold)
    thick = graph.math("MINIMUM", tall, LID)
    block = graph.object_geometry(studio.shape("Bar", shapes.block()))
    foot = graph.vector(bar_x, 0.0, layout.BAR_BASE)
    solid = graph.instances(bars, block, graph.vector(width, layout.BAR_WIDTH, tall - thick), foot)
    # The top of a bar is a thin bright lid, so that its height reads at a glance.
    lid = graph.vector(bar_x, -0.01, layout.BAR_BASE + tall - thick)
    lids = graph.instances(bars, block, graph.vector(width, layout.BAR_WIDTH, thick), lid)
    shine = graph.mix_colour(studio.colour("bar", 2.2), studio.colour("bar_shine", 1.3), graph.attribute("gold"))
    shine = graph.scale_colour(shine, graph.mix(1.0, 0.35, graph.attribute("token", "INT") < -0.5))
    is_others = graph.attribute("token", "INT") < -0.5
    tint = graph.mix_colour(studio.colour("bar"), studio.colour("bar_others"), is_others)
    tint = graph.mix_colour(tint, studio.colour("gold", 0.85), graph.attribute("gold"))
    solid = graph.store(solid, "tint", tint, "FLOAT_COLOR")
    _, _, z = graph.split(graph.position())
    sheen = graph.attribute("shade") * graph.mix(0.8, 1.1, (z - layout.BAR_BASE) / layout.BAR_MAX_HEIGHT)
    colour = graph.scale_colour(graph.attribute("tint", "FLOAT_COLOR"), sheen)
    parts = [
        graph.coloured(solid, colour, materials.solid, studio.speck),
        graph.coloured(lids, shine, materials.glow, studio.speck),
    ]
    for i in range(count + 1):
        yield "bars"
        at = graph.field(
            "GeometryNodeSampleIndex",
            {"Geometry": bars, "Value": graph.attribute("probability"), "Index": i},
            output="Value",
            data_type="FLOAT",
            clamp=True,
        )
        is_chosen = graph.math("COMPARE", chosen, float(i), 0.5) * glow
        percent = _text(graph, _percent_of(graph, studio, at), _middle(i, count, others_width), PERCENT_Z)
        dim = graph.mix_colour(studio.colour("text_dim"), studio.colour("gold"), is_chosen)
        visible = graph.smooth(rise * (1 + count * 0.12) - i * 0.12)
        dark = studio.colour("edge")
        parts.append(graph.coloured(percent, graph.mix_colour(dark, dim, visible), materials.type, studio.speck))
    graph.output(graph.join(*parts))
    return graph


def word_group(studio, count):
    """The words under the bars; one that is wider than its bar's place shrinks to fit."""
    graph = Graph("Bar words")
    others_width = graph.input("Others Width", default=0.5)
    words = [graph.input(f"Word {i + 1}", "String") for i in range(count)]
    fit = layout.BAR_PITCH - 0.06
    texts = [
        _text(graph, studio.text(graph, text, 0.25, fit=fit), _middle(i, count, others_width), WORD_Z)
        for i, text in enumerate([*words, word("others", studio.language)])
    ]
    white = studio.colour("text")
    graph.output(graph.coloured(graph.join(*texts), white, studio.materials.type, studio.speck))
    return graph


def _middle(place, count, others_width):
    """x of a bar's middle; the last one is as wide as its share asks for."""
    x = place * layout.BAR_PITCH
    return x if place < count else x + (others_width * 0.5 - 0.06)


def _percent_of(graph, studio, probability):
    number = graph.field("FunctionNodeValueToString", {"Value": probability * 100.0, "Decimals": 1})
    unit = graph.field("FunctionNodeInputString", string="%")
    return studio.text(graph, graph.field("GeometryNodeStringJoin", {"Strings": [number, unit]}), 0.22)


def _text(graph, text, x, z):
    """A text, stood up at (x, z) in front of the bars."""
    return graph.field(
        "GeometryNodeTransform", {"Geometry": text, "Translation": graph.vector(x, TEXT_Y, z), "Rotation": FRONT}
    )
