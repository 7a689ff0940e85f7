"""Divergences as explicit losses: differentiable functions of a density on a grid, of quantiles, or of samples.

Symbols: E members, n grid points, B samples; p is the data's density and q the model's, in the order (P, Q). Densities
are natural logarithms, `log p [n]` or `[E, n]`, `log q [E, n]`, −inf where there is none; everything returns `[E]`, is
pure, and keeps the dtype of its arguments. Values are in nats or pure numbers; W2² is in squared units of the data.

Nothing is added to a density to keep a logarithm finite: where a divergence is infinite on the grid, it is infinite.
This module can be read without torch, which its functions import when they are called.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from ganlab.gan.functional import softplus
from ganlab.registry import Registry

if TYPE_CHECKING:
    from torch import Tensor

LN2 = math.log(2.0)


@dataclass(frozen=True)
class FDivergence:
    """One row: D_f(P‖Q) = ∫ q f(p/q). `integrand(log p, log q)` is the function under the integral, elementwise."""

    name: str
    label: str
    formula: str
    source: str
    integrand: Callable[[Tensor, Tensor], Tensor]


# --- integrands -----------------------------------------------------------------------------------------------------


def _where(mask: Tensor, x: Tensor, otherwise: float = 0.0) -> Tensor:
    import torch

    return torch.where(mask, x, torch.full_like(x, otherwise))


def _log_ratio(log_p: Tensor, log_q: Tensor, weight: Tensor) -> Tensor:
    """log p − log q where `weight` is a density above 0, elsewhere 0: 0·∞ never comes up, nor does its gradient."""
    some = weight > -math.inf
    return _where(some, log_p) - _where(some, log_q)


def _kl(log_p: Tensor, log_q: Tensor) -> Tensor:
    return log_p.exp() * _log_ratio(log_p, log_q, log_p)


def _reverse_kl(log_p: Tensor, log_q: Tensor) -> Tensor:
    return _kl(log_q, log_p)


def _js(log_p: Tensor, log_q: Tensor) -> Tensor:
    """½p(ln 2 − softplus(−r)) + ½q(ln 2 − softplus(r)) with r = log p/q, since log(p/m) = ln 2 − softplus(−r)."""
    left = log_p.exp() * (LN2 - softplus(-_log_ratio(log_p, log_q, log_p)))
    right = log_q.exp() * (LN2 - softplus(_log_ratio(log_p, log_q, log_q)))
    return (left + right) / 2


def _pearson(log_p: Tensor, log_q: Tensor) -> Tensor:
    """(p − q)²/q = p·p/q − 2p + q."""
    p = log_p.exp()
    return (log_p + _log_ratio(log_p, log_q, log_p)).exp() - 2 * p + log_q.exp()


def _neyman(log_p: Tensor, log_q: Tensor) -> Tensor:
    return _pearson(log_q, log_p)


def _tv(log_p: Tensor, log_q: Tensor) -> Tensor:
    return (log_p.exp() - log_q.exp()).abs() / 2


def _hellinger2(log_p: Tensor, log_q: Tensor) -> Tensor:
    return (log_p.exp() + log_q.exp()) / 2 - ((log_p + log_q) / 2).exp()


F_DIVERGENCES: Registry[FDivergence] = Registry("f-divergence")
F_DIVERGENCES.add(
    FDivergence("kl", "KL(P‖Q)", r"\int p\log\frac pq", "Kullback and Leibler 1951, equation 2.4", _kl)
)
F_DIVERGENCES.add(
    FDivergence(
        "reverse_kl", "KL(Q‖P)", r"\int q\log\frac qp", "Kullback and Leibler 1951, equation 2.4", _reverse_kl
    )
)
F_DIVERGENCES.add(
    FDivergence(
        "js",
        "JS",
        r"\tfrac12\int p\log\frac{2p}{p+q} + \tfrac12\int q\log\frac{2q}{p+q}",
        "Lin 1991, equation 3.8",
        _js,
    )
)
F_DIVERGENCES.add(
    FDivergence("pearson", "χ²(P‖Q)", r"\int\frac{(p-q)^2}{q}", "Nowozin et al. 2016, table 1", _pearson)
)
F_DIVERGENCES.add(
    FDivergence("neyman", "χ²(Q‖P)", r"\int\frac{(p-q)^2}{p}", "Nowozin et al. 2016, table 1", _neyman)
)
F_DIVERGENCES.add(FDivergence("tv", "TV", r"\tfrac12\int|p-q|", "Nowozin et al. 2016, table 1 (½|u−1|)", _tv))
F_DIVERGENCES.add(
    FDivergence(
        "hellinger2",
        "Hellinger²",
        r"1-\int\sqrt{pq}",
        "Nowozin et al. 2016, table 1 (half of its row)",
        _hellinger2,
    )
)


def f_divergence(name: str, log_p: Tensor, log_q: Tensor, weights: Tensor) -> Tensor:
    """D_f(P‖Q) `[E]` of densities on a grid: log p `[n]` or `[E, n]`, log q `[E, n]`, quadrature weights like log p.

    `name` is a row of F_DIVERGENCES. What lies outside the grid does not count. Raises KeyError for an unknown name.
    """
    return (weights * F_DIVERGENCES[name].integrand(log_p.expand_as(log_q), log_q)).sum(-1)


# --- densities of samples -------------------------------------------------------------------------------------------


def kernel_density(samples: Tensor, grid: Tensor, bandwidth: Tensor | float) -> Tensor:
    """log q `[E, n]` of a Gaussian kernel estimate from samples `[E, B, 1]` on a grid `[n]` (Parzen 1962).

    `bandwidth` is the kernel's standard deviation. In the log domain: far from all samples log q is large and negative,
    never −inf, so a sample far from the data still receives a gradient.
    """
    z = (grid - samples) / bandwidth
    scale = math.log(samples.shape[1] * math.sqrt(2 * math.pi))
    log_h = math.log(bandwidth) if isinstance(bandwidth, float | int) else bandwidth.log()
    return (-z.square() / 2).logsumexp(1) - scale - log_h


# --- optimal transport on the line ----------------------------------------------------------------------------------


def w2_squared(quantile_p: Tensor, quantile_q: Tensor, weights: Tensor) -> Tensor:
    """W2² `[E]` = ∫₀¹ (F⁻¹ − G⁻¹)² du from quantiles at the same levels, `[n]` or `[E, n]`, and weights of the levels.

    The squared distance: its root has no gradient where P = Q.
    """
    return (weights * (quantile_p - quantile_q).square()).sum(-1)


def w2_squared_to_samples(quantile_p: Tensor, samples: Tensor) -> Tensor:
    """W2² `[E]` between a distribution by its quantiles `[B]` at levels (i + ½)/B, and samples `[E, B, 1]`."""
    return (quantile_p - samples[..., 0].sort(1).values).square().mean(1)


# --- maximum mean discrepancy, Gaussian kernel exp(−(x−y)²/2ℓ²) -----------------------------------------------------


class Gaussians(NamedTuple):
    """Σ wₖ N(μₖ, vₖ) on the line, each `[K]` or `[E, K]`; with vₖ = 0 the component is a point."""

    weights: Tensor
    means: Tensor
    variances: Tensor


def kernel_expectation(p: Gaussians, q: Gaussians, bandwidth: float) -> Tensor:
    """E k(X, Y) for independent X ~ P, Y ~ Q: Σ wᵢ vⱼ ℓ/√(V + ℓ²)·exp(−m²/2(V + ℓ²)), `[E]` or a scalar."""
    total = p.variances.unsqueeze(-1) + q.variances.unsqueeze(-2) + bandwidth**2
    square = (p.means.unsqueeze(-1) - q.means.unsqueeze(-2)).square()
    kappa = bandwidth * total.rsqrt() * (-square / (2 * total)).exp()
    return (p.weights.unsqueeze(-1) * q.weights.unsqueeze(-2) * kappa).sum((-1, -2))


def mmd2_gaussians(p: Gaussians, q: Gaussians, bandwidth: float) -> Tensor:
    """MMD² `[E]` of two Gaussian mixtures in closed form: E k(X, X′) + E k(Y, Y′) − 2 E k(X, Y)."""
    own = kernel_expectation(p, p, bandwidth) + kernel_expectation(q, q, bandwidth)
    return own - 2 * kernel_expectation(p, q, bandwidth)


def mmd2_samples(x: Tensor, y: Tensor, bandwidth: float) -> Tensor:
    """MMD² `[E]` from samples `[E, n, d]` and `[E, B, d]`, unbiased (Gretton et al. 2012, equation 3): may be < 0."""
    return _own_mean(x, bandwidth) + _own_mean(y, bandwidth) - 2 * _kernel(x, y, bandwidth).mean((1, 2))


def mmd2_to_gaussians(p: Gaussians, samples: Tensor, bandwidth: float) -> Tensor:
    """MMD² `[E]` between a Gaussian mixture, exactly, and samples `[E, B, 1]` of Q, unbiased."""
    y = samples[..., 0]
    points = Gaussians(y.new_full((y.shape[1],), 1 / y.shape[1]), y, y.new_zeros(y.shape[1]))
    cross = kernel_expectation(p, points, bandwidth)
    return kernel_expectation(p, p, bandwidth) + _own_mean(samples, bandwidth) - 2 * cross


def _kernel(x: Tensor, y: Tensor, bandwidth: float) -> Tensor:
    square = (x.unsqueeze(2) - y.unsqueeze(1)).square().sum(-1)
    return (-square / (2 * bandwidth**2)).exp()


def _own_mean(x: Tensor, bandwidth: float) -> Tensor:
    """Mean of k over pairs of different samples `[E]`; the diagonal, which is n ones, is taken off."""
    n = x.shape[1]
    return (_kernel(x, x, bandwidth).sum((1, 2)) - n) / (n * (n - 1))
