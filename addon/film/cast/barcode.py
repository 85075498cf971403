"""The film's own emblem: the last layer's vectors, one row a token, one cell a component."""

import numpy as np

from .. import layout, points
from ..captions import Captions
from ..evidence import mark

WIDTH, CELL = 0.92, 0.9  # of the picture's width; of a cell's pitch


class Barcode:
    """On the captions' cards. Its rows are the tokens that were run, from the first one at the top."""

    def __init__(self, captions: Captions, y: float, height: float) -> None:
        """y: of its middle, in units of the sheet, as is its height."""
        studio = captions.studio
        vectors = studio.script.stream[-1]  # [N, d]
        mesh = barcode_mesh(vectors, studio.palette, WIDTH * captions.width, height)
        mesh.materials.append(studio.materials.type)
        self.object = studio.object("Last vectors", mesh, "Captions", captions.cards)
        self.object.location = (0.0, y, 0.0)
        self.low = y - height / 2
        mark(self.object, "barcode")
        self.visible = studio.film.visibility(self.object)
        self.scale = studio.film.place(self.object, "scale", (1e-3, 1.0, 1.0))


def barcode_mesh(vectors: np.ndarray, palette, width: float, height: float):
    """Vectors [N, d] -> a mesh of N x d flat cells around the origin; each corner has `value`, `token`, `dim`."""
    count, d = vectors.shape
    token, dim = np.divmod(np.arange(count * d), d)
    pitch = np.array([width / d, height / count])
    middle = np.column_stack([(dim + 0.5) * pitch[0] - width / 2, height / 2 - (token + 0.5) * pitch[1]])
    corner = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * pitch * CELL / 2
    flat = (middle[:, None] + corner).reshape(-1, 2)
    faces = np.arange(4 * count * d).reshape(-1, 4)
    mesh = points.shape_mesh(
        "Last vectors", np.column_stack([flat, np.zeros(len(flat))]), [tuple(face) for face in faces.tolist()]
    )
    shown = layout.shown_value(vectors, layout.value_scale(vectors))
    colour = np.column_stack([palette.cell_colour(shown.ravel()), np.ones(count * d)])
    for name, values in (("value", vectors.ravel()), ("token", token), ("dim", dim), ("Color", colour)):
        points.write_attribute(mesh, name, np.repeat(values, 4, axis=0))
    return mesh
