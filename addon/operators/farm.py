"""Farm job: the film as a folder that the machines of a render farm understand."""

import shutil
from pathlib import Path

import bpy

from .. import background, work
from ..paths import absolute
from .working import Working, has_film

_ = bpy.app.translations.pgettext_rpt


class FarmJob(Working, bpy.types.Operator):
    """Write this scene's film as a job for a render farm (Open Job Description, Deadline Cloud, Flamenco) into a new
    folder; the manual says how to send it"""

    bl_idname = "cinema.farm_job"
    bl_label = "Farm Job"
    in_file = False  # another Blender does it, on a copy

    @classmethod
    def poll(cls, context):
        return has_film(cls, context)

    def steps(self, context):
        return writing(context.scene)


def writing(scene):
    """Steps that write the job of a scene's film into the folder that its settings name."""
    yield 0, 1, "…"
    from ..film import versions
    from ..output import bundle
    from ..output.formats import FORMATS
    from ..output.qualities import frames_of

    versions.upgrade(scene)
    settings = scene.transformer_cinema
    folder = absolute(settings.job)
    folder.parent.mkdir(parents=True, exist_ok=True)
    numbers = frames_of(scene, settings.quality)
    options = {"frames": (numbers.start, numbers.stop, numbers.step), "video": Path(f"/{settings.video}").name}
    if Path(options["video"]).suffix.lower() not in FORMATS:
        options["video"] = "film.mp4"
    bundle.check_free(folder)
    made = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(made, ignore_errors=True)
    try:
        count = yield from background.run("job", scene, folder=str(made), **options)
        made.replace(folder)
    finally:  # a Blender that is stopped leaves what it has written
        for left in (made, bundle.part_of(made)):
            shutil.rmtree(left, ignore_errors=True)
    text = _("{:s} is a job of {:,d} pictures").format(folder.name, count)
    return work.Message("INFO", text, stays=True, path=str(folder))


CLASSES = (FarmJob,)
