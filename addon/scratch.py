"""Folders for what is needed for a moment. One whose process was killed is taken away by the next that wants one."""

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

PREFIX, LOCK = "transformer-cinema-", ".transformer-cinema.lock"
NEW = 10.0  # seconds in which a folder may not be locked yet


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """A folder that is gone afterwards, locked for as long as this process lives."""
    from ..inference.locks import locked

    _sweep()
    kept = tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True)  # processes in it may just be ending
    with kept as folder, locked(Path(folder) / LOCK, lambda: None):
        yield Path(folder)


def _sweep() -> None:
    """Take away this user's folders that nobody holds any more: only those with our lock file in them are ours."""
    from ..inference.locks import locked

    def refuse() -> None:
        raise BlockingIOError

    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):  # held, or just taken away by another process
            found = folder.lstat()
            if folder.is_symlink() or not (folder / LOCK).is_file() or time.time() - found.st_mtime < NEW:
                continue
            if hasattr(os, "getuid") and found.st_uid != os.getuid():
                continue
            with locked(folder / LOCK, refuse):
                pass
            shutil.rmtree(folder, ignore_errors=True)
