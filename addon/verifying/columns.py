"""Columns of cells: each cell's number, its place on the colour map, its drawn colour, and where it stands."""

import numpy as np

from ..film import layout
from .reading import Elements

NAMES = {
    "stream": "residual stream",
    "updates": "update",
    "word": "word in two prompts",
}


def columns(actor, evidence, report, picture):
    """The residual stream, the updates, the heads' results: the cells of columns that are written to the top."""
    table, d, count = report.once(Table, evidence, actor.mark["table"]), evidence.model.d_model, evidence.count
    if len(actor.shape):
        if table.name == "updates":
            first = int(actor.dial("Slot") + 0.5)
            picture.belongs(f"slot of the row, with update {first}", first, first + 1, report)
        _rests(actor, NAMES[table.name], report, picture)
    if report.again(report.beat, actor.owner, actor.state):
        return
    reveal = actor.dial("Reveal")
    stands = 1 - layout.gone(actor.dial("Solo", 0.0), np.arange(count), evidence.prompt_count)
    lit = np.full(count, actor.dial("Ambient"))
    spots = [round(actor.dial("Spot")), round(actor.dial("Second Spot", -1.0))]
    lit[np.isin(np.arange(count), spots) | (spots[0] < 0)] = 1.0
    stands *= layout.upright(lit)
    kept = stands * actor.dial("Size") * lit
    written = [token for token in range(count) if reveal >= token + 1 - 1e-6 and kept[token] > 1e-3]
    cells = actor.shape.tinted()
    elements = Elements(cells, "token", "dim")
    token, dim = elements["token"], elements["dim"]
    drawn, wanted = np.zeros((count, d), bool), np.zeros((count, d), bool)
    drawn[token, dim] = wanted[written] = True
    if reveal % 1 > 1e-6 and reveal < count:  # a column that is being written has some of its cells
        wanted[int(reveal)] |= drawn[int(reveal)]

    # Tokens that have been through all layers keep their vectors when the text goes on.
    settled = token < actor.dial("Settled", 0.0)
    slot = np.where(settled, 2 * evidence.model.n_layer + 1, actor.dial("Slot"))
    name = _namer(NAMES[table.name], token + evidence.earlier, dim, slot)

    def say(one):
        return f"{NAMES[table.name]}, token {one // d + 1 + evidence.earlier}, component {one % d}"

    grid = layout.CellGrid.of(d)
    passed = actor.dial("Passed", 0.0) + 1e-6
    wanted &= (np.arange(d) // grid.columns + 0.5) / grid.rows > passed
    report.present_of("cells", say, drawn.ravel(), wanted.ravel())
    if not len(elements):
        return
    whole = np.isin(token, written)
    swept = slot - np.floor(slot)
    edge = np.abs((dim // grid.columns + 0.5) / grid.rows - swept) <= 1.1 / grid.rows
    settled_cells = whole & ~(edge & (swept > 1e-3))
    _cells(report, elements, name, table, slot, token, dim, settled_cells, lit[token])

    pitch = actor.dial("Scale") * grid.pitch
    row, column = np.divmod(dim, grid.columns)
    x = layout.token_x(count, evidence.prompt_count)[token] + (column - (grid.columns - 1) / 2) * pitch
    for spot, step in zip(spots, ("Spot X", "Second X"), strict=True):
        x = x + (token == spot) * actor.dial(step, 0.0)
    place = np.column_stack([x, layout.COLUMN_BASE + (row + 0.5) * pitch * stands[token]])
    place += [actor.dial("Shift X", 0.0), actor.dial("Shift Z", 0.0)]
    _places(report, elements, name, place, pitch, whole)


def word_columns(actor, evidence, report, picture):
    """One word in two prompts: all cells of both columns."""
    table, d = report.once(Table, evidence, "word"), evidence.model.d_model
    elements = Elements(actor.shape.tinted(), "side", "dim")
    side, dim = elements["side"], elements["dim"]
    slot = np.full(len(elements), actor.dial("Slot"))
    name = _namer(NAMES["word"], side, dim, slot, "prompt")
    apart = actor.dial("Apart")
    if actor.dial("Size") < 1 - 1e-6:
        return
    wanted = set(range(2 * d if apart > 1e-3 else d))  # while the two are one, one is enough
    report.present("cells", lambda one: f"{NAMES['word']}, component {one % d}", set((side * d + dim).tolist()), wanted)
    _rests(actor, NAMES["word"], report, picture)
    grid = layout.CellGrid.broad(d)
    row, column = np.divmod(dim, grid.columns)
    swept = slot - np.floor(slot)
    edge = np.abs((row + 0.5) / grid.rows - swept) <= 1.1 / grid.rows
    every = np.ones(len(elements), bool)
    _cells(report, elements, name, table, slot, side, dim, ~(edge & (swept > 1e-3)))
    seat_x, seat_z = (np.array(actor.mark[axis])[side] * apart for axis in "xz")
    x = seat_x + (column - (grid.columns - 1) / 2) * grid.pitch
    place = np.column_stack([x, seat_z + layout.COLUMN_BASE + (row + 0.5) * grid.pitch])
    _places(report, elements, name, place, grid.pitch, every)


class Table:
    """Vectors [S, N, d] that columns show, and their places on the colour map, each slot by its own scale."""

    def __init__(self, evidence, name):
        self.name, self.palette = name, evidence.palette
        self.values = np.asarray(evidence.table[name], np.float64)
        scales = [layout.value_scale(slot[: evidence.prompt_count]) for slot in evidence.table[name]]
        self.scale = np.array(scales)
        self.shown = layout.shown_value(self.values, self.scale[:, None, None])

    def at(self, slot, row, dim):
        """-> (values, places on the map, scale) of cells; between two slots the next has swept up from the foot."""
        grid = layout.CellGrid.of(self.values.shape[-1])
        height = (dim // grid.columns + 0.5) / grid.rows
        first = np.floor(slot)
        now = np.clip((first + (height < slot - first)).astype(int), 0, len(self.values) - 1)
        return self.values[now, row, dim], self.shown[now, row, dim], self.scale[now]


def _namer(what, token, dim, slot, kind="token"):
    return lambda i: f"{what}, {kind} {token[i] + 1}, component {dim[i]}, slot {slot[i]:.4g}"


def _rests(actor, what, report, picture):
    """Only on the way from one place of the stream to the next, columns may show a blend."""
    slot = actor.dial("Slot")
    if picture.rests(actor, "Slot"):
        report.compare("at rest", lambda i: f"{what}, slot at rest", [slot], [round(slot)], tolerance=1e-4)


def _cells(report, elements, name, table, slot, row, dim, whole, light=1.0):
    """The attributes of all cells, and the colours of those that have settled; light: a part of it, one a cell."""
    cells = elements.shape
    values, shown, scale = table.at(slot, row, dim)
    for attribute, expected, span in (("value", values, 2 * scale), ("shown", shown, 2.0)):
        drawn = cells[attribute]
        # Every corner of a cell says the same; where one doesn't, that one is compared.
        low, high = elements.low(drawn), elements.high(drawn)
        drawn = np.where(np.abs(low - expected) > np.abs(high - expected), low, high)
        # A value far beyond the scale is kept in single precision, too.
        span = np.maximum(span, np.abs(expected))
        report.compare(f"cells, {attribute}", name, drawn, expected, span)
    colour = cells["Color"][:, :3] / (0.55 + 0.45 * cells["shade"])[:, None]
    expected = table.palette.faded(table.palette.cell_colour(shown), np.reshape(light, (-1, 1)))
    low, high = elements.low(colour), elements.high(colour)
    drawn = np.where(np.abs(low - expected) > np.abs(high - expected), low, high)
    chosen = np.flatnonzero(whole)
    report.compare("cells, colour", lambda i: name(chosen[i]), drawn[whole], expected[whole])


def _places(report, elements, name, place, pitch, whole):
    """Where cells stand says which number they are of; errors are parts of the distance between two cells."""
    middle = elements.middle(elements.shape["position"])[:, [0, 2]]
    chosen = np.flatnonzero(whole)
    drawn, expected = middle[whole], place[whole]
    report.compare("cells, place", lambda i: name(chosen[i]) + ", place", drawn, expected, pitch, tolerance=1e-3)


def fold(actor, evidence, report, picture):
    """A row of the token table on its way into a column: its cells, and where they arrive."""
    table, d, token = report.once(Table, evidence, "stream"), evidence.model.d_model, actor.mark["token"]
    elements = Elements(actor.shape.tinted(), "dim")
    dim = elements["dim"]
    here = np.full(len(dim), token)
    name = _namer("row that folds", here + evidence.earlier, dim, 0 * dim)
    report.present("cells", lambda one: f"row that folds, component {one}", set(dim.tolist()), set(range(d)))
    settled = np.full(len(dim), actor.dial("Fold") in (0.0, 1.0))
    _cells(report, elements, name, table, 0 * dim, here, dim, settled)
    grid = layout.CellGrid.of(d)
    pitch = grid.pitch * actor.mark["scale"]
    row, column = np.divmod(dim, grid.columns)
    x = layout.token_x(evidence.count, evidence.prompt_count)[token] + (column - (grid.columns - 1) / 2) * pitch
    place = np.column_stack([x, layout.COLUMN_BASE + (row + 0.5) * pitch])
    _places(report, elements, name, place, pitch, settled & (actor.dial("Fold") == 1))
