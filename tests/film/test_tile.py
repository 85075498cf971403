"""The tile: a score's number and colour, the mask, a weight's bar and percentage are those of the emphasised head."""

import numpy as np
import pytest

from film.screening import BEAMS, CELL, Screening, captions
from transformer_cinema.addon.film import layout, palette
from transformer_cinema.addon.film.build import build_film
from transformer_cinema.addon.film.captions import FOOT
from transformer_cinema.addon.film.direction import Focus, make_script
from transformer_cinema.addon.film.palette import DARK
from transformer_cinema.inference.sampling import Sampling

TILE = "Attention tile"


def block(recording):
    script = make_script(recording)
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


def all_scores(recording):
    """q·k ÷ √dh of all pairs, the future's too."""
    found, head = block(recording)
    return found.q[:, head].astype(np.float64) @ found.k[:, head].T / np.sqrt(found.q.shape[-1])


def test_a_cells_colour_is_the_score_of_its_query_and_key_also_of_the_future(screening, recording, script):
    scores = all_scores(recording)
    past, future = past_and_future(script.prompt_count)
    drawn = settled(screening, "attention.tile")
    assert drawn.keys() == past | future
    scale = np.percentile(np.abs(scores), 99)
    stops = [value for value, _ in DARK.diverging]
    colours = np.array([palette.linear(colour)[:3] for _, colour in DARK.diverging])
    for pair, cell in drawn.items():
        shown = np.clip(scores[pair] / scale, -1, 1)
        assert cell["score"] == pytest.approx(scores[pair], abs=1e-4)
        assert cell["shown"] == pytest.approx(shown, abs=1e-4)
        on_map = np.array([np.interp(shown, stops, channel) for channel in colours.T])
        hue = cell["Color"][:3] / np.linalg.norm(cell["Color"][:3])
        assert hue == pytest.approx(on_map / np.linalg.norm(on_map), abs=0.02), pair


def numbers(screening, frame, kind):
    """{(query, key): text} on the tile."""
    from transformer_cinema.addon.film.cast.digits import FIGURES

    shape, texts = screening.at(frame, "Attention tile numbers"), {}
    keys = np.stack([shape[name] for name in ("kind", "query", "key", "order", "glyph")], -1)
    for one, query, key, _, glyph in np.unique(keys[shape["ink"][:, 3] > 0.5], axis=0).astype(int).tolist():
        if one == kind:
            texts[query, key] = texts.get((query, key), "") + FIGURES[glyph]
    return texts


def test_every_score_is_written_on_its_cell_until_the_mask_shuts_the_future(screening, recording, script):
    scores = all_scores(recording)
    past, future = past_and_future(script.prompt_count)
    before = numbers(screening, screening.end("attention.tile"), 0)
    assert before.keys() == past | future
    for pair, text in before.items():
        assert float(text.replace("\u2212", "-")) == pytest.approx(scores[pair], abs=0.051)
    assert numbers(screening, screening.end("attention.mask"), 0).keys() == past


def test_the_mask_takes_away_exactly_the_future_and_leaves_its_outlines(screening, script):
    past, future = past_and_future(script.prompt_count)
    before, after = settled(screening, "attention.tile"), settled(screening, "attention.mask")
    assert after.keys() == past
    for pair in past:
        assert after[pair]["Color"] == pytest.approx(before[pair]["Color"], abs=1e-5)
    rest = screening.at(screening.end("attention.mask"), TILE)
    empty = np.stack([rest["query"], rest["key"]], -1)[(rest["tint"][:, 3] < 0.5) & (rest["key"] > rest["query"])]
    assert set(map(tuple, empty.astype(int).tolist())) == future
    assert settled(screening, "attention.softmax").keys() == past


def test_the_followed_row_is_large_and_alone_before_the_others_follow(screening, script):
    frames = screening.frames("attention.softmax")
    frame = max(f for f in frames if screening.dial(TILE, "Own", f) == 1 and screening.dial(TILE, "Softmax", f) == 0)
    drawn = cells(screening.at(frame, TILE, CELL))
    assert {query for query, _ in drawn} == {script.focus_query}
    high = [np.ptp([cell["low"][2], cell["high"][2]]) for cell in drawn.values()]
    after = settled(screening, "attention.softmax")[script.focus_query, 0]
    assert min(high) > 2 * np.ptp([after["low"][2], after["high"][2]])
    words = [label for label in screening.labels("Key ") if screening.visible(label, frame)]
    assert len(words) == script.prompt_count, "each bar has its word"


def test_queries_go_down_and_keys_to_the_right_each_beside_its_word(screening, script):
    drawn = settled(screening, "attention.tile")
    middle = {pair: (cell["low"] + cell["high"]) / 2 for pair, cell in drawn.items()}
    count = script.prompt_count
    row = np.array([middle[query, 0] for query in range(count)])
    column = np.array([middle[0, key] for key in range(count)])
    for steps in (-np.diff(row[:, 2]), np.diff(column[:, 0])):
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


def test_the_masks_edge_parts_past_and_future(screening, script):
    """In steps: right of each cell of the diagonal but the last, and below the next one."""
    shape = screening.at(screening.end("attention.mask"), TILE)
    grid = layout.TileGrid(script.text_count, layout.TILE_STRETCH)
    home = screening.object(TILE).matrix_world.translation
    middle = (script.text_count - 1) / 2
    world = shape.world[shape["edge"] > 0.5]
    across = (world[:, 0] - home.x) / (grid.pitch * grid.stretch) + middle
    down = middle - (world[:, 2] - home.z) / grid.pitch
    near = 0.1
    on_side = np.abs(across % 1 - 0.5) < near
    below = np.abs(down % 1 - 0.5) < near
    assert (on_side | below).all() and ((across - down > -near) & (across - down < 1 + near)).all()
    assert across.min() == pytest.approx(0.5, abs=near) and across.max() == pytest.approx(2 * middle + 0.5, abs=near)


def test_after_softmax_the_bars_of_each_row_fill_its_rail(screening, recording, script):
    found, head = block(recording)
    scores, count = found.attn_scores[head].astype(np.float64), script.prompt_count
    expected = np.exp(scores - scores.max(-1, keepdims=True))
    expected /= expected.sum(-1, keepdims=True)
    grid = layout.TileGrid(count, layout.TILE_STRETCH)
    drawn = settled(screening, "attention.softmax")
    middle = screening.object(TILE).location.x
    for query in range(count):
        ends = np.array([[drawn[query, key][end][0] for end in ("low", "high")] for key in range(query + 1)]) - middle
        assert grid.weight(np.ptp(ends, 1)) == pytest.approx(expected[query, : query + 1], abs=2e-4)
        edges = np.concatenate([[0.0], np.cumsum(expected[query, : query + 1])]) - 0.5
        middles = (edges[:-1] + edges[1:]) / 2 * grid.width
        assert ends.mean(1) == pytest.approx(middles, abs=2e-3), "bars lie end to end on the rail"


def test_on_their_way_the_bars_stay_on_the_rail(screening, script):
    query, grid = script.focus_query, layout.TileGrid(script.prompt_count, layout.TILE_STRETCH)
    frames = [f for f in screening.frames("attention.softmax") if 0.02 < screening.dial(TILE, "Own", f) < 0.98]
    middle = screening.object(TILE).location.x
    for frame in frames[::6]:
        drawn = cells(screening.at(frame, TILE, CELL))
        ends = np.array([[drawn[query, key][end][0] for end in ("low", "high")] for key in range(query + 1)]) - middle
        assert np.abs(ends).max() <= grid.width / 2
        assert (ends[1:, 0] > ends[:-1, 1]).all(), "two bars overlap"


def test_a_heavier_weight_is_brighter(screening):
    drawn = settled(screening, "attention.softmax")
    for rows in ([0, 1, 2, 3, 4, 5], [6]):
        mine = sorted((cell for pair, cell in drawn.items() if pair[0] in rows), key=lambda cell: cell["weight"])
        light = [float(np.linalg.norm(cell["Color"][:3])) for cell in mine]
        assert light == sorted(light) and light[-1] > 5 * light[0]


def test_the_weights_are_written_on_bars_that_have_room(screening, recording, script):
    found, head = block(recording)
    texts = numbers(screening, screening.end("attention.softmax"), 1)
    assert (script.focus_query, int(found.pattern[head, script.focus_query].argmax())) in texts
    for pair, text in texts.items():
        assert text == f"{100 * found.pattern[head][pair]:.0f}%"
    assert all(found.pattern[head][pair] > 0.03 for pair in texts)


# --- where it stands -----------------------------------------------------------------------------


def stands_free(watched, count):
    """The tile and its words are in the picture over the captions, and nothing is behind those."""
    end = watched.end("attention.mask" if "attention.mask" in watched.beats else "attention.tile")
    places = in_picture(watched, watched.at(end, TILE).world)
    labels = [label for prefix in ("Query ", "Key ") for label in watched.labels(prefix)]
    assert len(labels) == 2 * count
    for label in labels:
        assert watched.visible(label, end)
        places = np.concatenate([places, in_picture(watched, corners(label))])
    assert places[:, 0].min() > 0.02 and places[:, 0].max() < 0.98
    assert places[:, 1].min() > FOOT and places[:, 1].max() < 0.99
    assert np.ptp(places[:, 1]) > 0.5, "the tile is small"
    assert not watched.visible(watched.object(TILE), watched.end("attention.head"))


def test_it_stands_free_over_the_captions(screening, script):
    stands_free(screening, script.prompt_count)


# --- other films -----------------------------------------------------------------------------------


@pytest.mark.parametrize("token", [pytest.param(None, marks=pytest.mark.slow), 2])
def test_only_the_row_that_the_beams_show_next_has_its_full_light(fresh_blender, small, token):
    """The followed query is the last one, or the one that was asked for; then its cube turns gold."""
    recording = small.generate("the king had a golden", Sampling(seed=1), 1)
    tokens = recording.steps[0].trace.tokens
    assert len(tokens) > 3
    scene, _ = build_film(recording, acts=["attention"], focus=Focus(token=token))
    watched = Screening(scene)
    query = len(tokens) - 1 if token is None else token - 1
    drawn = settled(watched, "attention.softmax")
    full = {pair: palette.on_ramp(DARK.weight, cell["weight"])[:3].sum() for pair, cell in drawn.items()}
    lit = {pair for pair, cell in drawn.items() if cell["Color"][:3].sum() > 0.9 * full[pair]}
    assert lit == {(query, key) for key in range(query + 1)}

    end = watched.end("attention.head")
    assert watched.dial(BEAMS, "Query", end) == query
    word = recording.vocabulary.label(int(tokens[query])).lstrip("·")
    assert any(f"“{word}”" in text for text in captions(watched, sum(watched.beats["attention.head"]) // 2))
    cubes = [one for one in scene.objects if one.name.startswith("Cube ")]
    focus = {one.parent.name for one in cubes if watched.dial(one.name, "Focus", end) == 1}
    assert focus == {f"Token {query + 1}"}


@pytest.mark.parametrize("count", [pytest.param(1, marks=pytest.mark.slow), 23])
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
    grid = layout.TileGrid(count, layout.TILE_STRETCH)
    for pair, cell in drawn.items():
        assert grid.weight(cell["high"][0] - cell["low"][0]) == pytest.approx(found.pattern[head][pair], abs=1e-4)
    for pair, text in numbers(watched, watched.end("attention.softmax"), 1).items():
        assert text == f"{100 * found.pattern[head][pair]:.0f}%"


@pytest.mark.slow
def test_a_recording_without_scores_goes_straight_to_the_beams(fresh_blender, small):
    recording = small.generate("the king", Sampling(seed=1), 1, scores=False)
    scene, _ = build_film(recording, acts=["attention"])
    watched = Screening(scene)
    assert not {"attention.tile", "attention.mask", "attention.softmax"} & set(watched.beats)
    assert TILE not in scene.objects
    assert len(watched.at(watched.end("attention.head"), BEAMS)) > 100


# --- the mapping ---------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 7, 24])
def test_a_bars_length_gives_back_its_weight(count):
    grid, weights = layout.TileGrid(count, 1.7), np.array([0.0, 1e-6, 0.02, 0.31, 0.999, 1.0])
    _, lengths = grid.bar(0.0, weights)
    assert grid.weight(lengths) == pytest.approx(weights, abs=1e-12)
    x, z = grid.place(np.array([0, count - 1]), np.array([0, count - 1]))
    assert (x[1] - x[0], z[0] - z[1]) == pytest.approx([(count - 1) * grid.pitch * 1.7, (count - 1) * grid.pitch])
    assert grid.bar(0.0, 1.0)[0] == 0.0, "a weight of 1 fills the rail"
