"""One set-up at a time: two that write into one environment leave a broken one."""

import contextlib
import os
import time

from . import ROOT, tell

PAUSE = 0.2  # seconds between two tries


@contextlib.contextmanager
def one_at_a_time(folder=None):
    """Wait until no other process sets up .venv here; the system frees the lock of one that ends, however it ends.

    Where the file system knows no locks, there is no waiting. Raises OSError where .venv can't be written.
    """
    folder = folder or os.path.join(ROOT, ".venv")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "lock"), "a+b") as file:
        if not _locked(file.fileno()):
            tell("Another command is setting up .venv; this one waits until that is done.")
            while not _locked(file.fileno()):
                time.sleep(PAUSE)
        yield


def _locked(descriptor):
    """Try to take the lock; False if another process has it."""
    try:
        if os.name == "nt":
            import msvcrt

            os.lseek(descriptor, 0, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # the latter is what Windows calls it
        return False
    except OSError:  # no locks here
        return True
    return True
