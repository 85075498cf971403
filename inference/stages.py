"""Runs the four stage graphs. They hold no weights, so one session of each serves every model."""

import functools
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from .errors import ModelError

GRAPHS = Path(__file__).resolve().parent.parent / "assets" / "graphs"


def run(stage: str, feeds: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Run one of `embedding`, `attention`, `mlp`, `unembedding`; every output by its name.

    The inputs and outputs are listed in scripts/build_graphs.py. Raises ModelError when the runtime fails, most likely
    for want of memory.
    """
    session = _session(stage)
    try:
        outputs = session.run(None, feeds)
    except Exception as error:  # the runtime's own exceptions share no base class
        raise ModelError(f"The {stage} stage could not be computed ({error}); try a shorter prompt.") from error
    return dict(zip((output.name for output in session.get_outputs()), outputs, strict=True))


@functools.cache
def _session(stage: str):
    try:
        import onnxruntime
    except Exception as error:  # a missing or incompatible system library shows up as ImportError or OSError
        raise ModelError(f"onnxruntime can't be loaded ({error}); install the extension again.") from error
    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = _threads()
    # Idle threads of one session would otherwise keep a core busy while the next session runs.
    options.add_session_config_entry("session.force_spinning_stop", "1")
    options.log_severity_level = 3  # errors only: warnings would go to the user's terminal
    try:
        # Bytes, not a path: the runtime mishandles some characters in Windows paths.
        graph = (GRAPHS / f"{stage}.onnx").read_bytes()
        return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise ModelError(f"The {stage} graph can't be loaded ({error}); install the extension again.") from error


def _threads() -> int:
    """As many threads as cores that this process may use; past eight, one short prompt gains nothing."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(usable, 8)
