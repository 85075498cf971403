"""File names that the user types."""

from pathlib import Path

import bpy


def absolute(path):
    """A path, maybe relative to the .blend (//…) -> Path. Raises FilmError where there is nothing to be relative to."""
    from .film.errors import FilmError

    if not path.strip():
        raise FilmError("No file is chosen; choose where the pictures go.")
    if path.startswith("//") and not bpy.data.filepath:
        raise FilmError(f"{path} lies beside this file, which was never saved; save it, or choose another place.")
    try:
        return Path(bpy.path.abspath(path)).expanduser()
    except RuntimeError as error:  # ~ of nobody
        raise FilmError(f"{path} is in the folder of a user that this machine doesn't know; choose another.") from error
