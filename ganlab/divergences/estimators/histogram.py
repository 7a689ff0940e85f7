"""Plug-in estimates from histograms.

Symbols: K cells shared by both samples, p̂_k and q̂_k the shares of P's and Q's points in cell k, r_k = p̂_k/q̂_k.
Cells lie evenly over a window and the outermost reach to infinity, so that every point is counted. What is estimated
is the divergence of the binned densities, which is at most that of the densities (data processing), whatever n.
"""

from __future__ import annotations

import dataclasses
import math
from functools import lru_cache

import numpy as np
import scipy

from ganlab.divergences.estimators.base import ESTIMATORS, Array, Estimate, Estimator, Options, around
from ganlab.divergences.estimators.expectations import cell_masses
from ganlab.divergences.pair import Pair
from ganlab.divergences.results import Reason

HALF_NORMAL_MEAN = math.sqrt(2.0 / math.pi)  # E|Z|
FAR = 8.0  # standard errors beyond which noise has no say in the size of a difference


def edges(options: Options) -> list[Array]:
    """Inner edges [bins − 1] of the cells, per axis, for settled options."""
    return [np.linspace(low, high, options.bins + 1)[1:-1] for low, high in options.window]


def shares(x: Array, inner: list[Array]) -> Array:
    """Share of the points [n, d] in each cell, flat [bins^d]."""
    index = np.zeros(len(x), dtype=np.intp)
    for axis, at in enumerate(inner):
        index = index * (len(at) + 1) + np.searchsorted(at, x[:, axis], side="right")
    return np.bincount(index, minlength=math.prod(len(at) + 1 for at in inner)) / len(x)


def kl_bias(p: Array, q: Array, n: int, m: int) -> float:
    """First-order bias of the plug-in KL(p̂‖q̂): (K₊−1)/2n + (Σ_k r_k − 1)/2m, with K₊ occupied cells.

    The first part is Miller's (1955) and Madow's correction of the entropy; the second, of −Σ p̂ log q̂, is (K−1)/2m
    when P = Q. Against a known Q only the first is there.
    """
    occupied = p > 0.0
    ratios = float((p[occupied] / q[occupied]).sum())
    return (np.count_nonzero(occupied) - 1) / (2 * n) + (ratios - 1.0) / (2 * m)


def _empty(p: Array, q: Array) -> Estimate:
    cells = np.flatnonzero((p > 0.0) & (q == 0.0))
    mass = float(p[cells].sum())
    text = f"{len(cells)} of {len(p)} cells hold {mass:.3g} of P's points and none of Q's"
    return Estimate(math.inf, reason=Reason("empty_cells", text, {"cells": len(cells), "mass": mass}))


def _kl(x: Array, y: Array, options: Options, corrected: bool) -> Estimate:
    inner = edges(options)
    p, q, n, m = shares(x, inner), shares(y, inner), len(x), len(y)
    if np.any((p > 0.0) & (q == 0.0)):
        return _empty(p, q)
    cells = int(np.count_nonzero(q))
    both = p > 0.0
    p, q = p[both], q[both]
    ratio = p / q
    logs = np.log(ratio)
    value = float(np.dot(p, logs))
    variance = (float(np.dot(p, logs**2)) - value**2) / n + (float(np.dot(p, ratio)) - 1.0) / m
    bias = kl_bias(p, q, n, m)
    found = around(value - bias if corrected else value, value - bias, max(variance, 0.0), df=min(n, m) - 1)
    return _stretched(found, value <= bias * _chi2_reach(cells - 1))


def _chi2_reach(freedom: int) -> float:
    """How far a χ² reaches (97.5 %), in units of its mean: 2nm/(n+m)·KL(p̂‖q̂) is one when P = Q."""
    return float(scipy.special.chdtri(max(freedom, 1), 0.025)) / max(freedom, 1)


def _stretched(found: Estimate, unclear: bool) -> Estimate:
    """The interval stretched down to 0 where the samples cannot tell P from Q, and up to 0: no divergence is below."""
    low = min(found.low, 0.0) if unclear else found.low
    return dataclasses.replace(found, low=low, high=max(found.high, 0.0))


def kl_plugin(x: Array, y: Array, options: Options) -> Estimate:
    """KL(p̂‖q̂) = Σ p̂_k log(p̂_k/q̂_k); inf where Q left a cell empty that P did not."""
    return _kl(x, y, options, corrected=False)


def kl_corrected(x: Array, y: Array, options: Options) -> Estimate:
    """KL(p̂‖q̂) less its first-order bias (`kl_bias`)."""
    return _kl(x, y, options, corrected=True)


def _js_terms(p: Array, q: Array) -> Array:
    middle = (p + q) / 2
    return np.asarray(scipy.special.rel_entr(p, middle) + scipy.special.rel_entr(q, middle)) / 2


def _without_one(p: Array, q: Array, n: int) -> Array:
    """JS of the shares after one of the n points behind p is taken out of each cell in turn [K]; nan from an empty
    one.
    """
    rest = p * (n / (n - 1))
    terms = _js_terms(rest, q)
    fewer = np.where(p > 0.0, np.maximum(rest - 1.0 / (n - 1), 0.0), np.nan)
    return np.asarray(terms.sum() - terms + _js_terms(fewer, q))


def js_plugin(x: Array, y: Array, options: Options) -> Estimate:
    """½ KL(p̂‖m̂) + ½ KL(q̂‖m̂), m̂ = (p̂ + q̂)/2; never infinite. Bias and variance by the delete-one jackknife."""
    inner = edges(options)
    p, q = shares(x, inner), shares(y, inner)
    p, q = p[p + q > 0.0], q[p + q > 0.0]
    value = float(_js_terms(p, q).sum())
    bias = variance = 0.0
    for side, n, without in (
        (p, len(x), _without_one(p, q, len(x))),
        (q, len(y), _without_one(q, p, len(y))),
    ):
        moved = np.where(side > 0.0, without - value, 0.0)
        mean = float(np.dot(side, moved))
        bias += (n - 1) * mean
        variance += (n - 1) * (float(np.dot(side, moved**2)) - mean**2)
    found = around(value, value - bias, max(variance, 0.0), df=min(len(x), len(y)) - 1)
    return _stretched(found, value <= bias * _chi2_reach(len(p) - 1))


def folded_mean(t: Array) -> Array:
    """E|t + Z| for a standard normal Z."""
    return t * (2.0 * scipy.special.ndtr(t) - 1.0) + 2.0 * np.exp(-(t**2) / 2) / math.sqrt(2.0 * math.pi)


def unfolded(t: Array) -> Array:
    """The s with E|s + Z| = t: the size of the difference behind an observed |difference| t, in standard errors."""
    return np.where(t < FAR, np.interp(t, *_folded_table()), t)


@lru_cache(maxsize=1)
def _folded_table() -> tuple[Array, Array]:
    """E|s + Z| and s, by which it is inverted; 0 below E|Z| = 0.798."""
    sizes = FAR * np.linspace(0.0, 1.0, 20_001) ** 2  # close together where the curve is flat
    return folded_mean(sizes), sizes


def tv_plugin(x: Array, y: Array, options: Options) -> Estimate:
    """½ Σ |p̂_k − q̂_k|."""
    inner = edges(options)
    p, q, n, m = shares(x, inner), shares(y, inner), len(x), len(y)
    gap = p - q
    noise = np.sqrt(p * (1 - p) / n + q * (1 - q) / m)
    scaled = np.divide(np.abs(gap), noise, out=np.zeros_like(gap), where=noise > 0.0)
    centre = float(np.dot(unfolded(scaled), noise)) / 2
    sign = np.sign(gap)
    variance = ((1.0 - float(np.dot(p, sign)) ** 2) / n + (1.0 - float(np.dot(q, sign)) ** 2) / m) / 4
    value = float(np.abs(gap).sum()) / 2
    found = around(value, centre, variance, df=min(n, m) - 1)
    unclear = value <= float(noise.sum()) * HALF_NORMAL_MEAN / 2 + 2.0 * math.sqrt(variance)
    return _stretched(found, unclear)


# --- what they approach -----------------------------------------------------------------------------------------


def _binned(pair: Pair, options: Options) -> tuple[Array, Array] | None:
    masses = [cell_masses(side, edges(options)) for side in (pair.p, pair.q)]
    return None if masses[0] is None or masses[1] is None else (masses[0], masses[1])


def _kl_aim(pair: Pair, options: Options, x: Array, y: Array) -> float | None:
    binned = _binned(pair, options)
    return None if binned is None else float(scipy.special.rel_entr(*binned).sum())


def _js_aim(pair: Pair, options: Options, x: Array, y: Array) -> float | None:
    binned = _binned(pair, options)
    if binned is None:
        return None
    middle = (binned[0] + binned[1]) / 2
    return float(sum(scipy.special.rel_entr(side, middle).sum() for side in binned)) / 2


def _tv_aim(pair: Pair, options: Options, x: Array, y: Array) -> float | None:
    binned = _binned(pair, options)
    return None if binned is None else float(np.abs(binned[0] - binned[1]).sum()) / 2


# --- the rows -----------------------------------------------------------------------------------------------------

DELTA = (
    "Delta method over the cells' shares, centred on the value less its first-order bias; reaches down to 0 where a "
    "χ² test cannot tell the samples apart."
)

ESTIMATORS.add(
    Estimator(
        name="kl_pq_histogram",
        label="KL(P‖Q), histogram",
        target="kl_pq",
        about="Counts points in cells: infinite as soon as Q leaves a cell empty that P does not, and too large by "
        "about (K−1)/2n for each sample.",
        method=DELTA,
        source="Miller 1955; Paninski 2003",
        compute=kl_plugin,
        approaches=_kl_aim,
        covers="KL of the binned densities",
    )
)

ESTIMATORS.add(
    Estimator(
        name="kl_pq_histogram_corrected",
        label="KL(P‖Q), histogram less its bias",
        target="kl_pq",
        about="The histogram's value less its first-order bias (Miller and Madow): right on average, and below 0 at"
        " times.",
        method=DELTA,
        source="Miller 1955; Paninski 2003",
        compute=kl_corrected,
        approaches=_kl_aim,
        covers="KL of the binned densities",
    )
)

ESTIMATORS.add(
    Estimator(
        name="js_histogram",
        label="JS, histogram",
        target="js",
        about="Counts points in cells: never infinite, but too large in small samples and blind within a cell.",
        method="Delete-one jackknife for bias and variance; reaches down to 0 where a χ² test cannot tell the "
        "samples apart.",
        source="Lin 1991; Miller 1974 on the jackknife",
        compute=js_plugin,
        approaches=_js_aim,
        covers="JS of the binned densities",
    )
)

ESTIMATORS.add(
    Estimator(
        name="tv_histogram",
        label="TV, histogram",
        target="tv",
        about="Half the summed differences between the cells' shares: noise alone adds up, so it is far from 0 even"
        " when P = Q.",
        method="Delta method, centred on the sum of the differences that explain the observed ones (a folded normal"
        " per cell); reaches down to 0 where noise alone would explain the value.",
        source="Devroye and Györfi 1985 on the L1 error of histograms",
        compute=tv_plugin,
        approaches=_tv_aim,
        covers="TV of the binned densities",
        units="none",
    )
)
