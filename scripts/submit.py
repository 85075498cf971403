"""Makes a film a job for a render farm: python3 scripts/submit.py film.blend --output job

Writes an Open Job Description bundle, whose machines need nothing but Blender: `openjd run job/template.json` runs it
on this one, `deadline bundle submit job` sends it to AWS Deadline Cloud. README, "Render on a farm", says how.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bootstrap import ensure

ensure(__file__)

from pathlib import Path

import cli
from _bootstrap import say


def main() -> None:
    parser = cli.parser(__doc__)
    add = parser.add_argument
    add("film", metavar="FILM.blend", help="a film that render.py or the panel has saved, in the quality it is to have")
    add("--output", metavar="DIR", required=True, help="a new folder for the job")
    add("--video", metavar="NAME", default="film.mp4", help="the file that the job makes (%(default)s)")
    add("--fps", metavar="N", type=int, help="pictures a second, if fewer than the scene's")
    add("--chunk", metavar="N", type=int, default=48, help="pictures that a machine renders at a time (%(default)s)")
    options = parser.parse_args(cli.arguments())
    from transformer_cinema.addon.film.errors import FilmError
    from transformer_cinema.addon.output import bundle, files
    from transformer_cinema.inference.files import expanded

    if not 1 <= options.chunk <= 150:  # what Deadline Cloud allows
        raise FilmError(f"--chunk must lie between 1 and 150, not {options.chunk}.")
    if options.fps is not None and options.fps < 1:
        raise FilmError(f"--fps must be 1 or more, not {options.fps}.")
    if Path(options.video).name != options.video:
        raise FilmError(f"--video {options.video} must be a name without a folder.")
    blend = expanded(options.film).resolve()
    if not blend.is_file():
        raise FilmError(f"There is no film {blend}; check the name.")
    folder = files.checked(options.output, "--output", folder=True)
    with files.silence():
        count = bundle.write(blend, folder, options.fps, options.video, options.chunk)
    say(f"{folder} is a job of {count} pictures: openjd run {folder / 'template.json'}")


if __name__ == "__main__":
    cli.run(main)
