"""The parts of bootstrap.py. Standard library only, in the syntax of Python 3.6: they run before a suitable Python
has been found."""

import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class SetupError(Exception):
    """A sentence a user can act on; it becomes one line on stderr and exit code 2."""


def say(text, stream=None):
    """Print a line at once, also where the terminal cannot show all of its characters, or there is none."""
    stream = stream or sys.stdout
    if stream is None:
        return
    encoding = getattr(stream, "encoding", None) or "ascii"
    stream.write(harmless(text).encode(encoding, "replace").decode(encoding) + "\n")
    stream.flush()


def harmless(text):
    """A text without what a terminal takes for a command, such as the escape character in a file's name."""
    return "".join(letter if letter.isprintable() or letter in "\n\t" else "?" for letter in text)


def tell(text):
    """Say on stderr what is being set up: on stdout stands what the script was asked for."""
    say(text, sys.stderr)


def to_stderr():
    """For the stdout of other programs: this one's stderr, as a file descriptor; None if it has none."""
    try:
        return sys.stderr.fileno()
    except (AttributeError, OSError, ValueError):
        return None
