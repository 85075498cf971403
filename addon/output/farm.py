"""What a machine of a render farm does for a film, with nothing but Blender and this folder.

    blender -b -P farm.py -- render FILM.blend OUTPUT 1-48     pictures 1 to 48 of the film
    blender -b -P farm.py -- check  FILM.blend OUTPUT          whether every picture is there, and whole
    blender -b -P farm.py -- encode FILM.blend OUTPUT          the video

`film.json`, beside the .blend, says which frames the film's pictures are. Ends with 0, or with 1 after one sentence.
"""

import json
import os
import shutil
import sys
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from worker import load_package

load_package()

import bpy  # noqa: E402

from transformer_cinema.addon.film.errors import FilmError  # noqa: E402
from transformer_cinema.addon.output.frames import Frames, discard  # noqa: E402
from transformer_cinema.addon.output.rendering import render, without_sound  # noqa: E402
from transformer_cinema.addon.output.video import encode  # noqa: E402

NOTE, FOLDER, SOUND = "film.json", "frames", "film.flac"


class Job:
    """A film and where it goes, as every step of the job knows it."""

    def __init__(self, blend: str, output: str) -> None:
        self.blend, self.output = Path(blend), Path(output)
        self.note = json.loads(self.blend.with_name(NOTE).read_text(encoding="utf-8"))
        first, step, count = (self.note[name] for name in ("first", "step", "count"))
        self.numbers = range(first, first + step * count, step)
        folder = self.output / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        self.frames = Frames(str(folder), self.note["film"], tuple(self.note["size"]), self.note["channels"])

    def render(self, pictures: str) -> None:
        """Render pictures, counted from 1: `5`, or `5-9`."""
        begin, _, end = pictures.partition("-")
        bpy.ops.wm.open_mainfile(filepath=str(self.blend))
        without_sound(bpy.context.scene)
        numbers = self.numbers[int(begin) - 1 : int(end or begin)]
        done = []

        def told(number: int, copied: bool) -> None:
            done.append(number)
            print(f"openjd_progress: {100 * len(done) / len(numbers):.1f}", flush=True)

        render(bpy.context.scene, self.frames, numbers, told)

    def check(self) -> None:
        """Raise FilmError unless every picture is there, whole, and of this film."""
        missing = self.frames.missing(self.numbers)
        if missing:
            pictures = ", ".join(str(self.numbers.index(number) + 1) for number in missing[:10])
            raise FilmError(f"{len(missing)} pictures are missing or damaged, such as {pictures}; render them again.")

    def encode(self) -> None:
        """Make the video of the pictures and the sound, put its subtitles beside it, and take the pictures away."""
        sound = self.blend.with_name(SOUND)
        video = self.output / self.note["video"]
        encode(self.frames, self.numbers, self.note["fps"], video, sound if sound.exists() else None)
        for path in self.blend.parent.iterdir():
            if path.suffix in (".srt", ".vtt", ".txt"):
                shutil.copyfile(path, self.output / path.name)
        discard(Path(self.frames.folder))


def main() -> None:
    """Do one step of the job."""
    step, blend, output, *pictures = sys.argv[sys.argv.index("--") + 1 :]
    try:
        getattr(Job(blend, output), step)(*pictures)
        code = 0
    except (FilmError, OSError) as error:
        print(f"openjd_fail: {' '.join(str(error).split())}", flush=True)
        code = 1
    sys.stdout.flush()
    os._exit(code)  # 4.5 as a module may hang at an ordinary exit


if __name__ == "__main__":
    main()
