"""Proves that a saved film shows the model's numbers: python3 scripts/verify.py film.blend

Measures the film's shapes and compares them with the numbers kept in the film, or with those of a recording of your
own (--trace FILE.npz, from trace.py with the same prompt and settings). Ends with 0 when all agree, 1 when some don't,
2 when the file can't be verified.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bootstrap import ensure

ensure(__file__)

from pathlib import Path

import cli
from _bootstrap import say


def main():
    parser = cli.parser(__doc__)
    parser.add_argument("film", metavar="FILM.blend", help="a film that render.py or the panel has made")
    parser.add_argument("--trace", metavar="FILE.npz", help="compare with this recording, not with the film's copy")
    options = parser.parse_args(cli.arguments())
    from transformer_cinema.addon.film.evidence import find
    from transformer_cinema.addon.verify import verify
    from transformer_cinema.inference.recording import Recording

    recording = Recording.load(options.trace) if options.trace else None
    wrong = False
    for scene in films_in(Path(options.film).expanduser()):
        evidence = find(scene)
        say(f"{scene.name}: {evidence.model.name} on {evidence.prompt!r}")
        if recording:
            evidence = evidence.of_recording(recording)
        with cli.progress() as progress:
            report = verify(scene, evidence, progress=progress)
        print("\n".join(report.table()))
        print(verdict(report))
        wrong |= not report.ok
    return int(wrong)


def films_in(path):
    """Open a file -> the scenes in it that are films, at least one. Raises FilmError."""
    import bpy

    from transformer_cinema.addon.film.errors import FilmError
    from transformer_cinema.addon.film.evidence import films
    from transformer_cinema.addon.output.files import silence

    if not path.is_file():
        raise FilmError(f"There is no file {path}; check the name.")
    try:
        with silence():
            bpy.ops.wm.open_mainfile(filepath=str(path.resolve()), load_ui=False, use_scripts=False)
    except RuntimeError as error:
        raise FilmError(f"{path} is not a Blender file, or is damaged.") from error
    made, here = bpy.data.version[:2], bpy.app.version[:2]
    if made > here:
        versions = ["{}.{}".format(*version) for version in (made, here)]
        raise FilmError("{} was saved by Blender {}, a newer one than this, {}.".format(path.name, *versions))
    found = films(bpy.data.scenes)
    if not found:
        raise FilmError(f"{path.name} holds no film that keeps its numbers; build it again with this version.")
    return found


def verdict(report):
    """What the table comes to; the first mismatches by name; what was drawn and not compared."""
    lines = [f"{report.checked:,} numbers at {report.moments} moments of the film: all are the model's."]
    if not report.ok:
        lines = [f"{report.wrong:,} of {report.checked:,} numbers are not the model's, among them:"]
        lines += [f"  {line}" for line in report.mismatches[:SHOWN]]
    others = sorted({name.split()[0].split(".")[0] for name in report.unchecked})
    left = [f"Not numbers, not compared: {', '.join(others)}."] if others else []
    return "\n".join([*lines, *report.notes, *left])


SHOWN = 20

if __name__ == "__main__":
    cli.run(main)
