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

from ganlab.divergences.grid import Integral, Panels, panels_between

Array = NDArray[np.float64]
Magnitude = Callable[[Array], Array]

FARTHEST = 1e75  # in units of the grid; a density x^-4 is still a float there
NEGLIGIBLE = 45.0  # e^-45 of the largest value is where an integrand may be cut off


@dataclass(frozen=True, eq=False)
class Outward:
    """Panels that go on outwards, and the ends (−1 left, 1 right) at which they had to stop too early."""

    panels: Panels
    cut: tuple[int, ...]


def outward(panels: Panels, magnitude: Magnitude, negligible: float = NEGLIGIBLE) -> Outward:
    """Panels continued until exp(magnitude(x)), the size of an integrand, is negligible; x [..., n] -> same."""
    low, high = float(panels.low[0]), float(panels.high[-1])
    steps = (high - low) * 2.0 ** np.arange(math.log2(FARTHEST))
    out = np.stack([low - steps, high + steps])
    probed = magnitude(out) + np.log(steps)
    inner = magnitude(panels.x) + np.log(panels.half)[:, None]
    least = max(float(inner.max()), float(probed.max())) - negligible
    edges: list[Array] = [panels.low, panels.high[-1:]]
    cut: list[int] = []
    for side, x, level in zip((-1, 1), out, probed, strict=True):
        worth = np.flatnonzero(level > least)
        if len(worth):
            edges.append(x[: worth[-1] + 2])
        if len(worth) and worth[-1] == len(x) - 1:
            cut.append(side)
    return Outward(panels_between(np.sort(np.concatenate(edges))), tuple(cut))


def within(panels: Panels, centre: float, radius: float) -> Panels:
    """The panels that lie within a distance, where there is one; all of them for inf."""
    if radius == math.inf:
        return panels
    return panels.take((panels.low >= centre - radius) & (panels.high <= centre + radius))


def rest(log_size: Magnitude, edge: float, rate: float) -> Integral:
    """What exp(log_size) ~ |x|^(−λ−1) holds beyond an edge; the error is how far it still is from that law.

    `log_size` [n] -> [n]; λ = `rate` > 0.
    """
    last, half = log_size(np.array([edge, edge / 2]))
    if last == -math.inf:
        return Integral(0.0, 0.0)
    value = math.exp(last + math.log(abs(edge))) / rate
    measured = (half - last) / math.log(2.0) - 1.0
    return Integral(value, value * abs(float(measured) / rate - 1.0))
