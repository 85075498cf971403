"""Attention: beams, whose radius is a weight, and the tile of one head's scores and weights."""

import numpy as np

from ..film import layout
from ..film.palette import on_ramp
from .reading import Elements, step

# Tubes are millimetres wide, and tens of metres from the origin: their radius is as good as single precision is there.
STEPS = 2.0
HERE = 0.1  # of the way along a tube: where it is measured
QUIET = (-0.2, 0.9)  # pulses before and beyond change the radius there by no more than their tails


def beams(actor, evidence, report, picture):
    """Which beams are drawn, their weights by attribute and by radius, and from where to where they lead."""
    shape = actor.shape
    if len(shape):
        shape = shape.where(shape["beam_radius"] > 0)
    elements = Elements(shape, "layer", "head", "query", "key")
    layer, head, query, key = (elements[name] for name in ("layer", "head", "query", "key"))
    report.present("beams", lambda one: _beam(*one), set(elements.tuples()), _wanted(actor, evidence))
    if not len(elements):
        return
    if not actor.mark.get("all_layers"):
        first = 2 * int(layer.max()) + 1
        picture.belongs(f"slot of the row, with the beams of layer {layer.max() + 1}", first, first + 2, report)
    weight = evidence.pattern[layer, head, query, key].astype(np.float64)

    def name(i):
        return _beam(layer[i], head[i], query[i], key[i])

    report.compare("beams, weight", name, elements.first(shape["weight"]), weight)
    focus = evidence.focus_heads[layer] == head
    pulse = actor.dial("Pulse")
    if not QUIET[0] < pulse < QUIET[1]:
        radius, at = radii(elements)
        lead = 1 - actor.dial("Only") * (query != round(actor.dial("Query")))  # pulses run along beams that stand out
        radius /= 1 + layout.BEAM_SWELLING * tail(at, pulse, layout.BEAM_TAIL) * focus * lead
        unseen = STEPS * step(shape["position"])
        for heads, is_focus, inverse, per_weight in (
            ("emphasised head", True, layout.weight_of_beam, layout.BEAM_RADIUS_PER_WEIGHT),
            ("other heads", False, layout.weight_of_other, layout.OTHER_RADIUS_PER_WEIGHT),
        ):
            chosen = np.flatnonzero(focus == is_focus)
            report.compare(
                f"beams, radius ({heads})",
                lambda i, chosen=chosen: name(chosen[i]),
                inverse(radius[chosen]),
                weight[chosen],
                tolerance=1e-5 + unseen / per_weight,
            )
    _hues(elements, evidence, report, name, focus)
    if actor.dial("Reveal") > 1 - 1e-6:
        _ends(elements, evidence, report, name, actor)


def _beam(layer, head, query, key):
    return f"beam layer {layer + 1} head {head + 1}, query {query + 1} ← key {key + 1}"


def _wanted(actor, evidence):
    """The beams that must be drawn: {(layer, head, query, key)}."""
    reveal, others, least = actor.dial("Reveal"), actor.dial("Others"), actor.dial("Least")
    if reveal <= 0.001:
        return set()
    layers = np.arange(len(evidence.pattern))
    last, trail = actor.dial("Layer"), actor.dial("Trail")
    in_range = (layers < last + 0.5) & (layers > last - trail - 0.5)
    in_range &= layers % actor.dial("Every") < 0.5
    focus = np.arange(evidence.pattern.shape[1]) == evidence.focus_heads[:, None]  # [L, H]
    heavy = evidence.pattern >= layout.OTHER_THRESHOLD
    heavy &= (others > 0.01) & (evidence.pattern > np.float32(least))
    wanted = np.where(focus[:, :, None, None], evidence.pattern >= layout.BEAM_THRESHOLD, heavy)
    causal = np.tri(evidence.text_count, dtype=bool)
    causal[: evidence.earlier] = False
    return set(zip(*(i.tolist() for i in np.nonzero(wanted & causal & in_range[:, None, None, None])), strict=True))


def radii(elements):
    """Of tubes: the radius of the ring of vertices nearest to HERE, and where on the tube that is -> [n], [n]."""
    shape = elements.shape
    along, position = shape["along"], shape["position"].astype(np.float64)
    found = np.empty((2, len(elements)))
    for i, (places, points) in enumerate(zip(elements.split(along), elements.split(position), strict=True)):
        at = places[np.abs(places - HERE).argmin()]
        ring = points[places == at]
        found[:, i] = np.linalg.norm(ring - ring.mean(0), axis=1).mean(), at
    return found


def tail(at, pulse, length):
    """How strong a pulse's tail still is at a place behind it, 0 … 1."""
    return np.exp((at - pulse) / length) * (at < pulse)


def _hues(elements, evidence, report, name, focus):
    """The colour that says which head it is."""
    hues = np.array([evidence.palette.linear(colour) for colour in evidence.palette.heads])
    gold = np.array(evidence.palette.linear(evidence.palette.gold))
    expected = np.where(focus[:, None], gold, hues[elements["head"] % len(hues)])
    report.compare("beams, hue", name, elements.first(elements.shape["tint"])[:, :3], expected[:, :3])


def _ends(elements, evidence, report, name, actor):
    """The tokens that a beam's ends stand over, and the layer it lies in."""
    query, key, layer = elements["query"], elements["key"], elements["layer"]
    shape = elements.shape
    along, position = shape["along"], shape["position"]
    ends = []
    for places, points in zip(elements.split(along), elements.split(position), strict=True):
        ends.append([points[places == at, 0].mean() for at in (0.0, 1.0)] + [points[:, 1].mean()])
    ends = np.array(ends)
    x = layout.text_x(evidence.text_count, evidence.prompt_count)
    inset = np.where(query == key, 0.0, layout.BEAM_INSET)
    over = ends[:, :2] + np.column_stack([-inset, inset])
    # An end is off its token by so much of the distance between two.
    expected = np.column_stack([x[key], x[query]])
    report.compare("beams, ends", name, over, expected, layout.EARLIER_PITCH, tolerance=1e-3)
    n_layer = evidence.model.n_layer
    fan = np.where(evidence.focus_heads[layer] == elements["head"], 0.0, (1 + elements["head"]) / evidence.model.n_head)
    depth = (ends[:, 2] - fan * layout.heads_back(n_layer)) / layout.block_depth(n_layer)
    report.compare("beams, layer", name, depth + 1, layer + 1.0, tolerance=1e-3)


def tile(actor, evidence, report, picture):
    """Scores by colour, then weights by how far a cell stands out and by colour; keys of the future fall off."""
    count = evidence.text_count
    reveal, mask, softmax = actor.dial("Reveal"), actor.dial("Mask"), actor.dial("Softmax")
    elements = Elements(actor.shape.tinted(), "query", "key")
    query, key = elements["query"], elements["key"]
    past = key <= query
    cells = elements.shape

    def say(query, key):
        return f"tile, query {query + 1}, key {key + 1}"

    if reveal > 1 - 1e-6:
        wanted = {(q, k) for q in range(count) for k in range(count) if k <= q or mask < 0.99}
        if 0 < mask < 1:  # those of the future are falling
            wanted -= {one for one in wanted if one[1] > one[0]} - set(elements.tuples())
        report.present("tile", lambda one: say(*one), set(elements.tuples()), wanted)
    if not len(elements):
        return
    past_rows = np.flatnonzero(past)
    scores, weights = evidence.scores[query, key][past], evidence.pattern[evidence.focus_layer, evidence.focus_head]
    weights = weights[query, key][past].astype(np.float64)

    def of_past(i):
        return say(query[past_rows[i]], key[past_rows[i]])

    span = np.ptp(scores) or 1.0
    report.compare("tile, score", of_past, elements.first(cells["score"])[past], scores, span)
    report.compare("tile, weight", of_past, elements.first(cells["weight"])[past], weights)
    if reveal < 1 - 1e-6:
        return
    grid = layout.TileGrid(count)
    position = cells["position"]
    middle = elements.middle(position)[:, [0, 2]][past]
    place = np.column_stack(grid.place(query, key))[past]
    report.compare("tile, place", lambda i: of_past(i) + ", place", middle, place, grid.pitch, tolerance=1e-3)
    colour = elements.first(cells["tint"])[:, :3][past]
    if softmax < 1e-6:
        scale = layout.value_scale(evidence.scores[np.tril_indices(count)])
        expected = evidence.palette.cell_colour(layout.shown_value(scores, scale))
        report.compare("tile, colour of a score", of_past, colour, expected)
    elif softmax > 1 - 1e-6:
        depth = elements.high(position[:, 1]) - elements.low(position[:, 1])
        report.compare("tile, depth", of_past, grid.weight(depth[past]), weights, tolerance=1e-4)
        gold = actor.dial("Highlight") * (query[past] == round(actor.dial("Query")))
        expected = _share_colour(evidence.palette, weights, gold, actor.dial("Highlight"))
        report.compare("tile, colour of a weight", of_past, colour, expected)


def _share_colour(palette, weights, gold, highlight):
    """As cast/tile.py colours a weight."""
    plain, golden = (on_ramp(ramp, weights) for ramp in (palette.weight, palette.weight_chosen))
    mixed = plain + (golden - plain) * gold[:, None]
    return palette.faded(mixed, (1 - 0.5 * highlight * (1 - gold))[:, None])
