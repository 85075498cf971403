"""What is read is shown as it is: values, weighed, added up; all heads, projected; and how far the sum turns."""

import bpy  # noqa: F401  its own modules can be imported after it only
import numpy as np
import pytest
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Vector

from film.screening import CELL, UPDATES
from transformer_cinema.addon.film import layout
from transformer_cinema.addon.film.cast.mixing import BlockGrid, landed

MIXING, BEAT, PROJECTED = "Mixed values", "attention.values", "attention.project"


@pytest.fixture
def block(recording, script):
    return recording.steps[0].trace.blocks[script.focus_layer]


def cells(shape, part, focus=None):
    """{(key or head, dim): number} of the copies (0) or of the results (1); of one head only, if wished."""
    mine = (shape["part"] == part) & ((focus is None) | (shape["head"] == focus))
    keys = shape["head" if part else "key"][mine].astype(int), shape["dim"][mine].astype(int)
    return dict(zip(zip(*(one.tolist() for one in keys), strict=True), shape["drawn"][mine].tolist(), strict=True))


def at(screening, beat=BEAT, **wanted):
    return screening.at(screening.when(beat, MIXING, **wanted), MIXING, CELL)


def test_each_source_sends_a_copy_of_its_value_times_its_weight(screening, script, block):
    weights = block.pattern[script.focus_head, script.focus_query]
    values = block.v[:, script.focus_head]
    for weigh in (0.0, 1.0):
        drawn = cells(at(screening, Rise=1.0, Weigh=weigh, Travel=0.0), 0, script.focus_head)
        assert len(drawn) == values.size
        for (key, dim), number in drawn.items():
            assert number == pytest.approx(values[key, dim] * (weights[key] if weigh else 1.0), abs=1e-5)


def test_the_area_of_a_copy_is_its_weight(screening, script, block):
    weights = block.pattern[script.focus_head, script.focus_query]
    shape, full = at(screening, Rise=1.0, Weigh=1.0, Travel=0.0), BlockGrid.of(script.model).block[0]
    for key in range(script.prompt_count):
        wide = np.ptp(shape.world[(shape["part"] == 0) & (shape["key"] == key), 0])
        assert (wide / full) ** 2 == pytest.approx(weights[key], rel=0.05)


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
        order = np.arange(script.model.d_head) / (script.model.d_head - 1)
        arrived = np.clip((landed(travel, order) + 1e-4).astype(int), 0, script.prompt_count)
        if arrived[-1] == 0 or arrived[-1] in seen:
            continue
        seen.add(int(arrived[-1]))
        assert (np.diff(arrived) <= 0).all(), "the last cells come before the first ones"
        drawn = cells(screening.at(frame, MIXING, CELL), 1, script.focus_head)
        for (_, dim), number in drawn.items():
            assert number == pytest.approx(parts[: arrived[dim], dim].sum(), abs=1e-5)
    assert script.prompt_count in seen
    assert parts.sum(0) == pytest.approx(block.z[script.focus_query, script.focus_head], abs=1e-4)


def test_then_all_heads_results_are_there_and_no_other_token_has_any(screening, script, block):
    shape = screening.at(screening.beats[PROJECTED][0], MIXING, CELL)
    drawn = cells(shape, 1)
    assert len(drawn) == script.model.d_model
    for (head, dim), number in drawn.items():
        assert number == pytest.approx(block.z[script.focus_query, head, dim], abs=1e-4)
    last = layout.token_x(script.prompt_count, script.prompt_count)[-1]
    grid = BlockGrid.of(script.model)
    left = last - grid.block[0] / 2 - 0.1  # beside the row, clear of the arcs
    assert left < shape.world[:, 0].min() and shape.world[:, 0].max() < left + grid.width + 0.2, "a ghost elsewhere"


def test_the_projection_is_worked_out_before_the_update_is_added(screening, script, block):
    product = screening.object("Product out of heads")
    frame = max(f for f in screening.frames("attention.add") if screening.visible(product, f))
    shape = screening.at(frame, product.name)
    result = {int(i): v for p, i, v in zip(shape["part"], shape["index"], shape["value"], strict=True) if p == 1}
    assert [result[i] for i in range(script.model.d_model)] == pytest.approx(
        block.attn_out[script.focus_query].tolist(), abs=1e-5
    )
    frame = next(f for f in screening.frames("attention.add") if screening.dial(UPDATES, "Size", f) == 1.0)
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


def test_no_copy_flies_out_of_the_picture(screening):
    camera = screening.scene.camera
    first, last = screening.beats[BEAT]
    for frame in range(first + screening.scene.render.fps, last, 3):
        places = screening.at(frame, MIXING, CELL).world
        seen = [world_to_camera_view(screening.scene, camera, Vector(place)).y for place in places[::7]]
        assert max(seen, default=0.0) < 1.0, frame
