"""The film's sound: how loud each event is on both sides, measured in the packed stem, and whether it is in time.

Every event of the film's list is mapped from the evidence to notes once more, all of them are played, and what the stem
has beside that is looked through note by note: how much of a note's own sound, at its pitch and its second, is missing
or too much on each side. A note of another pitch, level or place, one that is missing, and one that came at another
time all show; what is in the stem and no note's shows in what is left over.
"""

import numpy as np

from .. import compat
from ..film import soundtrack
from ..film.errors import FilmError
from ..film.evidence import Evidence
from ..film.film import HEARD
from ..film.timeline import MIN_KEY_GAP
from ..sound.loudness import RATE, STEP
from ..sound.mapping import KINDS, notes
from ..sound.mixing import compose, placed
from .report import Report

EVENTS, VOICE = "Film events", "Film voice"
LEVEL = 0.02  # of a note's level that may be off: the stem has 16 bits
LEFT_OVER = 0.01  # of the stem's loudest, beyond all notes
FAINT = 0.003  # amplitude of notes that drown in the rounding to 16 bits
BESIDE = 0.51  # frames between a sound and its picture


def verify_sound(scene, evidence: Evidence, report: Report) -> None:
    """Compare a film's events with the evidence; of a film without sound, nothing."""
    strip = soundtrack.strips_of(scene).get(EVENTS)
    if strip is None:
        return
    report.beat = "sound"
    _, heard = soundtrack.heard_in(scene)
    try:
        voice = soundtrack.strips_of(scene).get(VOICE)
        stems = compose(evidence, heard, soundtrack.read(voice.sound) if voice else None)
        stem = soundtrack.read(strip.sound)
    except (LookupError, FilmError) as error:
        report.fail("heard", f"the film's sound can't be read: {error}")
        return
    count = min(stem.shape[1], stems.events.shape[1])
    rest = stem[:, :count] - stems.events[:, :count]
    made = [(event, note) for event in heard.events if event.kind in KINDS for note in notes(evidence, event)]
    levels = np.array([_found(note, rest, stems.gains) for _, note in made]).reshape(-1, 2)
    for kind in dict.fromkeys(event.kind for event, _ in made):
        rows = [i for i, (event, _) in enumerate(made) if event.kind == kind]
        for side, name in enumerate(("left", "right")):

            def called(i, rows=rows, name=name):
                event, note = made[rows[i]]
                return f"{event.kind} {event.of} at {note.second:.2f} s, pitch {note.pitch:.1f}, {name}"

            report.compare(f"heard, {kind}", called, levels[rows, side], np.ones(len(rows)), tolerance=LEVEL)
    loudest = float(np.abs(stems.events).max(initial=1e-6))
    left = [float(np.abs(rest).max(initial=0.0)) / loudest]
    report.compare("heard, nothing else", lambda i: "sound that is no event", left, [0.0], tolerance=LEFT_OVER)
    _in_time(scene, heard, report)


def _found(note, rest: np.ndarray, gains: np.ndarray) -> tuple[float, float]:
    """How much of a note is in the stem on each side, as a part of what should be: 1 is all of it."""
    begin, *channels = placed(note, rest.shape[1])
    gain = float(gains[min(round(note.second * RATE) // STEP, len(gains) - 1)])
    found = []
    for channel, missing in zip(channels, rest, strict=True):
        wanted = gain * channel[: RATE // 4].astype(np.float64)
        energy = float(wanted @ wanted)
        if energy < FAINT**2 * len(wanted):
            found.append(1.0)
        else:
            found.append(1.0 + float(wanted @ missing[begin : begin + len(wanted)]) / energy)
    return tuple(found)


def _in_time(scene, heard, report: Report) -> None:
    """Whether the dial of every event passes its value at its second, in the film's keyframes."""
    owners = {owner[HEARD]: owner for owner in scene.collection.all_objects if HEARD in owner.keys()}
    curves = {(number, *key): curve for number, owner in owners.items() for key, curve in _curves(owner).items()}
    fps = scene.render.fps / scene.render.fps_base
    off, named = [], []
    for event in heard.events:
        curve = curves.get((event.dial[0], event.dial[1], max(event.dial[2], 0)))
        if curve is None:
            off.append(np.inf)
        else:
            off.append(_frames_off(curve, 1 + event.second * fps, event.value))
        named.append(event)
    report.compare(
        "heard, in time",
        lambda i: f"{named[i].kind} {named[i].of} at {named[i].second:.2f} s",
        off,
        np.zeros(len(off)),
        tolerance=BESIDE,
    )


def _curves(owner) -> dict:
    """{(path, index): F-curve} of an object."""
    data = owner.animation_data
    if not data or not data.action:
        return {}
    return {(curve.data_path, curve.array_index): curve for curve in compat.curves_of(data.action)}


def _frames_off(curve, frame: float, value: float) -> float:
    """How many frames from a frame a curve passes a value: 0 where it is between what it is half a frame around."""
    for away in (0.05, 0.5, 1.0, 2.0, 4.0):
        # The end of a move is kept a moment before what jumps there.
        passed = [curve.evaluate(frame + at) for at in (-away, -MIN_KEY_GAP, 0.0, away)]
        slack = 1e-3 * max(1.0, abs(value))
        if min(passed) - slack <= value <= max(passed) + slack:
            return away if away > 0.5 else 0.0
    return 99.0
