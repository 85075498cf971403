"""Preview stills: one picture of every beat."""

import bpy

from .. import background, work
from ..paths import absolute
from .working import Working, has_film

_ = bpy.app.translations.pgettext_rpt


class PreviewStills(Working, bpy.types.Operator):
    """Render one picture of every beat and a contact sheet, as the scene renders, while Blender stays usable"""

    bl_idname = "cinema.preview_stills"
    bl_label = "Preview Stills"
    in_file = False  # another Blender does it, on a copy

    @classmethod
    def poll(cls, context):
        return has_film(cls, context)

    def steps(self, context):
        return taking(context.scene)


def taking(scene):
    """Steps that make the stills of a scene's film."""
    yield 0, 1, "…"
    from ..film import versions

    versions.upgrade(scene)
    folder = absolute(scene.transformer_cinema.stills)
    new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        count = yield from background.run("stills", scene, folder=str(folder))
    finally:  # finished stills are kept when it is stopped, and nothing else
        for part in folder.glob(".*.part.png"):
            part.unlink(missing_ok=True)
        if new and not any(folder.iterdir()):
            folder.rmdir()
    return work.Message("INFO", _("{:d} stills are in {:s}").format(count, str(folder)), stays=True, path=str(folder))


CLASSES = (PreviewStills,)
