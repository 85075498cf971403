"""Every text on the screen: the logit lens, captions in the chosen language, titles, the end card."""

import numpy as np
import pytest

from film.screening import BARS, STREAM, TITLES, Screening, captions, lines_and_titles
from transformer_cinema.addon.film.acts import ACTS
from transformer_cinema.addon.film.build import build_film
from transformer_cinema.addon.film.texts import ALL

LINES = ALL["en"].lines


def numbers_in(text):
    digits = "".join(character if character.isdigit() else " " for character in text.replace(",", ""))
    return {int(number) for number in digits.split()}


# --- the lens ------------------------------------------------------------------------------------


def test_the_lens_says_what_the_model_would_say_at_each_checkpoint(screening, recording, script):
    labels = screening.labels("Lens ")
    assert len(labels) == 2 * script.model.n_layer + 1
    for checkpoint, label in enumerate(labels):
        tokens, shares = recording.lens.tokens[checkpoint], recording.lens.probabilities[checkpoint]
        lines = screening.text(label).splitlines()
        assert 1 <= len(lines) <= len(tokens)
        for line, token, share in zip(lines, tokens, shares, strict=False):
            assert line.startswith(recording.vocabulary.label(token))
            assert line.removeprefix(recording.vocabulary.label(token)).split() == [f"{100 * share:.1f}", "%"]


def test_the_last_lens_is_the_real_answer(screening, recording):
    logits = recording.steps[0].trace.logits.astype(np.float64)
    share = np.exp(logits - logits.max())
    share /= share.sum()
    for line, token in zip(
        screening.text(screening.labels("Lens ")[-1]).splitlines(), np.argsort(-share), strict=False
    ):
        assert line.split()[0] == recording.vocabulary.label(token)
        assert float(line.split()[-2]) == pytest.approx(100 * share[token], abs=0.051)


def test_the_lens_beside_the_last_token_is_that_of_the_numbers_shown(screening):
    """One at a time, and it changes as the row reaches the next checkpoint."""
    labels = screening.labels("Lens ")
    seen = set()
    for frame in [*screening.frames("stack.flight"), screening.end("stack.whole")]:
        shown = [i for i, label in enumerate(labels) if screening.visible(label, frame)]
        assert len(shown) <= 1
        slots = [screening.dial(STREAM, "Slot", frame + shift) for shift in (-1, 0, 1)]
        if shown:
            assert min(slots) - 1.01 <= shown[0] + 1 <= max(slots) + 0.01
            seen.add(shown[0])
    assert seen == set(range(len(labels)))


def test_no_lens_stays_when_only_the_last_vector_goes_on(screening):
    frame = screening.end("unembedding.last")
    assert not [label for label in screening.labels("Lens ") if screening.visible(label, frame)]


# --- captions ------------------------------------------------------------------------------------


def test_every_act_and_every_captioned_beat_has_a_marker(screening):
    assert {name.split(".")[0] for name in screening.beats} >= set(ACTS)
    assert set(screening.beats) >= set(LINES)
    assert all(first < last for first, last in screening.beats.values()), "a beat takes no time"
    assert screening.scene.render.fps == 24


def test_captions_say_the_models_numbers(screening, recording, script):
    model = script.model
    step = recording.steps[0]
    expected = {
        "embedding.split": {script.prompt_count},
        "embedding.ids": {model.n_vocab},
        "embedding.vectors": {model.d_model},
        "attention.head": {script.focus_layer + 1, script.focus_head + 1},
        "attention.all_heads": {model.n_head},
        "mlp.neurons": {model.d_mlp},
        "stack.rewind": {model.n_layer},
        "unembedding.bars": {model.n_vocab},
    }
    for beat, values in expected.items():
        texts = captions(screening, screening.end(beat))
        lines = [text for text in texts if text not in TITLES]
        assert len(lines) == 2, beat
        assert all(numbers_in(line) >= values for line in lines), beat
    texts = captions(screening, screening.end("unembedding.draw"))
    drawn = [text for text in texts if f"{step.draw.random:.4f}" in text]
    assert len(drawn) == 2 and all(recording.vocabulary.label(step.draw.token) in text for text in drawn)


def test_one_caption_at_a_time_and_never_over_an_acts_end(screening):
    for beat in screening.beats:
        texts = captions(screening, screening.end(beat))
        assert len(texts) <= 4 or beat.split(".")[1] in ("title", "card"), (beat, texts)


def test_the_end_card_names_model_text_and_settings(screening, recording, script):
    card = next(beat for beat in screening.beats if beat.endswith(".card"))
    texts = captions(screening, screening.end(card))
    everything = " ".join(" ".join(texts).split())
    assert recording.vocabulary.text(script.tokens).strip() in everything
    assert script.model.name in everything
    assert f"{recording.sampling.temperature:g}" in everything and f"seed {recording.sampling.seed}" in everything
    others = [
        one for one in screening.scene.objects if one.name.startswith(("Cube", "Label", "Probabilities", "Residual"))
    ]
    assert not [one.name for one in others if screening.visible(one, screening.end(card))]


def test_the_prompt_stands_as_plain_text_before_it_is_cut(screening, recording):
    frame = screening.end("prologue.text")
    plain = [screening.text(one) for one in screening.labels("Plain text") if screening.visible(one, frame)]
    assert " ".join(plain) == recording.prompt
    after = screening.end("embedding.split")
    assert not [one for one in screening.labels("Plain text") if screening.visible(one, after)]


def test_captions_are_in_both_languages_by_default(screening):
    for beat in LINES:
        assert lines_and_titles(screening, beat) == [[False, True], [False, True]], beat


def test_captions_are_in_the_chosen_language_in_an_act_alone(fresh_blender, short):
    scene, _ = build_film(short, "zh", acts=["unembedding"])
    watched = Screening(scene)
    for beat in [beat for beat in LINES if beat.startswith("unembedding.")]:
        assert lines_and_titles(watched, beat) == [[True], [True]], beat
    frame = watched.when("unembedding.bars", BARS, Rise=1.0)
    assert len(watched.at(frame, BARS)) > 100
    assert watched.dial(STREAM, "Slot", frame) == 2 * short.model.n_layer + 1
