"""What is laid over the picture: where captions, progress mark and tags stand, and how long they take to read."""

from dataclasses import dataclass

import bpy
import numpy as np

from ..film.studio import SCENERY
from ..film.texts import is_dense
from . import text, thresholds
from .camera import project
from .looking import CELLS, Look

COLLECTION = "Captions"
CARD = (0.3, 0.86)  # what has its middle between these heights is a card: part of the picture itself


@dataclass(frozen=True)
class Piece:
    """A stretch of text, or a mark. box: [2, 2], its lower left and its upper right corner in the picture."""

    owner: bpy.types.Object
    body: str  # "" of what is no text
    box: np.ndarray
    row: float  # the height in the picture of the row that it belongs to

    @property
    def is_caption(self) -> bool:
        """Whether it is to be read as part of the caption: a text at the foot of the picture."""
        return bool(self.body.strip()) and self.row < CARD[0] and not self.owner.get(SCENERY)


def overlay(look: Look, subjects: list[bpy.types.Object]) -> list[Piece]:
    """Everything that is laid over the picture at a moment. Cards, and what is noted as subject, are not."""
    collections = [one for one in look.scene.collection.children_recursive if one.name.startswith(COLLECTION)]
    owners = {owner for one in collections for owner in one.objects if owner in look.drawn and owner not in subjects}
    found = []
    for owner in sorted(owners, key=lambda one: one.name):
        places = look.places(owner)
        if len(places):
            box = np.clip([places.min(0), places.max(0)], 0, 1)
            if not CARD[0] < box[:, 1].mean() < CARD[1]:
                found.append(Piece(owner, text.body(owner), box, _row(look, owner)))
    return sorted(found, key=lambda piece: (-piece.row, piece.box[0, 0]))


def _row(look: Look, owner: bpy.types.Object) -> float:
    """Texts on one line have their origins at one height, however high their letters are."""
    origin = np.array(look.drawn[owner].matrix_world.translation)
    return round(float(project(look.matrix, origin[None])[0][0, 1]), 3)


def covered(places: np.ndarray, pieces: list[Piece]) -> float:
    """The part of what some places [n, 2] in the picture take up, in %, that lies behind pieces.

    Each cell of the picture counts once, however many places are in it.
    """
    if not len(places):
        return 0.0
    grid = np.zeros((CELLS, CELLS), bool)
    grid[tuple(np.clip((places * CELLS).astype(int), 0, CELLS - 1).T)] = True
    places = (np.argwhere(grid) + 0.5) / CELLS
    behind = np.zeros(len(places), bool)
    for piece in pieces:
        behind |= ((places >= piece.box[0]) & (places <= piece.box[1])).all(1)
    return 100 * float(behind.mean())


def reading_seconds(pieces: set[tuple[str, float]]) -> float:
    """The time that texts (body, row) take at a calm pace. Of two languages only one is read: the slower one."""
    rows, seconds = {}, {True: 0.0, False: 0.0}
    for body, row in pieces:
        rows[row] = rows.get(row, "") + body
    for body in rows.values():
        dense = sum(map(is_dense, body))
        seconds[dense > 0] += dense / thresholds.DENSE_A_SECOND + (len(body) - dense) / thresholds.LETTERS_A_SECOND
    return max(seconds.values())
