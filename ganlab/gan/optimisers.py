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
    return theta - lr * g / (v.sqrt() + EPSILON), m, v


def _adam(
    theta: Tensor, m: Tensor, v: Tensor, g: Tensor, t: Tensor, lr: Tensor, beta1: Tensor, beta2: Tensor
) -> Updated:
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g * g
    step = lr * (m / (1 - beta1**t)) / ((v / (1 - beta2**t)).sqrt() + EPSILON)
    return theta - step, m, v


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
