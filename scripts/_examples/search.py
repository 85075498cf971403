"""Which of some texts show something about a model most clearly."""

from collections.abc import Iterable
from itertools import combinations, product

import numpy as np

from transformer_cinema.inference.derived import cosine
from transformer_cinema.inference.model import Model
from transformer_cinema.inference.sampling import Sampling, draw, probabilities, random_numbers, softmax

LENGTH = 40  # tokens that are written to see whether a text repeats itself
SEEDS = 12
LONGEST = 6  # letters of an answer
RUN = 3  # tokens in a row that count as a repetition


def context_pairs(model: Model, candidates: Iterable[dict]) -> list[tuple[float, dict]]:
    """For each word the two texts in which its vectors part most -> (their final cosine, the entry), clearest first.

    A word is tried if it is the one last token of its texts; pairs after which two whole words are the likeliest are
    clearer than all others.
    """
    found = []
    for each in candidates:
        ones, others = (_ends(model, each[side], each["word"]) for side in ("one", "other"))
        pairs = [
            (not _two_words(says, other_says), cosine(one, other), {"word": each["word"], "texts": [text, other_text]})
            for (text, (one, says)), (other_text, (other, other_says)) in product(ones.items(), others.items())
        ]
        found += [min(pairs, key=lambda pair: pair[:2])] if pairs else []
    return [pair[1:] for pair in sorted(found, key=lambda pair: pair[:2])]


def same_ends(model: Model, candidates: Iterable[dict]) -> list[tuple[float, dict]]:
    """Of each list the three texts after which the model expects the most different -> (how different, the entry).

    How different: the total variation distance of the two most alike of the three, from 0 to 1. Each has another
    likeliest next token, of a few letters: a longer one would be written smaller than the others.
    """
    found = []
    for each in candidates:
        last = _last_shared(model, each["texts"])
        expected = {text: softmax(model.trace(ids).logits) for text, ids in last.items()}
        words = {text: model.vocabulary.text([int(share.argmax())]).strip() for text, share in expected.items()}
        expected = {text: share for text, share in expected.items() if len(words[text]) <= LONGEST}
        triples = [
            (min(_distance(expected[a], expected[b]) for a, b in combinations(three, 2)), {"texts": list(three)})
            for three in combinations(expected, 3)
            if len({int(expected[text].argmax()) for text in three}) == 3
        ]
        found += [max(triples, key=lambda triple: triple[0])] if triples else []
    return sorted(found, key=lambda triple: -triple[0])


def greedy_prompts(model: Model, candidates: Iterable[dict]) -> list[tuple[float, dict]]:
    """For each beginning the seed that writes the liveliest next to the likeliest -> (how much livelier, the entry).

    Measured by `repetition`, whose difference it is.
    """
    found = []
    for each in candidates:
        dull = repetition(written(model, each["text"], Sampling(temperature=0.0)))
        by_seed = {
            seed: repetition(written(model, each["text"], Sampling(seed=seed))) for seed in range(SEEDS if dull else 0)
        }
        if by_seed:
            seed = min(by_seed, key=by_seed.get)
            found.append((dull - by_seed[seed], {"text": each["text"], "seed": seed}))
    return sorted((entry for entry in found if entry[0] > 0), key=lambda entry: -entry[0])


def written(model: Model, text: str, sampling: Sampling) -> list[int]:
    """The ids of up to LENGTH tokens with which a model goes on; fewer if it ends the text."""
    ids, randoms = list(model.tokenizer.encode(text)), random_numbers(sampling.seed)
    start = len(ids)
    for _ in range(LENGTH):
        ids.append(draw(probabilities(model.trace(ids, scores=False).logits, sampling), next(randoms)))
        if ids[-1] in model.checkpoint.config.eos_token_ids:
            break
    return ids[start:]


def repetition(ids: list[int]) -> float:
    """The share of runs of RUN tokens that were there before; 1 for a text too short to tell."""
    runs = [tuple(ids[start : start + RUN]) for start in range(len(ids) - RUN + 1)]
    return 1 - len(set(runs)) / len(runs) if runs else 1.0


def _ends(model: Model, texts: list[str], word: str) -> dict[str, tuple[np.ndarray, str]]:
    """The final vectors [d] of a word at the end of texts that end in it as one token, and the likeliest next token."""
    read = {text: model.tokenizer.encode(text) for text in texts}
    whole = {text: ids for text, ids in read.items() if model.vocabulary.text(ids[-1:]).strip() == word}
    traces = {text: model.trace(ids) for text, ids in whole.items()}
    last = 2 * model.info.n_layer
    return {
        text: (trace.resid(last)[-1], model.vocabulary.text([int(trace.logits.argmax())]))
        for text, trace in traces.items()
    }


def _two_words(*texts: str) -> bool:
    """Whether two tokens are different, and each begins a word or is a Chinese character."""
    words = [text for text in texts if text.strip().isalpha() and (text.startswith(" ") or not text.isascii())]
    return len(set(words)) == 2


def _last_shared(model: Model, texts: list[str]) -> dict[str, list[int]]:
    """The ids of the texts that end in the token in which most of them end."""
    read = {text: model.tokenizer.encode(text) for text in texts}
    lasts = [ids[-1] for ids in read.values()]
    most = max(set(lasts), key=lasts.count)
    return {text: ids for text, ids in read.items() if ids[-1] == most}


def _distance(one: np.ndarray, other: np.ndarray) -> float:
    """Total variation: half the sum of differences of two distributions [V]."""
    return float(np.abs(one - other).sum()) / 2
