"""A matrix product: a vector, the wall of weights, and the result, which grows as a light sweeps over the wall."""

import bpy
import numpy as np

from .. import layout, points, shapes
from ..evidence import mark
from ..framing import box
from ..matrices import BY_ROWS
from ..matrices import Product as Numbers
from ..nodes import Graph
from ..studio import Studio
from ..timeline import Clip
from .columns import cell_tint
from .walls import Wall

BAND, GAP = 0.075, 0.03  # of the wall's longer side: breadth of the vector and of the result; between them and the wall
FRESH = 5.0  # results that still glow after the light has left their row
WAIT = 0.45  # of a flight's time: how much later than the first cell the last one sets out


class Product:
    """The vector lies along the wall's upper edge, a cell over each column; the result grows below the wall, as long.

    Upright: the vector stands at the left edge, and each cell of the result below its column of the wall.
    Sweep (0 … R of the shown rows): the light is on row floor(Sweep), and the results of all rows before it are there.
    Vector Away and Result Away (0 … 1): their cells are elsewhere, where elsewhere() has said.
    """

    def __init__(
        self,
        studio: Studio,
        numbers: Numbers,
        metres: tuple[float, float],
        *,
        keep: tuple[int, ...] = (),
        upright: bool = False,
        band: float = BAND,
        gap: float = GAP,
        below: float = 0.0,
    ):
        """numbers: what is multiplied. metres: width and height of the wall. keep: rows that are shown in any case.
        band, gap: as BAND and GAP. below: metres of more room between the wall and the result.
        Raises FilmError where the result is not the product.
        """
        numbers.check()
        film, name = studio.film, numbers.matrix
        side = max(metres)
        headroom = 0.0 if upright else (band + 2 * gap) * side
        self.numbers, self.band, self.gap, self.below = numbers, band, gap, below
        self.wall = Wall(
            studio,
            name,
            numbers.questions,
            metres,
            keep=keep,
            flipped=name not in BY_ROWS,
            upright=upright,
            headroom=headroom,
        )
        self.object, modifier = studio.field(
            f"Product {numbers.name}", _mesh(self, numbers), _group(studio, self.wall, band), parent=self.wall.object
        )
        mark(self.object, "product", of=numbers.name, token=numbers.token, keep=list(keep))
        self.result = film.dial(modifier, "Sweep", 0.0)
        self.away = [film.dial(modifier, f"{name} Away", 0.0) for name in ("Vector", "Result")]
        self.visible = film.visibility(self.object)

    def sweep(self, rows: float, **timing) -> list[Clip]:
        """Clips that move the light to a row and light the results before it; `timing` as in Clip."""
        return [self.wall.sweep.to(rows, **timing), self.result.to(rows, **timing)]

    def elsewhere(self, part: int, places: np.ndarray, size: tuple[float, float]) -> None:
        """Say where in the world the vector's cells (part 0) come from, or the shown results' (1) go: [n, 3], and the
        width and height of each there, in metres. The wall must be at its place."""
        mesh = self.object.data
        mine = points.read_attribute(mesh, "part") == part
        home = np.array([dial.value for dial in self.wall.place.dials])
        columns = dict(zip("xyz", (places - home).T, strict=True)) | {"wide": size[0], "high": size[1]}
        for name, values in columns.items():
            known = mesh.attributes.get(f"away_{name}")
            there = points.read_attribute(mesh, f"away_{name}") if known else np.zeros(len(mine), np.float32)
            there[mine] = values
            points.write_attribute(mesh, f"away_{name}", there)

    def on(self, at: float = 0.0) -> list[Clip]:
        """Clips that show everything."""
        return [*self.wall.visible.on(at), *self.visible.on(at)]

    def off(self, at: float = 1.0) -> list[Clip]:
        """Clips that hide everything."""
        return [*self.wall.visible.off(at), *self.visible.off(at)]

    @property
    def count(self) -> int:
        """Rows that are shown: where Sweep ends."""
        return self.wall.grid.rows

    @property
    def corners(self) -> np.ndarray:
        """[n, 3] around everything, about the wall's middle, for a shot."""
        grid = self.wall.grid
        side, x, z = max(grid.width, grid.height), grid.width / 2, grid.height / 2
        more = (self.band + self.gap) * side
        left = -x - (more if grid.upright else 0.0)
        return np.concatenate([self.wall.corners, box((left, -0.1, -z - more - self.below), (x, 0.1, z))])

    def place(self, is_result: np.ndarray, index: np.ndarray) -> np.ndarray:
        """[n, 3] where cells of the vector and of the result stand, about the wall's middle."""
        grid = self.wall.grid
        aside = (self.band / 2 + self.gap) * max(grid.width, grid.height)
        x, z = grid.place(-0.5 - aside / grid.along * grid.rows, index)
        x = np.where(is_result, ((index + 0.5) / grid.rows - 0.5) * grid.width, x)
        z = np.where(is_result, -grid.height / 2 - aside - self.below, z)
        return np.column_stack([x, 0 * x, z])


def _mesh(product: Product, numbers: Numbers) -> bpy.types.Mesh:
    """One point a cell: the vector's (part 0), then the result's (part 1) of the shown rows."""
    result = numbers.result[product.wall.rows]
    values = np.concatenate([numbers.vector, result])
    part = np.repeat([0, 1], [len(numbers.vector), len(result)])
    index = np.concatenate([np.arange(len(numbers.vector)), np.arange(len(result))])
    scales = np.array([layout.value_scale(numbers.vector), layout.value_scale(numbers.result)])
    attributes = {"part": part, "index": index, "value": values, "shown": layout.shown_value(values, scales[part])}
    return points.point_mesh(f"Product {numbers.name}", attributes, product.place(part == 1, index))


def _group(studio: Studio, wall: Wall, band: float) -> Graph:
    grid = wall.grid
    graph = Graph("Product")
    sweep = graph.input("Sweep", default=0.0)
    vector_away, result_away = (graph.input(f"{name} Away", default=0.0) for name in ("Vector", "Result"))
    part, index = graph.attribute("part", "INT"), graph.attribute("index", "INT")
    passed = sweep - index
    grown = graph.mix(1.0, passed.clamp(), part)
    seen = graph.select(graph.geometry, grown > 1e-3)
    # All light has gone when the sweep ends.
    fresh = (1.0 - (passed - 1.0) / FRESH).clamp() * ((float(grid.rows) - sweep) / 3.0).clamp() * part
    tint = cell_tint(graph, studio.palette, graph.attribute("shown"))
    tint = graph.mix_colour(tint, studio.colour("hot", 1.2), fresh * 0.7)
    seen = graph.store(graph.store(seen, "tint", tint, "FLOAT_COLOR"), "grown", grown)
    broad = band * max(grid.width, grid.height)
    along = grid.across / grid.columns
    grown = graph.attribute("grown")
    # One cell after another flies on an arc that bulges toward the viewer.
    order = index / graph.mix(float(max(grid.columns - 1, 1)), float(max(grid.rows - 1, 1)), part)
    gone = graph.mix(vector_away, result_away, part)
    far = graph.smooth(((gone - order * WAIT) / (1.0 - WAIT)).clamp())
    there = [graph.attribute(f"away_{name}") for name in ("x", "y", "z", "wide", "high")]
    # The vector goes when the result leaves.
    left = 1.0 - graph.smooth(result_away, 0.0, 0.4)
    wide = graph.mix(broad * left if grid.upright else along, grid.width / grid.rows * grown, part)
    high = graph.mix(along if grid.upright else broad * left, broad, part)
    scale = graph.vector(graph.mix(wide, there[3], far), 1.0, graph.mix(high, there[4], far))
    here = graph.split(graph.position())
    x, y, z = (graph.mix(a, b, far) for a, b in zip(here, there[:3], strict=True))
    place = graph.vector(x, y - far * (1.0 - far) * 2.0, z)
    plate = graph.object_geometry(studio.once("plate", lambda: studio.shape("Line", shapes.plate())))
    cells = graph.instances(seen, plate, scale, place)
    graph.output(graph.coloured(cells, graph.attribute("tint", "FLOAT_COLOR"), studio.materials.glow, studio.speck))
    return graph
