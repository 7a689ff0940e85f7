"""Distances on the line where a side is known by its points only: uploaded data, alone or in a mixture.

Such a distribution is exactly that of its points, each of equal weight; that is compared, not what the points may
have been drawn from (`ganlab.divergences.estimators` is about that). F jumps at every point, which W1 and the energy
distance take as edges of panels; W2 needs the coupling, MMD² a sum over points and, for a density, over its nodes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ganlab.distributions import Distribution, Samples
from ganlab.divergences import coupling, far, grid, infinite
from ganlab.divergences.grid import GAUSS, KRONROD, Panels
from ganlab.divergences.kernel_means import DEGREES
from ganlab.divergences.kernels import Kernel
from ganlab.divergences.moments import components
from ganlab.divergences.profile import Features, beyond, features, join, line, mesh
from ganlab.divergences.results import Answer

if TYPE_CHECKING:
    from ganlab.divergences.line import LinePair

Array = NDArray[np.float64]

_LEVELS = 1 << 15  # of the midpoint rule between two mixtures of points and densities
_MOST = 4_000  # points in a double sum; of more, evenly spaced order statistics are taken
_ROWS = 1_000
_PANELS = 300  # of a density: a kernel too narrow for them is not resolved, and the error says so
_TOLERANCE = 1e-10
_LEAST = 2.0**-53  # levels nearer to 0 or 1 are not floats


# --- W2 -----------------------------------------------------------------------------------------------------------


def w2_squared(pair: LinePair) -> grid.Integral:
    """∫ (F⁻¹ − G⁻¹)² du: over the density of one side where there is one, else level by level."""
    if pair.p.has_density or pair.q.has_density:
        return _onto_density(pair, *((pair.q, pair.p) if pair.p.has_density else (pair.p, pair.q)))
    levels = _jumps(pair.p), _jumps(pair.q)
    if levels[0] is not None and levels[1] is not None:
        edges = np.unique(np.concatenate([[0.0], levels[0], levels[1]]))
        middle = (edges[1:] + edges[:-1]) / 2  # both quantile functions are constant between two levels
        gap = np.square(pair.p.quantile(middle) - pair.q.quantile(middle))
        return grid.Integral(float(gap @ np.diff(edges)), grid.ROUNDING * float(gap.max()))
    coarse, fine = (_midpoint(pair, count) for count in (_LEVELS // 2, _LEVELS))
    return grid.Integral(fine, 2.0 * abs(fine - coarse))


def _jumps(p: Distribution) -> Array | None:
    """The levels at which the quantile function of pure points jumps; None for a mixture."""
    return p.cdf(np.unique(_points(p))) if isinstance(p, Samples) else None


def _points(p: Samples) -> Array:
    return p.points[:, 0].astype(np.float64)


def _midpoint(pair: LinePair, count: int) -> float:
    levels = (np.arange(count) + 0.5) / count
    return float(np.mean(np.square(pair.p.quantile(levels) - pair.q.quantile(levels))))


@dataclass(frozen=True, eq=False)
class Costs:
    """(F⁻¹(G(y)) − y)² g(y) at the nodes of panels of y [n, 15]."""

    panels: Panels
    costs: Array

    def take(self, index: grid.Index) -> Costs:
        return Costs(self.panels.take(index), self.costs[index])

    def joined(self, others: Sequence[Costs]) -> Costs:
        """The panels of all, ascending."""
        panels, order = Panels.joined([c.panels for c in (self, *others)])
        return Costs(panels, np.concatenate([c.costs for c in (self, *others)])[order])


def _onto_density(pair: LinePair, rough: Distribution, smooth: Distribution) -> grid.Integral:
    """∫ (F⁻¹(G(y)) − y)² g(y) dy, with an edge wherever F⁻¹ ∘ G jumps or F does."""
    function = line(smooth)

    def sample(panels: Panels) -> Costs:
        levels = np.clip(function.below(panels.x), _LEAST, 1.0 - _LEAST)
        x = rough.quantile(levels.ravel()).reshape(levels.shape)
        return Costs(panels, np.square(x - panels.x) * np.exp(function.log_density(panels.x)))

    mesh_edges = coupling.edges(pair, smooth, function)
    atoms = np.unique(
        np.concatenate([_points(part) for _, part in components(rough) if isinstance(part, Samples)])
    )
    levels = np.unique(np.concatenate([rough.cdf(atoms), rough.cdf(np.nextafter(atoms, -np.inf))]))
    cuts = coupling.quantiles(smooth, function, levels[(levels > 0.0) & (levels < 1.0)])
    edges = np.unique(np.concatenate([mesh_edges, np.clip(cuts, mesh_edges[0], mesh_edges[-1])]))
    found = grid.integrate(lambda c: c.costs, sample(grid.panels_between(edges)), sample, _TOLERANCE)
    for edge, rate in zip((edges[0], edges[-1]), coupling.cost_rates(pair), strict=True):
        if rate < math.inf:
            found += far.rest(lambda y: np.log(sample(Panels(y, y)).costs[:, 7]), float(edge), rate)
    return found


# --- MMD² -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Measure:
    """Points and nodes x [n] with the weights of P − Q: `weights` by the better rule, `rough` by a poorer one."""

    x: Array
    weights: Array
    rough: Array


def mmd2(pair: LinePair, kernel: Kernel, bandwidth: float) -> Answer:
    """Σᵢⱼ aᵢaⱼ k(xᵢ, xⱼ) over points and nodes of densities; its error is what a poorer choice of both changes."""
    if not kernel.radial:
        trouble = infinite.moment(pair, DEGREES[kernel.name], "this MMD")
        if trouble is not None:
            return trouble
    found = _measure(pair, bandwidth)
    value, check = (_quadratic(found.x, w, kernel, bandwidth) for w in (found.weights, found.rough))
    return Answer(
        max(value, 0.0), abs(value - check) + grid.ROUNDING * float(np.abs(found.weights).sum()) ** 2
    )


def witness(pair: LinePair, x: Array, kernel: Kernel, bandwidth: float) -> Array:
    """E k(X, x) − E k(Y, x) at x [n] -> [n]."""
    found = _measure(pair, bandwidth)
    rows = range(0, len(x), _ROWS)
    blocks = [kernel.of(x[i : i + _ROWS], found.x, bandwidth) @ found.weights for i in rows]
    return np.concatenate(blocks)


def _measure(pair: LinePair, bandwidth: float) -> Measure:
    parts = [
        (sign * weight, *_discrete(part, bandwidth))
        for sign, side in ((1.0, pair.p), (-1.0, pair.q))
        for weight, part in components(side)
    ]
    return Measure(
        np.concatenate([x for _, x, _, _ in parts]),
        np.concatenate([weight * fine for weight, _, fine, _ in parts]),
        np.concatenate([weight * rough for weight, _, _, rough in parts]),
    )


def _discrete(part: Distribution, bandwidth: float) -> tuple[Array, Array, Array]:
    """Places and two choices of weights [n]: all points or every other, Kronrod's rule or Gauss's."""
    if isinstance(part, Samples):
        points = np.sort(_points(part))
        if len(points) <= _MOST:
            equal = np.full(len(points), 1.0 / len(points))
            return points, equal, equal
        thinned = points[((np.arange(_MOST) + 0.5) * (len(points) / _MOST)).astype(np.intp)]
        return thinned, np.full(_MOST, 1.0 / _MOST), np.where(np.arange(_MOST) % 2 == 0, 2.0 / _MOST, 0.0)
    low, middle, high = (float(x) for x in part.quantile([0.25, 0.5, 0.75]))
    width = max(3.0 * bandwidth, 20.0 * (high - low) / _PANELS)  # as narrow as the kernel, in bounds
    fine = Features(
        np.empty(0), np.empty(0), beyond(middle, width, 10.0, high - low)[None, :], np.empty((0, 2))
    )
    panels = mesh(join([features(part), fine]))
    density = np.exp(line(part).log_density(panels.x)) * panels.half[:, None]
    return panels.x.ravel(), (density * KRONROD).ravel(), (density * GAUSS).ravel()


def _quadratic(x: Array, weights: Array, kernel: Kernel, bandwidth: float) -> float:
    """aᵀKa, rows by rows."""
    rows = range(0, len(x), _ROWS)
    return math.fsum(
        float(weights[i : i + _ROWS] @ (kernel.of(x[i : i + _ROWS], x, bandwidth) @ weights)) for i in rows
    )
