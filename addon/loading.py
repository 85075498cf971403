"""What is done when a file is opened, or undo goes back to a moment during a build: half films are taken out."""

import bpy

UNFINISHED = "cinema_unfinished"  # as in film/ownership.py, which is not imported before there is need


def register():
    """Listen to files being opened, and to undo and redo."""
    for handlers in _handlers():
        handlers.append(_changed)


def unregister():
    """The inverse of register()."""
    for handlers in _handlers():
        handlers.remove(_changed)


def _handlers():
    handlers = bpy.app.handlers
    return handlers.load_post, handlers.undo_post, handlers.redo_post


@bpy.app.handlers.persistent
def _changed(*file):
    if any(UNFINISHED in scene.keys() for scene in bpy.data.scenes):
        from .film.replacing import remove_unfinished

        remove_unfinished()
