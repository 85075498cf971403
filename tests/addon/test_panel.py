"""The panel and its operator, as a script would use them."""

import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest

from transformer_cinema import register, unregister
from transformer_cinema.addon import beats
from transformer_cinema.addon.film import facts
from transformer_cinema.addon.film.errors import FilmError

from .conftest import everything

ROOT = Path(__file__).parents[2]


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
    assert (facts.read(scene).tokens, facts.read(scene).layers) == (2, 6)
    assert not facts.read(before)

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
    assert facts.read(bpy.context.window.scene).drawn == [recording.vocabulary.label(recording.steps[0].draw.token)]


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
    from transformer_cinema.addon.film.errors import FilmError
    from transformer_cinema.addon.film.film import Film

    def fail(film):
        raise FilmError("The film tore.")

    monkeypatch.setattr(Film, "finish", fail)
    before = everything(bpy)
    with pytest.raises(RuntimeError, match="The film tore."):
        bpy.ops.cinema.build_film()
    assert everything(bpy) == before


def test_all_settings_reach_the_film(bpy, settings):
    """A short one with everything that can be asked for; what it draws is that of the same call."""
    from transformer_cinema.addon.film.evidence import find

    settings.prompt, settings.contrast = "The old cat sat", "An old cat ran"
    settings.top_k, settings.top_p, settings.seed, settings.temperature = 5, 0.9, 3, 1.2
    settings.focus_layer, settings.focus_head, settings.focus_token = 3, 2, 4
    settings.form, settings.pace, settings.language, settings.theme = "9:16", 2.0, "zh", "paper"
    for act in ("prologue", "embedding", "mlp", "stack", "loop"):
        setattr(settings, act, False)
    bpy.ops.cinema.build_film()
    scene = bpy.context.window.scene
    evidence = find(scene)
    sampling = evidence.sampling
    assert (sampling.top_k, sampling.top_p, sampling.seed, sampling.temperature) == (5, 0.9, 3, 1.2)
    assert (evidence.focus_layer, evidence.focus_head, evidence.focus_query) == (2, 1, 3)
    assert len(evidence.word_cosines), "the second prompt"
    assert {marker.name.partition(".")[0] for marker in scene.timeline_markers} == {"attention", "unembedding"}
    assert scene.render.resolution_x < scene.render.resolution_y
    made = scene.transformer_cinema
    assert all(getattr(made, name) == getattr(settings, name) for name in type(settings).__annotations__)


def test_a_model_that_vanished_is_said(bpy, settings, tmp_path):
    """It was there when it was chosen."""
    from checkpoints import write_checkpoint

    settings.model, settings.model_folder = "FOLDER", str(write_checkpoint(tmp_path / "model"))
    (tmp_path / "model" / "model.safetensors").unlink()
    with pytest.raises(RuntimeError, match="model.safetensors"):
        bpy.ops.cinema.build_film()


def test_that_the_model_ran_in_another_way_stays_in_the_panel(bpy, settings, monkeypatch):
    from transformer_cinema.addon import work
    from transformer_cinema.inference import stages

    monkeypatch.setattr(stages, "notice", lambda: "onnxruntime can't be loaded; plain numpy does the work.")
    assert bpy.ops.cinema.build_film() == {"FINISHED"}
    assert work.message().kind == "WARNING" and "plain numpy" in work.message().text
    assert "plain numpy" in " ".join(text for text in drawn(bpy) if text)


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
    film.transformer_cinema.replace = False
    bpy.ops.cinema.build_film()
    assert bpy.context.window.scene != film and len(bpy.data.scenes) == len(scenes) + 2


def test_the_timeline_goes_to_an_act(bpy, film):
    first = min(one.frame for one in film.timeline_markers if one.name.startswith("attention."))
    assert bpy.ops.cinema.jump_to_act(act="attention") == {"FINISHED"}
    assert film.frame_current == first > 1


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


def test_rendering_is_set_up_for_a_video(bpy, film, tmp_path):
    from transformer_cinema.addon.operators.rendering import prepare

    film.transformer_cinema.video = str(tmp_path / "new" / "my.film")
    film.transformer_cinema.quality = "preview"
    prepare(film)
    assert film.render.filepath == str(tmp_path / "new" / "my.film.mp4") and (tmp_path / "new").is_dir()
    assert film.render.image_settings.file_format == "FFMPEG" and film.render.ffmpeg.codec == "H264"
    assert film.render.resolution_y == 540
    film.transformer_cinema.video = str(tmp_path / "new")
    with pytest.raises(FilmError, match="is a folder"):
        prepare(film)


def test_rendering_leaves_what_the_user_has_changed(bpy, film, tmp_path):
    """His compositor and his camera stay as they are; an untouched compositor follows the quality."""
    from transformer_cinema.addon import compat
    from transformer_cinema.addon.operators.rendering import prepare

    settings = film.transformer_cinema
    settings.video = str(tmp_path / "film.mp4")
    settings.quality = "preview"
    prepare(film)
    kinds = [node.bl_idname for node in compat.compositor_of(film).nodes]
    assert "CompositorNodeAlphaOver" in kinds, "captions are laid over"
    compat.compositor_of(film).nodes.new("CompositorNodeBlur").name = "Mine"
    mine = bpy.data.objects.new("Mine", bpy.data.cameras.new("Mine"))
    mine.data.dof.use_dof = True
    film.collection.objects.link(mine)
    film.camera = mine
    settings.quality = "draft"
    prepare(film)
    assert "Mine" in compat.compositor_of(film).nodes and mine.data.dof.use_dof
    film.camera = None
    with pytest.raises(FilmError, match="no camera"):
        prepare(film)


def test_a_film_remembers_what_it_was_made_from(bpy, settings):
    """Whatever is typed while it is being built."""
    from transformer_cinema.addon.operators.building import building

    settings.prompt, settings.new_tokens, settings.seed = "the king", 1, 5
    steps = building(bpy.context.scene, bpy.context.window)
    next(steps), next(steps)
    settings.prompt, settings.seed = "something else", 9
    for _ in steps:
        pass
    film = next(scene for scene in bpy.data.scenes if facts.read(scene))
    assert (film.transformer_cinema.prompt, film.transformer_cinema.seed) == ("the king", 5)
    assert facts.read(film).prompt == "the king"


def test_an_unsaved_file_has_nothing_beside_it(bpy, settings):
    bpy.ops.cinema.build_film()
    with pytest.raises(RuntimeError, match="never saved; save it, or choose another place"):
        bpy.ops.cinema.render_film()


@pytest.mark.slow
def test_there_is_a_still_of_every_beat(bpy, film, tmp_path):
    film.transformer_cinema.stills = str(tmp_path)
    assert bpy.ops.cinema.preview_stills() == {"FINISHED"}
    names = [path.stem.partition("-")[2].replace("-", ".") for path in sorted(tmp_path.glob("*.png"))]
    assert names == [marker.name for marker in sorted(film.timeline_markers, key=lambda one: one.frame)]
    assert (tmp_path / "contact-sheet.jpg").stat().st_size > 10_000


# --- what is drawn, and what is left -----------------------------------------------------------------


class Layout:
    """Stands in for UILayout: notes what is drawn, and fails on what doesn't exist."""

    def __init__(self, drawn):
        self.__dict__["drawn"] = drawn

    def __getattr__(self, name):
        def draw(*args, **options):
            return (self, self) if name == "panel" else self

        return draw

    def __setattr__(self, name, value):
        self.__dict__[name] = value

    def label(self, text="", **options):
        self.drawn.append(text)

    def prop(self, owner, name, **options):
        assert name in owner.bl_rna.properties, name
        self.drawn.append(name)

    def operator(self, name, text="", **options):
        import bpy

        group, verb = name.split(".")
        assert verb in dir(getattr(bpy.ops, group)), name
        self.drawn.append(name)
        return Layout(self.drawn)


def drawn(bpy):
    """Draw all panels of the tab -> what they show."""
    from types import SimpleNamespace

    from transformer_cinema.addon import panels

    region, found = SimpleNamespace(width=280), []
    preferences = SimpleNamespace(system=SimpleNamespace(ui_scale=1.0))  # without a window it is 0
    context = SimpleNamespace(scene=bpy.context.scene, region=region, preferences=preferences)
    hidden = set()
    for panel in panels.CLASSES:
        if getattr(panel, "bl_parent_id", None) in hidden or (hasattr(panel, "poll") and not panel.poll(context)):
            hidden.add(panel.bl_idname)
        else:
            panel.draw(SimpleNamespace(layout=Layout(found)), context)
    return found


def test_the_panel_shows_every_setting(bpy, settings, monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.setenv("TRANSFORMER_CINEMA_CACHE", str(tmp_path))
    shown = drawn(bpy)
    late = {"model_name", "model_folder", "replace", "keep_materials", "stills", "video"}
    assert set(type(settings).__annotations__) - late <= set(shown)
    assert "cinema.build_film" in shown and "cinema.render_film" not in shown
    settings.model = "FOLDER"
    assert "model_folder" in drawn(bpy)
    settings.model = "gpt2"
    assert {"cinema.download_model", "549 MB · MIT", "screen.userpref_show"} <= set(drawn(bpy)), "and where to allow it"


def test_the_panel_shows_what_was_built(bpy, film):
    shown = drawn(bpy)
    known = facts.read(film)
    assert {f"Next word: {known.drawn[0]}", known.words[9][0], f"{100 * known.words[9][1]:.1f} %"} <= set(shown)
    assert {"replace", "cinema.preview_stills", "cinema.render_film", "cinema.verify_film"} <= set(shown)
    assert shown.count("cinema.jump_to_act") == 7


def test_the_prompt_is_counted_by_the_models_own_tokenizer(bpy, settings):
    from transformer_cinema.addon import counting
    from transformer_cinema.inference.model import EMBEDDED_MODEL
    from transformer_cinema.inference.tokens import Tokenizer

    settings.prompt = "Once upon a time, 词元"
    counting.count(settings)
    counting._loading[EMBEDDED_MODEL].wait(30)
    expected = len(Tokenizer.find(EMBEDDED_MODEL).encode(settings.prompt))
    assert counting.count(settings) == expected and f"{expected} tokens" in drawn(bpy)
    settings.prompt = "cat " * 300
    assert any("at most 95 fit" in text for text in drawn(bpy))
    settings.model = "FOLDER"
    assert counting.count(settings) is None


def test_presets_are_loaded_and_saved(bpy, settings, monkeypatch, tmp_path):
    from transformer_cinema.addon import presets

    paths = [path for folder in bpy.utils.preset_paths(presets.FOLDER) for path in Path(folder).glob("*.py")]
    names = {bpy.path.display_name(path.name, title_case=False): path for path in paths}
    every = ["prologue", "embedding", "attention", "mlp", "stack", "unembedding", "loop"]
    wanted = {
        "60-second classic": (every, "16:9"),
        "Attention close-up": (["prologue", "attention"], "16:9"),
        "Probabilities only": (["unembedding", "loop"], "16:9"),
        "Vertical short": (["prologue", "attention", "unembedding", "loop"], "9:16"),
    }
    assert set(wanted) <= set(names)
    for name, (acts, form) in wanted.items():
        settings.seed = 5
        bpy.ops.script.execute_preset(filepath=str(names[name]), menu_idname="CINEMA_MT_film_presets")
        assert settings.prompt == "The cat" and settings.seed == 0
        assert (settings.acts, settings.form) == (acts, form)

    monkeypatch.setattr(bpy.utils, "user_resource", lambda kind, path="", create=False: str(tmp_path))
    settings.pace, settings.form = 1.5, "1:1"
    assert bpy.ops.cinema.film_preset_add(name="mine") == {"FINISHED"}
    settings.pace, settings.form = 1.0, "16:9"
    bpy.ops.script.execute_preset(filepath=str(tmp_path / "mine.py"), menu_idname="CINEMA_MT_film_presets")
    assert (settings.pace, settings.form) == (1.5, "1:1")


def test_the_online_manual_is_a_page_of_the_zip(bpy, monkeypatch, tmp_path):
    """Right-click > Online Manual opens the part that speaks of what was clicked."""
    from _packaging import manual as packaging
    from transformer_cinema.addon import manual

    folder = tmp_path / "manual"
    monkeypatch.setattr(manual, "FOLDER", folder)
    assert manual.pages() == ("", ()), "run from a checkout there are no pages"
    for path in (ROOT / "docs/manual").glob("*.md"):
        for name, data in packaging.pages({f"docs/manual/{path.name}": path.read_bytes()}).items():
            folder.mkdir(exist_ok=True)
            (tmp_path / name).write_bytes(data)
    address, pages = manual.pages()
    assert address == folder.as_uri() + "/"
    parts = {"FilmSettings.prompt": "Prompt", "FilmSettings.top_k": "Sampling", "FilmSettings.mlp": "Acts"}
    for asked, heading in parts.items():
        found = next(page for pattern, page in pages if fnmatch(f"bpy.types.{asked}".lower(), pattern))
        name, _, anchor = found.partition("#")
        assert f'<h2 id="{anchor}">{heading}</h2>' in (folder / name).read_text(encoding="utf-8")
    for _, page in pages:
        name, _, anchor = page.partition("#")
        for language in ("en.html", "zh.html"):
            assert not anchor or f'id="{anchor}"' in (folder / language).read_text(encoding="utf-8")


def test_every_property_and_operator_has_a_tooltip(bpy, settings):
    for prop in settings.bl_rna.properties:
        if prop.identifier not in ("rna_type", "name"):
            assert prop.description, prop.identifier
    for name in dir(bpy.ops.cinema):
        assert getattr(bpy.ops.cinema, name).get_rna_type().description, name


def test_a_hundred_cycles_leave_no_trace(fresh_blender):
    bpy = fresh_blender
    handlers = [getattr(bpy.app.handlers, name) for name in dir(bpy.app.handlers)]
    lists = [one for one in handlers if isinstance(one, list)]

    def traces():
        return (
            set(dir(bpy.types)),
            set(dir(bpy.types.Scene)),
            set(dir(bpy.ops.cinema)),
            [len(one) for one in lists],
            len(bpy.types.VIEW3D_MT_add._dyn_ui_initialize()),
            set(bpy.utils.preset_paths("transformer_cinema")),
            len(list(bpy.utils.manual_map())),
        )

    register()
    unregister()  # Blender makes a menu's list of draw functions when the first is added
    before = traces()
    for _ in range(100):
        register()
        assert bpy.ops.cinema.build_film.poll()
        unregister()
    assert traces() == before


def test_disabling_stops_what_is_going_on(fresh_blender, short):
    from transformer_cinema.addon import work
    from transformer_cinema.addon.film.build import build_steps

    bpy = fresh_blender
    register()
    before = everything(bpy)
    going = work.begin("Building", build_steps(short), bpy.context.window)
    while going.done < 0.5 * going.total:
        going.advance()
    assert everything(bpy) != before
    unregister()
    assert everything(bpy) == before and work.current() is None


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
