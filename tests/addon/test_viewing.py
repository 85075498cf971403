"""The film in a window, and the way back."""

import pytest

from transformer_cinema.addon import viewing

# What Blender 5.2 drew in 1309 × 762 pixels: (zoom, offset) -> left, bottom, right, top of a 16:9 picture.
DRAWN = {
    (0, (0, 0)): (327, 197, 982, 565),
    (10, (0.05, 0)): (143, 141, 996, 621),
    (10, (0, 0.05)): (228, 92, 1081, 571),
}


def picture(zoom, offset, width=1309, height=762, sides=(16, 9)):
    """Where the camera's picture lies in a viewport, by Blender's own formula."""
    factor = (2**0.5 + zoom / 50) ** 2 / 4
    across, up = (max(width, height) * factor * side / max(sides) for side in sides)
    x, y = (side * (0.5 - 2 * part * factor) for side, part in zip((width, height), offset, strict=True))
    return x - across / 2, y - up / 2, x + across / 2, y + up / 2


@pytest.mark.parametrize(("zoom", "offset"), DRAWN)
def test_the_formula_is_blenders(zoom, offset):
    assert picture(zoom, offset) == pytest.approx(DRAWN[zoom, offset], abs=2)


@pytest.mark.parametrize("sides", [(16, 9), (9, 16), (1, 1)])
@pytest.mark.parametrize("size", [(1309, 762), (700, 900)])
def test_the_picture_fills_what_the_sidebar_leaves_free(sides, size):
    free = (60, 10, size[0] - 300, size[1] - 54)
    left, bottom, right, top = picture(*viewing._fitted(sides, *size, free), *size, sides)
    assert free[0] <= left and free[1] <= bottom and right <= free[2] and top <= free[3]
    spare = (free[2] - free[0]) - (right - left), (free[3] - free[1]) - (top - bottom)
    assert min(spare) == pytest.approx(2 * viewing.MARGIN)
    assert (left + right, bottom + top) == pytest.approx((free[0] + free[2], free[1] + free[3]))


@pytest.fixture
def space(bpy):
    screen = bpy.context.window.screen
    return next(area.spaces.active for area in screen.areas if area.type == "VIEW_3D")


def state(space):
    return viewing._state(space)


def test_a_film_is_shown_and_the_way_back_is_kept_in_the_file(bpy, space, film, tmp_path):
    space = next(area.spaces.active for area in bpy.context.window.screen.areas if area.type == "VIEW_3D")
    space.shading.type, space.overlay.show_cursor, space.region_3d.view_distance = "WIREFRAME", True, 7.0
    before = state(space)
    assert bpy.ops.cinema.show_film() == {"FINISHED"} == bpy.ops.cinema.show_film()
    assert (space.region_3d.view_perspective, space.shading.type) == ("CAMERA", "SOLID")
    assert space.overlay.show_overlays and space.overlay.show_outline_selected, "what is selected has an outline"
    assert not space.overlay.show_floor and not space.overlay.show_extras
    path = tmp_path / "shown.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.open_mainfile(filepath=str(path))
    space = next(area.spaces.active for area in bpy.context.window.screen.areas if area.type == "VIEW_3D")
    assert bpy.ops.cinema.leave_film() == {"FINISHED"}
    assert state(space) == before
    assert not bpy.ops.cinema.leave_film.poll()


def test_another_scene_has_the_users_view(bpy, film):
    """As after undo, which takes the film's scene away."""
    window = bpy.context.window
    space = next(area.spaces.active for area in window.screen.areas if area.type == "VIEW_3D")
    before = state(space)
    bpy.ops.cinema.show_film()
    window.scene = bpy.data.scenes.new("Mine")
    viewing.follow()
    assert state(space) == before
    window.scene = film
    viewing.follow()
    assert space.region_3d.view_perspective == "CAMERA"
    bpy.ops.cinema.leave_film()
    viewing.follow()
    assert state(space) == before, "who has gone back himself stays there"


def test_a_picture_of_another_form_is_fitted_anew(bpy, film):
    viewing.show(bpy.context.window)
    view = next(area for area in bpy.context.screen.areas if area.type == "VIEW_3D").spaces.active.region_3d
    wide, view.view_perspective = view.view_camera_zoom, "PERSP"
    viewing.follow()
    assert view.view_perspective == "PERSP", "the user looks from elsewhere"
    film.render.resolution_x, film.render.resolution_y = 720, 1280
    viewing.follow()
    assert view.view_perspective == "CAMERA" and abs(view.view_camera_zoom - wide) > 0.5


@pytest.mark.parametrize("quality", ["sketch", "draft", "preview", "final"])
def test_viewports_show_backdrop_and_captions_in_every_quality(bpy, film, quality):
    from transformer_cinema.addon.film.stage import BACKDROP, CAPTION_SCENE, FLOOR

    film.transformer_cinema.quality = quality
    assert not film[BACKDROP].hide_viewport and film[FLOOR].hide_viewport
    assert film[BACKDROP].data.materials[0], "white in EEVEE's viewports without one"
    layers = [film.view_layers[0].layer_collection]
    for layer in layers:
        layers.extend(layer.children)
    captions = next(one for one in layers if one.collection == film[CAPTION_SCENE].collection.children[0])
    assert not captions.exclude and captions.is_visible
    eevee = quality in ("preview", "final")
    assert film[BACKDROP].hide_render == eevee != film[FLOOR].hide_render
    overlay = next(one for one in layers if captions in one.children[:])
    assert overlay.collection.hide_render == eevee, "laid over by the compositor"
