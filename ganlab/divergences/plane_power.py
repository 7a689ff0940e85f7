"""Where p^α q^(1−α) has its mass, which may be far from the mass of p and of q.

For two Gaussians the integrand is one of precision αA + (1−α)B, where that is positive definite. For mixtures
p^α q^(1−α) lies, up to a factor, below the largest of these pairs (0 < α < 1), and for α > 1 below
Σ_i min_j of them: for each i the pair of the smallest integral bounds all of its share. So ellipses of these pairs are
the cover; where the bound is much larger than the integral, more of their tails is taken in.

Symbols: A, B precisions of components of P and Q, C = αA + (1−α)B, c the centre.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ganlab.distributions import GaussianMixture
from ganlab.divergences.plane_cover import REACH, Cover

Array = NDArray[np.float64]

MOST_PAIRS = 200
NEGLIGIBLE = 40.0  # nats below the largest pair
RAYS = 256
FARTHEST = 1e9  # times the size of p
CELLS = 16


@dataclass(frozen=True, eq=False)
class Pairs:
    """The Gaussians of all pairs of components [I, J]: precision, centre, log of the integral (inf: it diverges)."""

    precision: Array
    centre: Array
    log_integral: Array


def pairs(p: GaussianMixture, q: GaussianMixture, alpha: float) -> Pairs:
    """p_i^α q_j^(1−α) for all i and j, weights included."""
    a, b = (np.asarray(np.linalg.inv(m.covariances), dtype=np.float64) for m in (p, q))
    a, b = a[:, None], b[None]
    precision = alpha * a + (1.0 - alpha) * b
    determinant = precision[..., 0, 0] * precision[..., 1, 1] - precision[..., 0, 1] ** 2
    good = (determinant > 0.0) & (precision[..., 0, 0] > 0.0)
    safe = np.where(good[..., None, None], precision, np.eye(2))
    pull = alpha * np.einsum("ijkl,il->ijk", np.broadcast_to(a, safe.shape), p.means)
    pull += (1.0 - alpha) * np.einsum("ijkl,jl->ijk", np.broadcast_to(b, safe.shape), q.means)
    centre = np.linalg.solve(safe, pull[..., None])[..., 0]
    log_p, log_q = _log_at(p, centre, a, 0), _log_at(q, centre, b, 1)
    peak = alpha * log_p + (1.0 - alpha) * log_q
    volume = math.log(2 * math.pi) - np.log(np.where(good, determinant, 1.0)) / 2
    return Pairs(safe, centre, np.where(good, peak + volume, math.inf))


def _log_at(mixture: GaussianMixture, points: Array, precision: Array, axis: int) -> Array:
    """Log of each weighted component at the points of its pairs [I, J]."""
    means = np.expand_dims(mixture.means, 1 - axis)
    gap = points - means
    form = np.einsum("ijk,ijkl,ijl->ij", gap, np.broadcast_to(precision, (*points.shape, 2)), gap)
    logs = np.log(mixture.weights) - np.linalg.slogdet(mixture.covariances)[1] / 2 - math.log(2 * math.pi)
    return np.asarray(np.expand_dims(logs, 1 - axis) - form / 2)


def inner_cover(p: GaussianMixture, q: GaussianMixture, alpha: float) -> Cover:
    """For 0 < α < 1: the pairs with the largest integrals."""
    found = pairs(p, q, alpha)
    order = np.argsort(-found.log_integral, axis=None)[:MOST_PAIRS]
    logs = found.log_integral.ravel()[order]
    order = order[logs >= logs[0] - NEGLIGIBLE]
    return Cover(found.centre.reshape(-1, 2)[order], np.linalg.inv(found.precision.reshape(-1, 2, 2)[order]))


def outer_cover(p: GaussianMixture, q: GaussianMixture, alpha: float) -> tuple[Cover, float] | None:
    """For α > 1: for every component of P the pair with the smallest integral, and the log of the largest of these.

    None where some component has no pair that converges alone: then several components of Q share the work.
    """
    found = pairs(p, q, alpha)
    best = np.argmin(found.log_integral, axis=1)
    rows = np.arange(len(best))
    logs = found.log_integral[rows, best]
    if not np.isfinite(logs).all():
        return None
    top = float(logs.max())
    keep = logs >= top - 4 * NEGLIGIBLE
    rows, best = rows[keep], best[keep]
    return Cover(found.centre[rows, best], np.linalg.inv(found.precision[rows, best])), top


def reach_for(bound: float, log_integral: float) -> float:
    """Standard deviations to take in where the integral is e^(log − bound) times what was bounded."""
    return math.sqrt(REACH**2 + 2.0 * max(bound - log_integral, 0.0))


def box_cover(p: GaussianMixture, log_integrand: Callable[[Array], Array]) -> Cover:
    """A square around the origin up to where the integrand is e^−40 of its largest value along every ray."""
    angles = 2 * math.pi * np.arange(RAYS) / RAYS
    size = float(np.abs(p.means).max() + np.sqrt(p.covariances.max()))
    radii = size * np.geomspace(1e-2, FARTHEST, 400)
    directions = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    points = (radii[:, None, None] * directions).reshape(-1, 2)
    logs = np.concatenate([log_integrand(p.means), log_integrand(points)])
    high = logs[len(p.means) :].reshape(len(radii), -1).max(axis=1) > logs.max() - NEGLIGIBLE
    edge = float(radii[min(np.flatnonzero(high)[-1] + 1, len(radii) - 1)]) if high.any() else size
    box = np.array([[[-edge, edge]] * 2])
    return Cover(np.empty((0, 2)), np.empty((0, 2, 2)), box, np.array([edge / CELLS]))
