"""The index of an .mp4 or .mov goes to its beginning, so that a browser plays it before all of it has come."""

import shutil
import struct
from pathlib import Path
from typing import BinaryIO

INSIDE = (b"moov", b"trak", b"mdia", b"minf", b"stbl")  # boxes on the way to the places of the data


def begin_with_index(path: Path) -> None:
    """Move the index before the data. A file that is not made of boxes stays as it is. Raises OSError."""
    with path.open("rb") as file:
        boxes = _boxes(file)
        names = [name for name, _, _ in boxes]
        if b"moov" not in names or b"mdat" not in names or names.index(b"moov") < names.index(b"mdat"):
            return
        _, start, size = boxes[names.index(b"moov")]
        file.seek(start)
        index = bytearray(file.read(size))
        if not _shift(index, 0, len(index), size):
            return
        part = path.with_name(f"{path.name}.part")
        try:
            with part.open("wb") as out:
                for name, start, size in boxes:
                    if name == b"mdat" and index:
                        out.write(index)
                        index = bytearray()
                    if name != b"moov":
                        file.seek(start)
                        _copy(file, out, size)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


def _boxes(file: BinaryIO) -> list[tuple[bytes, int, int]]:
    """(name, first byte, bytes) of the boxes of a whole file; none where it isn't made of boxes."""
    end = file.seek(0, 2)
    place, found = 0, []
    while place < end:
        file.seek(place)
        size, name = struct.unpack(">I4s", file.read(8).ljust(8, b"\0"))
        if size == 1:
            size = struct.unpack(">Q", file.read(8).ljust(8, b"\0"))[0]
        if size < 8 or place + size > end:
            return []
        found.append((name, place, size))
        place += size
    return found


def _shift(data: bytearray, start: int, end: int, by: int) -> bool:
    """Add a distance to all places of data that an index names -> whether all still fit into it."""
    while start + 8 <= end:
        size, name = struct.unpack_from(">I4s", data, start)
        if size < 8 or start + size > end:
            return False
        if name in INSIDE:
            if not _shift(data, start + 8, start + size, by):
                return False
        elif name in (b"stco", b"co64"):
            count = struct.unpack_from(">I", data, start + 12)[0]
            form = f">{count}{'I' if name == b'stco' else 'Q'}"
            places = [place + by for place in struct.unpack_from(form, data, start + 16)]
            if name == b"stco" and places and max(places) >= 2**32:
                return False
            struct.pack_into(form, data, start + 16, *places)
        start += size
    return True


def _copy(source: BinaryIO, target: BinaryIO, size: int) -> None:
    while size:
        data = source.read(min(size, shutil.COPY_BUFSIZE))
        if not data:
            raise OSError("the file became shorter while it was read")
        target.write(data)
        size -= len(data)
