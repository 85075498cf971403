"""What a token reads: shares beside its sources, values that are weighed and added, and how far the sum turns it."""

import numpy as np

from ..film import layout
from ..film.cast import mixing as drawn
from ..film.cast.tile import share_text
from .reading import Elements
from .tile import written


def sources(actor, evidence, report, picture):
    """The percentages under the cubes and over the strongest arc; the light around the vectors that are read."""
    weights = evidence.pattern[evidence.focus_layer, evidence.focus_head, evidence.focus_query, evidence.earlier :]
    if actor.dial("Numbers") > 1e-3:
        found = written(actor.shape, "place", "large")
        wanted = {(place, 0): share_text(weight) for place, weight in enumerate(weights)}
        most = int(weights.argmax())
        wanted[most, 1] = share_text(weights[most])
        keys = sorted(wanted | found)
        report.agree(
            "texts",
            lambda i: f"share of token {keys[i][0] + 1 + evidence.earlier}",
            [found.get(key, "") for key in keys],
            [wanted.get(key, "") for key in keys],
        )
    shape = actor.shape
    if actor.dial("Glow") > 1 - 1e-6 and len(shape):
        lights = Elements(shape.where((shape["glyph"] < -0.5) & (shape["lit"] > 0.5)), "place")
        place = lights["place"]
        report.compare(
            "shares, light",
            lambda i: f"light of token {place[i] + 1 + evidence.earlier}",
            lights.first(lights.shape["weight"]),
            weights[place],
        )


def mixing(actor, evidence, report, picture):
    """Copies of values, weighed or not; the sum that they make; the results of all heads."""
    model, reader = evidence.model, evidence.focus_query
    shape = actor.shape.tinted()
    elements = Elements(shape, "part", "head", "key", "dim")
    part, head, key, dim = (elements[name] for name in ("part", "head", "key", "dim"))
    if not len(elements):
        return
    weights = evidence.pattern[evidence.focus_layer, evidence.focus_head, reader, : reader + 1].astype(np.float64)
    values = evidence.v[: reader + 1].astype(np.float64)
    sums = np.cumsum(weights[:, None] * values, 0)[evidence.earlier :]
    arrived = int(actor.dial("Travel") + 1e-4)
    results = evidence.heads[reader - evidence.earlier].reshape(model.n_head, model.d_head).astype(np.float64)
    results[evidence.focus_head] = sums[arrived - 1] if arrived else 0.0
    weigh = actor.dial("Weigh")
    source = np.minimum(key + evidence.earlier, reader)
    copies = values[source, dim] * (1 + (weights[source] - 1) * weigh)
    expected = np.where(part == drawn.COPY, copies, results[head, dim])
    scale = actor.mark["scale"]

    def name(i):
        if part[i] == drawn.COPY:
            return f"value of token {source[i] + 1}, component {dim[i]}"
        return f"result of head {head[i] + 1}, component {dim[i]}"

    span = np.maximum(2 * scale, np.abs(expected))
    report.compare("values, number", name, elements.first(shape["drawn"]), expected, span)
    report.compare("values, shown", name, elements.first(shape["shown"]), layout.shown_value(expected, scale), 2.0)
    copied = {(key[i], dim[i]) for i in range(len(part)) if part[i] == drawn.COPY}
    if actor.dial("Rise") > 1 - 1e-6 and actor.dial("Gone") < 1e-6:
        count = reader + 1 - evidence.earlier
        flying = actor.dial("Travel")
        wanted = {(k, i) for k in range(count) for i in range(model.d_head) if flying - k < 0.999}
        report.present("values", lambda one: f"value of token {one[0] + 1 + evidence.earlier}", copied, wanted)


def needles(actor, evidence, report, picture):
    """The angle between the two needles, by their shape and by the number under them."""
    if actor.dial("Size") < 1 - 1e-6 or actor.dial("Equal") > 1e-6:
        return
    angles = ANGLES[actor.mark["of"]](evidence)
    at = actor.dial("At")
    first = min(int(at), len(angles) - 1)
    expected = angles[first] + (angles[min(first + 1, len(angles) - 1)] - angles[first]) * (at - first)
    shape = actor.shape.tinted()
    elements = Elements(shape, "side")
    tips = []
    for points in elements.split(shape["position"].astype(np.float64)):
        far = points[np.linalg.norm(points, axis=1) > 0.5 * actor.mark["size"]].mean(0)
        tips.append(np.degrees(np.arctan2(far[0], far[2])))
    report.compare("angles", lambda i: f"angle of {actor.mark['of']}", [tips[1] - tips[0]], [expected], 180.0, 1e-4)


def _turned(evidence):
    """The reader's vector by attention."""
    return _swept(evidence, evidence.focus_query - evidence.earlier, 2 * evidence.focus_layer + 1)


def _thought(evidence):
    """The last token's by the MLP."""
    return _swept(evidence, evidence.prompt_count - 1, 2 * evidence.focus_layer + 2)


def _swept(evidence, token, slot):
    """Of a vector, with 0 … all rows of its cells swept by those of the next slot."""
    before, after = (evidence.stream[one, token].astype(np.float64) for one in (slot, slot + 1))
    grid = layout.CellGrid.of(evidence.model.d_model)
    row = np.arange(evidence.model.d_model) // grid.columns
    swept = [np.where(row < rows, after, before) for rows in range(grid.rows + 1)]
    return _between(np.array(swept), before)


def _words(evidence):
    return _between(evidence.word_vectors[0].astype(np.float64), evidence.word_vectors[1].astype(np.float64))


def _between(one, other):
    lengths = np.linalg.norm(one, axis=-1) * np.linalg.norm(other, axis=-1)
    return np.degrees(np.arccos(np.clip((one * other).sum(-1) / np.maximum(lengths, 1e-12), -1, 1)))


ANGLES = {"Turned by attention": _turned, "Turned by the MLP": _thought, "Word angle": _words}


def context_beams(actor, evidence, report, picture):
    """What the word gives to each word before it, in the layer that is at work."""
    shape = actor.shape
    if not len(shape):
        return
    elements = Elements(shape, "side", "layer", "head", "place")
    side, layer, head, place = (elements[name] for name in ("side", "layer", "head", "place"))
    patterns = (evidence.word_patterns_first, evidence.word_patterns_other)
    expected = [patterns[text][tuple(rest)] for text, *rest in elements.tuples()]
    report.compare(
        "beams, weight",
        lambda i: f"context beam, text {side[i] + 1}, layer {layer[i] + 1}, head {head[i] + 1}, token {place[i] + 1}",
        elements.first(shape["weight"]),
        expected,
    )
