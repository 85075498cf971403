"""Small things: to the film and back, to an act of it, stop the work, dismiss a message."""

import bpy
from bpy.props import StringProperty

from .. import beats, viewing, work


class ShowFilm(bpy.types.Operator):
    """Look at the film in this viewport: through its camera, in its own colours. Press it again to fit the picture
    beside the sidebar"""

    bl_idname = "cinema.show_film"
    bl_label = "Show Film"
    bl_options = {"INTERNAL"}

    def execute(self, context):
        viewing.show(context.window, context.area)
        return {"FINISHED"}


class LeaveFilm(bpy.types.Operator):
    """Set this window's viewports up again as they were before the film was shown"""

    bl_idname = "cinema.leave_film"
    bl_label = "Back"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, context):
        return viewing.is_shown(context.screen)

    def execute(self, context):
        viewing.back(context.screen)
        return {"FINISHED"}


class JumpToAct(bpy.types.Operator):
    """Move the timeline to where this act begins"""

    bl_idname = "cinema.jump_to_act"
    bl_label = "Jump to Act"
    bl_options = {"INTERNAL"}

    act: StringProperty(name="Act", description="The act's name in the timeline's markers")

    @classmethod
    def poll(cls, context):
        return bool(beats.acts(context.scene))

    def execute(self, context):
        context.scene.frame_set(dict(beats.acts(context.scene)).get(self.act, context.scene.frame_start))
        return {"FINISHED"}


class StopWork(bpy.types.Operator):
    """Stop what is being done, and leave the file as it was before. Esc does the same"""

    bl_idname = "cinema.stop"
    bl_label = "Stop"
    bl_options = {"INTERNAL"}

    def execute(self, context):
        work.stop()
        return {"FINISHED"}


class DismissMessage(bpy.types.Operator):
    """Take this message away"""

    bl_idname = "cinema.dismiss"
    bl_label = "Dismiss"
    bl_options = {"INTERNAL"}

    def execute(self, context):
        work.dismiss()
        return {"FINISHED"}


CLASSES = (ShowFilm, LeaveFilm, JumpToAct, StopWork, DismissMessage)
