"""A model card, and a picture of the losses, from what a run wrote down."""

from collections.abc import Sequence
from pathlib import Path

LINES = 12  # of the table of losses, at most
WIDTH, HEIGHT, MARGIN = 640, 320, 50  # of the picture, in pixels


def card(name: str, run: dict, losses: Sequence[dict[str, float]], result: dict, samples: dict[str, str]) -> str:
    """README.md of a model.

    run      the settings and what was found in the text, see run.py
    losses   lines of losses.csv
    result   parameters, vocabulary, loss (nats a token), bits (a byte of text), minutes
    samples  prompts and how the model goes on
    """
    held_out = f"{run['held_out_works']} whole works" if run["held_out_works"] else "the last 2 % of every work"
    table = [f"| {line['tokens'] / 1e6:.2f} | {line['loss']:.2f} | {line['held_out']:.2f} |" for line in _some(losses)]
    heading = "| million tokens read | loss | held-out loss |\n|---|---|---|"
    return f"""# {name}
A GPT-2 with {result["parameters"]:,} parameters ({run["n_layer"]} layers, {run["n_head"]} heads, width {run["n_embd"]},
context {run["n_positions"]}, {result["vocabulary"]:,} tokens), in Hugging Face layout, weights in F16; made by
scripts/train_model.py.

**Data.** {run["text"]}: {run["works"]:,} works, {run["characters"]:,} characters. Who wrote them, and under which
licence, isn't known here: write it down before you pass the model on.

**Recipe.** {_recipe(run)}; Muon for the blocks' matrices, AdamW for the rest, batches of {run["batch"]} rows of
{run["n_positions"]} tokens, rate {run["rate"]:g}, held until the last 30 %, in which it falls to 0;
{losses[-1]["tokens"] / 1e6 if losses else 0:.2f} million tokens in {result["minutes"]:.0f} minutes.

**Loss.** {result["loss"]:.3f} nats per token, {result["bits"]:.3f} bits per byte, on text that was held out
({held_out}, {run["held_out_bytes"]:,} bytes); see losses.svg.

{heading}
{chr(10).join(table)}

**What it writes**, at temperature 0.8:

{chr(10).join(f"- *{prompt}* {text[len(prompt) :].strip()}" for prompt, text in samples.items())}

**Limits.** It has seen nothing but this text: it has its rhythm and its opinions, and knows nothing of the world. It
can repeat sentences of the text word by word.
"""


def picture(losses: Sequence[dict[str, float]]) -> str:
    """The losses over the tokens read, as an SVG: grey what was learned from, blue what was held out."""
    most = max(line["tokens"] for line in losses) or 1.0
    values = [line[kind] for line in losses for kind in ("loss", "held_out")]
    low, high = min(values), max(max(values), min(values) + 0.1)

    def path(kind: str, colour: str) -> str:
        points = " ".join(
            f"{MARGIN + (WIDTH - 2 * MARGIN) * line['tokens'] / most:.1f},"
            f"{MARGIN + (HEIGHT - 2 * MARGIN) * (high - line[kind]) / (high - low):.1f}"
            for line in losses
        )
        return f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'

    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif"
 font-size="13">
<rect width="100%" height="100%" fill="white"/>
{path("loss", "#aaaaaa")}
{path("held_out", "#2255aa")}
<text x="{MARGIN - 8}" y="{MARGIN + 4}" text-anchor="end">{high:.2f}</text>
<text x="{MARGIN - 8}" y="{HEIGHT - MARGIN + 4}" text-anchor="end">{low:.2f}</text>
<text x="{WIDTH - MARGIN}" y="{HEIGHT - 20}" text-anchor="end">{most / 1e6:.2f} million tokens read</text>
<text x="{MARGIN}" y="24">nats per token: grey as it learns, blue on text that was held out</text>
</svg>
"""


def _recipe(run: dict) -> str:
    if run["start"]:
        return f"Went on from {Path(run['start']).name}"
    return "From scratch, " + ("characters as tokens" if run["characters_as_tokens"] else "byte-level BPE")


def _some(losses: Sequence[dict[str, float]]) -> list[dict[str, float]]:
    """Lines spread over the run, with the last."""
    stride = max(-(-len(losses) // LINES), 1)
    return list(reversed(losses[::-1][::stride]))
