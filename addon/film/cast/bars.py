"""Unembedding: bars that are the softmax of the real logits, computed live in Geometry Nodes.

One set of bars for all steps. The whole vocabulary's logits are in the file, so the Temperature of the modifier may be
turned by hand and every bar and percentage stays exact.
"""

import numpy as np

from ....inference.sampling import probabilities, softmax
from ... import compat
from .. import layout, points, shapes
from ..evidence import candidates, mark
from ..nodes import Graph
from ..studio import FRONT
from ..texts import breadth, word

PERCENT = 0.2  # metres between a bar and its percentage
LID, LEAST = 0.035, 0.14  # metres: the bright end of a bar; its length before it grows
TEXT_SIZE, PERCENT_SIZE = 0.52, 0.48
TEXT_Y = -layout.BAR_THICK / 2 - 0.04
OTHERS = layout.CANDIDATES  # the last place: that of all other tokens
PLACES = OTHERS + 1
ABSENT = -2  # the token of a place that a step does not use
OVERHANG = 0.3  # metres that the name of all others may begin before the list, where the cube is lower
OTHERS_LONGER = 1.2  # than the longest bar of a token the bar of all others may be: its number is on it
STAGGER = 0.09  # how much later each bar grows than the one above it


class Bars:
    """A list of tokens with their probabilities as bars, and all other tokens, at one of the steps.

    Fly (0 … 1): from the tokens' places on a wall to this list; Rise: they grow; Lay: they lie end to end as a strip.
    Length: metres for probability 1.
    """

    def __init__(self, studio, board, group, words_group):
        film, script = studio.film, studio.script
        self.board, self.steps = board, _candidates(script)
        self.count = int((self.steps[0] >= 0).sum())  # of the first step's, without all others
        logits = np.stack([step.trace.logits for step in script.recording.steps])
        table = studio.lookup("Probabilities logits", logit=logits.ravel().astype(np.float32))
        rows, mesh = _table(studio, board, self.steps, logits), _place_mesh()
        self.object, self.modifier = studio.field("Probabilities", mesh, group)
        self.words, words = studio.field("Probabilities words", studio.empty, words_group, parent=self.object)
        for modifier in (self.modifier, words):
            compat.set_input(modifier, "Candidates", rows)
        for name, value in (
            ("Logits", table),
            ("Vocabulary", logits.shape[1]),
            ("Strip Width", float(board.strip_width)),
            ("Strip X", float(board.strip_x - board.left)),
            ("Strip Z", float(board.strip_z - board.low)),
        ):
            compat.set_input(self.modifier, name, value)
        labels = [script.label(token) if token >= 0 else "" for step in self.steps for token in step]
        self.letters = max(map(len, labels))
        compat.set_input(words, "Words", "".join(label.rjust(self.letters) for label in labels))
        compat.set_input(words, "Letters", self.letters)
        mark(self.object, "bars")
        mark(self.words, "bar words")
        for name, value in (("Temperature", 1.0), ("Length", 1.0), ("Lay", 0.0)):
            setattr(self, name.lower(), film.dial(self.modifier, name, value))
        shared = (("Fly", 0.0), ("Step", 0.0), ("Rise", 0.0), ("Chosen", -1.0), ("Glow", 0.0))
        self._shared = {
            name: [film.dial(modifier, name, value) for modifier in (self.modifier, words)] for name, value in shared
        }
        self._lights = [film.dial(modifier, "Light", 1.0) for modifier in (self.modifier, words)]
        self.place = film.place(self.object, "location", (board.left, board.y, board.low))
        self.scale = film.place(self.object, "scale", (1.0, 1.0, 1.0))
        self.visible = film.visibility(self.object)
        self.words_visible = film.visibility(self.words)

    def turn(self, value, *names, **timing):
        """Clips for inputs that bars and words share: Fly, Step, Rise, Chosen, Glow."""
        return [dial.to(value, **timing) for name in names for dial in self._shared[name]]

    def light(self, value, **timing):
        """Clips that dim the words and the percentages."""
        return [dial.to(value, **timing) for dial in self._lights]

    def dial(self, name):
        """One of these inputs."""
        return self._shared[name][0]

    @staticmethod
    def risen(place):
        """At which Rise the bar of a place has its length."""
        return (1 + place * STAGGER) / (1 + PLACES * STAGGER)

    def row(self, step, place):
        """The row of a bar from below."""
        return _row(self.steps[step], place)

    def one_scale(self, logits, temperatures):
        """The Length at which all of the first step's bars fit at each of some temperatures."""
        shown = self.steps[0][self.steps[0] >= 0]
        shares = [softmax(logits, temperature)[shown] for temperature in temperatures]
        longest = max(max(float(share.max()), (1.0 - float(share.sum())) / OTHERS_LONGER) for share in shares)
        return layout.BarScale.of(longest, self.board.longest).per_unit


def _candidates(script):
    """The tokens of each step's bars, [S][PLACES]; ABSENT where there is none, -1 for all others of the first step."""
    steps = []
    for step, recorded in enumerate(script.recording.steps):
        shown = candidates(recorded.trace.logits, recorded.draw.token, step)
        steps.append(np.append(shown, [ABSENT] * (OTHERS - len(shown)) + [ABSENT if step else -1]))
    return steps


def bars_font(studio):
    """The face of the words: one that has the letters of all of them."""
    shown = [token for step in _candidates(studio.script) for token in step if token >= 0]
    return studio.font_of("".join(map(studio.script.label, shown)) + word("others", studio.language))


def _row(tokens, place):
    return 0.0 if place == OTHERS else layout.bar_row(int((tokens[:-1] != ABSENT).sum()), place)


def _table(studio, board, steps, logits):
    """One point for each step and place: token, row, size of its word, where it is on the wall, where on the strip."""
    script, grid = studio.script, board.grid
    columns = {name: [] for name in ("token", "row", "size", "wall_x", "wall_z", "begin")}
    share = probabilities(logits[0], script.recording.sampling)
    order = np.argsort(-share, kind="stable")
    begins = np.empty(len(share))
    begins[order] = np.cumsum(share[order]) - share[order]
    # All others come after the likeliest ones.
    after = np.cumsum(share[order])[min(layout.CANDIDATES, len(order)) - 1]
    for tokens in steps:
        for place, token in enumerate(tokens):
            label = script.label(token) if token >= 0 else word("others", studio.language)
            room = layout.BAR_FOOT + (OVERHANG if token < 0 else 0.0)
            fits = (room - 0.12) / max(breadth(label) * 1.12, 0.1)
            x, z = grid.place(max(token, 0))
            columns["token"].append(int(token))
            columns["row"].append(_row(tokens, place))
            columns["size"].append(min(TEXT_SIZE, fits))
            columns["wall_x"].append(x + board.wall_x - board.left)
            columns["wall_z"].append(z + board.wall_z - board.low)
            columns["begin"].append(begins[token] if token >= 0 else after)
    return studio.lookup(
        "Probabilities candidates",
        **{name: np.array(values, np.int32 if name == "token" else np.float32) for name, values in columns.items()},
    )


def _place_mesh():
    """A point for each place."""
    return points.point_mesh("Probabilities", {"place": np.arange(PLACES)}, np.zeros((PLACES, 3)))


def bar_group(studio, board):
    """Points -> bars with percentages. p(token) = exp((z - z_max) / T) / Σ over the vocabulary.

    In steps, as `assemble`.
    """
    materials = studio.materials
    graph = Graph("Probability bars")
    table, rows = graph.input("Logits", "Object"), graph.input("Candidates", "Object")
    vocabulary = graph.input("Vocabulary", "Int", 1)
    step, temperature = graph.input("Step", default=0.0), graph.input("Temperature", default=1.0)
    per_unit, fly = graph.input("Length", default=1.0), graph.input("Fly", default=1.0)
    rise, lay = graph.input("Rise", default=1.0), graph.input("Lay", default=0.0)
    chosen, glow = graph.input("Chosen", default=-1.0), graph.input("Glow", default=0.0)
    light = graph.input("Light", default=1.0)
    strip_width, strip_x, strip_z = (graph.input(f"Strip {name}", default=1.0) for name in ("Width", "X", "Z"))

    numbers, rows = graph.object_geometry(table), graph.object_geometry(rows)
    step = (step + 0.001).floor()
    every = graph.field("GeometryNodePoints", {"Count": vocabulary})
    first = step * vocabulary
    logit = graph.sample(numbers, "logit", first + graph.field("GeometryNodeInputIndex"))
    largest = _statistic(graph, every, logit, "Max")
    total = _statistic(graph, every, graph.math("EXPONENT", (logit - largest) / temperature), "Sum")
    place = graph.attribute("place", "INT")
    bars = graph.geometry
    for name in ("token", "row", "wall_x", "wall_z", "begin"):
        kind = "INT" if name == "token" else "FLOAT"
        bars = graph.store(bars, name, graph.sample(rows, name, step * PLACES + place, kind), kind)
    token = graph.attribute("token", "INT")
    bars = graph.select(bars, token > ABSENT + 0.5)
    own = graph.sample(numbers, "logit", first + token)
    probability = graph.math("EXPONENT", (own - largest) / temperature) / total
    others = token < -0.5
    bars = graph.store(bars, "probability", probability * (1.0 - others))
    shown = _statistic(graph, bars, graph.attribute("probability"), "Sum")
    bars = graph.store(bars, "probability", graph.mix(graph.attribute("probability"), 1.0 - shown, others))

    yield "bars"
    part = graph.attribute("probability")
    flown = graph.smooth(layout.flown(fly, place))
    grown = graph.smooth(_staggered(rise, place))
    laid = graph.smooth(_staggered(lay, place))
    bars = graph.store(bars, "gold", graph.math("COMPARE", place, chosen, 0.5) * glow)
    dash_wide, dash_high = board.grid.dash
    # Flying in from the wall, then growing in the list, then lying in the strip.
    low = graph.mix(
        graph.mix(graph.attribute("wall_x") - dash_wide / 2, layout.BAR_FOOT, flown),
        strip_x + graph.attribute("begin") * strip_width,
        laid,
    )
    waits = graph.mix(dash_wide, LEAST * (1.0 - grown), flown)
    listed = graph.mix(waits, 0.0, others) + part * per_unit * grown
    long = graph.mix(listed, part * strip_width, laid)
    row_z = layout.BAR_LOW + graph.attribute("row") * layout.BAR_PITCH
    z = graph.mix(graph.attribute("wall_z"), row_z, flown) + layout.BAR_FLIGHT * graph.sin(flown * np.pi)
    z = graph.mix(z, strip_z, laid)
    thick = graph.mix(layout.BAR_THICK, layout.OTHERS_THICK, others)
    tall = graph.mix(graph.mix(dash_high, thick, flown), board.strip_height, laid)
    deep = graph.mix(graph.mix(0.02, layout.BAR_THICK, flown), 0.1, laid)
    seen = graph.store(graph.store(bars, "low", low), "long", long)
    seen = graph.select(seen, 1.0 - others * (rise < 1e-4))
    block = graph.object_geometry(studio.shape("Bar", shapes.block()))
    end = graph.math("MINIMUM", long, LID)
    solid = graph.instances(
        seen, block, graph.vector(long - end, deep, tall), graph.vector(low + (long - end) * 0.5, 0.0, z - tall * 0.5)
    )
    lids = graph.instances(
        seen, block, graph.vector(end, deep + 0.012, tall), graph.vector(low + long - end * 0.5, 0.0, z - tall * 0.5)
    )
    is_others = graph.attribute("token", "INT") < -0.5
    yield "bars"
    tint = graph.mix_colour(_warmth(graph, studio, temperature), studio.colour("bar_others"), is_others)
    # The light of a bar is at its end; at its foot it has the colour of the wall that it comes from.
    x, _, _ = graph.split(graph.position())
    along = ((x - graph.attribute("low")) / graph.math("MAXIMUM", graph.attribute("long"), 0.01)).clamp()
    along = graph.mix(graph.mix(along, 1.0, is_others), 1.0, lay)
    tint = graph.mix_colour(studio.colour("strip_odd"), tint, along)
    tint = graph.mix_colour(tint, studio.colour("gold"), graph.attribute("gold"))
    solid = graph.store(solid, "tint", tint, "FLOAT_COLOR")
    sheen = graph.attribute("shade") * graph.mix(graph.mix(1.15, 0.7, is_others), 0.9, lay)
    colour = graph.scale_colour(graph.attribute("tint", "FLOAT_COLOR"), sheen)
    shine = graph.mix_colour(studio.colour("bar_shine", 1.25), studio.colour("gold", 1.5), graph.attribute("gold"))
    shine = graph.scale_colour(shine, graph.mix(1.0, 0.22, is_others))
    parts = [
        graph.coloured(solid, colour, materials.solid, studio.speck),
        graph.coloured(lids, shine, materials.glow, studio.speck),
    ]
    yield "bars"
    percentages = [_percentage_group(studio, others) for others in (False, True)]
    for i in range(PLACES):
        if i == PLACES // 2:
            yield "bars"
        inputs = {"Bars": bars, "Rows": rows, "Entry": step * PLACES + float(i), "Index": _index_of(graph, bars, i)}
        inputs |= {"Grown": graph.smooth(_staggered(rise, float(i))), "Length": per_unit, "Lay": lay}
        inputs |= {"Gold": graph.math("COMPARE", chosen, float(i), 0.5) * glow, "Light": light}
        parts.append(graph.group(percentages[i == OTHERS], inputs))
    graph.output(graph.join(*parts))
    return graph


def _statistic(graph, geometry, value, output):
    inputs = {"Geometry": geometry, "Attribute": value}
    return graph.field("GeometryNodeAttributeStatistic", inputs, output=output, data_type="FLOAT")


def _staggered(amount, place):
    """An input 0 … 1 that begins with the first bar and ends with the last one."""
    return amount * (1 + PLACES * STAGGER) - place * STAGGER


def _warmth(graph, studio, temperature):
    """The colour of the bars: blue-white at a low temperature, neutral at 1, warm at a high one."""
    stops = [(0.0, studio.colour("bar_cold")), (0.5, studio.colour("bar")), (1.0, studio.colour("bar_hot"))]
    # 0.3 … 0.8 … 1.6 on the scale of the dial's sweep.
    return graph.ramp(((temperature - 0.3) / 1.0).clamp(0.0, 0.5) + ((temperature - 0.8) / 1.6).clamp(0.0, 0.5), stops)


def _percentage_group(studio, others):
    """The percentage at the end of a bar; on that of all others, which may go on beyond the picture, at its foot."""
    graph = Graph("Percentage")
    bars, rows = graph.input("Bars", "Geometry"), graph.input("Rows", "Geometry")
    entry, index = graph.input("Entry", default=0.0), graph.input("Index", default=0.0)
    grown, per_unit, lay = (graph.input(name, default=0.0) for name in ("Grown", "Length", "Lay"))
    gold, light = graph.input("Gold", default=0.0), graph.input("Light", default=1.0)
    value = graph.sample(bars, "probability", index)
    number = graph.field("FunctionNodeValueToString", {"Value": value * 100.0, "Decimals": 1})
    unit = graph.field("FunctionNodeInputString", string="%")
    string = graph.field("GeometryNodeStringJoin", {"Strings": [number, unit]})
    text = studio.text(graph, string, PERCENT_SIZE, "Left", studio.latin)
    there = (graph.sample(rows, "token", entry, "INT") > ABSENT + 0.5) * (light > 0.02)
    grown = grown * (1.0 - graph.smooth(lay * 4.0)) * there
    if others:
        x, z = layout.BAR_FOOT + PERCENT, layout.BAR_LOW
    else:
        x = layout.BAR_FOOT + PERCENT + value * per_unit * grown
        z = layout.BAR_LOW + graph.sample(rows, "row", entry) * layout.BAR_PITCH
    white = studio.palette.fade(graph, studio.colour("text"), light)
    colour = graph.mix_colour(white, studio.colour("gold"), gold)
    placed = _text(graph, text, x, z, grown)
    graph.output(graph.coloured(placed, colour, studio.materials.type, studio.speck))
    return graph


def _index_of(graph, bars, i):
    """The index among the bars of place i: all others come right after the last candidate."""
    if i < OTHERS:
        return i
    return graph.field("GeometryNodeAttributeDomainSize", {0: bars}, output="Point Count") - 1.0


def words_group(studio, font):
    """The words before the bars, right-aligned at their feet."""
    graph = Graph("Bar words")
    rows, words = graph.input("Candidates", "Object"), graph.input("Words", "String")
    letters, step, fly = graph.input("Letters", "Int", 1), graph.input("Step", default=0.0), graph.input("Fly")
    rise = graph.input("Rise")
    chosen, glow = graph.input("Chosen", default=-1.0), graph.input("Glow", default=0.0)
    light = graph.input("Light", default=1.0)
    rows = graph.object_geometry(rows)
    step = (step + 0.001).floor()
    group, parts = _word_group(studio, font), []
    for i in range(PLACES):
        entry = step * PLACES + float(i)
        inputs = {"String": words, "Position": entry * letters, "Length": letters}
        string = graph.field("FunctionNodeSliceString", inputs) if i < OTHERS else word("others", studio.language)
        # Each word comes when its bar has landed; that of all others, which don't fly, with its bar.
        landed = _staggered(rise, float(i)) * 4.0 if i == OTHERS else layout.flown(fly, float(i)) * 4.0 - 3.0
        inputs = {"Own Word": string, "Rows": rows, "Entry": entry, "Grown": graph.smooth(landed), "Light": light}
        parts.append(graph.group(group, inputs | {"Gold": graph.math("COMPARE", chosen, float(i), 0.5) * glow}))
    graph.output(graph.join(*parts))
    return graph


def _word_group(studio, font):
    """The word before one bar."""
    graph = Graph("Bar word")
    string, rows = graph.input("Own Word", "String"), graph.input("Rows", "Geometry")
    entry, grown, gold = (graph.input(name, default=0.0) for name in ("Entry", "Grown", "Gold"))
    light = graph.input("Light", default=1.0)
    text = studio.text(graph, string, graph.sample(rows, "size", entry), "Right", font)
    z = layout.BAR_LOW + graph.sample(rows, "row", entry) * layout.BAR_PITCH
    there = grown * (graph.sample(rows, "token", entry, "INT") > ABSENT + 0.5)
    placed = _text(graph, text, layout.BAR_FOOT - 0.12, z, there)
    white = studio.palette.fade(graph, studio.colour("text"), light)
    colour = graph.mix_colour(white, studio.colour("gold"), gold)
    graph.output(graph.coloured(placed, colour, studio.materials.type, studio.speck))
    return graph


def _text(graph, text, x, z, size):
    """A text, stood up at (x, z) in front of the bars."""
    place, scale = graph.vector(x, TEXT_Y, z), graph.vector(size, size, size)
    return graph.field(
        "GeometryNodeTransform", {"Geometry": text, "Translation": place, "Rotation": FRONT, "Scale": scale}
    )
