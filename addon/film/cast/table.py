"""The token table as a wall of its real numbers, and a ray from each token to its row."""

import numpy as np

from .. import layout, points
from ..evidence import mark
from ..nodes import Graph
from ..studio import Studio
from .folding import Fold
from .tokens import NARROW_STEP
from .walls import Wall

SIZE, NARROW_SIZE = (11.2, 2.5), (10.6, 5.0)  # metres, in wide and narrow pictures
DEPTH, FOOT = 2.6, 2.45  # y and z of its foot: behind the row, over the ids
RAY_WIDTH, RAY_FROM = 0.065, 2.1  # metres; where a ray begins, over the token's number
TABLE_LIGHT, LIT_ROW = 0.8, 0.026  # of its cells; height of the row that is spoken of, of the table's width
AWAY = 7.5  # metres up: out of the picture


class Table:
    """W_E as it is recorded: all of it, or the rows around the prompt's tokens.

    Reach (0 … P): how many rays have come to their rows; 2.5 is two, and half of the third's way. Twins (0 … 1): how
    much the rays of the first token that stands twice in the text stand out from the others.
    """

    def __init__(self, studio: Studio) -> None:
        film, script = studio.film, studio.script
        weights = script.recording.weights
        tokens = script.tokens[: script.prompt_count]
        rows = np.searchsorted(weights.rows_E, tokens)
        size = SIZE if studio.picture.is_wide else NARROW_SIZE
        self.wall = Wall(studio, "W_E", weights.W_E, size, keep=tuple(map(int, rows)), least_light=LIT_ROW)
        higher = 0.0 if studio.picture.is_wide else NARROW_STEP  # over two rows of ids
        self.place = (0.0, DEPTH, FOOT + higher + size[1] / 2)
        self.above = (*self.place[:2], self.place[2] + AWAY)
        self.twins_of = [place for place, token in enumerate(tokens) if token == _twice(tokens.tolist())]
        self.wall.place.begin(self.place)
        self.wall.light.begin(TABLE_LIGHT)
        self.rows = [self.wall.row_of(int(row)) for row in rows]
        x = layout.token_x(script.prompt_count, script.prompt_count)
        ends = np.array([self._foot(row, at) for row, at in zip(self.rows, x, strict=True)])
        starts = np.column_stack([x, np.full_like(x, -0.2), np.full_like(x, RAY_FROM + higher)])
        self.rays, modifier = studio.field(
            "Rays to the table", _ray_mesh(starts, ends, self.twins_of), _ray_group(studio)
        )
        mark(self.rays, "rays")
        self.reach = film.dial(modifier, "Reach", 0.0)
        self.rays_light, self.twins = film.dial(modifier, "Light", 1.0), film.dial(modifier, "Twins", 0.0)
        self.rays_visible = film.visibility(self.rays)
        self.middle = script.prompt_count // 2  # the token whose row comes out first: its column stands in the middle
        self.fold = Fold(studio, "First row", self.wall, int(rows[self.middle]), self.middle)

    def _foot(self, row: int, x: float) -> np.ndarray:
        """Where a token's ray meets its row: right over the token, as far as the wall goes."""
        half = self.wall.grid.width / 2 * 0.98
        place = self.wall.row_place(row)
        return np.array([np.clip(x, -half, half), place[1] - 0.06, place[2]])

    @property
    def corners(self) -> np.ndarray:
        return self.wall.corners + np.array(self.place)


def _twice(tokens: list[int]) -> int | None:
    """The first token that stands twice in the text, if one does."""
    return next((token for token in tokens if tokens.count(token) > 1), None)


def _ray_mesh(starts: np.ndarray, ends: np.ndarray, twins: list[int]):
    """Each ray a thin flat quad; its four corners know where it begins and ends, and on which side they are."""
    count = len(starts)
    corner = np.tile([0, 1, 2, 3], count)
    attributes = {"token": np.repeat(np.arange(count), 4), "along": (corner > 1).astype(float)}
    attributes["twin"] = np.isin(attributes["token"], twins) * 1.0
    attributes["side"] = np.isin(corner, (0, 3)) * 2.0 - 1.0
    for name, places in (("from", starts), ("to", ends)):
        attributes |= {f"{name}_{axis}": np.repeat(places[:, i], 4) for i, axis in enumerate("xyz")}
    faces = [tuple(range(4 * ray, 4 * ray + 4)) for ray in range(count)]
    mesh = points.shape_mesh("Rays to the table", np.repeat(starts, 4, axis=0), faces)
    for name, values in attributes.items():
        points.write_attribute(mesh, name, values)
    return mesh


def _ray_group(studio: Studio) -> Graph:
    graph = Graph("Rays to the table")
    reach, light = graph.input("Reach", default=0.0), graph.input("Light", default=1.0)
    twins, twin = graph.input("Twins", default=0.0), graph.attribute("twin")
    way = graph.smooth(reach - graph.attribute("token", "INT"))
    t = graph.attribute("along") * way
    x, y, z = (graph.mix(graph.attribute(f"from_{axis}"), graph.attribute(f"to_{axis}"), t) for axis in ("x", "y", "z"))
    rays = graph.select(graph.geometry, way > 1e-3)
    rays = graph.move(rays, graph.vector(x + graph.attribute("side") * (RAY_WIDTH / 2), y, z))
    colour = graph.mix_colour(studio.colour("cyan", 1.5), studio.colour("gold", 1.5), twin * twins)
    colour = studio.palette.fade(graph, colour, light * (1.0 - 0.8 * twins * (1.0 - twin)))
    graph.output(graph.coloured(rays, colour, studio.materials.glow, studio.speck))
    return graph
