"""A scene's frames, rendered by this Blender."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import bpy
import numpy as np

from .. import compat
from ..film.errors import FilmError
from . import files, motion, png
from .frames import Frames

Told = Callable[[int, bool], None]  # the number of a frame that is finished, and whether it is a copy


def without_sound(scene: bpy.types.Scene) -> None:
    """Remove a scene's sound: frames are silent, and loading it takes time and memory in every Blender that renders."""
    strips = scene.sequence_editor.strips if scene.sequence_editor else ()
    for strip in [strip for strip in strips if strip.type == "SOUND"]:
        strips.remove(strip)


def render(scene: bpy.types.Scene, frames: Frames, numbers: Iterable[int], told: Told) -> None:
    """Render those of the frames that are not there yet; one that shows the same as an earlier one is copied.

    Raises FilmError when a frame can't be rendered or written; those before it are kept.
    """
    missing = frames.missing(numbers)
    same = motion.repeats(scene, missing)
    copies: dict[int, list[int]] = {}
    for number, source in same.items():
        copies.setdefault(source, []).append(number)

    def finished(number: int) -> None:
        told(number, False)
        for copy in copies.get(number, ()):
            frames.repeat(copy, number)
            told(copy, True)

    with _prepared(scene, frames) as taker:
        for run in runs([number for number in missing if number not in same]):
            taker.render(run, finished)


def runs(numbers: list[int]) -> Iterator[range]:
    """Numbers in order -> ranges of even distances, as long as can be."""
    start = 0
    while start < len(numbers):
        step = numbers[start + 1] - numbers[start] if start + 1 < len(numbers) else 1
        end = start + 1
        while end < len(numbers) and numbers[end] - numbers[end - 1] == step:
            end += 1
        yield range(numbers[start], numbers[end - 1] + 1, step)
        start = end


# --- how it is done --------------------------------------------------------------------------------


@contextmanager
def _prepared(scene: bpy.types.Scene, frames: Frames) -> Iterator["_Taker"]:
    """Set the scene up for its frames, and put it back afterwards.

    Most of what Workbench costs without a GPU is its antialiasing: a larger picture without any, made smaller, takes
    less than half the time and looks nearly the same.
    """
    render, image = scene.render, scene.render.image_settings
    width, height = frames.size
    plain = render.engine == compat.WORKBENCH and frames.channels == 3
    group = next((n for n in (4, 3) if width % (n - 1) == height % (n - 1) == 0), 0) if plain else 0
    kept = [
        (owner, name, getattr(owner, name))
        for owner, names in (
            (render, ("filepath", "use_overwrite", "use_placeholder", "use_file_extension", "resolution_percentage")),
            (render, ("resolution_x", "resolution_y")),
            (scene, ("frame_start", "frame_end", "frame_step", "frame_current")),
            (scene.display, ("render_aa",)),
        )
        for name in names
    ]
    compression = image.compression
    try:
        render.use_overwrite, render.use_placeholder, render.use_file_extension = True, False, True
        render.resolution_percentage = 100
        if group:
            compat.use_image(image, "TARGA_RAW")
            render.resolution_x, render.resolution_y = (side // (group - 1) * group for side in (width, height))
            scene.display.render_aa = "OFF"
        else:
            compat.use_png(image, frames.channels == 4)
            render.resolution_x, render.resolution_y = width, height
        yield _Taker(scene, frames, group)
    finally:
        compat.use_png(image, frames.channels == 4)
        image.compression = compression
        for owner, name, value in kept:
            setattr(owner, name, value)


class _Taker:
    """Has Blender render frames into files of its own, and takes each as soon as it is written. group: see shrunk; 0
    for pictures that are already as large as they should be."""

    def __init__(self, scene: bpy.types.Scene, frames: Frames, group: int) -> None:
        self.scene, self.frames, self.group = scene, frames, group
        self.raw = Path(frames.folder) / f".raw-{os.getpid()}-#####"
        self.error: Exception | None = None
        self.left: set[int] = set()

    def render(self, run: range, finished: Callable[[int], None]) -> None:
        """Render a range of frames. Raises FilmError."""
        self.left, self.error, self.finished = set(run), None, finished
        scene = self.scene
        scene.frame_start, scene.frame_end, scene.frame_step = run[0], run[-1], run.step
        scene.render.filepath = files.escaped(self.raw)
        handlers = bpy.app.handlers.render_write
        handlers.append(self._written)
        try:
            bpy.ops.render.render(animation=True, scene=scene.name)
        except RuntimeError as error:
            self.error = self.error or error
        finally:
            handlers.remove(self._written)
            for number in run:
                self._raw(number).unlink(missing_ok=True)
        if self.error or self.left:
            raise FilmError(f"The frames can't be rendered: {self._reason()}.") from self.error

    def _written(self, *_scene_and_graph: object) -> None:
        """Blender has written a frame. Errors can't be raised through it, so they are kept."""
        if self.error:
            return
        number = self.scene.frame_current
        try:
            raw = self._raw(number)
            data = raw.read_bytes()
            self.frames.keep(number, _smaller(data, self.group) if self.group else data)
            raw.unlink()
            self.left.discard(number)
            self.finished(number)
        except (OSError, ValueError) as error:
            self.error = error

    def _raw(self, number: int) -> Path:
        ending = ".tga" if self.group else ".png"
        return self.raw.with_name(self.raw.name.replace("#####", f"{number:05d}") + ending)

    def _reason(self) -> str:
        folder = Path(self.frames.folder)
        if not folder.is_dir():
            return f"the folder {folder} was taken away"
        if files.is_full(folder):
            return "the disk is full"
        if isinstance(self.error, OSError):
            return files.explained(self.error, folder)
        return " ".join(str(self.error or f"frame {min(self.left)} was not written").split()).rstrip(".")


def _smaller(tga: bytes, group: int) -> bytes:
    """An uncompressed Targa of 24 bits -> a shrunk PNG. Raises ValueError."""
    if len(tga) < 18 or tga[2] != 2 or tga[16] != 24:
        raise ValueError("the picture was not written whole")
    width, height = (int.from_bytes(tga[i : i + 2], "little") for i in (12, 14))
    pixels = np.frombuffer(tga, np.uint8, width * height * 3, 18 + tga[0]).reshape(height, width, 3)
    smaller = shrunk(pixels, group)[:, :, ::-1]
    upwards = not tga[17] & 0x20
    return png.encode(np.ascontiguousarray(smaller[::-1] if upwards else smaller))


# Weights of a triangle around each new pixel, {group: for each new pixel, those of the pixel before the group, of the
# group's own, and of the one after it: 0 or 1}; all of a group sum to the same.
TRIANGLES = {
    3: ((1, 5, 3, 0, 0), (0, 0, 3, 5, 1)),
    4: ((1, 6, 3, 0, 0, 0), (0, 0, 5, 5, 0, 0), (0, 0, 0, 3, 6, 1)),
}


def shrunk(pixels: np.ndarray, group: int) -> np.ndarray:
    """Pixels [height, width, n] as uint8, both divisible by `group` -> each group of pixels has become one fewer.

    group: a key of TRIANGLES. All is in integers, so that every machine gets the same. Channels are taken one by one:
    numpy is slow along an axis of three.
    """
    height, width, n = pixels.shape
    high = np.empty((height // group * (group - 1), width * n), np.uint16)
    rows = pixels.reshape(height, width * n)
    _mix([rows[i::group] for i in range(group)], [high[i :: group - 1] for i in range(group - 1)])
    columns = high.reshape(len(high), width // group, group, n)
    out = np.empty((len(high), width // group, group - 1, n), np.uint16)
    for channel in range(n):
        old, new = columns[..., channel], out[..., channel]
        _mix([old[:, :, i].T for i in range(group)], [new[:, :, i].T for i in range(group - 1)])
    total = sum(TRIANGLES[group][0]) ** 2
    out += total // 2
    out //= total
    return out.astype(np.uint8).reshape(len(out), -1, n)


def _mix(old: list[np.ndarray], new: list[np.ndarray]) -> None:
    """Write the new pixels of all groups, weighted and not divided yet. old[i], new[i]: the ith of each group [groups,
    …]; at the borders the outermost pixels stand for those beyond."""
    for weights, made in zip(TRIANGLES[len(old)], new, strict=True):
        before, *own, after = weights
        first, *others = [i for i, weight in enumerate(own) if weight]
        np.multiply(old[first], own[first], out=made, dtype=np.uint16, casting="unsafe")
        for i in others:
            made += np.multiply(old[i], own[i], dtype=np.uint16)
        if before:
            made[1:] += old[-1][:-1]
            made[0] += old[0][0]
        if after:
            made[:-1] += old[0][1:]
            made[-1] += old[-1][-1]
