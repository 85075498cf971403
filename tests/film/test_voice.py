"""A film with a voice: captions stand until they are said, all else gives way, and its sound is in time."""

import dataclasses
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from film.screening import Screening
from transformer_cinema.addon.film import soundtrack
from transformer_cinema.addon.film.build import build_film
from transformer_cinema.addon.film.film import LEAD, TAIL
from transformer_cinema.addon.film.subtitles import Video, files
from transformer_cinema.addon.sound import loudness, mixing
from transformer_cinema.addon.sound.loudness import RATE
from transformer_cinema.addon.verifying.report import Report
from transformer_cinema.addon.verifying.sound import verify_sound
from transformer_cinema.addon.voice.speaker import Recorded, Speaker, stem

SCRIPT = Path(__file__).parents[2] / "scripts/render.py"
PACE = 5.0


class Humming:
    """An engine that hums, so many seconds a letter; uneven as speech is."""

    def __init__(self, seconds):
        self.seconds, self.key = seconds, f"humming {seconds}"

    def check(self, code):
        pass

    def say(self, text, code):
        t = np.arange(round(self.seconds * len(text) * RATE)) / RATE
        return (0.6 * np.sin(2 * np.pi * 180 * t) * np.sin(2 * np.pi * 2.1 * t) ** 2).astype(np.float32)


def voice(seconds, folder, code="en"):
    return Speaker(code, Humming(seconds), folder)


@pytest.fixture(scope="module")
def film(contrasted, tmp_path_factory):
    """A fast film with a voice that takes its time -> (scene, Film, evidence, Heard, Stems)."""
    speaks = voice(0.05, tmp_path_factory.mktemp("speech"))
    import bpy

    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    scene, made = build_film(contrasted, "en", PACE, voice=speaks)
    numbers, heard = soundtrack.heard_in(scene)
    said = mixing.as_spoken(stem(speaks, made.lines, heard.seconds), heard.seconds)
    stems = mixing.compose(numbers, heard, said)
    soundtrack.put_stems(scene, stems)
    return scene, made, numbers, heard, stems


def test_every_caption_stands_until_it_is_said(film):
    made = film[1]
    for line in made.lines:
        assert line.end - line.begin >= len(made.voice.clip(line.texts)) / RATE - 1e-6, line.texts["en"]
    begins = [line.begin for line in made.lines]
    assert all(line.end <= begin for line, begin in zip(made.lines, begins[1:], strict=False))
    subtitles = files(made.lines, made.beats, Video(range(1, film[0].frame_end + 1), 24), "en")
    assert subtitles[".en.srt"].count("-->") == len(made.lines)


@pytest.mark.parametrize("language", ("none", "zh"))
def test_also_in_a_film_with_other_captions_or_none(short, tmp_path, language):
    _, made = build_film(short, language, PACE, ["embedding", "mlp"], voice=voice(0.05, tmp_path))
    assert len(made.lines) > 5
    for line in made.lines:
        assert line.end - line.begin >= len(made.voice.clip(line.texts)) / RATE - 1e-6


def test_a_beat_lasts_as_long_as_reading_where_that_is_longer(short, tmp_path):
    acts = ["embedding"]
    _, silent = build_film(short, "en", 1.0, acts)
    _, quick = build_film(short, "en", 1.0, acts, voice=voice(0.001, tmp_path))
    _, slow = build_film(short, "en", 1.0, acts, voice=voice(0.2, tmp_path))
    assert [(line.begin, line.end) for line in quick.lines] == [(line.begin, line.end) for line in silent.lines]
    assert slow.time > silent.time + 10
    last = slow.lines[-1]
    assert slow.time >= last.begin + len(slow.voice.clip(last.texts)) / RATE + TAIL - 1e-6


def test_one_beat_alone_is_long_enough(short, tmp_path):
    scene, made = build_film(short, "en", PACE, ["attention.mask"], voice=voice(0.2, tmp_path))
    (line,) = made.lines
    clip = made.voice.clip(line.texts)
    assert line.begin == pytest.approx(LEAD / PACE) and len(clip) > 3 * RATE
    said = stem(made.voice, made.lines, scene.frame_end / 24)
    begin = round(line.begin * RATE)
    assert np.array_equal(said[0, begin : begin + len(clip)], clip), "its last word is cut off"


def test_ninety_six_tokens_with_a_voice(roomy, tmp_path):
    recording = roomy.generate("the king and the sea " * 13, new_tokens=2, at_most=96)
    assert 70 < len(recording.steps[0].trace.tokens) <= 94
    _, made = build_film(recording, "en", PACE, voice=voice(0.05, tmp_path))
    assert any("A long text" in line.texts["en"] for line in made.lines)
    assert all(line.end - line.begin >= len(made.voice.clip(line.texts)) / RATE - 1e-6 for line in made.lines)


def texts_of(scene):
    screening = Screening(scene)
    return [screening.text(owner) for owner in screening.labels("Caption")]


def test_the_last_card_says_that_the_voice_is_synthetic(film, short, tmp_path):
    import bpy

    assert any("synthetic voice" in text for text in texts_of(film[0]))
    recorded = Recorded({"none": np.zeros(RATE, np.float32)})
    for speaks in (None, recorded):
        scene, _ = build_film(short, "en", PACE, ["loop"], voice=speaks)
        assert not any("synthetic" in text for text in texts_of(scene))
        bpy.data.scenes.remove(scene)


# --- the mix -------------------------------------------------------------------------------------


def test_it_is_as_loud_with_a_voice(film):
    stems = film[4]
    all_of_it = (stems.events, stems.score, stems.voice)
    assert loudness.loudness(*all_of_it) == pytest.approx(-16, abs=1)
    assert loudness.true_peak(*all_of_it) < -1.9


def test_all_else_is_six_decibels_softer_while_it_speaks(film, contrasted):
    _, made, numbers, heard, stems = film
    alone = mixing.compose(numbers, heard)
    line = max(made.lines, key=lambda line: len(made.voice.clip(line.texts)))
    begin, seconds = line.begin, len(made.voice.clip(line.texts)) / RATE
    steps = slice(round(1000 * begin), round(1000 * (begin + seconds)))
    change = 20 * np.log10(stems.gains[steps] / alone.gains[steps])
    assert np.median(change) == pytest.approx(-6, abs=0.1)
    assert change.max() < -5.9


def test_verify_works_all_of_it_out_from_the_packed_voice(film):
    scene, _, numbers, heard, _ = film
    report = Report()
    verify_sound(scene, numbers, report)
    assert report.ok, report.mismatches
    assert report.checked == 2 * len(mixing.events_notes(numbers, heard)) + 1 + len(heard.events)
    louder = np.roll(numbers.pattern, 1, axis=-1)
    altered = Report()
    verify_sound(scene, dataclasses.replace(numbers, pattern=louder), altered)
    assert not altered.ok, "it passes with any numbers under a voice"


# --- the script ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def recorded(short, tmp_path_factory):
    path = tmp_path_factory.mktemp("recorded") / "short.npz"
    short.save(path)
    return path


def render(recorded, folder, *arguments, **places):
    """-> (exit code, stdout, stderr)."""
    command = [sys.executable, SCRIPT, "--trace", recorded, "--acts", "embedding.split", "--quality", "sketch"]
    command = [*map(str, command), "--language", "en", "--output", str(folder / "film.mp4"), *arguments]
    kept = {"TRANSFORMER_CINEMA_CACHE": str(folder / "cache")}
    done = subprocess.run(command, env=os.environ | kept | places, capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--voice", "en"), "install espeak-ng"),
        (("--voice", "klingon"), "There is no voice klingon; give one of en, zh, de"),
        (("--voice", "en", "--narration", "me.wav"), "both speak; give one of them"),
        (("--narration", "me.wav"), "There is no sound me.wav"),
    ],
)
def test_what_it_cannot_say_is_told_before_anything_is_made(recorded, tmp_path, arguments, why):
    (tmp_path / "nothing").mkdir()
    code, output, errors = render(recorded, tmp_path, *arguments, PATH=str(tmp_path / "nothing"))
    assert code == 2 and why in errors and len(errors.splitlines()) == 1, errors
    assert "Embedding" not in output and [path.name for path in tmp_path.iterdir()] == ["nothing"]


def test_silent_wins(recorded, tmp_path):
    """Without an engine, too: nobody needs one."""
    arguments = ("--voice", "en", "--silent", "--no-video")
    (tmp_path / "nothing").mkdir()
    code, output, errors = render(recorded, tmp_path, *arguments, PATH=str(tmp_path / "nothing"))
    assert code == 0 and "Composing" not in output, errors


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="eSpeak NG is not here")
def test_the_video_speaks_in_time(recorded, tmp_path, fresh_blender):
    """In the encoded sound, less than a frame from where the subtitle begins."""
    import aud

    code, output, errors = render(recorded, tmp_path, "--voice", "en")
    assert code == 0, output + errors
    heard = aud.Sound(str(tmp_path / "film.mp4")).resample(RATE, 0).rechannel(aud.CHANNELS_STEREO).data().T
    fresh_blender.ops.wm.open_mainfile(filepath=str(tmp_path / "film.blend"))
    strips = soundtrack.strips_of(fresh_blender.context.scene)
    assert set(strips) == {"Film score", "Film events", "Film voice"}
    cue = (tmp_path / "film.en.srt").read_text(encoding="utf-8").splitlines()[1]
    begin = float(cue[6:8]) + float(cue[9:12]) / 1000
    text = (tmp_path / "film.en.srt").read_text(encoding="utf-8").splitlines()[2]
    clip = Speaker.of("en", tmp_path / "cache" / "speech").clip({"en": text})
    assert len(list((tmp_path / "cache" / "speech").iterdir())) == 1, "it is not the one that was kept"
    size = 1 << (heard.shape[1] + len(clip)).bit_length()
    alike = np.fft.irfft(np.fft.rfft(heard.sum(0), size) * np.conj(np.fft.rfft(clip, size)), size)
    found = int(alike[: heard.shape[1]].argmax()) / RATE
    assert abs(found - begin) < 1 / 24 + 1 / 1000
