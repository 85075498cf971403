"""Pitches: D minor pentatonic. A degree counts its notes from D2; a pitch is a MIDI number (69 is 440 Hz)."""

import numpy as np

STEPS = (0, 3, 5, 7, 10)  # semitones over D: D F G A C
LOWEST = 38  # D2
FIFTH = 7
BEAT = 60 / 72  # seconds of a pulse of the music, about


def pitch(degree: int | np.ndarray) -> int | np.ndarray:
    """The pitch of a degree of the scale."""
    octave, step = np.divmod(degree, len(STEPS))
    return LOWEST + 12 * octave + np.array(STEPS)[step]


def frequency(pitch: float) -> float:
    """Hz of a pitch, in equal temperament."""
    return 440.0 * 2.0 ** ((pitch - 69) / 12)


def quantised(value: float, low: float, high: float, first: int, degrees: int) -> int:
    """The pitch of a number between low and high: one of so many degrees of the scale from the first one up."""
    part = (value - low) / (high - low) if high > low else 0.0
    return int(pitch(first + round(min(max(part, 0.0), 1.0) * (degrees - 1))))
