"""Attention: one arc per layer, head, query and key, from the token that is read to the token that reads."""

from collections.abc import Generator

import numpy as np

from ... import compat
from .. import layout, points
from ..evidence import mark
from ..nodes import Graph
from ..steps import finished
from ..studio import Studio
from .head_grid import Feet, HeadGrid, behind, gone_part

# Points along an arc and sides of its tube; those of the other heads are a pixel or two wide, and where all layers are
# seen at once, those of small weights too.
ARC_POINTS, ARC_SIDES = 28, 6
OTHER_POINTS, OTHER_SIDES = 18, 3
HEAVY = 0.3  # where all layers are seen at once, beams of other heads below this weight are left out
HEADS_UP, EVEN_UP = 0.42, 0.15  # the other heads stand above the focus head's arcs; where all are drawn alike
UNREAD, READ = 0.12, 0.35  # strength of what isn't read yet in a wave of reading, and of what has been read
FLARE = 0.05  # how white a head is on its way
PASSED = 1e4  # metres: where the light of a pass is when it is through
COMES = 2.5  # metres behind the front of a pass in which arcs take its light
ON_RAIL = 0.88  # of its bar that an arc begins as: tubes that touch would be one
WAITING = 0.3  # strength of the arcs that it hasn't reached
AFTERGLOW = 2.5  # metres behind it in which the others calm down
WAVE = 0.7  # when the last query of a wave begins to read


class Beams:
    """All beams of all layers in one point cloud.

    Layer chooses whose beams are drawn (with Trail, those of so many layers before it too; Every: one layer in so
    many). Others (0 … 1): heads beside the focus head, with weights above Least; Even (0 … 1): those show their
    weights as the focus head does, and it has no arcs of smaller weights than they have. With Only at 1 there are
    just the beams into Query; on the way to 0 one query after another reads, from the left; Unread (0 … 1): how far
    the others are dim meanwhile. Reveal grows them; Pulse runs along them. Bend (0 … 1): from bars on the tile's
    rail to arcs, for those into Query. Fan (0 … 1): one head after another leaves the row for a place of its own
    over it (HeadGrid). Fade Sink (0 … 1): beams from the first token are as dim as the dimmest.
    """

    def __init__(self, studio, tile=None):
        self.heads = HeadGrid.of(studio)
        group = shared_group(studio)
        self.object, self.modifier = studio.field("Attention beams", beam_mesh(studio.script, studio.palette), group)
        mark(self.object, "beams", abreast=self.heads.abreast, broad=studio.picture.is_wide)
        film = studio.film
        compat.set_input(self.modifier, "Fade Sink", float(studio.script.fade_sink))
        if tile:
            x, y, z, half = tile.rail
            rail = {"Rail X": x, "Rail Y": y, "Rail Z": z, "Rail Half": half, "Rail Length": tile.grid.width}
            for name, value in rail.items():
                compat.set_input(self.modifier, name, float(value))
        self.layer = film.dial(self.modifier, "Layer", studio.script.focus_layer)
        self.others = film.dial(self.modifier, "Others", 0.0)
        self.query = film.dial(self.modifier, "Query", studio.script.focus_query)
        self.only = film.dial(self.modifier, "Only", 1.0)
        self.reveal = film.dial(self.modifier, "Reveal", 0.0)
        self.pulse = film.dial(self.modifier, "Pulse", -0.2)
        self.bend = film.dial(self.modifier, "Bend", 1.0)
        self.fan = film.dial(self.modifier, "Fan", 0.0)
        self.even = film.dial(self.modifier, "Even", 0.0)
        self.unread = film.dial(self.modifier, "Unread", 0.0)
        self.feet = Feet(studio, self.heads)
        self.visible = film.visibility(self.object)
        self.all_layers = self._make_still(studio)

    def turns(self, count):
        """[count] of Only, at which the beams of each query are half there."""
        return 1.0 - (1.0 - WAVE) / 2 - WAVE * np.linspace(0.0, 1.0, count)

    def _make_still(self, studio):
        """The beams of all layers at once -> Visibility. Once they are grown, a frame costs nothing."""
        still, modifier = studio.field("Beams of all layers", self.object.data, self.modifier.node_group)
        self.still = still
        mark(still, "beams", all_layers=True)
        n_layer = studio.script.model.n_layer
        fade = studio.script.fade_sink
        inputs = {"Layer": n_layer - 1, "Trail": n_layer, "Others": 1, "Least": HEAVY, "Fade Sink": fade}
        inputs["Every"] = layout.every(n_layer)
        for name, value in inputs.items():
            compat.set_input(modifier, name, float(value))
        self.all_reveal = studio.film.dial(modifier, "Reveal", 1.0)
        self.all_front = studio.film.dial(modifier, "Front", PASSED)
        self.all_pulse = studio.film.dial(modifier, "Pulse", -0.2)
        return studio.film.visibility(still)

    def height(self, layer=None, query=None, even=False):
        """How far the drawn arcs rise over the columns, in one layer or in all; of one query: the focus head's."""
        mesh = self.object.data
        if query is not None:
            own = (points.read_attribute(mesh, "query") == query) & (points.read_attribute(mesh, "focus") > 0)
            own &= points.read_attribute(mesh, "layer") == layer
            return float(layout.arc_height(points.read_attribute(mesh, "span")[own]).max(initial=0.84))
        tops = layout.arc_height(points.read_attribute(mesh, "span")) * (
            1 + (EVEN_UP if even else HEADS_UP) * points.read_attribute(mesh, "fan")
        )
        if layer is not None:
            tops = tops[points.read_attribute(mesh, "layer") == layer]
        return float(tops.max(initial=layout.arc_height(0.0)))


def beam_mesh(script, palette):
    """Causal: key <= query. Of the prompt's tokens; queries are those that are shown."""
    trace = script.trace
    query, key = np.tril_indices(script.text_count)
    query, key = query[query >= script.earlier], key[query >= script.earlier]
    patterns = np.stack([block.pattern for block in trace.blocks])
    weight = patterns[:, :, query, key]  # [L, H, pairs]
    before = (np.cumsum(patterns, -1, dtype=np.float64) - patterns)[:, :, query, key]
    layer, head, pair = (index.ravel() for index in np.indices(weight.shape))
    focus = head == script.focus_heads[layer]
    tint = head_hues(palette, head, script.focus_heads[layer])
    x = script.text_x
    start = x[key[pair]]
    fan = np.where(focus, 0.0, (1 + head) / trace.model.n_head)
    back = layer * script.block_depth + behind(head, script.focus_heads[layer], trace.model)
    # A beam that would never be drawn is left out; whoever needs the whole pattern has it in the trace.
    drawn = weight.ravel() >= np.where(focus, layout.BEAM_THRESHOLD, layout.OTHER_THRESHOLD)
    return points.point_mesh(
        "Beams",
        {
            "weight": weight.ravel()[drawn],
            "layer": layer[drawn],
            "head": head[drawn],
            "query": query[pair][drawn],
            "key": key[pair][drawn],
            "focus": focus[drawn].astype(np.int32),
            "span": (x[query[pair]] - start)[drawn],
            "fan": fan[drawn],
            "before": before.ravel()[drawn].astype(np.float32),
            "tint": tint[drawn],
        },
        np.column_stack([start, back, np.zeros_like(start)])[drawn],
    )


def head_hues(palette, head, focus):
    """[n] heads, and the focus head, or that of each one's layer -> linear colours [n, 4]: gold is the focus head."""
    others = np.array([palette.linear(colour) for colour in palette.heads])
    gold = np.array(palette.linear(palette.gold))
    return np.where((head == focus)[:, None], gold, others[(head - (head > focus)) % len(others)])


def shared_group(studio: Studio) -> Graph:
    """The group of all objects that show beams."""
    return studio.once("beams", lambda: finished(beam_group(studio)))


def beam_group(studio: Studio) -> Generator[str, None, Graph]:
    """In steps, as `assemble`."""
    graph = Graph("Attention beams")
    layer, trail, others, query, only, reveal, pulse = (
        graph.input(label, default=value)
        for label, value in (
            ("Layer", 0.0),
            ("Trail", 0.0),
            ("Others", 0.0),
            ("Query", 0.0),
            ("Only", 0.0),
            ("Reveal", 1.0),
            ("Pulse", -0.2),
        )
    )
    least = graph.input("Least", default=0.0)
    every = graph.input("Every", default=1.0)
    fade_sink = graph.input("Fade Sink", default=0.0)
    bend, fan = graph.input("Bend", default=1.0), graph.input("Fan", default=0.0)
    unread = graph.input("Unread", default=0.0)
    front = graph.input("Front", default=PASSED)
    even = graph.input("Even", default=0.0)
    rail_x, rail_y, rail_z, rail_half, rail_length = (
        graph.input(f"Rail {name}", default=0.0) for name in ("X", "Y", "Z", "Half", "Length")
    )
    base = graph.input("Base", default=layout.column_top(studio.script.model.d_model, layout.SCALE_ATTENTION) + 0.06)
    own_layer = graph.attribute("layer", "INT")
    weight, focus = graph.attribute("weight"), graph.attribute("focus", "INT")
    reading = graph.math("COMPARE", graph.attribute("query", "INT"), query, 0.5)
    # One query after another, from the left: when it comes, the beams into it grow and a pulse runs along them.
    script = studio.script
    order = (graph.attribute("query", "INT") - script.earlier) / max(script.prompt_count - 1, 1)
    order = graph.math("MINIMUM", order, 1.0)  # drawn ones come with the last
    since = (1.0 - only - order * WAVE) / (1.0 - WAVE)
    turn = since.clamp()
    grown = graph.math("MAXIMUM", reading, graph.smooth((turn * 2.0).clamp()))

    in_range = (own_layer < layer + 0.5) * (own_layer > layer - trail - 0.5)
    heavy = graph.math("MAXIMUM", focus, (others > 0.01) * (weight > least))
    among = graph.math("FLOORED_MODULO", own_layer, every) < 0.5
    alike = 1.0 - even * others * (weight < layout.OTHER_THRESHOLD)
    shown = in_range * among * heavy * (reveal * grown * alike > 0.001)
    chosen = graph.select(graph.geometry, shown)

    yield "beams"
    bright = 0.30 + 1.9 * weight**0.7
    own_bright = bright * (1.0 - 0.35 * others * (1.0 - even))  # leave room for the others to be seen
    strength = graph.mix(graph.mix((0.22 + 0.6 * weight) * others, bright * others, even), own_bright, focus)
    own_turn = graph.smooth(since, 0.0, 0.25) * (1.0 - (1.0 - READ) * graph.smooth(since, 0.9, 1.8))
    strength = strength * graph.mix(1.0, graph.mix(UNREAD, 1.0, own_turn), unread)
    # The first token can only read itself: its loop says nothing, and is drawn faintly.
    strength = strength * (1.0 - 0.7 * (graph.attribute("query", "INT") < 0.5))
    to_first = (graph.attribute("key", "INT") < 0.5) * (graph.attribute("query", "INT") > 0.5)
    strength = strength * (1.0 - fade_sink * to_first)
    like_focus = graph.math("MAXIMUM", focus, even)
    radius = graph.mix(layout.other_radius(weight), layout.beam_radius(weight), like_focus)
    radius = graph.mix(graph.mix(rail_half, radius, 1.0 - (1.0 - bend) ** 4.0), radius, 1.0 - reading * focus)
    chosen = graph.store(chosen, "strength", strength)
    chosen = graph.store(chosen, "beam_radius", radius * alike)
    chosen = graph.store(chosen, "grown", grown)
    chosen = graph.store(chosen, "turn", turn)
    chosen = graph.store(chosen, "gone", gone_part(graph, fan, script.model.n_head))
    # First from the rail to the tokens that each is between, then up: no arc ever stands beside them.
    for name, low, high in (("aside", 0.0, 0.5), ("flat", 0.35, 1.0)):
        chosen = graph.store(chosen, name, (1.0 - graph.smooth(bend, low, high)) * reading * focus)

    yield "beams"
    # Where each arc starts, kept before instancing moves the points.
    foot_x, foot_y, _ = graph.split(graph.position())
    chosen = graph.store(graph.store(chosen, "foot_x", foot_x), "foot_y", foot_y)
    fine = focus * graph.math("MAXIMUM", trail < 0.5, weight > HEAVY)
    parts = ((ARC_POINTS, ARC_SIDES, fine > 0.5), (OTHER_POINTS, OTHER_SIDES, fine < 0.5))

    t = graph.attribute("along") * reveal * graph.attribute("grown")
    span = graph.attribute("span")
    inset = layout.BEAM_INSET
    loop = graph.math("ABSOLUTE", span) < 0.01  # a token that reads itself: a small loop
    ease = 0.5 - 0.5 * graph.cos(t * np.pi)
    x = graph.mix(inset + (span - 2 * inset) * ease, 0.26 * graph.sin(t * 2 * np.pi), loop)
    up = 1.0 + graph.mix(HEADS_UP, EVEN_UP, even) * graph.attribute("fan")
    arc = (layout.ARC_FOOT + layout.ARC_SLOPE * span) * up * graph.sin(t * np.pi)
    z = graph.mix(arc, 0.42 - 0.42 * graph.cos(t * 2 * np.pi), loop)
    own_y = graph.attribute("foot_y")
    heads, gone = HeadGrid.of(studio), graph.attribute("gone")
    own_x, own_z = heads.spread(graph, graph.attribute("head", "INT"), gone, graph.attribute("foot_x") + x, z, base)
    on_bar = (1.0 - ON_RAIL) / 2 + ON_RAIL * t
    on_rail = rail_x + (graph.attribute("before") + graph.attribute("weight") * on_bar) * rail_length
    flat = graph.attribute("flat")
    x = graph.mix(own_x, on_rail, graph.attribute("aside"))
    place = graph.vector(x, own_y + rail_y * flat, graph.mix(own_z, rail_z, flat))

    yield "beams"
    hot = graph.math("MAXIMUM", _pulse(graph, pulse), _pulse(graph, graph.attribute("turn") * 2.0 - 0.2))
    hot = (hot * graph.math("MAXIMUM", graph.attribute("focus", "INT"), even)).clamp()
    leaving = graph.attribute("gone") * (1.0 - graph.attribute("gone")) * 4.0
    own_radius = graph.attribute("beam_radius")
    thickness = own_radius * (1.0 + layout.BEAM_SWELLING * hot)
    tint = graph.attribute("tint", "FLOAT_COLOR")
    ahead = graph.attribute("foot_y") - front
    come = 1.0 - graph.smooth(ahead, -COMES, 0.0)
    flare = graph.math("EXPONENT", graph.math("MINIMUM", ahead, 0.0) / AFTERGLOW) * come
    reached = graph.mix(WAITING, 1.0, come)
    lit = studio.palette.fade(graph, tint, (graph.attribute("strength") * 1.2).clamp(0.14, 1.25) * 0.9 * reached)
    white = graph.math("MAXIMUM", graph.math("MAXIMUM", hot * 0.75, leaving * FLARE), flare * 0.9)
    colour = graph.mix_colour(lit, studio.colour("pulse", 1.6), white)
    tubes = []
    for count, sides, own in parts:
        inputs = {"Points": graph.select(chosen, own), "Instance": _line(graph, count)}
        curves = graph.field("GeometryNodeInstanceOnPoints", inputs)
        curves = graph.move(graph.field("GeometryNodeRealizeInstances", {"Geometry": curves}), place)
        # Before they are tubes: once for each point of an arc, not for each corner around it.
        curves = graph.store(curves, "Color", colour, "FLOAT_COLOR")
        profile = graph.field("GeometryNodeCurvePrimitiveCircle", {"Resolution": sides, "Radius": 1.0})
        inputs = {"Curve": curves, "Profile Curve": profile, "Scale": thickness}
        tubes.append(graph.field("GeometryNodeCurveToMesh", inputs))
    tubes = graph.join(*tubes)
    graph.output(graph.painted(tubes, studio.materials.glow, studio.speck))
    return graph


def _pulse(graph, pulse):
    """How bright each place on an arc is when a pulse is at a place, 0 … 1."""
    ahead = graph.attribute("along") - pulse
    head = graph.math("EXPONENT", -((ahead / 0.02) ** 2.0))
    return graph.math("MAXIMUM", head, graph.math("EXPONENT", ahead / layout.BEAM_TAIL) * (ahead < 0.0))


def _line(graph, count):
    """A curve of `count` points whose attribute `along` runs from 0 to 1."""
    line = graph.field("GeometryNodeCurvePrimitiveLine", {"End": (1.0, 0.0, 0.0)})
    line = graph.field("GeometryNodeResampleCurve", {"Curve": line, "Count": count})
    along, _, _ = graph.split(graph.position())
    return graph.store(line, "along", along)
