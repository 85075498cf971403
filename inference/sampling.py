"""From logits to the next token: temperature, top-k, top-p, and one recorded random number."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .errors import ModelError
from .files import shown

MOST_TOKENS = 16  # that are drawn while waiting for the end of a sentence


@dataclass(frozen=True)
class Sampling:
    """How the next token is chosen.

    temperature  divides the logits; 0 always takes the likeliest token
    top_k        only the k likeliest tokens may be drawn; 0 switches it off
    top_p        only the fewest likeliest tokens that together hold this probability may be drawn; 1 switches it off
    seed         the start of the sequence of random numbers

    Raises ModelError when a value makes no sense.
    """

    temperature: float = 0.8
    top_k: int = 0
    top_p: float = 1.0
    seed: int = 0

    def __post_init__(self):
        if not (_is_number(self.temperature) and 0 <= self.temperature <= 1000):
            raise ModelError(f"The temperature must be a number from 0 to 1000, not {shown(self.temperature)}.")
        if type(self.top_k) is not int or self.top_k < 0:
            raise ModelError(f"Top-k must be a whole number from 0 (off) up, not {shown(self.top_k)}.")
        if not (_is_number(self.top_p) and 0 < self.top_p <= 1):
            raise ModelError(f"Top-p must be above 0 and at most 1 (off), not {shown(self.top_p)}.")
        if type(self.seed) is not int or self.seed < 0:
            raise ModelError(f"The seed must be a whole number from 0 up, not {shown(self.seed)}.")


def softmax(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """exp(x / temperature), normalised over the last axis, in float64. `temperature` must be above 0."""
    logits = np.asarray(logits, np.float64)
    with np.errstate(over="ignore"):  # a tiny temperature sends all but the largest to -inf, which is the right limit
        scaled = (logits - logits.max(axis=-1, keepdims=True)) / temperature
    weights = np.exp(scaled)
    return weights / weights.sum(axis=-1, keepdims=True)


def likeliest(values: np.ndarray, k: int) -> np.ndarray:
    """The ids [min(k, V)] of the k largest of `values` [V], falling; equal values by rising id."""
    values = np.asarray(values)
    k = min(k, len(values))
    threshold = np.partition(values, len(values) - k)[len(values) - k]
    candidates = np.flatnonzero(values >= threshold)
    return candidates[np.argsort(-values[candidates], kind="stable")[:k]]


def probabilities(logits: np.ndarray, sampling: Sampling) -> np.ndarray:
    """The probability [V], float64, of each token to be drawn next, given `logits` [V].

    The order is that of the Hugging Face `transformers` library: temperature, then top-k, then top-p on what top-k
    left, then softmax. Tokens tied with the k-th stay in. The token with which the mass first reaches top-p stays in.
    """
    logits = np.asarray(logits, np.float64)
    if sampling.temperature == 0:
        greedy = np.zeros(len(logits))
        greedy[np.argmax(logits)] = 1.0
        return greedy
    allowed = np.ones(len(logits), bool)
    if 0 < sampling.top_k < len(logits):
        allowed &= logits >= np.partition(logits, -sampling.top_k)[-sampling.top_k]
    if sampling.top_p < 1:
        result = softmax(np.where(allowed, logits, -np.inf), sampling.temperature)
        order = _falling(result)
        mass_before = np.concatenate([[0.0], np.cumsum(result[order])[:-1]])
        allowed[order[mass_before >= sampling.top_p]] = False
    return softmax(np.where(allowed, logits, -np.inf), sampling.temperature)


def draw(probabilities: np.ndarray, random: float) -> int:
    """The token that `random`, a number in [0, 1), points at.

    The probabilities [V] are laid end to end in falling order (ties by id); the token is the first whose cumulative
    sum exceeds `random`.
    """
    probabilities = np.asarray(probabilities, np.float64)
    order = _falling(probabilities)
    position = np.searchsorted(np.cumsum(probabilities[order]), random, side="right")
    # The sum may stay a rounding error below 1; a token of probability 0 must not be drawn for that.
    last = np.count_nonzero(probabilities) - 1
    return int(order[min(position, last)])


def random_numbers(seed: int) -> Iterator[float]:
    """An endless sequence of numbers in [0, 1), the same for the same seed on every machine (PCG64).

    Nothing else in the package draws a random number.
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    while True:
        yield float(generator.random())


def _falling(values: np.ndarray) -> np.ndarray:
    return np.argsort(-values, kind="stable")


def _is_number(value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
