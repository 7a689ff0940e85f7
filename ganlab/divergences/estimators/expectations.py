"""Expectations under an exact distribution: points with weights, masses of cells, smoothed densities.

They say what an estimator approaches, to a few digits more than any sample shows; the values of the divergences
themselves come from `ganlab.divergences.compare`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
import scipy
from numpy.typing import NDArray

from ganlab.distributions import Distribution, GaussianMixture, Mixture, Samples

Array = NDArray[np.float64]
Nodes = tuple[Array, Array]

REACH = 8.0  # standard deviations; 1e-15 of a Gaussian's mass lies beyond
LINE_NODES = 1_601
NODE_BUDGET = 20_000
BOARD = 200  # cells per axis of the board for planar shapes without closed forms
NORMAL_NODES = 32  # Gauss-Legendre points across one cell of one component


@lru_cache(maxsize=32)
def nodes(distribution: Distribution) -> Nodes | None:
    """Points [N, d] and weights [N] (sum 1) with E g(X) ≈ Σ weights·g(points) for smooth g; None where none are known.

    On the line by the trapezoidal rule in z = Φ⁻¹(u) over quantiles, for Gaussian mixtures by Gauss-Hermite rules, for
    uploaded data by the data, for other planar densities on a board.
    """
    if isinstance(distribution, Samples):
        points = distribution.points.astype(np.float64)
        return points, np.full(len(points), 1.0 / len(points))
    if distribution.dim == 1:
        z = np.linspace(-REACH, REACH, LINE_NODES)
        weights = np.exp(-(z**2) / 2)
        levels = scipy.special.ndtr(z)
        inside = levels < 1.0  # the quantile of 1 may be infinite
        return distribution.quantile(levels[inside])[:, None], weights[inside] / weights[inside].sum()
    gaussians = distribution.gaussian_mixture()
    if gaussians is not None:
        return _hermite(gaussians)
    if isinstance(distribution, Mixture):
        return _joined(distribution)
    return _board(distribution) if distribution.has_density else None


def _hermite(gaussians: GaussianMixture) -> Nodes:
    count = int(np.clip(math.sqrt(NODE_BUDGET / len(gaussians.weights)), 5, 40))
    at, weight = np.polynomial.hermite_e.hermegauss(count)
    z = np.stack(np.meshgrid(at, at, indexing="ij"), axis=-1).reshape(-1, 2)
    weights = np.outer(weight, weight).ravel() / weight.sum() ** 2
    points = gaussians.means[:, None] + np.einsum("kij,nj->kni", gaussians.factors, z)
    return points.reshape(-1, 2), np.outer(gaussians.weights, weights).ravel()


def _joined(mixture: Mixture) -> Nodes | None:
    parts = [nodes(component) for component in mixture.components]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    total = sum(mixture.weights)
    weights = [w / total * part[1] for w, part in zip(mixture.weights, known, strict=True)]
    return np.concatenate([part[0] for part in known]), np.concatenate(weights)


def _board(distribution: Distribution) -> Nodes:
    """Centres of cells with their masses by the midpoint rule, normalised."""
    low, high = distribution.bounds().T
    steps = (np.arange(BOARD) + 0.5) / BOARD
    axes = [a + (b - a) * steps for a, b in zip(low, high, strict=True)]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2)
    weights = np.exp(distribution.logpdf(points))
    filled = weights > 0.0
    return points[filled], weights[filled] / weights.sum()


def expectation(distribution: Distribution, g: Callable[[Array], Array]) -> float | None:
    """E g(X) for g: [N, d] -> [N]."""
    known = nodes(distribution)
    return None if known is None else float(np.dot(known[1], g(known[0])))


# --- masses of cells ----------------------------------------------------------------------------------------------


def cell_masses(distribution: Distribution, inner: list[Array]) -> Array | None:
    """Mass in each cell, flat; `inner` are the inner edges per axis, and the outermost cells reach to infinity."""
    if distribution.dim == 1:
        return np.diff(np.concatenate([[0.0], distribution.cdf(inner[0]), [1.0]]))
    gaussians = distribution.gaussian_mixture()
    if gaussians is not None:
        return _gaussian_masses(gaussians, *inner)
    if isinstance(distribution, Mixture):
        parts = [cell_masses(component, inner) for component in distribution.components]
        known = [part for part in parts if part is not None]
        if len(known) < len(parts):
            return None
        shares = np.array(distribution.weights) / sum(distribution.weights)
        return np.asarray(shares @ np.stack(known))
    points = nodes(distribution)
    return None if points is None else _counted(*points, inner)


def _counted(points: Array, weights: Array, inner: list[Array]) -> Array:
    rows, columns = (
        np.searchsorted(at, points[:, axis], side="right") for axis, at in zip((0, 1), inner, strict=True)
    )
    width = len(inner[1]) + 1
    return np.asarray(np.bincount(rows * width + columns, weights, minlength=(len(inner[0]) + 1) * width))


def _gaussian_masses(gaussians: GaussianMixture, xs: Array, ys: Array) -> Array:
    """Gauss-Legendre across the columns of cells, Φ along them: P(y-cell | x) integrated over the x-cell."""
    total = np.zeros((len(xs) + 1, len(ys) + 1))
    at, weight = np.polynomial.legendre.leggauss(NORMAL_NODES)
    for share, mean, factor in zip(gaussians.weights, gaussians.means, gaussians.factors, strict=True):
        z = np.clip(np.concatenate([[-REACH], (xs - mean[0]) / factor[0, 0], [REACH]]), -REACH, REACH)
        half = np.diff(z) / 2
        points = (z[:-1] + half)[:, None] + half[:, None] * at  # standardised x, [cells, nodes]
        density = half[:, None] * weight * np.exp(-(points**2) / 2) / math.sqrt(2.0 * math.pi)
        steps = (ys - mean[1] - factor[1, 0] * points[..., None]) / factor[1, 1]
        below = scipy.special.ndtr(steps)
        ends = np.zeros((*points.shape, 1))
        total += share * np.einsum(
            "cn,cny->cy", density, np.diff(below, axis=2, prepend=ends, append=ends + 1.0)
        )
    return total.ravel() / total.sum()


# --- smoothed densities -------------------------------------------------------------------------------------------


def log_smoothed(distribution: Distribution, widths: Array, at: Array) -> Array | None:
    """Log-density at `at` [N, d] of X plus independent Gaussian noise of standard deviation widths [d].

    Exact for Gaussian mixtures; on the line and for uploaded data from `nodes`; otherwise None.
    """
    gaussians = distribution.gaussian_mixture()
    if gaussians is not None:
        blurred = gaussians.covariances + np.diag(widths**2)
        return GaussianMixture(gaussians.weights, gaussians.means, blurred).logpdf(at)
    if distribution.dim != 1 and not isinstance(distribution, Samples):
        return None
    known = nodes(distribution)
    if known is None or len(known[0]) > NODE_BUDGET:
        return None
    points, weights = known
    noise = np.broadcast_to(np.diag(widths**2), (len(points), len(widths), len(widths)))
    return GaussianMixture(weights, points, noise).logpdf(at)
