"""Labels beside points in a plane, so that none covers another. Pure numpy."""

import numpy as np

TURNS = np.radians([0, 180, 35, 145, -35, -145, 70, 110, -70, -110, 90, -90])
REACHES = (0.0, 0.25, 0.55, 0.9, 1.35, 1.9, 2.6)


def place_labels(points, sizes, gap, bounds=None, lines=()):
    """Middles [n, 2] for labels of some sizes [n, 2] at points [n, 2]; earlier ones have the better places.

    A label stands right beside its point where it can, else as near as it covers no earlier label and no point; where
    there is no such place it stands where it covers least. gap: room around points and labels. bounds: (low, high)
    corners that labels keep within, if given. lines: pairs of points between which nothing should be covered, either.
    """
    points, sizes = np.asarray(points, float).reshape(-1, 2), np.asarray(sizes, float).reshape(-1, 2)
    places = np.empty_like(points)
    along = np.linspace(0.1, 0.9, 17)[:, None]
    dots = np.concatenate([points, *(start + (end - start) * along for start, end in np.asarray(lines, float))])
    for label, (point, size) in enumerate(zip(points, sizes, strict=True)):
        candidates = _around(point, size, gap)
        if bounds is not None:
            low, high = np.asarray(bounds[0]) + size / 2, np.asarray(bounds[1]) - size / 2
            candidates = np.clip(candidates, low, np.maximum(low, high))
        covered = _overlap(candidates, size, places[:label], sizes[:label] + gap)
        covered += _overlap(candidates, size, dots, np.full_like(dots, gap))
        places[label] = candidates[np.argmin(np.round(covered, 9))]
    return places


def _around(point, size, gap):
    """Middles of a label beside its point, nearest first."""
    middles = []
    for reach in REACHES:
        for turn in TURNS:
            direction = np.array([np.cos(turn), np.sin(turn)])
            # From the point to the middle of a box whose edge is as far away as the gap and the reach say.
            middles.append(point + direction * (gap + reach) + np.round(direction, 1) * size / 2)
    return np.array(middles)


def _overlap(middles, size, others, other_sizes):
    """The area [c] that a box of one size at each of some places has in common with other boxes."""
    apart = np.abs(middles[:, None] - others[None])
    common = (size + other_sizes)[None] / 2 - apart
    common = np.minimum(common, np.minimum(size, other_sizes)[None]).clip(0)
    return common.prod(-1).sum(-1)
