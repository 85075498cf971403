"""Quality presets, and frames on disk: PNG files first, so that a broken render goes on where it stopped."""

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np

from . import compat
from .film import ownership
from .film.errors import FilmError
from .film.framing import Picture
from .film.stage import ASPECT, BACKDROP, CAPTION_SCENE, DARK, FLOOR

AS_MADE = "cinema_as_made"  # custom property of a compositor: what it was before any user changed it
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Quality:
    """What a preset means: engine, pixels of the picture's short side, frames a second of the video, samples."""

    engine: str
    short_side: int
    fps: int
    samples: int


QUALITIES = {
    "draft": Quality("workbench", 360, 12, 5),
    "preview": Quality("eevee", 540, 24, 16),
    "final": Quality("eevee", 1080, 24, 64),
}
ENGINES = {"workbench": compat.WORKBENCH, "eevee": compat.EEVEE, "cycles": "CYCLES"}


def apply_quality(scene, quality, engine=None):
    """Set a film's scene up for a preset of QUALITIES; `engine` overrides the preset's."""
    preset = QUALITIES[quality]
    engine = engine or preset.engine
    render = scene.render
    render.engine = ENGINES[engine]
    render.resolution_x, render.resolution_y = Picture(scene[ASPECT]).pixels(preset.short_side)
    render.resolution_percentage = 100
    render.film_transparent = False
    compat.use_png(render.image_settings)
    render.image_settings.compression = 15
    workbench = engine == "workbench"
    dark = scene.get(DARK, True)
    for name, drawn in ((BACKDROP, workbench), (FLOOR, dark and not workbench)):  # paper has no horizon
        if scene.get(name):  # the user may have deleted it
            scene[name].hide_render = scene[name].hide_viewport = not drawn
    view = scene.view_settings
    view.view_transform, view.look, view.exposure = (
        ("AgX", "AgX - Medium High Contrast", 0.15) if dark and not workbench else ("Standard", "None", 0.0)
    )
    if workbench:
        _set_workbench(scene, preset.samples)
    elif engine == "eevee":
        _set_eevee(scene, preset.samples)
    else:
        scene.cycles.samples, scene.cycles.use_denoising = preset.samples, True
    if not scene.camera:
        raise FilmError(f"The scene {scene.name} has no camera; choose one, or build the film again.")
    if ownership.is_made(scene.camera):
        scene.camera.data.dof.use_dof = not workbench
    _set_compositor(scene, workbench)


def _set_workbench(scene, samples):
    shading = scene.display.shading
    shading.light, shading.color_type = "FLAT", "VERTEX"
    shading.show_cavity = shading.show_shadows = shading.show_object_outline = False
    scene.display.render_aa = str(min(samples, 32))  # the most that Workbench knows


def _set_eevee(scene, samples):
    eevee = scene.eevee
    eevee.taa_render_samples = samples
    eevee.use_shadows = False
    eevee.use_raytracing, eevee.ray_tracing_method, eevee.use_fast_gi = True, "SCREEN", False
    eevee.ray_tracing_options.resolution_scale = "1"


def _set_compositor(scene, workbench):
    """Bloom over everything, but on paper; its strength and threshold fit each engine's colours.

    Workbench has no focus to blur the captions, so they stay in the scene; the others get them laid over. A compositor
    that the user has made or changed stays as it is.
    """
    tree = compat.compositor_of(scene)
    if tree is None or tree.get(AS_MADE) == _signature(tree):
        tree = _make_compositor(scene, workbench)
        tree[AS_MADE] = _signature(tree)
    captions = scene.get(CAPTION_SCENE)
    if captions is None:
        raise FilmError(f"The captions of {scene.name} were deleted; build the film again.")
    laid_over = any(getattr(node, "scene", None) == captions for node in tree.nodes)
    for layer in _layers_of(scene, captions.collection.children[0]):
        layer.exclude = laid_over


def _signature(tree):
    """All that a user could change of a compositor, as text."""
    nodes = [
        (
            node.bl_idname,
            node.mute,
            *(str(getattr(socket, "default_value", "")) for socket in node.inputs if _plain(socket)),
        )
        for node in tree.nodes
    ]
    links = [
        (link.from_node.name, link.from_socket.name, link.to_node.name, link.to_socket.name) for link in tree.links
    ]
    return repr((nodes, links))


def _plain(socket):
    return socket.type in ("VALUE", "INT", "BOOLEAN", "MENU")


def _make_compositor(scene, workbench):
    tree, result = compat.compositor_tree(scene, "Film compositor")
    layers = tree.nodes.new("CompositorNodeRLayers")
    layers.scene = scene
    glare = tree.nodes.new("CompositorNodeGlare")
    compat.set_menu(glare, "Type", "glare_type", "Bloom")
    compat.set_menu(glare, "Quality", "quality", "Low" if workbench else "High")
    values = (0.6, 0.3, 0.45) if workbench else (0.9, 0.35, 0.55)
    for name, value in zip(("Threshold", "Strength", "Size"), values, strict=True):
        glare.inputs[name].default_value = value
    glare.mute = not scene.get(DARK, True)
    tree.links.new(layers.outputs["Image"], glare.inputs["Image"])
    captions = scene.get(CAPTION_SCENE)
    # A full copy of a film's scene has captions of its own, which no other scene shows: they stay in it.
    if workbench or captions is None or not _layers_of(scene, captions.collection.children[0]):
        tree.links.new(glare.outputs["Image"], result)
        return tree
    render = captions.render
    render.resolution_x, render.resolution_y = scene.render.resolution_x, scene.render.resolution_y
    render.resolution_percentage = scene.render.resolution_percentage
    overlay = tree.nodes.new("CompositorNodeRLayers")
    overlay.scene = captions
    over, below, above = compat.alpha_over(tree)
    tree.links.new(glare.outputs["Image"], below)
    tree.links.new(overlay.outputs["Image"], above)
    tree.links.new(over.outputs["Image"], result)
    return tree


def _layers_of(scene, collection):
    """Where a collection stands in the scene's view layer: once, or not at all."""
    queue, found = [scene.view_layers[0].layer_collection], []
    while queue:
        layer = queue.pop()
        found += [layer] if layer.collection == collection else []
        queue.extend(layer.children)
    return found


# --- frames --------------------------------------------------------------------------------------


def frames_of(scene, quality, first=None, last=None):
    """The frames [first … last] that a preset renders: a draft leaves out every other one."""
    step = scene.render.fps // QUALITIES[quality].fps
    return range(first or scene.frame_start, (last or scene.frame_end) + 1, step)


def frame_path(folder, frame):
    return Path(folder) / f"{frame:05d}.png"


def is_finished(path):
    """Whether a frame is whole on disk: an interrupted render leaves empty or short files."""
    try:
        data = path.read_bytes()
    except OSError:
        return False
    return data.startswith(PNG_SIGNATURE) and data[-8:-4] == b"IEND"


def clear_unfinished(folder, frames):
    """Delete broken files, which Blender would keep for ever, and say which frames are still missing."""
    missing = [frame for frame in frames if not is_finished(frame_path(folder, frame))]
    for frame in missing:
        frame_path(folder, frame).unlink(missing_ok=True)
    return missing


def render_range(scene, folder, frames):
    """Render a range of frames as PNG files that are not there yet, in one go."""
    render = scene.render
    compat.use_png(render.image_settings)
    render.use_overwrite, render.use_placeholder = False, False
    render.filepath = str(Path(folder) / "#####")
    scene.frame_start, scene.frame_end, scene.frame_step = frames[0], frames[-1], frames.step
    bpy.ops.render.render(animation=True, scene=scene.name)


def render_still(scene, frame, path):
    """Render one frame of the scene that the window shows, written beside its place and renamed."""
    scene.frame_set(frame)
    with written_beside(path) as part:
        scene.render.filepath = str(part)
        bpy.ops.render.render(write_still=True)


def contact_sheet(paths, output, columns=5, width=400):
    """PNG files side by side in one JPEG."""
    tiles = []
    for path in paths:
        image = bpy.data.images.load(str(path))
        image.scale(width, round(width * image.size[1] / image.size[0]))
        tiles.append(np.array(image.pixels[:], np.float32).reshape(image.size[1], image.size[0], 4))
        bpy.data.images.remove(image)
    height, gap = tiles[0].shape[0], 6
    rows = -(-len(tiles) // columns)
    sheet = np.zeros((rows * (height + gap) + gap, columns * (width + gap) + gap, 4), np.float32)
    sheet[..., 3] = 1
    for place, tile in enumerate(tiles):
        row, column = divmod(place, columns)
        bottom, left = sheet.shape[0] - (row + 1) * (height + gap), gap + column * (width + gap)
        sheet[bottom : bottom + height, left : left + width] = tile
    image = bpy.data.images.new("Contact sheet", sheet.shape[1], sheet.shape[0])
    image.pixels.foreach_set(sheet.ravel())
    image.file_format = "JPEG"
    with written_beside(output) as part:
        image.filepath_raw = str(part)
        image.save(quality=88)
    bpy.data.images.remove(image)


def encode(folder, frames, size, fps, output):
    """PNG files -> an H.264 .mp4, written beside its place and renamed."""
    paths = [frame_path(folder, frame) for frame in frames]
    missing = [path for path in paths if not is_finished(path)]
    if missing:
        raise FilmError(f"{len(missing)} of {len(paths)} frames are missing in {folder}; render again with --resume.")
    scene = bpy.data.scenes.new("Encode")
    try:
        strip = scene.sequence_editor_create().strips.new_image("Film", str(paths[0]), 1, 1)
        for path in paths[1:]:
            strip.elements.append(path.name)
        scene.frame_start, scene.frame_end = 1, len(paths)
        render = scene.render
        render.resolution_x, render.resolution_y, render.resolution_percentage = *size, 100
        render.fps, render.use_file_extension = fps, False
        scene.view_settings.view_transform = "Standard"
        compat.use_mp4(render)
        with written_beside(output) as part:
            render.filepath = str(part)
            bpy.ops.render.render(animation=True, scene=scene.name)
    finally:
        bpy.data.scenes.remove(scene)


def save_blend(path):
    """Save the open file as a compressed .blend, written beside its place and renamed."""
    with written_beside(path) as part:
        bpy.ops.wm.save_as_mainfile(filepath=str(part), compress=True, copy=True)


@contextmanager
def written_beside(path):
    """Yield a name beside `path` to write to; it takes the place of `path` when all went well, else it is removed."""
    path = Path(path)
    part = path.with_suffix(f".part{path.suffix}")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
