"""Families in the plane that are exact mixtures of Gaussians. Other shapes are in `shapes`."""

from __future__ import annotations

import math
from dataclasses import KW_ONLY, dataclass

import numpy as np

from ganlab.distributions.base import FloatArray, Parametric
from ganlab.distributions.gaussian import GaussianMixture, GaussianPlanar, isotropic
from ganlab.distributions.registry import family, integer, positive, spread, vector


@family(
    "normal",
    "A Gaussian cloud in the plane, round or elliptical.",
    r"\frac{1}{2\pi|\Sigma|^{1/2}}\,e^{-\frac12 (x-\mu)^\top\Sigma^{-1}(x-\mu)}",
    key="normal_2d",
)
@dataclass(frozen=True)
class Normal2D(GaussianPlanar, Parametric):
    mean: tuple[float, float] = vector((0.0, 0.0), "centre")
    cov: float | tuple[float, float] | tuple[tuple[float, float], tuple[float, float]] = spread(
        1.0, "standard deviation, two of them, or the covariance matrix"
    )

    @property
    def covariance(self) -> FloatArray:
        """The covariance matrix [2, 2], whichever way it was given."""
        given = np.array(self.cov)
        return given if given.ndim == 2 else np.eye(2) * given**2

    def _mixture(self) -> GaussianMixture:
        return GaussianMixture(np.ones(1), np.array([self.mean]), self.covariance[None])


@family(
    "ring",
    "Equal Gaussians, evenly spaced on a circle.",
    r"\frac1n\sum_{k=0}^{n-1}\mathcal N\!\left("
    r"r(\cos\tfrac{2\pi k}{n},\sin\tfrac{2\pi k}{n}),\,\sigma^2 I\right)",
)
@dataclass(frozen=True)
class Ring(GaussianPlanar, Parametric):
    n: int = integer(8, "number of modes", 1, 100)
    _: KW_ONLY
    radius: float = positive(1.0, "radius of the circle", high=100)
    std: float = positive(0.01, "standard deviation of each mode", high=100)

    def _mixture(self) -> GaussianMixture:
        angle = 2 * math.pi * np.arange(self.n) / self.n  # the end point is not repeated: n distinct modes
        return isotropic(self.radius * np.stack([np.cos(angle), np.sin(angle)], axis=1), self.std)


@family(
    "grid",
    "Equal Gaussians on a square lattice, n by n.",
    r"\frac1{n^2}\sum_{i,j}\mathcal N\!\left(s\,(i-\tfrac{n-1}2,\,j-\tfrac{n-1}2),\,\sigma^2 I\right)",
)
@dataclass(frozen=True)
class Grid(GaussianPlanar, Parametric):
    n: int = integer(5, "modes along each side", 1, 15)
    _: KW_ONLY
    spacing: float = positive(2.0, "distance between neighbours", high=100)
    std: float = positive(0.05, "standard deviation of each mode", high=100)

    def _mixture(self) -> GaussianMixture:
        ticks = self.spacing * (np.arange(self.n) - (self.n - 1) / 2)
        return isotropic(np.stack(np.meshgrid(ticks, ticks, indexing="ij"), axis=-1).reshape(-1, 2), self.std)


@family(
    "blobs",
    "Separate round clouds, of unequal weight if asked.",
    r"\sum_k w_k\,\mathcal N(c_k,\sigma^2 I),\quad w_{k+1} = \text{ratio}\cdot w_k",
)
@dataclass(frozen=True)
class Blobs(GaussianPlanar, Parametric):
    """Centres on a sunflower spiral: blob k at radius spread*sqrt((k+1/2)/n), golden angles apart."""

    n: int = integer(3, "number of clouds", 1, 16)
    _: KW_ONLY
    spread: float = positive(1.5, "radius of the disc that holds the centres", high=100)
    std: float = positive(0.15, "standard deviation of each cloud", high=100)
    ratio: float = positive(1.0, "weight of each cloud relative to the one before", low=0.5, high=2)

    def _mixture(self) -> GaussianMixture:
        k = np.arange(self.n)
        angle, radius = k * math.pi * (3 - math.sqrt(5)), self.spread * np.sqrt((k + 0.5) / self.n)
        centres = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        return isotropic(centres, self.std, self.ratio ** k.astype(float))
