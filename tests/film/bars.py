"""The bars of a film, measured, and what softmax says of them."""

import numpy as np
import pytest

from film.screening import BARS, GLOW, SOLID
from transformer_cinema.addon import compat
from transformer_cinema.addon.film import layout


def softmax(logits, temperature):
    scores = np.asarray(logits, np.float64) / temperature
    weights = np.exp(scores - scores.max())
    return weights / weights.sum()


def measured(screening, frame):
    """The evaluated bars -> ({token or -1: probability by its length}, {token: z of its middle})."""
    scale = layout.BarScale(screening.dial(BARS, "Length", frame))
    parts = [screening.at(frame, BARS, material) for material in (SOLID, GLOW)]
    shape = {name: np.concatenate([part[name] for part in parts]) for name in ("token", "position")}
    lengths, middles = {}, {}
    for token in np.unique(shape["token"]):
        mine = shape["position"][shape["token"] == token]
        lengths[int(token)] = scale.probability(float(np.ptp(mine[:, 0])))
        middles[int(token)] = float(mine[:, 2].min() + mine[:, 2].max()) / 2
    return lengths, middles


def expected(lengths, logits, temperature):
    """The same bars as softmax says."""
    share = softmax(logits, temperature)
    named = {token: share[token] for token in lengths if token >= 0}
    return named | ({-1: 1 - sum(named.values())} if -1 in lengths else {})


def from_above(middles):
    return sorted(middles, key=middles.get, reverse=True)


def words(screening, step, count):
    """What stands before the bars."""
    modifier = screening.modifier(f"{BARS} words")
    every, wide = compat.get_input(modifier, "Words"), compat.get_input(modifier, "Letters")
    first = step * (layout.CANDIDATES + 1)
    return [every[(first + i) * wide : (first + i + 1) * wide].lstrip() for i in range(count)]


def check(screening, recording, step, frame):
    """The bars at a frame are the softmax at the temperature that the film says there."""
    assert screening.dial(BARS, "Step", frame) == step
    temperature = screening.dial(BARS, "Temperature", frame)
    lengths, _ = measured(screening, frame)
    share = expected(lengths, recording.steps[step].trace.logits, temperature)
    assert lengths == pytest.approx(share, abs=1e-4)
    return temperature
