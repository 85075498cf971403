"""Trains a small GPT-2 on a text: python3 scripts/train_model.py --text tales.txt --output my-model --minutes 10

The folder it leaves is a checkpoint like any other: give it to render.py with --model. PyTorch is installed when it
first runs; a GPU is used if PyTorch sees one. The text may be .xz; works in it are separated by form feeds, a first
line "# …" is a work's title, and 2 % of the text are held out.

What it needs to go on lies in my-model.training: after a stop, and to learn for longer, say --resume. Two models from
on the way are there, too, at-10 and at-40 (per cent): a film of each shows learning.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bootstrap import ensure

ensure(__file__, "torch")

import math
import time
from pathlib import Path

import cli
from _bootstrap import say

ENOUGH = 16  # rows of a batch that the text must give
LOOKS = 20  # at the held-out text, in a run
PAUSE = 60.0  # seconds between two states that are kept
ON_THE_WAY = (10, 40)  # per cent of the run, when a model is kept
SIZES = {"n_layer": 6, "n_head": 6, "n_embd": 192, "n_positions": 256}
VOCABULARY = 4096


def options():
    parser = cli.parser(__doc__)
    add = parser.add_argument
    add("--text", metavar="FILE", type=Path, help="what is learned from; .txt or .txt.xz, UTF-8")
    add("--output", metavar="FOLDER", type=Path, required=True, help="where the model goes; a new folder")
    add("--minutes", metavar="X", type=float, default=10.0, help="how long it learns, in all (%(default)s)")
    add("--tokens", metavar="N", type=float, default=math.inf, help="or until it has read N million tokens")
    add("--resume", action="store_true", help="go on, or go on for longer, with the settings of the first time")
    add("--start", metavar="FOLDER", type=Path, help="begin with this model and its tokenizer, not with random numbers")
    add("--sample", metavar="TEXT", action="append", help="show how it goes on with TEXT as it learns")
    add(
        "--favour",
        metavar="WORD",
        action="append",
        default=[],
        help="works with WORD in their title are read 3 times, twice with other names",
    )
    add("--compare", metavar="FOLDER", type=Path, help="say what another model's loss on the held-out text is")
    add("--compact", action="store_true", help="round the weights, so that the model takes a third less in a zip")
    add("--characters", action="store_true", help="characters as tokens, for Chinese")
    add("--vocab-size", metavar="N", type=int, help=f"tokens it knows ({VOCABULARY}, fewer for a short text)")
    add("--n-layer", metavar="N", type=int, default=SIZES["n_layer"], help="layers (%(default)s)")
    add("--n-head", metavar="N", type=int, default=SIZES["n_head"], help="heads a layer (%(default)s)")
    add("--n-embd", metavar="N", type=int, default=SIZES["n_embd"], help="width of the residual stream (%(default)s)")
    add("--n-positions", metavar="N", type=int, default=SIZES["n_positions"], help="longest text (%(default)s tokens)")
    add("--batch", metavar="N", type=int, default=16, help="rows of --n-positions tokens a step (%(default)s)")
    add("--rate", metavar="X", type=float, default=3e-3, help="learning rate at its highest (%(default)s)")
    add("--seed", metavar="N", type=int, default=0, help="of the first weights and of the order (%(default)s)")
    return parser, parser.parse_args(cli.arguments())


def main():
    parser, chosen = options()
    from _training.run import Run

    output = chosen.output.resolve()
    run = Run(output.with_name(output.name + ".training"))
    try:
        if chosen.resume:
            if not run.exists:
                parser.error(f"--resume: there is no run in {run.folder}; start one with --text")
        else:
            prepare(parser, chosen, run)
        train(chosen, run, run.settings())
    except KeyboardInterrupt:
        say(f"Stopped; python3 scripts/train_model.py --output {chosen.output} --resume goes on.", sys.stderr)
        sys.exit(130)


def prepare(parser, chosen, run):
    """Check what is asked for, learn the tokenizer, and turn the text into ids."""
    from _training import corpus, vocabulary
    from _training.run import learn_tokenizer

    if chosen.text is None:
        parser.error("--text is missing")
    if chosen.output.exists():
        parser.error(f"--output {chosen.output} exists already")
    settings = settings_of(parser, chosen)
    say(f"Reading {chosen.text} …")
    try:
        found = corpus.survey(chosen.text, chosen.seed)
    except ValueError as error:
        parser.error(str(error))
    needed = ENOUGH * settings["batch"] * settings["n_positions"]
    if found.characters < needed:
        parser.error(
            f"--text {chosen.text} is too short: it has {found.characters:,} characters, but --batch and --n-positions "
            f"ask for {needed:,}; use a longer one"
        )
    most = vocabulary.largest(found.characters)
    if (chosen.vocab_size or 0) > most:
        parser.error(f"--vocab-size {chosen.vocab_size} is too large for this text, of which {most} can be learned")
    if chosen.start:
        tokenizer = vocabulary.of_model(chosen.start)
    else:
        tokenizer = learn_tokenizer(
            found.sample, chosen.vocab_size or min(VOCABULARY, most // 4 + vocabulary.SMALLEST), chosen.characters
        )
    run.begin(settings, chosen.text, found, tokenizer)


def settings_of(parser, chosen):
    """What a run keeps of its options."""
    import json

    sizes = {name: getattr(chosen, name) for name in SIZES}
    if chosen.start:
        try:
            config = json.loads((chosen.start / "config.json").read_text(encoding="utf-8"))
            sizes = {name: int(config[name]) for name in SIZES}
        except (OSError, ValueError, KeyError, TypeError) as error:
            parser.error(f"--start {chosen.start} is no model that was made here ({error})")
    if min(*sizes.values(), chosen.batch) < 1:
        parser.error("sizes must be from 1 up")
    if sizes["n_embd"] % sizes["n_head"]:
        parser.error(f"--n-embd {sizes['n_embd']} can't be shared out among {sizes['n_head']} heads")
    kept = {"batch": chosen.batch, "rate": chosen.rate, "seed": chosen.seed, "favour": chosen.favour}
    return (
        sizes
        | kept
        | {
            "text": chosen.text.name,
            "start": chosen.start and str(chosen.start),
            "characters_as_tokens": chosen.characters,
        }
    )


def train(chosen, run, settings):
    """From what is in the run's folder to a model."""
    import torch

    from _training import corpus, fitting, network

    tokenizer, (stream, held_out) = run.tokenizer(), run.streams()
    torch.manual_seed(settings["seed"])
    device = "cuda" if torch.cuda.is_available() else "cpu"
    sizes = (settings[name] for name in ("n_positions", "n_layer", "n_head", "n_embd"))
    model = network.GPT2(tokenizer.get_vocab_size(), *sizes)
    if settings["start"]:
        model = network.GPT2.load(Path(settings["start"]))
    model = model.to(device)
    lines = corpus.line_starts(stream, tokenizer)
    fit = fitting.Fit(model, stream, lines, settings["batch"], settings["rate"], settings["seed"], device)
    run.restore(fit, lambda: part_done(chosen, fit))
    count = sum(parameter.numel() for parameter in model.parameters())
    say(f"{len(stream):,} tokens to learn from, {count:,} parameters, on the {device.upper()}.")
    rows = torch.from_numpy(corpus.windows(held_out, min(model.context, len(held_out) - 1)))
    if chosen.compare:
        bits = compared(chosen.compare, tokenizer, held_out, settings)
        say(f"{chosen.compare}: {bits:.3f} bits per byte on the text that is held out.")
    learn(chosen, run, fit, tokenizer, rows)
    finish(chosen, run, settings, fit, tokenizer, rows)


def part_done(chosen, fit):
    """How much of the run is over, from 0 to 1: of its time, or of its tokens if they are over sooner."""
    return min(max(fit.place.seconds / (60 * chosen.minutes), fit.tokens / (1e6 * chosen.tokens)), 1.0)


def learn(chosen, run, fit, tokenizer, rows):
    """Steps until the time is over or the tokens are read; the state is kept, the losses are noted, samples shown."""
    from _training import fitting
    from _training.run import continuation, model_folder

    samples = chosen.sample or [tokenizer.decode(rows[0, :8].tolist())]
    looked, kept = math.floor(LOOKS * part_done(chosen, fit)), time.monotonic()
    try:
        with cli.progress() as progress:
            for batch in fit.rows():
                if (now := part_done(chosen, fit)) >= 1:
                    break
                if now > 1 - fitting.COOLING and not (run.folder / "cooling.pt").exists():
                    fit.save(run.folder / "plateau.pt")  # from here a longer run goes on
                    fit.save(run.folder / "cooling.pt")
                before, loss = now, fit.step(batch, now)
                now = part_done(chosen, fit)
                progress(round(1000 * now), 1000, f"loss {loss:.2f}")
                for part in ON_THE_WAY:
                    if before < part / 100 <= now:
                        with model_folder(run.folder / f"at-{part}", fit.model, tokenizer):
                            pass
                if math.floor(LOOKS * now) > looked:
                    looked = math.floor(LOOKS * now)
                    held_out = fitting.held_out_loss(fit.model, rows.to(fit.device), few=True)
                    run.note(fit, loss, held_out)
                    say(f"{fit.tokens / 1e6:.2f} million tokens: loss {loss:.2f}, held-out loss {held_out:.2f}")
                    for sample in samples:
                        say(f"    {continuation(fit.model, tokenizer, sample)!r}")
                if time.monotonic() - kept > PAUSE:
                    run.save(fit, now)
                    kept = time.monotonic()
    finally:  # also after Ctrl-C
        if fit.place.step:
            run.save(fit, part_done(chosen, fit))


def finish(chosen, run, settings, fit, tokenizer, rows):
    """The model's folder, with its card."""
    from _training import card, fitting, network
    from _training.run import continuation, model_folder

    samples = chosen.sample or ["Once upon a time", "The old woman", "One day"]
    with model_folder(chosen.output, fit.model, tokenizer, chosen.compact) as folder:
        model = network.GPT2.load(folder)  # what was written, in F16
        loss = fitting.held_out_loss(model, rows)
        bits = bits_per_byte(loss, len(run.streams()[1]), settings)
        result = {
            "parameters": sum(parameter.numel() for parameter in model.parameters()),
            "vocabulary": tokenizer.get_vocab_size(),
            "loss": loss,
            "bits": bits,
            "minutes": fit.place.seconds / 60,
        }
        written = {sample: continuation(model, tokenizer, sample) for sample in samples}
        losses = run.losses()
        text = card.card(chosen.output.name, settings, losses, result, written)
        (folder / "README.md").write_text(text, encoding="utf-8")
        if losses:
            (folder / "losses.svg").write_text(card.picture(losses), encoding="utf-8")
    say(f"{chosen.output}: held-out loss {loss:.3f} nats per token, {bits:.3f} bits per byte.")


def compared(folder, tokenizer, held_out, settings):
    """The bits per byte of another model, with its own tokenizer, on the text of the held-out ids."""
    import numpy as np
    import torch

    from _training import corpus, fitting, network, vocabulary

    starts = np.flatnonzero(held_out == tokenizer.token_to_id(corpus.END_OF_TEXT))
    texts = tokenizer.decode_batch([part[1:].tolist() for part in np.split(held_out, starts[1:])])
    model, own = network.GPT2.load(folder), vocabulary.of_model(folder)
    stream = np.concatenate([corpus.encode(own, text) for text in texts])
    rows = torch.from_numpy(corpus.windows(stream, min(model.context, len(stream) - 1)))
    return bits_per_byte(fitting.held_out_loss(model, rows), len(stream), settings)


def bits_per_byte(loss, n_tokens, settings):
    """A loss in nats per token, of so many tokens, said of the bytes that they spell."""
    return loss * (n_tokens - 1) / math.log(2) / settings["held_out_bytes"]


cli.run(main)
