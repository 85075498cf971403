"""What can be directed on the parts of a film: the inputs of their modifiers, in words."""

import json
from dataclasses import dataclass
from functools import lru_cache

import bpy

SUBJECTS = "cinema_subjects"  # custom property of a film's scene, as in film/film.py


@dataclass(frozen=True)
class Control:
    """An input of a modifier. label: its name for a user; least: the smallest value that makes sense, if any."""

    label: str
    description: str
    least: float | None = None


# The other inputs say where things stand and what they are made from: the film sets those once.
CONTROLS = {
    "Temperature": Control(
        "Softmax Temperature", "How evenly the probabilities are spread; 1 is the model's own", 0.01
    ),
    "Reveal": Control("Shown Part", "How much of it has come, from 0 to 1", 0.0),
    "Shown": Control("Shown Part", "How much of it has come, from 0 to 1", 0.0),
    "Rise": Control("Grown Part", "How far it has grown, from 0 to 1", 0.0),
    "Grown": Control("Grown Part", "How far it has grown, from 0 to 1", 0.0),
    "Light": Control("Brightness", "0 is gone, 1 is its own colour", 0.0),
    "Layer": Control("Layer, from 0", "Which layer is shown, counted from 0: captions count from 1", 0.0),
    "Query": Control("Reading Token, from 0", "Which token reads, counted from 0", 0.0),
    "Only": Control("Reading Token Alone", "How far beams of other reading tokens are left out, from 0 to 1", 0.0),
    "Others": Control("Other Heads", "How far the other heads show beside the emphasised one, from 0 to 1", 0.0),
    "Least": Control("Smallest Weight", "Attention weights below this are left out", 0.0),
    "Every": Control("One Layer in", "How many layers lie between two that are shown", 1.0),
    "Trail": Control("Layers Behind", "How many earlier layers stay visible", 0.0),
    "Fan": Control("Fan of Heads", "How far the heads stand apart", 0.0),
    "Pulse": Control("Light Pulse", "Where the pulse of light is on its way along the beams"),
    "Fade Sink": Control("Fade Sink", "How far attention to the first token is dimmed, from 0 to 1", 0.0),
    "Mask": Control("Mask", "How far scores of later tokens are covered, from 0 to 1", 0.0),
    "Softmax": Control("Softmax", "From scores, 0, to shares, 1", 0.0),
    "Colour": Control("Coloured Part", "How much of it has its colours, from 0 to 1", 0.0),
    "Fire": Control("Lit Neurons", "How far neurons show their activations, from 0 to 1", 0.0),
    "Asked": Control("Questions Asked", "How many of the neurons have been asked, from 0 to 1", 0.0),
    "Spot": Control("Spotlight", "Which column is in the light"),
    "Ambient": Control("Light Around", "How light the other columns are", 0.0),
    "Settled": Control("Finished Columns", "Up to which column the addition is done"),
    "Solo": Control("Last Column Alone", "How far the other columns have left, from 0 to 1", 0.0),
    "Sweep": Control("Sweep", "How far the light has swept, from 0 to 1", 0.0),
    "Strength": Control("Reflection", "How strongly it is mirrored in the floor", 0.0),
    "Pointer": Control("Pointer", "Where the pointer stands on the strip, from 0 to 1"),
    "Dive": Control("Dive", "How near the drawn sliver has come, from 0 to 1", 0.0),
    "Gold": Control("Gold", "How far the chosen word is gold, from 0 to 1", 0.0),
    "Tint": Control("Text Colour", "Colour of the letters"),
    "Glow": Control("Glow", "Colour of the light in the middle, or how strongly it shines"),
    "Edge": Control("Rim", "Colour of the backdrop at its rim"),
    "Text": Control("Text", "What is written"),
    "Size": Control("Size", "Size of letters or cells", 0.0),
}


def describe(trees) -> None:
    """Say on the inputs of node groups what they are for, and how small they may be."""
    for tree in trees:
        for item in tree.interface.items_tree:
            control = CONTROLS.get(item.name) if item.item_type == "SOCKET" and item.in_out == "INPUT" else None
            if control:
                item.description = control.description
                if control.least is not None and hasattr(item, "min_value"):
                    item.min_value = max(item.min_value, type(item.min_value)(control.least))


def controls(owner: bpy.types.Object) -> list[tuple]:
    """[(modifier, name of the input, Control), ...] of a film's object."""
    found = []
    for modifier in owner.modifiers:
        if modifier.type == "NODES" and modifier.node_group:
            names = [
                item.name
                for item in modifier.node_group.interface.items_tree
                if item.item_type == "SOCKET" and item.in_out == "INPUT" and item.name in CONTROLS
            ]
            found += [(modifier, name, CONTROLS[name]) for name in names]
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
