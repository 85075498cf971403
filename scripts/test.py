"""Tests the project in both Blenders: python3 scripts/test.py [--python 3.13|3.11] [pytest arguments]

Whatever is not listed below is handed to pytest, e.g.  -m slow   -k trace   tests/inference
"""

import argparse
import os
import subprocess
import sys

from _bootstrap import ROOT, SetupError, environments, interpreters, say
from bootstrap import pythons

ABOUT = "import importlib.metadata as m, platform; print(m.version('bpy'), platform.python_version())"


def main():
    """Run ruff once and pytest in every Blender there is a Python for; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", choices=list(interpreters.BLENDERS), help="test in this one only")
    options, for_pytest = parser.parse_known_args()

    versions = [options.python] if options.python else list(interpreters.BLENDERS)
    here = dict(pythons())
    results = []  # (headline, outcome)
    for version in versions:
        if version in here:
            results.append(check(version, here[version], for_pytest, lint=not results))
        else:
            name = "Blender %s · Python %s" % (interpreters.BLENDERS[version], version)
            headline(name + ": NOT TESTED, no such Python on this machine", "!")

    headline("Summary")
    for name, outcome in results:
        say("%s: %s" % (name, outcome))
    for version in versions:
        if version not in here:
            say("Blender %s · Python %s: NOT TESTED" % (interpreters.BLENDERS[version], version))
    if not results:
        return 2
    return int(any(outcome != "passed" for _, outcome in results))


def check(version, executable, for_pytest, lint):
    """Set up one environment and run ruff (if lint) and pytest in it; (headline, what came of it)."""
    name = "Blender %s · Python %s" % (interpreters.BLENDERS[version], version)
    # tests that start scripts stay in this environment
    child = dict(os.environ, **{interpreters.FORCE: version})
    python = environments.python_in(version)
    try:
        environments.create(version, executable)
    except SetupError as error:
        say(str(error), sys.stderr)
        return name, "FAILED (environment)"
    if subprocess.call([python, os.path.join(ROOT, "scripts", "bootstrap.py"), "dev"], env=child) != 0:
        return name, "FAILED (environment)"

    name = "Blender %s · Python %s" % tuple(subprocess.check_output([python, "-c", ABOUT]).decode().split())
    headline(name)
    failed = []
    if lint and subprocess.call([python, "-m", "ruff", "check", ROOT]) != 0:
        failed.append("ruff")
    if subprocess.call([python, "-m", "pytest"] + for_pytest, cwd=ROOT, env=child) != 0:
        failed.append("pytest")
    return name, "FAILED (%s)" % ", ".join(failed) if failed else "passed"


def headline(text, line="="):
    """Print a line that is found again in a long log."""
    say("\n%s\n%s" % (text, line * len(text)))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
