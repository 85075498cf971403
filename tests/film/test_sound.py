"""What is heard of a film is the model's: pitches, levels and times against the recording; its strips."""

import dataclasses
import shutil
import sys
import wave
from itertools import pairwise

import numpy as np
import pytest

from film.screening import some_slow
from transformer_cinema.addon.film import soundtrack
from transformer_cinema.addon.film.build import build_film
from transformer_cinema.addon.film.errors import FilmError
from transformer_cinema.addon.sound import loudness, mapping, mixing, scenery, wav
from transformer_cinema.addon.sound.events import Heard
from transformer_cinema.addon.sound.loudness import RATE
from transformer_cinema.addon.verifying.report import Report
from transformer_cinema.addon.verifying.sound import verify_sound
from transformer_cinema.inference.sampling import probabilities


@pytest.fixture(scope="module")
def recorded(contrasted):
    return contrasted


@pytest.fixture(scope="module")
def film(recorded):
    """A fast film with its sound -> (scene, Film, evidence, Heard, Stems)."""
    import bpy

    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    scene, made = build_film(recorded, "en", pace=5.0)
    numbers, heard = soundtrack.heard_in(scene)
    stems = mixing.compose(numbers, heard)
    soundtrack.put_stems(scene, stems)
    return scene, made, numbers, heard, stems


@pytest.fixture(scope="module")
def report(film):
    """What verify says of it."""
    report = Report()
    verify_sound(film[0], film[2], report)
    return report


def of_kind(heard, kind):
    found = [event for event in heard.events if event.kind == kind]
    assert found, f"no {kind}"
    return found


def notes_of(film, kind):
    return [note for event in of_kind(film[3], kind) for note in mapping.notes(film[2], event)]


# --- numbers -------------------------------------------------------------------------------------


def test_equal_tokens_sound_equal_and_higher_ones_are_never_lower(film, recorded):
    cloud, tokens = recorded.insights.meaning.cloud[:, 0], recorded.steps[0].trace.tokens
    events = of_kind(film[3], "token")
    pitches = {}
    for event in events:
        (note,) = mapping.notes(film[2], event)
        pitches.setdefault(int(tokens[event.of]), set()).add(note.pitch)
    assert all(len(pitch) == 1 for pitch in pitches.values())
    ordered = [min(pitches[token]) for token in sorted(pitches, key=lambda token: cloud[token])]
    assert ordered == sorted(ordered) and len(set(ordered)) > 1


def test_plucks_have_the_energy_of_the_weights(film):
    scene, made, numbers, heard, _ = film
    script_weights = numbers.pattern[numbers.focus_layer, numbers.focus_head, numbers.focus_query]
    notes = notes_of(film, "softmax")
    assert sum(note.level**2 for note in notes) == pytest.approx(1.0, abs=1e-4)
    assert [note.level**2 for note in notes] == pytest.approx(script_weights[script_weights > 0].tolist(), abs=1e-5)
    pans = [note.pan for note in notes]
    assert pans == sorted(pans) and pans[0] < 0 < pans[-1]


def test_a_word_is_as_loud_and_the_bell_as_high_as_it_is_a_surprise(film, recorded):
    shares = [probabilities(step.trace.logits, recorded.sampling)[step.draw.token] for step in recorded.steps]
    levels = {event.of: mapping.notes(film[2], event)[0].level for event in of_kind(film[3], "word")}
    assert len(levels) == len(shares)
    order = sorted(levels, key=lambda step: -shares[step])
    assert [levels[step] for step in order] == sorted(levels.values())
    (bell,) = notes_of(film, "bell")
    assert bell.pitch == mapping.quantised(-np.log(shares[0]), 0, 10, *mapping.BELL)


def test_as_many_ticks_as_neurons_are_lit(film, recorded):
    layer = film[2].focus_layer
    post = [block.post[-1] for block in recorded.steps[0].trace.blocks]
    by_layer = [sum(event.which["layer"] == one for event in of_kind(film[3], "neuron")) for one in range(len(post))]
    lit = [int((one > 0.5).sum()) for one in post]
    # Where the film stops, they are seen twice, and the one whose row is read in full lights up before the others.
    assert by_layer == [count + (count + 1) * (number == layer) for number, count in enumerate(lit)]


def test_two_texts_part_by_their_cosine(film, recorded):
    context = recorded.insights.context
    pairs = [mapping.notes(film[2], event) for event in of_kind(film[3], "parting")]
    apart = [other.pitch - one.pitch for one, other in pairs]
    assert apart[0] == pytest.approx(0, abs=1e-4)
    assert apart[1:] == pytest.approx((12 * (1 - context.cosines)).tolist(), abs=1e-3)


def test_one_tock_for_every_addition(film, recorded):
    additions = [event.of for event in of_kind(film[3], "tock")]
    focus, every = film[2].focus_layer, range(1, 2 * len(recorded.steps[0].trace.blocks) + 1)
    assert sorted(additions) == sorted([0, 2 * focus + 1, 2 * focus + 2, *every])


def test_unsure_is_rough():
    assert mapping.certainty(np.array([1.0])) == pytest.approx(1.0)
    assert mapping.certainty(np.full(4, 0.25)) == pytest.approx(0.25)
    assert mapping.certainty(np.array([0.5])) == pytest.approx(0.5)  # the rest counts as one


def test_cold_is_sure_down_to_0(film):
    """The dial of the texts ends there, where softmax has no value: the likeliest token has it all."""
    heats = of_kind(film[3], "heat")
    assert min(event.value for event in heats) == 0.0
    with np.errstate(divide="raise", invalid="raise"):
        levels = {event.value: max(note.level for note in mapping.notes(film[2], event)) for event in heats}
    assert np.isfinite(list(levels.values())).all()


def test_every_event_is_a_number_or_called_scenery(film):
    kinds = {event.kind for event in film[3].events}
    assert kinds <= set(mapping.KINDS) | set(scenery.FOLEY)
    assert not set(mapping.KINDS) & set(scenery.FOLEY)


def test_every_event_is_in_time_with_its_picture(film, report):
    rows = report.by(lambda beat, kind: kind)
    assert rows["heard, in time"].checked == len(film[3].events) > 50
    assert rows["heard, in time"].largest == 0


# --- read back -----------------------------------------------------------------------------------


def test_verify_hears_every_event(film, report):
    assert report.ok, report.mismatches
    numbers = len(mixing.events_notes(film[2], film[3]))
    assert report.checked == 2 * numbers + 1 + len(film[3].events)


@pytest.mark.parametrize("tensor", some_slow(("pattern", "cloud", "word_vectors")))
def test_verify_fails_on_other_numbers(film, tensor):
    scene, _, numbers, _, _ = film
    array = getattr(numbers, tensor).copy()
    altered = {
        "pattern": lambda: np.roll(array, 1, axis=-1),
        "cloud": lambda: -array,
        "word_vectors": lambda: np.roll(array, 1, axis=1),
    }[tensor]()
    report = Report()
    verify_sound(scene, dataclasses.replace(numbers, **{tensor: altered}), report)
    assert not report.ok


def test_verify_fails_on_another_sound(film):
    scene, _, numbers, heard, stems = film
    event = of_kind(heard, "word")[0]
    (note,) = mapping.notes(numbers, event)
    wrong = dataclasses.replace(stems, events=stems.events.copy())
    begin, left, right = mixing.placed(note, stems.events.shape[1])
    wrong.events[:, begin : begin + len(left)] -= 0.3 * np.stack([left, right])
    try:
        soundtrack.put_stems(scene, wrong)
        report = Report()
        verify_sound(scene, numbers, report)
        assert not report.ok and any(f"word {event.of}" in line for line in report.mismatches)
    finally:
        soundtrack.put_stems(scene, stems)


def test_verify_hears_events_under_a_voice(film):
    scene, _, numbers, heard, stems = film
    voice = 0.2 * np.sin(np.arange(4 * RATE) * 0.03) * np.ones((2, 1))
    voice[:, RATE : 2 * RATE] = 0
    spoken = mixing.compose(numbers, heard, voice.astype(np.float32))
    try:
        soundtrack.put_stems(scene, spoken)
        assert set(soundtrack.strips_of(scene)) == {"Film score", "Film events", "Film voice"}
        report = Report()
        verify_sound(scene, numbers, report)
        assert report.ok, report.mismatches
    finally:
        soundtrack.put_stems(scene, stems)


# --- in the file ---------------------------------------------------------------------------------


def test_it_is_as_loud_as_promised(film):
    stems = film[4]
    assert loudness.loudness(stems.events, stems.score) == pytest.approx(-16, abs=1)
    assert loudness.true_peak(stems.events, stems.score) < -1.5
    assert len(stems.events[0]) == round(film[0].frame_end * RATE / film[0].render.fps)


def test_no_act_is_much_louder_than_another(film):
    heard, mix = film[3], film[4].events + film[4].score
    begins = {}
    for second, name in heard.beats:
        begins.setdefault(name.partition(".")[0], round(second * RATE))
    borders = [*begins.values(), mix.shape[1]]
    levels = [loudness.loudness(mix[:, a:b]) for a, b in pairwise(borders)]
    assert len(levels) == 7 and max(levels) - np.median(levels) < 1.2, dict(zip(begins, levels, strict=True))


def test_acts_are_brought_together_but_not_raised_until_the_limiter_is_heard():
    acts = {"prologue": 9.0, "mlp": -3.0, "stack": 0.0, "unembedding": -20.0, "loop": 0.0}
    heard = Heard(50.0, tuple((10.0 * number, f"{act}.beat") for number, act in enumerate(acts)), ())
    gains = mixing.evened(heard, np.repeat([1e-3 * 10 ** (level / 10) for level in acts.values()], 100))
    changes = 20 * np.log10(gains.reshape(5, 100))
    assert np.ptp(changes, axis=1).max() == 0, "an act is not changed as a whole"
    assert changes[:, 0] == pytest.approx([-8, 3, 0, 4, 0], abs=0.02)


def test_the_music_counts_on_every_cut(film):
    heard = film[3]
    pulses = [second for second, _ in scenery.pulses(heard)]
    assert {second for second, _ in heard.beats} <= set(pulses)
    lengths = np.diff([*pulses, heard.seconds])
    # In a film five times as fast a beat is hardly longer than a pulse.
    assert lengths.min() > 0 and np.median(np.abs(lengths / scenery.BEAT - 1)) < 0.3
    acts = {}
    for second, name in heard.beats:
        acts.setdefault(name.partition(".")[0], second)
    pads = [note.second for note in scenery.music(heard) if note.player == "glass"]
    assert set(acts.values()) - set(pads) <= {acts["prologue"]}, "an act begins without its chord"


def test_the_same_film_sounds_the_same(film):
    again = mixing.compose(film[2], film[3])
    assert np.array_equal(again.events, film[4].events) and np.array_equal(again.score, film[4].score)


def test_strips_are_packed_and_what_they_play_is_the_stems(film):
    scene, _, _, _, stems = film
    strips = soundtrack.strips_of(scene)
    assert set(strips) == {"Film score", "Film events"} and scene.sync_mode == "AUDIO_SYNC"
    assert all(strip.sound.packed_file for strip in strips.values())
    mix = soundtrack.mixed(scene, range(scene.frame_start, scene.frame_end + 1))
    whole = (stems.events + stems.score)[:, : mix.shape[1] - soundtrack.CUT]
    assert np.abs(mix[:, : whole.shape[1]] - whole).max() < 1e-4
    part = soundtrack.mixed(scene, range(25, 49, 2))
    assert part.shape[1] == RATE and np.abs(part[:, [0, -1]]).max() < 1e-6
    middle = slice(soundtrack.CUT, RATE - soundtrack.CUT)
    assert np.abs(part[:, middle] - (stems.events + stems.score)[:, RATE : 2 * RATE][:, middle]).max() < 1e-4


def test_the_volume_turns_the_film_and_not_the_users_strips(film, tmp_path):
    scene = film[0]
    with wave.open(str(tmp_path / "mine.wav"), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(16000))
    mine = scene.sequence_editor.strips.new_sound("Mine", str(tmp_path / "mine.wav"), 5, 1)
    soundtrack.set_volume(scene, 0.5)
    assert mine.volume == 1.0 and {strip.volume for strip in soundtrack.strips_of(scene).values()} == {0.5}
    soundtrack.set_volume(scene, 1.0)
    soundtrack.put_stems(scene, film[4])
    assert [strip.name for strip in scene.sequence_editor.strips].count("Mine") == 1
    assert len(soundtrack.strips_of(scene)) == 2
    scene.sequence_editor.strips.remove(mine)


def test_where_blender_has_no_sound_it_is_beside_the_film(film, tmp_path, monkeypatch, capsys):
    import render

    monkeypatch.setitem(sys.modules, "aud", None)
    assert render.sound(film[0], tmp_path / "film.mp4", None) is None
    assert "it is in film.wav, and the video is silent" in capsys.readouterr().out
    assert np.abs(wav.read(tmp_path / "film.wav") - film[4].events - film[4].score).max() < 1e-4


def test_a_full_disk_is_said_before_it_ends_blender(tmp_path, monkeypatch):
    monkeypatch.setattr(soundtrack.shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(10, 9, 1))
    with pytest.raises(FilmError, match="needed for the sound .* or leave out the sound with --silent"):
        soundtrack.write_flac(np.zeros((2, 4), np.float32), tmp_path / "film.flac")
    assert not list(tmp_path.iterdir())
