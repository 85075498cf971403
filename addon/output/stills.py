"""One picture of every beat, and all of them on one sheet."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import bpy
import numpy as np

from .. import compat
from ..beats import beats
from ..film.film import LINES
from ..film.subtitles import from_json
from . import files

COLUMNS, WIDTH, GAP = 5, 400, 6  # of the sheet: pictures in a row, pixels of each, pixels between them
SHEET = "contact-sheet.jpg"
LATE = 0.86  # of a beat: what it is about has come
GOES = 0.35  # seconds before its end, in which a caption fades


def take(scene: bpy.types.Scene, folder: Path, progress: Callable[[int, int, str], None]) -> int:
    """Render a still late in every beat, when what it is about can be seen -> how many. The window shows the scene.

    progress(done, of, what) is told. Raises OSError.
    """
    found, paths, said = beats(scene), [], _captions(scene)
    for number, (begin, end, act, beat) in enumerate(found, 1):
        progress(number - 1, len(found), f"{act}.{beat}")
        # A marker's name may be anything, and must not lead out of the folder.
        paths.append(folder / f"{number:02d}-{act}-{re.sub(r'[^A-Za-z0-9_]', '_', beat)}.png")
        render(scene, _readable(begin, end, said), paths[-1])
    if paths:
        contact_sheet(paths, folder / SHEET)
    progress(len(found), len(found), "stills")
    return len(paths)


def _captions(scene: bpy.types.Scene) -> list[tuple[float, float]]:
    """[(first, last frame), ...] of the captions, while they can be read."""
    fps = scene.render.fps
    lines = from_json(scene[LINES], fps)[0] if LINES in scene.keys() else []
    return [(1 + line.begin * fps, 1 + (line.end - GOES) * fps) for line in lines]


def _readable(begin: int, end: int, said: list[tuple[float, float]]) -> int:
    """The frame of a beat that shows best what it is about: a late one, on which its last caption still stands."""
    late = begin + LATE * (end - begin)
    lasts = [last for first, last in said if begin - 1 <= first < end and last > begin]
    return round(min(late, max(lasts, default=late)))


def render(scene: bpy.types.Scene, frame: int, path: Path) -> None:
    """Render one frame of the scene that the window shows, as PNG."""
    scene.frame_set(frame)
    compat.use_png(scene.render.image_settings, scene.render.film_transparent)
    with files.written_beside(path) as part, files.silence():
        scene.render.filepath = files.escaped(part)
        bpy.ops.render.render(write_still=True)


def contact_sheet(paths: Sequence[Path], output: Path) -> None:
    """PNG files of one size side by side in one JPEG."""
    tiles = [_tile(path) for path in paths]
    height, rows = tiles[0].shape[0], -(-len(tiles) // COLUMNS)
    columns = min(COLUMNS, len(tiles))
    sheet = np.zeros((rows * (height + GAP) + GAP, columns * (WIDTH + GAP) + GAP, 4), np.float32)
    sheet[..., 3] = 1
    for place, tile in enumerate(tiles):
        row, column = divmod(place, COLUMNS)
        bottom, left = sheet.shape[0] - (row + 1) * (height + GAP), GAP + column * (WIDTH + GAP)
        sheet[bottom : bottom + height, left : left + WIDTH] = tile
    image = bpy.data.images.new("Contact sheet", sheet.shape[1], sheet.shape[0])
    try:
        image.pixels.foreach_set(sheet.ravel())
        image.file_format = "JPEG"
        with files.written_beside(output) as part:
            image.filepath_raw = str(part)
            image.save(quality=88)
    finally:
        bpy.data.images.remove(image)


def _tile(path: Path) -> np.ndarray:
    """A picture as wide as the sheet's are: [height, WIDTH, 4], the lowest row first."""
    image = bpy.data.images.load(str(path))
    try:
        image.scale(WIDTH, round(WIDTH * image.size[1] / image.size[0]))
        pixels = np.empty(image.size[0] * image.size[1] * 4, np.float32)
        image.pixels.foreach_get(pixels)
        return pixels.reshape(image.size[1], image.size[0], 4)
    finally:
        bpy.data.images.remove(image)
