"""What other Blenders do while this one stays usable."""

import os
import tempfile


def verify(visit):
    """The film's numbers are compared."""
    visit.pulse.reset()
    yield from visit.finished("cinema.verify_film")
    print(f"verified: {visit.pulse}; said: {visit.work.message().text}")
    yield 2
    visit.shot("verified")


def stills(visit):
    """One picture of each beat."""
    with tempfile.TemporaryDirectory() as folder:
        visit.settings.stills = folder
        visit.pulse.reset()
        yield from visit.finished("cinema.preview_stills")
        made = os.listdir(folder)
    visit.settings.stills = "//stills"
    print(f"{len(made)} pictures taken: {visit.pulse}")
    assert "contact-sheet.jpg" in made and len(made) > 20


def film(visit):
    """A quick film from the panel: two seconds as a sketch, with its sound, beside the file."""
    scene = visit.scene
    quality, end = visit.settings.quality, scene.frame_end
    with tempfile.TemporaryDirectory() as folder:
        visit.bpy.ops.wm.save_as_mainfile(filepath=os.path.join(folder, "mine.blend"))
        visit.settings.quality, scene.frame_end = "sketch", scene.frame_start + 47
        yield from visit.finished("cinema.render_film")
        made = os.listdir(folder)
        print(f"rendered: {sorted(made)}; said: {visit.work.message() or 'nothing'}")
        yield visit.options.settle
        visit.shot("rendered")
        assert {"film.mp4", "film.en.srt"} <= set(made), made
    visit.settings.quality, scene.frame_end = quality, end
