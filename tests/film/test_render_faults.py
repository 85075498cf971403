"""Renders that are killed at any moment and disks that fill: nothing is lost, mixed, or said wrongly. Takes minutes."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts/render.py"
FRAMES = ("--frames", "20-43", "--quality", "sketch")  # twelve pictures
KILLS, DISKS = 10, 4

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="signals, /proc and tmpfs")]


def command(recorded, folder, *more):
    film = ("--trace", recorded, "--acts", "embedding", "--language", "en", *FRAMES)
    return [sys.executable, SCRIPT, *film, "--output", folder / "film.mp4", *more]


def ended(*arguments):
    """-> (exit code, all that was said)."""
    done = subprocess.run(list(map(str, arguments)), capture_output=True, text=True, timeout=600)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="session")
def recorded(short, tmp_path_factory):
    path = tmp_path_factory.mktemp("recorded") / "short.npz"
    short.save(path)
    return path


@pytest.fixture(scope="module")
def undisturbed(recorded, tmp_path_factory):
    """{theme: the video that nothing has disturbed}, and how many seconds it took."""
    found = {}
    for theme in ("dark", "paper"):
        folder, begun = tmp_path_factory.mktemp(theme), time.monotonic()
        code, said = ended(*command(recorded, folder, "--theme", theme))
        assert code == 0, said
        found[theme] = (folder / "film.mp4").read_bytes()
    return found, time.monotonic() - begun


def workers_of(folder):
    """The processes that render for a video in this folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().decode(errors="replace")
        except OSError:  # it has ended meanwhile
            continue
        if "worker.py" in line and str(folder) in line:
            found.append(int(path.parent.name))
    return found


@pytest.mark.parametrize("seed", range(KILLS))
def test_a_render_that_is_killed(recorded, undisturbed, tmp_path, seed):
    """The whole group, the parent alone or one worker, by SIGTERM or SIGKILL; then gone on with, or another film."""
    films, seconds = undisturbed
    dice = random.Random(seed)
    whom, sent = ("group", "parent", "worker")[seed % 3], (signal.SIGKILL, signal.SIGTERM)[seed // 3 % 2]
    (tmp_path / "film.mp4").write_text("the old film")
    with subprocess.Popen(list(map(str, command(recorded, tmp_path))), start_new_session=True) as process:
        time.sleep(dice.uniform(0.05, 0.95) * seconds)
        if whom == "group":
            os.killpg(process.pid, sent)
        elif whom == "parent":
            process.send_signal(sent)
        else:
            for pid in workers_of(tmp_path)[:1]:
                os.kill(pid, sent)
    if process.returncode != 0:
        assert (tmp_path / "film.mp4").read_bytes() in (b"the old film", films["dark"])
    else:
        assert (tmp_path / "film.mp4").read_bytes() == films["dark"]
    theme = dice.choice(("dark", "paper"))
    resume = ["--resume"] if theme == "dark" else []
    code, said = ended(*command(recorded, tmp_path, "--theme", theme, *resume))
    assert code == 0, said
    assert (tmp_path / "film.mp4").read_bytes() == films[theme], f"{whom}, signal {sent}, then {theme}"
    assert not (tmp_path / "film.frames").exists() and not list(tmp_path.glob(".*"))
    until = time.monotonic() + 30
    while workers_of(tmp_path):
        assert time.monotonic() < until, "a worker goes on"
        time.sleep(0.2)


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a disk of 64 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "none", folder], capture_output=True)
    if mounted.returncode:
        pytest.skip("needs the right to mount")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


@pytest.mark.parametrize("seed", range(DISKS))
def test_a_disk_that_fills(recorded, undisturbed, small_disk, seed):
    """At some moment, but for a few kB. With room again, the render is gone on with."""
    films, seconds = undisturbed
    dice = random.Random(100 + seed)
    old = small_disk / "film.mp4"
    old.write_text("the old film")

    def fill():
        left = dice.choice((0, 4_000, 20_000, 200_000))
        free = os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize
        with open(small_disk / "filler", "wb") as file:
            file.write(b"\0" * max(0, free - left))

    timer = threading.Timer(dice.uniform(0.3, 0.95) * seconds, fill)
    timer.start()
    code, said = ended(*command(recorded, small_disk))
    timer.join()
    if code == 0:
        assert old.read_bytes() == films["dark"]
        return
    assert code == 2 and "Traceback" not in said, said
    assert "disk is full" in said or "MB are needed" in said, said
    assert old.read_text() == "the old film"
    (small_disk / "filler").unlink()
    code, said = ended(*command(recorded, small_disk, "--resume"))
    assert code == 0 and old.read_bytes() == films["dark"], said
