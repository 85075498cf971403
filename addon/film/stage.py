"""The stage: world, lamps, floor, backdrop, camera rig, captions' frame."""

from dataclasses import replace

import bpy
import numpy as np

from .. import compat
from . import points
from .controls import Dial, Tint
from .framing import LENS, SENSOR, SHEET, Shot, flow
from .materials import FLATTENED, MIDDLE, RADIUS
from .nodes import Graph
from .palette import between
from .timeline import Span

WIDE_OPEN, STOPPED_DOWN = 0.35, 8.0  # f-numbers; the set is ten metres wide, so a real lens would blur nothing
# Of the picture's width a second that what the camera looks at may run: 3 % a picture at 12 a second. Moves have an
# eased path of so many straight pieces, on which the picture, not the camera, goes evenly.
FASTEST, PIECES = 0.31, 12
# What the camera does while it holds: parts of its distance and degrees a second, and the most of either in one hold.
PUSH, MOST_PUSH, TURN, MOST_TURN, SHORTEST_HOLD = 0.018, 0.10, 0.5, 3.0, 0.2
CAPTION_DISTANCE = 1.0
BACKDROP_DISTANCE = 180.0
HORIZON = 0.33  # of the picture's height: where the painted floor ends
# Custom properties of the film's scene that point at what a render chooses between.
FLOOR, BACKDROP, CAPTION_SCENE, ASPECT, DARK = (
    f"cinema_{name}" for name in ("floor", "backdrop", "captions", "aspect", "dark")
)
IS_CAPTIONS = "cinema_is_captions"  # custom property of the captions' own scene

# name, size x and y (m), power (W), colour, location, aim
LAMPS = (
    ("Rim", 10, 3, 900, "#8FB8FF", (-7, 9, 7), (0, 0, 1.5)),
    ("Second rim", 3, 6, 420, "#B9A6FF", (9, 6, 5), (0, 0, 1.5)),
    ("Key light", 6, 6, 620, "#FFF1DF", (5, -10, 8), (0, 0, 1)),
)


class Camera:
    """A camera that looks at a target; both are keyed, and the focus is on the target."""

    def __init__(self, studio):
        film = studio.film
        data = bpy.data.cameras.new("Camera")
        data.lens, data.sensor_width, data.clip_end = LENS, SENSOR, 400.0
        data.passepartout_alpha = 1.0  # what is beyond the picture's edge is not part of it
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
        self.timeline, self.aspect = film.timeline, studio.picture.aspect
        studio.scene.camera = self.object

    def sharp(self, wanted):
        """Clips that make all of the picture sharp at once, or only what the camera looks at."""
        return [self.aperture.to(STOPPED_DOWN if wanted else WIDE_OPEN, easing="step")]

    def to(self, shot, start=0.0, end=1.0, easing="smooth"):
        """Clips that move the camera to a Shot of framing.py.

        Smooth: the picture's content gathers speed and loses it, whatever is how far away; linear: it runs evenly.
        """
        now = self.shot
        run = flow(now, shot, self.aspect)
        if easing == "step" or run[-1] < 1e-6:
            return self._both(shot, start=start, end=end, easing=easing)
        clips = []
        for piece in range(PIECES):
            until = (piece + 1) / PIECES
            eased = 0.5 - 0.5 * np.cos(np.pi * until) if easing == "smooth" else until
            part = np.interp(eased * run[-1], run, np.linspace(0, 1, len(run)))
            part = 1.0 if piece + 1 == PIECES else float(part)
            times = {"start": start + (end - start) * piece / PIECES, "end": start + (end - start) * until}
            clips.append(self._both(_between(now, shot, part), easing="linear", **times))
        return clips

    def _both(self, shot, **timing):
        return [self.location.to(shot.location, **timing), self.aim.to(shot.target, **timing)]

    @property
    def shot(self):
        """Where it stands after everything written so far."""
        return Shot(*(tuple(dial.value for dial in place.dials) for place in (self.location, self.aim)))

    def seconds(self, shot):
        """How long the way to a Shot must take, so that nothing in the picture moves faster than eyes can follow."""
        return flow(self.shot, shot, self.aspect)[-1] * np.pi / 2 / FASTEST

    def drift(self, end):
        """Fill every hold until `end` (seconds) with a slow push and turn about what the camera looks at.

        It begins as far behind the shot as it ends before it, so that the frame fits on average.
        """
        curves = [self.timeline.spans.get(dial.channel.key, []) for dial in self.location.dials]
        sign = 1.0
        for begin, until in self._holds(end):
            before = [i for i, span in enumerate(curves[0]) if span.end <= begin + 1e-6]
            if not before:
                continue
            aim = np.array([self.timeline.value_at(dial.channel, begin) for dial in self.aim.dials])
            place = np.array([curve[before[-1]].value for curve in curves])
            half = min(PUSH * (until - begin), MOST_PUSH) / 2
            turn = np.radians(min(TURN * (until - begin), MOST_TURN) / 2) * sign
            first, last = (aim + _turned(place - aim, way * turn) * (1 - way * half) for way in (-1.0, 1.0))
            for dial, curve, start, stop in zip(self.location.dials, curves, first, last, strict=True):
                at = before[-1]
                curve[at] = replace(curve[at], value=float(start))
                following = curve[at + 1 : at + 2]
                if following and following[0].end > following[0].begin:
                    curve[at + 1] = replace(following[0], origin=float(stop))
                curve.insert(at + 1, Span(dial.channel, begin, until, float(start), float(stop), "linear"))
            sign = -sign

    def _holds(self, end):
        """[(begin, end), ...] in seconds, of the times when the camera stands, if they are long enough to be seen."""
        moves = {
            (span.begin, span.end)
            for place in (self.location, self.aim)
            for dial in place.dials
            for span in self.timeline.spans.get(dial.channel.key, ())
        }
        free, holds = 0.0, []
        for begin, until in [*sorted(moves), (end, end)]:
            if begin - free > SHORTEST_HOLD:
                holds.append((free, begin))
            free = max(free, until)
        return holds


def _between(one, other, part):
    """The Shot at a part of the straight way from one to another."""
    start, end = (np.array([shot.location, shot.target], float) for shot in (one, other))
    return Shot(*(tuple(map(float, place)) for place in start + (end - start) * part))


def _turned(offset, angle):
    """A vector turned about the vertical."""
    x, y, z = offset
    return np.array([x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle), z])


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
    # addon/output/qualities.py chooses between these, by engine.
    scene[FLOOR], scene[BACKDROP] = floor, _backdrop(studio, camera)
    studio.film.camera, studio.film.hue = camera, Hue(studio, scene[BACKDROP])
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
    tree.links.new(studio.backdrop.colour(tree), seen.inputs["Color"])
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


class Hue:
    """The colours of the backdrop, for all engines: each part of the film has its own."""

    def __init__(self, studio, backdrop):
        palette, timeline, tree = studio.palette, studio.film.timeline, studio.backdrop.tree
        self.palette = palette
        self.tints = {}
        for name in ("Glow", "Edge"):
            colour = palette.linear(getattr(palette, name.lower()))
            self.tints[name] = (
                Tint.of_input(timeline, backdrop.modifiers[0], name, colour),
                Tint(timeline, tree, studio.backdrop.path(name), colour),
            )
        floor = Tint.of_input(timeline, studio.floor_tint.modifiers[0], "Glow", palette.linear(palette.glow))
        self.tints["Glow"] += (floor,)

    def to(self, part: str, start: float = 0.0, end: float = 1.0, **timing: str) -> list:
        """Clips that change to the colours of one of the palette's parts, by way of the hues between them: half of
        each of two unlike colours would be grey."""
        glow, edge = self.palette.parts.get(part, (self.palette.glow, self.palette.edge))
        clips, middle = [], (start + end) / 2
        for name, colour in (("Glow", glow), ("Edge", edge)):
            wanted = self.palette.linear(colour)
            for tint in self.tints[name]:
                half = between([dial.value for dial in tint.dials], wanted)
                clips += [tint.to(half, start=start, end=middle, **{"easing": "in", **timing})]
                clips += [tint.to(wanted, start=middle, end=end, **{"easing": "out", **timing})]
        return clips


def _backdrop(studio, camera):
    """The world's gradient as a coloured mesh before the camera: Workbench knows no world, and no floor either.

    A pool of light on the wall, a glow where it meets the floor, and its reflection there; below, where the captions
    stand, it is darkest.
    """
    across, up = 48, 36
    u, v = np.meshgrid(np.linspace(0, 1, across + 1), np.linspace(0, 1, up + 1))
    u, v = u.ravel(), v.ravel()
    width, height = (SENSOR / LENS * BACKDROP_DISTANCE * 1.04 * part for part in studio.picture.parts)
    vertices = np.column_stack([(u - 0.5) * width, (v - 0.5) * height, np.full_like(u, -BACKDROP_DISTANCE)])
    corner = np.arange(up)[:, None] * (across + 1) + np.arange(across)
    faces = np.stack([corner, corner + 1, corner + across + 2, corner + across + 1], -1).reshape(-1, 4)
    mesh = points.shape_mesh("Backdrop", vertices, faces.tolist())
    mesh.materials.append(studio.materials.type)  # for viewports that EEVEE draws
    distance = np.clip(np.hypot(u - MIDDLE[0], (v - MIDDLE[1]) * FLATTENED) / RADIUS, 0, 1)
    blend = distance**3 * (distance * (distance * 6 - 15) + 10)
    wall = _eased((v - HORIZON + 0.10) / 0.16)
    core = 0.97 + 0.3 * np.exp(-((np.hypot(u - MIDDLE[0], (v - MIDDLE[1]) * FLATTENED) / 0.30) ** 2))
    line = 0.45 * np.exp(-(((u - 0.5) / 0.36) ** 2) - ((v - HORIZON) / 0.045) ** 2)
    wet = 0.24 + 0.34 * np.exp(-(((u - 0.5) / 0.42) ** 2) - (HORIZON - v).clip(0) / 0.2)
    points.write_attribute(mesh, "edge", np.clip(blend, 0, 1))
    if studio.palette.is_dark:
        points.write_attribute(mesh, "light", wet + (core - wet) * wall + line)
    else:
        points.write_attribute(mesh, "light", np.ones_like(u))
    graph = Graph("Backdrop")
    glow, edge = graph.input("Glow", "Color", (1, 1, 1, 1)), graph.input("Edge", "Color", (0, 0, 0, 1))
    colour = graph.mix_colour(glow, edge, graph.attribute("edge"))
    colour = graph.scale_colour(colour, graph.attribute("light"))
    graph.output(graph.store(graph.geometry, "Color", colour, "FLOAT_COLOR"))
    backdrop, _ = studio.field("Backdrop", mesh, graph, "Stage", camera.object)
    backdrop.hide_select = True
    return backdrop


def _eased(part):
    """0 … 1 without corners; clipped beyond."""
    part = np.clip(part, 0, 1)
    return part * part * (3 - 2 * part)


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
