"""Build film: prompt -> recording -> scene."""

import json

import bpy
from bpy.props import StringProperty

from .. import beats, models, viewing, work
from ..job import on_thread
from ..properties import IN_FILM
from ..translations import CONTEXT, sentence
from .working import Working, is_free

_ = bpy.app.translations.pgettext_rpt

MODEL_PART, SOUND_PART = 0.4, 0.95  # of the progress, where they end and begin
BUILT_FROM = "cinema_built_from"  # custom property of a film's scene: the settings, as JSON
LAST = "cinema_last_frame"  # and the film's last frame


class BuildFilm(Working, bpy.types.Operator):
    """Run the model on the prompt and build the film of what it computed. Esc stops it and leaves everything as it
    was"""

    bl_idname = "cinema.build_film"
    bl_label = "Build Film"
    bl_options = {"UNDO"}

    def steps(self, context):
        return building(context.scene, context.window, context.area)


class AddFilm(bpy.types.Operator):
    """Type a sentence, and build the film of what a real GPT-2 computes from it, in a scene of its own"""

    bl_idname = "cinema.add_film"
    bl_label = "Transformer Film"

    prompt: StringProperty(
        name="Prompt",
        description="The text that the model reads and continues",
        translation_context=CONTEXT,
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context):
        return is_free(cls)

    def invoke(self, context, event):
        self.prompt = context.scene.transformer_cinema.prompt
        return context.window_manager.invoke_props_dialog(self, confirm_text="Build Film", width=420)

    def draw(self, context):
        settings, layout = context.scene.transformer_cinema, self.layout
        layout.prop(self, "prompt")
        layout.prop(settings, "model")
        layout.prop(settings, "quality")

    def execute(self, context):
        context.scene.transformer_cinema.prompt = self.prompt
        return bpy.ops.cinema.build_film("INVOKE_DEFAULT")


def building(scene, window, area=None):
    """Steps that build the film which a scene's settings describe, in its place or in a scene of its own."""
    yield 0, 1, "…"
    from ..film import ownership, replacing, versions
    from ..film.build import build_steps
    from ..output import qualities

    settings = scene.transformer_cinema
    replaced = settings.replace and versions.is_film(scene)
    if replaced:
        versions.check(scene)
    uid, keep_materials, fps = scene.session_uid, settings.keep_materials, scene.render.fps
    options, run, values = _film_options(settings), _running(settings), settings.values()
    replacing.remove_unfinished()
    replacing.remove_orphans()
    recording, notice = yield from work.part(0.0, MODEL_PART, on_thread(run), "Running the model")
    made, film = yield from work.part(MODEL_PART, SOUND_PART, build_steps(recording, fps=fps, **options))
    scene = next((one for one in bpy.data.scenes if one.session_uid == uid), None)  # it may have been deleted
    made.transformer_cinema.take(values)
    made[BUILT_FROM], made[LAST] = json.dumps(values), made.frame_end
    replaced = replaced and scene
    if replaced:
        versions.upgrade(scene)
        _replace(scene, made, keep_materials)
        made = scene
    else:
        with ownership.marking():
            qualities.apply_quality(made, values["quality"])
        made.frame_set(made.frame_start)
    yield from _sounding(made, film)
    if window in bpy.context.window_manager.windows[:]:
        _show(made, window, area, anew=not replaced)
    if notice:
        return work.Message("WARNING", sentence(notice))
    return work.Message("INFO", summary(made))


def _sounding(scene, film):
    """Steps that compose the film's sound on a thread, and put it into its scene; none where Blender has no sound."""
    from ..film import soundtrack
    from ..sound.mixing import as_spoken, compose
    from ..voice.speaker import stem

    if not soundtrack.available():
        return
    numbers, heard = soundtrack.heard_in(scene)
    said = stem(film.voice, film.lines, heard.seconds) if film.voice else None
    voice = None if said is None else as_spoken(said, heard.seconds)
    composing = on_thread(lambda *_: compose(numbers, heard, voice))
    stems = yield from work.part(SOUND_PART, 1.0, composing, "Composing the sound")
    soundtrack.put_stems(scene, stems, scene.transformer_cinema.volume)


def _replace(scene, made, keep_materials):
    """Put a new film in the place of a scene's own. Its size, its frame rate, which of its collections are hidden and
    where its time stands are its user's."""
    from ..film import ownership, replacing
    from ..film.stage import ASPECT
    from ..output import qualities

    aspect, beat, hidden = scene.get(ASPECT), beats.current(scene), _hidden(scene)
    made.render.fps_base = scene.render.fps_base
    replacing.replace_film(scene, made, keep_materials)
    if scene[ASPECT] != aspect:
        qualities.fit_aspect(scene)
    with ownership.marking():
        qualities.fit_engine(scene)
    for layer in _layers(scene.view_layers[0].layer_collection):
        layer.exclude, layer.hide_viewport = hidden.get(layer.name, (layer.exclude, layer.hide_viewport))
    scene.frame_set(next((first for first, _, *name in beats.beats(scene) if name == beat), scene.frame_start))


def _hidden(scene):
    """{name of a collection: what is hidden of it in the scene}"""
    layers = _layers(scene.view_layers[0].layer_collection)
    return {layer.name: (layer.exclude, layer.hide_viewport) for layer in layers}


def _layers(layer):
    for child in layer.children:
        yield child
        yield from _layers(child)


def changed_since_built(scene):
    """The names of the settings that are no longer those which a scene's film was built from."""
    settings = scene.transformer_cinema
    try:
        built = json.loads(scene.get(BUILT_FROM, "{}"))
    except ValueError:  # edited by hand
        return []
    return [name for name, value in built.items() if name in IN_FILM and getattr(settings, name, value) != value]


def _film_options(settings):
    """What the settings ask of the film. Raises FilmError."""
    from ..film.build import check_wishes
    from ..film.direction import Focus
    from ..film.media import Media
    from ..film.texts import OwnTexts
    from ..voice.speaker import Speaker

    own = OwnTexts.of(title=settings.title, subtitle=settings.subtitle, credit=settings.credit)
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
        "own": own,
        "voice": Speaker.of(settings.voice, models.cache() / "speech") if settings.voice != "NONE" else None,
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
        options = {"at_most": at_most, "contrast": contrast, "focus": focus}
        recording = model.generate(prompt, sampling, count, progress, cancelled, **options)
        return recording, model.notice

    return run


def summary(scene):
    """What a scene's film shows, in one line."""
    from ..film import facts

    known = facts.read(scene)
    seconds = last_frame(scene) / scene.render.fps
    return _("{:d} tokens, {:d} layers, {:.0f} seconds").format(known.tokens, known.layers, seconds)


def last_frame(scene):
    """The last frame of a scene's film, whatever range is being rendered."""
    return scene.get(LAST, scene.frame_end)


def _show(scene, window, area, anew):
    """Put the film into the window. anew: seen as a film, even if the window was taken back from an earlier one."""
    window.scene = scene
    if anew or viewing.is_shown(window.screen):
        viewing.show(window, area)


CLASSES = (BuildFilm, AddFilm)
