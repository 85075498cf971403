"""How a camera was held when it took a picture: photographs carry it beside the pixels, and Blender doesn't read it."""

import struct
from pathlib import Path

import numpy as np

ORIENTATION = 0x0112  # the tag, of EXIF 2.32, 4.6.4
_SHORT = 3  # the type of its value
_START_OF_SCAN, _APP1 = 0xDA, 0xE1


def upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Pixels [height, width, channels], the lowest row first, as they were seen. orientation: 1 … 8, as EXIF has it."""
    pixels = pixels[::-1]  # EXIF counts from the highest row
    if orientation >= 5:  # rows and columns are exchanged
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return pixels[::-1]


def orientation_of(path: Path) -> int:
    """What a JPEG says: 1, as it is, to 8. Other files, and damaged ones, say 1."""
    try:
        with path.open("rb") as file:
            exif = _exif(file)
        return _read(exif) if exif else 1
    except (OSError, struct.error):
        return 1


def _exif(file) -> bytes | None:
    """The EXIF part of a JPEG, without its name."""
    if file.read(2) != b"\xff\xd8":
        return None
    while True:
        mark, kind, size = struct.unpack(">BBH", file.read(4))
        if mark != 0xFF or kind == _START_OF_SCAN or size < 2:
            return None
        content = file.read(size - 2)
        if kind == _APP1 and content.startswith(b"Exif\0\0"):
            return content[6:]


def _read(exif: bytes) -> int:
    """The orientation in a TIFF header and its first directory. Raises struct.error where it ends too early."""
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None:
        return 1
    (start,) = struct.unpack_from(f"{order}I", exif, 4)
    (entries,) = struct.unpack_from(f"{order}H", exif, start)
    for place in range(start + 2, start + 2 + 12 * entries, 12):
        tag, kind, _, value = struct.unpack_from(f"{order}HHIH", exif, place)
        if tag == ORIENTATION and kind == _SHORT and 1 <= value <= 8:
            return value
    return 1
