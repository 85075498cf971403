"""The Cinema tab in the sidebar of the 3D viewport."""

import bpy

from . import download, models
from .download import DownloadModel
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
        _draw_model(rows, settings)
        rows.prop(settings, "language")
        rows.row().prop(settings, "form", expand=True)
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


def _draw_model(layout, settings):
    """The choice of a model, and what is needed to get it here."""
    from ..inference.errors import ModelError

    layout.prop(settings, "model")
    if settings.model == "FOLDER":
        layout.prop(settings, "model_folder")
    if settings.model == "HUB":
        layout.prop(settings, "model_name", placeholder="owner/name")
    job = download.current()
    if job:
        layout.progress(factor=job.factor, text=job.what, type="BAR", translate=False)
        return
    if settings.model == "HUB" and not settings.model_name.strip():
        return
    try:
        name = models.missing(settings)
    except ModelError as error:
        layout.label(text=str(error).partition(";")[0], icon="ERROR", translate=False)
        return
    if name:
        layout.operator(DownloadModel.bl_idname, icon="IMPORT")
        layout.label(text=models.cost(name), translate=False)
        if not bpy.app.online_access:
            layout.operator("screen.userpref_show", text="Allow Online Access", icon="PREFERENCES").section = "SYSTEM"


CLASS = FilmPanel
