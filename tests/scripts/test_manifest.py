import importlib.util
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def read(name):
    return tomllib.loads((ROOT / name).read_text(encoding="utf-8"))


def test_blender_accepts_the_manifest(tmp_path):
    """Blender's own validator, on a copy without the environments."""
    for name in ("blender_manifest.toml", "__init__.py"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    (scripts,) = Path(importlib.util.find_spec("bpy").origin).parent.glob("[0-9]*/scripts")
    validator = scripts / "addons_core/bl_pkg/cli/blender_ext.py"
    tags = scripts / "modules/_bpy_internal/extensions/tags.py"
    done = subprocess.run(
        [sys.executable, validator, "validate", f"--valid-tags={tags}", tmp_path], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_there_is_one_version():
    assert read("blender_manifest.toml")["version"] == read("pyproject.toml")["project"]["version"]
