"""What the panel draws, presets, the manual."""

import threading
from fnmatch import fnmatch
from pathlib import Path

import pytest

from transformer_cinema.addon import lookups
from transformer_cinema.addon.film import facts
from transformer_cinema.addon.panels.result import shown

ROOT = Path(__file__).parents[2]


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
        if name.startswith("["):  # an input of a modifier, in Blender 4.5
            owner.path_resolve(name)
        else:
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
    context = SimpleNamespace(
        scene=bpy.context.scene, region=region, preferences=preferences, object=bpy.context.view_layer.objects.active
    )
    hidden = set()
    for panel in panels.CLASSES:
        if getattr(panel, "bl_parent_id", None) in hidden or (hasattr(panel, "poll") and not panel.poll(context)):
            hidden.add(panel.bl_idname)
        else:
            panel.draw(SimpleNamespace(layout=Layout(found)), context)
    return found


def test_poems_is_offered_where_the_prompt_is_chinese(bpy, settings):
    assert "wm.context_set_enum" not in drawn(bpy)
    settings.prompt = "床前明月光"
    assert "wm.context_set_enum" in drawn(bpy)
    bpy.ops.wm.context_set_enum(data_path="scene.transformer_cinema.model", value="poems")
    assert settings.model == "poems"
    assert "wm.context_set_enum" not in drawn(bpy)


def test_the_panel_shows_every_setting(bpy, settings, monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.setenv("TRANSFORMER_CINEMA_CACHE", str(tmp_path))
    shown = drawn(bpy)
    late = {
        "model_name",
        "model_folder",
        "replace",
        "keep_materials",
        "stills",
        "video",
        "job",
        "transparent",
        "volume",
    }
    assert set(type(settings).__annotations__) - late <= set(shown)
    assert "cinema.build_film" in shown and "cinema.render_film" not in shown
    settings.model = "FOLDER"
    assert "model_folder" in drawn(bpy)
    settings.model = "gpt2"
    drawn(bpy)
    lookups.wait()
    assert {"cinema.download_model", "549 MB · MIT", "screen.userpref_show"} <= set(drawn(bpy)), "and where to allow it"


def test_the_panel_shows_what_was_built(bpy, film):
    seen = drawn(bpy)
    known = facts.read(film)
    words = {f"Next word: “{shown(known.drawn[0])}”", shown(known.words[9][0]), f"{100 * known.words[9][1]:.1f} %"}
    assert words <= set(seen)
    assert {"replace", "cinema.preview_stills", "cinema.render_film", "cinema.verify_film"} <= set(seen)
    assert {"cinema.show_film", "cinema.leave_film", "cinema.farm_job"} <= set(seen)
    assert seen.count("cinema.jump_to_act") == 7


def test_tokens_are_shown_as_words():
    assert [shown(token) for token in ("·white", "ig", "·", ",", "月")] == ["white", "…ig", "·", ",", "月"]


def test_drawing_reads_nothing_on_disk(bpy, settings, film, monkeypatch):
    """Whatever the model: a network drive that doesn't answer must not stop the panel."""
    import builtins
    import os

    drawn(bpy)  # imports what it needs
    lookups.wait()
    for model in ("storybook", "gpt2", "FOLDER"):
        bpy.context.scene.transformer_cinema.model = model
        touched = []
        with monkeypatch.context() as patched:
            for owner, name in ((os, "stat"), (os, "scandir"), (os, "listdir"), (builtins, "open"), (os, "lstat")):
                real = getattr(owner, name)

                def watched(*args, real=real, touched=touched, **options):
                    if threading.current_thread() is threading.main_thread():
                        touched.append(args[0])
                    return real(*args, **options)

                patched.setattr(owner, name, watched)
            drawn(bpy)
        lookups.wait()
        assert not touched


@pytest.mark.slow
def test_the_panel_says_when_settings_have_changed(bpy, settings):
    bpy.ops.cinema.build_film()
    scene = bpy.context.window.scene
    assert "The film matches the settings" in drawn(bpy)
    scene.transformer_cinema.quality = "sketch"
    assert "The film matches the settings" in drawn(bpy), "it needs no new film"
    scene.transformer_cinema.prompt = "The dog"
    assert "Settings changed since it was built" in drawn(bpy)


@pytest.mark.parametrize(
    ("prompt", "note", "is_said"),
    [
        ("Жила-была", "knows English only", True),
        ("Café, naïve", "knows English only", False),
        ("שלום", "right-to-left scripts", True),
        ("قال الملك", "right-to-left scripts", True),
        ("Жила-была", "right-to-left scripts", False),
    ],
)
def test_what_becomes_of_a_script_is_said(bpy, settings, prompt, note, is_said):
    settings.prompt = prompt
    assert (note in " ".join(filter(None, drawn(bpy)))) == is_said


def test_the_selected_element_is_directed_in_words(bpy, film):
    from transformer_cinema.addon import elements

    layer = bpy.context.view_layer
    beams = film.objects["Attention beams"]
    film.frame_set(next(one.frame for one in film.timeline_markers if one.name == "attention.head") + 30)
    assert bpy.ops.cinema.select_element(name="Attention beams") == {"FINISHED"}
    assert layer.objects.active == beams and beams.select_get()
    labels = [control.label for _, _, control in elements.controls(beams)]
    assert {"Layer, from 0", "Other Heads", "Least Weight"} <= set(labels) and "Line at X" not in labels
    assert elements.subjects(film), "what the picture is about"
    for beat in ("prologue.dive", "embedding.meaning", "loop.append"):  # whose subjects the picture's edge may cut
        film.frame_set(next(one.frame for one in film.timeline_markers if one.name == beat) + 5)
        assert elements.subjects(film), beat
    seen = drawn(bpy)
    assert "cinema.select_element" in seen and "show_viewport" in seen


def test_every_input_and_part_of_a_node_group_is_named(bpy, film):
    """In words of the extension's own, which it has translations for; what is large stands in frames."""
    from transformer_cinema.addon import inputs

    words = {known.label for known in inputs.INPUTS.values()}
    groups = {one.node_group for owner in film.objects for one in owner.modifiers if one.type == "NODES"}
    for group in groups:
        items = [one for one in group.interface.items_tree if one.item_type == "SOCKET" and one.name != "Geometry"]
        named = [one for one in items if one.name in words or inputs.NUMBERED.fullmatch(one.name)]
        assert named == items, (group.name, [one.name for one in items if one not in named])
        assert all(one.description for one in items) and len({one.name for one in items}) == len(items)
        frames = [one for one in group.nodes if one.type == "FRAME"]
        assert all(one.label for one in frames) and (frames or len(group.nodes) < 12), group.name
    for name, known in inputs.INPUTS.items():
        assert inputs.short(known.label) == name.rpartition("/")[2], "a name in words is that of one input"


def test_a_film_is_removed_and_the_users_things_stay(bpy, film):
    mine = bpy.data.objects.new("Mine", None)
    film.collection.objects.link(mine)
    assert bpy.ops.cinema.remove_film() == {"FINISHED"}
    assert [one.name for one in film.collection.all_objects] == ["Mine"]
    assert len(bpy.data.scenes) == 1, "its captions are gone, too"


@pytest.mark.slow
def test_that_the_model_ran_in_another_way_stays_in_the_panel(bpy, settings, monkeypatch):
    from transformer_cinema.addon import work
    from transformer_cinema.inference import stages

    monkeypatch.setattr(stages, "notice", lambda: "onnxruntime can't be loaded; plain numpy does the work.")
    assert bpy.ops.cinema.build_film() == {"FINISHED"}
    assert work.message().kind == "WARNING" and "plain numpy" in work.message().text
    assert "plain numpy" in " ".join(text for text in drawn(bpy) if text)


def test_the_prompt_is_counted_by_the_models_own_tokenizer(bpy, settings):
    from transformer_cinema.addon import counting
    from transformer_cinema.inference.model import EMBEDDED_MODEL
    from transformer_cinema.inference.tokens import Tokenizer

    settings.prompt = "Once upon a time, 词元"
    assert counting.count(settings) is None, "nothing is read while it is drawn"
    lookups.wait()
    counting.count(settings)  # now that it is known where the tokenizer is
    lookups.wait()
    expected = len(Tokenizer.find(EMBEDDED_MODEL).encode(settings.prompt))
    assert counting.count(settings) == expected and f"{expected} tokens" in drawn(bpy)
    settings.prompt = "cat " * 300
    counting.count(settings)
    lookups.wait()
    assert any("at most 95 fit" in text for text in drawn(bpy))
    settings.model = "FOLDER"
    assert counting.count(settings) is None


def test_a_tokenizer_that_takes_its_time_does_not_stop_the_panel(bpy, settings, monkeypatch):
    from transformer_cinema.addon import counting
    from transformer_cinema.inference.tokens import Tokenizer

    let_go, threads = threading.Event(), []

    def slow(tokenizer, text):
        threads.append(threading.current_thread())
        let_go.wait(30)
        return [1, 2, 3]

    counting.count(settings)
    lookups.wait()  # now it is known where the tokenizer is
    monkeypatch.setattr(Tokenizer, "encode", slow)
    settings.prompt = "a text that was never counted"
    assert counting.count(settings) is None and drawn(bpy), "the panel is drawn while the thread is at work"
    assert counting.count(settings) is None
    let_go.set()
    lookups.wait()
    assert counting.count(settings) == 3
    assert len(threads) == 1 and threading.main_thread() not in threads


def test_presets_are_loaded_and_saved(bpy, settings, monkeypatch, tmp_path):
    from transformer_cinema.addon import presets
    from transformer_cinema.addon.film.cuts import SHORT

    paths = [path for folder in bpy.utils.preset_paths(presets.FOLDER) for path in Path(folder).glob("*.py")]
    names = {bpy.path.display_name(path.name, title_case=False): path for path in paths}
    every = ["prologue", "embedding", "attention", "mlp", "stack", "unembedding", "loop"]
    wanted = {
        "Default": (every, "16:9"),
        "Two-minute film": (every, "16:9"),
        "Attention close-up": (["prologue", "attention"], "16:9"),
        "Probabilities only": (["unembedding", "loop"], "16:9"),
        "Vertical short": (list(SHORT), "9:16"),
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


def test_preferences_list_what_was_downloaded_and_delete_only_that(bpy, monkeypatch, tmp_path):
    from checkpoints import write_checkpoint
    from transformer_cinema.addon import models, preferences

    monkeypatch.setattr(models, "cache", lambda: tmp_path / "models")
    write_checkpoint(tmp_path / "models" / "owner--small")
    (tmp_path / "models" / "letters").mkdir()
    (tmp_path / "mine").mkdir()

    def seen():
        found = []
        preferences._draw_models(Layout(found))
        return found

    seen()
    lookups.wait()
    assert any(text.startswith("owner--small · ") for text in seen()) and seen().count("cinema.delete_model") == 1
    for name in ("letters", "../mine", "..", "", "owner--none"):
        assert bpy.ops.cinema.delete_model(name=name) == {"CANCELLED"}
    assert (tmp_path / "mine").is_dir() and (tmp_path / "models" / "letters").is_dir()
    assert bpy.ops.cinema.delete_model(name="owner--small") == {"FINISHED"}
    assert not (tmp_path / "models" / "owner--small").exists()
