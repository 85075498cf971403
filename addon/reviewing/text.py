"""How high letters are in the picture."""

from dataclasses import dataclass

import bpy
import numpy as np

from .. import compat
from ..film.points import read_attribute
from ..film.studio import SCENERY
from ..film.texts import is_dense
from .camera import inside, project
from .looking import Look
from .thresholds import CHECKS, GONE, LIGHT

SAMPLES = {False: "H", True: "国"}
WRITTEN = {"Letters", "Typed"}  # inputs that count the letters of a text that are there
TALL = 90  # percentile of the heights of letters that is the height of a capital; the others are lower


@dataclass(frozen=True)
class Lettering:
    """A text that is in the picture. height: of a capital letter, or of a Chinese one, in % of the shorter side."""

    owner: bpy.types.Object
    body: str
    height: float


class Letters:
    """Measures texts; how high letters are in a font of size 1 is measured once for each kind of label."""

    def __init__(self) -> None:
        self._heights = {}

    def seen(self, look: Look) -> list[Lettering]:
        """The texts that have to be read and have their middle in the picture."""
        found = []
        for owner, evaluated in look.drawn.items():
            if owner.get(SCENERY) or not (is_lit(evaluated) or _writes(owner)):
                continue
            places = look.places(owner)
            if len(places) and inside(places.mean(0)[None])[0]:
                label = bool(body(owner).strip())
                height = self._of_label(owner, evaluated, look) if label else _of_shapes(owner, evaluated, look)
                found.append(Lettering(owner, body(owner), height))
        return [text for text in found if text.height > GONE]

    def _of_label(self, owner: bpy.types.Object, evaluated: bpy.types.Object, look: Look) -> float:
        """A letter's height where the label stands, seen from the camera: a text that lies down is low."""
        letter = compat.get_input(_modifier(evaluated), "Size") * self._of_size_one(owner)
        matrix = np.array(evaluated.matrix_world)
        middle = look.points(owner).mean(0)
        ends, before = project(look.matrix, np.array([middle + matrix[:3, 1] * letter * end for end in (-0.5, 0.5)]))
        across, up = ends[1] - ends[0]
        aspect = look.camera.aspect
        return 100 * float(np.hypot(across * aspect, up)) / min(1.0, aspect) if before.all() else 0.0

    def _of_size_one(self, owner: bpy.types.Object) -> float:
        key = _modifier(owner).node_group, any(map(is_dense, body(owner)))
        if key not in self._heights:
            self._heights[key] = _measured(owner, SAMPLES[key[1]])
        return self._heights[key]


def repeated(label: Lettering, labels: list[Lettering]) -> bool:
    """Whether the words of a label stand, high enough, in a longer text of the same picture."""
    words = label.body.lstrip("·")
    others = (one for one in labels if CHECKS["text"].passes(one.height) and len(one.body) > len(words))
    return bool(words) and any(words in one.body for one in others)


def body(owner: bpy.types.Object) -> str:
    """The words of a label, as many as are written; "" of another object."""
    modifier = _modifier(owner)
    if not modifier:
        return ""
    text, written = compat.get_input(modifier, "Text"), WRITTEN & compat.input_names(modifier.node_group).keys()
    return text[: round(compat.get_input(modifier, *written))] if written else text


def is_lit(evaluated: bpy.types.Object) -> bool:
    """Whether an evaluated object is a label that has not faded."""
    modifier = _modifier(evaluated)
    if not modifier or not compat.get_input(modifier, "Text").strip():
        return False
    try:
        return compat.get_input(modifier, "Light") >= LIGHT
    except KeyError:  # it can't fade
        return True


def _modifier(owner: bpy.types.Object) -> bpy.types.Modifier | None:
    """The modifier that makes an object a label: it has a text and a size."""
    for modifier in owner.modifiers:
        if modifier.type == "NODES" and modifier.node_group:
            if {"Text", "Size"} <= compat.input_names(modifier.node_group).keys():
                return modifier
    return None


def _measured(label: bpy.types.Object, letter: str) -> float:
    """The height of a letter of size 1 in a label's font. In a scene of its own: nothing else is evaluated."""
    scene, copy = bpy.data.scenes.new("Letter"), label.copy()
    copy.animation_data_clear()
    copy.parent, copy.hide_viewport = None, False
    scene.collection.objects.link(copy)
    modifier = _modifier(copy)
    compat.set_input(modifier, "Text", letter)
    compat.set_input(modifier, "Size", 1.0)
    scene.view_layers[0].update()
    position = read_attribute(copy.evaluated_get(scene.view_layers[0].depsgraph).data, "position")
    up = position[position.any(1), 1]  # not the speck in the origin
    bpy.data.scenes.remove(scene)
    bpy.data.objects.remove(copy)
    return float(np.ptp(up)) if len(up) else 0.0


# --- digits and words that a node group writes by itself -----------------------------------------


def _writes(owner: bpy.types.Object) -> bool:
    """Whether a node group writes in an object that is no label."""
    groups = [one.node_group for one in owner.modifiers if one.type == "NODES" and one.node_group]
    nodes = (node for group in groups for node in group.nodes)
    return not _modifier(owner) and any(node.bl_idname == "GeometryNodeStringToCurves" for node in nodes)


def _of_shapes(owner: bpy.types.Object, evaluated: bpy.types.Object, look: Look) -> float:
    """The height of capitals and digits among the letters of a mesh, which are islands of its type material."""
    mesh = evaluated.data
    slots = [i for i, used in enumerate(mesh.materials) if used and used.name.startswith(TYPE)]
    slot, starts = np.zeros(len(mesh.polygons), np.int32), np.empty(len(mesh.polygons), np.int32)
    mesh.polygons.foreach_get("material_index", slot)
    mesh.polygons.foreach_get("loop_start", starts)
    corners, edges = np.empty(len(mesh.loops), np.int32), np.empty(len(mesh.edges) * 2, np.int32)
    mesh.loops.foreach_get("vertex_index", corners)
    mesh.edges.foreach_get("vertices", edges)
    typed = np.zeros(len(mesh.vertices), bool)
    typed[corners[np.repeat(np.isin(slot, slots), np.diff(np.append(starts, len(corners))))]] = True
    edges = edges.reshape(-1, 2)
    return _capital(look, evaluated, typed, edges[typed[edges].all(1)])


def _capital(look: Look, evaluated: bpy.types.Object, typed: np.ndarray, edges: np.ndarray) -> float:
    """The TALL percentile of the heights of islands in the picture, in % of its shorter side. typed: [n] vertices;
    edges: [m, 2]."""
    island = islands(len(typed), edges)[typed]
    matrix = np.array(evaluated.matrix_world)
    world = read_attribute(evaluated.data, "position")[typed] @ matrix[:3, :3].T + matrix[:3, 3]
    places, before = project(look.matrix, world)
    order = np.argsort(island[before], kind="stable")
    if not len(order):
        return 0.0
    island, up = island[before][order], places[before][order, 1]
    first = np.flatnonzero(np.append(True, island[1:] != island[:-1]))
    heights = 100 * (np.maximum.reduceat(up, first) - np.minimum.reduceat(up, first)) / min(1.0, look.camera.aspect)
    heights = heights[heights > GONE]
    return float(np.percentile(heights, TALL)) if len(heights) else 0.0


def islands(count: int, edges: np.ndarray) -> np.ndarray:
    """Vertices joined by edges [m, 2] -> for each of `count` vertices the lowest one of its island: [count]."""
    root = np.arange(count)
    while True:
        lowest = root.copy()
        for one, other in ((0, 1), (1, 0)):
            np.minimum.at(lowest, edges[:, one], root[edges[:, other]])
        lowest = lowest[lowest]
        if (lowest == root).all():
            return root
        root = lowest


TYPE = "Film Type"  # the material of texts
