"""One step of gradient descent for many starts at once, as a pure function.

Symbols: E starts, P parameters of each. A state holds the objective and its gradient where it stands, so that what is
read and where it was read always belong together, and a step is one evaluation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from ganlab.gan.optimisers import Optimiser

BETA1, BETA2 = 0.9, 0.999  # of every optimiser that has them (Kingma and Ba 2015)

Loss = Callable[[Tensor, int], Tensor]
"""What is minimised: parameters `[E, P]` and the number of the step (for its noise) to `[E]`."""


class State(NamedTuple):
    """All that the next step needs: parameters and moments `[E, P]`, updates `[E, 1]`, objective `[E]`, gradient."""

    theta: Tensor
    m: Tensor
    v: Tensor
    t: Tensor
    value: Tensor
    gradient: Tensor

    @property
    def finite(self) -> Tensor:
        """Which starts have a finite objective and gradient `[E]`: the others stay where they are."""
        return torch.isfinite(self.value) & torch.isfinite(self.gradient).all(1)


def evaluate(loss: Loss, theta: Tensor, step: int) -> tuple[Tensor, Tensor]:
    """Objective `[E]` and gradient `[E, P]`. Starts never interact: the gradient of the sum is each one's own."""
    with torch.enable_grad():
        leaf = theta.detach().requires_grad_()
        value = loss(leaf, step)
        (gradient,) = torch.autograd.grad(value.sum(), leaf)
    return value.detach(), gradient


def begin(loss: Loss, theta: Tensor) -> State:
    """The state before the first step."""
    zeros = torch.zeros_like(theta)
    return State(theta, zeros, zeros, theta.new_zeros(len(theta), 1), *evaluate(loss, theta, 0))


def descend(loss: Loss, optimiser: Optimiser, state: State, lr: float, step: int) -> State:
    """The state after one update, evaluated as step number `step`; a start that cannot move stays as it is."""
    t = state.t + 1
    rates = [torch.full_like(t, rate) for rate in (lr, BETA1, BETA2)]
    theta, m, v = optimiser.update(state.theta, state.m, state.v, state.gradient, t, *rates)
    moves = (state.finite & torch.isfinite(theta).all(1)).unsqueeze(1)
    theta, m, v, t = (
        torch.where(moves, new, old) for new, old in zip((theta, m, v, t), state[:4], strict=True)
    )
    return State(theta, m, v, t, *evaluate(loss, theta, step))
