"""What the panels are made with."""

import textwrap


class Sidebar:
    """Where the panels are: before bpy.types.Panel in the bases."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Cinema"


def paragraph(layout, context, text, icon="NONE"):
    """A text in as many lines as the sidebar's width asks for."""
    from ..film.lines import wrap
    from ..film.texts import is_dense

    letters = max(16, int((context.region.width / context.preferences.system.ui_scale - 110) / 6))
    # Chinese is wrapped anywhere, by the width of its letters; long words, such as paths, have to be cut.
    lines = wrap(text, letters / 2) if any(map(is_dense, text)) else [text]
    lines = [part for line in lines for part in textwrap.wrap(line, letters)]
    column = layout.column(align=True)
    column.scale_y = 0.85
    for line in lines:
        column.label(text=line, icon=icon, translate=False)
        icon = "BLANK1" if icon != "NONE" else icon


def split_column(layout):
    """A column with its labels at the left, and no dots to animate by."""
    column = layout.column()
    column.use_property_split = True
    column.use_property_decorate = False
    return column


def progress(row, going):
    """How far a task is, and a button that stops it, in the place of the button that began it."""
    row.progress(factor=going.factor, text=going.text, type="BAR", translate=False)
    row.operator("cinema.stop", text="", icon="X")
