"""Whether the viewport shows the film that is rendered: the same picture, with captions, and nothing over it."""

import tempfile
from pathlib import Path

FOOT = 0.14  # of the picture's height where captions stand
WIDTH = 480  # pixels of the rendered pictures
NEAR = {"sketch": 0.03, "draft": 0.03, "preview": 0.12, "final": 0.12}  # mean difference, from 0 to 1
CAPTIONED = "attention.head"  # a beat with a line at its foot


def look(visit):
    """In every quality and both themes, the viewport's own picture is near the rendered one."""
    scene = visit.scene
    for theme in ("dark", "paper"):
        if visit.settings.theme != theme:
            visit.settings.theme = theme
            yield from visit.finished("cinema.build_film")
        frames = {marker.name: marker.frame for marker in scene.timeline_markers}
        first = frames[CAPTIONED]
        scene.frame_set((first + min(frame for frame in frames.values() if frame > first)) // 2)
        for quality in NEAR:
            visit.settings.quality = quality
            yield 1
            check_frame(visit)
            yield visit.options.settle
            visit.shot(f"look_{theme}_{quality}")
            _compare(visit, theme, quality)
    visit.settings.theme, visit.settings.quality = "dark", "draft"


def check_frame(visit):
    """The film is seen through its camera, and no sidebar or header lies over its picture."""
    space = visit.viewport.spaces.active
    assert space.region_3d.view_perspective == "CAMERA" and space.shading.color_type == "VERTEX"
    window, sidebar = visit.region("WINDOW"), visit.region("UI")
    left, bottom, right, top = frame_in_window(visit)
    places = (left - window.x, bottom - window.y, right - window.x, top - window.y)
    assert left >= window.x and right <= sidebar.x, f"the sidebar lies over the picture: {places}"
    headers = [region.y for region in visit.viewport.regions if region.type in ("HEADER", "TOOL_HEADER")]
    assert bottom >= window.y and top <= min(headers), f"a header lies over the picture: {places}"


def frame_in_window(visit):
    """Where the camera's picture is in Blender's window: left, bottom, right, top in pixels."""
    from bpy_extras.view3d_utils import location_3d_to_region_2d

    camera, region = visit.scene.camera, visit.region("WINDOW")
    view = visit.viewport.spaces.active.region_3d
    corners = [camera.matrix_world.normalized() @ corner for corner in camera.data.view_frame(scene=visit.scene)]
    places = [location_3d_to_region_2d(region, view, corner) for corner in corners]
    across, up = [place.x for place in places], [place.y for place in places]
    return region.x + min(across), region.y + min(up), region.x + max(across), region.y + max(up)


def _compare(visit, theme, quality):
    import numpy as np

    rendered = _rendered(visit)
    left, bottom, right, top = (round(side) for side in frame_in_window(visit))
    seen = _shrunk(visit.seen()[bottom:top, left:right], rendered.shape)
    difference = float(np.abs(seen - rendered).mean())
    captions = _written(seen), _written(rendered)
    print(
        f"{theme}, {quality}: viewport and render differ by {difference:.3f}; written over the foot: "
        f"{captions[0]:.3f} and {captions[1]:.3f} of it"
    )
    assert difference < NEAR[quality], f"{theme}, {quality}: the viewport shows another picture"
    assert captions[0] > 0.4 * captions[1] > 0.002, f"{theme}, {quality}: captions are missing"


def _rendered(visit):
    """The pixels of the scene's frame as F12 renders it, small."""
    render = visit.scene.render
    percentage, path, overwrite = render.resolution_percentage, render.filepath, render.use_overwrite
    with tempfile.TemporaryDirectory() as folder:
        render.resolution_percentage = max(1, round(100 * WIDTH / render.resolution_x))
        render.filepath, render.use_overwrite = str(Path(folder) / "picture.png"), True
        visit.bpy.ops.render.render(write_still=True, scene=visit.scene.name)
        pixels = visit.pixels(render.filepath)
    render.resolution_percentage, render.filepath, render.use_overwrite = percentage, path, overwrite
    return pixels


def _shrunk(pixels, shape):
    """A picture at another size [height, width]: the mean of what falls into each pixel."""
    import numpy as np

    for axis in (0, 1):
        edges = np.linspace(0, pixels.shape[axis], shape[axis] + 1).round().astype(int)
        if pixels.shape[axis] < shape[axis]:  # it is larger: take the nearest
            pixels = pixels.take(np.minimum(edges[:-1], pixels.shape[axis] - 1), axis)
        else:
            counts = np.diff(edges).reshape((-1, 1, 1) if axis == 0 else (1, -1, 1))
            pixels = np.add.reduceat(pixels, edges[:-1], axis) / counts
    return pixels


def _written(pixels):
    """The part of a picture's foot that stands out from what is behind."""
    import numpy as np

    foot = pixels[: round(FOOT * len(pixels))].mean(2)
    return float((np.abs(foot - np.median(foot)) > 0.25).mean())
