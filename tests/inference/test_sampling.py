"""Sampling against definitions written out as slowly and plainly as can be."""

import itertools
import math

import numpy as np
import pytest

from transformer_cinema.inference.errors import ModelError
from transformer_cinema.inference.sampling import Sampling, draw, likeliest, probabilities, random_numbers, softmax

LOGITS = {
    "spread": np.random.default_rng(0).normal(0, 3, 40).astype(np.float32),
    "ties": np.array([1, 3, 3, 2, 3, 0, 2, -1], np.float32),
    "all equal": np.zeros(7, np.float32),
    "one token": np.array([5], np.float32),
    "huge": np.array([1e30, -1e30, 1e30, 0], np.float32),
}


def slow_softmax(logits):
    top = max(logits)
    weights = [math.exp(x - top) for x in logits]
    return [weight / sum(weights) for weight in weights]


def slow_probabilities(logits, temperature, top_k, top_p):
    """Temperature, then top-k, then top-p, then softmax, with lists."""
    logits = [float(x) for x in logits]
    if temperature == 0:
        return [1.0 if id == logits.index(max(logits)) else 0.0 for id in range(len(logits))]
    logits = [x / temperature for x in logits]
    if 0 < top_k < len(logits):
        weakest = sorted(logits, reverse=True)[top_k - 1]
        logits = [x if x >= weakest else -math.inf for x in logits]
    if top_p < 1:
        shares = slow_softmax(logits)
        kept, mass = set(), 0.0
        for id in sorted(range(len(logits)), key=lambda id: (-shares[id], id)):
            if mass >= top_p:
                break
            kept.add(id)
            mass += shares[id]
        logits = [x if id in kept else -math.inf for id, x in enumerate(logits)]
    return slow_softmax(logits)


def slow_draw(shares, random):
    total = 0.0
    order = sorted(range(len(shares)), key=lambda id: (-shares[id], id))
    for id in order:
        total += shares[id]
        if total > random:
            return id
    return [id for id in order if shares[id] > 0][-1]


@pytest.mark.parametrize("logits", LOGITS.values(), ids=LOGITS.keys())
def test_probabilities_are_the_definitions(logits):
    for temperature, top_k, top_p in itertools.product((0, 0.3, 1, 2.5), (0, 1, 3, 1000), (0.01, 0.45, 0.9, 1.0)):
        result = probabilities(logits, Sampling(temperature, top_k, top_p))
        assert result.dtype == np.float64
        assert result == pytest.approx(slow_probabilities(logits, temperature, top_k, top_p), abs=1e-12)
        assert result.sum() == pytest.approx(1, abs=1e-12)


def test_top_p_is_taken_of_what_top_k_left():
    logits = np.log([0.4, 0.3, 0.2, 0.1])
    # Among the two that top-k leaves, the first holds 4/7 > 0.5; among all four it would not be enough.
    assert probabilities(logits, Sampling(1, 2, 0.5)).tolist() == [1, 0, 0, 0]


def test_a_tiny_temperature_is_greedy_without_warnings():
    with np.errstate(all="raise"):
        np.seterr(under="ignore")
        result = probabilities(np.array([1.0, 2.0, 1.5]), Sampling(temperature=1e-300))
    assert result.tolist() == [0, 1, 0]


def test_greedy_takes_the_first_of_equals():
    assert probabilities(np.array([1.0, 2.0, 2.0]), Sampling(temperature=0)).tolist() == [0, 1, 0]


def test_draw_is_the_definition():
    random = np.random.default_rng(2)
    for _ in range(200):
        shares = random.dirichlet(np.full(6, 0.5)).round(1)
        shares = shares / shares.sum()
        for point in (0.0, 0.5, random.random(), np.nextafter(1, 0)):
            assert draw(shares, point) == slow_draw(shares.tolist(), point)


def test_draw_falls_on_the_bar_under_the_pointer():
    shares = np.array([0.25, 0.5, 0.0, 0.25])  # laid out: token 1 to 0.5, token 0 to 0.75, token 3 to 1
    points = [0.0, 0.49, 0.5, 0.74, 0.75, 0.99]
    assert [draw(shares, point) for point in points] == [1, 1, 0, 0, 3, 3]


def test_draw_never_takes_the_impossible():
    shares = np.array([0.0, 0.3, 0.7 - 1e-9, 0.0])  # the sum stays below the pointer
    assert draw(shares, np.nextafter(1, 0)) == 1


def test_draws_follow_the_probabilities():
    shares = probabilities(LOGITS["ties"], Sampling(temperature=2.0))
    numbers = itertools.islice(random_numbers(7), 4000)
    counts = np.bincount([draw(shares, number) for number in numbers], minlength=len(shares))
    assert counts / 4000 == pytest.approx(shares, abs=0.03)


def test_random_numbers_are_pcg64():
    expected = np.random.Generator(np.random.PCG64(42)).random(5)
    assert list(itertools.islice(random_numbers(42), 5)) == expected.tolist()
    assert next(random_numbers(42)) != next(random_numbers(43))


def test_softmax_works_on_rows():
    rows = np.stack([LOGITS["ties"], LOGITS["ties"] + 100])
    assert softmax(rows, 0.5)[1] == pytest.approx(slow_softmax((LOGITS["ties"] * 2).tolist()))


@pytest.mark.parametrize("k", [1, 2, 4, 5, 8, 100])
def test_likeliest_orders_ties_by_id(k):
    assert likeliest(LOGITS["ties"], k).tolist() == [1, 2, 4, 3, 6, 0, 5, 7][:k]


@pytest.mark.parametrize(
    "settings",
    [
        {"temperature": -0.1},
        {"temperature": math.nan},
        {"temperature": math.inf},
        {"temperature": 10**400},
        {"temperature": "1"},
        {"temperature": True},
        {"top_k": -1},
        {"top_k": 1.5},
        {"top_k": True},
        {"top_p": 0},
        {"top_p": 1.01},
        {"top_p": math.nan},
        {"seed": -1},
        {"seed": 0.5},
    ],
)
def test_senseless_settings_are_refused(settings):
    with pytest.raises(ModelError, match="must be"):
        Sampling(**settings)
