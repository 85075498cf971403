"""The one piece of work that goes on at a time, in steps between which Blender draws and listens.

Work is a generator: it yields (done, total, what) after some milliseconds each and returns a Message on what came of
it. What takes longer waits on a thread (job.py) or in another Blender (background.py). Closing it undoes what it did.
"""

import time
import traceback
from contextlib import closing
from dataclasses import dataclass

import bpy

from . import job
from .translations import CONTEXT, sentence

_ = bpy.app.translations.pgettext_rpt
STEP_SECONDS = 0.02  # of work before Blender gets its turn
REDRAW_SECONDS = 0.08  # between two redraws of the progress
TIMER_SECONDS = 0.02  # that are Blender's in between
JOIN_SECONDS = 3.0  # that threads get to end when the extension is disabled
# What steps say they are at -> how a user calls it.
STEPS = {
    "…": "",
    "Running the model": "Running the model",
    "Composing the sound": "Composing the sound",
    "stage": "Stage",
    "cast": "Elements",
    "captions": "Captions",
    "prologue": "Prologue",
    "embedding": "Embedding",
    "attention": "Attention",
    "mlp": "MLP",
    "stack": "All Layers",
    "unembedding": "Unembedding",
    "loop": "Loop",
    "keyframes": "Keyframes",
    "evidence": "Numbers",
    "film": "Film",
    "frames": "Frames",
    "video": "Writing the video",
    "stills": "Stills",
    "verified": "Numbers",
    "verify": "",
    "job": "",
    "Blender": "",
}

_current = None
_message = None
_about = ""
_made = ""


@dataclass(frozen=True)
class Message:
    """What came of a piece of work. kind: as Operator.report knows them. done: whether it did what it should.

    stays: shown in the panel until it is dismissed; warnings and errors are. path: the file or folder that was made.
    """

    kind: str
    text: str
    done: bool = True
    stays: bool = False
    path: str = ""


class Work:
    """Steps on their way, driven by a timer in a window. in_file: they touch the file's data."""

    def __init__(self, title, steps, window, in_file):
        self.title, self.steps, self.in_file = title, steps, in_file
        self.done, self.total, self.what = 0, 1, ""
        self.running, self._told, self._first = True, 0.0, None
        self._timer = bpy.context.window_manager.event_timer_add(TIMER_SECONDS, window=window)

    @property
    def factor(self):
        """How much is done, from 0 to 1."""
        return self.done / self.total if self.total else 0.0

    @property
    def seconds_left(self):
        """About how long it will still take; None while nobody can tell."""
        if self._first is None or self.factor <= self._first[1]:
            return None
        spent, part = time.perf_counter() - self._first[0], self.factor - self._first[1]
        return (1 - self.factor) * spent / part if spent > 5 else None

    @property
    def text(self):
        """What is being done, in the user's language."""
        word = self.what.partition(",")[0].partition(".")[0]
        parts = [
            self.title,
            f"{self.done:,} / {self.total:,}" if word == "frames" else _(STEPS.get(word, self.what), CONTEXT),
        ]
        left = self.seconds_left
        if left and left > 10:
            parts.append(_("{:s} left").format(duration(left)))
        return " · ".join(part for part in parts if part)

    def advance(self):
        """Do steps for a while -> the Message that it ended with, or None."""
        if self.in_file and bpy.app.is_job_running("RENDER"):
            return None  # while it renders, Blender reads the file's data from other threads
        until = time.perf_counter() + STEP_SECONDS
        try:
            while time.perf_counter() < until:
                self.done, self.total, self.what = next(self.steps)
        except StopIteration as end:
            return self._end(end.value)
        except Exception as error:
            return self._end(explained(error))
        if self._first is None and self.factor > 0:
            self._first = time.perf_counter(), self.factor
        self._tell()
        return None

    def _tell(self):
        """Show how far it is, some times a second."""
        now = time.perf_counter()
        if now > self._told + REDRAW_SECONDS:
            self._told = now
            redraw()
            _say_in_status_bar(f"{self.text} · {100 * self.factor:.0f} % · {_('Esc: Stop')}")

    def leave_window(self):
        """Go on without the operator that drove it, as when another file is opened."""
        bpy.context.window_manager.event_timer_remove(self._timer)
        self._timer = None
        bpy.app.timers.register(_drive, first_interval=TIMER_SECONDS, persistent=True)

    def stop(self, why="", kind="WARNING"):
        """Close the steps, which undo what they did. why: what the panel says then."""
        if self.running:
            message = Message(kind if why else "INFO", why, False, stays=bool(why))
            try:
                self.steps.close()
            except Exception as error:
                message = explained(error)
            self._end(message)

    def _end(self, message):
        global _current
        _current, self.running = None, False
        if self._timer:
            bpy.context.window_manager.event_timer_remove(self._timer)
        _say_in_status_bar(None)
        say(message)
        return message


def _drive():
    """A timer of Blender's, for work that no operator drives."""
    return TIMER_SECONDS if _current and _current._timer is None and not _current.advance() else None


def duration(seconds):
    """Seconds as a user wants to read them: 40 s, 12 min, 3.5 h."""
    if seconds < 90:
        return _("{:.0f} s").format(seconds)
    return _("{:.0f} min").format(seconds / 60) if seconds < 5400 else _("{:.1f} h").format(seconds / 3600)


def _say_in_status_bar(text):
    """In all windows; None takes it away from every workspace, for the user may have changed to another meanwhile."""
    shown = [window.workspace for window in bpy.context.window_manager.windows]
    for workspace in shown if text else bpy.data.workspaces:
        with bpy.context.temp_override(workspace=workspace):
            workspace.status_text_set(text)


def current():
    """The Work that goes on, or None."""
    return _current


def begin(title, steps, window, in_file=True, name=""):
    """Start the work -> it. name: of the operator that it is done for."""
    global _current, _about
    dismiss()
    _about = name
    _current = Work(title, steps, window, in_file)
    return _current


def finish(steps, progress, name=""):
    """Do all steps at once, for scripts -> the Message they end with. progress(fraction). name: as of begin()."""
    global _about
    dismiss()
    _about = name
    with closing(steps):
        try:
            while True:
                done, total, what = next(steps)
                progress(done / total if total else 0.0)
        except StopIteration as end:
            message = end.value
        except Exception as error:
            message = explained(error)
    say(message)
    return message


def stop_by_user():
    """Stop what goes on, because the user wants so, and say that it was."""
    if _current:
        said = _("{:s} was stopped.")
        if _current.what.startswith("frames"):
            said = _("{:s} was stopped; finished frames are kept, and it can be resumed.")
        _current.stop(said.format(_current.title), "INFO")


def stop(why="", wait=False):
    """Stop what goes on, if anything. wait: until its threads have ended."""
    if _current:
        _current.stop(why)
    if wait:
        job.wait_for_all(JOIN_SECONDS)


def message():
    """The Message to show, or None."""
    return _message


def about():
    """The name of the operator that the last work was done for: what goes on, and the message, belong to its button."""
    return _about


def say(message):
    """Show a Message in the panel, if it is one that stays."""
    global _message, _made
    _message = message if message.stays or message.kind != "INFO" else None
    _made = message.path or _made
    redraw()


def made():
    """The file or folder that was made last, or ""."""
    return _made


def is_seen():
    """Whether a sidebar with the panel, and so with the message, is open."""
    return any(
        region.type == "UI" and region.width > 1 and region.active_panel_category == "Cinema"
        for window in bpy.context.window_manager.windows
        for area in window.screen.areas
        if area.type == "VIEW_3D"
        for region in area.regions
    )


def dismiss():
    """Take the message away."""
    global _message
    _message = None


def redraw():
    """Have the panel drawn again, and not the viewport behind it, which may take long."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                for region in area.regions:
                    if region.type == "UI":
                        region.tag_redraw()


def explained(error):
    """An error -> the Message for the user. One that nobody foresaw goes to the console, too."""
    from ..inference.errors import Cancelled, ModelError
    from .film.errors import FilmError

    if isinstance(error, (ModelError, FilmError)):
        return Message("INFO" if isinstance(error, Cancelled) else "ERROR", sentence(str(error)), False)
    if isinstance(error, MemoryError):
        return Message("ERROR", _("There is not enough memory for this."), False)
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.strerror}: {error.filename}" if error.filename else error.strerror
        return Message("ERROR", _("{:s}; choose another place.").format(where), False)
    traceback.print_exception(error)
    text = _("Something went wrong ({}); the console says more.")
    return Message("ERROR", text.format(f"{type(error).__name__}: {error}"), False)


def part(begin, end, steps, what=None):
    """Steps as a part of larger work, from one fraction of it to another -> what they return."""
    with closing(steps):
        while True:
            try:
                done, total, now = next(steps)
            except StopIteration as stop:
                return stop.value
            yield begin + (end - begin) * (done / total if total else 0.0), 1.0, what or now


# --- what comes between ----------------------------------------------------------------------------


def _interruptions():
    """Handlers of what makes all references to the file's data useless."""
    handlers = bpy.app.handlers
    return handlers.undo_pre, handlers.redo_pre, handlers.load_pre


def register():
    """Listen to undo, redo and opened files, all the time: a list of handlers must not change while it is called."""
    for handlers in _interruptions():
        handlers.append(_interrupt)


def unregister():
    """The inverse of register()."""
    for handlers in _interruptions():
        handlers.remove(_interrupt)


@bpy.app.handlers.persistent
def _interrupt(*scene):
    if _current and _current.in_file:
        stop(_("Stopped, because the file changed meanwhile."))
