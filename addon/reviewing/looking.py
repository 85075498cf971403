"""A film's scene at one frame: which objects are drawn, and where their vertices lie."""

import bpy
import numpy as np

from ..film.points import read_attribute
from .camera import Camera, project

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
