"""A reader for the safetensors format: eight bytes of header length, a JSON header, and the numbers.

https://huggingface.co/docs/safetensors. The file is memory-mapped; nothing it says is taken on trust.
"""

import json
import math
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .errors import ModelError

_DTYPES = {"F32": np.dtype("<f4"), "F16": np.dtype("<f2"), "BF16": np.dtype("<u2")}  # BF16: see SafeTensors.read
_BYTES = {
    "BOOL": 1, "U8": 1, "I8": 1, "F8_E5M2": 1, "F8_E4M3": 1, "U16": 2, "I16": 2, "F16": 2, "BF16": 2,
    "U32": 4, "I32": 4, "F32": 4, "U64": 8, "I64": 8, "F64": 8,
}  # fmt: skip
_LONGEST_HEADER = 100_000_000  # as in the format's own reader: a longer one is a lie or an attack


@dataclass(frozen=True)
class Entry:
    """Where a tensor lies: bytes `start` to `end` of the file."""

    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int


class SafeTensors:
    """An open safetensors file; `entries` says what is in it."""

    def __init__(self, path: Path):
        """Raises ModelError when the file is damaged."""
        self.path = path
        try:
            with path.open("rb") as file:
                size = file.seek(0, 2)
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
            raise ModelError(f"{path} can't be opened: {error.strerror or error}.") from error

    def read(self, name: str) -> np.ndarray:
        """One tensor as contiguous float32: mapped, not read, when the file already holds that.

        Raises ModelError for a type of number other than F32, F16 and BF16.
        """
        entry = self.entries[name]
        if entry.dtype not in _DTYPES:
            raise ModelError(
                f"{self.path}: the tensor {name} is stored as {entry.dtype}; save the model as F32, F16 or BF16."
            )
        # np.array copies when the header's length leaves the numbers misaligned, and only then.
        raw = np.asarray(self._data[entry.start : entry.end]).view(_DTYPES[entry.dtype]).reshape(entry.shape)
        if entry.dtype == "BF16":  # the upper half of a float32
            return (raw.astype(np.uint32) << 16).view(np.float32)
        return np.require(raw, np.float32, ["C", "A"])

    def _read_header(self, text: bytes, origin: int, size: int) -> dict[str, Entry]:
        try:
            header = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise self._damaged("its header is not JSON") from error
        if not isinstance(header, dict):
            raise self._damaged("its header is not a table of tensors")
        header.pop("__metadata__", None)
        entries = {name: self._read_entry(name, fields, origin, size) for name, fields in header.items()}
        end, owner = origin, None
        for name, entry in sorted(entries.items(), key=lambda item: (item[1].start, item[1].end)):
            if entry.start < end:
                raise self._damaged(f"the tensors {owner} and {name} overlap")
            end, owner = entry.end, name
        return entries

    def _read_entry(self, name: str, fields, origin: int, size: int) -> Entry:
        try:
            dtype, shape, (start, end) = fields["dtype"], tuple(fields["shape"]), fields["data_offsets"]
        except (KeyError, TypeError, ValueError) as error:
            raise self._damaged(f"its header doesn't describe the tensor {name}") from error
        if any(type(number) is not int or number < 0 for number in (*shape, start, end)):
            raise self._damaged(f"its header describes the tensor {name} wrongly")
        if not isinstance(dtype, str) or dtype not in _BYTES:
            raise self._damaged(f"the tensor {name} is of the unknown type {dtype!r}")
        if end - start != math.prod(shape) * _BYTES[dtype]:
            raise self._damaged(f"the tensor {name} has {end - start} bytes, which isn't {dtype} {list(shape)}")
        if origin + end > size:
            raise self._damaged(f"the tensor {name} ends at byte {origin + end}, but the file has {size}")
        return Entry(dtype, shape, origin + start, origin + end)

    def _damaged(self, what: str) -> ModelError:
        return ModelError(f"{self.path} is damaged or was not downloaded completely: {what}; download it again.")
