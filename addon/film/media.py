"""A picture and a sound for the aside on other transformers: small ones made here, or the user's own files."""

import struct
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np

from .errors import FilmError
from .orientation import orientation_of, upright

PIXELS = 60  # a side of the picture
SAMPLES = 256  # of the sound, as drawn
LONGEST = 600.0  # seconds


@dataclass(frozen=True)
class Media:
    """What the aside cuts up."""

    picture: np.ndarray  # [PIXELS, PIXELS, 3] sRGB 0 … 1, the lowest row first
    sound: np.ndarray  # [SAMPLES] -1 … 1

    @classmethod
    def of(cls, image=None, audio=None):
        """From files, where they are given. Raises FilmError when one can't be used."""
        return cls(
            read_picture(image) if image else drawn_picture(),
            read_sound(audio) if audio else made_sound(),
        )


def drawn_picture():
    """The sun goes down behind ranges of hills, over water: sRGB [PIXELS, PIXELS, 3], the lowest row first."""
    x, y = np.meshgrid((np.arange(PIXELS) + 0.5) / PIXELS, (np.arange(PIXELS) + 0.5) / PIXELS)
    colour, shore = np.array, 0.27
    mirrored = np.abs(y - shore) + shore  # what is below the shore is seen in the water
    high, low = colour([0.13, 0.12, 0.36]), colour([0.99, 0.56, 0.30])
    picture = low + (high - low) * ((mirrored - shore) / (1 - shore))[..., None] ** 0.7
    far = np.hypot(x - 0.6, mirrored - 0.56)
    picture = picture + (colour([1.0, 0.86, 0.55]) - picture) * np.exp(-3.2 * far)[..., None]
    picture = np.where((far < 0.115)[..., None], colour([1.0, 0.95, 0.78]), picture)
    for height, steep, where, shade in (
        (0.50, 5.0, 0.4, [0.62, 0.36, 0.42]),
        (0.42, 7.5, 2.2, [0.36, 0.23, 0.40]),
        (0.34, 4.0, 4.4, [0.16, 0.13, 0.28]),
    ):
        top = height + 0.07 * np.sin(steep * x + where) + 0.03 * np.sin(2.7 * steep * x + 3 * where)
        picture = np.where((mirrored < top)[..., None], colour(shade), picture)
    waves = 0.72 + 0.16 * np.sin(95 * y + 3 * np.sin(9 * x))
    return np.where((y < shore)[..., None], picture * waves[..., None], picture).clip(0, 1)


def made_sound():
    """A struck bell, three partials that die away: [SAMPLES] from -1 to 1."""
    t = np.linspace(0, 1, SAMPLES)
    partials = ((1.0, 22, 2.2), (0.6, 60.7, 3.6), (0.45, 119.0, 6.0))  # strength, radians a unit of time, decay
    bell = sum(strength * np.sin(speed * t) * np.exp(-decay * t) for strength, speed, decay in partials)
    return bell / np.abs(bell).max()


def read_picture(path):
    """A picture file -> sRGB [PIXELS, PIXELS, 3], its middle square. Raises FilmError."""
    path = _file(path)
    if not path.is_file():
        raise FilmError(f"There is no picture {path}; check the name.")
    try:
        image = bpy.data.images.load(str(path.resolve()))
    except RuntimeError as error:
        raise FilmError(f"{path} can't be read as a picture; use a PNG or a JPEG.") from error
    try:
        width, height = image.size
        if not width or not height:
            raise FilmError(f"{path} can't be read as a picture; use a PNG or a JPEG.")
        scale = PIXELS / min(width, height)
        image.scale(max(PIXELS, round(width * scale)), max(PIXELS, round(height * scale)))
        width, height = image.size
        pixels = np.empty(width * height * image.channels, np.float32)
        image.pixels.foreach_get(pixels)
        pixels = upright(pixels.reshape(height, width, -1), orientation_of(path))
        height, width = pixels.shape[:2]
        if image.is_float:  # of more than 8 bits: Blender hands out linear light
            pixels[..., :3] = _srgb(pixels[..., :3])
    finally:
        bpy.data.images.remove(image)
    if pixels.shape[-1] == 4:  # on white, as a page has it
        alpha = pixels[..., 3:].clip(0, 1)
        pixels = pixels[..., :3] * alpha + (1 - alpha)
    if pixels.shape[-1] == 1:
        pixels = np.repeat(pixels, 3, axis=-1)
    left, low = (width - PIXELS) // 2, (height - PIXELS) // 2
    return pixels[low : low + PIXELS, left : left + PIXELS].astype(float)


def _srgb(light):
    """Linear light -> sRGB (IEC 61966-2-1)."""
    light = np.nan_to_num(light).clip(0, 1)
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def read_sound(path):
    """A .wav file -> [SAMPLES] from -1 to 1, each the strongest of its stretch. Raises FilmError."""
    path = _file(path)
    if not path.is_file():
        raise FilmError(f"There is no sound {path}; check the name.")
    try:
        samples = _samples(path)
    except (OSError, ValueError, struct.error) as error:
        raise FilmError(f"{path} can't be read as a sound ({error}); use a .wav file without compression.") from error
    if len(samples) < SAMPLES or not samples.any():
        raise FilmError(f"{path} is silent or shorter than {SAMPLES} samples; choose another sound.")
    stretches = np.array_split(samples, SAMPLES)
    strongest = np.array([stretch[np.abs(stretch).argmax()] for stretch in stretches])
    return strongest / np.abs(strongest).max()


def _samples(path):
    """All samples of a .wav, the mean of its channels, at any scale; the first LONGEST seconds. Raises ValueError.

    Python's wave module reads whole numbers alone, but most programs write 32-bit floats.
    """
    with path.open("rb") as file:
        if not (head := file.read(12)).startswith(b"RIFF") or head[8:] != b"WAVE":
            raise ValueError("it is none")
        kind = None
        while len(head := file.read(8)) == 8:
            name, size = struct.unpack("<4sI", head)
            if name == b"fmt ":
                content = file.read(size)
                kind, channels, rate, _, block, bits = struct.unpack("<HHIIHH", content[:16])
                kind = struct.unpack("<H", content[24:26])[0] if kind == 0xFFFE else kind  # the longer form
            elif name == b"data":
                break
            else:
                file.seek(size + size % 2, 1)
        else:
            raise ValueError("it has no samples")
        if kind not in (1, 3) or bits not in ((32, 64) if kind == 3 else (8, 16, 24, 32)):
            raise ValueError(f"it is of the kind {kind} with {bits} bits" if kind else "it doesn't say what it holds")
        if not channels or block != channels * bits // 8:
            raise ValueError("its sizes contradict each other")
        raw = file.read(min(size, int(rate * LONGEST) * block))
    data = np.frombuffer(raw[: len(raw) // block * block], np.uint8)
    if kind == 3:
        samples = np.nan_to_num(data.view(f"<f{bits // 8}").astype(float), posinf=0.0, neginf=0.0)
    elif bits == 8:  # unsigned
        samples = data.astype(float) - 128
    else:  # the two highest bytes say enough
        samples = data.reshape(-1, bits // 8)[:, -2:].copy().view("<i2")[:, 0].astype(float)
    return samples.reshape(-1, channels).mean(1)


def _file(path):
    """A path as the user typed it."""
    try:
        return Path(path).expanduser()
    except RuntimeError as error:  # ~ of nobody
        raise FilmError(f"{path} is in the folder of a user that this machine doesn't know; choose another.") from error
