"""A film that the panel builds has its sound, as loud as the panel says."""

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
