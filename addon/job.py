"""Work that must not freeze Blender: it runs on a thread, and the main thread looks at it from time to time."""

import threading

POLL_SECONDS = 0.01  # seconds that the main thread waits for a thread before it goes on with other things

_threads = set()  # those at work
_cancelled = []  # Jobs that were told to give up, and may not have ended


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
        _threads.add(self._thread)
        self._thread.start()
        return self

    def cancel(self):
        """Ask it to give up; it does so in its own time."""
        self._stop.set()

    def wait(self, seconds):
        """Return when it has ended, or after some time."""
        self._thread.join(seconds)

    @property
    def running(self):
        """Whether it is still at it."""
        return self._thread.is_alive()

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
        finally:
            _threads.discard(self._thread)

    def _progress(self, done, total, what):
        self.done, self.total, self.what = done, total, what


def on_thread(work):
    """Steps that wait for a Job: yields (done, total, what), returns what it returned. Closed, it cancels the job.

    It begins when those that were cancelled before have ended: two models at once may not fit into the memory.
    """
    while ending := next((job for job in _cancelled if job.running), None):
        yield 0, 1, ""
        ending.wait(POLL_SECONDS)
    _cancelled.clear()
    job = Job(work).start()
    try:
        while job.running:
            yield job.done, job.total, job.what
            job.wait(POLL_SECONDS)
        return job.result()
    finally:
        job.cancel()
        if job.running:
            _cancelled.append(job)


def wait_for_all(seconds):
    """Give jobs that were cancelled some time to end."""
    for thread in list(_threads):
        thread.join(seconds)
