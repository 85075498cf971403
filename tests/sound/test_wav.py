"""Sound files of odd kinds are read as what they hold; what is no sound is refused in a sentence."""

import wave

import numpy as np
import pytest

from transformer_cinema.addon.film.errors import FilmError
from transformer_cinema.addon.sound import wav
from transformer_cinema.addon.sound.loudness import RATE
from transformer_cinema.addon.sound.mixing import UNDER_VOICE, ducking


def save(path, samples, rate, channels=1, width=2):
    """samples: [n] from -1 to 1, in each channel."""
    whole = np.round(samples * (2 ** (8 * width - 1) - 1)).astype(np.int64)
    if width == 1:
        whole += 128
    data = np.repeat(whole[:, None], channels, 1).astype("<i8").view(np.uint8).reshape(-1, channels, 8)[:, :, :width]
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, width, rate, 0, "NONE", ""))
        file.writeframes(np.ascontiguousarray(data).tobytes())
    return path


@pytest.mark.parametrize("rate", (8000, 44_100, 48_000, 96_000))
@pytest.mark.parametrize(("channels", "width"), ((1, 1), (1, 2), (2, 3), (6, 4)))
def test_any_rate_any_width_any_channels(tmp_path, rate, channels, width):
    t = np.arange(rate) / rate
    path = save(tmp_path / "a.wav", 0.5 * np.sin(2 * np.pi * 440 * t), rate, channels, width)
    sound = wav.read(path)
    assert sound.shape == (2, RATE)
    wanted = 0.5 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)
    assert np.abs(sound - wanted)[:, 500:-500].max() < (0.02 if width == 1 else 0.002)


def test_what_is_written_is_read(tmp_path):
    sound = np.stack([np.linspace(-1, 1, 999), np.linspace(1, -1, 999)]).astype(np.float32)
    wav.write(tmp_path / "a.wav", sound)
    assert np.abs(wav.read(tmp_path / "a.wav") - sound).max() < 1e-4


def test_no_sound_is_refused(tmp_path):
    (tmp_path / "text.wav").write_text("no sound", encoding="utf-8")
    save(tmp_path / "silent.wav", np.zeros(100), 8000)
    for name, why in (("none.wav", "check the name"), ("text.wav", "can't be read"), ("silent.wav", "is silent")):
        with pytest.raises(FilmError, match=why):
            wav.read(tmp_path / name)


def test_all_else_is_softer_beside_a_voice_and_nowhere_else():
    voice = np.zeros((2, 10 * RATE), np.float32)
    voice[:, 4 * RATE : 6 * RATE] = 0.3
    softer = ducking(voice) * 10 ** (UNDER_VOICE / 20)  # as it is used
    steps = len(softer)
    assert softer[steps // 2] == pytest.approx(10 ** (-6 / 20), rel=1e-3)
    assert softer[[0, steps // 4, -1]] == pytest.approx(1.0)
    assert np.abs(np.diff(softer)).max() < 0.01


def test_what_was_recorded_too_loud_is_known_from_what_is_only_loud():
    wave = np.sin(np.arange(RATE) * 0.03)
    assert wav.is_clipped(np.clip(8 * np.stack([wave, wave]), -1, 1))
    assert not wav.is_clipped(0.9 * np.stack([wave, wave]))
    loud = np.random.default_rng(0).normal(0, 0.2, (2, RATE))
    assert not wav.is_clipped(loud / np.abs(loud).max())
