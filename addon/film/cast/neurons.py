"""The MLP: a panel of neurons over each token, and threads from its vector to the strongest of them."""

import numpy as np

from .. import layout, palette, points, shapes
from ..evidence import mark
from ..nodes import Graph

STRONGEST = 9  # threads per token and layer
THREAD_POINTS = 24
ROUND_COUNT = 1024  # panels with more neurons draw them as diamonds: they are two pixels wide


class Neurons:
    """Layer chooses whose activations the panels show, of tokens First to Count - 1, at the depth of their row.

    Reveal (0 … 1) unfolds them, Fire lights them up. The threads' pulses run up to the neurons (Up) and back into the
    vector (Down), 0 … 1 along the way.
    """

    def __init__(self, studio):
        film, script = studio.film, studio.script
        scales = [layout.value_scale(layer[: script.prompt_count]) for layer in script.activations]
        shown = np.stack(
            [layout.shown_activation(layer, scale) for layer, scale in zip(script.activations, scales, strict=True)]
        )
        table = studio.lookup("Activations", value=script.activations.ravel(), shown=shown.ravel())
        self.object, self.modifier = studio.field("Neurons", _neuron_mesh(script), _neuron_group(studio, table))
        self.threads, thread_modifier = studio.field(
            "Neuron threads", _thread_mesh(script, shown), _thread_group(studio)
        )
        mark(self.object, "neurons")
        mark(self.threads, "threads")
        base = layout.column_top(script.model.d_model, layout.SCALE_ATTENTION) + layout.NEURON_PANEL_GAP
        start = {
            "Layer": 0.0,
            "Reveal": 0.0,
            "Base": base,
            "First": 0.0,
            "Count": float(script.prompt_count),
            "Depth": 0.0,
        }
        for name, value in start.items():
            dials = [film.dial(modifier, name, value) for modifier in (self.modifier, thread_modifier)]
            setattr(self, name.lower(), _Both(dials))
        self.fire = film.dial(self.modifier, "Fire", 0.0)
        self.up = film.dial(thread_modifier, "Up", -0.3)
        self.down = film.dial(thread_modifier, "Down", -0.3)
        self.visible = film.visibility(self.object)
        self.threads_visible = film.visibility(self.threads)
        self.base_z = base


class _Both:
    """The same input of both modifiers, turned together."""

    def __init__(self, dials):
        self.dials = dials

    def to(self, value, **timing):
        return [dial.to(value, **timing) for dial in self.dials]


def _neuron_mesh(script):
    count, size = script.count, script.model.d_mlp
    token, neuron = np.divmod(np.arange(count * size), size)
    place = layout.NeuronGrid.of(size).place(neuron)
    place[:, 0] += layout.token_x(count, script.prompt_count)[token]
    return points.point_mesh("Neurons", {"token": token, "neuron": neuron}, place)


def _neuron_group(studio, table):
    script = studio.script
    graph = Graph("Neurons")
    layer, reveal, base, first, count, depth, fire = (
        graph.input(n, default=0.0) for n in ("Layer", "Reveal", "Base", "First", "Count", "Depth", "Fire")
    )
    token, neuron = graph.attribute("token", "INT"), graph.attribute("neuron", "INT")
    grid = layout.NeuronGrid.of(script.model.d_mlp)
    numbers = graph.object_geometry(table)
    row = ((layer + 0.5).floor() * script.count + token) * script.model.d_mlp + neuron
    x, y, z = graph.split(graph.position())
    unfold = graph.smooth(grid.turn(reveal, z))
    seen = graph.select(graph.geometry, (token < count) * (token > first - 0.5) * (unfold > 0.001))
    seen = graph.store(seen, "value", graph.sample(numbers, "value", row))
    seen = graph.store(seen, "shown", graph.sample(numbers, "shown", row))
    seen = graph.store(seen, "unfold", unfold)  # by the height on the panel, before the panel is put in its place
    lit = graph.attribute("shown") * fire
    size = grid.diameter(lit) * graph.attribute("unfold")
    ramp = graph.ramp(lit, palette.stops(studio.palette.activation))
    seen = graph.store(seen, "tint", graph.scale_colour(ramp, studio.palette.neuron_light(lit)), "FLOAT_COLOR")
    disc = graph.object_geometry(studio.shape("Neuron", shapes.disc(6 if script.model.d_mlp <= ROUND_COUNT else 4)))
    made = graph.instances(seen, disc, graph.vector(size, size, size), graph.vector(x, y + depth, z + base))
    tint = graph.attribute("tint", "FLOAT_COLOR")
    graph.output(graph.coloured(made, tint, studio.materials.glow, studio.speck))
    return graph


def _thread_mesh(script, shown):
    """The strongest neurons of every token in every layer: one point each, at the neuron's place on its panel."""
    n_layer, count, size = shown.shape
    strongest = np.argsort(-script.activations, axis=-1, kind="stable")[:, :, : min(STRONGEST, size)]
    layer, token, _ = (index.ravel() for index in np.indices(strongest.shape))
    neuron = strongest.ravel()
    place = layout.NeuronGrid.of(size).place(neuron)
    x = layout.token_x(count, script.prompt_count)[token]
    return points.point_mesh(
        "Threads",
        {
            "layer": layer,
            "token": token,
            "neuron": neuron,
            "value": script.activations[layer, token, neuron],
            "shown": shown[layer, token, neuron],
            "foot_x": x,
            "to_x": place[:, 0],
            "to_y": place[:, 1],
            "to_z": place[:, 2],
        },
    )


def _thread_group(studio):
    graph = Graph("Neuron threads")
    names = ("Layer", "Reveal", "Base", "First", "Count", "Depth")
    layer, reveal, base, first, count, depth = (graph.input(name, default=0.0) for name in names)
    up, down = graph.input("Up", default=-0.3), graph.input("Down", default=-0.3)
    own = graph.math("COMPARE", graph.attribute("layer", "INT"), layer, 0.5)
    token = graph.attribute("token", "INT")
    chosen = graph.select(graph.geometry, own * (token < count) * (token > first - 0.5) * (reveal > 0.001))
    line = graph.field("GeometryNodeCurvePrimitiveLine", {"End": (1.0, 0.0, 0.0)})
    line = graph.field("GeometryNodeResampleCurve", {"Curve": line, "Count": THREAD_POINTS})
    along, _, _ = graph.split(graph.position())
    line = graph.store(line, "along", along)
    placed = graph.field("GeometryNodeInstanceOnPoints", {"Points": chosen, "Instance": line})
    curves = graph.field("GeometryNodeRealizeInstances", {"Geometry": placed})

    t = graph.attribute("along") * reveal
    spread = graph.smooth(t)
    gap = layout.NEURON_PANEL_GAP
    x = graph.attribute("foot_x") + graph.attribute("to_x") * spread
    y = depth + graph.attribute("to_y") * spread
    z = base - gap + 0.03 + (graph.attribute("to_z") + gap - 0.03) * graph.mix(t, t * t, 0.3)
    curves = graph.move(curves, graph.vector(x, y, z))

    def pulse(at, sign):
        ahead = (graph.attribute("along") - at) * sign
        head = graph.math("EXPONENT", -((ahead / 0.03) ** 2.0))
        return graph.math("MAXIMUM", head, graph.math("EXPONENT", ahead / layout.THREAD_TAIL) * (ahead < 0.0))

    hot = (pulse(up, 1.0) + pulse(1.0 - down, -1.0)).clamp() * graph.attribute("shown")
    profile = graph.field("GeometryNodeCurvePrimitiveCircle", {"Resolution": 4, "Radius": 1.0})
    radius = layout.thread_radius(graph.attribute("shown")) + layout.THREAD_SWELLING * hot
    tubes = graph.field("GeometryNodeCurveToMesh", {"Curve": curves, "Profile Curve": profile, "Scale": radius})
    lit = studio.palette.fade(graph, studio.colour("gold"), 0.22 + 0.25 * graph.attribute("shown"))
    colour = graph.mix_colour(lit, studio.colour("hot", 1.7), hot)
    graph.output(graph.coloured(tubes, colour, studio.materials.glow, studio.speck))
    return graph
