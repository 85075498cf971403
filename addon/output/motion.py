"""Which frames show the same as one before, told from the F-curves: they need not be rendered again."""

from collections.abc import Iterable

import bpy
import numpy as np

from .. import compat


def repeats(scene: bpy.types.Scene, numbers: Iterable[int]) -> dict[int, int]:
    """{frame: the first of the frames that looks the same}, of those that repeat one.

    Empty where something may move without F-curves, such as drivers, films and simulations of the user's.
    """
    if _moves_by_itself(scene):
        return {}
    curves = _curves()
    found, seen = {}, {}
    for number in numbers:
        state = np.array([curve.evaluate(number) for curve in curves], np.float64).tobytes(), _camera(scene, number)
        first = seen.setdefault(state, number)
        if first != number:
            found[number] = first
    return found


def _curves() -> list[bpy.types.FCurve]:
    """All F-curves of the file that change at all; those of hidden objects too, which others may follow."""
    curves = [curve for action in bpy.data.actions if action.users for curve in compat.curves_of(action)]
    return [curve for curve in curves if not curve.is_empty and (len(curve.modifiers) or _changes(curve))]


def _changes(curve: bpy.types.FCurve) -> bool:
    points = curve.keyframe_points
    values = np.empty(2 * len(points), np.float32)
    points.foreach_get("co", values)
    still = len(points) and np.ptp(values[1::2]) == 0
    return not still or any(point.interpolation not in ("CONSTANT", "LINEAR") for point in points)


def _camera(scene: bpy.types.Scene, number: int) -> str:
    """The camera that a marker has switched to."""
    bound = [marker for marker in scene.timeline_markers if marker.camera and marker.frame <= number]
    return max(bound, key=lambda marker: marker.frame).camera.name if bound else ""


def _moves_by_itself(scene: bpy.types.Scene) -> bool:
    """Whether the scene holds something that changes with time and has no F-curves for it."""
    if any(image.source in ("MOVIE", "SEQUENCE") for image in bpy.data.images) or bpy.data.movieclips:
        return True
    if bpy.data.cache_files or scene.rigidbody_world or scene.render.use_motion_blur:
        return True
    if any(_has_drivers(block) for block in bpy.data.user_map()):
        return True
    trees = [tree for tree in bpy.data.node_groups if tree.bl_idname == "GeometryNodeTree"]
    clocks = ("GeometryNodeInputSceneTime", "GeometryNodeSimulationInput")
    if any(node.bl_idname in clocks for tree in trees for node in tree.nodes):
        return True
    return any(
        modifier.type not in ("NODES", "SUBSURF", "BEVEL", "ARRAY", "MIRROR", "SOLIDIFY")
        for owner in scene.objects
        for modifier in owner.modifiers
    )


def _has_drivers(block: bpy.types.ID) -> bool:
    data = getattr(block, "animation_data", None)
    return bool(data and (len(data.drivers) or len(data.nla_tracks)))
