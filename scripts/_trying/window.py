"""Blender's window as a user has it: what is pressed, waited for and looked at."""

import importlib
import os
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from .pulse import Pulse

MODULE = "bl_ext.user_default.transformer_cinema"


class Window:
    """What the parts try, they try through this. Generators yield the seconds to let Blender go on."""

    def __init__(self, bpy, options):
        self.bpy, self.options = bpy, options
        self.pulse = Pulse(bpy)

    # --- what there is -------------------------------------------------------------------------

    @property
    def window(self):
        return self.bpy.context.window_manager.windows[0]

    @property
    def scene(self):
        return self.window.scene

    @property
    def settings(self):
        return self.scene.transformer_cinema

    @property
    def viewport(self):
        return next(area for area in self.window.screen.areas if area.type == "VIEW_3D")

    def region(self, kind):
        """The viewport's region of a type such as WINDOW or UI."""
        return next(region for region in self.viewport.regions if region.type == kind)

    @property
    def work(self):
        return self.module("work")

    def module(self, name):
        """A module of the installed extension."""
        return importlib.import_module(f"{MODULE}.addon.{name}")

    def view(self):
        """How the viewport is set up, but for its zoom in camera views, which it had none of."""
        return self.module("viewing")._state(self.viewport.spaces.active)

    def unfinished(self):
        """The scene of a film that is being built."""
        return next((scene for scene in self.bpy.data.scenes if "cinema_unfinished" in scene.keys()), None)

    def inventory(self):
        """The names of all data-blocks but Blender's own."""
        kinds = ("SCREEN", "WORKSPACE", "WINDOWMANAGER", "BRUSH", "PALETTE", "LIBRARY")
        return {(block.id_type, block.name) for block in self.bpy.data.user_map() if block.id_type not in kinds}

    # --- what is done --------------------------------------------------------------------------

    def run(self, operator, **properties):
        """Invoke an operator in the viewport, as a button does."""
        group, name = operator.split(".")
        with self.bpy.context.temp_override(window=self.window, area=self.viewport, region=self.region("WINDOW")):
            return getattr(getattr(self.bpy.ops, group), name)("INVOKE_DEFAULT", True, **properties)

    def finished(self, operator, **properties):
        """Run it to its end, which must be a good one."""
        result = self.run(operator, **properties)
        assert result == {"RUNNING_MODAL"}, (result, self.work.message())
        while self.work.current():
            yield 0.05
        said = self.work.message()
        assert not said or said.done, said

    def until(self, condition, seconds=60):
        """Let Blender go on until something is so: how long drawing takes depends on the machine."""
        end = time.perf_counter() + seconds
        while not condition() and time.perf_counter() < end:
            yield 0.2

    def press_esc(self):
        """A real key press, where Blender was told that it may be."""
        if self.bpy.app.use_event_simulate:
            self.window.event_simulate(type="ESC", value="PRESS")
            self.window.event_simulate(type="ESC", value="RELEASE")
        else:
            self.bpy.ops.cinema.stop()

    def type_in(self):
        """Fill in the panel."""
        settings = self.settings
        settings.prompt, settings.new_tokens = self.options.prompt, self.options.new_tokens
        if self.options.model:
            settings.model, settings.model_folder = "FOLDER", self.options.model

    # --- pictures ------------------------------------------------------------------------------

    def shot(self, name):
        """A screenshot, if there is a folder for them."""
        if self.options.screenshots:
            self.options.screenshots.mkdir(parents=True, exist_ok=True)
            self.shoot(self.options.screenshots / f"{name}.png")

    def shoot(self, path):
        """A screenshot in a file."""
        path = str(path.resolve())
        if self.options.screenshot_command:
            subprocess.run([*shlex.split(self.options.screenshot_command), path], check=True)
        else:
            with self.bpy.context.temp_override(window=self.window):
                self.bpy.ops.screen.screenshot(filepath=path)

    def seen(self):
        """The pixels [height, width, 3] of the window as it is drawn, from 0 to 1, the lowest line first."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "window.png"
            self.shoot(path)
            return self.pixels(path)

    def pixels(self, path):
        """The pixels [height, width, 3] of a picture in a file, from 0 to 1, the lowest line first."""
        import numpy as np

        image = self.bpy.data.images.load(str(path))
        image.colorspace_settings.name = "Non-Color"  # as they are written
        width, height = image.size
        values = np.empty(width * height * image.channels, dtype=np.float32)
        image.pixels.foreach_get(values)
        self.bpy.data.images.remove(image)
        return values.reshape(height, width, -1)[..., :3]


def open_the_panel(visit):
    """Install the extension, and look at its tab."""
    _install(visit)
    bpy = visit.bpy
    if visit.options.language:
        view = bpy.context.preferences.view
        view.language, view.use_translate_interface = visit.options.language, True
        view.use_translate_tooltips = view.use_translate_new_dataname = True
    visit.viewport.spaces.active.show_region_ui = True
    yield 2  # the tab exists when the sidebar has been drawn
    visit.region("UI").active_panel_category = "Cinema"
    visit.type_in()
    yield visit.options.settle
    visit.shot("panel")
    visit.pulse.reset()
    for _ in range(20):
        visit.viewport.tag_redraw()
        yield 0.1
    print(f"the window before the first film: {visit.pulse}")
    bpy.ops.ed.undo_push(message="Settings")


def _install(visit):
    started = time.perf_counter()
    visit.bpy.ops.extensions.package_install_files(
        filepath=str(visit.options.zip.resolve()), repo="user_default", enable_on_install=True, overwrite=True
    )
    # The operator also returns FINISHED when it could only print an error.
    assert MODULE in visit.bpy.context.preferences.addons, "the extension could not be enabled"
    print(f"installed and enabled in {time.perf_counter() - started:.1f} s")
    assert "onnxruntime" not in sys.modules, "enabling must not load onnxruntime"
    visit.pulse.watch(visit.work.Work)


def children():
    """The processes that this one has started and that still run; none where the system doesn't tell (Linux does)."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            _, rest = (process / "stat").read_text().rsplit(")", 1)
        except OSError:  # it has just ended
            continue
        state, parent = rest.split()[:2]
        if int(parent) == os.getpid() and state != "Z":
            found.append(process.name)
    return found
