"""Render: the whole film into a video, by Blender's own rendering with its own window."""

from pathlib import Path

import bpy

from .. import compat, work
from ..paths import absolute
from .working import has_film


class RenderFilm(bpy.types.Operator):
    """Render this scene's film into a video, in the chosen quality. The captions are in the picture"""

    bl_idname = "cinema.render_film"
    bl_label = "Render Film"

    @classmethod
    def poll(cls, context):
        return has_film(cls, context)

    def execute(self, context):
        try:
            prepare(context.scene)
        except Exception as error:
            message = work.explained(error)
            work.say(message)
            self.report({message.kind}, message.text)
            return {"CANCELLED"}
        bpy.ops.ed.undo_push(message=self.bl_label)
        # It shows its own window and listens to Esc by itself; without windows it renders here and now.
        started = bpy.ops.render.render("INVOKE_DEFAULT", animation=True)
        return {"CANCELLED"} if "CANCELLED" in started else {"FINISHED"}


def prepare(scene):
    """Set a film's scene up for rendering. Raises FilmError, OSError."""
    from ..film import ownership, soundtrack, versions
    from ..output import files, formats
    from ..output.qualities import apply_quality

    versions.upgrade(scene)
    settings = scene.transformer_cinema
    output = video_file(settings.video)
    kind = formats.FORMATS[output.suffix.lower()]
    if settings.transparent:
        formats.check_alpha(output)
    output.parent.mkdir(parents=True, exist_ok=True)
    with ownership.marking():
        apply_quality(scene, settings.quality, transparent=settings.transparent)
    compat.use_video(scene.render, kind.container, kind.codec, settings.transparent, soundtrack.has_sound(scene))
    scene.render.filepath = files.escaped(output)


def video_file(text: str) -> Path:
    """The file that a user wants his video in; .mp4 where he has named no kind of video. Raises FilmError."""
    from ..film.errors import FilmError
    from ..output import files, formats

    output = absolute(text)
    if output.is_dir() or text.endswith(("/", "\\")):
        raise FilmError(f"{output} is a folder; add a file name, such as film.mp4.")
    kind = formats.FORMATS.get(output.suffix.lower())
    if kind is None:
        output = output.with_name(f"{output.name}.mp4")
    elif not kind.container:
        raise FilmError(f"Blender's own rendering can't write {output.suffix}; choose .mp4, .webm or .mov.")
    if "#" in output.name:
        raise FilmError(f"Blender replaces # in {output.name} by numbers; choose a name without it.")
    return files.checked(output, "video")


CLASSES = (RenderFilm,)
