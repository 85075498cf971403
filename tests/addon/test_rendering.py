"""Render Film and Farm Job from the panel: what comes out, what is asked before, what is kept."""

import json
from pathlib import Path

import pytest

from transformer_cinema.addon import work
from transformer_cinema.addon.film.errors import FilmError
from transformer_cinema.addon.operators import rendering


@pytest.fixture
def small(film, tmp_path):
    """The film's scene, with four small pictures to render into a folder whose name Blender takes for a template."""
    film.render.resolution_x, film.render.resolution_y = 96, 54
    film.frame_start, film.frame_end = 100, 103
    film.transformer_cinema.video = str(tmp_path / "a {frame} b#" / "my.film")
    return film


def test_a_film_is_rendered_as_the_scene_says(bpy, small, tmp_path):
    assert bpy.ops.cinema.render_film() == {"FINISHED"}
    folder = tmp_path / "a {frame} b#"
    video = folder / "my.film.mp4"
    clip = bpy.data.movieclips.load(str(video))
    assert (tuple(clip.size), clip.frame_duration) == ((96, 54), 4), "its own size and range"
    assert {"my.film.en.srt", "my.film.zh.vtt", "my.film.chapters.txt"} <= {path.name for path in folder.iterdir()}
    assert not (folder / "my.film.frames").exists()
    assert work.message().path == str(video) and "is ready" in work.message().text
    assert (small.frame_start, small.render.resolution_x, small.render.image_settings.file_format) == (100, 96, "PNG")
    assert rendering.existing(small) == rendering.Existing(video.name)
    assert rendering.estimate(small, 4) > 0


def test_frames_of_an_interrupted_render_are_used_again(bpy, small, tmp_path):
    from transformer_cinema.addon.output import png
    from transformer_cinema.addon.output.frames import Frames

    small.transformer_cinema.video = str(tmp_path / "film.webp")
    folder, film = tmp_path / "film.frames", rendering.fingerprint(small)
    folder.mkdir()
    made = Frames(str(folder), film, (96, 54))
    import numpy as np

    for number in range(100, 104):
        made.keep(number, png.encode(np.full((54, 96, 3), number, np.uint8)))
    (folder / "film.json").write_text(json.dumps({"film": film}))
    assert rendering.existing(small) == rendering.Existing("", 4, True)
    small.transformer_cinema.quality = "preview"
    assert rendering.existing(small) == rendering.Existing("", 4, False), "another look is another film"
    small.transformer_cinema.quality = "draft"
    small.render.resolution_x, small.render.resolution_y = 96, 54
    assert bpy.ops.cinema.render_film() == {"FINISHED"}, "without a Blender: all frames are there"
    assert (tmp_path / "film.webp").stat().st_size > 100 and not folder.exists()


def test_where_a_video_goes_is_checked_first(bpy, film, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("x")
    assert rendering.video_file(str(tmp_path / "film")).name == "film.mp4"
    assert rendering.video_file(str(tmp_path / "film.gif")).name == "film.gif"
    assert rendering.video_file(f"{tmp_path / 'new'}/") == tmp_path / "new"
    with pytest.raises(FilmError, match=r"letter\.txt, no picture of a film"):
        rendering.video_file(str(tmp_path / "mine"))
    film.transformer_cinema.video, film.transformer_cinema.transparent = str(tmp_path / "film.mp4"), True
    with pytest.raises(RuntimeError, match="transparent"):
        bpy.ops.cinema.render_film()


def test_choosing_a_quality_sets_the_scene_up_for_it(bpy, film):
    """F12 renders what the panel says; sizes of the user's own stay until he chooses again."""
    from transformer_cinema.addon import compat, handlers
    from transformer_cinema.addon.film.stage import CAPTION_SCENE, FLOOR

    settings, render = film.transformer_cinema, film.render
    settings.quality = "final"
    assert (render.engine, render.resolution_y) == (compat.EEVEE, 1080) and not film[FLOOR].hide_render
    render.resolution_x, render.resolution_y = 3840, 2160
    handlers.fit_size()
    assert film[CAPTION_SCENE].render.resolution_x == 3840, "the captions are laid over as large"
    render.engine = compat.WORKBENCH
    handlers.fit_engine()
    assert film[FLOOR].hide_render and render.resolution_x == 3840
    settings.transparent = True
    assert render.film_transparent and render.resolution_x == 3840


def test_captions_that_have_their_size_are_left_alone():
    """What is written is told to whoever listens, who fits them again: Blender would never rest."""
    from transformer_cinema.addon.film.stage import CAPTION_SCENE
    from transformer_cinema.addon.output.compositor import fit_captions

    class Scene(dict):
        def __init__(self, captions=None, **sizes):
            super().__init__({CAPTION_SCENE: captions})
            self.render = Render()
            vars(self.render).update(sizes)

    class Render:
        written = ()

        def __setattr__(self, name, value):
            vars(self)["written"] = (*self.written, name)
            vars(self)[name] = value

    captions = Scene(resolution_x=640, resolution_y=360, resolution_percentage=100)
    film = Scene(captions, resolution_x=1280, resolution_y=720, resolution_percentage=100)
    fit_captions(film)
    assert captions.render.resolution_x == 1280 and set(captions.render.written) == {"resolution_x", "resolution_y"}
    vars(captions.render)["written"] = ()
    fit_captions(film)
    assert not captions.render.written


def test_what_the_user_has_changed_stays(bpy, film):
    """His compositor and his camera; an untouched compositor follows the quality."""
    from transformer_cinema.addon import compat

    settings = film.transformer_cinema
    settings.quality = "preview"
    kinds = [node.bl_idname for node in compat.compositor_of(film).nodes]
    assert "CompositorNodeAlphaOver" in kinds, "captions are laid over"
    compat.compositor_of(film).nodes.new("CompositorNodeBlur").name = "Mine"
    mine = bpy.data.objects.new("Mine", bpy.data.cameras.new("Mine"))
    mine.data.dof.use_dof = True
    film.collection.objects.link(mine)
    film.camera = mine
    settings.quality = "draft"
    assert "Mine" in compat.compositor_of(film).nodes and mine.data.dof.use_dof
    film.camera = None
    settings.quality = "final"
    assert "no camera" in work.message().text
    with pytest.raises(RuntimeError, match="no camera"):
        bpy.ops.cinema.render_film()


@pytest.mark.slow
def test_a_rebuild_keeps_size_rate_time_and_what_is_hidden(bpy, film):
    from transformer_cinema.addon import beats

    settings = film.transformer_cinema
    settings.prompt, settings.new_tokens = "The dog", 1
    for act in ("prologue", "embedding", "attention", "stack", "unembedding", "loop"):
        setattr(settings, act, False)
    film.render.resolution_x, film.render.resolution_y, film.render.fps = 3840, 2160, 30
    film.frame_set(next(one.frame for one in film.timeline_markers if one.name == "mlp.matrix") + 5)
    layers = film.view_layers[0].layer_collection.children[0].children
    layers["Stage"].hide_viewport = True
    assert bpy.ops.cinema.build_film() == {"FINISHED"}
    assert (film.render.resolution_x, film.render.fps) == (3840, 30)
    seconds = film.frame_end / 30
    assert beats.current(film) == ["mlp", "matrix"]
    assert film.view_layers[0].layer_collection.children[0].children["Stage"].hide_viewport
    settings.form, film.render.fps = "9:16", 24
    bpy.ops.cinema.build_film()
    assert (film.render.resolution_x, film.render.resolution_y) == (2160, 3840)
    assert film.frame_end / 24 == pytest.approx(seconds, rel=0.05), "as long as before, in fewer frames"


def test_subtitles_are_kept_in_the_scene_for_any_frame_rate():
    from transformer_cinema.addon.film import subtitles

    lines, beats = [subtitles.Line(1.0, 3.0, {"en": "a"})], [(0.0, "prologue", "question")]
    again = subtitles.from_json(subtitles.to_json(lines, beats, 24), 48)
    assert again == ([subtitles.Line(0.5, 1.5, {"en": "a"})], [(0.0, "prologue", "question")])


def test_a_farm_job_that_is_stopped_leaves_nothing(bpy, film, tmp_path, monkeypatch):
    from transformer_cinema.addon import background
    from transformer_cinema.addon.operators import farm
    from transformer_cinema.addon.output import bundle

    def run(kind, scene, folder, **options):
        for made in (Path(folder) / "film", bundle.part_of(Path(folder))):
            made.mkdir(parents=True)
        yield 0, 1, kind

    monkeypatch.setattr(background, "run", run)
    film.transformer_cinema.job = str(tmp_path / "job")
    steps = farm.writing(film)
    next(steps), next(steps)
    assert len(list(tmp_path.iterdir())) == 2
    steps.close()
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_a_farm_job_is_written(bpy, small, tmp_path):
    small.transformer_cinema.job = str(tmp_path / "job")
    before = bpy.data.filepath
    assert bpy.ops.cinema.farm_job() == {"FINISHED"}
    assert bpy.data.filepath == before and (tmp_path / "job" / "film" / "film.blend").is_file()
    note = json.loads((tmp_path / "job" / "film" / "film.json").read_text())
    assert (note["count"], note["size"], note["first"]) == (4, [96, 54], 100)
    with pytest.raises(RuntimeError, match="empty folder"):
        bpy.ops.cinema.farm_job()


def test_a_still_shows_a_beat_while_its_caption_can_be_read(bpy, film):
    """After it, some pictures already change for the next one."""
    from transformer_cinema.addon.beats import beats
    from transformer_cinema.addon.output import stills

    said = stills._captions(film)
    for begin, end, act, beat in beats(film):
        frame = stills._readable(begin, end, said)
        assert begin < frame <= end, (act, beat)
        own = [last for first, last in said if begin <= first < end]
        assert not own or frame <= own[-1] + 0.5, (act, beat)
    assert stills._readable(100, 200, []) == 186 and stills._readable(100, 200, [(105, 150)]) == 150
