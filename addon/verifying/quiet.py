"""Only what is read is evaluated while a film is verified; afterwards everything is as it was."""

from collections.abc import Iterator
from contextlib import contextmanager

import bpy

from ..film.stage import CAPTION_SCENE
from .parts import Part, Parts

# What is read by its place or its inputs alone.
WRITTEN = ("text", "cube", "growing", "piece", "front words", "same end texts", "same end answers", "question figures")


@contextmanager
def only_what_is_read(parts: Parts) -> Iterator[None]:
    """Switch off the modifiers of what nobody reads, and let captions be seen that are laid over the picture."""
    idle = [one for part in parts.here if not _is_read(part) for one in part.owner.modifiers if one.show_viewport]
    layers = list(_laid_over(parts.scene))
    try:
        for modifier in idle:
            modifier.show_viewport = False
        for layer in layers:
            layer.exclude = False
        parts.note_rendered()
        yield
    finally:
        for modifier in idle:
            modifier.show_viewport = True
        for layer in layers:
            layer.exclude = True


def _is_read(part: Part) -> bool:
    """Whether a part's shape is measured, or others are made from it."""
    mark = part.built["mark"]
    return part.unseen or bool(mark and mark["shows"] not in WRITTEN)


def _laid_over(scene: bpy.types.Scene) -> Iterator[bpy.types.LayerCollection]:
    """Where the captions stand that a compositor lays over the picture from their own scene."""
    captions = scene.get(CAPTION_SCENE)
    sheets = set(captions.collection.children) if isinstance(captions, bpy.types.Scene) else set()
    below = list(scene.view_layers[0].layer_collection.children)
    while below:
        layer = below.pop()
        below += layer.children
        if layer.exclude and layer.collection in sheets:
            yield layer
