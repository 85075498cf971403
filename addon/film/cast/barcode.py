"""The film's own emblem: the last layer's vectors, one row a token, one cell a component."""

import numpy as np

from .. import layout, points
from ..captions import Captions
from ..evidence import mark
from ..framing import LENS, SENSOR, SHEET, Shot
from ..nodes import Graph
from ..timeline import Clip

WIDTH, CELL = 0.92, 0.9  # of the picture's width; of a cell's pitch
STAGGER, ARC = 0.55, 0.5  # of the time, the last row's start after the first one's; units that cells rise on their way
SOFT, LIT = 2.0, 0.4  # rows to either side that the light reaches; how white it makes the one it is on


class Barcode:
    """On the captions' cards. Its rows are the tokens that were run, from the first one at the top.

    Flow (0 … 1): its cells come from where they are seen in the row's columns, row by row. Row: where a light is that
    goes down over the rows.
    """

    def __init__(self, captions: Captions, y: float, height: float, seen: np.ndarray) -> None:
        """y: of its middle, in units of the sheet, as is its height. seen: [N, d, 3] x, y and edge of the cells where
        they come from."""
        studio = captions.studio
        vectors = studio.script.stream[-1]  # [N, d]
        mesh = barcode_mesh(vectors, studio.palette, WIDTH * captions.width, height)
        middle, corner = seen[..., None, :2], np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) / 2
        before = (middle + corner * seen[..., None, 2:]).reshape(-1, 2) - (0.0, y)
        for axis, name in enumerate(("from_x", "from_y")):
            points.write_attribute(mesh, name, before[:, axis].astype(np.float32))
        self.object, modifier = studio.field(
            "Last vectors", mesh, _group(studio, len(vectors)), "Captions", captions.cards
        )
        self.object.location = (0.0, y, 0.0)
        self.low = y - height / 2
        mark(self.object, "barcode")
        self.visible = studio.film.visibility(self.object)
        self.flow = studio.film.dial(modifier, "Flow", 0.0)
        self.count, self.row = len(vectors), studio.film.dial(modifier, "Row", -SOFT)

    def read(self, **timing) -> Clip:
        """A clip in which the light goes over all rows."""
        return self.row.to(self.count - 1 + SOFT, **timing)

    def turns(self) -> list[float]:
        """When the light of read() is on each row, in parts of its time."""
        return [(row + SOFT) / (self.count - 1 + 2 * SOFT) for row in range(self.count)]


def _group(studio, count: int) -> Graph:
    graph = Graph("Barcode")
    flow = graph.input("Flow", default=1.0)
    row = graph.attribute("token", "INT") / max(count - 1, 1)
    come = graph.smooth(flow * (1.0 + STAGGER) - row * STAGGER)
    x, y, _ = graph.split(graph.position())
    x, y = graph.mix(graph.attribute("from_x"), x, come), graph.mix(graph.attribute("from_y"), y, come)
    moved = graph.move(graph.geometry, graph.vector(x, y + ARC * graph.sin(come * np.pi), 0.0))
    away = graph.math("ABSOLUTE", graph.attribute("token", "INT") - graph.input("Row", default=-SOFT))
    colour = graph.attribute("Color", "FLOAT_COLOR")
    colour = graph.mix_colour(colour, studio.colour("text", 1.2), (1.0 - away / SOFT).clamp() * LIT)
    graph.output(graph.coloured(moved, colour, studio.materials.type, studio.speck))
    return graph


def on_sheet(places: np.ndarray, shot: Shot) -> np.ndarray:
    """Points [.., 3] as a camera sees them -> [.., 3] x and y on the sheet, and units there for a metre."""
    location, target = np.array(shot.location), np.array(shot.target)
    forward = (target - location) / np.linalg.norm(target - location)
    right = np.cross(forward, (0.0, 0.0, 1.0))
    right /= np.linalg.norm(right)
    off = places - location
    units = SHEET * LENS / SENSOR / (off @ forward)
    return np.stack([off @ right * units, off @ np.cross(right, forward) * units, units], -1)


def column_cells(script, scale: float, depth: float) -> tuple[np.ndarray, float]:
    """Middles [N, d, 3] of the cells of the row's columns, and the edge of one."""
    d = script.model.d_model
    grid, dim = layout.CellGrid.of(d), np.arange(d)
    pitch = scale * grid.pitch
    x = layout.token_x(script.count, script.prompt_count)[:, None]
    across = x + (dim % grid.columns - (grid.columns - 1) / 2) * pitch
    up = np.broadcast_to(layout.COLUMN_BASE + (dim // grid.columns + 0.5) * pitch, across.shape)
    return np.stack([across, np.full_like(across, depth), up], -1), 0.82 * pitch


def barcode_mesh(vectors: np.ndarray, palette, width: float, height: float):
    """Vectors [N, d] -> a mesh of N x d flat cells around the origin; each corner has `value`, `token`, `dim`."""
    count, d = vectors.shape
    token, dim = np.divmod(np.arange(count * d), d)
    pitch = np.array([width / d, height / count])
    middle = np.column_stack([(dim + 0.5) * pitch[0] - width / 2, height / 2 - (token + 0.5) * pitch[1]])
    corner = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * pitch * CELL / 2
    flat = (middle[:, None] + corner).reshape(-1, 2)
    mesh = points.quad_mesh("Last vectors", np.column_stack([flat, np.zeros(len(flat))]))
    shown = layout.shown_value(vectors, layout.value_scale(vectors))
    colour = np.column_stack([palette.cell_colour(shown.ravel()), np.ones(count * d)])
    for name, values in (("value", vectors.ravel()), ("token", token), ("dim", dim), ("Color", colour)):
        points.write_attribute(mesh, name, np.repeat(values, 4, axis=0))
    return mesh
