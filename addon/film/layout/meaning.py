"""The space in which every token has its place."""

import numpy as np

SPACE_HALF = (6.4, 2.6, 2.9)  # metres from the middle that nearly all of the cloud stays within


def space_scale(cloud):
    """Metres per unit of the token table for a cloud [V, 3], the same along all axes, so that no distance is bent."""
    reach = np.percentile(np.abs(cloud), 99, axis=0)[[0, 2, 1]]
    return float(min(half / max(one, 1e-9) for half, one in zip(SPACE_HALF, reach, strict=True)))


def space_place(cloud, scale):
    """Principal components -> metres: the first along X, the second up Z, the third along Y into the picture."""
    return np.asarray(cloud, np.float64)[:, [0, 2, 1]] * scale


def cloud_of_place(place, scale):
    """Inverse of space_place."""
    return np.asarray(place)[:, [0, 2, 1]] / scale
