"""GPT-2's four stages in plain numpy, float32: what runs where onnxruntime can't, with the same inputs and outputs.

T tokens, d residual stream, H heads, dh = d / H the width of a head, m MLP, V vocabulary. Matrices are [out, in], as in
the graphs; scripts/build_graphs.py lists every input and output.
"""

import math
from collections.abc import Mapping

import numpy as np

from .checkpoint import ACTIVATIONS


def run(stage: str, feeds: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Run one of `embedding`, `attention`, `mlp`, `unembedding`; every output by its name.

    Numbers too large for float32 become infinite or NaN without a warning, as in the graphs.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        return _STAGES[stage](**feeds)


def embedding(tokens, wte, wpe):
    """A row of each table per token, added (Radford et al. 2019): embed, pos_embed, resid, all [T, d]."""
    embed, pos_embed = wte[tokens], wpe[: len(tokens)].copy()
    return {"embed": embed, "pos_embed": pos_embed, "resid": embed + pos_embed}


def attention(
    resid_pre, ln_weight, ln_bias, epsilon, c_attn_weight, c_attn_bias, c_proj_weight, c_proj_bias, n_head, scale, mask
):
    """Scaled dot-product attention in H heads (Vaswani et al. 2017, eq. 1 and section 3.2.2), added to the stream.

    `mask` [T, T] is 0 where a query may look and -inf where it may not.
    """
    n_tokens, width = resid_pre.shape
    heads = (n_tokens, int(n_head[0]), -1)
    qkv = linear(layer_norm(resid_pre, ln_weight, ln_bias, epsilon), c_attn_weight, c_attn_bias)  # [T, 3d]
    q, k, v = (qkv[:, first : first + width].reshape(heads) for first in (0, width, 2 * width))  # [T, H, dh]
    attn_scores = np.matmul(q.transpose(1, 0, 2), k.transpose(1, 2, 0))  # [H, T, T]
    attn_scores *= scale
    attn_scores += mask
    pattern = np.exp(attn_scores - attn_scores.max(axis=-1, keepdims=True))
    pattern /= pattern.sum(axis=-1, keepdims=True)
    z = np.ascontiguousarray(np.matmul(pattern, v.transpose(1, 0, 2)).transpose(1, 0, 2))  # [T, H, dh]
    attn_out = linear(z.reshape(n_tokens, width), c_proj_weight, c_proj_bias)
    return {
        "q": q,
        "k": k,
        "v": v,
        "attn_scores": attn_scores,
        "pattern": pattern,
        "z": z,
        "attn_out": attn_out,
        "resid_mid": resid_pre + attn_out,
    }


def mlp(resid_mid, ln_weight, ln_bias, epsilon, c_fc_weight, c_fc_bias, c_proj_weight, c_proj_bias, activation):
    """Two linear maps with an activation function between them (Vaswani et al. 2017, eq. 2), added to the stream."""
    pre = linear(layer_norm(resid_mid, ln_weight, ln_bias, epsilon), c_fc_weight, c_fc_bias)  # [T, m]
    post = _ACTIVATIONS[ACTIVATIONS[int(activation)]](pre)
    mlp_out = linear(post, c_proj_weight, c_proj_bias)
    return {"pre": pre, "post": post, "mlp_out": mlp_out, "resid_post": resid_mid + mlp_out}


def unembedding(resid, ln_weight, ln_bias, epsilon, unembedding, positions):
    """The final LayerNorm at every position, the logits [N, V] at N `positions`."""
    ln_final = layer_norm(resid, ln_weight, ln_bias, epsilon)
    return {"ln_final": ln_final, "logits": ln_final[positions] @ unembedding.T}


def layer_norm(x: np.ndarray, weight: np.ndarray, bias: np.ndarray, epsilon: float) -> np.ndarray:
    """(x - mean) / √(variance + ε) · weight + bias over the last axis (Ba, Kiros, Hinton 2016)."""
    centred = x - x.mean(axis=-1, keepdims=True)
    deviation = np.sqrt(np.square(centred).mean(axis=-1, keepdims=True) + np.float32(epsilon))
    return centred / deviation * weight + bias


def linear(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """x [T, in] · weightᵀ + bias; weight is [out, in]."""
    return x @ weight.T + bias


def gelu_new(x: np.ndarray) -> np.ndarray:
    """½ x (1 + tanh(√(2/π) (x + 0.044715 x³))) (Hendrycks, Gimpel 2016, section 2)."""
    inner = np.float32(math.sqrt(2 / math.pi)) * (x + np.float32(0.044715) * x * x * x)
    return np.float32(0.5) * x * (1 + np.tanh(inner))


def gelu(x: np.ndarray) -> np.ndarray:
    """x · Φ(x) = ½ x (1 + erf(x / √2)) (Hendrycks, Gimpel 2016, section 2)."""
    return np.float32(0.5) * x * (1 + erf(x * np.float32(math.sqrt(0.5))))


def relu(x: np.ndarray) -> np.ndarray:
    """max(x, 0)."""
    return np.maximum(x, 0)


def erf(x: np.ndarray) -> np.ndarray:
    """The error function, to within 1.5e-7 (Abramowitz, Stegun 1964, formula 7.1.26)."""
    size = np.abs(x)
    t = 1 / (1 + np.float32(0.3275911) * size)
    series = np.zeros_like(t)
    for factor in (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592):
        series = (series + np.float32(factor)) * t
    return np.copysign(1 - series * np.exp(-size * size), x)


_ACTIVATIONS = {"gelu_new": gelu_new, "gelu": gelu, "relu": relu}
_STAGES = {"embedding": embedding, "attention": attention, "mlp": mlp, "unembedding": unembedding}
