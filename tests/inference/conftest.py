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
