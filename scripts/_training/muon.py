"""Muon in float32, for processors that have no bfloat16: torch.optim.Muon always multiplies in that."""

import torch

QUINTIC = (3.4445, -4.7750, 2.0315)  # Jordan et al. 2024
ROUNDS = 5


class Muon32(torch.optim.Optimizer):
    """Takes the arguments and keeps the state of torch.optim.Muon, so that a run may go on on another machine."""

    def __init__(self, params, lr: float = 1e-3, weight_decay: float = 0.1, momentum: float = 0.95, **_others):
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay, "momentum": momentum})

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            for matrix in group["params"]:
                if matrix.grad is None:
                    continue
                state = self.state[matrix]
                kept = state.setdefault("momentum_buffer", torch.zeros_like(matrix.grad))
                kept.lerp_(matrix.grad, 1 - group["momentum"])
                ahead = matrix.grad.lerp(kept, group["momentum"])
                matrix.mul_(1 - group["lr"] * group["weight_decay"])
                # The length that AdamW's steps have (Liu et al. 2025, Muon is Scalable for LLM Training).
                matrix.add_(orthogonal(ahead), alpha=-group["lr"] * 0.2 * max(matrix.shape) ** 0.5)


def orthogonal(matrix: torch.Tensor) -> torch.Tensor:
    """U V^T of the matrix [n, m] = U S V^T, nearly: its singular values become about 1 (Newton-Schulz iteration)."""
    a, b, c = QUINTIC
    wide = matrix.T if matrix.shape[0] > matrix.shape[1] else matrix
    wide = wide / wide.norm().clamp(min=1e-7)
    for _ in range(ROUNDS):
        gram = wide @ wide.T
        wide = a * wide + (b * gram + c * gram @ gram) @ wide
    return wide.T if matrix.shape[0] > matrix.shape[1] else wide
