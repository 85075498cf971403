"""Neurons on panels, and the threads that lead to them."""

from dataclasses import dataclass

import numpy as np

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
