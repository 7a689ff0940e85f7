"""The few torch functions that registry rows use, resolved when first called.

Rows of a registry are read by the web process, which never imports torch; their formulas run in a worker, which does.
Everything else a row needs is a tensor method (`x.relu()`, `x.mean()`), so this file stays short.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def softplus(x: Tensor) -> Tensor:
    """log(1 + eˣ), stable: −log sigmoid(x) is softplus(−x)."""
    from torch.nn.functional import softplus as function

    return function(x)


def elu(x: Tensor) -> Tensor:
    """x where x > 0, else eˣ − 1."""
    from torch.nn.functional import elu as function

    return function(x)


def leaky_relu(x: Tensor) -> Tensor:
    """x where x > 0, else 0.2·x (the slope of DCGAN, Radford et al. 2016)."""
    from torch.nn.functional import leaky_relu as function

    return function(x, 0.2)


def input_gradient(critic: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """∂D(x)/∂x for each sample, differentiable once more: `critic` maps [E, B, d] to [E, B, 1]; returns [E, B, d].

    Samples never interact, so the gradient of the sum is each sample's own gradient.
    """
    import torch

    with torch.enable_grad():
        x = x if x.requires_grad else x.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return gradient
