"""Tries the built extension in a Blender with a window, as a user would:

    blender --python scripts/try_in_blender.py -- transformer_cinema-0.1.0.zip --screenshots out/

It installs the zip into the repository "User Default" of that Blender (set BLENDER_USER_RESOURCES to an empty folder to
keep your own as it is), opens the Cinema tab, builds a film, and takes screenshots: panel.png, built.png, one of each
frame asked for, and undone.png after the film has been undone again. Nothing is installed but the zip, so it needs the
wheels in it that fit this Blender's Python.
"""

import os
import shlex
import subprocess
import sys
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from pathlib import Path

import cli
from _bootstrap import blender

MODULE = "bl_ext.user_default.transformer_cinema"


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
    parser.add_argument("--settle", metavar="S", type=float, default=10, help="seconds to draw in (%(default)s)")
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
    bpy.app.timers.register(_Steps(visit(bpy, options), options.keep_open), first_interval=2)


def visit(bpy, options):
    """What the user does. Yields to let Blender draw, the seconds to wait."""

    def shot(name):
        if options.screenshots:
            options.screenshots.mkdir(parents=True, exist_ok=True)
            path = str((options.screenshots / f"{name}.png").resolve())
            if options.screenshot_command:
                subprocess.run([*shlex.split(options.screenshot_command), path], check=True)
                return
            with bpy.context.temp_override(window=window()):
                bpy.ops.screen.screenshot(filepath=path)

    def window():
        return bpy.context.window_manager.windows[0]

    started = time.perf_counter()
    file = str(options.zip.resolve())
    bpy.ops.extensions.package_install_files(filepath=file, repo="user_default", enable_on_install=True, overwrite=True)
    # The operator also returns FINISHED when it could only print an error.
    assert MODULE in bpy.context.preferences.addons, "the extension could not be enabled"
    print(f"installed and enabled in {time.perf_counter() - started:.1f} s")
    assert "onnxruntime" not in sys.modules, "enabling must not load onnxruntime"

    viewport = next(area for area in window().screen.areas if area.type == "VIEW_3D")
    viewport.spaces.active.show_region_ui = True
    yield 2  # the tab exists when the sidebar has been drawn
    sidebar = next(region for region in viewport.regions if region.type == "UI")
    sidebar.active_panel_category = "Cinema"
    settings = window().scene.transformer_cinema
    settings.prompt, settings.new_tokens = options.prompt, options.new_tokens
    yield options.settle
    shot("panel")

    bpy.ops.ed.undo_push(message="Settings")
    body = next(region for region in viewport.regions if region.type == "WINDOW")
    started = time.perf_counter()
    with bpy.context.temp_override(window=window(), area=viewport, region=body):
        print(bpy.ops.cinema.build_film("INVOKE_DEFAULT", True))
    print(f"built in {time.perf_counter() - started:.1f} s: {window().scene.transformer_cinema.summary}")
    yield options.settle
    shot("built")
    for frame in options.frames:
        window().scene.frame_set(frame)
        yield options.settle
        shot(f"frame_{frame:04d}")

    with bpy.context.temp_override(window=window(), area=viewport, region=body):
        bpy.ops.ed.undo()
    yield options.settle
    print(f"after undo: scenes {[scene.name for scene in bpy.data.scenes]}, {len(bpy.data.objects)} objects")
    shot("undone")


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
