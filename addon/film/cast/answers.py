"""What the last vector would say at each checkpoint: three words with their chances, and the layer it is in."""

import bpy
import numpy as np

from ... import compat
from .. import layout, shapes
from ..evidence import mark
from ..nodes import Field, Graph
from ..studio import FRONT, Studio, is_latin
from ..texts import breadth, word
from ..timeline import Clip

PLACES = 3
STEP = 2  # half layers from one board to the next: the words stand long enough to be read
WIDE, NARROW = 4.5, 6.1  # width in metres, by the picture's form
AWAY, FOOT = 2.55, 0.72  # metres of its lower left corner from the last token, and from the floor
OVER = 1.45  # metres over the last column, in a narrow picture: there it stands above it
LETTERS, OTHERS = 0.8, 0.8  # size of the letters; of it, words that aren't the likeliest
ROWS = (2.3, 1.3, 0.3)  # z of the words over its foot
LAYER, LAYER_Z, DENSE = 0.78, 3.44, 0.8  # the counter of the layers; of its size, one in Chinese letters
HIGH = LAYER_Z + 0.45
MOST_OF_WIDTH = 0.55  # that a word takes
BAR, UNDER = 0.16, 0.44  # thickness of a bar; how far it lies under the middle of its word
FALL = 0.5  # metres that a word sinks that goes, and one rises that comes
DIM = 0.45  # light of the words that aren't the likeliest
BOLD = 0.022  # metres between the two prints of a figure
TICK = 0.22  # of a layer in which the tick fades


class Answers:
    """Stands beside the last token and goes with the row; in a narrow picture, above it.

    Checkpoint (0 … L): whose words it shows. The likeliest stands on top and is the brightest. A word that becomes
    likelier than others rises over them; those, and one that goes, sink and shrink, and grow again
    below. Shown (0 … 1) brings the board. No word is gold, for none is drawn yet.
    """

    def __init__(self, studio: Studio, row: bpy.types.Object, last: float):
        """row: the empty that the board goes with; last: x of the last token."""
        film, script = studio.film, studio.script
        lens, n_layer = script.recording.lens, script.model.n_layer
        chosen = np.arange(0, 2 * n_layer + 1, STEP)
        tokens, shares = lens.tokens[chosen][:, :PLACES], lens.probabilities[chosen][:, :PLACES]
        ranks = seats(tokens)
        tokens, shares = np.take_along_axis(tokens, ranks, 1), np.take_along_axis(shares, ranks, 1)
        wide = studio.picture.is_wide
        self.width = WIDE if wide else NARROW
        self.left = AWAY if wide else -NARROW / 2
        self.foot = FOOT if wide else layout.column_top(script.model.d_model, layout.flight_scale(wide)) + OVER
        table = studio.lookup(
            "Board",
            share=shares.ravel(),
            first=(ranks == 0).astype(np.float32).ravel(),
            height=np.array(ROWS, np.float32)[ranks].ravel(),
            changes=changes(tokens).astype(np.float32).ravel(),
            fit=np.array([self._fit(script.word(token)) for token in tokens.ravel()]),
            tint=_hues(studio, lens.tracked, tokens),
        )
        words = [script.word(token) for token in tokens.ravel()]
        group = _board_group(studio, table, tokens.shape, words, self.width)
        self.object, modifier = studio.field("Answer board", studio.empty, group, parent=row)
        for place, text in enumerate(words):
            compat.set_input(modifier, f"Word {place + 1}", text)
        mark(self.object, "answers", every=STEP, width=self.width)
        self.object.location = (last + self.left, -0.25, self.foot)
        self.shown = film.dial(modifier, "Shown", 0.0)
        self._checkpoint = film.dial(modifier, "Checkpoint", 0.0)
        self.visible = film.visibility(self.object)

    def _fit(self, text: str) -> float:
        """How much smaller a long word is."""
        return min(1.0, MOST_OF_WIDTH * self.width / (1.2 * breadth(text) * LETTERS + 1e-6))

    def to(self, checkpoint: float, **timing) -> Clip:
        """A clip that takes the words to a checkpoint."""
        return self._checkpoint.to(checkpoint / STEP, **timing)


def seats(tokens: np.ndarray) -> np.ndarray:
    """Likeliest tokens [E, n] of checkpoints -> [E, n] the rank of the word in each place: one that stays keeps its
    place, and those that come take the places of those that go, the likelier ones first."""
    ranks = np.empty(tokens.shape, np.intp)
    ranks[0] = np.arange(tokens.shape[1])
    for entry in range(1, len(tokens)):
        now, before = tokens[entry].tolist(), tokens[entry - 1][ranks[entry - 1]].tolist()
        new = iter([rank for rank, token in enumerate(now) if token not in before])
        ranks[entry] = [now.index(token) if token in now else next(new) for token in before]
    return ranks


def changes(tokens: np.ndarray) -> np.ndarray:
    """Words of the places [E, n] -> [E, n] whether the next checkpoint has another one there."""
    return np.concatenate([tokens[1:] != tokens[:-1], np.zeros((1, tokens.shape[1]), bool)])


def changes_its_mind(lens) -> bool:
    """Whether the last layer makes another token the likeliest."""
    return len(lens.tokens) > 2 and lens.tokens[-1][0] != lens.tokens[-3][0]


def _hues(studio: Studio, tracked: np.ndarray, tokens: np.ndarray) -> np.ndarray:
    """[E · n, 4] linear colours of the bars: those words that are followed have their own."""
    palette = studio.palette
    own = {int(token): palette.linear(palette.bands[i % len(palette.bands)]) for i, token in enumerate(tracked)}
    return np.array([own.get(int(token), studio.colour("text_dim")) for token in tokens.ravel()])


def _board_group(studio: Studio, table, shape: tuple, words: list[str], width: float) -> Graph:
    count = shape[1]
    graph = Graph("Answer board")
    at, shown = (graph.input(name, default=0.0) for name in ("Checkpoint", "Shown"))
    texts = [graph.input(f"Word {place + 1}", "String") for place in range(len(words))]
    row = _row_group(studio, table, count, all(map(is_latin, words)), width)
    now = (at + 0.5).floor()
    parts = []
    for place in range(count):
        inputs = {"Own Word": _choose(graph, now, texts[place::count]), "Checkpoint": at, "Shown": shown}
        parts.append(graph.group(row, inputs | {"Place": float(place), "Track": ROWS[place]}))
    parts.append(_layer_text(graph, studio, at, shown))
    graph.output(graph.join(*parts))
    return graph


def _row_group(studio: Studio, table, count: int, is_plain: bool, width: float) -> Graph:
    """The word in one place, its chance and its bar. Place: which of `count`; Track: the z of the place's line.
    is_plain: all words are Latin."""
    graph = Graph("Answer board word")
    text = graph.input("Own Word", "String")
    at, shown, place, track = (graph.input(name, default=0.0) for name in ("Checkpoint", "Shown", "Place", "Track"))
    numbers = graph.object_geometry(table)
    now, before = (at + 0.5).floor(), at.floor()
    way = graph.smooth((at - before) * 3.0 - 1.0)  # quick in the middle of the way
    scale = 1.0 if studio.latin else compat.BUILT_IN_FONT_SIZE
    block = graph.object_geometry(studio.shape("Board bar", shapes.block()))

    def either(name: str) -> list[Field]:
        """A number of the word before, and of the one after."""
        return [graph.sample(numbers, name, (before + more) * float(count) + place) for more in (0.0, 1.0)]

    row = now * float(count) + place
    another = graph.sample(numbers, "changes", before * float(count) + place)
    leads = graph.mix(*either("first"), way)
    # A word that rises goes past one that has shrunk: that one, or the one that comes instead, grows below it.
    start, end = either("height")
    rises = (end > start + 0.1) * (1.0 - another)
    turns = graph.math("MAXIMUM", another, end < start - 0.1)
    open_ = 1.0 - turns * (1.0 - graph.math("ABSOLUTE", way * 2.0 - 1.0))
    line = graph.mix(graph.mix(start, end, way > 0.5), graph.mix(start, end, way), rises)
    z = line - (1.0 - open_) * FALL
    one, other = either("share")
    # A bar whose word goes keeps its length as long as its number stands beside it.
    long = graph.mix(graph.mix(one, other, way), graph.mix(one, other, way > 0.5), turns) * width * shown
    size = shown.clamp(1e-3) * LETTERS * graph.mix(OTHERS, 1.0, leads)
    fit, tall = graph.sample(numbers, "fit", row) * size, open_.clamp(1e-3)
    figures = _percent(graph, graph.sample(numbers, "share", row))
    chosen = studio.text(graph, text, scale, "Left", studio.latin if is_plain else None)
    drawn = [_stood(graph, chosen, (fit * tall, fit * tall), (0.0, 0.0, z))]
    for more in (0.0, BOLD):
        figure = studio.text(graph, figures, scale, "Right", studio.latin)
        drawn.append(_stood(graph, figure, (size * tall, size * tall), (width + more, 0.0, z)))
    light = studio.palette.fade(graph, studio.colour("text"), graph.mix(DIM, 1.0, leads))
    parts = [graph.coloured(one, light, studio.materials.type, studio.speck) for one in drawn]
    parts.append(_track(graph, studio, block, width * shown, track - UNDER))
    bar = graph.field(
        "GeometryNodeTransform",
        {
            "Geometry": block,
            "Scale": graph.vector(graph.math("MAXIMUM", long, 0.004), 0.02, BAR * tall),
            "Translation": graph.vector(long * 0.5, 0.0, line - UNDER - BAR / 2),
        },
    )
    bar = graph.store(graph.store(bar, "place", place + 1.0), "long", long)
    tint = graph.sample(numbers, "tint", row, "FLOAT_COLOR")
    parts.append(graph.coloured(bar, tint, studio.materials.glow, studio.speck))
    graph.output(graph.join(*parts))
    return graph


def _track(graph: Graph, studio: Studio, block: Field, long: Field, z: Field) -> Field:
    """A thin line as long as 100 %, which a bar lies on."""
    line = {"Geometry": block, "Scale": graph.vector(long, 0.01, 0.02)}
    line = graph.field("GeometryNodeTransform", line | {"Translation": graph.vector(long * 0.5, 0.02, z - 0.01)})
    dim = studio.palette.linear(studio.palette.text_dim, 0.35)
    return graph.coloured(line, dim, studio.materials.glow, studio.speck)


def _stood(graph: Graph, text: Field, size: tuple, place: tuple) -> Field:
    """A text stood up, made smaller by (width, height), its edge at (x, y, z)."""
    smaller = graph.field("GeometryNodeTransform", {"Geometry": text, "Scale": graph.vector(*size, 1.0)})
    stand = {"Geometry": smaller, "Rotation": FRONT, "Translation": graph.vector(*place)}
    return graph.field("GeometryNodeTransform", stand)


def _choose(graph: Graph, index: Field, strings: list[Field]) -> Field:
    node = graph.tree.nodes.new("GeometryNodeIndexSwitch")
    node.data_type = "STRING"
    while len(node.index_switch_items) < len(strings):
        node.index_switch_items.new()
    graph.tree.links.new(index.socket, node.inputs[0])
    for socket, string in zip(node.inputs[1:], strings, strict=False):
        graph.tree.links.new(string.socket, socket)
    return Field(graph, node.outputs[0])


def _percent(graph: Graph, share: Field) -> Field:
    """With a decimal where a whole number would say little."""
    small = share < 0.0995
    decimals = graph.field("GeometryNodeSwitch", {"Switch": small, "False": 0, "True": 1}, "Output", input_type="INT")
    number = graph.field("FunctionNodeValueToString", {"Value": share * 100.0, "Decimals": decimals})
    unit = graph.field("FunctionNodeInputString", string="%")
    return graph.field("GeometryNodeStringJoin", {"Strings": [number, unit]})


def _layer_text(graph: Graph, studio: Studio, at: Field, shown: Field) -> Field:
    """Which layer the words come from, if any; it ticks when they change. at: as of the board."""
    n_layer = studio.script.model.n_layer
    before, after = word("layer", studio.language, number="\n").split("\n")
    begin = word("input", studio.language)
    passed = at + 0.5
    number = passed.floor()
    fresh = (1.0 - (passed - number) / TICK).clamp() * (number > 0.5)
    number_text = graph.field("FunctionNodeValueToString", {"Value": number, "Decimals": 0})
    ends = [graph.field("FunctionNodeInputString", string=text) for text in (before, f"{after} / {n_layer}")]
    layer = graph.field("GeometryNodeStringJoin", {"Strings": [ends[0], number_text, ends[1]]})
    switch = {"Switch": number > 0.5, "False": begin, "True": layer}
    string = graph.field("GeometryNodeSwitch", switch, "Output", input_type="STRING")
    latin = is_latin(before + after + begin)
    string = string if latin else studio.digits_in_one_face(graph, string)
    drawn = studio.text(graph, string, LAYER if latin else DENSE * LAYER, "Left", studio.latin if latin else None)
    drawn = graph.store(drawn, "after", number + 1.0)  # it goes along with the letters, so that it can be read back
    size = shown.clamp(1e-3) * (1.0 + 0.12 * fresh)
    drawn = _stood(graph, drawn, (size, size), (0.0, 0.0, LAYER_Z))
    tint = graph.mix_colour(studio.colour("text_dim"), studio.colour("hot", 1.2), fresh)
    return graph.coloured(drawn, tint, studio.materials.type, studio.speck)
