"""A recording -> a scene with the whole film in it."""

import bpy

from .acts import ACTS
from .captions import Captions
from .cast import assemble
from .direction import direct
from .errors import FilmError
from .film import Film
from .stage import set_stage
from .studio import Studio

FPS = 24


def build_film(recording, language="both", pace=1.0, acts=None, name="Transformer Cinema", progress=None):
    """Make a new scene that shows the recording -> (scene, Film).

    language: en, zh or both. pace: 2 is twice as fast. acts: names of the acts to show, default all; the others
    are played in no time, so that each act finds the stage as it expects it. progress(done, total, what).
    Raises FilmError when the recording can't be shown; then nothing is left behind.
    """
    script = direct(recording)
    unknown = set(acts or ()) - set(ACTS)
    if unknown:
        raise FilmError(f"There is no act called {min(unknown)}; the acts are {', '.join(ACTS)}.")
    report = progress or (lambda done, total, what: None)
    total = len(ACTS) + 3
    scene = bpy.data.scenes.new(name)
    report(0, total, "stage")
    scene.render.fps = FPS
    film = Film(scene, FPS, pace)
    studio = Studio(film, script, scene)
    camera, floor, caption_frame = set_stage(studio)
    report(1, total, "cast")
    cast = assemble(studio, camera, floor)
    film.captions = Captions(studio, caption_frame, language)
    for done, (act, play) in enumerate(ACTS.items(), start=2):
        report(done, total, act)
        if acts is None or act in acts:
            play(film, cast)
    report(total - 1, total, "keyframes")
    film.finish()
    report(total, total, "film")
    return scene, film
