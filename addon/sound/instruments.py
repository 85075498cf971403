"""Instruments: a frequency in Hz, and seconds where it is bowed -> samples [n] at 48 kHz, about 1 at the loudest.

Additive: sums of sines that die away. Noise is a fixed sequence of a linear congruential generator, the same each time.
"""

from collections.abc import Sequence

import numpy as np

from .loudness import RATE


def _time(seconds: float) -> np.ndarray:
    return np.arange(round(seconds * RATE)) / RATE


def _sines(t: np.ndarray, parts: Sequence[tuple[float, float, float]]) -> np.ndarray:
    """parts: (Hz, strength, decay in 1/s)."""
    made = np.zeros(len(t))
    for hertz, strength, decay in parts:
        if hertz < 0.4 * RATE:
            made += strength * np.exp(-decay * t) * np.sin(2 * np.pi * hertz * t)
    return made


def _shaped(sound: np.ndarray, attack: float, release: float) -> np.ndarray:
    """Begins and ends at nothing."""
    n, rise, fall = len(sound), round(attack * RATE), round(release * RATE)
    envelope = np.ones(n)
    envelope[:rise] = 0.5 - 0.5 * np.cos(np.pi * np.arange(rise) / rise)
    envelope[n - fall :] *= 0.5 + 0.5 * np.cos(np.pi * (1 + np.arange(fall)) / fall)
    return sound * envelope


def piano(hertz: float, seconds: float = 0.0) -> np.ndarray:
    """Felt on strings: soft, dark, no hammer."""
    parts = [(hertz * k * (1 + 0.0003 * k * k), k**-2.1, 1.9 + 0.9 * k) for k in range(1, 9)]
    return 0.8 * _shaped(_sines(_time(2.0), parts), 0.008, 0.5)


def pluck(hertz: float, seconds: float = 0.0) -> np.ndarray:
    """A string that is plucked near its end."""
    parts = [(hertz * k, np.sin(0.35 * np.pi * k) / k, 2.2 + 1.6 * k) for k in range(1, 13)]
    return 0.9 * _shaped(_sines(_time(1.4), parts), 0.003, 0.4)


def glass(hertz: float, seconds: float) -> np.ndarray:
    """The rim of a glass, bowed: it swells, and lasts as long as it is bowed, and a little longer."""
    t = _time(seconds + 0.5)
    attack = min(0.18, seconds / 2)
    return 0.6 * _shaped(_sines(t, [(hertz, 1.0, 0.0), (2 * hertz, 0.22, 0.0), (3.01 * hertz, 0.07, 0.0)]), attack, 0.5)


def celesta(hertz: float, seconds: float = 0.0) -> np.ndarray:
    """A small clear bar."""
    return 0.7 * _shaped(_sines(_time(1.6), [(hertz, 1.0, 3.0), (4 * hertz, 0.25, 9.0)]), 0.002, 0.4)


def bell(hertz: float, seconds: float = 0.0) -> np.ndarray:
    """A struck bell; its hum lies an octave lower."""
    parts = ((0.5, 0.35, 0.9), (1.0, 1.0, 1.1), (1.19, 0.4, 1.6), (1.5, 0.25, 2.0), (2.0, 0.5, 1.8), (2.74, 0.3, 3.0))
    return 0.5 * _shaped(_sines(_time(4.5), [(hertz * k, strength, decay) for k, strength, decay in parts]), 0.002, 1.2)


def tock(hertz: float, seconds: float = 0.0) -> np.ndarray:
    """Wood on wood, over a low knock."""
    parts = ((hertz, 0.9, 38.0), (2.41 * hertz, 0.4, 60.0), (0.18 * hertz, 0.5, 16.0))
    return 0.7 * _shaped(_sines(_time(0.3), parts), 0.0015, 0.1)


def tick(hertz: float, seconds: float = 0.0) -> np.ndarray:
    """Glass, touched."""
    return _shaped(_sines(_time(0.05), [(hertz, 0.8, 110.0), (1.52 * hertz, 0.3, 160.0)]), 0.0006, 0.02)


def thump(hertz: float, seconds: float = 0.0) -> np.ndarray:
    """A drum that is felt more than heard."""
    return 0.9 * _shaped(_sines(_time(0.55), [(hertz, 1.0, 7.0), (2 * hertz, 0.35, 10.0)]), 0.01, 0.2)


def blade(hertz: float, seconds: float) -> np.ndarray:
    """Air, ever brighter: what a blade of light would sound like."""
    air, t = noise(round(seconds * RATE)), _time(seconds)
    part = np.arange(len(t)) / max(len(t), 1)
    ring = np.sin(2 * np.pi * hertz * t * (1 + part))
    return 0.5 * _shaped(_high(air) * part + 0.3 * air * ring * part, 0.3 * seconds, min(0.12, seconds / 3))


def shutter(hertz: float, seconds: float) -> np.ndarray:
    """A shutter that slides shut and clicks."""
    slide = 0.25 * _shaped(_high(noise(round(seconds * RATE))), 0.5 * seconds, 0.02)
    click = tick(hertz)
    made = np.zeros(len(slide) + len(click))
    made[: len(slide)] = slide
    made[len(slide) :] += click
    return made


def _high(air: np.ndarray) -> np.ndarray:
    return 0.5 * np.diff(air, append=0.0)


def noise(n: int) -> np.ndarray:
    """[n] from -1 to 1: Numerical Recipes' generator, whose k-th value is a sum of powers, in blocks."""
    multiplier, increment, mask = 1664525, 1013904223, 0xFFFFFFFF
    block = [1]
    for _ in range(1023):
        block.append((block[-1] * multiplier + increment) & mask)
    state = np.array(block, np.uint64)
    # 1024 steps at once: x -> a x + c.
    a, c = 1, 0
    for _ in range(1024):
        a, c = (a * multiplier) & mask, (c * multiplier + increment) & mask
    made = np.empty((-(-n // 1024), 1024))
    for row in made:
        row[:] = state
        state = (state * np.uint64(a) + np.uint64(c)) & np.uint64(mask)
    return made.ravel()[:n] / 2**31 - 1.0


PLAYERS = {
    player.__name__: player for player in (piano, pluck, glass, celesta, bell, tock, tick, thump, blade, shutter)
}
LASTING = ("glass", "blade", "shutter")  # those that play as long as they are told
