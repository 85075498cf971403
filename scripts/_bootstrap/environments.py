"""The virtual environments .venv/<Python version>/ and the pinned packages in them."""

import os
import subprocess
import sys

from . import ROOT, SetupError, interpreters, libraries, tell, to_stderr, turns


def folder(version):
    """Where the environment for that Python version is."""
    return os.path.join(ROOT, ".venv", version)


def python_in(version):
    """The Python of that environment; the file need not exist."""
    parts = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    return os.path.join(folder(version), *parts)


def current():
    """The version of the environment this process runs in, or None."""
    for version in interpreters.BLENDERS:
        if os.path.realpath(sys.prefix) == os.path.realpath(folder(version)):
            return version
    return None


def choose():
    """The version of the environment to use, which is created (but not yet filled) when there is none."""
    versions = interpreters.wanted()
    for version in versions:
        if os.path.exists(python_in(version)) and os.path.exists(_stamp(version, None)):
            return version
    python = interpreters.find()
    if not python:
        raise SetupError(_none_found(versions))
    with turns.one_at_a_time():
        create(python.version, python.executable)
    return python.version


def create(version, executable):
    """Make the environment with that Python, unless it is there; one that was interrupted is made anew."""
    if os.path.exists(python_in(version)) and _runs([python_in(version), "-I", "-c", "import pip"]):
        return
    _ensure_venv_module(version, executable)
    tell("Creating the environment .venv/%s with %s" % (version, executable))
    command = [executable, "-m", "venv", "--clear", folder(version)]
    made = subprocess.run(
        command, stdout=to_stderr(), stderr=subprocess.PIPE
    )  # what it says when interrupted is of no use
    if made.returncode != 0:
        reason = made.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise SetupError(" ".join(["The environment %s could not be created." % folder(version)] + reason))


def requirements(group=None):
    """The pinned requirements of the project, with those of a dependency group of pyproject.toml if one is named."""
    import tomllib  # new in Python 3.11; this function only runs inside an environment

    with open(os.path.join(ROOT, "pyproject.toml"), "rb") as file:
        pyproject = tomllib.load(file)
    return pyproject["project"]["dependencies"] + (pyproject["dependency-groups"][group] if group else [])


def fill(version, group=None):
    """Install the pinned packages into the environment this process runs in, unless its stamp says they are there."""
    if not _is_filled(version, group):
        with turns.one_at_a_time():
            if not _is_filled(version, group):  # nor has the one been waited for filled it
                _install(version, group)


def _is_filled(version, group):
    return _read(_stamp(version, group)) == _content(group)


def _install(version, group):
    tell(
        "Setting up Blender %s for Python %s in .venv/%s: pip now downloads what is not there yet.\n"
        "bpy, which is Blender itself, is 330-400 MB; this happens once."
        % (interpreters.BLENDERS[version], version, version)
    )
    command = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check"] + requirements(group)
    if subprocess.call(command, stdout=to_stderr()) != 0:
        raise SetupError("The packages could not be installed (see above); run the same command again to continue.")
    for done in {None, group}:
        _write(_stamp(version, done), _content(done))


def _stamp(version, group):
    """The file that is written last, so that an interrupted installation is continued next time."""
    return os.path.join(folder(version), "ready-" + group if group else "ready")


def _content(group):
    return "\n".join(requirements(group)) + "\n"


def _read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError:
        return None


def _write(path, text):
    with open(path + ".part", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(path + ".part", path)


def _ensure_venv_module(version, executable):
    """Debian ships a part of Python that environments need as a package of its own."""
    if _runs([executable, "-I", "-c", "import ensurepip, venv"]):
        return
    packages = ["python%s-venv" % version]
    if not libraries.can_install():
        packages += [package for _, package in libraries.missing()]  # one line for all, rather than one after the other
        raise SetupError("%s cannot make virtual environments; run: %s" % (executable, libraries.apt_line(packages)))
    tell("%s cannot make virtual environments yet." % executable)
    libraries.install(packages)


def _none_found(versions):
    needed = " or ".join("Python %s (for Blender %s)" % (each, interpreters.BLENDERS[each]) for each in versions)
    return (
        "No suitable Python on this machine: %s is needed, 64-bit; get it from python.org, "
        "or with 'uv python install %s' or 'pyenv install %s', and run the same command again."
        % (needed, versions[0], versions[0])
    )


def _runs(command):
    try:
        return subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False
