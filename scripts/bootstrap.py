"""Brings every script up on a fresh machine. The first lines of a script are

    import os, sys
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # Blender does not do this by itself
    from bootstrap import ensure
    ensure(__file__)

and what follows runs inside a ready environment, with this repository importable as `transformer_cinema`.
`python3 scripts/bootstrap.py [GROUP]` only sets up, GROUP being a dependency group of pyproject.toml (dev).

Standard library only, in the syntax of Python 3.6, for it starts in whatever `python3` is.
"""

import importlib.util
import os
import subprocess
import sys

from _bootstrap import ROOT, SetupError, blender, environments, interpreters, libraries, say

PACKAGE = "transformer_cinema"
pythons = interpreters.pythons


def ensure(script, group=None):
    """Return inside a ready environment (with the packages of a dependency group, if one is named); from anywhere
    else, make one ready and run `script` in it with the same arguments, which ends this process."""
    try:
        _ensure(os.path.abspath(script), group)
    except SetupError as error:
        say(str(error), sys.stderr)
        sys.exit(2)
    except OSError as error:
        say("The environment could not be set up: %s" % error, sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        say("Interrupted; the same command continues where this one stopped.", sys.stderr)
        sys.exit(130)


def load_package():
    """Import the repository root as the package `transformer_cinema`, whatever its folder is called."""
    if PACKAGE in sys.modules:
        return sys.modules[PACKAGE]
    path = os.path.join(ROOT, "__init__.py")
    spec = importlib.util.spec_from_file_location(PACKAGE, path, submodule_search_locations=[ROOT])
    module = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = module
    spec.loader.exec_module(module)
    return module


def _ensure(script, group):
    if blender.inside():
        blender.prepare()
        libraries.ensure_libraries("libEGL")
    else:
        here = environments.current()
        if here not in interpreters.wanted():
            _replace_process([environments.python_in(environments.choose()), script] + sys.argv[1:])
        libraries.ensure_libraries()
        environments.fill(here, group)
    load_package()


def _replace_process(command):
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name == "nt":  # there, exec returns to the shell before the new process is done
        sys.exit(subprocess.call(command))
    os.execv(command[0], command)


if __name__ == "__main__":
    ensure(__file__, *sys.argv[1:2])
    say("Ready: %s" % sys.prefix)
