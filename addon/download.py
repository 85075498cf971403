"""Download model: brings the chosen model to this machine while Blender stays usable; Esc stops it."""

import bpy

from . import models
from .job import Job

_job = None  # the one download there is; the panel draws how far it is


def current():
    """The Job of the download that is going on, or None."""
    return _job


def stop():
    """Give up the download that is going on, if any; what has arrived is kept."""
    if _job:
        _job.cancel()


class DownloadModel(bpy.types.Operator):
    """Download the chosen model. It is checked, kept for later films, and continued where an earlier try ended"""

    bl_idname = "cinema.download_model"
    bl_label = "Download Model"

    @classmethod
    def poll(cls, context):
        if not bpy.app.online_access:
            cls.poll_message_set("Allow Online Access in Preferences > System first")
            return False
        if _job:
            cls.poll_message_set("A download is going on; press Esc to stop it")
            return False
        return True

    def invoke(self, context, event):
        global _job
        from ..inference.errors import ModelError

        try:
            name = models.missing(context.scene.transformer_cinema)
            if not name:
                return self._say_that_it_is_here()
            _job = Job(models.fetching(name)).start()
        except ModelError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        self.timer = context.window_manager.event_timer_add(0.1, window=context.window)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context, event):
        if event.type == "ESC" and event.value == "PRESS":
            stop()
            return {"RUNNING_MODAL"}
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        _redraw(context)
        if _job.running:
            context.workspace.status_text_set(f"{_job.what} · {100 * _job.factor:.0f} % · Esc: stop")
            return {"PASS_THROUGH"}
        return self._finish(context)

    def cancel(self, context):
        """Blender ends, or a file is opened."""
        stop()
        self._finish(context)

    def execute(self, context):
        """For scripts: returns when the model is here."""
        from ..inference.errors import ModelError

        try:
            name = models.missing(context.scene.transformer_cinema)
            if not name:
                return self._say_that_it_is_here()
            models.fetching(name)(None, None)
        except ModelError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return {"FINISHED"}

    def _finish(self, context):
        global _job
        from ..inference.errors import Cancelled, ModelError

        job, _job = _job, None
        context.window_manager.event_timer_remove(self.timer)
        context.workspace.status_text_set(None)
        _redraw(context)
        if job.running:  # it was stopped, and ends in its own time
            return {"CANCELLED"}
        try:
            folder = job.result()
        except Cancelled as error:
            self.report({"INFO"}, str(error))
            return {"CANCELLED"}
        except ModelError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        self.report({"INFO"}, f"The model is now in {folder}")
        return {"FINISHED"}

    def _say_that_it_is_here(self):
        self.report({"INFO"}, "The model is on this machine already")
        return {"CANCELLED"}


def _redraw(context):
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()


CLASS = DownloadModel
