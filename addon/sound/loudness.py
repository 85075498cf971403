"""Loudness and true peak by ITU-R BS.1770-4, and a limiter. Sound is [2, n] float32 at 48 kHz; levels in LUFS and dB.

Of several sounds the sum is measured, piece by piece, so that it is never in memory as a whole.

https://www.itu.int/rec/R-REC-BS.1770: the K filter and gating of annex 1, the oversampling filter of annex 2.
"""

from collections.abc import Sequence

import numpy as np

RATE = 48_000  # samples a second; the coefficients below are for this rate alone
# Annex 1, tables 1 and 2: (b, a) of the shelf that stands for the head, and of the high-pass.
STAGES = (
    ((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585)),
    ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621)),
)
OFFSET = -0.691
ABSOLUTE_GATE, RELATIVE_GATE = -70.0, -10.0
HOP, BLOCK = RATE // 10, 4  # samples between two gating blocks; hops in a block of 400 ms
# Annex 2: the first two phases of the filter that oversamples four times; the others are these, backwards.
_PHASES = (
    (0.0017089843750, 0.0109863281250, -0.0196533203125, 0.0332031250000, -0.0594482421875, 0.1373291015625)
    + (0.9721679687500, -0.1022949218750, 0.0476074218750, -0.0266113281250, 0.0148925781250, -0.0083007812500),
    (-0.0291748046875, 0.0292968750000, -0.0517578125000, 0.0891113281250, -0.1665039062500, 0.4650878906250)
    + (0.7797851562500, -0.2003173828125, 0.1015625000000, -0.0582275390625, 0.0330810546875, -0.0189208984375),
)
PHASES = np.array([*_PHASES, _PHASES[1][::-1], _PHASES[0][::-1]])

TAPS, PIECE = 8192, 65_536  # of the K filter's response, which has died away by then; samples filtered together
LOUD = 4096  # steps of the limiter, or of the meter for peaks, that are looked at together
STEP = 48  # samples for which the limiter has one gain: a millisecond
MARGIN = 12  # samples that the oversampling filter needs on both sides
AHEAD = 6  # steps over which it comes and goes


def decibels(amplitude: float | np.ndarray) -> float | np.ndarray:
    """20 log10, of silence -200."""
    return 20 * np.log10(np.maximum(amplitude, 1e-10))


def loudness(*sounds: np.ndarray) -> float:
    """Integrated loudness in LUFS; -inf where all of it is below the gate."""
    return gated(energies(*sounds))


def gated(hops: np.ndarray) -> float:
    """The loudness of energies(), or of a stretch of them."""
    blocks = np.convolve(hops, np.full(BLOCK, 1 / BLOCK), "valid") if len(hops) >= BLOCK else np.zeros(0)
    blocks = blocks[blocks > _energy(ABSOLUTE_GATE)]
    if not len(blocks):
        return -np.inf
    loud = blocks[blocks > blocks.mean() * 10 ** (RELATIVE_GATE / 10)]
    return float(OFFSET + 10 * np.log10(loud.mean()))


def _energy(level: float) -> float:
    return 10 ** ((level - OFFSET) / 10)


def _sum(sounds: Sequence[np.ndarray], channel: int | slice, begin: int, end: int) -> np.ndarray:
    return sum(sound[channel, begin:end] for sound in sounds)


def energies(*sounds: np.ndarray) -> np.ndarray:
    """The mean square of each 100 ms after the K filter, both channels added: [n / HOP]."""
    count = sounds[0].shape[1] // HOP
    step = (PIECE - TAPS) // HOP * HOP
    before = PIECE - step
    sums = np.zeros(count + step // HOP)
    response = np.fft.rfft(_k_response(), PIECE)
    for channel in range(2):
        for begin in range(0, count * HOP, step):
            piece = np.zeros(PIECE)
            start = max(begin - before, 0)
            taken = _sum(sounds, channel, start, begin + step)
            piece[before - (begin - start) : before - (begin - start) + len(taken)] = taken
            filtered = np.fft.irfft(np.fft.rfft(piece) * response)[before:]
            sums[begin // HOP : (begin + step) // HOP] += (filtered.reshape(-1, HOP) ** 2).mean(1)
    return sums[:count]


def _k_response() -> np.ndarray:
    """The K filter's response to one impulse: [TAPS]."""
    signal = np.zeros(TAPS)
    signal[0] = 1.0
    for b, a in STAGES:
        out, x1, x2, y1, y2 = [], 0.0, 0.0, 0.0, 0.0
        for x in signal.tolist():
            y = b[0] * x + b[1] * x1 + b[2] * x2 - a[1] * y1 - a[2] * y2
            x1, x2, y1, y2 = x, x1, y, y1
            out.append(y)
        signal = np.array(out)
    return signal


def true_peak(*sounds: np.ndarray) -> float:
    """The highest level, between the samples, too: dBTP."""
    return float(decibels(peaks(*sounds).max(initial=0.0)))


def peaks(*sounds: np.ndarray, above: float = 0.0) -> np.ndarray:
    """The highest magnitude of each STEP, [ceil(n / STEP)]; oversampled only where samples exceed `above`."""
    count = sounds[0].shape[1]
    highest = np.zeros(-(-count // STEP))
    for first in range(0, len(highest), LOUD):
        steps = min(LOUD, len(highest) - first)
        begin, end = first * STEP - MARGIN, (first + steps) * STEP + MARGIN
        piece = np.zeros((2, end - begin), np.float32)
        taken = _sum(sounds, slice(None), max(begin, 0), min(end, count))
        piece[:, max(-begin, 0) : max(-begin, 0) + taken.shape[1]] = taken
        found = np.abs(piece[:, MARGIN:-MARGIN].reshape(2, steps, STEP)).max((0, 2))
        rows = np.flatnonzero(found > above)
        windows = piece[:, rows[:, None] * STEP + np.arange(STEP + 2 * MARGIN)]
        for phase in PHASES.tolist() if len(rows) else ():
            made = np.zeros((2, len(rows), STEP), np.float32)
            for back, weight in enumerate(phase):
                at = MARGIN + len(phase) // 2 - back
                made += windows[:, :, at : at + STEP] * np.float32(weight)
            found[rows] = np.maximum(found[rows], np.abs(made).max((0, 2)))
        highest[first : first + steps] = found
    return highest


def limiting(level: float, ceiling: float | np.ndarray, *sounds: np.ndarray) -> np.ndarray:
    """The gain of each STEP, [steps] 0 … 1, that keeps sounds, times a level, below a true peak of `ceiling` dB, which
    may be another one for each STEP."""
    most = 10 ** (ceiling / 20) / level
    needed = np.minimum(1.0, most / np.maximum(peaks(*sounds, above=0.7 * float(np.min(most))), 1e-9))
    # Lowest within the reach first, then smoothed over the same reach: the gain is down when the peak comes.
    padded = np.pad(needed, 2 * AHEAD, constant_values=1.0)
    lowest = np.lib.stride_tricks.sliding_window_view(padded, 2 * AHEAD + 1).min(1)
    window = np.hanning(2 * AHEAD + 3)[1:-1]
    return np.minimum(np.convolve(lowest, window / window.sum(), "valid"), 1.0)


def amplify(sound: np.ndarray, level: float, gains: np.ndarray) -> None:
    """Multiply a sound, in place, by a level and by gains of limiting()."""
    knots = np.round(level * np.pad(gains, 1, mode="edge"), 7)  # the same in every version of numpy
    for first in range(0, len(gains), LOUD):
        begin, end = first * STEP, min((first + LOUD) * STEP, sound.shape[1])
        part = knots[first : first + LOUD + 2]
        places = (np.arange(end - begin) + 0.5) / STEP + 0.5
        sound[:, begin:end] *= np.interp(places, np.arange(len(part)), part).astype(np.float32)
