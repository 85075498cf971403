"""What enabling and disabling the extension load and leave."""

import subprocess
import sys
from pathlib import Path

from transformer_cinema import register, unregister

from .conftest import everything

ROOT = Path(__file__).parents[2]


def test_a_hundred_cycles_leave_no_trace(fresh_blender):
    bpy = fresh_blender
    handlers = [getattr(bpy.app.handlers, name) for name in dir(bpy.app.handlers)]
    lists = [one for one in handlers if isinstance(one, list)]

    def traces():
        return (
            set(dir(bpy.types)),
            set(dir(bpy.types.Scene)),
            set(dir(bpy.ops.cinema)),
            [len(one) for one in lists],
            len(bpy.types.VIEW3D_MT_add._dyn_ui_initialize()),
            set(bpy.utils.preset_paths("transformer_cinema")),
            len(list(bpy.utils.manual_map())),
        )

    register()
    unregister()  # Blender makes a menu's list of draw functions when the first is added
    before = traces()
    for _ in range(100):
        register()
        assert bpy.ops.cinema.build_film.poll()
        unregister()
    assert traces() == before


def test_disabling_stops_what_is_going_on(fresh_blender, short):
    from transformer_cinema.addon import work
    from transformer_cinema.addon.film.build import build_steps

    bpy = fresh_blender
    register()
    before = everything(bpy)
    going = work.begin("Building", build_steps(short), bpy.context.window)
    while going.done < 0.5 * going.total:
        going.advance()
    assert everything(bpy) != before
    unregister()
    assert everything(bpy) == before and work.current() is None


def test_enabling_loads_neither_the_model_nor_the_film():
    """In a process of its own: other tests have long imported everything."""
    code = """if True:
        import sys, bpy, bootstrap
        package = bootstrap.load_package()
        package.register()
        heavy = ("onnxruntime", "tokenizers", "transformer_cinema.inference", "transformer_cinema.addon.film")
        print([name for name in heavy if name in sys.modules], flush=True)
        package.unregister()
    """
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT / "scripts", capture_output=True, text=True, timeout=120)
    assert done.stdout.splitlines()[-1:] == ["[]"], done.stdout + done.stderr
