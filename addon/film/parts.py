"""What every object of a film was built as: its place, its keys, its inputs, its mesh and its colours, as plain data.

Described once when a film is finished, and kept with its numbers; described again by whoever verifies it. What differs
was changed since. Objects, materials and node groups are told apart by a number in a custom property, which renaming
leaves alone.
"""

import zlib
from collections.abc import Generator

import bpy
import numpy as np
from bpy_extras import anim_utils

from .. import compat
from .evidence import mark_of
from .groups import PLAIN, checksum
from .points import read_attribute
from .steps import finished

PART = "cinema_part"  # custom property of a film's objects, materials and groups: their place in its list, from 1
PLACE = ("location", "rotation_euler", "scale")
# Of a surface, what makes its colour; how it gleams says nothing.
COLOURING = ("Base Color", "Emission Color", "Emission Strength", "Alpha", "Transmission Weight", "Metallic")
STORED = ("FLOAT", "INT", "BOOLEAN", "FLOAT_VECTOR", "FLOAT_COLOR")
AT_ONCE = 64  # objects described in one step; of node groups, an eighth
_BLENDERS = ("sharp_face", "sharp_edge", "material_index")


def number_parts(scene: bpy.types.Scene) -> dict:
    """Number all objects, materials and node groups of a finished film -> {"objects": [...], ...}, described."""
    return finished(number_steps(scene))


def number_steps(scene: bpy.types.Scene) -> Generator[None, None, dict]:
    """The same, with a yield after every few that are described."""
    objects = list(dict.fromkeys(scene.collection.all_objects))
    reader = Reader()
    materials = sorted({used for owner in objects for used in reader.materials(owner)}, key=lambda one: one.name)
    groups = sorted({used for owner in objects for used in groups_of(owner)}, key=lambda one: one.name)
    for blocks in (objects, materials, groups):
        for number, block in enumerate(blocks, start=1):
            block[PART] = number
    described = {"blender": compat.VERSION, "objects": [], "materials": [surface(one) for one in materials]}
    for number, one in enumerate(objects, start=1):
        described["objects"].append(reader.object(one))
        if not number % AT_ONCE:
            yield
    described["groups"] = []
    for number, one in enumerate(groups, start=1):
        described["groups"].append({"name": one.name, "makes": checksum(one, part_of)})
        if not number % (AT_ONCE // 8):
            yield
    return described


def part_of(block: bpy.types.ID | None) -> int:
    """The number of an object, a material or a group in its film; 0: it is none of a film's."""
    found = block.get(PART, 0) if block else 0
    return found if isinstance(found, int) else 0


def curves_of(owner: bpy.types.Object) -> list[bpy.types.FCurve]:
    """The F-curves that an object is moved by."""
    data = owner.animation_data
    if not data or not data.action:
        return []
    bag = anim_utils.action_get_channelbag_for_slot(data.action, data.action_slot)
    return list(bag.fcurves) if bag else []


def groups_of(owner: bpy.types.Object) -> list[bpy.types.NodeTree]:
    """The node groups that make its shape, one a modifier."""
    return [one.node_group for one in owner.modifiers if one.type == "NODES" and one.node_group]


class Reader:
    """Describes objects. It remembers what it has read of node groups, which many of them share."""

    def __init__(self) -> None:
        self._inputs: dict[bpy.types.NodeTree, dict[str, str]] = {}
        self._materials: dict[bpy.types.NodeTree, set[bpy.types.Material]] = {}

    def object(self, owner: bpy.types.Object) -> dict:
        """All that is compared of an object, in values that JSON holds."""
        keys, inputs = self.keys(owner), {}
        for modifier in owner.modifiers:
            for name, identifier in self.inputs(modifier).items():
                if not any(path.startswith(f"input {name}[") for path in keys):
                    inputs[name] = _plain(compat.input_value(modifier, identifier))
        return {
            "name": owner.name,
            "mark": mark_of(owner),
            "type": owner.type,
            "parent": part_of(owner.parent),
            "place": {name: _plain(getattr(owner, name)) for name in PLACE},
            "inverse": [float(one) for row in owner.matrix_parent_inverse for one in row],
            "hidden": owner.hide_render,
            "keys": keys,
            "times": self.times(owner),
            "inputs": inputs,
            "modifiers": [[one.type, one.show_viewport, one.show_render] for one in owner.modifiers],
            "groups": [part_of(one) for one in groups_of(owner)],
            "influences": _influences(owner),
            "mesh": _mesh(owner.data) if owner.type == "MESH" else {},
            "materials": [part_of(one.material) for one in owner.material_slots],
        }

    def inputs(self, modifier: bpy.types.Modifier) -> dict[str, str]:
        """{name of a modifier's input: its identifier}."""
        tree = modifier.node_group if modifier.type == "NODES" else None
        if tree is None:
            return {}
        if tree not in self._inputs:
            self._inputs[tree] = compat.input_names(tree)
        return self._inputs[tree]

    def curves(self, owner: bpy.types.Object) -> dict[str, bpy.types.FCurve]:
        """{what is keyed, as "location[0]" or "input Slot[0]": its F-curve}."""
        names = {
            compat.value_path(modifier, identifier): f"input {name}"
            for modifier in owner.modifiers
            for name, identifier in self.inputs(modifier).items()
        }
        curves = curves_of(owner)
        return {f"{names.get(one.data_path, one.data_path)}[{one.array_index}]": one for one in curves}

    def keys(self, owner: bpy.types.Object) -> dict[str, list[float]]:
        """{what is keyed: the values of its keys in their order}."""
        return {path: [float(one) for one in _points(curve)[:, 1]] for path, curve in self.curves(owner).items()}

    def times(self, owner: bpy.types.Object) -> dict[str, list[float]]:
        """{what is keyed: the frames of its keys}."""
        return {
            path: [round(float(one), 3) for one in _points(curve)[:, 0]] for path, curve in self.curves(owner).items()
        }

    def materials(self, owner: bpy.types.Object) -> set[bpy.types.Material]:
        """Those that an object is drawn with: its own, and those that its node groups set."""
        found = {one.material for one in owner.material_slots if one.material}
        return found.union(*map(self._set_in, groups_of(owner)))

    def _set_in(self, tree: bpy.types.NodeTree) -> set[bpy.types.Material]:
        if tree not in self._materials:
            found = set()
            for node in tree.nodes:
                if inner := getattr(node, "node_tree", None):
                    found |= self._set_in(inner)
                found |= {one.default_value for one in node.inputs if one.type == "MATERIAL" and one.default_value}
            self._materials[tree] = found
        return self._materials[tree]


def surface(material: bpy.types.Material) -> dict:
    """How a material makes colours of attributes: its nodes from the output on, without what only makes it gleam."""
    outputs = [node for node in material.node_tree.nodes if node.bl_idname == "ShaderNodeOutputMaterial"]
    active = next((node for node in outputs if node.is_active_output), None)
    return {"name": material.name, "surface": _upstream(active.inputs["Surface"]) if active else None}


def _upstream(socket: bpy.types.NodeSocket) -> object:
    """What comes into a socket: a number, or a node with its own inputs. A group is the backdrop, and ends it."""
    if not socket.is_linked:
        return _plain(getattr(socket, "default_value", None))
    link = socket.links[0]
    node, found = link.from_node, {"node": link.from_node.bl_idname, "gives": link.from_socket.name}
    if link.is_muted or node.mute:
        found["mute"] = True
    if node.bl_idname == "ShaderNodeGroup":
        return found
    common = bpy.types.Node.bl_rna.properties
    own = [one for one in node.bl_rna.properties if one.identifier not in common and one.type in PLAIN]
    shader = node.bl_idname == "ShaderNodeBsdfPrincipled"
    if not shader:
        found |= {one.identifier: _plain(getattr(node, one.identifier)) for one in own if not one.is_readonly}
    told = [one for one in node.inputs if one.enabled and (not shader or one.name in COLOURING)]
    return found | {one.identifier: _upstream(one) for one in told}


def _mesh(data: bpy.types.Mesh) -> dict[str, int]:
    """{attribute: a checksum} of where its points are and of what the film has stored on them; of its faces, too."""
    corners, slots = np.empty(len(data.loops), np.int32), np.empty(len(data.polygons), np.int32)
    data.loops.foreach_get("vertex_index", corners)
    data.polygons.foreach_get("material_index", slots)
    stored = [one for one in data.attributes if not one.is_internal and one.data_type in STORED]
    found = {one.name: zlib.crc32(read_attribute(data, one.name)) for one in stored if one.name not in _BLENDERS}
    return found | {"faces": zlib.crc32(corners), "slots": zlib.crc32(slots)}


def _points(curve: bpy.types.FCurve) -> np.ndarray:
    """[n, 2] frames and values."""
    points = np.empty(2 * len(curve.keyframe_points), np.float32)
    curve.keyframe_points.foreach_get("co", points)
    return points.reshape(-1, 2)


def _influences(owner: bpy.types.Object) -> list[str]:
    """Whatever else changes an object than its keys."""
    data = owner.animation_data
    found = [f"constraint {one.type}" for one in owner.constraints]
    found += [f"curve {curve.data_path} is muted" for curve in curves_of(owner) if curve.mute]
    found += [f"curve {curve.data_path} has modifiers" for curve in curves_of(owner) if len(curve.modifiers)]
    found += [f"driver of {one.data_path}" for one in data.drivers] if data else []
    found += [f"track {one.name}" for one in data.nla_tracks if not one.mute] if data else []
    found += ["shape keys"] if getattr(owner.data, "shape_keys", None) else []
    found += [f"instances of {owner.instance_type}"] if owner.instance_type != "NONE" else []
    found += ["no camera sees it"] if not owner.visible_camera else []
    found += ["holdout"] if owner.is_holdout else []
    return found


def _plain(value: object) -> object:
    """A property's value as JSON has it; an object or a material is its number."""
    if isinstance(value, bpy.types.ID):
        return part_of(value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return [float(one) for one in value]
