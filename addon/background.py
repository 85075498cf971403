"""What another Blender does in the background, on a copy of the file, so that this one stays usable.

In a Blender without a window there is nobody to wait: there, most tasks are done here.
"""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import bpy

from .scratch import scratch

POLL_SECONDS = 0.01  # seconds between two looks at how far it is
ROOT = Path(__file__).parents[1]
# The other Blender may not know that this extension is enabled: it imports it from where it is.
BOOTSTRAP = """
import importlib.util, sys
root, name = {root!r}, "transformer_cinema"
spec = importlib.util.spec_from_file_location(name, root + "/__init__.py", submodule_search_locations=[root])
sys.modules[name] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(sys.modules[name])
from transformer_cinema.addon.background import end_with_parent, main
end_with_parent()
main(*{task!r})
"""
PROGRESS, RESULT = "progress.json", "result.json"


def run(kind, scene, **arguments):
    """Steps that have a task of TASKS done for a scene -> its result. Raises what work.explained knows."""
    if bpy.app.background and kind not in OPENING:
        yield 0, 1, kind
        return TASKS[kind](scene, lambda *told: None, **arguments)
    from .film.errors import FilmError

    with scratch() as folder:
        copy = folder / "film.blend"
        bpy.ops.wm.save_as_mainfile(filepath=str(copy), copy=True, compress=False)
        code = BOOTSTRAP.format(root=str(ROOT), task=(kind, scene.name, str(folder), arguments))
        blender = (bpy.app.binary_path, "--factory-startup", "--background", "-noaudio")
        command = [*blender, str(copy), "--python-exit-code", "1", "--python-expr", code]
        if not bpy.app.binary_path:  # Blender as a module
            opening = f"import bpy; bpy.ops.wm.open_mainfile(filepath={str(copy)!r})"
            command = [sys.executable, "-c", f"{opening}\n{code}"]
        with open(folder / "log.txt", "w+b") as log:
            # Its own folders for a moment lie in this one: who is stopped at once takes nothing away.
            environment = os.environ | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder))
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT, env=environment
            )
            try:
                while process.poll() is None:
                    yield _read(folder / PROGRESS) or (0, 1, "Blender")
                    time.sleep(POLL_SECONDS)
            finally:
                process.stdin.close()
                process.kill()
                process.wait()
            result = _read(folder / RESULT)
            if result is None:
                log.seek(0)
                lines = log.read().decode(errors="replace").split("\n")
                last = next((line for line in reversed(lines) if line.strip()), "")
                raise FilmError(f"The background Blender failed: {last}")
    if "error" in result:
        raise FilmError(result["error"])
    return result["value"]


def main(kind, scene, folder, arguments):
    """In the other Blender: do the task, and write down how far it is and what came of it."""
    from .work import explained

    folder = Path(folder)
    scene = bpy.data.scenes[scene]
    bpy.context.window.scene = scene
    try:
        result = {"value": TASKS[kind](scene, lambda *told: _write(folder / PROGRESS, told), **arguments)}
    except Exception as error:
        result = {"error": explained(error).text}
    _write(folder / RESULT, result)


def end_with_parent():
    """End this process when the Blender that sent it does, which holds its input open for as long as it lives."""

    def wait():
        sys.stdin.buffer.read()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


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
            time.sleep(POLL_SECONDS)
    raise TimeoutError(f"{path} can't be replaced")


# --- the tasks -------------------------------------------------------------------------------------


def _verify(scene, progress):
    """-> (how many numbers were compared, how many are wrong, the first of those)."""
    from .verify import verify

    report = verify(scene, progress=progress)
    return report.checked, report.wrong, next(iter(report.mismatches), "")


def _stills(scene, progress, folder):
    """One still of every beat -> how many."""
    from .output import stills

    return stills.take(scene, Path(folder), progress)


def _film(scene, progress, output, film, frames, resume):
    """The video of a scene's frames, and what goes beside it -> (its seconds, frames rendered, the seconds that took).

    film: the fingerprint. frames: as range takes them. resume: with those of them that are there. As scripts/render.py
    does it.
    """
    from . import compat
    from .film import soundtrack
    from .operators.rendering import size
    from .output import files, formats, video, workers
    from .output import frames as pictures

    output, numbers = Path(output), range(*frames)
    made = pictures.Frames(
        str(output.with_suffix(".frames")), film, size(scene), 4 if scene.render.film_transparent else 3
    )
    with scratch() as folder, pictures.held(Path(made.folder), film, resume):
        blend = folder / "film.blend"
        files.save_blend(blend)
        missing = made.missing(numbers)
        files.check_room(made.folder, pictures.room(made.size, len(missing)))
        most = workers.cores() if scene.render.engine == compat.WORKBENCH else 1
        started = time.monotonic()
        workers.render(blend, made, numbers, max(1, min(8, most, len(missing))), progress)
        spent = time.monotonic() - started
        progress(len(missing), len(missing), "video")
        mix = None
        if soundtrack.available() and soundtrack.has_sound(scene) and formats.format_of(output).sound:
            mix = folder / "film.flac"
            soundtrack.write_flac(soundtrack.mixed(scene, numbers), mix)
        video.encode(made, numbers, scene.render.fps // numbers.step, output, mix)
        for path, text in _subtitles(scene, numbers, output).items():
            with files.written_beside(path) as part:
                part.write_text(text, encoding="utf-8", newline="\n")
        pictures.discard(Path(made.folder))
    return len(numbers) * numbers.step / scene.render.fps, len(missing), spent


def _subtitles(scene, numbers, output):
    """{path: text} of what goes beside a video; nothing for films of older versions, which don't keep their lines."""
    from .film import film, subtitles

    if film.LINES not in scene.keys():
        return {}
    lines, beats = subtitles.from_json(scene[film.LINES], scene.render.fps)
    shown = subtitles.Video(numbers, scene.render.fps)
    texts = subtitles.files(lines, beats, shown, scene.get(film.LANGUAGE, "en"))
    return {output.with_suffix(ending): text for ending, text in texts.items()}


def _job(scene, progress, folder, frames, video):
    """A job for a render farm in a new folder -> how many pictures it has. frames: as range takes them; video: the name
    of the file to make."""
    from .output import bundle, files

    numbers = range(*frames)
    with scratch() as place:
        blend = place / "film.blend"
        files.save_blend(blend)
        for path, text in _subtitles(scene, numbers, blend).items():
            path.write_text(text, encoding="utf-8", newline="\n")
        return bundle.write(blend, Path(folder), scene.render.fps // numbers.step, video)


TASKS = {"verify": _verify, "stills": _stills, "film": _film, "job": _job}
OPENING = ("job",)  # those that open another file where they are done
