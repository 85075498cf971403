"""A reader for the safetensors format: eight bytes of header length, a JSON header, and the numbers.

https://huggingface.co/docs/safetensors. A model may also be cut into several such files, its shards, beside an index
that says which tensor lies in which. Nothing that a file says is taken on trust.
"""

import json
import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .errors import ModelError
from .files import check_pointer, open_file, read_json, reason, shown

_DTYPES = {  # BF16: see _float32
    "F32": np.dtype("<f4"),
    "F16": np.dtype("<f2"),
    "BF16": np.dtype("<u2"),
    "F64": np.dtype("<f8"),
}
_BYTES = {
    "BOOL": 1, "U8": 1, "I8": 1, "F8_E5M2": 1, "F8_E4M3": 1, "U16": 2, "I16": 2, "F16": 2, "BF16": 2,
    "U32": 4, "I32": 4, "F32": 4, "U64": 8, "I64": 8, "F64": 8,
}  # fmt: skip
_LONGEST_HEADER = 20_000_000  # bytes; that of a GPT-2 with a thousand layers has a tenth of it
_MOST_AXES = 32  # every numpy can handle as many
_ROWS = 256  # of a matrix, read from the disk at a time


@dataclass(frozen=True)
class Entry:
    """Where a tensor lies: bytes `start` to `end` of the file."""

    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int


class SafeTensors:
    """An open safetensors file; `entries` says what is in it, by the tensors' names."""

    def __init__(self, path: Path):
        """Raises ModelError when the file is damaged."""
        self.path = path
        try:
            with open_file(path) as file:
                size = file.seek(0, 2)
                file.seek(0)
                check_pointer(path, file.read(100).decode(errors="replace"))
                file.seek(0)
                prefix = file.read(8)
                if len(prefix) < 8:
                    raise self._damaged("it is too short")
                (length,) = struct.unpack("<Q", prefix)
                if length > min(size - 8, _LONGEST_HEADER):
                    raise self._damaged(f"its header claims {length} bytes, the file has {size}")
                text = file.read(length)
            self.entries = self._read_header(text, 8 + length, size)
            self._data = np.memmap(path, np.uint8, mode="r")
        except OSError as error:
            raise ModelError(f"{path} can't be opened: {reason(error)}.") from error

    def read(self, name: str) -> np.ndarray:
        """One tensor as contiguous float32: mapped, not read, when the file already holds that.

        Raises ModelError for a type of number other than F32, F16, BF16 and F64, and for NaN and infinite numbers.
        """
        entry = self._readable(name)
        # np.require copies when the header's length leaves the numbers misaligned, and only then.
        raw = np.asarray(self._data[entry.start : entry.end]).view(_DTYPES[entry.dtype]).reshape(entry.shape)
        array = _float32(raw, entry.dtype)
        self._check_finite(name, array)
        return array

    def read_turned(self, name: str) -> np.ndarray:
        """The transpose of a matrix: [columns, rows], contiguous float32, in memory of its own.

        The matrix is read a few rows at a time and never mapped, so that its numbers are in memory once, not twice.
        Raises ModelError as `read` does, and when the disk fails.
        """
        rows, columns = self._readable(name).shape
        turned = np.empty((columns, rows), np.float32)
        for first, part in self.read_parts(name):
            for row in range(0, len(part), 8):  # so few stay in the cache: half the time of one big copy
                few = part[row : row + 8]
                turned[:, first + row : first + row + len(few)] = few.T
        return turned

    def read_parts(self, name: str) -> Iterator[tuple[int, np.ndarray]]:
        """Some rows of a matrix after the other: the first one's number, and float32 [rows, columns].

        Raises ModelError as `read_turned`.
        """
        entry = self._readable(name)
        rows, columns = entry.shape
        try:
            with open_file(self.path) as file:
                file.seek(entry.start)
                for first in range(0, rows, _ROWS):
                    count = min(_ROWS, rows - first)
                    raw = np.fromfile(file, _DTYPES[entry.dtype], count * columns)
                    if len(raw) < count * columns:
                        raise self._damaged(f"it ends within the tensor {shown(name)}")
                    part = _float32(raw.reshape(count, columns), entry.dtype)
                    self._check_finite(name, part)
                    yield first, part
        except OSError as error:
            raise ModelError(f"{self.path} can't be read: {reason(error)}.") from error

    def _readable(self, name: str) -> Entry:
        entry = self.entries[name]
        if entry.dtype not in _DTYPES:
            raise ModelError(
                f"{self.path}: the tensor {name} is stored as {entry.dtype}; save the model as F32, F16 or BF16."
            )
        return entry

    def _check_finite(self, name: str, array: np.ndarray) -> None:
        # A block at a time: the answers for all of a table would take another quarter of its size.
        if not all(np.isfinite(array[first : first + 4096]).all() for first in range(0, len(array), 4096)):
            raise ModelError(
                f"{self.path}: the tensor {name} holds numbers that are infinite or not numbers (NaN); "
                "the training run or the conversion went wrong, so use another checkpoint."
            )

    def _read_header(self, text: bytes, origin: int, size: int) -> dict[str, Entry]:
        try:
            header = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise self._damaged("its header is not JSON") from error
        if not isinstance(header, dict):
            raise self._damaged("its header is not a table of tensors")
        header.pop("__metadata__", None)
        entries = {name: self._read_entry(name, fields, origin, size) for name, fields in header.items()}
        end, owner = origin, ""
        for name, entry in sorted(entries.items(), key=lambda item: (item[1].start, item[1].end)):
            if entry.start < end:
                raise self._damaged(f"the tensors {shown(owner)} and {shown(name)} overlap")
            end, owner = entry.end, name
        return entries

    def _read_entry(self, name: str, fields, origin: int, size: int) -> Entry:
        name = shown(name)
        try:
            dtype, shape, (start, end) = fields["dtype"], tuple(fields["shape"]), fields["data_offsets"]
        except (KeyError, TypeError, ValueError) as error:
            raise self._damaged(f"its header doesn't describe the tensor {name}") from error
        if len(shape) > _MOST_AXES or any(type(number) is not int or number < 0 for number in (*shape, start, end)):
            raise self._damaged(f"its header describes the tensor {name} wrongly")
        if not isinstance(dtype, str) or dtype not in _BYTES:
            raise self._damaged(f"the tensor {name} is of the unknown type {shown(dtype)}")
        if end - start != math.prod(shape) * _BYTES[dtype]:
            raise self._damaged(f"the tensor {name} has {end - start} bytes, which isn't {dtype} {list(shape)}")
        if origin + end > size:
            raise self._damaged(f"the tensor {name} ends at byte {origin + end}, but the file has {size}")
        return Entry(dtype, shape, origin + start, origin + end)

    def _damaged(self, what: str) -> ModelError:
        return ModelError(f"{self.path} is damaged or was not downloaded completely: {what}; download it again.")


class Shards:
    """A model in several safetensors files, found through its model.safetensors.index.json; used as SafeTensors is."""

    def __init__(self, path: Path):
        """Raises ModelError when the index or a shard is missing, damaged or doesn't fit the others."""
        self.path = path
        files = _weight_map(path)
        shards = {}
        for file in shard_files(path):
            if not (path.parent / file).is_file():
                raise ModelError(f"{path.parent} has no {file}, which holds a part of the weights; download it, too.")
            shards[file] = SafeTensors(path.parent / file)
        for name, file in files.items():
            if name not in shards[file].entries:
                raise ModelError(
                    f"{path} says that the tensor {shown(name)} is in {file}, but it isn't; download all files again."
                )
        self._shards = {name: shards[file] for name, file in files.items()}
        self.entries = {name: shard.entries[name] for name, shard in self._shards.items()}

    def read_parts(self, name: str) -> Iterator[tuple[int, np.ndarray]]:
        """As SafeTensors.read_parts."""
        return self._shards[name].read_parts(name)

    def read(self, name: str) -> np.ndarray:
        """As SafeTensors.read."""
        return self._shards[name].read(name)

    def read_turned(self, name: str) -> np.ndarray:
        """As SafeTensors.read_turned."""
        return self._shards[name].read_turned(name)


def shard_files(path: Path) -> list[str]:
    """The files that an index names. Raises ModelError as Shards does."""
    return sorted(set(_weight_map(path).values()))


def _weight_map(path: Path) -> dict[str, str]:
    """Which tensor is in which file, as an index says."""
    index = read_json(path)
    files = index.get("weight_map") if isinstance(index, dict) else None
    if not isinstance(files, dict) or not files:
        raise ModelError(f"{path} doesn't say which tensor is in which file; download it again.")
    for file in files.values():
        if not _is_file_name(file):
            raise ModelError(f"{path} names {shown(file)}, which is no file beside it; don't use this model.")
    return files


def _float32(raw: np.ndarray, dtype: str) -> np.ndarray:
    """Stored numbers as contiguous float32; the same array where they already are."""
    if dtype == "BF16":  # the upper half of a float32
        return (raw.astype(np.uint32) << 16).view(np.float32)
    with np.errstate(over="ignore"):  # too large for float32 is infinite, and refused as such
        return np.require(raw, np.float32, ["C", "A"])


def _is_file_name(name) -> bool:
    """Whether an index may name this file: one in its own folder, on every system."""
    return (
        isinstance(name, str)
        and name.endswith(".safetensors")
        and name.isprintable()
        and not name.startswith(".")
        and not set(name) & set('/\\:*?"<>|')
    )
