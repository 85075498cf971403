"""Where the heads' arcs stand when each has a place of its own, over the row: like pictures on a wall, with names."""

import bpy
import numpy as np

from ....inference.trace import ModelInfo
from .. import layout, points, shapes
from ..evidence import mark
from ..nodes import Field, Graph
from ..studio import Studio
from ..texts import set_width, word

WIDE, NARROW = (13.0, 5.8), (6.6, 8.6)  # metres of all places together
OVER, NARROW_OVER = 0.6, 1.6  # metres from the columns, which are hidden then, to the lowest place
FILLED = 0.86, 0.60  # of a place, by a head's arcs
LOOP = 0.84  # metres: how high a token that reads itself loops
STEEPEST = 1.6  # how much more upright than across arcs are drawn, at most
LETTERS, LEAST = 0.19, 0.55  # size of the names: of a place's height; metres, where there is room
NAME = 0.94  # of a place's width, that a name may take
FOOT = 0.13  # metres, of the mark under an arc's end
LATER = 0.05  # of a head's way, before the next one leaves the row: nearly together, so that none waits where others go
SMALL, AWAY = (0.0, 0.6), (0.35, 1.0)  # parts of its way on which a head takes its size, and goes to its place


class HeadGrid:
    """Places for H heads, row by row from the upper left, as the heads are numbered.

    abreast: how many stand side by side. x: [T] where the tokens stand.
    """

    def __init__(self, n_head: int, abreast: int, wide: bool, x: np.ndarray, top: float):
        """top: z of the columns' upper end."""
        self.n_head, self.abreast = n_head, abreast
        self.rows = -(-n_head // abreast)
        self.width, self.height = WIDE if wide else NARROW
        self.middle, self.foot = float(x[0] + x[-1]) / 2, top + (OVER if wide else NARROW_OVER)
        span = float(x[-1] - x[0])
        self.place = self.width / abreast, self.height / self.rows
        self.scale_x = min(FILLED[0] * self.place[0] / (span + 0.6), 1.0)
        high = max(layout.arc_height(span) * 1.15, LOOP)
        self.scale_z = min(FILLED[1] * self.place[1] / high, STEEPEST * self.scale_x)

    @classmethod
    def of(cls, studio: Studio) -> "HeadGrid":
        script, wide = studio.script, studio.picture.is_wide
        abreast = max(1, round(np.sqrt(script.model.n_head * (1.5 if wide else 1 / 1.5))))
        top = layout.column_top(script.model.d_model, layout.SCALE_ATTENTION)
        return cls(script.model.n_head, abreast, wide, script.text_x, top)

    def feet(self, head: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """-> (x, z) of the middle of the line that a head's arcs stand on."""
        row, column = np.divmod(head, self.abreast)
        x = self.middle + (column - (self.abreast - 1) / 2) * self.place[0]
        return x, self.foot + (self.rows - 1 - row) * self.place[1]

    def spread(self, graph: Graph, head: Field, gone: Field, x: Field, up: Field, base: Field) -> tuple[Field, Field]:
        """Nodes: from places in the row, `up` over its columns, to those of their head -> (x, z).

        All are as small as they will be before they part: large ones would cross each other.
        """
        row = (head / float(self.abreast) + 1e-4).floor()
        column = head - row * float(self.abreast)
        foot_x = self.middle + (column - (self.abreast - 1) / 2) * self.place[0]
        foot_z = self.foot + (self.rows - 1.0 - row) * self.place[1]
        small, away = graph.smooth(gone, *SMALL), graph.smooth(gone, *AWAY)
        across = self.middle + (x - self.middle) * graph.mix(1.0, self.scale_x, small) + (foot_x - self.middle) * away
        return across, graph.mix(base, foot_z, away) + up * graph.mix(1.0, self.scale_z, small)

    def home(self, x: np.ndarray, head: np.ndarray, gone: np.ndarray) -> np.ndarray:
        """The inverse in numbers, across: where in the row places [n, m] of heads [n] were."""
        small, away = (_smooth(np.clip((gone - low) / (high - low), 0, 1)) for low, high in (SMALL, AWAY))
        moved = (self.feet(head)[0] - self.middle) * away
        return self.middle + (x - (self.middle + moved)[:, None]) / (1 + (self.scale_x - 1) * small)[:, None]


def gone_part(graph: Graph, fan: Field, n_head: int) -> Field:
    """Nodes: how far each head has gone to its place, 0 … 1; attribute `head`."""
    return graph.smooth(fan * (1.0 + LATER * (n_head - 1)) - graph.attribute("head", "INT") * LATER)


def gone(fan: float, head: np.ndarray, n_head: int) -> np.ndarray:
    """The same in numbers."""
    return _smooth(np.clip(fan * (1.0 + LATER * (n_head - 1)) - head * LATER, 0, 1))


def _smooth(part: np.ndarray) -> np.ndarray:
    return part * part * (3 - 2 * part)


def arrivals(n_head: int) -> np.ndarray:
    """[H] of Fan, at which each head has come to its place."""
    return (1.0 + LATER * np.arange(n_head)) / (1.0 + LATER * (n_head - 1))


def behind(head: np.ndarray, focus: np.ndarray, model: ModelInfo) -> np.ndarray:
    """Metres that the arcs of heads stand behind those of the focus head, or of the one of each's layer."""
    return np.where(head == focus, 0.0, (1 + head) / model.n_head) * layout.heads_back(model.n_layer)


class Feet:
    """What the arcs of a head stand on at its place: a mark a token, and the head's name. Fan: as of the beams."""

    def __init__(self, studio: Studio, grid: HeadGrid):
        film, script, palette = studio.film, studio.script, studio.palette
        head, token = (index.ravel() for index in np.indices((script.model.n_head, script.prompt_count)))
        others, focus = palette.heads, script.focus_head
        hues = [palette.gold if h == focus else others[(h - (h > focus)) % len(others)] for h in range(grid.n_head)]
        tints = np.array([palette.linear(hue) for hue in hues])
        x = script.text_x[script.earlier :][token]
        # As far back as the arcs: else they would stand beside their marks, seen from anywhere but straight before.
        back = behind(np.arange(grid.n_head), focus, script.model)
        mesh = points.point_mesh(
            "Feet of heads", {"head": head, "hue": tints[head]}, np.column_stack([x, back[head], 0 * x])
        )
        self.object, modifier = studio.field("Feet of heads", mesh, _feet_group(studio, grid))
        self.object.location.y = script.depth(2 * script.focus_layer)
        self.fan = film.dial(modifier, "Fan", 0.0)
        self.names = self._make_names(studio, grid, hues, back)
        self.visible = film.visibility(self.object)
        self.named = [film.visibility(label) for label in self.names]
        self.lights = [studio.light(label) for label in self.names]

    def _make_names(self, studio: Studio, grid: HeadGrid, hues: list[str], back: np.ndarray) -> list[bpy.types.Object]:
        """Shorter ones where one has no room with the word "head"; those that are still too long are smaller."""
        script, (wide, high) = studio.script, grid.place
        most = script.trace.blocks[script.focus_layer].pattern[:, script.focus_query].argmax(-1)
        read = [script.word(script.trace.tokens[place]) for place in most]
        size = min(max(LETTERS * high, LEAST), 0.3 * high, 0.2 * wide)
        for short in (False, True):
            texts = [head_name(studio.language, h, one, short) for h, one in enumerate(read)]
            sizes = [min(size, NAME * wide / set_width(text)) for text in texts]
            if min(sizes) == size:
                break
        made = []
        for head, (text, size, hue) in enumerate(zip(texts, sizes, hues, strict=True)):
            x, z = grid.feet(np.array(head))
            where = (float(x), script.depth(2 * script.focus_layer) + float(back[head]), float(z) - 0.85 * size)
            made.append(studio.label(f"Head {head + 1}", text, size, hue, where))
            mark(made[-1], "text", says="head", head=head, short=short, language=studio.language)
        return made


def head_name(language: str, head: int, read: str, short: bool) -> str:
    """What stands under a head's arcs: its number, and the word that the followed token reads most with it."""
    return f"{head + 1}: {read}" if short else word("head", language, number=head + 1, token=read)


def _feet_group(studio: Studio, grid: HeadGrid) -> Graph:
    graph = Graph("Feet of heads")
    fan = graph.input("Fan", default=0.0)
    base = layout.column_top(studio.script.model.d_model, layout.SCALE_ATTENTION)
    gone = gone_part(graph, fan, grid.n_head)
    seen = graph.store(graph.select(graph.geometry, gone > 1e-3), "gone", gone)
    x, y, _ = graph.split(graph.position())
    x, z = grid.spread(graph, graph.attribute("head", "INT"), graph.attribute("gone"), x, 0.0, base)
    plate = graph.object_geometry(studio.once("plate", lambda: studio.shape("Line", shapes.plate())))
    size = graph.attribute("gone") * FOOT
    made = graph.instances(seen, plate, graph.vector(size * 1.6, 1.0, size), graph.vector(x, y, z))
    tint = studio.palette.fade(graph, graph.attribute("hue", "FLOAT_COLOR"), 0.8)
    graph.output(graph.coloured(made, tint, studio.materials.glow, studio.speck))
    return graph
