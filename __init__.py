"""Transformer Cinema: a Blender extension that runs a real GPT-2 and films what it computes."""


def register():
    """Called by Blender when the extension is enabled."""
    from . import addon

    addon.register()


def unregister():
    """Called by Blender when the extension is disabled."""
    from . import addon

    addon.unregister()
