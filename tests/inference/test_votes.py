"""Each neuron's push on a word, against the formula and against the logit that all pushes add up to."""

import numpy as np
import pytest

import oracle
from checkpoints import CASES, write_checkpoint
from transformer_cinema.inference.model import Model
from transformer_cinema.inference.sampling import Sampling

KINDS = ["plain", "narrow MLP", "untied", "relu", "large epsilon", "attention sink"]


def run(folder):
    recording = Model.load(folder).generate("the king", Sampling(seed=2), new_tokens=1)
    weights, config = oracle.load(folder)
    weights = {name: array.astype(np.float64) for name, array in weights.items()}
    return recording, weights, config, oracle.forward(weights, config, recording.steps[0].trace.tokens)


@pytest.mark.parametrize("case", KINDS)
def test_a_push_is_what_a_neuron_adds_to_the_logit(case, tmp_path):
    recording, weights, config, tensors = run(write_checkpoint(tmp_path, **CASES[case]))
    votes, layer = recording.votes, recording.weights.layer
    final = tensors[f"blocks.{config['n_layer'] - 1}.hook_resid_post"][-1]
    scale = np.sqrt(((final - final.mean()) ** 2).mean() + config["layer_norm_epsilon"])
    unembedding = weights.get("lm_head.weight", weights["wte.weight"])
    post = tensors[f"blocks.{layer}.mlp.hook_post"][-1]
    rows = weights[f"h.{layer}.mlp.c_proj.weight"]
    assert votes.pushes.shape == (len(votes.words), len(post))
    for word, pushes in zip(votes.words, votes.pushes, strict=True):
        for neuron, push in enumerate(pushes):
            written = post[neuron] * rows[neuron]
            expected = ((written - written.mean()) / scale * weights["ln_f.weight"]) @ unembedding[word]
            assert push == pytest.approx(expected, abs=2e-5)


@pytest.mark.parametrize("case", KINDS)
def test_all_that_is_written_adds_up_to_the_logit(case, tmp_path):
    """The pushes of the focus layer, the same for every other part of the stream, and ln_f's bias."""
    recording, weights, config, tensors = run(write_checkpoint(tmp_path, **CASES[case]))
    votes, focus = recording.votes, recording.weights.layer
    final = tensors[f"blocks.{config['n_layer'] - 1}.hook_resid_post"][-1]
    scale = np.sqrt(final.var() + config["layer_norm_epsilon"])
    unembedding = weights.get("lm_head.weight", weights["wte.weight"])

    parts = [tensors["hook_embed"][-1], tensors["hook_pos_embed"][-1], weights[f"h.{focus}.mlp.c_proj.bias"]]
    for layer in range(config["n_layer"]):
        parts += [tensors[f"blocks.{layer}.hook_attn_out"][-1]]
        parts += [tensors[f"blocks.{layer}.hook_mlp_out"][-1]] if layer != focus else []
    rest = sum(parts)
    for word, pushes in zip(votes.words, votes.pushes.astype(np.float64), strict=True):
        others = ((rest - rest.mean()) / scale * weights["ln_f.weight"] + weights["ln_f.bias"]) @ unembedding[word]
        assert pushes.sum() + others == pytest.approx(tensors["logits"][word], abs=1e-4)


def test_the_words_are_the_likeliest_the_drawn_and_the_lenses(storybook):
    recording = storybook.generate("Once upon a time there was a", Sampling(seed=0), new_tokens=1)
    expected = [recording.steps[0].trace.logits.argmax(), recording.steps[0].draw.token]
    expected += [recording.lens.tokens[2 * recording.weights.layer + 2, 0]]
    assert recording.votes.words.tolist() == expected
    twice = storybook.generate("Once upon a time there was a", Sampling(temperature=0), new_tokens=1)
    assert twice.votes.words.tolist() == [expected[0], expected[2]], "each word once"
