"""Proof that a film shows the model's numbers: reads the drawn shapes back and compares them with the evidence."""

import json

from .film.evidence import find, marks_in
from .verifying import CHECKS
from .verifying.moments import moments
from .verifying.reading import Picture
from .verifying.report import Report
from .verifying.sound import verify_sound


def verify(scene, evidence=None, beats=None, progress=None):
    """Look at a film's pictures and compare what is drawn with the evidence -> Report.

    evidence: default the film's own, see film/evidence.py. beats: names of those to look at, default all.
    progress(done, total, what). Raises FilmError when the scene is no film, or one of another version.

    It looks at each moment at which something has come to rest, and half-way through moves. There it reads the
    evaluated geometry of everything that is rendered: positions, sizes and colours of vertices, with the mappings of
    film/layout.py and film/palette.py turned around.

    Of the sound it measures every event in the packed stem, and looks whether its picture passes at the same time.

    It relies on the marks on the film's objects, on the inputs of their modifiers (which layer, which temperature), and
    on the attributes that say which element a vertex belongs to; where an element stands is compared, too. It doesn't
    rely on names, and doesn't look at cameras, lights, materials and other objects. It looks at the first view layer.

    Not read back: digits that node groups write by themselves (percentages under the bars, on the dial, over the
    cosines), which come from the same fields as the shapes that are; the sentences of captions, and of the second
    prompt; and the aside, which is not the model's.
    """
    own = find(scene)
    evidence = evidence or own
    report, kept = Report(), (scene.frame_current, scene.frame_subframe)
    try:
        wanted = moments(scene, beats)
        for done, moment in enumerate(wanted):
            if progress:
                progress(done, len(wanted), moment.beat)
            report.beat = moment.beat
            _look(Picture(scene, moment.frame, moment.moving), evidence, report)
        report.moments = len(wanted)
    finally:
        scene.frame_set(kept[0], subframe=kept[1])
    if beats is None:
        verify_sound(scene, evidence, report)
        _complete(scene, own, report)
    if progress:
        progress(len(wanted), len(wanted), "verified")
    return report


def _look(picture, evidence, report):
    """Check everything that is drawn in one picture."""
    for actor in picture.drawn:
        check = CHECKS.get(actor.kind)
        try:
            if check is None:
                raise KeyError(f"kind of number called {actor.kind}")
            check(actor, evidence, report, picture)
        except (LookupError, ValueError, TypeError) as error:  # its node group, its mesh or its mark is not the film's
            report.fail(actor.kind, f"{actor.owner.name} can't be read: {error}")
    for name in picture.unreadable:
        report.fail("hidden", f"{name} is rendered but hidden in the viewport, where it would be measured")
    report.unchecked.update(picture.other)


def _complete(scene, own, report):
    """Whether all that the film was built with is still in it."""
    report.beat = "film"
    built, here = ({json.dumps(mark, sort_keys=True) for mark in marks} for marks in (own.marks, marks_in(scene)))
    report.present("actors", str, here & built, built)
