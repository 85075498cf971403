"""Renders a share of a film's frames: render.py starts one of these for every core.

    render_worker.py film.blend FOLDER FIRST LAST STEP

Needs nothing but Blender: the film is all in the .blend.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bootstrap import load_package

arguments = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else sys.argv[1:]
load_package()

import bpy  # noqa: E402

from transformer_cinema.addon.render import render_range  # noqa: E402

blend, folder, first, last, step = arguments[0], arguments[1], *map(int, arguments[2:5])
bpy.ops.wm.open_mainfile(filepath=blend)
render_range(bpy.context.scene, folder, range(first, last + 1, step))
sys.stdout.flush()
os._exit(0)  # the 4.5 wheel may hang at an ordinary exit
