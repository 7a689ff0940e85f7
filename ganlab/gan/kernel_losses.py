"""Losses that compare two batches as wholes, by distances between their points.

Symbols: x `[E, n, d]` real and y `[E, m, d]` generated points (samples, or D's features of them); h a kernel's standard
deviation `[E, 1, 1]` in the units of the points. Everything returns `[E, 1, 1]` unless said. Torch is imported when a
function is called, so that the registry which names these functions can be read without it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

WIDTHS = (1.0, 2.0, 4.0, 8.0, 16.0)  # of moment matching, times the bandwidth
SHAPES = (0.2, 0.5, 1.0, 2.0, 5.0)  # α of the rational quadratic kernels (Bińkowski et al. 2018, section 4)

Kernel = Callable[["Tensor", "Tensor"], "Tensor"]


@dataclass(frozen=True)
class Explicit:
    """A divergence of the two batches that G minimises without a discriminator.

    `loss(real, fake, h)`; `score(x, real, fake, h)` `[E, k, 1]` is what stands in for D at points x `[E, k, d]`: large
    where real samples are missing.
    """

    loss: Callable[[Tensor, Tensor, Tensor], Tensor]
    score: Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]


def squares(x: Tensor, y: Tensor) -> Tensor:
    """‖xᵢ − yⱼ‖² `[E, n, m]`; by differences, since the expansion can be negative in float32."""
    return (x.unsqueeze(2) - y.unsqueeze(1)).square().sum(-1)


def _mean(k: Tensor) -> Tensor:
    return k.mean((1, 2), keepdim=True)


# -- energy distance and MMD²: V-statistics --------------------------------------------------------------------------


def distance(x: Tensor, y: Tensor) -> Tensor:
    """‖xᵢ − yⱼ‖ `[E, n, m]`; the constant keeps the root's slope finite at 0."""
    return (squares(x, y) + 1e-12).sqrt()


def energy2(x: Tensor, y: Tensor) -> Tensor:
    """2E‖x − y‖ − E‖x − x′‖ − E‖y − y′‖ (Székely and Rizzo 2013), in units of the points."""
    return 2 * _mean(distance(x, y)) - _mean(distance(x, x)) - _mean(distance(y, y))


def energy_score(at: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """E‖· − y‖ − E‖· − x‖ at points: half of what moving there adds to the energy distance."""
    return (distance(at, y).mean(2) - distance(at, x).mean(2)).unsqueeze(-1)


def mmd2(kernel: Kernel, x: Tensor, y: Tensor) -> Tensor:
    """E k(x, x′) + E k(y, y′) − 2E k(x, y) over all pairs (Gretton et al. 2012, equation 5)."""
    return _mean(kernel(x, x)) + _mean(kernel(y, y)) - 2 * _mean(kernel(x, y))


def witness(kernel: Kernel, at: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """E k(·, x) − E k(·, y) at points (ibid., section 2.3)."""
    return (kernel(at, x).mean(2) - kernel(at, y).mean(2)).unsqueeze(-1)


def rational_quadratic(x: Tensor, y: Tensor) -> Tensor:
    """Mean over α of (1 + ‖x − y‖²/2α)^−α: all scales at once, so it needs no bandwidth."""
    square = squares(x, y)
    terms = [(-alpha * (square / (2 * alpha)).log1p()).exp() for alpha in SHAPES]
    return sum(terms[1:], terms[0]) / len(terms)


def gaussians(h: Tensor) -> Kernel:
    """Mean of Gaussian kernels whose standard deviations are `WIDTHS` times h."""

    def kernel(x: Tensor, y: Tensor) -> Tensor:
        square = squares(x, y)
        terms = [(-square / (2 * (s * h).square())).exp() for s in WIDTHS]
        return sum(terms[1:], terms[0]) / len(terms)

    return kernel


# -- KL and JS of kernel densities: the same kernel on both sides, so that the best is P = Q -------------------------


def _log_density(at: Tensor, points: Tensor, h: Tensor, *, own: bool = False) -> Tensor:
    """log of the kernel density of points at `at` `[E, k, 1]`, up to a constant that is the same for all densities.

    `own`: at the points themselves, each leaving itself out.
    """
    import torch

    exponent = -squares(at, points) / (2 * h.square())
    count = points.shape[1]
    if own:
        itself = torch.eye(count, dtype=torch.bool, device=points.device)
        exponent, count = exponent.masked_fill(itself, -torch.inf), count - 1
    return exponent.logsumexp(2, keepdim=True) - log(count)


def log_ratio(at: Tensor, x: Tensor, y: Tensor, h: Tensor) -> Tensor:
    """log p̂/q̂ at points `[E, k, 1]`."""
    return _log_density(at, x, h) - _log_density(at, y, h)


def kde_kl(x: Tensor, y: Tensor, h: Tensor) -> Tensor:
    """KL(P‖Q) estimated as the mean of log p̂/q̂ over real samples, in nats; may be negative by chance."""
    return (_log_density(x, x, h, own=True) - _log_density(x, y, h)).mean(1, keepdim=True)


def kde_reverse_kl(x: Tensor, y: Tensor, h: Tensor) -> Tensor:
    """KL(Q‖P) estimated as the mean of log q̂/p̂ over generated samples, in nats; may be negative by chance."""
    return kde_kl(y, x, h)


def kde_js(x: Tensor, y: Tensor, h: Tensor) -> Tensor:
    """JS estimated as ½ mean log p̂/m̂ over real + ½ mean log q̂/m̂ over generated samples, m̂ = ½(p̂ + q̂), in nats."""

    def half(points: Tensor, other: Tensor) -> Tensor:
        own, others = _log_density(points, points, h, own=True), _log_density(points, other, h)
        return (own - own.logaddexp(others) + log(2)).mean(1, keepdim=True)

    return (half(x, y) + half(y, x)) / 2
