"""Download model: brings the chosen model to this machine while Blender stays usable."""

import bpy
from bpy.props import StringProperty

from .. import models, work
from ..job import on_thread
from .working import Working, is_free

_ = bpy.app.translations.pgettext_rpt


class DownloadModel(Working, bpy.types.Operator):
    """Download the chosen model. It is checked, kept for later films, and continued where an earlier try ended"""

    bl_idname = "cinema.download_model"
    bl_label = "Download Model"
    in_file = False

    @classmethod
    def poll(cls, context):
        if not bpy.app.online_access:
            cls.poll_message_set("Allow Online Access in Preferences > System first")
            return False
        return super().poll(context)

    def steps(self, context):
        return downloading(context.scene.transformer_cinema)


def downloading(settings):
    """Steps that fetch the model which the settings name."""
    yield 0, 1, "…"
    name = models.missing(settings)
    if not name:
        return work.Message("INFO", _("The model is on this machine already"), False)
    folder = yield from on_thread(models.fetching(name))
    models.forget()
    return work.Message("INFO", _("The model is now in {:s}").format(str(folder)))


class DeleteModel(bpy.types.Operator):
    """Delete this downloaded model from the disk. It can be downloaded again"""

    bl_idname = "cinema.delete_model"
    bl_label = "Delete Model"
    bl_options = {"INTERNAL"}

    name: StringProperty(name="Name", description="The name of its folder", options={"SKIP_SAVE"})

    @classmethod
    def poll(cls, context):
        return is_free(cls)

    def invoke(self, context, event):
        return context.window_manager.invoke_confirm(self, event)

    def execute(self, context):
        import shutil

        if self.name not in (name for name, _ in models.look_at_kept(models.cache())):
            return {"CANCELLED"}
        try:
            shutil.rmtree(models.cache() / self.name)
        except OSError as error:
            self.report({"ERROR"}, work.explained(error).text)
            return {"CANCELLED"}
        models.forget()
        return {"FINISHED"}


CLASSES = (DownloadModel, DeleteModel)
