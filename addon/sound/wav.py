"""Sound files: .wav without compression, of 8, 16, 24 or 32 bits, any rate, any channels. No bpy."""

import os
import wave

import numpy as np

from ..film.errors import FilmError
from .loudness import RATE


def write(path: str | os.PathLike, sound: np.ndarray) -> None:
    """Write a sound [2, n] at 48 kHz, of 16 bits. Raises OSError."""
    samples = np.round(np.clip(sound, -1, 1) * 32767).astype("<i2")
    with wave.open(os.fspath(path), "wb") as file:
        file.setnchannels(len(samples))
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.T.tobytes())


def read(path: str | os.PathLike) -> np.ndarray:
    """A sound in [2, n] at 48 kHz; of more than two channels, the first two. Raises FilmError."""
    try:
        with wave.open(os.fspath(path), "rb") as file:
            channels, width, rate, count = file.getparams()[:4]
            raw = file.readframes(count)
    except FileNotFoundError as error:
        raise FilmError(f"There is no sound {path}; check the name.") from error
    except (OSError, EOFError, wave.Error) as error:
        why = str(error) or "it ends too early"
        raise FilmError(f"{path} can't be read as a sound ({why}); use a .wav file without compression.") from error
    if not rate or width not in (1, 2, 3, 4):
        raise FilmError(f"{path} can't be read as a sound; use a .wav file of 16 or 24 bits.")
    whole = len(raw) // (width * channels) * width * channels
    data = np.frombuffer(raw[:whole], np.uint8).reshape(-1, channels, width)
    if width == 1:  # unsigned
        samples = data[:, :, 0].astype(np.float32) / 128 - 1
    else:  # the high bytes of 32 bits, with nothing below them
        wide = np.zeros((*data.shape[:2], 4), np.uint8)
        wide[:, :, 4 - width :] = data
        samples = wide.view("<i4")[:, :, 0].astype(np.float64) / 2**31
    sound = np.ascontiguousarray(samples[:, [0, min(1, channels - 1)]].T, np.float32)
    if not np.abs(sound).max(initial=0.0) > 1e-3:
        raise FilmError(f"{path} is silent; choose another sound.")
    return sound if rate == RATE else resampled(sound, rate)


def is_clipped(sound: np.ndarray) -> bool:
    """Whether a recording [2, n] was too loud for its recorder: more than one sample in a thousand is at its most."""
    most = np.abs(sound).max(initial=0.0)
    return bool(most > 0.98 and (np.abs(sound) > 0.999 * most).mean() > 1e-3)


def resampled(sound: np.ndarray, rate: int) -> np.ndarray:
    """A sound [2, n] at 48 kHz instead of `rate`. What it can't hold is left out, and nothing comes in."""
    count = round(sound.shape[1] * RATE / rate)
    spectrum = np.fft.rfft(sound)
    kept = np.zeros((2, count // 2 + 1), complex)
    most = min(kept.shape[1], spectrum.shape[1])
    kept[:, :most] = spectrum[:, :most]
    return (np.fft.irfft(kept, count) * (count / sound.shape[1])).astype(np.float32)
