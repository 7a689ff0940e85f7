"""Transport on the line: W1 and the energy distance from F − G, W2 along the monotone coupling.

W1 = ∫|F − G| (Vallender 1974), energy² = 2∫(F − G)², with edges wherever F = G and wherever F or G jumps.

W2² = ∫ (x − y)² du over the points with F(x) = u = G(y). As a function of u the coupling jumps wherever a density has
a gap. So it is followed by t = x + y instead: x and y never move faster than t, and du/dt = pq/(p + q) (from
dt = dx + dy, du = p dx = q dy). Each node is the root of F(x) = G(t − x), found by Newton's method on the logarithms of
both sides, below the median from the left and above it from the right, so that the tails keep their digits.

Symbols: F, G distribution functions, D = F − G, panels of x or of t; distances in the units of the data.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ganlab.distributions import Distribution
from ganlab.divergences import far, grid, infinite, roots, tails
from ganlab.divergences.grid import Integral, Panels
from ganlab.divergences.profile import Line, features, mesh
from ganlab.divergences.results import Answer

if TYPE_CHECKING:
    from ganlab.divergences.line import LinePair

Array = NDArray[np.float64]
INF = math.inf
_COARSE = 1.5  # a coupling is smoother than a density by one integration
_STEPS = 80  # of Newton's method inside a bracket; bisection alone needs 53
_CLOSE = 1e-7  # of a panel: the next step would be a rounding error
_STUCK = (
    1e-2  # nats: Newton's steps stay short of a root this far off only where a logarithm dives, at an end
)
_NOISE = 34.0  # e^-34 of the largest term is rounding
_NOTHING = 1e-25  # differences of distribution functions below this are noise
_SMALLEST = 1e-300


# --- W1 and energy ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Gaps:
    """D = F − G at the nodes of panels [n, 15]."""

    panels: Panels
    gap: Array

    def take(self, index: grid.Index) -> Gaps:
        return Gaps(self.panels.take(index), self.gap[index])

    def joined(self, others: Sequence[Gaps]) -> Gaps:
        """The panels of all, ascending."""
        every = [self, *others]
        panels, order = Panels.joined([g.panels for g in every])
        return Gaps(panels, np.concatenate([g.gap for g in every])[order])


def gap(lines: tuple[Line, Line], x: Array) -> Array:
    """F − G in the shape of x, from whichever side keeps the digits."""
    one, two = lines
    f, g = one.below(x), two.below(x)
    if one.gaussian and two.gaussian:  # rounding of 1e-16 over a short line does no harm
        return f - g
    found = np.where(f + g < 1.0, f - g, two.above(x) - one.above(x))
    return np.where(np.abs(found) < _NOTHING, 0.0, found)


def exponents(pair: LinePair) -> tuple[float, float]:
    """The e of |F − G| ~ |x|^−e on the left and on the right; inf where it falls faster than any power."""
    left, right = (tails.gap_exponent(pair.p, pair.q, right) for right in (False, True))
    return left, right


def gaps(pair: LinePair) -> Gaps:
    """D on the mesh of both, continued along heavy tails, with an edge wherever it changes sign."""
    panels = pair.panels
    if pair.heavy:
        panels = far.within(panels, *_digits(pair, pair.p, 4.0, 1.0))
        panels = far.outward(panels, lambda x: _log(np.abs(gap(pair.lines, x))), _NOISE).panels
        panels = far.within(panels, *_digits(pair, pair.p, 4.0, 1.0))
    found = sample_gaps(pair, panels)
    nodes, breaks = panels.x.ravel(), pair.features.breaks
    crossings = roots.sign_changes(nodes, found.gap.ravel(), lambda x: gap(pair.lines, x), breaks)
    return grid.split(found, crossings.x, lambda panels: sample_gaps(pair, panels))


def _digits(pair: LinePair, p: Distribution, decades: float, degree: float) -> tuple[float, float]:
    """A centre and the distance up to which x − y or F − G of tails |x|^−ν, ν < degree, have digits left.

    There ∫ converges only because equal tails cancel, and rounding leaves 1e-16 of each.
    """
    heaviest = min(tails.heaviest(pair.p), tails.heaviest(pair.q))
    if heaviest >= degree:
        return 0.0, INF
    low, high = (float(x) for x in p.quantile([0.25, 0.75]))
    return (low + high) / 2, (high - low) * 10.0 ** (decades / (degree - heaviest))


def sample_gaps(pair: LinePair, panels: Panels) -> Gaps:
    """D at the nodes of panels."""
    return Gaps(panels, gap(pair.lines, panels.x))


def w1(pair: LinePair) -> Answer:
    """W1 = ∫|F − G|."""
    return infinite.wasserstein(pair, 1) or _gap_integral(pair, np.abs, [e - 1.0 for e in exponents(pair)])


def energy2(pair: LinePair) -> Answer:
    """2∫(F − G)², which is 2 E|X−Y| − E|X−X′| − E|Y−Y′| where the means exist (Székely and Rizzo 2013)."""
    rates = [2.0 * e - 1.0 for e in exponents(pair)]
    return infinite.energy2(pair) or _gap_integral(pair, lambda d: 2.0 * np.square(d), rates)


def _gap_integral(pair: LinePair, values: Callable[[Array], Array], rates: list[float]) -> Answer:
    """∫ values(D), with what polynomial tails |x|^(−λ−1) hold beyond the grid, λ = rates on the left and right."""
    start = pair.gaps
    found = grid.integrate(lambda g: values(g.gap), start, lambda panels: sample_gaps(pair, panels))
    for edge, rate in zip((start.panels.low[0], start.panels.high[-1]), rates, strict=True):
        if rate < INF:
            found += far.rest(lambda x: _log(values(gap(pair.lines, x))), float(edge), rate)
    return Answer(max(found.value, 0.0), found.error)


def _log(x: Array) -> Array:
    with np.errstate(divide="ignore"):
        return np.log(x)


# --- W2 -----------------------------------------------------------------------------------------------------------


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
    """The monotone coupling of two densities as a curve (x(t), y(t)), x + y = t.

    What is solved for is the smaller of x and y: the other is t minus that and keeps its digits.
    """

    def __init__(self, pair: LinePair) -> None:
        self.lines = pair.lines
        x, y = (edges(pair, *each) for each in zip((pair.p, pair.q), pair.lines, strict=True))
        level_x, level_y = (_level(function, at) for function, at in zip(self.lines, (x, y), strict=True))
        self.middle = float(np.interp(0.0, level_x, x) + np.interp(0.0, level_y, y))
        ways = [x, np.interp(level_x, level_y, y)], [np.interp(level_y, level_x, x), y]
        guess = np.concatenate(ways, axis=1)
        self.t, first = np.unique(guess.sum(axis=0), return_index=True)
        low, high = (np.array([[x[end]], [y[end]]]) for end in (0, -1))
        low, high = np.maximum(low, self.t - high[::-1]), np.minimum(high, self.t - low[::-1])
        near = np.diff(self.t, append=INF)
        near[1:] = np.minimum(near[1:], near[:-1])
        self.at = np.maximum.accumulate(self._solve(self.t, guess[:, first], low, high, near), axis=1)

    def panels(self) -> Panels:
        """Panels of t between all edges of the two meshes."""
        return grid.panels_between(self.t)

    def sample(self, panels: Panels) -> Coupling:
        """The coupling at the nodes of panels of t."""
        t = panels.x.ravel()
        right = np.clip(np.searchsorted(self.t, t), 1, len(self.t) - 1)
        low, high, width = self.at[:, right - 1], self.at[:, right], self.t[right] - self.t[right - 1]
        guess = low + (t - self.t[right - 1]) / width * (high - low)
        x, y = self._solve(t, guess, low, high, width).reshape(2, *panels.x.shape)
        p, q = (np.exp(f.log_density(at)) for f, at in zip(self.lines, (x, y), strict=True))
        less, more = np.minimum(p, q), np.maximum(p, q)
        return Coupling(panels, x, y, less / (1.0 + less / np.maximum(more, _SMALLEST)))

    def _solve(self, t: Array, guess: Array, low: Array, high: Array, width: Array) -> Array:
        """x and y [2, n] with x + y = t [n] and F(x) = G(y), between low and high, to rounding of `width` [n]."""
        found = np.empty_like(guess)
        swapped = np.abs(guess[0]) > np.abs(guess[1])
        for unknown, mask in ((0, ~swapped), (1, swapped)):
            z = self._newton(
                unknown, *(a[mask] for a in (t, guess[unknown], low[unknown], high[unknown], width))
            )
            found[unknown, mask], found[1 - unknown, mask] = z, t[mask] - z
        return found

    def _newton(self, unknown: int, t: Array, guess: Array, low: Array, high: Array, width: Array) -> Array:
        """Newton's method inside a shrinking bracket for x (unknown = 0) or y (1), all [n]."""
        z, low, high, todo = np.clip(guess, low, high), low.copy(), high.copy(), np.arange(len(t))
        close = np.maximum(_CLOSE * width, 4.0 * np.spacing(np.abs(z)))
        for _ in range(_STEPS if len(t) else 0):
            at = z[todo]
            excess, slope = self._excess(unknown, at, t[todo])
            above = excess > 0.0
            high[todo] = np.where(above, at, high[todo])
            low[todo] = np.where(above, low[todo], at)
            with np.errstate(divide="ignore", invalid="ignore"):
                step = at - excess / slope
            inside = (step >= low[todo]) & (step <= high[todo])
            stuck = (np.abs(step - at) <= close[todo]) & (np.abs(excess) > _STUCK)
            z[todo] = np.where(inside & ~stuck, step, (low[todo] + high[todo]) / 2)
            todo = todo[np.abs(z[todo] - at) > close[todo]]
            if not len(todo):
                break
        return z

    def _excess(self, unknown: int, z: Array, t: Array) -> tuple[Array, Array]:
        """A function of z that is 0 on the curve and grows with z, and its slope: log F − log G left of the middle of

        the curve, log(1 − G) − log(1 − F) right of it; with the sign of G − F where z is y.
        """
        excess, slope = np.empty_like(z), np.empty_like(z)
        for left in (True, False):
            side = (t < self.middle) == left
            if side.any():
                excess[side], slope[side] = self._one_side(unknown, z[side], t[side] - z[side], left)
        return excess, slope

    def _one_side(self, unknown: int, z: Array, other: Array, left: bool) -> tuple[Array, Array]:
        one, two = self.lines[unknown], self.lines[1 - unknown]
        f, g = (one.below(z), two.below(other)) if left else (one.above(z), two.above(other))
        f, g = np.maximum(f, _SMALLEST), np.maximum(g, _SMALLEST)
        slope = np.exp(one.log_density(z)) / f + np.exp(two.log_density(other)) / g
        slope[(f == _SMALLEST) | (g == _SMALLEST)] = 0.0  # beyond an end: only halving the bracket leads back
        return (np.log(f) - np.log(g)) * (1.0 if left else -1.0), slope


def edges(pair: LinePair, p: Distribution, function: Line) -> Array:
    """The mesh of one of the two, as far out as its second moment, or the digits of (x − y)², reach."""
    panels = mesh(features(p), _COARSE)
    if pair.heavy:
        panels = far.outward(panels, lambda x: function.log_density(x) + 2.0 * _log(np.abs(x)), _NOISE).panels
        panels = far.within(panels, *_digits(pair, p, 18.0, 2.0))
    return np.append(panels.low, panels.high[-1])


def _level(function: Line, x: Array) -> Array:
    """log F − log (1 − F), strictly ascending but for rounding."""
    return np.log(np.maximum(function.below(x), _SMALLEST)) - np.log(np.maximum(function.above(x), _SMALLEST))


def cost_rates(pair: LinePair) -> tuple[float, float]:
    """The λ of (x − y)² du/dt ~ |t|^(−λ−1): with tails |x|^−ν the gap x − y grows like |x|^(ν+1−e)."""
    heaviest = min(tails.heaviest(pair.p), tails.heaviest(pair.q))
    left, right = (2.0 * e - heaviest - 2.0 if e < INF else INF for e in exponents(pair))
    return left, right


def w2(pair: LinePair) -> Answer:
    """W2, the root of ∫ (x − y)² du along the monotone coupling."""
    trouble = infinite.wasserstein(pair, 2)
    if trouble is not None:
        return trouble
    if pair.p == pair.q:
        return Answer(0.0)
    squared = _squared_cost(pair)
    root = math.sqrt(max(squared.value, 0.0))
    return Answer(root, min(squared.error / root if root else INF, math.sqrt(squared.error)))


def _squared_cost(pair: LinePair) -> Integral:
    if not pair.has_densities:
        from ganlab.divergences import line_points

        return line_points.w2_squared(pair)
    path = Path(pair)
    panels = path.panels()
    found = grid.integrate(lambda c: c.cost, path.sample(panels), path.sample)
    for edge, rate in zip((panels.low[0], panels.high[-1]), cost_rates(pair), strict=True):
        if rate < INF:
            found += far.rest(lambda t: _log(path.sample(Panels(t, t)).cost[:, 7]), float(edge), rate)
    return found
