"""Texts that show something about a model, found among those that are known to (examples.py)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from .contexts import SameEnd, WordInContext, same_end, word_in_context
from .derived import shared_word, word_of_both
from .errors import ModelError
from .examples import ENDINGS, PAIRS, Pair
from .trace import Run

if TYPE_CHECKING:
    from .model import Model

APART = 0.9  # the final cosine below which a word is taken to mean something else in the other text


class Runner(Protocol):
    """Runs a model on ids [T], and tells what for."""

    model: "Model"

    def __call__(
        self,
        tokens: np.ndarray,
        what: str,
        layers: Iterable[int] | None = None,
        scores: bool = True,
        position: int | None = None,
    ) -> Run: ...


Tokens = list[np.ndarray]  # of some texts


@dataclass(frozen=True, eq=False)
class Candidate:
    """A word in two texts, to be tried."""

    word: str
    texts: Tokens  # 2
    limit: float  # the final cosine from which on the word means the same in both texts


def readable_pairs(model: "Model") -> list[Candidate]:
    """The model's own first example that it can read; without one, all that may show such a thing.

    An example of its own is shown however little the word parts.
    """
    for pair in model.examples.context:
        if texts := _shared(model, pair):
            return [Candidate(pair.word, texts, np.inf)]
    shared = [(pair, _shared(model, pair)) for pair in PAIRS]
    return [Candidate(pair.word, texts, APART) for pair, texts in shared if texts and _is_last(model, pair, texts)]


def readable_ends(model: "Model") -> Tokens:
    """The first three texts that end in the same token: the model's own, or those that any may read; or none."""
    for ending in (*model.examples.same_end, *ENDINGS):
        texts = [_read(model, text) for text in ending.texts]
        if all(len(text) for text in texts) and len({int(text[-1]) for text in texts}) == 1:
            return texts
    return []


def found_context(runs: Runner, pairs: list[Candidate]) -> WordInContext | None:
    """Of some words in two texts the one that parts most; None when none parts."""
    found = []
    for pair in pairs:
        context = context_of(runs, pair.texts, pair.word)
        if context.cosines[-1] < pair.limit:
            found.append(context)
    return min(found, key=lambda context: context.cosines[-1], default=None)


def context_of(runs: Runner, texts: Tokens, word: str | None = None) -> WordInContext:
    """A word in two texts, or the longest one that is in both. Raises ModelError when there is none.

    Of the runs only what becomes of the word is kept.
    """
    _, places = word_of_both(runs.model.vocabulary, *(text.tolist() for text in texts), word)
    both = zip(texts, places, strict=True)
    one, other = (runs(text, "a word in two texts", [], False, place) for text, place in both)
    return word_in_context(runs.model.checkpoint, one, other)


def found_ends(runs: Runner, texts: Tokens) -> SameEnd | None:
    """What three texts make of the token that all of them end in; None without texts."""
    found = [runs(text, "one ending, three texts", [], False) for text in texts]
    return same_end(runs.model.checkpoint, found) if found else None


def _read(model: "Model", text: str) -> np.ndarray:
    """The ids [T] of an example; none when the model can't read it."""
    try:
        return model.tokens(text)
    except ModelError:
        return np.zeros(0, np.int64)


def _shared(model: "Model", pair: Pair) -> Tokens:
    """The ids of both texts, if the word is in both and ends in the same token; else none."""
    texts = [_read(model, text) for text in pair.texts]
    one, other = (text.tolist() for text in texts)
    return texts if shared_word(model.vocabulary, one, other, pair.word) else []


def _is_last(model: "Model", pair: Pair, texts: Tokens) -> bool:
    """Whether the word is the one last token of both texts."""
    return all(model.vocabulary.text(text[-1:]).strip() == pair.word for text in texts)
