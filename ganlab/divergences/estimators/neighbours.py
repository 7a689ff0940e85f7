"""KL(P‖Q) from distances to the k-th nearest neighbour.

Symbols: ρ_i the distance from x_i to its k-th nearest other point of P's sample, ν_i to the k-th nearest of Q's.
"""

from __future__ import annotations

import math

import numpy as np
import scipy

from ganlab.divergences.estimators.base import (
    ESTIMATORS,
    Array,
    Estimate,
    Estimator,
    Options,
    around,
    too_few,
    variance_of_mean,
)
from ganlab.divergences.results import Reason


def _tied(x: Array, k: int) -> Estimate:
    repeated = len(x) - len(np.unique(x, axis=0))
    text = f"more than {k} points coincide ({repeated} of P's {len(x)} repeat another): raise k or remove repeats"
    return Estimate(math.nan, reason=Reason("ties", text, {"k": k, "repeated": repeated, "n": len(x)}))


def kl_neighbours(x: Array, y: Array, options: Options) -> Estimate:
    """(d/n) Σ log(ν_i/ρ_i) + log(m/(n−1)) (Wang, Kulkarni and Verdú 2009; Pérez-Cruz 2008).

    To first order it is the mean of log p/q over P's points less that of p/q over Q's. The terms of the sum show the
    variance of the first, local noise included; how often y_j is among the k nearest of P's points shows p/q there.
    """
    k, n, m = options.k, len(x), len(y)
    if min(n - 1, m) < k:
        return too_few(k + 1, n, m)
    own = scipy.spatial.cKDTree(x).query(x, k=[k + 1])[0][:, 0]
    distances, nearest = scipy.spatial.cKDTree(y).query(x, k=list(range(1, k + 1)))
    other = distances[:, -1]
    if min(own.min(), other.min()) == 0.0:  # points that coincide have no density
        return _tied(x, k)
    terms = x.shape[1] * np.log(other / own)
    value = float(terms.mean()) + math.log(m / (n - 1))
    ratios = np.asarray(np.bincount(nearest.ravel(), minlength=m) * (m / (n * k)), dtype=np.float64)
    return around(value, value, variance_of_mean(terms) + variance_of_mean(ratios), df=min(n, m) - 1)


ESTIMATORS.add(
    Estimator(
        name="kl_pq_neighbours",
        label="KL(P‖Q), k nearest neighbours",
        target="kl_pq",
        about="Compares the distances from P's points to their k-th neighbours in both samples: no grid and no "
        "bandwidth, but too small where Q is thin and P is not.",
        method="Delta method: variance of the terms and of how often each point of Q is a neighbour; does not count "
        "the bias where q is far below p.",
        source="Wang, Kulkarni and Verdú 2009; Pérez-Cruz 2008",
        compute=kl_neighbours,
        least=4,
        most=20_000,
        limit=200_000,
    )
)
