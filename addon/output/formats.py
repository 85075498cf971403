"""The kinds of video that there are. No bpy in here: a wrong name is refused before Blender is loaded."""

from dataclasses import dataclass
from pathlib import Path

from ..film.errors import FilmError


@dataclass(frozen=True)
class Format:
    """A kind of video. container, codec: as compat.use_video takes them; "" for what isn't made by FFmpeg.

    alpha: whether it can be transparent. what: for whom it is.
    """

    container: str
    codec: str
    alpha: bool
    what: str

    @property
    def sound(self) -> bool:
        """Whether it can be heard."""
        return bool(self.container)


FORMATS = {
    ".mp4": Format("MPEG4", "H264", False, "H.264, plays everywhere"),
    ".webm": Format("WEBM", "WEBM", True, "VP9, for web pages"),
    ".mov": Format("QUICKTIME", "PRORES", True, "ProRes, for editing"),
    ".webp": Format("", "", True, "a small looped picture for slides"),
    ".gif": Format("", "", False, "the same for older programs"),
}
FOLDER = Format("", "", True, "a folder of PNG files")


def format_of(output: Path) -> Format:
    """The format that a file's ending stands for; without one, a folder of pictures. Raises FilmError."""
    if not output.suffix:
        return FOLDER
    found = FORMATS.get(output.suffix.lower())
    if found is None:
        raise FilmError(
            f"A video can't be {output.suffix}; end its name in {', '.join(FORMATS)}, or in / for a folder of pictures."
        )
    return found


def check_alpha(output: Path) -> None:
    """Raise FilmError for a format that can't be transparent."""
    if not format_of(output).alpha:
        able = ", ".join(ending for ending, kind in FORMATS.items() if kind.alpha)
        raise FilmError(f"{output.suffix} can't be transparent; use {able}, or a folder of pictures.")
