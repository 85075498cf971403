"""Random GPT-2 checkpoints in the Hugging Face layout, for tests and benchmarks."""

import json
import math
from pathlib import Path

import ml_dtypes
import numpy as np
import safetensors.numpy
import tokenizers

END_OF_TEXT = "<|endoftext|>"

# Every kind of checkpoint of the family, as arguments of write_checkpoint; `tokens` is the length of a prompt.
CASES = {
    "plain": {},
    "one token": {"tokens": 1},
    "two tokens": {"tokens": 2},
    "odd sizes": {"n_layer": 3, "n_head": 3, "d_model": 21, "n_vocab": 311, "n_ctx": 17, "tokens": 13},
    "full context": {"n_ctx": 9, "tokens": 9},
    "one head, one layer": {"n_layer": 1, "n_head": 1},
    "narrow MLP": {"n_inner": 10},
    "F16": {"dtype": "F16"},
    "BF16": {"dtype": "BF16"},
    "no prefix": {"prefix": ""},
    "untied": {"untied": True},
    "relu": {"activation_function": "relu"},
    "gelu": {"activation_function": "gelu"},
    "inverse layer scaling": {"scale_attn_by_inverse_layer_idx": True, "n_layer": 3},
    "unscaled attention": {"scale_attn_weights": False},
    "large epsilon": {"layer_norm_epsilon": 0.3},
    "attention sink": {"sink": True, "d_model": 64},
}

_TEXT = """
Once upon a time there was a king who had a daughter, and the daughter had a golden ball. The old king gave the ball to
the little daughter, and she threw it into the air and caught it. One day the ball fell into the well, and the water of
the well was deep, so deep that no one could see the bottom of it. Then the little daughter began to cry.
"""


def write_checkpoint(
    folder,
    n_layer=2,
    n_head=4,
    d_model=32,
    n_vocab=400,
    n_ctx=32,
    seed=0,
    *,
    dtype="F32",
    prefix="transformer.",
    untied=False,
    sink=False,
    shards=1,
    **config,
):
    """Write config.json, model.safetensors and tokenizer.json into `folder`, made if need be; return its Path.

    dtype   F32, F16 or BF16
    prefix  before every name but lm_head's; some checkpoints have none
    untied  unembed with a matrix of its own
    sink    what the real GPT-2 shows: one huge component at the first position, and heads that attend to it
    shards  how many files the weights are in, with an index if it is more than one
    config  more settings for config.json; `n_inner` also sets the width of the MLP
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    settings = {
        "model_type": "gpt2",
        "architectures": ["GPT2LMHeadModel"],
        "n_layer": n_layer,
        "n_head": n_head,
        "n_embd": d_model,
        "n_inner": None,
        "vocab_size": n_vocab,
        "n_positions": n_ctx,
        "activation_function": "gelu_new",
        "layer_norm_epsilon": 1e-5,
        "tie_word_embeddings": not untied,
        "bos_token_id": 0,
        "eos_token_id": 0,
        **config,
    }
    d_mlp = settings["n_inner"] or 4 * d_model
    weights = random_weights(n_layer, n_head, d_model, d_mlp, n_vocab, n_ctx, seed, sink=sink)
    weights = {prefix + name: array for name, array in weights.items()}
    if untied:
        weights["lm_head.weight"] = _matrix(np.random.default_rng(seed + 1), n_vocab, d_model)
    (folder / "config.json").write_text(json.dumps(settings, indent=2), encoding="utf-8")
    if shards == 1:
        write_weights(folder / "model.safetensors", weights, dtype)
    else:
        write_shards(folder, weights, dtype, shards)
    small_tokenizer(min(n_vocab, 400)).save(str(folder / "tokenizer.json"))
    return folder


def random_weights(n_layer, n_head, d_model, d_mlp, n_vocab, n_ctx, seed=0, sink=False):
    """Float32 tensors by their checkpoint names; scaled so that attention is neither even nor on one token only."""
    random = np.random.default_rng(seed)
    weights = {
        "wte.weight": _matrix(random, n_vocab, d_model) * 2,
        "wpe.weight": _matrix(random, n_ctx, d_model),
        "ln_f.weight": 1 + _vector(random, d_model),
        "ln_f.bias": _vector(random, d_model),
    }
    for layer in range(n_layer):
        block = {
            "ln_1.weight": 1 + _vector(random, d_model),
            "ln_1.bias": _vector(random, d_model),
            "attn.c_attn.weight": _matrix(random, d_model, 3 * d_model) * math.sqrt(3),
            "attn.c_attn.bias": _vector(random, 3 * d_model),
            "attn.c_proj.weight": _matrix(random, d_model, d_model),
            "attn.c_proj.bias": _vector(random, d_model),
            "ln_2.weight": 1 + _vector(random, d_model),
            "ln_2.bias": _vector(random, d_model),
            "mlp.c_fc.weight": _matrix(random, d_model, d_mlp) * 2,
            "mlp.c_fc.bias": _vector(random, d_mlp),
            "mlp.c_proj.weight": _matrix(random, d_mlp, d_model),
            "mlp.c_proj.bias": _vector(random, d_model),
        }
        if sink:
            # LayerNorm leaves the first position almost nothing but component 0, at √d. With every query shifted by 1,
            # this row of the key matrix then adds about 6 to every score of the first position.
            block["attn.c_attn.bias"][:d_model] += 1
            block["attn.c_attn.weight"][0, d_model : 2 * d_model] = 6 / math.sqrt(d_model * (d_model // n_head))
        weights |= {f"h.{layer}.{name}": array for name, array in block.items()}
    if sink:
        weights["wpe.weight"][0, 0] = 1000 * np.abs(weights["wte.weight"]).mean()
    return weights


def write_weights(path, weights, dtype="F32"):
    """Write arrays with the safetensors library, rounded to `dtype`."""
    kind = {"F32": np.float32, "F16": np.float16, "BF16": ml_dtypes.bfloat16}[dtype]
    stored = {name: np.ascontiguousarray(array, kind) for name, array in weights.items()}
    safetensors.numpy.save_file(stored, path, {"format": "pt"})


def write_shards(folder, weights, dtype, n_shards):
    """Deal the tensors out to `n_shards` files, and write the index that says which is where."""
    files = [f"model-{number + 1:05}-of-{n_shards:05}.safetensors" for number in range(n_shards)]
    places = {name: files[number % n_shards] for number, name in enumerate(weights)}
    for file in files:
        write_weights(folder / file, {name: weights[name] for name in weights if places[name] == file}, dtype)
    index = {"metadata": {"total_size": 0}, "weight_map": places}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")


def small_tokenizer(n_vocab):
    """A byte-level BPE as GPT-2's, with <|endoftext|>, the 256 bytes, and what a few lines teach it."""
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=n_vocab,
        show_progress=False,
        special_tokens=[END_OF_TEXT],
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
    )
    tokenizer.train_from_iterator([_TEXT], trainer)
    return tokenizer


def _matrix(random, rows, columns):
    return (random.standard_normal((rows, columns), np.float32) / math.sqrt(columns)).astype(np.float32)


def _vector(random, size):
    return 0.1 * random.standard_normal(size, np.float32)
