"""What the model would say if it stopped early. L layers, V vocabulary."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from .arrays import below, check, shares
from .sampling import likeliest, softmax
from .trace import ModelInfo

TRACKED = 8  # tokens whose whole history is kept, at most
LEADERS = 3  # of each checkpoint, from which those are chosen


@dataclass(frozen=True, eq=False)
class LogitLens:
    """The K likeliest next tokens at every checkpoint 0 … 2L, and the history of some tokens through all of them.

    The last position's residual stream goes through the final LayerNorm and the unembedding (nostalgebraist 2020,
    "interpreting GPT: the logit lens"); the softmax is over the full vocabulary. The last row is the real answer.
    """

    tokens: np.ndarray  # [2L + 1, K] int64, falling probability
    probabilities: np.ndarray  # [2L + 1, K] float32
    tracked: np.ndarray  # [W] int64, each once, by their highest probability, falling
    tracked_probabilities: np.ndarray  # [2L + 1, W] float32

    @classmethod
    def of(cls, logits: np.ndarray, k: int, also: Iterable[int] = ()) -> "LogitLens":
        """From the logits [2L + 1, V] of every checkpoint.

        Tracked are the last checkpoint's three likeliest tokens, those in `also`, and of the three likeliest of every
        other checkpoint those with the highest probability anywhere, to eight in all.
        """
        rows = softmax(logits)
        tokens = np.stack([likeliest(row, k) for row in logits]).astype(np.int64)
        leaders = np.unique([likeliest(row, LEADERS) for row in logits])
        wanted = list(dict.fromkeys([*likeliest(logits[-1], LEADERS).tolist(), *also]))
        others = np.setdiff1d(leaders, wanted)
        highest = others[likeliest(rows[:, others].max(axis=0), max(0, TRACKED - len(wanted)))] if others.size else []
        tracked = np.array([*wanted, *highest], np.int64)
        tracked = tracked[np.argsort(-rows[:, tracked].max(axis=0), kind="stable")]
        return cls(
            tokens=tokens,
            probabilities=np.take_along_axis(rows, tokens, axis=1).astype(np.float32),
            tracked=tracked,
            tracked_probabilities=rows[:, tracked].astype(np.float32),
        )

    def check(self, model: ModelInfo) -> None:
        """Raise ValueError unless all of it fits a model."""
        depths, k, count = 2 * model.n_layer + 1, self.tokens.shape[-1], len(self.tracked)
        kinds = {
            "tokens": below(model.n_vocab, depths, k),
            "probabilities": shares(depths, k),
            "tracked": below(model.n_vocab, count),
            "tracked_probabilities": shares(depths, count),
        }
        check("lens", self, kinds)
        if not k or not count or len(np.unique(self.tracked)) != count:
            raise ValueError("the logit lens doesn't name tokens, each once")
