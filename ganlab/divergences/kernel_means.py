"""Means of kernels between Gaussians, and MMD² and witness functions of Gaussian mixtures that follow from them.

Symbols: X ~ N(m₁, S₁), Y ~ N(m₂, S₂) independent, so Z = X − Y ~ N(m, S) with m = m₁ − m₂, S = S₁ + S₂; r = ‖Z‖,
σ the bandwidth, d the dimension.

The Gaussian kernel has a closed form. Every other radial kernel of the table is a mixture of Gaussian ones over their
widths, k = Σ_l c_l e^(−t_l r²) with c_l, t_l from the trapezoidal rule in log t (which converges geometrically: the
integrands are analytic in a strip), so E k = Σ_l c_l φ(t_l) with
φ(t) = E e^(−t r²) = Π_i (1+2tλ_i)^−½ exp(−t μ_i²/(1+2tλ_i)), λ the eigenvalues of S, μ = m in their frame. Kernels of
the inner product are polynomials of moments.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ganlab.distributions import GaussianMixture
from ganlab.divergences.from_samples import checked_points
from ganlab.divergences.gaussian import checked_covariance, checked_mean
from ganlab.divergences.kernels import ALPHAS, checked_bandwidth, kernel_row
from ganlab.divergences.mmd import checked_bandwidths
from ganlab.divergences.results import DivergenceError

Array = NDArray[np.float64]

FINE = (
    0.25,
    60.0,
)  # step and reach in log t: 1e-12 (the power 5 is the worst) and e^(−60/2) = 1e-13 are left out
COARSE = (0.45, 30.0)  # 4e-6 and 3e-7, for pictures
BLOCK = 1 << 17  # values of φ held at once
ACCURACY = 1e-11  # of a mean, relative to k(x, x), or to the largest distance for the distance kernel


@dataclass(frozen=True, eq=False)
class Scales:
    """k = constant + Σ_l c_l e^(−t_l r²), with r in units of the bandwidth: t [L], c [L].

    When `relative`, each e^(−t_l r²) less 1: −r is no sum of Gaussians, but what it falls by from r = 0 is.
    """

    t: Array
    c: Array
    constant: float = 0.0
    relative: bool = False


@lru_cache
def scales(kernel: str, fine: bool = True) -> Scales:
    """The Gaussian kernels that a radial kernel is made of."""
    return _SCALES[kernel](*(FINE if fine else COARSE))


def _grid(step: float, low: float, high: float) -> Array:
    """Even nodes in log t."""
    return np.asarray(step * np.arange(math.floor(low / step), math.ceil(high / step) + 1))


def _gaussian(step: float, reach: float) -> Scales:
    return Scales(np.array([0.5]), np.array([1.0]))


def _laplace(step: float, reach: float) -> Scales:
    """e^−r = (1/2√π) ∫ t^(−3/2) e^(−1/4t) e^(−t r²) dt (subordination)."""
    s = _grid(step, -5.0, reach)
    return Scales(np.exp(s), step / (2 * math.sqrt(math.pi)) * np.exp(-s / 2 - np.exp(-s) / 4))


def _inverse_powers(step: float, reach: float, alphas: dict[float, float]) -> Scales:
    """Σ (1 + r²/b)^−α = Σ b^α/Γ(α) ∫ t^(α−1) e^(−bt) e^(−t r²) dt over {α: b}.

    Below the first node e^(−t r²) is 1 for every r that occurs, and what is left of the sum is geometric.
    """
    s = _grid(step, -reach, 6.0)
    t = np.exp(s)
    c, constant = np.zeros_like(s), 0.0
    for alpha, b in alphas.items():
        terms = step * np.exp(alpha * (s + math.log(b)) - b * t - math.lgamma(alpha))
        c += terms
        constant += float(terms[0]) / math.expm1(alpha * step)
    return Scales(t, c, constant)


def _distance(step: float, reach: float) -> Scales:
    """−r = (1/2√π) ∫ (e^(−t r²) − 1) t^(−3/2) dt."""
    s = _grid(step, -reach, reach)
    return Scales(np.exp(s), step / (2 * math.sqrt(math.pi)) * np.exp(-s / 2), relative=True)


_SCALES: dict[str, Callable[[float, float], Scales]] = {
    "gaussian": _gaussian,
    "laplace": _laplace,
    "inverse_multiquadric": lambda step, reach: _inverse_powers(step, reach, {0.5: 1.0}),
    "rational_quadratic": lambda step, reach: _inverse_powers(step, reach, {a: 2 * a for a in ALPHAS}),
    "distance": _distance,
}


# --- radial kernels -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Gaussians N(m, S) [N] as eigenvalues λ [N, d] of S and squared coordinates μ² [N, d] of m along them."""

    values: Array
    squares: Array

    @classmethod
    def of(cls, means: Array, covariances: Array) -> Spectrum:
        values, vectors = np.linalg.eigh(covariances)
        along = np.einsum("nij,ni->nj", vectors, means)
        return cls(np.maximum(values, 0.0), np.square(along))

    def means(self, kernel: str, bandwidth: float, fine: bool = True) -> Array:
        """E k(‖Z‖) [N]."""
        found = scales(kernel, fine)
        unit = self._largest() if found.relative else bandwidth
        values, squares = self.values / unit**2, self.squares / unit**2
        rows = max(1, BLOCK // len(found.t))
        blocks = [
            _weighted(found, values[i : i + rows], squares[i : i + rows]) for i in range(0, len(values), rows)
        ]
        return np.concatenate(blocks) * (unit if found.relative else 1.0)

    def _largest(self) -> float:
        """The largest root mean square of r; 1 where everything is one point."""
        return math.sqrt(float((self.values + self.squares).sum(axis=1).max())) or 1.0


def _weighted(found: Scales, values: Array, squares: Array) -> Array:
    """constant + Σ_l c_l φ(t_l) [N] (or c_l (φ(t_l) − 1)), from λ [N, d] and μ² [N, d]."""
    log_phi = np.zeros((len(values), len(found.t)))
    for k in range(values.shape[1]):
        growth = np.multiply.outer(2.0 * values[:, k], found.t)
        log_phi -= np.log1p(growth) / 2
        growth += 1.0
        log_phi -= np.multiply.outer(squares[:, k], found.t) / growth
    phi = np.expm1(log_phi, out=log_phi) if found.relative else np.exp(log_phi, out=log_phi)
    return np.asarray(found.constant + np.einsum("nl,l->n", phi, found.c))


# --- moments --------------------------------------------------------------------------------------------------------

DEGREES = {"linear": 1, "polynomial": 3}
"""Kernels of the inner product by the highest moment they see."""


def _moments(p: GaussianMixture, degree: int) -> list[Array]:
    """Σ w, Σ w E X, Σ w E X⊗X, Σ w E X⊗X⊗X up to the degree: [], [d], [d, d], [d, d, d]."""
    w, m, s = p.weights, p.means, p.covariances
    found = [np.asarray(w.sum()), w @ m]
    if degree > 1:
        found.append(np.einsum("k,kij->ij", w, s + m[:, :, None] * m[:, None, :]))
    if degree > 2:
        crossed = np.einsum("k,ki,kjl->ijl", w, m, s)
        cube = np.einsum("k,ki,kj,kl->ijl", w, m, m, m)
        found.append(cube + crossed + crossed.transpose(1, 0, 2) + crossed.transpose(1, 2, 0))
    return found


def _powers(p: GaussianMixture, kernel: str) -> list[tuple[float, Array]]:
    """Per power of x·y its coefficient in the kernel, and the moments of that order."""
    degree, dim = DEGREES[kernel], p.means.shape[1]
    if kernel == "linear":
        return [(1.0, _moments(p, degree)[1])]
    return [(math.comb(degree, k) / dim**k, moment) for k, moment in enumerate(_moments(p, degree))]


def mean_between(
    mean1: ArrayLike,
    cov1: ArrayLike,
    mean2: ArrayLike,
    cov2: ArrayLike,
    kernel: str = "gaussian",
    bandwidth: float = 1.0,
) -> float:
    """E k(X, Y) of independent X ~ N(m₁, S₁), Y ~ N(m₂, S₂) in d dimensions.

    In closed form for `gaussian`, `polynomial` and `linear`, otherwise by one sum over scales, right to 1e-11.
    DivergenceError for what it cannot use.
    """
    row, sigma = kernel_row(kernel), checked_bandwidth(bandwidth)
    m1 = checked_mean("mean1", mean1)
    m2 = checked_mean("mean2", mean2, len(m1))
    c1, c2 = checked_covariance("cov1", cov1, len(m1)), checked_covariance("cov2", cov2, len(m1))
    if row.radial:
        return float(Spectrum.of((m1 - m2)[None], (c1 + c2)[None]).means(kernel, sigma)[0])
    one, two = (GaussianMixture(np.ones(1), m[None], c[None]) for m, c in ((m1, c1), (m2, c2)))
    pairs = zip(_powers(one, kernel), _powers(two, kernel), strict=True)
    return float(sum(factor * np.sum(a * b) for (factor, a), (_, b) in pairs))


# --- signed mixtures ------------------------------------------------------------------------------------------------


def difference(p: GaussianMixture, q: GaussianMixture) -> GaussianMixture:
    """P − Q as one mixture of signed weights. DivergenceError when the dimensions differ."""
    dims = p.means.shape[1], q.means.shape[1]
    if dims[0] != dims[1]:
        raise DivergenceError(f"p and q: dimensions should be equal. Received {dims[0]} and {dims[1]}.")
    return GaussianMixture(
        np.concatenate([p.weights, -q.weights]),
        np.concatenate([p.means, q.means]),
        np.concatenate([p.covariances, q.covariances]),
    )


def mean_kernels(signed: GaussianMixture, bandwidths: ArrayLike, kernel: str) -> Array:
    """Σᵢⱼ aᵢ aⱼ E k(Xᵢ, Xⱼ) for independent components of signed weights a, at each bandwidth [k] -> [k]."""
    row, sigmas = kernel_row(kernel), checked_bandwidths(bandwidths)
    if not row.radial:
        value = sum(factor * float(np.square(moment).sum()) for factor, moment in _powers(signed, kernel))
        return np.full(len(sigmas), value)
    i, j = np.triu_indices(len(signed.weights))
    products = signed.weights[i] * signed.weights[j] * np.where(i == j, 1.0, 2.0)
    gaps = Spectrum.of(signed.means[i] - signed.means[j], signed.covariances[i] + signed.covariances[j])
    return np.array([float(products @ gaps.means(kernel, float(sigma))) for sigma in sigmas])


def mean_at(
    points: ArrayLike, signed: GaussianMixture, kernel: str, bandwidth: float = 1.0, fine: bool = True
) -> Array:
    """Σᵢ aᵢ E k(Xᵢ, ·) at points [g, d] -> [g].

    Not fine, it is right to 1e-6 of k(x, x) and three times as quick (the Gaussian kernel is exact either way).
    """
    row, sigma = kernel_row(kernel), checked_bandwidth(bandwidth)
    at = checked_points("points", points, dim=signed.means.shape[1])
    if not row.radial:
        return _polynomial_at(at, _powers(signed, kernel))
    total = np.zeros(len(at))
    for weight, mean, covariance in zip(signed.weights, signed.means, signed.covariances, strict=True):
        values, vectors = np.linalg.eigh(covariance)
        squares = np.square((at - mean) @ vectors)
        spectrum = Spectrum(np.broadcast_to(values, squares.shape), squares)
        total += weight * spectrum.means(kernel, sigma, fine)
    return total


def _polynomial_at(points: Array, powers: list[tuple[float, Array]]) -> Array:
    total = np.zeros(len(points))
    for factor, moment in powers:
        value = np.broadcast_to(moment, (len(points), *moment.shape))
        for _ in range(moment.ndim):
            value = np.einsum("n...i,ni->n...", value, points)
        total += factor * value
    return total


# --- two mixtures ---------------------------------------------------------------------------------------------------


def mmd2_mixtures(
    p: GaussianMixture, q: GaussianMixture, kernel: str = "gaussian", bandwidth: float = 1.0
) -> float:
    """MMD² of two Gaussian mixtures, in any dimension; never below 0. DivergenceError for what it cannot use."""
    return float(scan_mixtures(p, q, [bandwidth], kernel)[0])


def scan_mixtures(
    p: GaussianMixture, q: GaussianMixture, bandwidths: ArrayLike, kernel: str = "gaussian"
) -> Array:
    """MMD² at each bandwidth [k] -> [k]."""
    return np.maximum(mean_kernels(difference(p, q), bandwidths, kernel), 0.0)


def witness_mixtures(
    points: ArrayLike,
    p: GaussianMixture,
    q: GaussianMixture,
    kernel: str = "gaussian",
    bandwidth: float = 1.0,
    fine: bool = True,
) -> Array:
    """E k(X, ·) − E k(Y, ·) at points [g, d] -> [g], X ~ P, Y ~ Q: where it is high P has more. `fine` as above."""
    return mean_at(points, difference(p, q), kernel, bandwidth, fine)
