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
    """All that the next step needs: parameters and moments `[E, P]`, updates `[E, 1]`, objective `[E]`, gradient.

    `finite` `[E]`: whether a start could go on. One whose next step leads to where the objective or its gradient is
    not finite stays where it is, and tries again: with another rate it may get on.
    """

    theta: Tensor
    m: Tensor
    v: Tensor
    t: Tensor
    value: Tensor
    gradient: Tensor
    finite: Tensor


def evaluate(loss: Loss, theta: Tensor, step: int) -> tuple[Tensor, Tensor]:
    """Objective `[E]` and gradient `[E, P]`. Starts never interact: the gradient of the sum is each one's own."""
    with torch.enable_grad():
        leaf = theta.detach().requires_grad_()
        value = loss(leaf, step)
        (gradient,) = torch.autograd.grad(value.sum(), leaf)
    return value.detach(), gradient


def _finite(value: Tensor, gradient: Tensor) -> Tensor:
    return torch.isfinite(value) & torch.isfinite(gradient).all(1)


def begin(loss: Loss, theta: Tensor) -> State:
    """The state before the first step."""
    zeros, (value, gradient) = torch.zeros_like(theta), evaluate(loss, theta, 0)
    t = theta.new_zeros(len(theta), 1)
    return State(theta, zeros, zeros, t, value, gradient, _finite(value, gradient))


def descend(loss: Loss, optimiser: Optimiser, state: State, lr: float, step: int) -> State:
    """The state after one update, evaluated as step number `step`."""
    t = state.t + 1
    rates = [torch.full_like(t, rate) for rate in (lr, BETA1, BETA2)]
    theta, m, v = optimiser.update(state.theta, state.m, state.v, state.gradient, t, *rates)
    value, gradient = evaluate(loss, theta, step)
    moves = _finite(state.value, state.gradient) & _finite(value, gradient)
    new = {"theta": theta, "m": m, "v": v, "t": t, "value": value, "gradient": gradient}
    kept = {
        name: torch.where(moves.view(-1, *[1] * (after.dim() - 1)), after, getattr(state, name))
        for name, after in new.items()
    }
    return state._replace(**kept, finite=moves)
