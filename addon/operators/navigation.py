"""Small things: to the film and back, to an act of it, stop the work, dismiss a message."""

import bpy
from bpy.props import StringProperty

from .. import beats, viewing, work
from .working import has_film

_ = bpy.app.translations.pgettext_iface


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
    """Restore this window's viewports to how they were before the film was shown"""

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
        scene = context.scene
        first = dict(beats.acts(scene)).get(self.act, scene.frame_start)
        # A second later: at its first frame the picture still shows the act before.
        scene.frame_set(min(first + scene.render.fps, scene.frame_end))
        return {"FINISHED"}


class SelectElement(bpy.types.Operator):
    """Select this element of the film, to change it"""

    bl_idname = "cinema.select_element"
    bl_label = "Select Element"
    bl_options = {"UNDO", "INTERNAL"}

    name: StringProperty(name="Name", description="The object's name")

    def execute(self, context):
        element = context.view_layer.objects.get(self.name)
        if element is None:
            return {"CANCELLED"}
        for other in context.selected_objects:
            other.select_set(False)
        element.select_set(True)
        context.view_layer.objects.active = element
        return {"FINISHED"}


class RemoveFilm(bpy.types.Operator):
    """Remove the film and its captions from this scene. What you have added to the scene stays"""

    bl_idname = "cinema.remove_film"
    bl_label = "Remove Film"
    bl_options = {"UNDO"}

    @classmethod
    def poll(cls, context):
        return has_film(cls, context)

    def invoke(self, context, event):
        title, button = _("Remove this scene's film?"), _("Remove Film")
        return context.window_manager.invoke_confirm(
            self,
            event,
            title=title,
            message=_("What you have added to the scene stays"),
            confirm_text=button,
            translate=False,
        )

    def execute(self, context):
        from ..film import replacing, versions

        scene = context.scene
        versions.upgrade(scene)
        replacing.take_out(scene)
        if not scene.collection.all_objects and len(bpy.data.scenes) > 1:
            bpy.data.scenes.remove(scene)
        viewing.follow()
        return {"FINISHED"}


class StopWork(bpy.types.Operator):
    """Stop the current task, and leave the file as it was before. Esc does the same"""

    bl_idname = "cinema.stop"
    bl_label = "Stop"
    bl_options = {"INTERNAL"}

    def execute(self, context):
        work.stop_by_user()
        return {"FINISHED"}


class DismissMessage(bpy.types.Operator):
    """Dismiss this message"""

    bl_idname = "cinema.dismiss"
    bl_label = "Dismiss"
    bl_options = {"INTERNAL"}

    def execute(self, context):
        work.dismiss()
        return {"FINISHED"}


CLASSES = (ShowFilm, LeaveFilm, JumpToAct, SelectElement, RemoveFilm, StopWork, DismissMessage)
