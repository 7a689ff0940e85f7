"""Q as Gaussians: the parameters of all starts, and what they mean in the units of the data."""

from __future__ import annotations

import torch
from torch import Tensor

from ganlab.fitting.gaussian import GaussianProblem, Mixture
from ganlab.fitting.spec import FitSpec
from ganlab.fitting.starts import starts
from ganlab.fitting.target import Array, Target


class Mixtures:
    """The Gaussian mixtures of a spec, one for each start, float64."""

    def __init__(self, spec: FitSpec, target: Target) -> None:
        self.target = target
        self.theta = torch.from_numpy(starts(target, spec.starts, spec.components, spec.seed, spec.chosen))
        self.problem = GaussianProblem(target, spec.components, spec.bandwidth)

    def forward(self, theta: Tensor, step: int) -> Mixture:
        """Q; the same at every step."""
        return Mixture.of(theta)

    def density(self, theta: Tensor, x: Array) -> Array:
        """q `[E, n]` at x `[n]`."""
        y = torch.from_numpy(self.target.inside(x)).unsqueeze(0)
        return (Mixture.of(theta).log_density(y).exp() / self.target.scale).numpy()

    def parameters(self, theta: Tensor) -> dict[str, Array]:
        """Means, standard deviations and weights, each `[E, k]`."""
        q = Mixture.of(theta)
        return {
            "mean": self.target.outside(q.mean.numpy()),
            "std": self.target.scale * q.log_std.exp().numpy(),
            "weight": q.log_weight.exp().numpy(),
        }
