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
        self._work = work.begin(_(self.bl_label, "Operator"), self.steps(context), context.window, self.in_file)
        message = self._work.advance()  # what can't be done at all is said at once
        if message:
            return self._report(message)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context, event):
        if not self._work.running:  # stopped from elsewhere
            return {"CANCELLED", "PASS_THROUGH"}
        if event.type == "ESC" and event.value == "PRESS":
            self._work.stop()
            return {"CANCELLED"}
        if event.type == "TIMER":
            message = self._work.advance()
            if message:
                return self._report(message)
        return {"PASS_THROUGH"}

    def cancel(self, context):
        """Blender ends, or a file is opened."""
        self._work.stop()

    def execute(self, context):
        """For scripts: returns when all is done."""
        manager = context.window_manager
        manager.progress_begin(0, 100)
        try:
            message = work.finish(self.steps(context), lambda fraction: manager.progress_update(100 * fraction))
        finally:
            manager.progress_end()
        return self._report(message)

    def _report(self, message):
        if message.text:
            self.report({message.kind}, message.text)
        return {"FINISHED"} if message.done else {"CANCELLED"}


def is_free(cls):
    """poll() of operators that don't go beside others."""
    if work.current():
        cls.poll_message_set("Something else is being done; wait for its end, or press Esc to stop it")
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
