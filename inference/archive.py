"""Named arrays in one .npz file: written whole or not at all, read without trusting the file."""

import contextlib
import math
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

import numpy as np

from .errors import ModelError
from .files import open_file, reason, shown

# What an archive may be unpacked: so many bytes, and so many times what it is on disk.
_ALWAYS, _TIMES = 64_000_000, 20


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
        with open_file(path) as file:
            return arrays_in(file)
    except MemoryError:
        raise
    except Exception as error:  # a damaged zip fails in a dozen ways, from EOFError to zlib.error; all mean the same
        raise ModelError(f"{path} is not a recording or is damaged ({reason(error)}); record it again.") from error


def arrays_in(file: BinaryIO) -> dict[str, np.ndarray]:
    """All arrays of an open .npz file, of which nothing is believed.

    What is in it is looked at before any of it is read: a small file may say that it holds any number of zeros. Raises
    ValueError or what zipfile raises.
    """
    size = file.seek(0, os.SEEK_END)
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        unpacked = sum(member.file_size for member in members)
        if unpacked > _ALWAYS + _TIMES * size:
            raise ValueError(f"unpacked it would be {unpacked / 1e6:,.0f} MB, out of {size / 1e6:,.1f}")
        return {member.filename.removesuffix(".npy"): _array(archive, member) for member in members}


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> np.ndarray:
    """One array, which must be as large as its header says. Pickled arrays could run code, so they are never read."""
    formats = np.lib.format
    with archive.open(member) as file:
        version = formats.read_magic(file)
        header = formats.read_array_header_1_0 if version == (1, 0) else formats.read_array_header_2_0
        shape, _, dtype = header(file)
        if dtype.hasobject or min(shape, default=0) < 0:
            raise ValueError("it holds something else than numbers")
        if file.tell() + math.prod(shape) * dtype.itemsize != member.file_size:
            raise ValueError(f"{shown(member.filename)} is not as large as it says")
    with archive.open(member) as file:
        return formats.read_array(file, allow_pickle=False)
