"""Files that must never be half-written, nor take the place of something else."""

import errno
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..film.errors import FilmError

SPARE = 20_000_000  # bytes that stay free whatever is written


def checked(path: str | os.PathLike, option: str, folder: bool = False) -> Path:
    """The whole path of a file that is to be written, or of a folder, looked at before any work is done for it.

    option: what to choose another one of, such as --output. Raises FilmError for what is no ordinary file.
    """
    text = os.fspath(path)
    try:
        text.encode("utf-8")
        path = Path(text).expanduser()
        whole = path.resolve()
        kind = "" if folder and whole.is_dir() else _kind(path)
    except (UnicodeError, RuntimeError, OSError, ValueError) as error:
        raise FilmError(f"{text!a} can't be the name of a file here; choose another {option}.") from error
    if kind:
        raise FilmError(f"{path} is {kind}; choose the name of a file for {option}.")
    return whole


def _kind(path: Path) -> str:
    """What stands at a path, if it isn't an ordinary file or nothing."""
    if path.is_symlink() and not path.exists():
        return "a link to nothing"
    if path.is_dir():
        return "a folder"
    if path.exists() and not path.is_file():
        return "no ordinary file but a device or a pipe"
    return ""


def escaped(path: str | os.PathLike) -> str:
    """A path as Blender's output settings take it literally: there, {…} is a template."""
    return os.fspath(path).replace("{", "{{").replace("}", "}}")


@contextmanager
def written_beside(path: str | os.PathLike) -> Iterator[Path]:
    """Yield a name beside `path` to write to; it takes the place of `path` when all went well, else it is removed."""
    path = Path(path)
    # Blender replaces each # of a file's name by a digit of the frame.
    part = path.with_name(f".{path.stem.replace('#', '_')[:40]}.part{path.suffix}")
    try:
        part.unlink(missing_ok=True)  # of an earlier process that was killed
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def save_blend(path: str | os.PathLike) -> None:
    """Save the open file as a compressed .blend. Raises FilmError where it doesn't fit."""
    import bpy

    try:
        with written_beside(path) as part:
            bpy.ops.wm.save_as_mainfile(filepath=str(part), compress=True, copy=True)
    except RuntimeError as error:  # what Blender's operators raise, whatever it was
        reason = "the disk is full" if is_full(Path(path).parent) else " ".join(str(error).split())
        raise FilmError(f"The scene {path} can't be saved ({reason}); choose another place.") from error


def is_full(folder: str | os.PathLike) -> bool:
    """Whether next to nothing can be written to a folder's disk any more."""
    return shutil.disk_usage(folder).free < 1_000_000


def check_room(folder: str | os.PathLike, n_bytes: int) -> None:
    """Raise FilmError when a folder's disk hasn't room for so many bytes."""
    free = shutil.disk_usage(folder).free
    if free < n_bytes + SPARE:
        raise FilmError(
            f"About {(n_bytes + SPARE) / 1e6:,.0f} MB are needed in {folder}, and {free / 1e6:,.0f} MB are free; "
            "make room, or choose another --output."
        )


def explained(error: OSError, folder: str | os.PathLike) -> str:
    """Why nothing could be written, in a few words."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT) or is_full(folder):
        return "the disk is full"
    return error.strerror or str(error)


@contextmanager
def silence() -> Iterator[None]:
    """Keep Blender's own log out of the output: it writes to the process's stdout directly."""
    sys.stdout.flush()
    kept = os.dup(1)
    with open(os.devnull, "w") as nothing:
        os.dup2(nothing.fileno(), 1)
        try:
            yield
        finally:
            os.dup2(kept, 1)
            os.close(kept)
