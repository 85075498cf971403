"""scripts/render.py as a user calls it: a video, stills, and one sentence for every mistake."""

import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from transformer_cinema.addon.film import soundtrack
from transformer_cinema.addon.film.errors import FilmError
from transformer_cinema.addon.film.texts import ALL

SCRIPT = Path(__file__).parents[2] / "scripts/render.py"


def render(*arguments, cwd):
    """-> (exit code, stdout, stderr)."""
    command = [sys.executable, str(SCRIPT), *map(str, arguments)]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="session")
def recorded(short, tmp_path_factory):
    """The recording as a file, so that no model has to run."""
    path = tmp_path_factory.mktemp("recorded") / "short.npz"
    short.save(path)
    return path


def pixels(path):
    """A picture [height, width, rgb], 0 … 1."""
    import bpy

    image = bpy.data.images.load(str(path))
    width, height = image.size
    values = np.array(image.pixels[:], np.float32).reshape(height, width, 4)
    bpy.data.images.remove(image)
    return values[..., :3]


def files(folder):
    return sorted(path.name for path in folder.iterdir())


# --- the video -----------------------------------------------------------------------------------

BEAT = ("--acts", "embedding.split", "--language", "en", "--quality", "sketch")
PART = (*BEAT, "--frames", "20-31")


@pytest.fixture(scope="module")
def video(recorded, tmp_path_factory):
    """A folder with six frames' worth of film: a sketch shows one of two."""
    folder = tmp_path_factory.mktemp("video")
    code, output, errors = render(*PART, "--trace", recorded, "--output", "new/film.mp4", cwd=folder)
    assert code == 0, output + errors
    assert output.splitlines()[-1].startswith("Done in")
    return folder / "new"


def test_a_video_and_its_scene_are_all_that_is_left(video):
    kinds = [f"film.{code}.{kind}" for code in ("de", "en", "zh") for kind in ("srt", "vtt")]
    assert files(video) == sorted(["film.blend", "film.mp4", "film.chapters.txt", "film.narration.txt", *kinds])
    assert files(video.parent) == ["new"]


def test_the_video_has_the_frames_that_were_asked_for(video, fresh_blender):
    clip = fresh_blender.data.movieclips.load(str(video / "film.mp4"))
    assert tuple(clip.size) == (640, 360)
    assert (clip.frame_duration, clip.fps) == (6, 12)


def test_subtitles_are_of_the_part_that_was_rendered(video, short):
    """Half a second, in which one caption stands; in the languages that are not burnt in, too."""
    count = len(short.steps[0].trace.tokens)
    wanted = {code: language.line("embedding.split", count=count) for code, language in ALL.items()}
    for code, line in wanted.items():
        text = (video / f"film.{code}.srt").read_bytes().decode("utf-8")
        assert text.startswith("1\n00:00:00,000 --> 00:00:00,500\n") and "\r" not in text
        assert line.replace(" ", "") in "".join(text.split()) and "\n2\n" not in text
        assert (video / f"film.{code}.vtt").read_text(encoding="utf-8").startswith("WEBVTT\n\n00:00:00.000 --> ")
    assert (video / "film.chapters.txt").read_text(encoding="utf-8") == f"00:00 {ALL['en'].titles['embedding']}\n"


def test_the_scene_opens_and_is_the_film(video, fresh_blender):
    fresh_blender.ops.wm.open_mainfile(filepath=str(video / "film.blend"))
    scene = fresh_blender.context.scene
    assert "Scene" not in fresh_blender.data.scenes, "the empty scene that it was built in is still there"
    assert {marker.name.split(".")[0] for marker in scene.timeline_markers} == {"embedding"}
    assert (scene.frame_start, scene.camera is not None) == (1, True)
    _, heard = soundtrack.heard_in(scene)
    assert {event.kind for event in heard.events} == {"token", "blade"}, "acts that are not shown are not heard"
    assert all(0 <= event.second <= heard.seconds for event in heard.events)


def test_the_pictures_are_neither_black_nor_all_alike(video, fresh_blender, tmp_path):
    """Read back from the video."""
    bpy = fresh_blender
    scene = bpy.context.scene
    strips = scene.sequence_editor_create().strips
    strip = strips.new_movie("film", str(video / "film.mp4"), 1, 1)
    assert strip is not None
    scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = 320, 180, 100
    scene.view_settings.view_transform = "Standard"
    scene.render.image_settings.file_format = "PNG"
    pictures = []
    for frame in (1, 6):
        scene.frame_set(frame)
        scene.render.filepath = str(tmp_path / f"{frame}.png")
        bpy.ops.render.render(write_still=True)
        pictures.append(pixels(tmp_path / f"{frame}.png"))
    for picture in pictures:
        assert picture.std() > 0.03 and picture.max() > 0.5, "nothing is to be seen"
    assert np.abs(pictures[0] - pictures[1]).max() > 0.1, "nothing moves"


@pytest.mark.skipif(sys.platform == "win32", reason="signals are those of Unix")
def test_a_render_that_is_interrupted_says_how_to_go_on_and_is_gone_on_with(recorded, tmp_path, video):
    """Ctrl-C leaves no worker. Frames that are there are not rendered again; the film is the same, bit for bit."""
    output, frames = tmp_path / "film.mp4", tmp_path / "film.frames"
    arguments = (*PART, "--trace", recorded, "--output", output, "--jobs", "1")
    with subprocess.Popen(
        [sys.executable, str(SCRIPT), *map(str, arguments)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background jobs ignore it
    ) as process:
        # The folder is watched, not the progress, which may come when all six frames are there.
        while process.poll() is None and not any(frames.glob("0*.png")):
            time.sleep(0.002)
        os.killpg(process.pid, signal.SIGINT)
        said = process.communicate(timeout=60)[1]
    assert process.returncode == 130 and not output.exists()
    kept = re.search(r"(\d+) of 6 frames are kept; the same command with --resume goes on.\nInterrupted.", said)
    assert kept and int(kept[1]) == len(list(frames.glob("0*.png"))) > 0, said
    code, out, errors = render(*arguments, "--resume", cwd=tmp_path)
    assert code == 0, out + errors
    assert f"{6 - int(kept[1])} of 6 frames to render" in out
    assert output.read_bytes() == (video / "film.mp4").read_bytes()
    assert not frames.exists()


# --- stills --------------------------------------------------------------------------------------


def test_stills_are_one_picture_a_beat_and_a_contact_sheet(recorded, tmp_path):
    arguments = ("--trace", recorded, "--acts", "prologue", "--stills", "stills", "--blend", "scene.blend")
    arguments = (*arguments, "--quality", "sketch")
    code, output, errors = render(*arguments, cwd=tmp_path)
    assert code == 0, output + errors
    assert files(tmp_path) == ["scene.blend", "stills"]
    *beats, sheet = files(tmp_path / "stills")
    assert [name[:12] for name in beats] == [f"{number:02d}-prologue-" for number in range(1, len(beats) + 1)]
    assert len(beats) > 1 and sheet == "contact-sheet.jpg"
    first, second = (pixels(tmp_path / "stills" / name) for name in beats[:2])
    assert first.shape == second.shape == (360, 640, 3)
    assert first.std() > 0.02 and second.std() > 0.02 and np.abs(first - second).max() > 0.3
    sheet = pixels(tmp_path / "stills" / "contact-sheet.jpg")
    assert sheet.shape[1] > 640 and sheet.std() > 0.02


# --- mistakes ------------------------------------------------------------------------------------


def film(recorded):
    return "--trace", recorded, "--acts", "prologue"


MISTAKES = {
    "no prompt": (lambda recorded: (), "--prompt"),
    "an empty prompt": (lambda recorded: ("--prompt", ""), "empty"),
    "an unknown act": (lambda recorded: ("--trace", recorded, "--acts", "prologue,dancing"), "dancing"),
    "no act at all": (lambda recorded: ("--trace", recorded, "--acts", ""), "at least one act"),
    "no model there": (lambda recorded: ("--prompt", "hi", "--model", "no/such/folder"), "no/such/folder"),
    "no recording there": (lambda recorded: ("--trace", "missing.npz"), "missing.npz"),
    "a pace that makes no film": (lambda recorded: (*film(recorded), "--pace", "0"), "pace"),
    "too many tokens": (lambda recorded: ("--prompt", "one two three", "--new-tokens", "50"), "50"),
    "a file in the way": (lambda recorded: (*film(recorded), "--output", "file/film.mp4"), "file"),
    "an unknown ending": (lambda recorded: (*film(recorded), "--output", "film.avi"), r"\.avi.*\.mp4"),
    "the scene for a video": (lambda recorded: (*film(recorded), "--output", "film.blend"), r"can't be \.blend"),
    "no ending": (lambda recorded: (*film(recorded), "--output", "film"), "ending"),
    "a device": (lambda recorded: (*film(recorded), "--output", "/dev/null"), "no ordinary file"),
    "alpha in an .mp4": (lambda recorded: (*film(recorded), "--transparent"), "transparent"),
    "a folder of the user's": (lambda recorded: film(recorded), "files of yours.*holiday.jpg"),
}


@pytest.fixture(scope="module")
def mistakes(recorded, tmp_path_factory):
    """What each mistake answers and leaves; two at a time, since most of it is waiting for Blender to start."""

    def make(name):
        folder = tmp_path_factory.mktemp("mistake")
        if name == "a file in the way":
            (folder / "file").touch()
        if name == "a folder of the user's":
            (folder / "made" / "film.frames").mkdir(parents=True)
            (folder / "made" / "film.frames" / "holiday.jpg").touch()
        arguments = MISTAKES[name][0](recorded)
        if "--output" not in arguments:
            arguments = (*arguments, "--output", "made/film.mp4")
        code, _, errors = render(*arguments, cwd=folder)
        return code, errors, sorted(path.name for path in folder.rglob("*") if path.is_file())

    with ThreadPoolExecutor(2) as pool:
        return dict(zip(MISTAKES, pool.map(make, MISTAKES), strict=True))


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_one_sentence_and_exit_code_2(mistakes, name):
    code, errors, _ = mistakes[name]
    assert code == 2, errors
    assert len(errors.strip().splitlines()) == 1 and "Traceback" not in errors
    assert re.search(MISTAKES[name][1], errors), errors


def test_frames_outside_the_film_are_refused(fresh_blender):
    from render import frame_limits

    scene = fresh_blender.context.scene
    assert frame_limits(SimpleNamespace(frames="5-20"), scene) == (5, 20)
    for wrong, said in (("5-99999", "within 1-250"), ("20-5", "within"), ("5", "two numbers")):
        with pytest.raises(FilmError, match=said):
            frame_limits(SimpleNamespace(frames=wrong), scene)


# They are the user's.
KEPT = {
    "a file in the way": ["file"],
    "a folder of the user's": ["holiday.jpg"],
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_leaves_no_files(mistakes, name):
    assert mistakes[name][2] == KEPT.get(name, [])
