"""Renders shares of a film's frames for whoever started it, and needs nothing but Blender and this folder.

    python worker.py -- FILM.blend FRAMES      or      blender -b -P worker.py -- FILM.blend FRAMES

FRAMES is Frames.to_json(). It reads ranges from stdin, one `FIRST STOP STEP` a line, and writes lines to stdout:
`ready`, `frame N`, `copy N`, `done`, `failed WHY`, and `alive` now and then. When stdin ends, so does it: whoever
started it may be dead.
"""

import importlib.util
import os
import sys
import threading
from pathlib import Path

PULSE = 2.0  # seconds between two signs of life


def load_package() -> None:
    """Import the folder that this lies in as the package that it is part of."""
    if "transformer_cinema" not in sys.modules:
        root = Path(__file__).resolve().parents[2]
        spec = importlib.util.spec_from_file_location(
            "transformer_cinema", root / "__init__.py", submodule_search_locations=[str(root)]
        )
        module = importlib.util.module_from_spec(spec)
        sys.modules["transformer_cinema"] = module
        spec.loader.exec_module(module)


def main() -> None:
    """Open the film, then render what is asked for until nothing more can be."""
    blend, description = sys.argv[sys.argv.index("--") + 1 :]
    # Blender writes its log to stdout, which is for us alone: from here on it goes where errors go.
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)
    lock = threading.Lock()

    def say(*words: object) -> None:
        with lock:
            print(*words, file=channel, flush=True)

    lines = _Lines(say)
    load_package()
    import bpy

    from transformer_cinema.addon.film.errors import FilmError
    from transformer_cinema.addon.output.frames import Frames
    from transformer_cinema.addon.output.rendering import render, without_sound

    bpy.ops.wm.open_mainfile(filepath=blend)
    without_sound(bpy.context.scene)
    frames = Frames.from_json(description)
    say("ready")

    def told(number: int, copied: bool) -> None:
        say("copy" if copied else "frame", number)

    for line in lines:
        try:
            render(bpy.context.scene, frames, range(*map(int, line.split())), told)
        except (FilmError, OSError) as error:
            say("failed", " ".join(str(error).split()))
            continue
        say("done")


class _Lines:
    """The lines of stdin, read on a thread, so that its end is noticed while Blender renders."""

    def __init__(self, say) -> None:
        self._say, self._lines, self._came = say, [], threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()
        threading.Thread(target=self._beat, daemon=True).start()

    def _read(self) -> None:
        for line in sys.stdin:
            with self._came:
                self._lines.append(line)
                self._came.notify()
        os._exit(0)  # 4.5 as a module may hang at an ordinary exit

    def _beat(self) -> None:
        while True:
            threading.Event().wait(PULSE)
            try:
                self._say("alive")
            except OSError:
                os._exit(0)

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        with self._came:
            self._came.wait_for(lambda: self._lines)
            return self._lines.pop(0)


if __name__ == "__main__":
    main()
