"""Every text on the screen: captions in the chosen language, titles, the end card."""

from film.screening import STREAM, TITLES, Screening, bars, captions, lines_and_titles
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
    frame = watched.when("unembedding.bars", bars(0), Rise=1.0)
    assert len(watched.at(frame, bars(0))) > 100
    assert watched.dial(STREAM, "Slot", frame) == 2 * short.model.n_layer + 1
