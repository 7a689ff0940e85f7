"""Log-densities of Gaussian mixtures at very many points, and the frame in which a mesh of rectangles suits them.

Symbols: weights [K], means m [K, 2], Cholesky factors L of the covariances, z = L⁻¹(x − m)/√2; points x [n, 2].
"""

from __future__ import annotations

import itertools
import math

import numpy as np
from numpy.typing import NDArray

from ganlab.distributions import GaussianMixture

Array = NDArray[np.float64]

BLOCK = 40_000  # points times components at once: it stays in cache, and BLAS keeps to one thread
MOST_FRAMED = 12  # components whose pairs propose a frame
SUITS = 1.5  # times the cost of circles: below it the axes as they are will do


class MixtureLogDensity:
    """log Σ_k w_k N(x; m_k, S_k): one product for all z, then the logarithm of a sum of exponentials."""

    def __init__(self, mixture: GaussianMixture) -> None:
        factors = mixture.factors
        inverse = np.linalg.inv(factors)
        shift = -np.einsum("kij,kj->ki", inverse, mixture.means)
        rows = np.concatenate([inverse, shift[:, :, None]], axis=2) / math.sqrt(2)
        self._map = np.concatenate(
            [rows[:, 0], rows[:, 1]]
        )  # [2K, 3]: all first coordinates, then all second
        self._peaks = (
            np.log(mixture.weights) - np.log(factors[:, 0, 0] * factors[:, 1, 1]) - math.log(2 * math.pi)
        )

    def __call__(self, x: Array) -> Array:
        points = np.stack([x[:, 0], x[:, 1], np.ones(len(x))])
        step = max(256, BLOCK // len(self._peaks))
        blocks = [self._block(points[:, i : i + step]) for i in range(0, len(x), step)]
        return np.concatenate(blocks) if blocks else np.empty(0)

    def _block(self, points: Array) -> Array:
        z = self._map @ points
        z *= z
        count = len(self._peaks)
        logs = self._peaks[:, None] - z[:count] - z[count:]
        top = logs.max(axis=0)
        logs -= top
        np.exp(logs, out=logs)
        return np.asarray(top + np.log(logs.sum(axis=0)))


def moved(mixture: GaussianMixture, matrix: Array, origin: Array) -> GaussianMixture:
    """The distribution of A(X − o)."""
    covariances = matrix @ mixture.covariances @ matrix.T
    symmetric = (covariances + covariances.transpose(0, 2, 1)) / 2
    return GaussianMixture(mixture.weights, (mixture.means - origin) @ matrix.T, symmetric)


def frame(covariances: Array) -> Array:
    """A matrix [2, 2] in whose coordinates ellipses [K, 2, 2] lie along the axes as well as they can.

    Two of them can always be laid straight at once. An ellipse of correlation ρ takes about 1/√(1−ρ²) times as many
    rectangles as a straight one, so the pair whose frame has the least sum is taken. No f-divergence changes.
    """
    straight = np.eye(2)
    distinct = np.unique(covariances, axis=0)
    if _cost(distinct, straight[None])[0] <= SUITS * len(distinct):
        return straight
    worst = np.argsort(-_skew(distinct))[:MOST_FRAMED]
    pairs = itertools.combinations_with_replacement(worst, 2)
    proposed = np.stack([straight, *(_straightened(distinct[i], distinct[j]) for i, j in pairs)])
    return np.asarray(proposed[np.argmin(_cost(covariances, proposed))])


def _straightened(first: Array, second: Array) -> Array:
    """A with AS₁Aᵀ = I and AS₂Aᵀ diagonal."""
    inverse = np.linalg.inv(np.linalg.cholesky(first))
    crossed = inverse @ second @ inverse.T
    vectors = np.linalg.eigh((crossed + crossed.T) / 2)[1]
    return np.asarray(vectors.T @ inverse)


def _skew(covariances: Array) -> Array:
    """1/√(1−ρ²) [...]."""
    variances = covariances[..., 0, 0] * covariances[..., 1, 1]
    rest = 1.0 - np.square(covariances[..., 0, 1]) / variances
    return np.asarray(1.0 / np.sqrt(np.maximum(rest, 1e-12)))


def _cost(covariances: Array, frames: Array) -> Array:
    """Rectangles for all ellipses in each frame [F], one for a straight one."""
    turned = np.einsum("fij,kjl,fml->fkim", frames, covariances, frames)
    return np.asarray(_skew(turned).sum(axis=1))
