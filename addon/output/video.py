"""Frames -> one file. Which formats there are, how each is made, and proof that it holds every frame."""

from collections.abc import Sequence
from pathlib import Path

import bpy

from .. import compat
from ..film.errors import FilmError
from . import files, frames, gif, mp4, webp
from .formats import FOLDER, FORMATS, format_of
from .frames import Frames

DRAFT = 540  # pixels of the short side up to which a video is made quickly


def encode(made: Frames, numbers: Sequence[int], fps: int, output: Path, sound: Path | None = None) -> None:
    """Make the video of these frames; a file of that name is replaced when the new one has been opened and counted.

    sound: a file as long as the video, for formats that have sound. Raises FilmError when frames are missing, or
    it can't be written; frames and an older video are then kept.
    """
    missing = made.missing(numbers)
    if missing:
        raise FilmError(
            f"{len(missing)} of {len(numbers)} frames are missing in {made.folder} or damaged; "
            "run the same command with --resume to render them."
        )
    try:
        if format_of(output) is FOLDER:
            frames.copy_to(made, numbers, output)
            return
        with files.written_beside(output) as part:
            looped = {".webp": webp, ".gif": gif}.get(output.suffix.lower())
            if looped:  # which have no sound
                looped.write([made.path(number) for number in numbers], fps, part)
            else:
                _write(made, numbers, fps, part, sound)
                _check(part, made.size, len(numbers))
    except (OSError, RuntimeError) as error:
        folder = output.parent
        reason = files.explained(error, folder) if isinstance(error, OSError) else " ".join(str(error).split())
        raise _failed(output, made, "the disk is full" if files.is_full(folder) else reason) from error


def _failed(output: Path, made: Frames, reason: str) -> FilmError:
    return FilmError(
        f"{output.name} can't be written ({reason.rstrip('.')}); all frames are kept in {Path(made.folder).name}, "
        "and the same command with --resume goes on from there."
    )


def _write(made: Frames, numbers: Sequence[int], fps: int, part: Path, sound: Path | None) -> None:
    """By Blender's own FFmpeg. Raises RuntimeError, but not always when the file can't be written."""
    kind = FORMATS[part.suffix.lower()]
    paths = [made.path(number) for number in numbers]
    scene = bpy.data.scenes.new("Encode")
    try:
        strip = scene.sequence_editor_create().strips.new_image("Film", str(paths[0]), 1, 1)
        for path in paths[1:]:
            strip.elements.append(path.name)
        if sound:
            strip = scene.sequence_editor.strips.new_sound("Sound", str(sound), 2, 1)
            strip.sound.use_memory_cache = True  # else Blender opens the file anew for every picture
        scene.frame_start, scene.frame_end = 1, len(paths)
        render = scene.render
        render.resolution_x, render.resolution_y, render.resolution_percentage = *made.size, 100
        render.fps, render.use_file_extension = fps, False
        for name in (one for one in dir(render) if one.startswith("use_stamp")):  # the same frames, the same file
            setattr(render, name, False)
        scene.view_settings.view_transform = "Standard"
        quick, alpha = min(made.size) <= DRAFT, made.channels == 4
        compat.use_video(render, kind.container, kind.codec, alpha, sound is not None, quick)
        render.filepath = files.escaped(part)
        bpy.ops.render.render(animation=True, scene=scene.name)
    finally:
        sounds = [strip.sound for strip in scene.sequence_editor.strips if strip.type == "SOUND"]
        bpy.data.scenes.remove(scene)
        bpy.data.batch_remove(sounds)
    if kind.container in ("MPEG4", "QUICKTIME"):
        mp4.begin_with_index(part)


def _check(path: Path, size: tuple[int, int], count: int) -> None:
    """Raise RuntimeError unless the video can be opened, and has so many frames of this size."""
    try:
        clip = bpy.data.movieclips.load(str(path))
    except RuntimeError as error:
        raise RuntimeError("what was written can't be opened") from error
    try:
        found = tuple(clip.size), clip.frame_duration
    finally:
        bpy.data.movieclips.remove(clip)
    if found != (tuple(size), count):
        raise RuntimeError(f"what was written has {found[1]} frames of {found[0][0]}×{found[0][1]}")
