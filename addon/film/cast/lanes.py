"""Walls between the tokens: in the MLP nobody talks to anybody."""

import numpy as np

from .. import layout, points, shapes
from ..nodes import Graph
from ..studio import Studio

FRONT, BACK = -0.75, 0.65  # y of a wall's edges, from the row
EDGE, HAIRLINE, HAIRLINES = 0.024, 0.008, 7
PANE, DIM, BRIGHT = 0.34, 0.3, 1.0  # strength of a pane, of the edges, and of those of the booth that stays lit


class Lanes:
    """A wall at the left of each token but the first, or of one that is alone.

    Rise (0 … 1): how far they have come up, from left to right.
    """

    def __init__(self, studio: Studio, height: float):
        film, script = studio.film, studio.script
        lanes = np.arange(min(1, script.prompt_count - 1), script.prompt_count)
        edges = (lanes - script.prompt_count / 2) * layout.TOKEN_PITCH
        depth = np.full_like(edges, script.depth(2 * script.focus_layer))
        place = np.column_stack([edges, depth, 0 * edges])
        mesh = points.point_mesh("Lanes", {"lane": lanes}, place)
        self.object, self.modifier = studio.field("Lanes", mesh, _group(studio, height, script.prompt_count))
        self.rise = film.dial(self.modifier, "Rise", 0.0)
        self.visible = film.visibility(self.object)
        self.height = height


def _group(studio: Studio, height: float, count: int) -> Graph:
    graph = Graph("Lanes")
    rise = graph.input("Rise", default=0.0)
    up = graph.smooth(rise * 1.6 - graph.attribute("lane", "INT") * (0.6 / count))
    walls = graph.select(graph.geometry, up > 0.01)
    walls = graph.store(walls, "up", up)
    x, y, _ = graph.split(graph.position())
    bar = graph.object_geometry(studio.shape("Lane post", shapes.block()))
    up, long = graph.attribute("up"), BACK - FRONT

    def bars(scale, dx=0.0, dy=0.0, z=0.0):
        return graph.instances(walls, bar, scale, graph.vector(x + dx, y + dy, z))

    # Blender's Workbench draws nothing translucent: a pane is dim, and hairlines say that it is there.
    pane = bars(graph.vector(0.006, long, height * up), dy=(FRONT + BACK) / 2)
    posts = [bars(graph.vector(EDGE, EDGE, height * up), dy=end) for end in (FRONT, BACK)]
    beams = [bars(graph.vector(EDGE, long, EDGE), dy=(FRONT + BACK) / 2, z=up * z) for z in (0.0, height)]
    lines = [
        bars(graph.vector(HAIRLINE * 2, long, HAIRLINE), dy=(FRONT + BACK) / 2, z=up * (height * (i + 1) / HAIRLINES))
        for i in range(HAIRLINES - 1)
    ]
    lit = graph.mix(DIM, BRIGHT, graph.attribute("lane", "INT") > count - 1.5)
    palette = studio.palette
    parts = [
        graph.coloured(pane, palette.fade(graph, studio.colour("pane"), PANE), studio.materials.glow, studio.speck),
        graph.coloured(
            graph.join(*posts, *beams),
            palette.fade(graph, studio.colour("lane"), lit),
            studio.materials.glow,
            studio.speck,
        ),
        graph.coloured(
            graph.join(*lines),
            palette.fade(graph, studio.colour("lane"), lit * 0.4),
            studio.materials.glow,
            studio.speck,
        ),
    ]
    graph.output(graph.join(*parts))
    return graph
