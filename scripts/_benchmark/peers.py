"""The package against Hugging Face transformers: same checkpoints, same threads, every attention and hidden state.

`python -m _benchmark.peers WHO CHECKPOINT TOKENS REPEATS THREADS STARTED` runs one side, WHO being `ours` or `theirs`,
in a process of its own, which was started at STARTED of time.monotonic(), and prints as JSON: seconds from there until
the first trace was there (`ready`) and those of them after the imports (`loaded`), seconds of each further trace
(`traces`), and the memory that it took at most until it was ready, in MB (`peak`).
"""

import importlib.util
import json
import os
import statistics
import subprocess
import sys
import time

import bootstrap
from _bootstrap import ROOT

bootstrap.load_package()
sys.path.append(os.path.join(ROOT, "tests"))

from .timing import rested

LENGTHS = (16, 64)
LONG = 1024


def installed():
    """Whether the packages of the group `torch` are there, and the system tells how much memory a process took."""
    there = all(importlib.util.find_spec(name) for name in ("torch", "transformers"))
    return there and os.path.exists("/proc/self/status")


def measure(subjects):
    """All numbers of the comparison, by the names in goals.TABLE."""
    sizes, checkpoint = subjects.sizes, subjects.checkpoint
    values = agreement(subjects)
    ours, theirs = {}, {}
    for length in LENGTHS[:1] if sizes.quick else LENGTHS:
        ours[length], theirs[length] = [], []
        for number in range(sizes.rounds):
            subjects.progress(f"{length} tokens, round {number + 1} of {sizes.rounds}")
            for who, results in (("ours", ours[length]), ("theirs", theirs[length])):
                results.append(run(who, checkpoint, length, sizes.traces))
        mine, other = (
            statistics.median(trace for each in side[length] for trace in each["traces"]) for side in (ours, theirs)
        )
        values |= {f"trace_{length}": mine, f"trace_{length}_theirs": other, f"trace_{length}_ratio": other / mine}
    first = LENGTHS[0]
    for key in ("ready", "loaded"):
        mine, other = (statistics.median(each[key] for each in side[first]) for side in (ours, theirs))
        values |= {key: mine, f"{key}_theirs": other, f"{key}_ratio": other / mine}
    size = (checkpoint / "model.safetensors").stat().st_size / 1e6
    peak = statistics.median(each["peak"] for each in ours[first])
    values |= {"peak": peak, "peak_over_checkpoint": peak - size}
    if not sizes.quick:
        long = run("ours", checkpoint, LONG, 0)
        values |= {"long_loaded": long["loaded"], "long_peak": long["peak"]}
    return values


def agreement(subjects):
    """The largest difference of any tensor to the others' ones, as a part of the largest magnitude in that tensor."""
    import numpy as np

    import checkpoints
    import oracle
    import peers
    from transformer_cinema.inference.model import EMBEDDED_MODEL, Model

    folders = {"storybook": EMBEDDED_MODEL}
    for name, shape in peers.SHAPES.items() if not subjects.sizes.quick else ():
        folders[name] = checkpoints.write_checkpoint(subjects.folder / name, n_vocab=50257, n_ctx=64, **shape)
    worst = {"agreement": 0.0, "agreement_numpy": 0.0}
    for name, folder in folders.items():
        model = Model.load(folder)
        tokens = np.random.default_rng(1).integers(0, model.info.n_vocab, 16)
        mine = model.trace(tokens, scores=False).named()
        for key, other in (
            ("agreement", peers.transformers_tensors(folder, tokens)),
            ("agreement_numpy", oracle.forward(*oracle.load(folder), tokens)),
        ):
            assert set(mine) <= set(other)
            parts = [float(np.abs(mine[each] - other[each]).max() / np.abs(other[each]).max()) for each in mine]
            subjects.progress(f"{name}: {key} {max(parts):.1e}")
            worst[key] = max(worst[key], *parts)
    return worst


def run(who, checkpoint, length, repeats):
    """One side in a process of its own -> what it says."""
    from transformer_cinema.inference.stages import threads

    numbers = (length, repeats, threads(), time.monotonic())
    command = [sys.executable, "-m", "_benchmark.peers", who, str(checkpoint), *map(str, numbers)]
    scripts = os.path.join(ROOT, "scripts")
    return json.loads(subprocess.check_output(command, cwd=scripts, stderr=subprocess.DEVNULL).splitlines()[-1])


def _ours(checkpoint, tokens, threads):
    import tokenizers  # noqa: F401

    from transformer_cinema.inference.model import Model

    yield
    model = Model.load(checkpoint)
    while True:
        model.trace(tokens)
        yield


def _theirs(checkpoint, tokens, threads):
    import torch
    from transformers import GPT2LMHeadModel

    torch.set_num_threads(threads)
    yield
    model = GPT2LMHeadModel.from_pretrained(checkpoint, attn_implementation="eager", dtype=torch.float32).eval()
    with torch.no_grad():
        while True:
            model(torch.tensor([tokens]), output_attentions=True, output_hidden_states=True)
            yield


def _one_side(who, checkpoint, length, repeats, threads, started):
    tokens = [(7 * number) % 300 for number in range(length)]
    side = {"ours": _ours, "theirs": _theirs}[who](checkpoint, tokens, threads)
    next(side)
    imported = time.monotonic()
    next(side)
    ready, peak = time.monotonic(), _peak()
    traces = [rested(lambda: next(side), time.perf_counter) for _ in range(repeats)]
    return {"ready": ready - started, "loaded": ready - imported, "traces": traces, "peak": peak}


def _peak():
    """The most memory that this process has taken, in MB. (The one that getrusage tells begins with its parent's.)"""
    with open("/proc/self/status", encoding="ascii") as file:
        return next(1024 * int(line.split()[1]) / 1e6 for line in file if line.startswith("VmHWM"))


if __name__ == "__main__":
    who, checkpoint, *numbers, started = sys.argv[1:]
    print(json.dumps(_one_side(who, checkpoint, *map(int, numbers), float(started))))
