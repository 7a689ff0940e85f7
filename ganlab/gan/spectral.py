"""Spectral normalisation: each weight matrix of D divided by an estimate of its largest singular value.

The left singular vectors u of all layers are one packed row `[E, U]`, part of D's state (Miyato et al. 2018,
algorithm 1). Weights here are `[in, out]`, so u has the length of a layer's input.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

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
        u = iterated(net, parameters, u)
    return u[0].numpy()


def iterated(net: Net, parameters: Sequence[Tensor], u: Tensor) -> Tensor:
    """u after one power iteration with each weight matrix; no gradient flows through it."""
    weights = [parameters[i].detach() for i in net.weights()]
    pairs = zip(weights, torch.split(u.detach(), lengths(net), 1), strict=True)
    return torch.cat([_unit((w @ _right(w, part)).squeeze(2)) for w, part in pairs], 1)


def divided(net: Net, parameters: Sequence[Tensor], u: Tensor) -> list[Tensor]:
    """The parameters with each weight matrix W divided by σ = uᵀWv, v = Wᵀu/‖Wᵀu‖; u and v count as constants."""
    parts = iter(torch.split(u.detach(), lengths(net), 1))
    found = list(parameters)
    for i in net.weights():
        w, part = parameters[i], next(parts)
        sigma = part.unsqueeze(1) @ w @ _right(w.detach(), part)
        found[i] = w / sigma
    return found


def _right(w: Tensor, u: Tensor) -> Tensor:
    """v `[E, out, 1]`."""
    return _unit((u.unsqueeze(1) @ w).squeeze(1)).unsqueeze(2)


def _unit(x: Tensor) -> Tensor:
    return x / (x.square().sum(1, keepdim=True) + 1e-24).sqrt()
