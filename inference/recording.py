"""A prompt, continued: every run of the model with what was drawn from it, in one file that a film is made from."""

import dataclasses
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from . import archive
from .arrays import below, check_array, has, named, read
from .errors import ModelError
from .files import reason, shown
from .insights import Insights
from .lens import LogitLens
from .sampling import Sampling
from .tokens import Vocabulary
from .trace import BLOCK_NAMES, ModelInfo, Trace
from .votes import Votes
from .weights import Counts, FocusWeights


@dataclass(frozen=True)
class Draw:
    """One draw of the next token: the random number in [0, 1) and the token it fell on."""

    random: float
    token: int


@dataclass(frozen=True, eq=False)
class Step:
    """One run of the model and the token drawn from its logits."""

    trace: Trace
    draw: Draw


@dataclass(frozen=True, eq=False)
class Recording:
    """One prompt, continued: all that a film needs, without the model.

    Step i is a full run on the prompt and the i tokens drawn before it; what follows the steps belongs to step 0.
    `weights` and `votes` are those of the focus, one layer and head; None where all layers were left out.
    """

    prompt: str
    sampling: Sampling
    vocabulary: Vocabulary
    steps: tuple[Step, ...]
    lens: LogitLens
    insights: Insights
    counts: Counts
    greedy: np.ndarray  # [n] int64: the continuation at temperature 0, as long as the drawn one unless the text ends
    weights: FocusWeights | None = None
    votes: Votes | None = None

    @property
    def model(self) -> ModelInfo:
        return self.steps[0].trace.model

    def save(self, path: str | os.PathLike) -> None:
        """Write an .npz that any numpy program can read.

        Step 0's tensors have their plain TransformerLens names, step i's the prefix `steps.i.`. Raises ModelError
        when the file can't be written; then nothing is left behind.
        """
        arrays = {}
        for number, step in enumerate(self.steps):
            arrays |= {_prefix(number) + name: tensor for name, tensor in step.trace.named().items()}
        blob, offsets = self.vocabulary.to_arrays()
        metadata = {
            "format": _FORMAT,
            "prompt": self.prompt,
            "model": dataclasses.asdict(self.model),
            "layers": self.steps[0].trace.layers,
            "scores": self.steps[0].trace.scores,
            "sampling": dataclasses.asdict(self.sampling),
            "counts": dataclasses.asdict(self.counts),
        }
        arrays |= {
            "draws.random": np.array([step.draw.random for step in self.steps], np.float64),
            "draws.token": np.array([step.draw.token for step in self.steps], np.int64),
            "greedy": self.greedy,
            "vocabulary.bytes": blob,
            "vocabulary.offsets": offsets,
            "metadata": np.array(json.dumps(metadata)),
            **named("lens", self.lens),
            **self.insights.to_arrays(),
        }
        if self.weights and self.votes:
            arrays |= named("weights", self.weights) | named("votes", self.votes)
        archive.write(path, arrays)

    @classmethod
    def load(cls, path: str | os.PathLike) -> "Recording":
        """Read what `save` wrote. Raises ModelError when the file is missing, foreign or damaged."""
        arrays = archive.read(path)
        try:
            metadata = json.loads(str(arrays["metadata"]))
            if metadata["format"] != _FORMAT:
                raise ValueError(f"format {shown(metadata['format'])}")
            _check_numbers(arrays)
            model = ModelInfo(**metadata["model"])
            if any(type(size) is not int or size < 1 for size in dataclasses.astuple(model)[1:]):
                raise ValueError("the model's sizes are not positive numbers")
            # Before anything is made for every layer, for the number of layers could be a lie.
            if len(arrays["lens.tokens"]) != 2 * model.n_layer + 1:
                raise ValueError("the logit lens doesn't fit the model")
            kept = metadata.get("layers"), bool(metadata.get("scores", True))
            focused = has("weights", arrays) or has("votes", arrays)
            draws = zip(arrays["draws.random"].tolist(), arrays["draws.token"].tolist(), strict=True)
            recording = cls(
                prompt=metadata["prompt"],
                sampling=Sampling(**metadata["sampling"]),
                vocabulary=Vocabulary.from_arrays(arrays["vocabulary.bytes"], arrays["vocabulary.offsets"]),
                steps=tuple(
                    Step(Trace.from_named(model, _without_prefix(arrays, number), *kept), Draw(random, token))
                    for number, (random, token) in enumerate(draws)
                ),
                lens=read(LogitLens, "lens", arrays),
                insights=Insights.from_arrays(arrays, model, arrays["tokens"]),
                counts=Counts(**metadata["counts"]),
                greedy=arrays["greedy"],
                weights=read(FocusWeights, "weights", arrays) if focused else None,
                votes=read(Votes, "votes", arrays) if focused else None,
            )
            recording._check()
        except ModelError as error:
            raise ModelError(f"{path}: {error}") from error
        except (LookupError, TypeError, ValueError, RecursionError) as error:
            raise ModelError(
                f"{path} is not a recording of this program ({reason(error)}); record it again."
            ) from error
        return recording

    def _check(self) -> None:
        """Whatever the shapes of single tensors don't say. Raises ValueError."""
        for what, text, most in (("prompt", self.prompt, 1_000_000), ("model's name", self.model.name, 255)):
            if not isinstance(text, str) or len(text) > most:
                raise ValueError(f"the {what} is not text, or too long")
            text.encode()  # half of a surrogate pair is no text: ValueError
        if not self.steps:
            raise ValueError("it has no steps")
        if len(self.vocabulary) != self.model.n_vocab:
            raise ValueError("the vocabulary doesn't fit the model")
        row = self.steps[0].trace.tokens.tolist()
        for step in self.steps:
            if step.trace.tokens.tolist() != row:
                raise ValueError("its steps don't follow from each other")
            if not (0 <= step.draw.random < 1 and 0 <= step.draw.token < self.model.n_vocab):
                raise ValueError("a draw is out of range")
            row = [*row, step.draw.token]
        prompt = self.steps[0].trace.tokens
        self.lens.check(self.model)
        self.counts.check(self.model)
        if self.weights and self.votes:
            self.weights.check(self.model, prompt)
            self.votes.check(self.model)
        check_array("greedy", self.greedy, below(self.model.n_vocab, len(self.greedy)))
        if not 0 < len(self.greedy) <= len(self.steps):
            raise ValueError("the greedy continuation is too short or too long")
        if self.greedy[0] != np.argmax(self.steps[0].trace.logits):
            raise ValueError("the greedy continuation doesn't begin with the likeliest token")


_FORMAT = "transformer-cinema recording 3"


def _prefix(number: int) -> str:
    return f"steps.{number}." if number else ""


def _check_numbers(arrays: Mapping[str, np.ndarray]) -> None:
    """Raise ValueError for a NaN or an infinity. Scores of the future are -inf, nothing else is."""
    for name, array in arrays.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            future = name.endswith(BLOCK_NAMES["attn_scores"]) & (array == -np.inf)
            if not (np.isfinite(array) | future).all():
                raise ValueError(f"{name} holds values that are no numbers")


def _without_prefix(arrays: Mapping[str, np.ndarray], number: int) -> dict[str, np.ndarray]:
    prefix = _prefix(number)
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
