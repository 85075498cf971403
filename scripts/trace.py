"""Runs a GPT-2 on a prompt and saves every tensor: python3 scripts/trace.py --prompt "Once upon" --output once.npz

A long prompt makes a large file; its size is said before the model runs. --layers and --no-scores keep less of it.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bootstrap import ensure

ensure(__file__)

import cli
from _bootstrap import say


def main():
    from transformer_cinema.inference.files import expanded
    from transformer_cinema.inference.sampling import MOST_TOKENS

    parser = cli.parser(__doc__)
    cli.add_model_arguments(parser)
    parser.add_argument("--output", metavar="FILE.npz", required=True, help="where the tensors go")
    parser.add_argument("--layers", metavar="A,B", help="keep only these layers, from 1 (all)")
    parser.add_argument("--no-scores", action="store_true", help="leave out the attention scores before softmax")
    options = parser.parse_args(cli.arguments())
    if options.prompt is None:
        parser.error("--prompt is missing")
    output = expanded(options.output)
    if output.is_dir():
        parser.error(f"--output {output} is a folder, not a file")

    try:
        layers = None if options.layers is None else [int(layer) - 1 for layer in options.layers.split(",")]
    except ValueError:
        parser.error(f"--layers wants numbers such as 1,6, not {options.layers}")
    kept = {"layers": layers, "scores": not options.no_scores}

    cli.check_writable(output, "--output")
    sampling = cli.sampling_from(options)
    model = cli.model_from(options)
    count, limit = len(model.tokenizer.encode(options.prompt)), model.info.n_ctx
    if 0 < count <= limit:  # otherwise the model says what is wrong with the prompt
        runs = MOST_TOKENS if options.new_tokens is None else options.new_tokens
        size = sum(model.trace_size(min(count + step, limit), **kept) for step in range(runs))
        most = "up to " if options.new_tokens is None else ""
        say(f"The tensors of {most}{runs} runs take {most}{size / 1e6:.0f} MB of memory.")
    with cli.progress() as progress:
        recording = model.generate(
            options.prompt, sampling, options.new_tokens, progress=progress, contrast=options.contrast, **kept
        )
    cli.tell_notice(model)
    output.parent.mkdir(parents=True, exist_ok=True)
    recording.save(output)
    say(str(output))


cli.run(main)
