"""What a film also tells of a model: where its words lie in space, what its neurons write, what context does to a word.

All of it follows from the weights and the traces (derived.py); it is recorded, so that a film needs no model.
L layers, T tokens, V vocabulary, d residual stream, m MLP.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

from .arrays import below, check, has, named, numbers, read
from .checkpoint import Checkpoint
from .contexts import SameEnd, WordInContext
from .derived import Check, blocks, neighbours, pca, promoted, unit
from .trace import ModelInfo

NEIGHBOURS, NEURONS, WORDS = 6, 3, 3


@dataclass(frozen=True, eq=False)
class MeaningSpace:
    """The token table along the three directions in which its rows differ most; who is near whom in all d of them."""

    cloud: np.ndarray  # [V, 3] float32       every token's row along the three principal axes
    explained: np.ndarray  # [3] float32      each axis' share of the table's variance
    tokens: np.ndarray  # [P] int64           the different tokens of the prompt, in order
    neighbours: np.ndarray  # [P, K] int64    the nearest other tokens by the cosine of whole rows, falling
    cosines: np.ndarray  # [P, K] float32
    telling: np.ndarray  # [P] float32        how far a token's nearest stand out from all others, see `standing_out`

    def check(self, model: ModelInfo, prompt: np.ndarray) -> None:
        """Raise ValueError unless all of it fits a model and a prompt [T]."""
        p, k = len(self.tokens), self.neighbours.shape[-1]
        kinds = {
            "cloud": numbers(model.n_vocab, 3),
            "explained": numbers(3),
            "tokens": below(model.n_vocab, p),
            "neighbours": below(model.n_vocab, p, k),
            "cosines": numbers(p, k),
            "telling": numbers(p),
        }
        check("meaning", self, kinds)
        if not np.array_equal(self.tokens, _different(prompt)):
            raise ValueError("the words in space are not the prompt's")


@dataclass(frozen=True, eq=False)
class NeuronWords:
    """The neurons that the last token lights most in each layer, and the tokens that their output rows promote most."""

    neurons: np.ndarray  # [L, N] int64         falling activation
    activations: np.ndarray  # [L, N] float32
    words: np.ndarray  # [L, N, W] int64        falling

    def check(self, model: ModelInfo) -> None:
        """Raise ValueError unless all of it fits a model."""
        n, w = self.words.shape[-2:]
        kinds = {
            "neurons": below(model.d_mlp, model.n_layer, n),
            "activations": numbers(model.n_layer, n),
            "words": below(model.n_vocab, model.n_layer, n, w),
        }
        check("neurons", self, kinds)


@dataclass(frozen=True, eq=False)
class Insights:
    """All of it for one prompt; `context` and `same_end` are None where no texts show such a thing."""

    meaning: MeaningSpace
    neurons: NeuronWords
    context: WordInContext | None = None
    same_end: SameEnd | None = None

    def to_arrays(self) -> dict[str, np.ndarray]:
        """All arrays by a name of their own, such as `meaning.cloud`."""
        parts = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: array for part, group in parts.items() if group for name, array in named(part, group).items()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray], model: ModelInfo, prompt: np.ndarray) -> "Insights":
        """The inverse of `to_arrays`. Raises KeyError or ValueError when arrays are missing or don't fit the model."""
        meaning, neurons = read(MeaningSpace, "meaning", arrays), read(NeuronWords, "neurons", arrays)
        meaning.check(model, prompt)
        neurons.check(model)
        others = []
        for kind, name in ((WordInContext, "context"), (SameEnd, "same_end")):
            others.append(read(kind, name, arrays) if has(name, arrays) else None)
            if others[-1]:
                others[-1].check(model)
        return cls(meaning, neurons, *others)


def meaning_space(weights: Checkpoint, prompt: np.ndarray, check: Check | None = None) -> MeaningSpace:
    """Where the tokens of a prompt [T] lie among all others, and who is near them. check: see `derived.blocks`."""
    tokens = _different(prompt)
    space = pca(weights.token_table, min(3, weights.config.n_embd), check)
    missing = 3 - len(space.axes)
    nearest, cosines = neighbours(weights.token_table, tokens, NEIGHBOURS, check)
    return MeaningSpace(
        cloud=np.pad(space.coordinates, ((0, 0), (0, missing))).astype(np.float32),
        explained=np.pad(space.explained, (0, missing)).astype(np.float32),
        tokens=tokens,
        neighbours=nearest,
        cosines=cosines.astype(np.float32),
        telling=standing_out(weights.token_table, tokens, space.mean, check).astype(np.float32),
    )


def standing_out(table: np.ndarray, tokens: np.ndarray, mean: np.ndarray, check: Check | None = None) -> np.ndarray:
    """How far the nearest rows of some tokens [P] stand out from all rows -> [P], in standard deviations.

    The mean cosine to the nearest, less the mean over the whole table, by its deviation; seen from the `mean` [d] of
    all rows, for else common tokens are near to everything. High for a word with a family of its own.
    """
    mean = mean.astype(np.float32)
    wanted = unit(table[tokens] - mean)  # [P, d]
    cosines = np.concatenate([unit(rows - mean) @ wanted.T for rows in blocks(table, check)])  # [V, P]
    nearest = np.sort(cosines, axis=0)[-NEIGHBOURS - 1 : -1]
    return (nearest.mean(axis=0) - cosines.mean(axis=0)) / np.maximum(cosines.std(axis=0), 1e-12)


def neuron_words(weights: Checkpoint, activations: np.ndarray) -> NeuronWords:
    """What the strongest neurons write; `activations` [L, m] after the activation function, at one position."""
    strongest = np.argsort(-activations, axis=1, kind="stable")[:, :NEURONS].astype(np.int64)
    words = [[promoted(weights, layer, neuron, WORDS)[0] for neuron in row] for layer, row in enumerate(strongest)]
    return NeuronWords(
        neurons=strongest,
        activations=np.take_along_axis(activations, strongest, axis=1).astype(np.float32),
        words=np.array(words, np.int64),
    )


def _different(tokens: np.ndarray) -> np.ndarray:
    """Each token once, in the order in which they first appear."""
    return np.array(list(dict.fromkeys(np.asarray(tokens).tolist())), np.int64)
