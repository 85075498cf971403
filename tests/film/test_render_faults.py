"""Renders that are killed at any moment and disks that fill: nothing is lost, mixed, or said wrongly.

    python -m pytest -m slow tests/film/test_render_faults.py

takes about half an hour on two free cores; `…/test_render_faults.py::test_a_render_that_is_killed[7]` is one case.
"""

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from transformer_cinema.addon import scratch

SCRIPT = Path(__file__).parents[2] / "scripts/render.py"
KILLS, DISKS = 50, 20
OLD = "the old film"

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="signals, /proc and tmpfs")]


def command(recorded: Path, folder: Path, *more: str) -> list[str]:
    """Twelve pictures of a beat, with their sound."""
    film = ("--trace", recorded, "--acts", "embedding.split", "--frames", "20-43", "--quality", "sketch")
    return list(map(str, (sys.executable, SCRIPT, *film, "--language", "en", "--output", folder / "film.mp4", *more)))


def ended(arguments: list[str], temporary: Path) -> tuple[int, str]:
    """-> (exit code, all that was said)."""
    places = os.environ | {"TMPDIR": str(temporary)}
    done = subprocess.run(arguments, env=places, capture_output=True, text=True, timeout=600)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
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
        code, said = ended(command(recorded, folder, "--theme", theme), tmp_path_factory.mktemp("temporary"))
        assert code == 0, said
        found[theme] = (folder / "film.mp4").read_bytes()
    return found, time.monotonic() - begun


@pytest.fixture
def temporary(tmp_path_factory):
    """A folder of temporary files, in which nothing of ours is left."""
    folder = tmp_path_factory.mktemp("temporary")
    yield folder
    with pytest.MonkeyPatch.context() as patched:  # an hour later, when another render begins
        patched.setattr(scratch.tempfile, "tempdir", str(folder))
        patched.setattr(scratch, "NEW", -1.0)
        with scratch.scratch() as own:
            assert list(folder.glob(f"{scratch.PREFIX}*")) == [own]


def workers_of(folder: Path) -> list[int]:
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
def test_a_render_that_is_killed(recorded, undisturbed, tmp_path, temporary, seed):
    """The whole group, the parent alone or one worker, by SIGTERM or SIGKILL; then gone on with, or another film."""
    films, seconds = undisturbed
    dice = random.Random(seed)
    whom, sent = ("group", "parent", "worker")[seed % 3], (signal.SIGKILL, signal.SIGTERM)[seed // 3 % 2]
    (tmp_path / "film.mp4").write_text(OLD)
    places = os.environ | {"TMPDIR": str(temporary)}
    with subprocess.Popen(command(recorded, tmp_path), env=places, start_new_session=True) as process:
        if whom == "worker":
            while process.poll() is None and not workers_of(tmp_path):
                time.sleep(0.01)
            time.sleep(dice.uniform(0, 0.4) * seconds)
            for pid in workers_of(tmp_path)[:1]:
                with contextlib.suppress(ProcessLookupError):  # it has just done its share
                    os.kill(pid, sent)
        else:
            time.sleep(dice.uniform(0.05, 0.95) * seconds)
            os.killpg(process.pid, sent) if whom == "group" else process.send_signal(sent)
    left = (tmp_path / "film.mp4").read_bytes()
    assert left == films["dark"] or (process.returncode and left == OLD.encode())
    assert process.returncode == 0 or whom != "worker", "another worker should have taken its place"
    theme = dice.choice(("dark", "paper"))
    resume = ["--resume"] if theme == "dark" else []
    code, said = ended(command(recorded, tmp_path, "--theme", theme, *resume), temporary)
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


def fill(disk: Path, left: int) -> None:
    """Leave so many bytes of a disk free."""
    free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
    with contextlib.suppress(OSError), open(disk / "filler", "wb") as file:  # whoever else writes may be quicker
        file.write(b"\0" * max(0, free - left))


@pytest.mark.parametrize("seed", range(DISKS))
def test_a_disk_that_fills(recorded, undisturbed, small_disk, temporary, seed):
    """But for a few kB: at some moment, or as soon as the video is being written. Temporary files may be on it, too.

    With room again, the render is gone on with.
    """
    films, seconds = undisturbed
    dice = random.Random(100 + seed)
    old, left = small_disk / "film.mp4", dice.choice((0, 4_000, 20_000, 200_000))
    old.write_text(OLD)
    part, over = small_disk / ".film.part.mp4", threading.Event()

    def wait_and_fill():
        if seed % 4:
            over.wait(dice.uniform(0.3, 0.95) * seconds)
        else:
            while not part.exists() and not over.wait(0.002):
                pass
        fill(small_disk, left)

    filling = threading.Thread(target=wait_and_fill)
    filling.start()
    code, said = ended(command(recorded, small_disk), small_disk if seed % 2 else temporary)
    over.set()
    filling.join()
    if code == 0:
        assert old.read_bytes() == films["dark"]
        return
    assert code == 2 and "Traceback" not in said, said
    assert "disk is full" in said or "MB are needed" in said, said
    assert old.read_text() == OLD
    (small_disk / "filler").unlink()
    code, said = ended(command(recorded, small_disk, "--resume"), temporary)
    assert code == 0 and old.read_bytes() == films["dark"], said
