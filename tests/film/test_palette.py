"""Both themes: type stands out from the background, and no meaning hangs on red against green.

Colour blindness is simulated by the matrices of Machado, Oliveira and Fernandes, "A physiologically-based model for
simulation of color vision deficiency" (2009), severity 1; distances are CIE 1976 L*a*b* (2.3 is just noticeable).
"""

import itertools

import numpy as np
import pytest

from transformer_cinema.addon.film.palette import THEMES, between, linear, on_ramp

SEEN = {
    "as it is": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
}
XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)


def lab(rgb):
    """Linear sRGB [.., 3] -> L*a*b* under D65."""
    x = np.clip(rgb, 0, 1) @ XYZ.T / XYZ.sum(1)
    f = np.where(x > (6 / 29) ** 3, np.cbrt(x), x / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1)


def distance(one, other, eye):
    """Between two linear colours, as an eye sees them."""
    return float(np.linalg.norm(lab(np.array(one)[:3] @ eye.T) - lab(np.array(other)[:3] @ eye.T)))


def contrast(one, other):
    """WCAG 2 contrast ratio of two hex colours."""
    light, dark = sorted((float(np.dot(linear(colour)[:3], XYZ[1])) for colour in (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.fixture(params=THEMES)
def palette(request):
    return THEMES[request.param]


@pytest.fixture(params=SEEN)
def eye(request):
    return SEEN[request.param]


def test_type_stands_out(palette):
    for name in ("text", "text_dim", "caption", "gold"):
        for ground in (palette.glow, palette.edge):
            assert contrast(getattr(palette, name), ground) > (7 if name == "text" else 3.9), (name, ground)
    for ground in (palette.cube, palette.cube_focus):
        assert contrast(palette.text, ground) > 5


def test_signs_of_numbers_are_told_apart(palette, eye):
    ends = on_ramp(palette.diverging, [-1.0, -0.5, 0.0, 0.5, 1.0])
    for one, other in itertools.combinations(ends, 2):
        assert distance(one, other, eye) > 20
    lightness = lab(on_ramp(palette.diverging, np.linspace(0, 1, 9)) @ eye.T)[:, 0]
    assert (np.diff(lightness if palette.is_dark else -lightness) > 0).all(), (
        "further from zero is further from the board"
    )


def test_gold_means_one_thing(palette, eye):
    """The emphasised head and the drawn token are told from all others."""
    gold = linear(palette.gold)
    for name in ("cyan", "bar", "bar_others", "cube", "gate", "lane", "text_dim", "edge"):
        assert distance(gold, linear(getattr(palette, name)), eye) > 20, name
    for head in palette.heads:
        assert distance(gold, linear(head), eye) > 15, head


def test_the_other_heads_differ(palette, eye):
    for one, other in itertools.combinations(palette.heads, 2):
        assert distance(linear(one), linear(other), eye) > 10, (one, other)


def test_weights_and_activations_grow_away_from_the_background(palette, eye):
    lightness = lab(on_ramp(palette.weight, np.linspace(0, 1, 20)) @ eye.T)[:, 0]
    assert (np.diff(lightness) * (1 if palette.is_dark else -1) > 0).all()
    off, firing = on_ramp(palette.activation, [0.0, 0.7])
    assert distance(off, firing, eye) > 40


def test_type_stands_out_in_every_part(palette):
    """WCAG 2.2, 1.4.3."""
    for part, (glow, edge) in palette.parts.items():
        assert contrast(palette.text, edge) > 12, part
        assert contrast(palette.text, glow) > 4.5, part


def saturation(rgb):
    """Of linear (r, g, b), 0 grey … 1."""
    return 1.0 - min(rgb[:3]) / max(rgb[:3])


@pytest.mark.parametrize(
    ("one", "other"), [("attention", "mlp"), ("mlp", "stack"), ("unembedding.cold", "unembedding.hot")]
)
def test_the_backdrop_is_never_grey_on_its_way(one, other):
    """Half of each of two unlike colours would be."""
    ends = [linear(THEMES["dark"].parts[part][0])[:3] for part in (one, other)]
    assert saturation(between(*ends)) > 0.9 * min(map(saturation, ends))
    assert np.allclose(between(*ends), between(*reversed(ends)))
    assert np.allclose(between(ends[0], ends[0]), ends[0])
