"""What operators that take their time have in common: they go in steps, Esc stops them, scripts wait for their end."""

import bpy

from .. import work

_ = bpy.app.translations.pgettext_iface


class Working:
    """Before bpy.types.Operator in the bases. The class has `steps(context)`, a generator as work.py wants it."""

    in_file = True  # whether the work touches the file's data

    @classmethod
    def poll(cls, context):
        return is_free(cls)

    def invoke(self, context, event):
        title, name = _(self.bl_label, "Operator"), type(self).bl_idname
        self._work = work.begin(title, self.steps(context), context.window, self.in_file, name)
        message = self._work.advance()  # what can't be done at all is said at once
        if message:
            return self._report(message, once=True)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context, event):
        if not self._work.running:  # stopped from elsewhere
            return {"CANCELLED", "PASS_THROUGH"}
        if event.type == "ESC" and event.value == "PRESS":
            if context.screen.is_animation_playing:  # that is what Esc stops first
                return {"PASS_THROUGH"}
            work.stop_by_user()
            return {"CANCELLED"}
        if event.type == "TIMER":
            message = self._work.advance()
            if message:
                return self._report(message, once=True)
        return {"PASS_THROUGH"}

    def cancel(self, context):
        """Blender ends, or a file is opened. What has nothing to do with the file goes on; it ends with Blender."""
        if self._work.in_file:
            self._work.stop()
        elif self._work.running:
            self._work.leave_window()

    def execute(self, context):
        """For scripts: returns when all is done."""
        manager = context.window_manager
        manager.progress_begin(0, 100)
        try:
            message = work.finish(
                self.steps(context), lambda fraction: manager.progress_update(100 * fraction), type(self).bl_idname
            )
        finally:
            manager.progress_end()
        return self._report(message)

    def _report(self, message, once=False):
        """once: not where the panel says it."""
        if message.text and not (once and message == work.message() and work.is_seen()):
            self.report({message.kind}, message.text)
        return {"FINISHED"} if message.done else {"CANCELLED"}


def is_free(cls):
    """poll() of operators that don't go beside others."""
    if work.current():
        cls.poll_message_set("Another task is running; wait until it finishes, or press Esc to stop it")
        return False
    if bpy.app.is_job_running("RENDER"):
        cls.poll_message_set("Blender is rendering; wait for its end, or stop it")
        return False
    return True


def has_film(cls, context):
    """poll() of operators on the film of the open scene."""
    from ..film import versions

    if not versions.is_film(context.scene):
        cls.poll_message_set("There is no film in this scene; build one first")
        return False
    return is_free(cls)
