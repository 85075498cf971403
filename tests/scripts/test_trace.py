import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from transformer_cinema.inference.model import EMBEDDED_MODEL
from transformer_cinema.inference.recording import Recording

SCRIPT = Path(__file__).parents[2] / "scripts/trace.py"


def trace(*arguments, script=SCRIPT):
    return subprocess.run([sys.executable, script, *arguments], capture_output=True, text=True)


def test_writes_every_tensor_by_its_transformer_lens_name(tmp_path):
    output = tmp_path / "new" / "folder" / "once.npz"
    done = trace("--prompt", "Once upon a time", "--output", output, "--new-tokens", "2", "--temperature", "0")
    assert (done.returncode, done.stderr) == (0, "")
    assert list(output.parent.iterdir()) == [output]

    config = json.loads((EMBEDDED_MODEL / "config.json").read_text())
    width, heads, layers, vocabulary = (config[key] for key in ("n_embd", "n_head", "n_layer", "vocab_size"))
    with np.load(output, allow_pickle=False) as tensors:
        (length,) = tensors["tokens"].shape
        stream, head = (length, width), (length, heads, width // heads)
        square, neurons = (heads, length, length), (length, 4 * width)
        expected = {"hook_embed": stream, "hook_pos_embed": stream, "ln_final": stream, "logits": (vocabulary,)}
        for layer in range(layers):
            names = {
                "hook_resid_pre": stream,
                "attn.hook_q": head,
                "attn.hook_k": head,
                "attn.hook_v": head,
                "attn.hook_attn_scores": square,
                "attn.hook_pattern": square,
                "attn.hook_z": head,
                "hook_attn_out": stream,
                "hook_resid_mid": stream,
                "mlp.hook_pre": neurons,
                "mlp.hook_post": neurons,
                "hook_mlp_out": stream,
                "hook_resid_post": stream,
            }
            expected |= {f"blocks.{layer}.{name}": shape for name, shape in names.items()}
        assert {name: tensors[name].shape for name in expected} == expected
        # the second run read one token more: the likeliest after the first
        assert tensors["steps.1.tokens"].tolist() == [*tensors["tokens"], tensors["logits"].argmax()]


def test_it_writes_the_wanted_layers_until_the_sentence_ends(tmp_path):
    prompt = ("--prompt", "Once upon a time there was a")
    done = trace(*prompt, "--output", tmp_path / "once.npz", "--layers", "1,6")
    assert (done.returncode, done.stderr) == (0, "") and "up to 16 runs" in done.stdout
    recording = Recording.load(tmp_path / "once.npz")
    assert recording.steps[0].trace.layers == (0, 5), "the first and the last one, which are counted from 1"
    drawn = recording.vocabulary.text([step.draw.token for step in recording.steps])
    assert drawn.endswith(".") and "." not in drawn[:-1]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "--prompt"),
        (("--prompt", ""), "empty"),
        (("--prompt", "hi", "--model", "no/such/folder"), "no/such/folder"),
        (("--prompt", "hi", "--temperature", "nan"), "temperature"),
        (("--prompt", "hi", "--temperature", "hot"), "hot"),
        (("--prompt", "hi", "--top-p", "0"), "Top-p"),
        (("--prompt", "hi", "--new-tokens", "0"), "new tokens"),
        (("--prompt", "word " * 1000), "tokens"),
        (("--prompt", "hi", "--layers", "0,1"), "no layer 0; they are counted from 1 to 6"),
        (("--prompt", "hi", "--no-such-option"), "--no-such-option"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_no_file(tmp_path, arguments, says):
    done = trace(*arguments, "--output", tmp_path / "new" / "t.npz")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1 and says in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("where", [".", "file/t.npz"], ids=["a folder", "inside a file"])
def test_an_impossible_output_is_one_line(tmp_path, where):
    (tmp_path / "file").write_text("kept")
    done = trace("--prompt", "hi", "--output", tmp_path / where)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1 and str(tmp_path) in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_text() == "kept"
