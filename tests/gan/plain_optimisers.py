"""Optimisers: torch.optim's, the optimistic ones as subclasses, and all of them once more as differentiable formulas.

The last are for unrolling: `torch.optim` moves parameters in place, outside of the graph.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

EPSILON = 1e-8


class OptimisticSgd(torch.optim.Optimizer):
    """θ ← θ − 2η g_t + η g_{t−1} (Daskalakis et al. 2018, equation 6)."""

    def __init__(self, params: Iterable[Tensor], lr: float) -> None:
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                before = state.get("previous", torch.zeros_like(p))
                p.sub_(2 * group["lr"] * p.grad - group["lr"] * before)
                state["previous"] = p.grad.clone()


class OptimisticAdam(torch.optim.Optimizer):
    """Daskalakis et al. 2018, algorithm 1."""

    def __init__(self, params: Iterable[Tensor], lr: float, betas: tuple[float, float]) -> None:
        super().__init__(params, {"lr": lr, "betas": betas})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            (beta1, beta2), lr = group["betas"], group["lr"]
            for p in group["params"]:
                state = self.state[p]
                if not state:
                    state.update(step=0, m=torch.zeros_like(p), v=torch.zeros_like(p))
                    state["previous"] = torch.zeros_like(p)
                state["step"] += 1
                state["m"] = beta1 * state["m"] + (1 - beta1) * p.grad
                state["v"] = beta2 * state["v"] + (1 - beta2) * p.grad**2
                m_hat = state["m"] / (1 - beta1 ** state["step"])
                v_hat = state["v"] / (1 - beta2 ** state["step"])
                direction = m_hat / (v_hat.sqrt() + EPSILON)
                p.sub_(2 * lr * direction - lr * state["previous"])
                state["previous"] = direction


Optimiser = Callable[..., torch.optim.Optimizer]
OPTIMS: dict[str, Optimiser] = {
    "sgd": lambda p, lr, b1, b2: torch.optim.SGD(p, lr),
    "momentum": lambda p, lr, b1, b2: torch.optim.SGD(p, lr, momentum=b1),
    "rmsprop": lambda p, lr, b1, b2: torch.optim.RMSprop(p, lr, alpha=b2),
    "adam": lambda p, lr, b1, b2: torch.optim.Adam(p, lr, betas=(b1, b2)),
    "optimistic_sgd": lambda p, lr, b1, b2: OptimisticSgd(p, lr),
    "optimistic_adam": lambda p, lr, b1, b2: OptimisticAdam(p, lr, (b1, b2)),
}


# ---------------------------------------------------------------- differentiable

Memory = dict[str, Any]
"""What an optimiser remembers of one parameter, by the names that torch.optim gives it in `state[p]`."""

Step = Callable[[Tensor, Tensor, Memory, float, float, float], tuple[Tensor, Memory]]


def root(v: Tensor) -> Tensor:
    """√v with slope 0 at 0, where a parameter without a gradient is."""
    positive = v > 0
    return torch.where(positive, torch.where(positive, v, torch.ones_like(v)).sqrt(), torch.zeros_like(v))


def of(memory: Memory, name: str, like: Tensor) -> Tensor:
    value = memory.get(name)
    return torch.zeros_like(like) if value is None else value


def sgd(theta: Tensor, g: Tensor, memory: Memory, lr: float, b1: float, b2: float) -> tuple[Tensor, Memory]:
    return theta - lr * g, memory


def momentum(
    theta: Tensor, g: Tensor, memory: Memory, lr: float, b1: float, b2: float
) -> tuple[Tensor, Memory]:
    buffer = b1 * of(memory, "momentum_buffer", g) + g
    return theta - lr * buffer, {"momentum_buffer": buffer}


def rmsprop(
    theta: Tensor, g: Tensor, memory: Memory, lr: float, b1: float, b2: float
) -> tuple[Tensor, Memory]:
    v = b2 * of(memory, "square_avg", g) + (1 - b2) * g**2
    return theta - lr * g / (root(v) + EPSILON), {"square_avg": v}


def adam(theta: Tensor, g: Tensor, memory: Memory, lr: float, b1: float, b2: float) -> tuple[Tensor, Memory]:
    t = float(memory.get("step", 0)) + 1
    m = b1 * of(memory, "exp_avg", g) + (1 - b1) * g
    v = b2 * of(memory, "exp_avg_sq", g) + (1 - b2) * g**2
    direction = (m / (1 - b1**t)) / (root(v / (1 - b2**t)) + EPSILON)
    return theta - lr * direction, {"step": t, "exp_avg": m, "exp_avg_sq": v, "direction": direction}


def optimistic_sgd(
    theta: Tensor, g: Tensor, memory: Memory, lr: float, b1: float, b2: float
) -> tuple[Tensor, Memory]:
    return theta - 2 * lr * g + lr * of(memory, "previous", g), {"previous": g}


def optimistic_adam(
    theta: Tensor, g: Tensor, memory: Memory, lr: float, b1: float, b2: float
) -> tuple[Tensor, Memory]:
    moments = {"step": memory.get("step", 0), "exp_avg": memory.get("m"), "exp_avg_sq": memory.get("v")}
    _, new = adam(theta, g, moments, lr, b1, b2)
    moved = theta - 2 * lr * new["direction"] + lr * of(memory, "previous", g)
    memory = {"step": new["step"], "m": new["exp_avg"], "v": new["exp_avg_sq"]}
    return moved, {**memory, "previous": new["direction"]}


STEPS: dict[str, Step] = {
    "sgd": sgd,
    "momentum": momentum,
    "rmsprop": rmsprop,
    "adam": adam,
    "optimistic_sgd": optimistic_sgd,
    "optimistic_adam": optimistic_adam,
}
