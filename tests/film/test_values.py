"""What is read is shown as it is: values, weighed, added up; all heads, projected; and how far the sum turns."""

import numpy as np
import pytest

from film.screening import CELL, UPDATES
from transformer_cinema.addon.film import layout
from transformer_cinema.addon.film.cast.mixing import BlockGrid

MIXING, BEAT, PROJECTED = "Mixed values", "attention.values", "attention.project"


@pytest.fixture
def block(recording, script):
    return recording.steps[0].trace.blocks[script.focus_layer]


def cells(shape, part):
    """{(key or head, dim): number} of the copies (0) or of the results (1)."""
    mine = shape["part"] == part
    keys = shape["head" if part else "key"][mine].astype(int), shape["dim"][mine].astype(int)
    return dict(zip(zip(*(one.tolist() for one in keys), strict=True), shape["drawn"][mine].tolist(), strict=True))


def at(screening, beat=BEAT, **wanted):
    return screening.at(screening.when(beat, MIXING, **wanted), MIXING, CELL)


def test_each_source_sends_a_copy_of_its_value_times_its_weight(screening, script, block):
    weights = block.pattern[script.focus_head, script.focus_query]
    values = block.v[:, script.focus_head]
    for weigh in (0.0, 1.0):
        drawn = cells(at(screening, Rise=1.0, Weigh=weigh, Travel=0.0), 0)
        assert len(drawn) == values.size
        for (key, dim), number in drawn.items():
            assert number == pytest.approx(values[key, dim] * (weights[key] if weigh else 1.0), abs=1e-5)


def test_every_copy_starts_over_its_source(screening, script):
    shape = at(screening, Rise=1.0, Weigh=1.0, Travel=0.0)
    x = layout.token_x(script.prompt_count, script.prompt_count)
    for key in range(script.prompt_count):
        mine = (shape["part"] == 0) & (shape["key"] == key)
        ends = shape.world[mine, 0]
        assert (ends.min() + ends.max()) / 2 == pytest.approx(x[key], abs=0.01)


def test_what_has_arrived_is_added_up_to_the_heads_result(screening, script, block):
    weights = block.pattern[script.focus_head, script.focus_query].astype(np.float64)
    parts = weights[:, None] * block.v[:, script.focus_head]
    seen = set()
    for frame in screening.frames(BEAT):
        travel = screening.dial(MIXING, "Travel", frame)
        arrived = int(travel + 1e-4)
        if not arrived or arrived in seen:
            continue
        seen.add(arrived)
        drawn = cells(screening.at(frame, MIXING, CELL), 1)
        sums = parts[:arrived].sum(0)
        for dim in range(script.model.d_head):
            assert drawn[script.focus_head, dim] == pytest.approx(sums[dim], abs=1e-5)
    assert script.prompt_count in seen
    assert parts.sum(0) == pytest.approx(block.z[script.focus_query, script.focus_head], abs=1e-4)


def test_then_all_heads_results_are_there_and_no_other_token_has_any(screening, script, block):
    shape = at(screening, PROJECTED, Heads=1.0, Join=0.0)
    drawn = cells(shape, 1)
    assert len(drawn) == script.model.d_model
    for (head, dim), number in drawn.items():
        assert number == pytest.approx(block.z[script.focus_query, head, dim], abs=1e-4)
    last = layout.token_x(script.prompt_count, script.prompt_count)[-1]
    wide = BlockGrid.of(script.model).width
    assert abs(shape.world[:, 0] - last).max() < wide / 2 + 0.1, "a ghost stands elsewhere"


def test_the_projection_is_worked_out_before_the_update_is_added(screening, script, block):
    product = screening.object("Product out of heads")
    frame = max(f for f in screening.frames(PROJECTED) if screening.visible(product, f))
    shape = screening.at(frame, product.name)
    result = {int(i): v for p, i, v in zip(shape["part"], shape["index"], shape["value"], strict=True) if p == 1}
    assert [result[i] for i in range(script.model.d_model)] == pytest.approx(
        block.attn_out[script.focus_query].tolist(), abs=1e-5
    )
    frame = next(f for f in screening.frames("attention.add") if screening.visible(screening.object(UPDATES), f))
    update = screening.at(frame, UPDATES, CELL)
    mine = update["token"] == script.focus_query
    drawn = dict(zip(update["dim"][mine].tolist(), update["value"][mine].tolist(), strict=True))
    assert [drawn[i] for i in range(script.model.d_model)] == block.attn_out[script.focus_query].tolist()


def test_the_needle_ends_at_the_angle_between_before_and_after(screening, script, block):
    before, after = (tensor[script.focus_query].astype(np.float64) for tensor in (block.resid_pre, block.resid_mid))
    angle = np.degrees(np.arccos(before @ after / np.linalg.norm(before) / np.linalg.norm(after)))
    name = "Turned by attention"
    last = max(screening.dial(name, "At", frame) for frame in screening.frames("attention.add"))
    frame = screening.when("attention.add", name, At=last, Size=1.0)
    shape = screening.at(frame, name)
    needle = (shape["tint"][:, 3] > 0.5) & (shape["side"] == 1)
    offset = shape.world[needle] - np.array(screening.object(name).matrix_world.translation)
    tip = offset[np.linalg.norm(offset, axis=1) > 0.5].mean(0)
    assert np.degrees(np.arctan2(tip[0], tip[2])) == pytest.approx(angle, abs=0.1)
