"""Blenders that render for this one: killed, stopped, orphaned."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from transformer_cinema.addon.film.errors import FilmError
from transformer_cinema.addon.output import workers
from transformer_cinema.addon.output.worker import load_package

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are those of Unix")


@pytest.fixture
def blend(scene, tmp_path, fresh_blender):
    path = tmp_path / "film {1}.blend"
    fresh_blender.ops.wm.save_as_mainfile(filepath=str(path), copy=True)
    return path


@pytest.fixture
def meddling(monkeypatch):
    """Do something to each worker when its first frames are reported; (signals, processes)."""
    signals, processes = [], []
    start = subprocess.Popen

    def popen(*arguments, **more):
        processes.append(start(*arguments, **more))
        return processes[-1]

    monkeypatch.setattr(workers.subprocess, "Popen", popen)

    def progress(done, of, what):
        if done and signals:
            os.kill(processes[len(processes) - 1].pid, signals.pop(0))

    return signals, processes, progress


def test_frames_are_rendered_by_others(blend, frames, tmp_path, monkeypatch):
    """Who leave nothing in the folder of temporary files."""
    told, temporary = [], tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setenv("TMPDIR", str(temporary))
    result = workers.render(blend, frames, range(1, 13), 2, lambda *what: told.append(what))
    assert frames.missing(range(1, 13)) == [] and result.restarted == 0
    assert told[-1] == (12, 12, "frames")
    assert list(temporary.iterdir()) == []
    assert workers.render(blend, frames, range(1, 13), 2, None) == workers.Result()


@pytest.mark.parametrize("sent", [signal.SIGKILL, pytest.param(signal.SIGTERM, marks=pytest.mark.slow), signal.SIGSTOP])
def test_one_that_is_lost_is_replaced(blend, frames, meddling, monkeypatch, sent):
    monkeypatch.setattr(workers, "SILENCE", 8.0)
    signals, processes, progress = meddling
    signals.append(sent)
    result = workers.render(blend, frames, range(1, 13), 1, progress)
    assert frames.missing(range(1, 13)) == []
    assert (result.restarted, len(processes)) == (1, 2)
    assert all(process.poll() is not None for process in processes)


def test_a_share_that_kills_every_worker_is_given_up(blend, frames, meddling, monkeypatch):
    monkeypatch.setattr(workers, "WORKER", Path(__file__))
    signals, processes, progress = meddling
    with pytest.raises(FilmError, match=r"A Blender that renders .*with --resume goes on\."):
        workers.render(blend, frames, range(1, 13), 1, progress)
    assert len(processes) == 3 and all(process.poll() is not None for process in processes)


def test_what_no_worker_could_do_is_said_at_once(scene, blend, frames, meddling, fresh_blender):
    scene.camera = None
    fresh_blender.ops.wm.save_as_mainfile(filepath=str(blend), copy=True)
    signals, processes, progress = meddling
    with pytest.raises(FilmError, match=r"The frames can't be rendered: .*camera.*--resume goes on\."):
        workers.render(blend, frames, range(1, 13), 1, progress)
    assert len(processes) == 1


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGKILL])
def test_workers_end_with_whoever_started_them(blend, frames, sent):
    """However it ends."""
    parent = f"""
import sys
sys.path.insert(0, {str(workers.WORKER.parent)!r})
from worker import load_package
load_package()
from pathlib import Path
from transformer_cinema.addon.output import frames, workers
made = frames.Frames.from_json({frames.to_json()!r})
workers.render(Path({str(blend)!r}), made, range(1, 13), 2, lambda *told: told[0] and print("rendering", flush=True))
"""
    process = subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True)
    while process.stdout.readline() != "rendering\n":
        assert process.poll() is None
    children = [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]
    assert children
    process.send_signal(sent)
    process.wait()
    until = time.monotonic() + 30
    while any(Path(f"/proc/{pid}/cmdline").exists() and _lives(pid) for pid in children):
        assert time.monotonic() < until, "a worker goes on without anybody to render for"
        time.sleep(0.1)


def _lives(pid):
    return "worker.py" in Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")


def test_cores_are_those_that_this_process_may_use():
    assert 1 <= workers.cores() <= len(os.sched_getaffinity(0))
    assert callable(load_package)
