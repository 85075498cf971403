"""Colours of the film: sRGB hex in, linear RGB out (Blender works in linear light)."""

import colorsys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Palette:
    """The colours of one theme. What is bright in the dark is strong on paper: a strength below 1 draws a colour
    towards the background, which is black or the paper."""

    glow: str  # middle and edge of the background
    edge: str
    surround: str  # what falls on surfaces from all sides
    floor: str
    floor_pool: str
    floor_far: str
    text: str
    text_dim: str
    caption: str
    gold: str  # selected, sampled, firing; and Chinese titles
    cyan: str  # the residual stream
    piece: str  # tokens that go on with a word
    learned: str  # the frame of a matrix of weights
    hot: str  # what is just being drawn
    pulse: str  # what runs along the beams
    cube: str
    cube_focus: str
    board: str
    gate: str
    lane: str
    pane: str
    earlier: str  # vectors that are there but not shown
    unlit: str  # marks that the dial and the chart have not reached
    bar: str
    bar_others: str
    bar_shine: str
    slab: str  # behind the wall of the vocabulary
    strip: str  # the pieces of the strip, in turn
    strip_odd: str
    bar_cold: str  # bars at a low temperature, and at a high one
    bar_hot: str
    # Values -1 … +1: blue, the background's brightness at zero, orange; safe for red-green blindness.
    diverging: tuple
    # A neuron's activation, 0 (off) … 1 (strongest).
    activation: tuple
    weight: tuple  # an attention weight 0 … 1 on the tile; no score
    future: str
    # A token's score on the wall of the vocabulary, 0 the lowest … 1 the highest.
    score: tuple
    # The emphasised head is always gold; the others take these in turn.
    heads: tuple
    # The words whose chances are followed through the layers, in turn.
    bands: tuple
    # How strongly a cell and a neuron shine: at 0, and how much more at 1.
    cell_shine: tuple
    neuron_shine: tuple
    lamps: float  # their power, of that in the dark
    is_dark: bool
    parts: dict  # act, or a moment of it -> (glow, edge) of the backdrop while it lasts; without one, `glow` and `edge`

    def linear(self, hex_colour, strength=1.0):
        """'#RRGGBB' -> linear (r, g, b, 1)."""
        return (*map(float, self.faded(linear(hex_colour)[:3], strength)), 1.0)

    def faded(self, rgb, strength):
        """Linear colours [.., 3] at a strength; in the dark it may be more than 1."""
        rgb = np.asarray(rgb, float)
        if self.is_dark:
            return rgb * strength
        paper = np.array(linear(self.glow)[:3])
        return paper + (rgb - paper) * np.minimum(strength, 1.0)

    def fade(self, graph, colour, strength):
        """As faded(), in nodes. colour: a Field or a linear (r, g, b, 1)."""
        if self.is_dark:
            return graph.scale_colour(colour[:3] if isinstance(colour, tuple) else colour, strength)
        return graph.mix_colour(linear(self.glow), colour, graph.math("MINIMUM", strength, 1.0))

    def cell_light(self, magnitude):
        """How strongly a cell shines, by how far its value is from 0 (0 … 1)."""
        least, more = self.cell_shine
        return least + more * magnitude

    def cell_colour(self, shown):
        """Places [n] on the diverging map, -1 … 1 -> linear rgb [n, 3] of their cells."""
        shown = np.asarray(shown, float)
        return on_ramp(self.diverging, shown) * self.cell_light(np.abs(shown))[:, None]

    def neuron_light(self, lit):
        """How strongly a neuron shines at brightness 0 … 1."""
        least, more = self.neuron_shine
        return least + more * lit**2.0

    def neuron_colour(self, lit):
        """Brightness [n], 0 … 1 -> linear rgb [n, 3] of the neurons."""
        lit = np.asarray(lit, float)
        return on_ramp(self.activation, lit) * self.neuron_light(lit)[:, None]


def between(colour: Sequence[float], other: Sequence[float]) -> tuple[float, float, float]:
    """Linear (r, g, b) half way between two colours round the wheel of hues, the shorter way."""
    one, two = (colorsys.rgb_to_hsv(*np.clip(rgb[:3], 0.0, 1.0)) for rgb in (colour, other))
    way = (two[0] - one[0] + 0.5) % 1.0 - 0.5
    hue, (saturation, value) = (one[0] + way / 2) % 1.0, np.add(one[1:], two[1:]) / 2
    return colorsys.hsv_to_rgb(hue, saturation, value)


def linear(hex_colour):
    """'#RRGGBB' -> linear (r, g, b, 1). sRGB transfer function: IEC 61966-2-1."""
    srgb = np.array([int(hex_colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return (*map(float, np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)), 1.0)


def stops(ramp, low=0.0):
    """A ramp of hex colours from `low` to 1 -> [(position 0 … 1, linear colour), ...] of a Color Ramp node."""
    return [((at - low) / (1 - low), linear(colour)) for at, colour in ramp]


def on_ramp(ramp, values):
    """What a Color Ramp node makes of a ramp: values [n], clipped to its ends -> linear rgb [n, 3]."""
    at = [place for place, _ in ramp]
    colours = np.array([linear(colour)[:3] for _, colour in ramp])
    return np.stack([np.interp(values, at, channel) for channel in colours.T], axis=-1)


DARK = Palette(
    glow="#1C2A45",
    edge="#05070C",
    surround="#0A101D",
    floor="#05070C",
    floor_pool="#0F1830",
    floor_far="#03050A",
    text="#EDF1F8",
    text_dim="#A9B5CC",
    caption="#9AA6BD",
    gold="#FFC24A",
    cyan="#5CC8FF",
    piece="#C98BFF",
    learned="#5E9DB5",
    hot="#FFF2D0",
    pulse="#FFFFFF",
    cube="#4C659D",
    cube_focus="#7E5A12",
    board="#0B101B",
    gate="#6C9BFF",
    lane="#5FC9C4",
    pane="#2E8A8E",
    earlier="#1B2436",
    unlit="#2A3F6B",
    bar="#DDE6FF",
    bar_others="#6F6A8C",
    bar_shine="#FFFFFF",
    slab="#191430",
    strip="#D5DEFF",
    strip_odd="#8A84DC",
    bar_cold="#A8E0FF",
    bar_hot="#FF9A82",
    diverging=((-1.0, "#8AD4FF"), (-0.56, "#1F8CFF"), (0.0, "#141A27"), (0.56, "#FF8F14"), (1.0, "#FFCB70")),
    activation=((0.0, "#3A5690"), (0.35, "#6B5A2E"), (0.70, "#FFC24A"), (1.0, "#FFF0C8")),
    weight=((0.0, "#2A2212"), (0.12, "#7A5413"), (0.45, "#FFC24A"), (1.0, "#FFF0C8")),
    future="#2A3348",
    score=((0.0, "#3A3070"), (0.45, "#5A4DA8"), (0.68, "#8C84E0"), (0.86, "#DADCFA"), (1.0, "#FFFFFF")),
    heads=("#4CC9F0", "#38C29A", "#EB88BB", "#8C8CFF", "#F2785C"),
    bands=("#5F7290", "#4CC9F0", "#F2785C", "#8C8CFF", "#1F9A78", "#EB88BB", "#B7C4DA", "#9BC24A"),
    cell_shine=(1.1, 1.1),
    neuron_shine=(0.85, 1.2),
    lamps=1.0,
    is_dark=True,
    parts={
        "prologue": ("#2A4A80", "#060A16"),
        "embedding": ("#274F9E", "#050A18"),
        "attention": ("#6C3047", "#0C0609"),
        "attention.numbers": ("#3A1730", "#060206"),
        "mlp": ("#146264", "#030E10"),
        "stack": ("#2E4C8C", "#060B18"),
        "unembedding": ("#4C3A88", "#0B0818"),
        "unembedding.cold": ("#2A60AC", "#061430"),
        "unembedding.hot": ("#A43A2A", "#200609"),
        "loop": ("#3A4590", "#080B1C"),
        "loop.end": ("#2C6299", "#050F1E"),
    },
)
PAPER = Palette(
    glow="#F7F4EC",
    edge="#E9E4D8",
    surround="#A8A59E",
    floor="#EFEBE1",
    floor_pool="#F7F4EC",
    floor_far="#F0ECE2",
    text="#1A2130",
    text_dim="#566075",
    caption="#414B5E",
    gold="#9E5E00",
    cyan="#0A6CB4",
    piece="#7A3FB0",
    learned="#4C7F96",
    hot="#4A2600",
    pulse="#4A2600",
    cube="#C6D1E6",
    cube_focus="#F4CE7A",
    board="#EDE8DC",
    gate="#6484C8",
    lane="#4F9490",
    pane="#D8DDD6",
    earlier="#DAD9D6",
    unlit="#C3CCDD",
    bar="#6C7FB8",
    bar_others="#BDC3CE",
    bar_shine="#2A3A6E",
    slab="#F3EFE4",
    strip="#8FA0D6",
    strip_odd="#C3CCE8",
    bar_cold="#3E8FC9",
    bar_hot="#D0604A",
    diverging=((-1.0, "#083F8C"), (-0.56, "#4A90DE"), (0.0, "#E6E1D5"), (0.56, "#F0993A"), (1.0, "#9C4A00")),
    activation=((0.0, "#CBD2DF"), (0.35, "#E2C48A"), (0.70, "#D98400"), (1.0, "#7A3C00")),
    weight=((0.0, "#EFE6D2"), (0.12, "#EFCB85"), (0.45, "#D98400"), (1.0, "#6B3600")),
    future="#D5D1C6",
    score=((0.0, "#EDE8DC"), (0.45, "#D5D3DC"), (0.7, "#8E8BC0"), (0.88, "#3F3B86"), (1.0, "#14113C")),
    heads=("#1B8FBF", "#075E4A", "#C85592", "#5656CC", "#A32F22"),
    bands=("#8894AB", "#1B8FBF", "#A32F22", "#5656CC", "#075E4A", "#C85592", "#566075", "#5E7A12"),
    cell_shine=(1.0, 0.0),
    neuron_shine=(1.0, 0.0),
    lamps=0.3,
    is_dark=False,
    parts={},
)
THEMES = {"dark": DARK, "paper": PAPER}
