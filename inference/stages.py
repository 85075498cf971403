"""Runs the four stages of GPT-2: as graphs in onnxruntime, or in plain numpy where that can't be loaded.

The graphs hold no weights, so one session of each serves every model.
"""

import functools
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from . import reference
from .errors import ModelError
from .files import reason as said

GRAPHS = Path(__file__).resolve().parent.parent / "assets" / "graphs"
NAMES = ("embedding", "attention", "mlp", "unembedding")


def run(stage: str, feeds: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Run one of `embedding`, `attention`, `mlp`, `unembedding`; every output by its name.

    The inputs and outputs are listed in scripts/build_graphs.py. Raises ModelError when the runtime fails, most likely
    for want of memory.
    """
    sessions, _ = _runtime()
    try:
        if sessions is None:
            return reference.run(stage, feeds)
        outputs = sessions[stage].run(None, feeds)
    except Exception as error:  # the runtime's own exceptions share no base class
        raise ModelError(f"The {stage} stage could not be computed ({said(error)}); try a shorter prompt.") from error
    return dict(zip((output.name for output in sessions[stage].get_outputs()), outputs, strict=True))


def notice() -> str | None:
    """One sentence for the user when plain numpy does the work; None when onnxruntime does, as it should."""
    return _runtime()[1]


@functools.cache
def _runtime():
    """-> (a session per stage or None, why there are none or None). Loaded when first needed, for it takes a while."""
    try:
        import onnxruntime

        return {stage: _session(onnxruntime, stage) for stage in NAMES}, None
    except Exception as error:  # a clash of system libraries may show up as ImportError, OSError or RuntimeError
        reason = " ".join(str(error).split()).rstrip(".") or type(error).__name__
        return None, (
            f"onnxruntime can't be loaded ({reason}), so numpy computes the same numbers more slowly; "
            "installing the extension again may help."
        )


def _session(onnxruntime, stage: str):
    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads()
    # Idle threads of one session would otherwise keep a core busy while the next session runs.
    options.add_session_config_entry("session.force_spinning_stop", "1")
    # The arena would keep what a long trace once took until the program ends; without it runs are as fast.
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3  # errors only: warnings would go to the user's terminal
    # Bytes, not a path: the runtime mishandles some characters in Windows paths.
    graph = (GRAPHS / f"{stage}.onnx").read_bytes()
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def threads() -> int:
    """As many threads as cores that this process may use; past eight, one short prompt gains nothing."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(usable, 8)
