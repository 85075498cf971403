"""A prompt, continued: every run of the model with what was drawn from it, in one file that a film is made from."""

import dataclasses
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from . import archive
from .errors import ModelError
from .insights import Insights
from .sampling import Sampling
from .tokens import Vocabulary
from .trace import ModelInfo, Trace


@dataclass(frozen=True, eq=False)
class LogitLens:
    """What the model would say if it stopped early: the K likeliest next tokens at every checkpoint 0 … 2L.

    The last position's residual stream goes through the final LayerNorm and the unembedding (nostalgebraist 2020,
    "interpreting GPT: the logit lens"); the softmax is over the full vocabulary. The last row is the real answer.
    """

    tokens: np.ndarray  # [2L + 1, K] int64, falling probability
    probabilities: np.ndarray  # [2L + 1, K] float32


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

    Step i is a full run on the prompt and the i tokens drawn before it; `lens` and `insights` belong to step 0.
    """

    prompt: str
    sampling: Sampling
    vocabulary: Vocabulary
    steps: tuple[Step, ...]
    lens: LogitLens
    insights: Insights

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
        }
        arrays |= {
            "draws.random": np.array([step.draw.random for step in self.steps], np.float64),
            "draws.token": np.array([step.draw.token for step in self.steps], np.int64),
            "lens.tokens": self.lens.tokens,
            "lens.probabilities": self.lens.probabilities,
            "vocabulary.bytes": blob,
            "vocabulary.offsets": offsets,
            "metadata": np.array(json.dumps(metadata)),
            **self.insights.to_arrays(),
        }
        archive.write(path, arrays)

    @classmethod
    def load(cls, path: str | os.PathLike) -> "Recording":
        """Read what `save` wrote. Raises ModelError when the file is missing, foreign or damaged."""
        arrays = archive.read(path)
        try:
            metadata = json.loads(str(arrays["metadata"]))
            if metadata["format"] != _FORMAT:
                raise ValueError(f"format {metadata['format']!r}")
            model = ModelInfo(**metadata["model"])
            if any(type(size) is not int or size < 1 for size in dataclasses.astuple(model)[1:]):
                raise ValueError("the model's sizes are not positive numbers")
            # Before anything is made for every layer, for the number of layers could be a lie.
            if len(arrays["lens.tokens"]) != 2 * model.n_layer + 1:
                raise ValueError("the logit lens doesn't fit the model")
            kept = metadata.get("layers"), bool(metadata.get("scores", True))
            draws = zip(arrays["draws.random"].tolist(), arrays["draws.token"].tolist(), strict=True)
            recording = cls(
                prompt=metadata["prompt"],
                sampling=Sampling(**metadata["sampling"]),
                vocabulary=Vocabulary.from_arrays(arrays["vocabulary.bytes"], arrays["vocabulary.offsets"]),
                steps=tuple(
                    Step(Trace.from_named(model, _without_prefix(arrays, number), *kept), Draw(random, token))
                    for number, (random, token) in enumerate(draws)
                ),
                lens=LogitLens(arrays["lens.tokens"], arrays["lens.probabilities"]),
                insights=Insights.from_arrays(arrays, model, arrays["tokens"]),
            )
            recording._check()
            for name, array in arrays.items():
                # Scores of the future are -inf.
                if array.dtype.kind == "f" and not (np.isfinite(array) | (array == -np.inf)).all():
                    raise ValueError(f"{name} holds values that are no numbers")
        except ModelError as error:
            raise ModelError(f"{path}: {error}") from error
        except (LookupError, TypeError, ValueError, RecursionError) as error:
            raise ModelError(f"{path} is not a recording of this program ({error}); record it again.") from error
        return recording

    def _check(self) -> None:
        """Whatever the shapes of single tensors don't say. Raises ValueError."""
        if not isinstance(self.prompt, str):
            raise ValueError("the prompt is not text")
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
        tokens, probabilities = self.lens.tokens, self.lens.probabilities
        if tokens.ndim != 2 or tokens.shape != probabilities.shape:
            raise ValueError("the logit lens doesn't fit the model")
        if tokens.dtype != np.int64 or probabilities.dtype != np.float32 or not tokens.size:
            raise ValueError("the logit lens is not tokens and probabilities")
        if tokens.min() < 0 or tokens.max() >= self.model.n_vocab:
            raise ValueError("the logit lens names tokens that don't exist")


_FORMAT = "transformer-cinema recording 2"


def _prefix(number: int) -> str:
    return f"steps.{number}." if number else ""


def _without_prefix(arrays: Mapping[str, np.ndarray], number: int) -> dict[str, np.ndarray]:
    prefix = _prefix(number)
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
