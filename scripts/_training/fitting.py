"""The learning itself: steps of Muon and AdamW, a rate that is held and then falls, and a state that can be kept."""

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch

from . import corpus
from .muon import Muon32
from .network import GPT2

WARM_UP = 50  # steps
COOLING = 0.3  # of the run: its last part, in which the rate falls to 0
BETAS = (0.9, 0.95)
WEIGHT_DECAY = 0.1  # on matrices
FEW = 48  # rows of the held-out text that are looked at while it learns


@dataclass
class Place:
    """How far a run has come."""

    step: int = 0
    seconds: float = 0.0
    epoch: int = 0
    row: int = 0  # of the epoch, the next to be read


class Fit:
    """A model that learns a stream of token ids [N]; `lines` are the places in it where a line begins."""

    def __init__(
        self, model: GPT2, stream: np.ndarray, lines: np.ndarray, batch: int, rate: float, seed: int, device: str
    ):
        self.model, self.stream, self.lines = model, stream, lines
        self.batch, self.rate, self.seed, self.device = batch, rate, seed, device
        self.place = Place()
        self.optimizers = optimizers(model)
        torch._dynamo.config.suppress_errors = True  # without a C++ compiler it runs as it is, more slowly
        self.forward = torch.compile(model, dynamic=False)
        self._is_compiled = False  # the first step does it, which may take a minute that isn't learning

    @property
    def tokens(self) -> int:
        """How many tokens have been read."""
        return self.place.step * self.batch * self.model.context

    def rows(self) -> Iterator[torch.Tensor]:
        """Batches [batch, context + 1] without end, from the place on; each epoch has an order of its own."""
        while True:
            chance = np.random.default_rng((self.seed, self.place.epoch))
            cuts = corpus.epoch(self.stream, self.lines, self.model.context, chance)
            while self.place.row + self.batch <= len(cuts):
                chosen = cuts[self.place.row : self.place.row + self.batch]
                self.place.row += self.batch
                yield torch.from_numpy(self.stream[chosen].astype(np.int64)).to(self.device)
            self.place.epoch, self.place.row = self.place.epoch + 1, 0

    def step(self, rows: torch.Tensor, done: float) -> float:
        """One step on rows [B, context + 1], `done` (0 to 1) of the run being over; -> its loss in nats per token."""
        began = time.monotonic()
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = self.rate * factor(self.place.step, done)
        with torch.autocast(self.device, torch.bfloat16, enabled=has_bfloat16(self.device)):
            loss = self.forward(rows)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimizer in self.optimizers:
            optimizer.step()
            optimizer.zero_grad()
        self.place.step += 1
        self.place.seconds += time.monotonic() - began if self._is_compiled else 0.0
        self._is_compiled = True
        return loss.item()

    def save(self, path: Path) -> None:
        """Write everything that the run needs to go on; what is at `path` already stays whole until it is replaced."""
        part = path.with_name(path.name + ".part")
        state = {
            "model": self.model.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "place": asdict(self.place),
        }
        torch.save(state, part)
        part.replace(path)

    def restore(self, path: Path) -> None:
        """Go on from what `save` wrote."""
        state = torch.load(path, map_location=self.device, weights_only=True)
        self.model.load_state_dict(state["model"])
        for optimizer, stored in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(stored)
        self.place = Place(**state["place"])


def factor(step: int, done: float) -> float:
    """The rate as a part of its highest: it rises in the first steps, is held, and falls to 0 in the last part."""
    return min((step + 1) / WARM_UP, 1.0) * max(min((1 - done) / COOLING, 1.0), 0.0)


def has_bfloat16(device: str) -> bool:
    """Whether it multiplies in bfloat16 itself; processors that imitate it are many times slower than in float32."""
    return device != "cpu" or torch.cpu._is_avx512_bf16_supported()


def optimizers(model: GPT2) -> list[torch.optim.Optimizer]:
    """Muon (Jordan et al. 2024) for the blocks' matrices, AdamW for the rest."""
    matrices = model.matrices()
    chosen = set(map(id, matrices))
    others = [parameter for parameter in model.parameters() if id(parameter) not in chosen]
    muon = torch.optim.Muon if has_bfloat16(matrices[0].device.type) else Muon32
    return [
        muon(matrices, weight_decay=WEIGHT_DECAY, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(others, betas=BETAS, weight_decay=0.0),
    ]


def held_out_loss(model: GPT2, rows: torch.Tensor, few: bool = False) -> float:
    """The mean loss in nats per token over rows [n, context + 1], or over a few of them."""
    rows = rows[:: max(len(rows) // FEW, 1)][:FEW] if few else rows
    with torch.no_grad():
        return sum(model(some).item() * len(some) for some in rows.split(16)) / len(rows)
