"""Loudness and true peak agree with ITU-R BS.1770 and with FFmpeg; the limiter keeps below its ceiling."""

import re
import shutil
import subprocess

import numpy as np
import pytest

from transformer_cinema.addon.sound import loudness, wav
from transformer_cinema.addon.sound.loudness import RATE


def tone(hertz, level, seconds=5.0, phase=0.0):
    """Both channels, at a peak level in dB."""
    wave = 10 ** (level / 20) * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE + phase)
    return np.stack([wave, wave]).astype(np.float32)


def music():
    """Something uneven: notes, silence, a loud end that differs left and right."""
    parts = [tone(220, -30, 3), tone(880, -18, 4), np.zeros((2, 3 * RATE), np.float32), tone(3000, -9, 2)]
    sound = np.concatenate(parts, axis=1)
    sound[1] *= np.linspace(0.2, 1.0, sound.shape[1], dtype=np.float32)
    return sound


def test_the_reference_tones_of_ebu_tech_3341():
    assert loudness.loudness(tone(1000, -23, 20)) == pytest.approx(-23.0, abs=0.1)
    assert loudness.loudness(tone(1000, -33, 20)) == pytest.approx(-33.0, abs=0.1)
    gated = np.concatenate([tone(1000, -36, 10), tone(1000, -23, 60), tone(1000, -36, 10)], axis=1)
    assert loudness.loudness(gated) == pytest.approx(-23.0, abs=0.1)


def test_silence_and_next_to_nothing_have_no_loudness():
    for sound in (np.zeros((2, RATE), np.float32), tone(1000, -90), tone(1000, -20, 0.2)):
        assert loudness.loudness(sound) == -np.inf


def test_a_peak_between_the_samples_is_found():
    between = tone(RATE / 4, -6, phase=np.pi / 4)
    assert loudness.decibels(np.abs(between).max()) == pytest.approx(-9.0, abs=0.1)
    assert loudness.true_peak(between) == pytest.approx(-6.0, abs=0.4)


def test_several_sounds_are_measured_as_their_sum():
    one, other = tone(500, -20), tone(700, -26, phase=1.0)
    assert loudness.loudness(one, other) == pytest.approx(loudness.loudness(one + other), abs=1e-3)
    assert loudness.true_peak(one, other) == pytest.approx(loudness.true_peak(one + other), abs=1e-3)


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="FFmpeg is not here")
def test_ffmpeg_measures_the_same(tmp_path):
    sound = music()
    wav.write(tmp_path / "music.wav", sound)
    command = ["ffmpeg", "-hide_banner", "-nostats", "-i", str(tmp_path / "music.wav")]
    done = subprocess.run([*command, "-af", "ebur128=peak=true", "-f", "null", "-"], capture_output=True, text=True)
    summary = done.stderr[done.stderr.rindex("Summary") :]
    assert loudness.loudness(sound) == pytest.approx(float(re.search(r"I:\s+(\S+)", summary)[1]), abs=0.1)
    assert loudness.true_peak(sound) == pytest.approx(float(re.search(r"Peak:\s+(\S+)", summary)[1]), abs=0.2)


def test_the_limiter_holds_its_ceiling_and_leaves_what_is_below_alone():
    sound = music()
    sound[:, RATE : RATE + 40] += 1.5  # a click far above
    gains = loudness.limiting(2.0, -3.0, sound)
    limited = sound.copy()
    loudness.amplify(limited, 2.0, gains)
    assert loudness.true_peak(limited) <= -2.9
    quiet = slice(2 * RATE, 3 * RATE)
    assert np.allclose(limited[:, quiet], 2.0 * sound[:, quiet], atol=1e-6)
    assert np.abs(np.diff(gains)).max() < 0.35  # it comes and goes over milliseconds
