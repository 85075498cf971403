"""Build film: prompt -> recording -> scene."""

import bpy

from .. import models, work
from ..job import on_thread
from ..translations import sentence
from .working import Working

_ = bpy.app.translations.pgettext_rpt

MODEL_PART, SOUND_PART = 0.4, 0.95  # of the progress, where they end and begin


class BuildFilm(Working, bpy.types.Operator):
    """Run the model on the prompt and build the film of what it computed. Esc stops it and leaves all as it was"""

    bl_idname = "cinema.build_film"
    bl_label = "Build Film"
    bl_options = {"UNDO"}

    def steps(self, context):
        return building(context.scene, context.window)


def building(scene, window):
    """Steps that build the film which a scene's settings describe, in its place or in a scene of its own."""
    yield 0, 1, "…"
    from ..film import ownership, replacing, versions
    from ..film.build import build_steps
    from ..output.qualities import apply_quality

    settings = scene.transformer_cinema
    replaced = settings.replace and versions.is_film(scene)
    if replaced:
        versions.check(scene)
    uid, keep_materials, quality = scene.session_uid, settings.keep_materials, settings.quality
    wishes, run, values = _wishes(settings), _running(settings), settings.values()
    replacing.remove_unfinished()
    replacing.remove_orphans()
    recording, notice = yield from work.part(0.0, MODEL_PART, on_thread(run), "Running the model")
    made, _film = yield from work.part(MODEL_PART, SOUND_PART, build_steps(recording, **wishes))
    scene = next((one for one in bpy.data.scenes if one.session_uid == uid), None)  # it may have been deleted
    made.transformer_cinema.take(values)
    replaced = replaced and scene
    if replaced:
        versions.upgrade(scene)
        replacing.replace_film(scene, made, keep_materials)
        made = scene
    with ownership.marking():
        apply_quality(made, quality)
    yield from _sounding(made)
    if window in bpy.context.window_manager.windows[:]:
        _show(made, window, anew=not replaced)
    if notice:
        return work.Message("WARNING", sentence(notice))
    return work.Message("INFO", summary(made))


def _sounding(scene):
    """Steps that compose the film's sound on a thread, and put it into its scene; none where Blender has no sound."""
    from ..film import soundtrack
    from ..sound.mixing import compose

    if not soundtrack.available():
        return
    numbers, heard = soundtrack.heard_in(scene)
    composing = on_thread(lambda *_: compose(numbers, heard))
    stems = yield from work.part(SOUND_PART, 1.0, composing, "Composing the sound")
    soundtrack.put_stems(scene, stems, scene.transformer_cinema.volume)


def _wishes(settings):
    """What the settings ask of the film. Raises FilmError."""
    from ..film.build import check_wishes
    from ..film.direction import Focus
    from ..film.media import Media

    check_wishes(settings.language, settings.pace, settings.acts)
    files = [bpy.path.abspath(path) if path else None for path in (settings.image, settings.audio)]
    focus = (settings.focus_layer or None, settings.focus_head or None, settings.focus_token or None)
    return {
        "language": settings.language,
        "pace": settings.pace,
        "acts": settings.acts,
        "focus": Focus(*focus, settings.fade_sink),
        "media": Media.of(*files),
        "form": settings.form,
        "theme": settings.theme,
    }


def _running(settings):
    """A function for a Job that loads the model and runs it -> (recording, the model's notice or None)."""
    from ...inference.sampling import Sampling
    from ..film.direction import check_layers, most_drawn

    load, prompt, count = models.loading(settings), settings.prompt, settings.new_tokens or None
    focus = tuple(wish - 1 if wish else None for wish in (settings.focus_layer, settings.focus_head))
    contrast = settings.contrast.strip() and settings.contrast or None
    # Blender keeps single precision; rounded, 0.8 is the 0.8 of the scripts again.
    temperature, top_p = round(settings.temperature, 6), round(settings.top_p, 6)
    sampling = Sampling(temperature, settings.top_k, top_p, settings.seed)

    def run(progress, cancelled):
        model = load()
        check_layers(model.info.n_layer)
        at_most = most_drawn(len(model.tokenizer.encode(prompt)), count)  # before the model runs
        wishes = {"at_most": at_most, "contrast": contrast, "focus": focus}
        recording = model.generate(prompt, sampling, count, progress, cancelled, **wishes)
        return recording, model.notice

    return run


def summary(scene):
    """What a scene's film shows, in one line."""
    from ..film import facts

    known = facts.read(scene)
    seconds = (scene.frame_end - scene.frame_start + 1) / scene.render.fps
    return _("{:d} tokens, {:d} layers, {:.0f} seconds").format(known.tokens, known.layers, seconds)


def _show(scene, window, anew):
    """Put the film into the window. anew: seen through its camera, in the colours that a draft is rendered with."""
    window.scene = scene
    scene.frame_set(scene.frame_start)
    if not anew:
        return
    if scene.sync_mode == "NONE":
        scene.sync_mode = "FRAME_DROP"  # a slow machine plays fewer frames, not a slower film
    scene.camera.data.passepartout_alpha = 1.0  # what is beyond the picture's edge is not part of it
    for area in window.screen.areas:
        region = next(region for region in area.regions if region.type == "WINDOW")
        with bpy.context.temp_override(window=window, area=area, region=region):
            if area.type == "VIEW_3D":
                _look_through_camera(area.spaces.active)
                bpy.ops.view3d.view_center_camera()
            elif area.type == "DOPESHEET_EDITOR":
                bpy.ops.action.view_all()


def _look_through_camera(space):
    space.region_3d.view_perspective = "CAMERA"
    space.overlay.show_overlays = False
    shading = space.shading
    shading.type, shading.light, shading.color_type = "SOLID", "FLAT", "VERTEX"


CLASSES = (BuildFilm,)
