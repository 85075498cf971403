"""The learned matrices by name: their sizes, their rows as questions, and what they are multiplied by. Pure numpy.

Names and axes are those of TransformerLens, where a vector is multiplied from the left, but W_in, which has a row a
neuron: L layers, d the residual stream, dh a head, m MLP, V vocabulary.
"""

from dataclasses import dataclass

import numpy as np

from ...inference.trace import ModelInfo, Trace
from ...inference.weights import FocusWeights
from .errors import FilmError

SIZES = {
    "W_E": ("n_vocab", "d_model"),
    "W_Q": ("d_model", "d_head"),
    "W_K": ("d_model", "d_head"),
    "W_V": ("d_model", "d_head"),
    "W_O": ("d_model", "d_model"),
    "W_in": ("d_mlp", "d_model"),
    "W_out": ("d_mlp", "d_model"),
}
MOST_CELLS = 200_000  # that one wall shows: more take longer to draw than all the rest of a picture
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


# --- products ------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Product:
    """questions [R, C] x vector [C] + bias [R] = result [R]: one step of the model, in its own numbers."""

    name: str  # one of PRODUCTS
    token: int  # its place in the prompt, from 0
    matrix: str  # one of SIZES
    questions: np.ndarray
    vector: np.ndarray
    bias: np.ndarray
    result: np.ndarray

    @property
    def multiplied(self) -> np.ndarray:
        """[R] what the product is, in double precision."""
        return self.questions.astype(np.float64) @ self.vector.astype(np.float64) + self.bias

    def check(self) -> None:
        """Raise FilmError where the result is not that of the product, to 1e-4 of its largest number."""
        if np.abs(self.multiplied - self.result).max() > TOLERANCE * np.abs(self.result).max():
            raise FilmError(f"The product {self.name} is not the model's; record the prompt again.")


# name -> (what is multiplied, the matrix, the bias, the result) by their names in given() and in recording.weights
PRODUCTS = {
    "q": ("attn_input", "W_Q", "b_Q", "q"),
    "k": ("attn_input", "W_K", "b_K", "k"),
    "v": ("attn_input", "W_V", "b_V", "v"),
    "out of heads": ("z", "W_O", "b_O", "attn_out"),
    "in": ("mlp_input", "W_in", "b_in", "pre"),
    "out": ("post", "W_out", "b_out", "mlp_out"),
}
TOLERANCE = 1e-4


LEARNED = ("W_E", *dict.fromkeys(name for _, *both, _ in PRODUCTS.values() for name in both))


def learned(weights: FocusWeights) -> dict[str, np.ndarray]:
    """The matrices and biases of a recording's focus by name, as they were recorded."""
    return {name: getattr(weights, name) for name in LEARNED}


def computed(trace: Trace, weights: FocusWeights) -> dict[str, np.ndarray]:
    """{name: [T, n]} what the focus head and layer compute with their matrices, for the prompt's tokens."""
    block, head = trace.blocks[weights.layer], weights.head
    return {
        "attn_input": weights.attn_input,
        **{name: getattr(block, name)[:, head] for name in ("q", "k", "v")},
        "z": block.z.reshape(len(block.z), -1),
        "attn_out": block.attn_out,
        "mlp_input": weights.mlp_input,
        "pre": block.pre,
        "post": block.post,
        "mlp_out": block.mlp_out,
    }


def product(name: str, token: int, matrices: dict[str, np.ndarray], vectors: dict[str, np.ndarray]) -> Product:
    """One of PRODUCTS at a token; matrices as of learned(), vectors as of computed().

    Raises FilmError when it can't be one: for large models only a part of W_O and W_out is recorded.
    """
    given, matrix, bias, result = PRODUCTS[name]
    rows = questions(matrix, matrices[matrix])
    vector = vectors[given][token]
    if rows.shape[1] != len(vector):
        raise FilmError(f"Only a part of {matrix} was recorded, so its product can't be shown.")
    count = len(rows)
    return Product(name, token, matrix, rows, vector, matrices[bias][:count], vectors[result][token][:count])
