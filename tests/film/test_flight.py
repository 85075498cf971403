"""The flight: arcs over their tokens, the answers of the logit lens, three texts with one end, the whole machine."""

import dataclasses

import numpy as np
import pytest

from film.screening import CELL, GLOW, STREAM
from transformer_cinema.addon import compat
from transformer_cinema.addon.film import layout, palette
from transformer_cinema.addon.film.acts.stack import CHANGED, STILL
from transformer_cinema.addon.film.build import build_film
from transformer_cinema.addon.film.cast.answers import ROWS, STEP, WIDE, changes_its_mind, seats
from transformer_cinema.addon.film.cast.same_end import ANSWERS
from transformer_cinema.addon.film.palette import DARK
from transformer_cinema.addon.film.texts import ALL

ARCS, BOARD = "Flight beams", "Answer board"


@pytest.fixture(scope="module")
def flying(screening):
    """Frames at which arcs are there."""
    return [f for f in screening.flight() if screening.dial(ARCS, "Reveal", f) > 0.01]


def test_arcs_stand_on_their_tokens_at_every_frame(screening, flying, script):
    x = script.text_x
    for frame in flying[::5]:
        arcs = screening.at(frame, ARCS, GLOW)
        depth = screening.dial(STREAM, "Depth", frame)
        feet = arcs["along"] == 0
        inset = np.where(arcs["query"] == arcs["key"], 0.0, layout.BEAM_INSET)
        middle = {}
        for key, head, place in zip(
            arcs["key"][feet], arcs["head"][feet], arcs.world[feet, 0] - inset[feet], strict=True
        ):
            middle.setdefault((key, head), []).append(place)
        assert all(abs(np.mean(places) - x[key]) < 1e-3 for (key, _), places in middle.items())
        back = arcs["fan"] * layout.heads_back(script.model.n_layer)
        thickest = (1 + layout.BEAM_SWELLING) * layout.beam_radius(1.0)
        assert np.abs(arcs.world[:, 1] - back - depth).max() < thickest + 1e-3


def test_they_are_what_the_last_token_reads(screening, flying, recording, script):
    for layer in range(script.model.n_layer):
        frame = next(f for f in flying if screening.dial(ARCS, "Layer", f) == layer)
        arcs = screening.at(frame, ARCS, GLOW)
        pattern = recording.steps[0].trace.blocks[layer].pattern[:, -1]
        focus = np.arange(len(pattern)) == script.focus_heads[layer]
        least = np.where(focus[:, None], layout.BEAM_THRESHOLD, layout.OTHER_THRESHOLD)
        expected = {tuple(map(int, pair)) for pair in np.argwhere(pattern >= least)}
        assert set(zip(arcs["head"].tolist(), arcs["key"].tolist(), strict=True)) == expected
        assert set(arcs["query"]) == {script.text_count - 1} and set(arcs["layer"]) == {layer}


def test_the_board_says_what_the_model_would_say_at_each_checkpoint(screening, recording, script):
    """Each place has its word, and a bar as long as that word's chance."""
    tokens, shares = (array[::STEP, :3] for array in (recording.lens.tokens, recording.lens.probabilities))
    modifier, ranks = screening.modifier(BOARD), seats(tokens)
    frames = [f for f in screening.flight() if screening.dial(BOARD, "Shown", f) == 1]
    looked = 0
    for checkpoint in range(len(tokens)):
        for place, rank in enumerate(ranks[checkpoint]):
            word = compat.get_input(modifier, f"Word {3 * checkpoint + place + 1}")
            assert word == script.word(tokens[checkpoint, rank])
        away = {f: abs(screening.dial(BOARD, "Checkpoint", f) - checkpoint) for f in frames}
        frame = min(frames, key=away.get)
        if away[frame] > 1e-4:
            continue
        looked += 1
        board = screening.at(frame, BOARD)
        for place, rank in enumerate(ranks[checkpoint]):
            bar = board.world[np.abs(board["place"] - place - 1) < 0.1]
            assert np.ptp(bar[:, 0]) == pytest.approx(max(shares[checkpoint, rank] * WIDE, 0.004), abs=1e-4)
        high = [board.world[np.abs(board["place"] - place - 1) < 0.1, 2].max() for place in range(len(ROWS))]
        assert np.argsort(high).tolist() == np.argsort(-ranks[checkpoint]).tolist(), "the likeliest stands on top"
    assert looked > 1


def test_no_word_is_gold_before_one_is_drawn(screening):
    """Gold is the chosen word; the likeliest may not be it."""
    board = screening.at(screening.flight()[-1], BOARD)
    gold = palette.linear(DARK.gold)
    assert not np.isclose(board["Color"], gold, atol=0.1).all(1).any()


def test_a_word_keeps_its_place_as_long_as_it_is_among_the_three():
    tokens = np.array([[1, 2, 3], [2, 4, 1], [4, 5, 6]])
    assert np.take_along_axis(tokens, seats(tokens), 1).tolist() == [[1, 2, 3], [1, 2, 4], [5, 6, 4]]


def test_the_board_follows_the_numbers_of_the_row(screening, script):
    """What a layer answers is never there before its sums are, and is there before the next layer's."""
    behind = []
    for frame in screening.flight():
        if not screening.dial(BOARD, "Shown", frame):  # the vectors are on their way back to the first layer
            continue
        shown, slot = screening.dial(BOARD, "Checkpoint", frame) * STEP, screening.dial(STREAM, "Slot", frame)
        behind.append(slot - 1 - shown)
        if STILL + 0.02 < shown % 2 < CHANGED:  # its words are changing
            assert slot - 1 == pytest.approx(2 * (shown // 2 + 1), abs=1e-3)
        if slot % 2 < 0.05 and shown > 0.1:  # in the middle of a layer, all of the one before is answered
            assert shown > slot - 2 - 1e-3
    assert -1e-3 < min(behind) and max(behind) < 1.5
    assert behind[-1] == pytest.approx(0.0, abs=1e-3) and shown == pytest.approx(2 * script.model.n_layer, abs=1e-3)


def test_the_last_token_goes_alone_through_a_gate_in_every_layer(screening, script):
    frames = screening.flight()
    shape = screening.at(frames[0], "Flight frames")
    gates = shape.world[(shape["floor"] == 0) & (shape.world[:, 2] > 0.1), 1]
    for layer in range(script.model.n_layer):
        first, last = (script.depth(2 * layer + half) for half in (0, 1))
        assert ((gates > first) & (gates < last)).any()
    for frame in frames[len(frames) // 3 :: 9]:
        assert screening.dial(STREAM, "Solo", frame) == 1
        depth = screening.dial(STREAM, "Depth", frame)
        assert screening.dial("Flight frames", "At", frame) == pytest.approx(depth, abs=1e-4)


def test_a_change_of_mind_is_told_only_where_there_is_one(screening, recording):
    tokens = recording.lens.tokens
    assert ("stack.flip" in screening.beats) == (tokens[-1][0] != tokens[-3][0]) == changes_its_mind(recording.lens)


def test_three_texts_begin_with_the_same_numbers_and_end_with_their_own(screening, recording):
    found = recording.insights.same_end
    frames = screening.frames("stack.same_end")
    for slot in (0, found.vectors.shape[1] - 1):
        frame = next(f for f in reversed(frames) if screening.dial("Same end columns", "Slot", f) == slot)
        if screening.dial("Same end columns", "Size", frame) < 1:
            continue
        cells = screening.at(frame, "Same end columns", CELL)
        assert cells["value"].tolist() == found.vectors[cells["text"], slot, cells["dim"]].tolist()
    assert (found.vectors[:, 0] == found.vectors[0, 0]).all()
    bars = screening.at(screening.end("stack.same_end"), "Same end bars", GLOW)
    long = {}
    for text, rank in np.ndindex(3, ANSWERS):
        long[text, rank] = np.ptp(bars.world[(bars["text"] == text) & (bars["rank"] == rank) & (bars["long"] > 0), 0])
    shares = found.next_probabilities[:, :ANSWERS]
    scale = max(long.values()) / shares.max()
    assert all(length == pytest.approx(shares[place] * scale, abs=1e-4) for place, length in long.items())


def test_the_prompts_words_stand_before_the_first_layer_of_the_whole_machine(screening, script):
    frame, modifier = screening.end("stack.whole"), screening.modifier("Front words")
    assert screening.visible(screening.object("Front words"), frame)
    for place, token in enumerate(script.tokens[: script.prompt_count]):
        assert compat.get_input(modifier, f"Text {place + 1}") == script.label(token)


def test_the_whole_machine_is_left_for_what_comes_next(screening):
    frame = screening.end("stack.whole")
    for name in ("Gates", "Residual rails", "Beams of all layers", "Trail of layer 1", "Front cubes", "Speaker frame"):
        assert screening.visible(screening.object(name), frame), name
    for name in (BOARD, ARCS, "Flight frames", "Neurons", "Same end columns"):
        assert not screening.visible(screening.object(name), frame), name


@pytest.mark.parametrize("told", [True, False])
def test_texts_are_said_to_go_on_differently_only_where_they_do(fresh_blender, recording, told):
    insights = recording.insights
    if not told:  # all go on as the first one does
        changed = {
            name: dataclasses.replace(found, next_tokens=np.repeat(found.next_tokens[:1], len(found.next_tokens), 0))
            for name, found in (("context", insights.context), ("same_end", insights.same_end))
        }
        recording = dataclasses.replace(recording, insights=dataclasses.replace(insights, **changed))
    scene, _ = build_film(recording, "en", acts=["attention.context", "attention.context_parts", "stack.same_end"])
    captions = [one for one in scene.objects if one.name.startswith("Caption ") and one.modifiers]
    said = {compat.get_input(one.modifiers[0], "Text") for one in captions}
    lines = {ALL["en"].line(key) for key in ("attention.context_next", "stack.three_answers")}
    assert lines & said == (lines if told else set())
