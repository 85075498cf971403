"""The token table: where the rays of the tokens end; and the last vectors as the film's emblem."""

from typing import TYPE_CHECKING

import numpy as np

from ..film import layout, matrices
from ..film.cast.barcode import SOFT
from .reading import Actor, Elements, Snapshot
from .report import Report

if TYPE_CHECKING:
    from ..film.evidence import Evidence


def rays(actor: Actor, evidence: "Evidence", report: Report, snapshot: Snapshot) -> None:
    """A ray that has come to the table ends at its token's row: height on the wall -> row."""
    walls = snapshot.of("wall", matrix="W_E")
    reach = actor.dial("Reach")
    if not walls or not snapshot.rests(actor, "Reach") or reach < 1:
        return
    wall, shape = walls[0], actor.shape
    if not len(shape):
        return
    mark, rows, tall = wall.mark, wall.dial("Rows"), wall.dial("Along")
    shown = matrices.rows_shown((len(evidence.rows_E), wall.dial("Columns")), matrices.MOST_CELLS, tuple(mark["keep"]))
    ends = shape.where(shape["along"] > 0.5)
    elements = Elements(ends, "token")
    token = elements["token"]
    report.present("rays", lambda one: f"ray of token {one + 1}", set(token.tolist()), set(range(int(reach + 1e-3))))
    height = elements.middle(ends["position"])[:, 2] + actor.world[2, 3] - wall.world[2, 3]
    found = (0.5 - height / tall) * rows - 0.5
    ids = evidence.tokens[evidence.earlier + token]
    wanted = np.searchsorted(shown, np.searchsorted(evidence.rows_E, ids))
    report.compare("rays", lambda i: f"ray of token {token[i] + 1}, row", found, wanted, rows, tolerance=1e-4)


def barcode(actor: Actor, evidence: "Evidence", report: Report, snapshot: Snapshot) -> None:
    """Each cell: its number, its colour, and where it stands."""
    vectors = evidence.stream[-1]
    count, d = vectors.shape
    shape = actor.shape
    elements = Elements(shape, "token", "dim")
    token, dim = elements["token"], elements["dim"]

    def name(i: int) -> str:
        return f"last vector of token {token[i] + 1 + evidence.earlier}, component {dim[i]}"

    wanted = {(row, column) for row in range(count) for column in range(d)}
    report.present("barcode", lambda one: f"component {one[1]} of token {one[0] + 1}", set(elements.tuples()), wanted)
    scale = layout.value_scale(vectors)
    span = np.maximum(2 * scale, np.abs(vectors[token, dim]))
    report.compare("barcode, value", name, elements.first(shape["value"]), vectors[token, dim], span)
    colour = evidence.palette.cell_colour(layout.shown_value(vectors[token, dim], scale))
    drawn = shape["Color"][:, :3]
    low, high = elements.low(drawn), elements.high(drawn)
    drawn = np.where(np.abs(low - colour) > np.abs(high - colour), low, high)
    lit = np.abs(token - actor.dial("Row")) < SOFT
    report.compare("barcode, colour", name, np.where(lit[:, None], colour, drawn), colour)
    if actor.dial("Flow") < 1 - 1e-6:
        return
    place = elements.middle(shape["position"])[:, :2]
    low, high = place.min(0), place.max(0)
    steps = np.maximum([d - 1, count - 1], 1)
    wanted = low + np.column_stack([dim, count - 1 - token]) / steps * (high - low)
    report.compare("barcode, place", name, place, wanted, float(np.ptp(place[:, 0])) / d, tolerance=1e-2)
