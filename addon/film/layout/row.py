"""Tokens in their row, vectors as columns over them, and layers behind each other."""

from dataclasses import dataclass

import numpy as np

TOKEN_PITCH = 1.60
EARLIER_PITCH, EARLIER_GAP = 0.20, 1.35  # of tokens that stand before the shown ones, as slabs without words
CUBE_SIZE = (1.24, 0.90, 0.80)
CUBE_FLOAT = 0.34
COLUMN_BASE = 1.24  # where a column stands, just above its cube
COLUMN_WIDTH = 0.648
# One transformer block along +Y, half for attention, half for the MLP; deep models are as long as one of 12.
BLOCK_DEPTH, STACK_DEPTH = 7.2, 86.4
MAX_GATES = 16  # layers that have a gate with a name, and their vectors in the shot of all layers

COLUMN_SINKS = 0.2  # light below which a column draws back into the floor
# Size of the columns in each act, relative to the first.
SCALE_EMBEDDING, SCALE_ATTENTION = 1.0, 0.54
# Of a column alone, before the gates and before the wall; in a narrow picture something stands over it.
SCALE_FLIGHT, SCALE_UNEMBEDDING = 0.78, 0.96
NARROW_FLIGHT, NARROW_UNEMBEDDING = 0.55, 0.4


def token_x(count, prompt_count):
    """x of `count` tokens; the prompt's `prompt_count` are centred on 0, drawn tokens go on to the right."""
    return (np.arange(count) - (prompt_count - 1) / 2) * TOKEN_PITCH


def text_x(text_count, shown_count):
    """x of all tokens of a prompt; the last `shown_count` stand as in token_x, earlier ones close together before."""
    earlier = text_count - shown_count
    shown = token_x(shown_count, shown_count)
    return np.concatenate([shown[0] - EARLIER_GAP - np.arange(earlier)[::-1] * EARLIER_PITCH, shown])


@dataclass(frozen=True)
class CellGrid:
    """How the d components of a vector fill a column: row by row from the bottom, `columns` wide."""

    columns: int
    rows: int
    pitch: float

    @classmethod
    def of(cls, d):
        columns = max(1, round(np.sqrt(d * 6 / 32)))
        return cls(columns, -(-d // columns), COLUMN_WIDTH / columns)

    @classmethod
    def broad(cls, d):
        """As high as others, of fewer and larger cells: where few columns have the picture to themselves."""
        columns = max(1, round(np.sqrt(d / 3)))
        rows = -(-d // columns)
        return cls(columns, rows, cls.of(d).height / rows)

    @property
    def height(self):
        return self.rows * self.pitch


def flight_scale(wide: bool) -> float:
    """Of the last column, before the gates."""
    return SCALE_FLIGHT if wide else NARROW_FLIGHT


def unembedding_scale(wide: bool) -> float:
    """Of the last column, beside or under the wall."""
    return SCALE_UNEMBEDDING if wide else NARROW_UNEMBEDDING


def column_top(d, scale):
    """z of a column's upper end."""
    return COLUMN_BASE + CellGrid.of(d).height * scale


def update_offset(scale):
    """How far to the side of a column an update stands that is added to it."""
    return (COLUMN_WIDTH + 0.09) * scale


def gone(solo, token, count):
    """How far the columns of tokens [n] have sunk, 0 … 1, when only the last of `count` is to stay: one after another.

    The last one is not among them; `solo` goes from 0 to 1.
    """
    return np.clip((solo * (count + 1) - np.minimum(token, max(count - 2, 0))) / 2, 0, 1) * (token != count - 1)


def upright(light: np.ndarray) -> np.ndarray:
    """The part of its height that a column has in so little light: in the dark its board would be a black shape."""
    part = np.clip(light / COLUMN_SINKS, 0, 1)
    return part * part * (3 - 2 * part)


def value_scale(values):
    """The magnitude that gets the full colour: the 99th percentile, so that a few huge components
    (they exist in every real GPT-2) do not darken all others."""
    return max(float(np.percentile(np.abs(values), 99)), 1e-12)


def shown_value(values, scale):
    """Component -> place on the diverging colour map, -1 … 1; beyond the scale it is clipped."""
    return np.clip(values / scale, -1.0, 1.0)


def value_of_shown(shown, scale):
    """Inverse of shown_value, exact where nothing was clipped."""
    return shown * scale


def block_depth(n_layer):
    """How long a block is along +Y."""
    return min(BLOCK_DEPTH, STACK_DEPTH / n_layer)


def every(n_layer):
    """One layer in how many has a gate."""
    return -(-n_layer // MAX_GATES)


def depth_of_checkpoint(checkpoint, n_layer):
    """y of the row of columns at a residual-stream checkpoint 0 … 2L: each half block moves it on."""
    return np.maximum(checkpoint, 0) * (block_depth(n_layer) / 2)
