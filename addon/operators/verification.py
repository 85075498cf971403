"""Verify: measures the film's shapes and compares them with the model's numbers."""

import bpy

from .. import background, work
from .working import Working, has_film

_ = bpy.app.translations.pgettext_rpt


class VerifyFilm(Working, bpy.types.Operator):
    """Measure what this scene's film draws, and compare every number with the model's, while Blender stays usable"""

    bl_idname = "cinema.verify_film"
    bl_label = "Verify Film"
    in_file = False  # another Blender does it, on a copy

    @classmethod
    def poll(cls, context):
        return has_film(cls, context)

    def steps(self, context):
        return verifying(context.scene)


def verifying(scene):
    """Steps that verify a scene's film."""
    yield 0, 1, "…"
    from ..film import versions

    versions.upgrade(scene)
    checked, wrong, first = yield from background.run("verify", scene)
    if wrong:
        text = _("{:,d} of {:,d} numbers are not the model's, such as {:s}").format(wrong, checked, first)
        return work.Message("ERROR", text, False)
    return work.Message("INFO", _("{:,d} numbers checked, all agree").format(checked), stays=True)


CLASSES = (VerifyFilm,)
