"""A film that the panel builds has its sound, as loud as the panel says."""

import shutil

import pytest

pytestmark = pytest.mark.sound


def test_a_film_is_built_with_its_sound(bpy, settings):
    from transformer_cinema.addon.film import soundtrack, versions

    settings.volume, settings.pace = 0.5, 5.0
    for act in settings.acts[1:]:
        setattr(settings, act, False)
    assert bpy.ops.cinema.build_film() == {"FINISHED"}
    film = next(scene for scene in bpy.data.scenes if versions.is_film(scene))
    strips = soundtrack.strips_of(film)
    assert set(strips) == {"Film score", "Film events"}
    assert all(strip.sound.packed_file and strip.volume == 0.5 for strip in strips.values())
    film.transformer_cinema.volume = 1.5
    assert all(strip.volume == 1.5 for strip in strips.values())


def test_a_film_is_built_with_a_voice(bpy, settings, tmp_path, monkeypatch):
    from transformer_cinema.addon.film import soundtrack, versions

    monkeypatch.setenv("TRANSFORMER_CINEMA_CACHE", str(tmp_path))
    settings.voice, settings.pace = "en", 5.0
    for act in settings.acts:
        setattr(settings, act, act == "embedding")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RuntimeError, match="install espeak-ng"):
        bpy.ops.cinema.build_film()
    assert not any(versions.is_film(scene) for scene in bpy.data.scenes)
    monkeypatch.undo()
    if not shutil.which("espeak-ng"):
        pytest.skip("eSpeak NG is not here")
    monkeypatch.setenv("TRANSFORMER_CINEMA_CACHE", str(tmp_path))
    assert bpy.ops.cinema.build_film() == {"FINISHED"}
    film = next(scene for scene in bpy.data.scenes if versions.is_film(scene))
    assert set(soundtrack.strips_of(film)) == {"Film score", "Film events", "Film voice"}
    assert list((tmp_path / "speech").glob("*.wav"))
