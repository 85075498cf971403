"""Training, for a few steps. The parts need PyTorch: python3 scripts/bootstrap.py torch"""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from transformer_cinema.inference.model import Model

SCRIPT = Path(__file__).parents[2] / "scripts/train_model.py"
SIZES = "--n-layer 2 --n-head 2 --n-embd 32 --n-positions 16 --batch 4".split()
SMALL = [*SIZES, *"--vocab-size 300 --tokens 0.02 --seed 1".split()]
LINES = [f"The king had {number} golden balls, and the daughter threw them into the well." for number in range(200)]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def torch():
    return pytest.importorskip("torch")


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "tales.txt"
    path.write_text("\n".join(LINES[:100]) + "\f" + "\n".join(LINES[100:]), encoding="utf-8")
    return path


def start(*arguments):
    """The script; without compiling, which takes longer than a few steps."""
    environment = os.environ | {"TORCHDYNAMO_DISABLE": "1"}
    command = [sys.executable, SCRIPT, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


def train(*arguments):
    process = start(*arguments)
    out, err = process.communicate(timeout=500)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def loss_of(model, tokens):
    """The mean loss in nats of each token of a row but the first."""
    losses = []
    for end in range(1, len(tokens)):
        logits = model.trace(tokens[:end]).logits.astype(np.float64)
        losses.append(np.log(np.exp(logits - logits.max()).sum()) + logits.max() - logits[tokens[end]])
    return np.mean(losses)


def losses(folder):
    with (folder / "losses.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_saved_model_says_what_the_trained_one_does(torch, text, tmp_path):
    """The loss that PyTorch has on a row of tokens is that of our own logits, and it is a model that learned."""
    done = train("--text", text, "--output", tmp_path / "made", *SMALL)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (tmp_path / "made").iterdir()) == [
        "README.md",
        "config.json",
        "losses.svg",
        "model.safetensors",
        "tokenizer.json",
    ]
    from _training.network import GPT2

    model = Model.load(tmp_path / "made")
    tokens = model.tokenizer.encode("The king had 7 golden balls")[:16]
    theirs = GPT2.load(tmp_path / "made")(torch.tensor([tokens])).item()
    assert theirs == pytest.approx(loss_of(model, tokens), rel=1e-4)
    assert theirs < np.log(300) / 2


def test_the_card_tells_the_run(text, tmp_path):
    done = train("--text", text, "--output", tmp_path / "made", "--sample", "The queen", *SMALL)
    card = (tmp_path / "made/README.md").read_text(encoding="utf-8")
    lines = losses(tmp_path / "made.training")
    assert len(lines) == 20
    assert f"| 0.02 | {float(lines[-1]['loss']):.2f} | {float(lines[-1]['held_out']):.2f} |" in card
    characters = len(text.read_text(encoding="utf-8")) - 1  # a form feed
    assert f"tales.txt: 2 works, {characters:,} characters" in card and "- *The queen* " in card
    told = done.stdout.splitlines()[-1].split("held-out loss ")[1]
    assert f"**Loss.** {told.split(' nats')[0]} nats per token" in card
    assert "'The queen" in done.stdout  # as it learned
    early = Model.load(tmp_path / "made.training/at-10")
    late = Model.load(tmp_path / "made")
    tokens = late.tokenizer.encode("The king had 7 golden balls, and the")[:16]
    assert loss_of(early, tokens) > loss_of(late, tokens) + 0.5


def test_a_run_goes_on_after_a_stop(text, tmp_path):
    process = start("--text", text, "--output", tmp_path / "made", *SMALL, "--tokens", "0.4")
    while "held-out loss" not in process.stdout.readline():
        assert process.poll() is None, process.stderr.read()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=100)
    assert process.returncode == 130 and "--resume goes on" in err
    assert not (tmp_path / "made").exists()
    steps = int(losses(tmp_path / "made.training")[-1]["step"])
    done = train("--output", tmp_path / "made", "--resume", "--tokens", "0.08")
    assert done.returncode == 0, done.stderr
    assert steps >= 312 and int(losses(tmp_path / "made.training")[-1]["step"]) == 1250
    assert Model.load(tmp_path / "made").info.d_model == 32


def test_a_run_goes_on_after_it_was_killed(text, tmp_path):
    process = start("--text", text, "--output", tmp_path / "made", *SMALL, "--tokens", "5")
    while not (tmp_path / "made.training/run.json").exists():
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.01)
    process.kill()
    process.communicate()
    done = train("--output", tmp_path / "made", "--resume", "--tokens", "0.02")
    assert done.returncode == 0, done.stderr
    assert int(losses(tmp_path / "made.training")[-1]["step"]) == 313


def test_a_run_that_takes_longer_goes_on_from_before_the_rate_fell(text, tmp_path):
    train("--text", text, "--output", tmp_path / "made", *SMALL)
    done = train("--output", tmp_path / "made", "--resume", "--tokens", "0.04")
    assert done.returncode == 0, done.stderr
    steps = [int(line["step"]) for line in losses(tmp_path / "made.training")]
    assert steps[:20] == sorted(steps[:20]) and steps[20] < steps[19] and steps[-1] == 625


def test_another_model_is_compared_on_the_same_text(text, tmp_path):
    train("--text", text, "--output", tmp_path / "one", *SMALL)
    done = train("--text", text, "--output", tmp_path / "two", "--compare", tmp_path / "one", *SMALL)
    one, two = (
        float(line.split(" bits per byte")[0].split()[-1]) for line in done.stdout.splitlines() if "bits" in line
    )
    assert one == pytest.approx(two, abs=0.03)  # the same seed makes nearly the same model


def test_another_model_may_be_the_beginning(text, tmp_path):
    train("--text", text, "--output", tmp_path / "one", *SMALL)
    done = train("--text", text, "--output", tmp_path / "two", "--start", tmp_path / "one", "--tokens", "0.002", *SIZES)
    assert done.returncode == 0, done.stderr
    first = losses(tmp_path / "two.training")[0]
    assert float(first["held_out"]) < float(losses(tmp_path / "one.training")[-1]["held_out"]) + 0.3
    assert "Went on from" in (tmp_path / "two/README.md").read_text(encoding="utf-8")


def test_characters_as_tokens(tmp_path):
    path = tmp_path / "poems.txt"
    path.write_text("床前明月光，疑是地上霜。举头望明月，低头思故乡。\n" * 100, encoding="utf-8")
    done = train("--text", path, "--output", tmp_path / "made", "--characters", *SIZES, "--tokens", "0.02")
    assert done.returncode == 0, done.stderr
    model = Model.load(tmp_path / "made")
    assert [model.vocabulary.label(id) for id in model.tokenizer.encode("举头")] == ["举", "头"]
    ids = model.tokenizer.encode("床前明月光，疑是地上")
    assert model.vocabulary.text([int(model.trace(ids).logits.argmax())]) == "霜"


def test_compact_weights_are_the_nearest_with_few_bits(torch):
    from _training.network import _rounded

    numbers = torch.tensor([1.0, -1.0, 1.02, -1.02, 1.984, 65504.0, -3e-5, 6e-8, 0.0]).half()
    rounded = _rounded(numbers)
    assert rounded[:5].tolist() == [1.0, -1.0, 1.03125, -1.03125, 2.0]
    assert not (rounded.view(torch.int16) & 0b11111).any()
    normal = torch.randn(10_000).half()
    assert ((_rounded(normal) - normal).abs() <= normal.abs() / 64 + 1e-6).all()


def test_float32_steps_are_those_of_pytorchs_muon(torch):
    from _training.muon import Muon32

    def steps(kind):
        torch.manual_seed(1)
        tall, wide = (torch.nn.Parameter(0.02 * torch.randn(shape)) for shape in ((96, 32), (48, 96)))
        optimizer = kind([tall, wide], lr=1e-2, weight_decay=0.1, adjust_lr_fn="match_rms_adamw")
        some, wanted = torch.randn(64, 48), torch.randn(64, 32)
        for _ in range(20):
            optimizer.zero_grad()
            ((some @ wide).relu() @ tall - wanted).square().mean().backward()
            optimizer.step()
        return tall.detach(), wide.detach()

    for ours, theirs in zip(steps(Muon32), steps(torch.optim.Muon), strict=True):
        assert (ours - theirs).norm() < 0.02 * theirs.norm()  # theirs are rounded to bfloat16


@pytest.mark.parametrize(
    ("content", "arguments", "says"),
    [
        (None, (), "No such file"),
        (b"\xff\xfe\x00", (), "can't be read as text"),
        (b"A king.\0" * 500, (), "NUL bytes"),
        (b"A king.", (), "too short"),
        (b"A king. " * 250, ("--n-positions", "64"), "too short: it has 1,999 characters, but"),
        (b"A king. " * 500, ("--n-head", "5"), "can't be shared out"),
        (b"A king. " * 500, ("--n-layer", "0"), "from 1 up"),
        (b"A king. " * 500, ("--output", "."), "exists already"),
        (b"A king. " * 500, ("--vocab-size", "5000"), "5000 is too large for this text, of which 336 can be learned"),
        (b"A king. " * 500, ("--start", "nowhere"), "nowhere is no model that was made here"),
        (b"A king. " * 500, ("--resume",), "there is no run in"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_nothing(tmp_path, content, arguments, says):
    path = tmp_path / "text.txt"
    if content is not None:
        path.write_bytes(content)
    done = train("--text", path, "--output", tmp_path / "made", *SMALL, *arguments)
    assert done.returncode == 2 and says in done.stderr and len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "made").exists() and not (tmp_path / "made.training").exists()


def test_settings_are_those_of_the_first_time(text, tmp_path):
    train("--text", text, "--output", tmp_path / "made", *SMALL)
    settings = json.loads((tmp_path / "made.training/run.json").read_text(encoding="utf-8"))
    assert (settings["n_embd"], settings["batch"], settings["seed"], settings["text"]) == (32, 4, 1, "tales.txt")
    assert settings["works"] == 2 and settings["held_out_works"] == 0
