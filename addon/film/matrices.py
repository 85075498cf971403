"""The learned matrices by name: their sizes, and their rows as questions. Pure numpy.

Names and axes are those of TransformerLens, where a vector is multiplied from the left, but W_in, which has a row a
neuron: L layers, d the residual stream, dh a head, m MLP, V vocabulary.
"""

import numpy as np

from ...inference.trace import ModelInfo

SIZES = {
    "W_E": ("n_vocab", "d_model"),
    "W_Q": ("d_model", "d_head"),
    "W_K": ("d_model", "d_head"),
    "W_V": ("d_model", "d_head"),
    "W_O": ("d_model", "d_model"),
    "W_in": ("d_mlp", "d_model"),
    "W_out": ("d_mlp", "d_model"),
}
BY_ROWS = ("W_E", "W_in")  # a row, not a column, gives one number of the result


def size(name: str, model: ModelInfo) -> tuple[int, int]:
    """Rows and columns of the whole matrix."""
    rows, columns = SIZES[name]
    return getattr(model, rows), getattr(model, columns)


def questions(name: str, matrix: np.ndarray) -> np.ndarray:
    """A matrix [in, out], or [out, in] of BY_ROWS -> [out, in]: a row for each number of the result."""
    return matrix if name in BY_ROWS else matrix.T


def size_text(shape: tuple[int, int], thousands: str = ",") -> str:
    """6144, 192 -> "6,144 × 192"."""
    return " × ".join(f"{side:,}".replace(",", thousands) for side in shape)


def rows_shown(shape: tuple[int, int], most: int, keep: tuple[int, ...] = ()) -> np.ndarray:
    """Which rows of a matrix are shown if at most about `most` cells are: all, or one in n and those of `keep`."""
    every = one_in(shape, most)
    return np.unique([*range(0, shape[0], every), *keep])


def one_in(shape: tuple[int, int], most: int) -> int:
    """One row in how many is shown, if at most `most` cells are."""
    return -(-shape[0] * shape[1] // most)
