"""A picture and a sound for the aside on other transformers: small ones made here, or the user's own files."""

import wave
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np

from .errors import FilmError

PIXELS = 48  # a side of the picture
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
    """Sun, sea and hills: sRGB [PIXELS, PIXELS, 3], the lowest row first."""
    x, y = np.meshgrid((np.arange(PIXELS) + 0.5) / PIXELS, (np.arange(PIXELS) + 0.5) / PIXELS)
    colour = np.array
    high, low = colour([0.10, 0.16, 0.36]), colour([0.96, 0.55, 0.25])
    sky = high + (low - high) * (1 - y)[..., None] ** 2
    sun = np.hypot(x - 0.62, y - 0.58) < 0.15
    picture = np.where(sun[..., None], colour([1.0, 0.84, 0.42]), sky)
    far, near = 0.34 + 0.10 * np.sin(7 * x + 0.5), 0.20 + 0.12 * np.sin(4.4 * x + 2.6)
    picture = np.where((y < far)[..., None], colour([0.16, 0.33, 0.42]), picture)
    return np.where((y < near)[..., None], colour([0.07, 0.19, 0.26]), picture)


def made_sound():
    """A struck bell, three partials that die away: [SAMPLES] from -1 to 1."""
    t = np.linspace(0, 1, SAMPLES)
    partials = ((1.0, 22, 2.2), (0.6, 60.7, 3.6), (0.45, 119.0, 6.0))  # strength, radians a unit of time, decay
    bell = sum(strength * np.sin(speed * t) * np.exp(-decay * t) for strength, speed, decay in partials)
    return bell / np.abs(bell).max()


def read_picture(path):
    """A picture file -> sRGB [PIXELS, PIXELS, 3], its middle square. Raises FilmError."""
    path = Path(path).expanduser()
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
        pixels = pixels.reshape(height, width, -1)[..., :3]
    finally:
        bpy.data.images.remove(image)
    if pixels.shape[-1] == 1:
        pixels = np.repeat(pixels, 3, axis=-1)
    left, low = (width - PIXELS) // 2, (height - PIXELS) // 2
    return pixels[low : low + PIXELS, left : left + PIXELS].astype(float)


def read_sound(path):
    """A .wav file -> [SAMPLES] from -1 to 1, each the strongest of its stretch. Raises FilmError."""
    path = Path(path).expanduser()
    try:
        with wave.open(str(path), "rb") as file:
            channels, width, rate, count = file.getparams()[:4]
            raw = file.readframes(min(count, int(rate * LONGEST)))
    except FileNotFoundError as error:
        raise FilmError(f"There is no sound {path}; check the name.") from error
    except (OSError, EOFError, wave.Error) as error:
        raise FilmError(f"{path} can't be read as a sound ({error}); use a .wav file without compression.") from error
    data = np.frombuffer(raw[: len(raw) // (width * channels) * width * channels], np.uint8).reshape(-1, width)
    if width == 1:  # unsigned
        samples = data[:, 0].astype(float) - 128
    else:  # the two highest bytes say enough
        samples = data[:, -2:].copy().view("<i2")[:, 0].astype(float)
    samples = samples.reshape(-1, channels).mean(1)
    if len(samples) < SAMPLES or not samples.any():
        raise FilmError(f"{path} is silent or shorter than {SAMPLES} samples; choose another sound.")
    stretches = np.array_split(samples, SAMPLES)
    strongest = np.array([stretch[np.abs(stretch).argmax()] for stretch in stretches])
    return strongest / np.abs(strongest).max()
