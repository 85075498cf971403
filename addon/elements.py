"""What can be directed on the parts of a film: the inputs of their modifiers, in words."""

import json
from functools import lru_cache

import bpy

from . import compat, inputs

SUBJECTS = "cinema_subjects"  # custom property of a film's scene, as in film/film.py


def controls(owner: bpy.types.Object) -> list[tuple[bpy.types.Modifier, str, inputs.Input]]:
    """[(modifier, name of the input in code, what it is called), ...] of a film's object."""
    found = []
    for modifier in owner.modifiers:
        if modifier.type == "NODES" and modifier.node_group:
            group = modifier.node_group.name.partition(".")[0]
            known = [(name, inputs.find(name, group)) for name in compat.input_names(modifier.node_group)]
            found += [(modifier, name, control) for name, control in known if control and control.directs]
    return found


def subjects(scene: bpy.types.Scene) -> list[str]:
    """The names of the objects that the picture is about at the scene's frame."""
    before = [names for frame, names in _subjects(scene.get(SUBJECTS, "[]")) if frame <= scene.frame_current]
    return [name for name in before[-1] if name in scene.objects] if before else []


@lru_cache(maxsize=4)
def _subjects(text):
    try:
        return [(int(frame), [str(name) for name in names]) for frame, names in json.loads(text)]
    except (TypeError, ValueError):  # edited by hand
        return []
