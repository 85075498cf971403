"""Materials for EEVEE and Cycles. Workbench draws the same `Color` attribute without them."""

from dataclasses import dataclass

import bpy

from .. import compat

# Distances over which things far from the camera sink into the background.
FOG_START, FOG_END, FOG_MOST = 22.0, 95.0, 0.9
# The backdrop's gradient, in parts of the picture: its middle, how much flatter than wide it is, how far it reaches.
MIDDLE, FLATTENED, RADIUS = (0.5, 0.58), 0.85, 0.66


@dataclass(frozen=True)
class Materials:
    cell: bpy.types.Material
    glow: bpy.types.Material
    type: bpy.types.Material
    solid: bpy.types.Material
    board: bpy.types.Material
    floor: bpy.types.Material

    @classmethod
    def make(cls, palette, backdrop):
        return cls(
            cell=_emission("Cell", palette, backdrop, facing=True),
            glow=_emission("Glow", palette, backdrop),
            type=_emission("Type", palette, backdrop, plain=True),
            solid=_solid("Token cube"),
            board=_board(palette),
            floor=_floor(palette, backdrop),
        )


class Backdrop:
    """The radial gradient behind everything, in window space, as one shader node group that all materials share.

    Its two colours are the group's own nodes Glow and Edge: keyed once, every material follows.
    """

    def __init__(self, palette):
        self.tree = tree = bpy.data.node_groups.new("Film backdrop", "ShaderNodeTree")
        tree.interface.new_socket("Color", in_out="OUTPUT", socket_type="NodeSocketColor")
        window = tree.nodes.new("ShaderNodeTexCoord").outputs["Window"]
        offset = _vector_math(tree, "SUBTRACT", window, (*MIDDLE, 0.0))
        flat = _vector_math(tree, "MULTIPLY", offset, (1.0, FLATTENED, 0.0))
        length = tree.nodes.new("ShaderNodeVectorMath")
        length.operation = "LENGTH"
        tree.links.new(flat, length.inputs[0])
        blend = tree.nodes.new("ShaderNodeMapRange")
        blend.interpolation_type = "SMOOTHERSTEP"
        blend.inputs["From Max"].default_value = RADIUS
        tree.links.new(length.outputs["Value"], blend.inputs["Value"])
        ends = []
        for name in ("Glow", "Edge"):
            node = tree.nodes.new("ShaderNodeRGB")
            node.name = node.label = name
            node.outputs[0].default_value = palette.linear(getattr(palette, name.lower()))
            ends.append(node.outputs[0])
        mixed = _mix(tree, blend.outputs["Result"], *ends)
        tree.links.new(mixed, tree.nodes.new("NodeGroupOutput").inputs[0])

    def colour(self, tree):
        """The gradient in a material's or the world's node tree -> colour socket."""
        node = tree.nodes.new("ShaderNodeGroup")
        node.node_tree = self.tree
        return node.outputs[0]

    @staticmethod
    def path(name):
        """The F-curve data path of one of its colours, from the tree."""
        return f'nodes["{name}"].outputs[0].default_value'


def _vector_math(tree, operation, a, b):
    node = tree.nodes.new("ShaderNodeVectorMath")
    node.operation = operation
    tree.links.new(a, node.inputs[0])
    node.inputs[1].default_value = b
    return node.outputs[0]


def _mix(tree, factor, a, b):
    node = tree.nodes.new("ShaderNodeMix")
    node.data_type = "RGBA"
    for name, value in (("Factor", factor), ("A", a), ("B", b)):
        socket = next(socket for socket in node.inputs if socket.enabled and socket.name == name)
        if isinstance(value, bpy.types.NodeSocket):
            tree.links.new(value, socket)
        else:
            socket.default_value = value
    return next(socket for socket in node.outputs if socket.enabled)


def _new(name):
    material = bpy.data.materials.new(f"Film {name}")
    tree = compat.shader_tree(material)
    output = tree.nodes.new("ShaderNodeOutputMaterial")
    colour = tree.nodes.new("ShaderNodeAttribute")
    colour.attribute_name = "Color"
    return material, tree, output.inputs["Surface"], colour.outputs["Color"]


def _emission(name, palette, backdrop, facing=False, plain=False):
    """Shines in its own colour; far away it sinks into the background."""
    material, tree, surface, colour = _new(name)
    gain = 1.15 if palette.is_dark and not plain else 1.0
    strength = None
    if facing:  # 0.45 + 0.55 |normal y| + 0.25 normal z, so that bevels catch the light
        geometry = tree.nodes.new("ShaderNodeNewGeometry")
        split = tree.nodes.new("ShaderNodeSeparateXYZ")
        tree.links.new(geometry.outputs["Normal"], split.inputs[0])
        front = _math(tree, "ABSOLUTE", split.outputs["Y"])
        strength = _math(tree, "MULTIPLY_ADD", front, 0.55, 0.45)
        strength = _math(tree, "ADD", strength, _math(tree, "MULTIPLY", split.outputs["Z"], 0.25))
        strength = _math(tree, "MULTIPLY", strength, gain)
    fog = tree.nodes.new("ShaderNodeMapRange")
    fog.interpolation_type = "SMOOTHSTEP"
    camera = tree.nodes.new("ShaderNodeCameraData")
    tree.links.new(camera.outputs["View Distance"], fog.inputs["Value"])
    for socket, value in (("From Min", FOG_START), ("From Max", FOG_END), ("To Max", FOG_MOST)):
        fog.inputs[socket].default_value = value
    emission = tree.nodes.new("ShaderNodeEmission")
    lit = tree.nodes.new("ShaderNodeVectorMath")
    lit.operation = "SCALE"
    tree.links.new(colour, lit.inputs[0])
    if strength is None:
        lit.inputs["Scale"].default_value = gain
    else:
        tree.links.new(strength, lit.inputs["Scale"])
    tree.links.new(_mix(tree, fog.outputs["Result"], lit.outputs[0], backdrop.colour(tree)), emission.inputs["Color"])
    tree.links.new(emission.outputs[0], surface)
    return material


def _math(tree, operation, *values):
    node = tree.nodes.new("ShaderNodeMath")
    node.operation = operation
    for socket, value in zip(node.inputs, values, strict=False):
        if isinstance(value, bpy.types.NodeSocket):
            tree.links.new(value, socket)
        else:
            socket.default_value = value
    return node.outputs[0]


def _principled(tree, **inputs):
    node = tree.nodes.new("ShaderNodeBsdfPrincipled")
    for name, value in inputs.items():
        node.inputs[name.replace("_", " ")].default_value = value
    return node


def _solid(name):
    """Lit, coated, with a little light of its own: token cubes and bars. Reads `tint`, the colour without shading."""
    material, tree, surface, colour = _new(name)
    tint = tree.nodes.new("ShaderNodeAttribute")
    tint.attribute_name = "tint"
    shader = _principled(tree, Roughness=0.24, Coat_Weight=0.8, Coat_Roughness=0.08, Emission_Strength=0.35)
    tree.links.new(tint.outputs["Color"], shader.inputs["Base Color"])
    tree.links.new(tint.outputs["Color"], shader.inputs["Emission Color"])
    tree.links.new(shader.outputs[0], surface)
    return material


def _board(palette):
    material, tree, surface, _ = _new("Board")
    # Hardly any reflection: a lamp's would lie over the cells like haze.
    shader = _principled(tree, Base_Color=palette.linear(palette.board), Roughness=0.5, Specular_IOR_Level=0.05)
    tree.links.new(shader.outputs[0], surface)
    return material


def _floor(palette, backdrop):
    """Dark and wet; a pool of light under the row, and no horizon: far out it is the background."""
    material, tree, surface, _ = _new("Floor")
    coordinate = tree.nodes.new("ShaderNodeTexCoord")
    flat = _vector_math(tree, "MULTIPLY", coordinate.outputs["Object"], (1.0, 1.0, 0.0))
    length = tree.nodes.new("ShaderNodeVectorMath")
    length.operation = "LENGTH"
    tree.links.new(flat, length.inputs[0])

    def falloff(start, end):
        node = tree.nodes.new("ShaderNodeMapRange")
        node.interpolation_type = "SMOOTHSTEP"
        node.inputs["From Min"].default_value, node.inputs["From Max"].default_value = start, end
        tree.links.new(length.outputs["Value"], node.inputs["Value"])
        return node.outputs["Result"]

    shader = _principled(tree, Base_Color=palette.linear(palette.floor), Roughness=0.18, Emission_Strength=1.0)
    shader.inputs["Specular IOR Level"].default_value = 0.9
    pool = _mix(tree, falloff(0.0, 9.0), palette.linear(palette.floor_pool), palette.linear(palette.floor_far))
    tree.links.new(pool, shader.inputs["Emission Color"])
    far = tree.nodes.new("ShaderNodeEmission")
    tree.links.new(backdrop.colour(tree), far.inputs["Color"])
    mix = tree.nodes.new("ShaderNodeMixShader")
    tree.links.new(falloff(7.0, 25.0), mix.inputs[0])
    tree.links.new(shader.outputs[0], mix.inputs[1])
    tree.links.new(far.outputs[0], mix.inputs[2])
    tree.links.new(mix.outputs[0], surface)
    return material
