"""Runs a GPT-2 on a prompt and saves every tensor: python3 scripts/trace.py --prompt "Once upon" --output once.npz"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bootstrap import ensure

ensure(__file__)

from pathlib import Path

import cli


def main():
    parser = cli.parser(__doc__)
    cli.add_model_arguments(parser)
    parser.add_argument("--output", metavar="FILE.npz", required=True, help="where the tensors go")
    options = parser.parse_args(cli.arguments())
    if options.prompt is None:
        parser.error("--prompt is missing")
    output = Path(options.output)
    if output.is_dir():
        parser.error(f"--output {output} is a folder, not a file")

    sampling = cli.sampling_from(options)
    model = cli.model_from(options)
    with cli.progress() as progress:
        recording = model.generate(options.prompt, sampling, options.new_tokens, progress=progress)
    output.parent.mkdir(parents=True, exist_ok=True)
    recording.save(output)
    print(output)


cli.run(main)
