"""Where a film's acts and beats are: its markers on the timeline, called act.beat, wherever the user has moved them."""

from .properties import ACTS


def beats(scene):
    """[(first frame, last frame, act, beat), ...] in order of time."""
    marked = sorted((marker.frame, marker.name.partition(".")) for marker in scene.timeline_markers)
    found = [(frame, act, beat) for frame, (act, _, beat) in marked if beat and act in ACTS]
    ends = [*(frame - 1 for frame, _, _ in found[1:]), scene.frame_end]
    return [(frame, max(frame, end), act, beat) for (frame, act, beat), end in zip(found, ends, strict=False)]


def current(scene):
    """[act, beat] at the scene's frame, or None."""
    return next(([*name] for begin, end, *name in beats(scene) if begin <= scene.frame_current <= end), None)


def acts(scene):
    """[(act, its first frame), ...] in order of time."""
    first = {}
    for frame, _, act, _ in beats(scene):
        first.setdefault(act, frame)
    return list(first.items())
