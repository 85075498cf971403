"""The models that are known by name: python3 scripts/models.py lists them, python3 scripts/models.py gpt2 fetches one.

Other models of the hub are called owner/name, or owner/name@revision. TRANSFORMER_CINEMA_CACHE sets where they are
kept, HF_ENDPOINT another address for huggingface.co.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bootstrap import ensure

ensure(__file__)

import cli
from _bootstrap import say


def main():
    from transformer_cinema.inference import hub

    parser = cli.parser(__doc__)
    parser.add_argument("name", nargs="?", help="fetch this one, unless it is here")
    cli.add_download_arguments(parser)
    options = parser.parse_args(cli.arguments())
    if options.name:
        say(str(cli.folder_of(hub.ModelName.parse(options.name), options)))
        return
    for known in hub.KNOWN.values():
        here = hub.find(hub.ModelName.parse(known.name), hub.default_cache())
        place = here or "not here"
        say(
            f"{known.name:20}{known.n_parameters / 1e6:7,.0f} M parameters{known.n_bytes / 1e6:7,.0f} MB  "
            f"{known.licence:11} {place}"
        )


cli.run(main)
