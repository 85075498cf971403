"""Training, for a few steps. The parts need PyTorch: python3 scripts/bootstrap.py torch"""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from transformer_cinema.inference.model import Model

SCRIPT = Path(__file__).parents[2] / "scripts/train_model.py"
SMALL = "--n-layer 2 --n-head 2 --n-embd 32 --n-positions 16 --batch 4 --vocab-size 300 --tokens 0.02".split()

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def torch():
    return pytest.importorskip("torch")


@pytest.fixture
def text(tmp_path):
    lines = [f"The king had {number} golden balls, and the daughter threw them into the well." for number in range(200)]
    path = tmp_path / "tales.txt"
    path.write_text("\n".join(lines[:100]) + "\f" + "\n".join(lines[100:]), encoding="utf-8")
    return path


def train(*arguments):
    return subprocess.run([sys.executable, SCRIPT, *map(str, arguments)], capture_output=True, text=True)


def test_the_saved_model_says_what_the_trained_one_does(torch, text, tmp_path):
    """The loss that PyTorch has on a row of tokens is that of our own logits."""
    done = train("--text", text, "--output", tmp_path / "made", *SMALL)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (tmp_path / "made").iterdir()) == [
        "config.json",
        "model.safetensors",
        "tokenizer.json",
    ]
    from _training.network import GPT2

    model = Model.load(tmp_path / "made")
    tokens = model.tokenizer.encode("The king had 7 golden balls")[:16]
    theirs = GPT2.load(tmp_path / "made")(torch.tensor([tokens])).item()
    ours = []
    for end in range(1, len(tokens)):
        logits = model.trace(tokens[:end]).logits.astype(np.float64)
        ours.append(np.log(np.exp(logits - logits.max()).sum()) + logits.max() - logits[tokens[end]])
    assert theirs == pytest.approx(np.mean(ours), rel=1e-4)
    assert theirs < np.log(300)


def test_another_model_is_compared_on_the_same_text(text, tmp_path):
    train("--text", text, "--output", tmp_path / "one", *SMALL)
    done = train("--text", text, "--output", tmp_path / "two", "--compare", tmp_path / "one", *SMALL)
    losses = [line.split("held-out loss ")[1].split()[0] for line in done.stdout.splitlines() if "held-out" in line]
    one, two = map(float, losses)
    assert one == pytest.approx(two, abs=0.05)  # the same seed makes nearly the same model


@pytest.mark.parametrize(
    ("content", "arguments", "says"),
    [
        (None, (), "No such file"),
        (b"\xff\xfe\x00", (), "can't be read as text"),
        (b"A king.", (), "too short"),
        (b"A king. " * 500, ("--n-head", "5"), "can't be shared out"),
        (b"A king. " * 500, ("--output", "."), "exists already"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_nothing(tmp_path, content, arguments, says):
    path = tmp_path / "text.txt"
    if content is not None:
        path.write_bytes(content)
    done = train("--text", path, "--output", tmp_path / "made", *SMALL, *arguments)
    assert done.returncode == 2 and says in done.stderr and len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "made").exists()
