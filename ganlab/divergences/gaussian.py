"""Divergences between two Gaussians N(m₁, Σ₁), N(m₂, Σ₂) in d dimensions, in closed form.

Symbols: m [d], Σ [d, d] symmetric and positive definite, Δ = m₁ − m₂. Nats; Wasserstein distances are distances, not
their squares, in the units of the data. Every function raises DivergenceError for other shapes or matrices.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ganlab.distributions import Distribution, GaussianMixture
from ganlab.divergences.checks import checked_number, checked_positive
from ganlab.divergences.moments import mean_absolute
from ganlab.divergences.results import DivergenceError

Array = NDArray[np.float64]
INF = math.inf
LARGEST_EXPONENT = math.log(np.finfo(np.float64).max)
_ASYMMETRY = 1e-9


def single(p: Distribution) -> tuple[Array, Array] | None:
    """Mean [d] and covariance [d, d] of what is one Gaussian; None for anything else."""
    found = p.gaussian_mixture()
    return (found.means[0], found.covariances[0]) if found is not None and len(found.weights) == 1 else None


def checked_mean(name: str, mean: ArrayLike, dim: int | None = None) -> Array:
    """A mean as float64 [d]; a number counts as [1]. DivergenceError otherwise."""
    array = np.atleast_1d(np.asarray(mean, dtype=np.float64))
    if array.ndim != 1 or (dim is not None and len(array) != dim):
        raise DivergenceError(f"{name}: shape should be [{dim or 'd'}]. Received shape {array.shape}.")
    if not np.isfinite(array).all():
        raise DivergenceError(f"{name}: every value should be finite. Received {array.tolist()}.")
    return array


def checked_covariance(name: str, covariance: ArrayLike, dim: int) -> Array:
    """A covariance as float64 [d, d], symmetric and positive definite; a number counts as [[·]]."""
    array = np.atleast_2d(np.asarray(covariance, dtype=np.float64))
    if array.shape != (dim, dim):
        raise DivergenceError(f"{name}: shape should be [{dim}, {dim}]. Received shape {array.shape}.")
    scale = np.sqrt(np.abs(np.diagonal(array)))
    symmetric = np.abs(array - array.T) <= _ASYMMETRY * np.outer(scale, scale)
    if not (np.isfinite(array).all() and symmetric.all()):
        raise DivergenceError(f"{name}: should be finite and symmetric. Received {array.tolist()}.")
    symmetrised = (array + array.T) / 2
    if np.linalg.eigvalsh(symmetrised)[0] <= 0.0:
        raise DivergenceError(f"{name}: should be positive definite. Received {array.tolist()}.")
    return symmetrised


def _checked(
    mean1: ArrayLike, cov1: ArrayLike, mean2: ArrayLike, cov2: ArrayLike
) -> tuple[Array, Array, Array]:
    """Δ, Σ₁ and Σ₂."""
    m1 = checked_mean("mean1", mean1)
    m2 = checked_mean("mean2", mean2, len(m1))
    return m1 - m2, checked_covariance("cov1", cov1, len(m1)), checked_covariance("cov2", cov2, len(m1))


def _log_det(matrix: Array) -> float:
    return float(np.linalg.slogdet(matrix)[1])


def kl(mean1: ArrayLike, cov1: ArrayLike, mean2: ArrayLike, cov2: ArrayLike) -> float:
    """KL(N₁‖N₂) = ½[tr(Σ₂⁻¹Σ₁) + ΔᵀΣ₂⁻¹Δ − d + ln(|Σ₂|/|Σ₁|)].

    With λ the eigenvalues of Σ₂⁻¹Σ₁ the trace and the determinants are Σ(λ − 1 − ln λ), each term >= 0.
    """
    gap, first, second = _checked(mean1, cov1, mean2, cov2)
    inverse = np.linalg.inv(np.linalg.cholesky(second))
    log_eigenvalues = 2 * np.log(np.linalg.svd(inverse @ np.linalg.cholesky(first), compute_uv=False))
    shapes = np.expm1(log_eigenvalues) - log_eigenvalues
    return float(shapes.sum() + np.square(inverse @ gap).sum()) / 2


def log_power(mean1: ArrayLike, cov1: ArrayLike, mean2: ArrayLike, cov2: ArrayLike, alpha: float) -> float:
    """log ∫ p^α q^(1−α) (Gil, Alajaji and Linder 2013, table 2); inf exactly where the integral diverges.

    The integrand is a Gaussian of precision αΣ₁⁻¹ + (1−α)Σ₂⁻¹: it converges when that is positive definite, which is
    when Σ = αΣ₂ + (1−α)Σ₁ is, and is −½α(1−α) ΔᵀΣ⁻¹Δ + ½[(1−α) ln|Σ₁| + α ln|Σ₂| − ln|Σ|] then.
    """
    gap, first, second = _checked(mean1, cov1, mean2, cov2)
    checked_number("alpha", alpha)
    mixed = alpha * second + (1.0 - alpha) * first
    if np.linalg.eigvalsh(mixed)[0] <= 0.0:
        return INF
    volumes = (1.0 - alpha) * _log_det(first) + alpha * _log_det(second) - _log_det(mixed)
    return volumes / 2 - alpha * (1.0 - alpha) / 2 * float(gap @ np.linalg.solve(mixed, gap))


def hellinger2(mean1: ArrayLike, cov1: ArrayLike, mean2: ArrayLike, cov2: ArrayLike) -> float:
    """1 − ∫√(pq), with ∫√(pq) = |Σ₁|^¼|Σ₂|^¼|Σ̄|^−½ exp(−⅛ΔᵀΣ̄⁻¹Δ) (Bhattacharyya), Σ̄ the mean of the two."""
    return -math.expm1(min(log_power(mean1, cov1, mean2, cov2, 0.5), 0.0))


def chi2(mean1: ArrayLike, cov1: ArrayLike, mean2: ArrayLike, cov2: ArrayLike) -> float:
    """χ²(N₁‖N₂) = ∫ p²/q − 1; inf exactly when 2Σ₁⁻¹ − Σ₂⁻¹ is not positive definite (or beyond the largest float)."""
    exponent = max(log_power(mean1, cov1, mean2, cov2, 2.0), 0.0)
    return math.expm1(exponent) if exponent < LARGEST_EXPONENT else INF


def renyi(mean1: ArrayLike, cov1: ArrayLike, mean2: ArrayLike, cov2: ArrayLike, alpha: float) -> float:
    """Rényi divergence of order α >= 0, log ∫ p^α q^(1−α) / (α − 1); KL at α = 1."""
    if checked_number("alpha", alpha) < 0.0:
        raise DivergenceError(f"alpha: should be >= 0. Received {alpha}.")
    if alpha == 1.0:
        return kl(mean1, cov1, mean2, cov2)
    return max(log_power(mean1, cov1, mean2, cov2, alpha) / (alpha - 1.0), 0.0)


# --- transport --------------------------------------------------------------------------------------------------


def _root(matrix: Array) -> Array:
    """The symmetric square root."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T)


def _crossed(first: Array, second: Array) -> Array:
    """Eigenvalues of Σ₁^½ Σ₂ Σ₁^½, [d]."""
    root = _root(first)
    return np.maximum(np.linalg.eigvalsh(root @ second @ root), 0.0)


def w2(mean1: ArrayLike, cov1: ArrayLike, mean2: ArrayLike, cov2: ArrayLike) -> float:
    """W2 = √(|Δ|² + tr(Σ₁ + Σ₂ − 2(Σ₁^½Σ₂Σ₁^½)^½)), Bures and Wasserstein (Dowson and Landau 1982).

    The trace is taken as ‖Σ₁^½ − Σ₂^½U‖², U the rotation that aligns the two roots, so that nothing cancels.
    """
    gap, first, second = _checked(mean1, cov1, mean2, cov2)
    a, b = _root(first), _root(second)
    u, _, vt = np.linalg.svd(b @ a)
    return math.sqrt(float(gap @ gap) + float(np.sum(np.square(a - b @ (u @ vt)))))


def entropic_ot(
    mean1: ArrayLike, cov1: ArrayLike, mean2: ArrayLike, cov2: ArrayLike, epsilon: float
) -> float:
    """min over couplings π of E‖X−Y‖² + ε KL(π‖P⊗Q), in squared units (Janati et al. 2020, theorem 1, ε = 2σ²)."""
    gap, first, second = _checked(mean1, cov1, mean2, cov2)
    checked_positive("epsilon", epsilon)
    s = epsilon / 2  # σ² in the paper
    d = np.sqrt(4.0 * _crossed(first, second) + s * s)
    entropy = s * np.log((d + s) / (2 * s))
    return float(gap @ gap + np.trace(first) + np.trace(second) + np.sum(s - d + entropy))


def sinkhorn_divergence(
    mean1: ArrayLike, cov1: ArrayLike, mean2: ArrayLike, cov2: ArrayLike, epsilon: float
) -> float:
    """OT_ε(P, Q) − ½OT_ε(P, P) − ½OT_ε(Q, Q), in squared units: W2² as ε → 0, |Δ|² as ε → ∞ (Feydy et al. 2019)."""
    crossed = entropic_ot(mean1, cov1, mean2, cov2, epsilon)
    own = entropic_ot(mean1, cov1, mean1, cov1, epsilon), entropic_ot(mean2, cov2, mean2, cov2, epsilon)
    return crossed - sum(own) / 2


def sliced_w2(
    mean1: ArrayLike, cov1: ArrayLike, mean2: ArrayLike, cov2: ArrayLike, directions: ArrayLike
) -> float:
    """Root of the mean over unit vectors θ [k, d] of ⟨θ, Δ⟩² + (√(θᵀΣ₁θ) − √(θᵀΣ₂θ))²."""
    gap, first, second = _checked(mean1, cov1, mean2, cov2)
    theta = np.asarray(directions, dtype=np.float64)
    if theta.ndim != 2 or theta.shape[1] != len(gap) or not len(theta):
        raise DivergenceError(f"directions: shape should be [k, {len(gap)}]. Received shape {theta.shape}.")
    if not np.allclose(np.square(theta).sum(axis=1), 1.0, rtol=0.0, atol=1e-9):
        raise DivergenceError("directions: should be unit vectors. Received others.")
    stds = [np.sqrt(np.einsum("ki,ij,kj->k", theta, c, theta)) for c in (first, second)]
    return math.sqrt(float(np.mean((theta @ gap) ** 2 + (stds[0] - stds[1]) ** 2)))


# --- energy and kernels -------------------------------------------------------------------------------------------


def energy2(mean1: float, std1: float, mean2: float, std2: float) -> float:
    """Squared energy distance on the line: 2A(Δ, √(σ₁²+σ₂²)) − 2σ₁/√π − 2σ₂/√π."""
    checked_positive("std1", std1)
    checked_positive("std2", std2)
    crossed = 2 * mean_absolute(mean1 - mean2, math.hypot(std1, std2))
    return max(crossed - 2 * (std1 + std2) / math.sqrt(math.pi), 0.0)


def mmd2(p: GaussianMixture, q: GaussianMixture, bandwidth: float) -> float:
    """MMD² of two Gaussian mixtures under exp(−‖x−y‖²/2ℓ²), ℓ = bandwidth, in any dimension.

    aᵀKa with signed weights a = (w, −v) and K the κ(m, V) = ℓ^d|V+ℓ²I|^−½ exp(−½mᵀ(V+ℓ²I)⁻¹m) at differences of means
    and sums of covariances. Raises DivergenceError for another bandwidth than a finite number > 0.
    """
    checked_positive("bandwidth", bandwidth)
    weights, means, covariances = _joined((p, q))
    dim = means.shape[1]
    total = 0.0
    for weight, mean, covariance in zip(weights, means, covariances, strict=True):
        spread = covariance + covariances + bandwidth**2 * np.eye(dim)
        gap = mean - means
        form = np.einsum("ki,ki->k", gap, np.linalg.solve(spread, gap[..., None])[..., 0])
        log_peak = dim * math.log(bandwidth) - np.linalg.slogdet(spread)[1] / 2
        total += float(weight * weights @ np.exp(log_peak - form / 2))
    return max(total, 0.0)


def _joined(pair: Sequence[GaussianMixture]) -> tuple[Array, Array, Array]:
    """Signed weights (w, −v), means and covariances of both."""
    p, q = pair
    if p.means.shape[1] != q.means.shape[1]:
        raise DivergenceError(
            f"p and q: dimensions should be equal. Received {p.means.shape[1]} and {q.means.shape[1]}."
        )
    weights = np.concatenate([p.weights, -q.weights])
    return weights, np.concatenate([p.means, q.means]), np.concatenate([p.covariances, q.covariances])
