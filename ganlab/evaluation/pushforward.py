"""What a generator's density puts into the cells of a grid on the line.

Every function returns masses [n + 2]: below the first edge, in the n half-open cells [e_j, e_j+1), and from
the last edge on. They sum to 1 when the weights do, so nothing outside the grid is lost.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from ganlab.divergences.from_samples import checked_points

if TYPE_CHECKING:
    from ganlab.distributions import Distribution

Array = NDArray[np.float64]

NORMAL_REACH = 5.5  # standard deviations of normal noise that the knots span; 4e-8 lies beyond
BINS_PER_BANDWIDTH = 8  # binning for the kernel estimate takes at most 1/(12·64) = 0.13 % off its variance


def checked_edges(edges: ArrayLike) -> Array:
    """Edges as float64 [n + 1]; ValueError unless finite and increasing, with at least one cell."""
    array = np.asarray(edges, dtype=np.float64)
    if array.ndim != 1 or array.size < 2:
        raise ValueError(f"edges: shape should be [n + 1] with n >= 1. Received {array.shape}.")
    if not (np.isfinite(array).all() and (np.diff(array) > 0.0).all()):
        raise ValueError("edges: should be finite and increasing. Received edges that are not.")
    return array


def noise_knots(noise: str, m: int = 2000) -> tuple[Array, Array]:
    """Knots z [m] through one-dimensional noise, evenly spaced, and the probability [m − 1] between
    neighbours.

    `noise` is "normal" (N(0, 1), tails beyond 5.5σ counted to the outer segments) or "uniform" (U[−1, 1]).
    Within a segment the noise counts as uniform: for normal noise that moves the distribution function by
    less than 1e-6 at m = 2000, where knots of equal probability would smear the tails.
    """
    if m < 2:
        raise ValueError(f"m: should be >= 2. Received {m}.")
    if noise == "uniform":
        return np.linspace(-1.0, 1.0, m), np.full(m - 1, 1.0 / (m - 1))
    if noise == "normal":
        z = np.linspace(-NORMAL_REACH, NORMAL_REACH, m)
        return z, np.diff(np.concatenate([[0.0], scipy.special.ndtr(z[1:-1]), [1.0]]))
    raise ValueError(f"noise: should be 'normal' or 'uniform'. Received {noise!r}.")


def mixture_knots(centres: ArrayLike, spread: float, m: int = 2000) -> tuple[Array, Array]:
    """As `noise_knots`, for an even mixture of normals with these centres [K] and one standard deviation."""
    at = np.asarray(centres, np.float64)
    if at.ndim != 1 or not at.size or not spread > 0.0:
        raise ValueError(
            f"centres: shape should be [K] with K >= 1, spread > 0. Received {at.shape}, {spread}."
        )
    reach = NORMAL_REACH * spread
    z = np.linspace(at.min() - reach, at.max() + reach, m)
    below = scipy.special.ndtr((z[1:-1, None] - at) / spread).mean(1)
    return z, np.diff(np.concatenate([[0.0], below, [1.0]]))


def pushforward_masses(x_knots: ArrayLike, weights: ArrayLike | None, edges: ArrayLike) -> Array:
    """Masses [n + 2] of x = G(z) for G linear between knots, exact but for rounding.

    x_knots [m] are G at the knots of z, in their order; weights [m − 1] the probability of z between
    neighbours (None: all equal), spread evenly over each segment. A segment on which G is constant is an
    atom. Takes O(m log n): a segment within one cell adds its weight there, a longer one splits into two
    ends and an even part, which becomes two entries in the difference of a density that is summed up once.
    """
    x, edges = checked_points("x_knots", x_knots, dim=1, least=2)[:, 0], checked_edges(edges)
    w = _checked_weights(weights, len(x) - 1)
    low, high = np.minimum(x[:-1], x[1:]), np.maximum(x[:-1], x[1:])
    first = np.searchsorted(edges, low, side="right")  # cell j of [n + 2] ends at edges[j]
    last = np.maximum(first, np.searchsorted(edges, high, side="left"))
    whole = first == last
    masses = _collect(first[whole], w[whole], len(edges) + 1)

    low, high, first, last, w = (array[~whole] for array in (low, high, first, last, w))
    length = high - low
    masses += _collect(first, w * ((edges[first] - low) / length), len(masses))
    masses += _collect(last, w * ((high - edges[last - 1]) / length), len(masses))
    inner = last > first + 1  # these reach over at least one whole cell, so their slopes are bounded
    slope = w[inner] / length[inner]
    steps = _collect(first[inner] + 1, slope, len(masses)) - _collect(last[inner], slope, len(masses))
    masses[1:-1] += np.maximum(np.cumsum(steps)[1:-1], 0.0) * np.diff(edges)
    return masses


def _collect(cells: NDArray[np.intp], amounts: Array, length: int) -> Array:
    """What falls into each of `length` cells; float64 also where nothing does."""
    return np.bincount(cells, amounts, minlength=length).astype(np.float64, copy=False)


def _checked_weights(weights: ArrayLike | None, segments: int) -> Array:
    if weights is None:
        return np.full(segments, 1.0 / segments)
    array = np.asarray(weights, dtype=np.float64)
    if array.shape != (segments,):
        raise ValueError(f"weights: shape should be [{segments}], one per segment. Received {array.shape}.")
    if not (np.isfinite(array).all() and (array >= 0.0).all()):
        raise ValueError(f"weights: should be finite and >= 0. Received minimum {array.min()}.")
    return array


def silverman_bandwidth(samples: ArrayLike) -> float:
    """Silverman's rule of thumb 0.9·min(s, IQR/1.34)·n^(−1/5) (Silverman 1986, eq. 3.31).

    s alone where half of the samples coincide; 0 where all do.
    """
    x = checked_points("samples", samples, dim=1)[:, 0]
    s = float(x.std(ddof=1)) if len(x) > 1 else 0.0
    low, high = np.percentile(x, [25.0, 75.0])
    spread = min(s, float(high - low) / 1.34) or s
    return float(0.9 * spread * len(x) ** -0.2)


def kde_masses(samples: ArrayLike, edges: ArrayLike, bandwidth: float | None = None) -> Array:
    """Masses [n + 2] of a Gaussian kernel estimate from samples [m], for noise of more than one dimension.

    `bandwidth` is the kernel's standard deviation, by default Silverman's; with 0, all samples in one
    place, the estimate is the histogram. Each kernel's mass per cell is exact; samples closer than 1/8 of a
    bandwidth share a kernel at their mean.
    """
    x, edges = checked_points("samples", samples, dim=1)[:, 0], checked_edges(edges)
    h = silverman_bandwidth(x) if bandwidth is None else bandwidth
    if not (math.isfinite(h) and h >= 0.0):
        raise ValueError(f"bandwidth: should be finite and >= 0. Received {bandwidth}.")
    if h == 0.0:
        counts = np.bincount(np.searchsorted(edges, x, side="right"), minlength=len(edges) + 1)
        return counts / len(x)
    centres, weights = _binned(x, h / BINS_PER_BANDWIDTH)
    return _between(weights @ scipy.special.ndtr((edges - centres[:, None]) / h))


def _binned(x: Array, width: float) -> tuple[Array, Array]:
    """Mean position and share of the samples in each occupied bin."""
    _, bins = np.unique(np.floor(x / width), return_inverse=True)
    counts = np.bincount(bins)
    return np.bincount(bins, x) / counts, counts / len(x)


def true_masses(distribution: Distribution, edges: ArrayLike) -> Array:
    """Masses [n + 2] of a 1-D distribution, from its distribution function."""
    return _between(np.asarray(distribution.cdf(checked_edges(edges)), dtype=np.float64))


def _between(below: Array) -> Array:
    """Masses [n + 2] from the distribution function at the edges [n + 1], which rounding may let fall a
    little.
    """
    return np.maximum(np.diff(np.concatenate([[0.0], below, [1.0]])), 0.0)
