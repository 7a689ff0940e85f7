"""Maximum mean discrepancy between two samples: MMD² = E k(X,X′) + E k(Y,Y′) − 2 E k(X,Y) (Gretton et al. 2012).

Symbols: x [n, d] from P, y [m, d] from Q, k a row of `KERNELS` given by its name, σ the bandwidth (a length). MMD² is
the square and has the unit of k, mostly none. Memory stays flat (`pairwise.py`). Every function raises DivergenceError
for other shapes, values that are not finite, fewer points than it needs, or a bandwidth that is not > 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from ganlab.divergences.checks import checked_positive, checked_whole
from ganlab.divergences.from_samples import checked_pair, checked_points
from ganlab.divergences.kernels import Kernel, checked_bandwidth, kernel_row
from ganlab.divergences.pairwise import (
    Part,
    buffer_for,
    crossed_sums,
    gram,
    own_sums,
    parts,
    visit,
)
from ganlab.divergences.results import DivergenceError

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class KernelRows:
    """What a U-statistic and its variance need, from one pass over all pairs.

    `xx` [n] is the mean of k(xᵢ, xⱼ) over j ≠ i, `yy` [m] the same for y, `xy` [n] the mean of k(xᵢ, yⱼ) over j,
    `yx` [m] that over i; `diagonal_x`, `diagonal_y` are the means of k(xᵢ, xᵢ) and k(yⱼ, yⱼ).
    """

    xx: Array
    yy: Array
    xy: Array
    yx: Array
    diagonal_x: float
    diagonal_y: float

    @property
    def unbiased(self) -> float:
        """The U-statistic (eq. 3): 0 on average when P = Q, so negative about half of the time there."""
        return float(self.xx.mean() + self.yy.mean() - 2.0 * self.xy.mean())

    @property
    def biased(self) -> float:
        """The V-statistic (eq. 5), with the pairs i = j: never negative."""
        own = [
            rows.mean() + (diagonal - rows.mean()) / len(rows)
            for rows, diagonal in ((self.xx, self.diagonal_x), (self.yy, self.diagonal_y))
        ]
        return float(own[0] + own[1] - 2.0 * self.xy.mean())

    def projections(self) -> tuple[Array, Array]:
        """2(xx − xy) [n] and 2(yy − yx) [m]: what one point adds to the U-statistic, to first order (Hoeffding).

        Var(unbiased) ≈ Var(h_x)/n + Var(h_y)/m when P ≠ Q; when P = Q both vanish and the variance is of order 1/n².
        """
        return 2.0 * (self.xx - self.xy), 2.0 * (self.yy - self.yx)


@dataclass(frozen=True)
class BlockedMmd:
    """The average over `blocks` independent blocks of `block` points each, and its standard error."""

    value: float
    standard_error: float
    block: int
    blocks: int


def mmd2_rows(x: ArrayLike, y: ArrayLike, bandwidth: float = 1.0, kernel: str = "gaussian") -> KernelRows:
    """All the row means, in one pass; n = m = 10,000 in 2-D takes about 0.2 s on two cores."""
    (a, b), k, sigma = checked_pair(x, y, least=2), kernel_row(kernel), checked_bandwidth(bandwidth)
    n, m = len(a), len(b)
    over_y, over_x = crossed_sums(gram(a, b, k, sigma))
    return KernelRows(
        own_sums(gram(a, a, k, sigma)) / (n - 1),
        own_sums(gram(b, b, k, sigma)) / (m - 1),
        over_y / m,
        over_x / n,
        float(k.diagonal(a, sigma).mean()),
        float(k.diagonal(b, sigma).mean()),
    )


def mmd2(
    x: ArrayLike, y: ArrayLike, bandwidth: float, unbiased: bool = True, kernel: str = "gaussian"
) -> float:
    """Squared maximum mean discrepancy E k(X,X′) + E k(Y,Y′) − 2 E k(X,Y) (Gretton et al. 2012, eq. 3 and 5).

    The unbiased U-statistic averages 0 when P = Q, so it is negative about half of the time there: show it,
    do not clip it. The biased V-statistic is ≥ 0 and averages about (k(x,x) − E k)·2/n instead.
    """
    rows = mmd2_rows(x, y, bandwidth, kernel)
    return rows.unbiased if unbiased else rows.biased


def kernel_mean(x: ArrayLike, y: ArrayLike | None, bandwidth: float, kernel: str = "gaussian") -> float:
    """Mean of k(xᵢ, yⱼ) over all pairs; with y None the mean of k(xᵢ, xⱼ) over i ≠ j (the U-statistic)."""
    k, sigma = kernel_row(kernel), checked_bandwidth(bandwidth)
    if y is None:
        own = checked_points("x", x, least=2)
        return float(own_sums(gram(own, own, k, sigma)).sum() / (len(own) * (len(own) - 1)))
    a, b = checked_pair(x, y)
    return float(crossed_sums(gram(a, b, k, sigma))[0].sum() / (len(a) * len(b)))


def mmd2_blocks(
    x: ArrayLike, y: ArrayLike, bandwidth: float, kernel: str = "gaussian", block: int | None = None
) -> BlockedMmd:
    """Average of the unbiased MMD² over blocks of `block` points of each sample (B-test, Zaremba et al. 2013).

    Blocks are independent and there are many, so the average is close to normal even when P = Q; the price is a
    larger variance than that of the U-statistic over all pairs. `block` is √n unless given; what is left over of the
    samples (of the longer one, too) is not used. Needs at least two blocks of two.
    """
    (a, b), k, sigma = checked_pair(x, y, least=4), kernel_row(kernel), checked_bandwidth(bandwidth)
    shorter = min(len(a), len(b))
    size = round(math.sqrt(shorter)) if block is None else block
    checked_whole("block", size, 2, shorter // 2)
    count = shorter // size
    each = np.array([_one_block(a[i : i + size], b[i : i + size], k, sigma) for i in _starts(size, count)])
    return BlockedMmd(float(each.mean()), float(each.std(ddof=1) / math.sqrt(count)), size, count)


def _starts(size: int, count: int) -> range:
    return range(0, size * count, size)


def _one_block(x: Array, y: Array, kernel: Kernel, bandwidth: float) -> float:
    """The unbiased MMD² of n points each."""
    n = len(x)
    own = [kernel.of(c, c, bandwidth).sum() - kernel.diagonal(c, bandwidth).sum() for c in (x, y)]
    return float(sum(own) / (n * (n - 1)) - 2.0 * kernel.of(x, y, bandwidth).mean())


# --- bandwidth ----------------------------------------------------------------------------------------------------


def median_bandwidth(x: ArrayLike, max_points: int = 1000, y: ArrayLike | None = None) -> float:
    """Median distance between two different points of x (Gretton et al. 2012, §8), from its first `max_points` rows.

    With y the points are pooled, `max_points`/2 of each. 1.0 when all points coincide: no distance tells one
    bandwidth from another then.
    """
    checked_whole("max_points", max_points, 2)
    if y is None:
        points = checked_points("x", x, least=2)[:max_points]
    else:
        points = np.concatenate([part[: max(1, max_points // 2)] for part in checked_pair(x, y)])
    distances = scipy.spatial.distance.pdist(points)
    positive = distances[distances > 0.0]
    return float(np.median(positive)) if positive.size else 1.0


def bandwidth_scan(
    x: ArrayLike, y: ArrayLike, bandwidths: ArrayLike, kernel: str = "gaussian", unbiased: bool = True
) -> Array:
    """MMD² at each bandwidth [k] -> [k]: distances are computed once and shared by all of them."""
    (a, b), k = checked_pair(x, y, least=2), kernel_row(kernel)
    sigmas = checked_bandwidths(bandwidths)
    n, m = len(a), len(b)
    own = [_scan(c, None, k, sigmas) / (len(c) * (len(c) - 1)) for c in (a, b)]
    if not unbiased:
        for i, c in enumerate((a, b)):
            diagonal = np.array([k.diagonal(c, s).mean() for s in sigmas])
            own[i] += (diagonal - own[i]) / len(c)
    return np.asarray(own[0] + own[1] - 2.0 * _scan(a, b, k, sigmas) / (n * m))


def checked_bandwidths(bandwidths: ArrayLike) -> Array:
    """Bandwidths [k] as float64; DivergenceError unless all are finite and > 0."""
    shape = np.shape(bandwidths)
    if len(shape) != 1 or not shape[0]:
        raise DivergenceError(f"bandwidths: shape should be [k] with k >= 1. Received {list(shape)}.")
    return np.array([checked_positive("bandwidths", sigma) for sigma in np.asarray(bandwidths)])


def _scan(x: Array, y: Array | None, kernel: Kernel, sigmas: Array) -> Array:
    """Σ k over all pairs (i ≠ j where y is None) at each bandwidth [k]."""
    unit = float(sigmas.min())  # a block holds u at the smallest bandwidth, and u·(unit/σ)² is that of σ
    matrix = gram(x, x if y is None else y, kernel, unit)
    n, m = matrix.shape

    def work(blocks: list[Part]) -> Array:
        buffer, scaled, sums = buffer_for(matrix), buffer_for(matrix), np.zeros(len(sigmas))
        for i, j in blocks:
            arguments = matrix.arguments(i, j, buffer)
            values = scaled[: arguments.size].reshape(arguments.shape)
            for index, sigma in enumerate(sigmas):
                np.multiply(arguments, (unit / sigma) ** 2 if kernel.radial else 1.0, out=values)
                block = kernel.profile(values, float(sigma), x.shape[1])
                sums[index] += _counted(block, i, j, symmetric=y is None)
        return sums

    pairs = n * m * len(sigmas)
    return np.asarray(sum(visit(parts(n, m, symmetric=y is None), work, pairs)))


def _counted(block: Array, rows: slice, columns: slice, symmetric: bool) -> float:
    """The sum of a block; of a symmetric matrix without its diagonal, and twice for its other half."""
    total = float(block.sum(dtype=np.float64))
    if not symmetric:
        return total
    return total - float(np.trace(block)) if rows == columns else 2.0 * total


# --- witness ------------------------------------------------------------------------------------------------------


def witness(
    points: ArrayLike, x: ArrayLike, y: ArrayLike, bandwidth: float = 1.0, kernel: str = "gaussian"
) -> Array:
    """Mean of k(·, xᵢ) less mean of k(·, yⱼ) at points [g, d] -> [g]: where it is high P has more (§2.3)."""
    (a, b), k, sigma = checked_pair(x, y), kernel_row(kernel), checked_bandwidth(bandwidth)
    g = checked_points("points", points, dim=a.shape[1])
    means = [crossed_sums(gram(g, c, k, sigma))[0] / len(c) for c in (a, b)]
    return np.asarray(means[0] - means[1])
