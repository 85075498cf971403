"""A recording -> a scene with the whole film in it."""

from contextlib import closing
from dataclasses import replace

import bpy

from ..job import on_thread
from . import facts, ownership, versions
from .acts import ACTS
from .captions import Captions
from .cast import ACTORS, assemble
from .cast.growing import prompt_height
from .direction import make_script
from .errors import FilmError
from .evidence import Evidence, keep
from .film import LANGUAGE, Film, check_pace
from .framing import FORMATS, Picture
from .media import Media
from .palette import THEMES
from .parts import number_steps
from .stage import set_stage
from .studio import Studio
from .texts import AUTOMATIC, LANGUAGES, chosen

FPS = 24
TOTAL = len(ACTORS) + len(ACTS) + 3


def check_wishes(language, pace, acts):
    """Raise FilmError for what build_film() would refuse, before the model has run for it."""
    unknown = {part.split(".")[0] for part in acts or ()} - set(ACTS)
    if unknown:
        raise FilmError(f"There is no act called {min(unknown)}; the acts are {', '.join(ACTS)}.")
    if acts is not None and not acts:
        raise FilmError(f"A film needs at least one act; the acts are {', '.join(ACTS)}.")
    if language not in (*LANGUAGES, AUTOMATIC):
        raise FilmError(f"There are no captions in {language}; choose one of {', '.join((AUTOMATIC, *LANGUAGES))}.")
    check_pace(pace)


def build_film(recording, *wishes, progress=None, **more):
    """Make a new scene that shows the recording -> (scene, Film). Arguments and errors are those of build_steps.

    progress(done, total, what) is told how far it is.
    """
    with closing(build_steps(recording, *wishes, **more)) as steps:
        while True:
            try:
                step = next(steps)
            except StopIteration as end:
                return end.value
            if progress:
                progress(*step)


def build_steps(recording, *wishes, **more):
    """The same in steps of some milliseconds: yields (done, total, what), returns (scene, Film).

    language: of the captions, one of LANGUAGES, or "auto". pace: 2 is twice as fast. acts: names of the acts to show,
    or of single beats as act.beat, default all.
    focus: a Focus, what to emphasise. media: a Media, what the aside shows. form: of the picture, one of FORMATS.
    theme: its colours, one of THEMES. fps: frames a second. own: OwnTexts, its title and who made it.
    voice: a Speaker or Recorded that says the captions; each stands until it is said.
    Raises FilmError when the recording can't be shown. Then, and when it is closed before the end, nothing is left
    behind. Between the steps Blender may be used, and what the user makes meanwhile stays.
    """
    made = set()
    steps = _steps(recording, *wishes, **more)
    try:
        while True:
            if made - ownership.alive():
                raise FilmError("A part of the film was deleted while it was being built; build it again.")
            with ownership.marking(made):
                try:
                    step = next(steps)
                except StopIteration as end:
                    return end.value
            yield step
    except BaseException:
        steps.close()
        ownership.remove(made)
        raise


def _steps(
    recording,
    language="auto",
    pace=1.0,
    acts=None,
    name="Transformer Cinema",
    focus=None,
    media=None,
    form="16:9",
    theme="dark",
    fps=FPS,
    own=None,
    voice=None,
):
    yield 0, TOTAL, "stage"
    picture = Picture(FORMATS[form])
    script = yield from _told(
        (0, TOTAL, "stage"), on_thread(lambda *_: make_script(recording, focus, picture.most_tokens))
    )
    picture = replace(picture, top=prompt_height(script, picture))
    check_wishes(language, pace, acts)
    if theme not in THEMES:
        raise FilmError(f"There is no theme called {theme}; choose one of {', '.join(THEMES)}.")
    language = chosen(language, recording.prompt, bpy.app.translations.locale)
    scene = bpy.data.scenes.new(name)
    scene[ownership.UNFINISHED] = True
    scene.render.fps = fps
    scene[LANGUAGE] = language
    scene.sync_mode = "FRAME_DROP"  # a slow machine plays fewer frames, not a slower film
    film = Film(scene, fps, pace, acts)
    film.own, film.voice = own or film.own, voice
    studio = Studio(film, script, scene, language, picture, theme)
    camera, ground, caption_frame = set_stage(studio)
    cast = yield from _told(_progress_of_cast, assemble(studio, camera, ground, media or Media.of()))
    yield len(ACTORS), TOTAL, "captions"
    film.captions = Captions(studio, caption_frame)
    for done, (act, play) in enumerate(ACTS.items(), start=1 + len(ACTORS)):
        yield done, TOTAL, act
        steps = play(film, cast)
        if steps:
            yield from _told((done, TOTAL, act), steps)
    yield TOTAL - 2, TOTAL, "keyframes"
    yield from _told((TOTAL - 2, TOTAL, "keyframes"), film.finish_in_steps())
    yield TOTAL - 1, TOTAL, "evidence"
    parts = yield from _told((TOTAL - 1, TOTAL, "evidence"), number_steps(scene))
    evidence = Evidence.of(script, theme, parts)
    data = yield from _told((TOTAL - 1, TOTAL, "evidence"), on_thread(lambda *_: evidence.to_bytes()))
    keep(studio.collections["Tensors"], data)
    facts.keep(scene, evidence, script.label)
    versions.stamp(scene)
    del scene[ownership.UNFINISHED]
    yield TOTAL, TOTAL, "film"
    return scene, film


def _progress_of_cast(actor):
    return 1 + ACTORS.index(actor), TOTAL, "cast"


def _told(told, steps):
    """Steps that say how far the film is, instead of what they say themselves -> what they return."""
    with closing(steps):
        while True:
            try:
                step = next(steps)
            except StopIteration as end:
                return end.value
            yield told(step) if callable(told) else told
