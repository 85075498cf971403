"""What drawing has to know of the disk or of slow code: looked up on a thread, and drawn when it is known."""

import time
from collections.abc import Callable, Hashable

import bpy

from .job import Job

POLL_SECONDS = 0.05  # seconds between two looks at whether something was found
MAX_ANSWERS = 64  # answers that are kept

_all = []


class Lookup:
    """Answers of `ask(key)`, which runs on a thread and must not touch bpy. Answers older than `age` seconds are asked
    for again, and used meanwhile."""

    def __init__(self, ask: Callable[[Hashable], object], age: float = float("inf")) -> None:
        self._ask, self._age = ask, age
        self._known, self._wanted, self._asked, self._job = {}, None, None, None
        _all.append(self)

    def get(self, key: Hashable, default: object = None) -> object:
        """The answer, an exception if that is what came of it, or `default` while it isn't known."""
        self.collect()
        answer, when = self._known.get(key, (default, None))
        if when is None or time.monotonic() - when > self._age:
            self._wanted = key
            self._start()
        return answer

    def collect(self) -> bool:
        """Take what was found -> whether something is still being looked up."""
        if self._job and not self._job.running:
            try:
                answer = self._job.result()
            except Exception as error:
                answer = error
            self._known.pop(self._asked, None)
            self._known[self._asked] = answer, time.monotonic()
            while len(self._known) > MAX_ANSWERS:
                del self._known[next(iter(self._known))]
            self._job = None
            if self._wanted != self._asked:
                self._start()
        return self._job is not None

    def _start(self) -> None:
        if self._job is None:
            key = self._asked = self._wanted
            self._job = Job(lambda progress, cancelled: self._ask(key)).start()
            if not bpy.app.timers.is_registered(_collect):
                bpy.app.timers.register(_collect, first_interval=POLL_SECONDS)

    def forget(self) -> None:
        """Ask for everything anew."""
        self._known.clear()
        self._job = self._wanted = None


def _collect():
    from . import work

    going, before = False, sum(len(one._known) for one in _all)
    for one in _all:
        going |= one.collect()
    if not going or sum(len(one._known) for one in _all) != before:
        work.redraw()
    return POLL_SECONDS if going else None


def wait(seconds: float = 30.0) -> None:
    """Until everything that was asked for is known."""
    until = time.monotonic() + seconds
    while any([one.collect() for one in _all]) and time.monotonic() < until:
        time.sleep(0.005)


def forget() -> None:
    """Let go of everything."""
    for one in _all:
        one.forget()
    if bpy.app.timers.is_registered(_collect):
        bpy.app.timers.unregister(_collect)
