"""Every tensor against Hugging Face transformers, where it is installed; it is no part of the development environment.

python -m pip install torch transformers, in an environment of your own
python -m pytest -m slow tests/inference/test_transformers.py
"""

import sys

import numpy as np
import pytest

import oracle
from checkpoints import CASES, write_checkpoint
from transformer_cinema.inference import stages
from transformer_cinema.inference.model import EMBEDDED_MODEL, Model

pytestmark = pytest.mark.slow

# GPT-2's five shapes; the two largest with fewer layers than the 36 and 48 they have.
SHAPES = {
    "distilgpt2": {"n_layer": 6, "n_head": 12, "d_model": 768},
    "gpt2": {"n_layer": 12, "n_head": 12, "d_model": 768},
    "gpt2-medium": {"n_layer": 24, "n_head": 16, "d_model": 1024},
    "gpt2-large": {"n_layer": 4, "n_head": 20, "d_model": 1280},
    "gpt2-xl": {"n_layer": 3, "n_head": 25, "d_model": 1600},
}


@pytest.fixture(scope="module")
def torch():
    pytest.importorskip("transformers")
    return pytest.importorskip("torch")


@pytest.fixture(params=["graphs", "numpy"])
def runtime(request, monkeypatch):
    stages._runtime.cache_clear()
    if request.param == "numpy":
        monkeypatch.setitem(sys.modules, "onnxruntime", None)
    yield request.param
    stages._runtime.cache_clear()


def theirs(torch, folder, tokens):
    """All tensors of a run in float32, by their names here: hidden states, attentions, and what hooks see."""
    import transformers

    model = transformers.GPT2LMHeadModel.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32)
    model.eval()
    config, seen = model.config, {}

    def keep(name, what=lambda inputs, output: output):
        def hook(module, inputs, output):
            seen[name] = what(inputs, output)[0].numpy().copy()  # the only prompt of the batch

        return hook

    def first_input(inputs, output):
        return inputs[0]

    model.transformer.wte.register_forward_hook(keep("hook_embed"))
    model.transformer.wpe.register_forward_hook(keep("hook_pos_embed"))
    model.transformer.ln_f.register_forward_hook(keep("ln_final"))
    for layer, block in enumerate(model.transformer.h):
        name = f"blocks.{layer}."
        block.ln_1.register_forward_hook(keep(name + "hook_resid_pre", first_input))
        block.attn.c_attn.register_forward_hook(keep(name + "qkv"))
        block.attn.c_proj.register_forward_hook(keep(name + "attn.hook_z", first_input))
        block.attn.c_proj.register_forward_hook(keep(name + "hook_attn_out"))
        block.ln_2.register_forward_hook(keep(name + "hook_resid_mid", first_input))
        block.mlp.c_fc.register_forward_hook(keep(name + "mlp.hook_pre"))
        block.mlp.c_proj.register_forward_hook(keep(name + "mlp.hook_post", first_input))
        block.mlp.c_proj.register_forward_hook(keep(name + "hook_mlp_out"))
        following = model.transformer.h[layer + 1].ln_1 if layer + 1 < config.n_layer else model.transformer.ln_f
        following.register_forward_hook(keep(name + "hook_resid_post", first_input))
    with torch.no_grad():
        result = model(torch.tensor(tokens[None]), output_attentions=True, output_hidden_states=True)
    heads = (len(tokens), config.n_head, config.n_embd // config.n_head)
    for layer in range(config.n_layer):
        name = f"blocks.{layer}."
        parts = np.split(seen.pop(name + "qkv"), 3, axis=1)
        seen |= {f"{name}attn.hook_{part}": array.reshape(heads) for part, array in zip("qkv", parts, strict=True)}
        seen[name + "attn.hook_z"] = seen[name + "attn.hook_z"].reshape(heads)
        seen[name + "attn.hook_pattern"] = result.attentions[layer][0].numpy()
        assert np.array_equal(result.hidden_states[layer][0].numpy(), seen[name + "hook_resid_pre"])
    assert np.array_equal(result.hidden_states[-1][0].numpy(), seen["ln_final"])
    return seen | {"tokens": tokens, "logits": result.logits[0, -1].numpy()}


def compare(torch, folder, n_tokens):
    model = Model.load(folder)
    tokens = np.random.default_rng(1).integers(0, model.info.n_vocab, n_tokens)
    ours = model.trace(tokens, scores=False).named()  # which transformers doesn't return
    oracle.assert_same_tensors(ours, theirs(torch, folder, tokens))


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_shapes_of_gpt2(torch, runtime, tmp_path, shape):
    compare(torch, write_checkpoint(tmp_path, n_vocab=50257, n_ctx=64, **shape), n_tokens=16)


def test_storybook(torch, runtime):
    compare(torch, EMBEDDED_MODEL, n_tokens=64)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_every_kind_of_checkpoint(torch, runtime, tmp_path, case):
    case = dict(case)
    n_tokens = case.pop("tokens", 7)
    compare(torch, write_checkpoint(tmp_path, **case), n_tokens)


def test_shards(torch, runtime, tmp_path):
    compare(torch, write_checkpoint(tmp_path, shards=3, untied=True), n_tokens=7)
