"""The learned numbers that a film draws: the matrices of one layer and head, the token table, and how many there are.

T tokens, V vocabulary, d residual stream, dh = d / H the width of a head, m MLP. Matrices have the names and axes of
TransformerLens (https://github.com/TransformerLensOrg/TransformerLens): a vector is multiplied from the left.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .arrays import Kind, below, check, numbers
from .checkpoint import Checkpoint
from .reference import layer_norm
from .trace import ModelInfo, Trace

MOST_NUMBERS = 2_500_000  # of one matrix that are kept: a layer of the smallest GPT-2 is whole
AROUND = 64  # rows of a larger token table that are kept before and after each row of the prompt


@dataclass(frozen=True, eq=False)
class FocusWeights:
    """What one layer and one of its heads have learned, and what they were given in a run.

    A matrix of more than MOST_NUMBERS numbers is kept in part, see `rows_O`, `rows_mlp` and `rows_E`.
    """

    layer: int  # from 0
    head: int  # from 0
    W_Q: np.ndarray  # [d, dh] float32     of that head, as are W_K, W_V and their biases
    W_K: np.ndarray  # [d, dh]
    W_V: np.ndarray  # [d, dh]
    b_Q: np.ndarray  # [dh]
    b_K: np.ndarray  # [dh]
    b_V: np.ndarray  # [dh]
    rows_O: np.ndarray  # [O] int64        which rows of the whole W_O are kept: consecutive, with all of the head's
    W_O: np.ndarray  # [O, d]              of all heads: rows head·dh … head·dh + dh - 1 project that head's z
    b_O: np.ndarray  # [d]
    rows_mlp: np.ndarray  # [M] int64      which neurons have their rows in W_in and W_out: the first that fit
    W_in: np.ndarray  # [M, d]             a row is a neuron's question; TransformerLens has it as a column
    b_in: np.ndarray  # [m]
    W_out: np.ndarray  # [M, d]            a row is what a neuron adds to the stream for each 1 of its activation
    b_out: np.ndarray  # [d]
    rows_E: np.ndarray  # [R] int64        which tokens have their rows in W_E: all, or those around the prompt's
    W_E: np.ndarray  # [R, d]              the token table
    attn_input: np.ndarray  # [T, d]       the stream of the prompt after ln_1: what W_Q, W_K and W_V multiply
    mlp_input: np.ndarray  # [T, d]        the stream after ln_2: what W_in multiplies

    def check(self, model: ModelInfo, prompt: np.ndarray) -> None:
        """Raise ValueError unless all of it fits a model and a prompt [T]."""
        d, dh = model.d_model, model.d_head
        per_head = {name: numbers(d, dh) for name in ("W_Q", "W_K", "W_V")}
        per_head |= {name: numbers(dh) for name in ("b_Q", "b_K", "b_V")}
        kinds: dict[str, Kind] = {
            "layer": below(model.n_layer),
            "head": below(model.n_head),
            **per_head,
            "rows_O": below(d, len(self.rows_O)),
            "W_O": numbers(len(self.rows_O), d),
            "b_O": numbers(d),
            "rows_mlp": below(model.d_mlp, len(self.rows_mlp)),
            "W_in": numbers(len(self.rows_mlp), d),
            "b_in": numbers(model.d_mlp),
            "W_out": numbers(len(self.rows_mlp), d),
            "b_out": numbers(d),
            "rows_E": below(model.n_vocab, len(self.rows_E)),
            "W_E": numbers(len(self.rows_E), d),
            "attn_input": numbers(len(prompt), d),
            "mlp_input": numbers(len(prompt), d),
        }
        check("weights", self, kinds)
        for rows in (self.rows_O, self.rows_mlp, self.rows_E):
            if not len(rows) or (np.diff(rows) < 1).any():
                raise ValueError("the rows of a matrix are out of order")
        if not np.isin(np.arange(self.head * dh, self.head * dh + dh), self.rows_O).all():
            raise ValueError("the head's rows of W_O are missing")
        if not np.isin(prompt, self.rows_E).all():
            raise ValueError("the prompt's rows of the token table are missing")


@dataclass(frozen=True)
class Counts:
    """How many learned numbers a model has, by where they are."""

    token_table: int
    position_table: int
    matrices: int  # of all layers: W_Q, W_K, W_V, W_O, W_in, W_out
    unembedding: int  # a matrix of its own; 0 where the token table unembeds
    rest: int  # biases, and the weights of LayerNorms

    @property
    def total(self) -> int:
        """All of them."""
        return self.token_table + self.position_table + self.matrices + self.unembedding + self.rest

    def check(self, model: ModelInfo) -> None:
        """Raise ValueError unless these can be the numbers of a model."""
        parts = (self.token_table, self.position_table, self.matrices, self.unembedding, self.rest)
        if any(type(part) is not int or part < 0 for part in parts) or self.total != model.n_parameters:
            raise ValueError("the model's numbers are counted wrong")


def focus_weights(weights: Checkpoint, trace: Trace, layer: int, head: int) -> FocusWeights:
    """The weights of a layer and head, and what they multiply in a run whose trace has that layer."""
    block, d = weights.block(layer), weights.config.n_embd
    dh = d // weights.config.n_head
    own = slice(head * dh, head * dh + dh)
    qkv = block["attn.c_attn.weight"].reshape(3, d, d)[:, own]  # [out, in], as all matrices of a checkpoint here
    biases = block["attn.c_attn.bias"].reshape(3, d)[:, own]
    fitting = max(1, MOST_NUMBERS // d)
    first = max(0, own.stop - max(fitting, dh))
    rows_O = np.arange(first, min(first + max(fitting, dh), d))
    rows_mlp = np.arange(min(fitting, weights.config.n_inner))
    rows_E = _table_rows(weights.token_table, trace.tokens, fitting)
    copies = {name: np.ascontiguousarray(matrix.T) for name, matrix in zip(("W_Q", "W_K", "W_V"), qkv, strict=True)}
    copies |= {name: bias.copy() for name, bias in zip(("b_Q", "b_K", "b_V"), biases, strict=True)}
    tensors = trace.blocks[layer]
    return FocusWeights(
        layer=layer,
        head=head,
        **copies,
        rows_O=rows_O.astype(np.int64),
        W_O=np.ascontiguousarray(block["attn.c_proj.weight"].T[rows_O]),
        b_O=block["attn.c_proj.bias"],
        rows_mlp=rows_mlp.astype(np.int64),
        W_in=block["mlp.c_fc.weight"][rows_mlp],
        b_in=block["mlp.c_fc.bias"],
        W_out=np.ascontiguousarray(block["mlp.c_proj.weight"].T[rows_mlp]),
        b_out=block["mlp.c_proj.bias"],
        rows_E=rows_E,
        W_E=weights.token_table[rows_E],
        attn_input=_normalised(weights, tensors.resid_pre, block, "ln_1"),
        mlp_input=_normalised(weights, tensors.resid_mid, block, "ln_2"),
    )


def counts(weights: Checkpoint) -> Counts:
    """The numbers of a checkpoint, counted in its tensors."""
    layer = weights.block(0)  # all layers have the same shapes, which opening a checkpoint has seen to
    matrices = sum(array.size for array in layer.values() if array.ndim == 2) * weights.config.n_layer
    own = 0 if weights.unembedding is weights.token_table else weights.unembedding.size
    parts = (weights.token_table.size, weights.position_table.size, matrices, own)
    return Counts(*parts, rest=weights.n_parameters - sum(parts))


def _table_rows(table: np.ndarray, prompt: np.ndarray, fitting: int) -> np.ndarray:
    """All rows of a table [V, d] if so many fit; else those around the rows of a prompt [T], rising."""
    if len(table) <= fitting:
        return np.arange(len(table), dtype=np.int64)
    tokens: Sequence[int] = np.unique(prompt)
    around = min(AROUND, fitting // len(tokens) // 2)
    windows = [np.arange(token - around, token + around + 1) for token in tokens]
    return np.unique(np.concatenate(windows).clip(0, len(table) - 1)).astype(np.int64)


def _normalised(weights: Checkpoint, resid: np.ndarray, block: dict[str, np.ndarray], norm: str) -> np.ndarray:
    epsilon = weights.config.layer_norm_epsilon
    return layer_norm(resid, block[f"{norm}.weight"], block[f"{norm}.bias"], epsilon).astype(np.float32)
