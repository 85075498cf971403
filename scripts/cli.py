"""What the scripts share: arguments of the model, progress, and errors as one sentence with an exit code.

Import it after bootstrap.ensure(). A script ends with `cli.run(main)`.
"""

import argparse
import contextlib
import errno
import locale
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
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
        given = sys.argv[1:]
    else:
        given = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else []
    return [_as_typed(argument) for argument in given]


def _as_typed(argument):
    """An argument that is UTF-8, in a locale that says otherwise, as the text that it is."""
    try:
        argument.encode()
        return argument
    except UnicodeEncodeError:
        with contextlib.suppress(UnicodeError):
            return os.fsencode(argument).decode()
        return argument


def add_model_arguments(parser):
    """Add --prompt, --model, --new-tokens and the options of sampling."""
    from transformer_cinema.inference.sampling import MOST_TOKENS, Sampling

    usual = Sampling()
    until = f"until the sentence ends, at most {MOST_TOKENS}"
    group = parser.add_argument_group("model")
    add = group.add_argument
    add("--prompt", metavar="TEXT", help="the text the model continues")
    add("--contrast", metavar="TEXT", help="a second text with a word of the prompt, to see what context does to it")
    add("--model", metavar="NAME", help="a folder with a GPT-2, or a name such as gpt2 (storybook; for Chinese: poems)")
    add_download_arguments(group)
    add("--new-tokens", metavar="N", type=int, help=f"how many tokens it writes ({until})")
    add("--temperature", metavar="X", type=float, default=usual.temperature, help="0: the likeliest (%(default)s)")
    add("--top-k", metavar="N", type=int, default=usual.top_k, help="draw from the N likeliest, 0: all (%(default)s)")
    add("--top-p", metavar="X", type=float, default=usual.top_p, help="draw from the likeliest X of 1 (%(default)s)")
    add("--seed", metavar="N", type=int, default=usual.seed, help="the same seed draws the same (%(default)s)")


def add_download_arguments(group):
    """Add --download and --source."""
    from transformer_cinema.inference.sources import SOURCES

    group.add_argument("--download", action="store_true", help="fetch the model if it isn't here, without asking")
    group.add_argument("--source", choices=SOURCES, help="where from (huggingface; modelscope if that is out of reach)")


def model_from(options):
    """Load the Model that --model names, or an embedded one; fetch it first if need be and the user agrees."""
    from transformer_cinema.inference import embedded
    from transformer_cinema.inference.files import expanded
    from transformer_cinema.inference.hub import KNOWN, ModelName
    from transformer_cinema.inference.model import Model

    chosen = options.model or embedded.name_for(options.prompt or "")
    if options.model is None and chosen == embedded.CHINESE:
        say(f"The prompt is Chinese, so the model is {chosen}, which knows classical poems (--model chooses another).")
    if chosen in embedded.MODELS:
        return Model.load(embedded.MODELS[chosen])
    folder = expanded(options.model)
    is_path = options.model.startswith((".", "~", "/")) or "\\" in options.model
    # Something else here may have the name of a known model.
    if is_path or (folder.exists() and (options.model not in KNOWN or (folder / "config.json").is_file())):
        return Model.load(folder)
    name = ModelName.parse(options.model)
    return Model.load(folder_of(name, options), name.short)


def folder_of(name, options):
    """The folder of a model of the hub, which is fetched if it isn't here and the user agrees.

    Raises ModelError when the user doesn't, or can't be asked.
    """
    from transformer_cinema.inference import hub
    from transformer_cinema.inference.errors import ModelError

    cache = hub.default_cache()
    folder = hub.find(name, cache)
    if folder:
        return folder
    size = f"{name.known.n_bytes / 1e6:,.0f} MB, licence {name.known.licence}" if name.known else "size not known yet"
    if not options.download and not _agrees(f"{name.short} is not here. Fetch {name.repo} ({size})? [y/N] "):
        raise ModelError(
            f"{name.short} is not on this machine; run the command again with --download ({size}), or put config.json, "
            f"model.safetensors and tokenizer.json of {name.repo} into a folder and give that with --model."
        )
    with progress(in_bytes=True) as callback:
        folder = hub.fetch(name, cache, options.source, progress=callback)
    say(f"{name.short} is now in {folder}.")
    return folder


def _agrees(question):
    """Ask a yes/no question where there is somebody to answer it."""
    if not (sys.stdin and sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    print(question, end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def check_writable(path, option):
    """See before any work is done that a file can be written there. Raises ModelError."""
    from transformer_cinema.inference.errors import ModelError

    folder = next(parent for parent in path.absolute().parents if parent.exists())
    try:
        if path.exists() and not path.is_file():
            raise OSError("it is no file")
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        why = error.strerror or error
        raise ModelError(f"Nothing can be written to {path} ({why}); choose another {option}.") from error


@contextlib.contextmanager
def prepared_folders(*folders: Path) -> Iterator[None]:
    """Make the folders, and see now whether files can be written there; a failure takes new, empty ones away again.

    Raises FilmError.
    """
    from transformer_cinema.addon.film.errors import FilmError

    made = [folder for folder in dict.fromkeys(folders) if not folder.exists()]
    try:
        for folder in folders:
            try:
                folder.mkdir(parents=True, exist_ok=True)
                with tempfile.TemporaryFile(dir=folder):
                    pass
            except OSError as error:
                raise FilmError(
                    f"Nothing can be written to {folder} ({error.strerror}); choose another --output."
                ) from error
        yield
    except BaseException:
        for folder in made:
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise


def tell_notice(model):
    """Say it when the model ran in another way than it should, such as without onnxruntime."""
    if model.notice:
        say(model.notice, sys.stderr)


def sampling_from(options):
    """The Sampling that the options describe."""
    from transformer_cinema.inference.sampling import Sampling

    return Sampling(options.temperature, options.top_k, options.top_p, options.seed)


def focus_from(options):
    """The layer and the head that --layer and --head name, from 0; None where the data choose."""
    return tuple(None if wish is None else wish - 1 for wish in (options.layer, options.head))


def system_language() -> str:
    """The language that the system speaks, as a locale such as "zh_CN"; "" where it says none."""
    said = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return next((one for one in said if one), locale.getlocale()[0] or "")


@contextlib.contextmanager
def progress(in_bytes=False):
    """Yield callback(done, total, what), which shows a bar with the time remaining, or plain lines in a log.

    Of bytes it also shows how fast they come.
    """
    if sys.stdout and sys.stdout.isatty() and not blender.inside():
        from rich import progress as rich

        counts = [rich.DownloadColumn(), rich.TransferSpeedColumn()] if in_bytes else [rich.MofNCompleteColumn()]
        label = rich.TextColumn("{task.description}", markup=False)
        with rich.Progress(label, rich.BarColumn(), *counts, rich.TimeRemainingColumn()) as bar:
            yield _BarOf(bar)
    else:
        yield _Lines(in_bytes)


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

    def __init__(self, in_bytes=False):
        self.in_bytes, self.next_time, self.total = in_bytes, 0.0, None

    def __call__(self, done, total, what):
        now = time.monotonic()
        if total != self.total:
            self.total, self.started, self.first = total, now, done
        if now >= self.next_time or done == total:
            self.next_time = now + 1
            elapsed, made = now - self.started, done - self.first
            amount = f"{done / 1e6:.0f} of {total / 1e6:.0f} MB" if self.in_bytes else f"{done} of {total}"
            speed = left = ""
            if made and elapsed > 2 and done < total:
                speed = f", {made / 1e6 / elapsed:.1f} MB/s" if self.in_bytes else ""
                left = f", {duration(elapsed / made * (total - done))} left"
            say(f"{what}: {amount}{speed}{left}")


def duration(seconds):
    """Seconds for a reader: 75 -> '1 min 15 s'."""
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def run(main):
    """Call main() and end the process: 0 when it returns, 2 after one sentence on stderr, 130 after Ctrl-C.

    When nobody reads what is printed any more, as in `… | head`, it ends with 141, as programs do.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a console may not know all letters that a model knows
            stream.reconfigure(errors="replace")
    try:
        code = main() or 0
        if sys.stdout:
            sys.stdout.flush()
    except BrokenPipeError:
        _stop_printing()
        code = 141
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


def _stop_printing():
    """Let what is still to be printed go nowhere: else Python would complain at the end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, OSError, ValueError):
            try:
                stream.flush()
            except BrokenPipeError:
                os.dup2(nowhere, stream.fileno())


def sentence(error):
    """An error in one line for the user."""
    if isinstance(error, MemoryError):
        return "There is not enough memory for this."
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        where = f" ({error.filename})" if error.filename else ""
        return f"The disk is full{where}; make room, then run it again."
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
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, OSError, ValueError):
            stream.flush()
    if "bpy" in sys.modules:
        with contextlib.suppress(OSError):  # Blender does it only where it ends by itself
            os.rmdir(sys.modules["bpy"].app.tempdir)
        os._exit(code)  # Blender 4.5 as a module can hang when the interpreter ends
    sys.exit(code)
