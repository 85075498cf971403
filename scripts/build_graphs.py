#!/usr/bin/env python3
"""Writes the four stage graphs of GPT-2, assets/graphs/*.onnx. Needed only to change them; needs `onnx`.

    python scripts/build_graphs.py           write them
    python scripts/build_graphs.py --check   exit with status 1 if the files differ from what would be written

The weights are inputs, so the same four files serve a GPT-2 of any size. Matrices are [out, in], not [in, out] as in a
GPT-2 checkpoint: `linear` says why. T tokens, d residual stream, H heads, h the width of a head, m MLP, V vocabulary,
C context.
"""

import argparse
import sys
from pathlib import Path

GRAPHS = Path(__file__).resolve().parent.parent / "assets" / "graphs"


def layer_norm(source: str, target: str) -> str:
    """LayerNorm over the last axis (Ba, Kiros, Hinton 2016): (x - mean) / √(variance + ε) · weight + bias.

    Spelled out, because the operator's ε is fixed when the graph is written and a checkpoint brings its own.
    """
    return f"""
        mean = ReduceMean<noop_with_empty_axes = 0>({source}, last_axis)
        centred = Sub({source}, mean)
        squared = Mul(centred, centred)
        variance = ReduceMean<noop_with_empty_axes = 0>(squared, last_axis)
        variance_epsilon = Add(variance, epsilon)
        deviation = Sqrt(variance_epsilon)
        normalised = Div(centred, deviation)
        weighted = Mul(normalised, ln_weight)
        {target} = Add(weighted, ln_bias)"""


def linear(source: str, weight: str, bias: str, target: str) -> str:
    """target = source · weightᵀ + bias, computed as (weight · sourceᵀ)ᵀ.

    With the big matrix as the left factor the runtime reads it once as it lies; as the right factor it would first be
    rearranged on every run, which takes twice as long as the product itself when there are few tokens.
    """
    return f"""
        {target}_columns = Transpose<perm = [1, 0]>({source})
        {target}_product = MatMul({weight}, {target}_columns)
        {target}_rows = Transpose<perm = [1, 0]>({target}_product)
        {target} = Add({target}_rows, {bias})"""


EMBEDDING = """
    embedding (int64[T] tokens, float[V, d] wte, float[C, d] wpe)
    => (float[T, d] embed, float[T, d] pos_embed, float[T, d] resid)
    <int64[1] first = {0}>
    {
        embed = Gather<axis = 0>(wte, tokens)
        n_tokens = Shape(tokens)
        pos_embed = Slice(wpe, first, n_tokens)
        resid = Add(embed, pos_embed)
    }
"""

# Scaled dot-product attention (Vaswani et al. 2017). `mask` is 0 where a query may look and -inf where it may not.
ATTENTION = f"""
    attention (
        float[T, d] resid_pre, float[d] ln_weight, float[d] ln_bias, float epsilon,
        float[d3, d] c_attn_weight, float[d3] c_attn_bias, float[d, d] c_proj_weight, float[d] c_proj_bias,
        int64[1] n_head, float scale, float[T, T] mask
    )
    => (
        float[T, H, h] q, float[T, H, h] k, float[T, H, h] v, float[H, T, T] attn_scores, float[H, T, T] pattern,
        float[T, H, h] z, float[T, d] attn_out, float[T, d] resid_mid
    )
    <int64[1] last_axis = {{-1}}, int64[1] keep = {{0}}, int64[1] rest = {{-1}}, int64[2] row = {{0, -1}}>
    {{
        {layer_norm("resid_pre", "normed")}
        {linear("normed", "c_attn_weight", "c_attn_bias", "qkv")}
        q_row, k_row, v_row = Split<axis = 1, num_outputs = 3>(qkv)
        heads = Concat<axis = 0>(keep, n_head, rest)
        q = Reshape(q_row, heads)
        k = Reshape(k_row, heads)
        v = Reshape(v_row, heads)
        q_heads = Transpose<perm = [1, 0, 2]>(q)
        k_heads = Transpose<perm = [1, 2, 0]>(k)
        v_heads = Transpose<perm = [1, 0, 2]>(v)
        products = MatMul(q_heads, k_heads)
        scaled = Mul(products, scale)
        attn_scores = Add(scaled, mask)
        pattern = Softmax<axis = -1>(attn_scores)
        z_heads = MatMul(pattern, v_heads)
        z = Transpose<perm = [1, 0, 2]>(z_heads)
        z_row = Reshape(z, row)
        {linear("z_row", "c_proj_weight", "c_proj_bias", "attn_out")}
        resid_mid = Add(resid_pre, attn_out)
    }}
"""

# `activation` is 0 for GELU's tanh form (GPT-2's own), 1 for the exact GELU (Hendrycks, Gimpel 2016), 2 for ReLU.
MLP = f"""
    mlp (
        float[T, d] resid_mid, float[d] ln_weight, float[d] ln_bias, float epsilon,
        float[m, d] c_fc_weight, float[m] c_fc_bias, float[d, m] c_proj_weight, float[d] c_proj_bias,
        int64 activation
    )
    => (float[T, m] pre, float[T, m] post, float[T, d] mlp_out, float[T, d] resid_post)
    <int64[1] last_axis = {{-1}}, int64 tanh_form = {{0}}, int64 exact = {{1}}>
    {{
        {layer_norm("resid_mid", "normed")}
        {linear("normed", "c_fc_weight", "c_fc_bias", "pre")}
        is_tanh_form = Equal(activation, tanh_form)
        is_exact = Equal(activation, exact)
        post = If (is_tanh_form) <
            then_branch = tanh_gelu () => (float[T, m] a) {{ a = Gelu<approximate = "tanh">(pre) }},
            else_branch = other () => (float[T, m] b) {{
                b = If (is_exact) <
                    then_branch = exact_gelu () => (float[T, m] c) {{ c = Gelu(pre) }},
                    else_branch = relu () => (float[T, m] e) {{ e = Relu(pre) }}
                >
            }}
        >
        {linear("post", "c_proj_weight", "c_proj_bias", "mlp_out")}
        resid_post = Add(resid_mid, mlp_out)
    }}
"""

# Logits only at `positions`: at GPT-2's size those of one token cost as much as several layers.
UNEMBEDDING = f"""
    unembedding (
        float[T, d] resid, float[d] ln_weight, float[d] ln_bias, float epsilon, float[V, d] unembedding,
        int64[N] positions
    )
    => (float[T, d] ln_final, float[N, V] logits)
    <int64[1] last_axis = {{-1}}>
    {{
        {layer_norm("resid", "ln_final")}
        rows = Gather<axis = 0>(ln_final, positions)
        logits = Gemm<transB = 1>(rows, unembedding)
    }}
"""


def build(text: str) -> bytes:
    import onnx

    model = onnx.parser.parse_model('<ir_version: 9, opset_import: ["" : 20]>' + text)
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString(deterministic=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    arguments = parser.parse_args()
    status = 0
    for name, text in {"embedding": EMBEDDING, "attention": ATTENTION, "mlp": MLP, "unembedding": UNEMBEDDING}.items():
        path = GRAPHS / f"{name}.onnx"
        graph = build(text)
        if not arguments.check:
            GRAPHS.mkdir(parents=True, exist_ok=True)
            path.write_bytes(graph)
            print(f"{path.name}: {len(graph):,} bytes")
        elif not path.is_file() or path.read_bytes() != graph:
            print(f"{path.name} differs from what scripts/build_graphs.py writes; run it without --check.")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
