"""Frames -> an animated GIF that loops, small enough for slides: 255 colours, and only what has changed."""

import struct
from collections.abc import Sequence
from pathlib import Path

import bpy
import numpy as np

FPS = 10  # at most; its clock ticks in hundredths of a second
SIDE = 480  # pixels of the longer side, at most
SAMPLES = 24  # pictures that the colours are chosen from
CLEAR, END, KEPT = 256, 257, 255  # codes; KEPT is the colour that leaves a pixel as it was


def write(paths: Sequence[Path], fps: int, output: Path) -> None:
    """Pictures at `fps` a second -> a file. Raises OSError, RuntimeError."""
    step = max(1, round(fps / FPS))
    places = range(0, len(paths), step)
    chosen = sorted({places[round(i)] for i in np.linspace(0, len(places) - 1, SAMPLES)})
    colours = palette(np.concatenate([_picture(paths[place]).reshape(-1, 3) for place in chosen]))
    nearest = _nearest(colours)
    with output.open("wb") as file:
        before = None
        for place in places:
            begin, end = (round(100 * one / fps) for one in (place, min(place + step, len(paths))))
            pixels = _picture(paths[place])
            indices = nearest[_bin(pixels)]
            if before is None:
                height, width = indices.shape
                file.write(b"GIF89a" + struct.pack("<HHBBB", width, height, 0xF7, 0, 0))
                file.write(colours.tobytes() + b"\0\0\0")
                file.write(b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0")  # for ever
            shown = indices if before is None else np.where(indices == before, KEPT, indices).astype(np.uint8)
            file.write(struct.pack("<BBBBHBB", 0x21, 0xF9, 4, 0x05, max(2, end - begin), KEPT, 0))
            file.write(b"\x2c" + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x08")
            data = packed(shown.tobytes())
            for start in range(0, len(data), 255):
                part = data[start : start + 255]
                file.write(bytes([len(part)]) + part)
            file.write(b"\0")
            before = indices
        file.write(b"\x3b")


def palette(pixels: np.ndarray) -> np.ndarray:
    """Pixels [n, 3] as uint8 -> 255 colours [255, 3]: boxes of them are cut in two where they spread most."""
    bins, counts = np.unique(_bin(pixels), return_counts=True)
    points = np.stack([bins >> 10, bins >> 5 & 31, bins & 31], -1).astype(float)
    boxes = [np.arange(len(bins))]
    while len(boxes) < KEPT:
        spread = [np.ptp(points[box], axis=0).max() * np.sqrt(counts[box].sum()) for box in boxes]
        box = boxes.pop(int(np.argmax(spread)))
        if len(box) == 1:
            boxes.append(box)
            break
        axis = int(np.ptp(points[box], axis=0).argmax())
        box = box[np.argsort(points[box, axis], kind="stable")]
        half = np.searchsorted(np.cumsum(counts[box]), counts[box].sum() / 2)
        cut = min(max(1, int(half)), len(box) - 1)
        boxes += [box[:cut], box[cut:]]
    means = [np.average(points[box], axis=0, weights=counts[box]) for box in boxes]
    colours = np.zeros((KEPT, 3), np.uint8)
    colours[: len(means)] = np.round(np.array(means) * 255 / 31)
    return colours


def packed(pixels: bytes) -> bytes:
    """Indices of colours, one a byte -> the same by the LZW of GIF."""
    out, bits, count = bytearray(), CLEAR, 9
    table: dict[int, int] = {}
    following, width = END + 1, 9
    prefix = pixels[0]
    for pixel in pixels[1:]:
        key = prefix << 8 | pixel
        if key in table:
            prefix = table[key]
            continue
        bits |= prefix << count
        count += width
        if following < 4096:
            table[key] = following
            width += following == 1 << width
            following += 1
        else:  # all codes are used: begin again
            bits |= CLEAR << count
            count += width
            table, following, width = {}, END + 1, 9
        prefix = pixel
        while count >= 8:
            out.append(bits & 255)
            bits >>= 8
            count -= 8
    # The reader's table is one code behind, so what follows the last prefix may need a bit more.
    bits |= prefix << count
    count += width
    width += following == 1 << width and width < 12
    bits |= END << count
    count += width
    return bytes(out) + bits.to_bytes((count + 7) // 8, "little")


def _picture(path: Path) -> np.ndarray:
    """A picture in small: [height, width, 3] as uint8, the highest row first."""
    image = bpy.data.images.load(str(path))
    try:
        scale = min(1.0, SIDE / max(image.size))
        image.scale(*(max(1, round(side * scale)) for side in image.size))
        width, height = image.size
        pixels = np.empty(width * height * image.channels, np.float32)
        image.pixels.foreach_get(pixels)
    finally:
        bpy.data.images.remove(image)
    return np.round(pixels.reshape(height, width, -1)[::-1, :, :3] * 255).astype(np.uint8)


def _bin(pixels: np.ndarray) -> np.ndarray:
    """Colours [..., 3] -> which of 32,768 boxes each is in."""
    red, green, blue = (pixels[..., axis].astype(np.int32) >> 3 for axis in range(3))
    return red << 10 | green << 5 | blue


def _nearest(colours: np.ndarray) -> np.ndarray:
    """The colour that is nearest to each of the 32,768 boxes."""
    every = np.arange(1 << 15)
    middles = np.stack([every >> 10, every >> 5 & 31, every & 31], -1) * (255 / 31)
    wanted = colours.astype(float)
    distance = (middles**2).sum(1)[:, None] - 2 * middles @ wanted.T + (wanted**2).sum(1)
    return distance.argmin(1).astype(np.uint8)
