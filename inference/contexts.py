"""What the same word becomes in other company. L layers, H heads, T tokens, d residual stream, V vocabulary."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from .arrays import below, check, cosines, numbers, shares
from .checkpoint import Checkpoint
from .derived import cosine
from .sampling import likeliest, softmax
from .trace import ModelInfo, Run

NEXT = 5  # tokens that the model would say next


@dataclass(frozen=True, eq=False)
class WordInContext:
    """One word in two texts. Its vectors begin as the same row of the token table, then part.

    T1 and T2 are the lengths of the texts; the word's position is that of its last token.
    """

    first: np.ndarray  # [T1] int64               the tokens of the first text
    other: np.ndarray  # [T2] int64               and of the second
    positions: np.ndarray  # [2] int64            of the word in each
    vectors: np.ndarray  # [2, 2L + 2, d] float32 its embedding, then the residual stream at each checkpoint
    cosines: np.ndarray  # [2L + 2] float32       of the two, at each of those places
    next_tokens: np.ndarray  # [2, K] int64       what the model would say after the word, falling
    next_probabilities: np.ndarray  # [2, K] float32
    patterns_first: np.ndarray  # [L, H, T1] float32  how the word attends to the first text
    patterns_other: np.ndarray  # [L, H, T2] float32  and to the second

    def check(self, model: ModelInfo) -> None:
        """Raise ValueError unless all of it fits a model."""
        depths, k = 2 * model.n_layer + 2, self.next_tokens.shape[-1]
        t1, t2 = len(self.first), len(self.other)
        kinds = {
            "first": below(model.n_vocab, t1),
            "other": below(model.n_vocab, t2),
            "positions": below(max(t1, t2), 2),
            "vectors": numbers(2, depths, model.d_model),
            "cosines": cosines(depths),
            "next_tokens": below(model.n_vocab, 2, k),
            "next_probabilities": shares(2, k),
            "patterns_first": shares(model.n_layer, model.n_head, t1),
            "patterns_other": shares(model.n_layer, model.n_head, t2),
        }
        check("context", self, kinds)
        one, two = self.positions
        if one >= t1 or two >= t2 or self.first[one] != self.other[two]:
            raise ValueError("the word in context has no place")


@dataclass(frozen=True, eq=False)
class SameEnd:
    """Three texts that end in the same token, and how differently they go on: the last vector has read the rest."""

    tokens: np.ndarray  # [T1 + T2 + T3] int64    of the three texts, end to end
    lengths: np.ndarray  # [3] int64
    vectors: np.ndarray  # [3, 2L + 2, d] float32 the last position's embedding, then its stream at each checkpoint
    next_tokens: np.ndarray  # [3, K] int64       falling
    next_probabilities: np.ndarray  # [3, K] float32

    @property
    def texts(self) -> list[np.ndarray]:
        """The tokens of each text."""
        return np.split(self.tokens, np.cumsum(self.lengths)[:-1])

    def check(self, model: ModelInfo) -> None:
        """Raise ValueError unless all of it fits a model."""
        k, count = self.next_tokens.shape[-1], len(self.tokens)
        kinds = {
            "tokens": below(model.n_vocab, count),
            "lengths": below(count + 1, 3),
            "vectors": numbers(3, 2 * model.n_layer + 2, model.d_model),
            "next_tokens": below(model.n_vocab, 3, k),
            "next_probabilities": shares(3, k),
        }
        check("same_end", self, kinds)
        if self.lengths.min() < 1 or self.lengths.sum() != count:
            raise ValueError("the three texts are not as long as they should be")
        if len({text[-1] for text in self.texts}) > 1:
            raise ValueError("the three texts don't end in the same token")


def word_in_context(weights: Checkpoint, one: Run, other: Run) -> WordInContext:
    """What two runs have made of the same token, each at its position."""
    runs = (one, other)
    vectors = np.stack([_vectors(run) for run in runs])
    next_tokens, next_probabilities = _next(weights, runs)
    return WordInContext(
        first=one.trace.tokens,
        other=other.trace.tokens,
        positions=np.array([run.position for run in runs], np.int64),
        vectors=vectors,
        cosines=np.array([cosine(*pair) for pair in zip(*vectors, strict=True)], np.float32),
        next_tokens=next_tokens,
        next_probabilities=next_probabilities,
        patterns_first=one.attention,
        patterns_other=other.attention,
    )


def same_end(weights: Checkpoint, runs: Sequence[Run]) -> SameEnd:
    """What runs on texts that end in the same token have made of it, at their last position."""
    next_tokens, next_probabilities = _next(weights, runs)
    return SameEnd(
        tokens=np.concatenate([run.trace.tokens for run in runs]),
        lengths=np.array([len(run.trace.tokens) for run in runs], np.int64),
        vectors=np.stack([_vectors(run) for run in runs]),
        next_tokens=next_tokens,
        next_probabilities=next_probabilities,
    )


def _vectors(run: Run) -> np.ndarray:
    """[2L + 2, d] at one position: the embedding, then the residual stream at each checkpoint."""
    return np.stack([run.trace.embed[run.position], *run.stream])


def _next(weights: Checkpoint, runs: Iterable[Run]) -> tuple[np.ndarray, np.ndarray]:
    """The likeliest tokens [N, K] after the position of each run, and their probabilities."""
    logits = np.stack([run.trace.ln_final[run.position] for run in runs]) @ weights.unembedding.T
    tokens = np.stack([likeliest(row, NEXT) for row in logits]).astype(np.int64)
    return tokens, np.take_along_axis(softmax(logits), tokens, axis=1).astype(np.float32)
