"""Frames -> an animated WebP that loops: Blender compresses the pictures, which are put one behind the other here."""

import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

import bpy

FPS = 12  # at most
SIDE = 640  # pixels of the longer side, at most
QUALITY = 80  # per cent
ALPHA, ANIMATION = 0x10, 0x02  # flags of the header


def write(paths: Sequence[Path], fps: int, output: Path) -> None:
    """Pictures at `fps` a second -> a file. Raises OSError, RuntimeError."""
    step = max(1, round(fps / FPS))
    shown: list[list] = []  # [its chunks, ms], one after the other
    size = (0, 0)
    for place in range(0, len(paths), step):
        begin, end = (round(1000 * one / fps) for one in (place, min(place + step, len(paths))))
        size, chunks = _picture(paths[place], output.with_name(f"{output.name}.one.webp"))
        if shown and shown[-1][0] == chunks:
            shown[-1][1] += end - begin
        else:
            shown.append([chunks, end - begin])
    has_alpha = any(chunks.startswith(b"ALPH") for chunks, _ in shown)
    header = struct.pack("<I", ANIMATION | (ALPHA if has_alpha else 0)) + _uint24(size[0] - 1) + _uint24(size[1] - 1)
    body = [_chunk(b"VP8X", header), _chunk(b"ANIM", struct.pack("<IH", 0, 0))]  # no background, for ever
    for chunks, ms in shown:
        # At the picture's corner; it takes the place of the one before it and isn't mixed with it.
        place = _uint24(0) * 2 + _uint24(size[0] - 1) + _uint24(size[1] - 1) + _uint24(ms) + b"\x02"
        body.append(_chunk(b"ANMF", place + chunks))
    data = b"WEBP" + b"".join(body)
    output.write_bytes(b"RIFF" + struct.pack("<I", len(data)) + data)


def _picture(path: Path, part: Path) -> tuple[tuple[int, int], bytes]:
    """A picture in small -> (width and height, its chunks ALPH and VP8 as they stand in a frame)."""
    image = bpy.data.images.load(str(path))
    try:
        scale = min(1.0, SIDE / max(image.size))
        size = tuple(max(1, round(side * scale)) for side in image.size)
        image.scale(*size)
        image.file_format = "WEBP"
        image.filepath_raw = str(part)
        image.save(quality=QUALITY)
        data = part.read_bytes()
    finally:
        bpy.data.images.remove(image)
        part.unlink(missing_ok=True)
    wanted = (b"ALPH", b"VP8 ", b"VP8L")
    return size, b"".join(_chunk(name, content) for name, content in _chunks(data) if name in wanted)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 12
    while place + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, place)
        yield name, data[place + 8 : place + 8 + size]
        place += 8 + size + size % 2


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def _uint24(number: int) -> bytes:
    return number.to_bytes(3, "little")
