"""Every further word comes from a run of its own; the text grows with it."""

import numpy as np
import pytest

from film.bars import check, measured, words
from film.screening import BARS, GLOW, SOLID, STREAM, Screening
from transformer_cinema.addon import compat
from transformer_cinema.addon.film import layout
from transformer_cinema.addon.film.build import build_film
from transformer_cinema.addon.film.cast.growing import lay_out, letters
from transformer_cinema.addon.film.framing import SHEET
from transformer_cinema.inference.sampling import Sampling

DIAL = "Temperature dial.001"  # that of the texts

# --- the loop ------------------------------------------------------------------------------------


def shown_at(screening, step):
    """A frame of the loop at which a step's bars are up and its token is chosen."""
    for frame in screening.frames("loop.again"):
        wanted = {"Step": step, "Rise": 1, "Glow": 1}
        if all(screening.dial(BARS, name, frame) == value for name, value in wanted.items()):
            return frame
    raise AssertionError(f"the bars of step {step + 1} never stand")


@pytest.mark.parametrize("step", [1, 2])
def test_each_rounds_bars_are_those_of_its_own_run(screening, recording, step):
    frame = shown_at(screening, step)
    assert check(screening, recording, step, frame) == pytest.approx(recording.sampling.temperature)
    drawn = recording.steps[step].draw.token
    assert list(measured(screening, frame)[0]) == [drawn], "the drawn word stands alone, beside its chance"
    assert words(screening, step, 1) == [recording.vocabulary.label(drawn)]
    shape = screening.at(frame, BARS, SOLID)
    assert set(shape["token"][shape["gold"] > 0.5]) == {drawn}


@pytest.mark.parametrize("step", [1, 2])
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


@pytest.mark.parametrize("step", [1, 2])
def test_each_round_shows_what_its_newest_token_reads(screening, recording, script, step):
    frame = shown_at(screening, step)
    shape = screening.at(frame, "Round beams", GLOW)
    trace, newest = recording.steps[step].trace, script.text_count + step - 1
    assert set(shape["query"]) == {newest}
    for layer in range(trace.model.n_layer):
        row = trace.blocks[layer].pattern[script.focus_heads[layer], newest]
        mine = shape["layer"] == layer
        assert set(shape["key"][mine]) == set(np.flatnonzero(row >= layout.BEAM_THRESHOLD))
        assert shape["weight"][mine] == pytest.approx(row[shape["key"][mine]], abs=1e-6)


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
    for step in (1, 2):
        assert cubes(screening, shown_at(screening, step)) == row[: script.prompt_count + step]
    assert cubes(screening, screening.end("loop.again")) == row


def test_ids_are_the_tokens_own(screening, script):
    frame = screening.end("embedding.ids")
    for index in range(script.prompt_count):
        labels = screening.object(f"Token {index + 1}").children
        number = next(label for label in labels if label.name.startswith("Id "))
        assert screening.visible(number, frame)
        assert screening.text(number) == str(script.tokens[index])


# --- the text that grows ---------------------------------------------------------------------------


def test_the_text_grows_with_every_word(screening, recording):
    text = compat.get_input(screening.modifier("Growing text"), "Text")
    drawn = [step.draw.token for step in recording.steps]
    whole = recording.vocabulary.text([*recording.steps[0].trace.tokens, *drawn])
    assert text.split() == whole.split()
    counts = [screening.dial("Growing text", "Letters", frame) for frame in screening.frames("loop.again")]
    assert (np.diff(counts) >= 0).all() and counts[-1] == len(text)


def test_on_the_card_each_word_lights_up_with_its_row(screening, recording):
    """As many tokens of the sentence have their full light as rows of the strip have been read."""
    steps = recording.steps
    tokens = [*steps[0].trace.tokens, *(step.draw.token for step in steps)]
    frames, row = screening.frames("loop.card"), {}
    for frame in frames:
        row[int(np.floor(screening.dial("Last vectors", "Row", frame) + 1e-3))] = frame
    assert set(range(len(tokens) - 1)) <= row.keys()
    for count in (1, 4, len(tokens) - 1):
        frame = row[count - 1]
        shape = screening.at(frame, "Growing text")
        bright = shape["Color"][:, :3].max(-1)
        white = np.ptp(shape["Color"][:, :3], axis=-1) < 0.5 * bright  # the prompt's letters; the others are gold
        assert screening.dial("Growing text", "Read", frame) == letters(
            compat.get_input(screening.modifier("Growing text"), "Text"), recording.vocabulary.text(tokens[:count])
        )
        assert (bright[white].min() < 0.6 * bright[white].max()) == (count < len(steps[0].trace.tokens))
    text = compat.get_input(screening.modifier("Growing text"), "Text")
    assert screening.dial("Growing text", "Read", screening.scene.frame_end) == len(text), "the last picture is whole"


def test_a_long_text_shows_its_end():
    text = " ".join(f"word{i}" for i in range(60))
    lines = lay_out(text, 22)
    assert lines.startswith("… ") and lines.endswith("word59") and len(lines) < 140
    assert lines[: letters(lines, text)] == lines
    assert letters(lines, text.rsplit(" ", 1)[0]) == len(lines) - len("word59") - 1
    assert letters(lines, "word0 word1") <= len("… ")


def test_the_likeliest_words_stand_beside_the_drawn_ones(screening, recording):
    text = compat.get_input(screening.modifier("Likeliest text"), "Text")
    whole = recording.vocabulary.text([*recording.steps[0].trace.tokens, *recording.greedy])
    assert text.removesuffix("…").split() == whole.split()
    assert text.endswith((".", "!", "?", "…")), "a sentence without an end is broken off"
    names = ("Likeliest text", "Growing text")
    frame = max(f for f in screening.frames("loop.dull") if screening.visible(screening.object(names[0]), f))
    for name in names:
        assert screening.visible(screening.object(name), frame)
        assert screening.dial(name, "Letters", frame) == len(compat.get_input(screening.modifier(name), "Text"))


def test_under_each_of_the_two_texts_stands_its_temperature(screening, recording):
    end = max(f for f in screening.frames("loop.dull") if screening.visible(screening.object("Likeliest text"), f)) - 12
    tags = {screening.text(one): one for one in screening.labels("Caption temperature")}
    own, none = tags[f"temperature {recording.sampling.temperature:g}"], tags["temperature 0"]
    assert screening.visible(own, end) and screening.visible(none, end)
    screening.scene.frame_set(end)
    drawn, likeliest = (screening.object(name).location.y for name in ("Growing text", "Likeliest text"))
    assert drawn > own.location.y > likeliest > none.location.y


def test_the_dial_turns_to_0_before_the_likeliest_words_come(screening, recording):
    """It comes with the temperature that the other text was drawn with."""
    shown = {
        frame: screening.dial(DIAL, "Temperature", frame)
        for frame in screening.frames("loop.dull")
        if screening.visible(screening.object(DIAL), frame)
    }
    assert next(iter(shown.values())) == pytest.approx(recording.sampling.temperature)
    assert shown[max(shown)] == 0.0
    words = [f for f in screening.frames("loop.dull") if screening.visible(screening.object("Likeliest text"), f)]
    assert max(shown) < min(words)


def test_a_line_that_grows_stands_still(screening):
    begins = []
    for frame in list(screening.frames("loop.again"))[::24]:
        letters = screening.at(frame, "Growing text")["position"]
        begins.append(letters[letters.any(1)][:, 0].min())
    assert len(begins) > 3 and np.ptp(begins) < 1e-3


@pytest.mark.parametrize("name", ["Growing text", "Likeliest text"])
def test_texts_are_as_wide_as_the_picture_at_most(screening, name):
    frame = max(f for f in screening.frames("loop.dull") if screening.visible(screening.object(name), f))
    across = screening.at(frame, name)["position"][:, 0]
    assert 0.3 * SHEET < np.ptp(across) <= 0.951 * SHEET


def test_in_the_last_picture_all_later_runs_have_their_arcs(screening, recording, script):
    shape = screening.at(screening.end("loop.facts"), "Round beams", GLOW)
    later = len(recording.steps) - 1
    assert set(shape["query"]) == set(range(script.text_count, script.text_count + later))


def test_broad_letters_fit_into_the_picture(fresh_blender, small):
    """Where a line breaks is reckoned; how wide its letters are is only known when they are set."""
    recording = small.generate("WWWWWWWW MMMMMMMM WWWWWWWW MMMM", Sampling(seed=1), 2)
    scene, _ = build_film(recording, "en", 5.0, ["loop"])
    screening = Screening(scene)
    frame = max(f for f in screening.frames("loop.append") if screening.visible(screening.object("Growing text"), f))
    assert np.ptp(screening.at(frame, "Growing text")["position"][:, 0]) <= 0.951 * SHEET
