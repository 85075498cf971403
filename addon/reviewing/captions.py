"""What is laid over the picture: where captions, progress mark and tags stand, and how long they take to read."""

from dataclasses import dataclass

import bpy
import numpy as np

from ..film.texts import is_dense
from . import text, thresholds
from .looking import Look

COLLECTION = "Captions"
GRID = 80  # cells across and up
CARD = (0.3, 0.88)  # what has its middle between these heights is a card: part of the picture itself


@dataclass(frozen=True)
class Line:
    """A row of a caption. box: [2, 2], its lower left and its upper right corner in the picture."""

    owner: bpy.types.Object
    body: str  # "" of what is no text
    box: np.ndarray


def overlay(look: Look, subjects: list[bpy.types.Object]) -> list[Line]:
    """Everything that is laid over the picture at a moment. Cards, and what is noted as subject, are not."""
    collections = [one for one in look.scene.collection.children_recursive if one.name.startswith(COLLECTION)]
    owners = {owner for one in collections for owner in one.objects if owner in look.drawn and owner not in subjects}
    found = []
    for owner in sorted(owners, key=lambda one: one.name):
        places = look.places(owner)
        if len(places):
            box = np.clip([places.min(0), places.max(0)], 0, 1)
            if not CARD[0] < box[:, 1].mean() < CARD[1]:
                found.append(Line(owner, text.body(owner), box))
    return found


def covered(places: np.ndarray, lines: list[Line]) -> float:
    """The part of what some places [n, 2] in the picture take up, in %, that lies behind lines.

    Each cell of a grid over the picture counts once, however many places are in it.
    """
    if not len(places):
        return 0.0
    places = np.unique(np.floor(places * GRID), axis=0) / GRID + 0.5 / GRID
    behind = np.zeros(len(places), bool)
    for line in lines:
        behind |= ((places >= line.box[0]) & (places <= line.box[1])).all(1)
    return 100 * float(behind.mean())


def reading_seconds(bodies: list[str]) -> float:
    """The time that rows of a caption take at a calm pace. Of two languages only one is read: the slower."""
    seconds = {True: 0.0, False: 0.0}
    for body in bodies:
        dense = sum(map(is_dense, body))
        seconds[dense > 0] += dense / thresholds.DENSE_A_SECOND + (len(body) - dense) / thresholds.LETTERS_A_SECOND
    return max(seconds.values())
