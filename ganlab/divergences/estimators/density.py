"""KL(P‖Q) from kernel densities.

Symbols: φ_h a Gaussian of standard deviation h per axis, p̂_h and q̂_g the kernel densities of the two samples, p_h
and q_g their means: the densities of P and Q blurred by h and g.
"""

from __future__ import annotations

import math

import numpy as np

from ganlab.divergences.estimators.base import (
    ESTIMATORS,
    Array,
    Estimate,
    Estimator,
    Options,
    around,
    variance_of_mean,
)
from ganlab.divergences.estimators.expectations import log_smoothed, nodes
from ganlab.divergences.pair import Pair
from ganlab.divergences.results import Reason

BLOCK = 1 << 18  # kernel values held at once


def widths(x: Array, rule: str) -> Array:
    """Bandwidth per axis [d]: Scott's σ n^(−1/(d+4)) (1.06 σ n^(−1/5) on the line), or Silverman's, which takes
    min(σ, IQR/1.34) for σ and 0.9 instead of 1.06 on the line (Scott 2015, equations 6.42-6.44; Silverman 1986,
    equation 3.31)."""
    n, d = x.shape
    spread = x.std(axis=0, ddof=1)
    factor = 1.06 if d == 1 else 1.0
    if rule == "silverman":
        low, high = np.quantile(x, [0.25, 0.75], axis=0)
        robust = (high - low) / 1.34
        spread = np.where(robust > 0.0, np.minimum(spread, robust), spread)
        factor = 0.9 if d == 1 else 1.0
    return np.asarray(factor * spread * n ** (-1.0 / (d + 4)))


def _smoothed(at: Array, x: Array, width: Array, own: bool) -> tuple[Array, Array, Array]:
    """Log of the kernel density of x at `at` [N] (each point without itself when own), the summed weights
    Σ_i φ(at_i − x_j)/Σ_l φ(at_i − x_l) that each x_j has [n], and Σ_j of those squared per point [N].
    """
    count = len(x) - own
    log_peak = -float(np.log(width).sum()) - len(width) / 2 * math.log(2 * math.pi) - math.log(count)
    logs, pull, squares = np.empty(len(at)), np.zeros(len(x)), np.empty(len(at))
    rows = max(1, BLOCK // len(x))
    for start in range(0, len(at), rows):
        block = slice(start, min(start + rows, len(at)))
        power = sum(
            -(np.subtract.outer(at[block, j], x[:, j]) ** 2) / (2 * width[j] ** 2) for j in range(len(width))
        )
        power = np.asarray(power)
        if own:
            power[np.arange(len(power)), np.arange(start, start + len(power))] = -np.inf
        top = power.max(axis=1, keepdims=True)
        share = np.exp(power - top, out=power)
        total = share.sum(axis=1, keepdims=True)
        share /= total
        logs[block] = top[:, 0] + np.log(total[:, 0]) + log_peak
        pull += share.sum(axis=0)
        squares[block] = np.einsum("ij,ij->i", share, share)
    return logs, pull, squares


def kl_density(x: Array, y: Array, options: Options) -> Estimate:
    """Mean over P's points of log p̂_h − log q̂_g, each point left out of its own p̂_h."""
    width_x, width_y = (widths(points, options.smoothing) for points in (x, y))
    if not (np.all(width_x > 0.0) and np.all(width_y > 0.0)):
        text = "the points of one sample have no spread along an axis, so they have no density"
        return Estimate(math.nan, reason=Reason("no_spread", text))
    own = _smoothed(x, x, width_x, own=True)
    other = _smoothed(x, y, width_y, own=False)
    terms = own[0] - other[0]
    value = float(terms.mean())
    # log p̂ averages log p − var(p̂)/2p²: the squared shares less their least possible value are that variance
    noise = [
        np.mean(squares - 1.0 / count) / 2 for squares, count in ((own[2], len(x) - 1), (other[2], len(y)))
    ]
    influence_x = terms + own[1]
    influence_y = other[1] * (len(y) / len(x))
    variance = variance_of_mean(influence_x) + variance_of_mean(influence_y)
    return around(value, value + float(noise[0] - noise[1]), variance, df=min(len(x), len(y)) - 1)


def _aim(pair: Pair, options: Options, x: Array, y: Array) -> float | None:
    known = nodes(pair.p)
    if known is None:
        return None
    at, weights = known
    p = log_smoothed(pair.p, widths(x, options.smoothing), at)
    q = log_smoothed(pair.q, widths(y, options.smoothing), at)
    return None if p is None or q is None else float(np.dot(weights, p - q))


ESTIMATORS.add(
    Estimator(
        name="kl_pq_density",
        label="KL(P‖Q), kernel density",
        target="kl_pq",
        about="Smooths both samples and averages log p̂/q̂ over P's points: never infinite, but blind to detail "
        "finer than the bandwidth.",
        method="Influence function of the smoothed ratio, with the bias of the logarithms taken off; conservative "
        "when P = Q.",
        source="Silverman 1986; Scott 2015; leave-one-out as in Hall and Morton 1993",
        compute=kl_density,
        approaches=_aim,
        covers="E_P log(p_h/q_g) of the smoothed densities",
        least=4,
        most=1_000,
        limit=10_000,
    )
)
