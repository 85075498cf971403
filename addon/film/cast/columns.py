"""The residual stream: one column of cells per token, read from a table of every checkpoint."""

import bpy
import numpy as np

from ... import compat
from .. import layout, palette, points, shapes
from ..evidence import mark
from ..nodes import Graph
from ..studio import Studio

BEVELLED_WIDTH = 512
# Of a column's node group, and what they are at first.
INPUTS = {
    "Slot": 0.0,
    "Reveal": 0.0,
    "Scale": 1.0,
    "Depth": 0.0,
    "Solo": 0.0,
    "Shift X": 0.0,
    "Shift Y": 0.0,
    "Shift Z": 0.0,
    "Size": 1.0,
    "Settled": 0.0,
    "Passed": 0.0,
    "Spot": -1.0,
    "Second Spot": -1.0,
    "Spot X": 0.0,
    "Second X": 0.0,
    "Ambient": 1.0,
}


class Columns:
    """Columns of cells whose colours are the components of vectors.

    mirrored: in the floor; not where cubes, which are not, stand below them.
    Slot: which vectors of the table they show; between whole numbers the next ones have swept up from the foot.
    """

    def __init__(self, studio, name, graph, mesh, parent=None, mirrored=False, **inputs):
        self.object, self.modifier = studio.field(name, mesh, graph, parent=parent)
        film, known = studio.film, compat.input_names(self.modifier.node_group)
        for input_name, value in (INPUTS | inputs).items():
            if input_name not in known:  # of those far away
                continue
            setattr(self, input_name.lower().replace(" ", "_"), film.dial(self.modifier, input_name, value))
        images = studio.reflections(self.object) if mirrored else []
        self.reflected = [film.dial(image.modifiers[0], "Shown", 1.0) for image in images]
        self.objects = [self.object, *images]
        self.visible = film.visibility(*self.objects)


def cell_mesh(script):
    """One point per cell of every token's column; x is the token's."""
    count, d = script.count, script.model.d_model
    token, dim = np.divmod(np.arange(count * d), d)
    x = layout.token_x(count, script.prompt_count)[token]
    return points.point_mesh(
        "Cells", {"token": token, "dim": dim}, np.column_stack([x, np.zeros_like(x), np.zeros_like(x)])
    )


def far_mesh(script, plate):
    """The same as cells that are squares already, for half the work: of a corner, y and z are where it is in its cell.

    plate: the square [4, 3], of side 1. Along and up are where a cell is in its column, in cells from the middle and
    from the foot.
    """
    count, d = script.count, script.model.d_model
    token, dim = np.divmod(np.arange(count * d), d)
    grid = layout.CellGrid.of(d)
    row, column = np.divmod(dim, grid.columns)
    corners = np.tile(np.asarray(plate, float)[:, [1, 0, 2]], (count * d, 1))
    corners[:, 0] = np.repeat(layout.token_x(count, script.prompt_count)[token], 4)
    mesh = points.quad_mesh("Far cells", corners)
    along, up = column - (grid.columns - 1) / 2, row + 0.5
    for name, values in (("token", token), ("dim", dim), ("along", along), ("up", up), ("shade", np.ones(count * d))):
        points.write_attribute(mesh, name, np.repeat(values, 4))
    return mesh


def tensor_table(studio, name, tensor):
    """[S, N, d] -> a table of S·N·d rows: `value`, `shown`, its place on the colour map by the slot's scale, and
    `tint`, its colour."""
    scales = [layout.value_scale(slot[: studio.script.prompt_count]) for slot in tensor]
    shown = np.concatenate(
        [layout.shown_value(slot, scale).ravel() for slot, scale in zip(tensor, scales, strict=True)]
    )
    table = studio.lookup(name, value=tensor.ravel(), shown=shown)
    # The table doesn't move: Blender works its colours out when the film is opened, not in every frame.
    table.modifiers.new("Cinema", "NODES").node_group = studio.once("tints", lambda: _tints(studio)).tree
    return table


def _tints(studio: Studio) -> Graph:
    graph = Graph("Colours of a table")
    tint = cell_tint(graph, studio.palette, graph.attribute("shown"))
    graph.output(graph.store(graph.geometry, "tint", tint, "FLOAT_COLOR"))
    return graph


def columns_group(studio, table, shape, board, name="Columns"):
    """Points -> cells, and a board behind each column.

    Slot 2.4 is the vectors of slot 3 in the lowest 0.4 of each column and those of slot 2 above: no cell ever shows a
    blend. Reveal counts written columns: 2.5 is two whole ones and half of the third. Scale sizes a column about its
    foot, Size each cell. Depth moves the row along +Y. Solo (0 … 1) leaves only the prompt's last token: one after
    another, the others sink from the first on. The first
    Settled columns stay at the last checkpoint, whatever Slot says. The lowest Passed (0 … 1) of each column has gone
    into another one. Ambient (0 … 1): the light of all columns but those of tokens
    Spot and Second Spot, if Spot is one; with hardly any they sink. Spot X and Second X: how far those two have stepped
    aside, in metres.
    """
    script, materials = studio.script, studio.materials
    d = script.model.d_model
    grid = layout.CellGrid.of(d)
    graph = Graph(name)
    slot, reveal, scale, depth, solo, shift_x, shift_y, shift_z, size, settled = (
        graph.input(label, default=INPUTS[label])
        for label in (
            *("Slot", "Reveal", "Scale", "Depth", "Solo"),
            *("Shift X", "Shift Y", "Shift Z", "Size", "Settled"),
        )
    )
    passed = graph.input("Passed", default=0.0)
    spot, ambient = graph.input("Spot", default=-1.0), graph.input("Ambient", default=1.0)
    second = graph.input("Second Spot", default=-1.0)
    steps = [graph.input(label, default=0.0) for label in ("Spot X", "Second X")]
    token, dim = graph.attribute("token", "INT"), graph.attribute("dim", "INT")
    numbers = graph.object_geometry(table)
    # GPT-2 is causal: tokens that have been through all layers keep their vectors when the text goes on.
    slot = graph.mix(slot, 2.0 * script.model.n_layer + 1.0, token < settled)
    first = slot.floor()
    row = (dim / grid.columns + 1e-4).floor()
    column = dim - row * grid.columns
    height = (row + 0.5) / grid.rows
    swept = slot - first
    row_index = ((first + (height < swept)) * script.count + token) * d + dim
    # A column is written from its foot up; a cell drops into place from just above, the next rows close behind.
    fill = (reveal - token).clamp()
    progress = ((fill * 1.3 - height) / 0.3).clamp()
    landed = graph.smooth(progress)
    pitch = scale * grid.pitch
    light = graph.mix(ambient, 1.0, _in_light(graph, token, spot, second))
    kept = 1.0 - _gone(graph, solo, token, script.prompt_count)
    kept = kept * graph.smooth(light, 0.0, layout.COLUMN_SINKS)  # as layout.upright
    x, _, _ = graph.split(graph.position())
    for one, step in zip((spot, second), steps, strict=True):
        x = x + step * graph.math("COMPARE", token, one, 0.5)
    across = column - (grid.columns - 1) / 2
    z = layout.COLUMN_BASE + (row + 0.5) * pitch * kept + (1.0 - landed) * 0.7
    edge = 0.82 * pitch * landed * size
    centre = [x + across * pitch + shift_x, depth + shift_y, z + shift_z]

    seen = graph.select(graph.geometry, (progress * kept * size * light > 1e-3) * (height > passed))
    seen = graph.store(seen, "value", graph.sample(numbers, "value", row_index))
    seen = graph.store(seen, "shown", graph.sample(numbers, "shown", row_index))
    # The colour is worked out once a cell, not once for each of its corners.
    colour = graph.sample(numbers, "tint", row_index, "FLOAT_COLOR")
    colour = studio.palette.fade(graph, colour, light)
    edge_of_sweep = graph.math("COMPARE", height, swept, 1.1 / grid.rows) * (swept > 1e-3)
    hot = graph.math("MAXIMUM", progress * (1.0 - progress) * 4.0, edge_of_sweep)
    seen = graph.store(seen, "tint", graph.mix_colour(colour, studio.colour("text", 1.3), hot * 0.6), "FLOAT_COLOR")
    place = graph.vector(*centre)
    cells = graph.instances(seen, graph.object_geometry(shape), graph.vector(edge, edge * 0.66, edge * kept), place)
    colour = graph.scale_colour(graph.attribute("tint", "FLOAT_COLOR"), graph.mix(0.55, 1.0, graph.attribute("shade")))
    cells = graph.coloured(cells, colour, materials.cell, studio.speck)
    gone = passed * grid.height * scale * kept
    rise = fill * grid.height * scale * kept - gone
    wide = (grid.columns * pitch + 0.05) * graph.smooth(size)  # no board is larger than what stands before it
    feet = graph.select(graph.geometry, (fill * kept * light > 1e-3) * (dim < 0.5) * (size > 1e-3) * (passed < 0.99))
    back = graph.vector(x + shift_x, depth + shift_y + 0.03, layout.COLUMN_BASE + gone + rise * 0.5 + shift_z)
    boards = graph.instances(feet, graph.object_geometry(board), graph.vector(wide, 1.0, rise + 0.05), back)
    boards = graph.coloured(boards, studio.colour("board"), materials.board, studio.speck)
    graph.output(graph.join(cells, boards))
    return graph


def far_group(studio: Studio, table: bpy.types.Object) -> Graph:
    """Squares of far_mesh() -> cells. There are many, so it has what the machine as a whole does with them, and no
    more: Slot is a whole number; Reveal, Scale, Depth, Size, Ambient and Spot are as for columns_group()."""
    script = studio.script
    d, grid = script.model.d_model, layout.CellGrid.of(script.model.d_model)
    graph = Graph("Trail columns")
    slot, reveal, scale, depth, size, spot, ambient = (
        graph.input(label, default=INPUTS[label])
        for label in ("Slot", "Reveal", "Scale", "Depth", "Size", "Spot", "Ambient")
    )
    token, up = graph.attribute("token", "INT"), graph.attribute("up")
    numbers, index = graph.object_geometry(table), (slot * script.count + token) * d + graph.attribute("dim", "INT")
    progress = (((reveal - token).clamp() * 1.3 - up / grid.rows) / 0.3).clamp()
    landed, pitch = graph.smooth(progress), scale * grid.pitch
    light = graph.mix(ambient, 1.0, graph.math("MAXIMUM", graph.math("COMPARE", token, spot, 0.5), spot < -0.5))
    x, corner_x, corner_z = graph.split(graph.position())
    edge = 0.82 * pitch * landed * size
    x = x + graph.attribute("along") * pitch + corner_x * edge
    z = layout.COLUMN_BASE + up * pitch + (1.0 - landed) * 0.7 + corner_z * edge
    seen = graph.select(graph.geometry, progress * size * light > 1e-3)
    seen = graph.store(seen, "value", graph.sample(numbers, "value", index))
    seen = graph.store(seen, "shown", graph.sample(numbers, "shown", index))
    colour = studio.palette.fade(graph, graph.sample(numbers, "tint", index, "FLOAT_COLOR"), light)
    colour = graph.mix_colour(colour, studio.colour("text", 1.3), progress * (1.0 - progress) * 2.4)
    seen = graph.move(seen, graph.vector(x, depth, z))
    # Their `Color` is active already: no speck is joined, which would copy them all.
    seen = graph.store(seen, "tint", colour, "FLOAT_COLOR")
    seen = graph.store(seen, "Color", graph.attribute("tint", "FLOAT_COLOR"), "FLOAT_COLOR")
    graph.output(graph.material(seen, studio.materials.cell))
    return graph


def cell_tint(graph, colours, shown):
    """The colour of a cell by its place on the colour map, -1 … 1."""
    colour = graph.ramp(shown * 0.5 + 0.5, palette.stops(colours.diverging, low=-1.0))
    return graph.scale_colour(colour, colours.cell_light(graph.math("ABSOLUTE", shown)))


def _in_light(graph, token, spot, second):
    """1 for the tokens of the two spots, and for all when there is no first one."""
    either = graph.math("MAXIMUM", graph.math("COMPARE", token, spot, 0.5), graph.math("COMPARE", token, second, 0.5))
    return graph.math("MAXIMUM", either, spot < -0.5)


def _gone(graph, solo, token, count):
    """How far a column has sunk, 0 … 1: one after another, all but the prompt's last one. As layout.gone."""
    order = graph.math("MINIMUM", token, max(count - 2.0, 0.0))
    return ((solo * (count + 1.0) - order) / 2.0).clamp() * (1.0 - _is(graph, token, count - 1))


def _is(graph, value, number):
    return graph.math("COMPARE", value, float(number), 0.5)


def make_columns(studio):
    """-> (the residual stream's columns, the update columns that are added to them, [trail columns per layer]).
    In steps, as `assemble`."""
    script = studio.script
    yield "columns"
    plate = studio.shape("Plate", shapes.plate())
    # Bevels show on cells of some pixels; the smaller ones of wide models are plain, for half the work.
    cell = studio.shape("Cell", shapes.keycap()) if script.model.d_model <= BEVELLED_WIDTH else plate
    stream = tensor_table(studio, "Residual stream", script.stream)
    updates = tensor_table(studio, "Updates", script.updates)
    mesh = cell_mesh(script)
    group = columns_group(studio, stream, cell, plate, "Residual columns")
    main = Columns(studio, "Residual stream columns", group, mesh)
    yield "columns"
    branch = Columns(studio, "Update columns", columns_group(studio, updates, cell, plate, "Update columns"), mesh)
    yield "columns"
    far, squares = far_group(studio, stream), far_mesh(script, shapes.plate()[0])
    trail = []
    for layer in range(0, script.model.n_layer, layout.every(script.model.n_layer)):
        trail.append(
            Columns(
                studio,
                f"Trail of layer {layer + 1}",
                far,
                squares,
                mirrored=True,
                Slot=2 * layer + 1.0,
                Reveal=float(script.prompt_count),
                Scale=layout.SCALE_ATTENTION,
                Depth=script.depth(2 * layer),
            )
        )
        mark(trail[-1].object, "columns", table="stream", trail=layer)
    for columns, shown in ((main, "stream"), (branch, "updates")):
        mark(columns.object, "columns", table=shown)
    return main, branch, trail
