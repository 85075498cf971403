"""What can be directed on the parts of a film: the inputs of their modifiers, in words."""

import json
import re
from functools import lru_cache

import bpy

from . import compat, inputs
from .translations import CONTEXT

# What parts of a film are called, without the number or the word behind it: for translations.
NAMES = (
    "Answer board", "Attention beams", "Attention tile", "Context", "Context cube",
    "Context word", "Cube", "Draw strip", "First digits", "First row", "Focus neurons", "Front words", "Gates",
    "Gates ahead", "Growing text", "Guess", "Label", "Lanes", "Last vectors", "Leaders", "Likeliest text",
    "Meaning space", "Mixed values", "Patches and segments", "Probabilities", "Probabilities words", "Product",
    "Product out of heads", "Product q", "Residual stream columns", "Same end answers", "Same end columns", "Score",
    "Space", "Temperature dial", "Token", "Trail of layer", "Turned by attention", "Typed text", "Update columns",
    "Vocabulary wall", "Word angle", "Word dots", "Word in two contexts columns",
)  # fmt: skip
SUBJECTS, RUNS_OUT = "cinema_subjects", "…"  # custom property of a film's scene, an end of names: as in film/film.py
NUMBER = re.compile(r"\.\d{3,}$")


def controls(owner: bpy.types.Object) -> list[tuple[bpy.types.Modifier, str, inputs.Input]]:
    """[(modifier, name of the input in code, what it is called), ...] of a film's object."""
    found = []
    for modifier in owner.modifiers:
        if modifier.type == "NODES" and modifier.node_group:
            group = modifier.node_group.name.partition(".")[0]
            known = [(name, inputs.find(name, group)) for name in compat.input_names(modifier.node_group)]
            found += [(modifier, name, control) for name, control in known if control and control.directs]
    return found


def called(name: str) -> str:
    """The name of a part of a film in the language of the interface, such as 词元 3 for Token 3; without the number
    that Blender adds to equal names."""
    name = NUMBER.sub("", name)
    known = max((one for one in NAMES if name == one or name.startswith(f"{one} ")), key=len, default="")
    translated = bpy.app.translations.pgettext_iface(known, CONTEXT) if known else ""
    return translated + name[len(known) :]


def subjects(scene: bpy.types.Scene) -> list[str]:
    """The names of the objects that the picture is about at the scene's frame, as far as they can be directed."""
    before = [names for frame, names in _subjects(scene.get(SUBJECTS, "[]")) if frame <= scene.frame_current]
    names = [name.removesuffix(RUNS_OUT) for name in before[-1]] if before else []
    return [name for name in names if name in scene.objects and controls(scene.objects[name])]


@lru_cache(maxsize=4)
def _subjects(text):
    try:
        return [(int(frame), [str(name) for name in names]) for frame, names in json.loads(text)]
    except (TypeError, ValueError):  # edited by hand
        return []
