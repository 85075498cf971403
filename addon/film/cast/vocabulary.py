"""The wall of the vocabulary: a dash for every token, as bright as its logit; and the light that scans it."""

from dataclasses import dataclass

import numpy as np

from ... import compat
from .. import layout, palette, points, shapes
from ..evidence import mark
from ..nodes import Graph

BEYOND = 14.0  # metres that the last vector goes on after the last layer, so that the machine is behind it
RAYS, RAY = 13, 0.012  # of light between the column and the wall; their thickness
BEFORE = -0.06  # metres from the last column to its frame
# Metres: thickness of the last column's frame, which is seen from the first layer on; its distance.
FRAME, FRAME_GAP = 0.12, 0.14
EDGE = 0.14  # metres around the wall's dashes


@dataclass(frozen=True)
class Board:
    """Where the wall, the bars and the strip stand: beside the last column, in a narrow picture over it."""

    left: float  # lower left corner of the list of bars, metres
    low: float
    y: float
    width: float  # of the list, and of the wall
    longest: float  # bar
    last: float  # x of the last column
    scale: float  # of that column
    top: float  # z of its upper end
    grid: layout.VocabularyGrid
    wide: bool

    @classmethod
    def of(cls, script, picture, stack_end, last):
        longest = layout.BAR_LONGEST if picture.is_wide else 3.75
        width = layout.BAR_FOOT + longest + 1.25  # a percentage stands beyond the longest bar
        scale = layout.unembedding_scale(picture.is_wide)
        top = layout.column_top(script.model.d_model, scale)
        left, low = (last + 1.0, 0.0) if picture.is_wide else (last - width / 2, top + 0.1)
        wall = (width - 0.3, 4.4) if picture.is_wide else (width, 4.3)
        grid = layout.VocabularyGrid.of(script.model.n_vocab, *wall)
        return cls(left, low, stack_end + BEYOND, width, longest, last, scale, top, grid, picture.is_wide)

    @property
    def wall_x(self):
        return self.left + (0.35 if self.wide else 0.0)

    @property
    def wall_z(self):
        return self.low + 0.22

    @property
    def name_size(self) -> float:
        """Of the words over the strip's pieces."""
        return 0.42 if self.wide else 0.5

    @property
    def strip_width(self):
        return self.width + 1.7 if self.wide else self.width

    @property
    def strip_x(self):
        return self.left - 1.7 if self.wide else self.left

    @property
    def strip_z(self):
        """Of its middle."""
        return self.low + (3.2 if self.wide else 1.75)

    @property
    def strip_height(self):
        return 0.12 * self.strip_width * (0.85 if self.wide else 1.9)

    @property
    def dial_place(self):
        """Where the column has stood."""
        return self.last - (0.1 if self.wide else 0.0), self.y - 0.25, 2.9 if self.wide else 1.75


class Vocabulary:
    """The wall. Sweep: the part from its foot that has been scanned; there is no more of it. Grown (0 … 1): how far its
    rows are unfolded."""

    def __init__(self, studio, board):
        film, script = studio.film, studio.script
        logits = script.trace.logits
        self.object, self.modifier = studio.field(
            "Vocabulary wall", _dash_mesh(board.grid, logits), _wall_group(studio, board)
        )
        self.object.location = (board.wall_x, board.y + 0.35, board.wall_z)
        mark(self.object, "vocabulary", size=[board.grid.width, board.grid.height])
        self.board = _slab(studio, board, self.object)
        self.scan, scan = studio.field("Vocabulary scan", _ray_mesh(), _scan_group(studio, board))
        self.scan.location = self.object.location
        for modifier in (self.modifier, scan):
            compat.set_input(modifier, "Sweep", 0.0)
        self.grown = film.dial(self.modifier, "Grown", 1.0)
        self.light = film.dial(self.modifier, "Light", 1.0)
        self._sweeps = [film.dial(modifier, "Sweep", 0.0) for modifier in (self.modifier, scan)]
        self.slab_size = film.place(self.board, "scale", (1.0, 1.0, 0.001))
        self.visible = film.visibility(self.object, self.board)
        frame = _frame(studio, board)
        self.home = board.last, BEFORE, 0.0  # of the frame, from its column's row
        self.frame_place = film.place(frame, "location", tuple(frame.location))
        self.frame_rise, self.frame_visible = (
            film.place(frame, "scale", (1.0, 1.0, 0.001)).dials[2],
            film.visibility(frame),
        )
        self.scan_visible = film.visibility(self.scan)

    def fall(self, **timing):
        """Clips that fold the wall up and sink it into the floor."""
        return [self.slab_size.to((1.0, 1.0, 0.001), **timing), self.grown.to(0.0, **timing)]

    def sweep(self, value, **timing):
        """Clips that move the scanning light, and let the wall rise with it."""
        return [dial.to(value, **timing) for dial in (*self._sweeps, self.slab_size.dials[2])]


def _slab(studio, board, wall):
    """The dark slab behind the dashes, its upper edge lit."""
    width, height = board.grid.width + 2 * EDGE, board.grid.height + 2 * EDGE
    vertices, faces, shade = shapes.block()
    vertices = np.array(vertices) * (width, 0.16, height)
    slab = studio.solid("Vocabulary slab", (vertices, faces, shade), studio.colour("slab"), studio.materials.solid)
    x, y, z = wall.location
    slab.location = (x + board.grid.width / 2, y + 0.12, z - EDGE)
    return slab


def _frame(studio, board):
    """A golden frame around the column that is held against the wall."""
    half = layout.COLUMN_WIDTH * board.scale / 2 + FRAME_GAP
    low, high = layout.COLUMN_BASE - 0.06, board.top + FRAME_GAP
    corners = [(-half, 0, low), (-half, 0, high), (half, 0, high), (half, 0, low)]
    shape = shapes.strokes(corners, [*corners[1:], corners[0]], FRAME)
    frame = studio.solid("Speaker frame", shape, studio.colour("gold", 1.2), studio.materials.glow)
    frame.location = (board.last, board.y + BEFORE, 0.0)
    return frame


def _dash_mesh(grid, logits):
    """Four points a token: `token`, `logit`, `shown`, `up` (-½ … ½ of its height)."""
    count = len(logits)
    x, z = grid.place(np.arange(count))
    wide, _ = grid.dash
    corners = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)])
    vertices = np.zeros((count, 4, 3), np.float32)
    vertices[..., 0] = x[:, None] + corners[:, 0] * wide
    vertices[..., 2] = z[:, None]
    mesh = points.quad_mesh("Vocabulary", vertices.reshape(-1, 3))
    shown = layout.shown_logit(logits, logits.min(), logits.max())
    for name, values in (("token", np.arange(count)), ("logit", logits), ("shown", shown)):
        values = values if name == "token" else np.asarray(values, np.float32)
        points.write_attribute(mesh, name, np.repeat(values, 4))
    points.write_attribute(mesh, "up", np.tile(corners[:, 1].astype(np.float32), count))
    return mesh


def _wall_group(studio, board):
    grid = board.grid
    graph = Graph("Vocabulary wall")
    grown, sweep = graph.input("Grown", default=1.0), graph.input("Sweep", default=1.0)
    light = graph.input("Light", default=1.0)
    x, _, z = graph.split(graph.position())
    up = z / grid.height
    unfolded = graph.smooth(grown * 1.6 - 0.6 * x / grid.width)
    place = graph.vector(x, 0.0, z + graph.attribute("up") * grid.dash[1] * unfolded)
    # A dash flashes as the light passes, and keeps the light of its score.
    flash = graph.math("EXPONENT", (up - sweep) * 14.0) * (sweep < 0.999)
    colour = graph.ramp(graph.attribute("shown"), palette.stops(studio.palette.score))
    colour = studio.palette.fade(graph, colour, light * (1.0 + flash * 1.6))
    moved = graph.move(graph.select(graph.geometry, (unfolded > 0.001) * (up < sweep)), place)
    dashes = graph.coloured(moved, colour, studio.materials.glow, studio.speck)
    graph.output(dashes)
    return graph


def _ray_mesh():
    """Thin quads: `share` 0 … 1 from ray to ray, `far` 1 at the wall, `up` across. The last one is the line itself."""
    share = np.append(np.linspace(0, 1, RAYS), 0.0)
    mesh = points.quad_mesh("Scan", np.zeros((4 * len(share), 3)))
    points.write_attribute(mesh, "share", np.repeat(share.astype(np.float32), 4))
    points.write_attribute(mesh, "line", np.repeat(np.arange(len(share)) == RAYS, 4).astype(np.float32))
    points.write_attribute(mesh, "far", np.tile(np.array([0, 1, 1, 0], np.float32), len(share)))
    points.write_attribute(mesh, "up", np.tile(np.array([-0.5, -0.5, 0.5, 0.5], np.float32), len(share)))
    return mesh


def _scan_group(studio, board):
    """Rays from the column to a line that runs up the wall."""
    grid = board.grid
    graph = Graph("Vocabulary scan")
    sweep = graph.input("Sweep", default=0.0)
    share, far, up, line = (graph.attribute(name) for name in ("share", "far", "up", "line"))
    wall_x, wall_z = board.wall_x, board.wall_z
    column_x, foot, top = board.last - wall_x, layout.COLUMN_BASE - wall_z, board.top - wall_z
    z = grid.height * sweep
    if board.wide:
        near_x, near_z = column_x + 0.36, graph.mix(foot, top, share)
    else:
        near_x, near_z = column_x + (share - 0.5) * 0.6, top + 0.0 * share
    ray_x, ray_z = graph.mix(near_x, share * grid.width, far), graph.mix(near_z, z, far)
    x = graph.mix(ray_x, far * grid.width, line)
    height = graph.mix(RAY, 0.035, line)
    place = graph.vector(x, -0.06, graph.mix(ray_z, z, line) + up * height)
    strength = graph.mix(0.30 + 0.6 * far, 1.4, line) * graph.smooth(sweep * 12.0) * graph.smooth((1.0 - sweep) * 12.0)
    colour = studio.palette.fade(graph, studio.colour("cyan"), strength)
    seen = graph.select(graph.geometry, strength > 0.01)
    graph.output(graph.coloured(graph.move(seen, place), colour, studio.materials.glow, studio.speck))
    return graph


class Strands:
    """Arcs of light from the dashes of some tokens to the feet of their bars, the likeliest first. Run: 0 … 1."""

    def __init__(self, studio, board, tokens, rows):
        """rows: of the tokens' bars."""
        film = studio.film
        self.object, modifier = studio.field("Strands", _strand_mesh(board, tokens, rows), _strand_group(studio))
        self.object.location = (0.0, board.y, 0.0)
        self.run = film.dial(modifier, "Run", 0.0)
        self.visible = film.visibility(self.object)


def _strand_mesh(board, tokens, rows, steps=36):
    """Arcs from the wall to the list of bars, as tubes: `along` 0 … 1, `place`."""
    vertices, faces, along, places = [], [], [], []
    share = np.linspace(0, 1, steps)
    ease = share * share * (3 - 2 * share)
    for place, (token, row) in enumerate(zip(tokens, rows, strict=True)):
        x, z = board.grid.place(int(token))
        start_x, start_z = board.wall_x + x, board.wall_z + z
        end_x, end_z = board.left + layout.BAR_FOOT, board.low + layout.bar_z(row)
        x = start_x + (end_x - start_x) * ease
        z = start_z + (end_z - start_z) * ease + layout.BAR_FLIGHT * np.sin(np.pi * ease)
        path = np.column_stack([x, np.full(steps, 0.06), z])
        one, quads, _ = shapes.tube(path, 0.016, sides=4)
        faces += [tuple(i + len(vertices) for i in face) for face in quads]
        vertices += one.tolist()
        along += np.repeat(share, 4).tolist()
        places += [place] * len(one)
    mesh = points.shape_mesh("Strands", vertices, faces)
    points.write_attribute(mesh, "along", np.array(along, np.float32))
    points.write_attribute(mesh, "place", np.array(places))
    return mesh


def _strand_group(studio):
    graph = Graph("Strands")
    run = graph.input("Run", default=0.0)
    behind = layout.flown(run, graph.attribute("place", "INT")) - graph.attribute("along")
    light = graph.math("EXPONENT", behind * -3.0) * (behind > 0.0)
    seen = graph.select(graph.geometry, light > 0.06)
    colour = graph.mix_colour(studio.colour("bar_cold"), studio.colour("bar_shine"), light**3.0)
    colour = studio.palette.fade(graph, colour, light * 1.3)
    graph.output(graph.coloured(seen, colour, studio.materials.glow, studio.speck))
    return graph
