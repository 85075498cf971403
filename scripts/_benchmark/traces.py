"""Runs the model and the plain numpy of tests/oracle.py in turns.

`python -m _benchmark.traces CHECKPOINT PROMPT REPEATS` does it on one core and prints the ratio of processor times,
which other work on the machine hardly changes.
"""

import os
import statistics
import sys
import time

import bootstrap
from _bootstrap import ROOT

bootstrap.load_package()
sys.path.append(os.path.join(ROOT, "tests"))

import numpy as np

import oracle
from transformer_cinema.inference.model import Model

from .timing import rested

# Read by the libraries that numpy may do its matrix products with, when numpy is imported.
LIBRARIES = ("OPENBLAS", "OMP", "MKL")
ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in LIBRARIES}


def in_turns(folder, prompt, repeats, clock):
    """-> (seconds of each run of the model, those of plain numpy in float32)."""
    model = Model.load(folder)
    tokens = model.tokenizer.encode(prompt)
    weights, config = oracle.load(folder)
    ours, numpys = [], []
    for _ in range(repeats):
        ours.append(rested(lambda: model.trace(tokens), clock))
        numpys.append(rested(lambda: oracle.forward(weights, config, tokens, np.float32), clock))
    return ours, numpys


if __name__ == "__main__":
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-1:])
    ours, numpys = in_turns(sys.argv[1], sys.argv[2], int(sys.argv[3]), time.process_time)
    print(statistics.median(ours) / statistics.median(numpys))
