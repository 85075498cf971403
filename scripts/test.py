"""Tests the project in both Blenders: python3 scripts/test.py [--python 3.13|3.11] [pytest arguments]

Whatever is not listed below is handed to pytest, e.g.  -m slow   -k trace   tests/inference
Both run side by side; what the second one prints follows the first one's.
"""

import argparse
import os
import subprocess
import sys
import tempfile

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
    for version in versions:
        if version not in here:
            name = "Blender %s · Python %s" % (interpreters.BLENDERS[version], version)
            headline(name + ": NOT TESTED, no such Python on this machine", "!")
    results = tested([(version, here[version]) for version in versions if version in here], for_pytest)

    headline("Summary")
    for name, outcome in results:
        say("%s: %s" % (name, outcome))
    for version in versions:
        if version not in here:
            say("Blender %s · Python %s: NOT TESTED" % (interpreters.BLENDERS[version], version))
    if not results:
        return 2
    return int(any(outcome != "passed" for _, outcome in results))


def tested(found, for_pytest):
    """Run ruff once, and pytest in the environments of some (version, executable) -> [(headline, outcome), ...]."""
    results, running = [], []
    for version, executable in found:
        name, ready = prepared(version, executable)
        if ready:
            running.append((name, version))
        else:
            results.append((name, "FAILED (environment)"))
    if not running:
        return results
    lint = subprocess.call([environments.python_in(running[0][1]), "-m", "ruff", "check", ROOT])
    started = [(name, *start(version, for_pytest, seen=not place)) for place, (name, version) in enumerate(running)]
    for place, (name, process, output) in enumerate(started):
        headline(name)
        failed = ["pytest"] if process.wait() else []
        if output:
            output.seek(0)
            say(output.read().decode("utf-8", "replace"))
        if lint and not place:
            failed.insert(0, "ruff")
        results.append((name, "FAILED (%s)" % ", ".join(failed) if failed else "passed"))
    return results


def prepared(version, executable):
    """Set up one environment -> (headline, whether it can be tested in)."""
    name = "Blender %s · Python %s" % (interpreters.BLENDERS[version], version)
    python = environments.python_in(version)
    try:
        environments.create(version, executable)
    except SetupError as error:
        say(str(error), sys.stderr)
        return name, False
    if subprocess.call([python, os.path.join(ROOT, "scripts", "bootstrap.py"), "dev"], env=child(version)) != 0:
        return name, False
    about = subprocess.check_output([python, "-c", ABOUT]).decode().split()
    return "Blender %s · Python %s" % tuple(about), True


def start(version, for_pytest, seen):
    """Start pytest in an environment -> (process, file of what it prints; None if that is seen at once)."""
    output = None if seen else tempfile.TemporaryFile()
    command = [environments.python_in(version), "-m", "pytest"] + for_pytest
    process = subprocess.Popen(command, cwd=ROOT, env=child(version), stdout=output, stderr=output)
    return process, output


def child(version):
    """The environment variables of tests: scripts that they start stay in the same Python."""
    return dict(os.environ, **{interpreters.FORCE: version})


def headline(text, line="="):
    """Print a line that is found again in a long log."""
    say("\n%s\n%s" % (text, line * len(text)))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
