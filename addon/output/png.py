"""PNG files as bytes: made, looked through, and marked with the film and the frame that they show. No bpy in here.

Every part of a PNG carries a CRC-32, so a whole file is told from one with a single wrong bit.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"
KEY = b"Film frame\0"
NOTES = (b"tEXt", b"zTXt", b"iTXt", b"tIME")
LEVEL = 1  # of zlib: frames are read once and deleted
CHANNELS = {(8, 2): 3, (8, 6): 4}  # (bits, kind of colour): channels of the pictures that are made here


class Damaged(ValueError):
    """These bytes are no whole PNG."""


@dataclass(frozen=True)
class Header:
    """What a whole PNG says of itself."""

    size: tuple[int, int]  # width, height
    channels: int
    mark: str  # "" where there is none


def encode(pixels: np.ndarray) -> bytes:
    """Pixels [height, width, 3 or 4] as uint8, the highest row first -> PNG."""
    height, width, channels = pixels.shape
    flat = pixels.reshape(height, -1)
    rows = np.empty((height, 1 + flat.shape[1]), np.uint8)
    rows[:, 0] = 1  # each byte less the one of the pixel to the left
    rows[:, 1 : 1 + channels] = flat[:, :channels]
    np.subtract(flat[:, channels:], flat[:, :-channels], out=rows[:, 1 + channels :])
    header = struct.pack(">IIBBBBB", width, height, 8, 2 if channels == 3 else 6, 0, 0, 0)
    packed = zlib.compress(rows, LEVEL)
    return SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")


def marked(data: bytes, mark: str) -> bytes:
    """The same PNG with this mark, and without other notes, such as when it was made. Raises Damaged."""
    out = [SIGNATURE]
    for kind, content in _chunks(data):
        if kind not in NOTES:
            out.append(_chunk(kind, content))
        if kind == b"IHDR":
            out.append(_chunk(b"tEXt", KEY + mark.encode("latin-1")))
    return b"".join(out)


def read(data: bytes) -> Header:
    """Look a PNG through from begin to end. Raises Damaged."""
    size, channels, mark, drawn = (0, 0), 0, "", False
    for kind, content in _chunks(data):
        if kind == b"IHDR":
            width, height, *form = struct.unpack(">IIBBBBB", content)
            size, channels = (width, height), CHANNELS.get((form[0], form[1]), 0)
        elif kind == b"tEXt" and content.startswith(KEY):
            mark = content[len(KEY) :].decode("latin-1")
        drawn = drawn or kind == b"IDAT"
    if not drawn:
        raise Damaged("it has no picture")
    return Header(size, channels, mark)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(kind, content) of every chunk, the first of which is the header. Raises Damaged."""
    if not data.startswith(SIGNATURE):
        raise Damaged("it doesn't begin as a PNG")
    place, kind = len(SIGNATURE), b""
    while kind != b"IEND":
        first = kind == b""
        length, kind = struct.unpack_from(">I4s", data, place) if place + 12 <= len(data) else (len(data), b"")
        content = data[place + 8 : place + 8 + length]
        end = data[place + 8 + length : place + 12 + length]
        if len(end) < 4 or struct.unpack(">I", end)[0] != zlib.crc32(content, zlib.crc32(kind)):
            raise Damaged("a part of it is missing or wrong")
        if first and (kind != b"IHDR" or length != 13):
            raise Damaged("it has no header")
        yield kind, content
        place += 12 + length
    if place != len(data):
        raise Damaged("something follows it")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(content, zlib.crc32(kind)))
