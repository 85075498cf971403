"""A recording -> a scene with the whole film in it."""

from contextlib import contextmanager

import bpy

from .acts import ACTS
from .captions import Captions
from .cast import assemble
from .direction import direct
from .errors import FilmError
from .evidence import store
from .film import Film, check_pace
from .framing import FORMATS, Picture
from .media import Media
from .stage import set_stage
from .studio import Studio
from .texts import LANGUAGES

FPS = 24


def check_wishes(language, pace, acts):
    """Raise FilmError for what build_film() would refuse, before the model has run for it."""
    unknown = set(acts or ()) - set(ACTS)
    if unknown:
        raise FilmError(f"There is no act called {min(unknown)}; the acts are {', '.join(ACTS)}.")
    if acts is not None and not acts:
        raise FilmError(f"A film needs at least one act; the acts are {', '.join(ACTS)}.")
    if language not in LANGUAGES:
        raise FilmError(f"There are no captions in {language}; choose one of {', '.join(LANGUAGES)}.")
    check_pace(pace)


def build_film(
    recording,
    language="both",
    pace=1.0,
    acts=None,
    name="Transformer Cinema",
    progress=None,
    focus=None,
    media=None,
    form="16:9",
):
    """Make a new scene that shows the recording -> (scene, Film).

    language: of the captions, one of LANGUAGES. pace: 2 is twice as fast. acts: names of the acts to show, default all.
    focus: a Focus, what to emphasise. media: a Media, what the aside shows. form: of the picture, one of FORMATS.
    progress(done, total, what). Raises FilmError when the recording can't be shown; then nothing is left behind.
    """
    script = direct(recording, focus)
    check_wishes(language, pace, acts)
    report = progress or (lambda done, total, what: None)
    total = len(ACTS) + 3
    with _all_or_nothing():
        report(0, total, "stage")
        scene = bpy.data.scenes.new(name)
        scene.render.fps = FPS
        film = Film(scene, FPS, pace, acts)
        studio = Studio(film, script, scene, language, Picture(FORMATS[form]))
        camera, ground, caption_frame = set_stage(studio)
        report(1, total, "cast")
        cast = assemble(studio, camera, ground, media or Media.of())
        film.captions = Captions(studio, caption_frame)
        for done, (act, play) in enumerate(ACTS.items(), start=2):
            report(done, total, act)
            play(film, cast)
        report(total - 1, total, "keyframes")
        film.finish()
        store(studio.collections["Tensors"], scene, script)
    report(total, total, "film")
    return scene, film


@contextmanager
def _all_or_nothing():
    """Remove every data-block that a failing build has made."""
    before = set(bpy.data.user_map())
    try:
        yield
    except BaseException:
        bpy.data.batch_remove(set(bpy.data.user_map()) - before)
        raise
