"""Meaning space: every token of the vocabulary as a dot, along the principal axes of the real token table."""

import bpy
import numpy as np

from ... import compat
from .. import layout, points, shapes
from ..controls import VectorDial
from ..direction import Script
from ..evidence import mark
from ..framing import LENS, SENSOR, Margins, box
from ..labelling import place_labels
from ..nodes import Graph
from ..studio import Studio
from ..timeline import Clip
from .tokens import LABEL_SIZE, NOTHING

CENTRE = np.array([0.0, 6.5, 4.6])  # behind the row
DOTS = 6_000  # tokens whose dots are as large as that; of larger vocabularies they are smaller, as dense in all
DOT, RISING = 0.046, (0.16, 0.08)  # metres: a token, a word as it sets out and arrives
SPEED, LATER, UP = 1.5, 0.03, 1.5  # of a rising word: its speed, how much later than the one before, metres of its arc
BESIDE = np.array([0.0, -0.2, 0.42])  # metres from its dot to its name, as it sets out
# Sizes as parts of the picture's width at the distance where they stand: letters, dots of words, lines, leaders.
LETTERS, NEAR, NARROW_NEAR, MARK, LINE, LEADER = 0.054, 0.052, 0.065, 0.009, 0.0026, 0.0016
BEFORE_DOTS, BEFORE_CHART = 0.02, 0.5  # metres: marks of words before their dots, labels before the chart
CHART, RING = 1.0, 0.1  # metres from the word to the furthest neighbour; of cosine, from ring to ring
CHOSEN = 1.5  # of the letters: how large the word in the middle of the chart is
MOST_GROWN = 1.8  # of the words' size: how large they are while the camera is far
AMONG = 0.5  # metres around the words that the camera sees at least, before it goes to one of them
NAMED = 1.6  # metres to either side of the words that it sees when it comes to the cloud: their labels stand there
ORBIT, NARROW_ORBIT = 8.0, 6.5  # degrees to either side, of the camera about the words' dots


class MeaningSpace:
    """The cloud, the prompt's words in it, and, closer, one of them with its nearest neighbours."""

    def __init__(self, studio):
        film, script = studio.film, studio.script
        meaning = script.recording.insights.meaning
        self.word = script.focus_word
        place = layout.MeaningPlaces.of(meaning.cloud, self.word).place(meaning.cloud)  # [V, 3] about CENTRE
        chosen = int(np.flatnonzero(meaning.tokens == self.word)[0])
        self.neighbours = meaning.neighbours[chosen]
        self.cloud = studio.object("Meaning space", _cloud_mesh(meaning, place, script.recording.vocabulary))
        modifier = self.cloud.modifiers.new("Cinema", "NODES")
        modifier.node_group = _cloud_group(studio).tree
        self.light = film.dial(modifier, "Light", 1.0)
        mark(self.cloud, "cloud")
        self.cloud.location = CENTRE
        self.spread = film.place(self.cloud, "scale", (0.02,) * 3)
        self.visible = film.visibility(self.cloud)

        orbit = ORBIT if studio.picture.is_wide else NARROW_ORBIT
        tokens = script.tokens[: script.prompt_count]
        self.shot, self.orbit = (
            _wide(studio.picture, place, tokens, -orbit),
            _among(studio.picture, place, tokens, orbit),
        )
        cosines = meaning.cosines[chosen]
        chart = place.copy()
        chart[self.neighbours] = place[self.word] + _around(place[self.neighbours] - place[self.word], cosines)
        self.close = before = _close(studio.picture, place[self.word])
        shown = dict.fromkeys(map(int, script.tokens[: script.prompt_count]))  # each once, in the text's order
        words = [(token, script.label(token), studio.palette.text) for token in shown if token != self.word]
        near = [
            (token, neighbour_text(script.label(token), cosine), studio.palette.text)
            for token, cosine in zip(self.neighbours, cosines, strict=True)
        ]
        word = (self.word, script.label(self.word), studio.palette.gold)
        labelled = _group(studio, [word, *words], place, self.orbit, LETTERS)
        self.word_visible = film.visibility(labelled[0])
        self.words_visible = film.visibility(*labelled[1:])
        self.words_grow = [film.place(label, "scale", (NOTHING,) * 3) for label in labelled[: len(words) + 1]]
        names = dict(zip([self.word, *(token for token, *_ in words)], labelled, strict=False))
        first = {token: tokens.tolist().index(token) for token in names}
        again = [(at, names[token]) for at, token in enumerate(tokens.tolist()) if first[token] != at]
        twins = [(self._twin(studio, at, label), at, label) for at, label in again]
        self.twins_visible = film.visibility(*(twin for twin, *_ in twins))
        self.twins_grow = [film.place(twin, "scale", (NOTHING,) * 3) for twin, *_ in twins]
        flying = [(label, first[token], label) for token, label in names.items()] + twins
        # All ends are read before the first one is sent to its beginning.
        ends = [np.array(last.location) for *_, last in flying]
        grows = [*self.words_grow, *self.twins_grow]
        self.flights = [
            self._flight(studio, label, at, CENTRE + place[tokens[at]], end, grow)
            for (label, at, _), end, grow in zip(flying, ends, grows, strict=True)
        ]
        # As large as on their cubes, when they set out.
        self.as_on_cubes = LABEL_SIZE / compat.get_input(labelled[0].modifiers[0], "Size")
        self.letters = NEAR if studio.picture.is_wide else NARROW_NEAR  # of the picture's width
        near = _group(studio, [word, *near], chart, before, self.letters, joined=True)
        for label, token in zip(near[1:], self.neighbours, strict=False):  # the labels come first
            mark(label, "text", says="neighbour", token=int(token))
        count = len(self.neighbours) + 1
        self.near_names = [film.visibility(label) for label in near[:count]]
        self.near_grow = [film.place(label, "scale", (NOTHING,) * 3) for label in near[1:count]]
        # Its name in the chart begins as large in the picture as among the words.
        far, close = (np.linalg.norm(CENTRE + place[self.word] - one.location) for one in (self.orbit, before))
        self.chosen_size = film.place(near[0], "scale", (float(LETTERS * far / (CHOSEN * self.letters * close)),) * 3)
        self.near_visible = film.visibility(*near[count:])
        self.near_objects = near
        self.rising, rising = studio.field("Rising words", _rising_mesh(studio, place), _rising(studio))
        self.rise = film.dial(rising, "Rise", 0.0)
        self.rising_visible = film.visibility(self.rising)
        across = _width_at(studio.picture, before, place[self.word])  # of the picture, there
        rings = self._rings(studio, place[self.word], cosines, across)
        wide = studio.measure(near[:1])[0] + 0.5 * CHOSEN * self.letters * across
        lines = self._lines(studio, place[self.word], chart[self.neighbours], wide / 2, across)
        self.rings_grow, *self.lines_grow = (film.place(one, "scale", (0.001,) * 3) for one in (rings, *lines))
        self.lines_visible = film.visibility(rings, *lines)

    @staticmethod
    def _twin(studio: Studio, place: int, label: bpy.types.Object) -> bpy.types.Object:
        """The word of a token that stands in the text before, too: it goes where that one's does."""
        text = studio.script.label(studio.script.trace.tokens[place + studio.script.earlier])
        twin = studio.label(f"Rising {text}", text, compat.get_input(label.modifiers[0], "Size"), studio.palette.text)
        mark(twin, "text", says="token", place=place + studio.script.earlier)
        return twin

    def _flight(
        self, studio: Studio, label: bpy.types.Object, order: int, dot: np.ndarray, end: np.ndarray, grow: VectorDial
    ) -> tuple:
        """How a word comes with its dot from a token's column, half the way, and then to its own place nearer to the
        camera -> (that token, its place, its scale, [half way, end], its scale from afar)."""
        start = _over_columns(studio.script)[order] + BESIDE
        over = (start + dot + BESIDE) / 2 + [0.0, 0.0, UP]
        place = studio.film.place(label, "location", tuple(map(float, start)))
        far, close = (np.linalg.norm(end - one.location) for one in (self.shot, self.orbit))
        ways = [tuple(map(float, one)) for one in (over, end)]
        return order, place, grow, ways, float(min(far / close, MOST_GROWN))

    def words_fly(self) -> list[Clip]:
        """Clips that take the words along with their dots. They grow smaller as they come nearer to the camera, and
        look as large as before."""
        clips = []
        for order, place, grow, (over, end), size in self.flights:
            start = min(order * LATER, SPEED - 1.0) / SPEED
            middle, stop = start + 0.5 / SPEED, min(start + 1.0 / SPEED, 1.0)
            clips += [place.to(over, start=start, end=middle, easing="in")]
            clips += [place.to(end, start=middle, end=stop, easing="out")]
            clips += [grow.to((size,) * 3, start=middle, end=stop, easing="out")]
        return clips

    def _lines(self, studio, word, neighbours, wide, size):
        """A line to each neighbour, from the edge of the word, which is so wide to either side; the objects' origin is
        the word, so that scaling grows them. size: metres that the picture is wide there."""
        edge = np.array([wide, 0.65 * CHOSEN * self.letters * size])
        lines = []
        for neighbour in neighbours - word:
            start = neighbour * min((edge / np.maximum(np.abs(neighbour[[0, 2]]), 1e-9)).min(), 0.9)
            stroke = shapes.strokes([start], [neighbour], LINE * size)
            lines.append(_glowing(studio, "Line to a neighbour", stroke, [studio.palette.gold], 0.8))
            lines[-1].location = CENTRE + word
        return lines

    def _rings(self, studio, word, cosines, size):
        """Circles about the word, of equal cosines; the last one goes through its furthest neighbour."""
        width = LINE * size
        shown = np.arange(np.ceil(cosines.min() / RING), np.ceil(1 / RING)) * RING
        shown = np.append(shown[shown > cosines.min() + 0.2 * RING], cosines.min())
        turn = np.linspace(0, 2 * np.pi, 73)
        circle = np.column_stack([np.cos(turn), 0 * turn, np.sin(turn)])
        points = radius(shown, cosines)[:, None, None] * circle + [0.0, 0.02, 0.0]
        strokes = shapes.strokes(points[:, :-1].reshape(-1, 3), points[:, 1:].reshape(-1, 3), 0.6 * width)
        rings = _glowing(studio, "Rings of equal cosine", strokes, [studio.palette.cyan], 0.45)
        rings.location = CENTRE + word
        return rings


def neighbour_text(label, cosine):
    """What stands at a neighbour: its label, in quotation marks if that is a sign, and the cosine."""
    said = label if any(letter.isalnum() for letter in label) else f"“{label}”"
    return f"{said}  {cosine:.2f}"


def radius(cosine, cosines):
    """Metres from the word at which the chart has a neighbour: 1 - cosine, the furthest one at the chart's edge."""
    return CHART * (1 - np.asarray(cosine, np.float64)) / max(1 - float(np.min(cosines)), 1e-9)


def _around(offsets, cosines):
    """Where the neighbours [K] stand about the word: as far as their cosines say, all around, in the order in which
    their true places [K, 3] lie about it."""
    order = np.argsort(np.argsort(np.arctan2(offsets[:, 2], offsets[:, 0])))
    between = 0.0 if len(order) % 4 == 2 else 0.5  # so that none stands right over the word, where labels would meet
    turn = 2 * np.pi * (order + between) / len(order) - np.pi
    far = radius(cosines, cosines)
    return np.column_stack([far * np.cos(turn), 0 * far, far * np.sin(turn)])


def _over_columns(script: Script) -> np.ndarray:
    """[T, 3] the middles of the columns, which shrink to points there."""
    x = layout.token_x(script.prompt_count, script.prompt_count)
    top = layout.column_top(script.model.d_model, layout.SCALE_EMBEDDING)
    return np.column_stack([x, 0 * x, np.full_like(x, (layout.COLUMN_BASE + top) / 2)])


def _rising_mesh(studio: Studio, place: np.ndarray) -> bpy.types.Mesh:
    """One point for each token of the prompt: from its column to its place in the cloud, which equal ones share."""
    script = studio.script
    ends = CENTRE + place[script.tokens[: script.prompt_count]]
    to = {f"to_{axis}": ends[:, i] for i, axis in enumerate("xyz")}
    return points.point_mesh("Rising words", {"order": np.arange(len(ends)), **to}, _over_columns(script))


def _rising(studio):
    graph = Graph("Rising words")
    rise = graph.input("Rise", default=0.0)
    turn = graph.math("MINIMUM", graph.attribute("order", "INT") * LATER, SPEED - 1.0)
    way = graph.smooth(rise * SPEED - turn)
    x, y, z = graph.split(graph.position())
    to = [graph.attribute(f"to_{axis}") for axis in "xyz"]
    up = graph.sin(way * np.pi) * UP
    place = graph.vector(graph.mix(x, to[0], way), graph.mix(y, to[1], way), graph.mix(z, to[2], way) + up)
    disc = graph.object_geometry(studio.shape("Rising dot", shapes.disc(12)))
    size = graph.mix(*RISING, way)
    dots = graph.instances(graph.geometry, disc, graph.vector(size, size, size), place)
    graph.output(graph.coloured(dots, studio.colour("text"), studio.materials.glow, studio.speck))
    return graph


def _wide(picture, place, tokens, turn):
    """The camera that sees all of some tokens, and so much of the cloud that it fills the picture."""
    low, high = np.percentile(place, (14, 90), axis=0)
    room = np.array([NAMED, 0.0, 0.4])
    low, high = np.minimum(low, place[tokens].min(0) - room), np.maximum(high, place[tokens].max(0) + room)
    return picture.shot(CENTRE + box(low, high), turn, 0, Margins(0.03, 0.06, 0.13, 0.17))


def _among(picture, place, tokens, turn):
    """The camera that sees some tokens from nearer, with room for their labels, the cloud around them."""
    low, high = place[tokens].min(0), place[tokens].max(0)
    middle, half = (low + high) / 2, np.maximum((high - low) / 2, AMONG)
    return picture.shot(CENTRE + box(middle - half, middle + half), turn, 0, Margins(0.24, 0.22, 0.30, 0.18))


def _close(picture, word):
    """The camera that sees the chart about a word, with room for its labels."""
    reach = CHART * np.array([1.35, 0.0, 1.0])
    return picture.shot(CENTRE + box(word - reach, word + reach), 0, 0, Margins(0.06, 0.06, 0.15, 0.15))


def _width_at(picture, shot, place):
    """Metres that the picture is wide at a place about CENTRE."""
    return (place[1] + CENTRE[1] - shot.location[1]) * SENSOR / LENS * picture.parts[0]


def _group(studio, words, place, shot, size, joined=False):
    """Labels, marks and leaders for some (token, text, colour), as a shot sees them -> [object].

    size: of the letters, as a part of the picture's width. joined: lines run from the first to all others, and the
    first stands large on its place.

    Labels stand on one plane: before the cloud where the camera is far enough away for that, or before the chart.
    """
    tokens = np.array([token for token, _, _ in words])
    places = place[tokens]
    eye = np.array(shot.location) - CENTRE
    plane = max(place[:, 1].min() - 0.2, eye[1] + 0.3 * (places[:, 1].min() - eye[1]))
    if joined:  # the cloud is behind the chart: near its dots, words go with them as the camera comes
        plane = places[:, 1].min() - BEFORE_CHART
    width = _width_at(studio.picture, shot, np.array([0.0, plane, 0.0]))
    letters = size * width
    sizes = [letters * (CHOSEN if joined and token == tokens[0] else 1.0) for token in tokens]
    texts = [
        studio.label(f"Space {text}", text, high, colour) for (_, text, colour), high in zip(words, sizes, strict=True)
    ]
    seen = eye + (places - eye) * ((plane - eye[1]) / (places[:, 1:2] - eye[1]))
    sizes = np.column_stack([studio.measure(texts), sizes])
    half = np.array([width, width / studio.picture.aspect]) / 2 * 0.9
    middle = eye[[0, 2]]
    bounds = (middle - half * [1, 0.62], middle + half * [1, 0.86])  # below is the caption, above the small print
    flat = seen[:, [0, 2]]
    lines = [(flat[0], other) for other in flat[1:]] if joined else []
    if joined:  # the first label keeps its place: nothing comes over it
        across = sizes[0] * [0.5, 0.0]
        lines += [(flat[0] - across, flat[0] + across)] * 2
    middles = place_labels(flat, sizes, (0.012 if joined else 0.03) * width, bounds, lines)
    if joined:
        middles[0] = flat[0]
    ends = np.column_stack([middles[:, 0], np.full(len(texts), plane), middles[:, 1]])
    for text, end, token in zip(texts, ends, tokens, strict=True):
        text.location = CENTRE + end
        mark(text, "text", says="word", token=int(token))
    # A leader ends at the edge of its label that is nearest to the dot.
    edges = np.clip(flat, middles - sizes * 0.55, middles + sizes * 0.6)
    edges = np.column_stack([edges[:, 0], np.full(len(texts), plane), edges[:, 1]])
    colours = [colour for _, _, colour in words]
    diameters = np.full(len(places), MARK * width)
    if joined:  # under its own word
        diameters[0] *= 0.01
    dots = _glowing(studio, "Word dots", shapes.discs(places - [0, BEFORE_DOTS, 0], diameters), colours, 1.3)
    points.write_attribute(dots.data, "token", np.repeat(tokens, len(dots.data.vertices) // len(tokens)))
    if joined:
        mark(dots, "near dots")
    else:
        mark(dots, "dots", tokens=tokens.tolist())
    leaders = _glowing(studio, "Leaders", shapes.strokes(places, edges, LEADER * width), colours, 0.8)
    return [*texts, dots, leaders]


def _glowing(studio, name, shape, colours, strength):
    """A glowing mesh of equal pieces, each in its colour, about CENTRE."""
    made = studio.solid(name, shape, studio.palette.linear(colours[0], strength), studio.materials.glow)
    tint = np.array([studio.palette.linear(colour, strength) for colour in colours])
    tint = np.repeat(tint, len(made.data.vertices) // len(colours), axis=0)
    for attribute in ("Color", "tint"):
        points.write_attribute(made.data, attribute, tint)
    made.location = CENTRE
    return made


def _cloud_mesh(meaning, place, vocabulary):
    """One point a token at its place; the components themselves are attributes, and whether it begins with a space."""
    axes = {f"axis {axis + 1}": meaning.cloud[:, axis] for axis in range(3)}
    count = range(len(place))
    begins = np.array([vocabulary.bytes(token).startswith(b" ") for token in count], np.int32)
    return points.point_mesh("Meaning space", {"token": np.arange(len(place)), "begins": begins, **axes}, place)


def _cloud_group(studio):
    graph = Graph("Meaning space")
    light = graph.input("Light", default=1.0)
    disc = graph.object_geometry(studio.shape("Space dot", shapes.disc(4)))
    size = DOT * min(1.0, np.sqrt(DOTS / studio.script.model.n_vocab))
    dots = graph.instances(graph.geometry, disc, (size,) * 3)
    hue = graph.mix_colour(studio.colour("piece"), studio.colour("cyan"), graph.attribute("begins", "INT"))
    colour = studio.palette.fade(graph, hue, light * 0.8)
    graph.output(graph.coloured(dots, colour, studio.materials.glow, studio.speck))
    return graph
