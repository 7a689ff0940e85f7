"""MMD² of any kernel and the squared energy distance, from samples.

Symbols: h(x_i) = 2(mean k(x_i, x_j) − mean k(x_i, y_j)) the projection of the U-statistic, likewise h(y_j). To first
order the U-statistic is a mean of these, so that its variance is Var h(x)/n + Var h(y)/m; their sample variance also
counts twice what is left at second order, which is all there is when P = Q: the interval is conservative there.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ganlab.divergences.estimators.base import (
    ESTIMATORS,
    Array,
    Estimate,
    Estimator,
    Options,
    squared,
    variance_of_mean,
)
from ganlab.divergences.kernels import kernel_row
from ganlab.divergences.mmd import KernelRows, mmd2_blocks, mmd2_rows

CHI2_REACH = 5.024  # 97.5 % quantile of χ² with one degree of freedom


def _projected(rows: KernelRows, value: float) -> Estimate:
    """U ± t √(Var h(x)/n + Var h(y)/m), stretched to 0 where P may be Q.

    Under P = Q the V-statistic is a quadratic form in normals, which exceeds 5.02 times its mean with probability 2.5
    % at most (Székely and Bakirov 2003); and no MMD² is below 0.
    """
    null_mean = rows.biased - rows.unbiased
    variance = sum(variance_of_mean(h) for h in rows.projections())
    found = squared(value, rows.unbiased, variance, df=min(len(rows.xx), len(rows.yy)) - 1)
    unclear = rows.biased <= CHI2_REACH * null_mean
    return Estimate(value, min(found.low, 0.0) if unclear else found.low, max(found.high, 0.0))


def _mmd2(x: Array, y: Array, options: Options, biased: bool) -> Estimate:
    rows = mmd2_rows(x, y, options.bandwidth, options.kernel)
    found = _projected(rows, rows.biased if biased else rows.unbiased)
    return dataclasses.replace(found, units=kernel_row(options.kernel).units)


def mmd2_unbiased(x: Array, y: Array, options: Options) -> Estimate:
    """The U-statistic."""
    return _mmd2(x, y, options, biased=False)


def mmd2_biased(x: Array, y: Array, options: Options) -> Estimate:
    """The V-statistic, with the interval of the U-statistic."""
    return _mmd2(x, y, options, biased=True)


def mmd2_averaged(x: Array, y: Array, options: Options) -> Estimate:
    """The average over blocks of √n points."""
    found = mmd2_blocks(x, y, options.bandwidth, options.kernel)
    ends = squared(found.value, found.value, found.standard_error**2, df=found.blocks - 1)
    units = kernel_row(options.kernel).units
    return Estimate(found.value, ends.low, max(ends.high, 0.0), units=units)


def _distance_means(x: Array, y: Array) -> Array:
    """Mean distance from each x to all y on the line, [n]: sorted, so that n log n steps are enough."""
    y = np.sort(y)
    below = np.searchsorted(y, x)
    sums = np.concatenate([[0.0], np.cumsum(y)])
    return (x * (2 * below - len(y)) + sums[-1] - 2.0 * sums[below]) / len(y)


def _distance_rows(x: Array, y: Array) -> KernelRows:
    """`mmd2_rows` of the kernel −|x − y| for samples [n, 1], [m, 1], without going through all pairs."""
    middle = x[:, 0].mean()  # far from 0 sums of points would leave few digits of their differences
    a, b = x[:, 0] - middle, y[:, 0] - middle
    own = [-_distance_means(c, c) * len(c) / (len(c) - 1) for c in (a, b)]
    return KernelRows(own[0], own[1], -_distance_means(a, b), -_distance_means(b, a), 0.0, 0.0)


def energy2(x: Array, y: Array, options: Options) -> Estimate:
    """2 E|X−Y| − E|X−X′| − E|Y−Y′| as a U-statistic."""
    rows = _distance_rows(x, y) if x.shape[1] == 1 else mmd2_rows(x, y, 1.0, "distance")
    return _projected(rows, rows.unbiased)


# --- the rows -----------------------------------------------------------------------------------------------------

PROJECTIONS = (
    "Variance of the U-statistic's first-order projections, Student's t, made on the distance and squared. When P = Q "
    "the projections vanish and the theory fails: the interval reaches down to 0 unless the value is beyond what any "
    "such quadratic form reaches (Székely and Bakirov 2003)."
)

ESTIMATORS.add(
    Estimator(
        name="mmd2_unbiased",
        label="MMD², unbiased",
        target="mmd2",
        about="Averages the kernel over all pairs of different points: right on average, so below 0 half of the "
        "time when P = Q.",
        method=PROJECTIONS,
        source="Gretton et al. 2012, equation 3",
        compute=mmd2_unbiased,
        units="none",
        least=4,
        most=3_000,
        limit=30_000,
    )
)

ESTIMATORS.add(
    Estimator(
        name="mmd2_biased",
        label="MMD², biased",
        target="mmd2",
        about="Averages the kernel over all pairs, a point with itself included: never below 0, and too large by "
        "about (k(x,x) − E k)/n for each sample.",
        method="That of the unbiased one, around the unbiased value. " + PROJECTIONS,
        source="Gretton et al. 2012, equation 5",
        compute=mmd2_biased,
        units="none",
        least=4,
        most=3_000,
        limit=30_000,
    )
)

ESTIMATORS.add(
    Estimator(
        name="mmd2_blocks",
        label="MMD², averaged over blocks",
        target="mmd2",
        about="Averages the unbiased value over blocks of √n points: fewer pairs, more noise, and close to normal "
        "even when P = Q.",
        method="Student's t over the blocks, made on the distance and squared; its upper end is never below 0.",
        source="Zaremba, Gretton and Blaschko 2013",
        compute=mmd2_averaged,
        units="none",
        least=4,
        most=10_000,
    )
)

ESTIMATORS.add(
    Estimator(
        name="energy2_sorted",
        label="Energy distance², sorted",
        target="energy2",
        about="Compares distances between and within the samples; on the line sorting replaces going through all "
        "pairs.",
        method=PROJECTIONS,
        source="Székely and Rizzo 2013",
        compute=energy2,
        units="x",
        dims=(1,),
        least=4,
    )
)

ESTIMATORS.add(
    Estimator(
        name="energy2_pairs",
        label="Energy distance², all pairs",
        target="energy2",
        about="Compares distances between and within the samples: it sees shifts well and fine detail badly.",
        method=PROJECTIONS,
        source="Székely and Rizzo 2013",
        compute=energy2,
        units="x",
        dims=(2,),
        least=4,
        most=3_000,
        limit=30_000,
    )
)
