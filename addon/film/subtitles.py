"""What the captions say, as files that go beside a video: .srt, .vtt, and the chapters. No bpy in here.

A film notes its captions in seconds. A video shows some of the film's frames: its cues are cut to that stretch, whose
first frame is at 0, and begin and end with a frame of the film, also where only every other one is shown, for the sound
goes on between them.
"""

import html
import json
import math
from dataclasses import astuple, dataclass

from .lines import breaks
from .texts import ALL, is_dense, spoken
from .timeline import NEAR

ROW, DENSE_ROW = 42, 18  # letters that fit in one row of subtitles
SHORTEST_CHAPTER = 10  # seconds; video sites show no chapters at all if one is shorter
LETTERS_A_SECOND, DENSE_A_SECOND = 20, 9  # what subtitlers keep below; dense: Chinese and its like


def reading_time(text):
    """Seconds that it takes to read a caption."""
    dense = sum(is_dense(letter) for letter in text)
    return dense / DENSE_A_SECOND + (len(text) - dense) / LETTERS_A_SECOND


@dataclass
class Line:
    """One caption: from begin to end, in seconds of the film. texts: {language code: text}."""

    begin: float
    end: float | None  # None while it still stands
    texts: dict


@dataclass(frozen=True)
class Video:
    """Which frames of a film a video shows. frames: a range; fps: of the film, whose frame 1 is at 0 s."""

    frames: range
    fps: int

    @property
    def seconds(self):
        return len(self.frames) * self.frames.step / self.fps

    def moment(self, second):
        """The second of the video at which the frame comes with which something begins, at a second of the film."""
        frame = math.ceil(1 + second * self.fps - self.frames.start - NEAR)
        return min(max(frame / self.fps, 0.0), self.seconds)

    def cut(self, lines):
        """The Lines that are seen, in seconds of the video."""
        seen = [Line(self.moment(line.begin), self.moment(line.end), line.texts) for line in lines]
        return [line for line in seen if line.begin < line.end]


def srt(lines, code):
    """Lines -> SubRip. A < stays as it is: the format has no other way to write it."""
    cues = [
        f"{number}\n{_clock(line.begin, ',')} --> {_clock(line.end, ',')}\n{rows(line.texts[code])}\n"
        for number, line in enumerate(lines, start=1)
    ]
    return "\n".join(cues)


def vtt(lines, code):
    """Lines -> WebVTT."""
    cues = [
        f"{_clock(line.begin, '.')} --> {_clock(line.end, '.')}\n{html.escape(rows(line.texts[code]), quote=False)}\n"
        for line in lines
    ]
    return "\n".join(["WEBVTT\n", *cues])


def chapters(beats, video, choice):
    """One `MM:SS Title` a line, the first one at 00:00.

    beats: (second, act, beat) of a film. choice: what its captions are in. An act too short for a chapter belongs to
    the one before it; at the very beginning, to the next.
    """
    begins = {}
    for second, act, _ in beats:
        begins.setdefault(act, video.moment(second))
    ends = [*list(begins.values())[1:], video.seconds]
    acts = [(begin, end, act) for (act, begin), end in zip(begins.items(), ends, strict=True) if begin < end]
    kept = []
    for begin, end, act in acts:
        start = begin if kept else 0.0
        if end - start >= SHORTEST_CHAPTER:
            kept.append((start, act))
    if not kept:
        kept = [(0.0, act) for _, _, act in sorted(acts, key=lambda one: one[0] - one[1])[:1]]
    return "".join(f"{int(start) // 60:02d}:{int(start) % 60:02d} {_title(act, choice)}\n" for start, act in kept)


def files(lines, beats, video, choice):
    """Everything that goes beside a video -> {ending of the file's name: text}; what a speaker says, too."""
    seen = video.cut(lines)
    made = {f".{code}.{write.__name__}": write(seen, code) for code in ALL for write in (srt, vtt)}
    languages = spoken(choice) or spoken("en")
    narration = "".join(f"{_clock(line.begin, '.')}  {line.texts[languages[0].code]}\n" for line in seen)
    return made | {".chapters.txt": chapters(beats, video, choice), ".narration.txt": narration}


def to_json(lines, beats, fps):
    """A film's captions and beats as text, for its scene to keep. fps: frames a second that it was written for."""
    return json.dumps({"fps": fps, "beats": beats, "lines": [astuple(line) for line in lines]}, ensure_ascii=False)


def from_json(text, fps):
    """The inverse -> (lines, beats), in seconds at the frame rate that the film is played at."""
    kept = json.loads(text)
    scale = kept["fps"] / fps
    lines = [Line(begin * scale, end * scale, texts) for begin, end, texts in kept["lines"]]
    return lines, [(second * scale, act, beat) for second, act, beat in kept["beats"]]


# --- words and numbers ---------------------------------------------------------------------------


def _title(act, choice):
    languages = spoken(choice) or spoken("en")
    return " · ".join(language.titles[act] for language in languages)


def _clock(second, point):
    """Seconds -> HH:MM:SS,mmm."""
    whole, thousandths = divmod(round(second * 1000), 1000)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}{point}{thousandths:03d}"


def rows(text):
    """A text in one row, or in two of about the same length. None is empty: that would end the cue."""
    text = " ".join(text.split())
    dense = sum(map(is_dense, text)) > len(text) / 3
    if len(text) <= (DENSE_ROW if dense else ROW):
        return text
    places = breaks(text)
    if not places:
        return text
    best = min(places, key=lambda i: abs(2 * i - len(text)) - (8 if text[i - 1] in ".:;,。：；，、？！）" else 0))
    return f"{text[:best].rstrip()}\n{text[best:].lstrip()}"
