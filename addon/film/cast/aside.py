"""The aside: pictures and sounds become tokens, too, in other transformers. Not GPT-2's numbers, and said so."""

import numpy as np

from .. import layout, points, shapes
from ..framing import box
from ..nodes import Graph

CENTRE = np.array([0.0, 0.5, 0.0])  # in line with the row
PATCHES, SEGMENTS = 3, 9  # a side of the picture; of the sound
PICTURE, PICTURE_X = 5.0, -4.1  # metres; where its middle is
SOUND, SOUND_X, SOUND_HEIGHT = 7.6, 2.8, 4.2
MIDDLE_Z = 4.1  # of both
LATER, EACH = 0.5, 0.5  # of all pieces' turns, when the picture's begin; how long each takes, in the same units
BEHIND = 0.2  # metres that the sound passes behind the picture
SLOT, FILLED = layout.TOKEN_PITCH, 1.34  # metres of a piece in its row: from one to the next, wide
PICTURE_ROW, SOUND_ROW, LOW = 4.0, 2.35, 0.36  # z of the two rows; what a segment keeps of its height


class Aside:
    """A picture of pixels and a sound of samples; Apart (0 … 1) cuts them into patches and segments, which fall into
    rows like that of the tokens below. Size (0 … 1): of every pixel.
    """

    def __init__(self, studio, media):
        film = studio.film
        picture, sound = _picture_points(media.picture), _sound_points(media.sound, studio.palette)
        mesh = _mesh({name: np.concatenate([picture[name], sound[name]]) for name in picture})
        self.object, modifier = studio.field("Patches and segments", mesh, _group(studio))
        self.object.location = CENTRE
        self.apart = film.dial(modifier, "Apart", 0.0)
        self.visible = film.visibility(self.object)
        self.size = film.dial(modifier, "Size", 0.0)
        reach = SLOT * SEGMENTS / 2
        low, high = (-reach, -0.4, 0.05), (reach, 0.6, MIDDLE_Z + PICTURE / 2)
        self.corners = box(low, high)
        self.fallen = box(low, (*high[:2], PICTURE_ROW + SLOT / 2))  # once it is apart


def _picture_points(picture):
    """One row a pixel -> dict of arrays: where it is, what it moves when apart, its piece, its sizes, its colour."""
    count = len(picture)
    row, column = (index.ravel() for index in np.indices((count, count)))
    size = PICTURE / count
    x, z = ((index - (count - 1) / 2) * size for index in (column, row))
    patch = (PATCHES - 1 - PATCHES * row // count) * PATCHES + PATCHES * column // count  # as one reads
    off = [at - ((PATCHES * index // count + 0.5) / PATCHES - 0.5) * PICTURE for at, index in ((x, column), (z, row))]
    smaller = FILLED * PATCHES / PICTURE
    linear = np.where(picture <= 0.04045, picture / 12.92, ((picture + 0.055) / 1.055) ** 2.4).reshape(-1, 3)
    full = np.full(count * count, size * 1.02)
    return {
        "x": x + PICTURE_X,
        "y": 0 * x,
        "z": z + MIDDLE_Z,
        "shift_x": (patch - (PATCHES**2 - 1) / 2) * SLOT + smaller * off[0] - (x + PICTURE_X),
        "shift_z": PICTURE_ROW + smaller * off[1] - (z + MIDDLE_Z),
        "piece": patch,
        "turn": LATER + (1.0 - LATER) * patch / PATCHES**2,
        "size": np.column_stack([full, full]),
        "size_apart": smaller * np.column_stack([full, full]),
        "colour": linear,
    }


def _sound_points(sound, palette):
    """As _picture_points, one row a sample: a bar as high as its amplitude, up and down."""
    count = len(sound)
    place = np.arange(count)
    x = ((place + 0.5) / count - 0.5) * SOUND
    segment = SEGMENTS * place // count
    off = x - ((segment + 0.5) / SEGMENTS - 0.5) * SOUND
    wider = FILLED * SEGMENTS / SOUND
    size = np.column_stack([np.full(count, 0.8 * SOUND / count), np.maximum(np.abs(sound) * SOUND_HEIGHT, 0.02)])
    return {
        "x": x + SOUND_X,
        "y": np.full(count, BEHIND),
        "z": np.full(count, MIDDLE_Z),
        "shift_x": (segment - (SEGMENTS - 1) / 2) * SLOT + wider * off - (x + SOUND_X),
        "shift_z": np.full(count, SOUND_ROW - MIDDLE_Z),
        "piece": segment,
        "turn": LATER * segment / SEGMENTS,
        "size": size,
        "size_apart": size * [wider, LOW],
        "colour": np.tile(np.array(palette.linear(palette.cyan)[:3]), (count, 1)),
    }


def _mesh(pixels):
    names = ("shift_x", "shift_z", "width", "height", "width_apart", "height_apart")
    columns = (pixels["shift_x"], pixels["shift_z"], *pixels["size"].T, *pixels["size_apart"].T)
    tint = np.column_stack([pixels["colour"], np.ones(len(pixels["x"]))])
    attributes = dict(zip(names, columns, strict=True)) | {"piece": pixels["piece"].astype(np.int32), "tint": tint}
    attributes["turn"] = pixels["turn"].astype(np.float32)
    place = np.column_stack([pixels["x"], pixels["y"], pixels["z"]])
    return points.point_mesh("Patches and segments", attributes, place)


def _group(studio):
    graph = Graph("Patches and segments")
    apart, large = graph.input("Apart", default=0.0), graph.input("Size", default=1.0)
    # One piece after another, and the sound's first: so they don't cross those of the picture.
    way = graph.smooth((apart * (1.0 + EACH) - graph.attribute("turn")) / EACH)
    x, y, z = graph.split(graph.position())
    place = graph.vector(x + graph.attribute("shift_x") * way, y, z + graph.attribute("shift_z") * way)
    plate = graph.object_geometry(studio.shape("Pixel", shapes.plate()))
    width, height = (
        graph.mix(graph.attribute(side), graph.attribute(f"{side}_apart"), way) * large for side in ("width", "height")
    )
    size = graph.vector(width, 1.0, height)
    made = graph.instances(graph.geometry, plate, size, place)
    tint = graph.attribute("tint", "FLOAT_COLOR")
    graph.output(graph.coloured(made, tint, studio.materials.type, studio.speck))
    return graph
