"""Walls that come down between the tokens, through the last arcs: in the MLP nobody talks to anybody."""

import numpy as np

from .. import layout, points, shapes
from ..nodes import Field, Graph
from ..studio import Studio

FRONT, BACK = -0.75, 0.65  # y of a wall's edges, from the row
EDGE, HAIRLINE, HAIRLINES = 0.045, 0.008, 7
PANE, EDGES, DIM = 0.34, 0.9, 0.5  # strength of a pane and of the edges; of the edges beside a booth that is lit
OVER = 0.35  # metres over the vectors, of the walls when they are lowered
GLOW = 0.6  # of the lit booth's back
SPARK, FLASH = 0.15, 0.9  # metres: of a spark's size, and that a wall's edge goes on while it dies


class Lanes:
    """A wall at the left of each token but the first, or of one that is alone, and one at the right of the last.

    Fall (0 … 1): how far they have come down, from left to right; where one cuts an arc, a spark flies. Light (0 … 1):
    how far only the last token's booth is lit. Lowered (0 … 1): how far their upper ends have come down to those of the
    vectors.
    """

    def __init__(self, studio: Studio, height: float):
        film, script = studio.film, studio.script
        lanes = np.arange(min(1, script.prompt_count - 1), script.prompt_count + 1)
        edges = (lanes - script.prompt_count / 2) * layout.TOKEN_PITCH
        depth = np.full_like(edges, script.depth(2 * script.focus_layer))
        place = np.column_stack([edges, depth, 0 * edges])
        mesh = points.point_mesh("Lanes", {"lane": lanes}, place)
        self.object, self.modifier = studio.field("Lanes", mesh, _group(studio, height, script.prompt_count))
        self.light, self.lowered = (film.dial(self.modifier, name, 0.0) for name in ("Light", "Lowered"))
        mesh = points.point_mesh("Lane sparks", *_cuts(script, lanes, edges))
        sparks, modifier = studio.field("Lane sparks", mesh, _spark_group(studio, height, script.prompt_count))
        sparks.location = (0.0, float(depth[0]), 0.0)
        self._falls = [film.dial(one, "Fall", 0.0) for one in (self.modifier, modifier)]
        self.visible = film.visibility(self.object, sparks)
        self.height = height

    def fall(self, value: float, **timing) -> list:
        """Clips that bring the walls down."""
        return [dial.to(value, **timing) for dial in self._falls]


def _cuts(script, lanes: np.ndarray, edges: np.ndarray) -> tuple[dict, np.ndarray]:
    """Where the walls meet the arcs of the focus head -> (attributes, places [n, 3] before the row)."""
    pattern = script.trace.blocks[script.focus_layer].pattern[script.focus_head]
    base, x, found = layout.column_top(script.model.d_model, layout.SCALE_ATTENTION) + 0.06, script.text_x, []
    for query, key in np.argwhere(np.tril(pattern >= layout.BEAM_THRESHOLD, -1)):
        span = x[query] - x[key]
        for lane, edge in zip(lanes, edges, strict=True):
            part = (edge - x[key] - layout.BEAM_INSET) / (span - 2 * layout.BEAM_INSET)
            if query >= script.earlier and 0 < part < 1:
                along = np.arccos(1 - 2 * part) / np.pi
                found.append((lane, edge, base + layout.arc_height(span) * np.sin(np.pi * along)))
    lane, edge, z = np.array(found, float).reshape(-1, 3).T
    return {"lane": lane.astype(int), "z": z}, np.column_stack([edge, 0 * edge - 0.1, z])


def _fallen(graph: Graph, fall: Field, count: int) -> Field:
    """How far each wall is down, 0 … 1: it falls faster and faster, almost with the others, as one curtain."""
    return (fall * 1.2 - graph.attribute("lane", "INT") * (0.2 / count)).clamp() ** 2.0


def _group(studio: Studio, height: float, count: int) -> Graph:
    graph = Graph("Lanes")
    fall, light = graph.input("Fall", default=0.0), graph.input("Light", default=0.0)
    down = _fallen(graph, fall, count)
    walls = graph.select(graph.geometry, down > 0.01)
    walls = graph.store(walls, "down", down)
    x, y, _ = graph.split(graph.position())
    bar = graph.object_geometry(studio.shape("Lane post", shapes.block()))
    down, long = graph.attribute("down"), BACK - FRONT
    low = (1.0 - down) * height
    vectors = layout.column_top(studio.script.model.d_model, layout.SCALE_ATTENTION) + OVER
    high = graph.mix(height, vectors, graph.smooth(graph.input("Lowered", default=0.0)))

    def bars(scale, dx=0.0, dy=0.0, z=0.0):
        return graph.instances(walls, bar, scale, graph.vector(x + dx, y + dy, low + z))

    # Blender's Workbench draws nothing translucent: a pane is dim, and hairlines say that it is there.
    pane = bars(graph.vector(0.006, long, high * down), dy=(FRONT + BACK) / 2)
    posts = [bars(graph.vector(EDGE, EDGE, high * down), dy=end) for end in (FRONT, BACK)]
    beams = [bars(graph.vector(EDGE, long, EDGE), dy=(FRONT + BACK) / 2, z=down * z) for z in (0.0, high)]
    lines = [
        bars(graph.vector(HAIRLINE * 2, long, HAIRLINE), dy=(FRONT + BACK) / 2, z=down * (high * (i + 1) / HAIRLINES))
        for i in range(HAIRLINES - 1)
    ]
    own = graph.attribute("lane", "INT") > count - 1.5
    lit = graph.mix(EDGES, graph.mix(DIM, 1.2, own), light)
    last = graph.select(graph.geometry, (graph.attribute("lane", "INT") > count - 0.5) * (light > 0.01))
    wide = layout.TOKEN_PITCH - 2 * EDGE
    back = graph.instances(
        last, bar, graph.vector(wide, 0.01, high), graph.vector(x - layout.TOKEN_PITCH / 2, y + BACK, 0.0)
    )
    palette = studio.palette
    parts = [
        graph.coloured(
            back,
            palette.fade(graph, studio.colour("pane"), graph.mix(0.3, GLOW, light)),
            studio.materials.glow,
            studio.speck,
        ),
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


def _spark_group(studio: Studio, height: float, count: int) -> Graph:
    """A flash where a wall's lower edge has just met an arc."""
    graph = Graph("Lane sparks")
    edge = (1.0 - _fallen(graph, graph.input("Fall", default=0.0), count)) * height
    since = graph.attribute("z") - edge
    flash = (1.0 - since / FLASH).clamp() * (since > 0.0)
    seen = graph.store(graph.select(graph.geometry, flash > 0.01), "flash", flash)
    size = graph.attribute("flash") * SPARK
    disc = graph.object_geometry(studio.shape("Lane spark", shapes.disc(12)))
    made = graph.instances(seen, disc, graph.vector(size, size, size))
    graph.output(graph.coloured(made, studio.colour("hot", 1.6), studio.materials.glow, studio.speck))
    return graph
