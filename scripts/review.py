"""Looks at a saved film and judges how it looks: python3 scripts/review.py film.blend

Says for every beat how much of the picture its subject spans, how small its smallest text is, how fast the camera
moves, how long nothing moves, how light it is, and whether its caption can be read and covers nothing. Ends with 0 when
all beats reach their thresholds (addon/reviewing/thresholds.py), 1 when some don't, 2 when the file is no film.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bootstrap import ensure

ensure(__file__)

import json

import cli
from _bootstrap import say
from verify import films_in


def main():
    from transformer_cinema.addon.output.files import silence
    from transformer_cinema.addon.review import review
    from transformer_cinema.addon.reviewing.thresholds import CHECKS
    from transformer_cinema.inference.files import expanded

    parser = cli.parser(__doc__)
    parser.add_argument("film", metavar="FILM.blend", help="a film that render.py or the panel has made")
    parser.add_argument("--beats", metavar="A,B", help="only these: act.beat, or an act")
    parser.add_argument("--only", metavar="A,B", help=f"only these checks, of {', '.join(CHECKS)}")
    parser.add_argument("--no-pictures", action="store_true", help="only what needs no rendering")
    parser.add_argument("--json", metavar="FILE", help="write all numbers as JSON, too")
    options = parser.parse_args(cli.arguments())
    checks = listed(options.only) or list(CHECKS)
    if options.no_pictures:
        checks = [name for name in checks if name not in CHECKS or not CHECKS[name].pictures]
    reports = {}
    for scene in films_in(expanded(options.film)):
        say(scene.name)
        with cli.progress() as progress:
            report = reports[scene.name] = review(scene, listed(options.beats), checks, progress, silence)
        print("\n".join([*report.table(), "", *report.misses(), "", *report.verdict()]))
    if options.json:
        found = {name: report.as_json() for name, report in reports.items()}
        expanded(options.json).write_text(json.dumps(found, indent=1, ensure_ascii=False), encoding="utf-8")
    return int(not all(report.ok for report in reports.values()))


def listed(names):
    """ "a,b" -> ["a", "b"]; None stays None."""
    return [name.strip() for name in names.split(",") if name.strip()] if names else None


if __name__ == "__main__":
    cli.run(main)
