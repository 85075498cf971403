"""The parts of bootstrap.py. Standard library only, in the syntax of Python 3.6: they run before a suitable Python
has been found."""

import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class SetupError(Exception):
    """A sentence a user can act on; it becomes one line on stderr and exit code 2."""


def say(text, stream=None):
    """Print a line at once, also where the terminal cannot show all of its characters."""
    stream = stream or sys.stdout
    encoding = getattr(stream, "encoding", None) or "ascii"
    stream.write(text.encode(encoding, "replace").decode(encoding) + "\n")
    stream.flush()
