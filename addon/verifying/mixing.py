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
    """Copies of values, weighed or not, and how large they are; the sums that they make."""
    model, reader = evidence.model, evidence.focus_query
    shape = actor.shape.tinted()
    elements = Elements(shape, "part", "head", "key", "dim")
    part, head, key, dim = (elements[name] for name in ("part", "head", "key", "dim"))
    if not len(elements):
        return
    weights = evidence.pattern[evidence.focus_layer, :, reader, : reader + 1].astype(np.float64)
    values = evidence.head_values[:, : reader + 1].astype(np.float64)
    own = evidence.focus_head
    sums = np.cumsum(weights[own][:, None] * values[own], 0)[evidence.earlier :]
    order = np.arange(model.d_head) / max(model.d_head - 1, 1)
    travel, weigh = actor.dial("Travel"), actor.dial("Weigh")
    arrived = np.clip(np.floor(drawn.landed(travel, order) + 1e-4).astype(int), 0, len(sums))
    results = evidence.heads[reader - evidence.earlier].reshape(model.n_head, model.d_head).astype(np.float64)
    results[own] = np.where(arrived > 0, sums[arrived - 1, np.arange(model.d_head)], 0.0)
    source = np.minimum(key + evidence.earlier, reader)
    weighed, copies = np.where(head == own, weigh, 1.0), values[head, source, dim]
    expected = np.where(part == drawn.COPY, copies * (1 + (weights[head, source] - 1) * weighed), results[head, dim])
    seen = np.where(part == drawn.COPY, copies, results[head, dim])
    scale = actor.mark["scale"]

    def name(i):
        if part[i] == drawn.COPY:
            of = "" if head[i] == own else f", head {head[i] + 1}"
            return f"value of token {source[i] + 1}, component {dim[i]}{of}"
        return f"result of head {head[i] + 1}, component {dim[i]}"

    span = np.maximum(2 * scale, np.abs(expected))
    report.compare("values, number", name, elements.first(shape["drawn"]), expected, span)
    report.compare("values, shown", name, elements.first(shape["shown"]), layout.shown_value(seen, scale), 2.0)
    if actor.dial("Rise") < 1 - 1e-6 or actor.dial("Gone") > 1e-6 or not picture.rests(actor, "Travel"):
        return
    if travel < 1e-6:
        _areas(elements, 1 + (np.sqrt(weights[own, evidence.earlier :]) - 1) * weigh, evidence, report)
    copied = {(key[i], dim[i]) for i in range(len(part)) if part[i] == drawn.COPY and head[i] == own}
    there = drawn.flown((travel - np.arange(len(sums))[:, None]) / drawn.FLIGHT, order) < 0.999
    wanted = set(map(tuple, np.argwhere(there).tolist()))
    report.present("values", lambda one: f"value of token {one[0] + 1 + evidence.earlier}", copied, wanted)


def _areas(elements, expected, evidence, report):
    """How large the copies that wait are: the side of their cells, of those that aren't weighed."""
    shape = elements.shape
    own = (elements["part"] == drawn.COPY) & (elements["head"] == evidence.focus_head)
    waiting = np.flatnonzero(own & (elements["dim"] > 0))  # the plates behind the blocks belong to their first cells
    sides = np.array([np.ptp(points[:, 0]) for points in elements.split(shape["position"].astype(np.float64))])
    full = drawn.CELL * drawn.BlockGrid.of(evidence.model).pitch
    keys = elements["key"][waiting]
    report.compare(
        "values, area",
        lambda i: f"area of the value of token {keys[i] + 1 + evidence.earlier}",
        sides[waiting] / full,
        expected[keys],
        tolerance=2e-3,
    )


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


ANGLES = {"Turned by attention": _turned, "Word angle": _words}


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
