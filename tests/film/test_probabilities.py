"""A bar's height is a probability of the full vocabulary; the pointer falls by the recorded random number."""

import numpy as np
import pytest

from film.screening import DIAL, GLOW, SOLID, STREAM, bars
from transformer_cinema.addon import compat
from transformer_cinema.addon.film import layout, palette
from transformer_cinema.addon.film.palette import DARK


def softmax(logits, temperature):
    scores = np.asarray(logits, np.float64) / temperature
    weights = np.exp(scores - scores.max())
    return weights / weights.sum()


def measured(screening, step, frame):
    """A step's evaluated bars -> ({token or -1: probability by its height}, {token: x of its middle})."""
    modifier = screening.modifier(bars(step))
    scale = layout.BarScale(compat.get_input(modifier, "Height"), compat.get_input(modifier, "Others Width"))
    shape = screening.at(frame, bars(step), GLOW)  # the lids: a bar ends with its lid's upper edge
    heights, middles = {}, {}
    for token in np.unique(shape["token"]):
        mine = shape["position"][shape["token"] == token]
        height = float(mine[:, 2].max() - layout.BAR_BASE)
        heights[int(token)] = scale.probability(height) if token >= 0 else scale.others_probability(height)
        middles[int(token)] = float(mine[:, 0].min() + mine[:, 0].max()) / 2
    return heights, middles


def expected(heights, logits, temperature):
    """The same bars as softmax says."""
    share = softmax(logits, temperature)
    named = {token: share[token] for token in heights if token >= 0}
    return named | {-1: 1 - sum(named.values())}


def words(screening, step, count):
    """What stands under the bars."""
    name = f"{bars(step)} words"
    return [compat.get_input(screening.modifier(name), f"Word {i + 1}") for i in range(count)]


def check(screening, recording, step, frame):
    """The bars at a frame are the softmax at the temperature that the film says there."""
    temperature = screening.dial(bars(step), "Temperature", frame)
    heights, _ = measured(screening, step, frame)
    assert heights == pytest.approx(expected(heights, recording.steps[step].trace.logits, temperature), abs=1e-4)
    assert sum(heights.values()) == pytest.approx(1, abs=1e-3)
    return temperature


def test_bars_are_the_softmax_of_all_logits(screening, recording):
    frame = screening.when("unembedding.bars", bars(0), Rise=1.0)
    assert check(screening, recording, 0, frame) == 1.0


def test_a_bar_and_its_lid_are_one_piece(screening):
    """The solid part ends where the lid begins, so that nothing is drawn twice or left out."""
    frame = screening.when("unembedding.bars", bars(0), Rise=1.0)
    solid, lid = (screening.at(frame, bars(0), material) for material in (SOLID, GLOW))
    for token in set(solid["token"]):
        top = solid["position"][solid["token"] == token][:, 2].max()
        assert lid["position"][lid["token"] == token][:, 2].min() == pytest.approx(top, abs=1e-5)


def test_bars_follow_the_temperature(screening, recording):
    """At the sweep's ends, on the way, and where it stops: at the temperature that the token is drawn with."""
    frames = screening.frames("unembedding.temperature")
    degrees = [screening.dial(bars(0), "Temperature", frame) for frame in frames]
    coldest, hottest = frames[int(np.argmin(degrees))], frames[int(np.argmax(degrees))]
    assert check(screening, recording, 0, coldest) < 1 < check(screening, recording, 0, hottest)
    check(screening, recording, 0, (coldest + hottest) // 2)
    assert check(screening, recording, 0, frames[-1]) == pytest.approx(recording.sampling.temperature)


def test_the_dial_shows_the_temperature_of_the_bars(screening):
    for frame in screening.frames("unembedding.temperature"):
        shown = screening.dial(DIAL, "Temperature", frame)
        assert shown == pytest.approx(screening.dial(bars(0), "Temperature", frame), abs=1e-6)


def test_the_exact_probability_can_be_read_in_the_spreadsheet(screening, recording):
    shape = screening.at(screening.when("unembedding.bars", bars(0), Rise=1.0), bars(0), SOLID)
    share = softmax(recording.steps[0].trace.logits, 1.0)
    named = shape["token"] >= 0
    assert shape["probability"][named] == pytest.approx(share[shape["token"][named]], abs=1e-6)


def test_the_bars_are_the_likeliest_tokens_in_order_under_their_words(screening, recording):
    logits = recording.steps[0].trace.logits
    _, middles = measured(screening, 0, screening.when("unembedding.bars", bars(0), Rise=1.0))
    order = sorted(middles, key=middles.get)
    assert order[-1] == -1, "all others stand last"
    likeliest = np.argsort(-logits, kind="stable")[: len(order) - 1].tolist()
    drawn = recording.steps[0].draw.token
    assert order[:-1] == (likeliest if drawn in likeliest else [*likeliest[:-1], drawn])
    assert words(screening, 0, len(order) - 1) == [recording.vocabulary.label(token) for token in order[:-1]]


def test_the_gold_bar_is_the_drawn_token(screening, recording):
    shape = screening.at(screening.end("unembedding.draw"), bars(0), SOLID)
    assert set(shape["token"][shape["gold"] > 0.5]) == {recording.steps[0].draw.token}
    assert set(shape["gold"]) == {0.0, 1.0}
    before = screening.at(screening.end("unembedding.bars"), bars(0), SOLID)
    assert (before["gold"] == 0).all()


# --- the draw ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def strip(screening):
    """The strip's corners and colours, with the pointer's tip, when it has fallen."""
    frame = screening.end("unembedding.draw")
    shape = screening.at(frame, "Draw strip")
    return shape, screening.object("Pointer").matrix_world.translation.copy()


def test_the_pointer_falls_by_the_recorded_random_number(screening, recording, strip):
    shape, tip = strip
    left, right = shape.world[:, 0].min(), shape.world[:, 0].max()
    assert (tip.x - left) / (right - left) == pytest.approx(recording.steps[0].draw.random, abs=1e-5)
    assert shape.world[:, 2].min() <= tip.z <= shape.world[:, 2].max() + 0.1, "it stands on the strip"
    curve = screening.curve(screening.object("Pointer"), "location", 2)
    keys = [key.co.y for key in curve.keyframe_points]
    assert keys[0] > keys[-1] + 1, "it falls"


def test_the_gold_segment_is_the_drawn_tokens_share(recording, strip):
    shape, tip = strip
    world = shape.world
    left, right = world[:, 0].min(), world[:, 0].max()
    gold = np.isclose(shape["Color"], palette.linear(DARK.gold), atol=1e-5).all(1)
    assert gold.any()
    begin, end = (float(edge - left) / (right - left) for edge in (world[gold, 0].min(), world[gold, 0].max()))
    assert world[gold, 0].min() - 1e-5 <= tip.x <= world[gold, 0].max() + 1e-5
    step, sampling = recording.steps[0], recording.sampling
    assert (sampling.top_k, sampling.top_p) == (0, 1)
    share = softmax(step.trace.logits, sampling.temperature)
    order = np.argsort(-share, kind="stable")
    before = share[order[: int(np.flatnonzero(order == step.draw.token)[0])]].sum()
    assert begin == pytest.approx(before, abs=1e-4)
    assert end - begin >= share[step.draw.token] - 1e-4
    assert before <= step.draw.random < before + share[step.draw.token]


def test_the_random_number_stands_beside_the_pointer(screening, recording):
    label = screening.object("Random number")
    assert screening.text(label) == f"{recording.steps[0].draw.random:.4f}"
    assert screening.visible(label, screening.end("unembedding.draw"))


# --- the loop ------------------------------------------------------------------------------------


def shown_at(screening, step):
    """A frame of the loop at which a step's bars are up and its token is chosen."""
    for beat in ("loop.append", "loop.again"):
        for frame in screening.frames(beat):
            up = screening.dial(bars(step), "Rise", frame) == 1 and screening.dial(bars(step), "Glow", frame) == 1
            if up and screening.visible(screening.object(bars(step)), frame):
                return frame
    raise AssertionError(f"the bars of step {step + 1} never stand")


@pytest.mark.parametrize("step", [1, 2, 3])
def test_each_rounds_bars_are_those_of_its_own_run(screening, recording, step):
    frame = shown_at(screening, step)
    assert check(screening, recording, step, frame) == pytest.approx(recording.sampling.temperature)
    heights, middles = measured(screening, step, frame)
    order = sorted(middles, key=middles.get)
    assert words(screening, step, len(heights) - 1) == [recording.vocabulary.label(token) for token in order[:-1]]
    shape = screening.at(frame, bars(step), SOLID)
    assert set(shape["token"][shape["gold"] > 0.5]) == {recording.steps[step].draw.token}


@pytest.mark.parametrize("step", [1, 2, 3])
def test_each_round_shows_the_vectors_of_its_own_run(screening, recording, step):
    frame = shown_at(screening, step)
    trace = recording.steps[step].trace
    cells = screening.at(frame, STREAM)
    written = cells["value"] != 0
    assert set(cells["token"]) == set(range(len(trace.tokens)))
    slot = screening.dial(STREAM, "Slot", frame)
    assert slot == 2 * trace.model.n_layer + 1
    final = trace.blocks[-1].resid_post[cells["token"], cells["dim"]]
    assert cells["value"][written] == pytest.approx(final[written], abs=1e-4)
    newest = written & (cells["token"] == len(trace.tokens) - 1)
    assert (cells["value"][newest] == final[newest]).all()


def cubes(screening, frame):
    """The labels of the cubes that stand at a frame, from left to right."""
    screening.scene.frame_set(frame)
    standing = []
    for owner in screening.scene.objects:
        if owner.name.startswith("Cube ") and screening.visible(owner, frame) and min(owner.scale) > 0.5:
            labels = [one for one in owner.parent.children if one.name.startswith("Label ")]
            assert len(labels) == 1 and screening.visible(labels[0], frame)
            standing.append((owner.matrix_world.translation.x, screening.text(labels[0])))
    return [label for _, label in sorted(standing)]


def test_every_round_adds_the_drawn_word_to_the_row(screening, recording, script):
    row = [recording.vocabulary.label(token) for token in script.tokens]
    assert cubes(screening, screening.end("embedding.ids")) == row[: script.prompt_count]
    for step in (1, 2, 3):
        assert cubes(screening, shown_at(screening, step)) == row[: script.prompt_count + step]
    assert cubes(screening, screening.end("loop.again")) == row


def test_ids_are_the_tokens_own(screening, script):
    frame = screening.end("embedding.ids")
    for index in range(script.prompt_count):
        labels = screening.object(f"Token {index + 1}").children
        number = next(label for label in labels if label.name.startswith("Id "))
        assert screening.visible(number, frame)
        assert screening.text(number) == str(script.tokens[index])
