"""The MLP from near: the neurons of the last token on one large panel, before the two matrices.

The first one asks them, the second one has what they answer.
"""

import numpy as np

from ... import compat
from .. import layout, palette, points, shapes
from ..evidence import mark
from ..nodes import Field, Graph
from ..studio import FRONT, Studio, is_latin
from ..texts import word
from .neurons import ROUND_COUNT
from .walls import Wall

WIDE, NARROW = (6.8, 2.84), (3.4, 4.6)  # width and height in metres, by the picture's form
FOOT, GAP = 0.42, 0.42  # z of the panel's lower edge; between the last cube and the panel
DIM, OUT_DIM = 0.1, 0.22  # light of W_in behind the neurons; of W_out, which shines through them when they answer
BEFORE = 0.14  # metres that the neurons stand before the wall
MOST_THREADS, THREAD_POINTS = 60, 26
FLASH = 26.0  # neurons that still flash behind the one that is being asked
AGAINST, FOR = 1, 3  # stops of the diverging map: the hues of votes
VOTE = (0.03, 2.0)  # strength of a vote without effect, and how much more of the strongest; between them, squares
COUNT_SIZE, COUNT_Z = 0.62, 0.46  # of the letters that say how many are lit; over the panel
PLUS = 0.32  # metres over the columns: the sign between the column and its update
FEET = 9  # rays from the column to the row that it meets


class Panel:
    """Neurons in the order of the rows of W_in, which stand behind them.

    Reveal (0 … 1) unfolds them. Asked: how many have been asked, from the first; those shine by their activation.
    Voted: how many show their push on the word of the votes instead. Gather (0 … 1) takes all to their places over the
    token, where the panels of all tokens are. Back and Drain (0 … 1): how far threads have come from the strongest
    neurons to the update beside the column, and how far their ends have followed.
    """

    def __init__(self, studio: Studio, neurons, beside: float):
        """neurons: the panels of all tokens; beside: metres from a column's middle to its update's."""
        film, script = studio.film, studio.script
        layer, last = script.focus_layer, script.prompt_count - 1
        self.activations = script.activations[layer, last]
        m = len(self.activations)
        self.width, self.height = WIDE if studio.picture.is_wide else NARROW
        self.x = float(layout.token_x(last + 1, last + 1)[-1]) + layout.CUBE_SIZE[0] / 2 + GAP + self.width / 2
        self.z, self.depth = FOOT + self.height / 2, script.depth(2 * layer)
        self.grid = layout.PanelGrid.of(m, self.width, self.height)
        weights = studio.script.weights
        self.wall = self._make_wall(studio, "W_in", weights.W_in) if weights else None
        self.out = self._make_wall(studio, "W_out", weights.W_out) if weights else None
        if self.wall:
            self.out.light.begin(OUT_DIM)
            self.wall_names, self.wall_cells = film.visibility(*self.wall.labels), film.visibility(self.wall.object)
            self.dim = self._make_dim(studio)
        middle = np.array([self.x, self.depth, self.z])
        foot = np.array([layout.token_x(last + 1, last + 1)[-1], self.depth, neurons.base_z])
        home = layout.NeuronGrid.of(m).place(np.arange(m)) + foot - middle
        votes = script.votes
        push, self.push_scale = np.zeros(m), 1.0
        if votes is not None:
            push = votes.pushes[self.voted_word(script)]
            self.push_scale = layout.value_scale(push)
        self.pushes = push
        scale = layout.value_scale(script.activations[layer, : last + 1])
        self.shown = layout.shown_activation(self.activations, scale)
        mesh = self._mesh(home, push)
        self.object, modifier = studio.field("Focus neurons", mesh, _neuron_group(studio, self.grid, m))
        mark(self.object, "panel", width=self.width, height=self.height)
        self.object.location = middle
        for name in ("Reveal", "Asked", "Voted", "Gather"):
            setattr(self, name.lower(), film.dial(modifier, name, 0.0))
        self.visible = film.visibility(self.object)
        self._make_light(studio, middle, beside)

    @staticmethod
    def voted_word(script) -> int:
        """Which of the words of the votes the panel is about: the one that the layer moves furthest."""
        return int(np.abs(script.votes.pushes.sum(axis=1)).argmax())

    def _make_wall(self, studio: Studio, name: str, matrix: np.ndarray) -> Wall:
        """A matrix with a row a neuron, as large as the panel."""
        wall = Wall(studio, name, matrix, (self.width, self.height))
        wall.place.begin((self.x, self.depth + BEFORE, self.z))
        wall.reveal.begin(0.0)
        return wall

    def _make_dim(self, studio: Studio):
        """The wall again, as dark as it is behind the neurons -> Visibility. It stands still, so it costs nothing."""
        wall, name = self.wall, f"{self.wall.object.name} dim"
        still, modifier = studio.field(name, wall.object.data, wall.object.modifiers[0].node_group)
        wall.fit(modifier)
        compat.set_input(modifier, "Light", DIM)
        mark(still, "wall", **wall.mark)
        still.location = wall.object.location
        return studio.film.visibility(still)

    def _mesh(self, home: np.ndarray, push: np.ndarray):
        place = self.grid.place(np.arange(len(push)))
        return points.point_mesh(
            "Focus neurons",
            {
                "neuron": np.arange(len(push)),
                "value": self.activations,
                "shown": self.shown,
                "push": push,
                "push_shown": layout.shown_value(push, self.push_scale),
                "home_x": home[:, 0],
                "home_y": home[:, 1],
                "home_z": home[:, 2],
            },
            place,
        )

    def _make_light(self, studio: Studio, middle: np.ndarray, beside: float) -> None:
        """Rays of the question, threads of the answers, and the number of those that are lit."""
        film, script = studio.film, studio.script
        column_x = float(layout.token_x(script.prompt_count, script.prompt_count)[-1])
        top = layout.column_top(script.model.d_model, layout.SCALE_ATTENTION)
        half = layout.COLUMN_WIDTH * layout.SCALE_ATTENTION / 2
        feet = np.linspace(layout.COLUMN_BASE + 0.05, top - 0.05, FEET)
        starts = np.column_stack([np.full(FEET, column_x + half), np.full(FEET, self.depth), feet]) - middle
        mesh = points.point_mesh("Rays", {"place": np.arange(FEET)}, starts)
        rays, modifier = studio.field("Question rays", mesh, _ray_group(studio, self))
        rays.location = middle
        self.rays = film.dial(modifier, "Asked", 0.0)
        self.rays_visible = film.visibility(rays)

        strongest = np.argsort(-self.activations, kind="stable")
        lit = strongest[: min(MOST_THREADS, max(1, int((self.activations > layout.LIT).sum())))]
        lit = lit[np.argsort(self.grid.place(lit)[:, 2], kind="stable")]  # from below: threads don't cross
        to_z = np.linspace(layout.COLUMN_BASE + 0.05, top - 0.05, len(lit)) - middle[2]
        to_x = np.full(len(lit), column_x + beside - middle[0])
        mesh = points.point_mesh(
            "Focus threads",
            {"neuron": lit, "value": self.activations[lit], "shown": self.shown[lit], "to_x": to_x, "to_z": to_z},
            self.grid.place(lit),
        )
        self.threads, modifier = studio.field("Focus threads", mesh, _thread_group(studio))
        self.threads.location = middle - [0, 0.03, 0]
        mark(self.threads, "panel threads")
        self.back, self.drain = film.dial(modifier, "Back", 0.0), film.dial(modifier, "Drain", 0.0)
        self.threads_visible = film.visibility(self.threads)
        plus = (column_x + beside / 2, self.depth - 0.2, top + PLUS)
        self.plus = film.visibility(studio.label("Update +", "+", 2 * PLUS, studio.palette.text, plus))

        counted = np.concatenate([[0], np.cumsum(self.activations > layout.LIT)]).astype(np.float32)
        table = studio.lookup("Lit neurons", count=counted)
        before, after = word("lit", studio.language, count="\n", neurons=len(self.activations)).split("\n")
        self.count, modifier = studio.field("Lit count", studio.empty, _count_group(studio, table, before, after))
        self.count.location = (middle[0] + self.width / 2, middle[1], FOOT + self.height + COUNT_Z)
        self.count.rotation_euler = FRONT
        mark(self.count, "lit count")
        self.counted = film.dial(modifier, "Asked", 0.0)
        self.count_visible = film.visibility(self.count)

    @property
    def neurons(self) -> int:
        """m."""
        return len(self.activations)

    def ask(self, count: float, **timing) -> list:
        """Clips that sweep through the rows of W_in up to a neuron: its question, its light, the number of all lit."""
        swept = [dial.to(count, **timing) for dial in (self.asked, self.rays, self.counted)]
        if self.wall:
            rows = count / self.neurons * self.wall.grid.rows
            swept.append(self.wall.sweep.to(rows, origin=0.0, **timing))
        return swept


def _neuron_group(studio: Studio, grid: layout.PanelGrid, m: int) -> Graph:
    graph = Graph("Focus neurons")
    reveal, asked, voted, gather = (graph.input(name, default=0.0) for name in ("Reveal", "Asked", "Voted", "Gather"))
    neuron = graph.attribute("neuron", "INT")
    unfold = graph.smooth(reveal * 1.6 - neuron * (0.6 / m))
    seen = graph.select(graph.geometry, unfold > 0.001)
    lit = graph.attribute("shown") * (neuron < asked)
    votes = neuron < voted
    shown = graph.attribute("push_shown")
    size = graph.mix(lit, graph.math("ABSOLUTE", shown), votes)
    colours = studio.palette
    ramp = graph.ramp(lit, palette.stops(colours.activation))
    tint = graph.scale_colour(ramp, colours.neuron_light(lit))
    hue = graph.mix_colour(*(colours.linear(colours.diverging[i][1]) for i in (AGAINST, FOR)), shown > 0.0)
    pushed = colours.fade(graph, hue, VOTE[0] + VOTE[1] * shown * shown)
    seen = graph.store(seen, "tint", graph.mix_colour(tint, pushed, votes), "FLOAT_COLOR")
    just = [1.0 - ((front - neuron) / FLASH).clamp() for front in (asked, voted)]
    fresh = [flash * (neuron < front) * (front < m - 0.5) for flash, front in zip(just, (asked, voted), strict=True)]
    seen = graph.store(seen, "fresh", graph.math("MAXIMUM", *fresh))
    home = layout.NeuronGrid.of(m)
    wide = graph.mix(grid.diameter(size), home.diameter(size), gather) * unfold
    x, y, z = graph.split(graph.position())
    to = (graph.attribute(f"home_{axis}") for axis in "xyz")
    place = graph.vector(*(graph.mix(start, end, gather) for start, end in zip((x, y, z), to, strict=True)))
    seen = graph.store(seen, "diameter", wide)
    disc = graph.object_geometry(studio.shape("Focus neuron", shapes.disc(12 if m <= ROUND_COUNT else 6)))
    size = graph.attribute("diameter")
    made = graph.instances(seen, disc, graph.vector(size, size, size), place)
    flash = graph.attribute("fresh")
    tint = graph.mix_colour(graph.attribute("tint", "FLOAT_COLOR"), studio.colour("hot", 1.3), flash * flash * 0.8)
    graph.output(graph.coloured(made, tint, studio.materials.glow, studio.speck))
    return graph


def _line(graph: Graph, count: int) -> Field:
    line = graph.field("GeometryNodeCurvePrimitiveLine", {"End": (1.0, 0.0, 0.0)})
    line = graph.field("GeometryNodeResampleCurve", {"Curve": line, "Count": count})
    along, _, _ = graph.split(graph.position())
    return graph.store(line, "along", along)


def _tubes(graph: Graph, curves: Field, radius: Field | float) -> Field:
    profile = graph.field("GeometryNodeCurvePrimitiveCircle", {"Resolution": 4, "Radius": 1.0})
    return graph.field("GeometryNodeCurveToMesh", {"Curve": curves, "Profile Curve": profile, "Scale": radius})


def _ray_group(studio: Studio, panel: Panel) -> Graph:
    """Short rays from all of the column to the row that it meets: the question is put to the whole vector."""
    graph = Graph("Question rays")
    asked = graph.input("Asked", default=0.0)
    grid, m = panel.grid, panel.neurons
    there = graph.select(graph.geometry, (asked > 0.01) * (asked < m - 0.01))
    foot_x, _, foot_z = graph.split(graph.position())
    there = graph.store(graph.store(there, "foot_x", foot_x), "foot_z", foot_z)
    placed = graph.field("GeometryNodeInstanceOnPoints", {"Points": there, "Instance": _line(graph, 14)})
    curves = graph.field("GeometryNodeRealizeInstances", {"Geometry": placed})
    t = graph.attribute("along")
    spread = graph.smooth(t)
    z = grid.height / 2 - asked * (grid.height / m)
    end = -grid.width / 2
    x = graph.mix(graph.attribute("foot_x"), end, t)
    curves = graph.move(curves, graph.vector(x, 0.0, graph.mix(graph.attribute("foot_z"), z, spread)))
    tubes = _tubes(graph, curves, 0.006)
    colour = graph.mix_colour(studio.colour("cyan", 0.5), studio.colour("pulse", 1.2), t)
    graph.output(graph.coloured(tubes, colour, studio.materials.glow, studio.speck))
    return graph


def _thread_group(studio: Studio) -> Graph:
    """Gold from the lit neurons to the update, as thick as they shine."""
    graph = Graph("Focus threads")
    back, drain = graph.input("Back", default=0.0), graph.input("Drain", default=0.0)
    there = graph.select(graph.geometry, (back - drain) > 0.001)
    x, _, z = graph.split(graph.position())
    there = graph.store(graph.store(there, "from_x", x), "from_z", z)
    placed = graph.field("GeometryNodeInstanceOnPoints", {"Points": there, "Instance": _line(graph, THREAD_POINTS)})
    curves = graph.field("GeometryNodeRealizeInstances", {"Geometry": placed})
    t = graph.mix(drain, back, graph.attribute("along"))
    # Down out of the panel first, then together into the update.
    spread = graph.smooth(t, 0.0, 0.9)
    x = graph.mix(graph.attribute("from_x"), graph.attribute("to_x"), t)
    z = graph.mix(graph.attribute("from_z"), graph.attribute("to_z"), spread)
    curves = graph.move(curves, graph.vector(x, graph.sin(t * np.pi) * -0.3, z))
    shown = graph.attribute("shown")
    head = graph.math("EXPONENT", (graph.attribute("along") - 1.0) / 0.12) * (back < 0.999)
    radius = layout.thread_radius(shown) * layout.PANEL_THREAD
    tubes = _tubes(graph, curves, radius * (1.0 + 0.8 * head))
    lit = studio.palette.fade(graph, studio.colour("gold"), 0.3 + 0.6 * shown)
    colour = graph.mix_colour(lit, studio.colour("hot", 1.5), head)
    graph.output(graph.coloured(tubes, colour, studio.materials.glow, studio.speck))
    return graph


def _count_group(studio: Studio, table, before: str, after: str) -> Graph:
    """How many of those asked are lit, as a text."""
    graph = Graph("Lit count")
    asked = graph.input("Asked", default=0.0)
    count = graph.sample(graph.object_geometry(table), "count", asked.floor())
    number = graph.field("FunctionNodeValueToString", {"Value": count, "Decimals": 0})
    ends = [graph.field("FunctionNodeInputString", string=text) for text in (before, after)]
    text = graph.field("GeometryNodeStringJoin", {"Strings": [ends[0], number, ends[1]]})
    # The number goes along with the letters, so that it can be read back.
    latin = is_latin(before + after)
    text = text if latin else studio.digits_in_one_face(graph, text)
    size = COUNT_SIZE * (compat.BUILT_IN_FONT_SIZE if latin and not studio.latin else 1.0)
    drawn = studio.text(graph, text, size, "Right", studio.latin if latin else None)
    drawn = graph.store(drawn, "count", count)
    graph.output(graph.coloured(drawn, studio.colour("gold"), studio.materials.type, studio.speck))
    return graph
