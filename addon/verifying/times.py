"""Whether everything in a film still happens at the same time as what it happened together with, and in its order.

The film may be retimed, as a whole or in parts: what was at one moment must still be at one, and none before another.
"""

from bisect import bisect_right
from collections import Counter

from ..film.parts import Reader
from .report import Report
from .scenery import is_free

CHANGED = "as built"
TOGETHER = 0.05  # frames within which keys are at one moment


def compare_times(parts: list, reader: Reader, report: Report) -> None:
    """Compare when the keys of all parts are."""
    curves = [
        (part, path, then, now)
        for part in parts
        if not part.scenery
        for path, now in reader.times(part.owner).items()
        if (then := part.built["times"].get(path)) and len(then) == len(now) and not _free(part, path)
    ]
    moments = _retimed([pair for _, _, then, now in curves for pair in zip(then, now, strict=True)])
    for part, path, then, now in curves:
        kept = all(abs(moments.get(before, float("inf")) - at) < TOGETHER for before, at in zip(then, now, strict=True))
        report.hold(CHANGED, kept, f"{part.name}: {path} happens at another time than what it belongs to")


def _free(part, path: str) -> bool:
    return path.startswith("input ") and is_free(part.built["name"], path[6:].partition("[")[0])


def _retimed(pairs: list[tuple[float, float]]) -> dict[float, float]:
    """{frame at which something was: where most of it is now}, without what is no longer in the film's order."""
    votes: dict[float, Counter] = {}
    for then, now in pairs:
        votes.setdefault(then, Counter())[round(now / TOGETHER)] += 1
    moments = sorted((then, now.most_common(1)[0][0]) for then, now in votes.items())
    return {then: now * TOGETHER for then, now in _longest_rising(moments)}


def _longest_rising(pairs: list[tuple[float, int]]) -> list[tuple[float, int]]:
    """As many of the pairs as there are whose second never falls."""
    lasts, ends, before = [], [], []
    for i, (_, now) in enumerate(pairs):
        at = bisect_right(lasts, now)
        before.append(ends[at - 1] if at else None)
        lasts[at : at + 1], ends[at : at + 1] = [now], [i]
    found, i = [], ends[-1] if ends else None
    while i is not None:
        found.append(pairs[i])
        i = before[i]
    return found
