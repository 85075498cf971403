"""One process at a time, even after a crash: the system frees the lock of a process that ends."""

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path


@contextlib.contextmanager
def locked(path: Path, while_waiting: Callable[[], None]):
    """Hold the lock file `path`; `while_waiting()` is called several times a second and may raise to give up.

    Raises OSError where the file can't be made, or the file system knows no locks.
    """
    with path.open("a+b") as file:
        while not _try_to_lock(file.fileno()):
            while_waiting()
            time.sleep(0.1)
        yield


def _try_to_lock(descriptor: int) -> bool:
    try:
        if os.name == "nt":
            import msvcrt

            os.lseek(descriptor, 0, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # another one holds it; PermissionError is what Windows calls that
        return False
    return True
