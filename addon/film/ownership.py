"""Which data-blocks the add-on has made. Each says so itself, so that these and no others are replaced or removed."""

import re
from contextlib import contextmanager

import bpy
import numpy as np

MADE = "cinema_made"  # custom property: the name that it was made under. A copy has another name, and is the user's
UNFINISHED = "cinema_unfinished"  # custom property of a scene whose film is still being built
NUMBER = re.compile(r"\.\d{3,}$")
# Blender's own; its images, too: 4.5's compositor makes one, and films have none.
_FOREIGN = ("images", "libraries", "screens", "window_managers", "workspaces")


@contextmanager
def marking(made=None):
    """Mark all data-blocks that appear meanwhile, on the main thread. made: a set that gets their session ids."""
    before = alive()
    try:
        yield
    finally:
        new = alive() - before
        for block in blocks(new):
            block[MADE] = block.name
        if made is not None:
            made |= new


def alive():
    """The session ids of all data-blocks in the file."""
    found = set()
    for kind in _kinds():
        numbers = np.empty(len(kind), np.int32)
        kind.foreach_get("session_uid", numbers)
        found.update(numbers.tolist())
    return found


def blocks(numbers):
    """The data-blocks that have these session ids."""
    return [block for kind in _kinds() for block in kind if block.session_uid in numbers] if numbers else []


def remove(numbers):
    """Remove the data-blocks that have these session ids, whatever uses them. Windows go to another scene."""
    doomed = blocks(numbers)
    scenes = [block for block in doomed if block.id_type == "SCENE"]
    others = [block for block in doomed if block.id_type != "SCENE"]
    if len(scenes) == len(bpy.data.scenes):
        bpy.data.scenes.new("Scene")  # Blender can't be without one
    for scene in scenes:
        bpy.data.scenes.remove(scene)
    bpy.data.batch_remove(others)


def _kinds():
    """All collections of data-blocks that a film may be made of."""
    for prop in bpy.data.bl_rna.properties:
        # 5.x has another collection of all that the others hold
        if prop.type == "COLLECTION" and prop.fixed_type.identifier != "ID" and prop.identifier not in _FOREIGN:
            yield getattr(bpy.data, prop.identifier)


# --- a film in a scene ---------------------------------------------------------------------------


def is_made(block):
    """Whether the add-on has made a data-block."""
    return block is not None and MADE in block.keys()


def originals(owners):
    """Those of some data-blocks that the add-on has made, without the user's copies of them."""
    by_name = {}
    for owner in owners:
        if is_made(owner):
            by_name.setdefault(owner[MADE], []).append(owner)
    # Renamed, it is still the film's, unless there is another one: then the copy is the one with the new name.
    return [owner for name, same in by_name.items() for owner in same if len(same) == 1 or owner.name == name]


def purge():
    """Remove what the add-on has made and nothing uses any more."""
    while unused := [
        block for kind in _kinds() for block in kind if block.users == 0 and is_made(block) and block.id_type != "SCENE"
    ]:
        bpy.data.batch_remove(unused)


def tidy_names(owners, kind):
    """Take off the numbers that made names unique, where what they were to be told apart from is gone.

    kind: the collection of bpy.data that the data-blocks are in.
    """
    for block in originals(owners):
        name = NUMBER.sub("", block.name)
        if block.name == block[MADE] and name not in kind:
            block.name = block[MADE] = name
