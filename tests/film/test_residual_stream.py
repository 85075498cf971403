"""A cell's number, place and colour are a component of the residual stream; what is added to it is shown as it is."""

import numpy as np
import pytest

from film.screening import CELL, STREAM, UPDATES
from transformer_cinema.addon import compat
from transformer_cinema.addon.film import layout, palette
from transformer_cinema.addon.film.palette import DARK

FOCUS = {"pre": 1, "mid": 2, "post": 3}  # slots after 2 · focus layer


def stream_at(recording, slot):
    """What a slot of the film must show: [T, d] of the prompt."""
    trace = recording.steps[0].trace
    return trace.embed if slot == 0 else trace.resid(slot - 1)


def column_values(shape, d):
    """Evaluated cells -> [T, d]; every vertex of a cell says the same."""
    token, dim, value = shape["token"], shape["dim"], shape["value"]
    values = np.full((token.max() + 1, d), np.nan, np.float32)
    values[token, dim] = value
    assert (values[token, dim] == value).all()
    return values


def slot_of(script, name):
    return 2 * script.focus_layer + FOCUS[name]


# beat -> what its end shows
ENDS = {
    "embedding.columns": lambda script: 0,
    "embedding.position": lambda script: 1,
    "attention.head": lambda script: slot_of(script, "pre"),
    "attention.add": lambda script: slot_of(script, "mid"),
    "mlp.add": lambda script: slot_of(script, "post"),
    "stack.whole": lambda script: 2 * script.model.n_layer + 1,
}


@pytest.mark.parametrize("beat", ENDS)
def test_at_a_beats_end_every_cell_is_the_models_number(screening, recording, script, beat):
    slot = ENDS[beat](script)
    frame = screening.when(beat, STREAM, Slot=slot)
    cells = screening.at(frame, STREAM, CELL)
    alone = {"embedding.position": EQUAL, "attention.add": [script.focus_query]}
    shown = sorted(set(cells["token"].tolist()))
    assert shown == alone.get(beat, list(range(script.prompt_count)))
    assert column_values(cells, script.model.d_model)[shown].tolist() == stream_at(recording, slot)[shown].tolist()


def test_turning_slot_by_hand_shows_every_checkpoint_exactly(screening, recording, script):
    modifier = screening.modifier(STREAM)
    screening.scene.frame_set(screening.end("embedding.columns"))
    curve = screening.curve(modifier.id_data, compat.input_path(modifier, "Slot"))
    curve.mute = True
    try:
        for slot in range(2 * script.model.n_layer + 2):
            compat.set_input(modifier, "Slot", float(slot))
            shown = column_values(screening.now(STREAM, CELL), script.model.d_model)
            assert shown.tolist() == stream_at(recording, slot).tolist(), f"slot {slot}"
        compat.set_input(modifier, "Slot", 3.25)
        grid = layout.CellGrid.of(script.model.d_model)
        swept = (np.arange(script.model.d_model) // grid.columns + 0.5) / grid.rows < 0.25
        assert 0 < swept.sum() < len(swept)
        shown = np.where(swept, stream_at(recording, 4), stream_at(recording, 3))
        assert column_values(screening.now(STREAM, CELL), script.model.d_model).tolist() == shown.tolist()
    finally:
        curve.mute = False


@pytest.mark.parametrize("beat", ["embedding.columns", "attention.head", "mlp.lanes"])
def test_a_cells_place_says_which_component_of_which_token_it_is(screening, script, beat):
    frame = screening.end(beat)
    scale, depth = (screening.dial(STREAM, label, frame) for label in ("Scale", "Depth"))
    cells = screening.at(frame, STREAM, CELL)
    grid = layout.CellGrid.of(script.model.d_model)
    key = cells["token"] * script.model.d_model + cells["dim"]
    count = np.bincount(key)[:, None]
    assert len(count) == script.prompt_count * script.model.d_model
    centre = np.stack([np.bincount(key, axis) for axis in cells.world.T], -1) / count
    token, dim = np.divmod(np.arange(len(count)), script.model.d_model)
    side = centre[:, 0] - layout.token_x(script.prompt_count, script.prompt_count)[token]
    column = side / (grid.pitch * scale) + (grid.columns - 1) / 2
    row = (centre[:, 2] - layout.COLUMN_BASE) / (grid.pitch * scale) - 0.5
    assert column == pytest.approx(np.rint(column), abs=0.01) and row == pytest.approx(np.rint(row), abs=0.01)
    assert (np.rint(row) * grid.columns + np.rint(column)).tolist() == dim.tolist()
    assert cells.world[:, 1].max() == pytest.approx(depth, abs=1e-4)


def test_columns_stand_where_their_cubes_stand(screening, script):
    for beat in ("attention.head", "mlp.lanes", "stack.whole"):
        frame = screening.end(beat)
        cells = screening.at(frame, STREAM, CELL)
        for token in range(script.prompt_count):
            seat = screening.object(f"Token {token + 1}").matrix_world.translation
            mine = cells.world[cells["token"] == token]
            assert (mine[:, 0].min() + mine[:, 0].max()) / 2 == pytest.approx(seat.x, abs=1e-3)
            assert mine[:, 1].max() == pytest.approx(seat.y, abs=1e-3)


def test_the_whole_machine_is_the_stream_as_it_enters_each_layer(screening, recording, script):
    frame = screening.end("stack.whole")
    for layer, block in enumerate(recording.steps[0].trace.blocks):
        cells = screening.at(frame, f"Trail of layer {layer + 1}", CELL)
        assert column_values(cells, script.model.d_model).tolist() == block.resid_pre.tolist()


@pytest.mark.parametrize("beat", ["embedding.columns", "attention.head"])
def test_a_cells_colour_is_its_place_between_blue_and_orange(screening, recording, script, beat):
    cells = screening.at(screening.end(beat), STREAM, CELL)
    values = stream_at(recording, ENDS[beat](script))
    shown = layout.shown_value(values, layout.value_scale(values))
    assert cells["shown"] == pytest.approx(shown[cells["token"], cells["dim"]], abs=1e-6)
    colour = cells["Color"][:, :3]
    hue = colour / np.linalg.norm(colour, axis=1, keepdims=True)
    assert (np.abs(cells["shown"]) == 1).any()
    for value, end in (DARK.diverging[0], DARK.diverging[-1]):
        expected = np.array(palette.linear(end)[:3])
        at_end = cells["shown"] == value
        assert at_end.any()
        assert hue[at_end] == pytest.approx(np.tile(expected / np.linalg.norm(expected), (at_end.sum(), 1)), abs=0.01)
    assert (colour[cells["shown"] < -0.1, 2] > colour[cells["shown"] < -0.1, 0]).all(), "negative is blue"
    assert (colour[cells["shown"] > 0.1, 0] > colour[cells["shown"] > 0.1, 2]).all(), "positive is orange"
    front = cells["shade"] == cells["shade"].max()
    order = np.argsort(np.abs(cells["shown"][front]))
    light = np.linalg.norm(colour[front], axis=1)[order]
    dark, bright = light[: len(light) // 10].mean(), light[-len(light) // 10 :].mean()
    assert bright > 3 * dark, "large values shine"


# beat -> slot of the updates: what arrives and is added
EQUAL = [2, 6]  # the two tokens of the prompt that are equal, whose places are added
ADDED = {
    "embedding.position": lambda script: 0,
    "attention.add": lambda script: 2 * script.focus_layer + 1,
    "mlp.add": lambda script: 2 * script.focus_layer + 2,
}


def updates_expected(recording, slot):
    trace = recording.steps[0].trace
    if slot == 0:
        return trace.pos_embed
    block = trace.blocks[(slot - 1) // 2]
    return block.attn_out if slot % 2 else block.mlp_out


@pytest.mark.parametrize("beat", ADDED)
def test_what_is_added_is_the_half_blocks_result(screening, recording, script, beat):
    slot = ADDED[beat](script)
    d = script.model.d_model
    # while it stands beside or above the column, the column still is what it was before
    frame = screening.when(beat, UPDATES, Slot=slot, Size=1.0, Passed=0.0)
    added = column_values(screening.at(frame, UPDATES, CELL), d)
    everywhere = {"Ambient": 1.0} if beat == "mlp.add" else {}  # first the last one alone, then all of them
    before, after = (
        column_values(screening.at(screening.when(beat, STREAM, Slot=one, **everywhere), STREAM, CELL), d)
        for one in (slot, slot + 1)
    )
    shown = ~np.isnan(added[:, 0])
    alone = {"embedding.position": EQUAL, "attention.add": [script.focus_query]}
    assert np.flatnonzero(shown).tolist() == alone.get(beat, list(range(script.prompt_count)))
    assert added[shown].tolist() == updates_expected(recording, slot)[shown].tolist()
    assert before[shown].tolist() == stream_at(recording, slot)[shown].tolist()
    assert (before + added)[shown] == pytest.approx(after[shown], abs=2e-6 * float(np.abs(after[shown]).max()))
    assert np.nanmax(np.abs(added)) > 1e-3, "nothing was added"


def test_nothing_says_equal_while_places_stand_beside_their_vectors(screening):
    frames = [f for f in screening.frames("embedding.position") if screening.dial(UPDATES, "Size", f) > 0.5]
    sign = screening.object("Compared 0")
    assert frames and max(screening.curve(sign, "scale", 0).evaluate(f) for f in frames) < 0.3


@pytest.mark.parametrize("beat", ADDED)
def test_the_update_is_gone_when_it_has_been_added(screening, script, beat):
    frame = screening.end(beat)
    assert screening.dial(UPDATES, "Size", frame) == 0 or not screening.visible(screening.object(UPDATES), frame)


def test_only_the_last_vector_goes_on_to_the_answer(screening, recording, script):
    cells = screening.at(screening.end("unembedding.last"), STREAM, CELL)
    assert set(cells["token"]) == {script.prompt_count - 1}
    expected = recording.steps[0].trace.blocks[-1].resid_post[-1]
    assert column_values(cells, script.model.d_model)[-1].tolist() == expected.tolist()
