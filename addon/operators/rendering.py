"""Render: the whole film into a video, by other Blenders, while this one stays usable."""

import os
from dataclasses import dataclass
from pathlib import Path

import bpy
from bpy.props import BoolProperty

from .. import background, work
from ..paths import absolute
from .working import Working, has_film

_ = bpy.app.translations.pgettext_rpt

_seconds = {}  # (engine, width, height) -> how long a frame took the last time


RESUME = BoolProperty(
    name="Resume",
    description="Use the finished frames of the interrupted render. Untick it if you have changed the film since",
    default=True,
    options={"SKIP_SAVE"},
)


class RenderFilm(Working, bpy.types.Operator):
    """Render this scene's film into a video with subtitles and chapters beside it, while Blender stays usable. Frames
    of an interrupted render are kept, and it can be resumed"""

    bl_idname = "cinema.render_film"
    bl_label = "Render Film"
    in_file = False  # other Blenders do it, on a copy

    asked: BoolProperty(name="Asked", options={"HIDDEN", "SKIP_SAVE"})
    resume: RESUME

    @classmethod
    def poll(cls, context):
        return has_film(cls, context)

    def invoke(self, context, event):
        if not self.asked and existing(context.scene) != Existing():
            return bpy.ops.cinema.ask_to_render("INVOKE_DEFAULT")
        return super().invoke(context, event)

    def steps(self, context):
        return rendering(context.scene, self.resume)


class AskToRender(bpy.types.Operator):
    """What is there already, before it is replaced"""

    bl_idname = "cinema.ask_to_render"
    bl_label = "Render Film"
    bl_options = {"INTERNAL"}

    resume: RESUME

    def invoke(self, context, event):
        self.found = existing(context.scene)
        self.resume = self.found.same
        return context.window_manager.invoke_props_dialog(self, confirm_text="Render Film", width=360)

    def draw(self, context):
        layout, found = self.layout, self.found
        if found.video:
            layout.label(
                text=_("{:s} already exists and will be replaced").format(found.video), icon="INFO", translate=False
            )
        if found.frames:
            layout.label(text=_("{:,d} frames of an interrupted render are kept").format(found.frames), translate=False)
            if found.same:
                layout.prop(self, "resume")
            else:
                layout.label(text="They belong to another film and will be deleted", icon="ERROR")

    def execute(self, context):
        return bpy.ops.cinema.render_film("INVOKE_DEFAULT", asked=True, resume=self.resume)


@dataclass(frozen=True)
class Existing:
    """What stands where a film is to be rendered to. video: name of a file, or ""; frames: how many of an interrupted
    render; same: whether those are of this very film."""

    video: str = ""
    frames: int = 0
    same: bool = False


def existing(scene: bpy.types.Scene) -> Existing:
    """What a render of the scene's film would find; nothing where it would be refused anyway."""
    from ..film.errors import FilmError
    from ..output import frames

    try:
        output = video_file(scene.transformer_cinema.video)
    except FilmError:  # rendering says it
        return Existing()
    video, folder = output.name if output.exists() else "", output.with_suffix(".frames")
    count = len(list(folder.glob("[0-9]*.png")))
    try:
        frames.check_folder(folder, fingerprint(scene))
    except FilmError:
        return Existing(video, count)
    return Existing(video, count, count > 0)


def rendering(scene, resume=True):
    """Steps that render a scene's film into the file that its settings name."""
    yield 0, 1, "…"
    from ..film import ownership, versions
    from ..output import compositor, formats
    from ..output.qualities import ENGINES, frames_of

    versions.upgrade(scene)
    output = video_file(scene.transformer_cinema.video)
    if scene.render.film_transparent:
        formats.check_alpha(output)
    output.parent.mkdir(parents=True, exist_ok=True)
    with ownership.marking():
        compositor.apply(scene, scene.render.engine == ENGINES["workbench"])
    numbers = frames_of(scene, scene.transformer_cinema.quality)
    options = {"frames": (numbers.start, numbers.stop, numbers.step)}
    options |= {"output": str(output), "film": fingerprint(scene), "resume": resume and existing(scene).same}
    kind = _kind(scene)  # another file may be open at the end
    seconds, count, spent = yield from background.run("film", scene, **options)
    if count:
        _seconds[kind] = spent / count
    text = _("{:s} is ready: {:.0f} seconds of film").format(output.name, seconds)
    return work.Message("INFO", text, stays=True, path=str(output))


def estimate(scene, count):
    """How many seconds so many frames take, by the last time that such ones were rendered here; None if never."""
    known = _seconds.get(_kind(scene))
    return known and known * count


def _kind(scene):
    return scene.render.engine, *size(scene)


def size(scene):
    """Width and height of the rendered picture."""
    render = scene.render
    return tuple(side * render.resolution_percentage // 100 for side in (render.resolution_x, render.resolution_y))


def fingerprint(scene):
    """What tells the frames of a scene's film from those of another, and of one rendered otherwise. It doesn't know
    of lamps, materials and objects that the user has changed."""
    from ..output import identity
    from .building import BUILT_FROM

    render, view = scene.render, scene.view_settings
    look = view.view_transform, view.look, view.exposure, view.gamma
    return identity.fingerprint(scene, scene.get(BUILT_FROM, ""), _kind(scene), render.film_transparent, look)


def video_file(text: str) -> Path:
    """The file that a user wants his video in; .mp4 where he has named no kind of video. With a / at its end, a folder
    for the pictures. Raises FilmError."""
    from ..output import files, formats, frames

    output = absolute(text)
    if output.is_dir() or text.endswith(("/", "\\", os.sep)):
        output = files.checked(output, "video", folder=True)
        frames.check_pictures(output)
        return output
    if output.suffix.lower() not in formats.FORMATS:
        output = output.with_name(f"{output.name}.mp4")
    return files.checked(output, "video")


CLASSES = (RenderFilm, AskToRender)
