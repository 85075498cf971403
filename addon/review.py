"""Looks at a film as an audience does, and judges what it sees by the thresholds of reviewing/thresholds.py."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import bpy
import numpy as np

from .beats import beats as beats_of
from .film.errors import FilmError
from .reviewing import captions, pictures, subject
from .reviewing.camera import Camera, inside
from .reviewing.captions import Piece
from .reviewing.looking import Look
from .reviewing.report import Beat, Number, Report
from .reviewing.subject import Span, Subjects
from .reviewing.text import Lettering, Letters, is_lit, repeated
from .reviewing.thresholds import CHECKS, EMPTY, READ, REST

SAMPLES_A_SECOND = 6
Progress = Callable[[int, int, str], None]
Rendering = Callable[[], AbstractContextManager]
Frames = dict[str, range]  # by the titles of beats


@dataclass
class Glance:
    """What was measured at one frame."""

    frame: int
    subjects: list[str]  # names of those that are drawn
    missed: list[str]  # names of those that are not
    span: Span
    speeds: dict[int, float]  # {frame: of the camera, since the glance before}
    labels: list[Lettering]
    covered: float
    captions: list[Piece]
    boxes: list[np.ndarray]  # what lies over the picture

    @property
    def rests(self) -> bool:
        return self.speeds.get(self.frame, 0.0) < REST


def review(
    scene: bpy.types.Scene,
    beats: list[str] | None = None,
    checks: list[str] | None = None,
    progress: Progress | None = None,
    rendering: Rendering = nullcontext,
) -> Report:
    """Look at a film -> Report.

    beats: names, or beginnings of names, of those to look at; checks: names of reviewing/thresholds.py; default all.
    progress(done, total, what). rendering: makes the context that pictures are rendered in. They are rendered only for
    checks that need them; the scene is then left in the draft style. Raises FilmError when the scene is no film or has
    no such beat or check.

    It looks SAMPLES_A_SECOND times a second of film. Occlusion is not measured: what stands behind something else
    counts as seen.
    """
    checks = _chosen(checks)
    found = [
        Beat(act, name, first, last, (last - first + 1) / scene.render.fps)
        for first, last, act, name in _wanted(scene, beats)
    ]
    step = max(1, scene.render.fps // SAMPLES_A_SECOND)
    frames = {beat.title: _frames(scene, beat, step) for beat in found}
    with_pictures = any(CHECKS[name].pictures for name in checks)
    tell = _Counted(progress, len(found) * (2 if with_pictures else 1))
    kept = scene.frame_current
    subjects = Subjects(scene)
    report = Report(found, checks, [f"There is no object {name}, noted as a subject." for name in subjects.missing])
    try:
        glances = _glances(scene, found, frames, subjects, tell)
        for beat in found:
            beat.numbers |= {
                name: number
                for name, number in _geometry(beat, glances, scene.frame_end - step).items()
                if name in checks
            }
        if with_pictures:
            _pictures(scene, report, frames, glances, tell, rendering)
    finally:
        scene.frame_set(kept)
    return report


def _chosen(checks: list[str] | None) -> list[str]:
    unknown = [name for name in checks or () if name not in CHECKS]
    if unknown:
        raise FilmError(f"There is no check called {unknown[0]}; choose of {', '.join(CHECKS)}.")
    return [name for name in CHECKS if not checks or name in checks]


def _wanted(scene: bpy.types.Scene, names: list[str] | None) -> list[tuple[int, int, str, str]]:
    """The beats to look at, as in beats.py."""
    found = beats_of(scene)
    if not found:
        raise FilmError(f"The scene {scene.name} has no beats: its timeline has no markers called act.beat.")
    for name in names or ():
        if not any(f"{act}.{beat}".startswith(name) for _, _, act, beat in found):
            raise FilmError(f"The film has no beat called {name}.")
    return [one for one in found if not names or f"{one[2]}.{one[3]}".startswith(tuple(names))]


def _frames(scene: bpy.types.Scene, beat: Beat, step: int) -> range:
    """The frames of a beat to look at, on one grid for the whole film. A marker's own frame still shows what was before
    it where its time was rounded."""
    first = beat.first + 1 + (scene.frame_start - beat.first - 1) % step
    return range(first, beat.last + 1, step) if first <= beat.last else range(beat.last, beat.last + 1, step)


class _Counted:
    """Calls progress once a beat."""

    def __init__(self, progress: Progress | None, total: int):
        self.progress, self.done, self.total = progress, 0, total

    def __call__(self, what: str) -> None:
        self.done += 1
        if self.progress:
            self.progress(self.done, self.total, what)


# --- geometry ------------------------------------------------------------------------------------


def _glances(
    scene: bpy.types.Scene, found: list[Beat], frames: Frames, subjects: Subjects, tell: _Counted
) -> dict[str, list[Glance]]:
    """{title of a beat: what is seen in it}."""
    camera, letters = Camera(scene), Letters()
    glances = {}
    for beat in found:
        beat.facts["cuts"] = sorted(frame for frame in camera.cuts if beat.first < frame <= beat.last)
        before, glances[beat.title] = beat.first, []
        for frame in frames[beat.title]:
            look = Look(scene, frame, camera)
            glances[beat.title].append(_glance(look, range(before + 1, frame + 1), subjects, letters))
            before = frame
        tell(beat.title)
    return glances


def _glance(look: Look, since: range, subjects: Subjects, letters: Letters) -> Glance:
    of = subjects.at(look)
    owners = [one.owner for one in of]
    points = subject.corners(look, of)
    over = captions.overlay(look, owners)
    places = np.concatenate([np.zeros((0, 2)), *(look.surface(owner) for owner in owners)])
    return Glance(
        look.frame,
        [owner.name for owner in owners if len(look.points(owner))],
        [owner.name for owner in owners if not len(look.points(owner))],
        subject.span(look, of),
        {frame: look.camera.speed(frame, points) for frame in since},
        letters.seen(look),
        captions.covered(places[inside(places)], over),
        [piece for piece in over if piece.is_caption and is_lit(look.drawn[piece.owner])],
        [piece.box for piece in over],
    )


def _geometry(beat: Beat, glances: dict[str, list[Glance]], end: int) -> dict[str, Number]:
    """The numbers of a beat that need no picture. end: what is seen after this frame is the film's last picture."""
    seen = glances[beat.title]
    best = max([one for one in seen if one.rests] or seen, key=_quality)
    span, of = best.span, f"frame {best.frame}: {_named(best)}"
    numbers = {
        "subject": Number(span.filled, f"{span.width:.0f}x{span.height:.0f}", of),
        "edge": Number(span.beyond, f"{span.beyond:.0f}", of),
    }
    if number := _smallest(seen):
        numbers["text"] = number
    speed, frame = max((speed, frame) for one in seen for frame, speed in one.speeds.items())
    numbers["camera"] = Number(speed, f"{speed:.1f}", f"frame {frame}")
    worst = max(seen, key=lambda one: one.covered)
    numbers["caption"] = Number(worst.covered, f"{worst.covered:.0f}", f"frame {worst.frame}")
    if number := _reading(beat, glances, end):
        numbers["reading"] = number
    return numbers


def _quality(glance: Glance) -> tuple[bool, float]:
    """What makes a moment the best one to see the subject: it is whole, then it is large."""
    return glance.span.beyond <= CHECKS["edge"].limit, glance.span.filled


def _named(glance: Glance) -> str:
    """The subjects that are drawn; if none are, those that should be."""
    if not glance.subjects:
        return f"{_listed(glance.missed)} not drawn" if glance.missed else "nothing is drawn"
    return _listed(glance.subjects)


def _listed(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _smallest(seen: list[Glance]) -> Number | None:
    """The smallest of the labels, each at its largest. One that stands for a moment only, on its way in or out, does
    not have to be read, nor one whose word stands legibly in a longer text of the same picture, half of the time or
    when it is largest."""
    times = {}
    for glance in seen:
        for label in glance.labels:
            times.setdefault(label.owner, []).append((label, repeated(label, glance.labels)))
    largest = []
    for labels in times.values():
        label, elsewhere = max(labels, key=lambda one: one[0].height)
        if not elsewhere and 2 * sum(there for _, there in labels) < len(labels):
            largest.append(label)
    lasting = min(len(seen), round(READ * SAMPLES_A_SECOND))
    read = [one for one in largest if sum(2 * at.height > one.height for at, _ in times[one.owner]) >= lasting]
    if not read:
        return None
    label, *others = sorted(read, key=lambda one: one.height)
    small = sum(not CHECKS["text"].passes(one.height) for one in others)
    about = f"{label.owner.name}: “{label.body}”" + (f", {small} more are too small" if small else "")
    return Number(label.height, f"{label.height:.1f}", about)


def _reading(beat: Beat, glances: dict[str, list[Glance]], end: int) -> Number | None:
    """The part of the beat, in %, that is needed to read what its caption begins to say in it. What stands in the
    film's last picture can be read for as long as one likes."""
    frames, rows = {}, {}
    for glance in (glance for seen in glances.values() for glance in seen):
        for piece in glance.captions:
            row = rows.setdefault((piece.owner, piece.body), piece.row)  # cards come nearer, and so move
            frames.setdefault((piece.owner, piece.body, row), []).append(glance.frame)
    new = {key: shown for key, shown in frames.items() if beat.first <= shown[0] <= beat.last and shown[-1] <= end}
    if not new:
        return None
    # A line may stand on beyond its beat; then all that time is there to read it.
    last = max(beat.last, min(shown[-1] for shown in new.values()))
    available = beat.seconds * (last - beat.first + 1) / (beat.last - beat.first + 1)
    share = 100 * captions.reading_seconds({(body, row) for _, body, row in new}) / available
    return Number(share, f"{share:.0f}", " ".join(body for _, body, _ in new))


# --- pictures ------------------------------------------------------------------------------------


def _pictures(
    scene: bpy.types.Scene,
    report: Report,
    frames: Frames,
    glances: dict[str, list[Glance]],
    tell: _Counted,
    rendering: Rendering,
) -> None:
    """Render the beats and add the numbers that need it."""
    still, light, last = [], [], None
    with pictures.small(scene), pictures.backdrop(scene) as backdrop:
        for beat in report.beats:
            with rendering():
                shown, behind = (pictures.photograph(one, frames[beat.title]) for one in (scene, backdrop))
            masks = [pictures.mask(glance.boxes, shown.shape[1:3]) for glance in glances[beat.title]]
            lit = [pictures.lit(*one) for one in zip(shown, behind, masks, strict=True)]
            luminance = [pictures.luminance(*one) for one in zip(shown, masks, strict=True)]
            light += luminance
            for frame, picture in zip(frames[beat.title], shown, strict=True):
                if last and frame - last[0] == frames[beat.title].step:
                    still.append((frame, pictures.is_still(last[1], picture)))
                last = frame, picture
            _add_light(beat, frames[beat.title], lit, luminance)
            tell(f"{beat.title}, pictures")
    seconds = frames[report.beats[0].title].step / scene.render.fps
    for beat in report.beats:
        _add_stillness(beat, still, seconds)
        beat.numbers = {name: beat.numbers[name] for name in report.checks if name in beat.numbers}
    report.light, report.still = float(np.mean(light)), 100 * float(np.mean([one for _, one in still] or [0]))


def _add_light(beat: Beat, frames: range, lit: list[float], luminance: list[float]) -> None:
    empty = [frame for frame, share in zip(frames, lit, strict=True) if share < EMPTY]
    beat.numbers["empty"] = Number(len(empty), str(len(empty)), f"from frame {empty[0]}" if empty else "")
    beat.numbers["light"] = Number(float(np.mean(luminance)), f"{np.mean(luminance):.0f}")
    beat.facts["lit"] = round(float(np.mean(lit)), 2)


def _add_stillness(beat: Beat, still: list[tuple[int, bool]], seconds: float) -> None:
    """still: (frame, whether it shows what the one before did), over all beats; a freeze counts where its middle is."""
    own = [one for frame, one in still if beat.first < frame <= beat.last]
    beat.facts["still"] = 100 * float(np.mean(own or [0]))
    runs, run = [], []
    for frame, same in [*still, (0, False)]:
        if same:
            run.append(frame)
        elif run:
            runs.append(run)
            run = []
    runs = [run for run in runs if beat.first < run[len(run) // 2] <= beat.last]
    longest = max(runs, key=len, default=[])
    about = f"frames {longest[0]} to {longest[-1]}" if longest else ""
    beat.numbers["freeze"] = Number(len(longest) * seconds, f"{len(longest) * seconds:.1f}", about)
