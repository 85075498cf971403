"""Traces of some layers, or without scores: what is kept is the same, what isn't takes no memory."""

import json

import numpy as np
import pytest

from checkpoints import write_checkpoint
from transformer_cinema.inference import archive
from transformer_cinema.inference.errors import ModelError
from transformer_cinema.inference.model import Model
from transformer_cinema.inference.recording import Recording
from transformer_cinema.inference.trace import BLOCK_NAMES, Trace

TOKENS = [3, 1, 4, 1, 5]
RESTRICTIONS = [
    {"layers": [0]},
    {"layers": [2, 1]},
    {"layers": (1, 1)},
    {"layers": []},
    {"layers": range(3)},
    {"scores": False},
    {"layers": {0, 2}, "scores": False},
]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return Model.load(write_checkpoint(tmp_path_factory.mktemp("models") / "three", n_layer=3))


@pytest.fixture(scope="module")
def whole(model):
    return model.trace(TOKENS)


def kept_names(whole, layers=(0, 1, 2), scores=True):
    names = [name for name in whole.named() if not name.startswith("blocks.") or int(name.split(".")[1]) in layers]
    return {name for name in names if scores or not name.endswith("attn_scores")}


@pytest.mark.parametrize("restriction", RESTRICTIONS, ids=str)
def test_what_is_kept_is_the_same(model, whole, restriction):
    trace = model.trace(TOKENS, **restriction)
    expected = whole.named()
    assert trace.named().keys() == kept_names(whole, **restriction)
    for name, tensor in trace.named().items():
        assert np.array_equal(tensor, expected[name]), name
    assert trace.layers == tuple(sorted(set(restriction.get("layers", range(3)))))
    assert trace.scores == (restriction.get("scores", True) or not trace.layers)


@pytest.mark.parametrize("restriction", RESTRICTIONS, ids=str)
def test_what_is_left_out_has_no_elements(model, whole, restriction):
    trace = model.trace(TOKENS, **restriction)
    assert len(trace.blocks) == 3
    for layer, block in enumerate(trace.blocks):
        for field, name in BLOCK_NAMES.items():
            tensor, full = getattr(block, field), getattr(whole.blocks[layer], field)
            assert (tensor.dtype, tensor.ndim) == (full.dtype, full.ndim)
            if f"blocks.{layer}.{name}" not in trace.named():
                assert tensor.shape == (0,) * full.ndim


def test_the_stream_is_there_where_it_was_kept(model, whole):
    trace = model.trace(TOKENS, layers=[1])
    for checkpoint in (2, 3, 4):
        assert np.array_equal(trace.resid(checkpoint), whole.resid(checkpoint))
    for checkpoint in (0, 1, 5, 6):
        with pytest.raises(ModelError, match="left out"):
            trace.resid(checkpoint)
    with pytest.raises(ModelError, match="left out"):
        model.logit_lens(trace)
    with pytest.raises(IndexError):
        trace.resid(7)


@pytest.mark.parametrize("layers", [[3], [-1], [0, 10**9]])
def test_layers_that_are_not_there(model, layers):
    with pytest.raises(ModelError, match="they are counted from 1 to 3"):
        model.trace(TOKENS, layers=layers)
    with pytest.raises(ModelError, match="they are counted from 1 to 3"):
        model.trace_size(5, layers=layers)


@pytest.mark.parametrize("restriction", [{}, *RESTRICTIONS], ids=str)
@pytest.mark.parametrize("n_tokens", [1, 13])
def test_the_size_said_in_advance(model, restriction, n_tokens):
    trace = model.trace([3] * n_tokens, **restriction)
    arrays = {id(tensor): tensor for tensor in trace.named().values()}  # one array may have two names
    assert model.trace_size(n_tokens, **restriction) == sum(tensor.nbytes for tensor in arrays.values())


@pytest.mark.parametrize("n_tokens", [0, -1, 33])
def test_the_size_of_what_cannot_be_traced(model, n_tokens):
    with pytest.raises(ModelError, match="reads from 1 to 32 tokens"):
        model.trace_size(n_tokens)


@pytest.mark.parametrize("restriction", RESTRICTIONS, ids=str)
def test_from_named_is_the_inverse(model, restriction):
    trace = model.trace(TOKENS, **restriction)
    again = Trace.from_named(model.info, trace.named(), trace.layers, trace.scores)
    assert again.named().keys() == trace.named().keys()
    assert (again.layers, again.scores) == (trace.layers, trace.scores)
    if trace.layers != (0, 1, 2) or not trace.scores:
        with pytest.raises(ModelError, match="no tensor"):
            Trace.from_named(model.info, trace.named())


@pytest.mark.parametrize("restriction", RESTRICTIONS, ids=str)
def test_a_restricted_recording_is_saved(model, tmp_path, restriction):
    whole = model.generate("the king", new_tokens=2)
    recording = model.generate("the king", new_tokens=2, **restriction)
    assert np.array_equal(recording.lens.tokens, whole.lens.tokens)
    assert np.array_equal(recording.lens.probabilities, whole.lens.probabilities)
    recording.save(tmp_path / "r.npz")
    for step, loaded in zip(recording.steps, Recording.load(tmp_path / "r.npz").steps, strict=True):
        assert loaded.draw == step.draw
        assert loaded.trace.named().keys() == step.trace.named().keys()
        for name, tensor in loaded.trace.named().items():
            assert np.array_equal(tensor, step.trace.named()[name]), name


def _metadata(path, **changes):
    arrays = archive.read(path)
    metadata = json.loads(str(arrays["metadata"]))
    for name, value in changes.items():
        if name == "n_layer":
            metadata["model"][name] = value
        elif value is None:
            del metadata[name]
        else:
            metadata[name] = value
    archive.write(path, arrays | {"metadata": np.array(json.dumps(metadata))})


def test_a_recording_from_before_there_were_restrictions(model, tmp_path):
    path = tmp_path / "r.npz"
    model.generate("the king", new_tokens=1).save(path)
    _metadata(path, layers=None, scores=None)
    assert Recording.load(path).steps[0].trace.layers == (0, 1, 2)


@pytest.mark.parametrize(
    "changes",
    [
        {"layers": [0, 1, 2]},
        {"layers": [5]},
        {"layers": 5},
        {"layers": "12"},
        {"layers": [None]},
        {"layers": [[]]},
        {"scores": True},
        {"layers": [], "n_layer": 10**12},
    ],
    ids=str,
)
def test_a_recording_that_lies_about_what_it_keeps(model, tmp_path, changes):
    path = tmp_path / "r.npz"
    model.generate("the king", new_tokens=1, layers=[1], scores=False).save(path)
    _metadata(path, **changes)
    with pytest.raises(ModelError, match="recording"):
        Recording.load(path)
