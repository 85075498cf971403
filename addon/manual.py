"""Right-click > Online Manual on anything of this extension: pages that come with it and need no network."""

import functools
from pathlib import Path

import bpy

FOLDER = Path(__file__).parents[1] / "manual"  # only in the zip: made of docs/manual by scripts/build_extension.py
# What is asked for -> the part of the page. The first that fits is taken.
PAGES = (
    ("bpy.types.filmsettings.prompt*", "#part-3"),
    ("bpy.types.filmsettings.contrast*", "#part-3"),
    ("bpy.types.filmsettings.model*", "#part-4"),
    ("bpy.types.cinemapreferences*", "#part-4"),
    ("bpy.ops.cinema.download_model*", "#part-4"),
    *((f"bpy.types.filmsettings.{name}*", "#part-5") for name in ("new_tokens", "temperature", "top_", "seed")),
    *(
        (f"bpy.types.filmsettings.{name}*", "#part-7")
        for name in ("theme", "form", "language", "cut", "pace", "title", "subtitle", "credit")
    ),
    *((f"bpy.types.filmsettings.{name}*", "#part-8") for name in ("replace", "keep_materials")),
    *(
        (f"bpy.types.filmsettings.{name}*", "#part-9")
        for name in ("quality", "stills", "video", "transparent", "volume", "job")
    ),
    *((f"bpy.ops.cinema.{name}*", "#part-9") for name in ("preview_stills", "render_film", "verify_film", "farm_job")),
    ("bpy.types.filmsettings*", "#part-6"),
    ("bpy.ops.cinema.*", ""),
)


def address():
    """Where the manual is, or "" where there is none."""
    return _address(_page())


@functools.cache  # drawing asks for it
def _address(page):
    return f"{FOLDER.as_uri()}/{page}" if (FOLDER / page).is_file() else ""


def _page():
    return "zh.html" if bpy.app.translations.locale.startswith("zh") else "en.html"


def pages():
    """As bpy.utils.register_manual_map wants it; asked for at the right click."""
    page = _page()
    if not (FOLDER / page).is_file():
        return "", ()
    return f"{FOLDER.as_uri()}/", tuple((wanted, page + part) for wanted, part in PAGES)
