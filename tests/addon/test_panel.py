"""The panel and its operator, as a script would use them."""

import subprocess
import sys
from pathlib import Path

import pytest

from transformer_cinema import register, unregister

ROOT = Path(__file__).parents[2]


@pytest.fixture
def bpy(fresh_blender):
    """A fresh Blender with the extension enabled."""
    register()
    yield fresh_blender
    unregister()


@pytest.fixture
def settings(bpy):
    """The settings of the open scene; on one short prompt."""
    settings = bpy.context.scene.transformer_cinema
    settings.prompt, settings.new_tokens = "The cat", 1
    return settings


def everything(bpy):
    return {(type(made).__name__, made.name) for made in bpy.data.user_map()}


def test_a_film_is_built_and_shown(bpy, settings):
    settings.language, settings.new_tokens = "en", 2
    before = bpy.context.window.scene
    assert bpy.ops.cinema.build_film() == {"FINISHED"}

    scene = bpy.context.window.scene
    assert scene != before
    assert scene.camera and scene.frame_end > 1000
    assert any(marker.name.startswith("attention.") for marker in scene.timeline_markers)
    made = scene.transformer_cinema
    assert (made.prompt, made.new_tokens, made.language) == ("The cat", 2, "en")
    assert made.summary.startswith("2 tokens · 6 layers · ")
    assert not before.transformer_cinema.summary

    spaces = [area.spaces.active for area in bpy.context.window.screen.areas if area.type == "VIEW_3D"]
    assert spaces
    for space in spaces:
        assert space.region_3d.view_perspective == "CAMERA"
        assert (space.shading.type, space.shading.color_type) == ("SOLID", "VERTEX")


def test_the_same_settings_choose_the_same_words_as_the_scripts(bpy, settings):
    from transformer_cinema.inference.model import EMBEDDED_MODEL, Model
    from transformer_cinema.inference.sampling import Sampling

    settings.seed = 3
    bpy.ops.cinema.build_film()
    recording = Model.load(EMBEDDED_MODEL).generate("The cat", Sampling(seed=3), 1)
    word = recording.vocabulary.text([recording.steps[0].draw.token])
    assert f"“{word.strip()}”" in bpy.context.window.scene.transformer_cinema.summary


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("prompt", "", "The prompt is empty; type at least one word."),
        ("prompt", "cat " * 40, "shorten the prompt"),
        ("model_folder", "/no/such/folder", "/no/such/folder"),
        ("model_folder", "//beside_the_blend_file", "beside_the_blend_file"),
        ("model_folder", "", "No folder is chosen"),
        ("model_name", "gpt3", "no model is known by that name"),
        ("model_name", "someone/unfetched", "unfetched is not on this machine; download it first"),
    ],
)
def test_what_cannot_be_filmed_is_said_and_leaves_nothing(bpy, settings, name, value, sentence):
    settings.model = {"model_folder": "FOLDER", "model_name": "HUB"}.get(name, "storybook")
    setattr(settings, name, value)
    before, scene = everything(bpy), bpy.context.window.scene
    with pytest.raises(RuntimeError) as raised:
        bpy.ops.cinema.build_film()
    message = str(raised.value).removeprefix("Error: ").strip()
    assert sentence in message and "\n" not in message and "Traceback" not in message
    assert everything(bpy) == before
    assert bpy.context.window.scene == scene and not settings.summary


def test_a_film_that_fails_halfway_leaves_nothing(bpy, settings, monkeypatch):
    from transformer_cinema.addon.film.errors import FilmError
    from transformer_cinema.addon.film.film import Film

    def fail(film):
        raise FilmError("The film tore.")

    monkeypatch.setattr(Film, "finish", fail)
    before = everything(bpy)
    with pytest.raises(RuntimeError, match="The film tore."):
        bpy.ops.cinema.build_film()
    assert everything(bpy) == before


def test_every_property_has_a_tooltip(bpy, settings):
    for prop in settings.bl_rna.properties:
        if prop.identifier not in ("rna_type", "name"):
            assert prop.description, prop.identifier


def test_a_hundred_cycles_leave_no_trace(fresh_blender):
    bpy = fresh_blender

    def traces():
        return set(dir(bpy.types)), set(dir(bpy.types.Scene)), set(dir(bpy.ops.cinema))

    before = traces()
    for _ in range(100):
        register()
        assert bpy.ops.cinema.build_film.poll()
        unregister()
    assert traces() == before


def test_enabling_loads_neither_the_model_nor_the_film():
    """In a process of its own: other tests have long imported everything."""
    code = """if True:
        import sys, bpy, bootstrap
        package = bootstrap.load_package()
        package.register()
        heavy = ("onnxruntime", "tokenizers", "transformer_cinema.inference", "transformer_cinema.addon.film")
        print([name for name in heavy if name in sys.modules], flush=True)
        package.unregister()
    """
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT / "scripts", capture_output=True, text=True, timeout=120)
    assert done.stdout.splitlines()[-1:] == ["[]"], done.stdout + done.stderr
