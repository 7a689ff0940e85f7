"""The α-divergences: one generator for every α, among them both KL, Hellinger² and both χ²."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ganlab.divergences.generators import Generator
from ganlab.divergences.results import DivergenceError
from ganlab.divergences.stable import exp, expm1, log, log_ratio, times

Array = NDArray[np.float64]
INF = math.inf


def alpha_generator(alpha: float) -> Generator:
    """The generator (u^α − αu + α − 1)/(α(α − 1)) of the α-divergence (1 − ∫ p^α q^(1−α))/(α(1 − α)).

    α = 1 is KL(P‖Q), 0 KL(Q‖P), ½ four times our Hellinger², 2 half of χ²(P‖Q) (Cressie and Read 1984 with λ = α − 1,
    up to their factor 2; Amari's own parameter is 1 − 2α). Raises DivergenceError unless alpha is finite.
    """
    if not math.isfinite(alpha):
        raise DivergenceError(f"alpha: should be a finite number. Received {alpha}.")
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
