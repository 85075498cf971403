"""A film's scene at one frame: which objects are drawn, and where their vertices lie."""

import bpy
import numpy as np

from ..film.points import read_attribute
from .camera import Camera, project

CELLS = 80  # across and up
CELL = 1 / CELLS  # of the picture
LENGTH = 1e-6  # metres; shorter edges belong to cells that have not grown yet


class Look:
    """What a film shows at a frame. drawn: {object: its evaluated copy}, all meshes that are rendered."""

    def __init__(self, scene: bpy.types.Scene, frame: int, camera: Camera):
        self.scene, self.frame, self.camera = scene, frame, camera
        self.matrix = camera.matrix(frame)
        scene.frame_set(frame)
        depsgraph = scene.view_layers[0].depsgraph
        self.drawn, self._points = {}, {}
        for owner in scene.collection.all_objects:
            evaluated = owner.evaluated_get(depsgraph)
            hidden = evaluated.hide_render or evaluated.hide_viewport or not evaluated.is_evaluated
            if owner.type == "MESH" and not hidden:
                self.drawn[owner] = evaluated

    def points(self, owner: bpy.types.Object) -> np.ndarray:
        """The vertices of a drawn object that have an extent, in the world: [n, 3].

        Others are no picture: the specks that node groups begin with, and cells of size 0.
        """
        if owner not in self._points:
            self._points[owner] = _vertices(self.drawn[owner]) if owner in self.drawn else np.zeros((0, 3))
        return self._points[owner]

    def places(self, owner: bpy.types.Object) -> np.ndarray:
        """Where the vertices of a drawn object lie in the picture, those before the camera: [n, 2]."""
        places, before = project(self.matrix, self.points(owner))
        return places[before]

    def surface(self, owner: bpy.types.Object) -> np.ndarray:
        """Places [n, 2] all over what a drawn object's faces take up in the picture, at most CELL apart."""
        if not len(self.points(owner)):
            return np.zeros((0, 2))
        mesh, matrix = self.drawn[owner].data, np.array(self.drawn[owner].matrix_world)
        world = read_attribute(mesh, "position") @ matrix[:3, :3].T + matrix[:3, 3]
        places, before = project(self.matrix, world)
        mesh.calc_loop_triangles()
        corners = np.empty(len(mesh.loop_triangles) * 3, np.int32)
        mesh.loop_triangles.foreach_get("vertices", corners)
        corners = corners.reshape(-1, 3)
        return spread(places[corners[before[corners].all(1)]])


def spread(triangles: np.ndarray) -> np.ndarray:
    """Triangles [m, 3, 2] in the picture -> the middles [n, 2] of the parts, at most CELL wide, that they consist of.

    What lies outside of the picture, and triangles without an area, are left out.
    """
    found = [np.zeros((0, 2))]
    a, b, c = (triangles[:, i] for i in range(3))
    (ux, uy), (vx, vy) = (b - a).T, (c - a).T
    a, b, c = (corner[np.abs(ux * vy - uy * vx) > 1e-12] for corner in (a, b, c))
    while len(a):
        low, high = np.minimum(np.minimum(a, b), c), np.maximum(np.maximum(a, b), c)
        large = (high[:, 0] - low[:, 0] > CELL) | (high[:, 1] - low[:, 1] > CELL)
        seen = (high[:, 0] >= 0) & (high[:, 1] >= 0) & (low[:, 0] <= 1) & (low[:, 1] <= 1)
        small = seen & ~large
        found.append((a[small] + b[small] + c[small]) / 3)
        a, b, c = (corner[seen & large] for corner in (a, b, c))
        ab, bc, ca = (a + b) / 2, (b + c) / 2, (c + a) / 2
        a, b, c = np.concatenate([a, ab, ca, ab]), np.concatenate([ab, b, bc, bc]), np.concatenate([ca, bc, c, ca])
    return np.concatenate(found)


def _vertices(evaluated: bpy.types.Object) -> np.ndarray:
    mesh = evaluated.data
    if not len(mesh.edges):
        return np.zeros((0, 3))
    local = read_attribute(mesh, "position")
    ends = np.empty(len(mesh.edges) * 2, np.int32)
    mesh.edges.foreach_get("vertices", ends)
    ends = ends.reshape(-1, 2)
    extended = np.abs(local[ends[:, 0]] - local[ends[:, 1]]).max(1) > LENGTH
    shown = np.zeros(len(local), bool)
    shown[ends[extended].ravel()] = True
    matrix = np.array(evaluated.matrix_world)
    return local[shown].astype(np.float64) @ matrix[:3, :3].T + matrix[:3, 3]


def within(owner: bpy.types.Object, ancestor: bpy.types.Object) -> bool:
    """Whether an object hangs on another one."""
    while owner and owner != ancestor:
        owner = owner.parent
    return owner is not None
