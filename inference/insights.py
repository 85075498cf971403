"""What a film also tells of a model: where its words lie in space, what its neurons write, what context does to a word.

All of it follows from the weights and the traces (derived.py); it is recorded, so that a film needs no model.
L layers, T tokens, V vocabulary, d residual stream, m MLP.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np

from .checkpoint import Checkpoint
from .derived import contrast, neighbours, pca, promoted
from .tokens import Vocabulary
from .trace import ModelInfo, Trace

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


@dataclass(frozen=True, eq=False)
class NeuronWords:
    """The neurons that the last token lights most in each layer, and the tokens that their output rows promote most."""

    neurons: np.ndarray  # [L, N] int64         falling activation
    activations: np.ndarray  # [L, N] float32
    words: np.ndarray  # [L, N, W] int64        falling


@dataclass(frozen=True, eq=False)
class WordInContext:
    """One word in two prompts. Its vectors begin as the same row of the token table, then part."""

    other: np.ndarray  # [T'] int64            the tokens of the second prompt
    positions: np.ndarray  # [2] int64         of the word's last token in the first and in the second prompt
    vectors: np.ndarray  # [2, 2L + 2, d] float32  its embedding, then the residual stream at each checkpoint
    cosines: np.ndarray  # [2L + 2] float32    of the two, at each of those places


@dataclass(frozen=True, eq=False)
class Insights:
    """All of it for one prompt; `context` is None without a second prompt."""

    meaning: MeaningSpace
    neurons: NeuronWords
    context: WordInContext | None = None

    def to_arrays(self) -> dict[str, np.ndarray]:
        """All arrays by a name of their own, such as `meaning.cloud`."""
        parts = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            f"{name}.{field.name}": getattr(part, field.name)
            for name, part in parts.items()
            if part is not None
            for field in fields(part)
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray], model: ModelInfo, prompt: np.ndarray) -> "Insights":
        """The inverse of `to_arrays`. Raises KeyError or ValueError when arrays are missing or don't fit the model."""

        def read(kind, name):
            return kind(**{field.name: arrays[f"{name}.{field.name}"] for field in fields(kind)})

        found = cls(
            read(MeaningSpace, "meaning"),
            read(NeuronWords, "neurons"),
            read(WordInContext, "context") if "context.vectors" in arrays else None,
        )
        found._check(model, prompt)
        return found

    def _check(self, model: ModelInfo, prompt: np.ndarray) -> None:
        """Raises ValueError unless every array has its shape and its type, and every token exists."""
        meaning, neurons, context = self.meaning, self.neurons, self.context
        p, k = len(meaning.tokens), meaning.neighbours.shape[-1]
        n, w = neurons.words.shape[-2:]
        shapes = {
            "meaning.cloud": (model.n_vocab, 3),
            "meaning.explained": (3,),
            "meaning.tokens": (p,),
            "meaning.neighbours": (p, k),
            "meaning.cosines": (p, k),
            "meaning.telling": (p,),
            "neurons.neurons": (model.n_layer, n),
            "neurons.activations": (model.n_layer, n),
            "neurons.words": (model.n_layer, n, w),
        }
        limits = {"meaning.tokens": model.n_vocab, "meaning.neighbours": model.n_vocab}
        limits |= {"neurons.words": model.n_vocab, "neurons.neurons": model.d_mlp}
        if context is not None:
            shapes |= {
                "context.other": (len(context.other),),
                "context.positions": (2,),
                "context.vectors": (2, 2 * model.n_layer + 2, model.d_model),
                "context.cosines": (2 * model.n_layer + 2,),
            }
            limits |= {"context.other": model.n_vocab}
        for name, array in self.to_arrays().items():
            whole = name in limits or name == "context.positions"
            if array.shape != shapes[name] or array.dtype != (np.int64 if whole else np.float32):
                raise ValueError(f"{name} doesn't fit the model")
            if name in limits and array.size and not 0 <= array.min() <= array.max() < limits[name]:
                raise ValueError(f"{name} is out of range")
        if not np.array_equal(meaning.tokens, _different(prompt)):
            raise ValueError("the words in space are not the prompt's")
        if context is not None:
            ends = np.array([len(prompt), len(context.other)])
            if (context.positions < 0).any() or (context.positions >= ends).any():
                raise ValueError("the word in context has no place")


def meaning_space(weights: Checkpoint, prompt: np.ndarray) -> MeaningSpace:
    """Where the tokens of a prompt [T] lie among all others, and who is near them."""
    tokens = _different(prompt)
    space = pca(weights.token_table, min(3, weights.config.n_embd))
    missing = 3 - len(space.axes)
    nearest, cosines = neighbours(weights.token_table, tokens, NEIGHBOURS)
    return MeaningSpace(
        cloud=np.pad(space.coordinates, ((0, 0), (0, missing))).astype(np.float32),
        explained=np.pad(space.explained, (0, missing)).astype(np.float32),
        tokens=tokens,
        neighbours=nearest,
        cosines=cosines.astype(np.float32),
        telling=standing_out(weights.token_table, tokens, space.mean).astype(np.float32),
    )


def standing_out(table: np.ndarray, tokens: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """How far the nearest rows of some tokens [P] stand out from all rows -> [P], in standard deviations.

    The mean cosine to the nearest, less the mean over the whole table, by its deviation; seen from the `mean` [d] of
    all rows, for else common tokens are near to everything. High for a word with a family of its own.
    """
    centred = table - mean.astype(np.float32)
    lengths = np.linalg.norm(centred, axis=1)
    cosines = centred @ centred[tokens].T / np.maximum(np.outer(lengths, lengths[tokens]), 1e-12)  # [V, P]
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


def word_in_context(vocabulary: Vocabulary, one: Trace, other: Trace) -> WordInContext:
    """The longest word that is in both prompts. Raises ModelError when there is none."""
    found = contrast(vocabulary, one, other)
    depths: Sequence[int] = range(2 * one.model.n_layer + 1)
    vectors = [
        np.stack([trace.embed[place], *(trace.resid(depth)[place] for depth in depths)])
        for trace, place in zip((one, other), found.positions, strict=True)
    ]
    return WordInContext(
        other=other.tokens,
        positions=np.array(found.positions, np.int64),
        vectors=np.stack(vectors),
        cosines=np.array([found.embedding, *found.cosines], np.float32),
    )


def _different(tokens: np.ndarray) -> np.ndarray:
    """Each token once, in the order in which they first appear."""
    return np.array(list(dict.fromkeys(np.asarray(tokens).tolist())), np.int64)
