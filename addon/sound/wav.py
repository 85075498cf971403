"""Sound files: .wav without compression, of 8, 16, 24 or 32 bits. No bpy."""

import os
import wave

import numpy as np

from .loudness import RATE


def write(path: str | os.PathLike, sound: np.ndarray) -> None:
    """Write a sound [2, n] at 48 kHz, of 16 bits. Raises OSError."""
    samples = np.round(np.clip(sound, -1, 1) * 32767).astype("<i2")
    with wave.open(os.fspath(path), "wb") as file:
        file.setnchannels(len(samples))
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.T.tobytes())
