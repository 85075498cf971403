"""The space in which every token has its place."""

from dataclasses import dataclass

import numpy as np

SPACE_HALF = (6.4, 6.4, 2.9)  # metres from the middle that nearly all of the cloud stays within


@dataclass(frozen=True)
class MeaningPlaces:
    """Principal components <-> metres. The cloud is turned as a whole, and scaled by one factor for all axes, so that
    no distance is bent.

    scale: metres per unit of the token table. turn: [3, 3], an orthogonal matrix.
    """

    scale: float
    turn: np.ndarray

    @classmethod
    def of(cls, cloud: np.ndarray, front: int) -> "MeaningPlaces":
        """For a cloud [V, 3], with a token right before its middle as the camera sees it, and as broad as it can lie
        in the picture."""
        cloud = np.asarray(cloud, np.float64)
        turn = _to_the_front(cloud[front] - np.median(cloud, axis=0))
        turn = _laid_flat(cloud @ turn.T) @ turn
        reach = np.percentile(np.abs(cloud @ turn.T), 99, axis=0)
        return cls(min(half / max(one, 1e-9) for half, one in zip(SPACE_HALF, map(float, reach), strict=True)), turn)

    def place(self, cloud: np.ndarray) -> np.ndarray:
        """Principal components [..., 3] -> metres from the cloud's middle: to the right, into the picture, up."""
        return np.asarray(cloud, np.float64) @ self.turn.T * self.scale

    def cloud(self, place: np.ndarray) -> np.ndarray:
        """Inverse of place()."""
        return np.asarray(place, np.float64) @ self.turn / self.scale


def _to_the_front(way: np.ndarray) -> np.ndarray:
    """The turn [3, 3] that takes the first component to the right, the second up and the third into the picture, then
    turns about the upright and tilts until a way [3] points at the camera, along -Y."""
    across, up, deep = map(float, way)
    about, tilt = np.arctan2(across, -deep), np.arctan2(up, np.hypot(across, deep))
    axes = np.array([[1.0, 0, 0], [0, 0, 1], [0, 1, 0]])
    turned = np.array([[np.cos(about), np.sin(about), 0], [-np.sin(about), np.cos(about), 0], [0, 0, 1]])
    # `turned` takes (sin, -cos) of the way in the ground to (0, -1).
    tilted = np.array([[1, 0, 0], [0, np.cos(tilt), -np.sin(tilt)], [0, np.sin(tilt), np.cos(tilt)]])
    return tilted @ turned @ axes


def _laid_flat(place: np.ndarray) -> np.ndarray:
    """The turn [3, 3] about the camera's way that brings the longest extent of places [V, 3] across the picture, the
    longer tail to the left."""
    flat = place[:, [0, 2]] - place[:, [0, 2]].mean(0)
    _, axes = np.linalg.eigh(flat.T @ flat)
    along = axes[:, -1] * -np.sign(np.sum((flat @ axes[:, -1]) ** 3) or -1.0)
    return np.array([[along[0], 0.0, along[1]], [0.0, 1.0, 0.0], [-along[1], 0.0, along[0]]])
