"""Reads a film back out of its scene: what is drawn at a moment, from the evaluated geometry.

Objects are found by their marks (film/evidence.py), shapes by the attributes that the node groups leave on them. Names
of objects, node groups and materials mean nothing here.
"""

import zlib
from functools import cached_property

import bpy
import numpy as np
from mathutils import Matrix

from .. import compat
from ..film.parts import STORED, Reader
from ..film.points import read_attribute
from .moments import Moment
from .parts import Parts
from .report import Report


class Snapshot:
    """A film's scene at one moment."""

    def __init__(self, parts: Parts, moment: Moment, report: Report) -> None:
        """Takes the scene there, and compares where everything stands."""
        self.frame, self.moving = moment.frame, moment.moving
        parts.scene.frame_set(int(self.frame // 1), subframe=float(self.frame % 1))
        depsgraph = parts.scene.view_layers[0].depsgraph
        seen, self.place = parts.look(self.frame, depsgraph, report)
        away = self.place.inverted_safe()
        self.drawn = [
            Actor(part.owner, evaluated, part.built["mark"], away, parts.reader)
            for part, evaluated in seen
            if part.built["mark"]
        ]

    def of(self, kind, **which):
        """The drawn actors of a kind, with certain words in their marks."""
        wanted = which | {"shows": kind}
        return [actor for actor in self.drawn if all(actor.mark.get(key) == value for key, value in wanted.items())]

    def rests(self, actor, dial):
        """Whether an actor's dial stands still."""
        paths = {path for owner, path in self.moving if owner == actor.owner}
        return compat.input_path(actor.owner.modifiers[0], dial) not in paths

    def belongs(self, what, first, last, report):
        """Compare where the row is in the stream with where it must be while something is drawn: between two slots."""
        for row in self.of("columns", table="stream"):
            if "trail" not in row.mark:
                slot = row.dial("Slot")
                report.compare("together", lambda i: what, [slot], np.clip([slot], first, last), tolerance=0.01)


class Actor:
    """An object that shows numbers, evaluated at a moment."""

    def __init__(
        self, owner: bpy.types.Object, evaluated: bpy.types.Object, mark: dict, away: Matrix, reader: Reader
    ) -> None:
        """away: from the world to the film, which may stand anywhere in it."""
        self.owner, self.evaluated, self.mark = owner, evaluated, mark
        self._away, self._reader = away, reader

    @property
    def kind(self) -> str:
        return self.mark["shows"]

    def dial(self, name: str, without: object = None) -> object:
        """A modifier's input at this moment; `without`, where no modifier has one of that name. Raises KeyError."""
        for modifier, evaluated in zip(self.owner.modifiers, self.evaluated.modifiers, strict=True):
            identifier = self._reader.inputs(modifier).get(name)
            if identifier:
                return compat.input_value(evaluated, identifier)
        if without is None:
            raise KeyError(f"input {name}")
        return without

    @cached_property
    def state(self) -> int:
        """The same for the same inputs and shape, with all that is stored on it, wherever it stands."""
        pairs = zip(self.owner.modifiers, self.evaluated.modifiers, strict=True)
        dials = [str(compat.input_value(two, one)) for own, two in pairs for one in self._reader.inputs(own).values()]
        found, mesh = zlib.crc32(repr(dials).encode()), self.evaluated.data
        for layer in mesh.attributes:
            if layer.data_type in STORED:
                found = zlib.crc32(read_attribute(mesh, layer.name), found)
        return found

    @cached_property
    def shape(self):
        """The vertices that are drawn."""
        mesh = self.evaluated.data
        if not len(mesh.vertices):
            return Shape(mesh, np.zeros(0, np.intp))
        # The speck that node groups begin with lies in the origin.
        x, y, z = read_attribute(mesh, "position").T
        return Shape(mesh, np.flatnonzero((x != 0) | (y != 0) | (z != 0)))

    @cached_property
    def faces(self):
        """The drawn four-cornered faces."""
        return Faces(self.evaluated.data)

    @property
    def outline(self):
        """All vertices of a mesh that no node group has made."""
        mesh = self.evaluated.data
        return Shape(mesh, np.arange(len(mesh.vertices)))

    @property
    def world(self) -> np.ndarray:
        """Where it stands in the film: a matrix [4, 4]."""
        return np.array(self._away @ self.evaluated.matrix_world)


class Shape:
    """Vertices of an evaluated mesh. shape["name"]: an attribute, one row a vertex; KeyError when there is none."""

    def __init__(self, mesh, rows):
        self.mesh, self.rows = mesh, rows

    def __getitem__(self, name):
        if not len(self.rows):
            return np.zeros((0, 3) if name == "position" else 0)
        layer = self.mesh.attributes.get(name)
        if layer is None or layer.domain != "POINT":
            raise KeyError(f"attribute {name}")
        return read_attribute(self.mesh, name)[self.rows]

    def __len__(self):
        return len(self.rows)

    def where(self, mask):
        """Some of the vertices."""
        return Shape(self.mesh, self.rows[mask])

    def tinted(self):
        """The vertices that have a colour of their own beside the shaded one: cells and bars, not boards and texts."""
        if not len(self) or "tint" not in self.mesh.attributes:
            return self.where(np.zeros(len(self), bool))
        return self.where(self["tint"][:, 3] > 0.5)


class Faces:
    """The four-cornered faces of an evaluated mesh. faces["name"]: one row a face, of its corners [n, 4, …]."""

    def __init__(self, mesh, rows=None):
        self.mesh = mesh
        corners = np.empty(len(mesh.polygons), np.int32)
        mesh.polygons.foreach_get("loop_total", corners)
        self.rows = np.flatnonzero(corners == 4) if rows is None else rows  # the speck has three corners
        self.starts = np.cumsum(corners) - corners

    def __getitem__(self, name):
        layer = self.mesh.attributes.get(name)
        if layer is None:
            raise KeyError(f"attribute {name}")
        values = read_attribute(self.mesh, name)
        if layer.domain == "FACE":
            return values[self.rows]
        corners = self.starts[self.rows][:, None] + np.arange(4)
        if layer.domain == "CORNER":
            return values[corners]
        vertices = np.empty(len(self.mesh.loops), np.int32)
        self.mesh.loops.foreach_get("vertex_index", vertices)
        return values[vertices[corners]]

    def __len__(self):
        return len(self.rows)

    def where(self, mask):
        """Some of the faces."""
        return Faces(self.mesh, self.rows[mask])


class Elements:
    """Vertices put together by whole-number attributes: all corners of one cell, all points of one beam."""

    def __init__(self, shape, *names):
        columns = [shape[name].astype(np.int64) for name in names]
        key = np.zeros(len(shape), np.int64)
        for column in columns:
            key = key * (int(column.max(initial=0)) + 2) + column + 1
        self.order = np.argsort(key, kind="stable")
        key = key[self.order]
        self.starts = np.flatnonzero(np.append(True, key[1:] != key[:-1])) if len(key) else np.zeros(0, np.intp)
        first = self.order[self.starts]
        self.keys = {name: column[first] for name, column in zip(names, columns, strict=True)}
        self.shape = shape

    def __len__(self):
        return len(self.starts)

    def __getitem__(self, name):
        """One of the attributes that they are put together by."""
        return self.keys[name]

    def tuples(self):
        return list(zip(*(column.tolist() for column in self.keys.values()), strict=True))

    def first(self, values):
        """values: one row a vertex -> one row an element."""
        return values[self.order[self.starts]]

    def low(self, values):
        return self._reduce(np.minimum, values)

    def high(self, values):
        return self._reduce(np.maximum, values)

    def middle(self, values):
        """Half-way between the outermost values."""
        return (self.low(values) + self.high(values)) / 2

    def _reduce(self, function, values):
        return function.reduceat(values[self.order], self.starts, axis=0) if len(self) else values[:0]

    def mean(self, values: np.ndarray, chosen: np.ndarray | None = None) -> np.ndarray:
        """The mean of each element's vertices: one row an element, in float64. chosen: [vertices] bool, of these only;
        nan where there is none of them."""
        if not len(self):
            return values[:0].astype(np.float64)
        counted = np.ones(len(values)) if chosen is None else chosen.astype(np.float64)
        weights = counted.reshape(-1, *[1] * (values.ndim - 1))
        sums, count = (np.add.reduceat(one[self.order], self.starts, axis=0) for one in (values * weights, weights))
        with np.errstate(invalid="ignore"):
            return sums / count

    def spread(self, values: np.ndarray) -> np.ndarray:
        """One row an element -> one row a vertex."""
        found = np.empty((len(self.order), *values.shape[1:]), values.dtype)
        found[self.order] = np.repeat(values, np.diff(np.append(self.starts, len(self.order))), axis=0)
        return found

    def split(self, values):
        """values: one row a vertex -> [rows of each element, in the order of the vertices]."""
        return np.split(values[self.order], self.starts[1:]) if len(self) else []
