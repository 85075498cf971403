"""What the last vector would say at each checkpoint: three words with their chances, and the history of all of them."""

import bpy
import numpy as np

from ... import compat
from .. import points, shapes
from ..evidence import mark
from ..nodes import Field, Graph
from ..studio import FRONT, Studio, is_latin
from ..texts import breadth, word

RANKS = 3
READABLE = 16  # layers up to which the words change at every half layer; of more, at every layer
WIDE, NARROW = 6.5, 2.75  # width in metres, by the picture's form
AWAY = 1.2  # metres from the last token to its left edge
LAYER, FIRST, OTHER = 0.4, 0.66, 0.47  # sizes of the letters
ROWS = (3.22, 2.4, 1.8)  # z of the words
LAYER_Z, CHART_Z, CHART_HIGH = 3.98, 0.36, 1.0
CHART_TEXT = 0.3  # size of its letters
MOST_OF_WIDTH = 0.6  # that a word takes
BAR, UNDER = 0.1, 0.27  # thickness of a bar; how far it lies under the middle of its word
BOLD = 0.022  # metres between the two prints of a figure
EDGE = 0.025  # thickness of the board's rim


class Answers:
    """Stands beside the last token and goes with the row.

    Checkpoint (0 … 2L): whose words it shows. Between two, a word that stays slides to its new row, one that goes
    shrinks, and one that comes grows; in the last layer slowly, so that one is seen to overtake another. Shown (0 … 1)
    brings it. Gold (0 … 1): how far the first word stands out.
    """

    def __init__(self, studio: Studio, row: bpy.types.Object, last: float):
        """row: the empty that the board goes with; last: x of the last token."""
        film, script = studio.film, studio.script
        lens, n_layer = script.recording.lens, script.model.n_layer
        self.step = 1 if n_layer <= READABLE else 2
        chosen = np.arange(0, 2 * n_layer + 1, self.step)
        self.tokens, shares = lens.tokens[chosen][:, :RANKS], lens.probabilities[chosen][:, :RANKS]
        self.width = WIDE if studio.picture.is_wide else NARROW
        self.bands = np.array([studio.palette.linear(hue) for hue in studio.palette.bands])
        bands = self._band_of(lens.tracked)
        moves = Moves(self.tokens, shares)
        table = studio.lookup(
            "Board",
            share=shares.ravel(),
            **{name: getattr(moves, name).ravel().astype(np.float32) for name in MOVES},
            fit=np.array([self._fit(script.word(token)) for token in self.tokens.ravel()]),
            tint=np.array([bands.get(int(token), studio.colour("text_dim")) for token in self.tokens.ravel()]),
        )
        words = [script.word(token) for token in self.tokens.ravel()]
        group = _board_group(studio, table, self.tokens.shape, words, self.width, self.step)
        self.object, modifier = studio.field("Answer board", studio.empty, group, parent=row)
        for place, text in enumerate(words):
            compat.set_input(modifier, f"Word {place + 1}", text)
        mark(self.object, "answers", every=self.step, width=self.width)
        mesh = _history_mesh(lens, chosen, self.width, bands)
        self.history, dials = studio.field("Answer history", mesh, _history_group(studio, len(chosen), self.width))
        self.history.parent = row
        mark(self.history, "history", every=self.step, width=self.width)
        back = [
            studio.solid(name, shape, studio.palette.linear(colour, light), studio.materials.glow, parent=row)
            for name, shape, colour, light in (
                ("Board", _back(self.width), studio.palette.board, 1.6),
                ("Board rim", _rim(self.width), studio.palette.gate, 0.5),
            )
        ]
        for one in (self.object, self.history, *back):
            one.location = (last + AWAY, -0.25, 0.0)
        self.gold = film.dial(modifier, "Gold", 0.0)
        self.shown = film.dial(modifier, "Shown", 0.0)
        self._dials = [film.dial(one, "Checkpoint", 0.0) for one in (modifier, dials)]
        self.visible = film.visibility(self.object, self.history, *back)

    def _band_of(self, tracked: np.ndarray) -> dict:
        """{token: linear colour of its band}"""
        return {int(token): self.bands[i % len(self.bands)] for i, token in enumerate(tracked)}

    def _fit(self, text: str) -> float:
        """How much smaller a long word is."""
        return min(1.0, MOST_OF_WIDTH * self.width / (1.2 * breadth(text) * FIRST + 1e-6))

    def to(self, checkpoint: float, **timing) -> list:
        """Clips that take words and history to a checkpoint."""
        return [dial.to(checkpoint / self.step, **timing) for dial in self._dials]


MOVES = "to", "goes", "to_share", "origin", "comes", "from_share"


class Moves:
    """Where the word of each place [entries, ranks] is one entry later, and where it was one before.

    to, origin: its row; its own where it isn't on the board. goes, comes: 1 there. to_share, from_share: its chance.
    """

    def __init__(self, tokens: np.ndarray, shares: np.ndarray):
        own = np.broadcast_to(np.arange(tokens.shape[1]), tokens.shape)
        self.to, self.goes, self.to_share = own.copy(), np.zeros(tokens.shape), shares.astype(np.float64)
        self.origin, self.comes, self.from_share = own.copy(), self.goes.copy(), self.to_share.copy()
        for entry in range(len(tokens) - 1):
            same = tokens[entry][:, None] == tokens[entry + 1]  # [row before, row after]
            for one, other, row, away, share in (
                (entry, entry + 1, self.to, self.goes, self.to_share),
                (entry + 1, entry, self.origin, self.comes, self.from_share),
            ):
                found = same if one == entry else same.T
                kept = found.any(1)
                row[one][kept] = found.argmax(1)[kept]
                share[one][kept] = shares[other][row[one][kept]]
                away[one] = ~kept


def changes_its_mind(lens) -> bool:
    """Whether the last layer makes another token the likeliest."""
    return len(lens.tokens) > 2 and lens.tokens[-1][0] != lens.tokens[-3][0]


def _back(width: float) -> tuple:
    """A dark plate behind everything."""
    return _corners(width), [(0, 1, 2, 3)], None


def _rim(width: float) -> tuple:
    """A line around it."""
    corners = np.array(_corners(width))
    return shapes.strokes(corners, np.roll(corners, -1, 0), EDGE)


def _corners(width: float) -> list[tuple]:
    low, high, side = CHART_Z - 0.16, LAYER_Z + 0.34, 0.18
    return [(-side, 0.08, low), (width + side, 0.08, low), (width + side, 0.08, high), (-side, 0.08, high)]


def _board_group(studio: Studio, table, shape: tuple, words: list[str], width: float, step: int) -> Graph:
    entries, ranks = shape
    graph = Graph("Answer board")
    at, shown, gold = (graph.input(name, default=0.0) for name in ("Checkpoint", "Shown", "Gold"))
    texts = [graph.input(f"Word {place + 1}", "String") for place in range(len(words))]
    numbers = graph.object_geometry(table)
    now, before = (at + 0.5).floor(), at.floor()
    # Quick in the middle of the way; in the last layer all of it.
    slow = before > entries - 1.5 - 2.0 / step
    way = graph.mix(graph.smooth((at - before) * 3.0 - 1.0), at - before, slow)
    coming = now > before + 0.5
    far = graph.mix(way, 1.0 - way, coming)  # 0 … 0.5 from where it stands by itself
    latin = studio.latin if all(map(is_latin, words)) else None
    scale = 1.0 if studio.latin else compat.BUILT_IN_FONT_SIZE
    parts = []
    for rank in range(ranks):
        row = now * ranks + rank
        own, share, chosen = (float(rank), graph.sample(numbers, "share", row), texts[rank::ranks])
        other, gone, partner = (
            graph.mix(graph.sample(numbers, one, row), graph.sample(numbers, two, row), coming)
            for one, two in (("to", "origin"), ("goes", "comes"), ("to_share", "from_share"))
        )
        place = graph.mix(own, other, far)
        size, z = (_at_row(graph, place, values) for values in ((FIRST, OTHER, OTHER), ROWS))
        # What goes or comes is thin at half-way; what is overtaken is small there, behind the other.
        thin = (1.0 - far * 2.0 * gone).clamp(1e-3)
        falls = graph.mix(other > own + 0.5, other < own - 0.5, coming)
        small = 1.0 - far * falls
        tint = graph.sample(numbers, "tint", row, "FLOAT_COLOR")
        white = studio.colour("text")
        if rank == 0:
            white = graph.mix_colour(white, studio.colour("gold"), gold)
        percent = _percent(graph, share)
        word_of = _choose(graph, now, chosen)
        one = shown.clamp(1e-3) * size * small
        fit = graph.sample(numbers, "fit", row) * one
        y = far * falls * 0.1
        drawn = [
            _stood(graph, studio.text(graph, word_of, scale, "Left", latin), (fit, fit * thin), (0.0, y, z)),
            *(
                _stood(
                    graph,
                    studio.text(graph, percent, scale, "Right", studio.latin),
                    (one, one * thin),
                    (width + more, y, z),
                )
                for more in (0.0, BOLD)
            ),
        ]
        for text, colour in zip(drawn, (white, studio.colour("text"), studio.colour("text")), strict=True):
            parts.append(graph.coloured(text, colour, studio.materials.type, studio.speck))
        long = graph.mix(share, partner, far) * width * shown
        block = graph.object_geometry(studio.shape("Board bar", shapes.block()))
        under = UNDER + BAR / 2 + 0.05 * (1.0 - place).clamp()
        bar = graph.field(
            "GeometryNodeTransform",
            {
                "Geometry": block,
                "Scale": graph.vector(graph.math("MAXIMUM", long, 0.004), 0.02, BAR * thin),
                "Translation": graph.vector(long * 0.5, y, z - under),
            },
        )
        bar = graph.store(graph.store(bar, "rank", float(rank + 1)), "long", long)
        if rank == 0:
            tint = graph.mix_colour(tint, studio.colour("gold"), gold)
        parts.append(graph.coloured(bar, tint, studio.materials.glow, studio.speck))
    parts.append(_layer_text(graph, studio, at * float(step), shown))
    parts.append(_chart_text(graph, studio, width))
    graph.output(graph.join(*parts))
    return graph


def _at_row(graph: Graph, row: Field, values: tuple) -> Field:
    """One value a row; between two rows, a mean."""
    found = graph.mix(values[0], values[1], row.clamp())
    for place, (one, two) in enumerate(zip(values[1:], values[2:], strict=False), 1):
        found = found + (row - float(place)).clamp() * (two - one)
    return found


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


def _layer_text(graph: Graph, studio: Studio, checkpoint: Field, shown: Field) -> Field:
    """Through which layer the row goes."""
    n_layer = studio.script.model.n_layer
    before, after = word("layer", studio.language, number="\n").split("\n")
    number = graph.math("MINIMUM", (checkpoint / 2.0 + 1.001).floor(), float(n_layer))
    number = graph.field("FunctionNodeValueToString", {"Value": number, "Decimals": 0})
    ends = [graph.field("FunctionNodeInputString", string=text) for text in (before, f"{after} / {n_layer}")]
    string = graph.field("GeometryNodeStringJoin", {"Strings": [ends[0], number, ends[1]]})
    drawn = studio.text(graph, string, LAYER, "Left", studio.latin if is_latin(before + after) else None)
    drawn = _stood(graph, drawn, (shown.clamp(1e-3), shown.clamp(1e-3)), (0.0, 0.0, LAYER_Z))
    return graph.coloured(drawn, studio.colour("text_dim"), studio.materials.type, studio.speck)


def _chart_text(graph: Graph, studio: Studio, width: float) -> Field:
    """What the history is of, in its corner that stays free."""
    said = word("history", studio.language)
    latin = is_latin(said)
    size = CHART_TEXT * (1.0 if studio.latin or not latin else compat.BUILT_IN_FONT_SIZE)
    string = graph.field("FunctionNodeInputString", string=said)
    drawn = studio.text(graph, string, size, "Right", studio.latin if latin else None)
    drawn = _stood(graph, drawn, (1.0, 1.0), (width, 0.0, CHART_Z + CHART_HIGH + 0.02))
    return graph.coloured(drawn, studio.colour("text_dim"), studio.materials.type, studio.speck)


# --- the history ---------------------------------------------------------------------------------


def _history_mesh(lens, chosen: np.ndarray, width: float, bands: dict) -> bpy.types.Mesh:
    """A band a word, one on the other, as wide as its chance: 100 % is CHART_HIGH. Two vertices a word and entry."""
    shares = lens.tracked_probabilities[chosen].T.astype(np.float64)  # [W, E]
    top = np.cumsum(shares, axis=0) * CHART_HIGH
    count, entries = shares.shape
    x = np.tile(np.linspace(0, width, entries), (count, 1))
    z = CHART_Z + np.stack([top - shares * CHART_HIGH, top], axis=-1)  # [W, E, 2]
    place = np.stack([np.repeat(x[..., None], 2, -1), 0 * z, z], axis=-1).reshape(-1, 3)
    faces = []
    for band in range(count):
        for entry in range(entries - 1):
            first = (band * entries + entry) * 2
            faces.append((first, first + 2, first + 3, first + 1))
    mesh = points.shape_mesh("Answer history", place, faces)
    band, entry, edge = (index.ravel() for index in np.indices((count, entries, 2)))
    tints = np.array([bands[int(token)] for token in lens.tracked])
    for name, values in (("band", band), ("entry", entry), ("edge", edge), ("tint", tints[band])):
        points.write_attribute(mesh, name, values)
    return mesh


def _history_group(studio: Studio, entries: int, width: float) -> Graph:
    """Cuts the bands off at the present place: what lies beyond is drawn together there."""
    graph = Graph("Answer history")
    at = graph.input("Checkpoint", default=0.0)
    entry, band, edge = (graph.attribute(name, "INT") for name in ("entry", "band", "edge"))
    first = graph.math("MINIMUM", at.floor(), entries - 1.0)
    _, _, heights = graph.split(graph.position())
    stored = graph.store(graph.geometry, "height", heights)
    ends = [graph.sample(stored, "height", ((band * entries + first + more) * 2) + edge) for more in (0.0, 1.0)]
    there = graph.mix(*ends, at - first)
    x, _, z = graph.split(graph.position())
    beyond = entry > at
    now = graph.vector(graph.mix(x, at * (width / max(entries - 1, 1)), beyond), 0.0, graph.mix(z, there, beyond))
    cut = graph.move(stored, now)
    tint = studio.palette.fade(graph, graph.attribute("tint", "FLOAT_COLOR"), 0.8)
    lit = graph.coloured(cut, tint, studio.materials.glow, studio.speck)
    block = graph.object_geometry(studio.shape("Board bar", shapes.block()))
    line = graph.field(
        "GeometryNodeTransform",
        {"Geometry": block, "Scale": (width, 0.01, 0.012), "Translation": (width / 2, 0.0, CHART_Z - 0.02)},
    )
    foot = graph.coloured(line, studio.colour("text_dim", 0.6), studio.materials.glow, studio.speck)
    graph.output(graph.join(lit, foot))
    return graph
