"""The monotone coupling of two densities on the line, as a curve.

The points with F(x) = u = G(y) are where optimal transport takes mass from and to. As a function of u they jump
wherever a density has a gap, so t = x + y is followed instead: x and y never move faster than t, and du/dt = pq/(p + q)
(from dt = dx + dy, du = p dx = q dy). Roots are found by Newton's method on the logarithms of both sides, below the
median from the left and above it from the right, so that the tails keep their digits.

Symbols: F, G distribution functions, S = 1 − F, panels of t.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ganlab.distributions import Distribution
from ganlab.divergences import far, grid, tails
from ganlab.divergences.grid import Panels
from ganlab.divergences.profile import Line, features, mesh

if TYPE_CHECKING:
    from ganlab.divergences.line import LinePair

Array = NDArray[np.float64]
INF = math.inf
_COARSE = 1.5  # a coupling is smoother than a density by one integration
_STEPS = 80  # of Newton's method inside a bracket; bisection alone needs 53
_SMALL = 1e-7  # nats: a value whose square is rounding
_STUCK = (
    1e-2  # nats: Newton's steps stay short of a root this far off only where a logarithm dives, at an end
)
_DOUBLINGS = 230  # 1e69 times the width of a mesh
NOISE = 34.0  # e^-34 of the largest term is rounding
_SMALLEST = 1e-300


@dataclass(frozen=True, eq=False)
class Coupling:
    """Pairs x, y with F(x) = G(y) at the nodes t = x + y of panels, and du/dt; each [n, 15]."""

    panels: Panels
    x: Array
    y: Array
    rate: Array

    @property
    def cost(self) -> Array:
        """(x − y)² du/dt."""
        return np.square(self.x - self.y) * self.rate

    def take(self, index: grid.Index) -> Coupling:
        return Coupling(self.panels.take(index), self.x[index], self.y[index], self.rate[index])

    def joined(self, others: Sequence[Coupling]) -> Coupling:
        """The panels of all, ascending."""
        every = [self, *others]
        panels, order = Panels.joined([c.panels for c in every])
        return Coupling(
            panels, *(np.concatenate([getattr(c, k) for c in every])[order] for k in ("x", "y", "rate"))
        )


class Path:
    """The curve (x(t), y(t)), x + y = t, through exact points at the edges of the meshes of P and of Q.

    Between those, what is solved for is the smaller of x and y: the other is t minus that and keeps its digits.
    """

    def __init__(self, pair: LinePair) -> None:
        self.lines = pair.lines
        one, two = (
            Side(function, edges(pair, p, function))
            for p, function in zip((pair.p, pair.q), pair.lines, strict=True)
        )
        one, two = one.reaching(two), two.reaching(one)
        at = np.concatenate([[one.x, two.partners(one.levels)], [one.partners(two.levels), two.x]], axis=1)
        level = np.concatenate([one.levels.log_odds, two.levels.log_odds])
        reached = np.concatenate([two.reaches(one.levels), one.reaches(two.levels)])
        at, level = at[:, reached], level[reached]
        t = at.sum(axis=0)
        first: NDArray[np.intp] = np.unique(t, return_index=True)[1]
        self.t, self.at = t[first], np.maximum.accumulate(at[:, first], axis=1)
        self.middle = float(t[level >= 0.0].min(initial=self.t[-1]))

    def panels(self) -> Panels:
        """Panels of t between all edges of the two meshes."""
        return grid.panels_between(self.t)

    def sample(self, panels: Panels) -> Coupling:
        """The coupling at the nodes of panels of t."""
        t = panels.x.ravel()
        right = np.clip(np.searchsorted(self.t, t), 1, len(self.t) - 1)
        low, high, width = self.at[:, right - 1], self.at[:, right], self.t[right] - self.t[right - 1]
        guess = low + (t - self.t[right - 1]) / width * (high - low)
        found = np.empty_like(guess)
        swapped = np.abs(guess[0]) > np.abs(guess[1])
        for unknown, mask in ((0, ~swapped), (1, swapped)):
            if mask.any():
                bracket = guess[unknown, mask], low[unknown, mask], high[unknown, mask]
                z = self._between(unknown, t[mask], bracket)
                found[unknown, mask], found[1 - unknown, mask] = z, t[mask] - z
        x, y = found.reshape(2, *panels.x.shape)
        p, q = (np.exp(f.log_density(at)) for f, at in zip(self.lines, (x, y), strict=True))
        less, more = np.minimum(p, q), np.maximum(p, q)
        return Coupling(panels, x, y, less / (1.0 + less / np.maximum(more, _SMALLEST)))

    def _between(self, unknown: int, t: Array, bracket: tuple[Array, Array, Array]) -> Array:
        """x (unknown = 0) or y (1) on the curve at t, from a guess between a low and a high one, all [n]."""
        one, two = self.lines[unknown], self.lines[1 - unknown]
        left = t < self.middle

        def excess(z: Array, index: NDArray[np.intp]) -> tuple[Array, Array]:
            own = _logs(one, z, left[index])
            other = _logs(two, t[index] - z, left[index])
            return own[0] - other[0], own[1] + other[1]

        return newton(excess, *bracket)


class Side:
    """Edges of the mesh of one distribution, ascending [m], and their levels as log F and log S."""

    def __init__(self, function: Line, x: Array) -> None:
        below, above = function.below(x), function.above(x)
        first = max(int(np.count_nonzero(below <= _SMALLEST)) - 1, 0)  # of edges before any mass the last
        last = len(x) - max(int(np.count_nonzero(above <= _SMALLEST)) - 1, 0)
        self.function, self.x = function, x[first:last]
        self.levels = Levels(below[first:last], above[first:last])

    def reaching(self, other: Side) -> Side:
        """With further edges, doubling, until its levels take in those of the other: u is theirs together."""
        low, high = float(self.x[0]), float(self.x[-1])
        steps = np.asarray((high - low) * 2.0 ** np.arange(_DOUBLINGS), dtype=np.float64)
        more = []
        for outside, x, sign in (
            (other.levels.log_odds[0] < self.levels.log_odds[0], low - steps, 1.0),
            (other.levels.log_odds[-1] > self.levels.log_odds[-1], high + steps, -1.0),
        ):
            if outside:
                levels = Levels(self.function.below(x), self.function.above(x)).log_odds * sign
                wanted = other.levels.log_odds[0 if sign > 0.0 else -1] * sign
                more.append(x[: np.searchsorted(-levels, -wanted) + 1])
        return Side(self.function, np.unique(np.concatenate([self.x, *more]))) if more else self

    def reaches(self, levels: Levels) -> NDArray[np.bool_]:
        """Which levels lie between those of the first and the last edge."""
        own = self.levels.log_odds
        return (levels.log_odds >= own[0]) & (levels.log_odds <= own[-1])

    def partners(self, levels: Levels) -> Array:
        """Where this distribution has levels [n] -> [n], within its own ends: its quantiles."""
        own = self.levels.log_odds
        right = np.clip(np.searchsorted(own, levels.log_odds), 1, len(self.x) - 1)
        low, high = self.x[right - 1], self.x[right]
        low = np.where(levels.log_odds >= own[-1], high, low)
        high = np.where(levels.log_odds <= own[0], low, high)
        left = levels.log_odds < 0.0
        target = np.where(left, levels.below, -levels.above)

        def excess(z: Array, index: NDArray[np.intp]) -> tuple[Array, Array]:
            value, slope = _logs(self.function, z, left[index])
            return value - target[index], slope

        rise = np.maximum(own[right] - own[right - 1], _SMALLEST)
        share = np.clip((levels.log_odds - own[right - 1]) / rise, 0.0, 1.0)
        return newton(excess, low + share * (high - low), low, high)


class Levels:
    """Levels u [n] of a distribution function, as log u and log (1 − u), so that both tails keep their digits."""

    def __init__(self, below: Array, above: Array) -> None:
        self.below = np.log(np.maximum(below, _SMALLEST))
        self.above = np.log(np.maximum(above, _SMALLEST))
        self.log_odds = self.below - self.above


def quantiles(p: Distribution, function: Line, levels: Array) -> Array:
    """The quantiles of a density at levels [n] in (0, 1) -> [n]."""
    panels = mesh(features(p, ends=False), _COARSE)
    return Side(function, np.append(panels.low, panels.high[-1])).partners(Levels(levels, 1.0 - levels))


def tail_points(p: Distribution, function: Line, shares: Array) -> tuple[Array, Array]:
    """Where shares [n] of the mass lie to the left, and to the right, each [n]."""
    panels = mesh(features(p, ends=False))
    side = Side(function, np.append(panels.low, panels.high[-1]))
    return side.partners(Levels(shares, 1.0 - shares)), side.partners(Levels(1.0 - shares, shares))


def _logs(function: Line, x: Array, left: NDArray[np.bool_]) -> tuple[Array, Array]:
    """log F where left, −log S elsewhere, both ascending in x, and the slope; 0 beyond an end."""
    if left.all():
        share, sign = function.below(x), np.ones(1)
    elif not left.any():
        share, sign = function.above(x), -np.ones(1)
    else:
        share, sign = np.empty_like(x), np.where(left, 1.0, -1.0)
        share[left], share[~left] = function.below(x[left]), function.above(x[~left])
    share = np.maximum(share, _SMALLEST)
    slope = np.exp(function.log_density(x)) / share
    slope[share == _SMALLEST] = -INF  # no slope to follow: only halving the bracket leads back
    return sign * np.log(share), slope


def newton(
    excess: Callable[[Array, NDArray[np.intp]], tuple[Array, Array]], guess: Array, low: Array, high: Array
) -> Array:
    """Roots in [low, high] of ascending functions, all [n], by Newton's method inside a shrinking bracket.

    `excess(z, index)` gives values (differences of logarithms) and slopes of the functions at `index`. After a step
    from a value v one of about v² is left. The bracket is halved instead where a step does not shrink by half, as it
    does not on a cycle around a kink, and where it is short although v is large, as beside a logarithm that dives.
    """
    z, low, high, todo = np.clip(guess, low, high), low.copy(), high.copy(), np.arange(len(guess))
    close, before = 4.0 * np.spacing(np.abs(z)), high - low
    for _ in range(_STEPS):
        at = z[todo]
        value, slope = excess(at, todo)
        above = value > 0.0
        high[todo] = np.where(above, at, high[todo])
        low[todo] = np.where(above, low[todo], at)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = at - value / slope
        length, short = np.abs(step - at), close[todo]
        good = (slope > 0.0) & (step >= low[todo]) & (step <= high[todo])
        good &= (length <= before[todo] / 2) | (length <= short)
        good &= (length > short) | (np.abs(value) <= _STUCK)
        z[todo] = np.where(good, step, (low[todo] + high[todo]) / 2)
        before[todo] = np.abs(z[todo] - at)
        todo = todo[(before[todo] > short) & ~(good & (np.abs(value) <= _SMALL))]
        if not len(todo):
            break
    return z


def edges(pair: LinePair, p: Distribution, function: Line) -> Array:
    """The mesh of one of the two, as far out as its second moment, or the digits of (x − y)², reach."""
    panels = mesh(features(p, ends=False), _COARSE)
    if pair.heavy:
        panels = far.outward(panels, lambda x: function.log_density(x) + 2.0 * log_abs(x), NOISE).panels
        panels = far.within(panels, *digits(pair, p, 12.0, 2.0))
    return np.append(panels.low, panels.high[-1])


def digits(pair: LinePair, p: Distribution, decades: float, degree: float) -> tuple[float, float]:
    """A centre and the distance up to which x − y or F − G of tails |x|^−ν, ν < degree, have digits left.

    There ∫ converges only because equal tails cancel, and rounding leaves 1e-16 of each.
    """
    heaviest = min(tails.heaviest(pair.p), tails.heaviest(pair.q))
    if heaviest >= degree:
        return 0.0, INF
    low, high = (float(x) for x in p.quantile([0.25, 0.75]))
    return (low + high) / 2, (high - low) * 10.0 ** min(decades / (degree - heaviest), 200.0)


def log_abs(x: Array) -> Array:
    """log |x|; −inf at 0."""
    with np.errstate(divide="ignore"):
        return np.log(np.abs(x))


def cost_rates(pair: LinePair) -> tuple[float, float]:
    """The λ of (x − y)² du/dt ~ |t|^(−λ−1): with tails |x|^−ν the gap x − y grows like |x|^(ν+1−e)."""
    heaviest = min(tails.heaviest(pair.p), tails.heaviest(pair.q))
    left, right = (2.0 * e - heaviest - 2.0 if e < INF else INF for e in tails.gap_exponents(pair.p, pair.q))
    return left, right
