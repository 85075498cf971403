"""A GPT-2 in plain numpy, written from the papers alone: what the package's tensors are compared with.

It shares no code with the package, keeps every tensor under its TransformerLens name, and computes in float64 unless
told otherwise (in float32 it is the baseline that the package's speed is measured against).

    Vaswani et al. 2017, "Attention Is All You Need" (attention, heads, residual connections)
    Radford et al. 2019, "Language Models are Unsupervised Multitask Learners" (GPT-2: LayerNorm before each half, a
        last LayerNorm, learned positions, the token table used again to unembed)
    Ba, Kiros, Hinton 2016, "Layer Normalization"
    Hendrycks, Gimpel 2016, "Gaussian Error Linear Units" (both forms of GELU)
"""

import json
import math
from pathlib import Path

import numpy as np
import safetensors.numpy


def load(folder):
    """The weights and the settings of a checkpoint: (dict of arrays without the `transformer.` prefix, dict)."""
    folder = Path(folder)
    weights = safetensors.numpy.load_file(folder / "model.safetensors")
    weights = {name.removeprefix("transformer."): array for name, array in weights.items()}
    return weights, json.loads((folder / "config.json").read_text(encoding="utf-8"))


def forward(weights, config, tokens, dtype=np.float64):
    """All tensors of one run on `tokens`, by name. Logits are those of the last position."""
    weights = {name: np.asarray(array).astype(dtype, copy=False) for name, array in weights.items()}
    epsilon = config.get("layer_norm_epsilon", 1e-5)
    tokens = np.asarray(tokens)
    tensors = {
        "tokens": tokens,
        "hook_embed": weights["wte.weight"][tokens],
        "hook_pos_embed": weights["wpe.weight"][: len(tokens)],
    }
    x = tensors["hook_embed"] + tensors["hook_pos_embed"]
    for layer in range(config["n_layer"]):
        block = {name[len(f"h.{layer}.") :]: w for name, w in weights.items() if name.startswith(f"h.{layer}.")}
        found = {"hook_resid_pre": x}
        normed = layer_norm(x, block["ln_1.weight"], block["ln_1.bias"], epsilon)
        found |= attention(normed, block, config["n_head"], attention_divisor(config, layer))
        found["hook_resid_mid"] = x + found["hook_attn_out"]
        normed = layer_norm(found["hook_resid_mid"], block["ln_2.weight"], block["ln_2.bias"], epsilon)
        found |= mlp(normed, block, config.get("activation_function", "gelu_new"))
        x = found["hook_resid_post"] = found["hook_resid_mid"] + found["hook_mlp_out"]
        tensors |= {f"blocks.{layer}.{name}": tensor for name, tensor in found.items()}
    tensors["ln_final"] = layer_norm(x, weights["ln_f.weight"], weights["ln_f.bias"], epsilon)
    tensors["logits"] = weights.get("lm_head.weight", weights["wte.weight"]) @ tensors["ln_final"][-1]
    return tensors


def assert_same_tensors(actual, expected):
    """Every tensor of `actual` is float32 and within 1e-5 of the largest magnitude in the expected one."""
    assert set(actual) == set(expected)
    for name, tensor in expected.items():
        assert actual[name].shape == tensor.shape, name
        if name == "tokens":
            assert actual[name].dtype == np.int64
            assert np.array_equal(actual[name], tensor)
            continue
        assert actual[name].dtype == np.float32, name
        hidden = np.isneginf(tensor)
        assert np.array_equal(np.isneginf(actual[name]), hidden), name
        difference = np.abs(np.where(hidden, 0, actual[name]) - np.where(hidden, 0, tensor)).max()
        largest = np.abs(tensor[~hidden]).max()
        assert difference <= 1e-5 * largest, f"{name}: {difference / largest:.1e} of the largest magnitude"


def lens(weights, config, tensors):
    """The probabilities [2L + 1, V] that each checkpoint of the last position's residual stream would give."""
    stream = [tensors["blocks.0.hook_resid_pre"][-1]]
    for layer in range(config["n_layer"]):
        stream += [tensors[f"blocks.{layer}.hook_resid_{place}"][-1] for place in ("mid", "post")]
    weights = {name: array.astype(np.float64) for name, array in weights.items()}
    epsilon = config.get("layer_norm_epsilon", 1e-5)
    normed = layer_norm(np.stack(stream), weights["ln_f.weight"], weights["ln_f.bias"], epsilon)
    return softmax(normed @ weights.get("lm_head.weight", weights["wte.weight"]).T)


def layer_norm(x, gain, bias, epsilon):
    """Ba et al. 2016, eqs. 3 and 4: (x - mean) / sqrt(variance + epsilon) * gain + bias, over the last axis."""
    mean = x.mean(-1, keepdims=True)
    variance = ((x - mean) ** 2).mean(-1, keepdims=True)
    return (x - mean) / np.sqrt(variance + x.dtype.type(epsilon)) * gain + bias


def attention_divisor(config, layer):
    """What q·k is divided by: sqrt(dh), Vaswani et al. 2017, eq. 1, and the layer's number where configured."""
    divisor = math.sqrt(config["n_embd"] // config["n_head"]) if config.get("scale_attn_weights", True) else 1.0
    return divisor * (layer + 1) if config.get("scale_attn_by_inverse_layer_idx", False) else divisor


def attention(x, block, n_head, divisor):
    """Vaswani et al. 2017, eq. 1 and section 3.2.2, with every key after the query hidden (section 3.2.3)."""
    n_tokens, width = x.shape
    projected = x @ block["attn.c_attn.weight"] + block["attn.c_attn.bias"]
    q, k, v = (part.reshape(n_tokens, n_head, width // n_head) for part in np.split(projected, 3, axis=1))
    scores = (q.swapaxes(0, 1) @ k.transpose(1, 2, 0)) / x.dtype.type(divisor)  # [H, query, key]
    query, key = np.indices((n_tokens, n_tokens))
    scores = np.where(key > query, x.dtype.type(-np.inf), scores)
    pattern = softmax(scores)
    z = (pattern @ v.swapaxes(0, 1)).swapaxes(0, 1)
    return {
        "attn.hook_q": q,
        "attn.hook_k": k,
        "attn.hook_v": v,
        "attn.hook_attn_scores": scores,
        "attn.hook_pattern": pattern,
        "attn.hook_z": z,
        "hook_attn_out": z.reshape(n_tokens, width) @ block["attn.c_proj.weight"] + block["attn.c_proj.bias"],
    }


def mlp(x, block, activation):
    """Vaswani et al. 2017, eq. 2, with the activation function of the checkpoint."""
    pre = x @ block["mlp.c_fc.weight"] + block["mlp.c_fc.bias"]
    post = {"gelu_new": gelu_tanh, "gelu": gelu_exact, "relu": lambda x: np.maximum(x, 0)}[activation](pre)
    out = post @ block["mlp.c_proj.weight"] + block["mlp.c_proj.bias"]
    return {"mlp.hook_pre": pre, "mlp.hook_post": post, "hook_mlp_out": out}


def gelu_tanh(x):
    """Hendrycks, Gimpel 2016, section 2: 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))."""
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * (x * x * x))))


def gelu_exact(x):
    """Hendrycks, Gimpel 2016, section 2: x times the standard normal's distribution function."""
    return x * (0.5 * (1 + np.vectorize(math.erf, otypes=[x.dtype])(x / math.sqrt(2))))


def softmax(x):
    weights = np.exp(x - x.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True)
