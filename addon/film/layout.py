"""Where things stand and how numbers become shapes. Pure numpy; every mapping has its inverse.

Unit: metre. Tokens along +X, vector components up +Z, depth (layers) along +Y away from the camera.
The builder draws with these functions, and whoever checks a film reads the shapes back with their inverses.
"""

from dataclasses import dataclass

import numpy as np

TOKEN_PITCH = 1.60
EARLIER_PITCH, EARLIER_GAP = 0.20, 1.35  # of tokens that stand before the shown ones, as slabs without words
CUBE_SIZE = (1.24, 0.90, 0.80)
CUBE_FLOAT = 0.34
COLUMN_BASE = 1.24  # where a column stands, just above its cube
COLUMN_WIDTH = 0.648
# One transformer block along +Y, half for attention, half for the MLP; deep models are as long as one of 12.
BLOCK_DEPTH, STACK_DEPTH = 7.2, 86.4
MAX_GATES = 16  # layers that have a gate with a name, and their vectors in the shot of all layers

# Size of the columns in each act, relative to the first.
SCALE_EMBEDDING, SCALE_ATTENTION, SCALE_FLIGHT, SCALE_UNEMBEDDING = 1.0, 0.54, 0.78, 0.96


# --- tokens and vectors --------------------------------------------------------------------------


def token_x(count, prompt_count):
    """x of `count` tokens; the prompt's `prompt_count` are centred on 0, drawn tokens go on to the right."""
    return (np.arange(count) - (prompt_count - 1) / 2) * TOKEN_PITCH


def text_x(text_count, shown_count):
    """x of all tokens of a prompt; the last `shown_count` stand as in token_x, earlier ones close together before."""
    earlier = text_count - shown_count
    shown = token_x(shown_count, shown_count)
    return np.concatenate([shown[0] - EARLIER_GAP - np.arange(earlier)[::-1] * EARLIER_PITCH, shown])


@dataclass(frozen=True)
class CellGrid:
    """How the d components of a vector fill a column: row by row from the bottom, `columns` wide."""

    columns: int
    rows: int
    pitch: float

    @classmethod
    def of(cls, d):
        columns = max(1, round(np.sqrt(d * 6 / 32)))
        return cls(columns, -(-d // columns), COLUMN_WIDTH / columns)

    @property
    def height(self):
        return self.rows * self.pitch


def column_top(d, scale):
    """z of a column's upper end."""
    return COLUMN_BASE + CellGrid.of(d).height * scale


def update_offset(scale):
    """How far to the side of a column an update stands that is added to it."""
    return (COLUMN_WIDTH + 0.09) * scale


def gone(solo, token, count):
    """How far the columns of tokens [n] have sunk, 0 … 1, when only the last of `count` is to stay: one after another.

    The last one is not among them; `solo` goes from 0 to 1.
    """
    return np.clip((solo * (count + 1) - np.minimum(token, count - 2)) / 2, 0, 1) * (token != count - 1)


def value_scale(values):
    """The magnitude that gets the full colour: the 99th percentile, so that a few huge components
    (they exist in every real GPT-2) do not darken all others."""
    return max(float(np.percentile(np.abs(values), 99)), 1e-12)


def shown_value(values, scale):
    """Component -> place on the diverging colour map, -1 … 1; beyond the scale it is clipped."""
    return np.clip(values / scale, -1.0, 1.0)


def value_of_shown(shown, scale):
    """Inverse of shown_value, exact where nothing was clipped."""
    return shown * scale


def block_depth(n_layer):
    """How long a block is along +Y."""
    return min(BLOCK_DEPTH, STACK_DEPTH / n_layer)


def every(n_layer):
    """One layer in how many has a gate."""
    return -(-n_layer // MAX_GATES)


def depth_of_checkpoint(checkpoint, n_layer):
    """y of the row of columns at a residual-stream checkpoint 0 … 2L: each half block moves it on."""
    return np.maximum(checkpoint, 0) * (block_depth(n_layer) / 2)


# --- meaning space -------------------------------------------------------------------------------

SPACE_HALF = (6.4, 2.6, 2.9)  # metres from the middle that nearly all of the cloud stays within


def space_scale(cloud):
    """Metres per unit of the token table for a cloud [V, 3], the same along all axes, so that no distance is bent."""
    reach = np.percentile(np.abs(cloud), 99, axis=0)[[0, 2, 1]]
    return float(min(half / max(one, 1e-9) for half, one in zip(SPACE_HALF, reach, strict=True)))


def space_place(cloud, scale):
    """Principal components -> metres: the first along X, the second up Z, the third along Y into the picture."""
    return np.asarray(cloud, np.float64)[:, [0, 2, 1]] * scale


def cloud_of_place(place, scale):
    """Inverse of space_place."""
    return np.asarray(place)[:, [0, 2, 1]] / scale


# --- attention -----------------------------------------------------------------------------------


def heads_back(n_layer):
    """How far behind the focus head's arcs those of the last other head stand."""
    return min(1.1, 0.3 * block_depth(n_layer))


BEAM_RADIUS, BEAM_RADIUS_PER_WEIGHT = 0.009, 0.085
OTHER_RADIUS, OTHER_RADIUS_PER_WEIGHT = 0.0055, 0.016
BEAM_INSET = 0.06
BEAM_THRESHOLD, OTHER_THRESHOLD = 0.02, 0.09  # weights below these are not drawn; the captions say so


def beam_radius(weight):
    """Attention weight -> radius of the focus head's beam."""
    return BEAM_RADIUS + BEAM_RADIUS_PER_WEIGHT * weight


def weight_of_beam(radius):
    """Inverse of beam_radius."""
    return (radius - BEAM_RADIUS) / BEAM_RADIUS_PER_WEIGHT


def other_radius(weight):
    """Attention weight -> radius of a beam of one of the other heads."""
    return OTHER_RADIUS + OTHER_RADIUS_PER_WEIGHT * weight


def weight_of_other(radius):
    """Inverse of other_radius."""
    return (radius - OTHER_RADIUS) / OTHER_RADIUS_PER_WEIGHT


BEAM_TAIL, BEAM_SWELLING = 0.12, 0.9  # of a pulse: its length on an arc of length 1; how much thicker an arc is there


ARC_FOOT, ARC_SLOPE = 0.42, 0.19


def arc_height(span):
    """How far a beam rises over the columns, for the distance between its two tokens."""
    return ARC_FOOT + ARC_SLOPE * np.abs(span)


# --- the tile of one head's scores and weights ---------------------------------------------------

TILE_CELL = 0.82  # a cell's side, in pitches
TILE_FLAT = 0.12  # how far a cell stands out, in pitches
TILE_STRETCH = 1.7  # how much wider than high cells are in a wide picture
TILE_OVER = 1.25  # how long all bars of a row are before they are squeezed, in lengths of the rail
TILE_LOWER = 0.3  # pitches that the row which is followed comes down, in sizes of its bars
BAR_PART = 0.97  # of a bar's length that is drawn: a gap separates it from the next one


@dataclass(frozen=True)
class TileGrid:
    """A board of count x count cells: a row for every query from the top, a column for every key from the left."""

    count: int
    stretch: float = 1.0  # how much wider than high a cell is

    @property
    def pitch(self):
        """Metres from a row to the next one; long prompts get a larger tile of smaller cells."""
        return 1.4 / (1 + 0.15 * (self.count - 1))

    @property
    def height(self):
        return self.count * self.pitch

    @property
    def width(self):
        """Also the length of a rail: an attention weight of 1."""
        return self.height * self.stretch

    def place(self, query, key):
        """-> (x, z) of a cell's middle, from the tile's middle."""
        middle = (self.count - 1) / 2
        return (key - middle) * self.pitch * self.stretch, (middle - query) * self.pitch

    def bar(self, before, weight):
        """-> (x of its middle, its length) of a weight's bar on the rail, from the tile's middle.

        before: the sum of the weights to its left.
        """
        return (before + weight / 2 - 0.5) * self.width, weight * self.width * BAR_PART

    def weight(self, length):
        """Inverse of a bar's length."""
        return length / (self.width * BAR_PART)


# --- walls of weights ----------------------------------------------------------------------------


@dataclass(frozen=True)
class WallGrid:
    """How a matrix fills a plane: row 0 on top, column 0 on the left; upright, row 0 is on the left."""

    rows: int
    columns: int
    width: float
    height: float
    upright: bool = False

    @property
    def along(self):
        """Metres from the first row's edge to the last one's."""
        return self.width if self.upright else self.height

    @property
    def across(self):
        """Metres that a row is long."""
        return self.height if self.upright else self.width

    def place(self, row, column):
        """-> (x, z) of a cell's middle, from the wall's middle."""
        down = ((row + 0.5) / self.rows - 0.5) * self.along
        right = ((column + 0.5) / self.columns - 0.5) * self.across
        return (down, -right) if self.upright else (right, -down)

    def cell(self, x, z):
        """Inverse of place: (row, column) with fractions, whole in the middle of a cell."""
        down, right = (x, -z) if self.upright else (-z, x)
        return (down / self.along + 0.5) * self.rows - 0.5, (right / self.across + 0.5) * self.columns - 0.5


# --- neurons -------------------------------------------------------------------------------------

NEURON_PANEL_WIDTH = 1.28
NEURON_PANEL_GAP = 0.36  # between a column's top and the panel above it
NEURON_OFF, NEURON_FIRING = 0.038, 0.064  # diameters on a panel 24 neurons wide


class Discs:
    """How large the discs of neurons are that stand `pitch` apart."""

    def diameter(self, lit):
        """Brightness 0 … 1 -> diameter of a neuron's disc."""
        return self.pitch / 0.0535 * (NEURON_OFF + (1.25 * NEURON_FIRING - NEURON_OFF) * lit)

    def lit(self, diameter):
        """Inverse of diameter."""
        return (diameter / self.pitch * 0.0535 - NEURON_OFF) / (1.25 * NEURON_FIRING - NEURON_OFF)


@dataclass(frozen=True)
class NeuronGrid(Discs):
    """How the neurons of one layer fill a token's panel."""

    columns: int
    rows: int
    pitch: float

    @classmethod
    def of(cls, d_mlp):
        columns = max(1, round(np.sqrt(d_mlp * 24 / 32)))
        return cls(columns, -(-d_mlp // columns), NEURON_PANEL_WIDTH / columns)

    @property
    def height(self):
        return self.rows * self.pitch

    def place(self, neuron):
        """Neuron index -> (x, y, z) on its panel, row by row from the top, from the middle of its lower edge.

        The sides bend to the viewer.
        """
        x = (neuron % self.columns - (self.columns - 1) / 2) * self.pitch
        z = self.height - (neuron // self.columns + 0.5) * self.pitch
        return np.stack([x, -0.22 * (2 * x / NEURON_PANEL_WIDTH) ** 2, z], axis=-1)

    def turn(self, reveal, z):
        """How far a neuron at height `z` of its panel is unfolded, 0 … 1 after a smooth step, by that of the panel."""
        return reveal * 1.4 - 0.4 * z / self.height


@dataclass(frozen=True)
class PanelGrid(Discs):
    """How one token's neurons fill the large panel of the close-up: row by row from the top, as those of W_in."""

    columns: int
    rows: int
    pitch: float
    width: float
    height: float
    down: float  # from one row of neurons to the next

    @classmethod
    def of(cls, d_mlp, width, height):
        columns = max(1, round(np.sqrt(d_mlp * width / height)))
        down = height * columns / d_mlp
        return cls(columns, -(-d_mlp // columns), min(width / columns, down), width, height, down)

    def place(self, neuron):
        """Neuron index -> (x, y, z) from the middle of the panel."""
        x = ((neuron % self.columns + 0.5) / self.columns - 0.5) * self.width
        z = self.height / 2 - (neuron // self.columns + 0.5) * self.down
        return np.stack([x, 0.0 * x, z], axis=-1)


def shown_activation(post, scale):
    """Activation after GELU -> brightness 0 … 1. GELU's small negative values count as off."""
    return np.clip(post / scale, 0.0, 1.0)


THREAD_RADIUS, THREAD_RADIUS_PER_SHOWN = 0.0045, 0.006
THREAD_TAIL, THREAD_SWELLING = 0.14, 0.012  # of a pulse: its length, and metres that it adds at full brightness


def thread_radius(shown):
    """Brightness 0 … 1 of a neuron -> radius of the thread that leads to it."""
    return THREAD_RADIUS + THREAD_RADIUS_PER_SHOWN * shown


def shown_of_thread(radius):
    """Inverse of thread_radius."""
    return (radius - THREAD_RADIUS) / THREAD_RADIUS_PER_SHOWN


PANEL_THREAD = 1.6  # how much thicker a thread of the large panel is
LIT = 0.5  # an activation above which a neuron counts as lit


# --- probabilities -------------------------------------------------------------------------------

CANDIDATES = 10  # bars of the main step
LOOP_CANDIDATES = 6  # bars of the steps in the loop, beside the row
BAR_FOOT, BAR_LONGEST = 1.85, 5.0  # x where bars begin, right of their words; metres of the longest one
LOOP_LONGEST = 2.4  # in the loop
BAR_PITCH, BAR_THICK, BAR_LOW = 0.385, 0.25, 0.6  # from row to row; height of a bar; z of the lowest one's middle
DASH_ASPECT, DASH_FILLED = 5.0, (0.82, 0.66)  # of a token's place on the wall of the vocabulary; what it fills of it
DOOR = 0.42  # of the strip's width that the drawn token's piece has, once the picture has dived into it


@dataclass(frozen=True)
class BarScale:
    """Probability -> length of a bar, the same scale for all bars of a picture, "all others" among them.

    That one may be longer than the picture is wide.
    """

    per_unit: float  # metres for probability 1

    @classmethod
    def of(cls, highest, longest=BAR_LONGEST):
        """The scale at which a bar of probability `highest` is `longest` metres long."""
        return cls(longest / max(highest, 1e-6))

    def length(self, probability):
        return probability * self.per_unit

    def probability(self, length):
        """Inverse of length."""
        return length / self.per_unit


def bar_z(row):
    """z of the middle of a bar, by its row from below; "all others" is in row 0."""
    return BAR_LOW + row * BAR_PITCH


def with_drawn(likeliest, drawn):
    """The tokens that get a bar: the likeliest, and the drawn one in the last place if it is not among them."""
    return likeliest if drawn in likeliest else np.append(likeliest[:-1], drawn)


@dataclass(frozen=True)
class VocabularyGrid:
    """A wall of dashes, one a token, in reading order from the upper left."""

    columns: int
    rows: int
    width: float
    height: float

    @classmethod
    def of(cls, count, width, height):
        columns = max(1, round(np.sqrt(count * width / (height * DASH_ASPECT))))
        return cls(columns, -(-count // columns), width, height)

    @property
    def pitch(self):
        """From dash to dash, (x, z) in metres."""
        return self.width / self.columns, self.height / self.rows

    @property
    def dash(self):
        """(width, height) of a dash."""
        return tuple(pitch * filled for pitch, filled in zip(self.pitch, DASH_FILLED, strict=True))

    def place(self, token):
        """Token id -> (x, z) of its dash's middle, from the wall's lower left corner."""
        row, column = np.divmod(token, self.columns)
        across, down = self.pitch
        return (column + 0.5) * across, self.height - (row + 0.5) * down


def shown_logit(logits, lowest, highest):
    """Logits -> brightness 0 … 1 on the wall of the vocabulary."""
    return (np.asarray(logits) - lowest) / max(highest - lowest, 1e-9)


def dive(share):
    """How many times larger the strip is drawn in the end, for the drawn token's share of it."""
    return max(1.0, DOOR / max(share, 1e-9))
