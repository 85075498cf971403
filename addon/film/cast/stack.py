"""The whole machine: a gate per block, the residual stream's rails, and the words before the first of them."""

import numpy as np

from .. import layout, points, shapes
from ..evidence import mark
from ..nodes import Graph
from ..texts import set_width
from .lettering import Lettering, Letters

BESIDE = 1.8  # metres of a gate's posts from the outermost tokens: they stand clear of the words, seen from the side
GATE_TUBE, OF_ARCS = 0.02, 0.7  # metres; of the highest arcs, that gates have over the columns
FRONT_WORD, FRONT_WIDTH = 0.81, 0.87  # size of the words on the cubes before the first layer, and their width at most
RAIL_Z = 1.19
NAME_SIZE, NAME_FROM = 0.75, 15.0  # of a gate's number before the first layer; metres from there to who looks at it
MOST_NAMES = 6  # numbers on gates: more would cover each other
FLASH = 4.0  # metres before and behind a gate in which the light makes it shine
STREAK = 3.2  # metres of the light that runs along the rails


class Stack:
    """Gates, rails and the names of the layers; `beams` says how high the gates must be.

    Static but for the rails: rail_length (metres), rail_count (of tokens that have one) and rail_light (0 … 1 along
    them, a light that runs once; none at either end). With the trail columns and beams.all_layers they are the picture
    of the whole machine: whole() is what to switch on and off. front: the prompt's cubes and words before layer 1,
    where the row itself has gone through. ahead: vectors and arcs of all layers once more, so many metres further on.
    """

    def __init__(self, studio, beams, trail):
        film, script = studio.film, studio.script
        n_layer = script.model.n_layer
        x = layout.token_x(script.count, script.prompt_count)
        left, right = script.text_x[[0, -1]]
        middle, width = (left + right) / 2, right - left + 2 * BESIDE
        height = layout.column_top(script.model.d_model, layout.SCALE_ATTENTION) + OF_ARCS * beams.height() + 0.2
        self.gate_height = height
        layers = range(0, n_layer, layout.every(n_layer))
        self.layers = list(layers)
        self.places = places = [script.depth(2 * layer) - script.block_depth / 4 for layer in layers]
        self.gates = studio.object("Gates", _gate_mesh(studio.palette, places, middle, width, height))
        self.gates.data.materials.append(studio.materials.glow)
        self.names = self._make_names(studio, middle + width / 2, height)
        mesh = _gate_mesh(studio.palette, places, middle, width, height)
        flashes, modifier = studio.field("Passing light", mesh, _flash_group(studio, n_layer * script.block_depth))
        self.flash, self.flashes_visible = film.dial(modifier, "Light", 0.0), film.visibility(flashes)
        self.gates_visible = film.visibility(self.gates)
        self.names_visible = film.visibility(*self.names)
        self.names_light = [studio.light(label) for label in self.names]
        self.rails, modifier = studio.field("Residual rails", _rail_mesh(x), _rail_group(studio))
        self.rail_length = film.dial(modifier, "Length", 0.0)
        self.rail_light = film.dial(modifier, "Light", 0.0)
        self.rail_count = film.dial(modifier, "Count", float(script.prompt_count))
        self.rails_visible = film.visibility(self.rails)
        self.end = n_layer * script.block_depth
        ahead = studio.again("The machine ahead", [beams.still, *(one for columns in trail for one in columns.objects)])
        self.ahead, self.ahead_visible = film.place(ahead, "location", (0.0, 0.0, 0.0)), film.visibility(ahead)
        self.front_words, cubes = _make_front(studio)
        self.front, self.words_visible = film.visibility(*cubes), film.visibility(self.front_words)

    def _make_names(self, studio, right: float, height: float) -> list:
        """A number over each gate's right end, the larger the farther it is: all look alike from the front."""
        every, names = -(-len(self.layers) // MOST_NAMES), []
        for layer, y in list(zip(self.layers, self.places, strict=True))[::every]:
            size = NAME_SIZE * (1.0 + max(y, 0.0) / NAME_FROM)
            place = (right - 0.3, y, height + 0.62 * size)
            names.append(studio.label(f"Gate {layer + 1}", f"{layer + 1}", size, studio.palette.text, place))
        return names

    def whole(self, cast) -> list:
        """[Visibility] of all that is seen of all layers at once."""
        trail = [columns.visible for columns in cast.trail]
        machine = [self.gates_visible, self.rails_visible, self.names_visible, self.flashes_visible]
        return [*machine, self.front, self.words_visible, cast.beams.all_layers, *trail]


def _make_front(studio):
    """The prompt's cubes and words where they came in -> (words, [cubes])."""
    script = studio.script
    x = layout.token_x(script.prompt_count, script.prompt_count)
    vertices, faces, shade = shapes.bevelled_box(layout.CUBE_SIZE, 0.10)
    middle = layout.CUBE_FLOAT + layout.CUBE_SIZE[2] / 2
    places = np.column_stack([x, 0 * x, np.full_like(x, middle)])
    cubes = []
    for name, some, colour in (
        ("Front cubes", places[:-1], studio.colour("cube", 1.25)),
        ("Last front cube", places[-1:], studio.colour("cube_focus", 2.6)),  # gold, as the vector that is followed
    ):
        corners = (some[:, None] + vertices).reshape(-1, 3)
        joined = [tuple(i + cube * len(vertices) for i in face) for cube in range(len(some)) for face in faces]
        shape = corners, joined, np.tile(shade, len(some))
        cubes += [studio.solid(name, shape, colour, studio.materials.solid)] if len(some) else []
    face = -layout.CUBE_SIZE[1] / 2 - 0.012
    words = [
        Letters(label, min(FRONT_WORD, FRONT_WIDTH / set_width(label)), studio.colour("text"), (at, face, middle))
        for at, label in zip(x.tolist(), map(script.label, script.tokens), strict=False)
    ]
    made = Lettering(studio, "Front words", words, still=True)
    mark(made.object, "front words")
    return made.object, cubes


def _flash_group(studio, end: float) -> Graph:
    """Each gate shines while the light goes through it."""
    graph = Graph("Passing light")
    light = graph.input("Light", default=0.0)
    y = graph.split(graph.position())[1]
    flash = (1.0 - graph.math("ABSOLUTE", y - light * end) / FLASH).clamp() * (light > 1e-3) * (light < 0.999)
    seen = graph.select(graph.store(graph.geometry, "flash", flash), graph.attribute("flash") > 0.3)
    x, y, z = graph.split(graph.position())
    nearer = graph.move(seen, graph.vector(x, y - 0.05, z))
    tint = studio.palette.fade(graph, studio.colour("hot", 1.4), graph.attribute("flash"))
    graph.output(graph.coloured(nearer, tint, studio.materials.glow, studio.speck))
    return graph


def _gate_mesh(palette, places, middle, width, height):
    """A gate at every y of `places`."""
    vertices, faces, _ = shapes.tube(shapes.rounded_rectangle(width, height, 0.5), GATE_TUBE)
    one = len(vertices)
    mesh = points.shape_mesh(
        "Gates",
        np.concatenate([vertices + np.array((middle, y, 0.0)) for y in places]),
        [tuple(i + gate * one for i in face) for gate in range(len(places)) for face in faces],
    )
    points.write_attribute(mesh, "Color", np.tile(palette.linear(palette.gate, 0.62), (one * len(places), 1)))
    return mesh


def _rail_mesh(x):
    return points.point_mesh("Rails", {"token": np.arange(len(x))}, np.column_stack([x, 0 * x, 0 * x]))


def _rail_group(studio):
    """One thin line a token, straight through all blocks: the residual stream."""
    graph = Graph("Residual rails")
    length, count = graph.input("Length", default=0.0), graph.input("Count", default=1.0)
    light = graph.input("Light", default=0.0)
    chosen = graph.select(graph.geometry, (graph.attribute("token", "INT") < count) * (length > 0.01))
    x, _, _ = graph.split(graph.position())
    bar = graph.object_geometry(studio.shape("Rail", shapes.block()))
    lines = graph.instances(chosen, bar, graph.vector(0.022, length, 0.022), graph.vector(x, length * 0.5, RAIL_Z))
    colour = studio.colour("cyan", 0.55)
    lit = graph.coloured(lines, colour, studio.materials.glow, studio.speck)
    # The pass: a streak on every rail, at the same place on all of them.
    running = graph.select(chosen, (light > 1e-3) * (light < 0.999))
    front = light * length
    long = graph.math("MINIMUM", front, STREAK)
    x, _, _ = graph.split(graph.position())
    streaks = graph.instances(
        running, bar, graph.vector(0.07, long, 0.07), graph.vector(x, front - long * 0.5, RAIL_Z - 0.02)
    )
    hot = graph.coloured(streaks, studio.colour("hot", 1.6), studio.materials.glow, studio.speck)
    graph.output(graph.join(lit, hot))
    return graph
