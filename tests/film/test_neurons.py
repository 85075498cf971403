"""A neuron lights up by its activation; the threads lead to the strongest."""

import numpy as np
import pytest

from film.screening import GLOW, NEURONS, THREADS
from transformer_cinema.addon.film import layout
from transformer_cinema.addon.film.cast.neurons import STRONGEST


def by_token(shape, size, name):
    """Evaluated discs -> [T, m] of an attribute."""
    token, neuron = shape["token"], shape["neuron"]
    values = np.full((token.max() + 1, size), np.nan, np.float32)
    values[token, neuron] = shape[name]
    return values


@pytest.fixture(scope="module")
def panel(screening, script):
    frame = screening.when("mlp.neurons", NEURONS, Reveal=1.0, Fire=1.0, Layer=script.focus_layer)
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


def test_the_threads_lead_to_the_strongest_neurons(screening, recording, script):
    frame = screening.end("mlp.pulses")
    threads = screening.at(frame, THREADS, GLOW)
    post = recording.steps[0].trace.blocks[script.focus_layer].post
    assert set(threads["layer"]) == {script.focus_layer}
    for token in range(script.prompt_count):
        mine = threads["token"] == token
        strongest = sorted(range(post.shape[1]), key=lambda neuron: -post[token, neuron])[:STRONGEST]
        assert sorted(set(threads["neuron"][mine])) == sorted(strongest)
        tips = mine & (threads["along"] == 1)
        assert threads["value"][tips] == pytest.approx(post[token, threads["neuron"][tips]], abs=1e-6)


def test_a_thread_ends_at_its_neuron(screening, panel, script):
    threads = screening.at(screening.end("mlp.pulses"), THREADS, GLOW)
    discs = screening.at(screening.end("mlp.pulses"), NEURONS, GLOW)
    for token in range(script.prompt_count):
        for neuron in np.unique(threads["neuron"][threads["token"] == token]):
            tip = (threads["token"] == token) & (threads["neuron"] == neuron) & (threads["along"] == 1)
            disc = (discs["token"] == token) & (discs["neuron"] == neuron)
            gap = threads.world[tip].mean(0) - discs.world[disc].mean(0)
            assert np.linalg.norm(gap) < 0.02


def test_the_flight_lights_each_layers_own_neurons(screening, recording, script):
    for layer in range(script.model.n_layer):
        frames = [f for f in screening.frames("stack.flight") if screening.dial(NEURONS, "Layer", f) == layer]
        frame = max(frames, key=lambda f: screening.dial(NEURONS, "Reveal", f))
        shape = screening.at(frame, NEURONS, GLOW)
        post = recording.steps[0].trace.blocks[layer].post
        assert (shape["value"] == post[shape["token"], shape["neuron"]]).all()


def test_lanes_part_the_tokens(screening, script):
    """A wall left and right of every token: no token sees another."""
    walls = screening.at(screening.end("mlp.lanes"), "Lanes", GLOW).world[:, 0]
    places = np.unique(np.round(walls, 1))
    x = layout.token_x(script.prompt_count, script.prompt_count)
    assert np.abs(walls[:, None] - x).min() > layout.TOKEN_PITCH / 4, "a wall stands in a token"
    for left, right in zip(x[:-1], x[1:], strict=True):
        assert ((places > left) & (places < right)).any()
