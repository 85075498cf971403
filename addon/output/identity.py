"""What a film's frames are told from those of another by: everything that makes their pictures."""

import hashlib
from pathlib import Path

import bpy

from ..film.evidence import EVIDENCE

ADDON = Path(__file__).parents[1]
CODE = ("film/**/*.py", "film/**/*.toml", "output/*.py", "compat.py")


def fingerprint(scene: bpy.types.Scene, *settings: object) -> str:
    """A film's scene, and how it was made -> 32 letters that change with any of it.

    The numbers that the film shows, its texts, this code, Blender's version, and `settings`: bytes, or whatever has a
    repr that says all of it.
    """
    found = hashlib.sha256(bpy.app.version_string.encode())
    for pattern in CODE:
        for path in sorted(ADDON.glob(pattern)):
            _add(found, path.read_bytes())
    for collection in scene.collection.children_recursive:
        _add(found, bytes(collection.get(EVIDENCE, b"")))
    for setting in settings:
        _add(found, setting if isinstance(setting, bytes) else repr(setting).encode("utf-8", "surrogatepass"))
    return found.hexdigest()[:32]


def _add(found: "hashlib._Hash", data: bytes) -> None:
    found.update(len(data).to_bytes(8, "little") + data)
