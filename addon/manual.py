"""Right-click > Online Manual on anything of this extension."""

import functools
import tomllib
from pathlib import Path

MANIFEST = Path(__file__).parents[1] / "blender_manifest.toml"
# What is asked for -> the page under the website that the manifest names. The first that fits is taken.
PAGES = (
    ("bpy.types.filmsettings*", ""),
    ("bpy.types.cinemapreferences*", ""),
    ("bpy.ops.cinema.*", ""),
)


@functools.cache
def website():
    """The address of the documentation, ending in a slash; empty where the manifest has none."""
    try:
        address = tomllib.loads(MANIFEST.read_text(encoding="utf-8")).get("website", "")
    except (OSError, ValueError):
        return ""
    return address.rstrip("/") + "/" if address else ""


def pages():
    """As bpy.utils.register_manual_map wants it; asked for at the right click."""
    return website(), PAGES if website() else ()
