"""Multilayer perceptrons whose parameters are one packed row `[E, P]` per member.

A packed row keeps an optimiser's update one fused operation and a checkpoint one tensor; `unpack` gives the views
`W [E, in, out]` and `b [E, 1, out]` that the layers use.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from ganlab.gan.functional import elu, leaky_relu, softplus
from ganlab.registry import Registry

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

Sizes = tuple[int, ...]


@dataclass(frozen=True)
class Activation:
    """One row; `gain` is the √ of the variance that the initial weights make up for (He et al. 2015)."""

    name: str
    label: str
    function: Callable[[Tensor], Tensor]
    gain: float = 1.0


ACTIVATIONS: Registry[Activation] = Registry("activation")
ACTIVATIONS.add(Activation("relu", "ReLU", lambda x: x.relu(), sqrt(2)))
ACTIVATIONS.add(Activation("leaky_relu", "Leaky ReLU (0.2)", leaky_relu, sqrt(2 / 1.04)))
ACTIVATIONS.add(Activation("tanh", "tanh", lambda x: x.tanh(), 5 / 3))
ACTIVATIONS.add(Activation("elu", "ELU", elu, sqrt(2)))
ACTIVATIONS.add(Activation("softplus", "Softplus", softplus, sqrt(2)))
ACTIVATIONS.add(Activation("sine", "Sine", lambda x: x.sin(), sqrt(2)))


def parameter_count(sizes: Sizes) -> int:
    """Parameters of an MLP with these layer sizes."""
    return sum((a + 1) * b for a, b in pairwise(sizes))


def initial(sizes: Sizes, activation: str, rng: np.random.Generator) -> NDArray[np.float32]:
    """One packed row `[P]`: weights N(0, gain²/in) (He et al. 2015), output layer gain 1, biases U(±1/√in)."""
    gain = ACTIVATIONS[activation].gain
    last = len(sizes) - 2
    parts = []
    for i, (a, b) in enumerate(pairwise(sizes)):
        parts.append(rng.normal(0, (1.0 if i == last else gain) / sqrt(a), a * b))
        parts.append(rng.uniform(-1, 1, b) / sqrt(a))
    return np.concatenate(parts).astype(np.float32)


def unpack(theta: Tensor, sizes: Sizes) -> list[Tensor]:
    """`[E, P]` to `[W₁ [E, in, out], b₁ [E, 1, out], W₂, b₂, …]`, views of the same memory."""
    members = theta.shape[0]
    views, i = [], 0
    for a, b in pairwise(sizes):
        views += [
            theta[:, i : i + a * b].view(members, a, b),
            theta[:, i + a * b : i + a * b + b].view(members, 1, b),
        ]
        i += (a + 1) * b
    return views


def pack(parts: Sequence[Tensor]) -> Tensor:
    """The inverse of `unpack`."""
    import torch

    return torch.cat([part.reshape(part.shape[0], -1) for part in parts], 1)


def mlp(parameters: Sequence[Tensor], x: Tensor, activation: str) -> Tensor:
    """`[E, B, in]` to `[E, B, out]`; the last layer is linear."""
    import torch

    function = ACTIVATIONS[activation].function
    for i in range(0, len(parameters), 2):
        x = torch.baddbmm(parameters[i + 1], x, parameters[i])
        if i + 2 < len(parameters):
            x = function(x)
    return x
