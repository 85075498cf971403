"""numpy arrays -> meshes of points with named attributes, and back again."""

import bpy
import numpy as np

from .errors import FilmError

MOST = 2**24  # from here on floats leave out whole numbers
_TYPES = {"f": ("FLOAT", np.float32), "i": ("INT", np.int32), "u": ("INT", np.int32), "b": ("BOOLEAN", bool)}


def point_mesh(name, attributes, positions=None, count=None):
    """A mesh of loose points, one per row of the flat arrays in `attributes`.

    positions: [n, 3] metres, default all at the origin (look-up tables need none). Raises FilmError for more points
    than can be told apart: node groups compute their places as 32-bit floats.
    """
    count = count if count is not None else len(next(iter(attributes.values())))
    if count > MOST:
        raise FilmError(f"{name} would have {count:,} numbers, and a film shows at most {MOST:,}; shorten the prompt.")
    mesh = bpy.data.meshes.new(name)
    mesh.vertices.add(count)
    if positions is not None and count:  # an empty mesh has no such attribute
        mesh.attributes["position"].data.foreach_set("vector", np.ascontiguousarray(positions, np.float32).ravel())
    for attribute, values in attributes.items():
        write_attribute(mesh, attribute, values)
    mesh.update()
    return mesh


def write_attribute(mesh, name, values):
    """Store floats, integers or booleans [n], or linear colours [n, 4], one row a point."""
    values = np.asarray(values)
    kind, dtype = ("FLOAT_COLOR", np.float32) if values.ndim == 2 else _TYPES[values.dtype.kind]
    attribute = mesh.attributes.get(name) or mesh.attributes.new(name, kind, "POINT")
    field = "color" if values.ndim == 2 else "value"
    attribute.data.foreach_set(field, np.ascontiguousarray(values, dtype).ravel())


def read_attribute(mesh, name):
    """An attribute of a mesh as a flat array ([n, 3] for vectors, [n, 4] for colours)."""
    if name == "position" and not len(mesh.vertices):  # an empty mesh has no such attribute
        return np.zeros((0, 3), np.float32)
    attribute = mesh.attributes[name]
    field, width = {"FLOAT_VECTOR": ("vector", 3), "FLOAT_COLOR": ("color", 4)}.get(attribute.data_type, ("value", 1))
    dtype = {"INT": np.int32, "BOOLEAN": bool}.get(attribute.data_type, np.float32)
    values = np.empty(len(attribute.data) * width, dtype)
    attribute.data.foreach_get(field, values)
    return values.reshape(-1, width) if width > 1 else values


def quad_mesh(name, vertices):
    """Quads from their corners [4 n, 3]; quick for many. Its active colour attribute is `Color`."""
    mesh = bpy.data.meshes.new(name)
    count = len(vertices)
    mesh.vertices.add(count)
    mesh.loops.add(count)
    mesh.polygons.add(count // 4)
    if count:
        mesh.attributes["position"].data.foreach_set("vector", np.ascontiguousarray(vertices, np.float32).ravel())
    mesh.loops.foreach_set("vertex_index", np.arange(count, dtype=np.int32))
    mesh.polygons.foreach_set("loop_start", np.arange(0, count, 4, dtype=np.int32))
    write_attribute(mesh, "Color", np.ones((count, 4)))
    mesh.attributes.active_color = mesh.attributes["Color"]
    mesh.update(calc_edges=True)
    return mesh


def shape_mesh(name, vertices, faces, shade=None):
    """A small solid. `shade` ([n] per vertex, default 1) darkens its colour: Workbench draws it unlit.

    Its active colour attribute `Color` is white times the shade.
    """
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata([tuple(map(float, vertex)) for vertex in vertices], [], [tuple(face) for face in faces])
    shade = np.ones(len(vertices)) if shade is None else np.asarray(shade, float)
    write_attribute(mesh, "Color", np.column_stack([shade, shade, shade, np.ones(len(shade))]))
    mesh.attributes.active_color = mesh.attributes["Color"]
    write_attribute(mesh, "shade", shade)
    mesh.update()
    return mesh
