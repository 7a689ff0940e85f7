"""Wasserstein distances from samples.

Symbols: f, g the Kantorovich potentials of the empirical problem. They are its influence functions: the cost changes
with the weight of a point as they do, so that Var(cost) ≈ Var(f)/n + Var(g)/m where P ≠ Q (del Barrio and Loubes
2019; for the entropic cost del Barrio, González-Sanz, Loubes and Niles-Weed 2023). When P = Q their sample variance
counts twice what is left at second order, and the interval is conservative.

A squared distance between samples is too large on average. Its bias is that of two samples of P plus that of two
samples of Q, halved; two halves of one sample show it: with half the points and noise on both sides it is four times
that of one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np

from ganlab.distributions import Distribution
from ganlab.divergences import gaussian
from ganlab.divergences.estimators.base import (
    ESTIMATORS,
    Array,
    Estimate,
    Estimator,
    Options,
    reach,
    squared,
    variance_of_mean,
)
from ganlab.divergences.estimators.histogram import HALF_NORMAL_MEAN, unfolded
from ganlab.divergences.pair import Pair
from ganlab.divergences.sinkhorn import sinkhorn
from ganlab.divergences.transport import assignment, line_transport, sliced_transport, sliced_w2

QUANTILES = 300  # equal masses that stand for a distribution on the line in its Sinkhorn divergence

HALF_NORMAL_REACH = 2.809  # 97.5 % quantile of |Z|, in units of its mean


def _half_width(f: Array, g: Array) -> float:
    return reach(min(len(f), len(g)) - 1) * math.sqrt(variance_of_mean(f) + variance_of_mean(g))


def _rooted(cost: float, bias: float, f: Array, g: Array) -> Estimate:
    """A distance and its interval, both the root of those of the squared distance."""
    variance = variance_of_mean(f) + variance_of_mean(g)
    ends = squared(cost, cost - bias, variance, df=min(len(f), len(g)) - 1)
    return Estimate(math.sqrt(max(cost, 0.0)), math.sqrt(max(ends.low, 0.0)), math.sqrt(max(ends.high, 0.0)))


def _bias(x: Array, y: Array, cost: Callable[[Array, Array], float]) -> float:
    """Bias of a squared distance between the samples, from the halves of each (every second point)."""
    halves = []
    for points in (x, y):
        half = len(points) // 2
        halves.append(cost(points[: 2 * half : 2], points[1 : 2 * half : 2]))
    return sum(halves) / 4


def w1_line(x: Array, y: Array, options: Options) -> Estimate:
    """∫ |F̂ − Ĝ|, its bias by unfolding |F̂ − Ĝ| at every point, as for total variation."""
    n, m = len(x), len(y)
    plan = line_transport(x, y, order=1)
    at = np.sort(np.concatenate([x[:, 0], y[:, 0]]))
    below_x, below_y = (np.searchsorted(np.sort(s[:, 0]), at[:-1], side="right") for s in (x, y))
    p, q = below_x / n, below_y / m
    noise = np.sqrt(p * (1 - p) / n + q * (1 - q) / m)
    gap = np.divide(np.abs(p - q), noise, out=np.zeros_like(p), where=noise > 0.0)
    centre = float(np.dot(np.diff(at), unfolded(gap) * noise))
    half = _half_width(plan.potential_x, plan.potential_y)
    null_mean = HALF_NORMAL_MEAN * float(np.dot(np.diff(at), noise))
    unclear = plan.distance <= HALF_NORMAL_REACH * null_mean
    return Estimate(plan.distance, 0.0 if unclear else max(centre - half, 0.0), centre + half)


def w2_line(x: Array, y: Array, options: Options) -> Estimate:
    """The root of ∫ (F̂⁻¹ − Ĝ⁻¹)²."""
    plan = line_transport(x, y, order=2)
    bias = _bias(x, y, lambda a, b: line_transport(a, b, order=2).cost)
    return _rooted(plan.cost, bias, plan.potential_x, plan.potential_y)


def w2_assigned(x: Array, y: Array, options: Options) -> Estimate:
    """The cheapest one-to-one assignment of the first min(n, m) points of each."""
    count = min(len(x), len(y))
    x, y = x[:count], y[:count]
    plan = assignment(x, y, order=2)
    bias = _bias(x, y, lambda a, b: assignment(a, b, order=2).cost)
    return _rooted(plan.cost, bias, plan.potential_x, plan.potential_y)


def even_directions(count: int) -> Array:
    """`count` unit vectors [count, 2], evenly spaced over half a circle."""
    angles = np.arange(count) * (math.pi / count)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def w2_sliced(x: Array, y: Array, options: Options) -> Estimate:
    """The root of the mean W2² of the projections."""
    theta = even_directions(options.directions)
    plan = sliced_transport(x, y, theta)
    bias = _bias(x, y, lambda a, b: sliced_w2(a, b, theta) ** 2)
    return _rooted(plan.distance**2, bias, plan.potential_x, plan.potential_y)


def w2_sinkhorn(x: Array, y: Array, options: Options) -> Estimate:
    """The root of the Sinkhorn divergence."""
    epsilon = options.blur**2
    plan = sinkhorn(x, y, epsilon, tolerance=1e-5)
    bias = _bias(x, y, lambda a, b: sinkhorn(a, b, epsilon, tolerance=1e-5).divergence)
    return _rooted(plan.divergence, bias, plan.potential_x, plan.potential_y)


# --- the Sinkhorn divergence of two distributions ---------------------------------------------------------------


def gaussian_sinkhorn(pair: Pair, epsilon: float) -> float | None:
    """S_ε between two Gaussians; None for other distributions."""
    p, q = gaussian.single(pair.p), gaussian.single(pair.q)
    return None if p is None or q is None else gaussian.sinkhorn_divergence(*p, *q, epsilon)


def _sinkhorn_aim(pair: Pair, options: Options, x: Array, y: Array) -> float | None:
    exact = gaussian_sinkhorn(pair, options.blur**2)
    if exact is None and pair.dim == 1:
        exact = _line_sinkhorn(pair.p, pair.q, options.blur**2)
    return None if exact is None else math.sqrt(max(exact, 0.0))


@lru_cache(maxsize=32)
def _line_sinkhorn(p: Distribution, q: Distribution, epsilon: float) -> float:
    """S_ε between distributions on the line, each replaced by equal masses at its quantiles."""
    levels = (np.arange(QUANTILES) + 0.5) / QUANTILES
    x, y = (side.quantile(levels)[:, None] for side in (p, q))
    return sinkhorn(x, y, epsilon).divergence


# --- the rows -----------------------------------------------------------------------------------------------------

POTENTIALS = (
    "Variance of the Kantorovich potentials, by the delta method that of the distance, around the squared distance "
    "less its bias (from halves of each sample); conservative when P = Q."
)

ESTIMATORS.add(
    Estimator(
        name="w1_sorted",
        label="W1, sorted",
        target="w1",
        about="The exact distance between the samples: the area between their distribution functions.",
        method="Variance of the Kantorovich potentials, centred on the area that explains the observed one (a "
        "folded normal at every point); reaches down to 0 where noise alone would explain the value, as when"
        " P = Q.",
        source="Vallender 1974; del Barrio, Giné and Matrán 1999",
        compute=w1_line,
        units="x",
        dims=(1,),
        least=4,
    )
)

ESTIMATORS.add(
    Estimator(
        name="w2_sorted",
        label="W2, sorted",
        target="w2",
        about="The exact distance between the samples: the i-th smallest point of P goes to the i-th smallest of Q.",
        method=POTENTIALS,
        source="del Barrio and Loubes 2019; del Barrio, Gordaliza and Loubes 2019",
        compute=w2_line,
        units="x",
        dims=(1,),
        least=4,
    )
)

ESTIMATORS.add(
    Estimator(
        name="w2_assignment",
        label="W2, assignment",
        target="w2",
        about="The exact distance between the samples: the cheapest way to give every point of P a point of Q. Too "
        "large in small samples, the more so in more dimensions.",
        method=POTENTIALS,
        source="Kuhn 1955; del Barrio and Loubes 2019",
        compute=w2_assigned,
        units="x",
        dims=(2,),
        least=4,
        most=300,
        limit=1_000,
    )
)

ESTIMATORS.add(
    Estimator(
        name="w2_sinkhorn",
        label="W2, Sinkhorn divergence",
        target="w2",
        about="Transport with a blur of √ε, less that of each sample with itself: faster to converge than W2 and "
        "close to it for a small blur.",
        method=POTENTIALS,
        source="Cuturi 2013; Feydy et al. 2019; del Barrio, González-Sanz, Loubes and Niles-Weed 2023",
        compute=w2_sinkhorn,
        approaches=_sinkhorn_aim,
        covers="the root of the Sinkhorn divergence of the densities",
        units="x",
        least=4,
        most=200,
        limit=2_000,
    )
)

ESTIMATORS.add(
    Estimator(
        name="sliced_w2_sorted",
        label="Sliced W2, sorted",
        target="sliced_w2",
        about="The root mean square of the exact distances between projections: fast at any n, and 1/√2 of W2 for a"
        " shift in the plane.",
        method=POTENTIALS,
        source="Rabin et al. 2011; Manole, Balakrishnan and Wasserman 2022",
        compute=w2_sliced,
        units="x",
        dims=(2,),
        least=4,
        most=3_000,
    )
)
