"""Q as one Gaussian, or a mixture of a few, and its divergences from a target; all in the target's own units.

Symbols: E starts, k components, K panels, n = nodes; θ `[E, 3k]` is (means, log standard deviations, logits of the
weights). Integrals run over panels that are cut both where P asks for it and around Q's components as they are now, so
that a narrow Q, or one far away, is seen. The cuts are constants of a step: an integral does not depend on them, and
its gradient is the integral of the gradient.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ganlab.fitting.target import LEAST, NODES, WEIGHTS, Array, Target
from ganlab.gan import explicit
from ganlab.gan.explicit import Gaussians

CUTS = (0.0, 1.5, 3.0, 4.5, 6.0, 8.0, 10.0, 12.0)  # on both sides of each component of Q, in its own σ
WIDE = (1.5 ** np.arange(1, 25) - 1) / 16  # χ² can live far out: p²/q may fall much more slowly than p
CROSSINGS = 4  # per component of P and of Q, at most, where p = q; more are integrated less exactly
HALVINGS = 48  # of a bracket: down to rounding
FINE = 24  # of the distance between two nodes: down to 1e-8
LOG_ROOT_2PI = math.log(2 * math.pi) / 2


class Mixture(NamedTuple):
    """Means, log standard deviations and log weights, each `[E, k]`."""

    mean: Tensor
    log_std: Tensor
    log_weight: Tensor

    @classmethod
    def of(cls, theta: Tensor) -> Mixture:
        """From packed parameters `[E, 3k]`."""
        mean, log_std, logits = theta.chunk(3, 1)
        return cls(mean, log_std, logits.log_softmax(1))

    def log_density(self, y: Tensor) -> Tensor:
        """log q at y `[E, n]` or `[n]` -> `[E, n]`."""
        z = (y.unsqueeze(-1) - self.mean.unsqueeze(1)) * (-self.log_std).exp().unsqueeze(1)
        each = (self.log_weight - self.log_std).unsqueeze(1) - z.square() / 2
        return (each[..., 0] if each.shape[-1] == 1 else each.logsumexp(-1)) - LOG_ROOT_2PI

    def cdf(self, y: Tensor) -> Tensor:
        """F at y `[E, n]`."""
        z = (y.unsqueeze(-1) - self.mean.unsqueeze(1)) * (-self.log_std).exp().unsqueeze(1)
        return (self.log_weight.exp().unsqueeze(1) * torch.special.ndtr(z)).sum(-1)

    def quantile(self, u: Tensor) -> Tensor:
        """F⁻¹ at levels u `[n]` -> `[E, n]`, by bisection between the components' quantiles; no gradient."""
        z = torch.special.ndtri(u)[None, :, None]
        each = self.mean.unsqueeze(1) + self.log_std.exp().unsqueeze(1) * z
        low, high = each.amin(-1), each.amax(-1)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            above = self.cdf(middle) >= u
            low, high = torch.where(above, low, middle), torch.where(above, middle, high)
        return (low + high) / 2

    def gaussians(self) -> Gaussians:
        """The same by weights and variances."""
        return Gaussians(self.log_weight.exp(), self.mean, (2 * self.log_std).exp())


class GaussianProblem:
    """The divergences between a target and a `Mixture` (see `ganlab.fitting.objectives.Problem`)."""

    def __init__(self, target: Target, components: int, bandwidth: float) -> None:
        """`bandwidth` of the kernel is in the units of the data."""
        self.target, self.components = target, components
        self.bandwidth = bandwidth / target.scale
        self._cuts = torch.tensor([*(-c for c in CUTS[:0:-1]), *CUTS], dtype=torch.float64)
        self._nodes = torch.from_numpy(NODES)
        self._weights = torch.from_numpy(WEIGHTS)
        self._breakpoints = torch.from_numpy(target.breakpoints)
        self._wide = torch.from_numpy(_widened(target.breakpoints))
        self._held: dict[str, tuple[Tensor, ...]] = {}

    # --- integrals --------------------------------------------------------------------------------------------------

    def f_divergence(self, name: str, q: Mixture) -> Tensor:
        """∫ q f(p/q) `[E]`; inf where χ² is."""
        y, weights, log_p = self.grid(q, wide=name == "pearson")
        if name == "tv":
            y, weights, log_p = self._cut_at_crossings(q, y, log_p)
        value = explicit.f_divergence(name, log_p, q.log_density(y), weights)
        return self._only_finite(value, q) if name == "pearson" else value

    @torch.no_grad()
    def grid(self, q: Mixture, *, wide: bool = False) -> tuple[Tensor, Tensor, Tensor]:
        """Nodes, weights and log p there, each `[E, n]`."""
        return self._panels(self._ends(q, wide=wide))

    def _ends(self, q: Mixture, *, wide: bool = False) -> Tensor:
        """Ends of panels `[E, K + 1]`, not in order: P's and those around the components of Q."""
        own = self._wide if wide else self._breakpoints
        around = q.mean.unsqueeze(-1) + q.log_std.exp().unsqueeze(-1) * self._cuts
        return torch.cat([own.expand(len(q.mean), -1), around.flatten(1)], 1)

    def _panels(self, ends: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        ends = ends.sort(1).values
        half = ends.diff(dim=1).unsqueeze(-1) / 2
        y = ((ends[:, :-1] + ends[:, 1:]) / 2).unsqueeze(-1) + half * self._nodes
        y, weights = y.flatten(1), (half * self._weights).flatten(1)
        return y, weights, torch.from_numpy(self.target.logpdf(y.numpy()))

    @torch.no_grad()
    def _cut_at_crossings(self, q: Mixture, y: Tensor, log_p: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The grid with panels that end where p = q: |p − q| has a kink there, and its gradient a jump."""
        most = CROSSINGS * (len(self.target.leaves) + self.components)
        difference = torch.nan_to_num(log_p - q.log_density(y), neginf=-1e300)
        changes = (difference[:, 1:] > 0) != (difference[:, :-1] > 0)
        at = changes.to(torch.uint8).topk(min(most, changes.shape[1]), dim=1).indices
        low, high = y.gather(1, at), y.gather(1, at + 1)
        left = difference.gather(1, at) > 0
        for _ in range(FINE):
            middle = (low + high) / 2
            same = (torch.from_numpy(self.target.logpdf(middle.numpy())) > q.log_density(middle)) == left
            low, high = torch.where(same, middle, low), torch.where(same, high, middle)
        return self._panels(torch.cat([self._ends(q), low], 1))

    def _only_finite(self, value: Tensor, q: Mixture) -> Tensor:
        """χ²(P‖Q) is infinite unless q's heaviest tail, squared twice over, outweighs p's: 2σ² > τ²."""
        light = 2 * (2 * q.log_std.amax(1)).exp() <= self.target.tail_std**2
        return torch.where(light, torch.full_like(value, math.inf), value)

    # --- transport --------------------------------------------------------------------------------------------------

    def w2_squared(self, q: Mixture) -> Tensor:
        """W2² `[E]`."""
        return self._w2_to_one(q) if self.components == 1 else self._w2_to_many(q)

    def _w2_to_one(self, q: Mixture) -> Tensor:
        """∫ (y − μ − σ Φ⁻¹(F(y)))² p(y) dy: quadratic in μ and σ, over P's own panels."""
        y, z, mass = self._normal_scores()
        return explicit.w2_squared(y, q.mean + q.log_std.exp() * z, mass)

    def _normal_scores(self) -> tuple[Tensor, ...]:
        """Nodes of P, Φ⁻¹(F) there, and p times the weights, each `[n]`."""
        if "scores" not in self._held:
            y, weights = self.target.nodes
            parts = y, self.target.normal_scores(y), weights * np.exp(self.target.logpdf(y))
            self._held["scores"] = tuple(torch.from_numpy(part) for part in parts)
        return self._held["scores"]

    def _w2_to_many(self, q: Mixture) -> Tensor:
        """∫ (y − T(y))² q(y) dy with T = F_P⁻¹∘F_Q, and its gradient −∫ 2(y − T(y)) ∂F_Q(y) dy.

        The gradient is that of the transport plan as it stands (envelope theorem; Santambrogio 2015, section 7.2),
        integrated by parts. Panels end where T jumps: at the images of P's own panels.
        """
        y, weights, to = self._transport(q)
        value = (weights * q.log_density(y).detach().exp() * (y - to).square()).sum(1)
        slope = -(weights * 2 * (y - to) * q.cdf(y)).sum(1)
        return value + slope - slope.detach()

    @torch.no_grad()
    def _transport(self, q: Mixture) -> tuple[Tensor, ...]:
        """Nodes y and weights over Q, and T(y), each `[E, n]`."""
        levels = torch.from_numpy(self.target.levels(self.target.breakpoints))
        around = q.mean.unsqueeze(-1) + q.log_std.exp().unsqueeze(-1) * self._cuts
        y, weights, _ = self._panels(torch.cat([q.quantile(levels), around.flatten(1)], 1))
        u = q.cdf(y).clamp(LEAST, 1 - LEAST).nan_to_num(0.5).numpy()
        return y, weights, torch.from_numpy(self.target.quantile(u.ravel()).reshape(u.shape))

    # --- kernels ----------------------------------------------------------------------------------------------------

    def mmd2(self, q: Mixture) -> Tensor:
        """MMD² `[E]`: in closed form where P is a mixture of Gaussians, else with P by its quadrature."""
        p, own = self._kernel_side()
        other = explicit.kernel_expectation(q.gaussians(), q.gaussians(), self.bandwidth)
        return own + other - 2 * explicit.kernel_expectation(p, q.gaussians(), self.bandwidth)

    def _kernel_side(self) -> tuple[Gaussians, Tensor]:
        if "kernel" not in self._held:
            p = Gaussians(*(torch.from_numpy(part) for part in as_gaussians(self.target, self.bandwidth)))
            self._held["kernel"] = *p, explicit.kernel_expectation(p, p, self.bandwidth)
        weights, means, variances, own = self._held["kernel"]
        return Gaussians(weights, means, variances), own


def as_gaussians(target: Target, bandwidth: float) -> tuple[Array, Array, Array]:
    """Weights, means and variances `[K]` of P in its own units; of points where P is no mixture of Gaussians.

    The points are nodes of a quadrature that is fine enough for whatever is as smooth as a kernel of that bandwidth.
    """
    mixture = target.p.gaussian_mixture()
    if mixture is not None:
        means = target.inside(mixture.means[:, 0])
        return mixture.weights, means, mixture.covariances[:, 0, 0] / target.scale**2
    y, weights, variances = target.fine_nodes(4 * bandwidth)
    mass = weights * np.exp(target.logpdf(y))
    return mass[mass > 0], y[mass > 0], variances[mass > 0]


def _widened(breakpoints: Array) -> Array:
    """More panels on both sides, each twice as wide as the one before."""
    width = breakpoints[-1] - breakpoints[0]
    return np.concatenate([breakpoints[0] - width * WIDE[::-1], breakpoints, breakpoints[-1] + width * WIDE])
