"""The tile: a score's colour, the empty future, a weight's depth and percentage are those of the emphasised head."""

import numpy as np
import pytest

from film.screening import BEAMS, CELL, GLOW, STREAM, Screening, captions
from transformer_cinema.addon.film import layout, palette
from transformer_cinema.addon.film.build import build_film
from transformer_cinema.addon.film.captions import BAND_TOP
from transformer_cinema.addon.film.direction import Focus, direct
from transformer_cinema.addon.film.palette import DARK
from transformer_cinema.inference.sampling import Sampling

TILE = "Attention tile"


def block(recording):
    script = direct(recording)
    return recording.steps[0].trace.blocks[script.focus_layer], script.focus_head


def cells(shape):
    """Evaluated cells -> {(query, key): {low and high corner, and what is the same at the whole front}}."""
    found = {}
    query, key = shape["query"], shape["key"]
    for pair in np.unique(np.stack([query, key], -1), axis=0):
        mine = (query == pair[0]) & (key == pair[1])
        place, front = shape.world[mine], shape["shade"][mine] == 1.0
        cell = {"low": place.min(0), "high": place.max(0)}
        for name in ("score", "shown", "weight", "Color"):
            values = shape[name][mine][front]
            assert (values == values[0]).all()
            cell[name] = values[0]
        found[int(pair[0]), int(pair[1])] = cell
    return found


def settled(screening, beat):
    """The cells at a beat's end."""
    return cells(screening.at(screening.end(beat), TILE, CELL))


def past_and_future(count):
    past = {(query, key) for query in range(count) for key in range(query + 1)}
    return past, {(query, key) for query in range(count) for key in range(count)} - past


def corners(label):
    """[8, 3] the box around a label at the present frame."""
    import bpy

    evaluated = label.evaluated_get(bpy.context.evaluated_depsgraph_get())
    matrix = np.array(evaluated.matrix_world)
    return np.array(evaluated.bound_box) @ matrix[:3, :3].T + matrix[:3, 3]


def in_picture(screening, points):
    """World points [n, 3] -> [n, 2], 0 … 1 from the picture's lower left corner, at the present frame."""
    import bpy
    from bpy_extras.object_utils import world_to_camera_view
    from mathutils import Vector

    camera = screening.scene.camera.evaluated_get(bpy.context.evaluated_depsgraph_get())
    return np.array([world_to_camera_view(screening.scene, camera, Vector(point))[:2] for point in points])


# --- scores --------------------------------------------------------------------------------------


def test_a_cells_colour_is_the_score_of_its_query_and_key(screening, recording, script):
    scores = block(recording)[0].attn_scores[script.focus_head]
    past, future = past_and_future(script.prompt_count)
    drawn = settled(screening, "attention.tile")
    assert drawn.keys() == past | future
    scale = np.percentile(np.abs([scores[pair] for pair in past]), 99)
    stops = [value for value, _ in DARK.diverging]
    colours = np.array([palette.linear(colour)[:3] for _, colour in DARK.diverging])
    for pair in past:
        cell, shown = drawn[pair], np.clip(scores[pair] / scale, -1, 1)
        assert cell["score"] == scores[pair]
        assert cell["shown"] == pytest.approx(shown, abs=1e-5)
        on_map = np.array([np.interp(shown, stops, channel) for channel in colours.T])
        hue = cell["Color"][:3] / np.linalg.norm(cell["Color"][:3])
        assert hue == pytest.approx(on_map / np.linalg.norm(on_map), abs=0.02), pair
    assert len({tuple(drawn[pair]["Color"].round(3)) for pair in past}) > len(past) / 2, "all look the same"


def test_the_future_has_no_score_and_no_colour_of_one(screening, recording, script):
    scores = block(recording)[0].attn_scores[script.focus_head]
    _, future = past_and_future(script.prompt_count)
    drawn = settled(screening, "attention.tile")
    assert {pair for pair in drawn if np.isneginf(scores[pair])} == future
    colours = np.array([drawn[pair]["Color"][:3] for pair in future])
    assert colours == pytest.approx(np.tile(palette.linear("#2A3348")[:3], (len(future), 1)), abs=1e-4)


def test_the_mask_takes_exactly_the_future_away(screening, script):
    past, _ = past_and_future(script.prompt_count)
    assert settled(screening, "attention.mask").keys() == past
    assert settled(screening, "attention.softmax").keys() == past


def test_queries_go_down_and_keys_to_the_right_each_beside_its_word(screening, script):
    drawn = settled(screening, "attention.tile")
    middle = {pair: (cell["low"] + cell["high"]) / 2 for pair, cell in drawn.items()}
    count = script.prompt_count
    row = np.array([middle[query, 0] for query in range(count)])
    column = np.array([middle[0, key] for key in range(count)])
    steps = np.append(-np.diff(row[:, 2]), np.diff(column[:, 0]))
    assert steps.min() > 0 and steps == pytest.approx(steps.mean(), rel=1e-4)
    words = [script.label(token) for token in script.tokens[:count]]
    for prefix, axis, places in (("Query ", 2, row), ("Key ", 0, column)):
        found = {}
        for label in screening.labels(prefix):
            assert screening.visible(label, screening.end("attention.tile"))
            box = corners(label)[:, axis]
            found[box.min(), box.max()] = screening.text(label)
        ordered = sorted(found, reverse=axis == 2)
        assert [found[ends] for ends in ordered] == words
        for (low, high), place in zip(ordered, places[:, axis], strict=True):
            assert low < place < high, "a word is not beside its row or over its column"


# --- weights -------------------------------------------------------------------------------------


def test_after_softmax_a_cell_stands_out_by_its_weight_and_rows_sum_to_one(screening, recording, script):
    found, head = block(recording)
    scores, count = found.attn_scores[head].astype(np.float64), script.prompt_count
    expected = np.exp(scores - scores.max(-1, keepdims=True))
    expected /= expected.sum(-1, keepdims=True)
    grid, shown = layout.TileGrid(count), np.zeros((count, count))
    for pair, cell in settled(screening, "attention.softmax").items():
        shown[pair] = grid.weight(cell["high"][1] - cell["low"][1])
        assert cell["weight"] == found.pattern[head][pair]
    assert shown == pytest.approx(expected, abs=1e-4)
    assert shown.sum(-1) == pytest.approx(np.ones(count), abs=1e-4)
    before = [cell["high"][1] - cell["low"][1] for cell in settled(screening, "attention.mask").values()]
    assert before == pytest.approx(np.full(len(before), grid.depth(0.0)), abs=1e-5), "scores are flat"


def test_a_heavier_weight_is_brighter(screening):
    drawn = settled(screening, "attention.softmax")
    for rows in ([0, 1, 2, 3, 4, 5], [6]):
        mine = sorted((cell for pair, cell in drawn.items() if pair[0] in rows), key=lambda cell: cell["weight"])
        light = [float(np.linalg.norm(cell["Color"][:3])) for cell in mine]
        assert light == sorted(light) and light[-1] > 5 * light[0]


def test_every_weight_is_written_on_its_cell(screening, recording, script):
    found, head = block(recording)
    past, _ = past_and_future(script.prompt_count)
    drawn = settled(screening, "attention.softmax")
    labels = screening.labels("Weight ")
    assert len(labels) == len(past)
    for label in labels:
        text = screening.text(label)
        assert not screening.visible(label, screening.end("attention.mask"))
        assert screening.visible(label, screening.end("attention.softmax"))
        assert not screening.visible(label, screening.end("attention.head"))
        place = corners(label).mean(0)
        on = [
            pair
            for pair, cell in drawn.items()
            if (cell["low"][[0, 2]] < place[[0, 2]]).all() and (place[[0, 2]] < cell["high"][[0, 2]]).all()
        ]
        assert len(on) == 1
        past.remove(on[0])
        assert text == f"{100 * found.pattern[head][on[0]]:.0f} %"
        assert 0 < drawn[on[0]]["low"][1] - place[1] < 0.05, "the text is not on the cell's front"
    assert not past


# --- where it stands -----------------------------------------------------------------------------


def stands_free(watched, count):
    """The tile and its words are in the picture over the captions, and nothing is behind those."""
    line = (4.5 + BAND_TOP) / 9
    end = watched.end("attention.softmax")
    places = in_picture(watched, watched.at(end, TILE).world)
    labels = [label for prefix in ("Query ", "Key ") for label in watched.labels(prefix)]
    assert len(labels) == 2 * count
    for label in labels:
        assert watched.visible(label, end)
        places = np.concatenate([places, in_picture(watched, corners(label))])
    assert places[:, 0].min() > 0.02 and places[:, 0].max() < 0.98
    assert places[:, 1].min() > line and places[:, 1].max() < 0.99
    assert np.ptp(places[:, 1]) > 0.5, "the tile is small"
    band = watched.object("Caption band")
    row = in_picture(watched, watched.at(end, STREAM, CELL).world)
    on_screen = (row[:, 0] > 0) & (row[:, 0] < 1) & (row[:, 1] > 0)
    assert row[on_screen, 1].max(initial=0.0) < line, "columns reach over the captions' band"
    assert watched.visible(band, end)
    assert not watched.visible(band, watched.end("attention.head"))
    assert not watched.visible(watched.object(TILE), watched.end("attention.head"))


def test_it_stands_free_over_the_captions(screening, script):
    stands_free(screening, script.prompt_count)


# --- other films -----------------------------------------------------------------------------------


@pytest.mark.parametrize("token", [None, 2])
def test_only_the_row_that_the_beams_show_next_is_gold(fresh_blender, small, token):
    """The followed query is the last one, or the one that was asked for; then its cube turns gold."""
    recording = small.generate("the king had a golden", Sampling(seed=1), 1)
    tokens = recording.steps[0].trace.tokens
    assert len(tokens) > 3
    scene, _ = build_film(recording, acts=["attention"], focus=Focus(token=token))
    watched = Screening(scene)
    query = len(tokens) - 1 if token is None else token - 1
    drawn = settled(watched, "attention.softmax")
    gold = {pair for pair, cell in drawn.items() if cell["Color"][0] > cell["Color"][2]}
    assert gold == {(query, key) for key in range(query + 1)}

    frame = watched.now(TILE, GLOW).world
    inside = np.array([[drawn[pair]["low"], drawn[pair]["high"]] for pair in gold])
    pitch = layout.TileGrid(len(tokens)).pitch
    for axis in (0, 2):
        low, high = inside[:, 0, axis].min(), inside[:, 1, axis].max()
        assert low - 0.2 * pitch < frame[:, axis].min() < low and high < frame[:, axis].max() < high + 0.2 * pitch

    end = watched.end("attention.head")
    assert watched.dial(BEAMS, "Query", end) == query
    word = recording.vocabulary.label(int(tokens[query]))
    assert any(f"“{word}”" in text for text in captions(watched, end))
    cubes = [one for one in scene.objects if one.name.startswith("Cube ")]
    focus = {one.parent.name for one in cubes if watched.dial(one.name, "Focus", end) == 1}
    assert focus == {f"Token {query + 1}"}


@pytest.mark.parametrize("count", [1, 23])
def test_the_shortest_and_the_longest_prompt(fresh_blender, small, count):
    """A token alone has no future; many are too small to write percentages on."""
    recording = small.generate("z" * count, Sampling(seed=1), 1)
    assert len(recording.steps[0].trace.tokens) == count
    scene, _ = build_film(recording, acts=["attention"])
    watched = Screening(scene)
    assert ("attention.mask" in watched.beats) == (count > 1)
    stands_free(watched, count)
    found, head = block(recording)
    drawn = settled(watched, "attention.softmax")
    assert drawn.keys() == past_and_future(count)[0]
    grid = layout.TileGrid(count)
    for pair, cell in drawn.items():
        assert grid.weight(cell["high"][1] - cell["low"][1]) == pytest.approx(found.pattern[head][pair], abs=1e-4)
    assert [watched.text(label) for label in watched.labels("Weight ")] == (["100 %"] if count == 1 else [])


def test_a_recording_without_scores_goes_straight_to_the_beams(fresh_blender, small):
    recording = small.generate("the king", Sampling(seed=1), 1, scores=False)
    scene, _ = build_film(recording, acts=["attention"])
    watched = Screening(scene)
    assert not {"attention.tile", "attention.mask", "attention.softmax"} & set(watched.beats)
    assert TILE not in scene.objects
    assert len(watched.at(watched.end("attention.head"), BEAMS)) > 100


# --- the mapping ---------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 7, 24])
def test_a_cells_depth_gives_back_its_weight(count):
    grid, weights = layout.TileGrid(count), np.array([0.0, 1e-6, 0.02, 0.31, 0.999, 1.0])
    depths = grid.depth(weights)
    assert grid.weight(depths) == pytest.approx(weights, abs=1e-12)
    assert (np.diff(depths) > 0).all() and depths[0] > 0
    x, z = grid.place(np.array([0, count - 1]), np.array([0, count - 1]))
    assert (x[1] - x[0], z[0] - z[1]) == pytest.approx([(count - 1) * grid.pitch] * 2)
    assert grid.side == pytest.approx(count * grid.pitch)
