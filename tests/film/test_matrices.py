"""Every learned matrix is seen at work in the film: its own vector before, the model's own result after the sweep."""

import numpy as np
import pytest

from film.screening import BEAMS, STREAM
from transformer_cinema.addon.film import layout, matrices
from transformer_cinema.addon.film.evidence import mark_of

BEATS = {
    "embedding.ids": {"W_E"},
    "attention.query": {"W_Q"},
    "attention.key": {"W_Q", "W_K"},
    "attention.value": {"W_V"},
    "attention.project": {"W_O"},
    "mlp.matrix": {"W_in"},
    "mlp.add": {"W_out"},
}


def seen(screening, beat):
    """Names of the matrices whose walls are shown at some frame of a beat."""
    walls = [owner for owner in screening.scene.objects if (mark_of(owner) or {}).get("shows") == "wall"]
    return {
        mark_of(wall)["matrix"] for wall in walls if any(screening.visible(wall, f) for f in screening.frames(beat))
    }


def test_each_matrix_has_its_beat(screening):
    assert {beat: BEATS[beat] - seen(screening, beat) for beat in BEATS if BEATS[beat] - seen(screening, beat)} == {}
    assert set().union(*BEATS.values()) == set(matrices.SIZES)


def result(screening, beat, name):
    """-> (frame at which a product is done, its numbers, where they stand), from evaluated geometry."""
    count = max(screening.dial(f"Product {name}", "Sweep", f) for f in screening.frames(beat))
    frames = [f for f in screening.frames(beat) if screening.dial(f"Product {name}", "Sweep", f) == count]
    frame = next(f for f in frames if screening.dial(f"Product {name}", "Result Away", f) == 0.0)
    shape = screening.at(frame, f"Product {name}")
    part, index = shape["part"].round(), shape["index"].round().astype(int)
    order = [np.flatnonzero((part == 1) & (index == i)) for i in range(int(index[part == 1].max()) + 1)]
    values = np.array([np.unique(shape["value"][of]).item() for of in order])
    return frame, values, np.array([shape.world[of].mean(0) for of in order])


@pytest.mark.parametrize(("beat", "name", "tensor"), [("attention.key", "k", "k"), ("attention.value", "v", "v")])
def test_a_key_and_a_value_are_those_of_the_token_that_they_are_of(screening, recording, script, beat, name, tensor):
    mark = mark_of(screening.object(f"Product {name}"))
    block, head = recording.steps[0].trace.blocks[script.focus_layer], script.focus_head
    _, values, _ = result(screening, beat, name)
    expected = getattr(block, tensor)[mark["token"], head]
    assert np.abs(values - expected).max() < 1e-5 * np.abs(expected).max()
    if name == "v":  # of the token that most is read of
        assert mark["token"] == int(block.pattern[head, script.focus_query].argmax())


def test_the_key_stands_under_the_query_as_the_score_begins(screening):
    frame, _, keys = result(screening, "attention.key", "k")
    shape = screening.at(frame, "Product q")
    query = shape.world[shape["part"].round() == 1]
    assert keys[:, 2].max() < query[:, 2].min() + 0.05, "the key is below the query, and neither covers the other"
    first = next(f for f in screening.frames("attention.score") if screening.visible(screening.object("Score"), f))
    assert screening.dial("Score", "Key", first) == mark_of(screening.object("Product k"))["token"]
    assert screening.dial("Score", "Come", first) == 1.0, "it is there already"


def test_the_value_goes_over_its_own_vector(screening, script):
    token = mark_of(screening.object("Product v"))["token"]
    frame = max(f for f in screening.frames("attention.values") if screening.visible(screening.object("Product v"), f))
    assert screening.dial("Product v", "Result Away", frame) > 0.99
    shape = screening.at(frame, "Product v")
    block = shape.world[shape["part"].round() == 1]
    x = layout.token_x(script.prompt_count, script.prompt_count)[token]
    assert abs(block[:, 0].mean() - x) < 0.1
    assert block[:, 2].min() > layout.column_top(script.model.d_model, layout.SCALE_ATTENTION)
    assert screening.dial(BEAMS, "Others", frame) == 0.0 and screening.visible(screening.object(STREAM), frame)
