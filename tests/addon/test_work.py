"""The one piece of work at a time: what drives it, stops it, and tells of it. The test plays the timer's part."""

import json
import threading
import time
from types import SimpleNamespace

import pytest

from transformer_cinema.addon import background, work
from transformer_cinema.addon.film.errors import FilmError
from transformer_cinema.addon.job import on_thread
from transformer_cinema.inference.errors import Cancelled


@pytest.fixture
def window(bpy):
    yield bpy.context.window
    work.stop()
    work.dismiss()


def driven(going):
    """Call advance() as the timer does -> the Message at the end."""
    while True:
        message = going.advance()
        if message:
            return message


def counting_to(total):
    for done in range(total):
        yield done, total, f"number {done}"
    return work.Message("INFO", "Counted.")


def test_work_goes_on_until_its_end(window):
    going = work.begin("Counting", counting_to(3), window)
    assert work.current() is going and going.running
    assert driven(going).text == "Counted."
    assert work.current() is None and not going.running
    assert (going.done, going.total, going.what) == (2, 3, "number 2")
    assert work.message() is None, "news don't stay in the panel"


def failing(error):
    yield 0, 1, "…"
    raise error


@pytest.mark.parametrize(
    ("error", "kind", "text"),
    [
        (FilmError("The film tore."), "ERROR", "The film tore."),
        (Cancelled(), "INFO", "The computation was cancelled."),
        (MemoryError(), "ERROR", "There is not enough memory for this."),
        (
            FileNotFoundError(2, "No such file or directory", "/a/b"),
            "ERROR",
            "No such file or directory: /a/b; choose another place.",
        ),
        (KeyError("x"), "ERROR", "Something went wrong (KeyError: 'x'); the console says more."),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_went_wrong_is_told_and_stays_until_dismissed(bpy, window, capsys, error, kind, text):
    said = driven(work.begin("Failing", failing(error), window))
    assert (said.kind, said.text, said.done) == (kind, text, False)
    assert work.message() == (said if kind == "ERROR" else None)
    assert ("Traceback" in capsys.readouterr().err) == isinstance(error, KeyError), "what nobody foresaw, in full"
    bpy.ops.cinema.dismiss()
    assert work.message() is None


def closing_notes(notes):
    try:
        while True:
            yield 0, 1, "…"
    finally:
        notes.append("closed")


def test_only_one_piece_of_work_at_a_time(bpy, window):
    assert bpy.ops.cinema.build_film.poll()
    work.begin("First", closing_notes([]), window)
    assert not bpy.ops.cinema.build_film.poll() and not bpy.ops.cinema.verify_film.poll()
    bpy.ops.cinema.stop()
    assert bpy.ops.cinema.build_film.poll()


@pytest.mark.parametrize("in_file", [True, False])
def test_what_changes_the_file_under_it_stops_it_first(bpy, window, in_file):
    """A download has nothing to do with the file and goes on."""
    notes = []
    work.begin("Building", closing_notes(notes), window, in_file).advance()
    handlers = [handler for handler in bpy.app.handlers.undo_pre if "work" in handler.__module__]
    assert len(handlers) == 1
    handlers[0](bpy.context.scene)
    assert notes == (["closed"] if in_file else [])
    assert bool(work.message()) == in_file
    work.stop()
    assert notes == ["closed"]
    handlers[0](bpy.context.scene)  # nothing goes on: it has nothing to stop
    assert notes == ["closed"]


def test_opening_another_file_stops_it(bpy, window, film_file):
    notes = []
    work.begin("Building", closing_notes(notes), window).advance()
    bpy.ops.wm.open_mainfile(filepath=str(film_file))
    assert notes == ["closed"] and work.current() is None


def test_a_thread_is_cancelled_when_its_steps_are_closed():
    seen = []

    def until_cancelled(progress, cancelled):
        progress(1, 2, "half")
        while not cancelled():
            time.sleep(0.005)
        seen.append("cancelled")

    steps = on_thread(until_cancelled)
    while next(steps) != (1, 2, "half"):
        pass
    steps.close()
    from transformer_cinema.addon.job import wait_for_all

    wait_for_all(5)
    assert seen == ["cancelled"]


def test_work_waits_for_what_was_cancelled_before(window):
    """Two models in memory at a time may be too many."""
    let_go, log = threading.Event(), []

    def slow(progress, cancelled):
        let_go.wait(30)
        log.append("first ended")

    def quick(progress, cancelled):
        log.append("second began")
        return "done"

    first = on_thread(slow)
    next(first)
    first.close()
    second = on_thread(quick)
    assert [next(second) for _ in range(3)] == [(0, 1, "")] * 3 and log == []
    let_go.set()
    with pytest.raises(StopIteration) as end:
        while True:
            next(second)
    assert end.value.value == "done" and log == ["first ended", "second began"]


def test_parts_of_larger_work_fill_their_share(window):
    def two():
        yield from work.part(0.0, 0.25, counting_to(2))
        return (yield from work.part(0.25, 1.0, counting_to(3), "later"))

    steps = two()
    told = [step for step in steps]
    assert [fraction for fraction, _, _ in told] == pytest.approx([0, 0.125, 0.25, 0.5, 0.75])
    assert [what for _, _, what in told] == ["number 0", "number 1", "later", "later", "later"]


# --- in the background ------------------------------------------------------------------------------
@pytest.mark.slow
def test_a_task_leaves_its_result_for_the_blender_that_sent_it(film, tmp_path):
    background.main("verify", film.name, str(tmp_path), {})
    checked, wrong, first = json.loads((tmp_path / background.RESULT).read_text())["value"]
    assert checked > 10_000 and (wrong, first) == (0, "")
    done, total, _ = json.loads((tmp_path / background.PROGRESS).read_text())
    assert done == total


def test_a_task_that_fails_says_why(film, tmp_path, monkeypatch):
    from transformer_cinema.addon.film import evidence

    for collection in film.collection.children_recursive:
        if evidence.EVIDENCE in collection.keys():
            del collection[evidence.EVIDENCE]
    background.main("verify", film.name, str(tmp_path), {})
    assert "keeps no record" in json.loads((tmp_path / background.RESULT).read_text())["error"]


@pytest.mark.slow
def test_a_film_is_verified_and_the_panel_says_so(bpy, film):
    assert bpy.ops.cinema.verify_film() == {"FINISHED"}
    assert work.message().text.endswith("numbers checked, all agree")
    assert work.about() == "cinema.verify_film", "it is said under that button"
    tile = next(one for one in film.objects if one.name.startswith("Attention tile"))
    attribute = tile.data.attributes["weight"]
    attribute.data[0].value = 0.123
    with pytest.raises(RuntimeError, match="numbers are not the model's, such as film: Attention tile"):
        bpy.ops.cinema.verify_film()
    assert work.message().kind == "ERROR"


# --- what the user does meanwhile -------------------------------------------------------------------


class Pressed:
    """Stands in for an operator, its context and an event."""

    def __init__(self, going, playing=False):
        self._work = going
        self.screen = SimpleNamespace(is_animation_playing=playing)
        self.type, self.value = "ESC", "PRESS"

    def modal(self):
        from transformer_cinema.addon.operators.working import Working

        return Working.modal(self, self, self)

    def cancel(self):
        from transformer_cinema.addon.operators.working import Working

        Working.cancel(self, self)


def test_esc_stops_a_film_that_plays_first(window):
    notes = []
    going = work.begin("Verify Film", closing_notes(notes), window, in_file=False)
    going.advance()
    assert Pressed(going, playing=True).modal() == {"PASS_THROUGH"} and not notes
    assert Pressed(going).modal() == {"CANCELLED"} and notes == ["closed"]
    assert work.message().text == "Verify Film was stopped.", "not in silence"


@pytest.mark.parametrize("in_file", [True, False])
def test_another_file_ends_only_what_has_to_do_with_the_file(bpy, window, in_file):
    """Blender cancels all operators then. A download goes on, driven by a timer."""
    going = work.begin("Download", counting_to(3), window, in_file)
    going.advance = lambda: None  # one that takes long
    Pressed(going).cancel()
    assert going.running != in_file
    if not in_file:
        assert work._drive() == work.TIMER_SECONDS
        del going.advance
        assert work._drive() is None and work.current() is None, "its end"


def test_what_is_done_is_told_in_words_and_how_long_it_takes(window, monkeypatch):
    from transformer_cinema.addon import work as module

    now = [100.0]
    monkeypatch.setattr(module.time, "perf_counter", lambda: now[0])
    going = work.begin("Render Film", closing_notes([]), window, in_file=False)
    going.done, going.total, going.what = 0, 1000, "frames, 2 at work"
    assert going.text == "Render Film · 0 / 1,000"
    going.done = 100
    going._first = now[0], 0.1
    going.done, now[0] = 200, 160.0
    assert going.text == "Render Film · 200 / 1,000 · 8 min left"
    going.done, going.total, going.what = 0, 1, "attention.head"
    assert going.text == "Render Film · Attention"
    work.stop_by_user()
    assert "can be resumed" not in work.message().text
    assert [module.duration(seconds) for seconds in (40, 600, 9000)] == ["40 s", "10 min", "2.5 h"]
