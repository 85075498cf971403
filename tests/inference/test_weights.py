"""The kept weights against the checkpoint's file, and against the tensors that they make."""

import dataclasses
import math

import numpy as np
import pytest

import oracle
from checkpoints import CASES, write_checkpoint
from transformer_cinema.inference import weights as module
from transformer_cinema.inference.errors import ModelError
from transformer_cinema.inference.focus import most_telling, telling_heads
from transformer_cinema.inference.model import EMBEDDED_MODEL, Model

PROMPT = "the old king and the ball"


@pytest.fixture(scope="module")
def recording(small):
    return small.generate(PROMPT, new_tokens=1, focus=(1, 2))


@pytest.fixture(scope="module")
def file(small_folder):
    return oracle.load(small_folder)[0]


def test_they_are_the_files_numbers(recording, file):
    kept, d, dh = recording.weights, 32, 8
    assert (kept.layer, kept.head) == (1, 2)
    qkv, bias = file["h.1.attn.c_attn.weight"], file["h.1.attn.c_attn.bias"]
    for number, name in enumerate("QKV"):
        columns = slice(number * d + 2 * dh, number * d + 3 * dh)
        assert np.array_equal(getattr(kept, f"W_{name}"), qkv[:, columns])
        assert np.array_equal(getattr(kept, f"b_{name}"), bias[columns])
    for name, tensor in (("W_O", "attn.c_proj"), ("W_out", "mlp.c_proj")):
        assert np.array_equal(getattr(kept, name), file[f"h.1.{tensor}.weight"])
        assert np.array_equal(getattr(kept, name.replace("W", "b")), file[f"h.1.{tensor}.bias"])
    assert np.array_equal(kept.W_in, file["h.1.mlp.c_fc.weight"].T)
    assert np.array_equal(kept.b_in, file["h.1.mlp.c_fc.bias"])
    assert np.array_equal(kept.W_E, file["wte.weight"])
    for rows, count in ((kept.rows_O, d), (kept.rows_mlp, 4 * d), (kept.rows_E, 400)):
        assert rows.tolist() == list(range(count))


@pytest.mark.parametrize("case", CASES)
def test_what_they_multiply_gives_the_traces_tensors(case, tmp_path):
    arguments = {name: value for name, value in CASES[case].items() if name != "tokens"}
    model = Model.load(write_checkpoint(tmp_path, **arguments))
    recording = model.generate("king", new_tokens=1)
    kept, block = recording.weights, recording.steps[0].trace.blocks[recording.weights.layer]
    for name in "QKV":
        product = kept.attn_input @ getattr(kept, f"W_{name}") + getattr(kept, f"b_{name}")
        assert product == pytest.approx(getattr(block, name.lower())[:, kept.head], abs=2e-5)
    assert kept.mlp_input @ kept.W_in.T + kept.b_in == pytest.approx(block.pre, abs=2e-5)
    assert block.post @ kept.W_out + kept.b_out == pytest.approx(block.mlp_out, abs=2e-5)
    joined = block.z.reshape(len(block.z), -1)
    assert joined @ kept.W_O + kept.b_O == pytest.approx(block.attn_out, abs=2e-5)


def test_the_copies_are_the_normalised_stream(recording, small_folder):
    weights, config = oracle.load(small_folder)
    tensors = oracle.forward(weights, config, recording.steps[0].trace.tokens)
    for copy, place, norm in (("attn_input", "pre", "ln_1"), ("mlp_input", "mid", "ln_2")):
        stream = tensors[f"blocks.1.hook_resid_{place}"]
        gain, bias = (weights[f"h.1.{norm}.{part}"].astype(np.float64) for part in ("weight", "bias"))
        expected = oracle.layer_norm(stream, gain, bias, config["layer_norm_epsilon"])
        assert getattr(recording.weights, copy) == pytest.approx(expected, abs=1e-5)


def test_the_rows_that_do_not_fit_are_left_out(small, file, monkeypatch):
    monkeypatch.setattr(module, "MOST_NUMBERS", 32 * 20)
    monkeypatch.setattr(module, "AROUND", 3)
    for head, rows in ((0, range(20)), (2, range(4, 24)), (3, range(12, 32))):
        recording = small.generate("king", new_tokens=1, focus=(0, head))
        kept, prompt = recording.weights, recording.steps[0].trace.tokens
        assert kept.rows_O.tolist() == list(rows)
        assert np.array_equal(kept.W_O, file["h.0.attn.c_proj.weight"][rows])
        assert kept.rows_mlp.tolist() == list(range(20)) and kept.b_in.shape == (128,)
        assert np.array_equal(kept.W_in, file["h.0.mlp.c_fc.weight"].T[:20])
        assert np.array_equal(kept.W_out, file["h.0.mlp.c_proj.weight"][:20])
        assert set(prompt) <= set(kept.rows_E) and len(kept.rows_E) <= 7 * len(prompt)
        assert np.array_equal(kept.W_E, file["wte.weight"][kept.rows_E])
        kept.check(recording.model, prompt)


def test_a_long_prompt_keeps_its_rows_of_a_large_table(small, monkeypatch):
    monkeypatch.setattr(module, "MOST_NUMBERS", 32 * 4)
    recording = small.generate("the old king and the golden ball", new_tokens=1)
    assert set(recording.steps[0].trace.tokens) == set(recording.weights.rows_E)


def test_the_focus_is_the_most_telling_head_of_those_left_open(small):
    trace = small.trace(PROMPT)
    score = np.array([telling_heads(block) for block in trace.blocks])

    def kept(**wishes):
        found = small.generate(PROMPT, new_tokens=1, **wishes).weights
        return found.layer, found.head

    assert kept() == most_telling(score) == np.unravel_index(score.argmax(), score.shape)
    assert kept(focus=(1, None)) == (1, score[1].argmax())
    assert kept(focus=(None, 3)) == (score[:, 3].argmax(), 3)
    assert kept(layers=[1]) == (1, score[1].argmax())


@pytest.mark.parametrize(
    ("wishes", "message"),
    [
        ({"focus": (2, None)}, "no layer 3; they are counted from 1 to 2"),
        ({"focus": (None, 4)}, "no head 5; they are counted from 1 to 4"),
        ({"focus": (-1, None)}, "no layer 0"),
        ({"focus": (0, None), "layers": [1]}, "Layer 1 is left out"),
    ],
)
def test_a_focus_that_is_not_there(small, wishes, message):
    calls = []
    with pytest.raises(ModelError, match=message):
        small.generate(PROMPT, new_tokens=1, progress=lambda *call: calls.append(call), **wishes)
    assert not calls, "it is said before the model runs"


def test_without_layers_there_is_no_focus(small):
    recording = small.generate(PROMPT, new_tokens=1, layers=[])
    assert recording.weights is None and recording.votes is None


@pytest.mark.parametrize("case", ["plain", "narrow MLP", "untied", "one head, one layer"])
def test_every_learned_number_is_counted_once(case, tmp_path):
    folder = write_checkpoint(tmp_path, **CASES[case])
    file = oracle.load(folder)[0]
    counts = Model.load(folder).generate("king", new_tokens=1).counts
    assert counts.token_table == file.pop("wte.weight").size
    assert counts.position_table == file.pop("wpe.weight").size
    assert counts.unembedding == (file.pop("lm_head.weight").size if "lm_head.weight" in file else 0)
    assert counts.matrices == sum(array.size for array in file.values() if array.ndim == 2)
    assert counts.rest == sum(array.size for array in file.values() if array.ndim == 1)


def test_the_embedded_models_numbers():
    counts = Model.load(EMBEDDED_MODEL).generate("The cat", new_tokens=1).counts
    sizes = [math.prod(array.shape) for array in oracle.load(EMBEDDED_MODEL)[0].values()]
    assert counts.total == sum(sizes)


def test_counts_that_do_not_add_up_are_refused(recording):
    recording.counts.check(recording.model)
    for change in ({"rest": recording.counts.rest + 1}, {"matrices": -1}, {"token_table": 1.0}):
        with pytest.raises(ValueError, match="counted wrong"):
            dataclasses.replace(recording.counts, **change).check(recording.model)
