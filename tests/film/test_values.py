"""What the heads found is shown as it is: apart by head, then joined, then projected into the update that is added."""

import numpy as np
import pytest

from film.screening import BEAMS, CELL, GLOW, UPDATES
from transformer_cinema.addon.film import layout, palette
from transformer_cinema.addon.film.palette import DARK

VALUES, BEAT = "Value columns", "attention.values"


def settled(screening, **wanted):
    """The cells at a moment of the beat at which the inputs have these values."""
    return screening.at(screening.when(BEAT, VALUES, Size=1.0, **wanted), VALUES, CELL)


def numbers(shape, d):
    """Evaluated cells -> [T, d]; every vertex of a cell says the same."""
    token, dim = shape["token"], shape["dim"]
    values = np.full((token.max() + 1, d), np.nan, np.float32)
    values[token, dim] = shape["value"]
    assert (values[token, dim] == shape["value"]).all()
    return values


def middles(shape, d):
    """Evaluated cells -> [T, d, 3], their middles."""
    key = shape["token"] * d + shape["dim"]
    sums = np.stack([np.bincount(key, axis) for axis in shape.world.T], -1)
    return (sums / np.bincount(key)[:, None]).reshape(-1, d, 3)


@pytest.fixture
def block(recording, script):
    return recording.steps[0].trace.blocks[script.focus_layer]


def test_first_the_cells_are_the_heads_results_then_the_projected_update(screening, script, block):
    d = script.model.d_model
    joined = block.z.reshape(script.prompt_count, d)
    assert numbers(settled(screening, Apart=1.0, Slot=0.0), d).tolist() == joined.tolist()
    assert numbers(settled(screening, Apart=0.0, Slot=0.0), d).tolist() == joined.tolist()
    assert numbers(settled(screening, Apart=0.0, Slot=1.0), d).tolist() == block.attn_out.tolist()
    between = next(frame for frame in screening.frames(BEAT) if 0.3 < screening.dial(VALUES, "Slot", frame) < 0.7)
    share = screening.dial(VALUES, "Slot", between)
    blend = (1 - share) * joined + share * block.attn_out
    assert numbers(screening.at(between, VALUES, CELL), d) == pytest.approx(blend, abs=1e-5)


def test_joining_closes_the_gaps_between_the_heads_and_changes_nothing_else(screening, script):
    d, d_head = script.model.d_model, script.model.d_model // script.model.n_head
    apart = middles(settled(screening, Apart=1.0, Slot=0.0), d)
    joined = middles(settled(screening, Apart=0.0, Slot=0.0), d)
    lift = apart - joined
    assert lift[..., :2] == pytest.approx(np.zeros_like(lift[..., :2]), abs=1e-4)
    by_head = lift[..., 2].reshape(script.prompt_count, script.model.n_head, d_head)
    gap = by_head[0, 1, 0]
    pitch = layout.CellGrid.of(d).pitch * layout.SCALE_ATTENTION
    assert gap > pitch, "there is no gap"
    expected = np.arange(script.model.n_head)[None, :, None] * gap
    assert by_head == pytest.approx(np.broadcast_to(expected, by_head.shape), abs=1e-4)
    heights = np.unique(joined[0, :, 2].round(4))
    assert np.diff(heights) == pytest.approx(np.full(len(heights) - 1, pitch), abs=2e-4), "joined, no gap is left"


def test_each_heads_numbers_have_an_edge_in_the_colour_of_its_beams(screening, script):
    frame = screening.when(BEAT, VALUES, Size=1.0, Apart=1.0)
    edges = screening.at(frame, VALUES, GLOW)
    beams = screening.at(
        next(f for f in screening.frames(BEAT) if screening.dial(BEAMS, "Pulse", f) < 0.1), BEAMS, GLOW
    )
    for head in range(script.model.n_head):
        colours = edges["Color"][edges["head"] == head][:, :3]
        assert len(colours) and colours == pytest.approx(np.tile(colours[0], (len(colours), 1)), abs=1e-5)
        hue = colours[0] / np.linalg.norm(colours[0])
        gold = np.array(palette.linear(DARK.gold)[:3])
        assert (hue == pytest.approx(gold / np.linalg.norm(gold), abs=1e-3)) == (head == script.focus_head)
        tints = np.unique(beams["tint"][beams["head"] == head], axis=0)
        assert len(tints) == 1, f"no beam of head {head}"
        assert hue == pytest.approx(tints[0][:3] / np.linalg.norm(tints[0][:3]), abs=1e-3)
    assert (edges["head"] == edges["dim"] // (script.model.d_model // script.model.n_head)).all()
    joined = screening.when(BEAT, VALUES, Size=1.0, Apart=0.0)
    assert not len(screening.at(joined, VALUES, GLOW)), "joined, the heads are one"


def test_they_arrive_when_the_pulses_do_and_the_beams_are_gone_when_they_are_joined(screening):
    pulse = {frame: screening.dial(BEAMS, "Pulse", frame) for frame in screening.frames(BEAT)}
    size = {frame: screening.dial(VALUES, "Size", frame) for frame in pulse}
    start, arrived = (min(frame for frame in pulse if pulse[frame] >= at) for at in (0.0, 1.0))
    assert size[start] == 0 and size[arrived] > 0.5
    assert all(size[frame] == 0 for frame in pulse if pulse[frame] < 0.6)
    assert screening.visible(screening.object(BEAMS), arrived)
    assert not screening.visible(screening.object(BEAMS), screening.end(BEAT))


def test_the_update_takes_their_place_unseen(screening, script):
    """At the hand-over the same numbers stand in the same places."""
    d = script.model.d_model
    values, updates = screening.object(VALUES), screening.object(UPDATES)
    frames = screening.frames("attention.add")
    first = next(frame for frame in frames if screening.visible(updates, frame))
    last = max(frame for frame in frames if screening.visible(values, frame))
    assert 0 <= first - last <= 1, "for a moment there is neither"
    before, after = screening.at(last, VALUES, CELL), screening.at(first, UPDATES, CELL)
    assert numbers(before, d).tolist() == numbers(after, d).tolist()
    assert middles(before, d) == pytest.approx(middles(after, d), abs=2e-3)
