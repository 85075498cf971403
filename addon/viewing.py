"""The film in Blender's windows: through its camera, in its own colours, and the way back to how a viewport was.

A screen keeps how its viewports were before, so the way back is there after undo and in an opened file, too.
"""

import json
import math

import bpy

KEPT = "cinema_views"  # custom property of a screen: {place of a viewport's area: how it was} as JSON
LEFT = "cinema_left"  # the same, of a screen that was taken back because its window went to another scene
FITTED = "cinema_fitted"  # the same: the width of the picture by its height that its viewports were fitted to
VERSION = "cinema_version"  # of a film's scene, as in film/versions.py, which is not imported before there is need
# Overlays that are drawn over a film: outlines of what is selected, and nothing else.
NO_OVERLAYS = (
    *("show_floor", "show_ortho_grid", "show_axis_x", "show_axis_y", "show_axis_z", "show_cursor", "show_text"),
    *("show_extras", "show_relationship_lines", "show_bones", "show_motion_paths", "show_object_origins", "show_stats"),
    *("show_annotation", "show_wireframes", "show_face_orientation"),
)
FILM = {
    "region_3d": {"view_perspective": "CAMERA"},
    "overlay": {"show_overlays": True, "show_outline_selected": True, **dict.fromkeys(NO_OVERLAYS, False)},
    "shading": {"type": "SOLID", "light": "FLAT", "color_type": "VERTEX"}
    | dict.fromkeys(("show_xray", "show_shadows", "show_cavity", "show_object_outline", "use_dof"), False),
    "": {"show_gizmo_navigate": False},  # it stands in the picture
}
MOVED = ("view_camera_zoom", "view_camera_offset", "view_rotation", "view_location", "view_distance")
MARGIN = 8  # pixels around the frame
ROOM = (1310, 760, (60, 0, 1310, 706))  # an ordinary viewport: width, height, free part, where no window tells


def is_shown(screen: bpy.types.Screen) -> bool:
    """Whether a screen's viewport is set up for a film."""
    return KEPT in screen.keys()


def show(window: bpy.types.Window, area: bpy.types.Area | None = None) -> None:
    """Set a viewport up for the film of the window's scene: this area, else the largest one. Done twice, it fits the
    picture into it anew."""
    viewports = _viewports(window.screen)
    if viewports:
        largest = max(viewports, key=lambda one: one[1].width * one[1].height)
        dress(window.screen, window.scene, [next((one for one in viewports if one[1] == area), largest)])
        _fit_timeline(window)


def dress(screen: bpy.types.Screen, scene: bpy.types.Scene, viewports: list | None = None) -> None:
    """Set a screen's viewports up for a film: [(place, area), ...], default all."""
    kept = _kept(screen)
    for place, area in _viewports(screen) if viewports is None else viewports:
        space = area.spaces.active
        kept.setdefault(str(place), _state(space))
        for part, values in FILM.items():
            _set(_part(space, part), values)
        fitted = _fitted(_sides(scene), *_room(area))
        space.region_3d.view_camera_zoom, space.region_3d.view_camera_offset = fitted
    screen[KEPT], screen[FITTED] = json.dumps(kept), _aspect(scene)
    screen.pop(LEFT, None)


def back(screen: bpy.types.Screen) -> None:
    """Set a screen's viewports up as they were before."""
    areas, kept = dict(_viewports(screen)), _kept(screen)
    for name in (KEPT, LEFT, FITTED):
        screen.pop(name, None)
    for place, state in kept.items():
        area = areas.get(int(place))
        if area:
            for part, values in state.items():
                _set(_part(area.spaces.active, part), values)
    for window in bpy.context.window_manager.windows:
        if window.screen == screen:
            _fit_timeline(window)


def follow() -> None:
    """Take windows back that have gone from a film to another scene, by undo too, and show those that return; fit the
    picture anew where it has another form."""
    for window in bpy.context.window_manager.windows:
        screen, film = window.screen, VERSION in window.scene.keys()
        if is_shown(screen) and not film:
            kept = screen[KEPT]
            back(screen)
            screen[LEFT] = kept
        elif LEFT in screen.keys() and film:
            screen[KEPT] = screen[LEFT]  # Blender has gone to the camera by itself: that is not how it was
            show(window)
        elif is_shown(screen) and screen.get(FITTED) != _aspect(window.scene):
            show(window)


# --- how it is done --------------------------------------------------------------------------------


def _sides(scene: bpy.types.Scene) -> tuple[float, float]:
    """Width and height of a scene's picture."""
    render = scene.render
    return render.resolution_x * render.pixel_aspect_x, render.resolution_y * render.pixel_aspect_y


def _aspect(scene: bpy.types.Scene) -> float:
    """Of a scene's picture, rounded: sizes of one form differ by a pixel."""
    width, height = _sides(scene)
    return round(width / max(height, 1), 2)


def _viewports(screen: bpy.types.Screen) -> list:
    return [(place, area) for place, area in enumerate(screen.areas) if area.type == "VIEW_3D"]


def _kept(screen: bpy.types.Screen) -> dict:
    try:
        return dict(json.loads(screen.get(KEPT, "{}")))
    except (TypeError, ValueError):  # edited by hand
        return {}


def _part(space: bpy.types.SpaceView3D, name: str) -> bpy.types.bpy_struct:
    return getattr(space, name) if name else space


def _state(space: bpy.types.SpaceView3D) -> dict:
    """All that is changed in a viewport, or by its user while the film is shown."""
    names = {part: tuple(values) for part, values in FILM.items()}
    names["region_3d"] += MOVED
    return {
        part: {name: _plain(getattr(_part(space, part), name)) for name in every if hasattr(_part(space, part), name)}
        for part, every in names.items()
    }


def _plain(value: object) -> object:
    return value if isinstance(value, (bool, float, int, str)) else list(value)


def _set(owner: bpy.types.bpy_struct, values: dict) -> None:
    """Set properties, but those that another version of Blender doesn't have."""
    for name, value in values.items():
        if hasattr(owner, name):
            try:
                setattr(owner, name, value)
            except (TypeError, ValueError):  # a kind of shading that the scene's engine hasn't
                pass


def _room(area: bpy.types.Area) -> tuple[int, int, tuple[int, int, int, int]]:
    """-> width and height of a viewport's picture, and the part that no sidebar or header lies over: left, bottom,
    right, top."""
    window = next(region for region in area.regions if region.type == "WINDOW")
    if bpy.app.background or window.width < 50 or window.height < 50:
        return ROOM
    left, bottom, right, top = 0, 0, window.width, window.height
    for region in area.regions:
        if region.width <= 1 or region.height <= 1 or region.type == "WINDOW":
            continue
        x, y = region.x - window.x, region.y - window.y
        if region.type in ("UI", "TOOLS"):
            if x + region.width / 2 > window.width / 2:
                right = min(right, x)
            else:
                left = max(left, x + region.width)
        elif region.type in ("HEADER", "TOOL_HEADER"):
            if y + region.height / 2 > window.height / 2:
                top = min(top, y)
            else:
                bottom = max(bottom, y + region.height)
    if right - left < 50 or top - bottom < 50:  # nothing is free: then the sidebar lies over the film
        return window.width, window.height, (0, 0, window.width, window.height)
    return window.width, window.height, (left, bottom, right, top)


def _fitted(sides: tuple, width: int, height: int, free: tuple) -> tuple[float, tuple[float, float]]:
    """-> the zoom and the offset at which a camera's picture fills the free part of a viewport.

    sides: of the picture, in any unit. At a factor of 1 the picture's longer side is as long as the viewport's.
    Blender's zoom z stands for the factor (√2 + z / 50)² / 4, its offset for half a factor of the viewport's sides.
    """
    left, bottom, right, top = free
    longest = max(width, height)
    across, up = (longest * side / max(sides) for side in sides)
    factor = min((right - left - 2 * MARGIN) / across, (top - bottom - 2 * MARGIN) / up)
    zoom = min(600.0, max(-30.0, 50 * (math.sqrt(4 * factor) - math.sqrt(2))))
    middle = (left + right) / 2 / width - 0.5, (bottom + top) / 2 / height - 0.5
    return zoom, tuple(-part / 2 / factor for part in middle)


def _fit_timeline(window: bpy.types.Window) -> None:
    """Show the whole of the scene's frames in the timelines of a window."""
    for area in window.screen.areas:
        if area.type == "DOPESHEET_EDITOR" and not bpy.app.background:
            region = next(region for region in area.regions if region.type == "WINDOW")
            with bpy.context.temp_override(window=window, area=area, region=region):
                bpy.ops.action.view_all()
