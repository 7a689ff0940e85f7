"""Families in the plane that are not mixtures of Gaussians, each defined so that its density is exact.

r, θ are polar coordinates; φ is the standard normal density. A shape smeared along the radius only has the
density of its (signed radius, angle) divided by r.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import KW_ONLY, dataclass
from functools import cached_property

import numpy as np
import scipy  # its submodules load when first used: most data need none of them

from ganlab.distributions.base import FloatArray, Parametric, floats, square
from ganlab.distributions.errors import DistributionError
from ganlab.distributions.gaussian import logsumexp
from ganlab.distributions.registry import family, integer, positive, real

_LOG_2PI = math.log(2 * math.pi)
_TINY = 1e-300  # keeps 1/r finite at the very centre


class Shape(Parametric):
    """A shape in the plane, within `_reach()` of the origin along each axis."""

    DIM = 2

    @property
    def dim(self) -> int:
        return 2

    def bounds(self) -> FloatArray:
        reach = np.asarray(self._reach())
        return square(-reach, reach)

    @abstractmethod
    def _reach(self) -> tuple[float, float]:
        """Half width and half height."""


def polar(radius: FloatArray, angle: FloatArray) -> FloatArray:
    """Points [n, 2] at radius [n] (negative: on the other side) and angle [n]."""
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def log_normal(x: FloatArray, std: float) -> FloatArray:
    """Log-density of N(0, std²) at x."""
    return -((x / std) ** 2) / 2 - math.log(std) - _LOG_2PI / 2


def _refuse_std(std: float, largest: float) -> None:
    if std > largest:
        raise DistributionError(
            f"std is {std}; allowed: at most {largest:.4g} for this shape", parameter="std"
        )


@family(
    "moons",
    "Two interleaved half circles.",
    r"\frac12\sum_{\pm}\frac{1}{\pi r_\pm}\,\frac1\sigma"
    r"\varphi\!\left(\frac{\pm\mathrm{sgn}(y_\pm)\,r_\pm-R}{\sigma}\right)",
)
@dataclass(frozen=True)
class Moons(Shape):
    """Radii R + σε, angles uniform on a half circle; centres (∓R/2, ∓R/4)."""

    _: KW_ONLY
    radius: float = positive(1.0, "radius of each half circle", high=100)
    std: float = positive(0.08, "thickness: standard deviation of the radius", high=100)

    def _check(self) -> None:
        _refuse_std(self.std, self.radius / 4)

    def _reach(self) -> tuple[float, float]:
        return 1.5 * self.radius + 3 * self.std, 0.75 * self.radius + 3 * self.std

    @property
    def _centre(self) -> FloatArray:
        return self.radius * np.array([0.5, 0.25])

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        side = np.where(rng.random(n) < 0.5, 1.0, -1.0)[:, None]
        arc = polar(self.radius + self.std * rng.standard_normal(n), math.pi * rng.random(n))
        return side * (arc - self._centre)  # the lower moon is the upper one turned by half a circle

    def _logpdf(self, x: FloatArray) -> FloatArray:
        both = np.stack([self._log_upper(x + self._centre), self._log_upper(self._centre - x)], axis=1)
        return logsumexp(both) - math.log(2)

    def _log_upper(self, x: FloatArray) -> FloatArray:
        r = np.maximum(np.hypot(x[:, 0], x[:, 1]), _TINY)
        signed = np.where(x[:, 1] >= 0, r, -r)
        return log_normal(signed - self.radius, self.std) - math.log(math.pi) - np.log(r)


@family(
    "circles",
    "Concentric rings, all of equal weight.",
    r"\frac1n\sum_{k=1}^{n}\frac{1}{2\pi\sigma^2}\,e^{-(r^2+R_k^2)/2\sigma^2}\,I_0\!\left(\frac{rR_k}{\sigma^2}\right),"
    r"\quad R_k=\frac{kR}{n}",
)
@dataclass(frozen=True)
class Circles(Shape):
    """A uniform point of a circle plus an isotropic Gaussian: the radius follows Rice (1945)."""

    n: int = integer(2, "number of rings", 1, 16)
    _: KW_ONLY
    radius: float = positive(1.5, "radius of the outermost ring", high=100)
    std: float = positive(0.05, "thickness: standard deviation per axis", high=100)

    @cached_property
    def _radii(self) -> FloatArray:
        return self.radius * np.arange(1, self.n + 1) / self.n

    def _reach(self) -> tuple[float, float]:
        return (self.radius + 3 * self.std,) * 2

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        r = self._radii[rng.integers(self.n, size=n)]
        return polar(r, 2 * math.pi * rng.random(n)) + self.std * rng.standard_normal((n, 2))

    def _logpdf(self, x: FloatArray) -> FloatArray:
        r, variance = np.hypot(x[:, 0], x[:, 1])[:, None], self.std**2
        bessel = np.log(
            scipy.special.i0e(r * self._radii / variance)
        )  # scaled by exp(-rR/σ²), so nothing overflows
        rings = bessel - (r - self._radii) ** 2 / (2 * variance)
        return logsumexp(rings) - math.log(self.n) - math.log(variance) - _LOG_2PI


@family(
    "line",
    "A straight segment with a soft edge: data on a one-dimensional manifold.",
    r"\frac{1}{\sigma}\varphi\!\left(\frac{v}{\sigma}\right)\frac{1}{L}"
    r"\left[\Phi\!\left(\frac{u+L/2}{\sigma}\right)-\Phi\!\left(\frac{u-L/2}{\sigma}\right)\right]",
)
@dataclass(frozen=True)
class Line(Shape):
    """A uniform point of the segment plus an isotropic Gaussian; u runs along it, v across."""

    _: KW_ONLY
    length: float = positive(3.0, "length of the segment", high=200)
    angle: float = real(45.0, "direction in degrees, from the x axis", low=-360, high=360)
    std: float = positive(0.05, "thickness: standard deviation per axis", high=100)

    @property
    def _axis(self) -> FloatArray:
        return np.array([math.cos(math.radians(self.angle)), math.sin(math.radians(self.angle))])

    def _reach(self) -> tuple[float, float]:
        x, y = np.abs(self._axis) * self.length / 2 + 3 * self.std
        return float(x), float(y)

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        along = self.length * (rng.random(n) - 0.5)
        return along[:, None] * self._axis + self.std * rng.standard_normal((n, 2))

    def _logpdf(self, x: FloatArray) -> FloatArray:
        u, v = x @ self._axis, x @ np.array([-self._axis[1], self._axis[0]])
        u = -np.abs(u)  # symmetric; in the lower tail Φ(a) - Φ(b) keeps its relative accuracy
        upper = scipy.special.log_ndtr((u + self.length / 2) / self.std)
        lower = scipy.special.log_ndtr((u - self.length / 2) / self.std)
        segment = upper + np.log1p(-np.exp(lower - upper)) - math.log(self.length)
        return floats(log_normal(v, self.std) + segment)


@family(
    "spiral",
    "Arms that wind outwards, evenly filled along their length.",
    r"\frac{1}{nr}\sum_{\text{arms}}\sum_{t\equiv\theta}f(t)\,\frac1\sigma\varphi\!\left(\frac{r-at}{\sigma}\right),"
    r"\quad f(t)\propto t",
)
@dataclass(frozen=True)
class Spiral(Shape):
    """Archimedes' spiral r = at + σε at angle t, from a quarter turn to `turns` turns; mass by area swept."""

    arms: int = integer(2, "number of arms", 1, 6)
    _: KW_ONLY
    turns: float = positive(1.5, "turns of each arm, counted from the centre", low=0.5, high=6)
    radius: float = positive(1.5, "radius at the outer end", high=100)
    std: float = positive(0.03, "thickness: standard deviation of the radius", high=100)

    def _check(self) -> None:
        _refuse_std(self.std, self.radius / (16 * self.turns))  # four sigma from the centre at the inner end

    def _reach(self) -> tuple[float, float]:
        return (self.radius + 3 * self.std,) * 2

    @property
    def _span(self) -> tuple[float, float]:
        return math.pi / 2, 2 * math.pi * self.turns

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        first, last = self._span
        t = np.sqrt(first**2 + rng.random(n) * (last**2 - first**2))
        r = self.radius * t / last + self.std * rng.standard_normal(n)
        return polar(r, t + 2 * math.pi * rng.integers(self.arms, size=n) / self.arms)

    def _logpdf(self, x: FloatArray) -> FloatArray:
        r, angle = np.maximum(np.hypot(x[:, 0], x[:, 1]), _TINY), np.arctan2(x[:, 1], x[:, 0])
        terms = []
        for arm in range(self.arms):
            for signed, turn in ((r, 0.0), (-r, math.pi)):  # a negative radius lies on the other side
                start = np.mod(angle + turn - 2 * math.pi * arm / self.arms, 2 * math.pi)
                windings = range(math.ceil(self.turns) + 1)
                terms += [self._log_winding(signed, start + 2 * math.pi * k) for k in windings]
        return logsumexp(np.stack(terms, axis=1)) - math.log(self.arms) - np.log(r)

    def _log_winding(self, r: FloatArray, t: FloatArray) -> FloatArray:
        """Log of f(t) times the density of the signed radius r given t."""
        first, last = self._span
        log_f = np.log(np.where((t >= first) & (t <= last), 2 * t / (last**2 - first**2), 0.0))
        return log_f + log_normal(r - self.radius * t / last, self.std)


@family(
    "pinwheel",
    "Blades twisted around the centre.",
    r"\frac1n\sum_k\mathcal N\!\left("
    r"R(-\tfrac{2\pi k}{n}-\tau e^{r})\,x;\,(1,0),\mathrm{diag}(\sigma_r^2,\sigma_t^2)\right)",
)
@dataclass(frozen=True)
class Pinwheel(Shape):
    """After Johnson et al. 2016 (arXiv:1603.06277), but twisted by the distance |x|, which keeps areas."""

    n: int = integer(5, "number of blades", 1, 16)
    _: KW_ONLY
    radial: float = positive(0.3, "standard deviation along a blade", high=1)
    tangential: float = positive(0.08, "standard deviation across a blade", high=1)
    twist: float = real(0.25, "twist in radians per exp(r)", low=-2, high=2)

    def _reach(self) -> tuple[float, float]:
        return (1 + 3 * max(self.radial, self.tangential),) * 2

    def _turn(self, x: FloatArray) -> FloatArray:
        return self.twist * np.exp(np.minimum(np.hypot(x[:, 0], x[:, 1]), 10.0))

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        blade = [1.0, 0.0] + rng.standard_normal((n, 2)) * [self.radial, self.tangential]
        return rotate(blade, self._turn(blade) + 2 * math.pi * rng.integers(self.n, size=n) / self.n)

    def _logpdf(self, x: FloatArray) -> FloatArray:
        turn, blades = self._turn(x), []
        for k in range(self.n):
            f = rotate(x, -turn - 2 * math.pi * k / self.n)
            blades.append(log_normal(f[:, 0] - 1, self.radial) + log_normal(f[:, 1], self.tangential))
        return logsumexp(np.stack(blades, axis=1)) - math.log(self.n)


def rotate(x: FloatArray, angle: FloatArray) -> FloatArray:
    """Points [n, 2], each turned by its own angle [n]."""
    c, s = np.cos(angle), np.sin(angle)
    return np.stack([c * x[:, 0] - s * x[:, 1], s * x[:, 0] + c * x[:, 1]], axis=1)


@family(
    "checkerboard",
    "The dark squares of a board, evenly filled.",
    r"\frac{1}{|\text{dark}|}\ \text{on the dark squares}",
)
@dataclass(frozen=True)
class Checkerboard(Shape):
    """n by n squares; those with an even sum of indices are dark, the lower left one among them."""

    n: int = integer(4, "squares along each side", 2, 16)
    _: KW_ONLY
    width: float = positive(4.0, "side of the whole board", high=100)

    def _reach(self) -> tuple[float, float]:
        return self.width / 2, self.width / 2

    @cached_property
    def _dark(self) -> FloatArray:
        """Indices [K, 2] of the dark squares."""
        return np.argwhere(np.indices((self.n, self.n)).sum(axis=0) % 2 == 0).astype(np.float64)

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        square_ = self._dark[rng.integers(len(self._dark), size=n)]
        return (square_ + rng.random((n, 2))) * (self.width / self.n) - self.width / 2

    def _logpdf(self, x: FloatArray) -> FloatArray:
        index = np.floor((x + self.width / 2) * (self.n / self.width))
        dark = np.all((index >= 0) & (index < self.n), axis=1) & (index.sum(axis=1) % 2 == 0)
        area = len(self._dark) * (self.width / self.n) ** 2
        return np.where(dark, -math.log(area), -np.inf)
