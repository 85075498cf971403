"""What the node groups of a film do, each as one checksum: another one for another node, link, value or colour stop."""

import zlib

import bpy

PLAIN = ("BOOLEAN", "INT", "FLOAT", "STRING", "ENUM")  # kinds of properties that are values
_named: dict[type, list[str]] = {}


def checksum(tree: bpy.types.NodeTree, number_of) -> int:
    """What comes out of a group, whatever its nodes are called and wherever they lie. number_of: data-block -> int."""
    return _Group(tree, number_of).checksum()


class _Group:
    def __init__(self, tree: bpy.types.NodeTree, number_of) -> None:
        self.tree, self.number_of = tree, number_of
        self.feeds: dict[tuple[str, str], list[tuple[int, bpy.types.Node, str]]] = {}
        for link in tree.links:
            if not link.is_muted:
                place = link.to_node.name, link.to_socket.identifier
                one = link.multi_input_sort_id, link.from_node, link.from_socket.identifier
                self.feeds.setdefault(place, []).append(one)
        self.known: dict[str, int] = {}

    def checksum(self) -> int:
        data, ends = self.tree.animation_data, [one for one in self.tree.nodes if one.bl_idname == "NodeGroupOutput"]
        found = [self._of(node) for node in ends if node.is_active_output]
        return _sum(found, bool(data and (data.action or len(data.drivers))))

    def _of(self, node: bpy.types.Node) -> int:
        """Of a node, and of all that it reads."""
        if node.name not in self.known:
            self.known[node.name] = 0
            own = [(name, _plain(getattr(node, name))) for name in own_settings(node)]
            inputs = [(one.identifier, self._comes(node, one)) for one in node.inputs if one.enabled]
            self.known[node.name] = _sum(node.bl_idname, node.mute, own, inputs, self._held(node))
        return self.known[node.name]

    def _comes(self, node: bpy.types.Node, socket: bpy.types.NodeSocket) -> object:
        """What an input reads, or the value that is set there."""
        if links := self.feeds.get((node.name, socket.identifier)):
            order = sorted(links, key=lambda link: link[0])
            return [(self._of(source), output) for _, source, output in order]
        value = getattr(socket, "default_value", None)
        return self.number_of(value) if isinstance(value, bpy.types.ID) else _plain(value)

    def _held(self, node: bpy.types.Node) -> object:
        """What a node holds beside plain values: another group, a ramp of colours, curves."""
        if inner := getattr(node, "node_tree", None):
            return checksum(inner, self.number_of)
        if ramp := getattr(node, "color_ramp", None):
            stops = [(_plain(one.position), _plain(one.color)) for one in ramp.elements]
            return ramp.interpolation, ramp.color_mode, ramp.hue_interpolation, stops
        if mapping := getattr(node, "mapping", None):
            return [[(_plain(one.location), one.handle_type) for one in curve.points] for curve in mapping.curves]
        return None


def own_settings(node: bpy.types.Node) -> list[str]:
    """The names of what a kind of node has to set beside its inputs, such as the type of glare in Blender 4.5."""
    kind = type(node)
    if kind not in _named:
        common = bpy.types.Node.bl_rna.properties
        own = [one for one in node.bl_rna.properties if one.identifier not in common and one.type in PLAIN]
        _named[kind] = [one.identifier for one in own if not one.is_readonly and one.identifier != "is_active_output"]
    return _named[kind]


def _plain(value: object) -> object:
    """A value that is written in one way only."""
    if isinstance(value, float):
        return f"{value:.7g}"
    if value is None or isinstance(value, (bool, int, str)):
        return value
    return [_plain(one) for one in value] if hasattr(value, "__iter__") else str(value)


def _sum(*what: object) -> int:
    return zlib.crc32(repr(what).encode())
