"""Trains a small GPT-2 from scratch on a text: python3 scripts/train_model.py --text tales.txt --output my-model

The folder it leaves is a checkpoint like any other: give it to render.py with --model. With the sizes that stand here
it makes `storybook`, the model that comes with the extension. PyTorch is installed when it first runs; a GPU is used
if PyTorch sees one. The text may be .xz; works in it are separated by form feeds, and the end of each is held out.
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

SHORTEST = 16  # characters of text for each token of a batch: what is held out must be some rows, too
WARM_UP = 0.02  # of the run
BETAS = (0.9, 0.95)
WEIGHT_DECAY = 0.1  # on matrices


def main():
    parser = cli.parser(__doc__)
    add = parser.add_argument
    add("--text", metavar="FILE", type=Path, required=True, help="what is learned from; .txt or .txt.xz, UTF-8")
    add("--output", metavar="FOLDER", type=Path, required=True, help="where the model goes; a new folder")
    add("--favour", metavar="WORD", action="append", default=[], help="works with WORD in their title are read 3 times")
    add("--compare", metavar="FOLDER", type=Path, help="say what another such model's loss on the same text is")
    add("--n-layer", metavar="N", type=int, default=6, help="layers (%(default)s)")
    add("--n-head", metavar="N", type=int, default=6, help="heads a layer (%(default)s)")
    add("--n-embd", metavar="N", type=int, default=192, help="width of the residual stream (%(default)s)")
    add("--n-positions", metavar="N", type=int, default=256, help="longest text in tokens (%(default)s)")
    add("--vocab-size", metavar="N", type=int, default=6144, help="tokens it knows (%(default)s)")
    add("--tokens", metavar="N", type=float, default=20.0, help="how many million tokens it reads (%(default)s)")
    add("--batch", metavar="N", type=int, default=16, help="rows of --n-positions tokens a step (%(default)s)")
    add("--rate", metavar="X", type=float, default=4e-3, help="learning rate at its highest (%(default)s)")
    add("--seed", metavar="N", type=int, default=0, help="of the first weights and of the order (%(default)s)")
    options = parser.parse_args(cli.arguments())
    if options.output.exists():
        parser.error(f"--output {options.output} exists already")
    if options.n_embd % options.n_head:
        parser.error(f"--n-embd {options.n_embd} can't be shared out among {options.n_head} heads")
    from _training import corpus

    try:
        works = corpus.read_works(options.text)
    except ValueError as error:
        parser.error(str(error))
    if sum(map(len, works)) < SHORTEST * options.batch * options.n_positions:
        parser.error(f"--text {options.text} is too short for this --batch and --n-positions; use a longer one")
    train(options, works)


def train(options, works):
    import torch

    from _training import corpus, network

    tokenizer = corpus.train_tokenizer(works, options.vocab_size)
    learned, held_out = zip(*map(corpus.split, works), strict=True)
    copies = [3 if any(word in work[:120] for word in options.favour) else 1 for work in works]
    learned = [work for work, times in zip(learned, copies, strict=True) for _ in range(times)]
    stream = corpus.token_stream(tokenizer, learned)
    test_text = [text for text in held_out if text]
    test = corpus.token_stream(tokenizer, test_text)

    torch.manual_seed(options.seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    sizes = (options.n_positions, options.n_layer, options.n_head, options.n_embd)
    model = network.GPT2(tokenizer.get_vocab_size(), *sizes).to(device)
    count = sum(parameter.numel() for parameter in model.parameters())
    steps = math.ceil(1e6 * options.tokens / (options.batch * options.n_positions))
    say(f"{len(stream):,} tokens to learn from, {count:,} parameters, {steps:,} steps on the {device.upper()}.")

    test_rows = torch.from_numpy(corpus.windows(test, min(options.n_positions, len(test) - 1)))
    if options.compare:
        other = held_out_loss(network.GPT2.load(options.compare), test_rows, "cpu")
        say(f"{options.compare}: held-out loss {other:.3f} nats per token.")
    rows = corpus.batches(stream, options.n_positions, options.batch, options.seed)
    began = time.monotonic()
    fit(model, map(torch.from_numpy, rows), steps, options.rate, test_rows, device)
    minutes = (time.monotonic() - began) / 60

    part = options.output.with_name(options.output.name + ".part")
    part.mkdir(parents=True, exist_ok=True)
    model.save(part)
    tokenizer.save(str(part / "tokenizer.json"))
    loss = held_out_loss(network.GPT2.load(part), test_rows, "cpu")  # of what was written, in F16
    bits = loss * (len(test) - 1) / math.log(2) / sum(map(len, test_text))
    part.replace(options.output)
    say(f"{options.output}: held-out loss {loss:.3f} nats per token, {bits:.3f} bits per character; {minutes:.0f} min.")


def fit(model, rows, steps, highest_rate, test_rows, device):
    """Muon (Jordan et al. 2024) for the blocks' matrices, AdamW for the rest; the rate falls to 0 linearly."""
    import torch

    matrices = model.matrices()
    chosen = set(map(id, matrices))
    others = [parameter for parameter in model.parameters() if id(parameter) not in chosen]
    optimizers = [
        torch.optim.Muon(matrices, weight_decay=WEIGHT_DECAY, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(others, betas=BETAS, weight_decay=0.0),
    ]
    torch._dynamo.config.suppress_errors = True  # without a C++ compiler it runs as it is, several times slower
    forward = torch.compile(model, dynamic=False)
    with cli.progress() as progress:
        for step, batch in zip(range(steps), rows, strict=False):
            done = step / steps
            for optimizer in optimizers:
                optimizer.param_groups[0]["lr"] = highest_rate * min(done / WARM_UP + 1 / steps, 1.0) * (1 - done)
            with torch.autocast(device, torch.bfloat16):
                loss = forward(batch.to(device))
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            for optimizer in optimizers:
                optimizer.step()
                optimizer.zero_grad()
            if step % 1000 == 999:
                say(f"Step {step + 1}: held-out loss {held_out_loss(forward, test_rows, device):.3f}")
            progress(step + 1, steps, f"loss {loss.item():.2f}")


def held_out_loss(model, rows, device):
    """The mean loss in nats per token over rows [n, context + 1]."""
    import torch

    with torch.no_grad():
        return sum(model(few.to(device)).item() * len(few) for few in rows.split(16)) / len(rows)


cli.run(main)
