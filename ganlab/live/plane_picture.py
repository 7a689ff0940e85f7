"""What is drawn of two distributions in the plane: fields on a grid, lines that hold mass, transport between samples.

Arrays [H, W] have row 0 at the lowest y. Fields travel as bytes; what a byte means stands beside each function.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from ganlab.distributions import Distribution, GaussianMixture
from ganlab.distributions.base import FloatArray
from ganlab.divergences.transport import assignment
from ganlab.live.frames import Floats

Bytes = NDArray[np.uint8]
Window = tuple[float, float, float, float]

HELD = (0.5, 0.9)  # what share of the mass the lines hold
ROOM = 1.06  # around what has to be seen
SAMPLES = 120  # assigned one to one in about 2 ms


def window_of(p: Distribution, q: Distribution) -> Window:
    """A square that shows both, with a little room: left, right, bottom, top."""
    ends = [seen(p), seen(q)]
    low, high = np.min([low for low, _ in ends], axis=0), np.max([high for _, high in ends], axis=0)
    half = ROOM * float(np.max(high - low)) / 2
    x, y = (low + high) / 2
    return float(x) - half, float(x) + half, float(y) - half, float(y) + half


def seen(distribution: Distribution) -> tuple[FloatArray, FloatArray]:
    """Low and high [2] of what is worth looking at: three standard deviations of every Gaussian."""
    gaussians = distribution.gaussian_mixture()
    if gaussians is not None:
        return gaussians.box()
    low, high = distribution.bounds().T
    return low, high


@dataclass(frozen=True, eq=False)
class Raster:
    """An even grid over a window, with `cells` along its longer side; a cell is as wide as it is high, nearly."""

    window: Window
    cells: int = 96

    @cached_property
    def shape(self) -> tuple[int, int]:
        left, right, bottom, top = self.window
        longer = max(right - left, top - bottom)
        return tuple(max(2, round(self.cells * side / longer)) for side in (top - bottom, right - left))  # type: ignore[return-value]

    @cached_property
    def cell(self) -> tuple[float, float]:
        """Width and height of a cell."""
        left, right, bottom, top = self.window
        return (right - left) / self.shape[1], (top - bottom) / self.shape[0]

    @cached_property
    def points(self) -> FloatArray:
        """Centres of the cells [H·W, 2]."""
        left, _, bottom, _ = self.window
        x = left + self.cell[0] * (np.arange(self.shape[1]) + 0.5)
        y = bottom + self.cell[1] * (np.arange(self.shape[0]) + 0.5)
        return np.stack([np.tile(x, len(y)), np.repeat(y, len(x))], axis=1)

    def log_density(self, distribution: Distribution) -> FloatArray:
        """Log of the density at the centres of the cells [H·W].

        Gaussians are blurred by half a cell, so that one that is thinner than a cell is still seen with all of its mass
        (1 % of it comes and goes with where it lies in the cell). Other families are taken as they are.
        """
        gaussians = distribution.gaussian_mixture()
        if gaussians is None:
            return distribution.logpdf(self.points)
        blur = np.diag(np.square(self.cell)) / 4.0
        seen = GaussianMixture(gaussians.weights, gaussians.means, gaussians.covariances + blur)
        return seen.logpdf(self.points)


def ratio_bytes(log_p: FloatArray, log_q: FloatArray) -> Bytes:
    """255·p/(p+q), which is 255 over 1 + q/p: the logistic of log p/q; 128 where both densities vanish."""
    with np.errstate(invalid="ignore"):
        ratio = log_p - log_q
    return np.round(255.0 * scipy.special.expit(np.where(np.isnan(ratio), 0.0, ratio))).astype(np.uint8)


def density_bytes(log_density: FloatArray) -> tuple[Bytes, float]:
    """255·√(p/peak), and the peak: the root shows slopes far below it too."""
    peak = float(log_density.max())
    if peak == -math.inf:
        return np.zeros(log_density.shape, dtype=np.uint8), 0.0
    return np.round(255.0 * np.exp((log_density - peak) / 2.0)).astype(np.uint8), math.exp(peak)


def signed_bytes(values: FloatArray) -> tuple[Bytes, float]:
    """127.5 + 127.5·w/largest, and the largest |w|."""
    largest = float(np.abs(values).max())
    scaled = values / largest if largest > 0.0 else values
    return np.round(127.5 + 127.5 * scaled).astype(np.uint8), largest


def held_levels(log_density: FloatArray) -> list[float]:
    """Density as a share of its peak, rooted, above which lie `HELD` of the mass within the window."""
    ordered = np.sort(log_density)[::-1]
    peak = ordered[0]
    if peak == -math.inf:
        return []
    mass = np.cumsum(np.exp(ordered - peak))
    at = np.searchsorted(mass, np.asarray(HELD) * mass[-1])
    return [float(math.exp((ordered[k] - peak) / 2.0)) for k in np.minimum(at, len(ordered) - 1)]


def transport(p: Distribution, q: Distribution, seed: int) -> tuple[Floats, dict[str, Any]]:
    """`SAMPLES` of each, one joined to one at the least sum of squares: [n, 4] (x, y of P, x, y of Q), and W2.

    The same seed gives the same random numbers, so samples move with what is dragged; those of P and Q are independent.
    """
    x, y = (d.sample(SAMPLES, np.random.default_rng((seed, k))) for k, d in enumerate((p, q)))
    plan = assignment(x, y, 2)
    lines = np.concatenate([x[plan.i], y[plan.j]], axis=1).astype(np.float32)
    return lines, {"w2": plan.distance, "n": SAMPLES}
