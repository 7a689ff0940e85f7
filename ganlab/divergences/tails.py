"""Whether an integral converges, decided from parameters: never by the size of a number.

Near an end of the line every density here behaves like exp(−a x² − b x − c (ln x)² − d ln x) up to a constant, with x
the distance from the origin; near a finite point like exp(−c s² − d s), s = ln(1/t), t the distance from the point.
So a tail is four numbers (a, b, c, d), the *decay*: a larger one (compared from left to right) is a lighter tail, the
decay of a product of powers is a sum, and a mixture has the smallest decay of its components.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import scipy

from ganlab.distributions import (
    Cauchy,
    Distribution,
    Exponential,
    Laplace,
    LogNormal,
    Normal,
    Samples,
    StudentT,
    Triangular,
    Uniform,
)
from ganlab.divergences.moments import components, support

Decay = tuple[float, float, float, float]
FLAT: Decay = (0.0, 0.0, 0.0, 0.0)
INF = math.inf
_SAME = (
    1e-13  # relative difference below which two coefficients are one: parameters are decimals, rounded once
)
_GROWTH = ("x²", "|x|", "(ln |x|)²", "ln |x|")


@dataclass(frozen=True)
class End:
    """A place where an integral may diverge: x -> point from the right (side = 1) or from the left (−1)."""

    point: float
    side: int

    @property
    def finite(self) -> bool:
        return math.isfinite(self.point)

    def __str__(self) -> str:
        if self.finite:
            return f"just {'right' if self.side > 0 else 'left'} of {self.point:g}"
        return "on the right" if self.point > 0 else "on the left"


RIGHT, LEFT = End(INF, -1), End(-INF, 1)


# --- the decay of each family -------------------------------------------------------------------------------------


def _lognormal(p: LogNormal, end: End) -> Decay:
    curve, slope = 1.0 / (2 * p.sigma**2), p.mu / p.sigma**2
    return (0.0, 0.0, curve, slope - 1.0) if end.finite else (0.0, 0.0, curve, 1.0 - slope)


def _triangular(p: Triangular, end: End) -> Decay:
    """A straight line down to the end, unless the peak stands there."""
    return FLAT if end.point == p.mode else (0.0, 0.0, 0.0, 1.0)


_AT_ITS_END: dict[type[Distribution], Callable[..., Decay]] = {
    Normal: lambda p, end: (
        1.0 / (2 * p.std**2),
        -math.copysign(1.0, end.point) * p.mean / p.std**2,
        0.0,
        0.0,
    ),
    Laplace: lambda p, end: (0.0, 1.0 / p.scale, 0.0, 0.0),
    StudentT: lambda p, end: (0.0, 0.0, 0.0, p.df + 1.0),
    Cauchy: lambda p, end: (0.0, 0.0, 0.0, 2.0),
    Exponential: lambda p, end: FLAT if end.finite else (0.0, p.rate, 0.0, 0.0),
    Uniform: lambda p, end: FLAT,
    Triangular: _triangular,
    LogNormal: _lognormal,
}


def decay(p: Distribution, end: End) -> Decay | None:
    """How the density behaves there; None where it is zero all around."""
    found = [d for _, part in components(p) if (d := _decay(part, end)) is not None]
    return min(found) if found else None


def _decay(p: Distribution, end: End) -> Decay | None:
    low, high = support(p)
    if end.finite and low < end.point < high:
        return FLAT
    if end.point != (low if end.side > 0 else high):
        return None
    known = _AT_ITS_END.get(type(p))
    return _probed(p, end) if known is None else known(p, end)


def _probed(p: Distribution, end: End) -> Decay:
    """The decay of a family that is not in the table, read off its log-density over three octaves."""
    step = float(np.diff(p.quantile([0.25, 0.75]))[0])
    far = step * 2.0 ** (np.arange(4.0) - 30 if end.finite else np.arange(4.0) + 7)
    level = p.logpdf(end.point + end.side * far if end.finite else math.copysign(1.0, end.point) * far)
    octave = -np.diff(level) / math.log(2.0)  # one number where the law is a power
    unit = -np.diff(level) / np.diff(far)  # one number where it is exponential
    if end.finite or abs(octave[2] - octave[1]) < 0.2 * abs(octave[1]):
        return 0.0, 0.0, 0.0, (-1.0 if end.finite else 1.0) * round(float(octave[2]), 3)
    if abs(unit[2] - unit[1]) < 0.2 * abs(unit[1]):
        return 0.0, float(unit[2]), 0.0, 0.0
    return float((unit[2] - unit[1]) / (far[3] - far[1])), 0.0, 0.0, 0.0


_LIGHT = frozenset({Normal, Laplace, Exponential, Uniform, Triangular, Samples})


# --- convergence --------------------------------------------------------------------------------------------------


def power(p: Decay, q: Decay, alpha: float) -> Decay:
    """The decay of p^α q^(1−α)."""
    return _decay_of(tuple(_sum(alpha * x, (1.0 - alpha) * y) for x, y in zip(p, q, strict=True)))


def _decay_of(values: tuple[float, ...]) -> Decay:
    a, b, c, d = values
    return a, b, c, d


def _sum(x: float, y: float) -> float:
    """x + y, where what rounding leaves of equal and opposite terms is nothing."""
    total = x + y
    return 0.0 if abs(total) <= _SAME * max(abs(x), abs(y)) else total


def converges(e: Decay, end: End) -> bool:
    """Whether ∫ exp(−a x² − b x − c (ln x)² − d ln x) does: at infinity the power must beat 1/x, at a point 1/t."""
    return e > ((0.0, 0.0, 0.0, -1.0) if end.finite else (0.0, 0.0, 0.0, 1.0))


@dataclass(frozen=True)
class Trouble:
    """Where ∫ p (p/q)^k (ln p/q)^j diverges: log p/q grows like `growth`, the integrand decays like `decay`."""

    end: End
    growth: str
    p: Decay
    decay: Decay


def diverging(p: Distribution, q: Distribution, k: float, j: int) -> Trouble | None:
    """The first end at which p/q grows so fast that ∫ p (p/q)^k (ln p/q)^j diverges, where both have density."""
    for end in ends(p, q):
        at_p, at_q = decay(p, end), decay(q, end)
        if at_p is None or at_q is None:
            continue
        first = _leading(at_p, at_q)
        if first is None:
            continue
        law = _law(at_p, at_q, k, j)
        if not converges(law, end):
            growth = _GROWTH[first]
            if end.finite and end.point:
                growth = growth.replace("x", f"x − {end.point:g}")
            return Trouble(end, growth, at_p, law)
    return None


def _leading(p: Decay, q: Decay) -> int | None:
    """Which of x², x, ln² x, ln x leads in log p/q, where p/q grows without bound."""
    lead = [_sum(y, -x) for x, y in zip(p, q, strict=True)]
    first = next((i for i, x in enumerate(lead) if x), None)
    return first if first is not None and lead[first] > 0.0 else None


def _law(p: Decay, q: Decay, k: float, j: int) -> Decay:
    """The decay of p (p/q)^k (ln p/q)^j, where p/q grows."""
    first = _leading(p, q)
    a, b, c, d = power(p, q, 1.0 + k)
    return a, b, c, d - j * (0 if first is None else (2, 1, 0, 0)[first])


def rate(p: Distribution, q: Distribution, k: float, j: int, end: End) -> float:
    """The λ of p (p/q)^k (ln p/q)^j ~ |x|^(−λ−1) at an infinite end; inf where it falls faster than any power."""
    at_p, at_q = decay(p, end), decay(q, end)
    if at_p is None or at_q is None:
        return INF
    law = _law(at_p, at_q, k, j)
    return INF if law[:3] > (0.0, 0.0, 0.0) else law[3] - 1.0


def ends(p: Distribution, q: Distribution) -> Iterator[End]:
    """Everywhere that a density of P or Q may be zero or fall to zero."""
    points = {x for d in (p, q) for _, part in components(d) for x in support(part)}
    for x in sorted(points):
        if x < INF:
            yield End(x, 1)
        if x > -INF:
            yield End(x, -1)


# --- polynomial tails of F − G ---------------------------------------------------------------------------------------


def heaviest(p: Distribution) -> float:
    """The smallest exponent of a polynomial tail, P(|X| > x) ~ x^−ν: E|X|^m exists for m < ν; inf without one."""
    found = [_degrees(part) for _, part in components(p)]
    return min((df for df, _, _ in (f for f in found if f is not None)), default=INF)


def heavy(p: Distribution) -> bool:
    """Whether a tail may weigh more in moments than in mass: polynomial and log-normal ones, and unknown ones."""
    return any(type(part) not in _LIGHT for _, part in components(p))


def gap_exponent(p: Distribution, q: Distribution, right: bool) -> float:
    """The e of |F − G| ~ x^−e in a tail; inf where it is above 6 or there is no such tail.

    A tail is Σ w s^ν K(ν) (x^−ν + νm x^(−ν−1) + …); equal terms of P and Q cancel, so that two Cauchys of one scale
    and different centres have e = 2.
    """
    terms: dict[float, list[float]] = {}
    for sign, distribution in ((1.0, p), (-1.0, q)):
        for weight, part in components(distribution):
            found = _degrees(part)
            if found is None or found[0] > 6.0:
                continue
            df, loc, scale = found
            level = sign * weight * math.exp(df * math.log(scale) + _log_tail_constant(df))
            terms.setdefault(round(df, 12), []).append(level)
            terms.setdefault(round(df + 1.0, 12), []).append(level * df * (loc if right else -loc))
    left = [
        e for e, parts in terms.items() if abs(math.fsum(parts)) > _SAME * max(map(abs, parts), default=0.0)
    ]
    return min((e for e in left if e <= 6.0), default=INF)


def gap_exponents(p: Distribution, q: Distribution) -> tuple[float, float]:
    """The exponents of both tails, left and right."""
    return gap_exponent(p, q, False), gap_exponent(p, q, True)


def _degrees(p: Distribution) -> tuple[float, float, float] | None:
    """Degrees of freedom, location and scale of a polynomial tail."""
    if isinstance(p, Cauchy):
        return 1.0, p.loc, p.scale
    return (p.df, p.loc, p.scale) if isinstance(p, StudentT) else None


def _log_tail_constant(df: float) -> float:
    """log K of 1 − F(z) ~ K z^−ν for Student's t."""
    gamma = float(scipy.special.gammaln((df + 1.0) / 2) - scipy.special.gammaln(df / 2))
    return gamma - math.log(math.pi) / 2 + (df / 2 - 1.0) * math.log(df)
