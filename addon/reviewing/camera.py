"""The film's camera at every frame: where it puts points, how fast it moves them, and where it cuts."""

from collections.abc import Iterator
from contextlib import contextmanager

import bpy
import numpy as np
from bpy_extras import anim_utils

from ..film.errors import FilmError

FRAMES_A_SECOND = 12  # that speeds are given in


def project(matrix: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points [n, 3] -> places in the picture [n, 2], and whether each lies before the camera [n].

    matrix: [4, 4] from the world to clip space.
    """
    clip = points @ matrix[:, :3].T + matrix[:, 3]
    before = clip[:, 3] > 1e-6
    return clip[:, :2] / np.where(before, clip[:, 3], 1.0)[:, None] / 2 + 0.5, before


def inside(places: np.ndarray) -> np.ndarray:
    """Which places [n, 2] lie in the picture."""
    x, y = places.T
    return (x >= 0) & (x <= 1) & (y >= 0) & (y <= 1)


class Camera:
    """A film's camera over time. aspect: the picture's width by its height."""

    def __init__(self, scene: bpy.types.Scene):
        if not scene.camera:
            raise FilmError(f"The scene {scene.name} has no camera; choose one, or build the film again.")
        render = scene.render
        self.aspect = render.resolution_x / render.resolution_y
        self.fps = render.fps
        self.carriers = _carriers(scene.camera)
        self.cuts = _cuts(self.carriers)
        frames = range(scene.frame_start, scene.frame_end + 1)
        self._first = scene.frame_start
        with _alone(scene, self.carriers) as alone:
            self._matrices = np.array([_matrix(alone, frame, render) for frame in frames])

    def matrix(self, frame: int) -> np.ndarray:
        """[4, 4] from the world to clip space."""
        return self._matrices[frame - self._first]

    def speed(self, frame: int, points: np.ndarray) -> float:
        """How far the camera alone moves points [n, 3] from one frame to the next, the farthest of those in the
        picture, in % of the picture's longer side a frame at 12 a second. 0 at a cut."""
        if frame <= self._first or frame in self.cuts or not len(points):
            return 0.0
        (here, seen), (there, was_seen) = (project(self.matrix(at), points) for at in (frame, frame - 1))
        counts = seen & was_seen & (inside(here) | inside(there))
        moved = (here - there)[counts] * (1.0, 1 / self.aspect) * min(1.0, self.aspect)
        return float(np.hypot(*moved.T).max(initial=0.0)) * 100 * self.fps / FRAMES_A_SECOND


def _carriers(camera: bpy.types.Object) -> list[bpy.types.Object]:
    """The camera, and all that its place depends on."""
    found = [camera]
    for owner in found:
        targets = (getattr(constraint, "target", None) for constraint in owner.constraints)
        found += [one for one in (owner.parent, *targets) if one and one not in found]
    return found


@contextmanager
def _alone(scene: bpy.types.Scene, objects: list[bpy.types.Object]) -> Iterator[bpy.types.Scene]:
    """A scene of some objects only, in which a frame takes no time."""
    alone = bpy.data.scenes.new("Camera alone")
    for owner in objects:
        alone.collection.objects.link(owner)
    alone.camera = scene.camera
    try:
        yield alone
    finally:
        bpy.data.scenes.remove(alone)


def _matrix(scene: bpy.types.Scene, frame: int, render: bpy.types.RenderSettings) -> np.ndarray:
    scene.frame_set(frame)
    depsgraph = scene.view_layers[0].depsgraph
    camera = scene.camera.evaluated_get(depsgraph)
    lens = camera.calc_matrix_camera(depsgraph, x=render.resolution_x, y=render.resolution_y)
    return np.array(lens) @ np.linalg.inv(np.array(camera.matrix_world))


def _cuts(carriers: list[bpy.types.Object]) -> set[int]:
    """The first frames after jumps: step keys to another value."""
    found = set()
    for owner in carriers:
        data = owner.animation_data
        bag = anim_utils.action_get_channelbag_for_slot(data.action, data.action_slot) if data and data.action else None
        for curve in bag.fcurves if bag else ():
            keys = list(curve.keyframe_points)
            for key, after in zip(keys[:-1], keys[1:], strict=True):
                if key.interpolation == "CONSTANT" and abs(key.co.y - after.co.y) > 1e-5:
                    found.add(int(np.ceil(after.co.x - 1e-3)))
    return found
