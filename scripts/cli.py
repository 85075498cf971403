"""What the scripts share: arguments of the model, progress, and errors as one sentence with an exit code.

Import it after bootstrap.ensure(). A script ends with `cli.run(main)`.
"""

import argparse
import contextlib
import os
import sys
import time
import traceback
from pathlib import Path

from _bootstrap import blender, say

# An error of these kinds can only have been raised when its module is loaded: none is imported just to catch it.
ERRORS = {
    "transformer_cinema.inference.errors": "ModelError",
    "transformer_cinema.addon.film.errors": "FilmError",
}


class Parser(argparse.ArgumentParser):
    """An ArgumentParser that reports a mistake in one sentence."""

    def error(self, message):
        self.exit(2, f"{self.prog}: {message} (--help lists all options)\n")


def parser(description):
    """A Parser that shows the script's docstring as it is written."""
    prog = Path(sys.argv[0]).name if not blender.inside() else None
    return Parser(prog=prog, description=description, formatter_class=argparse.RawDescriptionHelpFormatter)


def arguments():
    """The arguments of the script: in `blender -b -P script.py -- …` those after the two dashes."""
    if not blender.inside():
        return sys.argv[1:]
    return sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else []


def add_model_arguments(parser):
    """Add --prompt, --model, --new-tokens and the options of sampling."""
    from transformer_cinema.inference.sampling import Sampling

    usual = Sampling()
    group = parser.add_argument_group("model")
    add = group.add_argument
    add("--prompt", metavar="TEXT", help="the text the model continues")
    add("--model", metavar="FOLDER", help="a folder with a GPT-2 checkpoint (the embedded model)")
    add("--new-tokens", metavar="N", type=int, default=4, help="how many tokens it writes (%(default)s)")
    add("--temperature", metavar="X", type=float, default=usual.temperature, help="0: the likeliest (%(default)s)")
    add("--top-k", metavar="N", type=int, default=usual.top_k, help="draw from the N likeliest, 0: all (%(default)s)")
    add("--top-p", metavar="X", type=float, default=usual.top_p, help="draw from the likeliest X of 1 (%(default)s)")
    add("--seed", metavar="N", type=int, default=usual.seed, help="the same seed draws the same (%(default)s)")


def model_from(options):
    """Load the Model that --model names, or the embedded one."""
    from transformer_cinema.inference.model import EMBEDDED_MODEL, Model

    return Model.load(Path(options.model) if options.model else EMBEDDED_MODEL)


def tell_notice(model):
    """Say it when the model ran in another way than it should, such as without onnxruntime."""
    if model.notice:
        say(model.notice, sys.stderr)


def sampling_from(options):
    """The Sampling that the options describe."""
    from transformer_cinema.inference.sampling import Sampling

    return Sampling(options.temperature, options.top_k, options.top_p, options.seed)


@contextlib.contextmanager
def progress():
    """Yield callback(done, total, what), which shows a bar with the time remaining, or plain lines in a log."""
    if sys.stdout.isatty() and not blender.inside():
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        label = TextColumn("{task.description}", markup=False)
        with Progress(label, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()) as bar:
            yield _BarOf(bar)
    else:
        yield _Lines()


class _BarOf:
    """Draws with rich; a new total starts a new bar, so that the time remaining is that of the work going on."""

    def __init__(self, bar):
        self.bar, self.task, self.total = bar, None, None

    def __call__(self, done, total, what):
        if self.task is None or total != self.total:
            self.task, self.total = self.bar.add_task(what, total=total), total
        self.bar.update(self.task, completed=done, description=what)


class _Lines:
    """Prints at most one line a second, and always the last one; from the third second on with the time remaining."""

    def __init__(self):
        self.next_time, self.total = 0.0, None

    def __call__(self, done, total, what):
        now = time.monotonic()
        if total != self.total:
            self.total, self.started, self.first = total, now, done
        if now >= self.next_time or done == total:
            self.next_time = now + 1
            elapsed, made = now - self.started, done - self.first
            line = f"{what}: {done} of {total}"
            if made and elapsed > 2 and done < total:
                line += f", {duration(elapsed / made * (total - done))} left"
            say(line)


def duration(seconds):
    """Seconds for a reader: 75 -> '1 min 15 s'."""
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def run(main):
    """Call main() and end the process: 0 when it returns, 2 after one sentence on stderr, 130 after Ctrl-C."""
    try:
        code = main() or 0
    except KeyboardInterrupt:
        say("Interrupted.", sys.stderr)
        code = 130
    except SystemExit as leaving:
        code = leaving.code or 0
    except Exception as error:
        if isinstance(error, _expected()):
            say(sentence(error), sys.stderr)
            code = 2
        else:
            traceback.print_exc()
            code = 1
    _leave(code)


def sentence(error):
    """An error in one line for the user."""
    if isinstance(error, MemoryError):
        return "There is not enough memory for this."
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    return " ".join(str(error).split()) or type(error).__name__


def _expected():
    """The kinds of error that a user can do something about."""
    loaded = (getattr(sys.modules[module], name) for module, name in ERRORS.items() if module in sys.modules)
    return (OSError, MemoryError, *loaded)


def _leave(code):
    if blender.inside():
        if code:
            sys.exit(code)
        return  # a Blender with a window stays open
    sys.stdout.flush()
    sys.stderr.flush()
    if "bpy" in sys.modules:
        os._exit(code)  # Blender 4.5 as a module can hang when the interpreter ends
    sys.exit(code)
