"""What the panels are made with."""

import textwrap

from .. import work


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


# Operators whose buttons are in the panel Output: what comes of them is said there.
OUTPUT = ("cinema.preview_stills", "cinema.render_film", "cinema.verify_film")
ICONS = {"ERROR": "CANCEL", "WARNING": "ERROR", "INFO": "CHECKMARK"}


def draw_message(row, context):
    """What came of the last task, and a button that takes it away."""
    message = work.message()
    paragraph(row, context, message.text, ICONS[message.kind])
    row.operator("cinema.dismiss", text="", icon="X", emboss=False)


def task_button(layout, name, icon, enabled=True):
    """The button of an operator that takes its time; while it works, how far it is."""
    row, going = layout.row(align=True), work.current()
    if going and work.about() == name:
        progress(row, going)
    else:
        row.enabled = enabled
        row.operator(name, icon=icon)


def progress(row, going):
    """How far a task is, and a button that stops it, in the place of the button that began it."""
    row.progress(factor=going.factor, text=going.text, type="BAR", translate=False)
    row.operator("cinema.stop", text="", icon="X")
