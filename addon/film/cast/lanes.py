"""Walls of light between the tokens: in the MLP nobody talks to anybody."""

import numpy as np

from .. import layout, points, shapes
from ..nodes import Graph


class Lanes:
    def __init__(self, studio, height):
        film, script = studio.film, studio.script
        edges = (np.arange(script.prompt_count + 1) - script.prompt_count / 2) * layout.TOKEN_PITCH
        depth = script.depth(2 * script.focus_layer + 1)
        mesh = points.point_mesh(
            "Lanes", {"lane": np.arange(len(edges))}, np.column_stack([edges, np.full_like(edges, depth), 0 * edges])
        )
        graph = Graph("Lanes")
        rise = graph.input("Rise", default=0.0)
        up = graph.smooth(rise * 1.5 - graph.attribute("lane", "INT") * (0.5 / len(edges)))
        seen = graph.select(graph.geometry, up > 0.01)
        x, y, _ = graph.split(graph.position())
        bar = graph.object_geometry(studio.shape("Lane post", shapes.block()))
        parts = []
        for front in (-0.75, 0.65):
            posts = graph.instances(seen, bar, graph.vector(0.018, 0.018, height * up), graph.vector(x, y + front, 0.0))
            parts.append(posts)
        for z in (0.0, height):
            parts.append(graph.instances(seen, bar, graph.vector(0.018, 1.4, 0.018), graph.vector(x, y - 0.05, up * z)))
        lit = graph.coloured(graph.join(*parts), studio.colour("lane", 0.7), studio.materials.glow, studio.speck)
        graph.output(lit)
        self.object, self.modifier = studio.field("Lanes", mesh, graph)
        self.rise = film.dial(self.modifier, "Rise", 0.0)
        self.visible = film.visibility(self.object)
