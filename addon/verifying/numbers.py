"""How exact single precision is. No bpy."""

import numpy as np


def step(values: np.ndarray) -> float:
    """The distance between neighbouring single-precision numbers as large as the largest of some values, or 1."""
    return float(np.spacing(np.float32(np.abs(values).max(initial=1.0))))
