"""What every distribution can do.

Symbols: n points, d = dim (1 or 2), K modes or components. Arrays are float64, densities natural logarithms.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt

from ganlab.distributions.errors import DistributionError
from ganlab.distributions.registry import Family, literal

if TYPE_CHECKING:
    from ganlab.distributions.gaussian import GaussianMixture

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Modes:
    """Mode centres [K, d], spreads [K] (standard deviation per axis) and true weights [K] (sum 1).

    Modes are the components a distribution is made of: two components that overlap still count as two.
    """

    centres: FloatArray
    spreads: FloatArray
    weights: FloatArray

    def __len__(self) -> int:
        return len(self.weights)


class Distribution(ABC):
    """An immutable probability distribution in one or two dimensions; `parse(str(d)) == d`."""

    @property
    @abstractmethod
    def dim(self) -> int:
        """1 or 2."""

    @property
    def has_density(self) -> bool:
        """Whether `logpdf` answers."""
        return True

    def sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        """n independent draws [n, d] from a `numpy.random.Generator`."""
        if n < 0:
            raise DistributionError(f"n is {n}; allowed: zero or more samples")
        return self._sample(int(n), rng)

    def logpdf(self, x: npt.ArrayLike) -> FloatArray:
        """Natural log of the density at x [n, d] ([n] will do in 1-D) -> [n]; -inf outside the support.

        Raises DistributionError where there is no density, and for points of another dimension.
        """
        if not self.has_density:
            raise DistributionError("no density: uploaded data are known by their samples only")
        with np.errstate(divide="ignore"):  # log 0 = -inf is the right answer outside a support
            return self._logpdf(as_points(x, self.dim))

    def cdf(self, x: npt.ArrayLike) -> FloatArray:
        """P(X <= x) at x [n] -> [n]; 1-D only, DistributionError otherwise."""
        self._one_dimensional("cdf")
        return self._cdf(as_points(x, 1)[:, 0])

    def quantile(self, u: npt.ArrayLike) -> FloatArray:
        """An x with cdf(x) = u, or the place where the cdf jumps over u; u [n] in [0, 1] -> [n].

        1-D only; DistributionError otherwise, and for levels outside [0, 1].
        """
        self._one_dimensional("quantile")
        p = as_points(u, 1)[:, 0]
        if not np.all((p >= 0) & (p <= 1)):
            raise DistributionError("quantile levels must lie in [0, 1]")
        return self._quantile(p)

    @abstractmethod
    def bounds(self) -> FloatArray:
        """What is worth looking at: [d, 2], low and high per axis; square in 2-D, heavy tails cut."""

    def modes(self) -> Modes | None:
        """Centres, spreads and weights of the modes; None where "mode" means nothing."""
        return None

    def gaussian_mixture(self) -> GaussianMixture | None:
        """The same distribution as an explicit mixture of Gaussians, where it is one; else None."""
        return None

    @abstractmethod
    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray: ...

    def _logpdf(self, x: FloatArray) -> FloatArray:
        raise DistributionError(f"{self} has no density")

    def _cdf(self, x: FloatArray) -> FloatArray:
        raise DistributionError(f"{self} has no cdf")

    def _quantile(self, u: FloatArray) -> FloatArray:
        raise DistributionError(f"{self} has no quantile")

    def _one_dimensional(self, what: str) -> None:
        if self.dim != 1:
            raise DistributionError(f"{what} is defined in one dimension; this distribution has {self.dim}")


class Parametric(Distribution):
    """A distribution that is a row of the registry: a frozen dataclass whose fields are its parameters."""

    FAMILY: ClassVar[Family]

    def __post_init__(self) -> None:
        for parameter in self.FAMILY.parameters:
            object.__setattr__(self, parameter.name, parameter.check(getattr(self, parameter.name)))
        self._check()

    def _check(self) -> None:
        """Conditions between parameters; raises DistributionError."""

    def __str__(self) -> str:
        parts = []
        for p in self.FAMILY.parameters:
            value = literal(getattr(self, p.name))
            parts.append(f"{p.name}={value}" if p.keyword else value)
        return f"{self.FAMILY.name}({','.join(parts)})"


def floats(x: npt.ArrayLike) -> FloatArray:
    """x as a float64 array: numpy and scipy lose the type of some results."""
    return np.asarray(x, dtype=np.float64)


def as_points(x: npt.ArrayLike, dim: int) -> FloatArray:
    """x as float64 [n, dim]; a scalar or [n] is accepted in 1-D, [2] is one point in 2-D."""
    a = np.asarray(x, dtype=np.float64)
    if dim == 1 and a.ndim <= 1:
        return a.reshape(-1, 1)
    if a.ndim == 1 and len(a) == dim:
        return a.reshape(1, dim)
    if a.ndim != 2 or a.shape[1] != dim:
        raise DistributionError(f"points have shape {a.shape}; expected [n, {dim}]")
    return a


def square(low: npt.ArrayLike, high: npt.ArrayLike, margin: float = 1.25) -> FloatArray:
    """Square bounds [2, 2] around the box low [2], high [2], `margin` times its longer side."""
    lo, hi = np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)
    half = margin * float(np.max(hi - lo)) / 2
    centre = (lo + hi) / 2
    return np.stack([centre - half, centre + half], axis=1)
