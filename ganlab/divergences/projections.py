"""Projections of Gaussian mixtures onto lines, and the Wasserstein distances of many of them at once.

A projection is a mixture of normals. Its distribution function F is known at nodes x_i, spaced by a fraction of the
narrowest component that is near, and its slope is the density; between nodes F and F⁻¹ are cubics with the right values
and slopes at both ends (F⁻¹ over the logarithm of its level).

W1 = ∫|F − G| dx over the nodes of both, cut where the cubic of F − G has its root. W2² = ∫(F⁻¹ − G⁻¹)² du over the
levels of both: two neighbouring levels hold both quantile functions between two of their nodes, and a gap between
modes is a step between levels that are equal. Levels are counted from the nearer end, u or 1 − u, so that the tails
keep their digits.

Symbols: weights [K], means and standard deviations [K] of a projection, u = F(x), h a distance of nodes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from ganlab.distributions import Distribution, GaussianMixture, Mixture, Normal

Array = NDArray[np.float64]

REACH = 7.0  # standard deviations that have nodes
FAR = 9.0  # 1e-19 of a normal lies beyond
ROOT = math.sqrt(2 * math.pi)
PER_DEVIATION = 12.0  # nodes
ORDER = 4  # half as many nodes make the error 2⁴ times as large
CHECKED = 3  # directions that are computed again with half as many nodes, for the error
X, W = np.polynomial.legendre.leggauss(4)  # the square of a cubic has degree 6
STEPS = 30  # of bisection: an error of 1e-9 in a root is one of 1e-18 in an integral
HALF = math.log(0.5)
SMALLEST = 1e-300


@dataclass(frozen=True, eq=False)
class Slices:
    """W_p along every direction [k], and the largest numerical error among them (estimated)."""

    distances: Array
    error: float


@dataclass(frozen=True, eq=False)
class Normals:
    """A mixture of normals on the line."""

    weights: Array
    means: Array
    stds: Array

    def values(self, x: Array) -> tuple[Array, Array, Array]:
        """F, 1 − F and the density at ascending x [n]; beyond FAR standard deviations a component is 0 or 1."""
        below, above, density = np.zeros(len(x)), np.zeros(len(x)), np.zeros(len(x))
        for weight, mean, std in zip(self.weights, self.means, self.stds, strict=True):
            first, last = np.searchsorted(x, [mean - FAR * std, mean + FAR * std])
            z = (x[first:last] - mean) / std
            below[first:last] += weight * scipy.special.ndtr(z)
            above[first:last] += weight * scipy.special.ndtr(-z)
            density[first:last] += weight / (std * ROOT) * np.exp(-np.square(z) / 2)
            below[last:] += weight
            above[:first] += weight
        return below, above, density

    def nodes(self, per_deviation: float) -> Array:
        """Where mass is, so close that the narrowest component within reach is resolved.

        The density of nodes is a step function of x; its integral is turned around.
        """
        ends = np.concatenate([self.means - REACH * self.stds, self.means + REACH * self.stds])
        edges = np.unique(ends)
        middle = (edges[:-1] + edges[1:]) / 2
        near = np.abs(middle - self.means[:, None]) < REACH * self.stds[:, None]
        rate = np.where(near, per_deviation / self.stds[:, None], 0.0).max(axis=0)
        count = np.concatenate([[0.0], np.cumsum(rate * np.diff(edges))])
        inner = np.interp(np.linspace(0.0, count[-1], math.ceil(count[-1]) + 1), count, edges)
        return np.unique(np.concatenate([edges, inner]))


def along(mixture: GaussianMixture, theta: float) -> Normals:
    """The projection onto (cos θ, sin θ)."""
    u = np.array([math.cos(theta), math.sin(theta)])
    return Normals(
        mixture.weights, mixture.means @ u, np.sqrt(np.einsum("i,kij,j->k", u, mixture.covariances, u))
    )


def on_line(mixture: GaussianMixture, theta: float) -> Distribution:
    """The projection as a distribution; DistributionError where it leaves the range of its family."""
    found = along(mixture, theta)
    parts = tuple(Normal(float(m), float(s)) for m, s in zip(found.means, found.stds, strict=True))
    return parts[0] if len(parts) == 1 else Mixture(tuple(float(w) for w in found.weights), parts)


def slices(p: GaussianMixture, q: GaussianMixture, order: int, theta: Array) -> Slices:
    """W1 or W2 of the projections onto angles θ [k]."""
    distance = w1 if order == 1 else w2
    pairs = [(along(p, float(t)), along(q, float(t))) for t in theta]
    found = np.array([distance(a, b, PER_DEVIATION) for a, b in pairs])
    checked = np.unique(np.linspace(0, len(pairs) - 1, min(CHECKED, len(pairs))).astype(int))
    coarse = [distance(pairs[i][0], pairs[i][1], PER_DEVIATION / 2) for i in checked]
    return Slices(found, float(np.abs(found[checked] - coarse).max()) / (2**ORDER - 1))


# --- one direction --------------------------------------------------------------------------------------------------


def w1(p: Normals, q: Normals, per_deviation: float = PER_DEVIATION) -> float:
    """∫|F − G| dx."""
    x = np.union1d(p.nodes(per_deviation), q.nodes(per_deviation))
    (f, f_above, dp), (g, g_above, dq) = p.values(x), q.values(x)
    gap = np.where(f + g < 1.0, f - g, g_above - f_above)
    return float(_absolute(gap, dp - dq, np.diff(x)).sum())


def _absolute(values: Array, slopes: Array, h: Array) -> Array:
    """∫|·| over every interval [n − 1] of the cubic with these values and slopes [n] at its ends."""
    c = _cubic(values[:-1], values[1:], slopes[:-1] * h, slopes[1:] * h)
    root = _root(c, values[:-1], values[1:])
    first, whole = _primitive(c, root), _primitive(c, np.ones_like(root))
    return np.asarray(h * (np.abs(first) + np.abs(whole - first)))


def _cubic(low: Array, high: Array, at_low: Array, at_high: Array) -> tuple[Array, Array, Array, Array]:
    """Coefficients of the cubic in t ∈ [0, 1] with these values and slopes at its ends."""
    rise = high - low
    return low, at_low, 3.0 * rise - 2.0 * at_low - at_high, at_low + at_high - 2.0 * rise


def _value(c: tuple[Array, Array, Array, Array], t: Array) -> Array:
    return c[0] + t * (c[1] + t * (c[2] + t * c[3]))


def _primitive(c: tuple[Array, Array, Array, Array], t: Array) -> Array:
    return t * (c[0] + t * (c[1] / 2 + t * (c[2] / 3 + t * c[3] / 4)))


def _root(c: tuple[Array, Array, Array, Array], low: Array, high: Array) -> Array:
    """The root in [0, 1] where the ends have different signs; 1 elsewhere."""
    found = np.ones_like(low)
    mixed = np.flatnonzero(low * high < 0.0)
    part = c[0][mixed], c[1][mixed], c[2][mixed], c[3][mixed]
    a, b, sign = np.zeros(len(mixed)), np.ones(len(mixed)), np.sign(low[mixed])
    for _ in range(STEPS):
        t = (a + b) / 2
        before = _value(part, t) * sign > 0.0
        a, b = np.where(before, t, a), np.where(before, b, t)
    found[mixed] = (a + b) / 2
    return found


def w2(p: Normals, q: Normals, per_deviation: float = PER_DEVIATION) -> float:
    """√∫(F⁻¹ − G⁻¹)² du, the lower half of the levels from the left and the upper half from the right."""
    x, y = p.nodes(per_deviation), q.nodes(per_deviation)
    (f, f_above, dp), (g, g_above, dq) = p.values(x), q.values(y)
    left = _half(Curve.of(f, x, dp), Curve.of(g, y, dq))
    right = _half(Curve.of(f_above[::-1], -x[::-1], dp[::-1]), Curve.of(g_above[::-1], -y[::-1], dq[::-1]))
    return math.sqrt(max(left + right, 0.0))


@dataclass(frozen=True, eq=False)
class Curve:
    """A quantile function over s = log u, in which a tail is as smooth as the middle: s [n], x [n] and ds/dx [n]."""

    level: Array
    place: Array
    slope: Array

    @classmethod
    def of(cls, below: Array, x: Array, density: Array) -> Curve:
        return cls(np.log(below), x, density / below)

    def __call__(self, low: Array, s: Array) -> Array:
        """x at levels s [n, 4] of intervals that begin at `low` [n] and hold no level of the curve inside."""
        i = np.clip(np.searchsorted(self.level, low, side="right") - 1, 0, len(self.level) - 2)
        ds, step = self.level[i + 1] - self.level[i], self.place[i + 1] - self.place[i]
        # of a monotone cubic no slope is above three times the mean one: in a gap of the density both are infinite
        ends = [np.minimum(ds / np.maximum(self.slope[j], SMALLEST), 3.0 * step) for j in (i, i + 1)]
        cubic = _cubic(self.place[i], self.place[i + 1], *ends)
        t = np.clip((s - self.level[i][:, None]) / np.maximum(ds, SMALLEST)[:, None], 0.0, 1.0)
        a, b, c, d = (part[:, None] for part in cubic)
        return _value((a, b, c, d), t)


def _half(p: Curve, q: Curve) -> float:
    """∫(x − y)² du over levels up to ½."""
    levels = np.union1d(p.level, q.level)
    levels = np.append(levels[levels < HALF], HALF)
    low, ds = levels[:-1], np.diff(levels)
    s = low[:, None] + ds[:, None] * (X + 1.0) / 2
    gaps = np.square(p(low, s) - q(low, s)) * np.exp(s)
    return float(ds @ gaps @ W) / 2
