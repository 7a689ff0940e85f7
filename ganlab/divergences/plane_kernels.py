"""MMD², witness functions and slices of any two distributions in the plane.

Gaussian components have exact means of kernels (`kernel_means.py`). Everything else stands as weighted points: a
density as the nodes of a mesh with their mass (a cubature, exact for what is smooth over a cell), uploaded samples as
themselves. Errors are differences to a coarser cubature, or to every second sample.

Symbols: points x [n, 2] with weights w [n], signed where P and Q stand together; σ the bandwidth.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ganlab.distributions import Distribution, GaussianMixture, Samples
from ganlab.divergences import plane_cover
from ganlab.divergences.from_samples import checked_points
from ganlab.divergences.kernel_means import ACCURACY, mean_at, mean_kernels, mmd2_mixtures, witness_mixtures
from ganlab.divergences.kernels import checked_bandwidth, kernel_row
from ganlab.divergences.moments import components
from ganlab.divergences.pairwise import gram, quadratic_form, weighted_sums
from ganlab.divergences.plane_mesh import Cells, first_cells, joined
from ganlab.divergences.projections import Slices
from ganlab.divergences.results import Answer

Array = NDArray[np.float64]

FINE, COARSE = 8, 7  # nodes along each side of a cell
FINE_SLICES, COARSE_SLICES = 10, 9
PER_BANDWIDTH = 2.0  # half widths of a cell may not exceed this many bandwidths
MOST_POINTS = 10_000  # of a cubature, and of uploaded samples, which are thinned to it
BINS = 2400  # of a cubature with too many nodes; half as many in a coarse one
SMALLEST = 1e-16  # of the largest mass of a node: less is left out
LEVELS = (np.arange(4000) + 0.5) / 4000  # of quantile functions of points
PICTURE = 1000  # witness functions at more points than this are for pictures: 1e-6 is enough


@dataclass(frozen=True, eq=False)
class Measure:
    """A signed measure: Gaussian components of signed weights, and points x [n, 2] with weights w [n]."""

    gaussians: GaussianMixture | None
    points: Array
    weights: Array


def known(distribution: Distribution) -> bool:
    """Whether it can stand as Gaussians and points."""
    return isinstance(distribution, Samples) or distribution.has_density


def mmd2(p: Distribution, q: Distribution, kernel: str, bandwidth: float) -> Answer:
    """MMD² with its numerical error; DivergenceError for an unknown kernel or bandwidth."""
    row, sigma = kernel_row(kernel), checked_bandwidth(bandwidth)
    if p == q:
        return Answer(0.0)
    one, two = p.gaussian_mixture(), q.gaussian_mixture()
    if one is not None and two is not None:
        value = mmd2_mixtures(one, two, kernel, sigma)
        return Answer(value, ACCURACY * max(row.at_zero, value))
    width = sigma if row.radial and row.has_bandwidth else math.inf
    fine, coarse = (_square(_difference(p, q, nodes, width), kernel, sigma) for nodes in (FINE, COARSE))
    return Answer(max(fine, 0.0), abs(fine - coarse))


def witness(p: Distribution, q: Distribution, points: ArrayLike, kernel: str, bandwidth: float) -> Array:
    """E k(X, ·) − E k(Y, ·) at points [g, 2] -> [g]."""
    row, sigma = kernel_row(kernel), checked_bandwidth(bandwidth)
    at = checked_points("points", points, dim=2)
    one, two = p.gaussian_mixture(), q.gaussian_mixture()
    if one is not None and two is not None:
        return witness_mixtures(at, one, two, kernel, sigma, fine=len(at) <= PICTURE)
    width = sigma if row.radial and row.has_bandwidth else math.inf
    return _mean_at(at, _difference(p, q, FINE, width), kernel, sigma)


# --- measures -------------------------------------------------------------------------------------------------------


def _difference(p: Distribution, q: Distribution, nodes: int, width: float) -> Measure:
    """P − Q."""
    one, two = (_measure(d, nodes, width) for d in (p, q))
    return _joined([one, replace(two, gaussians=_scaled(two.gaussians, -1.0), weights=-two.weights)])


@lru_cache(maxsize=16)
def _measure(distribution: Distribution, nodes: int, width: float) -> Measure:
    parts = []
    for weight, part in components(distribution):
        found = _one(part, nodes, width)
        parts.append(
            replace(found, gaussians=_scaled(found.gaussians, weight), weights=weight * found.weights)
        )
    return _joined(parts)


def _one(part: Distribution, nodes: int, width: float) -> Measure:
    gaussians = part.gaussian_mixture()
    if gaussians is not None:
        return Measure(gaussians, np.empty((0, 2)), np.empty(0))
    if isinstance(part, Samples):
        points = part.points.astype(np.float64)
        step = max(1, math.ceil(len(points) / MOST_POINTS)) * (1 if nodes == FINE else 2)
        points = points[::step]
        return Measure(None, points, np.full(len(points), 1.0 / len(points)))
    return Measure(None, *_cubature(part, nodes, width))


def _scaled(mixture: GaussianMixture | None, factor: float) -> GaussianMixture | None:
    return (
        None
        if mixture is None
        else GaussianMixture(factor * mixture.weights, mixture.means, mixture.covariances)
    )


def _joined(parts: list[Measure]) -> Measure:
    mixtures = [part.gaussians for part in parts if part.gaussians is not None]
    fields = ("weights", "means", "covariances")
    joined = [np.concatenate([getattr(m, name) for m in mixtures]) for name in fields] if mixtures else None
    return Measure(
        None if joined is None else GaussianMixture(*joined),
        np.concatenate([part.points for part in parts]),
        np.concatenate([part.weights for part in parts]),
    )


def _cubature(distribution: Distribution, nodes: int, width: float) -> tuple[Array, Array]:
    """Points [n, 2] and masses [n] (sum 1): nodes of a mesh, gathered into bins where they are too many."""
    points, mass = _nodes(_cells(distribution, nodes, width), distribution, nodes)
    if len(points) > MOST_POINTS:
        points, mass = _gathered(points, mass, BINS if nodes % 2 == 0 else BINS // 2)
    return points, mass / mass.sum()


def _cells(distribution: Distribution, nodes: int, width: float) -> Cells:
    """Cells of at most PER_BANDWIDTH·width, if they are few."""
    cells = first_cells(plane_cover.of_distribution(distribution))
    while (wide := cells.half.max(axis=1) > PER_BANDWIDTH * width).any():
        if (len(cells) + 3 * int(wide.sum())) * nodes**2 > MOST_POINTS:
            break
        cells = joined([cells.take(~wide), cells.take(wide).quartered()])
    return cells


def _nodes(cells: Cells, distribution: Distribution, nodes: int) -> tuple[Array, Array]:
    x, w = np.polynomial.legendre.leggauss(nodes)
    offsets = np.stack(np.meshgrid(x, x, indexing="ij"), axis=-1).reshape(-1, 2)
    points = (cells.centre[:, None] + cells.half[:, None] * offsets).reshape(-1, 2)
    mass = (cells.area[:, None] * np.outer(w, w).ravel()).ravel() * np.exp(distribution.logpdf(points))
    keep = mass > SMALLEST * mass.max()
    return points[keep], mass[keep]


def _gathered(points: Array, mass: Array, most: int) -> tuple[Array, Array]:
    """Four points for every bin of an even grid with mass in it, of the same mass, mean and covariance."""
    low, size = points.min(axis=0), float(np.ptp(points, axis=0).max())
    cells = 512
    while True:  # bins get wider until few enough of them have mass
        index = np.minimum(((points - low) * (cells / size)).astype(np.intp), cells - 1)
        keys, inverse = np.unique(index[:, 0] * cells + index[:, 1], return_inverse=True)
        if len(keys) <= most:
            break
        cells = int(cells * 0.8)

    def total(values: Array) -> Array:
        return np.asarray(np.bincount(inverse, values, minlength=len(keys)), dtype=np.float64)

    sums = total(mass)
    mean = np.stack([total(mass * points[:, k]) for k in (0, 1)], axis=1) / sums[:, None]
    gap = points - mean[inverse]
    entries = [total(mass * gap[:, i] * gap[:, j]) / sums for i, j in ((0, 0), (0, 1), (1, 0), (1, 1))]
    values, vectors = np.linalg.eigh(np.stack(entries, axis=1).reshape(-1, 2, 2))
    arms = math.sqrt(2.0) * np.sqrt(np.maximum(values, 0.0))[:, None, :] * vectors  # columns
    ends = np.concatenate([mean[:, :, None] + arms, mean[:, :, None] - arms], axis=2)
    return ends.transpose(0, 2, 1).reshape(-1, 2), np.repeat(sums / 4, 4)


# --- sums -----------------------------------------------------------------------------------------------------------


def _square(measure: Measure, kernel: str, bandwidth: float) -> float:
    """∫∫ k dμ dμ."""
    total = 0.0
    if len(measure.points):
        matrix = gram(measure.points, measure.points, kernel_row(kernel), bandwidth, np.float64)
        total += quadratic_form(matrix, measure.weights)
    if measure.gaussians is not None:
        total += float(mean_kernels(measure.gaussians, [bandwidth], kernel)[0])
        if len(measure.points):
            crossed = mean_at(measure.points, measure.gaussians, kernel, bandwidth)
            total += 2.0 * float(measure.weights @ crossed)
    return total


def _mean_at(points: Array, measure: Measure, kernel: str, bandwidth: float) -> Array:
    """∫ k(·, y) dμ(y) at points [g, 2] -> [g]."""
    total = np.zeros(len(points))
    if measure.gaussians is not None:
        total += mean_at(points, measure.gaussians, kernel, bandwidth, fine=len(points) <= PICTURE)
    if len(measure.points):
        matrix = gram(points, measure.points, kernel_row(kernel), bandwidth)
        total += weighted_sums(matrix, measure.weights)
    return total


# --- slices ---------------------------------------------------------------------------------------------------------


def slices(p: Distribution, q: Distribution, order: int, theta: Array) -> Slices:
    """W1 or W2 of the projections of weighted points onto angles θ [k], each spread evenly to its neighbours."""
    fine, coarse = (_slices(p, q, order, theta, nodes) for nodes in (FINE_SLICES, COARSE_SLICES))
    return Slices(fine, float(np.abs(fine - coarse).max()))


def _slices(p: Distribution, q: Distribution, order: int, theta: Array, nodes: int) -> Array:
    sides = [_points(d, nodes) for d in (p, q)]
    found = []
    for angle in theta:
        u = np.array([math.cos(angle), math.sin(angle)])
        x, y = (_quantiles(points @ u, weights) for points, weights in sides)
        found.append(float(np.mean(np.abs(x - y) ** order)) ** (1 / order))
    return np.array(found)


def _points(distribution: Distribution, nodes: int) -> tuple[Array, Array]:
    if isinstance(distribution, Samples) or not distribution.has_density:
        found = _measure(distribution, FINE if nodes == FINE_SLICES else COARSE, math.inf)
        return found.points, found.weights
    return _cubature(distribution, nodes, math.inf)


def _quantiles(places: Array, weights: Array) -> Array:
    """Places at `LEVELS`: half of the mass of a point lies on each side of it."""
    order = np.argsort(places)
    mass = weights[order]
    return np.interp(LEVELS, np.cumsum(mass) - mass / 2, places[order])
