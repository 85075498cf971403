"""Which head tells the most. L layers, H heads, T tokens."""

import numpy as np

from .trace import BlockTrace

DISLIKES = 0.01  # what counts of a head whose last token gives even its favourite a score below 0


def telling(pattern: np.ndarray) -> np.ndarray:
    """How much a head tells: attention patterns [.., T, T] -> [..].

    Mean over the queries of the summed squares of the weights on tokens that are not the first, not the query
    itself and not the one before it. It is low for heads that spread evenly, that park on the first token (the
    attention sink), that stay where they are or that just look one back (every GPT-2 has those), and high for
    heads that pick out a few tokens from further away.
    """
    count = pattern.shape[-1]
    inner = np.tril(np.ones((count, count)), -2)
    inner[:, 0] = 0
    return (pattern**2 * inner).sum((-1, -2)) / max(count - 3, 1)


def telling_heads(block: BlockTrace) -> np.ndarray:
    """How much each head of a layer tells where the last token is followed: [H].

    Half of it is what `telling` measures, half the same of that token alone. Only differences between scores matter to
    softmax; but a favourite with a score below 0 needs explaining, so such a head is chosen where there is no other.
    """
    own = (block.pattern[:, -1, 1:-2] ** 2).sum(-1)
    measured = (telling(block.pattern) + own) / 2
    if not block.attn_scores.size:
        return measured
    return measured * np.where(block.attn_scores[:, -1].max(-1) > 0, 1.0, DISLIKES)


def most_telling(score: np.ndarray, layer: int | None = None, head: int | None = None) -> tuple[int, int]:
    """The (layer, head) of the highest score [L, H], counted from 0; None leaves open, a number must exist."""
    open_heads = np.full(score.shape, -np.inf)
    layers, heads = (slice(None) if wish is None else wish for wish in (layer, head))
    open_heads[layers, heads] = score[layers, heads]
    first, second = np.unravel_index(np.argmax(open_heads), score.shape)
    return int(first), int(second)
