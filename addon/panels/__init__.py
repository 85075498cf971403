"""The Cinema tab in the sidebar of the 3D viewport, and an entry in its Add menu."""

import bpy

from . import elements, prompt, result, settings

CLASSES = (*prompt.CLASSES, *settings.CLASSES, *result.CLASSES, *elements.CLASSES)


def register():
    """Add what is no class."""
    bpy.types.VIEW3D_MT_add.append(_add_menu)


def unregister():
    """The inverse of register()."""
    bpy.types.VIEW3D_MT_add.remove(_add_menu)


def _add_menu(menu, context):
    menu.layout.separator()
    menu.layout.operator("cinema.add_film", icon="RENDER_ANIMATION")
