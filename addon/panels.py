"""The Cinema tab in the sidebar of the 3D viewport."""

import bpy

from .operators import BuildFilm


class FilmPanel(bpy.types.Panel):
    """From a prompt to a film"""

    bl_idname = "CINEMA_PT_film"
    bl_label = "Transformer Cinema"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Cinema"

    def draw(self, context):
        settings = context.scene.transformer_cinema
        layout = self.layout
        layout.prop(settings, "prompt", text="", placeholder="Prompt")

        rows = layout.column()
        rows.use_property_split = True
        rows.use_property_decorate = False
        rows.prop(settings, "model_folder", placeholder="storybook")
        rows.row().prop(settings, "language", expand=True)
        column = rows.column(align=True)
        column.prop(settings, "new_tokens")
        column.prop(settings, "temperature")
        column.prop(settings, "seed")

        button = layout.row()
        button.scale_y = 1.5
        button.operator(BuildFilm.bl_idname, icon="RENDER_ANIMATION")
        if settings.summary:
            for line in settings.summary.splitlines():
                layout.label(text=line, translate=False)


CLASS = FilmPanel
