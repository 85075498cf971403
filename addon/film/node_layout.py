"""Where the nodes of a group stand: in a frame for each part, from left to right, so that a person can follow it."""

import bpy

from ..translations import CONTEXT

SHAPES, PAINT = "A shape on every point", "Colour and material"
# What a node that makes or changes a geometry does, where nothing else says so.
LABELS = {
    "GeometryNodeSeparateGeometry": "Which are there",
    "GeometryNodeSetPosition": "Where they are",
    "GeometryNodeTransform": "Where it is",
    "GeometryNodeInstanceOnPoints": SHAPES,
    "GeometryNodeCurveToMesh": "From lines to tubes",
    "GeometryNodeStringToCurves": "Text",
    "GeometryNodeSetMaterial": "Material",
    "GeometryNodeMeshGrid": "Grid of cells",
    "GeometryNodePoints": "Points",
    "GeometryNodeResampleCurve": "Points on a line",
    "GeometryNodeJoinGeometry": "All together",
}
STORE = "GeometryNodeStoreNamedAttribute"
STORED = "Values kept for every point"
SHARED = "Values that several parts use"
COLUMN, GAP, ROW, LINE = 190, 90, 34, 22  # a column of nodes, between frames, a folded node, a socket
OTHER_LINES = {"ShaderNodeValToRGB": 6, "ShaderNodeMapRange": 3, "ShaderNodeMix": 4}  # of nodes with more than sockets
FOLDED = {"ShaderNodeMath", "GeometryNodeInputNamedAttribute", "GeometryNodeInputPosition", "GeometryNodeInputIndex"}


def arrange(tree: bpy.types.NodeTree, parts: dict[str, tuple[int, str]]) -> None:
    """Put the nodes of a finished group into frames and columns. parts: {name of a node: (number, label of its part)}.

    What makes or changes a geometry is a part of its own; a value belongs to the part that alone uses it.
    """
    nodes = list(tree.nodes)
    nodes.append(nodes.pop(1))  # the output was made second, but comes after everything
    feeds, flows = _feeds(tree)
    users: dict[str, list[str]] = {}
    for name, sources in feeds.items():
        for source in sources:
            users.setdefault(source, []).append(name)
    parts = _parts_of(nodes, parts, users)
    members: dict[tuple, list[bpy.types.Node]] = {}
    for node in nodes:
        members.setdefault(parts[node.name], []).append(node)
    placed = {part: _columns(own, feeds) for part, own in members.items()}
    column = _columns_of_parts(nodes, parts, flows)
    places = _places(placed, column)
    frames = {part: _frame(tree, part[1]) for part, own in members.items() if len(own) > 2}
    for part, own in members.items():
        for node in own:
            if part in frames:
                node.parent = frames[part]
            if node.bl_idname in FOLDED:
                node.hide = True
            if node.bl_idname in ("GeometryNodeInputNamedAttribute", STORE):
                node.label = node.inputs["Name"].default_value
    # Frames stand at 0, so that places in them are places in the tree. Set one by one, each would cost a redraw.
    locations = [x for node in tree.nodes for x in places.get(node.name, (0, 0))]
    tree.nodes.foreach_set("location", locations)
    tree.nodes.foreach_set("select", [False] * len(tree.nodes))


def _feeds(tree: bpy.types.NodeTree) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """{node: those it reads from}, of all links and of those that a geometry comes by."""
    feeds: dict[str, list[str]] = {}
    flows: dict[str, list[str]] = {}
    for link in tree.links:
        reader, source = link.to_node.name, link.from_node.name
        feeds.setdefault(reader, []).append(source)
        if link.from_socket.type == "GEOMETRY":
            flows.setdefault(reader, []).append(source)
    return feeds, flows


def _parts_of(nodes: list, parts: dict, users: dict) -> dict[str, tuple]:
    """{node: its part}. Parts without a label get no frame."""
    found = dict(parts)
    for number, node in reversed(list(enumerate(nodes))):  # those that use a node were made later
        if node.name in found:
            continue
        if node.bl_idname in ("NodeGroupInput", "NodeGroupOutput"):
            found[node.name] = (-number - 2, "")
        elif node.bl_idname == STORE and (after := _only(users, node, found)) and after[1] == STORED:
            found[node.name] = after  # values that are stored one after another are one part
        elif label := STORED if node.bl_idname == STORE else LABELS.get(node.bl_idname):
            found[node.name] = (-number - 2, label)
        else:
            found[node.name] = _only(users, node, found) or (-1, SHARED)
    return found


def _only(users: dict, node: bpy.types.Node, found: dict) -> tuple | None:
    """The part that alone uses a node."""
    using = {found[name] for name in users.get(node.name, ())}
    return using.pop() if len(using) == 1 else None


def _columns(own: list, feeds: dict) -> tuple[dict[str, tuple[int, int]], int, int]:
    """-> {node of a part: where it stands from the part's upper right corner}, width, height."""
    names = {node.name for node in own}
    column: dict[str, int] = {}
    for node in reversed(own):
        for source in feeds.get(node.name, ()):
            if source in names:
                column[source] = max(column.get(source, 0), column.get(node.name, 0) + 1)
    places, low = {}, {}
    for node in reversed(own):
        place = column.get(node.name, 0)
        places[node.name] = (-COLUMN * (place + 1), -low.get(place, 0))
        sockets = sum(socket.enabled for socket in (*node.inputs, *node.outputs))
        high = ROW + 6 if node.bl_idname in FOLDED else 2 * ROW + LINE * (sockets + OTHER_LINES.get(node.bl_idname, 0))
        low[place] = low.get(place, 0) + high
    return places, COLUMN * (1 + max(column.values(), default=0)), max(low.values())


def _columns_of_parts(nodes: list, parts: dict, flows: dict) -> dict[tuple, int]:
    """{part: how many parts a geometry goes through from there to the output}."""
    edges = {
        (parts[source], parts[name]) for name, sources in flows.items() for source in sources
        if parts[source] != parts[name]
    }  # fmt: skip
    column = dict.fromkeys(parts.values(), 0)
    for _ in range(len(column)):
        before = dict(column)
        for source, reader in edges:
            column[source] = max(column[source], column[reader] + 1)
        if column == before:
            break
    column[parts[nodes[0].name]] = max(column.values()) + 2  # the inputs, and what many use, are at the left
    if (-1, SHARED) in column:
        column[-1, SHARED] = max(column.values()) - 1
    return column


def _places(placed: dict, column: dict) -> dict[str, tuple[int, int]]:
    """{node: where it stands in the editor}: parts in columns from left to right, which go on in a new line where they
    would be much wider than high."""
    columns = []
    for number in sorted(set(column.values()), reverse=True):
        own = [part for part in placed if column[part] == number]
        columns.append((own, max(placed[part][1] for part in own), sum(placed[part][2] + GAP for part in own)))
    area = sum((width + GAP) * high for _, width, high in columns)
    longest = max(3000, 2 * area**0.5)
    left, top, highest, places = 0, 0, 0, {}
    for own, width, high in columns:
        if left and left + width > longest:
            left, top, highest = 0, top - highest - 2 * GAP, 0
        low = top
        for part in own:
            inside, _, height = placed[part]
            for name, (x, y) in inside.items():
                places[name] = (left + width + x, low + y)
            low -= height + GAP
        left, highest = left + width + GAP, max(highest, high)
    return places


def _frame(tree: bpy.types.NodeTree, label: str) -> bpy.types.Node:
    """A frame, with its label in the language of the interface: Blender translates names of sockets, not labels."""
    frame = tree.nodes.new("NodeFrame")
    frame.label, frame.label_size = bpy.app.translations.pgettext_iface(label, CONTEXT), 32
    return frame
