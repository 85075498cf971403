import shutil
import tomllib
from pathlib import Path

import pytest

pytest.importorskip("bpy")

from _packaging import blender_tools

ROOT = Path(__file__).parents[2]


def read(name):
    return tomllib.loads((ROOT / name).read_text(encoding="utf-8"))


def test_blender_accepts_the_manifest(tmp_path):
    """Blender's own validator, on a copy without the environments."""
    for name in ("blender_manifest.toml", "__init__.py"):
        shutil.copy(ROOT / name, tmp_path)
    blender_tools.validate(tmp_path)


def test_there_is_one_version():
    assert read("blender_manifest.toml")["version"] == read("pyproject.toml")["project"]["version"]


def test_what_only_a_zip_has_is_not_in_the_repository():
    """scripts/build_extension.py writes these lines."""
    assert not {"wheels", "platforms", "blender_version_max", "build"} & set(read("blender_manifest.toml"))
