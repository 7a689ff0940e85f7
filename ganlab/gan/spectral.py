"""Spectral normalisation: each weight matrix of D divided by an estimate of its largest singular value.

The left singular vectors u of all layers are one packed row `[E, U]`, part of D's state (Miyato et al. 2018,
algorithm 1). Weights here are `[in, out]`, so u has the length of a layer's input.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from ganlab.gan.networks import Net

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

FIRST_ITERATIONS = 15  # as torch.nn.utils.parametrizations.spectral_norm begins


def lengths(net: Net) -> list[int]:
    """Lengths of the vectors u."""
    shapes = net.shapes()
    return [shapes[i][0] for i in net.weights()]


def first(net: Net, parameters: Sequence[Tensor], rng: np.random.Generator) -> NDArray[np.float32]:
    """u `[U]` of a network `[1, …]` at its initial weights."""
    u = torch.from_numpy(rng.standard_normal(sum(lengths(net)), dtype=np.float32))[None]
    for _ in range(FIRST_ITERATIONS):
        u = iterated(net, parameters, u).packed()
    return u[0].numpy()


class Vectors(NamedTuple):
    """Singular vectors of each layer: u `[E, in]` and v `[E, out]`."""

    u: list[Tensor]
    v: list[Tensor]

    def packed(self) -> Tensor:
        """All u as one row."""
        return torch.cat(self.u, 1)


def current(net: Net, parameters: Sequence[Tensor], u: Tensor) -> Vectors:
    """The vectors as they are; no gradient flows through them."""
    parts = list(torch.split(u.detach(), lengths(net), 1))
    return Vectors(parts, [_right(w, part) for w, part in zip(_weights(net, parameters), parts, strict=True)])


def iterated(net: Net, parameters: Sequence[Tensor], u: Tensor) -> Vectors:
    """The vectors after one power iteration with each weight matrix; no gradient flows through it."""
    v = current(net, parameters, u).v
    pairs = zip(_weights(net, parameters), v, strict=True)
    return Vectors([_unit((w @ part.unsqueeze(2)).squeeze(2)) for w, part in pairs], v)


def divided(net: Net, parameters: Sequence[Tensor], vectors: Vectors) -> list[Tensor]:
    """The parameters with each weight matrix W divided by σ = uᵀWv."""
    found = list(parameters)
    for i, u, v in zip(net.weights(), *vectors, strict=True):
        found[i] = parameters[i] / (u.unsqueeze(1) @ parameters[i] @ v.unsqueeze(2))
    return found


def _weights(net: Net, parameters: Sequence[Tensor]) -> list[Tensor]:
    return [parameters[i].detach() for i in net.weights()]


def _right(w: Tensor, u: Tensor) -> Tensor:
    """v `[E, out]` = Wᵀu/‖Wᵀu‖."""
    return _unit((u.unsqueeze(1) @ w).squeeze(1))


def _unit(x: Tensor) -> Tensor:
    return x / (x.square().sum(1, keepdim=True) + 1e-24).sqrt()
