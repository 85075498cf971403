"""What the arcs of the other heads stand on, when the heads are fanned out: the same row once more, as a shadow."""

import numpy as np

from .. import layout, points, shapes
from ..nodes import Graph
from ..studio import Studio

STRENGTH, BEHIND = 0.15, 0.35  # of a head's hue; of the backdrop's, of which they come out
HIDDEN = 0.08  # of Fan: so long they would be before the row, or in it


class Panes:
    """Fan (0 … 1): the rows step back with their heads; at 0 there are none."""

    def __init__(self, studio: Studio, gap: float):
        """gap: metres from one head to the next one."""
        film, script = studio.film, studio.script
        heads = np.delete(np.arange(script.model.n_head), script.focus_heads[script.focus_layer])
        line, token = (index.ravel() for index in np.indices((len(heads), script.prompt_count)))
        hues = np.array([studio.palette.linear(colour) for colour in studio.palette.heads]).reshape(-1, 4)
        x = layout.token_x(script.prompt_count, script.prompt_count)[token]
        mesh = points.point_mesh(
            "Rows of other heads",
            {"line": line + 1, "hue": hues[heads[line] % len(hues)]},
            np.column_stack([x, 0 * x, 0 * x]),
        )
        self.object, modifier = studio.field("Rows of other heads", mesh, _group(studio, gap))
        self.object.location.y = script.depth(2 * script.focus_layer)
        self.fan = film.dial(modifier, "Fan", 0.0)
        self.visible = film.visibility(self.object)


def _group(studio: Studio, gap: float) -> Graph:
    graph = Graph("Rows of other heads")
    fan = graph.input("Fan", default=0.0)
    wide, deep, high = layout.CUBE_SIZE
    grid, scale = layout.CellGrid.of(studio.script.model.d_model), layout.SCALE_ATTENTION
    x, _, _ = graph.split(graph.position())
    y = graph.attribute("line", "INT") * (fan * gap)
    shape = graph.object_geometry(studio.shape("Shadow of a token", shapes.block()))
    cube = (0.9 * wide, 0.6 * deep, 0.9 * high), layout.CUBE_FLOAT
    column = (layout.COLUMN_WIDTH * scale, 0.06, grid.height * scale), layout.COLUMN_BASE
    seen = graph.select(graph.geometry, fan > HIDDEN)
    parts = [graph.instances(seen, shape, graph.vector(*size), graph.vector(x, y, z)) for size, z in (cube, column)]
    palette = studio.palette
    backdrop = palette.linear(palette.parts.get("attention", (palette.glow,))[0], BEHIND)
    hue = palette.fade(graph, graph.attribute("hue", "FLOAT_COLOR"), STRENGTH)
    tint = graph.mix_colour(backdrop, hue, graph.smooth(fan, HIDDEN, 0.6))
    tint = graph.scale_colour(tint, graph.mix(0.4, 1.0, graph.attribute("shade")))
    graph.output(graph.coloured(graph.join(*parts), tint, studio.materials.glow, studio.speck))
    return graph
