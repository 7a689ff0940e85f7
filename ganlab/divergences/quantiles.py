"""Transport on the line: W1 and the energy distance from F − G, W2 along the monotone coupling (`coupling.py`).

W1 = ∫|F − G| (Vallender 1974), energy² = 2∫(F − G)², with edges wherever F = G and wherever F or G jumps;
W2² = ∫ (x − y)² du over the points with F(x) = u = G(y).

Symbols: F, G distribution functions, D = F − G; distances in the units of the data.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ganlab.divergences import coupling, far, grid, infinite, roots, tails
from ganlab.divergences.grid import Integral, Panels
from ganlab.divergences.profile import Line, mesh
from ganlab.divergences.results import Answer

if TYPE_CHECKING:
    from ganlab.divergences.line import LinePair

Array = NDArray[np.float64]
INF = math.inf
_NOISE = 4 * grid.ROUNDING  # of two shares of the mass is what rounding leaves of their difference


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
    above_f, above_g = one.above(x), two.above(x)
    left = f + g < 1.0
    found, both = np.where(left, f - g, above_g - above_f), np.where(left, f + g, above_f + above_g)
    return np.where(np.abs(found) < _NOISE * both, 0.0, found)


def gaps(pair: LinePair) -> Gaps:
    """D on the mesh of both, continued along heavy tails, with an edge wherever it changes sign."""
    panels = pair.panels if pair.gaussian else mesh(pair.plain)
    if pair.heavy:
        panels = far.within(panels, *coupling.digits(pair, pair.p, 4.0, 1.0))
        panels = far.outward(panels, lambda x: _log(np.abs(gap(pair.lines, x))), coupling.NOISE).panels
        panels = far.within(panels, *coupling.digits(pair, pair.p, 4.0, 1.0))
    found = sample_gaps(pair, panels)
    nodes, breaks = panels.x.ravel(), pair.features.breaks
    crossings = roots.sign_changes(nodes, found.gap.ravel(), lambda x: gap(pair.lines, x), breaks)
    return grid.split(found, crossings.x, lambda panels: sample_gaps(pair, panels))


def sample_gaps(pair: LinePair, panels: Panels) -> Gaps:
    """D at the nodes of panels."""
    return Gaps(panels, gap(pair.lines, panels.x))


def w1(pair: LinePair) -> Answer:
    """W1 = ∫|F − G|."""

    rates = [e - 1.0 for e in tails.gap_exponents(pair.p, pair.q)]
    return infinite.wasserstein(pair, 1) or _gap_integral(pair, np.abs, rates)


def energy2(pair: LinePair) -> Answer:
    """2∫(F − G)², which is 2 E|X−Y| − E|X−X′| − E|Y−Y′| where the means exist (Székely and Rizzo 2013)."""
    rates = [2.0 * e - 1.0 for e in tails.gap_exponents(pair.p, pair.q)]
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
    path = coupling.Path(pair)
    panels = path.panels()
    start = path.sample(panels)
    about = math.sqrt(float(panels.integrals(start.cost)[0].sum()))
    tolerance = grid.TOLERANCE * min(
        1.0, about
    )  # half of the error of a root is that of the square over the root
    found = grid.integrate(lambda c: c.cost, start, path.sample, tolerance)
    for edge, rate in zip((panels.low[0], panels.high[-1]), coupling.cost_rates(pair), strict=True):
        if rate < INF:
            found += far.rest(lambda t: _log(path.sample(Panels(t, t)).cost[:, 7]), float(edge), rate)
    return found
