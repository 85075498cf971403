"""The panel and its operator, as a script would use them."""

from pathlib import Path

import pytest

from transformer_cinema.addon import beats
from transformer_cinema.addon.film import facts
from transformer_cinema.addon.film.errors import FilmError

from .conftest import everything

ROOT = Path(__file__).parents[2]


def test_a_film_is_built_and_shown(bpy, settings):
    """With the words that the scripts would choose."""
    from transformer_cinema.inference.model import EMBEDDED_MODEL, Model
    from transformer_cinema.inference.sampling import Sampling

    settings.language, settings.new_tokens, settings.seed = "en", 2, 3
    before = bpy.context.window.scene
    assert bpy.ops.cinema.build_film() == {"FINISHED"}

    scene = bpy.context.window.scene
    assert scene != before
    assert scene.camera and scene.frame_end > 1000
    assert any(marker.name.startswith("attention.") for marker in scene.timeline_markers)
    made = scene.transformer_cinema
    assert (made.prompt, made.new_tokens, made.language) == ("The cat", 2, "en")
    assert (facts.read(scene).tokens, facts.read(scene).layers) == (2, 6)
    assert not facts.read(before)
    recording = Model.load(EMBEDDED_MODEL).generate("The cat", Sampling(seed=3), 2)
    assert facts.read(scene).drawn == [recording.vocabulary.label(step.draw.token) for step in recording.steps]
    with pytest.raises(RuntimeError, match="never saved; save it, or choose another place"):
        bpy.ops.cinema.render_film()

    spaces = [area.spaces.active for area in bpy.context.window.screen.areas if area.type == "VIEW_3D"]
    assert spaces
    for space in spaces:
        assert space.region_3d.view_perspective == "CAMERA"
        assert (space.shading.type, space.shading.color_type) == ("SOLID", "VERTEX")


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("prompt", "", "The prompt is empty; type at least one word."),
        ("prompt", "cat " * 200, "shorten the prompt"),
        ("contrast", "no word of it", "share"),
        ("image", "/no/such/picture.png", "There is no picture"),
        ("audio", "//no_such_sound.wav", "There is no sound"),
        ("focus_layer", 7, "There is no layer 7"),
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
    assert bpy.context.window.scene == scene and not facts.read(scene)


def test_a_film_that_fails_halfway_leaves_nothing(bpy, settings, monkeypatch):
    from transformer_cinema.addon.film.cast import tokens

    def fail(*arguments):
        raise FilmError("The film tore.")

    monkeypatch.setattr(tokens.Tokens, "__init__", fail)
    before = everything(bpy)
    with pytest.raises(RuntimeError, match="The film tore."):
        bpy.ops.cinema.build_film()
    assert everything(bpy) == before


def test_all_settings_reach_the_film(bpy, settings):
    """A short one with everything that can be asked for, whatever is typed while it is being built."""
    from transformer_cinema.addon import compat
    from transformer_cinema.addon.film.evidence import find
    from transformer_cinema.addon.operators.building import building

    settings.prompt, settings.contrast = "The old cat sat", "An old cat ran"
    settings.top_k, settings.top_p, settings.seed, settings.temperature = 5, 0.9, 3, 1.2
    settings.focus_layer, settings.focus_head, settings.focus_token = 3, 2, 4
    settings.form, settings.pace, settings.language, settings.theme = "9:16", 2.0, "zh", "paper"
    settings.title, settings.subtitle, settings.credit = "机器是怎样讲故事的", "A line", "By Ada"
    for act in ("embedding", "mlp", "stack"):
        setattr(settings, act, False)
    wanted = {name: getattr(settings, name) for name in type(settings).__annotations__}
    steps = building(bpy.context.scene, bpy.context.window)
    next(steps), next(steps)
    settings.prompt, settings.seed = "something else", 9
    for _ in steps:
        pass
    scene = next(one for one in bpy.data.scenes if facts.read(one))
    assert facts.read(scene).prompt == "The old cat sat"
    labels = [one for one in bpy.data.objects if one.modifiers and one.name.startswith("Caption ")]
    written = {compat.get_input(one.modifiers[0], "Text"): one for one in labels}
    assert "A line" in written and any(text.startswith("By Ada") for text in written)
    assert any("top-k 5 · top-p 0.9" in text for text in written), "how the words were drawn, on the card"
    title = written["机器是怎样讲故事的"]
    wide = 9 * compat.get_input(title.modifiers[0], "Size") * title.scale.x  # letters as wide as high
    assert 6 < wide < 9, "it fits into the narrow picture"
    evidence = find(scene)
    sampling = evidence.sampling
    assert (sampling.top_k, sampling.top_p, sampling.seed, sampling.temperature) == (5, 0.9, 3, 1.2)
    assert (evidence.focus_layer, evidence.focus_head, evidence.focus_query) == (2, 1, 3)
    assert len(evidence.word_cosines), "the second prompt"
    assert {marker.name.partition(".")[0] for marker in scene.timeline_markers} == {
        "prologue",
        "attention",
        "unembedding",
        "loop",
    }
    assert scene.render.resolution_x < scene.render.resolution_y
    made = scene.transformer_cinema
    assert {name: getattr(made, name) for name in wanted} == wanted


def test_a_model_that_vanished_is_said(bpy, settings, tmp_path):
    """It was there when it was chosen."""
    from checkpoints import write_checkpoint

    settings.model, settings.model_folder = "FOLDER", str(write_checkpoint(tmp_path / "model"))
    (tmp_path / "model" / "model.safetensors").unlink()
    with pytest.raises(RuntimeError, match="model.safetensors"):
        bpy.ops.cinema.build_film()


def test_the_checklist_has_the_acts_of_the_film():
    from transformer_cinema.addon.film import acts
    from transformer_cinema.addon.properties import ACTS

    assert list(ACTS) == list(acts.ACTS)


def test_nothing_to_show_is_said(bpy, settings):
    for act in settings.acts:
        setattr(settings, act, False)
    with pytest.raises(RuntimeError, match="A film needs at least one act"):
        bpy.ops.cinema.build_film()


# --- in the scene of a film ------------------------------------------------------------------------


def test_a_film_is_built_again_in_its_place(bpy, film):
    """Saved, opened, built again: the scene, its settings, and no second one."""
    film.transformer_cinema.prompt, film.transformer_cinema.new_tokens = "The dog", 1
    scenes = [scene.name for scene in bpy.data.scenes]
    assert bpy.ops.cinema.build_film() == {"FINISHED"}
    assert bpy.context.window.scene == film and [scene.name for scene in bpy.data.scenes] == scenes
    assert facts.read(film).prompt == "The dog"


def test_the_timeline_goes_to_an_act(bpy, film):
    first = min(one.frame for one in film.timeline_markers if one.name.startswith("attention."))
    assert bpy.ops.cinema.jump_to_act(act="attention") == {"FINISHED"}
    assert first > 1 and film.frame_current == first + film.render.fps, "its own picture is seen"


def test_beats_are_where_the_markers_are(bpy):
    scene = bpy.data.scenes.new("Marked")
    assert beats.beats(scene) == [] == beats.acts(scene)
    scene.frame_end = 90
    for frame, name in ((50, "mlp.lanes"), (10, "attention.head"), (30, "attention.add"), (20, "mine"), (40, "my.own")):
        scene.timeline_markers.new(name, frame=frame)
    assert beats.beats(scene) == [(10, 29, "attention", "head"), (30, 49, "attention", "add"), (50, 90, "mlp", "lanes")]
    assert beats.acts(scene) == [("attention", 10), ("mlp", 50)]


@pytest.mark.parametrize("operator", ["jump_to_act", "preview_stills", "render_film", "verify_film"])
def test_what_needs_a_film_is_grey_without_one(bpy, operator, capsys):
    assert not getattr(bpy.ops.cinema, operator).poll()
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.slow
def test_there_is_a_still_of_every_beat(bpy, film, tmp_path):
    film.transformer_cinema.stills = str(tmp_path)
    assert bpy.ops.cinema.preview_stills() == {"FINISHED"}
    names = [path.stem.partition("-")[2].replace("-", ".") for path in sorted(tmp_path.glob("*.png"))]
    assert names == [marker.name for marker in sorted(film.timeline_markers, key=lambda one: one.frame)]
    assert (tmp_path / "contact-sheet.jpg").stat().st_size > 10_000
