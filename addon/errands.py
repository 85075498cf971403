"""What another Blender does in the background, on a copy of the file, so that this one stays usable.

Blender as a module has no other Blender to send; there, and in a Blender without a window, the errand is done here.
"""

import json
import subprocess
import tempfile
import time
from pathlib import Path

import bpy

LOOK = 0.01  # seconds between two looks at how far it is
ROOT = Path(__file__).parents[1]
# The other Blender may not know that this extension is enabled: it imports it from where it is.
BRIEF = """
import importlib.util, sys
root, name = {root!r}, "transformer_cinema"
spec = importlib.util.spec_from_file_location(name, root + "/__init__.py", submodule_search_locations=[root])
sys.modules[name] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(sys.modules[name])
from transformer_cinema.addon.errands import work_on
work_on(*{task!r})
"""
PROGRESS, RESULT = "progress.json", "result.json"


def sending(kind, scene, **arguments):
    """Steps that have an errand of KINDS done for a scene -> its result. Raises what work.explained knows."""
    if bpy.app.background:
        yield 0, 1, kind
        return KINDS[kind](scene, lambda *told: None, **arguments)
    from .film.errors import FilmError

    with tempfile.TemporaryDirectory(prefix="cinema-") as folder:
        folder = Path(folder)
        copy = folder / "film.blend"
        bpy.ops.wm.save_as_mainfile(filepath=str(copy), copy=True, compress=False)
        code = BRIEF.format(root=str(ROOT), task=(kind, scene.name, str(folder), arguments))
        blender = (bpy.app.binary_path, "--factory-startup", "--background")
        command = [*blender, str(copy), "--python-exit-code", "1", "--python-expr", code]
        with open(folder / "log.txt", "w+b") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
            try:
                while process.poll() is None:
                    yield _read(folder / PROGRESS) or (0, 1, "Blender")
                    time.sleep(LOOK)
            finally:
                process.kill()
                process.wait()
            result = _read(folder / RESULT)
            if result is None:
                log.seek(0)
                lines = log.read().decode(errors="replace").split("\n")
                last = next((line for line in reversed(lines) if line.strip()), "")
                raise FilmError(f"Blender in the background gave up: {last}")
    if "error" in result:
        raise FilmError(result["error"])
    return result["value"]


def work_on(kind, scene, folder, arguments):
    """In the other Blender: do the errand, and write down how far it is and what came of it."""
    from .work import explained

    folder = Path(folder)
    scene = bpy.data.scenes[scene]
    bpy.context.window.scene = scene
    try:
        result = {"value": KINDS[kind](scene, lambda *told: _write(folder / PROGRESS, told), **arguments)}
    except Exception as error:
        result = {"error": explained(error).text}
    _write(folder / RESULT, result)


def _read(path):
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError:  # not there, or, in Windows, just being replaced
        return None


def _write(path, value):
    """Whole or not at all: the other side reads at any moment."""
    part = path.with_suffix(".part")
    part.write_text(json.dumps(value), encoding="utf-8")
    for _attempt in range(50):
        try:
            return part.replace(path)
        except PermissionError:  # in Windows, while the other side reads
            time.sleep(LOOK)
    raise TimeoutError(f"{path} can't be replaced")


# --- the errands ---------------------------------------------------------------------------------


def _verify(scene, progress):
    """-> (how many numbers were compared, how many are wrong, the first of those)."""
    from .verify import verify

    report = verify(scene, progress=progress)
    return report.checked, report.wrong, next(iter(report.mismatches), "")


def _stills(scene, progress, folder, quality):
    """One still of every beat -> how many."""
    from .output import qualities, stills

    qualities.apply_quality(scene, quality)
    return stills.take(scene, Path(folder), progress)


KINDS = {"verify": _verify, "stills": _stills}
