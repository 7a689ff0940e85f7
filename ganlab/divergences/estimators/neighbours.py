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
)
from ganlab.divergences.results import Reason

PARTS = 4  # disjoint parts of one partition
PARTITIONS = 8
FREEDOM = 15.0  # degrees of freedom of the pooled variance, calibrated on the coverage table


def _divergence(x: Array, y: Array, k: int) -> float:
    """(d/n) Σ log(ν_i/ρ_i) + log(m/(n−1)) (Wang, Kulkarni and Verdú 2009; Pérez-Cruz 2008).

    nan where a distance is 0: points that coincide have no density.
    """
    rho = scipy.spatial.cKDTree(x).query(x, k=[k + 1])[0][:, 0]
    nu = scipy.spatial.cKDTree(y).query(x, k=[k])[0][:, 0]
    if min(rho.min(), nu.min()) == 0.0:
        return math.nan
    return x.shape[1] * float(np.log(nu / rho).mean()) + math.log(len(y) / (len(x) - 1))


def _tied(x: Array, y: Array, k: int) -> Estimate:
    repeated = len(x) - len(np.unique(x, axis=0))
    text = f"more than {k} points coincide ({repeated} of P's {len(x)} repeat another): raise k or remove repeats"
    return Estimate(math.nan, reason=Reason("ties", text, {"k": k, "repeated": repeated, "n": len(x)}))


def kl_neighbours(x: Array, y: Array, options: Options) -> Estimate:
    """The estimate, its variance from the spread over disjoint parts of random partitions."""
    k, n, m = options.k, len(x), len(y)
    if min(n - 1, m) < k:
        return too_few(k + 1, n, m)
    value = _divergence(x, y, k)
    if math.isnan(value):
        return _tied(x, y, k)
    parts = min(PARTS, min(n, m) // (k + 2))
    if parts < 2:
        return Estimate(value, reason=Reason("no_interval", "too few points to part them for an interval"))
    rng = np.random.default_rng(n)
    spread = []
    for _ in range(PARTITIONS):
        i, j = (np.array_split(rng.permutation(size), parts) for size in (n, m))
        spread.append(np.var([_divergence(x[a], y[b], k) for a, b in zip(i, j, strict=True)], ddof=1))
    return around(value, value, float(np.mean(spread)) / parts, df=FREEDOM)


ESTIMATORS.add(
    Estimator(
        name="kl_pq_neighbours",
        label="KL(P‖Q), k nearest neighbours",
        target="kl_pq",
        about="Compares the distances from P's points to their k-th neighbours in both samples: no grid and no "
        "bandwidth, but too small where Q is thin and P is not.",
        method="Spread over disjoint quarters of eight random partitions, Student's t; does not count the bias "
        "where p/q is unbounded.",
        source="Wang, Kulkarni and Verdú 2009; Pérez-Cruz 2008",
        compute=kl_neighbours,
        least=3,
        most=2_000,
        limit=200_000,
    )
)
