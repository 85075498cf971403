"""Numbers on the cells of a column: what they say, and the colours under them."""

from typing import TYPE_CHECKING

import numpy as np

from ..film import layout
from ..film.cast import digits as drawn
from .columns import Table
from .reading import Actor, Elements, Snapshot
from .report import Report

if TYPE_CHECKING:
    from ..film.evidence import Evidence


def digits(actor: Actor, evidence: "Evidence", report: Report, snapshot: Snapshot) -> None:
    """Every number of the window as its figures say it from left to right; each cell's number and colour."""
    mark, table = actor.mark, report.once(Table, evidence, actor.mark["table"])
    dims, slots = np.array(mark["dims"]), np.array(mark["slots"])
    grid = layout.CellGrid.of(evidence.model.d_model)
    row = dims // grid.columns
    at = drawn.turned(actor.dial("Roll"), row, row.max() + 1)  # [n]
    values, shown = table.values[slots, mark["token"]][:, dims], table.shown[slots, mark["token"]][:, dims]
    _figures(actor, values, dims, at, report)

    cells = Elements(actor.shape.tinted(), "cell")
    cell = cells["cell"]
    report.present("digits, cells", lambda i: f"cell of component {dims[i]}", set(cell.tolist()), set(range(len(dims))))
    first = np.floor(at).astype(int)
    then, part = np.minimum(first + 1, len(slots) - 1), at - first
    every = np.arange(len(dims))

    def name(i: int) -> str:
        return f"number of token {mark['token'] + 1 + evidence.earlier}, component {dims[cell[i]]}"

    blend = [one[first, every] * (1 - part) + one[then, every] * part for one in (values, shown)]
    for attribute, expected in zip(("value", "shown"), blend, strict=True):
        span = np.maximum(2 * table.scale[slots].max(), np.abs(expected)) if attribute == "value" else 2.0
        found = cells.first(cells.shape[attribute])
        report.compare(f"digits, {attribute}", name, found, expected[cell], span[cell] if np.ndim(span) else span)
    colours = cells.shape["Color"][:, :3] / (0.4 + 0.6 * cells.shape["shade"])[:, None]
    palette, colour = evidence.palette, actor.dial("Colour")
    plain = np.array(palette.linear(palette.unlit, drawn.PLAIN)[:3])
    expected = plain + (palette.cell_colour(blend[1]) * drawn.under_figures(palette) - plain) * colour
    report.compare("digits, colour", name, cells.first(colours), expected[cell])


def _figures(actor: Actor, values: np.ndarray, dims: np.ndarray, at: np.ndarray, report: Report) -> None:
    """The figures of every slot that is seen, read from left to right."""
    shape = actor.shape
    wanted = {
        (slot, cell): drawn.written(values[slot, cell])
        for slot in range(len(values))
        for cell in range(len(dims))
        if abs(slot - at[cell]) < drawn.SEEN and actor.dial("Letters") > 1e-3
    }
    found = {}
    if len(shape) and wanted:
        figures = Elements(shape.where(shape["ink"][:, 3] > 0.5), "slot", "cell", "order")
        x = figures.middle(figures.shape["position"])[:, 0]
        glyph = figures.first(figures.shape["glyph"])
        for i in np.argsort(x, kind="stable"):
            key = int(figures["slot"][i]), int(figures["cell"][i])
            found[key] = found.get(key, "") + drawn.FIGURES[glyph[i]]
    keys = sorted(wanted)

    def name(i: int) -> str:
        slot, cell = keys[i]
        return f"number of component {dims[cell]}, slot {actor.mark['slots'][slot]}"

    report.present("digits", lambda key: f"number of component {dims[key[1]]}", set(found), set(wanted))
    report.agree("digits", name, [found.get(key, "") for key in keys], [wanted[key] for key in keys])
