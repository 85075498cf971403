"""Quality presets: engine, size and speed of the pictures."""

from dataclasses import dataclass

import bpy

from .. import compat
from ..film import ownership
from ..film.errors import FilmError
from ..film.framing import Picture
from ..film.stage import ASPECT, BACKDROP, DARK, FLOOR
from . import compositor


@dataclass(frozen=True)
class Quality:
    """What a preset means: engine, pixels of the picture's short side, frames a second of the video, samples."""

    engine: str
    short_side: int
    fps: int
    samples: int


QUALITIES = {
    "sketch": Quality("workbench", 360, 12, 5),
    "draft": Quality("workbench", 540, 24, 5),
    "preview": Quality("eevee", 540, 24, 16),
    "final": Quality("eevee", 1080, 24, 64),
}
ENGINES = {"workbench": compat.WORKBENCH, "eevee": compat.EEVEE, "cycles": "CYCLES"}


def apply_quality(scene: bpy.types.Scene, quality: str, engine: str | None = None, transparent: bool = False) -> None:
    """Set a film's scene up for a preset of QUALITIES; `engine` overrides the preset's.

    transparent: without the backdrop, for formats with alpha. Raises FilmError when the scene lacks what it needs.
    """
    preset = QUALITIES[quality]
    engine = engine or preset.engine
    render = scene.render
    render.engine = ENGINES[engine]
    render.resolution_x, render.resolution_y = Picture(scene[ASPECT]).pixels(preset.short_side)
    render.resolution_percentage = 100
    render.film_transparent = transparent
    compat.use_png(render.image_settings, transparent)
    render.image_settings.compression = 15
    if engine == "workbench":
        scene.display.render_aa = str(min(preset.samples, 32))  # the most that Workbench knows
    elif engine == "eevee":
        _set_eevee(scene, preset.samples)
    else:
        scene.cycles.samples, scene.cycles.use_denoising = preset.samples, True
    fit_engine(scene)


def fit_engine(scene: bpy.types.Scene) -> None:
    """Let a film's scene show what its engine needs: backdrop or floor, colours, focus, captions.

    Viewports always have the backdrop, so that the film can be seen in them whatever renders it. Raises FilmError when
    the scene lacks what it needs.
    """
    workbench = scene.render.engine == compat.WORKBENCH
    if workbench:
        shading = scene.display.shading
        shading.light, shading.color_type = "FLAT", "VERTEX"
        shading.show_cavity = shading.show_shadows = shading.show_object_outline = False
    dark = scene.get(DARK, True)
    # Paper has no horizon.
    for name, drawn in ((BACKDROP, workbench), (FLOOR, dark and not workbench)):
        if scene.get(name):  # the user may have deleted it
            scene[name].hide_render = not drawn or scene.render.film_transparent
            scene[name].hide_viewport = name == FLOOR
    # Filmic keeps gold golden where it shines; AgX turns it to sand, and whites to grey.
    view = scene.view_settings
    view.view_transform, view.look, view.exposure = (
        ("Filmic", "High Contrast", 0.3) if dark and not workbench else ("Standard", "None", 0.0)
    )
    if not scene.camera:
        raise FilmError(f"The scene {scene.name} has no camera; choose one, or build the film again.")
    if ownership.is_made(scene.camera):
        scene.camera.data.dof.use_dof = not workbench
    compositor.apply(scene, workbench)


def fit_aspect(scene: bpy.types.Scene) -> None:
    """Let the rendered picture have the film's aspect ratio, with the short side that it has."""
    render = scene.render
    short = min(render.resolution_x, render.resolution_y)
    render.resolution_x, render.resolution_y = Picture(scene[ASPECT]).pixels(short)


def frames_of(scene: bpy.types.Scene, quality: str, first: int | None = None, last: int | None = None) -> range:
    """The frames [first … last] that a preset renders: a sketch leaves out every other one."""
    step = max(1, scene.render.fps // QUALITIES[quality].fps)
    return range(first or scene.frame_start, (last or scene.frame_end) + 1, step)


def _set_eevee(scene: bpy.types.Scene, samples: int) -> None:
    eevee = scene.eevee
    eevee.taa_render_samples = samples
    eevee.use_shadows = False
    eevee.use_raytracing, eevee.ray_tracing_method, eevee.use_fast_gi = True, "SCREEN", False
    eevee.ray_tracing_options.resolution_scale = "1"
