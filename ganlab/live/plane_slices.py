"""Two distributions in the plane seen along lines: densities of a projection, and W1, W2 over all directions.

Symbols: θ the direction in degrees from the x axis, s the coordinate along it, F and G the distribution functions of
the projections, t the normal score of a level u, u = Φ(t). The projection of a Gaussian is a normal; that of another
family is taken from `DRAWN` fixed samples.

Between two normals both distances are closed forms. Otherwise W1 = ∫|F − G| ds over a grid of s, and W2² =
∫(F⁻¹ − G⁻¹)² du over the levels that either function takes on that grid, so that a jump from one mode to the next falls
between two of them; quantiles are interpolated as functions of t, in which a normal's is a straight line.

The core (`ganlab.divergences.projections`) knows the same distances to 1e-8, and is asked for those of one direction,
but takes 10 to 300 ms for all where this takes 1 to 10 ms: too long to follow a pointer, for what no curve shows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import scipy

from ganlab.distributions import Distribution
from ganlab.distributions.base import FloatArray
from ganlab.live.questions import components
from ganlab.specs import parsed

DRAWN = 10_000
DIRECTIONS = {False: 60, True: 30}  # over half a circle; few where time is short
NODES = 160  # evenly along s
DRAWN_AT = 320  # places on the curves of one direction
MANY = 24  # normals of both sides
AROUND = np.linspace(-4.0, 4.0, 9)  # standard deviations
SMOOTH = 6
REACH = 6.0  # how far out, in standard deviations and in t
TINY = 1e-15  # of the mass: beyond it no score is asked for
SCORES = np.linspace(-REACH, REACH, 97)


@lru_cache(maxsize=64)
def drawn(text: str) -> FloatArray:
    """Fixed samples [n, 2] of a family that has no Gaussian components."""
    return parsed(text).sample(DRAWN, np.random.default_rng(0))


def drawn_along(text: str, angles: tuple[float, ...]) -> FloatArray:
    """Their projections, sorted [k, n]."""
    return _kept(text, angles) if len(angles) > 1 else _sorted(text, angles)


@lru_cache(maxsize=8)
def _kept(text: str, angles: tuple[float, ...]) -> FloatArray:
    """Over all directions: 5 MB, and the same as long as the family stays."""
    return _sorted(text, angles)


def _sorted(text: str, angles: tuple[float, ...]) -> FloatArray:
    return np.sort(units(angles) @ drawn(text).T, axis=1)


def units(angles: tuple[float, ...]) -> FloatArray:
    """Unit vectors [k, 2] at angles in degrees."""
    turns = np.radians(angles)
    return np.stack([np.cos(turns), np.sin(turns)], axis=1)


@dataclass(frozen=True, eq=False)
class Projected:
    """A distribution along k directions: normals with weights [K], means and deviations [k, K], and drawn parts."""

    weights: FloatArray
    means: FloatArray
    stds: FloatArray
    parts: tuple[tuple[float, FloatArray], ...]

    @property
    def exact(self) -> bool:
        """Whether nothing is taken from samples."""
        return not self.parts

    @cached_property
    def ends(self) -> tuple[FloatArray, FloatArray]:
        """What all of the mass lies between, nearly, in every direction [k]."""
        lows = [self.means - REACH * self.stds] if self.means.size else []
        highs = [self.means + REACH * self.stds] if self.means.size else []
        lows += [part[:, :1] for _, part in self.parts]
        highs += [part[:, -1:] for _, part in self.parts]
        return np.concatenate(lows, axis=1).min(axis=1), np.concatenate(highs, axis=1).max(axis=1)

    def cdf(self, s: FloatArray) -> FloatArray:
        """F at s [k, n] -> [k, n]."""
        z = (s[:, :, None] - self.means[:, None, :]) / self.stds[:, None, :]
        total = scipy.special.ndtr(z) @ self.weights
        for weight, part in self.parts:
            steps = [np.searchsorted(row, at, side="right") for row, at in zip(part, s, strict=True)]
            total += weight * np.stack(steps) / part.shape[1]
        return np.minimum(total, 1.0)

    def density(self, s: FloatArray) -> FloatArray:
        """The density at s [n] along the first direction; drawn parts by their share of each cell, smoothed."""
        z = (s[:, None] - self.means[0]) / self.stds[0]
        total = np.exp(-np.square(z) / 2) @ (self.weights / self.stds[0]) / math.sqrt(2 * math.pi)
        for weight, part in self.parts:
            total += weight * smoothed(part[0], s)
        return total


def smoothed(points: FloatArray, s: FloatArray) -> FloatArray:
    """Density of points at even s [n]: a histogram with a triangle of `SMOOTH` cells each way over it."""
    step = s[1] - s[0]
    counts, _ = np.histogram(points, bins=len(s), range=(s[0] - step / 2, s[-1] + step / 2))
    kernel = np.bartlett(2 * SMOOTH + 1) / SMOOTH
    return np.convolve(counts, kernel, mode="same") / (len(points) * step)


def project(distribution: Distribution, angles: tuple[float, ...]) -> Projected:
    """The distribution along directions, in degrees."""
    gaussians = distribution.gaussian_mixture()
    if gaussians is not None:
        return Projected(*_normals(gaussians.weights, gaussians.means, gaussians.covariances, angles), ())
    known, parts = [], []
    for weight, part in components(distribution):
        inner = part.gaussian_mixture()
        if inner is None:
            parts.append((weight, drawn_along(str(part), angles)))
        else:
            known.append((weight * inner.weights, inner.means, inner.covariances))
    if not known:
        nothing = np.empty((len(angles), 0))
        return Projected(np.empty(0), nothing, nothing, tuple(parts))
    joined = [np.concatenate(arrays) for arrays in zip(*known, strict=True)]
    return Projected(*_normals(joined[0], joined[1], joined[2], angles), tuple(parts))


def _normals(
    weights: FloatArray, means: FloatArray, covariances: FloatArray, angles: tuple[float, ...]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    theta = units(angles)
    variances = np.einsum("ki,cij,kj->kc", theta, covariances, theta)
    return weights, theta @ means.T, np.sqrt(variances)


def both_normal(p: Projected, q: Projected) -> bool:
    """Whether there are closed forms."""
    return p.exact and q.exact and len(p.weights) == len(q.weights) == 1


def distances(p: Projected, q: Projected) -> tuple[FloatArray, FloatArray]:
    """W1 and W2 along every direction, each [k]."""
    if both_normal(p, q):
        shift, stretch = np.abs(p.means - q.means)[:, 0], np.abs(p.stds - q.stds)[:, 0]
        return _mean_absolute(shift, stretch), np.hypot(shift, stretch)
    s = _nodes(p, q)
    f, g = p.cdf(s), q.cdf(s)
    w1 = np.trapezoid(np.abs(f - g), s, axis=1)
    t = [_scores(one) for one in (f, g)]
    at = np.sort(np.concatenate([*t, np.broadcast_to(SCORES, (len(s), len(SCORES)))], axis=1), axis=1)
    gap = _quantiles(at, t[0], s) - _quantiles(at, t[1], s)
    low, high = gap[:, :-1], gap[:, 1:]
    squares = (np.square(low) + low * high + np.square(high)) / 3.0
    return w1, np.sqrt((np.diff(scipy.special.ndtr(at), axis=1) * squares).sum(axis=1))


def _mean_absolute(mean: FloatArray, std: FloatArray) -> FloatArray:
    """E|N(m, s²)| = m(2Φ(m/s) − 1) + 2sφ(m/s), |m| where s = 0."""
    z = mean / np.where(std > 0.0, std, 1.0)
    spread = mean * (2 * scipy.special.ndtr(z) - 1) + 2 * std * np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    return np.asarray(np.where(std > 0.0, spread, mean))


def _nodes(p: Projected, q: Projected) -> FloatArray:
    """Where F and G are evaluated [k, n]: evenly, and around every normal, however narrow; not around very many."""
    low, high = np.minimum(p.ends[0], q.ends[0]), np.maximum(p.ends[1], q.ends[1])
    means, stds = np.concatenate([p.means, q.means], axis=1), np.concatenate([p.stds, q.stds], axis=1)
    many = means.shape[1] > MANY
    even = low[:, None] + (high - low)[:, None] * np.linspace(0.0, 1.0, 2 * NODES if many else NODES)
    if many:
        return even
    around = (means[:, :, None] + stds[:, :, None] * AROUND).reshape(len(even), -1)
    return np.sort(np.concatenate([even, around], axis=1), axis=1)


def _quantiles(at: FloatArray, scores: FloatArray, s: FloatArray) -> FloatArray:
    """The quantiles at normal scores [k, m] of a distribution whose scores at s [k, n] are given."""
    return np.stack([np.interp(*row) for row in zip(at, scores, s, strict=True)])


def _scores(levels: FloatArray) -> FloatArray:
    return np.asarray(scipy.special.ndtri(np.clip(levels, TINY, 1.0 - TINY)))


@lru_cache
def all_angles(few: bool = False) -> tuple[float, ...]:
    """Directions over half a circle, in degrees; the last is the first, seen from behind."""
    return tuple(180.0 * k / DIRECTIONS[few] for k in range(DIRECTIONS[few] + 1))


def angles_for(p: Distribution, q: Distribution, hurried: bool = False) -> tuple[float, ...]:
    """Directions for a curve: every 3°; every 6° for many Gaussians, and while something is dragged."""
    found = [gaussians.weights for d in (p, q) if (gaussians := d.gaussian_mixture()) is not None]
    return all_angles(hurried or sum(map(len, found)) > MANY)
