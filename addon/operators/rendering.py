"""Render: the whole film into a video, by Blender's own rendering with its own window."""

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
        return bpy.ops.render.render("INVOKE_DEFAULT", animation=True)


def prepare(scene):
    """Set a film's scene up for rendering. Raises FilmError, OSError."""
    from ..film import ownership, versions
    from ..film.errors import FilmError
    from ..render import apply_quality

    versions.upgrade(scene)
    settings = scene.transformer_cinema
    output = absolute(settings.video)
    if output.is_dir() or settings.video.endswith(("/", "\\")):
        raise FilmError(f"{output} is a folder; add a file name, such as film.mp4.")
    if output.suffix.lower() != ".mp4":
        output = output.with_name(f"{output.name}.mp4")
    output.parent.mkdir(parents=True, exist_ok=True)
    with ownership.marking():
        apply_quality(scene, settings.quality)
    compat.use_mp4(scene.render)
    scene.render.filepath = str(output)


CLASSES = (RenderFilm,)
