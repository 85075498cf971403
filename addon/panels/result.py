"""Panels of a scene that holds a film: what was built, the way through it, what to do with it."""

import os

import bpy

from .. import work
from ..beats import acts
from ..operators import rendering
from ..operators.building import summary
from ..translations import CONTEXT
from .common import OUTPUT, Sidebar, draw_message, paragraph, split_column, task_button

_ = bpy.app.translations.pgettext_iface


class ResultPanel(Sidebar, bpy.types.Panel):
    """The film in this scene"""

    bl_idname = "CINEMA_PT_result"
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
            column.label(text=_("Next word: “{:s}”").format(shown(known.drawn[0])), translate=False)
        else:
            paragraph(layout, context, _("This film was made by another version; build it again to see its facts."))
        row = layout.row(align=True)
        row.operator("cinema.show_film", icon="VIEW_CAMERA")
        row.operator("cinema.leave_film", text="Back", text_ctxt=CONTEXT, icon="LOOP_BACK")
        _draw_acts(layout, scene)
        layout.operator("cinema.remove_film", icon="TRASH")


def shown(token):
    """A token as a word: without the dot that stands for the space before it; what goes on with a word has a …"""
    if token[:1] == "·":
        return token[1:] or token
    return f"…{token}" if token[:1].isascii() and token[:1].isalpha() else token


def _draw_acts(layout, scene):
    settings = scene.transformer_cinema
    now, current = scene.frame_current, None
    for act, frame in acts(scene):
        current = act if frame <= now else current
    column = layout.column(align=True)
    for act, _frame in acts(scene):
        name = settings.bl_rna.properties[act].name
        button = column.operator(
            "cinema.jump_to_act", text=name, icon="MARKER_HLT" if act == current else "MARKER", depress=act == current
        )
        button.act = act


class OutputPanel(Sidebar, bpy.types.Panel):
    """Render the film, and check that its numbers are the model's"""

    bl_idname = "CINEMA_PT_output"
    bl_label = "Output"
    bl_parent_id = ResultPanel.bl_idname
    bl_order = 1  # after Elements

    def draw(self, context):
        scene, layout = context.scene, self.layout
        settings = scene.transformer_cinema
        column = split_column(layout)
        column.prop(settings, "quality")
        _draw_picture(column, scene)
        saved = _draw_save(layout, settings)
        column = split_column(layout)
        column.prop(settings, "stills")
        task_button(layout, "cinema.preview_stills", "RENDER_STILL", saved)
        column = split_column(layout)
        column.prop(settings, "video")
        column.prop(settings, "transparent")
        column.prop(settings, "volume", slider=True)
        _draw_estimate(layout, scene)
        task_button(layout, "cinema.render_film", "RENDER_ANIMATION", saved)
        _draw_made(layout.row(align=True))
        layout.separator()
        task_button(layout, "cinema.verify_film", "CHECKMARK")
        row = layout.box().row()  # always there, so that nothing moves under the mouse
        if work.message() and work.about() in OUTPUT:
            draw_message(row, context)
        else:
            row.label(text="What comes of it is said here", icon="INFO")


def _draw_picture(layout, scene):
    """What is rendered: the scene's own settings, which Quality has set and the user may change."""
    render = scene.render
    sides = layout.row(align=True)
    sides.prop(render, "resolution_x", text="Size")
    sides.prop(render, "resolution_y", text="")
    layout.prop(render, "resolution_percentage", text="%")


def _draw_save(layout, settings):
    """A button, where pictures are to go beside a file that was never saved -> whether they can be written."""
    if bpy.data.filepath or not any(path.startswith("//") for path in (settings.stills, settings.video)):
        return True
    box = layout.box()
    box.label(text="Pictures go beside the file: save it first")
    box.operator("wm.save_mainfile", text="Save", icon="FILE_TICK")
    return False


def _draw_made(row):
    """Buttons for what was made last."""
    path = work.made()
    folder, name = os.path.split(path)
    video = bool(os.path.splitext(name)[1])
    row.enabled = bool(path)
    row.operator("wm.path_open", text="Open Folder", icon="FILE_FOLDER").filepath = folder if video else path
    row.operator("wm.path_open", text="Play", icon="PLAY").filepath = path


def _draw_estimate(layout, scene):
    """How much there is to render, and how long that took the last time."""
    from ..output.qualities import ENGINES, frames_of

    engines = {"workbench": "Workbench", "eevee": "EEVEE", "cycles": "Cycles"}
    engine = next((engines[name] for name, one in ENGINES.items() if one == scene.render.engine), scene.render.engine)
    count = len(frames_of(scene, scene.transformer_cinema.quality))
    text = _("{:s}, {:,d} frames").format(engine, count)
    seconds = rendering.estimate(scene, count)
    if seconds:
        text = _("{:s}, about {:s}").format(text, work.duration(seconds))
    row = layout.row()
    row.active = False
    row.label(text=text, translate=False)


class FarmPanel(Sidebar, bpy.types.Panel):
    """The film as a job for many machines"""

    bl_idname = "CINEMA_PT_farm"
    bl_label = "Render Farm"
    bl_parent_id = ResultPanel.bl_idname
    bl_order = 3
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        settings = context.scene.transformer_cinema
        split_column(self.layout).prop(settings, "job", text="Folder")
        button = self.layout.row()
        button.enabled = bool(bpy.data.filepath) or not settings.job.startswith("//")
        button.operator("cinema.farm_job", icon="EXPORT")


class WordsPanel(Sidebar, bpy.types.Panel):
    """The likeliest next words, and their probabilities"""

    bl_idname = "CINEMA_PT_words"
    bl_label = "Next Words"
    bl_parent_id = ResultPanel.bl_idname
    bl_order = 2

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
            row.label(text=shown(word), translate=False)
            number = row.row()
            number.alignment = "RIGHT"
            number.label(text=f"{100 * share:.1f} %", translate=False)


CLASSES = (ResultPanel, OutputPanel, WordsPanel, FarmPanel)
