"""Whoever measures a shape in the film gets back the number that it stands for."""

import numpy as np
import pytest

from transformer_cinema.addon.film import layout

WEIGHTS = np.array([0.0, 1e-6, 0.02, 0.31, 0.999, 1.0])


@pytest.mark.parametrize(
    ("shape", "number"),
    [(layout.beam_radius, layout.weight_of_beam), (layout.other_radius, layout.weight_of_other)],
)
def test_a_beams_radius_gives_back_its_weight(shape, number):
    radius = shape(WEIGHTS)
    assert number(radius) == pytest.approx(WEIGHTS, abs=1e-12)
    assert (np.diff(radius) > 0).all() and (radius > 0).all()


def test_the_same_weight_is_wider_in_the_head_that_the_film_is_about():
    assert (layout.beam_radius(WEIGHTS) > layout.other_radius(WEIGHTS)).all()


@pytest.mark.parametrize("highest", [1e-9, 0.003, 0.4, 1.0])
def test_a_bars_length_gives_back_its_probability(highest):
    scale = layout.BarScale.of(highest)
    shares = np.linspace(0, highest, 7)
    assert scale.probability(scale.length(shares)) == pytest.approx(shares, abs=1e-12)
    assert scale.length(highest) <= layout.BAR_LONGEST * 1.001


@pytest.mark.parametrize("count", [1, 2, 400, 6144, 50257])
def test_every_token_has_its_own_place_on_the_wall(count):
    grid = layout.VocabularyGrid.of(count, 7.5, 4.4)
    x, z = grid.place(np.arange(count))
    assert len(set(zip(x.round(9), z.round(9), strict=True))) == count
    wide, high = grid.dash
    assert x.min() >= wide / 2 and x.max() <= grid.width - wide / 2
    assert z.min() >= high / 2 - 1e-9 and z.max() <= grid.height - high / 2
    assert z[0] == z.max() and x[0] == x.min(), "it is read from the upper left"


def test_the_columns_of_the_others_sink_one_after_another():
    order = np.array([layout.gone(solo, np.arange(5), 5) for solo in np.linspace(0, 1, 50)])
    assert (order[0] == 0).all() and order[-1].tolist() == [1, 1, 1, 1, 0]
    assert (np.diff(order, axis=0) >= 0).all() and (np.diff(order[:, :4], axis=1) <= 0).all()


def test_a_value_that_is_not_clipped_comes_back():
    values = np.random.default_rng(0).standard_normal((5, 192)).astype(np.float32)
    scale = layout.value_scale(values)
    shown = layout.shown_value(values, scale)
    inside = np.abs(values) <= scale
    assert layout.value_of_shown(shown, scale)[inside] == pytest.approx(values[inside], rel=1e-6)
    assert (np.sign(shown) == np.sign(values)).all()


def test_one_percent_of_the_components_is_clipped():
    values = np.linspace(-1, 1, 10_001)
    shown = layout.shown_value(values, layout.value_scale(values))
    assert np.abs(shown).max() == 1.0
    assert (np.abs(shown) == 1.0).mean() == pytest.approx(0.01, abs=0.001)


def test_a_few_huge_components_do_not_darken_the_others():
    """Real GPT-2 has components a hundred times larger than the rest."""
    values = np.random.default_rng(0).standard_normal((7, 768))
    calm = layout.value_scale(values)
    values[:, 138] = 3000.0
    assert layout.value_scale(values) < 2 * calm
    assert layout.shown_value(values, layout.value_scale(values))[:, 138] == pytest.approx(1.0)


def test_a_vector_of_zeros_is_shown_as_zeros():
    zeros = np.zeros((3, 8), np.float32)
    assert (layout.shown_value(zeros, layout.value_scale(zeros)) == 0).all()


def test_an_activation_below_zero_counts_as_off():
    shown = layout.shown_activation(np.array([-0.17, 0.0, 1.0, 2.0, 9.0]), 2.0)
    assert shown.tolist() == [0.0, 0.0, 0.5, 1.0, 1.0]


@pytest.mark.parametrize("d", [1, 2, 32, 192, 768, 1600])
def test_the_cells_of_a_column_do_not_overlap(d):
    grid = layout.CellGrid.of(d)
    assert (grid.rows - 1) * grid.columns < d <= grid.rows * grid.columns
    assert grid.columns * grid.pitch == pytest.approx(layout.COLUMN_WIDTH)
    assert grid.height == pytest.approx(grid.rows * grid.pitch)


@pytest.mark.parametrize("size", [1, 8, 128, 768, 3072, 6400])
def test_every_neuron_has_its_own_place_on_the_panel(size):
    grid = layout.NeuronGrid.of(size)
    place = grid.place(np.arange(size))
    assert place.shape == (size, 3)
    columns = np.rint(place[:, 0] / grid.pitch + (grid.columns - 1) / 2)
    rows = grid.rows - 1 - np.rint(place[:, 2] / grid.pitch - 0.5)
    assert (rows * grid.columns + columns).tolist() == list(range(size))
    assert np.abs(place[:, 0]).max() <= layout.NEURON_PANEL_WIDTH / 2
    assert 0 < place[:, 2].min() and place[:, 2].max() < grid.height


def test_the_prompt_stays_centred_while_drawn_words_join_at_the_right():
    assert layout.token_x(7, 7).mean() == pytest.approx(0)
    assert layout.token_x(11, 7)[:7] == pytest.approx(layout.token_x(7, 7))
    assert np.diff(layout.token_x(11, 7)) == pytest.approx(layout.TOKEN_PITCH)
    assert layout.token_x(1, 1).tolist() == [0.0]


def test_every_half_block_moves_the_row_on():
    depth = layout.depth_of_checkpoint(np.arange(-1, 13), 6)
    assert depth[:2].tolist() == [0.0, 0.0]  # the embedding stands where the stream begins
    assert np.diff(depth[1:]) == pytest.approx(layout.BLOCK_DEPTH / 2)
