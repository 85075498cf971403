"""Meaning space: the dots are the token table's, the neighbours the nearest, and no label covers another."""

import numpy as np
import pytest

from film.screening import GLOW
from transformer_cinema.addon.film import layout
from transformer_cinema.addon.film.cast.space import CENTRE
from transformer_cinema.addon.film.labelling import place_labels


@pytest.fixture(scope="module")
def table(storybook):
    return storybook.checkpoint.token_table.astype(np.float64)


def texts(screening, frame):
    """What the labels in space say at a frame."""
    return {screening.text(one) for one in screening.labels("Space ") if screening.visible(one, frame)}


def dots(screening):
    """[V, 3] metres about the cloud's middle."""
    frame = screening.end("embedding.neighbours") - 60
    return screening.at(frame, "Meaning space", GLOW).world.reshape(-1, 4, 3).mean(1) - CENTRE  # four corners a dot


def test_every_token_is_a_dot_as_far_from_the_others_as_its_row(screening, table):
    places = dots(screening)
    assert len(places) == len(table)
    centred = table - table.mean(0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    expected = centred @ axes[:3].T  # an axis may point either way, and the cloud is turned as a whole
    chosen = np.linspace(0, len(table) - 1, 300).astype(int)
    far, rows = (np.linalg.norm(one[chosen][:, None] - one[chosen], axis=-1) for one in (places, expected))
    metres = far.sum() / rows.sum()
    assert np.abs(far - metres * rows).max() < 1e-4 * far.max()


def test_the_word_is_right_before_the_cloud(screening, script):
    places = dots(screening)
    word, middle = places[script.focus_word], np.median(places, axis=0)
    assert np.abs(word - middle)[[0, 2]].max() < 0.35  # the median of turned places is not the turned median
    assert word[1] < middle[1] - 1.0
    assert np.ptp(places[:, 0]) > np.ptp(places[:, 2])  # as broad as it can lie


def test_places_are_those_of_the_components():
    cloud = np.random.default_rng(1).normal(size=(50, 3)) * [3.0, 1.0, 0.3]
    places = layout.MeaningPlaces.of(cloud, 7)
    assert np.abs(places.cloud(places.place(cloud)) - cloud).max() < 1e-12
    assert np.linalg.det(places.turn) == pytest.approx(-1.0)  # the second component up, the third away: no mirror image
    front = places.place(cloud)[7] - places.place(np.median(cloud, axis=0))
    assert front[1] < 0 and np.abs(front[[0, 2]]).max() < 1e-9


def test_neighbours_are_named_with_their_cosines(screening, table, storybook, script):
    frame = screening.end("embedding.neighbours") - 12
    unit = table / np.linalg.norm(table, axis=1, keepdims=True)
    cosines = unit @ unit[script.focus_word]
    nearest = np.argsort(-cosines, kind="stable")[1:7]
    shown = texts(screening, frame)
    labels = {token: storybook.vocabulary.label(token) for token in nearest}
    said = {token: text if any(map(str.isalnum, text)) else f"“{text}”" for token, text in labels.items()}
    expected = {f"{said[token]}  {cosines[token]:.2f}" for token in nearest}
    assert shown == expected | {storybook.vocabulary.label(script.focus_word)}


def test_every_token_rises_from_its_column_and_equal_ones_meet(screening, script):
    tokens = script.tokens[: script.prompt_count]
    assert len(set(tokens.tolist())) < len(tokens), "the prompt has a token twice"
    places, rising = dots(screening), screening.object("Rising words")
    frames = [f for f in screening.frames("embedding.meaning") if screening.visible(rising, f)]
    middles = [screening.at(f, "Rising words", GLOW).world.reshape(len(tokens), -1, 3).mean(1) for f in frames[::8]]
    x = layout.token_x(script.prompt_count, script.prompt_count)
    assert np.abs(middles[0][:, 0] - x).max() < 0.05
    last = screening.at(frames[-1], "Rising words", GLOW).world.reshape(len(tokens), -1, 3).mean(1)
    assert np.abs(last - CENTRE - places[tokens]).max() < 0.05


def test_the_words_go_with_their_dots(screening, script):
    label = next(one for one in screening.labels("Space ") if screening.text(one) == script.label(script.tokens[0]))
    rising = screening.object("Rising words")
    frames = [f for f in screening.frames("embedding.meaning") if screening.visible(rising, f)]
    count, far = script.prompt_count, []
    for frame in frames[::6]:
        dot = screening.at(frame, "Rising words", GLOW).world.reshape(count, -1, 3).mean(1)[0]
        assert screening.visible(label, frame)
        far.append(np.linalg.norm(np.array(label.matrix_world.translation)[[0, 2]] - dot[[0, 2]]))
    assert max(far) < 2.5, "a word is never further from its dot than its leader will be"


def test_a_word_that_stands_twice_ends_where_the_other_one_does(screening, script):
    twins = [one for one in screening.labels("Rising ") if one.name != "Rising words"]
    assert len(twins) == script.prompt_count - len(set(script.tokens[: script.prompt_count].tolist())) > 0
    last = max(f for f in screening.frames("embedding.meaning") if screening.visible(twins[0], f))
    screening.scene.frame_set(last)
    for twin in twins:
        (other,) = (one for one in screening.labels("Space ") if screening.text(one) == screening.text(twin))
        apart = np.array(twin.matrix_world.translation) - np.array(other.matrix_world.translation)
        assert np.linalg.norm(apart) < 0.1, "it flies beside the cloud"


def test_the_prompts_words_are_all_there(screening, script):
    frame = screening.end("embedding.meaning") - 4
    shown = texts(screening, frame)
    assert shown == {script.label(token) for token in script.tokens[: script.prompt_count]}


def test_labels_cover_neither_each_other_nor_points():
    count = 24
    angle = np.arange(count) * 2.4
    points = np.column_stack([np.cos(angle), np.sin(angle)]) * np.sqrt(np.arange(count))[:, None] * 0.4
    sizes = np.column_stack([0.4 + 0.05 * (np.arange(count) % 7), np.full(count, 0.2)])
    places = place_labels(points, sizes, gap=0.05)
    for one in range(count):
        for other in range(count):
            apart = np.abs(places[one] - places[other])
            assert one == other or (apart >= (sizes[one] + sizes[other]) / 2 - 1e-9).any(), (one, other)
        assert (np.abs(places[one] - points) >= sizes[one] / 2 - 1e-9).any(1).all(), one


def test_labels_keep_within_bounds():
    places = place_labels(np.zeros((6, 2)), np.tile([0.8, 0.2], (6, 1)), 0.05, ((-1.5, -0.5), (1.5, 0.5)))
    assert (np.abs(places) <= [1.1 + 1e-9, 0.4 + 1e-9]).all()


def test_labels_keep_off_lines():
    points = np.array([[0.0, 0.0], [2.0, 0.0]])
    place = place_labels(points, np.array([[0.5, 0.2], [0.1, 0.1]]), 0.05, lines=[(points[0], points[1])])[0]
    assert abs(place[1]) >= 0.1 or place[0] <= -0.25
