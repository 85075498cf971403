"""Tries the built extension in a Blender with a window, as a user would:

    blender --enable-event-simulate --python scripts/try_in_blender.py -- transformer_cinema.zip --screenshots out/

It installs the zip into the repository "User Default" of that Blender (set BLENDER_USER_RESOURCES to an empty folder to
keep your own as it is) and looks at the Cinema tab. It stops a build half-way, in every way there is, and looks whether
anything is left. It builds a film while Blender draws, and measures how long that ever had to wait; undoes it, redoes
it, builds it again, and verifies it. It takes screenshots of all that, prints what it finds, and ends with 1 if
something is wrong. Nothing is installed but the zip, so it needs the wheels in it that fit this Blender's Python.

With --enable-event-simulate before --python, Esc is a real key press.
"""

import importlib
import os
import shlex
import subprocess
import sys
import tempfile
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from pathlib import Path

import cli
from _bootstrap import blender

MODULE = "bl_ext.user_default.transformer_cinema"
PARTS = ("stop", "build", "undo", "rebuild", "direct", "verify", "stills", "film", "meanwhile")


def main():
    parser = cli.parser(__doc__)
    parser.add_argument("zip", metavar="FILE.zip", type=Path, help="the extension, built with its wheels")
    parser.add_argument("--prompt", metavar="TEXT", default="Once upon a time there was a", help="(%(default)s)")
    parser.add_argument("--new-tokens", metavar="N", type=int, default=2, help="(%(default)s)")
    parser.add_argument("--frames", metavar="N", type=int, nargs="*", default=[600, 1200], help="frames to look at")
    parser.add_argument("--screenshots", metavar="FOLDER", type=Path, help="where they go; none are taken without it")
    parser.add_argument(
        "--screenshot-command",
        metavar="COMMAND",
        help="takes them and gets a file name, such as 'import -window root'; Blender's own are black without a GPU",
    )
    parser.add_argument("--model", metavar="FOLDER", help="a model to film (the one in the extension)")
    parser.add_argument("--language", metavar="CODE", help="of the interface, such as zh_HANS (as it is)")
    parser.add_argument("--settle", metavar="S", type=float, default=10, help="seconds to draw in (%(default)s)")
    parser.add_argument(
        "--only", metavar="PART", nargs="*", choices=PARTS, default=PARTS, help=f"of {', '.join(PARTS)}"
    )
    parser.add_argument("--keep-open", action="store_true", help="do not quit at the end")
    options = parser.parse_args(cli.arguments())
    if not blender.inside():
        parser.error("this runs in a Blender with a window: blender --python scripts/try_in_blender.py -- FILE.zip")
    if not options.zip.is_file():
        parser.error(f"there is no file {options.zip}")

    import bpy

    if bpy.app.background:
        parser.error("start Blender without -b: this looks at its window")
    bpy.context.preferences.view.show_splash = False
    bpy.app.timers.register(_Steps(Visit(bpy, options).steps(), options.keep_open), first_interval=2)


class Visit:
    """What the user does. Generators yield the seconds to let Blender go on."""

    def __init__(self, bpy, options):
        self.bpy, self.options = bpy, options
        self.pulse = Pulse(bpy)

    def steps(self):
        self.install()
        yield from self.look_at_the_panel()
        for part in self.options.only:
            yield from getattr(self, part)()

    def stop(self):
        for name, stop in self.ways_to_stop().items():
            yield from self.stop_half_way(name, stop)

    # --- the parts -----------------------------------------------------------------------------

    def install(self):
        bpy, started = self.bpy, time.perf_counter()
        bpy.ops.extensions.package_install_files(
            filepath=str(self.options.zip.resolve()), repo="user_default", enable_on_install=True, overwrite=True
        )
        # The operator also returns FINISHED when it could only print an error.
        assert MODULE in bpy.context.preferences.addons, "the extension could not be enabled"
        print(f"installed and enabled in {time.perf_counter() - started:.1f} s")
        assert "onnxruntime" not in sys.modules, "enabling must not load onnxruntime"
        self.work = importlib.import_module(f"{MODULE}.addon.work")
        self.pulse.watch(self.work.Work)

    def look_at_the_panel(self):
        if self.options.language:
            view = self.bpy.context.preferences.view
            view.language, view.use_translate_interface, view.use_translate_tooltips = self.options.language, True, True
            self.compare_texts()
        self.viewport.spaces.active.show_region_ui = True
        yield 2  # the tab exists when the sidebar has been drawn
        sidebar = next(region for region in self.viewport.regions if region.type == "UI")
        sidebar.active_panel_category = "Cinema"
        self.type_in()
        yield self.options.settle
        self.shot("panel")
        self.pulse.reset()
        for _ in range(20):
            self.viewport.tag_redraw()
            yield 0.1
        print(f"the window before the first film: {self.pulse}")
        self.bpy.ops.ed.undo_push(message="Settings")

    def compare_texts(self):
        """Blender's own dictionary comes before the extension's, and may mean something else by a word."""
        texts = importlib.import_module(f"{MODULE}.addon.translations").tables()[self.options.language]["interface"]
        properties = self.window.scene.transformer_cinema.bl_rna.properties
        contexts = {one.name: one.translation_context for one in properties}
        names = ("Back", "Film", "Gold", "Manual", "Paper", "Reflection", "Stage", "Text")  # drawn in the same context
        contexts |= dict.fromkeys(names, "Transformer Cinema")
        translated = self.bpy.app.translations.pgettext
        shown = {text: translated(text, contexts.get(text, "*")) for text in texts}
        assert shown == texts, {text: shown[text] for text in texts if shown[text] != texts[text]}

    def compare_inputs(self):
        """The same of the inputs of the film's node groups, which Blender translates by itself."""
        translations = importlib.import_module(f"{MODULE}.addon.translations")
        texts = translations.tables()[self.options.language]["interface"]
        numbered = {one.format(i): texts[one].format(i) for one in translations.NUMBERED for i in range(1, 301)}
        groups = {
            modifier.node_group
            for owner in self.window.scene.objects
            for modifier in owner.modifiers
            if modifier.type == "NODES"
        }
        names = {
            text
            for group in groups
            for item in group.interface.items_tree
            if item.item_type == "SOCKET" and item.name != "Geometry"
            for text in (item.name, item.description)
        }
        wanted = texts | numbered
        wrong = {one for one in names if self.bpy.app.translations.pgettext_iface(one) != wanted.get(one)}
        print(f"{len(names)} names and descriptions of inputs are translated, {len(wrong)} wrongly")
        assert not wrong, sorted(wrong)

    def type_in(self):
        settings = self.window.scene.transformer_cinema
        settings.prompt, settings.new_tokens = self.options.prompt, self.options.new_tokens
        if self.options.model:
            settings.model, settings.model_folder = "FOLDER", self.options.model

    def ways_to_stop(self):
        """{name: function that stops what is going on}"""
        bpy = self.bpy

        def press_esc():
            if bpy.app.use_event_simulate:
                self.window.event_simulate(type="ESC", value="PRESS")
                self.window.event_simulate(type="ESC", value="RELEASE")
            else:
                bpy.ops.cinema.stop()

        def disable():
            bpy.ops.preferences.addon_disable(module=MODULE)
            assert not hasattr(bpy.types.Scene, "transformer_cinema")
            bpy.ops.preferences.addon_enable(module=MODULE)
            self.type_in()

        return {
            "Esc": press_esc,
            "undo": lambda: self.run("ed.undo"),
            "deleted scene": lambda: bpy.data.scenes.remove(self.unfinished()),
            "disabled extension": disable,
        }

    def stop_half_way(self, name, stop):
        """Begin to build, stop it when the scene is half made: nothing of it may be left."""
        before = self.inventory()
        self.run("cinema.build_film")
        assert not self.bpy.ops.cinema.build_film.poll(), "a second build could be started"
        while self.work.current() and self.work.current().factor < 0.7:
            yield 0.05
        assert self.unfinished(), f"{name}: the build ended before it could be stopped"
        if name == "Esc":
            self.shot("building")
        stop()
        while self.work.current():
            yield 0.05
        yield 1.0
        left = self.inventory() ^ before
        said = self.work.message()
        print(f"stopped by {name}: {len(left)} data-blocks changed; said: {said.text if said else 'nothing'}")
        assert not left, sorted(left)[:10]

    def view(self):
        """How the viewport is set up, but for its zoom in camera views, which it had none of."""
        viewing = importlib.import_module(f"{MODULE}.addon.viewing")
        return viewing._state(self.viewport.spaces.active)

    def look_at_the_frame(self):
        """The film is seen through its camera, and no sidebar or header lies over its picture."""
        from bpy_extras.view3d_utils import location_3d_to_region_2d

        space, camera = self.viewport.spaces.active, self.window.scene.camera
        assert space.region_3d.view_perspective == "CAMERA" and space.shading.color_type == "VERTEX"
        window, sidebar = (next(one for one in self.viewport.regions if one.type == kind) for kind in ("WINDOW", "UI"))
        corners = [camera.matrix_world.normalized() @ one for one in camera.data.view_frame(scene=self.window.scene)]
        places = [location_3d_to_region_2d(window, space.region_3d, one) for one in corners]
        assert all(0 <= one.x <= sidebar.x - window.x and 0 <= one.y <= window.height for one in places), places

    def build(self):
        self.before = self.view()
        self.pulse.reset()
        yield from self.finished("cinema.build_film")
        print(f"built: {self.pulse}")
        if self.options.language:
            self.compare_inputs()
        yield self.options.settle
        self.shot("built")
        for frame in self.options.frames:
            self.window.scene.frame_set(frame)
            yield self.options.settle
            self.shot(f"frame_{frame:04d}")

    def undo(self):
        made = self.inventory()
        self.look_at_the_frame()
        self.run("ed.undo")
        yield self.options.settle
        assert self.view() == self.before, "undo must give the former view back"
        print(f"after one undo: scenes {[scene.name for scene in self.bpy.data.scenes]}")
        assert len(self.bpy.data.scenes) == 1, "one undo must take the whole film away"
        self.shot("undone")
        self.run("ed.redo")
        viewing = importlib.import_module(f"{MODULE}.addon.viewing")
        yield from self.until(lambda: viewing.is_shown(self.window.screen))
        yield 2
        self.look_at_the_frame()
        self.run("cinema.leave_film")
        assert self.view() == self.before, "and so must Back"
        self.run("cinema.show_film")
        assert self.inventory() == made, "redo must bring the film back"

    def meanwhile(self):
        """What the user does during a build is undone by itself, and shows nothing of the half film."""
        self.window.scene = self.bpy.data.scenes["Scene"]
        before = self.inventory()
        self.run("cinema.build_film")
        while self.work.current().factor < 0.7:
            yield 0.05
        self.bpy.ops.ed.undo_push(message="Meanwhile")
        while self.work.current():
            yield 0.05
        yield 2
        assert len(self.inventory()) > len(before)
        self.run("ed.undo")
        yield 2
        left = self.inventory() ^ before
        print(f"undone to a moment during a build: {len(left)} data-blocks changed")
        assert not left, sorted(left)[:10]

    def rebuild(self):
        """In the film's own scene, with something of the user's in it."""
        bpy, scene = self.bpy, self.window.scene
        mine = bpy.data.objects.new("Mine", bpy.data.lights.new("Mine", "SUN"))
        scene.collection.objects.link(mine)
        count, name = len(self.inventory()), scene.name
        self.pulse.reset()
        yield from self.finished("cinema.build_film")
        print(f"built again: {self.pulse}")
        assert self.window.scene.name == name and "Mine" in self.window.scene.objects
        assert len(self.inventory()) == count, "a rebuild must free what it replaces"
        yield self.options.settle
        self.shot("rebuilt")

    def direct(self):
        """An element of those that the picture is about is chosen, which has controls with names in words."""
        elements = importlib.import_module(f"{MODULE}.addon.elements")
        scene = self.window.scene
        scene.frame_set(next(one.frame for one in scene.timeline_markers if one.name == "unembedding.temperature") + 30)
        yield 2
        chosen = next(name for name in elements.subjects(scene) if elements.controls(scene.objects[name]))
        self.run("cinema.select_element", name=chosen)
        assert self.window.view_layer.objects.active.name == chosen
        print(f"{chosen} is selected: {[one.label for _, _, one in elements.controls(scene.objects[chosen])]}")
        yield self.options.settle
        self.shot("element")

    def film(self):
        """A quick film from the panel: two seconds as a sketch, with its sound, beside the file."""
        with tempfile.TemporaryDirectory() as folder:
            self.bpy.ops.wm.save_as_mainfile(filepath=os.path.join(folder, "mine.blend"))
            scene = self.window.scene
            scene.transformer_cinema.quality, scene.frame_end = "sketch", scene.frame_start + 47
            yield from self.finished("cinema.render_film")
            made = os.listdir(folder)
            print(f"rendered: {sorted(made)}; said: {self.work.message() or 'nothing'}")
            yield self.options.settle
            self.shot("rendered")
            assert {"film.mp4", "film.en.srt"} <= set(made), made

    def verify(self):
        """In another Blender, while this one stays usable."""
        self.pulse.reset()
        yield from self.finished("cinema.verify_film")
        print(f"verified: {self.pulse}; said: {self.work.message().text}")
        yield 2
        self.shot("verified")

    def stills(self):
        """One of each beat, by another Blender, too."""
        with tempfile.TemporaryDirectory() as folder:
            self.window.scene.transformer_cinema.stills = folder
            self.pulse.reset()
            yield from self.finished("cinema.preview_stills")
            made = os.listdir(folder)
        print(f"{len(made)} pictures taken: {self.pulse}")
        assert "contact-sheet.jpg" in made and len(made) > 20

    # --- what they are made of -----------------------------------------------------------------

    @property
    def window(self):
        return self.bpy.context.window_manager.windows[0]

    @property
    def viewport(self):
        return next(area for area in self.window.screen.areas if area.type == "VIEW_3D")

    def run(self, operator, **properties):
        """Invoke an operator in the viewport, as a button does."""
        group, name = operator.split(".")
        region = next(region for region in self.viewport.regions if region.type == "WINDOW")
        with self.bpy.context.temp_override(window=self.window, area=self.viewport, region=region):
            return getattr(getattr(self.bpy.ops, group), name)("INVOKE_DEFAULT", True, **properties)

    def finished(self, operator):
        """Run it to its end, which must be a good one."""
        result = self.run(operator)
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

    def unfinished(self):
        return next((scene for scene in self.bpy.data.scenes if "cinema_unfinished" in scene.keys()), None)

    def inventory(self):
        """The names of all data-blocks but Blender's own."""
        kinds = ("SCREEN", "WORKSPACE", "WINDOWMANAGER", "BRUSH", "PALETTE", "LIBRARY")
        return {(one.id_type, one.name) for one in self.bpy.data.user_map() if one.id_type not in kinds}

    def shot(self, name):
        if self.options.screenshots:
            self.options.screenshots.mkdir(parents=True, exist_ok=True)
            path = str((self.options.screenshots / f"{name}.png").resolve())
            if self.options.screenshot_command:
                subprocess.run([*shlex.split(self.options.screenshot_command), path], check=True)
                return
            with self.bpy.context.temp_override(window=self.window):
                self.bpy.ops.screen.screenshot(filepath=path)


class Pulse:
    """How long Blender's main loop was ever kept: by steps of work, and in all, with Blender's own drawing."""

    def __init__(self, bpy):
        self.reset()
        bpy.app.timers.register(self._beat)

    def reset(self):
        self.last, self.started, self.gaps, self.steps = None, time.perf_counter(), [], []

    def watch(self, work):
        """Measure each call of work.advance."""
        advance = work.advance

        def measured(going):
            begin = time.perf_counter()
            try:
                return advance(going)
            finally:
                self.steps.append((time.perf_counter() - begin, going.what))

        work.advance = measured

    def _beat(self):
        now = time.perf_counter()
        if self.last:
            self.gaps.append(now - self.last)
        self.last = now
        return 0.0

    def __str__(self):
        pauses = ", ".join(f"{1000 * one:.0f}" for one in sorted(self.gaps, reverse=True)[:6])
        loop = f"longest of {len(self.gaps)} rounds of the main loop: {pauses} ms"
        if not self.steps:
            return loop
        seconds = time.perf_counter() - self.started
        longest = sorted(self.steps[:-1], reverse=True)[:4]
        steps = ", ".join(f"{1000 * one:.0f} ms ({what})" for one, what in longest)
        return (
            f"{seconds:.1f} s; longest of {len(self.steps)} rounds of steps: {steps}; the last one "
            f"{1000 * self.steps[-1][0]:.0f} ms; {loop}"
        )


class _Steps:
    """A timer that runs a generator; each value it yields is the time until it goes on."""

    def __init__(self, steps, keep_open):
        self.steps, self.keep_open = steps, keep_open

    def __call__(self):
        try:
            return next(self.steps)
        except StopIteration:
            self._end(0)
        except Exception:
            traceback.print_exc()
            self._end(1)

    def _end(self, code):
        sys.stdout.flush()
        if not self.keep_open:
            os._exit(code)  # quitting the ordinary way asks whether to save


main()
