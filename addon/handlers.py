"""What is done when Blender says that something happened: half films are taken out, windows and pictures follow."""

import bpy

from . import viewing

UNFINISHED = "cinema_unfinished"  # as in film/ownership.py, which is not imported before there is need
_owner = object()  # of the subscriptions
# Settings of a render that other parts of a film's scene have to agree with.
ENGINE, SIZE = ("engine", "film_transparent"), ("resolution_x", "resolution_y", "resolution_percentage")


def register():
    """Listen to files being opened, to undo and redo, and to what is changed in the interface."""
    for handlers in _handlers():
        handlers.append(_changed)
    _subscribe()


def unregister():
    """The inverse of register()."""
    bpy.msgbus.clear_by_owner(_owner)
    for handlers in _handlers():
        handlers.remove(_changed)
    for function in (viewing.follow, fit_engine, fit_size):
        if bpy.app.timers.is_registered(function):
            bpy.app.timers.unregister(function)


def _handlers():
    handlers = bpy.app.handlers
    return handlers.load_post, handlers.undo_post, handlers.redo_post


@bpy.app.handlers.persistent
def _changed(*file):
    if any(UNFINISHED in scene.keys() for scene in bpy.data.scenes):
        from .film.replacing import remove_unfinished

        remove_unfinished()
    _subscribe()  # an opened file has forgotten it
    _soon(viewing.follow)


def _subscribe():
    bpy.msgbus.clear_by_owner(_owner)
    keys = {(bpy.types.Window, "scene"): viewing.follow}
    keys |= {(bpy.types.RenderSettings, name): fit_engine for name in ENGINE}
    keys |= {(bpy.types.RenderSettings, name): fit_size for name in SIZE}
    for key, function in keys.items():
        bpy.msgbus.subscribe_rna(key=key, owner=_owner, args=(function,), notify=_soon)


def _soon(function):
    """Do it when Blender has finished what it is at."""
    if not bpy.app.timers.is_registered(function):
        bpy.app.timers.register(function, first_interval=0.0)


def fit_engine():
    """Let films whose engine was changed by hand follow, so that F12 renders them right."""
    from . import work
    from .film import ownership
    from .film.errors import FilmError
    from .output.qualities import fit_engine

    for scene in _films():
        try:
            with ownership.marking():
                fit_engine(scene)
        except FilmError as error:
            work.say(work.explained(error))


def fit_size():
    """The same for their size."""
    from .output.compositor import fit_captions

    for scene in _films():
        fit_captions(scene)


def _films():
    from .film import versions

    return [scene for scene in bpy.data.scenes if versions.is_film(scene)]
