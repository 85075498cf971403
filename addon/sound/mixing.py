"""All notes of a film -> stems. Sound is [2, n] float32, left and right, at 48 kHz."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from . import scenery
from .events import Heard
from .instruments import LASTING, PLAYERS, noise
from .loudness import HOP, RATE, STEP, amplify, decibels, energies, gated, limiting, loudness, peaks
from .mapping import KINDS, Note, notes
from .scale import frequency

if TYPE_CHECKING:
    from ..film.evidence import Evidence

TARGET, CEILING = -16.0, -2.0  # LUFS; dBTP, less than the -1 that is promised: AAC adds to it
VOICE, VOICE_CEILING = -16.2, -4.0  # the same of a voice, which all else comes to
FULL_SCALE = 0.999
MOST_RAISED, MOST_LOWERED = 4.0, 8.0  # dB by which an act is; more, and its limiter would be heard
EVENING = 300  # STEPs before a cut that a change takes
PASSES, CLOSE = 3, 0.3  # of the limiter, at most; dB that may be lacking
MOST_GAIN = 30.0  # dB; what is next to silent stays so
ROOM, WET = 0.9, 0.16  # seconds in which the room's sound dies away by 60 dB; how much of it there is
DRY = ("tick", "thump", "glass")  # players without a room: too many, too low, with one of their own
FINE = 2.0**22  # steps to 1 in which notes are rounded: less than anybody hears, and the same in every version of numpy
UNDER_VOICE, SPEECH, HOLD = -6.0, 0.01, 0.4  # dB; amplitude that counts as speech; seconds around it
FADE = RATE // 10  # samples in which a film's sound ends
GRAIN = 1000  # of a second to which lasting notes are rounded, so that equal ones are made once


@dataclass(frozen=True)
class Stems:
    """events: what stands for numbers; score: what doesn't. gains: what both were multiplied by, of every STEP."""

    events: np.ndarray
    score: np.ndarray
    gains: np.ndarray
    voice: np.ndarray | None = None


def compose(numbers: "Evidence", heard: Heard, voice: np.ndarray | None = None) -> Stems:
    """The sound of a film: all stems at -16 LUFS together, their sum below the ceiling.

    voice: what as_spoken() made. It stays as it is, so that all of the others can be worked out from it once more;
    while there is speech, they are 6 dB softer, and under its peaks softer still.
    """
    count = round(heard.seconds * RATE)
    events, score = np.zeros((2, count), np.float32), np.zeros((2, count), np.float32)
    play(events_notes(numbers, heard), events)
    play(music_notes(heard), score)
    others = [events, score]
    hops = energies(*others)
    acts = evened(heard, hops)
    even = _by_steps(acts, -(-count // STEP))
    for stem in others:
        amplify(stem, 1.0, even)
        _end_softly(stem)
    made = even * _level(TARGET, CEILING, *others, found=gated(hops * acts**2))
    if voice is not None:
        voice = _fitted(voice, count)
        beside, room = ducking(voice), decibels(10 ** (CEILING / 20) - peaks(voice))
        softer = 10 ** (UNDER_VOICE / 20)
        for stem in others:
            amplify(stem, softer, beside)
        under = limiting(1.0, room, *others)
        for stem in others:
            amplify(stem, 1.0, under)
        made = made * softer * beside * under
    # Each has a file of its own, which holds no more than full scale; in their sum they may cancel out.
    loudest = max(float(np.abs(stem).max(initial=0.0)) for stem in others)
    if loudest > FULL_SCALE:
        for stem in others:
            stem *= np.float32(FULL_SCALE / loudest)
        made = made * (FULL_SCALE / loudest)
    return Stems(events, score, made * np.ones(-(-count // STEP)), voice)


def as_spoken(voice: np.ndarray, seconds: float) -> np.ndarray:
    """A voice [2, n] from a film's beginning -> as it is in a film of so many seconds: as loud, and as long."""
    sound = _fitted(voice, round(seconds * RATE))
    _end_softly(sound)
    _level(VOICE, VOICE_CEILING, sound)
    return sound


def _fitted(voice: np.ndarray, count: int) -> np.ndarray:
    """A copy, cut or with silence at its end."""
    sound = np.zeros((2, count), np.float32)
    sound[:, : voice.shape[1]] = voice[:, :count]
    return sound


def _end_softly(sound: np.ndarray) -> None:
    sound[:, -FADE:] *= np.linspace(1, 0, sound[:, -FADE:].shape[1], dtype=np.float32)


def evened(heard: Heard, hops: np.ndarray) -> np.ndarray:
    """What a sound of energies `hops` is multiplied by, of every hop, for the film's acts to be about equally loud.

    An act is raised or lowered as a whole: within it, louder is more.
    """
    begins: dict[str, int] = {}
    for second, name in sorted(heard.beats):
        begins.setdefault(name.partition(".")[0], round(second * RATE / HOP))
    stretches = list(pairwise([0, *[*begins.values()][1:], len(hops)]))
    levels = np.array([gated(hops[a:b]) for a, b in stretches])
    if not np.isfinite(levels).any():
        return np.ones(len(hops))
    lacking = np.where(np.isfinite(levels), np.median(levels[np.isfinite(levels)]) - levels, 0.0)
    lacking = np.round(np.clip(lacking, -MOST_LOWERED, MOST_RAISED), 2)
    return np.repeat(10 ** (lacking / 20), [b - a for a, b in stretches])


def _by_steps(gains: np.ndarray, count: int) -> np.ndarray:
    """Gains of hops -> of `count` STEPs. A new act's first sound comes with the cut, so a change is done by then."""
    steps = np.repeat(gains, HOP // STEP)[:count]
    if not len(steps):  # a film of less than a hop
        return np.ones(count)
    steps = np.pad(steps, (0, count - len(steps) + EVENING - 1), mode="edge")
    return np.convolve(steps, np.full(EVENING, 1 / EVENING), "valid")


def _level(target: float, ceiling: float, *stems: np.ndarray, found: float | None = None) -> float | np.ndarray:
    """Bring stems, in place, to a loudness together below a true peak -> what they were multiplied by, of each STEP.

    found: their loudness, where it is known.
    """
    made = 1.0
    for again in range(PASSES):  # what the limiter takes away is given back once
        found = loudness(*stems) if again or found is None else found
        lacking = round(min(target - found, MOST_GAIN), 2) if np.isfinite(found) else 0.0
        if abs(lacking) < CLOSE:
            break
        level = 10 ** (lacking / 20)
        gains = limiting(level, ceiling, *stems)
        for stem in stems:
            amplify(stem, level, gains)
        made = made * level * gains
    return made


def ducking(voice: np.ndarray) -> np.ndarray:
    """What all else is multiplied by beside a voice, of every STEP, so that UNDER_VOICE is its lowest."""
    steps = -(-voice.shape[1] // STEP)
    padded = np.pad(np.abs(voice).max(0), (0, steps * STEP - voice.shape[1])).reshape(steps, STEP).max(1)
    speaks = (padded > SPEECH).astype(np.float64)
    reach = round(HOLD * RATE / STEP)
    near = np.convolve(speaks, np.ones(2 * reach + 1), "same") > 0.5
    window = np.hanning(reach + 2)[1:-1]
    depth = np.clip(np.convolve(near, window / window.sum(), "same"), 0.0, 1.0)
    return 10 ** (-UNDER_VOICE * (1 - depth) / 20)


def events_notes(numbers: "Evidence", heard: Heard) -> list[Note]:
    """Everything that stands for a number, in order."""
    return [note for event in heard.events if event.kind in KINDS for note in notes(numbers, event)]


def music_notes(heard: Heard) -> list[Note]:
    """Everything that doesn't."""
    return [*scenery.music(heard), *(scenery.foley(event) for event in heard.events if event.kind in scenery.FOLEY)]


def play(made: Iterable[Note], sound: np.ndarray) -> None:
    """Add notes to a sound, each at its second."""
    for note in made:
        begin, left, right = placed(note, sound.shape[1])
        sound[0, begin : begin + len(left)] += left
        sound[1, begin : begin + len(right)] += right


def placed(note: Note, count: int) -> tuple[int, np.ndarray, np.ndarray]:
    """A note's first sample in a sound of `count` samples, and what it adds to both channels from there on."""
    begin = min(max(round(note.second * RATE), 0), count)
    dry, wet = sounding(note.player, round(note.pitch, 4), round(note.seconds * GRAIN))
    angle = (note.pan + 1) * np.pi / 4  # of equal power
    channels = []
    for wide, part in zip((np.cos(angle), np.sin(angle)), wet, strict=True):
        channel = part[: count - begin] * np.float32(note.level)
        channel[: len(dry)] += dry[: len(channel)] * np.float32(note.level * wide * np.sqrt(2))
        channels.append(channel)
    return begin, *channels


@lru_cache(maxsize=48)
def sounding(player: str, pitch: float, thousandths: int) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """A note of level 1: itself [n], and the room around it, left and right [at least n]."""
    seconds = thousandths / GRAIN if player in LASTING else 0.0
    dry = PLAYERS[player](frequency(pitch), seconds)
    if player in DRY:
        nothing = np.zeros(len(dry), np.float32)
        return _rounded(dry), (nothing, nothing)
    length = len(dry) + round(ROOM * RATE)
    size = 1 << (length - 1).bit_length()
    there = np.fft.rfft(dry, size)
    wet = tuple(_rounded(np.fft.irfft(there * room, size)[:length]) for room in _room(size))
    return _rounded(dry), wet


def _rounded(sound: np.ndarray) -> np.ndarray:
    return (np.round(sound * FINE) / FINE).astype(np.float32)


@lru_cache(maxsize=8)
def _room(size: int) -> tuple[np.ndarray, np.ndarray]:
    """The room's response on both sides, in frequencies: noise that dies away, after a moment, and gets darker."""
    n = round(ROOM * RATE)
    t = np.arange(n) / RATE
    sides = noise(2 * n).reshape(2, n)
    made = []
    for side in sides:
        tail = np.convolve(side, np.hanning(12), "same") * 10 ** (-3 * t / ROOM) * (t > 0.012)
        tail[-RATE // 20 :] *= np.linspace(1, 0, RATE // 20)
        made.append(np.fft.rfft(WET * tail / np.sqrt((tail**2).sum()), size))
    return tuple(made)
