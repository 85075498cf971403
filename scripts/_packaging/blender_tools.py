"""Blender's own command line for extensions, from the bpy in this environment; no Blender is started."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

from _bootstrap import SetupError


def validate(path):
    """Check an extension, a zip or a folder, by Blender's rules and its list of tags. Raises SetupError."""
    tags = _scripts() / "modules/_bpy_internal/extensions/tags.py"
    _run("validate", f"--valid-tags={tags}", str(path))


def generate_index(folder):
    """Write index.json and index.html, which make the folder's zips a repository.

    Raises SetupError if one of them isn't valid.
    """
    said = _run("server-generate", f"--repo-dir={folder}", "--html")
    listed = json.loads((folder / "index.json").read_text(encoding="utf-8"))["data"]
    if len(listed) != len(list(folder.glob("[!.]*.zip"))):  # it leaves out what it can't read, and calls that success
        raise SetupError(f"Not every zip is in the index; Blender says: {said}")


def _scripts():
    (folder,) = Path(importlib.util.find_spec("bpy").origin).parent.glob("[0-9]*/scripts")
    return folder


def _run(command, *arguments):
    program = _scripts() / "addons_core/bl_pkg/cli/blender_ext.py"
    done = subprocess.run([sys.executable, program, command, *arguments], capture_output=True, text=True)
    said = " ".join((done.stdout + done.stderr).split())
    if done.returncode != 0:
        raise SetupError(f"Blender's {command} says: {said}")
    return said
