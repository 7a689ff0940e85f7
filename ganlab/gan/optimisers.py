"""Optimisers: pure functions of one packed parameter row per member.

`update(theta, m, v, gradient, t, lr, beta1, beta2) -> (theta, m, v)`: parameters, two moments and gradient `[E, P]`,
`t` the number of this update counted from 1 and the three hyperparameters `[E, 1]`. The arithmetic is torch.optim's,
so that a plain PyTorch loop is a referee.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ganlab.registry import Registry

if TYPE_CHECKING:
    from torch import Tensor

EPSILON = 1e-8  # torch.optim's, added to the root


Updated = tuple["Tensor", "Tensor", "Tensor"]


@dataclass(frozen=True)
class Optimiser:
    """One row; `betas` names the coefficients that it uses (of beta1, beta2)."""

    name: str
    label: str
    formula: str
    source: str
    update: Callable[..., Updated]
    betas: tuple[str, ...] = ()


def root(v: Tensor) -> Tensor:
    """√v whose slope at 0 is finite, for updates that are differentiated through; the same number otherwise."""
    return (v + 1e-30).sqrt()


def _sgd(
    theta: Tensor, m: Tensor, v: Tensor, g: Tensor, t: Tensor, lr: Tensor, beta1: Tensor, beta2: Tensor
) -> Updated:
    return theta - lr * g, m, v


def _momentum(
    theta: Tensor, m: Tensor, v: Tensor, g: Tensor, t: Tensor, lr: Tensor, beta1: Tensor, beta2: Tensor
) -> Updated:
    m = beta1 * m + g
    return theta - lr * m, m, v


def _rmsprop(
    theta: Tensor, m: Tensor, v: Tensor, g: Tensor, t: Tensor, lr: Tensor, beta1: Tensor, beta2: Tensor
) -> Updated:
    v = beta2 * v + (1 - beta2) * g * g
    return theta - lr * g / (root(v) + EPSILON), m, v


def _adam(
    theta: Tensor, m: Tensor, v: Tensor, g: Tensor, t: Tensor, lr: Tensor, beta1: Tensor, beta2: Tensor
) -> Updated:
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g * g
    step = lr * (m / (1 - beta1**t)) / (root(v / (1 - beta2**t)) + EPSILON)
    return theta - step, m, v


def _optimistic_sgd(
    theta: Tensor, m: Tensor, v: Tensor, g: Tensor, t: Tensor, lr: Tensor, beta1: Tensor, beta2: Tensor
) -> Updated:
    return theta - lr * (2 * g - m), g, v


def _direction(m: Tensor, v: Tensor, t: Tensor, beta1: Tensor, beta2: Tensor) -> Tensor:
    """Adam's m̂/(√v̂ + ε) after t updates; 0 before the first, where both corrections would divide by 0."""
    t = t.clamp(min=1)
    return (m / (1 - beta1**t)) / (root(v / (1 - beta2**t)) + EPSILON)


def _optimistic_adam(
    theta: Tensor, m: Tensor, v: Tensor, g: Tensor, t: Tensor, lr: Tensor, beta1: Tensor, beta2: Tensor
) -> Updated:
    before = _direction(m, v, t - 1, beta1, beta2)
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g * g
    return theta - lr * (2 * _direction(m, v, t, beta1, beta2) - before), m, v


OPTIMISERS: Registry[Optimiser] = Registry("optimiser")

OPTIMISERS.add(
    Optimiser(
        "adam",
        "Adam",
        r"\theta \leftarrow \theta - \eta\,\hat m / (\sqrt{\hat v} + \epsilon)",
        "Kingma and Ba 2015, algorithm 1",
        _adam,
        ("beta1", "beta2"),
    )
)
OPTIMISERS.add(Optimiser("sgd", "SGD", r"\theta \leftarrow \theta - \eta\,g", "Robbins and Monro 1951", _sgd))
OPTIMISERS.add(
    Optimiser(
        "momentum",
        "SGD with momentum",
        r"m \leftarrow \beta_1 m + g,\ \theta \leftarrow \theta - \eta\,m",
        "Polyak 1964; Sutskever et al. 2013",
        _momentum,
        ("beta1",),
    )
)
OPTIMISERS.add(
    Optimiser(
        "rmsprop",
        "RMSProp",
        r"v \leftarrow \beta_2 v + (1 - \beta_2) g^2,\ \theta \leftarrow \theta - \eta\,g / (\sqrt v + \epsilon)",
        "Tieleman and Hinton 2012, lecture 6.5",
        _rmsprop,
        ("beta2",),
    )
)
OPTIMISERS.add(
    Optimiser(
        "optimistic_adam",
        "Optimistic Adam",
        r"\theta \leftarrow \theta - 2\eta\,u_t + \eta\,u_{t-1},\ u = \hat m / (\sqrt{\hat v} + \epsilon)",
        "Daskalakis et al. 2018, algorithm 1",
        _optimistic_adam,
        ("beta1", "beta2"),
    )
)
OPTIMISERS.add(
    Optimiser(
        "optimistic_sgd",
        "Optimistic SGD",
        r"\theta \leftarrow \theta - 2\eta\,g_t + \eta\,g_{t-1}",
        "Popov 1980; Daskalakis et al. 2018, equation 5",
        _optimistic_sgd,
    )
)
