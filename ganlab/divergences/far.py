"""Integrals that reach to infinity: how far a grid has to go, and what is left beyond its ends.

A power of densities may peak far from both (p²/q of two normals), and a polynomial tail may fall so slowly that no grid
holds it all. So panels go on outwards, doubling, while the integrand is worth it; what a tail ~ x^(−λ−1) still holds
beyond the last edge X is X f(X)/λ, with λ known from the parameters.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ganlab.divergences.grid import ROUNDING, TOLERANCE, Integral, Panels, panels_between

Array = NDArray[np.float64]
Magnitude = Callable[[Array], Array]

FARTHEST = 1e75  # in units of the grid; a density x^-4 is still a float there
_HALVINGS, _LEAST = 900.0, 1e-290  # of a panel that begins at 0: where floats end
_FINEST = 7  # halvings of the width of the grid to the first panel beyond it
NEGLIGIBLE = 45.0  # e^-45 of the largest value is where an integrand may be cut off


@dataclass(frozen=True, eq=False)
class Outward:
    """Panels that go on outwards, and the ends (−1 left, 1 right) at which they had to stop too early."""

    panels: Panels
    cut: tuple[int, ...]


def outward(
    panels: Panels, magnitude: Magnitude, negligible: float = NEGLIGIBLE, zero: bool = False
) -> Outward:
    """Panels continued until exp(magnitude(x)), the size of an integrand, is negligible; x [..., n] -> same.

    With `zero` the panel that begins at 0, where log-normals end, is divided downwards in the same way.
    """
    low, high = float(panels.low[0]), float(panels.high[-1])
    steps = (high - low) * 2.0 ** np.arange(-_FINEST, math.log2(FARTHEST))
    steps = np.concatenate([[0.0], steps])
    out = np.stack([low - steps, high + steps])
    widths = np.maximum(steps, steps[1])
    probed = magnitude(out) + np.log(widths)
    inner = magnitude(panels.x) + np.log(panels.half)[:, None]
    least = max(float(inner.max()), float(probed.max())) - negligible
    edges: list[Array] = [panels.low, panels.high[-1:]]
    cut: list[int] = []
    for side, x, level in zip((-1, 1), out, probed, strict=True):
        worth = np.flatnonzero(level > least)
        if len(worth):
            edges.append(x[1 : worth[-1] + 2])
        if len(worth) and worth[-1] == len(x) - 1:
            cut.append(side)
    if zero:
        edges.append(_towards_zero(panels, magnitude, least))
    return Outward(panels_between(np.unique(np.concatenate(edges))), tuple(cut))


def _towards_zero(panels: Panels, magnitude: Magnitude, least: float) -> Array:
    """Edges in the panel that begins at 0, halving as long as the integrand is worth it."""
    first = panels.high[panels.low == 0.0]
    x = (first[:1, None] * 2.0 ** -np.arange(1.0, _HALVINGS)).ravel()
    x = x[x > _LEAST]
    worth = np.flatnonzero(magnitude(x) + np.log(x) > least)
    return x[: worth[-1] + 2] if len(worth) else x[:0]


def within(panels: Panels, centre: float, radius: float) -> Panels:
    """The panels that lie within a distance, where there is one; all of them for inf."""
    if radius == math.inf:
        return panels
    return panels.take((panels.low >= centre - radius) & (panels.high <= centre + radius))


def rest(log_size: Magnitude, edge: float, rate: float) -> Integral:
    """What exp(log_size) ~ |x|^(−λ−1) holds beyond an edge; the error is how far it still is from that law.

    `log_size` [n] -> [n]; λ = `rate` > 0. A slope that is off by no more than rounding does is not off the law.
    """
    last, half = log_size(np.array([edge, edge / 2]))
    if last == -math.inf:
        return Integral(0.0, 0.0)
    value = math.exp(last + math.log(abs(edge))) / rate
    measured = (half - last) / math.log(2.0) - 1.0
    off = abs(float(measured) / rate - 1.0)
    if off * rate <= ROUNDING * abs(last):
        off = min(off, TOLERANCE)
    return Integral(value, value * off)
