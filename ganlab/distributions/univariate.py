"""Families on the line, each by its closed forms. A new one is one class here (see `Laplace`).

z = (x - location) / scale. scipy.special only: scipy.stats would double the start time of the web process.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass

import numpy as np
import scipy  # its submodules load when first used: most data need none of them

from ganlab.distributions.base import FloatArray, Modes, Parametric, floats
from ganlab.distributions.errors import DistributionError
from ganlab.distributions.gaussian import GaussianMixture, isotropic
from ganlab.distributions.registry import family, positive, real


class Univariate(Parametric):
    """A distribution on the line."""

    DIM = 1

    @property
    def dim(self) -> int:
        return 1

    def bounds(self) -> FloatArray:
        """[1, 2]: 99.9 % of the mass, at most a central width (5-95 %) beyond the centre, and a margin."""
        low, q05, q95, high = self.quantile([0.0005, 0.05, 0.95, 0.9995])
        low, high = max(low, q05 - (q95 - q05)), min(high, q95 + (q95 - q05))
        return floats([[low - 0.1 * (high - low), high + 0.1 * (high - low)]])

    def modes(self) -> Modes | None:
        """One mode. Its spread is the standard deviation, or the scale of a heavy tail."""
        peak = self._peak()
        if peak is None:
            return None
        return Modes(np.array([[peak[0]]]), np.array([peak[1]]), np.ones(1))

    def _peak(self) -> tuple[float, float] | None:
        return None


class LocationScale(Univariate):
    """location + scale * Z, with Z given by its standard log-density, cdf, quantile and sampler."""

    loc: float
    scale: float

    def _frame(self) -> tuple[float, float]:
        return self.loc, self.scale

    def _logpdf(self, x: FloatArray) -> FloatArray:
        loc, scale = self._frame()
        return self._standard_logpdf((x[:, 0] - loc) / scale) - math.log(scale)

    def _cdf(self, x: FloatArray) -> FloatArray:
        loc, scale = self._frame()
        return self._standard_cdf((x - loc) / scale)

    def _quantile(self, u: FloatArray) -> FloatArray:
        loc, scale = self._frame()
        with np.errstate(divide="ignore"):  # the quantile of 0 or 1 may be infinite
            return loc + scale * self._standard_quantile(u)

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        loc, scale = self._frame()
        return loc + scale * self._standard_sample(n, rng)[:, None]

    @abstractmethod
    def _standard_logpdf(self, z: FloatArray) -> FloatArray: ...

    @abstractmethod
    def _standard_cdf(self, z: FloatArray) -> FloatArray: ...

    @abstractmethod
    def _standard_quantile(self, u: FloatArray) -> FloatArray: ...

    def _standard_sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        return self._standard_quantile(rng.random(n))


@family("normal", "The bell curve.", r"\frac{1}{\sigma\sqrt{2\pi}}\,e^{-(x-\mu)^2/2\sigma^2}")
@dataclass(frozen=True)
class Normal(LocationScale):
    mean: float = real(0.0, "centre")
    std: float = positive(1.0, "standard deviation")

    def _frame(self) -> tuple[float, float]:
        return self.mean, self.std

    def _peak(self) -> tuple[float, float]:
        return self.mean, self.std

    def gaussian_mixture(self) -> GaussianMixture:
        return isotropic(np.array([[self.mean]]), self.std)

    def _standard_logpdf(self, z: FloatArray) -> FloatArray:
        return -(z**2) / 2 - math.log(2 * math.pi) / 2

    def _standard_cdf(self, z: FloatArray) -> FloatArray:
        return np.asarray(scipy.special.ndtr(z))

    def _standard_quantile(self, u: FloatArray) -> FloatArray:
        return np.asarray(scipy.special.ndtri(u))

    def _standard_sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        return rng.standard_normal(n)


@family("uniform", "Every value between two ends equally likely.", r"\frac{1}{b-a},\quad a\le x\le b")
@dataclass(frozen=True)
class Uniform(LocationScale):
    low: float = real(-1.0, "left end")
    high: float = real(1.0, "right end")

    def _check(self) -> None:
        if self.high - self.low < 1e-4:
            raise DistributionError(f"high is {self.high}; allowed: above low ({self.low})", parameter="high")

    def _frame(self) -> tuple[float, float]:
        return self.low, self.high - self.low

    def _standard_logpdf(self, z: FloatArray) -> FloatArray:
        return np.where((z >= 0) & (z <= 1), 0.0, -np.inf)

    def _standard_cdf(self, z: FloatArray) -> FloatArray:
        return np.clip(z, 0.0, 1.0)

    def _standard_quantile(self, u: FloatArray) -> FloatArray:
        return u


@family("laplace", "A sharp peak with exponential tails on both sides.", r"\frac{1}{2b}\,e^{-|x-\mu|/b}")
@dataclass(frozen=True)
class Laplace(LocationScale):
    loc: float = real(0.0, "centre")
    scale: float = positive(1.0, "mean distance from the centre")

    def _peak(self) -> tuple[float, float]:
        return self.loc, math.sqrt(2) * self.scale

    def _standard_logpdf(self, z: FloatArray) -> FloatArray:
        return -np.abs(z) - math.log(2)

    def _standard_cdf(self, z: FloatArray) -> FloatArray:
        half = np.exp(-np.abs(z)) / 2
        return np.where(z < 0, half, 1 - half)

    def _standard_quantile(self, u: FloatArray) -> FloatArray:
        return np.where(u < 0.5, np.log(2 * u), -np.log(2 * (1 - u)))

    def _standard_sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        return rng.laplace(size=n)


@family(
    "student_t",
    "A bell with polynomial tails: the fewer degrees of freedom, the heavier.",
    r"\frac{\Gamma(\frac{\nu+1}{2})}{\Gamma(\frac{\nu}{2})\sqrt{\nu\pi}\,s}"
    r"\left(1+\frac{(x-\mu)^2}{\nu s^2}\right)^{-\frac{\nu+1}{2}}",
)
@dataclass(frozen=True)
class StudentT(LocationScale):
    df: float = positive(3.0, "degrees of freedom", low=0.5, high=1000)
    loc: float = real(0.0, "centre")
    scale: float = positive(1.0, "scale")

    def _peak(self) -> tuple[float, float]:
        return self.loc, self.scale  # the standard deviation is infinite for df <= 2 and useless just above

    def _standard_logpdf(self, z: FloatArray) -> FloatArray:
        v = self.df
        constant = (
            scipy.special.gammaln((v + 1) / 2) - scipy.special.gammaln(v / 2) - math.log(v * math.pi) / 2
        )
        return np.asarray(constant - (v + 1) / 2 * np.log1p(z**2 / v))

    def _standard_cdf(self, z: FloatArray) -> FloatArray:
        return np.asarray(scipy.special.stdtr(self.df, z))

    def _standard_quantile(self, u: FloatArray) -> FloatArray:
        return np.where(u == 0, -np.inf, scipy.special.stdtrit(self.df, u))  # scipy says +inf at 0

    def _standard_sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        return rng.standard_t(self.df, n)


@family("cauchy", "Tails so heavy that it has no mean.", r"\frac{1}{\pi s\,(1+(x-\mu)^2/s^2)}")
@dataclass(frozen=True)
class Cauchy(LocationScale):
    loc: float = real(0.0, "centre")
    scale: float = positive(1.0, "half the width at half the height")

    def _peak(self) -> tuple[float, float]:
        return self.loc, self.scale

    def _standard_logpdf(self, z: FloatArray) -> FloatArray:
        return -np.log1p(z**2) - math.log(math.pi)

    def _standard_cdf(self, z: FloatArray) -> FloatArray:
        return np.arctan2(1.0, -z) / math.pi  # keeps relative accuracy in the lower tail

    def _standard_quantile(self, u: FloatArray) -> FloatArray:
        tail = np.minimum(u, 1 - u)  # exact near both ends, where u - 1/2 is not
        far = np.divide(1.0, np.tan(math.pi * tail), out=np.full_like(u, np.inf), where=tail > 0)
        return np.where(np.abs(u - 0.5) < 0.25, np.tan(math.pi * (u - 0.5)), np.where(u < 0.5, -far, far))

    def _standard_sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        return rng.standard_cauchy(n)


@family(
    "exponential",
    "Waiting time: highest at its start, then falling at a constant rate.",
    r"\lambda\,e^{-\lambda (x-s)},\quad x\ge s",
)
@dataclass(frozen=True)
class Exponential(LocationScale):
    rate: float = positive(1.0, "decay per unit; the mean is start + 1/rate", low=1e-3, high=1e4)
    start: float = real(0.0, "left end, where the density is highest")

    def _frame(self) -> tuple[float, float]:
        return self.start, 1 / self.rate

    def _peak(self) -> tuple[float, float]:
        return self.start, 1 / self.rate

    def _standard_logpdf(self, z: FloatArray) -> FloatArray:
        return np.where(z >= 0, -z, -np.inf)

    def _standard_cdf(self, z: FloatArray) -> FloatArray:
        return -np.expm1(-np.maximum(z, 0.0))

    def _standard_quantile(self, u: FloatArray) -> FloatArray:
        return -np.log1p(-u)


@family(
    "lognormal",
    "A quantity whose logarithm is normal: positive and skewed.",
    r"\frac{1}{x\sigma\sqrt{2\pi}}\,e^{-(\ln x-\mu)^2/2\sigma^2},\quad x>0",
)
@dataclass(frozen=True)
class LogNormal(Univariate):
    mu: float = real(0.0, "mean of the logarithm", low=-10, high=6)
    sigma: float = positive(0.5, "standard deviation of the logarithm", low=1e-3, high=3)

    def _peak(self) -> tuple[float, float]:
        variance = math.expm1(self.sigma**2) * math.exp(2 * self.mu + self.sigma**2)
        return math.exp(self.mu - self.sigma**2), math.sqrt(variance)

    def _logpdf(self, x: FloatArray) -> FloatArray:
        inside = x[:, 0] > 0
        log_x = np.log(np.where(inside, x[:, 0], 1.0))
        density = (
            -(((log_x - self.mu) / self.sigma) ** 2) / 2
            - log_x
            - math.log(self.sigma * math.sqrt(2 * math.pi))
        )
        return np.where(inside, density, -np.inf)

    def _cdf(self, x: FloatArray) -> FloatArray:
        log_x = np.log(np.where(x > 0, x, 1.0))
        return np.where(x > 0, scipy.special.ndtr((log_x - self.mu) / self.sigma), 0.0)

    def _quantile(self, u: FloatArray) -> FloatArray:
        return floats(np.exp(self.mu + self.sigma * scipy.special.ndtri(u)))

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        return rng.lognormal(self.mu, self.sigma, (n, 1))


@family(
    "triangular",
    "Rises in a straight line to its peak and falls in another.",
    r"\frac{2(x-a)}{(b-a)(c-a)}\ (a\le x\le c),\quad \frac{2(b-x)}{(b-a)(b-c)}\ (c<x\le b)",
)
@dataclass(frozen=True)
class Triangular(LocationScale):
    low: float = real(-1.0, "left end")
    mode: float = real(0.0, "peak")
    high: float = real(1.0, "right end")

    def _check(self) -> None:
        if self.high - self.low < 1e-4:
            raise DistributionError(f"high is {self.high}; allowed: above low ({self.low})", parameter="high")
        if not self.low <= self.mode <= self.high:
            raise DistributionError(
                f"mode is {self.mode}; allowed: from low ({self.low}) to high ({self.high})", parameter="mode"
            )

    def _frame(self) -> tuple[float, float]:
        return self.low, self.high - self.low

    @property
    def _c(self) -> float:
        """The peak in [0, 1]."""
        return (self.mode - self.low) / (self.high - self.low)

    def _peak(self) -> tuple[float, float]:
        return self.mode, (self.high - self.low) * math.sqrt((1 - self._c + self._c**2) / 18)

    def _standard_logpdf(self, z: FloatArray) -> FloatArray:
        c = self._c
        left = 2 * z / c if c > 0 else np.zeros_like(z)
        right = 2 * (1 - z) / (1 - c) if c < 1 else np.zeros_like(z)
        density = np.where((z < c) | (c == 1), left, right)
        return np.log(np.where((z >= 0) & (z <= 1), np.maximum(density, 0.0), 0.0))

    def _standard_cdf(self, z: FloatArray) -> FloatArray:
        c, t = self._c, np.clip(z, 0.0, 1.0)
        left = t**2 / c if c > 0 else np.zeros_like(t)
        right = 1 - (1 - t) ** 2 / (1 - c) if c < 1 else np.ones_like(t)
        return np.where((t < c) | (c == 1), left, right)

    def _standard_quantile(self, u: FloatArray) -> FloatArray:
        c = self._c
        return np.where(u < c, np.sqrt(u * c), 1 - np.sqrt((1 - u) * (1 - c)))
