"""What is done when a file is opened: films that were still being built when it was saved are taken out of it."""

import bpy


def register():
    """Listen to files being opened."""
    bpy.app.handlers.load_post.append(_opened)


def unregister():
    """The inverse of register()."""
    bpy.app.handlers.load_post.remove(_opened)


@bpy.app.handlers.persistent
def _opened(*file):
    if any("cinema_unfinished" in scene.keys() for scene in bpy.data.scenes):
        from .film.replacing import remove_unfinished

        remove_unfinished()
