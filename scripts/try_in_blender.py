"""Tries the built extension in a Blender with a window, as a user would:

    blender --enable-event-simulate --python scripts/try_in_blender.py -- transformer_cinema.zip --screenshots out/

It installs the zip into the repository "User Default" of that Blender (set BLENDER_USER_RESOURCES to an empty folder to
keep your own as it is) and looks at the Cinema tab. It stops a build half-way, in every way there is, and looks whether
anything is left. It builds a film while Blender draws, and measures how long that ever had to wait; undoes it, redoes
it, builds it again, verifies and renders it. In every quality and both themes it compares what the viewport shows with
what is rendered. At last it stops each kind of work at random moments. It takes screenshots of all that, prints what it
finds, and ends with 1 if something is wrong. Nothing is installed but the zip, so it needs the wheels in it that fit
this Blender's Python.

With --enable-event-simulate before --python, Esc is a real key press.
"""

import os
import sys
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from pathlib import Path

import cli
from _bootstrap import blender
from _trying import PARTS
from _trying.window import Window, open_the_panel


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
        help="takes them, of Blender's window alone, and gets a file name, such as 'import -window root' where no "
        "window manager draws borders; Blender's own are black without a GPU",
    )
    parser.add_argument("--model", metavar="FOLDER", help="a model to film (the one in the extension)")
    parser.add_argument("--language", metavar="CODE", help="of the interface, such as zh_HANS (as it is)")
    parser.add_argument("--settle", metavar="S", type=float, default=10, help="seconds to draw in (%(default)s)")
    parser.add_argument("--tries", metavar="N", type=int, default=20, help="stops of each kind of work (%(default)s)")
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="of the moments of those stops")
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
    sys.stdout.reconfigure(line_buffering=True)
    bpy.context.preferences.view.show_splash = False
    bpy.app.timers.register(_Steps(_steps(Window(bpy, options)), options.keep_open), first_interval=2)


def _steps(visit):
    yield from open_the_panel(visit)
    for part in visit.options.only:
        yield from PARTS[part](visit)


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
