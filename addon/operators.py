"""Build film: prompt -> recording -> scene, in one blocking step that can be undone."""

import contextlib

import bpy


class BuildFilm(bpy.types.Operator):
    """Run the model on the prompt and build a new scene with the film of what it computed"""

    bl_idname = "cinema.build_film"
    bl_label = "Build Film"
    bl_options = {"UNDO"}

    def execute(self, context):
        from ..inference.errors import ModelError
        from .film.errors import FilmError

        settings = context.scene.transformer_cinema
        try:
            with _progress(context.window_manager) as progress:
                scene, notice = _build(settings, progress)
        except (ModelError, FilmError) as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        if notice:
            self.report({"WARNING"}, notice)
        if context.window:
            _show(scene, context)
        self.report({"INFO"}, scene.transformer_cinema.summary)
        return {"FINISHED"}


def _build(settings, progress):
    """Run the model and build the film in draft quality.

    -> (its scene, which has these settings too; the model's notice if it ran in another way than it should)
    """
    from ..inference.sampling import Sampling
    from . import models
    from .film.build import build_film
    from .film.direction import check_length
    from .render import apply_quality

    model = models.load(settings)
    # Blender keeps single precision; rounded, 0.8 is the 0.8 of the scripts again.
    sampling = Sampling(temperature=round(settings.temperature, 6), seed=settings.seed)
    check_length(len(model.tokenizer.encode(settings.prompt)), settings.new_tokens)  # before the model runs
    recording = model.generate(settings.prompt, sampling, settings.new_tokens, progress=progress(0.0, 0.5))
    scene, _ = build_film(
        recording, language=settings.language, progress=progress(0.5, 1.0), form=settings.form
    )
    apply_quality(scene, "draft")
    settings.copy_to(scene.transformer_cinema)
    scene.transformer_cinema.summary = _summary(recording, scene)
    return scene, model.notice


def _summary(recording, scene):
    tokens = len(recording.steps[0].trace.tokens)
    seconds = (scene.frame_end - scene.frame_start + 1) / scene.render.fps
    text = recording.vocabulary.text(step.draw.token for step in recording.steps)
    return f"{tokens} tokens · {recording.model.n_layer} layers · {seconds:.0f} s · “{' '.join(text.split())}”"


@contextlib.contextmanager
def _progress(window_manager):
    """The pointer counts to 100. Yields progress(start, end) -> callback(done, total, what) for a part of the work."""

    def part(start, end):
        return lambda done, total, what: window_manager.progress_update(100 * (start + (end - start) * done / total))

    window_manager.progress_begin(0, 100)
    try:
        yield part
    finally:
        window_manager.progress_end()


def _show(scene, context):
    """Put the film into the window: seen through its camera, in the colours that a draft is rendered with."""
    window = context.window
    window.scene = scene
    scene.frame_set(scene.frame_start)
    scene.sync_mode = "FRAME_DROP"  # a slow machine plays fewer frames, not a slower film
    scene.camera.data.passepartout_alpha = 1.0  # what is beyond the picture's edge is not part of it
    for area in window.screen.areas:
        region = next(region for region in area.regions if region.type == "WINDOW")
        with context.temp_override(window=window, area=area, region=region):
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


CLASS = BuildFilm
