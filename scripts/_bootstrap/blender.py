"""Inside Blender: no environment is made, Blender's own Python gets the two packages it lacks."""

import importlib
import importlib.util
import os
import subprocess
import sys

from . import ROOT, SetupError, environments, tell, to_stderr, turns

NEEDED = ("onnxruntime", "tokenizers")


def inside():
    """Whether this process is Blender, and not a Python with the bpy wheel."""
    bpy = sys.modules.get("bpy")
    return bool(bpy and getattr(bpy, "app", None) and bpy.app.binary_path)


def prepare():
    """Make the needed packages importable; they are installed beside the project, never into Blender."""
    folder = os.path.join(ROOT, ".venv", "blender-%d.%d" % sys.version_info[:2])
    if folder not in sys.path:
        sys.path.append(folder)
    if not _absent(folder):
        return
    with turns.one_at_a_time():
        pins = _absent(folder)
        if pins:
            _install(pins, folder)


def _install(pins, folder):
    tell("Installing %s for Blender's Python into %s" % (" and ".join(pins), folder))
    _ensure_pip()
    # numpy, all that these two need at run time, is part of Blender: hence --no-deps.
    options = ["--no-deps", "--upgrade", "--only-binary", ":all:", "--disable-pip-version-check", "--target", folder]
    if subprocess.call([sys.executable, "-m", "pip", "install"] + options + pins, stdout=to_stderr()) != 0:
        raise SetupError("%s could not be installed (see above)." % " and ".join(pins))
    importlib.invalidate_caches()


def _absent(folder):
    """The pins of the packages that cannot be imported, or that are in the folder in another version."""
    import importlib.metadata  # new in Python 3.8; Blender's is newer

    there = {each.metadata["Name"]: each.version for each in importlib.metadata.distributions(path=[folder])}
    absent = []
    for pin in environments.requirements():
        name, _, version = pin.partition("==")
        right = there[name] == version if name in there else importlib.util.find_spec(name) is not None
        if name in NEEDED and not right:
            absent.append(pin)
    return absent


def _ensure_pip():
    for attempt in ("pip", "ensurepip"):
        arguments = ["pip", "--version"] if attempt == "pip" else ["ensurepip", "--user"]
        if (
            subprocess.call([sys.executable, "-m"] + arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            == 0
        ):
            return
    raise SetupError(
        "Blender's Python (%s) has neither pip nor ensurepip; use an official build of Blender, "
        "or run this script with python3 instead." % sys.executable
    )
