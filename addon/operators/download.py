"""Download model: brings the chosen model to this machine while Blender stays usable."""

import bpy

from .. import models, work
from ..job import on_thread
from .working import Working

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
    return work.Message("INFO", _("The model is now in {:s}").format(str(folder)))


CLASSES = (DownloadModel,)
