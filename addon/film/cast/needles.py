"""An angle between two vectors: two needles on a dial, and the degrees."""

import bpy
import numpy as np

from .. import points, shapes
from ..evidence import mark
from ..nodes import Field, Graph
from ..studio import FRONT, Studio
from ..texts import word

LENGTH, THICK = 1.0, 0.06  # of a needle, in sizes of the dial
TICKS = 9  # of the half circle
EQUAL_LENGTH, EQUAL_GAP, EQUAL_THICK = 0.62, 0.3, 0.09  # of the two strokes of an =
NUMBER, HAND = 0.56, 0.26  # letters
OPENED, ARC_POINTS = 0.93, 33  # of a needle: how far what lies between them is filled; points of its edge


class Needles:
    """The angle between two vectors at several moments.

    At (0 … n - 1): the moment; between two of them the needles are on their way. Equal (0 … 1): the needles are the two
    strokes of an equals sign instead. Size: 0 is nothing. Where one needle stands still, words say which is which.
    """

    def __init__(
        self,
        studio: Studio,
        name: str,
        angles: np.ndarray,
        size: float,
        parent: bpy.types.Object | None = None,
        symmetric: bool = True,
    ):
        """angles: [n] degrees. size: metres of a needle. symmetric: both needles leave the middle, else only one."""
        film = studio.film
        table = studio.lookup(f"{name} angles", angle=np.asarray(angles, np.float32))
        mesh = points.point_mesh(name, {"side": np.arange(2)}, np.zeros((2, 3)))
        self.object, modifier = studio.field(name, mesh, _group(studio, name, table, size, symmetric), parent=parent)
        mark(self.object, "needles", of=name, size=size, symmetric=symmetric)
        self.count, self.size_in_metres = len(angles), size
        self.at, self.equal = film.dial(modifier, "At", 0.0), film.dial(modifier, "Equal", 0.0)
        self.size = film.dial(modifier, "Size", 0.0)
        self.place = film.place(self.object, "location", (0.0, 0.0, 0.0))
        self.visible = film.visibility(self.object)


def _group(studio: Studio, name: str, table: bpy.types.Object, size: float, symmetric: bool) -> Graph:
    graph = Graph(name)
    at, equal, shown = (graph.input(label, default=0.0) for label in ("At", "Equal", "Size"))
    numbers, first = graph.object_geometry(table), at.floor()
    before, after = graph.sample(numbers, "angle", first), graph.sample(numbers, "angle", first + 1.0)
    angle = graph.mix(before, after, at - first)
    side = graph.attribute("side", "INT") * 2.0 - 1.0
    lean = angle * (0.5 * side if symmetric else (side * 0.5 + 0.5)) * (np.pi / 180)
    whole = size * shown
    turned = graph.mix(lean, np.pi / 2, equal)
    long = graph.mix(LENGTH, EQUAL_LENGTH, equal) * whole
    thick = graph.mix(THICK, EQUAL_THICK, equal) * whole
    # A needle stands on its point; the strokes of an = lie one above the other.
    foot = graph.vector(-0.5 * long * equal, 0.0, (0.45 + side * EQUAL_GAP / 2) * whole * equal)
    block = graph.object_geometry(studio.shape(f"{name} needle", shapes.block()))
    seen = graph.store(graph.geometry, "tint", studio.colour("gold", 1.2), "FLOAT_COLOR")
    made = graph.field(
        "GeometryNodeInstanceOnPoints",
        {
            "Points": graph.move(seen, foot),
            "Instance": block,
            "Rotation": graph.vector(0.0, turned, 0.0),
            "Scale": graph.vector(thick, thick, long),
        },
    )
    made = graph.field("GeometryNodeRealizeInstances", {"Geometry": made})
    made = graph.coloured(made, graph.attribute("tint", "FLOAT_COLOR"), studio.materials.glow, studio.speck)
    if not symmetric:
        made = graph.join(made, *_hands(graph, studio, angle * (np.pi / 180), whole * (1.0 - equal)))
    figure = graph.field("FunctionNodeValueToString", {"Value": angle, "Decimals": 0})
    figure = graph.field(
        "GeometryNodeStringJoin", {"Strings": [figure, graph.field("FunctionNodeInputString", string="\u00b0")]}
    )
    text = studio.text(graph, figure, NUMBER, font=studio.latin)
    there = whole * (1.0 - equal)
    text = graph.field(
        "GeometryNodeTransform",
        {
            "Geometry": text,
            "Rotation": FRONT,
            "Scale": graph.vector(there, there, there),
            "Translation": graph.vector(0.0, 0.0, -0.44 * whole),
        },
    )
    text = graph.coloured(text, studio.colour("text"), studio.materials.type, studio.speck)
    graph.output(
        graph.join(_opened(graph, studio, angle, symmetric, there), made, _dial(graph, studio, name, there), text)
    )
    return graph


def _opened(graph: Graph, studio: Studio, angle: Field, symmetric: bool, whole: Field) -> Field:
    """What lies between the two needles, filled."""
    turned = angle * (np.pi / 180)
    arc = graph.field(
        "GeometryNodeCurveArc",
        {
            "Resolution": ARC_POINTS,
            "Radius": OPENED * LENGTH * whole,
            "Start Angle": np.pi / 2 - turned * (0.5 if symmetric else 1.0),
            "Sweep Angle": turned,
            "Connect Center": True,
        },
        mode="RADIUS",
    )
    arc = graph.fill(arc)
    arc = graph.field("GeometryNodeTransform", {"Geometry": arc, "Rotation": FRONT, "Translation": (0.0, 0.05, 0.0)})
    there = graph.select(arc, (turned > 1e-3) * (whole > 1e-3))
    return graph.coloured(
        there, studio.palette.fade(graph, studio.colour("gold"), 0.32), studio.materials.glow, studio.speck
    )


def _hands(graph: Graph, studio: Studio, lean: Field, whole: Field) -> list[Field]:
    """Beside the needle that stands still and beside the other one, what each of them is."""
    made = []
    for key, side, turn in (("hand_before", -1, 0.0), ("hand_after", 1, lean)):
        body = word(key, studio.language)
        string = graph.field("FunctionNodeInputString", string=body)
        text = studio.text(graph, string, HAND, "Right" if side < 0 else "Left", studio.font_of(body))
        # Its near end is halfway up the needle; a needle that leans away from it leaves it room.
        x = (0.5 * graph.sin(turn) if turn else 0.0) + side * 0.1
        text = graph.field(
            "GeometryNodeTransform",
            {
                "Geometry": text,
                "Rotation": FRONT,
                "Scale": graph.vector(whole, whole, whole),
                "Translation": graph.vector(whole * x, 0.0, whole * 0.5),
            },
        )
        made.append(graph.coloured(text, studio.colour("text"), studio.materials.type, studio.speck))
    return made


def _dial(graph: Graph, studio: Studio, name: str, whole: Field) -> Field:
    """Ticks around the upper half."""
    angles = np.linspace(-np.pi / 2, np.pi / 2, TICKS)
    out = np.column_stack([np.sin(angles), 0 * angles, np.cos(angles)])
    ticks = studio.shape(f"{name} ticks", shapes.strokes(1.08 * out, 1.16 * out, 0.03))
    made = graph.field(
        "GeometryNodeTransform",
        {"Geometry": graph.object_geometry(ticks), "Scale": graph.vector(whole, whole, whole)},
    )
    return graph.coloured(made, studio.colour("text_dim"), studio.materials.glow, studio.speck)
