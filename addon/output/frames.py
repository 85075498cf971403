"""The frames of one film on disk: a folder of PNG files, each marked with its film and its number.

A frame counts only when it is whole and says that it is this film's, so frames of two films never mix, and whoever
rendered them need not be trusted: another process, another machine, an earlier try that was killed.
"""

import contextlib
import json
import os
import platform
import re
import shutil
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from ..film.errors import FilmError
from . import png

NOTE, LOCK = "film.json", "lock"
OWN_FILES = re.compile(r"\d{5,}\.png|film\.json|lock|\..*\.part.*|\.raw-.*")
TOUCHED = re.compile(r"\..*\.part.*|\.raw-.*")  # what a render that was killed leaves half-written


@dataclass(frozen=True)
class Frames:
    """A folder of frames. film: the fingerprint of what they show. size: width and height. channels: 3, or 4 with
    alpha."""

    folder: str
    film: str
    size: tuple[int, int]
    channels: int = 3

    def path(self, number: int) -> Path:
        """Where a frame is, by the number that it has in its scene."""
        return Path(self.folder) / f"{number:05d}.png"

    def is_finished(self, number: int) -> bool:
        """Whether a frame is whole on disk, and of this film."""
        try:
            found = png.read(self.path(number).read_bytes())
        except (OSError, png.Damaged):
            return False
        return found == png.Header(tuple(self.size), self.channels, self._mark(number))

    def missing(self, numbers: Iterable[int]) -> list[int]:
        """Those of the frames that are still to be rendered."""
        return [number for number in numbers if not self.is_finished(number)]

    def keep(self, number: int, data: bytes) -> None:
        """Put a frame's PNG in its place, whole or not at all. Raises OSError, png.Damaged."""
        part = Path(self.folder) / f".{number:05d}.{os.getpid()}.part.png"
        try:
            part.write_bytes(png.marked(data, self._mark(number)))
            part.replace(self.path(number))
        finally:
            part.unlink(missing_ok=True)

    def repeat(self, number: int, source: int) -> None:
        """Take the picture of another frame for this one. Raises OSError, png.Damaged."""
        self.keep(number, self.path(source).read_bytes())

    def _mark(self, number: int) -> str:
        return f"{self.film} {number}"

    def to_json(self) -> str:
        """All of it as text, for another process."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Frames":
        """The inverse of to_json."""
        values = json.loads(text)
        return cls(**values | {"size": tuple(values["size"])})


# --- the folder ------------------------------------------------------------------------------------


def check_folder(folder: Path, film: str | None = None) -> None:
    """Raise FilmError for a folder that isn't one of frames, or, with `film`, for one of another film."""
    if not folder.exists():
        return
    strangers = sorted(path.name for path in folder.iterdir() if not OWN_FILES.fullmatch(path.name) or path.is_dir())
    held = any(path.suffix == ".png" for path in folder.iterdir())
    if strangers or (held and not (folder / NOTE).is_file()):
        what = f"such as {strangers[0]}" if strangers else "which no render of a film has left"
        raise FilmError(f"The folder {folder} holds files of yours, {what}; move them, or choose another --output.")
    if held and film is not None and _note(folder).get("film") != film:
        raise FilmError(
            f"The frames in {folder.name} are of another film, or of this one before something was changed; "
            "render without --resume to replace them."
        )


@contextlib.contextmanager
def held(folder: Path, film: str, resume: bool) -> Iterator[None]:
    """Have a folder of frames to oneself. With `resume`, the frames of this very film that it has are kept.

    Raises FilmError when it isn't a folder of frames, has those of another film, or another render is using it. A
    folder in which not one frame was finished is taken away again.
    """
    check_folder(folder, film if resume else None)
    with _locked(folder):
        check_folder(folder, film if resume and _note(folder) else None)
        for path in list(folder.iterdir()):
            if TOUCHED.fullmatch(path.name) or (path.suffix == ".png" and not resume):
                path.unlink()
        since = time.strftime("%Y-%m-%d %H:%M:%S")
        note = {"film": film, "process": os.getpid(), "machine": platform.node(), "since": since}
        (folder / NOTE).write_text(json.dumps(note), encoding="utf-8")
        try:
            yield
        finally:
            if folder.is_dir() and not any(path.suffix == ".png" for path in folder.iterdir()):
                discard(folder)


def discard(folder: Path) -> None:
    """Delete a folder of frames, and nothing else that somebody may have put there."""
    for path in list(folder.iterdir()):
        if OWN_FILES.fullmatch(path.name) and not path.is_dir():
            with contextlib.suppress(PermissionError):  # in Windows, the lock that is still held
                path.unlink()
    with contextlib.suppress(OSError):
        folder.rmdir()


def room(size: tuple[int, int], count: int) -> int:
    """About how many bytes so many frames of a size take, and the video made of them."""
    return round(0.8 * size[0] * size[1] * count)


def _note(folder: Path) -> dict:
    """What the render that last used a folder has said of itself."""
    try:
        note = json.loads((folder / NOTE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return note if isinstance(note, dict) else {"film": ""}


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, which the system frees when the process ends, however it does."""
    from ...inference.locks import locked

    def refuse() -> None:
        who = _note(folder)
        of = f" (process {who['process']} on {who['machine']}, since {who['since']})" if "process" in who else ""
        raise FilmError(f"Another render{of} is using {folder}; wait for its end, or choose another --output.")

    while True:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with locked(folder / LOCK, refuse):
                if (folder / LOCK).exists():  # else the one who held it has just taken the folder away
                    yield
                    return
        except FileNotFoundError:
            if folder.exists():
                raise


# --- pictures as what is wanted ----------------------------------------------------------------------


def check_pictures(folder: Path) -> None:
    """Raise FilmError for a folder with anything in it but pictures that copy_to has put there."""
    for path in folder.iterdir() if folder.is_dir() else ():
        try:
            made = path.suffix == ".png" and png.read(path.read_bytes()).mark
        except (OSError, png.Damaged):
            made = ""
        if not made:
            raise FilmError(f"The folder {folder} holds {path.name}, no picture of a film; choose another --output.")


def copy_to(frames: Frames, numbers: Iterable[int], folder: Path) -> None:
    """The frames as 00001.png, 00002.png … in a folder, in place of those of an earlier render. Raises OSError."""
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        part.mkdir()
        for place, number in enumerate(numbers, start=1):
            shutil.copyfile(frames.path(number), part / f"{place:05d}.png")
        if folder.is_dir():
            check_pictures(folder)
            shutil.rmtree(folder)
        part.replace(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
