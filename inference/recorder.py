"""Continuing a prompt, and gathering all that is recorded of it."""

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from .derived import word_of_both
from .errors import Cancelled, ModelError
from .finding import context_of, found_context, found_ends, readable_ends, readable_pairs
from .focus import most_telling, telling_heads
from .insights import Insights, meaning_space, neuron_words
from .lens import LogitLens
from .recording import Draw, Recording, Step
from .sampling import Sampling, draw, probabilities, random_numbers
from .trace import Run, Trace, kept_layers
from .votes import Votes, votes
from .weights import FocusWeights, counts, focus_weights

if TYPE_CHECKING:
    from .model import Model

Progress = Callable[[int, int, str], None]  # how many parts are done, of how many, and what was done last

# A full stop and its kin, and whatever quotation marks, brackets and blanks close after it.
_SENTENCE_END = re.compile(r"[.!?…。！？][\"'”’»)\]」』）】]*\s*$")


@dataclass(frozen=True)
class Order:
    """What to record, see Model.generate."""

    new_tokens: int | None
    at_most: int
    layers: Collection[int] | None
    scores: bool
    contrast: str | None
    focus: tuple[int | None, int | None]


class _Runs:
    """The runs of a model that make one recording, whose progress is told as that of one piece of work."""

    def __init__(self, model: "Model", total: int, progress: Progress | None, cancelled: Callable[[], bool] | None):
        self.model, self.total = model, total
        self.done = 0  # runs
        self._progress, self._cancelled = progress, cancelled

    def __call__(
        self,
        tokens: np.ndarray,
        what: str,
        layers: Iterable[int] | None = None,
        scores: bool = True,
        position: int | None = None,
    ) -> Run:
        def report(done: int, parts: int, part: str) -> None:
            self._progress(self.done * parts + done, self.total * parts, f"{what}, {part}")

        run = self.model.run(tokens, report if self._progress else None, self._cancelled, layers, scores, position)
        self.done += 1
        return run

    def check(self) -> None:
        """Raise Cancelled when the user has cancelled."""
        if self._cancelled is not None and self._cancelled():
            raise Cancelled()

    def finish(self) -> None:
        """Tell that no more runs come, though more had been expected."""
        if self._progress and self.done < self.total:
            self._progress(self.total, self.total, "done")


def record(
    model: "Model",
    prompt: str,
    sampling: Sampling,
    order: Order,
    progress: Progress | None,
    cancelled: Callable[[], bool] | None,
) -> Recording:
    """See Model.generate."""
    wanted = order.at_most if order.new_tokens is None else order.new_tokens
    if wanted < 1:
        raise ModelError(f"The number of new tokens must be at least 1, not {wanted}.")
    _check_focus(model, order)
    tokens = model.tokens(prompt)
    other = None if order.contrast is None else model.tokens(order.contrast)
    count = min(wanted, model.info.n_ctx - len(tokens) + 1)
    pairs, ends = [] if other is not None else readable_pairs(model), readable_ends(model)
    if other is not None:
        word_of_both(model.vocabulary, tokens.tolist(), other.tolist())  # before the model runs
    examples = len(ends) + 2 * (len(pairs) if other is None else 1)
    likeliest_runs = count - 1 if sampling.temperature else 0
    runs = _Runs(model, count + likeliest_runs + examples, progress, cancelled)

    first, steps = _continue(runs, tokens, sampling, count, order)
    greedy = _greedy(runs, tokens, steps, sampling, order)
    context = found_context(runs, pairs) if other is None else context_of(runs, [tokens, other])
    same_end = found_ends(runs, ends)
    runs.finish()
    lens = model.lens(first.stream[:-1], first.trace.logits, also=[steps[0].draw.token])
    weights = _focus(model, first.trace, order.focus)
    meaning = meaning_space(model.checkpoint, tokens, runs.check)
    neurons = neuron_words(model.checkpoint, first.activations)
    return Recording(
        prompt=prompt,
        sampling=sampling,
        vocabulary=model.vocabulary,
        steps=tuple(steps),
        lens=lens,
        insights=Insights(meaning, neurons, context, same_end),
        counts=counts(model.checkpoint),
        greedy=greedy,
        weights=weights,
        votes=_votes(model, first, lens, steps[0].draw.token, weights.layer) if weights else None,
    )


def ends_sentence(text: str) -> bool:
    """Whether a text ends with a sentence: in a full stop or its kin, or in a quotation mark after one."""
    return bool(_SENTENCE_END.search(text))


def _continue(runs: _Runs, tokens: np.ndarray, sampling: Sampling, count: int, order: Order) -> tuple[Run, list[Step]]:
    """-> the run on the prompt, and all steps."""
    model, steps, first = runs.model, [], None
    for number, random in enumerate(islice(random_numbers(sampling.seed), count), 1):
        run = runs(tokens, f"token {number}/{count}", order.layers, order.scores)
        first = first or run
        token = draw(probabilities(run.trace.logits, sampling), random)
        steps.append(Step(run.trace, Draw(random, token)))
        tokens = np.append(tokens, token)
        if _is_end(model, order, [step.draw.token for step in steps]):
            break
    return first, steps


def _is_end(model: "Model", order: Order, drawn: list[int]) -> bool:
    """Whether a continuation ends with its last token: the text does, or its sentence and no number was wanted."""
    if drawn[-1] in model.checkpoint.config.eos_token_ids:
        return True
    return order.new_tokens is None and ends_sentence(model.vocabulary.text(drawn))


def _greedy(runs: _Runs, tokens: np.ndarray, steps: list[Step], sampling: Sampling, order: Order) -> np.ndarray:
    """The likeliest tokens one after another, as many as there are steps unless they end before: [n]."""
    drawn = [step.draw.token for step in steps]
    if sampling.temperature == 0:
        return np.array(drawn, np.int64)
    found = []
    for number, step in enumerate(steps, 1):
        same = found == drawn[: len(found)]  # then this step's run has been made
        logits = (step if same else runs(np.append(tokens, found), f"greedy token {number}", [], False)).trace.logits
        found.append(int(np.argmax(logits)))
        if _is_end(runs.model, order, found):
            break
    return np.array(found, np.int64)


def _check_focus(model: "Model", order: Order) -> None:
    """Raise ModelError when the model has no such layer or head, or when that layer is left out."""
    for what, wish, count in zip(("layer", "head"), order.focus, (model.info.n_layer, model.info.n_head), strict=True):
        if wish is not None and not 0 <= wish < count:
            raise ModelError(f"There is no {what} {wish + 1}; they are counted from 1 to {count}.")
    layer = order.focus[0]
    if layer is not None and layer not in kept_layers(model.info, order.layers):
        raise ModelError(f"Layer {layer + 1} is left out of this recording; keep it, or look at another layer.")


def _focus(model: "Model", trace: Trace, focus: tuple[int | None, int | None]) -> FocusWeights | None:
    """The weights of the head that is wanted, or that tells most; None without layers to choose from."""
    if not trace.layers:
        return None
    score = np.full((model.info.n_layer, model.info.n_head), -np.inf)
    for layer in trace.layers:
        score[layer] = telling_heads(trace.blocks[layer])
    return focus_weights(model.checkpoint, trace, *most_telling(score, *focus))


def _votes(model: "Model", run: Run, lens: LogitLens, drawn: int, layer: int) -> Votes:
    """On the likeliest token, the drawn one, and what the lens says right after the layer."""
    words = [int(lens.tokens[-1, 0]), drawn, int(lens.tokens[2 * layer + 2, 0])]
    return votes(model.checkpoint, layer, run.activations[layer], run.stream[-1], words)
