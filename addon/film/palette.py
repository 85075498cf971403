"""Colours of the film: sRGB hex in, linear RGB out (Blender works in linear light)."""

import numpy as np


def linear(hex_colour, strength=1.0):
    """'#RRGGBB' -> linear (r, g, b, 1), rgb scaled by `strength`. sRGB transfer function: IEC 61966-2-1."""
    srgb = np.array([int(hex_colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    rgb = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4) * strength
    return (*map(float, rgb), 1.0)


BACKGROUND_GLOW, BACKGROUND_EDGE = "#1C2A45", "#05070C"
SURROUND_LIGHT = "#0A101D"
FLOOR, FLOOR_POOL = "#05070C", "#0F1830"

TEXT, TEXT_DIM, CAPTION = "#EDF1F8", "#A9B5CC", "#9AA6BD"
GOLD = "#FFC24A"  # selected, sampled, firing; and Chinese titles
CYAN = "#5CC8FF"  # the residual stream
CUBE, CUBE_FOCUS = "#44557F", "#5A4414"
BOARD = "#0B101B"
GATE = "#6C9BFF"
LANE = "#4E7BD8"
EARLIER = "#1B2436"  # vectors that are there but not shown
BAR, BAR_OTHERS = "#4666A8", "#36415C"

# Values -1 … +1: blue, dark at zero, orange; safe for red-green blindness.
DIVERGING = ((-1.0, "#7CC8FF"), (-0.56, "#1E7FE0"), (0.0, "#141A27"), (0.56, "#F08A1D"), (1.0, "#FFC46B"))
# A neuron's activation, 0 (off) … 1 (strongest).
ACTIVATION = ((0.0, "#3A5690"), (0.35, "#6B5A2E"), (0.70, "#FFC24A"), (1.0, "#FFF0C8"))
# The emphasised head is always gold; the others take these in turn.
HEADS = ("#4CC9F0", "#2EC4A0", "#E77FB3", "#8C8CFF", "#F2785C")


# --- numbers to colours: the node groups draw with these, and whoever checks a film computes with them -----------


def stops(ramp, low=0.0):
    """A ramp of hex colours from `low` to 1 -> [(position 0 … 1, linear colour), ...] of a Color Ramp node."""
    return [((at - low) / (1 - low), linear(colour)) for at, colour in ramp]


def on_ramp(ramp, values):
    """What a Color Ramp node makes of a ramp: values [n], clipped to its ends -> linear rgb [n, 3]."""
    at = [place for place, _ in ramp]
    colours = np.array([linear(colour)[:3] for _, colour in ramp])
    return np.stack([np.interp(values, at, channel) for channel in colours.T], axis=-1)


def cell_light(magnitude):
    """How strongly a cell shines, by how far its value is from 0 (0 … 1)."""
    return 0.75 + 0.9 * magnitude


def cell_colour(shown):
    """Places [n] on the diverging map, -1 … 1 -> linear rgb [n, 3] of their cells."""
    shown = np.asarray(shown, float)
    return on_ramp(DIVERGING, shown) * cell_light(np.abs(shown))[:, None]


def neuron_light(lit):
    """How strongly a neuron shines at brightness 0 … 1."""
    return 0.85 + 1.2 * lit**2.0


def neuron_colour(lit):
    """Brightness [n], 0 … 1 -> linear rgb [n, 3] of the neurons."""
    lit = np.asarray(lit, float)
    return on_ramp(ACTIVATION, lit) * neuron_light(lit)[:, None]
