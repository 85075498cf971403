"""Small text files of models, read without trusting them."""

import json
import stat
from pathlib import Path

from .errors import ModelError

_LFS = "version https://git-lfs.github.com/spec/"  # what stands in place of a file that Git LFS has not fetched


def read_text(path: Path, most: int = 10_000_000) -> str:
    """The text of a file of at most so many bytes; a byte-order mark is no part of it.

    Raises ModelError for what is no regular file, larger, not UTF-8, or only a pointer to the file.
    """
    try:
        with open_file(path) as file:
            data = file.read(most + 1)
        if len(data) > most:
            raise ModelError(f"{path} is larger than {most / 1e6:.0f} MB, which no such file is; download it again.")
        text = data.decode("utf-8-sig")
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} can't be read ({reason(error)}); download it again.") from error
    check_pointer(path, text)
    return text


def read_json(path: Path, most: int = 10_000_000) -> object:
    """What a file holds as JSON. Raises ModelError as read_text does, and when it is none."""
    text = read_text(path, most)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path} can't be read as JSON ({reason(error)}); download it again.") from error


def open_file(path: Path):
    """Open a regular file for reading bytes. Raises OSError; nothing is waited for, as opening a pipe would."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError("it is no file")
    return path.open("rb")


def check_pointer(path: Path, beginning: str) -> None:
    """Raise ModelError when a file is only a pointer of Git LFS."""
    if beginning.startswith(_LFS):
        raise ModelError(
            f"{path} is a pointer of Git LFS, not the file that it stands for; run `git lfs pull` in its folder, or "
            "download the file itself."
        )


def reason(error: BaseException | str) -> str:
    """What an error says, on one line of bounded length."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return shown(text, 200)


def shown(value: object, most: int = 80) -> str:
    """Something that a file says, fit for a message: on one line, printable, and not endless."""
    try:
        text = value if isinstance(value, str) else repr(value)
    except (RecursionError, ValueError):  # nested too deeply, or a number of too many digits
        text = type(value).__name__
    text = " ".join(text[: 4 * most].split())
    text = text if text.isprintable() else ascii(text)[1:-1]
    return text if len(text) <= most else text[: most - 1] + "…"


def expanded(path: str | Path) -> Path:
    """A path whose ~ is somebody's home. Raises ModelError where nobody knows whose."""
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise ModelError(
            f"{shown(str(path))} is in the folder of a user that this machine doesn't know; write the whole path."
        ) from error
