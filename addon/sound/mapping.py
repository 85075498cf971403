"""What is heard of which number: an event -> notes. Everything here can be turned around, and verify does so.

`numbers` is the film's evidence (film/evidence.py). A share w of a whole has the level √w, so that its energy is the
share; other numbers have a level that grows with them. Levels are amplitudes, 0 … 1.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...inference.sampling import probabilities, softmax
from .events import Event
from .scale import FIFTH, pitch, quantised

if TYPE_CHECKING:
    from ..film.evidence import Evidence

FIRST, DEGREES = 7, 12  # of the scale: tokens lie between G3 and A5
WIDTH = 0.75  # of the way to a loudspeaker that the ends of the row lie
TICK, VOTE_FOR, VOTE_AGAINST = 108, 103, 96  # pitches of glass
TOCK = 75  # the same for every addition
FAINTEST_VOTE = 0.1  # of the largest push; smaller ones are not heard
LIT = 0.5  # an activation above which a neuron counts as lit: layout.LIT
BELL = (10, 14)  # the degrees of the bell: first, how many
SURPRISES = 10.0  # nats at which a word is as loud as can be, and the bell as high
APART = 12  # semitones between two vectors that are at right angles


@dataclass(frozen=True)
class Note:
    """One sound: what plays it, its pitch (MIDI number, not always whole), level, place (-1 … 1), seconds."""

    second: float
    player: str
    pitch: float
    level: float
    pan: float = 0.0
    seconds: float = 0.0


Mapping = Callable[["Evidence", Event], list[Note]]


def notes(numbers: "Evidence", event: Event) -> list[Note]:
    """What is heard of one event; nothing of a level of 0. Raises LookupError for a number that the film lacks."""
    return [note for note in KINDS[event.kind](numbers, event) if note.level > 0]


# --- words ---------------------------------------------------------------------------------------


def _reach(numbers: "Evidence") -> tuple[float, float]:
    """The lowest and highest place of the film's words on the first meaning axis."""
    shown = np.concatenate([numbers.tokens, numbers.greedy, numbers.near_tokens]).astype(int)
    places = numbers.cloud[shown, 0]
    return float(places.min()), float(places.max())


def token_pitch(numbers: "Evidence", token: int) -> int:
    """A token's note: its place on the first meaning axis, from the film's lowest word to its highest."""
    return quantised(float(numbers.cloud[int(token), 0]), *_reach(numbers), FIRST, DEGREES)


def place_pan(numbers: "Evidence", place: int) -> float:
    """Where a token of the prompt stands in the row: left … right."""
    part = (place - numbers.earlier) / max(numbers.prompt_count - 1, 1)
    return WIDTH * (2 * min(max(part, 0.0), 1.0) - 1) if numbers.prompt_count > 1 else 0.0


def surprise(numbers: "Evidence", step: int) -> float:
    """−ln p of a drawn token, under the sampling settings."""
    share = probabilities(numbers.logits[step], numbers.sampling)[numbers.draw_tokens[step]]
    return float(-np.log(max(share, 1e-300)))


def _token(numbers: "Evidence", event: Event) -> list[Note]:
    pitch = token_pitch(numbers, numbers.tokens[event.of])
    return [Note(event.second, "piano", pitch, 0.5, place_pan(numbers, event.of))]


def _word(numbers: "Evidence", event: Event) -> list[Note]:
    level = 0.35 + 0.65 * min(surprise(numbers, event.of) / SURPRISES, 1.0)
    return [Note(event.second, "piano", token_pitch(numbers, numbers.draw_tokens[event.of]), level)]


def _greedy(numbers: "Evidence", event: Event) -> list[Note]:
    return [Note(event.second, "piano", token_pitch(numbers, numbers.greedy[event.of]), 0.35)]


def _neighbour(numbers: "Evidence", event: Event) -> list[Note]:
    pitch = token_pitch(numbers, numbers.near_tokens[event.of])
    return [Note(event.second, "celesta", pitch + 12, max(float(numbers.near_cosines[event.of]), 0.0))]


# --- attention -----------------------------------------------------------------------------------


def _weights(numbers: "Evidence") -> np.ndarray:
    """[keys] of the token that is followed, in the focus head."""
    return numbers.pattern[numbers.focus_layer, numbers.focus_head, numbers.focus_query]


def _pluck(numbers: "Evidence", event: Event, key: int, level: float) -> Note:
    return Note(event.second, "pluck", token_pitch(numbers, numbers.tokens[key]), level, place_pan(numbers, key))


def _weight(numbers: "Evidence", event: Event) -> list[Note]:
    return [_pluck(numbers, event, event.of, float(np.sqrt(_weights(numbers)[event.of])))]


def _softmax(numbers: "Evidence", event: Event) -> list[Note]:
    weights = _weights(numbers)
    return [_pluck(numbers, event, key, float(np.sqrt(weights[key]))) for key in range(numbers.focus_query + 1)]


def score_levels(numbers: "Evidence") -> np.ndarray:
    """How loud the scores of the token that is followed are: 0.15 the lowest … 1 the highest."""
    scores = numbers.scores[numbers.focus_query, : numbers.focus_query + 1].astype(np.float64)
    return 0.15 + 0.85 * (scores - scores.min()) / max(float(np.ptp(scores)), 1e-9)


def _score(numbers: "Evidence", event: Event) -> list[Note]:
    return [_pluck(numbers, event, event.of, float(score_levels(numbers)[event.of]))]


def _scores(numbers: "Evidence", event: Event) -> list[Note]:
    levels = score_levels(numbers)
    return [_pluck(numbers, event, key, float(level / np.sqrt(len(levels)))) for key, level in enumerate(levels)]


def _reading(numbers: "Evidence", event: Event) -> list[Note]:
    weights = numbers.pattern[numbers.focus_layer, numbers.focus_head, event.of]
    most = int(weights.argmax())
    return [_pluck(numbers, event, most, float(np.sqrt(weights[most])))]


# --- additions, neurons, layers ------------------------------------------------------------------


def _tock(numbers: "Evidence", event: Event) -> list[Note]:
    return [Note(event.second, "tock", TOCK, 1.0)]


def _gate(numbers: "Evidence", event: Event) -> list[Note]:
    part = event.of / max(numbers.model.n_layer - 1, 1)
    return [Note(event.second, "thump", quantised(part, 0.0, 1.0, -5, min(numbers.model.n_layer, 8)), 0.7)]


def activations(numbers: "Evidence", layer: int) -> np.ndarray:
    """[m] of the prompt's last token."""
    return numbers.activations[layer, numbers.prompt_count - 1]


def lit(activations: np.ndarray) -> np.ndarray:
    """The neurons that are heard, in order."""
    return np.flatnonzero(activations > LIT)


def _neuron(numbers: "Evidence", event: Event) -> list[Note]:
    fired = activations(numbers, event.which["layer"])
    level = 0.15 + 0.6 * float(fired[event.of]) / max(float(fired.max()), 1e-9)
    return [Note(event.second, "tick", TICK, level, WIDTH * (2 * event.of / max(len(fired) - 1, 1) - 1))]


def heard_votes(pushes: np.ndarray) -> np.ndarray:
    """The neurons whose push is heard, in order."""
    return np.flatnonzero(np.abs(pushes) >= FAINTEST_VOTE * np.abs(pushes).max(initial=1e-9))


def _vote(numbers: "Evidence", event: Event) -> list[Note]:
    pushes = numbers.vote_pushes[event.which["word"]]
    push = float(pushes[event.of])
    level = 0.7 * abs(push) / max(float(np.abs(pushes).max()), 1e-9)
    return [Note(event.second, "tick", VOTE_FOR if push > 0 else VOTE_AGAINST, level, WIDTH * np.sign(push))]


def certainty(shares: np.ndarray) -> float:
    """exp(−entropy) of probabilities, all that they lack of 1 taken as one more: 1 is certain."""
    shares = np.append(shares, max(0.0, 1.0 - float(shares.sum()))).astype(np.float64)
    shares = shares[shares > 0]
    return float(np.exp((shares * np.log(shares)).sum()))


def _chord(event: Event, root: int, purity: float) -> list[Note]:
    """A fifth; beside both its notes, as loud as the chord is unsure, one that rubs."""
    rough = float(np.sqrt(max(0.0, 1.0 - purity)))
    parts = ((0, 0.24), (FIFTH, 0.18), (1, 0.15 * rough), (FIFTH - 1, 0.13 * rough))
    return [Note(event.second, "glass", root + up, level, 0.0, event.seconds) for up, level in parts]


def _lens(numbers: "Evidence", event: Event) -> list[Note]:
    root = quantised(event.of, 0, 2 * numbers.model.n_layer, 4, 8)
    return _chord(event, root, certainty(numbers.lens_probabilities[event.of]))


def _heat(numbers: "Evidence", event: Event) -> list[Note]:
    """At a temperature: how far the probabilities are from being all alike."""
    shares = softmax(numbers.logits[0], max(event.value, 1e-6))  # the limit, where a dial is at 0
    shares = shares[shares > 0]
    entropy = float(-(shares * np.log(shares)).sum())
    return _chord(event, pitch(5), 1.0 - entropy / np.log(numbers.model.n_vocab))


def parted(one: np.ndarray, other: np.ndarray) -> float:
    """Semitones between two vectors: 12 · (1 − cosine)."""
    one, other = one.astype(np.float64), other.astype(np.float64)
    length = max(float(np.linalg.norm(one) * np.linalg.norm(other)), 1e-12)
    return APART * (1.0 - float(one @ other) / length)


def _parting(numbers: "Evidence", event: Event) -> list[Note]:
    """One word in two texts: a note for each."""
    root = token_pitch(numbers, numbers.word_first[numbers.word_positions[0]])
    up = parted(*numbers.word_vectors[:, event.of])
    return [Note(event.second, "glass", root + up * side, 0.22, 0.5 * (2 * side - 1), event.seconds) for side in (0, 1)]


def _ends(numbers: "Evidence", event: Event) -> list[Note]:
    """Three texts with one end: a note for each, the second and third by how far they are from the first."""
    vectors = numbers.end_vectors[:, event.of]
    root = token_pitch(numbers, numbers.end_tokens[-1])
    ups = (0.0, parted(vectors[0], vectors[1]), -parted(vectors[0], vectors[2]))
    return [
        Note(event.second, "glass", root + up, 0.18, pan, event.seconds)
        for up, pan in zip(ups, (-0.6, 0.0, 0.6), strict=True)
    ]


# --- probabilities -------------------------------------------------------------------------------


def _share(numbers: "Evidence", event: Event) -> list[Note]:
    token = numbers.candidates(0)[event.of]
    level = float(np.sqrt(softmax(numbers.logits[0])[token]))
    return [Note(event.second, "pluck", token_pitch(numbers, token), level)]


def _boundary(numbers: "Evidence", event: Event) -> list[Note]:
    return [
        Note(event.second, "tick", TICK - 12, 0.3, WIDTH * (2 * (event.value + float(numbers.draw_numbers[0])) - 1))
    ]


def _bell(numbers: "Evidence", event: Event) -> list[Note]:
    first, degrees = BELL
    return [Note(event.second, "bell", quantised(surprise(numbers, event.of), 0.0, SURPRISES, first, degrees), 0.9)]


KINDS: dict[str, Mapping] = {
    "token": _token,
    "word": _word,
    "greedy": _greedy,
    "neighbour": _neighbour,
    "weight": _weight,
    "softmax": _softmax,
    "score": _score,
    "scores": _scores,
    "reading": _reading,
    "tock": _tock,
    "gate": _gate,
    "neuron": _neuron,
    "vote": _vote,
    "lens": _lens,
    "heat": _heat,
    "parting": _parting,
    "ends": _ends,
    "share": _share,
    "boundary": _boundary,
    "bell": _bell,
}
