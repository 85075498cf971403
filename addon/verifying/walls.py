"""Matrices: the cells of walls, products on them, and one score worked out."""

import zlib
from typing import TYPE_CHECKING

import numpy as np

from ..film import layout, matrices
from ..film.cast import one_row as drawn_row
from ..film.cast import product as drawn_product
from ..film.cast import score as drawn_score
from ..film.cast import walls as drawn
from ..film.cast.digits import written
from ..film.points import read_attribute
from .numbers import step
from .reading import Actor, Elements, Faces, Snapshot
from .report import Report
from .tile import written as figures

if TYPE_CHECKING:
    from ..film.evidence import Evidence


def wall(actor: Actor, evidence: "Evidence", report: Report, snapshot: Snapshot) -> None:
    """Every weight of the rows that are there: its number, its place and its colour."""
    matrix, name = _matrix(actor, evidence)
    rows, columns = matrix.shape
    front = actor.dial("Reveal") * (rows + drawn.GLOWING)
    count = min(int(front + 0.001), rows)
    if report.again(actor.owner.name, front, actor.dial("Light"), _fingerprint(actor.faces)):
        return
    index = np.arange(count * columns)
    shown, _ = _weights(actor.faces, matrix.ravel()[index], matrix, actor, name, report)
    if shown is None:
        return
    place = np.stack(np.divmod(index, columns), -1)
    _places(actor, actor.faces, place, rows, columns, name, report)
    settled = np.flatnonzero(place[:, 0] <= front - drawn.GLOWING - 1e-3)
    expected = evidence.palette.faded(evidence.palette.cell_colour(shown), actor.dial("Light"))
    _colours(actor.faces, expected, settled, name, report)


def row(actor: Actor, evidence: "Evidence", report: Report, snapshot: Snapshot) -> None:
    """The copy of the row that light is on."""
    matrix, name = _matrix(actor, evidence)
    rows, columns = matrix.shape
    chosen = actor.dial("Row")
    there = -1e-4 < chosen < rows - 1e-3
    faces = actor.faces
    if len(faces):
        faces = faces.where(faces["weight"] > 0)
    which = int(np.floor(chosen + 1e-4)) if there else 0
    values = matrix[which] if there else matrix[0][:0]

    def cell(i: int) -> str:
        return f"lit {name(which * columns + i)}"

    shown, _ = _weights(faces, values, matrix, actor, cell, report)
    if shown is None or not there:
        return
    place = np.stack([np.full(columns, which), np.arange(columns)], -1)
    _places(actor, faces, place, rows, columns, cell, report)
    gain = drawn.BRIGHTER if evidence.palette.is_dark else 1.0
    _colours(faces, evidence.palette.cell_colour(shown) * gain, np.arange(columns), cell, report)


def product(actor: Actor, evidence: "Evidence", report: Report, snapshot: Snapshot) -> None:
    """The vector and the result: their numbers, colours and places; and that the one times the wall is the other."""
    mark = actor.mark
    numbers = matrices.product(mark["of"], mark["token"], evidence.learned, evidence.computed)
    shown_rows = matrices.rows_shown(numbers.questions.shape, matrices.MOST_CELLS, tuple(mark["keep"]))
    sweep, parts = actor.dial("Sweep"), (numbers.vector, numbers.result)
    elements = Elements(actor.shape.tinted(), "part", "index")
    part, index = elements["part"], elements["index"]
    wanted = {(0, i) for i in range(len(numbers.vector))}
    wanted |= {(1, i) for i in range(len(shown_rows)) if sweep - i > 1e-3}

    def say(part: int, index: int) -> str:
        row = shown_rows[index] if part else index
        return f"product {mark['of']}, {('vector', 'result')[part]}, component {row}"

    def name(i: int) -> str:
        return say(part[i], index[i])

    report.present("products", lambda one: say(*one), set(elements.tuples()), wanted)
    at = np.where(part == 1, shown_rows[np.minimum(index, len(shown_rows) - 1)], index)
    values = np.array([parts[p][i] for p, i in zip(part, at, strict=True)], np.float64)
    scale = np.array([layout.value_scale(one) for one in parts])[part]
    _numbers(elements, values, scale, "products", name, report)
    is_result = np.flatnonzero(part == 1)
    multiplied = numbers.multiplied[at[is_result]]
    report.compare(
        "products, sum",
        lambda i: f"{name(is_result[i])}, sum",
        elements.first(elements.shape["value"])[is_result],
        multiplied,
        np.abs(numbers.result).max(),
        tolerance=matrices.TOLERANCE,
    )
    shown = layout.shown_value(values, scale)
    settled = np.flatnonzero((part == 0) | (sweep - index > drawn_product.FRESH + 1) | (sweep >= len(shown_rows)))
    colours = elements.first(elements.shape["Color"])[:, :3]
    report.compare(
        "products, colour",
        lambda i: name(settled[i]),
        colours[settled],
        evidence.palette.cell_colour(shown)[settled],
    )


def one_row(actor: Actor, evidence: "Evidence", report: Report, snapshot: Snapshot) -> None:
    """The components that count most in one number of a product: their cells, what is written on them, the sum."""
    mark, total = actor.mark, actor.dial("Sum")
    if actor.dial("Come") < 2e-3:
        return
    numbers = matrices.product(mark["of"], mark["token"], evidence.learned, evidence.computed)
    indices = drawn_row.loudest(numbers, mark["row"], mark["count"])
    parts = drawn_row.parts(numbers, mark["row"], indices)
    wanted = {(part, int(i)): n for part in range(drawn_row.PRODUCT) for n, i in enumerate(indices)}
    wanted |= {(drawn_row.PRODUCT, int(i)): n for n, i in enumerate(indices) if total - n > 0.05}
    wanted |= {(drawn_row.RESULT, mark["row"]): 0} if total - len(indices) > 0.05 else {}
    what = ("vector", "weight", "product", "result")

    def say(part: int, index: int) -> str:
        return f"number {mark['row']} of {mark['of']}, {what[part]}, component {index}"

    elements = Elements(actor.shape.tinted(), "part", "index")
    cells = elements.tuples()

    def name(i: int) -> str:
        return say(*cells[i])

    coming = {(part, index) for part, index in cells if part >= drawn_row.PRODUCT}  # still growing
    report.present("one row", lambda one: say(*one), set(cells) - coming | coming & wanted.keys(), set(wanted))
    known = [i for i, cell in enumerate(cells) if cell in wanted]
    values = np.array([parts[cells[i][0]][0][wanted[cells[i]]] for i in known], np.float64)
    scale = np.array([parts[cells[i][0]][1] for i in known])
    span = np.maximum(2 * scale, np.abs(values))
    drawn_values = elements.first(elements.shape["value"])[known]
    report.compare("one row, value", lambda i: name(known[i]), drawn_values, values, span)
    settled = [n for n, i in enumerate(known) if cells[i][0] < drawn_row.PRODUCT or total > len(indices) + 1 - 1e-6]
    colours = elements.first(elements.shape["tint"])[known][settled, :3]
    shown = layout.shown_value(values, scale)[settled]
    report.compare("one row, colour", lambda i: name(known[settled[i]]), colours, evidence.palette.cell_colour(shown))
    if "ink" not in actor.shape.mesh.attributes:  # the cells are still too small for figures
        return
    texts = figures(actor.shape, "part", "index")
    keys = [key for key in texts if key in wanted]
    expected = [written(parts[part][0][wanted[part, index]]) for part, index in keys]
    report.agree("one row, figures", lambda i: say(*keys[i]), [texts[key] for key in keys], expected)


def score(actor: Actor, evidence: "Evidence", report: Report, snapshot: Snapshot) -> None:
    """q, k and their products; the sum by the length of its bar; the score that it comes to."""
    query, key = actor.mark["query"], int(actor.dial("Key") + 0.5)
    q, keys = (evidence.computed[name].astype(np.float64) for name in ("q", "k"))
    products = q[query] * keys[: query + 1]
    total, size = actor.dial("Sum"), q.shape[1]
    kinds = {drawn_score.QUERY: q[query][None], drawn_score.PRODUCTS: products, drawn_score.KEY: keys[: query + 1]}
    elements = Elements(actor.shape.tinted(), "row", "index")
    row, index = elements["row"], elements["index"]
    what = {drawn_score.QUERY: "q", drawn_score.PRODUCTS: "q × k", drawn_score.KEY: "k"}

    def say(row: int, index: int) -> str:
        return f"score of query {query + 1} and key {key + 1}, {what[row]}, component {index}"

    def name(i: int) -> str:
        return say(row[i], index[i])

    wanted = {(one, i) for one in kinds for i in range(size) if one != drawn_score.PRODUCTS or total - i > 1e-3}
    report.present("score", lambda one: say(*one), set(elements.tuples()), wanted)
    values = np.array([kinds[r][min(key, len(kinds[r]) - 1), i] for r, i in zip(row, index, strict=True)])
    scales = {one: layout.value_scale(numbers.astype(np.float32)) for one, numbers in kinds.items()}
    scale = np.array([scales[r] for r in row])
    _numbers(elements, values, scale, "score", name, report)
    added = products[key, : int(total + 1e-4)].sum()
    reach = np.abs(np.pad(products.cumsum(-1), ((0, 0), (1, 0)))).max()
    bar = actor.shape.where(actor.shape["gauge"] > 0)
    x, width = bar["position"][:, 0], actor.mark["width"]
    long = x.max() if x.max() > -x.min() else x.min()
    said = f"score of query {query + 1} and key {key + 1}, sum of {int(total)} products"
    for drawn_sum in (bar["sum"][0], long / (width / 2) * reach):
        unseen = 1e-5 + step(x) / width
        report.compare("score, sum", lambda i: said, [drawn_sum], [added], reach, tolerance=unseen)
    if total >= size:
        divided = [bar["sum"][0] / actor.mark["divisor"]]
        trace = [evidence.scores[query, key]] if len(evidence.scores) else divided
        report.compare("score, divided", lambda i: f"{said}, divided", divided, trace, reach, matrices.TOLERANCE)


# --- of several ----------------------------------------------------------------------------------


def _matrix(actor: Actor, evidence: "Evidence") -> tuple:
    """-> (the shown rows [R, C] of a wall's matrix, index of a cell -> its name)."""
    mark = actor.mark
    matrix = evidence.learned[mark["matrix"]]
    matrix = matrix.T if mark["flipped"] else matrix
    rows = matrices.rows_shown(matrix.shape, matrices.MOST_CELLS, tuple(mark["keep"]))
    matrix = matrix[rows]

    def name(i: int) -> str:
        row, column = divmod(int(i), matrix.shape[1])
        row, column = (column, rows[row]) if mark["flipped"] else (rows[row], column)
        return f"weight {mark['matrix']}, row {row}, column {column}"

    return matrix, name


def _fingerprint(faces: Faces) -> int:
    """Another one for other numbers, places or colours."""
    found = 0
    for attribute in ("value", "shown", "position", "Color") if len(faces) else ():
        found = zlib.crc32(read_attribute(faces.mesh, attribute), found)
    return found


def _weights(faces: Faces, values: np.ndarray, matrix: np.ndarray, actor: Actor, name, report: Report) -> tuple:
    """Compare the numbers of cells -> (their places on the colour map, the scale), or None where cells are missing."""
    report.compare("weights, count", lambda i: f"{name(0)} and others: how many", [len(faces)], [len(values)])
    if len(faces) != len(values) or not len(values):
        return None, None
    scale = layout.value_scale(matrix)
    shown = layout.shown_value(values.astype(np.float64), scale)
    span = np.maximum(2 * scale, np.abs(values))
    report.compare("weights, value", name, faces["value"], values, span)
    report.compare("weights, shown", name, faces["shown"], shown, 2.0)
    return shown, scale


def _places(actor: Actor, faces: Faces, place: np.ndarray, rows: int, columns: int, name, report: Report) -> None:
    """Where a cell stands says which weight it is; errors are parts of a cell."""
    corners = faces["position"].astype(np.float64)
    x, z = (corners[:, :, axis].mean(1) for axis in (0, 2))
    along, across, upright = (actor.dial(one) for one in ("Along", "Across", "Upright"))
    size = (along, across) if upright else (across, along)
    grid = layout.WallGrid(rows, columns, *size, bool(upright))
    unseen = 1e-3 + 4 * step(corners) * max(rows / along, columns / across)
    found = np.stack(grid.cell(x, z), -1)
    report.compare("weights, place", lambda i: f"{name(i)}, place", found, place, tolerance=unseen)


def _colours(faces: Faces, expected: np.ndarray, chosen: np.ndarray, name, report: Report) -> None:
    """All four corners of a cell have its colour."""
    colours = faces["Color"][chosen][..., :3].astype(np.float64)
    worst = np.abs(colours - expected[chosen][:, None]).max(-1).argmax(-1)
    drawn_colours = colours[np.arange(len(chosen)), worst]
    report.compare("weights, colour", lambda i: name(chosen[i]), drawn_colours, expected[chosen])


def _numbers(elements: Elements, values: np.ndarray, scale: np.ndarray, kind: str, name, report: Report) -> None:
    """Compare the attributes of cells with numbers."""
    span = np.maximum(2 * scale, np.abs(values))
    report.compare(f"{kind}, value", name, elements.first(elements.shape["value"]), values, span)
    shown = layout.shown_value(values, scale)
    report.compare(f"{kind}, shown", name, elements.first(elements.shape["shown"]), shown, 2.0)
