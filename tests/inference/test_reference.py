"""Where onnxruntime can't be loaded, plain numpy computes the same numbers, and says so."""

import math
import subprocess
import sys

import numpy as np
import pytest

import bootstrap
import oracle
from checkpoints import CASES, write_checkpoint
from transformer_cinema.inference import reference, stages
from transformer_cinema.inference.errors import ModelError
from transformer_cinema.inference.model import Model


@pytest.fixture
def fresh_runtime():
    """Each test finds nothing loaded, and leaves nothing behind."""
    stages._runtime.cache_clear()
    yield
    stages._runtime.cache_clear()


@pytest.fixture
def numpy_only(fresh_runtime, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_every_tensor_is_the_oracles(case, tmp_path, numpy_only):
    case = dict(case)
    n_tokens = case.pop("tokens", 7)
    model = Model.load(write_checkpoint(tmp_path, **case))
    tokens = np.random.default_rng(1).integers(0, model.info.n_vocab, n_tokens)
    weights, config = oracle.load(tmp_path)
    oracle.assert_same_tensors(model.trace(tokens).named(), oracle.forward(weights, config, tokens))
    assert "numpy" in model.notice


def test_storybook_is_the_same_on_both(storybook, fresh_runtime, monkeypatch):
    prompt = "The old king gave his daughter a"
    assert storybook.notice is None
    expected = storybook.trace(prompt)
    expected_lens = storybook.logit_lens(expected)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    stages._runtime.cache_clear()
    trace = storybook.trace(prompt)
    assert storybook.notice is not None
    oracle.assert_same_tensors(trace.named(), expected.named())
    lens = storybook.logit_lens(trace)
    assert np.array_equal(lens.tokens, expected_lens.tokens)
    assert lens.probabilities == pytest.approx(expected_lens.probabilities, rel=1e-4)


def test_the_tensors_have_the_same_names(small, numpy_only):
    without = small.trace([3, 1]).named()
    stages._runtime.cache_clear()
    sys.modules.pop("onnxruntime")
    assert small.trace([3, 1]).named().keys() == without.keys()
    assert small.notice is None


@pytest.mark.parametrize("error", [ImportError, OSError, RuntimeError])
def test_a_session_that_cannot_be_made(small, fresh_runtime, monkeypatch, error):
    import onnxruntime

    def fail(*arguments, **settings):
        raise error("DLL initialization routine\nfailed.")

    monkeypatch.setattr(onnxruntime, "InferenceSession", fail)
    assert np.isfinite(small.trace([3, 1]).logits).all()
    assert small.notice == (
        "onnxruntime can't be loaded (DLL initialization routine failed), so numpy computes the same numbers more "
        "slowly; installing the extension again may help."
    )


def test_a_program_without_onnxruntime():
    """From the start: nothing on the way to a trace needs it."""
    program = f"""
import sys
sys.modules["onnxruntime"] = None
sys.path.insert(0, {str(bootstrap.ROOT + "/scripts")!r})
import bootstrap
bootstrap.load_package()
from transformer_cinema.inference.model import EMBEDDED_MODEL, Model
model = Model.load(EMBEDDED_MODEL)
recording = model.generate("Once upon a time there was a", new_tokens=1)
lens = recording.lens
print(model.vocabulary.label(lens.tokens[-1, 0]), "|", model.notice)
"""
    result = subprocess.run([sys.executable, "-X", "utf8", "-c", program], capture_output=True, encoding="utf-8")
    assert result.stdout.startswith("·man | onnxruntime can't be loaded ("), result.stderr


def test_an_overflow_is_reported_as_with_the_graphs(tmp_path, numpy_only, recwarn):
    import safetensors.numpy

    path = write_checkpoint(tmp_path) / "model.safetensors"
    weights = safetensors.numpy.load_file(path)
    weights["transformer.h.0.mlp.c_proj.weight"][:] = 3e38
    safetensors.numpy.save_file(weights, path)
    with pytest.raises(ModelError, match="overflow"):
        Model.load(tmp_path).trace([3, 1])
    assert not recwarn.list


def test_too_little_memory_is_reported(small, numpy_only, monkeypatch):
    def fail(**feeds):
        raise MemoryError("unable to allocate")

    monkeypatch.setitem(reference._STAGES, "attention", fail)
    with pytest.raises(ModelError, match="attention stage could not be computed .*shorter prompt"):
        small.trace([3, 1])


def test_erf():
    x = np.linspace(-6, 6, 4001, dtype=np.float32)
    expected = np.array([math.erf(value) for value in x.tolist()])
    assert np.abs(reference.erf(x) - expected).max() < 5e-7
    assert reference.erf(x).dtype == np.float32
