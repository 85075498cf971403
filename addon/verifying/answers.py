"""What the last vector would say: words, chances and their history; arcs in flight; three texts with one end."""

import numpy as np

from ..film import layout
from ..film.cast import answers as drawn
from ..film.cast import same_end as three
from .attention import _beam, _hues
from .columns import _cells, _namer
from .reading import Elements


def word_of(evidence, token):
    """As captions name a token."""
    label = evidence.label(token)
    return label.lstrip("·") or label


def answers(actor, evidence, report, picture):
    """All words of the board, and the bars of the checkpoint that it rests at."""
    every = actor.mark["every"]
    tokens = evidence.lens_tokens[::every, : drawn.PLACES]
    ranks = drawn.seats(tokens)
    tokens = np.take_along_axis(tokens, ranks, 1)
    wanted = [word_of(evidence, token) for token in tokens.ravel()]
    found = [actor.dial(f"Word {place + 1}") for place in range(len(wanted))]
    report.agree(
        "texts", lambda i: f"word {i % tokens.shape[1] + 1} of answer {i // tokens.shape[1] + 1}", found, wanted
    )
    if actor.dial("Shown") < 1 - 1e-6:
        return
    bars, at = actor.shape, actor.dial("Checkpoint")
    layers = np.unique(bars["after"][bars["after"] > 0.5]) - 1
    shown = np.floor(np.float32(at) + 0.5) * every / 2  # half layers
    report.compare("answers, layer", lambda i: "layer that the answers are from", layers, [shown])
    bars = bars.where(bars["place"] > 0.5)
    elements = Elements(bars, "place")
    first = min(int(np.floor(at + 1e-6)), len(tokens) - 1)
    part = np.clip(at - first, 0, 1)
    part = np.clip(3 * part - 1, 0, 1)  # words change in the middle third of the time
    part = part * part * (3 - 2 * part)
    place = elements["place"] - 1
    shares = np.take_along_axis(evidence.lens_probabilities[::every, : drawn.PLACES].astype(np.float64), ranks, 1)
    then = min(first + 1, len(shares) - 1)
    before, after = shares[first, place], shares[then, place]
    # A word that goes or sinks shrinks with its number, and its bar keeps its length.
    turns = drawn.changes(tokens)[first, place] | (ranks[then, place] > ranks[first, place])
    expected = np.where(turns, after if part > 0.5 else before, before + (after - before) * part)
    x = bars["position"][:, 0].astype(np.float64)
    long = (elements.high(x) - elements.low(x)) / actor.mark["width"]
    least = 0.004 / actor.mark["width"]
    report.compare(
        "answers", lambda i: f"answer {place[i] + 1} at checkpoint {first * every}", long, np.maximum(expected, least)
    )


def flight_beams(actor, evidence, report, picture):
    """Arcs into the last token: which, how strong, and that they stand over their tokens, wherever the row is."""
    shape = actor.shape
    if len(shape):
        shape = shape.where(shape["beam_radius"] > 0)
    elements = Elements(shape, "layer", "head", "query", "key")
    layer, head, query, key = (elements[name] for name in ("layer", "head", "query", "key"))
    now, last = int(np.floor(actor.dial("Layer") + 0.5)), evidence.text_count - 1
    focus = np.arange(evidence.model.n_head) == evidence.focus_heads[now]
    heavy = np.where(focus[:, None], layout.BEAM_THRESHOLD, layout.OTHER_THRESHOLD)
    wanted = set()
    if actor.dial("Reveal") > 0.001:
        wanted = {(now, int(h), last, int(k)) for h, k in np.argwhere(evidence.pattern[now, :, last] >= heavy)}
    report.present("arcs in flight", lambda one: _beam(*one), set(elements.tuples()), wanted)
    if not len(elements):
        return

    def name(i):
        return _beam(layer[i], head[i], query[i], key[i])

    weight = evidence.pattern[layer, head, query, key].astype(np.float64)
    report.compare("arcs in flight, weight", name, elements.first(shape["weight"]), weight)
    _hues(elements, evidence, report, name)
    along, position = shape["along"], shape["position"].astype(np.float64) + actor.world[:3, 3]
    feet = np.array(
        [points[at == 0].mean(0) for at, points in zip(elements.split(along), elements.split(position), strict=True)]
    )
    x = layout.text_x(evidence.text_count, evidence.prompt_count)
    inset = np.where(query == key, 0.0, layout.BEAM_INSET)
    report.compare("arcs in flight, feet", name, feet[:, 0] - inset, x[key], layout.EARLIER_PITCH, tolerance=1e-3)
    back = elements.first(shape["fan"]) * layout.heads_back(evidence.model.n_layer)
    for row in picture.of("columns", table="stream"):
        if "trail" not in row.mark:
            depth = np.full(len(feet), row.dial("Depth"))
            report.compare(
                "arcs in flight, depth", name, feet[:, 1] - back, depth, layout.EARLIER_PITCH, tolerance=1e-3
            )


def round_beams(actor, evidence, report, picture):
    """What the newest token of a later run reads, or of all later runs: which arcs, how strong, over which tokens."""
    shape = actor.shape
    if len(shape):
        shape = shape.where(shape["beam_radius"] > 0)
    elements = Elements(shape, "layer", "query", "key")
    layer, query, key = (elements[name] for name in ("layer", "query", "key"))
    newest, last = round(actor.dial("Query")) - evidence.text_count, actor.dial("Layer")
    wanted = set()
    for step in range(len(evidence.reads)):
        if actor.dial("Reveal") > 0.001 and (step == newest or actor.dial("Only") < 0.5):
            drawn = (evidence.reads[step] >= layout.BEAM_THRESHOLD).copy()
            layers = np.arange(len(drawn))
            drawn[(layers > last + 0.5) | (layers % actor.dial("Every") > 0.5)] = False
            wanted |= {(int(one), step + evidence.text_count, int(k)) for one, k in np.argwhere(drawn)}

    def named(one):
        return f"arc of layer {one[0] + 1}, token {one[1] + 1} ← {one[2] + 1}"

    def name(i):
        return named((layer[i], query[i], key[i]))

    report.present("arcs of the rounds", named, set(elements.tuples()), wanted)
    if not len(elements):
        return
    weight = evidence.reads[query - evidence.text_count, layer, key].astype(np.float64)
    report.compare("arcs of the rounds, weight", name, elements.first(shape["weight"]), weight)
    report.compare(
        "arcs of the rounds, radius",
        name,
        layout.weight_of_beam(elements.first(shape["beam_radius"])),
        weight,
        tolerance=1e-4,
    )
    along, position = shape["along"], shape["position"].astype(np.float64)
    feet = np.array(
        [points[at == 0].mean(0) for at, points in zip(elements.split(along), elements.split(position), strict=True)]
    )
    x = layout.text_x(evidence.text_count, evidence.prompt_count)
    x = np.append(x, layout.token_x(evidence.count, evidence.prompt_count)[evidence.prompt_count :])
    inset = np.where(query == key, 0.0, layout.BEAM_INSET)
    report.compare("arcs of the rounds, feet", name, feet[:, 0] - inset, x[key], layout.EARLIER_PITCH, tolerance=1e-3)


def front_words(actor, evidence, report, picture):
    """The prompt's words before the first layer."""
    tokens = evidence.tokens[evidence.earlier : evidence.text_count]
    found = [actor.dial(f"Text {place + 1}") for place in range(len(tokens))]
    report.agree("texts", lambda i: f"front word {i + 1}", found, [evidence.label(token) for token in tokens])


# --- three texts with one end --------------------------------------------------------------------


def same_end_columns(actor, evidence, report, picture):
    """Every cell of the three columns, at the slot that they show."""
    elements = Elements(actor.shape.tinted(), "text", "dim")
    text, dim = elements["text"], elements["dim"]
    table = report.once(_Vectors, evidence)
    slot = np.full(len(elements), actor.dial("Slot"))
    name = _namer("three texts with one end", text, dim, slot, "text")
    wanted = {(t, i) for t in range(3) for i in range(table.values.shape[-1])}
    if actor.dial("Size") > 1 - 1e-6:
        report.present(
            "three texts", lambda one: f"text {one[0] + 1}, component {one[1]}", set(elements.tuples()), wanted
        )
    resting = np.full(len(elements), abs(slot[0] - round(slot[0])) < 1e-4) if len(elements) else np.zeros(0, bool)
    _cells(report, elements, name, table, slot, text, dim, resting)


class _Vectors:
    """As columns.Table, each slot by its own scale."""

    def __init__(self, evidence):
        self.values, self.palette = evidence.end_vectors.transpose(1, 0, 2).astype(np.float64), evidence.palette
        self.scale = np.array([layout.value_scale(slot.astype(np.float32)) for slot in self.values])
        self.shown = layout.shown_value(self.values, self.scale[:, None, None])

    def at(self, slot, row, dim):
        grid = layout.CellGrid.of(self.values.shape[-1])
        height = (dim // grid.columns + 0.5) / grid.rows
        first = np.floor(slot)
        now = np.clip((first + (height < slot - first)).astype(int), 0, len(self.values) - 1)
        return self.values[now, row, dim], self.shown[now, row, dim], self.scale[now]


def same_end_bars(actor, evidence, report, picture):
    """Length -> chance."""
    if actor.dial("Rise") < 1 - 1e-6:
        return
    shape = actor.shape
    elements = Elements(shape.where(shape["long"] > 0), "text", "rank")
    text, rank = elements["text"], elements["rank"]
    x = elements.shape["position"][:, 0].astype(np.float64)
    found = (elements.high(x) - elements.low(x)) / actor.mark["per_unit"]
    expected = evidence.end_next_probabilities[text, rank]
    report.compare("three answers", lambda i: f"answer {rank[i] + 1} to text {text[i] + 1}", found, expected)


def same_end_answers(actor, evidence, report, picture):
    """Words and chances."""
    shares, tokens = (
        array[:, : three.ANSWERS] for array in (evidence.end_next_probabilities, evidence.end_next_tokens)
    )
    wanted = []
    for rank in range(tokens.shape[1]):
        for text in range(3):
            wanted += [word_of(evidence, tokens[text, rank]), three.percent(shares[text, rank])]
    found = [actor.dial(f"Text {place + 1}") for place in range(len(wanted))]
    report.agree("texts", lambda i: f"answer to text {i // 2 % 3 + 1}", found, wanted)


def same_end_texts(actor, evidence, report, picture):
    """The token that all end in, on each cube. The texts themselves are what the recording says that was run."""
    ends = np.cumsum(evidence.end_lengths.astype(int)) - 1
    wanted = [evidence.label(evidence.end_tokens[end]) for end in ends]
    found = [actor.dial(f"Text {place + 1}") for place in actor.mark["ends"]]
    report.agree("texts", lambda i: f"end of text {i + 1}", found, wanted)
