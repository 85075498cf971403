"""How many frames a second the viewport plays, of the film and of Blender's default scene."""

import time

BEATS = (
    *("prologue.title", "embedding.vectors", "embedding.neighbours", "attention.head", "attention.all_heads"),
    *("mlp.neurons", "stack.flight", "unembedding.bars", "loop.again"),
)
SECONDS = 8


def play(visit):
    """The film must not cost much more than a cube does in the same window."""
    film, other = visit.scene, visit.bpy.data.scenes["Scene"]
    visit.window.scene = other
    yield visit.options.settle
    usual = yield from _played(visit)
    visit.window.scene = film
    yield visit.options.settle
    frames, found = {marker.name: marker.frame for marker in film.timeline_markers}, {}
    for beat in BEATS:
        if beat in frames:
            film.frame_set(frames[beat])
            yield 1
            found[beat] = yield from _played(visit)
    print(f"frames a second: default scene {usual:.1f}; " + ", ".join(f"{beat} {n:.1f}" for beat, n in found.items()))
    film.frame_set(film.frame_start)


def _played(visit):
    """-> how many frames a second are drawn while it plays."""
    bpy, drawn = visit.bpy, []
    space = bpy.types.SpaceView3D
    handler = space.draw_handler_add(lambda: drawn.append(time.perf_counter()), (), "WINDOW", "POST_PIXEL")
    with bpy.context.temp_override(window=visit.window, area=visit.viewport):
        bpy.ops.screen.animation_play()
    yield SECONDS
    with bpy.context.temp_override(window=visit.window, area=visit.viewport):
        bpy.ops.screen.animation_cancel(restore_frame=False)
    space.draw_handler_remove(handler, "WINDOW")
    return (len(drawn) - 1) / (drawn[-1] - drawn[0]) if len(drawn) > 1 else 0.0
