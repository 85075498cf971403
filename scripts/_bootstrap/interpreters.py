"""Finds the Pythons on this machine for which a bpy wheel exists."""

import collections
import functools
import glob
import os
import re
import subprocess
import sys

from . import SetupError

# Python version -> Blender whose bpy wheel it runs; the newest, which is preferred, first.
BLENDERS = collections.OrderedDict([("3.13", "5.2"), ("3.11", "4.5")])
FORCE = "TRANSFORMER_CINEMA_PYTHON"

# Printed by a candidate about itself; the wheels exist for ordinary 64-bit CPython only (not for free-threaded builds).
PROBE = """
import sys, sysconfig
try:
    import ensurepip, venv
    whole = 1
except ImportError:
    whole = 0
ordinary = not sysconfig.get_config_var("Py_GIL_DISABLED")
wheels = int(sys.implementation.name == "cpython" and sys.maxsize > 2**32 and ordinary)
print("%d.%d" % sys.version_info[:2], whole, wheels, sys.executable, sep="\\n")
"""

Python = collections.namedtuple("Python", "version executable whole")  # whole: it can make virtual environments


def wanted():
    """The versions to look for, best first: both, or the one that the environment variable asks for."""
    forced = os.environ.get(FORCE, "").strip()
    if not forced:
        return list(BLENDERS)
    if forced not in BLENDERS:
        raise SetupError("%s is '%s', but must be one of %s." % (FORCE, forced, ", ".join(BLENDERS)))
    return [forced]


def find():
    """The Python to use, or None: the best of the wanted versions, but rather one that can make environments."""
    found = [python for python in (_best(version) for version in wanted()) if python]
    return min(found, key=lambda python: not python.whole) if found else None


def pythons():
    """[(version, executable)] of the Pythons on this machine that have a bpy wheel, at most one per version."""
    found = ((version, _best(version)) for version in BLENDERS)
    return [(version, python.executable) for version, python in found if python]


def _best(version):
    """The first Python of that version which can make environments, else the first that cannot, else None."""
    lesser = None
    for command in _commands(version):
        python = _probe(command)
        if python and python.version == version:
            if python.whole:
                return python
            lesser = lesser or python
    return lesser


def _commands(version):
    """Command lines that may start a Python of that version, in the order in which they are tried."""
    seen = set()
    for command in _all_commands(version):
        if command not in seen:
            seen.add(command)
            yield command


def _all_commands(version):
    if sys.executable:
        yield (sys.executable,)
    suffix = ".exe" if os.name == "nt" else ""
    for name in ("python" + version, "python3", "python"):
        for folder in os.get_exec_path():
            path = os.path.join(folder, name + suffix)
            if os.path.isfile(path):
                yield (path,)
    for path in _pyenv(version):
        yield (path,)
    uv = _output(["uv", "python", "find", version])
    if uv:
        yield (uv.splitlines()[-1],)
    if os.name == "nt":
        yield ("py", "-" + version)


def _pyenv(version):
    root = os.environ.get("PYENV_ROOT") or os.path.join(os.path.expanduser("~"), ".pyenv")
    patterns = ["versions/*/bin/python", "pyenv-win/versions/*/python.exe"]
    paths = [path for pattern in patterns for path in glob.glob(os.path.join(root, pattern))]
    paths = [path for path in paths if re.search(r"[\\/]%s[.\\/]" % re.escape(version), path)]
    return sorted(paths, key=lambda path: [int(number) for number in re.findall(r"\d+", path)], reverse=True)


@functools.lru_cache(maxsize=None)
def _probe(command):
    """What that command is, found out by running it: a name proves nothing (version managers put stand-ins on PATH)."""
    lines = (_output(list(command) + ["-I", "-c", PROBE]) or "").splitlines()
    if len(lines) != 4 or lines[2] != "1":
        return None
    return Python(version=lines[0], executable=lines[3], whole=lines[1] == "1")


def _output(command):
    """What a command printed, or None if it failed or does not exist."""
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode(errors="surrogateescape").strip() if done.returncode == 0 else None
