"""The generators of f-divergences D_f(P‖Q) = ∫ q f(p/q), with what a variational bound needs.

Symbols: u = p/q, t = T(x) the value of a test function, v the raw output of a network, f* the convex conjugate
sup_u {ut − f(u)}. For every T into the domain of f*: E_P T − E_Q f*(T) ≤ D_f, with equality at T* = f′(p/q)
(Nguyen et al. 2010; Nowozin et al. 2016, equation 4). Functions take and return float64 arrays, and densities
come as logarithms, so that nothing overflows where p/q does.

Two generators that differ by c(u − 1) give the same divergence. `excess` takes the one with f′(1) = 0: it is nowhere
below f(1) (0 but for the row `gan`, where it is −ln 4), so a sum of it can neither cancel nor come out negative.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from ganlab.divergences.checks import checked_number
from ganlab.divergences.stable import divide, exp, expm1, log, log_ratio, softplus, times, u_log_u
from ganlab.registry import Registry

Array = NDArray[np.float64]
Growth = tuple[float, int]
INF = math.inf


@dataclass(frozen=True)
class Generator:
    """One row.

    `contribution(log_p, log_q)` is q f(p/q) per point [n] -> [n], with its limits where p or q vanishes; `excess` the
    same for f(u) − f′(1)(u−1). `domain` holds the values of f′, where T lives; `composed(v)` = f*(activation(v))
    without overflow; `optimal(log_u)` is T* at u = p/q. `at_zero` = f(0) and `at_infinity` = lim f(u)/u are what mass
    costs where the other density is zero. Where they are infinite, `growth_zero` = (k, j) says f(u) ~ u^−k |ln u|^j
    at 0 and `growth_infinity` that f(u)/u ~ u^k (ln u)^j: convergence is decided from these. `kinked`: at u = 1.
    """

    name: str
    label: str
    formula: str
    f: Callable[[Array], Array]
    contribution: Callable[[Array, Array], Array]
    conjugate: Callable[[Array], Array]
    conjugate_formula: str
    domain: tuple[float, float]
    activation: Callable[[Array], Array]
    activation_formula: str
    composed: Callable[[Array], Array]
    optimal: Callable[[Array], Array]
    optimal_formula: str
    slope: float
    at_zero: float
    at_infinity: float
    source: str
    growth_zero: Growth | None = None
    growth_infinity: Growth | None = None
    kinked: bool = False

    @cached_property
    def at_one(self) -> float:
        """f(1): the divergence of equal distributions, and the least of all."""
        return float(self.f(np.ones(1))[0])

    @property
    def most(self) -> float:
        """f(0) + f′(∞): the divergence of disjoint distributions, and the largest of all (Vajda 1972)."""
        return self.at_zero + self.at_infinity

    def excess(self, log_p: Array, log_q: Array) -> Array:
        """q·(f(u) − f′(1)(u − 1)) at every point [n] -> [n]; >= q·f(1) but for rounding."""
        found = self.contribution(log_p, log_q)
        return found - self.slope * (np.exp(log_p) - np.exp(log_q)) if self.slope else found


# --- q f(p/q), point by point ------------------------------------------------------------------------------------


def _kl(log_p: Array, log_q: Array) -> Array:
    return times(np.exp(log_p), log_ratio(log_p, log_q))


def _squared_gap(log_p: Array, log_q: Array) -> Array:
    """(p − q)²/q; inf where q = 0 < p."""
    ratio = log_ratio(log_p, log_q)
    return times(np.exp(log_q), np.square(expm1(np.minimum(ratio, 0.0)))) + np.where(
        ratio > 0.0, exp(log_p + ratio) * np.square(np.expm1(-np.maximum(ratio, 0.0))), 0.0
    )


def _hellinger(log_p: Array, log_q: Array) -> Array:
    return np.square(np.exp(log_p / 2) - np.exp(log_q / 2))


def _jensen(log_p: Array, log_q: Array) -> Array:
    """p log(p/m) + q log(q/m) = m [(1+r) log(1+r) + (1−r) log(1−r)], r = (p−q)/(p+q), m = (p+q)/2."""
    r = np.tanh(log_ratio(log_p, log_q) / 2)
    terms = scipy.special.xlog1py(1.0 + r, r) + scipy.special.xlog1py(1.0 - r, -r)
    return np.asarray((np.exp(log_p) + np.exp(log_q)) / 2 * terms)


def _gan(log_p: Array, log_q: Array) -> Array:
    """p log p/(p+q) + q log q/(p+q)."""
    ratio = log_ratio(log_p, log_q)
    return -times(np.exp(log_p), softplus(-ratio)) - times(np.exp(log_q), softplus(ratio))


def _total_variation(log_p: Array, log_q: Array) -> Array:
    return np.abs(np.exp(log_p) - np.exp(log_q)) / 2


def swapped(contribution: Callable[[Array, Array], Array]) -> Callable[[Array, Array], Array]:
    """The contribution of u f(1/u), whose divergence has P and Q exchanged."""
    return lambda log_p, log_q: contribution(log_q, log_p)


# --- the table --------------------------------------------------------------------------------------------------

NOWOZIN = "Nowozin et al. 2016, tables 1, 2 and 6"

GENERATORS: Registry[Generator] = Registry("generator")

GENERATORS.add(
    Generator(
        name="kl",
        label="Kullback-Leibler",
        formula=r"u\log u",
        f=u_log_u,
        contribution=_kl,
        conjugate=lambda t: exp(t - 1.0),
        conjugate_formula=r"e^{t-1}",
        domain=(-INF, INF),
        activation=lambda v: v,
        activation_formula="v",
        composed=lambda v: exp(v - 1.0),
        optimal=lambda log_u: 1.0 + log_u,
        optimal_formula=r"1+\log u",
        slope=1.0,
        at_zero=0.0,
        at_infinity=INF,
        growth_infinity=(0.0, 1),
        source=NOWOZIN,
    )
)

GENERATORS.add(
    Generator(
        name="reverse_kl",
        label="Reverse Kullback-Leibler",
        formula=r"-\log u",
        f=lambda u: -log(u),
        contribution=swapped(_kl),
        conjugate=lambda t: -1.0 - log(-t),
        conjugate_formula=r"-1-\log(-t)",
        domain=(-INF, 0.0),
        activation=lambda v: -exp(-v),
        activation_formula=r"-e^{-v}",
        composed=lambda v: v - 1.0,
        optimal=lambda log_u: -exp(-log_u),
        optimal_formula=r"-1/u",
        slope=-1.0,
        at_zero=INF,
        at_infinity=0.0,
        growth_zero=(0.0, 1),
        source=NOWOZIN,
    )
)

GENERATORS.add(
    Generator(
        name="pearson",
        label="Pearson χ²",
        formula=r"(u-1)^2",
        f=lambda u: np.square(u - 1.0),
        contribution=_squared_gap,
        conjugate=lambda t: np.square(t) / 4 + t,
        conjugate_formula=r"t^2/4+t",
        domain=(-2.0, INF),
        activation=lambda v: v,
        activation_formula="v",
        composed=lambda v: np.square(v) / 4 + v,
        optimal=lambda log_u: 2.0 * expm1(log_u),
        optimal_formula=r"2(u-1)",
        slope=0.0,
        at_zero=1.0,
        at_infinity=INF,
        growth_infinity=(1.0, 0),
        source=NOWOZIN,
    )
)

GENERATORS.add(
    Generator(
        name="neyman",
        label="Neyman χ²",
        formula=r"(1-u)^2/u",
        f=lambda u: divide(np.square(1.0 - u), u),
        contribution=swapped(_squared_gap),
        conjugate=lambda t: 2.0 - 2.0 * np.sqrt(1.0 - t),
        conjugate_formula=r"2-2\sqrt{1-t}",
        domain=(-INF, 1.0),
        activation=lambda v: -expm1(-v),
        activation_formula=r"1-e^{-v}",
        composed=lambda v: -2.0 * expm1(-v / 2),
        optimal=lambda log_u: -expm1(-2.0 * log_u),
        optimal_formula=r"1-u^{-2}",
        slope=0.0,
        at_zero=INF,
        at_infinity=1.0,
        growth_zero=(1.0, 0),
        source=NOWOZIN,
    )
)

GENERATORS.add(
    Generator(
        name="hellinger",
        label="Hellinger² (twice ours)",
        formula=r"(\sqrt u-1)^2",
        f=lambda u: np.square(np.sqrt(u) - 1.0),
        contribution=_hellinger,
        conjugate=lambda t: divide(t, 1.0 - t),
        conjugate_formula=r"t/(1-t)",
        domain=(-INF, 1.0),
        activation=lambda v: -expm1(-v),
        activation_formula=r"1-e^{-v}",
        composed=expm1,
        optimal=lambda log_u: -expm1(-log_u / 2),
        optimal_formula=r"1-u^{-1/2}",
        slope=0.0,
        at_zero=1.0,
        at_infinity=1.0,
        source=NOWOZIN,
    )
)

GENERATORS.add(
    Generator(
        name="jensen_shannon",
        label="Jensen-Shannon (twice ours)",
        formula=r"-(u+1)\log\tfrac{1+u}{2}+u\log u",
        f=lambda u: u_log_u(u) - (u + 1.0) * np.log1p((u - 1.0) / 2),
        contribution=_jensen,
        conjugate=lambda t: -log(1.0 - expm1(t)),
        conjugate_formula=r"-\log(2-e^t)",
        domain=(-INF, math.log(2.0)),
        activation=lambda v: math.log(2.0) - softplus(-v),
        activation_formula=r"\log 2-\log(1+e^{-v})",
        composed=lambda v: softplus(v) - math.log(2.0),
        optimal=lambda log_u: math.log(2.0) - softplus(-log_u),
        optimal_formula=r"\log\tfrac{2u}{1+u}",
        slope=0.0,
        at_zero=math.log(2.0),
        at_infinity=math.log(2.0),
        source=NOWOZIN,
    )
)

GENERATORS.add(
    Generator(
        name="gan",
        label="GAN (2·JS − ln 4)",
        formula=r"u\log u-(u+1)\log(u+1)",
        f=lambda u: u_log_u(u) - (u + 1.0) * np.log1p(u),
        contribution=_gan,
        conjugate=lambda t: -log(-expm1(t)),
        conjugate_formula=r"-\log(1-e^t)",
        domain=(-INF, 0.0),
        activation=lambda v: -softplus(-v),
        activation_formula=r"-\log(1+e^{-v})",
        composed=softplus,
        optimal=lambda log_u: -softplus(-log_u),
        optimal_formula=r"\log\tfrac{u}{u+1}",
        slope=-math.log(2.0),
        at_zero=0.0,
        at_infinity=0.0,
        source=NOWOZIN,
    )
)

GENERATORS.add(
    Generator(
        name="total_variation",
        label="Total variation",
        formula=r"\tfrac12|u-1|",
        f=lambda u: np.abs(u - 1.0) / 2,
        contribution=_total_variation,
        conjugate=lambda t: np.where(
            np.abs(t) <= 0.5, t, np.where(t < 0.0, -0.5, INF)
        ),  # u = 0 below, none above
        conjugate_formula=r"t,\ |t|\le\tfrac12",
        domain=(-0.5, 0.5),
        activation=lambda v: np.tanh(v) / 2,
        activation_formula=r"\tfrac12\tanh v",
        composed=lambda v: np.tanh(v) / 2,
        optimal=lambda log_u: np.sign(log_u) / 2,
        optimal_formula=r"\tfrac12\operatorname{sgn}(u-1)",
        slope=0.0,
        at_zero=0.5,
        at_infinity=0.5,
        kinked=True,
        source=NOWOZIN,
    )
)


def alpha_generator(alpha: float) -> Generator:
    """The generator (u^α − αu + α − 1)/(α(α − 1)) of the α-divergence (1 − ∫ p^α q^(1−α))/(α(1 − α)).

    α = 1 is KL(P‖Q), 0 KL(Q‖P), ½ four times our Hellinger², 2 half of χ²(P‖Q) (Cressie and Read 1984 with λ = α − 1,
    up to their factor 2; Amari's own parameter is 1 − 2α). Raises DivergenceError unless alpha is finite.
    """
    checked_number("alpha", alpha)
    a, e = alpha, alpha - 1.0
    return Generator(
        name="alpha",
        label="α-divergence",
        formula=r"\frac{u^\alpha-\alpha u+\alpha-1}{\alpha(\alpha-1)}",
        f=lambda u: _alpha(log(u), np.zeros_like(u), a),
        contribution=lambda log_p, log_q: _alpha(log_p, log_q, a),
        conjugate=lambda t: _power_gap(a, log(1.0 + e * t) / e if e else np.asarray(t)),
        conjugate_formula=r"\frac{(1+(\alpha-1)t)^{\alpha/(\alpha-1)}-1}{\alpha}",
        domain=(-1.0 / e if e > 0.0 else -INF, -1.0 / e if e < 0.0 else INF),
        activation=lambda v: _power_gap(e, v),
        activation_formula=r"\frac{e^{(\alpha-1)v}-1}{\alpha-1}",
        composed=lambda v: _power_gap(a, v),
        optimal=lambda log_u: _power_gap(e, log_u),
        optimal_formula=r"\frac{u^{\alpha-1}-1}{\alpha-1}",
        slope=0.0,
        at_zero=1.0 / a if a > 0.0 else INF,
        at_infinity=-1.0 / e if e < 0.0 else INF,
        source="Cressie and Read 1984; Amari 1985",
        growth_zero=None if a > 0.0 else (-a, int(a == 0.0)),
        growth_infinity=None if e < 0.0 else (e, int(e == 0.0)),
    )


def _power_gap(exponent: float, v: ArrayLike) -> Array:
    """(e^(exponent·v) − 1)/exponent, which is v at 0."""
    return expm1(exponent * np.asarray(v, dtype=np.float64)) / exponent if exponent else np.asarray(v)


def _alpha(log_p: Array, log_q: Array, alpha: float) -> Array:
    """(p^α q^(1−α) − αp + (α−1)q)/(α(α−1)), by its limits near α = 0 and 1 and where a density vanishes."""
    if alpha < 0.5:  # exchange P and Q: u f(1/u) is the generator of 1 − α
        log_p, log_q, alpha = log_q, log_p, 1.0 - alpha
    e, ratio = alpha - 1.0, log_ratio(log_p, log_q)
    p, q = np.exp(log_p), np.exp(log_q)
    near = np.abs(ratio) < 1.0
    gap = np.where(near, p * _power_gap(e, np.where(near, ratio, 0.0)), 0.0)
    return (np.where(near, gap, _far_gap(log_p, ratio, p, e)) - p + q) / alpha


def _far_gap(log_p: Array, ratio: Array, p: Array, e: float) -> Array:
    """(p^α q^(1−α) − p)/e away from p = q, where the power alone may overflow or p vanish."""
    if e == 0.0:
        return times(p, ratio)
    with np.errstate(invalid="ignore"):
        power = np.where(log_p == -INF, 0.0, exp(log_p + e * ratio))
    return (power - p) / e
