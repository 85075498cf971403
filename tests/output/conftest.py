"""A scene of one keyed plane, quick to render, and its frames."""

import pytest

from transformer_cinema.addon.output.frames import Frames

SIZE = (96, 54)


@pytest.fixture
def scene(fresh_blender):
    """Twelve frames, 24 a second: a plane that moves from frame 1 to 4 and from 8 to 12."""
    bpy = fresh_blender
    from transformer_cinema.addon import compat

    scene = bpy.context.scene
    scene.frame_start, scene.frame_end, scene.render.fps = 1, 12, 24
    scene.render.engine = compat.WORKBENCH
    scene.render.resolution_x, scene.render.resolution_y = SIZE
    scene.camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    scene.camera.location.z = 6
    mesh = bpy.data.meshes.new("Plane")
    mesh.from_pydata([(-1, -1, 0), (1, -1, 0), (1, 1, 0), (-1, 1, 0)], [], [(0, 1, 2, 3)])
    plane = bpy.data.objects.new("Plane", mesh)
    for made in (scene.camera, plane):
        scene.collection.objects.link(made)
    for frame, x in ((1, -1.0), (4, 0.0), (8, 0.0), (12, 1.0)):
        plane.location.x = x
        plane.keyframe_insert("location", index=0, frame=frame)
    for curve in compat.curves_of(plane.animation_data.action):
        for point in curve.keyframe_points:
            point.interpolation = "LINEAR"
    return scene


@pytest.fixture
def frames(tmp_path):
    """An empty folder for the frames of a film."""
    folder = tmp_path / "film.frames"
    folder.mkdir()
    return Frames(str(folder), "a film", SIZE)
