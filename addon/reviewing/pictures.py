"""Small pictures of a film, and what they show: motion, emptiness, light."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import bpy
import numpy as np

from .. import compat
from ..film.framing import Picture
from ..film.stage import ASPECT, BACKDROP
from ..output.qualities import apply_quality
from . import thresholds

SHORT_SIDE = 136  # pixels
LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)  # Rec. 709, of the picture as it is displayed


@contextmanager
def small(scene: bpy.types.Scene) -> Iterator[None]:
    """Set a film's scene up for small pictures in the draft style, which stays; size and frame range are put back."""
    render = scene.render
    names = ("resolution_x", "resolution_y", "filepath", "use_overwrite", "use_placeholder")
    kept, span = {name: getattr(render, name) for name in names}, (scene.frame_start, scene.frame_end, scene.frame_step)
    apply_quality(scene, "draft")
    _shrink(scene, Picture(scene[ASPECT]).pixels(SHORT_SIDE))
    try:
        yield
    finally:
        for name, value in kept.items():
            setattr(render, name, value)
        scene.frame_start, scene.frame_end, scene.frame_step = span


def _shrink(scene: bpy.types.Scene, size: tuple[int, int]) -> None:
    render = scene.render
    render.resolution_x, render.resolution_y, render.resolution_percentage = *size, 100
    render.use_overwrite, render.use_placeholder = True, False
    scene.display.render_aa = "5"  # without it, thin bright lines are lost, and pictures too dark by 1 to 4 of 255


def photograph(scene: bpy.types.Scene, frames: range) -> np.ndarray:
    """Frames of a scene as they are displayed, 0 … 255: [n, height, width, 3], the lowest row first."""
    with tempfile.TemporaryDirectory() as folder:
        compat.use_png(scene.render.image_settings)
        scene.render.filepath = str(Path(folder) / "#####")
        scene.frame_start, scene.frame_end, scene.frame_step = frames[0], frames[-1], frames.step
        bpy.ops.render.render(animation=True, scene=scene.name)
        return np.stack([_load(Path(folder) / f"{frame:05d}.png") for frame in frames])


def _load(path: Path) -> np.ndarray:
    image = bpy.data.images.load(str(path))
    width, height = image.size
    pixels = np.empty(width * height * 4, np.float32)
    image.pixels.foreach_get(pixels)
    bpy.data.images.remove(image)
    return np.round(pixels.reshape(height, width, 4)[..., :3] * 255)


@contextmanager
def backdrop(scene: bpy.types.Scene) -> Iterator[bpy.types.Scene]:
    """A scene with the film's camera and painted backdrop alone, for pictures of the same size."""
    alone = bpy.data.scenes.new("Backdrop alone")
    owners = {scene.camera, scene.get(BACKDROP)} - {None}
    for owner in owners:
        alone.collection.objects.link(owner)
    alone.camera, alone.render.engine, alone.render.fps = scene.camera, compat.WORKBENCH, scene.render.fps
    alone.view_settings.view_transform = scene.view_settings.view_transform
    alone.display.shading.light, alone.display.shading.color_type = "FLAT", "VERTEX"
    _shrink(alone, (scene.render.resolution_x, scene.render.resolution_y))
    try:
        yield alone
    finally:
        bpy.data.scenes.remove(alone)


# --- what pictures show --------------------------------------------------------------------------


def is_still(before: np.ndarray, after: np.ndarray) -> bool:
    """Whether nothing moves between two pictures [height, width, 3]."""
    return float(np.abs(after - before).mean()) < thresholds.STILL


def lit(picture: np.ndarray, behind: np.ndarray, masked: np.ndarray) -> float:
    """The share of pixels, in %, that stand out from the backdrop. masked: [height, width], left out."""
    differs = np.abs(picture - behind).max(-1) > thresholds.STANDS_OUT
    return 100 * float(differs[~masked].mean()) if not masked.all() else 0.0


def luminance(picture: np.ndarray, masked: np.ndarray) -> float:
    """The mean, 0 … 255, of what is not masked [height, width]."""
    return float((picture @ LUMA)[~masked].mean()) if not masked.all() else 0.0


def mask(boxes: list[np.ndarray], shape: tuple[int, int]) -> np.ndarray:
    """Boxes [2, 2] in the picture -> the pixels [height, width] that they touch."""
    height, width = shape
    masked = np.zeros(shape, bool)
    for (left, bottom), (right, top) in boxes:
        rows = slice(int(bottom * height), int(np.ceil(top * height)))
        masked[rows, int(left * width) : int(np.ceil(right * width))] = True
    return masked
