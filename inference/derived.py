"""Quantities that follow from a trace and the weights. L layers, T tokens, V vocabulary, d residual stream, m MLP.

A residual checkpoint is a place in the stream as in Trace.resid: 0 … 2L, two per layer, whole layers at even numbers.
Whatever runs over the whole vocabulary does so in blocks, so that no second table is ever in memory.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from .checkpoint import Checkpoint
from .errors import ModelError
from .reference import layer_norm
from .sampling import likeliest, softmax
from .tokens import UNSPACED, WORD, Vocabulary
from .trace import Trace

Check = Callable[[], None]
_ROWS = 4096  # of a table, looked at together
_POSITIONS = 64  # whose logits are in memory together


@dataclass(frozen=True, eq=False)
class LensGrid:
    """The logit lens at every residual checkpoint and position: the K likeliest next tokens, falling."""

    tokens: np.ndarray  # [2L + 1, T, K] int64
    probabilities: np.ndarray  # [2L + 1, T, K] float32


@dataclass(frozen=True, eq=False)
class PCA:
    """The directions in which rows differ most."""

    mean: np.ndarray  # [d]
    axes: np.ndarray  # [C, d]         orthogonal, of length 1, falling variance; the largest component is positive
    coordinates: np.ndarray  # [N, C]  of the rows: (row - mean) · axes
    explained: np.ndarray  # [C]       each axis' share of the total variance, 0 … 1


@dataclass(frozen=True, eq=False)
class Contrast:
    """One word in two prompts: how far its vectors part."""

    word: str
    positions: tuple[int, int]  # of the word's last token in each prompt
    embedding: float  # the cosine of its two rows of the token table, before positions are added: 1
    cosines: np.ndarray  # [2L + 1] float32, of its two residual streams at each residual checkpoint


def lens_logits(weights: Checkpoint, resid: np.ndarray) -> np.ndarray:
    """The logits [N, V] that vectors [N, d] of the residual stream give if nothing more is added to them.

    The final LayerNorm is recomputed for each (nostalgebraist 2020, "interpreting GPT: the logit lens").
    """
    norm = weights.final_norm
    with np.errstate(over="ignore", invalid="ignore"):
        normed = layer_norm(resid, norm["ln_f.weight"], norm["ln_f.bias"], weights.config.layer_norm_epsilon)
    return normed @ weights.unembedding.T


def logit_lens(weights: Checkpoint, trace: Trace, k: int = 5) -> LensGrid:
    """The lens at every residual checkpoint and position of `trace`, a run on these `weights`.

    The last entry is the model's real answer. Raises ModelError when layers were left out of the trace.
    """
    depths, n_tokens = 2 * len(trace.blocks) + 1, len(trace.tokens)
    k = min(k, len(weights.unembedding))
    tokens = np.empty((depths, n_tokens, k), np.int64)
    shares = np.empty((depths, n_tokens, k), np.float32)
    for depth in range(depths):
        for first in range(0, n_tokens, _POSITIONS):
            logits = lens_logits(weights, trace.resid(depth)[first : first + _POSITIONS])
            for position, row in enumerate(logits, first):
                tokens[depth, position] = likeliest(row, k)
                shares[depth, position] = softmax(row)[tokens[depth, position]]
    return LensGrid(tokens, shares)


def neuron_logits(weights: Checkpoint, layer: int, neuron: int) -> np.ndarray:
    """What a neuron does to the logits [V] when its activation rises by one, up to a factor common to all tokens.

    Its output row is what it adds to the stream (Geva et al. 2022, "Transformer Feed-Forward Layers Build Predictions
    by Promoting Concepts in the Vocabulary Space"). The final LayerNorm takes the row's mean away and multiplies by its
    weight; what it divides by, the deviation of the whole stream, is the common factor. Raises ModelError when there is
    no such neuron.
    """
    config = weights.config
    if not (0 <= layer < config.n_layer and 0 <= neuron < config.n_inner):
        raise ModelError(f"There is no neuron {neuron} in a layer {layer} of this model.")
    row = weights.block(layer)["mlp.c_proj.weight"][:, neuron]
    return weights.unembedding @ ((row - row.mean()) * weights.final_norm["ln_f.weight"])


def promoted(weights: Checkpoint, layer: int, neuron: int, k: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """The tokens that a neuron's output row promotes most [K], and their `neuron_logits` [K], falling."""
    logits = neuron_logits(weights, layer, neuron)
    tokens = likeliest(logits, k)
    return tokens, logits[tokens]


def neighbours(
    table: np.ndarray, tokens: Sequence[int], k: int = 5, check: Check | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The k rows of `table` [V, d] nearest to each of some `tokens` by cosine, without the token itself.

    -> ids [N, K] int64 and cosines [N, K] float32, falling, where K is at most V - 1. A row of zeros has cosine 0 to
    all others. check: see `blocks`. Raises ModelError for a token that the table doesn't have.
    """
    tokens = np.asarray(tokens, np.int64)
    if tokens.size and not (0 <= tokens.min() and tokens.max() < len(table)):
        raise ModelError(f"Token ids must be from 0 to {len(table) - 1}.")
    wanted = unit(table[tokens])  # [N, d]
    cosines = np.concatenate([unit(rows) @ wanted.T for rows in blocks(table, check)]).T  # [N, V]
    cosines[np.arange(len(tokens)), tokens] = -np.inf
    k = min(k, len(table) - 1)
    nearest = np.array([likeliest(row, k) for row in cosines], np.int64).reshape(len(tokens), k)
    return nearest, np.take_along_axis(cosines, nearest, axis=1)


def pca(rows: np.ndarray, components: int = 3, check: Check | None = None) -> PCA:
    """Principal components of `rows` [N, d] (Pearson 1901; Jolliffe 2002), from their covariance in float64.

    An axis could as well point the other way; it points where its component of largest magnitude is positive. check:
    see `blocks`. Raises ModelError when there are no rows or not that many dimensions.
    """
    if not len(rows) or not 1 <= components <= rows.shape[1]:
        raise ModelError(f"{components} principal components can't be had from {len(rows)} rows of {rows.shape[1]}.")
    mean = sum(block.sum(axis=0, dtype=np.float64) for block in blocks(rows, check)) / len(rows)
    centred = (block - mean for block in blocks(rows, check))
    variances, vectors = np.linalg.eigh(sum(block.T @ block for block in centred) / len(rows))  # rising; columns
    axes = vectors[:, ::-1][:, :components].T
    largest = np.abs(axes).argmax(axis=1)
    axes = axes * np.sign(axes[np.arange(components), largest])[:, None]
    total = variances.sum()
    explained = variances[::-1][:components].clip(0) / total if total > 0 else np.zeros(components)
    coordinates = np.concatenate([(block - mean) @ axes.T for block in blocks(rows, check)])
    return PCA(mean, axes, coordinates, explained)


def contrast(vocabulary: Vocabulary, one: Trace, other: Trace, word: str | None = None) -> Contrast:
    """How the same word parts in two prompts, runs of one model: the cosine of its last token's two vectors, by depth.

    Without a `word`, the longest one that is in both, and of several the last: "ring" says more than "and". A word
    counts only when its last token is the same in both, so that both start from one row of the table (at the start
    of a prompt a word is mostly another token than after a space). Raises ModelError when there is no such word,
    and when layers were left out of a trace.
    """
    if one.model != other.model:
        raise ModelError("The two prompts were run on different models; run both on the same one.")
    text, (first, second) = word_of_both(vocabulary, one.tokens.tolist(), other.tokens.tolist(), word)
    depths = range(2 * len(one.blocks) + 1)
    return Contrast(
        word=text,
        positions=(first, second),
        embedding=cosine(one.embed[first], other.embed[second]),
        cosines=np.array([cosine(one.resid(depth)[first], other.resid(depth)[second]) for depth in depths], np.float32),
    )


def word_of_both(
    vocabulary: Vocabulary, one: Sequence[int], other: Sequence[int], word: str | None = None
) -> tuple[str, tuple[int, int]]:
    """As shared_word. Raises ModelError where there is none."""
    shared = shared_word(vocabulary, one, other, word)
    if shared is None:
        what = "no word" if word is None else f"no “{word}”"
        raise ModelError(
            f"The two prompts share {what} that ends in the same token; use one word in both, after a space."
        )
    return shared


def shared_word(
    vocabulary: Vocabulary, one: Sequence[int], other: Sequence[int], word: str | None = None
) -> tuple[str, tuple[int, int]] | None:
    """The word of two prompts' tokens that `contrast` looks at, and the positions of its last token; or None."""
    words, others = (_words(vocabulary, tokens, word) for tokens in (one, other))
    for text, first in sorted(reversed(words), key=lambda found: -len(found[0])):
        for other_text, second in reversed(others):
            if text == other_text and one[first] == other[second]:
                return text, (first, second)
    return None


def cosine(one: np.ndarray, other: np.ndarray) -> float:
    """The cosine of the angle between two vectors, in float64; 0 when one of them is 0."""
    one, other = one.astype(np.float64), other.astype(np.float64)
    lengths = np.sqrt((one @ one) * (other @ other))
    return float(np.clip(one @ other / lengths, -1, 1)) if lengths > 0 else 0.0


def _words(vocabulary: Vocabulary, tokens: Sequence[int], word: str | None) -> list[tuple[str, int]]:
    """Each word of a prompt, or each place of one given word, with the position of its last token."""
    pattern = WORD if word is None else re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")
    if word is not None and re.search(f"[{UNSPACED}]", word):
        pattern = re.compile(re.escape(word))
    return [(text, last) for text, _, last in vocabulary.words(tokens, pattern)]


def unit(rows: np.ndarray) -> np.ndarray:
    """Rows [N, d] at length 1; those of length 0 stay."""
    lengths = np.sqrt(np.einsum("nd,nd->n", rows, rows))
    return rows / np.where(lengths > 0, lengths, 1)[:, None]


def blocks(table: np.ndarray, check: Check | None = None) -> Iterator[np.ndarray]:
    """The rows of a table, some thousands at a time. check: is called before each; what it raises ends the work."""
    for first in range(0, len(table), _ROWS):
        if check:
            check()
        yield table[first : first + _ROWS]
