"""Named arrays in one .npz file: written whole or not at all, read without trusting the file."""

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from .errors import ModelError


def write(path: str | os.PathLike, arrays: Mapping[str, np.ndarray]) -> None:
    """Write `arrays` to `path`, replacing what was there.

    The file is written beside its destination and renamed at the end, so that a full disk or a crash leaves the
    old file as it was. Raises ModelError when it can't be written.
    """
    path = Path(path)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with temporary.open("wb") as file:
            np.savez(file, **arrays)
        os.replace(temporary, path)
    except OSError as error:
        reason = error.strerror or error
        raise ModelError(f"Can't write {path}: {reason}; choose another place or free some space.") from error
    finally:
        with contextlib.suppress(OSError):  # renamed already, or never made
            temporary.unlink()


def read(path: str | os.PathLike) -> dict[str, np.ndarray]:
    """All arrays of the .npz file at `path`. Raises ModelError when it is missing, broken or something else."""
    path = Path(path)
    if not path.is_file():
        raise ModelError(f"There is no file {path}; check the name.")
    try:
        # Pickled arrays could run code when they are read, so they are never read.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except Exception as error:  # a damaged zip fails in a dozen ways, from EOFError to zlib.error; all mean the same
        raise ModelError(f"{path} is not a recording or is damaged ({error}); record it again.") from error
