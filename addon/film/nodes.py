"""Geometry Nodes groups written as formulas: `radius = 0.009 + 0.085 * weight` makes the nodes.

Inputs are called in words in Blender, and by short names in code: see inputs.py. Frames say what the parts of a group
are for: see node_layout.py.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import bpy

from .. import compat, inputs
from . import node_layout

SOCKETS = {
    "Float": "NodeSocketFloat",
    "Int": "NodeSocketInt",
    "Color": "NodeSocketColor",
    "String": "NodeSocketString",
    "Object": "NodeSocketObject",
    "Vector": "NodeSocketVector",
    "Geometry": "NodeSocketGeometry",
}


class Field:
    """An output socket; arithmetic on it adds math nodes. `.x .y .z` are a vector's components."""

    def __init__(self, graph, socket):
        self.graph, self.socket = graph, socket

    def _math(self, operation, *others):
        return self.graph.math(operation, self, *others)

    def __add__(self, other):
        return self._math("ADD", other)

    __radd__ = __add__

    def __sub__(self, other):
        return self._math("SUBTRACT", other)

    def __rsub__(self, other):
        return self.graph.math("SUBTRACT", other, self)

    def __mul__(self, other):
        return self._math("MULTIPLY", other)

    __rmul__ = __mul__

    def __truediv__(self, other):
        return self._math("DIVIDE", other)

    def __rtruediv__(self, other):
        return self.graph.math("DIVIDE", other, self)

    def __pow__(self, other):
        return self._math("POWER", other)

    def __neg__(self):
        return self._math("MULTIPLY", -1.0)

    def __lt__(self, other):
        return self._math("LESS_THAN", other)

    def __gt__(self, other):
        return self._math("GREATER_THAN", other)

    def clamp(self, low=0.0, high=1.0):
        return self.graph.math("MAXIMUM", self.graph.math("MINIMUM", self, high), low)

    def floor(self):
        return self._math("FLOOR")


class Graph:
    """A Geometry Nodes group under construction: inputs, formulas, one output geometry."""

    def __init__(self, name):
        self.name = name  # the tree's may get a number
        self.tree = bpy.data.node_groups.new(name, "GeometryNodeTree")
        self.tree.interface.new_socket("Geometry", in_out="INPUT", socket_type=SOCKETS["Geometry"])
        self.tree.interface.new_socket("Geometry", in_out="OUTPUT", socket_type=SOCKETS["Geometry"])
        self._in = self.tree.nodes.new("NodeGroupInput")
        self._out = self.tree.nodes.new("NodeGroupOutput")
        self.geometry = Field(self, self._in.outputs[0])
        self._parts, self._part = {}, None

    def input(self, name, kind="Float", default=None):
        """A modifier input -> its Field. name: the one in code."""
        known = inputs.find(name, self.name)
        item = self.tree.interface.new_socket(known.label if known else name, in_out="INPUT", socket_type=SOCKETS[kind])
        if default is not None:
            item.default_value = default
        if known:
            item.description = known.description
            if hasattr(item, "min_value"):
                limit = type(item.min_value)
                if known.most is not None:
                    item.subtype, item.max_value = "FACTOR", limit(known.most)
                if known.least is not None:
                    item.min_value = limit(known.least)
        return Field(self, next(socket for socket in self._in.outputs if socket.identifier == item.identifier))

    def output(self, geometry):
        self._link(geometry, self._out.inputs[0])
        node_layout.arrange(self.tree, self._parts)

    @contextmanager
    def part(self, label: str) -> Iterator[None]:
        """Nodes made meanwhile get one frame, with what only they use; of parts in parts the outermost."""
        own = self._part is None
        if own:
            self._part = (len(self._parts), label)
        try:
            yield
        finally:
            if own:
                self._part = None

    # --- nodes ---------------------------------------------------------------------------------

    def node(self, kind, inputs=None, **properties):
        """Add a node, set its properties, then feed `inputs`: {name or index: Field or constant}."""
        node = self.tree.nodes.new(kind)
        if self._part:
            self._parts[node.name] = self._part
        for name, value in properties.items():
            _set(node, name, value)
        for key, value in (inputs or {}).items():
            self._link(value, find_socket(node.inputs, key))
        return node

    def field(self, kind, inputs=None, output=0, **properties):
        """Like node(), but gives one of its outputs."""
        return Field(self, find_socket(self.node(kind, inputs, **properties).outputs, output))

    def group(self, other, values):
        """Another Graph's group as one node -> its geometry. What is needed many times is cheaper so: after every
        change Blender goes through the whole tree that was changed."""
        node = self.node("GeometryNodeGroup", node_tree=other.tree)
        for name, value in values.items():
            known = inputs.find(name, other.name)
            self._link(value, find_socket(node.inputs, known.label if known else name))
        return Field(self, node.outputs[0])

    def _link(self, value, socket):
        if isinstance(value, Field):
            self.tree.links.new(value.socket, socket)
        elif isinstance(value, (list, tuple)) and socket.is_multi_input:
            for one in reversed(value):  # the link made last comes first
                self.tree.links.new(one.socket, socket)
        else:
            _set(socket, "default_value", value)

    def math(self, operation, *values):
        return self.field("ShaderNodeMath", dict(enumerate(values)), operation=operation)

    def sin(self, value):
        return self.math("SINE", value)

    def cos(self, value):
        return self.math("COSINE", value)

    def vector(self, x, y, z):
        return self.field("ShaderNodeCombineXYZ", {0: x, 1: y, 2: z})

    def split(self, vector):
        """A vector's three components."""
        node = self.node("ShaderNodeSeparateXYZ", {0: vector})
        return tuple(Field(self, socket) for socket in node.outputs)

    def mix(self, a, b, factor):
        """a where factor is 0, b where it is 1."""
        return a + (b - a) * factor

    def mix_colour(self, a, b, factor):
        return self.field("ShaderNodeMix", {"Factor": factor, "A": a, "B": b}, output="Result", data_type="RGBA")

    def scale_colour(self, colour, factor):
        return self.field("ShaderNodeVectorMath", {0: colour, "Scale": factor}, operation="SCALE")

    def smooth(self, value, low=0.0, high=1.0):
        """0 below `low`, 1 above `high`, smooth between."""
        return self.field(
            "ShaderNodeMapRange",
            {"Value": value, "From Min": low, "From Max": high},
            output="Result",
            interpolation_type="SMOOTHSTEP",
        )

    def ramp(self, value, stops):
        """Colour stops [(position 0 … 1, linear rgba), ...]."""
        node = self.node("ShaderNodeValToRGB", {0: value})
        elements = node.color_ramp.elements
        while len(elements) < len(stops):
            elements.new(0.5)
        for element, (position, colour) in zip(elements, stops, strict=True):
            element.position, element.color = position, colour
        return Field(self, node.outputs[0])

    def attribute(self, name, data_type="FLOAT"):
        return self.field("GeometryNodeInputNamedAttribute", {"Name": name}, output="Attribute", data_type=data_type)

    def position(self):
        return self.field("GeometryNodeInputPosition")

    def object_geometry(self, value):
        return self.field("GeometryNodeObjectInfo", {"Object": value}, output="Geometry")

    def sample(self, geometry, name, index, data_type="FLOAT"):
        """The attribute `name` of another geometry's point at `index`; out of range reads the nearest end."""
        return self.field(
            "GeometryNodeSampleIndex",
            {"Geometry": geometry, "Value": self.attribute(name, data_type), "Index": index},
            output="Value",
            data_type=data_type,
            clamp=True,
        )

    def select(self, geometry, condition):
        """Only the points where the condition holds."""
        return self.field("GeometryNodeSeparateGeometry", {"Geometry": geometry, "Selection": condition})

    def store(self, geometry, name, value, data_type="FLOAT", domain="POINT"):
        return self.field(
            "GeometryNodeStoreNamedAttribute",
            {"Geometry": geometry, "Name": name, "Value": value},
            data_type=data_type,
            domain=domain,
        )

    def instances(self, points, shape, scale, offset=None):
        """The shape on every point, scaled by a vector, made real; point attributes carry over."""
        with self.part(node_layout.SHAPES):
            placed = points if offset is None else self.move(points, offset)
            made = self.field("GeometryNodeInstanceOnPoints", {"Points": placed, "Instance": shape, "Scale": scale})
            return self.field("GeometryNodeRealizeInstances", {"Geometry": made})

    def fill(self, curves):
        """The area inside letters, which may overlap themselves."""
        node = self.node("GeometryNodeFillCurve", {0: curves})
        compat.fill_overlaps(node)
        return Field(self, node.outputs[0])

    def move(self, geometry, position):
        return self.field("GeometryNodeSetPosition", {"Geometry": geometry, "Position": position})

    def material(self, geometry, material):
        return self.field("GeometryNodeSetMaterial", {"Geometry": geometry, "Material": material})

    def join(self, *geometries):
        return self.field("GeometryNodeJoinGeometry", {0: list(geometries)})

    def coloured(self, geometry, colour, material, speck):
        """Give a geometry its colour (attribute `Color`, which Workbench draws too) and its material."""
        with self.part(node_layout.PAINT):
            return self.painted(self.store(geometry, "Color", colour, "FLOAT_COLOR"), material, speck)

    def painted(self, geometry, material, speck):
        """Give a geometry that has its `Color` its material.

        The speck is a mesh with an active colour attribute: joined first, it makes `Color` the active one.
        """
        with self.part(node_layout.PAINT):
            return self.join(self.object_geometry(speck), self.material(geometry, material))


def _set(owner, name, value):
    """Set what isn't so already: after every change Blender goes through the whole group."""
    if getattr(owner, name) != value:
        setattr(owner, name, value)


def find_socket(sockets, key):
    """A socket by index, or by name among those in use (4.5 keeps hidden variants of other types)."""
    if isinstance(key, int):
        return sockets[key]
    for socket in sockets:
        if socket.enabled and socket.name == key:
            return socket
    raise KeyError(f"no socket {key} among {[socket.name for socket in sockets if socket.enabled]}")
