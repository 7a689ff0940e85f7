"""Optimal transport between two samples: on the line, over slices, one to one, and the lines to draw.

Symbols: x [n, d] from P, y [m, d] from Q, all points of one sample of equal weight; c = ‖x−y‖^p the cost, p = `order`.
Distances are distances (W2, not W2²), in the units of the data.

Potentials f [n], g [m] solve the dual: f_i + g_j ≤ c_ij everywhere, with equality where mass moves, and
mean f + mean g = W_p^p. They say how the cost changes with the weight of a point, so Var(W_p^p) ≈ Var(f)/n + Var(g)/m
where P ≠ Q (del Barrio and Loubes 2019).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from ganlab.divergences.checks import checked_whole
from ganlab.divergences.from_samples import checked_pair, checked_points
from ganlab.divergences.results import DivergenceError

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

MOST_ASSIGNED = 1000  # the assignment takes n³: 0.05 s here, a minute at 10,000
SLACK = 1e-13  # a shortest way shorter by less than this part of the costs is rounding


@dataclass(frozen=True, eq=False)
class Transport:
    """`distance` W_p, `cost` W_p^p, potentials f [n] and g [m]; pairs (i, j) between which `mass` moves, each [k]."""

    distance: float
    cost: float
    potential_x: Array
    potential_y: Array
    i: Indices
    j: Indices
    mass: Array


@dataclass(frozen=True, eq=False)
class SlicedTransport:
    """`distance`: the p-th root of the mean of `each`^p, the W_p along every direction [k]; potentials averaged."""

    distance: float
    each: Array
    potential_x: Array
    potential_y: Array


@dataclass(frozen=True, eq=False)
class Lines:
    """Ways of an optimal plan: from `start` [k, d] of x to `end` [k, d] of y, with `mass` [k] (sum 1)."""

    start: Array
    end: Array
    mass: Array


def checked_order(order: int) -> int:
    """1 or 2; DivergenceError otherwise."""
    if order not in (1, 2):
        raise DivergenceError(f"order: should be 1 or 2. Received {order}.")
    return order


# --- on the line --------------------------------------------------------------------------------------------------


def _coupling(n: int, m: int) -> tuple[Indices, Indices, Array]:
    """The monotone coupling of n and m equal weights: indices i, j into the sorted samples and the mass of
    each pair.

    Both quantile functions are steps, so between two neighbouring levels of {i/n} ∪ {j/m} both are constant
    and the integral over levels is a finite sum. Levels are counted in units of 1/(n·m), where they are
    whole numbers.
    """
    levels = np.union1d(np.arange(n + 1) * m, np.arange(m + 1) * n)
    low = levels[:-1]
    return low // m, low // n, np.diff(levels) / (n * m)


def w1(x: ArrayLike, y: ArrayLike) -> float:
    """Wasserstein-1 distance between two samples on the line, exact, in the units of the data; any sizes."""
    x, y = checked_points("x", x, dim=1)[:, 0], checked_points("y", y, dim=1)[:, 0]
    i, j, mass = _coupling(len(x), len(y))
    return float(np.dot(mass, np.abs(np.sort(x)[i] - np.sort(y)[j])))


def w1_to_quantiles(x: ArrayLike, quantile: Callable[[Array], Array]) -> float:
    """Wasserstein-1 distance between a sample [n] on the line and a distribution given by its quantile
    function.

    W1 = ∫₀¹ |F̂⁻¹(u) − F⁻¹(u)| du by the midpoint rule on the n levels (i − ½)/n of the sorted sample. The
    error is at most the W1 between the distribution and its own n midpoints, about (F⁻¹(1 − 1/2n) −
    F⁻¹(1/2n))/4n: 7e-4 σ for a normal and n = 2,500, thirty times below the sampling noise. It is finite
    even where W1 is not (Cauchy), and grows with n there.
    """
    x = np.sort(checked_points("x", x, dim=1)[:, 0])
    levels = (np.arange(len(x)) + 0.5) / len(x)
    return float(np.abs(x - np.asarray(quantile(levels), dtype=np.float64)).mean())


def line_transport(x: ArrayLike, y: ArrayLike, order: int = 1) -> Transport:
    """The optimal plan between two samples on the line, exact for any sizes; indices are those of x and y as given."""
    a, b = checked_points("x", x, dim=1)[:, 0], checked_points("y", y, dim=1)[:, 0]
    checked_order(order)
    rank_a, rank_b = np.argsort(a, kind="stable"), np.argsort(b, kind="stable")
    i, j, mass = _coupling(len(a), len(b))
    f, g = _line_potentials(a[rank_a], b[rank_b], i, j, order)
    cost = float(mass @ np.abs(a[rank_a][i] - b[rank_b][j]) ** order)
    shift = (cost - float(f.mean() + g.mean())) / 2  # 0 but for rounding
    potential_x, potential_y = np.empty_like(f), np.empty_like(g)
    potential_x[rank_a], potential_y[rank_b] = f + shift, g + shift
    return Transport(cost ** (1 / order), cost, potential_x, potential_y, rank_a[i], rank_b[j], mass)


def _line_potentials(x: Array, y: Array, i: Indices, j: Indices, order: int) -> tuple[Array, Array]:
    """f [n] and g [m] of sorted samples along the staircase (i, j) of the monotone coupling.

    Equality along the staircase fixes every step: f grows by c(i+1, j) − c(i, j) where i advances, g likewise. Where
    both advance at once the corner between may be cut either way (for a convex cost both are feasible), and the mean
    of the two ways is taken.
    """

    def cost(rows: Indices, columns: Indices) -> Array:
        return np.asarray(np.abs(x[rows] - y[columns]) ** order)

    before, after = (i[:-1], j[:-1]), (i[1:], j[1:])
    low = cost(before[0], before[1])
    right, up, high = cost(after[0], before[1]), cost(before[0], after[1]), cost(*after)
    both = (after[0] > before[0]) & (after[1] > before[1])
    f_step = np.where(both, (right - low + high - up) / 2, right - low)
    g_step = np.where(both, (up - low + high - right) / 2, up - low)
    f_path = np.concatenate([[0.0], np.cumsum(f_step)])
    g_path = np.concatenate([[0.0], np.cumsum(g_step)]) + cost(i[:1], j[:1])
    f, g = np.empty(len(x)), np.empty(len(y))
    f[i], g[j] = f_path, g_path
    return _centred(f, g)


def _centred(f: Array, g: Array) -> tuple[Array, Array]:
    """The same with equal means: a constant may go from one to the other."""
    shift = (g.mean() - f.mean()) / 2
    return f + shift, g - shift


# --- slices -------------------------------------------------------------------------------------------------------


def directions(k: int, dim: int, rng: np.random.Generator) -> Array:
    """k unit vectors [k, dim], each uniform over directions.

    In the plane they are equally spaced over the half circle from a random start: then a mere shift, whose
    projections are a cosine, is measured exactly for k ≥ 2.
    """
    checked_whole("k", k, 1)
    checked_whole("dim", dim, 1)
    if dim == 2:
        angles = math.pi * (np.arange(k) + rng.random()) / k
        return np.stack([np.cos(angles), np.sin(angles)], axis=1)
    vectors = rng.standard_normal((k, dim))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def sliced_w2(x: ArrayLike, y: ArrayLike, directions: ArrayLike) -> float:
    """Sliced Wasserstein-2 distance (the root), in the units of the data; any sizes.

    SW2² is the mean over directions θ of the exact W2² of the projections ⟨θ, x⟩, ⟨θ, y⟩ (Rabin et al.
    2011). A shift by t in d dimensions gives |t|/√d, not |t|.
    """
    x, y = checked_pair(x, y)
    theta = checked_points("directions", directions, dim=x.shape[1])
    px, py = np.sort(theta @ x.T, axis=1), np.sort(theta @ y.T, axis=1)
    if len(x) == len(y):
        return math.sqrt(float(np.square(px - py).mean()))
    i, j, mass = _coupling(len(x), len(y))
    return math.sqrt(float((np.square(px[:, i] - py[:, j]) @ mass).mean()))


def sliced_transport(x: ArrayLike, y: ArrayLike, directions: ArrayLike, order: int = 2) -> SlicedTransport:
    """Sliced Wasserstein distance with the W_p of every direction [k, d] and potentials averaged over directions."""
    a, b = checked_pair(x, y)
    theta = checked_points("directions", directions, dim=a.shape[1])
    slices = [line_transport(a @ t, b @ t, order) for t in theta]
    cost = float(np.mean([s.cost for s in slices]))
    return SlicedTransport(
        cost ** (1 / order),
        np.array([s.distance for s in slices]),
        np.mean([s.potential_x for s in slices], axis=0),
        np.mean([s.potential_y for s in slices], axis=0),
    )


# --- one to one ---------------------------------------------------------------------------------------------------


def costs(x: Array, y: Array, order: int) -> Array:
    """‖xᵢ−yⱼ‖^p [n, m]."""
    metric = "euclidean" if order == 1 else "sqeuclidean"
    return np.asarray(scipy.spatial.distance.cdist(x, y, metric))


def assignment(x: ArrayLike, y: ArrayLike, order: int = 2) -> Transport:
    """The optimal plan between equally many points, at most 1,000: exactly one to one (Birkhoff).

    The potentials are shortest ways in the graph of exchanges (the LP's dual at the optimal assignment).
    """
    a, b = checked_pair(x, y)
    checked_order(order)
    if len(a) != len(b) or len(a) > MOST_ASSIGNED:
        raise DivergenceError(
            f"x, y: should have equally many points, at most {MOST_ASSIGNED}. Received {len(a)} and {len(b)}."
        )
    cost = costs(a, b, order)
    rows, columns = scipy.optimize.linear_sum_assignment(cost)
    f, g = _assignment_potentials(cost, columns)
    total = float(cost[rows, columns].mean())
    return Transport(total ** (1 / order), total, f, g, rows, columns, np.full(len(a), 1 / len(a)))


def _assignment_potentials(cost: Array, columns: Indices) -> tuple[Array, Array]:
    """f, g with f_i + g_j ≤ c_ij, equality where j = columns[i].

    With g eliminated f_i − f_k ≤ w_ki = c(i, σk) − c(k, σk): f is a system of shortest ways in a graph without
    negative cycles (σ is optimal). Ways into every point, and ways out of it with the opposite sign, are the two ends
    of what is feasible; their mean is feasible too and favours neither side.
    """
    matched = cost[np.arange(len(cost)), columns]
    weights = (cost[:, columns] - matched).T  # [k, i]: what it costs more when i takes what k has
    f = (_shortest(weights) - _shortest(weights.T)) / 2
    g = np.empty_like(f)
    g[columns] = matched - f
    return _centred(f, g)


def _shortest(weights: Array) -> Array:
    """Length of the shortest way to each node from any node [n]: Bellman and Ford, all edges at once."""
    ways = np.minimum(weights.min(axis=0), 0.0)
    slack = SLACK * float(np.abs(weights).max(initial=0.0))
    for _ in range(len(weights)):
        shorter = (ways[:, None] + weights).min(axis=0)
        if not np.any(shorter < ways - slack):
            break
        ways = np.minimum(ways, shorter)
    return ways


# --- to draw ------------------------------------------------------------------------------------------------------


def plan_lines(x: ArrayLike, y: ArrayLike, order: int = 2, most: int = 200) -> Lines:
    """Ways of an optimal plan between samples of the plane or the line, about `most` of them.

    Beyond the line samples are thinned evenly to equally many points, `most` at most, and assigned one to one.
    """
    a, b = checked_pair(x, y)
    checked_whole("most", most, 1, MOST_ASSIGNED)
    count = min(len(a), len(b), most)
    a, b = thinned(a, count), thinned(b, count)
    plan = line_transport(a, b, order) if a.shape[1] == 1 else assignment(a, b, order)
    return Lines(a[plan.i], b[plan.j], plan.mass)


def thinned(points: Array, count: int) -> Array:
    """`count` of the points, evenly spaced over their order."""
    keep = (np.arange(count) * len(points)) // count
    return points[keep]
