"""The aside: pictures and sounds become tokens, too, in other transformers. Not GPT-2's numbers, and said so."""

import numpy as np

from .. import points, shapes
from ..framing import Margins, box
from ..nodes import Graph

CENTRE = np.array([0.0, 0.0, 78.0])
PATCHES, SEGMENTS = 4, 16  # a side of the picture; of the sound
PICTURE, PICTURE_X = 3.2, -3.9  # metres; where its middle is
SOUND, SOUND_X, SOUND_HEIGHT = 5.4, 3.3, 2.2
GAP = 0.22  # between pieces that are apart


class Aside:
    """A picture of pixels and a sound of samples; Apart (0 … 1) cuts them into patches and segments."""

    def __init__(self, studio, media):
        film = studio.film
        parts = zip(_picture_points(media.picture), _sound_points(media.sound, studio.palette), strict=True)
        mesh = _mesh(*map(np.concatenate, parts))
        self.object, modifier = studio.field("Patches and segments", mesh, _group(studio))
        self.object.location = CENTRE
        self.apart = film.dial(modifier, "Apart", 0.0)
        self.visible = film.visibility(self.object)
        half = (PICTURE + GAP * (PATCHES - 1)) / 2
        low = (PICTURE_X - half, -0.1, -half)
        high = (SOUND_X + (SOUND + GAP * (SEGMENTS - 1)) / 2, 0.1, half)
        self.shot = studio.picture.shot(CENTRE + box(low, high), 0, 2, Margins(0.06, 0.06, 0.17, 0.09))


def _picture_points(picture):
    """-> x, z, the shift of x and z when apart, width, height, colour; one row a pixel."""
    count = len(picture)
    row, column = (index.ravel() for index in np.indices((count, count)))
    size = PICTURE / count
    x, z = PICTURE_X + (column - (count - 1) / 2) * size, (row - (count - 1) / 2) * size
    across, up = (PATCHES * index // count - (PATCHES - 1) / 2 for index in (column, row))
    linear = np.where(picture <= 0.04045, picture / 12.92, ((picture + 0.055) / 1.055) ** 2.4).reshape(-1, 3)
    full = np.full(count * count, size)
    return x, z, across * GAP, up * GAP, full, full, linear


def _sound_points(sound, palette):
    """As _picture_points, one row a sample: a bar as high as its amplitude, up and down."""
    count = len(sound)
    place = np.arange(count)
    x = SOUND_X + ((place + 0.5) / count - 0.5) * SOUND
    across = SEGMENTS * place // count - (SEGMENTS - 1) / 2
    height = np.maximum(np.abs(sound) * SOUND_HEIGHT, 0.02)
    colour = np.tile(np.array(palette.linear(palette.cyan)[:3]), (count, 1))
    return x, 0.0 * x, across * GAP, 0.0 * x, np.full(count, 0.72 * SOUND / count), height, colour


def _mesh(x, z, shift_x, shift_z, width, height, colour):
    return points.point_mesh(
        "Patches and segments",
        {
            "shift_x": shift_x,
            "shift_z": shift_z,
            "width": width,
            "height": height,
            "tint": np.column_stack([colour, np.ones(len(colour))]),
        },
        np.column_stack([x, 0 * x, z]),
    )


def _group(studio):
    graph = Graph("Patches and segments")
    apart = graph.input("Apart", default=0.0)
    x, _, z = graph.split(graph.position())
    place = graph.vector(x + graph.attribute("shift_x") * apart, 0.0, z + graph.attribute("shift_z") * apart)
    plate = graph.object_geometry(studio.shape("Pixel", shapes.plate()))
    size = graph.vector(graph.attribute("width"), 1.0, graph.attribute("height"))
    made = graph.instances(graph.geometry, plate, size, place)
    tint = graph.attribute("tint", "FLOAT_COLOR")
    graph.output(graph.coloured(made, tint, studio.materials.type, studio.speck))
    return graph
