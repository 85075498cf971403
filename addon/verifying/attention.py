"""Attention: beams, whose radius is a weight."""

import numpy as np

from ..film import layout
from ..film.cast import beams as drawn
from ..film.cast import head_grid
from ..film.cast.head_grid import HeadGrid
from .numbers import step
from .reading import Elements

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
    only, bend, even = (actor.dial(dial) for dial in ("Only", "Bend", "Even"))
    pulse = actor.dial("Pulse")
    # In a wave of reading, pulses run everywhere; the other heads change their scale when they become like the first.
    if not QUIET[0] < pulse < QUIET[1] and only in (0.0, 1.0) and even in (0.0, 1.0):
        radius, at = radii(elements)
        radius /= 1 + layout.BEAM_SWELLING * tail(at, pulse, layout.BEAM_TAIL) * (focus | (even == 1.0))
        unseen = STEPS * step(shape["position"])
        straight = bend > 1 - 1e-6
        kept = (weight >= layout.OTHER_THRESHOLD) | (even * actor.dial("Others") < 1e-6)  # others are on their way out
        for heads, chosen, inverse, per_weight in (
            ("as the emphasised head", focus | (even == 1.0), layout.weight_of_beam, layout.BEAM_RADIUS_PER_WEIGHT),
            ("other heads", ~focus & (even == 0.0), layout.weight_of_other, layout.OTHER_RADIUS_PER_WEIGHT),
        ):
            chosen = np.flatnonzero(chosen & kept & (straight | ~focus))
            report.compare(
                f"beams, radius ({heads})",
                lambda i, chosen=chosen: name(chosen[i]),
                inverse(radius[chosen]),
                weight[chosen],
                tolerance=1e-5 + unseen / per_weight,
            )
    _hues(elements, evidence, report, name)
    if actor.dial("Reveal") > 1 - 1e-6 and only in (0.0, 1.0) and bend > 1 - 1e-6:
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
    own = evidence.pattern >= layout.BEAM_THRESHOLD
    own &= (evidence.pattern >= np.float32(layout.OTHER_THRESHOLD)) | (actor.dial("Even") * others < 1 - 1e-3)
    wanted = np.where(focus[:, :, None, None], own, heavy)
    causal = np.tri(evidence.text_count, dtype=bool)
    causal[: evidence.earlier] = False
    order = np.maximum(np.arange(evidence.text_count) - evidence.earlier, 0) / max(evidence.prompt_count - 1, 1)
    grown = reading(actor.dial("Only"), order, round(actor.dial("Query")))
    causal &= (reveal * grown > 0.001)[:, None]
    return set(zip(*(i.tolist() for i in np.nonzero(wanted & causal & in_range[:, None, None, None])), strict=True))


def reading(only, order, query):
    """How far the beams into each query have grown [T], by the queries' order 0 … 1 in the wave."""
    turn = np.clip((1 - only - order * drawn.WAVE) / (1 - drawn.WAVE), 0, 1)
    grown = np.clip(turn * 2, 0, 1)
    grown = grown * grown * (3 - 2 * grown)
    grown[query] = 1.0
    return grown


def radii(elements):
    """Of tubes: the radius of the ring of vertices nearest to HERE, and where on the tube that is -> [n], [n]."""
    shape = elements.shape
    along, position = shape["along"], shape["position"].astype(np.float64)
    away = np.abs(along - HERE)
    at = elements.low(np.where(away == elements.spread(elements.low(away)), along, np.inf))
    ring = along == elements.spread(at)
    off = np.linalg.norm(position - elements.spread(elements.mean(position, ring)), axis=1)
    return elements.mean(off, ring), at


def tail(at, pulse, length):
    """How strong a pulse's tail still is at a place behind it, 0 … 1."""
    return np.exp((at - pulse) / length) * (at < pulse)


def _hues(elements, evidence, report, name):
    """The colour that says which head it is."""
    expected = drawn.head_hues(evidence.palette, elements["head"], evidence.focus_heads[elements["layer"]])
    report.compare("beams, hue", name, elements.first(elements.shape["tint"])[:, :3], expected[:, :3])


def _ends(elements, evidence, report, name, actor):
    """The tokens that a beam's ends stand over, and the layer it lies in."""
    query, key, layer = elements["query"], elements["key"], elements["layer"]
    shape = elements.shape
    along, position = shape["along"], shape["position"].astype(np.float64)
    ends = np.column_stack([elements.mean(position[:, 0], along == at) for at in (0.0, 1.0)])
    depth = elements.mean(position[:, 1])
    x = layout.text_x(evidence.text_count, evidence.prompt_count)
    inset = np.where(query == key, 0.0, layout.BEAM_INSET)
    row = ends
    if actor.dial("Fan"):
        # Where they would be, had their head not left the row.
        n_head, top = evidence.model.n_head, layout.column_top(evidence.model.d_model, layout.SCALE_ATTENTION)
        grid = HeadGrid(n_head, actor.mark["abreast"], actor.mark["broad"], x, top)
        gone = head_grid.gone(actor.dial("Fan"), elements["head"], n_head)
        row = grid.home(row, elements["head"], gone)
    over = row + np.column_stack([-inset, inset])
    # An end is off its token by so much of the distance between two.
    expected = np.column_stack([x[key], x[query]])
    report.compare("beams, ends", name, over, expected, layout.EARLIER_PITCH, tolerance=1e-3)
    n_layer = evidence.model.n_layer
    fan = np.where(evidence.focus_heads[layer] == elements["head"], 0.0, (1 + elements["head"]) / evidence.model.n_head)
    depth = (depth - fan * layout.heads_back(n_layer)) / layout.block_depth(n_layer)
    report.compare("beams, layer", name, depth + 1, layer + 1.0, tolerance=1e-3)
