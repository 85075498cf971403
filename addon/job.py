"""Work that must not freeze Blender: it runs on a thread, and the main thread looks at it from time to time."""

import threading


class Job:
    """A function on a worker thread. It must not touch bpy: everything it needs is given to it beforehand.

    work(progress, cancelled) is called; progress(done, total, what) may be told how far it is, cancelled() says whether
    it should give up, by whatever error it likes.
    """

    def __init__(self, work):
        self._work = work
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)  # Blender may be closed meanwhile
        self.done, self.total, self.what = 0, 1, ""
        self._result = self._error = None

    def start(self):
        """Begin -> self."""
        self._thread.start()
        return self

    def cancel(self):
        """Ask it to give up; it does so in its own time."""
        self._stop.set()

    @property
    def running(self):
        """Whether it is still at it."""
        return self._thread.is_alive()

    @property
    def factor(self):
        """How much is done, from 0 to 1."""
        return self.done / self.total if self.total else 0.0

    def result(self):
        """What the finished work returned; raises what it raised."""
        if self._error is not None:
            raise self._error
        return self._result

    def _run(self):
        try:
            self._result = self._work(self._progress, self._stop.is_set)
        except BaseException as error:  # handed to the main thread
            self._error = error

    def _progress(self, done, total, what):
        self.done, self.total, self.what = done, total, what
