"""A Blender with the extension enabled, and a small model to film with it."""

from collections import Counter

import pytest

from transformer_cinema import register, unregister

STEPS = []  # what was told while the film of `film_file` was built


@pytest.fixture
def bpy(fresh_blender):
    """A fresh Blender with the extension enabled."""
    register()
    yield fresh_blender
    unregister()


@pytest.fixture(autouse=True)
def silent(request, monkeypatch):
    """Films are built without their sound, which takes seconds, but for tests marked with `sound`."""
    from transformer_cinema.addon.film import soundtrack

    if not request.node.get_closest_marker("sound"):
        monkeypatch.setattr(soundtrack, "available", lambda: False)


@pytest.fixture
def settings(bpy):
    """The settings of the open scene; on one short prompt."""
    settings = bpy.context.scene.transformer_cinema
    settings.prompt, settings.new_tokens = "The cat", 1
    return settings


@pytest.fixture(scope="session")
def short(tmp_path_factory):
    """A recording of a small model: two layers, two tokens and a drawn one."""
    from checkpoints import write_checkpoint
    from transformer_cinema.inference.model import Model

    folder = write_checkpoint(tmp_path_factory.mktemp("models") / "small")
    return Model.load(folder).generate("the king", new_tokens=1)


@pytest.fixture(scope="session")
def film_file(short, tmp_path_factory):
    """A .blend with one film in its scene, as the scripts make it."""
    import bpy

    from transformer_cinema.addon.film.build import build_film
    from transformer_cinema.addon.film.ownership import marking
    from transformer_cinema.addon.output.qualities import apply_quality

    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    empty = bpy.context.scene
    scene, _ = build_film(short, "en", progress=lambda *step: STEPS.append(step))
    with marking():
        apply_quality(scene, "draft")
    bpy.context.window.scene = scene
    bpy.data.scenes.remove(empty)
    path = tmp_path_factory.mktemp("films") / "film.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    return path


@pytest.fixture
def film(bpy, film_file):
    """The scene of that film, opened anew."""
    bpy.ops.wm.open_mainfile(filepath=str(film_file))
    return bpy.context.scene


@pytest.fixture(scope="session")
def rebuilt_file(short, film_file, tmp_path_factory):
    """The same with another film of the same recording, in a scene of its own."""
    import bpy

    from transformer_cinema.addon.film.build import build_film

    bpy.ops.wm.open_mainfile(filepath=str(film_file))
    build_film(short, "en", name="Rebuilt")
    path = tmp_path_factory.mktemp("films") / "rebuilt.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    return path


@pytest.fixture
def rebuilt(bpy, rebuilt_file):
    """The scenes of both, opened anew: the film, and what is to take its place."""
    bpy.ops.wm.open_mainfile(filepath=str(rebuilt_file))
    return bpy.context.window.scene, bpy.data.scenes["Rebuilt"]


def everything(bpy):
    """The kinds and names of all data-blocks."""
    return {(type(made).__name__, made.name) for made in bpy.data.user_map()}


def kinds(bpy):
    """How many data-blocks there are of each kind."""
    return Counter(type(made).__name__ for made in bpy.data.user_map())
