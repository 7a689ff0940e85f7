"""What closed forms on the line are made of: supports, moments and entropies of the families.

Families are told apart by `type(p) is`: `isinstance` on an abstract class costs as much as a hundred nodes of a grid.
Moments are inf where they diverge and None where no closed form is known; those of a mixture are the weighted sums.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import scipy
from numpy.typing import NDArray

from ganlab.distributions import (
    Cauchy,
    Distribution,
    Exponential,
    Laplace,
    LogNormal,
    Mixture,
    Normal,
    StudentT,
    Triangular,
    Uniform,
    mixture,
)

Array = NDArray[np.float64]
T = TypeVar("T", bound=Distribution)
INF = math.inf


@dataclass(frozen=True, eq=False)
class Normals:
    """A mixture of normals on the line as three vectors [K]; the weights sum to 1."""

    weights: Array
    means: Array
    stds: Array


def normals(p: Distribution) -> Normals | None:
    """The same distribution as a mixture of normals, where it is one."""
    if isinstance(p, Normal):
        return Normals(np.ones(1), np.array([p.mean]), np.array([p.std]))
    if not isinstance(p, Mixture):
        return None
    parts = [
        (w, c.mean, c.std) for w, c in zip(p.weights, p.components, strict=True) if isinstance(c, Normal)
    ]
    if len(parts) < len(p.components):
        return None
    weights, means, stds = np.array(parts).T
    return Normals(weights / weights.sum(), means, stds)


def straightened(p: Distribution) -> Distribution | None:
    """The distribution of log X where X is log-normal or a mixture of such."""
    parts = [(weight, part) for weight, part in components(p) if type(part) is LogNormal]
    if len(parts) < len(components(p)):
        return None
    return mixture([weight for weight, _ in parts], [Normal(part.mu, part.sigma) for _, part in parts])


def components(p: Distribution) -> list[tuple[float, Distribution]]:
    """(weight, component) pairs; one of weight 1 where it is no mixture."""
    if type(p) is not Mixture:
        return [(1.0, p)]
    total = math.fsum(p.weights)
    return [(w / total, c) for w, c in zip(p.weights, p.components, strict=True)]


def support(p: Distribution) -> tuple[float, float]:
    """The ends of the smallest interval that holds all mass."""
    if type(p) is Mixture:
        ends = [support(c) for c in p.components]
        return min(low for low, _ in ends), max(high for _, high in ends)
    known = _SUPPORT.get(type(p))
    if known is not None:
        return known(p)
    low, high = p.quantile([0.0, 1.0])
    return float(low), float(high)


_SUPPORT: dict[type[Distribution], Callable[..., tuple[float, float]]] = {
    Normal: lambda p: (-INF, INF),
    Laplace: lambda p: (-INF, INF),
    StudentT: lambda p: (-INF, INF),
    Cauchy: lambda p: (-INF, INF),
    Uniform: lambda p: (p.low, p.high),
    Triangular: lambda p: (p.low, p.high),
    Exponential: lambda p: (p.start, INF),
    LogNormal: lambda p: (0.0, INF),
}


def _linear(moment: Callable[[Distribution], float | None], p: Mixture) -> float | None:
    total = 0.0
    for weight, part in components(p):
        value = moment(part)
        if value is None:
            return None
        total += weight * value
    return total


# --- mean and variance ------------------------------------------------------------------------------------------


def mean(p: Distribution) -> float | None:
    """E X; None where there is none."""
    if isinstance(p, Mixture):
        return _linear(mean, p)
    if isinstance(p, StudentT):
        return p.loc if p.df > 1.0 else None
    known = _mean_variance(p)
    return None if known is None else known[0]


def second(p: Distribution, about: float) -> float | None:
    """E(X − about)²."""
    if isinstance(p, Mixture):
        return _linear(lambda part: second(part, about), p)
    if isinstance(p, Cauchy) or (isinstance(p, StudentT) and p.df <= 2.0):
        return INF
    known = _mean_variance(p)
    return None if known is None else known[1] + (known[0] - about) ** 2


def _mean_variance(p: Distribution) -> tuple[float, float] | None:
    formula = _MEAN_VARIANCE.get(type(p))
    return None if formula is None else formula(p)


def _lognormal(p: LogNormal) -> tuple[float, float]:
    first = math.exp(p.mu + p.sigma**2 / 2)
    return first, first**2 * math.expm1(p.sigma**2)


def _triangular(p: Triangular) -> tuple[float, float]:
    a, b, c = p.low, p.mode, p.high
    return (a + b + c) / 3, ((c - a) ** 2 - (b - a) * (c - b)) / 18


_MEAN_VARIANCE: dict[type[Distribution], Callable[..., tuple[float, float] | None]] = {
    Normal: lambda p: (p.mean, p.std**2),
    Uniform: lambda p: ((p.low + p.high) / 2, (p.high - p.low) ** 2 / 12),
    Laplace: lambda p: (p.loc, 2 * p.scale**2),
    Exponential: lambda p: (p.start + 1.0 / p.rate, p.rate**-2),
    StudentT: lambda p: (p.loc, p.scale**2 * p.df / (p.df - 2.0)) if p.df > 2.0 else None,
    LogNormal: _lognormal,
    Triangular: _triangular,
}


# --- E|X − c| ---------------------------------------------------------------------------------------------------


def absolute(p: Distribution, about: float) -> float | None:
    """E|X − about|."""
    if isinstance(p, Mixture):
        return _linear(lambda part: absolute(part, about), p)
    formula = _ABSOLUTE.get(type(p))
    return None if formula is None else formula(p, about)


def mean_absolute(mean: float, std: float) -> float:
    """A(m, s) = E|N(m, s²)| = m (2Φ(m/s) − 1) + 2s φ(m/s)."""
    if std == 0.0:
        return abs(mean)
    z = mean / std
    return mean * math.erf(z / math.sqrt(2)) + 2 * std * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)


def _absolute_uniform(p: Uniform, c: float) -> float:
    if not p.low < c < p.high:
        return abs((p.low + p.high) / 2 - c)
    return ((c - p.low) ** 2 + (p.high - c) ** 2) / (2 * (p.high - p.low))


def _absolute_laplace(p: Laplace, c: float) -> float:
    gap = abs(p.loc - c)
    return gap + p.scale * math.exp(-gap / p.scale)


def _absolute_exponential(p: Exponential, c: float) -> float:
    gap = c - p.start
    return 1.0 / p.rate - gap if gap <= 0.0 else gap - 1.0 / p.rate + 2 * math.exp(-p.rate * gap) / p.rate


def _absolute_student(p: StudentT, c: float) -> float:
    """z (2F(z) − 1) + 2 f(z) (ν + z²)/(ν − 1) for the standard one."""
    if p.df <= 1.0:
        return INF
    z = (c - p.loc) / p.scale
    density = math.exp(float(p.logpdf([c])[0])) * p.scale
    inner = z * (2 * float(scipy.special.stdtr(p.df, z)) - 1.0)
    return p.scale * (inner + 2 * density * (p.df + z * z) / (p.df - 1.0))


def _absolute_lognormal(p: LogNormal, c: float) -> float:
    """E X − c + 2 E(c − X)⁺."""
    first = math.exp(p.mu + p.sigma**2 / 2)
    if c <= 0.0:
        return first - c
    d = (math.log(c) - p.mu) / p.sigma
    return first - c + 2 * (c * float(scipy.special.ndtr(d)) - first * float(scipy.special.ndtr(d - p.sigma)))


def _absolute_triangular(p: Triangular, c: float) -> float:
    """|E X − c| and twice what lies beyond c, by the cdf left of the mode and the survival function right of it."""
    middle, width = (p.low + p.mode + p.high) / 3, p.high - p.low
    if not p.low < c < p.high:
        return abs(middle - c)
    if c <= p.mode:
        return middle - c + 2 * (c - p.low) ** 3 / (3 * width * (p.mode - p.low))
    return c - middle + 2 * (p.high - c) ** 3 / (3 * width * (p.high - p.mode))


_ABSOLUTE: dict[type[Distribution], Callable[..., float]] = {
    Normal: lambda p, c: mean_absolute(p.mean - c, p.std),
    Uniform: _absolute_uniform,
    Laplace: _absolute_laplace,
    Exponential: _absolute_exponential,
    StudentT: _absolute_student,
    Cauchy: lambda p, c: INF,
    LogNormal: _absolute_lognormal,
    Triangular: _absolute_triangular,
}


# --- entropy ----------------------------------------------------------------------------------------------------


def entropy(p: Distribution) -> float | None:
    """Differential entropy −E log p; None for mixtures."""
    formula = _ENTROPY.get(type(p))
    return None if formula is None else formula(p)


def _entropy_student(p: StudentT) -> float:
    half = (p.df + 1.0) / 2
    digamma = float(scipy.special.digamma(half) - scipy.special.digamma(p.df / 2))
    return half * digamma + math.log(math.sqrt(p.df) * p.scale) + float(scipy.special.betaln(p.df / 2, 0.5))


_ENTROPY: dict[type[Distribution], Callable[..., float]] = {
    Normal: lambda p: math.log(p.std) + (1.0 + math.log(2 * math.pi)) / 2,
    Uniform: lambda p: math.log(p.high - p.low),
    Laplace: lambda p: 1.0 + math.log(2 * p.scale),
    Exponential: lambda p: 1.0 - math.log(p.rate),
    StudentT: _entropy_student,
    Cauchy: lambda p: math.log(4 * math.pi * p.scale),
    LogNormal: lambda p: p.mu + math.log(p.sigma) + (1.0 + math.log(2 * math.pi)) / 2,
    Triangular: lambda p: 0.5 + math.log((p.high - p.low) / 2),
}


# --- location and scale -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Frames:
    """P = l₁ + s₁ Z and Q = l₂ + s₂ Z: l₁ − l₂, s₁ − s₂, E Z and E Z² (inf where they diverge), and the ends of Z."""

    shift: float
    stretch: float
    mean: float
    second: float
    low: float = -INF
    high: float = INF


def frames(p: Distribution, q: Distribution) -> Frames | None:
    """The two as one standard variable, shifted and scaled; None where they are not of one shape."""
    if type(p) not in _FRAMES or type(p) is not type(q) or _shape(p) != _shape(q):
        return None
    (l1, s1), (l2, s2) = (_FRAMES[type(d)](d) for d in (p, q))
    return Frames(l1 - l2, s1 - s2, *_STANDARD[type(p)](p))


def _shape(p: Distribution) -> float:
    """What location and scale leave: degrees of freedom, or where the peak of the standard triangle is."""
    if isinstance(p, StudentT):
        return p.df
    return round(_peak(p), 14) if isinstance(p, Triangular) else 0.0


def _peak(p: Triangular) -> float:
    return (p.mode - p.low) / (p.high - p.low)


_FRAMES: dict[type[Distribution], Callable[..., tuple[float, float]]] = {
    Normal: lambda p: (p.mean, p.std),
    Laplace: lambda p: (p.loc, p.scale),
    Cauchy: lambda p: (p.loc, p.scale),
    StudentT: lambda p: (p.loc, p.scale),
    Uniform: lambda p: (p.low, p.high - p.low),
    Exponential: lambda p: (p.start, 1.0 / p.rate),
    Triangular: lambda p: (p.low, p.high - p.low),
}


def _standard_student(p: StudentT) -> tuple[float, ...]:
    return (0.0 if p.df > 1.0 else INF), (p.df / (p.df - 2.0) if p.df > 2.0 else INF)


def _standard_triangular(p: Triangular) -> tuple[float, ...]:
    c = _peak(p)
    return (1.0 + c) / 3, (1.0 - c + c * c) / 18 + ((1.0 + c) / 3) ** 2, 0.0, 1.0


_STANDARD: dict[type[Distribution], Callable[..., tuple[float, ...]]] = {  # E Z, E Z², the ends of Z
    Normal: lambda p: (0.0, 1.0),
    Laplace: lambda p: (0.0, 2.0),
    Cauchy: lambda p: (INF, INF),
    StudentT: _standard_student,
    Uniform: lambda p: (0.5, 1.0 / 3.0, 0.0, 1.0),
    Exponential: lambda p: (1.0, 2.0, 0.0, INF),
    Triangular: _standard_triangular,
}
