"""Other Blenders that render a film's frames: one for each core, watched, and gone when this process is."""

import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import bpy

from ..film.errors import FilmError
from ..scratch import scratch
from . import files
from .frames import Frames

WORKER = Path(__file__).with_name("worker.py")
SILENCE = 60.0  # seconds without a sign of life, after which a worker is taken for dead
FIRST_FRAME_SECONDS = 600.0  # at most; later ones may take thirty times the longest so far, if that is more
CHUNK = 48  # frames given to a worker at a time, at most
TRIES = 2  # how often a share is begun before the render is given up

Progress = Callable[[int, int, str], None]


def cores() -> int:
    """How many cores this process may use, by its affinity and its container's limit."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
        count = min(count, max(1, round(int(quota) / int(period))))
    except (OSError, ValueError):  # no limit, or another system
        pass
    return count


@dataclass
class Result:
    """What came of a render. copied: how many of the frames repeat another one. restarted: workers that died."""

    copied: int = 0
    restarted: int = 0


@dataclass
class _Worker:
    process: subprocess.Popen
    heard: float  # when it last gave a sign of life
    begun: float  # when it began what it is at
    share: tuple[range, int] | None = None  # its frames, and the how manieth try this is
    longest: float = 0.0  # seconds that one of its frames took


def render(blend: Path, frames: Frames, numbers: range, jobs: int, progress: Progress) -> Result:
    """Render the missing frames of a saved film -> Result. progress(done, of, what) is told several times a second.

    A worker that dies or hangs is replaced once. Raises FilmError when that doesn't help; finished frames are kept.
    """
    missing = frames.missing(numbers)
    if not missing:
        return Result()
    size = max(1, min(CHUNK, -(-len(missing) // (4 * jobs))))
    shares = deque((numbers[start : start + size], 1) for start in range(0, len(numbers), size))
    wanted = set(missing)
    shares = deque(share for share in shares if wanted & set(share[0]))
    with scratch() as folder, tempfile.TemporaryFile() as log:
        pool = _Pool(blend, frames, shares, len(missing), progress, log, folder)
        try:
            return pool.run(min(jobs, len(shares)))
        finally:
            pool.kill()


@dataclass
class _Pool:
    blend: Path
    frames: Frames
    shares: deque[tuple[range, int]]
    count: int
    progress: Progress
    log: IO[bytes]
    scratch: Path  # for what workers leave in the folder of temporary files, however they end
    workers: list[_Worker] = field(default_factory=list)  # those that may still have something to do
    processes: list[subprocess.Popen] = field(default_factory=list)  # all that were started
    messages: queue.Queue[tuple[_Worker, str]] = field(default_factory=queue.Queue)
    result: Result = field(default_factory=Result)
    done: int = 0
    first: tuple[float, int] | None = None  # when the first frame came, and how many there were then

    def run(self, jobs: int) -> Result:
        """Until all shares are rendered."""
        for _ in range(jobs):
            self._start()
        while self.shares or any(worker.share for worker in self.workers):
            try:
                self._hear(*self.messages.get(timeout=0.5))
            except queue.Empty:
                self._tell()
            for worker in list(self.workers):
                self._watch(worker)
        self.progress(self.count, self.count, "frames")
        return self.result

    def kill(self) -> None:
        """End all workers."""
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.wait()

    def _start(self) -> None:
        tail = ["--", str(self.blend), self.frames.to_json()]
        if bpy.app.binary_path:  # a real Blender, not the module
            command = [bpy.app.binary_path, "--factory-startup", "-b", "-noaudio", "-P", str(WORKER), *tail]
        else:
            command = [sys.executable, str(WORKER), *tail]
        places = os.environ | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(self.scratch))
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": self.log}
        process = subprocess.Popen(command, env=places, **pipes)
        now = time.monotonic()
        worker = _Worker(process, now, now)
        self.processes.append(process)
        self.workers.append(worker)
        threading.Thread(target=self._listen, args=(worker,), daemon=True).start()

    def _listen(self, worker: _Worker) -> None:
        for line in worker.process.stdout:
            self.messages.put((worker, line.decode("utf-8", "replace").strip()))
        self.messages.put((worker, "ended"))

    def _hear(self, worker: _Worker, line: str) -> None:
        """One line of a worker's."""
        if worker not in self.workers:
            return
        now = worker.heard = time.monotonic()
        word, _, rest = line.partition(" ")
        if word in ("ready", "done"):
            worker.share = None
            self._give(worker)
        elif word in ("frame", "copy"):
            self.done += 1
            self.result.copied += word == "copy"
            worker.longest, worker.begun = max(worker.longest, now - worker.begun), now
            self.first = self.first or (now, self.done)
            self._tell()
        elif word == "failed":  # it would fail with any other worker, too
            raise FilmError(f"{rest.rstrip('.')}. {self._kept()}")
        elif word == "ended":
            self._replace(worker, "has ended before its time")

    def _give(self, worker: _Worker) -> None:
        """The next share, or, where none is left, the end."""
        try:
            if self.shares:
                worker.share, worker.begun = self.shares.popleft(), time.monotonic()
                share = worker.share[0]
                worker.process.stdin.write(b"%d %d %d\n" % (share.start, share.stop, share.step))
                worker.process.stdin.flush()
            else:
                self.workers.remove(worker)
                worker.process.stdin.close()
        except OSError:  # it has just died, which is heard next
            pass

    def _watch(self, worker: _Worker) -> None:
        """Kill a worker that gives no sign of life any more, or no frame."""
        now = time.monotonic()
        if now - worker.heard > SILENCE or now - worker.begun > max(FIRST_FRAME_SECONDS, 30 * worker.longest):
            worker.process.kill()
            self._replace(worker, "does not answer any more")

    def _replace(self, worker: _Worker, why: str) -> None:
        """Put another worker in the place of one that is lost; its share is begun again where it stopped."""
        self.workers.remove(worker)
        code = worker.process.wait()
        share, tries = worker.share or (None, 1 + self.result.restarted // 2)
        if tries >= TRIES:
            where = f" while rendering frames {share[0]} to {share[-1]}" if share else " before it began"
            raise FilmError(f"A Blender that renders {why}{where}: {self._last_words(code)}. {self._kept()}")
        if share:
            self.shares.appendleft((share, tries + 1))
        self.result.restarted += 1
        self._start()

    def _tell(self) -> None:
        now = time.monotonic()
        what = "frames"
        if self.first and now - self.first[0] > 5 and self.done > self.first[1]:
            what += f", {(self.done - self.first[1]) / (now - self.first[0]):.1f} a second"
        what += f", {len(self.workers)} at work" if len(self.workers) > 1 else ""
        self.progress(min(self.done, self.count - 1), self.count, what)

    def _kept(self) -> str:
        folder = Path(self.frames.folder).name
        return f"The finished frames are kept in {folder}; the same command with --resume goes on."

    def _last_words(self, code: int) -> str:
        if files.is_full(Path(self.frames.folder).parent):
            return "the disk is full"
        if code < 0:
            return f"it was ended by signal {-code}, as when memory runs out"
        self.log.seek(0)
        lines = [line for line in self.log.read().decode(errors="replace").splitlines() if line.strip()]
        return lines[-1] if lines else f"exit code {code}"
