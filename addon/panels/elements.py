"""What the picture is about at this moment, and what can be changed on the selected element."""

import bpy

from .. import compat, elements
from ..translations import CONTEXT
from .common import Sidebar
from .result import ResultPanel

_ = bpy.app.translations.pgettext_iface


class ElementsPanel(Sidebar, bpy.types.Panel):
    """What can be adjusted at this moment of the film"""

    bl_idname = "CINEMA_PT_elements"
    bl_label = "Elements"
    bl_parent_id = ResultPanel.bl_idname
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        from ..film.ownership import is_made

        layout, selected = self.layout, context.object
        shown = elements.subjects(context.scene)
        if shown:
            column = layout.column(align=True)
            for name in shown:
                on = selected is not None and selected.name == name
                button = column.operator(
                    "cinema.select_element", text=elements.called(name), translate=False, depress=on
                )
                button.name = name
        if selected is None or not is_made(selected):
            layout.label(text="Select an element to change it")
            return
        layout.label(text=elements.called(selected.name), icon="OBJECT_DATA", translate=False)
        _draw_visibility(layout, selected)
        column = layout.column()  # the names stand in the fields: beside those there is no room for them
        for modifier, name, control in elements.controls(selected):
            compat.draw_input(column, modifier, name, text=_(control.label, CONTEXT), translate=False)


def _draw_visibility(layout, selected):
    row = layout.row()
    for modifier in selected.modifiers:
        if modifier.type == "NODES":
            row.prop(modifier, "show_viewport", text="Viewport")
            row.prop(modifier, "show_render", text="Render")
            return


CLASSES = (ElementsPanel,)
