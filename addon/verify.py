"""Proof that a film shows the model's numbers: reads the drawn shapes back and compares them with the evidence."""

from .film.evidence import find
from .verifying import CHECKS
from .verifying.moments import moments
from .verifying.parts import Parts
from .verifying.quiet import only_what_is_read
from .verifying.reading import Snapshot
from .verifying.report import Report
from .verifying.sound import verify_sound


def verify(scene, evidence=None, beats=None, progress=None):
    """Look at a film's pictures and compare what is drawn with the evidence -> Report.

    evidence: default the film's own, see film/evidence.py. beats: names of those to look at, default all.
    progress(done, total, what). Raises FilmError when the scene is no film, or one of another version.

    It looks at as few moments as show everything at each value at which it comes to rest in a beat, and half-way
    through its longer moves. There it reads the evaluated geometry of everything that is rendered: positions, sizes and
    colours of vertices, with the mappings of film/layout/ and film/palette.py turned around.

    Of the sound it measures every event in the packed stem, and looks whether its picture passes at the same time.

    It relies on the marks on the film's objects, on the inputs of their modifiers (which layer, which temperature), and
    on the attributes that say which element a vertex belongs to; where an element stands is compared, too. It doesn't
    rely on names, and doesn't look at cameras, lights and other objects. It looks at the first view layer.

    Not read back: digits that node groups write by themselves (percentages under the bars, on the dial, over the
    cosines), which come from the same fields as the shapes that are; the sentences of captions, and of the second
    prompt; and the aside, which is not the model's.
    """
    own = find(scene)
    evidence = evidence or own
    report, kept = Report(), (scene.frame_current, scene.frame_subframe)
    parts = Parts(scene, own.parts)
    report.unchecked.update(owner.name for owner in parts.others if owner.type == "MESH")
    if beats is None:
        report.beat = "film"
        parts.compare(report)
    wanted = moments(scene, beats)
    report.moments = len(wanted)
    try:
        with only_what_is_read(parts):
            for done, moment in enumerate(wanted):
                if progress:
                    progress(done, len(wanted), moment.beat)
                report.beat = moment.beat
                _look(Snapshot(parts, moment, report), evidence, report)
    finally:
        scene.frame_set(kept[0], subframe=kept[1])
    if beats is None:
        verify_sound(scene, evidence, report)
    if progress:
        progress(len(wanted), len(wanted), "verified")
    return report


def _look(snapshot, evidence, report):
    """Check everything that is drawn in one snapshot."""
    for actor in snapshot.drawn:
        check = CHECKS.get(actor.kind)
        try:
            if check is None:
                raise KeyError(f"kind of number called {actor.kind}")
            check(actor, evidence, report, snapshot)
        except (LookupError, ValueError, TypeError) as error:  # its node group, its mesh or its mark is not the film's
            report.fail(actor.kind, f"{actor.owner.name} can't be read: {error}")
