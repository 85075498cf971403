"""A neuron lights up by its activation; the threads lead to the strongest."""

import numpy as np
import pytest

from film.screening import CELL, GLOW, NEURONS, THREADS, UPDATES
from transformer_cinema.addon import compat
from transformer_cinema.addon.film import layout
from transformer_cinema.addon.film.cast.neurons import STRONGEST
from transformer_cinema.addon.film.texts import ALL


def by_token(shape, size, name):
    """Evaluated discs -> [T, m] of an attribute."""
    token, neuron = shape["token"], shape["neuron"]
    values = np.full((token.max() + 1, size), np.nan, np.float32)
    values[token, neuron] = shape[name]
    return values


@pytest.fixture(scope="module")
def panel(screening, script):
    frame = screening.when("mlp.add", NEURONS, Reveal=1.0, Fire=1.0, Count=script.prompt_count)
    return screening.at(frame, NEURONS, GLOW)


def test_every_neuron_of_the_focus_layer_is_its_activation(panel, recording, script):
    post = recording.steps[0].trace.blocks[script.focus_layer].post
    assert by_token(panel, script.model.d_mlp, "value").tolist() == post.tolist()


def test_the_stronger_it_fires_the_larger_and_brighter_it_is(panel, script):
    neuron = panel["token"] * script.model.d_mlp + panel["neuron"]
    position = panel.world
    order = np.argsort(neuron, kind="stable")
    sides = len(order) // len(np.unique(neuron))
    discs = position[order].reshape(-1, sides, 3)
    width = np.ptp(discs[..., 0], axis=1)
    shown = panel["shown"][order].reshape(-1, sides)[:, 0]
    sort = np.argsort(shown, kind="stable")
    assert (np.diff(width[sort]) >= -1e-5).all()
    off, firing = width[shown == 0], width[shown == 1]
    assert len(off) and len(firing) and firing.min() > 1.3 * off.max()
    light = panel["Color"][order].reshape(-1, sides, 4)[:, 0, :3].sum(1)
    assert light[shown == 1].min() > 1.5 * light[shown == 0].max()


def test_brightness_is_the_activation_on_the_layers_own_scale(panel, recording, script):
    post = recording.steps[0].trace.blocks[script.focus_layer].post
    expected = np.clip(post / np.percentile(np.abs(post), 99), 0, 1)
    assert by_token(panel, script.model.d_mlp, "shown") == pytest.approx(expected, abs=1e-5)


def test_a_neurons_place_says_which_one_it_is(panel, script):
    size = script.model.d_mlp
    key = panel["token"] * size + panel["neuron"]
    count = np.bincount(key)
    x, z = (np.bincount(key, panel.world[:, axis]) / count for axis in (0, 2))
    token, neuron = np.divmod(np.arange(len(count)), size)
    place = layout.NeuronGrid.of(size).place(neuron)
    assert x - layout.token_x(script.prompt_count, script.prompt_count)[token] == pytest.approx(place[:, 0], abs=1e-4)
    assert np.ptp(z - place[:, 2]) < 1e-3


@pytest.fixture(scope="module")
def answered(screening):
    """A frame at which threads lead from all panels but the last token's, whose answers came before."""
    frames = [f for f in screening.frames("mlp.add") if screening.visible(screening.object(THREADS), f)]
    return frames[-1]


def test_neurons_are_lit_before_their_threads_come(screening):
    """The answers are what runs down the threads."""
    threads = screening.object(THREADS)
    first = next(frame for frame in screening.frames("mlp.add") if screening.visible(threads, frame))
    assert screening.dial("Neurons", "Fire", first) > 0.5


def test_the_threads_lead_to_the_strongest_neurons(screening, answered, recording, script):
    threads = screening.at(answered, THREADS, GLOW)
    post = recording.steps[0].trace.blocks[script.focus_layer].post
    assert set(threads["layer"]) == {script.focus_layer}
    for token in range(script.prompt_count - 1):
        mine = threads["token"] == token
        strongest = sorted(range(post.shape[1]), key=lambda neuron: -post[token, neuron])[:STRONGEST]
        assert sorted(set(threads["neuron"][mine])) == sorted(strongest)
        tips = mine & (threads["along"] == 1)
        assert threads["value"][tips] == pytest.approx(post[token, threads["neuron"][tips]], abs=1e-6)


def test_a_thread_ends_at_its_neuron(screening, answered, script):
    threads = screening.at(answered, THREADS, GLOW)
    discs = screening.at(answered, NEURONS, GLOW)
    for token in range(script.prompt_count - 1):
        for neuron in np.unique(threads["neuron"][threads["token"] == token]):
            tip = (threads["token"] == token) & (threads["neuron"] == neuron) & (threads["along"] == 1)
            disc = (discs["token"] == token) & (discs["neuron"] == neuron)
            gap = threads.world[tip].mean(0) - discs.world[disc].mean(0)
            assert np.linalg.norm(gap) < 0.02


# --- the large panel -----------------------------------------------------------------------------


def by_neuron(shape, name, size):
    values = np.full(size, np.nan)
    values[shape["neuron"]] = shape[name]
    return values


def test_the_large_panel_is_the_last_tokens_neurons(screening, recording, script):
    size = script.model.d_mlp
    shape = screening.at(screening.end("mlp.neurons"), "Focus neurons", GLOW)
    post = recording.steps[0].trace.blocks[script.focus_layer].post[-1]
    assert by_neuron(shape, "value", size).tolist() == post.tolist()
    wide = [np.ptp(shape.world[shape["neuron"] == neuron, 0]) for neuron in (post.argmin(), post.argmax())]
    assert wide[1] > 1.5 * wide[0], "the strongest is the largest"
    count = screening.at(screening.end("mlp.neurons"), "Lit count")["count"]
    assert set(count[count > 0]) == {(post > 0.5).sum()}


def test_a_question_is_a_row_times_the_vector(screening, recording, script):
    """The sum that stands there in the end is what the neuron gets, and the neuron is the one that shines most."""
    shape = screening.at(screening.end("mlp.matrix"), "Question")
    block = recording.steps[0].trace.blocks[script.focus_layer]
    sums = np.unique(shape["sum"][shape["figures"] > 0])
    assert sums == pytest.approx([block.pre[-1, block.post[-1].argmax()]], abs=1e-3)
    products = shape["value"][shape["part"] == 2]
    assert len(products) and np.ptp(products) > 0


def test_a_neuron_is_dark_until_its_row_has_met_the_vector(screening, script):
    size = script.model.d_mlp
    frame = next(f for f in screening.frames("mlp.neurons") if 0.3 < screening.dial("Focus neurons", "Asked", f) / size)
    asked = screening.dial("Focus neurons", "Asked", frame)
    shape = screening.at(frame, "Focus neurons", GLOW)
    later = shape["neuron"] > asked
    assert later.any() and (~later).any()
    assert len(np.unique(np.round(shape["tint"][later], 5), axis=0)) == 1
    rows = screening.modifier("W_in sweep")
    assert screening.dial("W_in sweep", "Row", frame) == pytest.approx(
        asked / size * compat.get_input(rows, "Rows"), abs=1
    )


def test_votes_are_activation_times_output_row_times_unembedding(screening, storybook, recording, script):
    """The pushes on the panel, from the weights themselves."""
    trace, weights = recording.steps[0].trace, storybook.checkpoint
    shape = screening.at(screening.end("mlp.votes"), "Focus neurons", GLOW)
    word = recording.votes.words[np.abs(recording.votes.pushes.sum(axis=1)).argmax()]
    rows = weights.block(script.focus_layer)["mlp.c_proj.weight"].T.astype(np.float64)
    stream = trace.resid(2 * script.model.n_layer)[-1].astype(np.float64)
    towards = weights.unembedding[word].astype(np.float64) * weights.final_norm["ln_f.weight"]
    deviation = np.sqrt(stream.var() + weights.config.layer_norm_epsilon)
    post = trace.blocks[script.focus_layer].post[-1]
    expected = post * ((rows - rows.mean(1, keepdims=True)) @ towards) / deviation
    assert by_neuron(shape, "push", script.model.d_mlp) == pytest.approx(expected, abs=1e-4)
    total = screening.at(screening.end("mlp.votes"), "Tally")["total"]
    assert total[total != 0] == pytest.approx(expected.sum(), abs=1e-3)
    blue, orange = (shape["tint"][shape["neuron"] == at()][0] for at in (expected.argmin, expected.argmax))
    assert blue[2] > blue[0] and orange[0] > orange[2]


def test_the_update_of_the_last_token_comes_before_those_of_the_others(screening, script):
    shown = [f for f in screening.frames("mlp.add") if screening.visible(screening.object(UPDATES), f)]
    frame = next(f for f in shown if screening.dial(UPDATES, "Reveal", f) == script.prompt_count)
    assert set(screening.at(frame, UPDATES, CELL)["token"]) == {script.prompt_count - 1}
    later = next(
        f
        for f in shown
        if screening.dial(UPDATES, "Solo", f) == 0 and screening.dial(UPDATES, "Reveal", f) == script.prompt_count
    )
    assert set(screening.at(later, UPDATES, CELL)["token"]) == set(range(script.prompt_count))


# --- the flight ----------------------------------------------------------------------------------


def test_the_flight_lights_each_layers_own_neurons(screening, recording, script):
    for layer in range(script.model.n_layer):
        frames = [f for f in screening.flight() if screening.dial(NEURONS, "Layer", f) == layer]
        frame = max(frames, key=lambda f: screening.dial(NEURONS, "Reveal", f))
        shape = screening.at(frame, NEURONS, GLOW)
        assert set(shape["token"]) == {script.prompt_count - 1}
        post = recording.steps[0].trace.blocks[layer].post
        assert (shape["value"] == post[shape["token"], shape["neuron"]]).all()


def test_walls_come_down_past_the_title_as_far_as_the_vectors(screening, script):
    end = screening.end("mlp.lanes")
    high = screening.at(end, "Lanes", GLOW).world[:, 2].max()
    top = layout.column_top(script.model.d_model, layout.SCALE_ATTENTION)
    assert top < high < top + 0.5
    (title,) = (one for one in screening.labels("Caption") if screening.text(one) == ALL["en"].titles["mlp"])
    shown = [frame for frame in screening.frames("mlp.lanes") if screening.visible(title, frame)]
    assert shown and all(screening.dial("Lanes", "Lowered", frame) > 0.99 for frame in shown)


def test_lanes_part_the_tokens(screening, script):
    """A wall between any two tokens: none sees another."""
    walls = screening.at(screening.end("mlp.lanes"), "Lanes", GLOW).world[:, 0]
    places = np.unique(np.round(walls, 1))
    x = layout.token_x(script.prompt_count, script.prompt_count)
    assert np.abs(walls[:, None] - x).min() > layout.TOKEN_PITCH / 4, "a wall stands in a token"
    for left, right in zip(x[:-1], x[1:], strict=True):
        assert ((places > left) & (places < right)).any()
