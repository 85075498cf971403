"""The scale of the bars: lines at round probabilities, which slide when the scale changes."""

from .. import layout, shapes
from ..evidence import mark
from ..nodes import Graph
from ..studio import FRONT

# Probabilities with a line, and how far apart lines like it are: at 1 %, 2 % …, at 10 %, 20 % …, at the fives between.
TICKS = [(count * unit, (5 if count == 5 else 1) * unit) for unit in (0.01, 0.1) for count in range(1, 10)] + [
    (1.0, 0.5)
]
NEAR, APART = 0.7, 0.95  # metres between lines of a kind at which they are not there yet, and are all there
BEYOND = 1.08  # of the longest bar: where the scale ends
LINE, SIZE, LIGHT = 0.022, 0.40, 0.15  # metres: their thickness, the size of the numbers; of the type's light
BEHIND, UNDER = 0.3, 0.52  # metres behind the bars, and that the numbers are lower than the bar of all others


class Axis:
    """Length and place are those of the bars. Shown (0 … 1): how far it has come."""

    def __init__(self, studio, bars):
        film = studio.film
        group = _axis_group(studio, bars.board.longest, bars.count)
        self.object, modifier = studio.field("Probabilities axis", studio.empty, group, parent=bars.object)
        mark(self.object, "bar axis")
        self.shown = film.dial(modifier, "Shown", 0.0)
        self.length = film.dial(modifier, "Length", 1.0)
        self.visible = film.visibility(self.object)


def _axis_group(studio, longest, rows):
    graph = Graph("Bar axis")
    per_unit, shown = graph.input("Length", default=1.0), graph.input("Shown", default=0.0)
    tick = _tick_group(studio, longest, layout.bar_z(rows) + layout.BAR_PITCH / 2)
    parts = []
    for share, apart in TICKS:
        parts.append(
            graph.group(
                tick,
                {"Value": share, "Apart": apart, "Text": f"{100 * share:.0f}%", "Length": per_unit, "Shown": shown},
            )
        )
    graph.output(graph.join(*parts))
    return graph


def _tick_group(studio, longest, top):
    graph = Graph("Bar tick")
    share, apart = graph.input("Value", default=0.0), graph.input("Apart", default=1.0)
    text, per_unit = graph.input("Text", "String"), graph.input("Length", default=1.0)
    shown = graph.input("Shown", default=0.0)
    x = layout.BAR_FOOT + share * per_unit
    light = graph.smooth(apart * per_unit, NEAR, APART) * (1.0 - graph.smooth(share * per_unit / longest, 1.0, BEYOND))
    light = light * shown
    low = layout.BAR_LOW + layout.BAR_PITCH / 2
    line = graph.object_geometry(studio.shape("Axis line", shapes.plate()))
    line = _placed(graph, line, graph.vector(x, BEHIND, (low + top) / 2), graph.vector(LINE, 1.0, (top - low) * light))
    line = graph.store(line, "tick", share * 100.0 + 0.5, "INT")  # percent
    number = studio.text(graph, text, SIZE, font=studio.latin)
    size = graph.smooth(light, 0.0, 0.5)
    number = _placed(
        graph, number, graph.vector(x, -0.2, layout.BAR_LOW - UNDER), graph.vector(size, size, size), FRONT
    )
    parts = [
        graph.coloured(line, studio.colour("text", LIGHT), studio.materials.glow, studio.speck),
        graph.coloured(number, studio.colour("text"), studio.materials.type, studio.speck),
    ]
    graph.output(graph.select(graph.join(*parts), light > 1e-3))
    return graph


def _placed(graph, geometry, place, scale, turn=(0.0, 0.0, 0.0)):
    inputs = {"Geometry": geometry, "Translation": place, "Rotation": turn, "Scale": scale}
    return graph.field("GeometryNodeTransform", inputs)
