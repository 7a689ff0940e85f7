"""Feature maps: a test function is a weighted sum of features, V(x) = w · φ(x), so training it is a concave problem."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Kind = Literal["fourier", "polynomial"]

WAVES = {1: 16, 2: 32}
DEGREE = {1: 5, 2: 4}
SEED = 2007  # of the waves; they are the same in every call


@dataclass(frozen=True)
class Features:
    """φ: [N, d] -> [N, D], bounded, the first feature constant; centre and scale [d] standardise the points."""

    centre: Array
    scale: Array
    kind: Kind

    def __call__(self, x: Array) -> Array:
        z = (x - self.centre) / self.scale
        return _waves(z) if self.kind == "fourier" else _polynomial(z)


def features(x: Array, y: Array, kind: Kind) -> Features:
    """The map for two samples [n, d], [m, d], standardised by both together."""
    both = np.concatenate([x, y])
    spread = both.std(axis=0)
    return Features(both.mean(axis=0), np.where(spread > 0.0, spread, 1.0), kind)


def _waves(z: Array) -> Array:
    """Random Fourier features cos(ω·z + b) (Rahimi and Recht 2007), ω from kernels of widths 2, 1 and ½."""
    count = WAVES[z.shape[1]]
    rng = np.random.default_rng(SEED)
    frequency = rng.standard_normal((count, z.shape[1])) * np.resize([0.5, 1.0, 2.0], count)[:, None]
    phase = rng.uniform(0.0, 2.0 * np.pi, count)
    return np.concatenate([np.ones((len(z), 1)), np.cos(z @ frequency.T + phase)], axis=1)


def _polynomial(z: Array) -> Array:
    """All monomials up to a degree (5 on the line, 4 in the plane) of z/√(1 + z²/9), which keeps them bounded."""
    z = z / np.sqrt(1.0 + z**2 / 9.0)
    degree = DEGREE[z.shape[1]]
    powers = z[None] ** np.arange(degree + 1)[:, None, None]  # [degree + 1, N, d]
    if z.shape[1] == 1:
        return powers[:, :, 0].T.copy()
    return np.stack(
        [powers[i, :, 0] * powers[j, :, 1] for i in range(degree + 1) for j in range(degree + 1 - i)], axis=1
    )
