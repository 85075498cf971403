"""Notes have the pitch, the level and the place that they are said to have; they begin and end at nothing."""

import numpy as np
import pytest

from transformer_cinema.addon.sound import scale
from transformer_cinema.addon.sound.instruments import PLAYERS, noise
from transformer_cinema.addon.sound.loudness import RATE
from transformer_cinema.addon.sound.mapping import Note
from transformer_cinema.addon.sound.mixing import play

PITCHED = ("piano", "pluck", "glass", "celesta", "bell", "tick", "thump")


def heard(note, seconds=4.0):
    sound = np.zeros((2, round(seconds * RATE)), np.float32)
    play([note], sound)
    return sound


def strongest(wave):
    """Hz of the strongest partial."""
    size = 1 << 19
    spectrum = np.abs(np.fft.rfft(wave * np.hanning(len(wave)), size))
    return spectrum.argmax() * RATE / size


def test_the_scale_is_d_minor_pentatonic():
    names = ["C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"]
    assert [names[scale.pitch(degree) % 12] for degree in range(6)] == ["D", "F", "G", "A", "C", "D"]
    assert scale.frequency(69) == 440 and scale.frequency(scale.pitch(0)) == pytest.approx(73.42, abs=0.01)
    low, middle, high = (scale.quantised(value, 0, 10, 5, 11) for value in (-3, 5, 12))
    assert (low, middle, high) == (scale.pitch(5), scale.pitch(10), scale.pitch(15))


@pytest.mark.parametrize("player", PITCHED)
@pytest.mark.parametrize("pitch", (55, 69))
def test_a_note_has_its_pitch(player, pitch):
    wave = heard(Note(0.5, player, pitch, 0.5, seconds=2.0)).sum(0)
    assert 12 * np.log2(strongest(wave) / scale.frequency(pitch)) == pytest.approx(0, abs=0.25)


@pytest.mark.parametrize("player", sorted(PLAYERS))
def test_a_note_begins_at_its_second_and_has_no_clicks(player):
    sound = heard(Note(0.5, player, 69, 1.0, seconds=0.8), 8.0)
    assert not sound[:, : RATE // 2].any() and sound.any()
    begin = sound[:, RATE // 2 : RATE // 2 + 2]
    assert np.abs(begin).max() < 0.05 and np.abs(sound[:, -1]).max() < 1e-6
    assert np.abs(sound).max() < 1.7


def test_level_and_place_are_those_of_the_note():
    loud, soft = (heard(Note(0.1, "pluck", 62, level)) for level in (0.8, 0.2))
    assert np.allclose(loud, 4 * soft, atol=1e-6)
    left, right = heard(Note(0.1, "piano", 62, 0.5, -0.7)), heard(Note(0.1, "piano", 62, 0.5, 0.7))
    energy = lambda sound: (sound.astype(float) ** 2).sum(1)  # noqa: E731
    assert energy(left)[0] > 4 * energy(left)[1] and energy(right)[1] > 4 * energy(right)[0]
    assert energy(left).sum() == pytest.approx(energy(heard(Note(0.1, "piano", 62, 0.5))).sum(), rel=0.1)


def test_noise_is_the_same_each_time_and_even():
    assert np.array_equal(noise(5000), noise(9000)[:5000])
    state, wanted = 1, []
    for _ in range(3000):
        wanted.append(state / 2**31 - 1)
        state = (1664525 * state + 1013904223) % 2**32
    assert np.array_equal(noise(3000), wanted)
    assert abs(noise(100_000).mean()) < 0.01
