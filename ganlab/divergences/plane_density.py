"""Log-densities of Gaussian mixtures at very many points, and the frame in which a mesh of rectangles suits them.

Symbols: weights [K], means m [K, 2], Cholesky factors L of the covariances, z = L⁻¹(x − m)/√2; points x [n, 2].
"""

from __future__ import annotations

import itertools
import math

import numpy as np
from numpy.typing import NDArray

from ganlab.distributions import GaussianMixture
from ganlab.divergences.plane_mesh import OFFSETS, Cells, Indices

Array = NDArray[np.float64]

BLOCK = 40_000  # points times components at once: it stays in cache, and BLAS keeps to one thread
FEW = 16  # components that are all taken everywhere
CELLS = 2048  # at once, when components are chosen for them
NEGLIGIBLE = 40.0
MOST_FRAMED = 12  # components whose pairs propose a frame
SUITS = 1.5  # times the cost of circles: below it the axes as they are will do


class MixtureLogDensity:
    """log Σ_k w_k N(x; m_k, S_k): one product for all z, then the logarithm of a sum of exponentials.

    Of many components only those are taken in a cell that may count there: a component whose largest density in the
    cell is e^−40 of the smallest that another one has there is not.
    """

    def __init__(self, mixture: GaussianMixture) -> None:
        factors = mixture.factors
        inverse = np.linalg.inv(factors)
        shift = -np.einsum("kij,kj->ki", inverse, mixture.means)
        self._rows = np.concatenate([inverse, shift[:, :, None]], axis=2) / math.sqrt(2)  # [K, 2, 3]
        self._peaks = (
            np.log(mixture.weights) - np.log(factors[:, 0, 0] * factors[:, 1, 1]) - math.log(2 * math.pi)
        )

    def __call__(self, cells: Cells) -> Array:
        """At the nodes of cells [C, N]."""
        if len(self._peaks) <= FEW:
            return self._everywhere(cells)
        found = np.empty((len(cells), len(OFFSETS)))
        for i in range(0, len(cells), CELLS):
            some = cells.take(np.arange(i, min(i + CELLS, len(cells))))
            ranked, counts = self._ranked(some)
            sizes = 2 ** np.ceil(np.log2(counts)).astype(int)
            for size in np.unique(sizes):
                alike = np.flatnonzero(sizes == size)
                found[i + alike] = self._gathered(some.take(alike), ranked[alike, :size])
        return found

    def _everywhere(self, cells: Cells) -> Array:
        """By all components [C, N]."""
        rows = np.concatenate([self._rows[:, 0], self._rows[:, 1]])  # all first coordinates, then all second
        points, peaks = cells.points, self._peaks[:, None]
        step = max(256, BLOCK // len(peaks))
        found = np.empty(points.shape[1])
        for i in range(0, len(found), step):
            found[i : i + step] = _summed(rows @ points[:, i : i + step], peaks)
        return found.reshape(len(cells), -1)

    def _ranked(self, cells: Cells) -> tuple[Indices, Indices]:
        """Components by their largest density in each cell [C, K], and how many of them may count [C]."""
        rows, (x, y), (a, b) = self._rows, cells.centre.T[:, :, None], cells.half.T[:, :, None]
        distance = np.hypot(
            rows[:, 0, 0] * x + rows[:, 0, 2], rows[:, 1, 0] * x + rows[:, 1, 1] * y + rows[:, 1, 2]
        )
        radius = np.hypot(a * rows[:, 0, 0], a * np.abs(rows[:, 1, 0]) + b * rows[:, 1, 1])
        most = self._peaks - np.square(np.maximum(distance - radius, 0.0))
        least = self._peaks - np.square(distance + radius)
        ranked = np.argsort(-most, axis=1)
        return ranked, np.sum(most >= least.max(axis=1, keepdims=True) - NEGLIGIBLE, axis=1)

    def _gathered(self, cells: Cells, index: Indices) -> Array:
        """At the nodes of cells [c, N], by the components [c, M] of each."""
        count, size = index.shape
        rows = self._rows[index].transpose(0, 2, 1, 3).reshape(count, 2 * size, 3)
        step = max(1, BLOCK // (size * len(OFFSETS)))
        parts = []
        for i in range(0, count, step):
            some = cells.take(np.arange(i, min(i + step, count)))
            points = some.points.reshape(3, len(some), -1).transpose(1, 0, 2)
            parts.append(_summed(rows[i : i + step] @ points, self._peaks[index[i : i + step]][:, :, None]))
        return np.concatenate(parts)


def _summed(z: Array, peaks: Array) -> Array:
    """log Σ exp(peak − z₁² − z₂²) over components, from z [..., 2K, n] (overwritten) and peaks [..., K, 1]."""
    z *= z
    count = z.shape[-2] // 2
    logs = peaks - z[..., :count, :] - z[..., count:, :]
    top = logs.max(axis=-2)
    logs -= top[..., None, :]
    np.exp(logs, out=logs)
    return np.asarray(top + np.log(logs.sum(axis=-2)))


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
