"""The stage: world, lamps, floor, backdrop, camera rig, captions' frame."""

import bpy
import numpy as np

from .. import compat
from . import points
from .controls import Dial
from .framing import LENS, SENSOR, SHEET
from .materials import background

WIDE_OPEN, STOPPED_DOWN = 0.35, 8.0  # f-numbers; the set is ten metres wide, so a real lens would blur nothing
CAPTION_DISTANCE = 1.0
BACKDROP_DISTANCE = 180.0
# Custom properties of the film's scene that point at what a render chooses between.
FLOOR, BACKDROP, CAPTION_SCENE, ASPECT, DARK = (
    f"cinema_{name}" for name in ("floor", "backdrop", "captions", "aspect", "dark")
)
IS_CAPTIONS = "cinema_is_captions"  # custom property of the captions' own scene

# name, size x and y (m), power (W), colour, location, aim
LAMPS = (
    ("Rim", 10, 3, 900, "#8FB8FF", (-7, 9, 7), (0, 0, 1.5)),
    ("Second rim", 3, 6, 420, "#B9A6FF", (9, 6, 5), (0, 0, 1.5)),
    ("Key", 6, 6, 620, "#FFF1DF", (5, -10, 8), (0, 0, 1)),
)


class Camera:
    """A camera that looks at a target; both are keyed, and the focus is on the target."""

    def __init__(self, studio):
        film = studio.film
        data = bpy.data.cameras.new("Camera")
        data.lens, data.sensor_width, data.clip_end = LENS, SENSOR, 400.0
        self.object = studio.object("Camera", data, "Stage")
        self.target = studio.object("Camera target", None, "Stage")
        self.target.empty_display_size = 0.3
        track = self.object.constraints.new("TRACK_TO")
        track.target, track.track_axis, track.up_axis = self.target, "TRACK_NEGATIVE_Z", "UP_Y"
        data.dof.focus_object = self.target
        self.aperture = Dial(film.timeline, data, "dof.aperture_fstop", WIDE_OPEN)
        data.dof.aperture_fstop = WIDE_OPEN
        self.location = film.place(self.object, "location", (0.0, -16.0, 4.0))
        self.aim = film.place(self.target, "location", (0.0, 0.0, 2.0))
        studio.scene.camera = self.object

    def sharp(self, wanted):
        """Clips that make all of the picture sharp at once, or only what the camera looks at."""
        return [self.aperture.to(STOPPED_DOWN if wanted else WIDE_OPEN, easing="step")]

    def to(self, shot, **timing):
        """Clips that move the camera to a Shot of framing.py."""
        return [self.location.to(shot.location, **timing), self.aim.to(shot.target, **timing)]


def set_stage(studio):
    """World, lamps and floor for EEVEE and Cycles, a painted backdrop for Workbench.

    -> (Camera, the empty that carries floor and lamps, the empty that carries the captions)
    """
    scene = studio.scene
    camera = Camera(studio)
    _world(studio)
    ground = studio.object("Ground", None, "Stage")
    floor = _floor(studio, ground)
    _lamps(studio, floor, ground)
    # addon/render.py chooses between these, by engine.
    scene[FLOOR], scene[BACKDROP] = floor, _backdrop(studio, camera)
    scene[ASPECT], scene[DARK] = studio.picture.aspect, studio.palette.is_dark
    scene[CAPTION_SCENE] = _caption_scene(studio, camera)
    return camera, ground, _caption_frame(studio, camera)


def _world(studio):
    """The gradient for the camera, a dim blue for surfaces."""
    scene = studio.scene
    scene.world = bpy.data.worlds.new("Film world")
    tree = compat.shader_tree(scene.world)
    output = tree.nodes.new("ShaderNodeOutputWorld")
    seen, light = tree.nodes.new("ShaderNodeBackground"), tree.nodes.new("ShaderNodeBackground")
    tree.links.new(background(tree, studio.palette), seen.inputs["Color"])
    light.inputs["Color"].default_value = studio.colour("surround")
    mix = tree.nodes.new("ShaderNodeMixShader")
    tree.links.new(tree.nodes.new("ShaderNodeLightPath").outputs["Is Camera Ray"], mix.inputs[0])
    tree.links.new(light.outputs[0], mix.inputs[1])
    tree.links.new(seen.outputs[0], mix.inputs[2])
    tree.links.new(mix.outputs[0], output.inputs["Surface"])


def _floor(studio, ground):
    mesh = bpy.data.meshes.new("Floor")
    size = 120.0
    mesh.from_pydata([(-size, -size, 0), (size, -size, 0), (size, size, 0), (-size, size, 0)], [], [(0, 1, 2, 3)])
    mesh.materials.append(studio.materials.floor)
    return studio.object("Floor", mesh, "Stage", ground)


def _lamps(studio, floor, ground):
    spared = bpy.data.collections.new("Not lit by lamps")
    spared.objects.link(floor)
    spared.collection_objects[0].light_linking.link_state = "EXCLUDE"
    for name, width, height, power, colour, location, aim in LAMPS:
        data = bpy.data.lights.new(name, "AREA")
        data.shape, data.size, data.size_y = "RECTANGLE", width, height
        data.energy, data.color, data.use_shadow = (
            power * studio.palette.lamps,
            studio.palette.linear(colour)[:3],
            False,
        )
        lamp = studio.object(name, data, "Stage", ground)
        lamp.location = location
        lamp.rotation_euler = _facing(np.subtract(aim, location))
        lamp.light_linking.receiver_collection = spared


def _facing(direction):
    from mathutils import Vector

    return Vector(direction).to_track_quat("-Z", "Y").to_euler()


def _backdrop(studio, camera):
    """The world's gradient as a coloured mesh before the camera: Workbench knows no world."""
    across, up = 32, 18
    u, v = np.meshgrid(np.linspace(0, 1, across + 1), np.linspace(0, 1, up + 1))
    u, v = u.ravel(), v.ravel()
    width, height = (SENSOR / LENS * BACKDROP_DISTANCE * 1.04 * part for part in studio.picture.parts)
    vertices = np.column_stack([(u - 0.5) * width, (v - 0.5) * height, np.full_like(u, -BACKDROP_DISTANCE)])
    corner = np.arange(up)[:, None] * (across + 1) + np.arange(across)
    faces = np.stack([corner, corner + 1, corner + across + 2, corner + across + 1], -1).reshape(-1, 4)
    mesh = points.shape_mesh("Backdrop", vertices, faces.tolist())
    distance = np.clip(np.hypot(u - 0.52, (v - 0.66) * 0.8) / 0.72, 0, 1)
    blend = (distance**3 * (distance * (distance * 6 - 15) + 10))[:, None]
    glow, edge = np.array(studio.colour("glow")), np.array(studio.colour("edge"))
    points.write_attribute(mesh, "Color", glow + (edge - glow) * blend)
    backdrop = studio.object("Backdrop", mesh, "Stage", parent=camera.object)
    backdrop.hide_select = True
    return backdrop


def _caption_scene(studio, camera):
    """The captions alone, flat: EEVEE and Cycles lay it over the picture, where neither focus nor bloom touches it."""
    scene = bpy.data.scenes.new(f"{studio.scene.name} captions")
    scene[IS_CAPTIONS] = True
    scene.collection.children.link(studio.collections["Captions"])
    data = bpy.data.cameras.new("Caption camera")
    data.type, data.ortho_scale = "ORTHO", SENSOR / LENS * CAPTION_DISTANCE
    data.clip_start, data.clip_end = CAPTION_DISTANCE / 2, CAPTION_DISTANCE * 2
    scene.camera = studio.object("Caption camera", data, "Captions", camera.object)
    scene.render.engine, scene.render.film_transparent = compat.WORKBENCH, True
    scene.view_settings.view_transform = "Standard"
    shading = scene.display.shading
    shading.light, shading.color_type = "FLAT", "VERTEX"
    return scene


def _caption_frame(studio, camera):
    """An empty fixed before the lens: the sheet that captions are laid out on."""
    frame = studio.object("Caption frame", None, "Stage", parent=camera.object)
    frame.location.z = -CAPTION_DISTANCE
    frame.scale = (SENSOR / LENS * CAPTION_DISTANCE / SHEET,) * 3
    return frame
