"""Captions -> speech, each sentence made once and kept on the disk; and all of a film's -> one stem."""

import contextlib
import hashlib
import os
import re
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..film.errors import FilmError
from ..sound import wav
from ..sound.loudness import RATE
from .engines import LANGUAGES, Espeak, Piper
from .saying import spoken

if TYPE_CHECKING:
    from ..film.subtitles import Line

VERSION = 1  # of what is made of a sentence beside its engine; another one makes all of them anew
NOTHING = np.zeros(0, np.float32)
ENDING = ".cues.txt"


class Speaker:
    """A synthetic voice in one of LANGUAGES."""

    synthetic = True

    def __init__(self, code: str, engine: Espeak | Piper, cache: Path) -> None:
        """cache: a folder; it is made when there is something to keep. Raises FilmError."""
        engine.check(code)
        self.code, self.engine, self.cache = code, engine, cache
        self._clips: dict[str, np.ndarray] = {}

    @classmethod
    def of(cls, wish: str, cache: Path) -> "Speaker":
        """For one of LANGUAGES, or a file with a voice of Piper's. Raises FilmError."""
        if wish in LANGUAGES:
            return cls(wish, Espeak(), cache)
        path = Path(wish).expanduser()
        if not path.is_file() or path.suffix != ".onnx":
            raise FilmError(
                f"There is no voice {wish}; give one of {', '.join(LANGUAGES)}, or the .onnx file of one of Piper's."
            )
        engine = Piper(path)
        return cls(engine.code, engine, cache)

    def clip(self, texts: dict[str, str]) -> np.ndarray:
        """What is said for a caption, {language: text} -> mono [n] at 48 kHz; empty where there is nothing to say."""
        said = spoken(texts[self.code], self.code)
        if said not in self._clips:
            self._clips[said] = self._kept(said) if said else NOTHING
        return self._clips[said]

    def _kept(self, said: str) -> np.ndarray:
        name = hashlib.sha256("\n".join((str(VERSION), self.engine.key, self.code, said)).encode()).hexdigest()[:32]
        path = self.cache / f"{name}.wav"
        with contextlib.suppress(FilmError):  # not there, or damaged
            return wav.read(path)[0]
        sound = self.engine.say(said, self.code)
        if not len(sound):
            return NOTHING
        with contextlib.suppress(OSError):  # a full disk: it is made again next time
            self.cache.mkdir(parents=True, exist_ok=True)
            number, part = tempfile.mkstemp(suffix=".part", dir=self.cache)
            os.close(number)
            try:
                wav.write(part, np.stack([sound]))
                os.replace(part, path)
            finally:
                Path(part).unlink(missing_ok=True)
        # As it will be read, so that a film is the same whether it was kept or not.
        return (np.round(np.clip(sound, -1, 1) * 32767) / 32768).astype(np.float32)


@dataclass
class Recorded:
    """A recording whose sentences are told apart by cues: {what a caption says, without marks: clip}."""

    clips: dict[str, np.ndarray]
    used: set[str] = field(default_factory=set)
    synthetic = False

    @classmethod
    def of(cls, sound: np.ndarray, path: Path) -> "Recorded":
        """sound: [2, n] at 48 kHz. path: lines such as those of film.narration.txt, with the times at which each
        sentence begins in the recording. Raises FilmError."""
        cues = read_cues(path)
        ends = [begin for begin, _ in cues[1:]] + [sound.shape[1] / RATE]
        clips = {}
        for (begin, text), end in zip(cues, ends, strict=True):
            if not begin < end:
                raise FilmError(
                    f"{path.name}: “{text[:24]}” begins at {begin:.1f} s, where the next one or the end is; "
                    "correct its time."
                )
            clips[_bare(text)] = sound[:, round(begin * RATE) : round(end * RATE)].mean(0)
        return cls({text: _spoken_part(clip) for text, clip in clips.items()})

    def clip(self, texts: dict[str, str]) -> np.ndarray:
        """As Speaker.clip."""
        found = next((_bare(text) for text in texts.values() if _bare(text) in self.clips), None)
        if found is None:
            return NOTHING
        self.used.add(found)
        return self.clips[found]

    @property
    def unused(self) -> list[str]:
        """Sentences that no caption said."""
        return [text for text in self.clips if text not in self.used]


def read_cues(path: Path) -> list[tuple[float, str]]:
    """[(second, text), ...] in order. Raises FilmError."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeError) as error:
        raise FilmError(f"The cues in {path} can't be read ({error}); save them as plain text in UTF-8.") from error
    cues = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        found = re.fullmatch(r"\s*(?:(\d+):)?(\d+):(\d+(?:[.,]\d+)?)\s+(\S.*)", line, re.ASCII)
        if not found:
            raise FilmError(f"{path.name}, line {number}: begin it with a time and a text, such as 00:00:02.5  Hello.")
        hours, minutes, seconds, text = found.groups()
        cues.append((int(hours or 0) * 3600 + int(minutes) * 60 + float(seconds.replace(",", ".")), text.strip()))
    if not cues:
        raise FilmError(f"{path.name} has no cues; give it a line a sentence, such as 00:00:02.5  Hello.")
    return cues


def _bare(text: str) -> str:
    """A text by which a caption is known again: letters and digits only."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _spoken_part(clip: np.ndarray) -> np.ndarray:
    """Without the pauses around it; of a pause alone, nothing."""
    from .engines import trimmed

    return trimmed(clip) if np.abs(clip).max(initial=0.0) > 1e-3 else NOTHING


def stem(voice: Speaker | Recorded, lines: Iterable["Line"], seconds: float) -> np.ndarray | None:
    """All that is said in a film, [2, n] at 48 kHz, each clip when its caption comes; None where nothing is said."""
    sound = np.zeros((2, round(seconds * RATE)), np.float32)
    for line in lines:
        begin = round(line.begin * RATE)
        clip = voice.clip(line.texts)[: max(0, sound.shape[1] - begin)]
        sound[:, begin : begin + len(clip)] += clip
    return sound if np.abs(sound).max(initial=0.0) > 1e-3 else None
