"""The zip: which files go into it, its manifest, and bytes that only depend on those."""

import os
import re
import shutil
import subprocess
import time
import zipfile

from _bootstrap import SetupError

MANIFEST = "blender_manifest.toml"
PACKED = ("LICENSE", "__init__.py", "addon", "assets", "docs/manual", "docs/visual-mapping.md", "inference")
MODELS = "assets/models/"
EARLIEST = 315532800  # 1980-01-01, where the time of zip files begins


def source_files(root):
    """{name in the zip: Path} of the extension's own files but for the manifest: those git tracks, so that no scratch
    file gets in, or all where the folder isn't a git checkout. Raises SetupError if git fails."""
    if _is_checkout(root):
        names = _git(root, "ls-files", "-z", "--", *PACKED).rstrip("\0").split("\0")
        paths = [root / name for name in names]
    else:
        paths = [path for name in PACKED for path in (root / name, *(root / name).rglob("*"))]
    inside = {path.relative_to(root).as_posix(): path for path in paths if path.is_file()}
    return {name: path for name, path in inside.items() if "__pycache__" not in name and "/." not in name}


def uncommitted(root):
    """Lines of `git status --short` about the extension's files; none where the folder isn't a git checkout."""
    return _git(root, "status", "--short", "--", MANIFEST, *PACKED).splitlines() if _is_checkout(root) else []


def timestamp(root):
    """Seconds since 1970 that all files in the zip carry: SOURCE_DATE_EPOCH, or the time of the last commit."""
    given = os.environ.get("SOURCE_DATE_EPOCH", "").strip()
    if given and not given.isdigit():
        raise SetupError(f"SOURCE_DATE_EPOCH is '{given}', but must be a number of seconds since 1970.")
    if not given and _is_checkout(root):
        given = _git(root, "log", "-1", "--format=%ct").strip()
    return max(int(given or 0), EARLIEST)


def manifest(text, oldest, below, platform, wheels):
    """The manifest of one zip: that of the repository, with the lines that depend on what the zip is for.

    text: the repository's; oldest, below: the first Blender it runs in and the first that is too new, or None;
    wheels: their names in the zip.
    """
    lines = [f'blender_version_min = "{oldest}"']
    if below:
        lines.append(f'blender_version_max = "{below}"')
    lines += [f'platforms = ["{platform}"]', "wheels = [", *(f'    "./{wheel}",' for wheel in wheels), "]"]
    text, replaced = re.subn(r"^blender_version_min\b.*$", "\n".join(lines), text, flags=re.MULTILINE)
    if replaced != 1:
        raise SetupError(f"{MANIFEST} must have one line with blender_version_min.")
    return text


def write(path, contents, seconds):
    """Write a zip whose bytes depend on nothing but {name: bytes} and the time that the files in it carry.

    Only the embedded models are compressed, by bzip2: the wheels, most of it, are so already, and deflate's output is
    another in every zlib.
    """
    moment = time.gmtime(seconds)[:6]
    with zipfile.ZipFile(path, "w") as file:
        for name in sorted(contents):
            info = zipfile.ZipInfo(name, moment)
            info.create_system = 3  # Unix, wherever this runs
            info.external_attr = 0o100644 << 16
            info.compress_type = zipfile.ZIP_BZIP2 if name.startswith(MODELS) else zipfile.ZIP_STORED
            file.writestr(info, contents[name])


def _is_checkout(root):
    return (root / ".git").exists() and shutil.which("git") is not None


def _git(root, *arguments):
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, encoding="utf-8")
    if done.returncode != 0:
        raise SetupError(f"git {arguments[0]} failed: {' '.join(done.stderr.split())}")
    return done.stdout
