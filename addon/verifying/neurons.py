"""The MLP: neurons, whose size and colour are an activation, and the threads to the strongest."""

import numpy as np

from ..film import layout
from ..film.cast import neurons as drawn
from .attention import STEPS, radii, tail
from .numbers import step
from .reading import Elements

UNFOLDED = 0.2  # neurons that have less of their size are too small to be measured


def neurons(actor, evidence, report, picture):
    """The panels of the layer that is shown."""
    layer = int(np.floor(actor.dial("Layer") + 0.5))
    fire, reveal = actor.dial("Fire"), actor.dial("Reveal")
    shape, m = actor.shape, evidence.model.d_mlp
    if len(shape):
        shape = shape.where(shape["unfold"] > 0)
    elements = Elements(shape, "token", "neuron")
    token, neuron = elements["token"], elements["neuron"]
    grid = layout.NeuronGrid.of(m)
    place = grid.place(neuron)

    def name(i):
        return f"neuron {neuron[i]} of layer {layer + 1}, token {token[i] + 1 + evidence.earlier}"

    if grid.turn(reveal, grid.height) > 0.1:  # the upper edge unfolds last
        wanted = {t * m + i for t in range(int(actor.dial("First")), int(actor.dial("Count"))) for i in range(m)}
        report.present(
            "neurons",
            lambda one: f"neuron {one % m} of layer {layer + 1}, token {one // m + 1 + evidence.earlier}",
            set((token * m + neuron).tolist()),
            wanted,
        )
    if not len(elements):
        return
    first = 2 * layer + 1
    picture.belongs(f"slot of the row, with the neurons of layer {layer + 1}", first, first + 2, report)
    values, shown, scale = activations(evidence, layer, token, neuron)
    for attribute, expected, span in (("value", values, np.maximum(scale, np.abs(values))), ("shown", shown, 1.0)):
        report.compare(f"neurons, {attribute}", name, elements.first(shape[attribute]), expected, span)
    lit = shown * fire
    report.compare("neurons, colour", name, elements.first(shape["Color"])[:, :3], evidence.palette.neuron_colour(lit))

    position = shape["position"].astype(np.float64)
    low, high = elements.low(position), elements.high(position)
    middle = (low + high) / 2
    x = layout.token_x(evidence.count, evidence.prompt_count)[token] + place[:, 0]
    expected = np.column_stack([x, place[:, 2] + actor.dial("Base")])
    report.compare(
        "neurons, place", lambda i: name(i) + ", place", middle[:, [0, 2]], expected, grid.pitch, tolerance=1e-3
    )
    turn = np.clip(grid.turn(reveal, place[:, 2]), 0, 1)
    unfold = turn * turn * (3 - 2 * turn)
    seen = np.flatnonzero(unfold > UNFOLDED)
    diameter = (high - low)[seen, 0] / unfold[seen]
    unseen = 1e-5 + STEPS * step(position[:, 0]) / (grid.diameter(1) - grid.diameter(0)) / UNFOLDED
    report.compare("neurons, size", lambda i: name(seen[i]), grid.lit(diameter), lit[seen], tolerance=unseen)


def threads(actor, evidence, report, picture):
    """The threads of the layer that is shown: to which neurons they lead, and how strong those are."""
    layer = int(round(actor.dial("Layer")))
    reveal, shown_tokens = actor.dial("Reveal"), range(int(actor.dial("First")), int(actor.dial("Count")))
    shape = actor.shape
    if len(shape):
        shape = shape.where(shape["to_z"] > 0)
    elements = Elements(shape, "token", "neuron")
    token, neuron = elements["token"], elements["neuron"]
    wanted = set()
    if reveal > 0.001:
        wanted = {(t, int(i)) for t in shown_tokens for i in strongest(evidence.activations[layer, t])}

    def say(token, neuron):
        return f"thread of token {token + 1 + evidence.earlier} to neuron {neuron} of layer {layer + 1}"

    def name(i):
        return say(token[i], neuron[i])

    report.present("threads", lambda one: say(*one), set(elements.tuples()), wanted)
    if not len(elements):
        return
    values, shown, scale = activations(evidence, layer, token, neuron)
    for attribute, expected, span in (("value", values, np.maximum(scale, np.abs(values))), ("shown", shown, 1.0)):
        report.compare(f"threads, {attribute}", name, elements.first(shape[attribute]), expected, span)
    if reveal < 1 - 1e-6:
        return
    position = shape["position"].astype(np.float64)
    along = shape["along"]
    tips = zip(elements.split(along), elements.split(position), strict=True)
    tips = np.array([points[at == 1].mean(0) for at, points in tips])
    place = layout.NeuronGrid.of(evidence.model.d_mlp).place(neuron)
    x = layout.token_x(evidence.count, evidence.prompt_count)[token] + place[:, 0]
    expected = np.column_stack([x, place[:, 2] + actor.dial("Base")])
    pitch = layout.NeuronGrid.of(evidence.model.d_mlp).pitch
    report.compare("threads, tip", lambda i: name(i) + ", tip", tips[:, [0, 2]], expected, pitch, tolerance=1e-3)
    if _quiet(actor):
        radius, at = radii(elements)
        radius -= layout.THREAD_SWELLING * shown * tail(at, actor.dial("Up"), layout.THREAD_TAIL)
        unseen = 1e-5 + STEPS * step(position) / layout.THREAD_RADIUS_PER_SHOWN
        report.compare("threads, radius", name, layout.shown_of_thread(radius), shown, tolerance=unseen)


def activations(evidence, layer, token, neuron):
    """-> (activations, brightness 0 … 1, the layer's scale)."""
    scale = layout.value_scale(evidence.activations[layer][: evidence.prompt_count])
    values = evidence.activations[layer, token, neuron].astype(np.float64)
    return values, layout.shown_activation(values, scale), scale


def strongest(values):
    """The neurons [n] that get a thread, of one token's [m]."""
    return np.argsort(-values, kind="stable")[: drawn.STRONGEST]


def _quiet(actor):
    """Whether no pulse is near the feet of the threads: up it is over, or has not begun; down it has not begun."""
    up, down = actor.dial("Up"), actor.dial("Down")
    return not -0.2 < up < 0.9 and down < 0
