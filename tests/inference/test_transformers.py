"""Every tensor against Hugging Face transformers, where it is installed:

python3 scripts/bootstrap.py torch
python3 scripts/test.py -m slow tests/inference/test_transformers.py
"""

import sys

import numpy as np
import pytest

import oracle
import peers
from checkpoints import CASES, write_checkpoint
from transformer_cinema.inference import stages
from transformer_cinema.inference.model import EMBEDDED_MODEL, Model

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def transformers():
    pytest.importorskip("torch")
    pytest.importorskip("transformers")


@pytest.fixture(params=["graphs", "numpy"])
def runtime(request, monkeypatch):
    stages._runtime.cache_clear()
    if request.param == "numpy":
        monkeypatch.setitem(sys.modules, "onnxruntime", None)
    yield request.param
    stages._runtime.cache_clear()


def compare(folder, n_tokens):
    model = Model.load(folder)
    tokens = np.random.default_rng(1).integers(0, model.info.n_vocab, n_tokens)
    ours = model.trace(tokens, scores=False).named()  # which transformers doesn't return
    oracle.assert_same_tensors(ours, peers.transformers_tensors(folder, tokens))


@pytest.mark.parametrize("shape", peers.SHAPES.values(), ids=peers.SHAPES.keys())
def test_shapes_of_gpt2(runtime, tmp_path, shape):
    compare(write_checkpoint(tmp_path, n_vocab=50257, n_ctx=64, **shape), n_tokens=16)


def test_storybook(runtime):
    compare(EMBEDDED_MODEL, n_tokens=64)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_every_kind_of_checkpoint(runtime, tmp_path, case):
    case = dict(case)
    n_tokens = case.pop("tokens", 7)
    compare(write_checkpoint(tmp_path, **case), n_tokens)


def test_shards(runtime, tmp_path):
    compare(write_checkpoint(tmp_path, shards=3, untied=True), n_tokens=7)
