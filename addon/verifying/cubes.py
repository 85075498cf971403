"""Cubes: which word stands on each, before it, where a viewer reads it."""

import numpy as np

from ..film import layout
from ..film.parts import PLACE, curves_of
from ..film.texts import plain
from .words import TEXTS

NEAR = 2.0  # metres before and behind a cube in which a word is taken for its own
HOLDS = 1.0  # frames that something must stand still: a cube that closes around a word is too large for a moment
UNSEEN = 0.02  # of a word's light, and of its size


def cube(actor, evidence, report, picture):
    """The words that stand still within a cube's outline: before it there is its own, and no other one."""
    if not _still(actor, picture.frame):
        return
    says, which = actor.mark["says"], {key: actor.mark[key] for key in actor.mark if key not in ("shows", "says")}
    words = report.once(_Words, picture, says)
    if not len(words.places):
        return
    inward = np.linalg.inv(actor.world)
    place = words.places @ inward[:3, :3].T + inward[:3, 3]
    half = np.array(layout.CUBE_SIZE) / 2
    within = np.flatnonzero((np.abs(place[:, [0, 2]]) < half[[0, 2]]).all(1) & (np.abs(place[:, 1]) < NEAR))
    if len(within):
        before = {words.texts[i] for i in within if place[i, 1] < -half[1]}
        said = ", ".join(f"{key} {value + 1}" for key, value in which.items() if value >= 0)
        found = " and ".join(sorted(before)) if before else "nothing: its word is inside or behind it"
        report.agree("cubes", lambda i: f"word on the cube ({said})", [found], [plain(TEXTS[says](evidence, **which))])


class _Words:
    """The words of a kind that are seen in a picture and stand still: what they say, and where in the film."""

    def __init__(self, picture, says):
        actors = [one for one in picture.of("text", says=says) if _is_seen(one) and _still(one, picture.frame)]
        self.texts = [plain(one.dial("Text")) for one in actors]
        self.places = np.array([one.world[:3, 3] for one in actors]).reshape(-1, 3)


def _is_seen(word):
    return word.dial("Light") > UNSEEN and np.abs(word.world[:3, 0]).max() > UNSEEN


def _still(actor, frame):
    """Whether something stands where it is for a while."""
    owner = actor.owner
    while owner:
        for curve in curves_of(owner):
            if curve.data_path in PLACE and abs(curve.evaluate(frame + HOLDS) - curve.evaluate(frame)) > 1e-3:
                return False
        owner = owner.parent
    return True
