"""Every text on the screen: captions in the chosen language, titles, the end card."""

import itertools

import bpy  # its own modules can be imported after it only
import numpy as np
import pytest
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Vector

from film.screening import BARS, BEAMS, STREAM, Screening, caption_rows, captions, scripts_of_lines, spoken
from transformer_cinema.addon import compat
from transformer_cinema.addon.film.acts import ACTS
from transformer_cinema.addon.film.build import build_film
from transformer_cinema.addon.film.cast.tokens import FACE
from transformer_cinema.addon.film.texts import ALL
from transformer_cinema.addon.output.qualities import apply_quality
from transformer_cinema.inference.sampling import Sampling

LINES = ALL["en"].lines
GONE_IN = 12  # frames, in which the text of the opening has left the picture


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
        assert sum(numbers_in(line) >= values for line in lines) == 1, (beat, lines)
    drawn = [row for row in spoken(screening, "unembedding.draw") if f"{step.draw.random:.4f}" in row]
    assert len(drawn) == 1


def test_the_title_of_attention_comes_when_no_gate_crosses_its_place_any_more(screening, script):
    first, last = screening.beats["attention.travel"]
    title = ALL["en"].titles["attention"]
    (owner,) = (one for one in screening.labels("Caption") if screening.text(one) == title)
    shown = [frame for frame in range(first, last) if screening.visible(owner, frame)]
    assert shown
    assert screening.dial("Gates ahead", "At", shown[0]) > script.focus_layer - 0.5, "the last but one is behind it"


def test_one_caption_at_a_time(screening):
    for beat, (first, last) in screening.beats.items():
        for frame in np.linspace(first, last - 1, 5).astype(int).tolist():
            assert len(caption_rows(screening, frame)) <= 1, (beat, frame)


def test_the_end_names_model_text_and_settings(screening, recording, script):
    def written(beat):
        texts = captions(screening, screening.end(beat) - screening.scene.render.fps)
        return " ".join(" ".join(texts).split())

    poster, card = written("loop.facts"), written("loop.card")
    assert script.model.name in poster and f"{script.model.n_parameters / 1e6:.1f} million learned numbers" in poster
    assert f"{recording.sampling.temperature:g}" in card and f"seed {recording.sampling.seed}" in card


def test_the_whole_sentence_stands_until_the_end(screening, recording, script):
    text, seen = compat.get_input(screening.modifier("Growing text"), "Text"), screening.object("Growing text")
    assert "".join(text.split()) == "".join(recording.vocabulary.text(script.tokens).split())
    for beat in ("loop.facts", "loop.card"):
        first, last = screening.beats[beat]
        for frame in (first + screening.scene.render.fps, last - 1):
            assert screening.visible(seen, frame) and screening.dial("Growing text", "Letters", frame) == len(text)
            lights = [screening.dial("Growing text", name, frame) for name in ("Light", "Opening light")]
            assert lights == [1.0, 1.0], "what was given is as bright as what was drawn"


def test_a_blank_blinks_behind_the_last_question(screening):
    first, last = screening.beats["loop.card"]
    shown = [frame for frame in range(first, last) if screening.visible(screening.object("Question blank"), frame)]
    runs = np.split(shown, np.flatnonzero(np.diff(shown) > 1) + 1)
    assert len(runs) >= 3, "it comes and goes"
    screening.scene.frame_set(shown[0])
    (question,) = (one for one in screening.labels("Caption What would") if screening.visible(one, shown[0]))
    camera = screening.scene.camera
    blank, words = (
        [world_to_camera_view(screening.scene, camera, Vector(place)).x for place in screening.now(name).world]
        for name in ("Question blank", question.name)
    )
    assert max(words) < min(blank) < max(blank) < 1.0, "right of the words, and in the picture"


def drawn_of(screening, frame, *beginnings):
    """What is drawn at a frame of the objects whose names begin so."""
    found = [one for one in screening.scene.objects if one.name.startswith(beginnings)]
    return {one.name for one in found if screening.visible(one, frame)}


def test_the_poster_has_every_token_with_its_vector_and_the_lit_machine(screening, script):
    frame = screening.end("loop.facts")
    assert len(drawn_of(screening, frame, "Cube ")) == len(script.tokens)
    assert screening.dial("Residual stream columns", "Reveal", frame) == script.count
    machine = {"Gates", "Residual rails", "Beams of all layers"}
    trail = {f"Trail of layer {layer + 1}" for layer in range(script.model.n_layer)}
    assert drawn_of(screening, frame, *machine, *trail) == machine | trail
    for name in trail:
        assert screening.dial(name, "Reveal", frame) == script.count, "the drawn words have run, too"
        assert screening.dial(name, "Ambient", frame) == 1.0
    assert screening.dial("Residual rails", "Count", frame) == script.count


def test_the_card_is_the_sentence_and_its_barcode_alone(screening):
    frame = screening.end("loop.card")
    others = ("Cube ", "Label ", "Probabilities", "Residual", "Trail", "Gates", "Beams")
    assert not drawn_of(screening, frame, *others)
    assert drawn_of(screening, frame, "Last vectors") == {"Last vectors"}


def test_the_opening_flies_through_the_machine_to_where_the_text_stands_again(screening, script):
    line = screening.object("Typed text 1")

    def at(frame):
        screening.scene.frame_set(frame)
        return screening.scene.camera.matrix_world.translation.y, line.matrix_world.translation.y

    camera, text = at(screening.beats["prologue.text"][0])
    assert camera < text < 0.0
    first, last = screening.beats["prologue.dive"]
    assert max(at(frame)[0] for frame in range(first, last)) > script.depth(2 * script.model.n_layer - 4)
    assert at(screening.end("prologue.words"))[0] < text
    cut = screening.beats["embedding.split"][0] + 1  # markers are rounded
    camera, text = at(cut)
    assert camera < text == pytest.approx(FACE)
    assert not drawn_of(screening, cut, "Gates", "Residual", "Beams", "Trail")


def test_behind_the_machine_stands_what_the_film_goes_on_with(screening, recording):
    """Where the camera is put back to the beginning, the same picture stands before it: machine and text."""
    ahead, line = screening.object("The machine ahead"), screening.object("Typed text 1")
    first, last = screening.beats["prologue.dive"]

    def before_camera(frame):
        screening.scene.frame_set(frame)
        y = screening.scene.camera.matrix_world.translation.y
        shown = screening.visible(ahead, frame)
        return y, (ahead.matrix_world.translation.y if shown else 0.0) - y, line.matrix_world.translation.y - y

    seen = [before_camera(frame) for frame in range(first + 1, last)]
    (jump,) = (i for i in range(1, len(seen)) if seen[i][0] < seen[i - 1][0] - 5)
    one, other = seen[jump - 1], seen[jump]
    flown = one[0] - seen[jump - 2][0]  # in a frame
    for before, after in zip(one[1:], other[1:], strict=True):
        assert before - after == pytest.approx(flown, rel=0.2)
    assert other[1] > 0, "it is ahead"
    cut = first + 1 + jump
    typed = screening.text(line)[: int(screening.dial(line.name, "Typed", cut - 1) + 1e-3)]
    assert typed and recording.prompt.startswith(typed.strip()) and screening.visible(line, cut - 1)
    assert screening.dial(line.name, "Typed", cut) == screening.dial(line.name, "Typed", cut - 1)
    shown = {part.object.name for part in bpy.context.evaluated_depsgraph_get().object_instances if part.is_instance}
    assert not shown, "not twice, when the camera is back"
    screening.scene.frame_set(cut - 1)
    instances = bpy.context.evaluated_depsgraph_get().object_instances
    shown = {part.object.name for part in instances if part.is_instance}
    assert "Beams of all layers" in shown and any(name.startswith("Trail") for name in shown)


def test_no_word_of_two_contexts_runs_into_another(screening):
    """From the lines to the sides of the columns, words and cubes keep clear of each other."""
    words = screening.labels("Context ")
    words = [one for one in words if not one.name.startswith("Context word")]
    cubes = [one for one in screening.scene.objects if one.name.startswith("Context cube ·")]
    assert len(words) >= 2 and len(cubes) == 2
    checked = 0
    for frame in screening.frames("attention.context"):
        shown = [one for one in words + cubes if screening.visible(one, frame)]
        if len(shown) < len(words) + len(cubes):
            continue
        checked += 1
        screening.scene.frame_set(frame)
        boxes = [(one.name, screening.now(one.name).world[:, ::2]) for one in shown]
        boxes = [(name, places.min(0), places.max(0)) for name, places in boxes if np.ptp(places[:, 0]) > 0.05]
        for (name, low, high), (other, its_low, its_high) in itertools.combinations(boxes, 2):
            apart = np.maximum(its_low - high, low - its_high).max()
            assert apart > -0.02, (frame, name, other)
    assert checked > 24


@pytest.mark.parametrize("beat", ["prologue.dive", "prologue.title"])
def test_the_text_of_the_opening_leaves_the_picture_whole(screening, beat):
    first, whole = screening.beats[beat][0], {}
    for frame in range(first + 1, first + GONE_IN + 1):
        for line in screening.labels("Typed text"):
            typed = screening.dial(line.name, "Typed", frame)
            if typed > 1e-3 and screening.visible(line, frame):
                assert typed >= whole.setdefault(line.name, typed) - 1e-3, "letters go one by one"
    assert whole
    screening.scene.frame_set(first + GONE_IN)
    for name in whole:
        if screening.visible(screening.object(name), first + GONE_IN):
            low = screening.now(name).world.min(0)
            assert world_to_camera_view(screening.scene, screening.scene.camera, Vector(low)).y > 1.0, name


def test_the_text_types_itself_and_then_stands_there_until_it_is_cut(screening, recording):
    def typed(frame):
        lines = [one for one in screening.labels("Typed text") if screening.visible(one, frame)]
        return "".join(screening.text(one)[: int(screening.dial(one.name, "Typed", frame) + 1e-3)] for one in lines)

    first, last = screening.beats["prologue.text"]
    begun = typed(first)
    assert begun and recording.prompt.startswith(begun.rstrip()), "the first picture is not empty"
    assert begun != recording.prompt == typed(screening.end("prologue.text")).strip()
    whole = recording.vocabulary.text([*recording.steps[-1].trace.tokens, recording.steps[-1].draw.token])
    assert typed(screening.end("prologue.words")).replace(" ", "") == "".join(whole.split())
    assert typed(screening.end("prologue.question")).strip() == recording.prompt
    assert typed(screening.end("embedding.split")) == ""


def test_the_likeliest_words_hang_under_the_blank_as_large_as_they_are_likely(screening, recording, script):
    logits = recording.steps[0].trace.logits.astype(np.float64)
    share = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
    hung = screening.labels("Guess ")
    likeliest = np.argsort(-share, kind="stable")[: len(hung)]
    assert 1 <= len(hung) <= 10
    assert [screening.text(one) for one in hung] == [script.word(token) for token in likeliest]
    area = np.array([compat.get_input(one.modifiers[0], "Size") for one in hung]) ** 2
    assert area / area[0] == pytest.approx(share[likeliest] / share[likeliest[0]], rel=1e-4)
    first, last = screening.beats["prologue.question"]
    shown = [frame for frame in range(first, last) if all(screening.visible(one, frame) for one in hung)]
    assert len(shown) > 1.2 * screening.scene.render.fps, "they can be read"
    assert not any(screening.visible(one, last) for one in hung), "none has won: the blank is empty again"


def test_captions_are_in_the_language_of_the_prompt_by_default(screening):
    for beat in LINES:
        assert scripts_of_lines(screening, beat) == [False], beat


@pytest.mark.slow
def test_captions_are_in_the_chosen_language_in_an_act_alone(fresh_blender, short):
    scene, _ = build_film(short, "zh", acts=["unembedding"])
    watched = Screening(scene)
    for beat in [beat for beat in LINES if beat.startswith("unembedding.")]:
        assert scripts_of_lines(watched, beat) == [True], beat
    frame = watched.when("unembedding.bars", BARS, Rise=1.0)
    assert len(watched.at(frame, BARS)) > 100
    assert watched.dial(STREAM, "Slot", frame) == 2 * short.model.n_layer + 1


def test_the_prompt_stands_over_an_upright_film(fresh_blender, small):
    """All of it, until the drawn words follow it; but where other texts are told of."""
    recording = small.generate("the king and the sea", Sampling(seed=1), 2)
    scene, _ = build_film(recording, "en", form="9:16")
    apply_quality(scene, "draft")
    watched = Screening(scene)
    prompt, growing = watched.object("Prompt"), watched.object("Growing text")
    assert "".join(watched.text(prompt).split()) == "".join(recording.prompt.split())
    without = ("prologue.", "embedding.split", "stack.same_end", "stack.whole", "loop.")
    for beat in watched.beats:
        frame = watched.end(beat)
        shown = watched.visible(prompt, frame) and watched.dial("Prompt", "Letters", frame) == len(watched.text(prompt))
        # Of the beat about contexts it is back with the row, at the end.
        assert shown == (not beat.startswith(without) and beat != "attention.context"), beat
        assert watched.visible(growing, frame) == beat.startswith("loop."), beat
    # What the film shows stands below it.
    for beat, name in (("attention.head", BEAMS), ("attention.add", "Turned by attention"), ("unembedding.bars", BARS)):
        scene.frame_set(watched.end(beat))
        camera = scene.camera.evaluated_get(bpy.context.evaluated_depsgraph_get())
        low, high = (
            np.array([world_to_camera_view(scene, camera, Vector(place)).y for place in watched.now(one).world])
            for one in ("Prompt", name)
        )
        assert high.max() < low.min() + 0.012 < 1.0, beat  # letters such as p hang lower


def test_of_a_long_prompt_the_end_stands_over_an_upright_film(fresh_blender, roomy):
    said = "the king and the sea and the queen of the sea and the old king"
    recording = roomy.generate(said, Sampling(seed=1), 1)
    scene, _ = build_film(recording, "en", acts=["attention.head"], form="9:16")
    text = compat.get_input(scene.objects["Prompt"].modifiers[0], "Text")
    assert text.startswith("… ") and said.endswith(" ".join(text.split()[1:]))
    assert len(text.split("\n")) <= 3
