"""Measures what the design promises: python3 scripts/benchmark.py [--only NAME ...] [--output FILE.json] [--quick]

Prints one JSON object: every measurement with its unit, its goal and whether that was met. Where a goal is a ratio,
both sides are timed in the same run. Other work on the machine shows in the times; `load` tells how much there was.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bootstrap import ensure

ensure(__file__, "dev")

import json
import tempfile
from pathlib import Path

import cli
from _benchmark.goals import NAMES
from _bootstrap import say


def main():
    parser = cli.parser(__doc__)
    parser.add_argument("--only", metavar="NAME", nargs="+", choices=NAMES, help=f"some of {', '.join(NAMES)}")
    parser.add_argument("--output", metavar="FILE.json", type=Path, help="write the JSON object to a file, too")
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to see that everything runs; no goal counts")
    options = parser.parse_args(cli.arguments())
    if options.output and options.output.is_dir():
        parser.error(f"--output {options.output} is a folder, not a file")

    stdout = _keep_stdout_for_the_result()
    from _benchmark import measurements

    sizes = measurements.QUICK if options.quick else measurements.FULL
    with tempfile.TemporaryDirectory(prefix="transformer-cinema-") as folder:
        report = measurements.measure(options.only or _possible(), sizes, Path(folder), _progress)
    text = json.dumps(report, indent=2) + "\n"
    if options.output:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        part = options.output.with_name(options.output.name + ".part")
        part.write_text(text, encoding="utf-8")
        part.replace(options.output)
    with os.fdopen(stdout, "w", encoding="utf-8") as stream:
        stream.write(text)


def _possible():
    """Everything that can be measured here."""
    from _benchmark import peers

    if peers.installed():
        return NAMES
    _progress("peers is left out: run 'python3 scripts/bootstrap.py torch' to compare with transformers, too")
    return [name for name in NAMES if name != "peers"]


def _keep_stdout_for_the_result():
    """From here on stdout is stderr, for Blender writes there as soon as it is loaded -> the real one's descriptor."""
    sys.stdout.flush()
    real = os.dup(1)
    os.dup2(2, 1)
    return real


def _progress(text):
    say(text, sys.stderr)


cli.run(main)
