"""Which tokens are followed through the lens, and that their probabilities are the real ones."""

import numpy as np
import pytest

import oracle
from transformer_cinema.inference.lens import LogitLens
from transformer_cinema.inference.model import EMBEDDED_MODEL
from transformer_cinema.inference.sampling import Sampling


def test_the_histories_are_those_of_an_independent_run(storybook):
    recording = storybook.generate("Once upon a time there was a", Sampling(seed=0), new_tokens=1)
    weights, config = oracle.load(EMBEDDED_MODEL)
    tensors = oracle.forward(weights, config, recording.steps[0].trace.tokens)
    expected = oracle.lens(weights, config, tensors)
    lens = recording.lens
    assert lens.tracked_probabilities == pytest.approx(expected[:, lens.tracked], abs=1e-5)
    for tokens, probabilities in zip(lens.tokens, expected, strict=True):
        assert probabilities[tokens] == pytest.approx(np.sort(probabilities)[::-1][: len(tokens)], abs=1e-5)
    assert {recording.steps[0].draw.token, *lens.tokens[-1, :3]} <= set(lens.tracked)
    assert len(lens.tracked) == 8


def lens_of(rows, also=()):
    """From probabilities [2L + 1, V]."""
    return LogitLens.of(np.log(np.array(rows, np.float32)), 3, also)


def test_the_last_answers_and_the_drawn_token_are_always_followed():
    """Nineteen tokens lead at some checkpoint with more than the last row's likeliest ever have."""
    rows = np.full((7, 40), 1e-6)
    for number, row in enumerate(rows[:-1]):
        row[[3 * number, 3 * number + 1, 3 * number + 2]] = 0.5 + number / 100, 0.3, 0.1
    rows[-1, 30:] = np.linspace(0.02, 0.01, 10)
    rows /= rows.sum(1, keepdims=True)
    lens = lens_of(rows, also=[39])
    assert {30, 31, 32, 39} <= set(lens.tracked)
    highest = rows[:-1, :18].max(axis=0).argsort()[::-1][:4]
    assert set(lens.tracked) - {30, 31, 32, 39} == set(highest)
    peaks = rows[:, lens.tracked].max(axis=0)
    assert peaks.tolist() == sorted(peaks, reverse=True)
    assert lens.tracked_probabilities == pytest.approx(rows[:, lens.tracked], rel=1e-5)


def test_a_token_is_followed_once():
    rows = np.array([[0.7, 0.2, 0.06, 0.04], [0.1, 0.2, 0.3, 0.4]])
    assert sorted(lens_of(rows, also=[3, 3]).tracked) == [0, 1, 2, 3]
