"""The subtitles beside a video say what its pictures say, when they say it."""

import html
import re

import pytest

from film.screening import Screening, caption_rows
from transformer_cinema.addon.film.build import build_film
from transformer_cinema.addon.film.subtitles import Line, Video, chapters, files, rows, srt, vtt
from transformer_cinema.addon.film.texts import ALL

CLOCK = r"(\d\d):([0-5]\d):([0-5]\d)%s(\d\d\d)"


def seconds(clock, point):
    hours, minutes, whole, thousandths = map(int, re.fullmatch(CLOCK % re.escape(point), clock).groups())
    return 3600 * hours + 60 * minutes + whole + thousandths / 1000


def cues_of_srt(text):
    """[(begin, end, text in one row), ...], as strictly as a player may read it."""
    cues = []
    for number, block in enumerate(text.rstrip("\n").split("\n\n"), start=1):
        counted, times, *lines = block.split("\n")
        begin, end = times.split(" --> ")
        assert counted == str(number) and 1 <= len(lines) <= 2 and all(lines)
        cues.append((seconds(begin, ","), seconds(end, ","), lines))
    return cues


def cues_of_vtt(text):
    header, *blocks = text.rstrip("\n").split("\n\n")
    assert header == "WEBVTT"
    cues = []
    for block in blocks:
        times, *lines = block.split("\n")
        begin, end = times.split(" --> ")
        assert lines and not re.search(r"[<>]|&(?!amp;|lt;|gt;)", "".join(lines))
        cues.append((seconds(begin, "."), seconds(end, "."), [html.unescape(line) for line in lines]))
    return cues


def joined(lines, code):
    """The rows of a cue as one again: Chinese has no space where a row ended."""
    return ("" if code == "zh" else " ").join(lines).replace(" ", "")


# --- against the pictures ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def watched(short):
    """A film at an odd pace with an act left out -> (Film, Screening)."""
    import bpy

    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    acts = ["prologue", "embedding", "mlp", "unembedding", "loop"]
    scene, film = build_film(short, "both", 1.7, acts)
    return film, Screening(scene)


@pytest.mark.parametrize(("first", "last", "step"), [(1, None, 2), (1, None, 1), (301, 700, 2), (452, 597, 1)])
def test_a_cue_stands_with_every_picture_that_has_its_caption(watched, first, last, step):
    film, screening = watched
    video = range(first, (last or screening.scene.frame_end) + 1, step)
    texts = files(film.lines, film.beats, Video(video, 24), "both")
    for code in ("en", "zh"):
        cues = cues_of_srt(texts[f".{code}.srt"])
        assert cues == cues_of_vtt(texts[f".{code}.vtt"])
        assert len(cues) >= 2
        for picture, frame in enumerate(video):
            moment = (picture * step + 0.5) / 24  # of the frames that a picture stands for, its own
            spoken = {joined(lines, code) for begin, end, lines in cues if begin <= moment < end}
            assert len(spoken) <= 1, "two cues at once"
            shown = {text.replace(" ", "") for text in caption_rows(screening, frame)}
            assert spoken <= shown and bool(spoken) == bool(shown), f"frame {frame}"


def test_a_cue_is_as_near_to_what_is_said_where_every_other_frame_is_shown(watched):
    film, screening = watched
    end = screening.scene.frame_end + 1
    every, half = (Video(range(1, end, step), 24).cut(film.lines) for step in (1, 2))
    assert [(line.begin, line.end) for line in half] == [(line.begin, line.end) for line in every]
    late = [line.begin - whole.begin for line, whole in zip(half, film.lines, strict=True)]
    assert -1e-3 < min(late) and max(late) < 1 / 24 + 1e-3


def test_cues_follow_each_other_and_stay_within_the_video(watched):
    film, screening = watched
    for pictures, step in ((range(1, screening.scene.frame_end + 1), 1), (range(200, 333, 2), 2)):
        end_of_video = len(pictures) * step / 24
        cues = cues_of_srt(files(film.lines, film.beats, Video(pictures, 24), "both")[".en.srt"])
        times = [moment for begin, end, _ in cues for moment in (begin, end)]
        assert times == sorted(times)
        assert times[0] >= 0 and times[-1] <= end_of_video + 0.001
        assert all(end - begin > step / 24 - 0.001 for begin, end, _ in cues), "shorter than one picture"


def test_every_language_is_written_whatever_is_burnt_in(watched):
    film, screening = watched
    names = {f".{code}.{kind}" for code in ("en", "zh", "de") for kind in ("srt", "vtt")} | {
        ".chapters.txt",
        ".narration.txt",
    }
    video = Video(range(1, screening.scene.frame_end + 1), 24)
    for choice in ("en", "both", "none"):
        assert set(files(film.lines, film.beats, video, choice)) >= names
    german = cues_of_srt(files(film.lines, film.beats, video, "en")[".de.srt"])
    assert any("Token" in " ".join(lines) and "geschnitten" in " ".join(lines) for _, _, lines in german)


# --- formats -------------------------------------------------------------------------------------


def test_srt_is_what_players_expect():
    lines = [Line(1.5, 3661.25, {"en": "One."}), Line(3661.25, 3700.0, {"en": "Two & <b>."})]
    assert srt(lines, "en") == (
        "1\n00:00:01,500 --> 01:01:01,250\nOne.\n\n2\n01:01:01,250 --> 01:01:40,000\nTwo & <b>.\n"
    )


def test_vtt_escapes_what_a_browser_would_take_for_markup():
    lines = [Line(0.0, 59.9996, {"en": "A “<b>” & a --> b"})]
    assert vtt(lines, "en") == "WEBVTT\n\n00:00:00.000 --> 00:01:00.000\nA “&lt;b&gt;” &amp; a --&gt; b\n"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Short enough.", "Short enough."),
        ("a\n\n b \n", "a b"),
        (
            "Each token is a number: its row in a table of 6,144.",
            "Each token is a number:\nits row in a table of 6,144.",
        ),
        ("一二三四五六七八九十，一二三四五六七八九十。", "一二三四五六七八九十，\n一二三四五六七八九十。"),
        ("x" * 90, "x" * 90),
    ],
)
def test_long_lines_are_broken_where_a_reader_pauses(text, wanted):
    assert rows(text) == wanted


def test_every_caption_fits_in_two_rows():
    longest = {"en": 56, "de": 56, "zh": 40}
    for code, language in ALL.items():
        for text in (language.lines | language.variants).values():
            broken = rows(text).split("\n")
            assert len(broken) <= 2 and max(map(len, broken)) <= longest.get(code, 60), broken
            assert "".join(broken).replace(" ", "") == text.replace(" ", "")


# --- chapters ------------------------------------------------------------------------------------

BEATS = [
    (0.0, "prologue", "title"),
    (2.0, "prologue", "text"),
    (4.0, "embedding", "split"),
    (8.0, "embedding", "ids"),
    (29.9, "attention", "travel"),
    (50.0, "mlp", "lanes"),
    (55.0, "stack", "rewind"),
    (75.0, "unembedding", "last"),
]


def test_chapters_are_the_acts_as_video_sites_take_them():
    """From 00:00, at least ten seconds each: the prologue goes with the first act, the third with the second."""
    video = Video(range(1, 90 * 24 + 1, 2), 24)
    assert chapters(BEATS, video, "en") == (
        "00:00 1 · Embedding: words become numbers\n00:29 2 · Attention: vectors talk\n"
        "00:55 Layer upon layer\n01:15 4 · Unembedding: numbers become a word\n"
    )


def test_chapters_of_a_part_begin_with_what_it_begins_in():
    video = Video(range(1 + 40 * 24, 1 + 72 * 24), 24)
    assert chapters(BEATS, video, "both") == (
        "00:00 2 · Attention: vectors talk · 第二部 · 注意力：语义交流\n00:15 Layer upon layer · 层层叠加\n"
    )


def test_a_short_video_has_one_chapter():
    assert chapters(BEATS, Video(range(10, 40), 24), "none") == "00:00 Prologue\n"


def test_chapters_of_a_real_film(watched):
    film, screening = watched
    lines = files(film.lines, film.beats, Video(range(1, screening.scene.frame_end + 1), 24), "zh")[".chapters.txt"]
    begins = [int(line[:2]) * 60 + int(line[3:5]) for line in lines.splitlines()]
    assert begins[0] == 0 and all(after - before >= 10 for before, after in zip(begins, begins[1:], strict=False))
    for line, begin in zip(lines.splitlines()[1:], begins[1:], strict=True):
        act = next(act for act, title in ALL["zh"].titles.items() if title == line[6:])
        first = min(frame for beat, (frame, _) in screening.beats.items() if beat.startswith(f"{act}."))
        assert begin in ((first - 1) // 24, first // 24)  # a marker may stand half a frame early
