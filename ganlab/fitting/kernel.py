"""Q as a batch of samples, and the divergences of its kernel density from a target; in the target's own units.

The kernel density of a batch is what smoothing Q with the kernel gives on average, q_h = q∗N(0, h²). Compared with p
itself, the best Q would be one that smoothing turns into p: narrower than P by h in every mode. So P is smoothed with
the same kernel: D(p_h, q_h) is smallest, and 0, where Q = P, since convolution with a Gaussian can be undone. Details
finer than h weigh little on either side. MMD² and W2 need no density and take P as it is.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from ganlab.fitting.gaussian import as_gaussians
from ganlab.fitting.target import Array, Target
from ganlab.gan import explicit
from ganlab.gan.explicit import Gaussians

STEPS_PER_BANDWIDTH = (
    2  # grid points: the trapezoid rule is exact to 1e-16 for what is as smooth as the kernel
)
MARGIN = 6.0  # bandwidths beyond what is worth looking at
BLOCK = 1 << 20


class KernelProblem:
    """The divergences between a target and samples `[E, B, 1]` (see `ganlab.fitting.objectives.Problem`).

    f-divergences are between two smoothed densities on a fixed grid; samples that leave it no longer count.
    """

    def __init__(self, target: Target, bandwidth: float, reach: tuple[float, float]) -> None:
        """`bandwidth` in the units of the data; `reach` (low, high), in the target's, is where samples may be."""
        self.target, self.bandwidth = target, bandwidth / target.scale
        self._p = Gaussians(*(torch.from_numpy(part) for part in as_gaussians(target, self.bandwidth)))
        grid = grid_over(target, self.bandwidth, reach)
        self._grid, self._step = torch.from_numpy(grid), float(grid[1] - grid[0])
        self._log_p = torch.from_numpy(smoothed(target, self.bandwidth, grid))
        self._quantiles: dict[int, Tensor] = {}

    def f_divergence(self, name: str, q: Tensor) -> Tensor:
        """D_f(P∗N(0, h²) ‖ kernel density of Q) `[E]`."""
        log_q = explicit.kernel_density(q, self._grid, self.bandwidth)
        return explicit.f_divergence(name, self._log_p, log_q, torch.full_like(self._log_p, self._step))

    def w2_squared(self, q: Tensor) -> Tensor:
        """W2² `[E]` from sorted samples to P's quantiles."""
        count = q.shape[1]
        if count not in self._quantiles:
            levels = (np.arange(count) + 0.5) / count
            self._quantiles[count] = torch.from_numpy(self.target.quantile(levels))
        return explicit.w2_squared_to_samples(self._quantiles[count], q)

    def mmd2(self, q: Tensor) -> Tensor:
        """MMD² `[E]`, unbiased in Q and exact in P."""
        return explicit.mmd2_to_gaussians(self._p, q, self.bandwidth)


def grid_over(target: Target, bandwidth: float, reach: tuple[float, float]) -> Array:
    """An even grid `[n]` over P's window, the reach, and a margin."""
    low = min(target.window[0], reach[0]) - MARGIN * bandwidth
    high = max(target.window[1], reach[1]) + MARGIN * bandwidth
    return np.linspace(low, high, math.ceil((high - low) * STEPS_PER_BANDWIDTH / bandwidth) + 1)


def smoothed(target: Target, bandwidth: float, y: Array) -> Array:
    """log of p∗N(0, h²) at y `[n]`; exact for mixtures of Gaussians, else by quadrature."""
    weights, means, variances = as_gaussians(target, bandwidth)
    total = variances + bandwidth**2
    rows = max(1, BLOCK // len(weights))
    parts = []
    for i in range(0, len(y), rows):
        exponent = (
            -((y[i : i + rows, None] - means) ** 2) / (2 * total)
            + np.log(weights)
            - np.log(2 * np.pi * total) / 2
        )
        parts.append(np.logaddexp.reduce(exponent, axis=1))
    return np.concatenate(parts)
