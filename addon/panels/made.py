"""Panels of a scene that holds a film: what was built, the way through it, what to do with it."""

import bpy

from ..beats import acts
from ..operators.building import summary
from .common import Sidebar, paragraph, split_column

_ = bpy.app.translations.pgettext_iface


class MadePanel(Sidebar, bpy.types.Panel):
    """The film in this scene"""

    bl_idname = "CINEMA_PT_made"
    bl_label = "The Film"

    @classmethod
    def poll(cls, context):
        from ..film import versions

        return versions.is_film(context.scene)

    def draw(self, context):
        from ..film import facts

        layout, scene = self.layout, context.scene
        known = facts.read(scene)
        if known:
            column = layout.column(align=True)
            column.label(text=summary(scene), translate=False)
            column.label(text=_("Next word: {:s}").format(known.drawn[0]), translate=False)
        else:
            paragraph(layout, context, _("This film was made by another version; build it again to see its facts."))
        _draw_acts(layout, scene)


def _draw_acts(layout, scene):
    settings = scene.transformer_cinema
    now, current = scene.frame_current, None
    for act, frame in acts(scene):
        current = act if frame <= now else current
    column = layout.column(align=True)
    for act, _frame in acts(scene):
        name = settings.bl_rna.properties[act].name
        button = column.operator("cinema.jump_to_act", text=name, icon="PLAY", depress=act == current)
        button.act = act


class OutputPanel(Sidebar, bpy.types.Panel):
    """Pictures of the film, and the proof that its numbers are the model's"""

    bl_idname = "CINEMA_PT_output"
    bl_label = "Output"
    bl_parent_id = MadePanel.bl_idname

    def draw(self, context):
        settings, layout = context.scene.transformer_cinema, self.layout
        column = split_column(layout)
        column.prop(settings, "quality")
        column.prop(settings, "stills")
        layout.operator("cinema.preview_stills", icon="RENDER_STILL")
        column = split_column(layout)
        column.prop(settings, "video")
        column.prop(settings, "transparent")
        column.prop(settings, "volume", slider=True)
        layout.operator("cinema.render_film", icon="RENDER_ANIMATION")
        layout.separator()
        layout.operator("cinema.verify_film", icon="CHECKMARK")


class WordsPanel(Sidebar, bpy.types.Panel):
    """The likeliest next words, and their probabilities"""

    bl_idname = "CINEMA_PT_words"
    bl_label = "Next Words"
    bl_parent_id = MadePanel.bl_idname

    @classmethod
    def poll(cls, context):
        from ..film import facts

        return facts.read(context.scene) is not None

    def draw(self, context):
        from ..film import facts

        column = self.layout.column(align=True)
        column.scale_y = 0.85
        for word, share in facts.read(context.scene).words:
            row = column.split(factor=0.7)
            row.label(text=word, translate=False)
            number = row.row()
            number.alignment = "RIGHT"
            number.label(text=f"{100 * share:.1f} %", translate=False)


CLASSES = (MadePanel, OutputPanel, WordsPanel)
