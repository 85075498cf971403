"""The aside: pictures and sounds become tokens, too, in other transformers. Not GPT-2's numbers, and said so."""

import numpy as np

from .. import points, shapes
from ..framing import box
from ..nodes import Graph

CENTRE = np.array([0.0, 0.5, 0.0])  # in line with the row
PATCHES, SEGMENTS = 4, 16  # a side of the picture; of the sound
PICTURE, PICTURE_X, PICTURE_Z = 2.5, -3.6, 5.6  # metres; where its middle is
SOUND, SOUND_X, SOUND_HEIGHT = 5.0, 2.6, 1.5
SLOT, PICTURE_ROW, SOUND_ROW = 0.72, 3.35, 2.2  # of a piece in its row; z of the two rows


class Aside:
    """A picture of pixels and a sound of samples; Apart (0 … 1) cuts them into patches and segments, which fall into
    rows like that of the tokens below. Size (0 … 1): of every pixel.
    """

    def __init__(self, studio, media):
        film = studio.film
        parts = zip(_picture_points(media.picture), _sound_points(media.sound, studio.palette), strict=True)
        mesh = _mesh(*map(np.concatenate, parts))
        self.object, modifier = studio.field("Patches and segments", mesh, _group(studio))
        self.object.location = CENTRE
        self.apart = film.dial(modifier, "Apart", 0.0)
        self.visible = film.visibility(self.object)
        self.size = film.dial(modifier, "Size", 0.0)
        reach = SLOT * SEGMENTS / 2
        self.corners = box((-reach, -0.4, 0.05), (reach, 0.6, PICTURE_Z + PICTURE / 2))


def _picture_points(picture):
    """-> x, z, the shift of x and z when apart, its piece, width, height, colour; one row a pixel."""
    count = len(picture)
    row, column = (index.ravel() for index in np.indices((count, count)))
    size = PICTURE / count
    x, z = PICTURE_X + (column - (count - 1) / 2) * size, (row - (count - 1) / 2) * size
    patch = (PATCHES - 1 - PATCHES * row // count) * PATCHES + PATCHES * column // count  # as one reads
    middle = [((PATCHES * index // count + 0.5) / PATCHES - 0.5) * PICTURE for index in (column, row)]
    linear = np.where(picture <= 0.04045, picture / 12.92, ((picture + 0.055) / 1.055) ** 2.4).reshape(-1, 3)
    full = np.full(count * count, size * 1.02)
    across = (patch - (PATCHES**2 - 1) / 2) * SLOT - (PICTURE_X + middle[0])
    down = PICTURE_ROW - (PICTURE_Z + middle[1])
    return x, z + PICTURE_Z, across, down, patch, full, full, linear


def _sound_points(sound, palette):
    """As _picture_points, one row a sample: a bar as high as its amplitude, up and down."""
    count = len(sound)
    place = np.arange(count)
    x = ((place + 0.5) / count - 0.5) * SOUND
    segment = SEGMENTS * place // count
    middle = ((segment + 0.5) / SEGMENTS - 0.5) * SOUND
    across = (segment - (SEGMENTS - 1) / 2) * SLOT - (SOUND_X + middle)
    height = np.maximum(np.abs(sound) * SOUND_HEIGHT, 0.02)
    colour = np.tile(np.array(palette.linear(palette.cyan)[:3]), (count, 1))
    width = np.full(count, 0.8 * SOUND / count)
    down = np.full(count, SOUND_ROW - PICTURE_Z)
    return x + SOUND_X, np.full(count, PICTURE_Z), across, down, segment, width, height, colour


def _mesh(x, z, shift_x, shift_z, piece, width, height, colour):
    return points.point_mesh(
        "Patches and segments",
        {
            "shift_x": shift_x,
            "shift_z": shift_z,
            "piece": piece.astype(np.int32),
            "width": width,
            "height": height,
            "tint": np.column_stack([colour, np.ones(len(colour))]),
        },
        np.column_stack([x, 0 * x, z]),
    )


def _group(studio):
    graph = Graph("Patches and segments")
    apart, large = graph.input("Apart", default=0.0), graph.input("Size", default=1.0)
    # One piece after another.
    way = graph.smooth((apart * 1.6 - graph.attribute("piece", "INT") * (1.0 / SEGMENTS)) / 0.6)
    x, _, z = graph.split(graph.position())
    place = graph.vector(x + graph.attribute("shift_x") * way, 0.0, z + graph.attribute("shift_z") * way)
    plate = graph.object_geometry(studio.shape("Pixel", shapes.plate()))
    size = graph.vector(graph.attribute("width") * large, 1.0, graph.attribute("height") * large)
    made = graph.instances(graph.geometry, plate, size, place)
    tint = graph.attribute("tint", "FLOAT_COLOR")
    graph.output(graph.coloured(made, tint, studio.materials.type, studio.speck))
    return graph
