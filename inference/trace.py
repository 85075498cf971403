"""What the model computed: plain arrays, complete and self-contained. L layers, H heads, T tokens, V vocabulary,
d the width of the residual stream, dh = d / H the width of a head, m the width of the MLP.
"""

import dataclasses
import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from .errors import ModelError

# The TransformerLens name of each tensor of a block (https://github.com/TransformerLensOrg/TransformerLens).
BLOCK_NAMES = {
    "resid_pre": "hook_resid_pre",
    "q": "attn.hook_q",
    "k": "attn.hook_k",
    "v": "attn.hook_v",
    "attn_scores": "attn.hook_attn_scores",
    "pattern": "attn.hook_pattern",
    "z": "attn.hook_z",
    "attn_out": "hook_attn_out",
    "resid_mid": "hook_resid_mid",
    "pre": "mlp.hook_pre",
    "post": "mlp.hook_post",
    "mlp_out": "hook_mlp_out",
    "resid_post": "hook_resid_post",
}


@dataclass(frozen=True)
class ModelInfo:
    """The name and the sizes of a model."""

    name: str
    n_layer: int
    n_head: int
    d_model: int
    d_mlp: int
    n_vocab: int
    n_ctx: int
    n_parameters: int

    @property
    def d_head(self) -> int:
        return self.d_model // self.n_head


@dataclass(frozen=True, eq=False)
class BlockTrace:
    """All tensors of one layer, float32. What was left out of a trace has no elements; its axes are 0 long."""

    resid_pre: np.ndarray  # [T, d]      the residual stream as the layer finds it
    q: np.ndarray  # [T, H, dh]
    k: np.ndarray  # [T, H, dh]
    v: np.ndarray  # [T, H, dh]
    attn_scores: np.ndarray  # [H, T, T] head, query, key: q·k scaled; -inf where the key comes after the query
    pattern: np.ndarray  # [H, T, T]     softmax of the scores over the keys; each row sums to 1
    z: np.ndarray  # [T, H, dh]          the values, mixed by the pattern
    attn_out: np.ndarray  # [T, d]       what attention adds to the stream
    resid_mid: np.ndarray  # [T, d]      resid_pre + attn_out
    pre: np.ndarray  # [T, m]            the neurons before their activation function
    post: np.ndarray  # [T, m]           and after it
    mlp_out: np.ndarray  # [T, d]        what the MLP adds to the stream
    resid_post: np.ndarray  # [T, d]     resid_mid + mlp_out


_THREE_AXES = ("q", "k", "v", "attn_scores", "pattern", "z")
LEFT_OUT = BlockTrace(
    **{field: np.zeros((0,) * (3 if field in _THREE_AXES else 2), np.float32) for field in BLOCK_NAMES}
)


@dataclass(frozen=True, eq=False)
class Trace:
    """One run of the model: every tensor, float32, but for what was left out of `blocks` on demand (LEFT_OUT)."""

    model: ModelInfo
    tokens: np.ndarray  # [T] int64
    embed: np.ndarray  # [T, d]      rows of the token table
    pos_embed: np.ndarray  # [T, d]  rows of the position table
    blocks: tuple[BlockTrace, ...]
    ln_final: np.ndarray  # [T, d]   the last residual stream after the final LayerNorm
    logits: np.ndarray  # [V]        of the last position

    @property
    def layers(self) -> tuple[int, ...]:
        """The layers whose tensors were kept."""
        return tuple(layer for layer, block in enumerate(self.blocks) if block.resid_pre.size)

    @property
    def scores(self) -> bool:
        """Whether the kept layers have their `attn_scores`."""
        return all(self.blocks[layer].attn_scores.size for layer in self.layers)

    def resid(self, checkpoint: int) -> np.ndarray:
        """The residual stream [T, d] at a checkpoint 0 … 2L: before layer l at 2l, between its halves at 2l + 1.

        Raises ModelError when the layers on both sides of the checkpoint were left out.
        """
        if not 0 <= checkpoint <= 2 * len(self.blocks):
            raise IndexError(f"checkpoint {checkpoint} is not in 0 … {2 * len(self.blocks)}")
        layer, between_halves = divmod(checkpoint, 2)
        if between_halves:
            found = [self.blocks[layer].resid_mid]
        else:
            found = [block.resid_post for block in self.blocks[:layer][-1:]]
            found += [block.resid_pre for block in self.blocks[layer : layer + 1]]
        for resid in found:
            if resid.size:
                return resid
        raise ModelError(f"The residual stream at layer {layer} was left out of this trace; trace all layers for this.")

    def named(self) -> dict[str, np.ndarray]:
        """Every tensor under its TransformerLens name; `tokens`, `ln_final` and `logits` under their own.

        What was left out isn't among them.
        """
        tensors = {"tokens": self.tokens, "hook_embed": self.embed, "hook_pos_embed": self.pos_embed}
        for layer, block in enumerate(self.blocks):
            for field, name in BLOCK_NAMES.items():
                if getattr(block, field).size:
                    tensors[f"blocks.{layer}.{name}"] = getattr(block, field)
        return tensors | {"ln_final": self.ln_final, "logits": self.logits}

    @classmethod
    def from_named(
        cls,
        model: ModelInfo,
        tensors: Mapping[str, np.ndarray],
        layers: Iterable[int] | None = None,
        scores: bool = True,
    ) -> "Trace":
        """The inverse of `named`, where `layers` and `scores` are those of the trace; all layers unless given.

        Raises ModelError when a tensor is missing or doesn't fit the model.
        """
        n_tokens = np.size(tensors.get("tokens", ()))

        def tensor(name: str, *shape: int, dtype=np.float32) -> np.ndarray:
            array = tensors.get(name)
            if array is None:
                raise ModelError(f"The recording has no tensor {name}; record it again.")
            if array.shape != shape or array.dtype != dtype:
                raise ModelError(
                    f"The recording's tensor {name} is {array.dtype} {list(array.shape)}, not {np.dtype(dtype)} "
                    f"{list(shape)}; record it again."
                )
            return array

        tokens = tensor("tokens", n_tokens, dtype=np.int64)
        if not 0 < n_tokens <= model.n_ctx or tokens.min() < 0 or tokens.max() >= model.n_vocab:
            raise ModelError("The recording's tokens don't fit its model; record it again.")
        shapes = _shapes(model, n_tokens)
        kept = kept_layers(model, layers)

        def block(layer: int) -> BlockTrace:
            fields = {
                field: tensor(f"blocks.{layer}.{name}", *shapes[field])
                for field, name in BLOCK_NAMES.items()
                if scores or field != "attn_scores"
            }
            return dataclasses.replace(LEFT_OUT, **fields)

        stream = (n_tokens, model.d_model)
        return cls(
            model=model,
            tokens=tokens,
            embed=tensor("hook_embed", *stream),
            pos_embed=tensor("hook_pos_embed", *stream),
            blocks=tuple(block(layer) if layer in kept else LEFT_OUT for layer in range(model.n_layer)),
            ln_final=tensor("ln_final", *stream),
            logits=tensor("logits", model.n_vocab),
        )


@dataclass(frozen=True, eq=False)
class Run:
    """A trace, and what is kept of one position whatever was left out of the trace."""

    trace: Trace
    position: int
    stream: np.ndarray  # [2L + 1, d]    the residual stream at every checkpoint
    activations: np.ndarray  # [L, m]    the neurons after their activation function
    attention: np.ndarray  # [L, H, T]   how it attends to each token; 0 to those after it


def kept_layers(model: ModelInfo, layers: Iterable[int] | None) -> Collection[int]:
    """The layers to keep, each once; None is all. Raises ModelError when the model doesn't have one of them."""
    if layers is None:
        return range(model.n_layer)
    kept = frozenset(layers)
    for layer in kept:
        if not 0 <= layer < model.n_layer:
            raise ModelError(f"{model.name} has no layer {layer + 1}; they are counted from 1 to {model.n_layer}.")
    return kept


def trace_size(model: ModelInfo, n_tokens: int, layers: Iterable[int] | None = None, scores: bool = True) -> int:
    """How many bytes the arrays of a trace of `n_tokens` tokens take, of all layers or some, with scores or without."""
    kept = kept_layers(model, layers)
    shapes = _shapes(model, n_tokens)
    numbers = sum(math.prod(shape) for field, shape in shapes.items() if scores or field != "attn_scores") * len(kept)
    # A layer's resid_pre is the resid_post of the layer before it, the same array.
    numbers -= sum(layer - 1 in kept for layer in kept) * math.prod(shapes["resid_pre"])
    ends = 3 * n_tokens * model.d_model + model.n_vocab  # embed, pos_embed, ln_final; logits
    return 4 * (numbers + ends) + 8 * n_tokens  # float32; the tokens are int64


def _shapes(model: ModelInfo, n_tokens: int) -> dict[str, tuple[int, ...]]:
    """The shape of each field of a BlockTrace."""
    shapes = dict.fromkeys(BLOCK_NAMES, (n_tokens, model.d_model))
    shapes |= dict.fromkeys(("q", "k", "v", "z"), (n_tokens, model.n_head, model.d_head))
    shapes |= dict.fromkeys(("attn_scores", "pattern"), (model.n_head, n_tokens, n_tokens))
    return shapes | dict.fromkeys(("pre", "post"), (n_tokens, model.d_mlp))
