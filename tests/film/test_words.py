"""Every text on the screen: captions in the chosen language, titles, the end card."""

import numpy as np

from film.screening import BARS, STREAM, Screening, caption_rows, captions, scripts_of_lines, spoken
from transformer_cinema.addon.film.acts import ACTS
from transformer_cinema.addon.film.build import build_film
from transformer_cinema.addon.film.texts import ALL

LINES = ALL["en"].lines


def numbers_in(text):
    digits = "".join(character if character.isdigit() else " " for character in text.replace(",", ""))
    return {int(number) for number in digits.split()}


# --- captions ------------------------------------------------------------------------------------


def test_every_act_and_every_captioned_beat_has_a_marker(screening):
    assert {name.split(".")[0] for name in screening.beats} >= set(ACTS)
    assert set(screening.beats) >= set(LINES), set(LINES) - set(screening.beats)
    assert all(first < last for first, last in screening.beats.values()), "a beat takes no time"
    assert screening.scene.render.fps == 24


def test_captions_say_the_models_numbers(screening, recording, script):
    model = script.model
    step = recording.steps[0]
    weights = step.trace.blocks[script.focus_layer].pattern[script.focus_head, script.focus_query]
    expected = {
        "embedding.split": {script.prompt_count},
        "embedding.ids": {model.n_vocab},
        "embedding.vectors": {model.d_model},
        "attention.travel": {model.n_layer, script.focus_layer + 1},
        "attention.head": {round(100 * float(weights.max()))},
        "attention.all_heads": {model.n_head},
        "mlp.matrix": {model.d_mlp},
        "unembedding.bars": {model.n_vocab},
    }
    for beat, values in expected.items():
        lines = spoken(screening, beat)
        assert len(lines) == 1, beat
        assert all(numbers_in(line) >= values for line in lines), (beat, lines)
    drawn = [row for row in spoken(screening, "unembedding.draw") if f"{step.draw.random:.4f}" in row]
    assert len(drawn) == 1 and all(script.word(step.draw.token) in row for row in drawn)


def test_one_caption_at_a_time(screening):
    for beat, (first, last) in screening.beats.items():
        for frame in np.linspace(first, last - 1, 5).astype(int).tolist():
            assert len(caption_rows(screening, frame)) <= 1, (beat, frame)


def test_the_end_card_names_model_text_and_settings(screening, recording, script):
    card = "loop.facts"
    frame = screening.end(card) - screening.scene.render.fps
    texts = captions(screening, frame)
    everything = " ".join(" ".join(texts).split())
    assert recording.vocabulary.text(script.tokens).strip() in everything
    assert script.model.name in everything
    assert f"{recording.sampling.temperature:g}" in everything and f"seed {recording.sampling.seed}" in everything
    others = [
        one for one in screening.scene.objects if one.name.startswith(("Cube", "Label", "Probabilities", "Residual"))
    ]
    assert not [one.name for one in others if screening.visible(one, frame)]


def test_the_text_types_itself_and_then_stands_there_until_it_is_cut(screening, recording):
    def typed(frame):
        lines = [one for one in screening.labels("Typed text") if screening.visible(one, frame)]
        return "".join(screening.text(one)[: int(screening.dial(one.name, "Typed", frame) + 1e-3)] for one in lines)

    first, last = screening.beats["prologue.text"]
    assert typed(first) == "" and typed(screening.end("prologue.text")).strip() == recording.prompt
    whole = recording.vocabulary.text([*recording.steps[-1].trace.tokens, recording.steps[-1].draw.token])
    assert typed(screening.end("prologue.words")).replace(" ", "") == "".join(whole.split())
    assert typed(screening.end("prologue.question")).strip() == recording.prompt
    assert typed(screening.end("embedding.split")) == ""


def test_captions_are_in_the_language_of_the_prompt_by_default(screening):
    for beat in LINES:
        assert scripts_of_lines(screening, beat) == [False], beat


def test_captions_are_in_the_chosen_language_in_an_act_alone(fresh_blender, short):
    scene, _ = build_film(short, "zh", acts=["unembedding"])
    watched = Screening(scene)
    for beat in [beat for beat in LINES if beat.startswith("unembedding.")]:
        assert scripts_of_lines(watched, beat) == [True], beat
    frame = watched.when("unembedding.bars", BARS, Rise=1.0)
    assert len(watched.at(frame, BARS)) > 100
    assert watched.dial(STREAM, "Slot", frame) == 2 * short.model.n_layer + 1
