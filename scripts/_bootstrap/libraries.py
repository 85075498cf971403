"""Finds and installs what bpy needs from a bare Linux system besides Python."""

import ctypes
import os
import shutil
import subprocess
import sys

from . import SetupError, tell, to_stderr

# Shared library -> Debian package. Without the last one Blender does not raise an error when it draws: it ends the
# process, so all of them are looked for before bpy is imported.
LIBRARIES = (
    ("libX11.so.6", "libx11-6"),
    ("libXext.so.6", "libxext6"),
    ("libXfixes.so.3", "libxfixes3"),
    ("libXi.so.6", "libxi6"),
    ("libXrender.so.1", "libxrender1"),
    ("libxkbcommon.so.0", "libxkbcommon0"),
    ("libSM.so.6", "libsm6"),
    ("libICE.so.6", "libice6"),
    ("libGL.so.1", "libgl1"),
    ("libEGL.so.1", "libegl1"),
)
# libEGL.so.1 only passes calls on to a driver; any one of these will do.
EGL_DRIVERS = ("libEGL_mesa.so.0", "libEGL_nvidia.so.0")
EGL_PACKAGE = "libegl-mesa0"

FEDORA = (
    "libX11 libXext libXfixes libXi libXrender libxkbcommon libSM libICE "
    "libglvnd-glx libglvnd-egl mesa-libEGL mesa-dri-drivers"
)


def missing(load=ctypes.CDLL):
    """[(shared library, Debian package)] that cannot be loaded; `load` raises OSError for those."""
    absent = [(library, package) for library, package in LIBRARIES if not _loads(library, load)]
    if not any(_loads(driver, load) for driver in EGL_DRIVERS):
        absent.append((EGL_DRIVERS[0], EGL_PACKAGE))
    return absent


def ensure_libraries(named=""):
    """Return when all libraries are there; install them where that is allowed, else SetupError with the line to run.

    named: only look for those whose names begin so. A Blender that runs has all but what it draws with.
    """
    if not sys.platform.startswith("linux"):
        return

    def wanted():
        return [(library, package) for library, package in missing() if library.startswith(named)]

    absent = wanted()
    if not absent:
        return
    names = ", ".join(library for library, _ in absent)
    packages = [package for _, package in absent]
    if can_install():
        tell("Blender needs system libraries that are not here: %s." % names)
        install(packages)
        absent = wanted()
        if not absent:
            return
        names = ", ".join(library for library, _ in absent)
        raise SetupError("apt-get ran, but these libraries still cannot be loaded: %s." % names)
    raise SetupError("Blender needs system libraries that are not here (%s); %s" % (names, _advice(packages)))


def can_install():
    """Whether this process may install Debian packages: as root, with apt-get."""
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(packages):
    """Install Debian packages, with apt-get's own messages on the screen."""
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    for command in (["apt-get", "update"], ["apt-get", "install", "-y"] + list(packages)):
        tell("> " + " ".join(command))
        if subprocess.call(command, env=environment, stdout=to_stderr()) != 0:
            raise SetupError("'%s' failed; its message is above." % " ".join(command))


def apt_line(packages):
    """The line a user of Debian or Ubuntu runs to install those packages."""
    return "sudo apt-get update && sudo apt-get install -y " + " ".join(packages)


def _advice(packages):
    if shutil.which("apt-get"):
        return "run: " + apt_line(packages)
    if shutil.which("dnf"):
        return "run: sudo dnf install -y " + FEDORA
    return "install them with your system's package manager (on Debian they are in: %s)." % " ".join(packages)


def _loads(library, load):
    try:
        load(library)
    except OSError:
        return False
    return True
