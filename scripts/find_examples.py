"""Finds texts that show something about a model: python3 scripts/find_examples.py --model my-model

A word whose vectors part in two texts, three texts with one end that go on differently, and a beginning on which the
likeliest words repeat themselves: of many candidates the clearest are written into film.toml in the model's folder,
where the film looks for them. The candidates are in scripts/_examples/candidates.toml, or in a file of your own.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bootstrap import ensure

ensure(__file__)

import json
import tomllib
from pathlib import Path

import cli
from _bootstrap import say

CANDIDATES = Path(__file__).with_name("_examples") / "candidates.toml"
KEPT = {"context": 3, "same_end": 2, "greedy": 1}
HEAD = "# Texts that show something about this model, the clearest first; found by scripts/find_examples.py.\n"


def main():
    parser = cli.parser(__doc__)
    add = parser.add_argument
    add("--model", metavar="FOLDER", type=Path, required=True, help="the model's folder, where film.toml goes")
    add("--language", choices=("en", "zh"), help="of the candidates (zh where 的 is one token, else en)")
    add("--candidates", metavar="FILE", type=Path, default=CANDIDATES, help="other ones, in the same form")
    options = parser.parse_args(cli.arguments())
    from transformer_cinema.inference.model import Model

    model = Model.load(options.model)
    language = options.language or ("zh" if len(model.tokenizer.encode("的")) == 1 else "en")
    try:
        candidates = tomllib.loads(options.candidates.read_text(encoding="utf-8"))[language]
    except (OSError, ValueError, KeyError) as error:
        parser.error(f"--candidates {options.candidates} has no candidates in {language} that can be read ({error})")
    examples = search_all(model, candidates)
    path = options.model / "film.toml"
    path.write_text(HEAD + as_toml(examples), encoding="utf-8")
    say(str(path))


def search_all(model, candidates):
    """-> the entries of film.toml by their kind; says how clear each of them is."""
    from _examples import search

    kinds = {"context": search.context_pairs, "same_end": search.same_ends, "greedy": search.greedy_prompts}
    examples = {}
    with cli.progress() as progress:
        for number, (kind, find) in enumerate(kinds.items()):
            progress(number, len(kinds), kind)
            found = find(model, candidates.get(kind, []))[: KEPT[kind]]
            for clear, entry in found:
                say(f"{kind} {clear:.2f}: {' | '.join(map(str, entry.get('texts', entry.values())))}")
            examples[kind] = [entry for _, entry in found]
        progress(len(kinds), len(kinds), "done")
    return examples


def as_toml(examples):
    """Entries by their kind, as a TOML file; a JSON string or list is one of TOML's, too."""
    lines = []
    for kind, entries in examples.items():
        for entry in entries:
            lines += ["", f"[[{kind}]]", *(f"{key} = {_value(value)}" for key, value in entry.items())]
    return "\n".join(lines) + "\n"


def _value(value):
    return json.dumps(value, ensure_ascii=False)


cli.run(main)
