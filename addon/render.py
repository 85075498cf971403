"""Quality presets, and frames on disk: PNG files first, so that a broken render goes on where it stopped."""

from dataclasses import dataclass
from pathlib import Path

import bpy

from . import compat
from .film.errors import FilmError

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Quality:
    """What a preset means: engine, picture size, frames a second of the finished video, samples."""

    engine: str
    width: int
    height: int
    fps: int
    samples: int


QUALITIES = {
    "draft": Quality("workbench", 640, 360, 12, 5),
    "preview": Quality("eevee", 960, 540, 24, 16),
    "final": Quality("eevee", 1920, 1080, 24, 64),
}
ENGINES = {"workbench": compat.WORKBENCH, "eevee": compat.EEVEE, "cycles": "CYCLES"}


def apply_quality(scene, quality, engine=None):
    """Set a film's scene up for a preset of QUALITIES; `engine` overrides the preset's."""
    preset = QUALITIES[quality]
    engine = engine or preset.engine
    render = scene.render
    render.engine = ENGINES[engine]
    render.resolution_x, render.resolution_y, render.resolution_percentage = preset.width, preset.height, 100
    scene.frame_step = scene.render.fps // preset.fps
    render.film_transparent = False
    compat.use_png(render.image_settings)
    render.image_settings.compression = 15
    workbench = engine == "workbench"
    for made in scene.objects:
        if made.name.startswith("Backdrop"):
            made.hide_render = made.hide_viewport = not workbench
        elif made.name.startswith("Floor"):
            made.hide_render = made.hide_viewport = workbench
    view = scene.view_settings
    view.view_transform, view.look, view.exposure = ("Standard", "None", 0.0) if workbench else (
        "AgX", "AgX - Medium High Contrast", 0.15)  # fmt: skip
    if workbench:
        _set_workbench(scene, preset.samples)
    elif engine == "eevee":
        _set_eevee(scene, preset.samples)
    else:
        scene.cycles.samples, scene.cycles.use_denoising = preset.samples, True
    scene.camera.data.dof.use_dof = not workbench
    _set_compositor(scene, workbench)


def _set_workbench(scene, samples):
    shading = scene.display.shading
    shading.light, shading.color_type = "FLAT", "VERTEX"
    shading.show_cavity = shading.show_shadows = shading.show_object_outline = False
    scene.display.render_aa = str(samples)


def _set_eevee(scene, samples):
    eevee = scene.eevee
    eevee.taa_render_samples = samples
    eevee.use_shadows = False
    eevee.use_raytracing, eevee.ray_tracing_method, eevee.use_fast_gi = True, "SCREEN", False
    eevee.ray_tracing_options.resolution_scale = "1"


def _set_compositor(scene, workbench):
    """Bloom over everything; its strength and threshold fit each engine's colours."""
    tree, result = compat.compositor_tree(scene, "Film compositor")
    layers = tree.nodes.new("CompositorNodeRLayers")
    glare = tree.nodes.new("CompositorNodeGlare")
    compat.set_menu(glare, "Type", "glare_type", "Bloom")
    compat.set_menu(glare, "Quality", "quality", "Low" if workbench else "High")
    values = (0.6, 0.3, 0.45) if workbench else (0.9, 0.35, 0.55)
    for name, value in zip(("Threshold", "Strength", "Size"), values, strict=True):
        glare.inputs[name].default_value = value
    tree.links.new(layers.outputs["Image"], glare.inputs["Image"])
    tree.links.new(glare.outputs["Image"], result)


# --- frames --------------------------------------------------------------------------------------

def frames_of(scene):
    """The numbers of the frames that a render of the scene makes."""
    return range(scene.frame_start, scene.frame_end + 1, scene.frame_step)


def frame_path(folder, frame):
    return Path(folder) / f"{frame:05d}.png"


def is_finished(path):
    """Whether a frame is whole on disk: an interrupted render leaves empty or short files."""
    try:
        data = path.read_bytes()
    except OSError:
        return False
    return data.startswith(PNG_SIGNATURE) and data[-8:-4] == b"IEND"


def render_frames(scene, folder, frames, done=None):
    """Render the given frames as PNG files that are not there yet; done(frame) after each."""
    folder = Path(folder)
    with bpy.context.temp_override(scene=scene, window=None) if bpy.context.window is None else _shown(scene):
        for frame in frames:
            path = frame_path(folder, frame)
            if not is_finished(path):
                scene.frame_set(frame)
                scene.render.filepath = str(path.with_suffix(".part.png"))
                bpy.ops.render.render(write_still=True, scene=scene.name)
                path.with_suffix(".part.png").replace(path)
            if done:
                done(frame)


def _shown(scene):
    bpy.context.window.scene = scene
    return bpy.context.temp_override(scene=scene)


def encode(folder, frames, size, fps, output):
    """PNG files -> an H.264 .mp4, written beside its place and renamed."""
    frames = list(frames)
    missing = [frame for frame in frames if not is_finished(frame_path(folder, frame))]
    if missing:
        raise FilmError(f"{len(missing)} of {len(frames)} frames are missing in {folder}; render again with --resume.")
    scene = bpy.data.scenes.new("Encode")
    try:
        paths = [frame_path(folder, frame) for frame in frames]
        strip = scene.sequence_editor_create().strips.new_image("Film", str(paths[0]), 1, 1)
        for path in paths[1:]:
            strip.elements.append(path.name)
        scene.frame_start, scene.frame_end = 1, len(frames)
        render = scene.render
        render.resolution_x, render.resolution_y, render.resolution_percentage = *size, 100
        render.fps, render.use_file_extension = fps, False
        scene.view_settings.view_transform = "Standard"
        compat.use_mp4(render)
        part = Path(output).with_suffix(".part.mp4")
        render.filepath = str(part)
        bpy.ops.render.render(animation=True, scene=scene.name)
        part.replace(output)
    finally:
        bpy.data.scenes.remove(scene)
