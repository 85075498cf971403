"""The wheels that go into a zip: which ones pyproject.toml pins for a platform and a Python, and how they get here."""

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

from _bootstrap import ROOT, SetupError, blender, environments, say

CACHE = Path(ROOT, ".venv", "wheels")

# Blender's name of a platform -> Python's name, and the wheels that run wherever that Blender does. Linux: Blender is
# built for glibc 2.28. macOS: onnxruntime asks for 14, and pip takes wheels for older ones by itself.
PLATFORMS = {
    "linux-x64": ("linux", [f"manylinux_2_{minor}_x86_64" for minor in range(28, 16, -1)]),
    "windows-x64": ("win32", ["win_amd64"]),
    "macos-arm64": ("darwin", ["macosx_14_0_arm64"]),
}


@dataclass(frozen=True)
class Target:
    """What the wheels must run on: a platform by Blender's name and a Python such as 3.13."""

    platform: str
    python: str

    def __str__(self):
        return f"{self.platform} and Python {self.python}"

    @property
    def tag(self):
        """Of the interpreter, as in wheels' names: cp313."""
        return "cp" + self.python.replace(".", "")


def pins(target, requirements=None):
    """[(name, version)] of the packages that Blender's Python lacks, as pinned (in pyproject.toml) for the target.

    Raises SetupError if one isn't.
    """
    environment = {"sys_platform": PLATFORMS[target.platform][0], "python_version": target.python}
    pinned = {}
    for requirement in map(Requirement, requirements or environments.requirements()):
        if requirement.marker is None or requirement.marker.evaluate(environment):
            pinned[requirement.name] = str(requirement.specifier).removeprefix("==")
    for name in blender.NEEDED:
        if name not in pinned:
            raise SetupError(f"pyproject.toml pins no {name} for {target}: choose another --python, or add a pin.")
    return [(name, pinned[name]) for name in blender.NEEDED]


def fetch(target, cache=CACHE):
    """Paths of the target's wheels; those that aren't in the cache are fetched by pip, from its own index.

    Raises SetupError if the index has no such wheel or can't be reached.
    """
    folder = cache / f"{target.tag}-{target.platform}"
    return [_cached(folder, *pin) or _download(folder, *pin, target) for pin in pins(target)]


def _cached(folder, name, version):
    for wheel in sorted(folder.glob("*.whl")):
        if parse_wheel_filename(wheel.name)[0] == canonicalize_name(name) and wheel.name.split("-")[1] == version:
            return wheel
    return None


def _download(folder, name, version, target):
    say(f"Fetching {name} {version} for {target}")
    folder.parent.mkdir(parents=True, exist_ok=True)
    platforms = [f"--platform={tag}" for tag in PLATFORMS[target.platform][1]]
    with tempfile.TemporaryDirectory(dir=folder.parent) as beside:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += ["--only-binary=:all:", "--implementation=cp", f"--python-version={target.python}"]
        command += [f"--abi={target.tag}", "--abi=abi3", *platforms, f"--dest={beside}", f"{name}=={version}"]
        done = subprocess.run(command, stderr=subprocess.PIPE, text=True, errors="replace")
        if done.returncode != 0:
            raise SetupError(_reason(done.stderr, f"{name} {version}", target))
        (wheel,) = Path(beside).glob("*.whl")
        folder.mkdir(exist_ok=True)
        return wheel.replace(folder / wheel.name)


def _reason(stderr, package, target):
    if "Retrying" in stderr:
        return f"{package} for {target} could not be fetched: pip can't reach its package index."
    if "No matching distribution" in stderr:
        return f"pip's package index has no wheel of {package} for {target}."
    said = [line for line in stderr.splitlines() if line.strip()][-1:]
    return " ".join([f"{package} for {target} could not be fetched:", *said])
