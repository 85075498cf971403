"""The MLP from near: the last token's neurons, their threads, how many are lit, and what they do to one word."""

import numpy as np

from ..film import layout
from ..film.cast import panel as drawn
from ..film.cast.digits import under_figures
from ..film.cast.question import figures, strip
from .attention import STEPS, radii
from .neurons import activations
from .numbers import step
from .reading import Elements


def panel(actor, evidence, report, picture):
    """Each neuron's activation and push, which of the two it shows, and where it stands."""
    m, layer, token = evidence.model.d_mlp, evidence.focus_layer, evidence.prompt_count - 1
    shape = actor.shape
    if not len(shape):
        return
    elements = Elements(shape.where(shape["diameter"] > 0), "neuron")
    neuron = elements["neuron"]

    def name(i):
        return f"neuron {neuron[i]} of layer {layer + 1} on the large panel"

    whole = actor.dial("Reveal") > 1 - 1e-6
    if whole:
        report.present("panel", lambda one: f"neuron {one}", set(neuron.tolist()), set(range(m)))
    shape = elements.shape
    values, shown, scale = activations(evidence, layer, token, neuron)
    push, push_shown, push_scale = pushes(evidence)
    for attribute, expected, span in (
        ("value", values, np.maximum(scale, np.abs(values))),
        ("shown", shown, 1.0),
        ("push", push[neuron], np.maximum(push_scale, np.abs(push[neuron]))),
        ("push_shown", push_shown[neuron], 2.0),
    ):
        report.compare(f"panel, {attribute}", name, elements.first(shape[attribute]), expected, span)
    lit = shown * (neuron < actor.dial("Asked"))
    votes = neuron < actor.dial("Voted")
    palette = evidence.palette
    hues = np.array([palette.linear(palette.diverging[side][1])[:3] for side in (drawn.AGAINST, drawn.FOR)])
    strength = drawn.VOTE[0] + drawn.VOTE[1] * push_shown[neuron] ** 2
    voted = palette.faded(hues[(push_shown[neuron] > 0).astype(int)], strength[:, None])
    colour = np.where(votes[:, None], voted, palette.neuron_colour(lit))
    report.compare("panel, colour", name, elements.first(shape["tint"])[:, :3], colour)
    gather = actor.dial("Gather")
    if not whole or 1e-6 < gather < 1 - 1e-6:
        return
    near, home = layout.PanelGrid.of(m, actor.mark["width"], actor.mark["height"]), layout.NeuronGrid.of(m)
    grid = home if gather > 0.5 else near
    position = shape["position"].astype(np.float64) + actor.world[:3, 3]
    low, high = elements.low(position), elements.high(position)
    if gather < 0.5:
        place = near.place(neuron) + actor.world[:3, 3]
        report.compare(
            "panel, place", name, ((low + high) / 2)[:, [0, 2]], place[:, [0, 2]], near.pitch, tolerance=2e-3
        )
    size = np.where(votes, np.abs(push_shown[neuron]), lit)
    unseen = 1e-5 + STEPS * step(position[:, 0]) / (grid.diameter(1) - grid.diameter(0))
    report.compare("panel, size", name, grid.lit((high - low)[:, 0]), size, tolerance=unseen)


def pushes(evidence):
    """-> (pushes [m] on the word that the film is about, their places on the colour map, their scale)."""
    if not len(evidence.vote_words):
        return np.zeros(evidence.model.d_mlp), np.zeros(evidence.model.d_mlp), 1.0
    push = evidence.vote_pushes[voted(evidence)].astype(np.float64)
    scale = layout.value_scale(push)
    return push, layout.shown_value(push, scale), scale


def voted(evidence):
    """The word that the layer moves furthest, by its place."""
    return int(np.abs(evidence.vote_pushes.sum(axis=1)).argmax())


def threads(actor, evidence, report, picture):
    """To which neurons they lead, and how strong those are."""
    layer, token = evidence.focus_layer, evidence.prompt_count - 1
    shape = actor.shape
    if not len(shape):
        return
    elements = Elements(shape.where(shape["to_x"] != 0), "neuron")
    neuron = elements["neuron"]
    values = evidence.activations[layer, token]
    count = min(drawn.MOST_THREADS, max(1, int((values > layout.LIT).sum())))
    wanted = np.argsort(-values, kind="stable")[:count]
    report.present("panel threads", lambda one: f"thread {one}", set(neuron.tolist()), set(wanted.tolist()))

    def name(i):
        return f"thread of neuron {neuron[i]} of layer {layer + 1} on the large panel"

    values, shown, scale = activations(evidence, layer, token, neuron)
    for attribute, expected, span in (("value", values, np.maximum(scale, np.abs(values))), ("shown", shown, 1.0)):
        report.compare(f"panel threads, {attribute}", name, elements.first(elements.shape[attribute]), expected, span)
    if actor.dial("Back") > 1 - 1e-6:
        radius, _ = radii(elements)
        unseen = 1e-5 + STEPS * step(elements.shape["position"]) / layout.THREAD_RADIUS_PER_SHOWN
        found = layout.shown_of_thread(radius / layout.PANEL_THREAD)
        report.compare("panel threads, radius", name, found, shown, tolerance=unseen)


def lit_count(actor, evidence, report, picture):
    """How many of the neurons that have been asked are lit."""
    values = evidence.activations[evidence.focus_layer, evidence.prompt_count - 1]
    asked = int(np.floor(np.float32(actor.dial("Asked"))))
    found = np.unique(actor.shape["count"])
    expected = int((values[:asked] > layout.LIT).sum())
    report.compare("lit neurons", lambda i: f"lit of the first {asked}", found, np.full(len(found), expected))


def tally(actor, evidence, report, picture):
    """The sum of the pushes so far: as a number and as the length of its bar; and the word."""
    counted = int(np.floor(np.float32(actor.dial("Counted"))))
    total = float(pushes(evidence)[0][:counted].sum())
    bars = actor.shape.tinted() if "tint" in actor.shape.mesh.attributes else actor.shape
    bars = bars.where(np.abs(bars["total"]) > 0)
    found = np.unique(bars["total"])
    reach = actor.mark["reach"]
    span = max(1e-6, np.abs(np.cumsum(pushes(evidence)[0])).max())
    report.compare("sum of votes", lambda i: f"sum of {counted} votes", found, np.full(len(found), total), span)
    if len(bars):
        x = bars["position"][:, 0]
        long = [np.ptp(x) / reach]
        report.compare(
            "sum of votes", lambda i: f"bar of {counted} votes", long, [max(abs(total), 0.004 / reach)], span, 1e-4
        )
    word = evidence.label(evidence.vote_words[actor.mark["word"]])
    report.agree("texts", lambda i: "the word that is voted on", [actor.dial("Word")], [word.lstrip("·") or word])


def question_figures(actor, evidence, report, picture):
    """The numbers on the first cells of a question's strips."""
    row, count = actor.mark["row"], actor.mark["written"]
    vector, weights = (one.astype(np.float64)[:count] for one in (evidence.mlp_input[-1], evidence.W_in[row]))
    wanted = [text for texts in figures(np.stack([vector, weights, vector * weights])) for text in texts]
    found = [actor.dial(f"Text {place + 1}") for place in range(len(wanted))]
    report.agree("texts", lambda i: f"text {i + 1} of the strips", found, wanted)


def _smooth(part: float) -> float:
    part = min(max(part, 0.0), 1.0)
    return part * part * (3 - 2 * part)


def question(actor, evidence, report, picture):
    """One neuron's row, the vector and their products; the sum so far, to the bias; and the lamp."""
    row, neuron, last = actor.mark["row"], actor.mark["neuron"], evidence.text_count - 1
    layer, count = evidence.focus_layer, evidence.prompt_count - 1
    vector, weights = (one.astype(np.float64) for one in (evidence.mlp_input[last], evidence.W_in[row]))
    activation, lit, scale = activations(evidence, layer, np.array([count]), np.array([neuron]))
    wanted = [vector, weights, vector * weights]
    scales = [layout.value_scale(one.astype(np.float32)) for one in wanted]
    elements = Elements(actor.shape.tinted(), "part", "index")
    part, index = elements["part"], elements["index"]
    total, d = actor.dial("Sum"), len(vector)

    def say(part, index):
        return f"question of neuron {neuron}, {('vector', 'row', 'product', 'lamp')[part]}, component {index}"

    def name(i):
        return say(part[i], index[i])

    there = {(one, i) for one in (0, 1) for i in range(d)} | {(2, i) for i in range(d) if total - i > 1e-3}
    there |= {(3, 0)} if total - d + 1 > 1e-3 else set()
    report.present("question", lambda one: say(*one), set(elements.tuples()), there)
    if evidence.rows_mlp[row] != neuron:
        report.agree("question", lambda i: "the neuron of the row", [neuron], [int(evidence.rows_mlp[row])])
    values = np.array([activation[0] if p == 3 else wanted[p][i] for p, i in zip(part, index, strict=True)])
    span = np.array([scale if p == 3 else 2 * scales[p] for p in part])
    shown = np.array(
        [lit[0] if p == 3 else layout.shown_value(wanted[p][i], scales[p]) for p, i in zip(part, index, strict=True)]
    )
    found = elements.shape
    report.compare("question, value", name, elements.first(found["value"]), values, np.maximum(span, np.abs(values)))
    report.compare("question, shown", name, elements.first(found["shown"]), shown, 2.0)
    if actor.dial("Come") > 1 - 1e-6:
        cells = np.flatnonzero(part != 3)
        place = elements.middle(found["position"][:, 0].astype(np.float64))
        middles, breadths = strip(d, actor.mark["width"], actor.mark["written"])
        pitch = breadths[index[cells]]
        report.compare("question, place", lambda i: name(cells[i]), place[cells], middles[index[cells]], pitch, 1e-2)
    palette = evidence.palette
    settled = np.flatnonzero((part != 2) | (total >= d))
    dark = 1 + (under_figures(palette) - 1) * _smooth((actor.dial("Come") - 0.7) / 0.3)
    cell = palette.cell_colour(shown) * np.where(index < actor.mark["written"], dark, 1.0)[:, None]
    colour = np.where((part == 3)[:, None], palette.neuron_colour(shown), cell)
    report.compare("question, colour", name, elements.first(found["tint"])[settled, :3], colour[settled])
    line = actor.shape
    if "figures" not in line.mesh.attributes:
        return
    sums = np.unique(line["sum"][line["figures"] > 0])
    products = np.concatenate([[0.0], (vector * weights).cumsum()]) + float(evidence.b_in[neuron])
    expected = products[int(np.float32(total) + np.float32(1e-4))]
    report.compare(
        "question, sum", lambda i: f"question of neuron {neuron}, sum of {int(total)} products", sums,
        np.full(len(sums), expected), np.abs(products).max(), 1e-5,
    )  # fmt: skip
    if total >= d:
        pre = [evidence.pre[last, neuron]]
        report.compare(
            "question, sum", lambda i: f"input of neuron {neuron}", [expected], pre, np.abs(products).max(), 1e-4
        )
