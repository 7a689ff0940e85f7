"""What quadrature must know of a distribution on the line: where it varies, on which scale, and where it breaks.

A mesh is built from the parameters of the components, never by looking for mass: a mode of width 1e-4 at 60 is found
because it was declared. Each component says how wide a panel may be near a point x, as max(width, growth·|x − centre|);
the narrowest wish wins. Symbols: c centre, s scale, z = (x − c)/s, k components, m marks on the line.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from ganlab.distributions import (
    Cauchy,
    Distribution,
    Exponential,
    Laplace,
    LogNormal,
    Normal,
    Samples,
    StudentT,
    Triangular,
    Uniform,
)
from ganlab.divergences.grid import Panels, panels_between
from ganlab.divergences.moments import Normals, components, normals

Array = NDArray[np.float64]

REACH = 9.5  # standard deviations: the mass beyond is 2e-21
WIDTH = 1.0  # of a panel in standard deviations, at which G7 and K15 agree to about 1e-10
HEAVY = 17.0  # decimals of the mass that a polynomial tail is followed for
NEAR = 1e-16  # of its width is how near a grid comes to the end of a support where a density vanishes
SPREADING = 0.5  # by how much of their distance panels may widen where a component has no more mass
_BELL = np.linspace(-REACH, REACH, 20)
_DECAY = np.array([0.0, 1.0, 2.0, 4.0, 7.0, 11.0, 16.0, 23.0, 33.0, 45.0])
_SHRINKING = NEAR ** np.linspace(0.0, 1.0, 24)
_GRADED = 2.0 ** -np.arange(1.0, 25.0)


@dataclass(frozen=True, eq=False)
class Features:
    """Marks [m] on the line, breaks [b] that must be edges of panels, and wishes [k, 4]: centre, width, growth, offset.

    Near x a panel may be max(width, growth·|x − centre| − offset) wide. `bells` [j, 2] are μ and σ of log-normals,
    whose wishes are made in log x. Nothing is left beyond the outermost marks.
    """

    marks: Array
    breaks: Array
    wishes: Array
    bells: Array


def _row(
    marks: ArrayLike, breaks: tuple[float, ...] = (), *wishes: tuple[float, float, float, float]
) -> Features:
    table = np.array(wishes, dtype=np.float64).reshape(-1, 4)
    return Features(np.asarray(marks, dtype=np.float64), np.array(breaks), table, np.empty((0, 2)))


def beyond(centre: Array | float, width: Array | float, reach: float, scale: Array | float) -> Array:
    """The wish for panels of one width up to `reach` scales from the centre, spreading further out [..., 4]."""
    at, wide, unit = np.broadcast_arrays(*(np.asarray(a, dtype=np.float64) for a in (centre, width, scale)))
    return np.stack([at, wide, np.full_like(wide, SPREADING), SPREADING * reach * unit - wide], axis=-1)


def bells(means: Array, stds: Array) -> Features:
    marks = means[:, None] + stds[:, None] * _BELL
    return Features(marks.ravel(), np.empty(0), beyond(means, WIDTH * stds, REACH, stds), np.empty((0, 2)))


def _decaying(start: float, scale: float) -> tuple[float, float, float, float]:
    a, b, c, d = beyond(start, 2.5 * scale, _DECAY[-1], scale)
    return a, b, c, d


def _laplace(p: Laplace) -> Features:
    marks = np.concatenate([p.loc - p.scale * _DECAY, p.loc + p.scale * _DECAY])
    return _row(marks, (p.loc,), _decaying(p.loc, p.scale))


def _exponential(p: Exponential) -> Features:
    return _row(p.start + _DECAY / p.rate, (p.start,), _decaying(p.start, 1.0 / p.rate))


def _uniform(p: Uniform) -> Features:
    width = p.high - p.low
    return _row([p.low, p.high], (p.low, p.high), (p.low + width / 2, width, 1.0, 0.0))


def _triangular(p: Triangular, ends: bool = True) -> Features:
    """Towards an end where the density vanishes panels shrink: x log x is not smooth there."""
    width = p.high - p.low
    marks, wishes = [p.low, p.mode, p.high], [(p.mode, width, 1.0, 0.0)]
    for end, side in ((p.low, 1.0), (p.high, -1.0)):
        if end != p.mode and ends:
            marks.extend(end + side * abs(p.mode - end) * _SHRINKING)
            wishes.append((end, NEAR * width, 1.5, 0.0))
    return _row(marks, (p.low, p.mode, p.high), *wishes)


def _student(loc: float, scale: float, df: float) -> Features:
    """Gaussian up to about √ν, then a power law down to where nothing is left."""
    width, knee = min(WIDTH, math.sqrt(df)), min(max(math.sqrt(df), 1.0), REACH)
    reach = math.sqrt(df * (10.0 ** min(2 * HEAVY / df, 200.0) - 1.0))
    steps = math.ceil(math.log(max(reach / 2.5, 1.0)) / math.log(1.7)) + 1
    z = scale * np.minimum(np.concatenate([[0.0, 0.5, 1.0, 1.7], 2.5 * 1.7 ** np.arange(steps)]), reach)
    return _row(np.concatenate([loc - z, loc + z]), (), (loc, scale * width, width / knee, 0.0))


def _lognormal(p: LogNormal, ends: bool = True) -> Features:
    bell = np.exp(p.mu + p.sigma * _BELL)
    marks, wishes = np.concatenate([[0.0], bell]), []
    if ends:
        marks = np.concatenate([marks, bell[0] * _SHRINKING])
        wishes.append((0.0, NEAR * float(bell[0]), 1.5, 0.0))
    zero = _row(marks, (0.0,), *wishes)
    return Features(zero.marks, zero.breaks, zero.wishes, np.array([[p.mu, p.sigma]]))


def _samples(p: Samples) -> Features:
    """Every point is a jump of the distribution function."""
    points = np.unique(p.points[:, 0].astype(np.float64))
    low, high = float(points[0]), float(points[-1])
    return _row([low, high], tuple(points), ((low + high) / 2, high - low, 1.0, 0.0))


def _unknown(p: Distribution) -> Features:
    """Any other density: its quantiles say where the mass is."""
    levels = 10.0 ** -np.arange(1.0, 17.0)
    low, high = p.quantile(levels), p.quantile(1.0 - levels[levels > 1e-15])
    inner, ends = p.quantile(np.linspace(0.05, 0.95, 37)), p.quantile([0.0, 1.0])
    width = float(inner[-1] - inner[0])
    finite = ends[np.isfinite(ends)]
    marks = np.concatenate([low, inner, high, finite])
    return _row(marks, tuple(finite), (float(inner[18]), width / 4, 0.25, 0.0))


_FEATURES: dict[type[Distribution], Callable[..., Features]] = {
    Normal: lambda p: bells(np.array([p.mean]), np.array([p.std])),
    Laplace: _laplace,
    Exponential: _exponential,
    Uniform: _uniform,
    Triangular: _triangular,
    StudentT: lambda p: _student(p.loc, p.scale, p.df),
    Cauchy: lambda p: _student(p.loc, p.scale, 1.0),
    LogNormal: _lognormal,
    Samples: _samples,
}


_PLAIN: dict[type[Distribution], Callable[..., Features]] = {
    Triangular: lambda p: _triangular(p, ends=False),
    LogNormal: lambda p: _lognormal(p, ends=False),
}


def features(p: Distribution, ends: bool = True) -> Features:
    """What the mesh of a density on the line has to respect; without `ends` for integrands that have no log density."""
    gaussians = normals(p)
    if gaussians is not None:
        return bells(gaussians.means, gaussians.stds)
    rows = _FEATURES if ends else _FEATURES | _PLAIN
    return join([rows.get(type(part), _unknown)(part) for _, part in components(p)])


def join(parts: list[Features]) -> Features:
    """All marks, breaks and wishes together."""
    if len(parts) == 1:
        return parts[0]
    return Features(
        np.concatenate([f.marks for f in parts]),
        np.concatenate([f.breaks for f in parts]),
        np.concatenate([f.wishes for f in parts]),
        np.concatenate([f.bells for f in parts]),
    )


def mesh(found: Features, coarse: float = 1.0) -> Panels:
    """Panels over all that is within reach, about as wide as wished (times `coarse`), with an edge at every break.

    Between marks the number of panels wished for is counted up, and edges are put where the count is whole. Wide gaps
    get more marks first, ever closer to their ends, so that panels widen gradually.
    """
    marks = np.sort(found.marks)
    wished = _wished(found, marks)
    gaps = np.diff(marks)
    wide = np.flatnonzero(gaps > 4.0 * np.minimum(wished[1:], wished[:-1]))
    if len(wide):
        graded = gaps[wide, None] * _GRADED
        more = np.concatenate(
            [(marks[wide, None] + graded).ravel(), (marks[wide + 1, None] - graded).ravel()]
        )
        marks = np.sort(np.concatenate([marks, more]))
        wished = _wished(found, marks)
        gaps = np.diff(marks)
    count = np.concatenate([[0.0], np.cumsum(2.0 * gaps / (wished[1:] + wished[:-1]))]) / coarse
    edges = np.interp(np.linspace(0.0, count[-1], math.ceil(count[-1]) + 1), count, marks)
    if len(found.breaks):
        inside = found.breaks[(found.breaks > edges[0]) & (found.breaks < edges[-1])]
        edges = np.unique(np.concatenate([edges, inside]))
    return panels_between(edges)


def _wished(found: Features, x: Array) -> Array:
    """The narrowest wish at x [m] -> [m]."""
    centre, width, growth, offset = found.wishes.T[:, :, None]
    allowed = np.abs(x - centre)
    allowed *= growth
    allowed -= offset
    widest = np.maximum(allowed, width).min(axis=0, initial=np.inf)
    if len(found.bells):
        mu, sigma = found.bells.T[:, :, None]
        log_x = np.log(np.where(x > 0.0, x, 1.0))
        bell = np.maximum(sigma * WIDTH, np.abs(log_x - mu) * (WIDTH / REACH))
        widest = np.minimum(widest, np.where(x > 0.0, x * np.minimum(bell, 1.5), np.inf).min(axis=0))
    return np.asarray(widest)


# --- functions of x, in the shape of x -----------------------------------------------------------------------------


class Line:
    """log p, F and 1 − F of a distribution on the line, each in the shape of x; 1 − F keeps its digits in the tail."""

    def __init__(self, p: Distribution) -> None:
        self.distribution = p

    @property
    def gaussian(self) -> bool:
        """Whether this is a mixture of normals."""
        return False

    def log_density(self, x: Array) -> Array:
        return self.distribution.logpdf(x.ravel()).reshape(x.shape)

    def below(self, x: Array) -> Array:
        """F(x) = P(X <= x)."""
        return self.distribution.cdf(x.ravel()).reshape(x.shape)

    def above(self, x: Array) -> Array:
        """1 − F(x)."""
        flat = x.ravel()
        parts = [weight * _survival(part, flat) for weight, part in components(self.distribution)]
        return np.asarray(sum(parts)).reshape(x.shape)


class BellLine(Line):
    """The same for a mixture of k normals, without leaving numpy: this is what is evaluated most."""

    def __init__(self, p: Distribution, g: Normals) -> None:
        super().__init__(p)
        self.weights, self.means = g.weights, g.means[:, None]
        self.inverse = 1.0 / g.stds[:, None]
        self.peaks = np.log(self.weights[:, None] * self.inverse / math.sqrt(2.0 * math.pi))

    @property
    def gaussian(self) -> bool:
        return True

    def log_density(self, x: Array) -> Array:
        exponents = x.ravel() - self.means
        exponents *= self.inverse * math.sqrt(0.5)
        exponents *= exponents
        np.subtract(self.peaks, exponents, out=exponents)
        if len(exponents) == 1:
            return exponents[0].reshape(x.shape)
        top = exponents.max(axis=0)
        exponents -= top
        np.exp(exponents, out=exponents)
        total = np.log(exponents.sum(axis=0))
        total += top
        return total.reshape(x.shape)

    def below(self, x: Array) -> Array:
        return self._tail(x, self.inverse)

    def above(self, x: Array) -> Array:
        return self._tail(x, -self.inverse)

    def _tail(self, x: Array, scale: Array) -> Array:
        z = x.ravel() - self.means
        z *= scale
        return np.asarray(self.weights @ scipy.special.ndtr(z)).reshape(x.shape)


def line(p: Distribution) -> Line:
    """The functions of a distribution on the line."""
    gaussians = normals(p)
    return Line(p) if gaussians is None else BellLine(p, gaussians)


def _survival(p: Distribution, x: Array) -> Array:
    """1 − F at x [n] -> [n]."""
    formula = _SURVIVAL.get(type(p))
    return 1.0 - p.cdf(x) if formula is None else np.asarray(formula(p, x))


def _above_lognormal(p: LogNormal, x: Array) -> Array:
    log_x = np.log(np.where(x > 0.0, x, 1.0))
    return np.where(x > 0.0, scipy.special.ndtr((p.mu - log_x) / p.sigma), 1.0)


_SURVIVAL: dict[type[Distribution], Callable[..., ArrayLike]] = {  # by symmetry where there is one
    Normal: lambda p, x: p.cdf(2 * p.mean - x),
    Laplace: lambda p, x: p.cdf(2 * p.loc - x),
    StudentT: lambda p, x: p.cdf(2 * p.loc - x),
    Cauchy: lambda p, x: p.cdf(2 * p.loc - x),
    Uniform: lambda p, x: p.cdf(p.low + p.high - x),
    Triangular: lambda p, x: Triangular(-p.high, -p.mode, -p.low).cdf(-x),
    Exponential: lambda p, x: np.exp(-np.maximum((x - p.start) * p.rate, 0.0)),
    LogNormal: _above_lognormal,
    Samples: lambda p, x: 1.0 - p.cdf(x),
}
