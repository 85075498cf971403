"""Builds the extension for one Blender and one platform, as a zip that installs without a network:

    python3 scripts/build_extension.py --blender 5.2 --platform linux-x64

In it are onnxruntime and tokenizers, as the unmodified wheels that pyproject.toml pins, and the embedded model. There
is one zip for each Blender and platform, because a wheel of onnxruntime is 24 MB and fits one Python only: two of them
would be over 40 MB. The same commit gives the same bytes. Wheels are kept in .venv/wheels.

--index makes a repository of all zips in the output folder, which any web server can offer and Blender's
Preferences > Get Extensions > Repositories can add.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bootstrap import ensure

ensure(__file__)

import re
import tempfile
import tomllib
from pathlib import Path

import cli
from _bootstrap import ROOT, SetupError, interpreters, say
from _packaging import archive, blender_tools, manual, wheels

MOST_BYTES = 40_000_000
# The first Blender that a zip is for, and the first that is too new for it. Blender itself refuses a zip whose wheels
# are for another Python than its own, so 5.2's has no upper end.
RANGES = {"4.5": ("4.5.0", "5.0.0"), "5.2": ("5.2.0", None)}
PYTHONS = {blender: python for python, blender in interpreters.BLENDERS.items()}


def main():
    parser = cli.parser(__doc__)
    add = parser.add_argument
    add("--blender", choices=RANGES, help="the Blender it is for")
    add("--platform", choices=wheels.PLATFORMS, help="the system it is for")
    add("--python", metavar="X.Y", help="the Python of that Blender, where it isn't an official build's (3.11; 3.13)")
    add("--output", metavar="FOLDER", type=Path, default=Path(ROOT, "dist"), help="where zips go (dist)")
    add("--index", action="store_true", help="make a repository of all zips in the output folder")
    options = parser.parse_args(cli.arguments())
    wanted = options.blender and options.platform
    if not wanted and (options.blender or options.platform or options.python or not options.index):
        parser.error("--blender and --platform are needed")
    if options.python and not re.fullmatch(r"3\.\d+", options.python):
        parser.error(f"--python wants a version such as 3.14, not {options.python}")

    try:
        options.output.mkdir(parents=True, exist_ok=True)
        if wanted:
            target = wheels.Target(options.platform, options.python or PYTHONS[options.blender])
            print(build(Path(ROOT), options.blender, target, options.output, wheels.fetch(target)))
        if options.index:
            blender_tools.generate_index(options.output)
            print(options.output / "index.json")
    except SetupError as error:
        say(str(error), sys.stderr)
        return 2


def build(root, blender, target, output, wheel_paths):
    """Write the zip of the extension in `root` into the folder `output` and return its path.

    wheel_paths: the wheels that go into it. Raises SetupError if Blender doesn't accept it, or if it is too large.
    """
    contents = {name: path.read_bytes() for name, path in archive.source_files(root).items()}
    docs = {name: contents.pop(name) for name in list(contents) if name.startswith("docs/")}
    contents |= manual.pages(docs)
    wheels_inside = {f"wheels/{path.name}": path for path in wheel_paths}
    contents |= {name: path.read_bytes() for name, path in wheels_inside.items()}
    text = (root / archive.MANIFEST).read_text(encoding="utf-8")
    text = archive.manifest(text, *RANGES[blender], target.platform, wheels_inside)
    contents[archive.MANIFEST] = text.encode()

    about = tomllib.loads(text)
    name = f"{about['id']}-{about['version']}-blender{blender}-{target.platform.replace('-', '_')}"
    if target.python != PYTHONS[blender]:
        name += f"-python{target.python}"
    changed = archive.uncommitted(root)
    if changed:
        say(f"{len(changed)} of the extension's files are not as committed; those git doesn't track are left out.")

    with tempfile.TemporaryDirectory(prefix=".", dir=output) as beside:
        path = Path(beside, f"{name}.zip")
        archive.write(path, contents, archive.timestamp(root))
        size = path.stat().st_size
        say(f"{path.name}: {size / 1e6:.1f} MB, {len(contents)} files")
        if size > MOST_BYTES:
            raise SetupError(f"{path.name} would be {size / 1e6:.1f} MB, more than {MOST_BYTES / 1e6:.0f} MB.")
        blender_tools.validate(path)
        return path.replace(output / path.name)


if __name__ == "__main__":
    cli.run(main)
