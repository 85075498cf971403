"""A film as a job for a render farm: an Open Job Description bundle, which needs nothing but Blender to run.

template.json    steps Render (chunks of pictures) -> Check -> Encode
film/            the .blend, film.json, the mixed sound, and the subtitles
scripts/         the few files of this package that the steps run
"""

import hashlib
import json
import shutil
from pathlib import Path

import bpy

from .. import compat
from ..film import soundtrack
from ..film.errors import FilmError
from . import files, formats

NOTE, SOUND = "film.json", "film.flac"  # as farm.py calls them, which can only be imported where it runs
CHUNK = 48  # pictures in a chunk: two seconds of film

ROOT = Path(__file__).parents[2]
PARTS = "__init__ farm files formats frames gif motion mp4 png rendering video webp worker".split()
SCRIPTS = ("__init__.py", "addon/__init__.py", "addon/compat.py", "addon/inputs.py", "addon/film/errors.py")
SCRIPTS += tuple(f"addon/output/{name}.py" for name in PARTS)
ENTRY = "addon/output/farm.py"
BLENDER = ["--factory-startup", "-b", "-noaudio", "--python-exit-code", "1", "-P"]


def write(blend: Path, folder: Path, fps: int | None = None, video: str = "film.mp4", chunk: int = CHUNK) -> int:
    """Write a bundle of a saved film into a new folder -> how many pictures it has.

    fps: of the video, if fewer than the scene's. video: the name of the file to make. The .blend is opened.
    Raises FilmError.
    """
    check_free(folder)
    formats.format_of(Path(video))
    part = part_of(folder)
    shutil.rmtree(part, ignore_errors=True)
    try:
        (part / "film").mkdir(parents=True)
        count = _film(blend, part / "film", fps, video)
        _scripts(part / "scripts")
        text = json.dumps(template(blend.stem, count, chunk), indent=2)
        (part / "template.json").write_text(text + "\n", encoding="utf-8")
        part.replace(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return count


def check_free(folder: Path) -> None:
    """Raise FilmError where a job would lie over something else."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FilmError(f"{folder} is there and isn't an empty folder; choose another one for the job.")


def part_of(folder: Path) -> Path:
    """Where a job is written that isn't whole yet."""
    return folder.with_name(f".{folder.name}.part")


def _film(blend: Path, folder: Path, fps: int | None, video: str) -> int:
    """Pack the .blend, note what its pictures are, and take its subtitles along -> the number of pictures."""
    try:
        bpy.ops.wm.open_mainfile(filepath=str(blend))
    except RuntimeError as error:
        raise FilmError(f"{blend} can't be opened; give a .blend that this Blender has saved.") from error
    scene = bpy.context.scene
    if scene.camera is None:
        raise FilmError(f"{blend.name} has no camera to render with.")
    bpy.ops.file.pack_all()
    render = scene.render
    size = [side * render.resolution_percentage // 100 for side in (render.resolution_x, render.resolution_y)]
    step = max(1, render.fps // (fps or render.fps))
    numbers = range(scene.frame_start, scene.frame_end + 1, step)
    compat.use_png(render.image_settings, render.film_transparent)
    if soundtrack.available() and soundtrack.has_sound(scene):
        soundtrack.write_flac(soundtrack.mixed(scene, numbers), folder / SOUND)
    files.save_blend(folder / "film.blend")
    note = {
        "film": hashlib.sha256((folder / "film.blend").read_bytes()).hexdigest()[:32],
        "first": numbers.start,
        "step": step,
        "count": len(numbers),
        "fps": render.fps // step,
        "size": size,
        "channels": 4 if render.film_transparent else 3,
        "video": video,
    }
    (folder / NOTE).write_text(json.dumps(note), encoding="utf-8")
    for ending in (".srt", ".vtt", ".chapters.txt"):
        for path in blend.parent.glob(f"{blend.stem}*{ending}"):
            shutil.copyfile(path, folder / path.name)
    return len(numbers)


def _scripts(folder: Path) -> None:
    for name in SCRIPTS:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, folder / name)


def template(name: str, count: int, chunk: int) -> dict:
    """The job in Open Job Description 2023-09.

    Pictures are counted from 1 without gaps: a stepped range would be cut into chunks of one.
    """

    def step(what: str, *more: str) -> dict:
        arguments = [*BLENDER, f"{{{{Param.Scripts}}}}/{ENTRY}", "--", what, "{{Param.Film}}/film.blend"]
        arguments += ["{{Param.Output}}", *more]
        return {"script": {"actions": {"onRun": {"command": "{{Param.Blender}}", "args": arguments}}}}

    def folder(name: str, default: str, flow: str, what: str) -> dict:
        return {
            "name": name,
            "type": "PATH",
            "objectType": "DIRECTORY",
            "dataFlow": flow,
            "default": default,
            "description": what,
        }

    pictures = {
        "name": "Picture",
        "type": "CHUNK[INT]",
        "range": "{{Param.Pictures}}",
        "chunks": {"defaultTaskCount": "{{Param.ChunkSize}}", "rangeConstraint": "CONTIGUOUS"},
    }
    return {
        "specificationVersion": "jobtemplate-2023-09",
        "extensions": ["TASK_CHUNKING"],
        "name": f"Transformer Cinema: {name}"[:128],
        "parameterDefinitions": [
            folder("Film", "film", "IN", "The scene, packed, and what belongs to it"),
            folder("Scripts", "scripts", "IN", "What the steps run"),
            folder("Output", "output", "OUT", "Where the video goes"),
            {"name": "Blender", "type": "STRING", "default": "blender", "description": "The command"},
            {"name": "Pictures", "type": "STRING", "default": f"1-{count}", "description": "Which to render"},
            {"name": "ChunkSize", "type": "INT", "default": chunk, "minValue": 1, "maxValue": 150},
        ],
        "steps": [
            {
                "name": "Render",
                **step("render", "{{Task.Param.Picture}}"),
                "parameterSpace": {"taskParameterDefinitions": [pictures]},
            },
            {"name": "Check", **step("check"), "dependencies": [{"dependsOn": "Render"}]},
            {"name": "Encode", **step("encode"), "dependencies": [{"dependsOn": "Check"}]},
        ],
    }
