"""What an estimator is: one row, its options, what it answers.

Symbols: x ~ P [n, d] (real), y ~ Q [m, d] (generated); d is 1 or 2. Order is (P, Q). Nats; distances, not their
squares, unless named so.

A new estimator is a function `compute(x, y, options) -> Estimate` and one `ESTIMATORS.add(Estimator(...))`; the
coverage test and `python -m benchmarks.coverage` then hold its interval to what it claims.
"""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
import scipy
from numpy.typing import NDArray

from ganlab.divergences.checks import checked_whole, is_number
from ganlab.divergences.mmd import median_bandwidth
from ganlab.divergences.pair import Pair
from ganlab.divergences.registry import DIVERGENCES
from ganlab.divergences.registry import Options as ExactOptions
from ganlab.divergences.results import DivergenceError, Interval, Reason, Units, Value
from ganlab.divergences.sinkhorn import default_epsilon
from ganlab.registry import Registry

Array = NDArray[np.float64]

LEVEL = 0.95
MAX_BINS = 1_000
MAX_NEIGHBOURS = 100
MAX_DIRECTIONS = 1_000
AUTO_BINS = {1: 16, 2: 6}  # per axis
SCALE_POINTS = 250  # of each sample, for the median heuristic


@dataclass(frozen=True)
class Options:
    """How to estimate. 0 means "choose from the samples" (`settled` does, and returns options without a 0).

    `bandwidth` of the kernel (units of the data; the median distance); `k` nearest neighbours; `bins` per axis (16 on
    the line, 6 in the plane) of which the outermost reach to infinity, laid evenly over `window` ((low, high) per
    axis; the middle 98 % of both samples); rule for the bandwidth of the kernel densities; features of the trained
    bounds; equally spaced `directions` of the slices; `blur` = √ε of Sinkhorn's entropy (units of the data; ε is 5 %
    of the mean squared distance). Raises DivergenceError for a number that is out of range.
    """

    kernel: str = "gaussian"
    bandwidth: float = 0.0
    k: int = 3
    bins: int = 0
    window: tuple[tuple[float, float], ...] = ()
    smoothing: Literal["silverman", "scott"] = "silverman"
    features: Literal["fourier", "polynomial"] = "fourier"
    directions: int = 64
    blur: float = 0.0

    def __post_init__(self) -> None:
        for name in ("bandwidth", "blur"):
            value = getattr(self, name)
            if not (is_number(value) and value >= 0.0):
                raise DivergenceError(
                    f"{name}: should be a finite number > 0, or 0 to choose one. Received {value}."
                )
        for name, low, high in (
            ("k", 1, MAX_NEIGHBOURS),
            ("bins", 0, MAX_BINS),
            ("directions", 1, MAX_DIRECTIONS),
        ):
            checked_whole(name, getattr(self, name), low, high)
        if self.bins == 1:
            raise DivergenceError(f"bins: should be 2 to {MAX_BINS}, or 0 to choose a number. Received 1.")
        for name, allowed in (("smoothing", ("silverman", "scott")), ("features", ("fourier", "polynomial"))):
            if getattr(self, name) not in allowed:
                raise DivergenceError(
                    f"{name}: should be one of {', '.join(allowed)}. Received {getattr(self, name)!r}."
                )

    def settled(self, x: Array, y: Array) -> Options:
        """These options with every 0 replaced by what the samples [n, d] and [m, d] suggest."""
        changes: dict[str, object] = {}
        if not self.bins:
            changes["bins"] = AUTO_BINS[x.shape[1]]
        if not self.window:
            low, high = np.quantile(np.concatenate([x, y]), [0.01, 0.99], axis=0)
            changes["window"] = tuple((float(a), float(b)) for a, b in zip(low, high, strict=True))
        if not self.bandwidth:
            changes["bandwidth"] = median_bandwidth(x, 2 * SCALE_POINTS, y)
        if not self.blur:
            changes["blur"] = math.sqrt(default_epsilon(x, y))
        return dataclasses.replace(self, **changes) if changes else self  # type: ignore[arg-type]

    def exact(self) -> ExactOptions:
        """The same for exact values; needs settled options."""
        return ExactOptions(kernel=self.kernel, bandwidth=self.bandwidth, directions=self.directions)


@dataclass(frozen=True)
class Estimate:
    """What an estimator answers before it is timed and named; nan ends: no interval (the reason says why).

    `units` where they depend on the options.
    """

    value: float
    low: float = math.nan
    high: float = math.nan
    reason: Reason | None = None
    units: Units | None = None


Compute = Callable[[Array, Array, Options], Estimate]
Aim = Callable[[Pair, Options, Array, Array], float | None]


def too_few(least: int, n: int, m: int) -> Estimate:
    """The answer to samples that are too small: nan with a reason."""
    text = f"needs at least {least} points on each side; there are {n} and {m}"
    return Estimate(math.nan, reason=Reason("too_few", text, {"least": least, "n": n, "m": m}))


def straight(pair: Pair, target: str, options: Options, x: Array, y: Array) -> float | None:
    """The exact value of a row of DIVERGENCES with these options; None where it cannot be had."""
    row = DIVERGENCES[target]
    if pair.dim not in row.dims:
        return None
    value = row.of(pair, options.settled(x, y).exact()).value
    return None if math.isnan(value) else value


@dataclass(frozen=True)
class Estimator:
    """One row. `target` is the row of DIVERGENCES it is about, `method` how its 95 % interval is made.

    `aim` is what the interval covers, where that is not the target itself: it needs the samples where what the
    estimator approaches depends on choices made from them (a bandwidth, a trained function). `most` is the largest n
    watched live and `limit` the largest n taken at all: of more points the first are used, and the value says so.
    """

    name: str
    label: str
    target: str
    about: str
    method: str
    source: str
    compute: Compute
    approaches: Aim | None = None
    covers: str = ""
    units: Units = "nats"
    dims: tuple[int, ...] = (1, 2)
    least: int = 2
    most: int = 100_000
    limit: int = 1_000_000

    def of(self, x: Array, y: Array, options: Options) -> Value:
        """The value with its interval, from samples [n, d] and [m, d] that are finite and of one of `dims`."""
        start = time.perf_counter()
        n, m = len(x), len(y)
        x, y = x[: self.limit], y[: self.limit]
        few = min(n, m) < self.least
        found = too_few(self.least, n, m) if few else self.compute(x, y, options.settled(x, y))
        reason = found.reason or self._thinned(n, m)
        return Value(
            name=self.name,
            value=found.value,
            units=found.units or self.units,
            reason=reason,
            interval=self._interval(found),
            seconds=time.perf_counter() - start,
        )

    def aim(self, pair: Pair, options: Options, x: Array, y: Array) -> float | None:
        """What the interval covers, from the exact densities; inf where that is, None where it cannot be had."""
        x, y = x[: self.limit], y[: self.limit]
        if self.approaches is None:
            return straight(pair, self.target, options, x, y)
        return self.approaches(pair, options.settled(x, y), x, y)

    def _interval(self, found: Estimate) -> Interval | None:
        """None where the ends are nan; never above the largest value that the divergence can have."""
        if math.isnan(found.low) or math.isnan(found.high):
            return None
        most = DIVERGENCES[self.target].high
        low, high = min(float(found.low), most), min(float(found.high), most)
        return Interval(low, high, method=self.method, level=LEVEL, target=self.covers)

    def _thinned(self, n: int, m: int) -> Reason | None:
        if max(n, m) <= self.limit:
            return None
        text = f"computed from the first {self.limit} points of a side; there are {n} and {m}"
        return Reason("thinned", text, {"used": self.limit, "n": n, "m": m})


ESTIMATORS: Registry[Estimator] = Registry("estimator")


@lru_cache(maxsize=1024)
def reach(df: float = math.inf) -> float:
    """How many standard errors a two-sided 95 % interval reaches: Student's quantile, 1.96 for infinitely many df."""
    upper = (1.0 + LEVEL) / 2.0
    return float(scipy.special.ndtri(upper) if math.isinf(df) else scipy.special.stdtrit(df, upper))


def around(value: float, centre: float, variance: float, df: float = math.inf) -> Estimate:
    """The interval centre ± t √variance for a value that need not be its centre."""
    half = reach(df) * math.sqrt(variance)
    return Estimate(value, centre - half, centre + half)


def variance_of_mean(terms: Array) -> float:
    """Estimated variance of the mean of independent terms [n], n >= 2."""
    return float(np.var(terms, ddof=1)) / len(terms)


def squared(value: float, centre: float, variance: float, df: float = math.inf) -> Estimate:
    """The interval of a squared distance, made on the distance and squared: (√centre ± t √variance/2√centre)².

    A distance has less skew than its square, and a variance that hardly depends on it. Where centre − t √variance is
    below 0 the distance may be 0: that is the lower end, and the variance at hand may be too small for the upper one.
    """
    half = reach(df) * math.sqrt(variance)
    root = math.sqrt(max(centre, 0.0))
    step = math.sqrt(half) if half >= 4.0 * centre else half / (2.0 * root)
    low = (root - step) ** 2 if centre > half else centre - half
    return Estimate(value, low, (root + step) ** 2)
