"""How high letters are in the picture."""

from dataclasses import dataclass

import bpy
import numpy as np

from .. import compat
from ..film.points import read_attribute
from ..film.texts import is_dense
from .camera import inside, project
from .looking import Look
from .thresholds import GONE

SCENERY = "cinema_scenery"  # custom property of labels that nobody has to read
SAMPLES = {False: "H", True: "国"}


@dataclass(frozen=True)
class Lettering:
    """A label that is in the picture. height: of a capital letter, or of a Chinese one, in % of the picture's."""

    owner: bpy.types.Object
    body: str
    height: float


class Letters:
    """Measures labels; how high letters are in a font of size 1 is measured once for each kind of label."""

    def __init__(self) -> None:
        self._heights = {}

    def seen(self, look: Look) -> list[Lettering]:
        """The labels that have to be read and have their middle in the picture."""
        found = []
        for owner, evaluated in look.drawn.items():
            if owner.get(SCENERY) or not body(owner).strip():
                continue
            places = look.places(owner)
            if len(places) and inside(places.mean(0)[None])[0]:
                found.append(Lettering(owner, body(owner), self._height(owner, evaluated, look)))
        return [label for label in found if label.height > GONE]

    def _height(self, owner: bpy.types.Object, evaluated: bpy.types.Object, look: Look) -> float:
        """A letter's height where the label stands, seen from the camera: a text that lies down is low."""
        letter = compat.get_input(_modifier(evaluated), "Size") * self._of_size_one(owner)
        matrix = np.array(evaluated.matrix_world)
        middle = look.points(owner).mean(0)
        ends, before = project(look.matrix, np.array([middle + matrix[:3, 1] * letter * end for end in (-0.5, 0.5)]))
        across, up = ends[1] - ends[0]
        return 100 * float(np.hypot(across * look.camera.aspect, up)) if before.all() else 0.0

    def _of_size_one(self, owner: bpy.types.Object) -> float:
        key = _modifier(owner).node_group, any(map(is_dense, body(owner)))
        if key not in self._heights:
            self._heights[key] = _measured(owner, SAMPLES[key[1]])
        return self._heights[key]


def body(owner: bpy.types.Object) -> str:
    """The words of a label; "" of another object."""
    modifier = _modifier(owner)
    return compat.get_input(modifier, "Text") if modifier else ""


def _modifier(owner: bpy.types.Object) -> bpy.types.Modifier | None:
    """The modifier that makes an object a label: it has a text and a size."""
    for modifier in owner.modifiers:
        if modifier.type == "NODES" and modifier.node_group:
            names = {item.name for item in modifier.node_group.interface.items_tree if item.item_type == "SOCKET"}
            if {"Text", "Size"} <= names:
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
