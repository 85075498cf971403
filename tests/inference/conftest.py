"""What the tests of inference/ share. The oracle and the checkpoint writer lie one folder up."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


@pytest.fixture(scope="session")
def storybook():
    from transformer_cinema.inference.model import EMBEDDED_MODEL, Model

    return Model.load(EMBEDDED_MODEL)


@pytest.fixture(scope="session")
def small_folder(tmp_path_factory):
    from checkpoints import write_checkpoint

    return write_checkpoint(tmp_path_factory.mktemp("models") / "small")


@pytest.fixture(scope="session")
def small(small_folder):
    """Two layers, four heads, d = 32, 400 tokens, a context of 32."""
    from transformer_cinema.inference.model import Model

    return Model.load(small_folder)


@pytest.fixture
def no_other_models(monkeypatch, tmp_path):
    """No caches but the test's own, and no proxies on the way to the server."""
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    caches = ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "TRANSFORMERS_CACHE")
    for name in (*caches, "HF_ENDPOINT", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def files(small_folder):
    """The files of a model, by name."""
    return {path.name: path.read_bytes() for path in small_folder.iterdir()}


@pytest.fixture
def server(files, no_other_models):
    """A hub that has them."""
    from hub_server import REPO, HubServer, serving

    with serving(HubServer(REPO, dict(files))) as running:
        yield running


@pytest.fixture
def cache(tmp_path, no_other_models):
    return tmp_path / "cache"
