"""What the panel draws, presets, the manual, and what enabling and disabling leave."""

import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

from transformer_cinema import register, unregister
from transformer_cinema.addon.film import facts

from .conftest import everything

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
    late = {"model_name", "model_folder", "replace", "keep_materials", "stills", "video", "transparent", "volume"}
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
    from transformer_cinema.addon.film.cuts import SHORT

    paths = [path for folder in bpy.utils.preset_paths(presets.FOLDER) for path in Path(folder).glob("*.py")]
    names = {bpy.path.display_name(path.name, title_case=False): path for path in paths}
    every = ["prologue", "embedding", "attention", "mlp", "stack", "unembedding", "loop"]
    wanted = {
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
