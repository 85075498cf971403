"""The temperature dial, and the draw: a light that runs along all chances and stops at the recorded random number."""

import numpy as np

from ....inference.sampling import probabilities
from ... import compat
from .. import layout, points, shapes
from ..evidence import mark
from ..framing import Picture
from ..nodes import Graph
from ..studio import FRONT
from ..texts import set_width, word

DIAL_RADIUS, DIAL_SCALE = 0.62, 1.62
HAND = 0.74  # radius at which the hand stands: outside, so that it never runs through the number
DOTS, DOT = 91, 0.085  # of its scale; their size
DIAL_FROM, DIAL_TO = 0.0, 2.0  # temperatures at the two ends of the scale
DIAL_START, DIAL_SWEEP = np.radians(225), np.radians(270)  # from lower left, clockwise
WON, NARROW_WON = (20, 9), (8, 9)  # degrees: from where the drawn word is seen in the end
DIVED_HEIGHT = 0.22  # of the strip's width: its height when the picture has dived into it
WAVE = 0.3  # of the strip: the front behind which its pieces are told from each other
NUMBER, SHINE = (
    0.95,
    0.66,
)  # size of the running number; light of a piece that the light is on: no more than white paper
ROOM, OVER = 1.05, 0.38  # how much wider a piece with a name is; metres of that over the strip


def seen_from(picture: Picture) -> tuple[float, float]:
    """Azimuth and elevation of the camera that sees the drawn word, in degrees."""
    return WON if picture.is_wide else NARROW_WON


class TemperatureDial:
    """A round scale from 0 to 2 whose value is the bars' temperature; or, on the sheet before the camera, the one that
    a text is drawn with."""

    def __init__(self, studio, sheet=None):
        film = studio.film
        angles = np.linspace(0, 1, DOTS)
        mesh = points.point_mesh("Dial", {"share": angles.astype(np.float32)})
        group = studio.once("dial", lambda: _dial_group(studio))
        where = ("Captions", sheet) if sheet else ()
        self.object, self.modifier = studio.field("Temperature dial", mesh, group, *where)
        if sheet:  # which lies, where the film stands
            self.object.rotation_euler.x = -np.pi / 2
        mark(self.object, "dial", of="text" if sheet else "bars")
        self.temperature = film.dial(self.modifier, "Temperature", 1.0)
        self.place = film.place(self.object, "location", (0.0, 0.0, 0.0))
        self.scale, self.full = film.place(self.object, "scale", (0.001,) * 3), DIAL_SCALE
        name = word("temperature", studio.language)
        labels = []
        # A narrow one has the caption right under it, which begins with that word.
        if studio.picture.is_wide:
            place = {"collection": where[0], "scenery": True} if sheet else {}  # its text says what it is
            labels.append(
                studio.label("Dial name", name, 0.3, studio.palette.text, (0, 0, -0.84), parent=self.object, **place)
            )
        self.visible = film.visibility(self.object, *labels)


def _dial_group(studio):
    graph = Graph("Temperature dial")
    temperature = graph.input("Temperature", default=1.0)
    share = graph.attribute("share")
    angle = DIAL_START - share * DIAL_SWEEP
    value = ((temperature - DIAL_FROM) / (DIAL_TO - DIAL_FROM)).clamp()
    spots = graph.store(graph.geometry, "on", share < value + 1e-4)
    place = graph.vector(graph.cos(angle) * DIAL_RADIUS, 0.0, graph.sin(angle) * DIAL_RADIUS)
    dots = graph.instances(
        spots, graph.object_geometry(studio.shape("Dial dot", shapes.disc(8))), (DOT, DOT, DOT), place
    )
    warmth = graph.mix_colour(studio.colour("bar_cold", 1.2), studio.colour("bar_hot", 1.2), share * 1.4)
    lit = graph.mix_colour(studio.colour("unlit"), warmth, graph.attribute("on"))
    parts = [graph.coloured(dots, lit, studio.materials.glow, studio.speck)]

    turn = DIAL_START - value * DIAL_SWEEP
    needle = graph.object_geometry(studio.shape("Dial needle", shapes.plate()))
    needle = graph.field(
        "GeometryNodeTransform",
        {
            "Geometry": needle,
            "Scale": (0.12, 1.0, 0.07),
            "Rotation": graph.vector(0.0, -turn, 0.0),
            "Translation": graph.vector(graph.cos(turn) * HAND, -0.01, graph.sin(turn) * HAND),
        },
    )
    parts.append(graph.coloured(needle, studio.colour("hot", 1.2), studio.materials.glow, studio.speck))

    number = graph.field("FunctionNodeValueToString", {"Value": temperature, "Decimals": 2})
    text = studio.text(graph, number, 0.38)
    text = graph.field("GeometryNodeTransform", {"Geometry": text, "Rotation": FRONT})
    parts.append(graph.coloured(text, studio.colour("text"), studio.materials.type, studio.speck))
    graph.output(graph.join(*parts))
    return graph


class Draw:
    """A strip from 0 to 1: every token's share in order of falling probability, and a light that runs along it.

    Pointer: where the light is, from the recorded random number (below 0: before it). Dive (0 … 1): how far the strip
    has grown about the light, until the drawn token's piece is as wide as a door. Gold: of that piece. Colour (0 … 1):
    how far, from the left, pieces are told from each other by their colours; before, they have those of the bars.
    """

    def __init__(self, studio, step, board):
        film, script = studio.film, studio.script
        recorded = script.recording.steps[step]
        shares = probabilities(recorded.trace.logits, script.recording.sampling)
        self.random, self.share = recorded.draw.random, float(shares[recorded.draw.token])
        self.most = layout.dive(self.share)
        pieces = layout.strip_pieces(shares, recorded.draw.token)
        mesh = _strip_mesh(pieces, recorded.draw.token, self.random)
        self.object, modifier = studio.field("Draw strip", mesh, _strip_group(studio, board))
        self.place = film.place(self.object, "location", (board.strip_x, board.y, board.strip_z))
        self.door = self._door(pieces, recorded.draw.token, board)
        for name, value in (("Random", self.random), ("Most", self.most), ("Width", board.strip_width)):
            compat.set_input(modifier, name, float(value))
        mark(self.object, "strip", step=step)
        self.pointer = film.dial(modifier, "Pointer", -self.random)
        self.edges = pieces[0] - self.random  # where the pointer stands as it goes over the beginning of each piece
        for name in ("Dive", "Gold", "Light", "Colour"):
            setattr(self, name.lower(), film.dial(modifier, name, 0.0))
        self.height = film.place(self.object, "scale", (1.0, 1.0, 1.0))
        self.visible = film.visibility(self.object)
        middle, high = board.strip_x + board.strip_width / 2, DIVED_HEIGHT * board.strip_width
        said = chances(self.share, studio.language)
        self.size = min(
            0.075 * board.strip_width * (1.0 if board.wide else 1.2), 0.8 * board.strip_width / set_width(said)
        )
        azimuth = studio.picture.azimuth(seen_from(studio.picture)[0])
        turned = (FRONT[0], 0.0, np.radians(azimuth))  # to the camera that sees it
        self.chances = studio.label("Chances", said, self.size, studio.palette.gold, rotation=turned)
        self.chances.location = middle, board.y - 0.1, board.strip_z - high / 2 - 1.1 - 0.55 * self.size
        mark(self.chances, "text", says="chances", step=step, language=studio.language)
        self.chances_scale = film.place(self.chances, "scale", (0.001,) * 3)
        self.chances_visible = film.visibility(self.chances)
        self.names = [self._name(studio, step, rank, pieces, board) for rank in named(script, pieces, board)]

    def _name(self, studio, step, rank, pieces, board):
        """The word of a piece, over it, with its Scale."""
        begins, ends, _, order = pieces
        x = board.strip_x + (begins[rank] + ends[rank]) / 2 * board.strip_width
        place = (x, board.y - 0.02, board.strip_z + board.strip_height / 2 + OVER)
        label = studio.label(
            f"Piece {rank + 1}", studio.script.word(int(order[rank])), board.name_size, studio.palette.text, place
        )
        mark(label, "piece", step=step, rank=rank)
        return studio.film.place(label, "scale", (0.001,) * 3), studio.film.visibility(label)

    def _door(self, pieces, drawn, board):
        """Where the drawn token's piece is after the dive: ((x, y, z) of its middle, (wide, high))."""
        begins, ends, starts, order = pieces
        place, wide = int(np.flatnonzero(order[starts] == drawn)[0]), board.strip_width
        left, right = layout.dived(np.array([begins[place], ends[place]]), self.random, self.most, wide)
        middle = (float(board.strip_x + (left + right) / 2), board.y, board.strip_z)
        return middle, (float(right - left), DIVED_HEIGHT * wide)


def named(script, pieces, board):
    """The ranks of the likeliest tokens in order, as long as the word of each fits over its piece of the strip."""
    begins, ends, starts, order = pieces
    ranks = []
    widths = (ends - begins) * board.strip_width
    for rank, (start, wide) in enumerate(zip(starts[: layout.NAMED], widths, strict=False)):
        if start != rank or set_width(script.word(int(order[rank]))) * board.name_size * ROOM > wide:
            break
        ranks.append(rank)
    return ranks


def chances(share, language):
    """A probability as a figure that is easy to grasp: 3 chances in 1,000."""
    of = 100
    while share * of < 1.5 and of < 1e18:
        of *= 10
    return word("chances", language, count=round(share * of), of=of)


def _strip_mesh(pieces, drawn, random):
    """Four points a piece: `edge` from the random number, `begin` and `end` of the piece, `up`, `piece`, `drawn`.

    Edges are relative to the number where the light stops: single precision is exact there.
    """
    begins, ends, starts, order = pieces
    count = len(begins)
    mesh = points.quad_mesh("Draw strip", np.zeros((4 * count, 3)))
    edges = np.stack([begins, ends, ends, begins], 1) - random
    points.write_attribute(mesh, "edge", edges.ravel().astype(np.float32))
    for name, values in (("begin", begins - random), ("end", ends - random)):
        points.write_attribute(mesh, name, np.repeat(values.astype(np.float32), 4))
    points.write_attribute(mesh, "up", np.tile(np.array([-0.5, -0.5, 0.5, 0.5], np.float32), count))
    points.write_attribute(mesh, "piece", np.repeat(np.arange(count), 4))
    is_drawn = order[starts] == drawn
    points.write_attribute(mesh, "drawn", np.repeat(is_drawn.astype(np.int32), 4))
    return mesh


def _strip_group(studio, board):
    graph = Graph("Draw strip")
    random, most = graph.input("Random", default=0.0), graph.input("Most", default=1.0)
    width, pointer = graph.input("Width", default=1.0), graph.input("Pointer", default=0.0)
    dive, gold, light = graph.input("Dive", default=0.0), graph.input("Gold", default=0.0), graph.input("Light")
    coloured = graph.input("Colour", default=0.0)
    edge, up = graph.attribute("edge"), graph.attribute("up")
    zoom = most**dive
    # The light moves over the strip, and to the middle of the picture while that dives.
    anchor = graph.mix((pointer + random) * width, width * 0.5, dive)
    high = graph.mix(board.strip_height, DIVED_HEIGHT * width, dive)
    x = (anchor + (edge - pointer) * width * zoom).clamp(width * -layout.REACH, width * (1.0 + layout.REACH))
    is_drawn, begin, end = graph.attribute("drawn", "INT"), graph.attribute("begin"), graph.attribute("end")
    # A piece lights up while the light is over it, and glows after that.
    over = (pointer > begin - 1e-9) * (pointer < end)
    gone = graph.math("MAXIMUM", pointer - end, 0.0) * width * zoom
    glow = over + (pointer > end) * graph.math("EXPONENT", gone * -2.6) * 0.55
    odd = graph.math("MODULO", graph.attribute("piece", "INT"), 2.0)
    colour = graph.mix_colour(studio.colour("strip"), studio.colour("strip_odd"), odd)
    was = graph.attribute("piece", "INT") < layout.CANDIDATES - 0.5
    was = graph.mix_colour(studio.colour("bar_others"), studio.colour("bar"), was)
    colour = graph.mix_colour(was, colour, ((coloured * (1.0 + WAVE) - (begin + random)) / WAVE).clamp())
    colour = graph.scale_colour(colour, graph.mix(0.52, 0.8, up + 0.5)) if studio.palette.is_dark else colour
    colour = graph.scale_colour(colour, graph.mix(1.0, 0.45, gold)) if studio.palette.is_dark else colour
    colour = graph.mix_colour(
        colour, studio.colour("bar_shine", SHINE if studio.palette.is_dark else 1.0), (glow * light * 0.9).clamp()
    )
    colour = graph.mix_colour(colour, studio.colour("gold", 1.1), is_drawn * gold)
    strip = graph.coloured(
        graph.move(graph.geometry, graph.vector(x, is_drawn * -0.004, up * high)),
        colour,
        studio.materials.glow,
        studio.speck,
    )

    plate = graph.object_geometry(studio.shape("Light", shapes.plate()))
    ball = graph.object_geometry(studio.shape("Light point", shapes.disc(20)))
    parts = [strip]
    for shape, wide, tall in ((plate, 0.022, high * 1.16), (ball, 0.2, 0.2)):
        z = 0.0 if shape is plate else high * 0.58 + 0.08
        made = graph.field(
            "GeometryNodeTransform",
            {
                "Geometry": shape,
                "Scale": graph.vector(light * wide, 1.0, light * tall),
                "Translation": graph.vector(anchor, -0.05, z),
            },
        )
        made = graph.store(made, "light", 1.0)
        parts.append(graph.coloured(made, studio.colour("hot", 1.4), studio.materials.glow, studio.speck))
    number = graph.field("FunctionNodeValueToString", {"Value": pointer + random, "Decimals": 4})
    text = studio.text(graph, number, NUMBER, font=studio.latin)
    place = graph.vector(anchor.clamp(1.3, board.strip_width - 1.3), -0.06, high * -0.5 - 0.6)
    size = graph.vector(light, light, light)
    text = graph.field(
        "GeometryNodeTransform", {"Geometry": text, "Rotation": FRONT, "Translation": place, "Scale": size}
    )
    parts.append(graph.coloured(text, studio.colour("text"), studio.materials.type, studio.speck))
    graph.output(graph.join(*parts))
    return graph
