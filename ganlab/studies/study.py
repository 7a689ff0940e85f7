"""A study: the exact values, one draw looked at with more and more of its points, a bandwidth scan, a two-sample test,
and many redraws, each a little at a time.

Symbols: x ~ P, y ~ Q; E estimators, R rungs of the ladder. Draw r of a side is a function of (seed, side, r) alone: the
same spec gives the same study, bit for bit, whoever runs it and at whatever pace.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import cached_property, partial
from typing import Any, Literal

import numpy as np

from ganlab.distributions import Distribution, Samples
from ganlab.distributions.base import FloatArray
from ganlab.divergences.compare import compare
from ganlab.divergences.estimators import ESTIMATORS, Estimator, Options
from ganlab.divergences.mmd import median_bandwidth, mmd2_rows
from ganlab.divergences.pair import Pair, pair_of
from ganlab.divergences.results import Reason, Value
from ganlab.divergences.two_sample import MOST as TESTED
from ganlab.divergences.two_sample import TESTS, TestResult
from ganlab.studies.spec import StudySpec

Phase = Literal["exact", "ladder", "scan", "test", "redraws", "finished"]
Work = Callable[[], None]

SHOWN = 2_000  # points of each side that are there to be drawn
SCANNED = 1_000  # points of each side in the bandwidth scan
BANDWIDTHS = 40
SCAN_SPAN = 30.0  # the scan goes from the median distance / 30 to 30 times it
MEASURES = ("value", "low", "high", "aim")
FIRST_RUNGS = (10, 20, 50)


class Study:
    """An iterator of small units of work; `result()` is what there is so far."""

    def __init__(self, spec: StudySpec) -> None:
        self.spec = spec
        self.rows: tuple[Estimator, ...] = tuple(ESTIMATORS[name] for name in spec.chosen)
        self.rungs = rungs(min(spec.n, *self._available))
        shape = len(self.rows), len(self.rungs)
        self.exact: dict[str, Value] = {}
        self.ladder = {name: np.full(shape, np.nan) for name in MEASURES}
        self.redraws = {name: np.full((len(self.rows), spec.redraws), np.nan) for name in MEASURES}
        self.redrawn = 0
        self.remarks: dict[tuple[str, int], Reason] = {}
        self.scan: dict[str, FloatArray] = {}  # empty until all of it is there
        self.test: TestResult | None = None
        self.phase: Phase = "exact"
        self.units = 0
        self._work = self._all()
        self._drawn: tuple[int, tuple[FloatArray, FloatArray]] | None = None

    # -- the iterator ----------------------------------------------------------------------------------------

    def advance(self) -> bool:
        """One unit of work; False when there was none left."""
        for work in self._work:
            work()
            self.units += 1
            return True
        self.phase = "finished"
        return False

    def __iter__(self) -> Iterator[Study]:
        return self

    def __next__(self) -> Study:
        if not self.advance():
            raise StopIteration
        return self

    @property
    def total(self) -> int:
        """Units of work in all."""
        targets = len(self.targets) if self.pair is not None else 0
        tested = TESTS[self.spec.test].count(self.spec.permutations)
        return targets + len(self.rows) * (len(self.rungs) + self.spec.redraws) + BANDWIDTHS + tested

    @property
    def done(self) -> float:
        """Share of the units that are done, 0 to 1."""
        return min(1.0, self.units / self.total)

    def _all(self) -> Iterator[Work]:
        """Everything there is to do, in the order in which it is worth seeing."""
        if self.pair is not None:
            for target in self.targets:
                yield lambda target=target: self._compare(target)  # type: ignore[misc]
        self.phase = "ladder"
        for j in range(len(self.rungs)):
            for i in range(len(self.rows)):
                yield lambda i=i, j=j: self._climb(i, j)  # type: ignore[misc]
        self.phase = "scan"
        yield from self._scanning()
        self.phase = "test"
        yield from self._testing()
        self.phase = "redraws"
        for r in range(self.spec.redraws):
            for i in range(len(self.rows)):
                yield lambda i=i, r=r: self._redraw(i, r)  # type: ignore[misc]
            self.redrawn = r + 1

    # -- samples ---------------------------------------------------------------------------------------------

    @cached_property
    def pair(self) -> Pair | None:
        """P and Q as densities; None where one of them is a file, which is known by its points only."""
        p, q = self.spec.distributions
        return None if isinstance(p, Samples) or isinstance(q, Samples) else pair_of(p, q)

    @cached_property
    def _available(self) -> tuple[int, int]:
        """The most points that a draw of each side can have: a file has no more than it has."""
        p, q = (len(d.points) if isinstance(d, Samples) else self.spec.n for d in self.spec.distributions)
        return p, q

    def draw(self, r: int) -> tuple[FloatArray, FloatArray]:
        """Draw number r: [n, d] and [m, d], in units of the data.

        Draw 0 is the one of the ladder. Of a file it has each point once; the others are drawn with replacement
        (bootstrap), for there is nothing else to draw from.
        """
        if self._drawn is None or self._drawn[0] != r:
            p, q = self.spec.distributions
            x, y = (
                points(side, self.spec.n, np.random.default_rng((self.spec.seed, number, r)), again=r > 0)
                for number, side in enumerate((p, q))
            )
            self._drawn = r, (x, y)
        return self._drawn[1]

    @cached_property
    def shown(self) -> tuple[FloatArray, FloatArray]:
        """The first draw, as far as it is shown."""
        x, y = self.draw(0)
        return x[:SHOWN], y[:SHOWN]

    @cached_property
    def options(self) -> Options:
        """Options of all estimators, settled on the first draw, so that all rungs and redraws aim at one number."""
        s = self.spec
        options = Options(kernel=s.kernel, bandwidth=s.bandwidth, k=s.k, bins=s.bins)
        return options.settled(*self.draw(0))

    # -- units -----------------------------------------------------------------------------------------------

    @property
    def targets(self) -> list[str]:
        """The divergences that are estimated."""
        return list(dict.fromkeys(row.target for row in self.rows))

    def _compare(self, target: str) -> None:
        assert self.pair is not None
        found = compare(
            self.pair.p, self.pair.q, [target], kernel=self.options.kernel, bandwidth=self.options.bandwidth
        )
        self.exact[target] = found[target]

    def _climb(self, i: int, j: int) -> None:
        x, y = self.draw(0)
        size = self.rungs[j]
        self._estimate(self.rows[i], self.ladder, (i, j), x[:size], y[:size], size)

    def _redraw(self, i: int, r: int) -> None:
        x, y = self.draw(1 + r)
        self._estimate(self.rows[i], self.redraws, (i, r), x, y, None)

    def _estimate(
        self,
        row: Estimator,
        into: dict[str, FloatArray],
        at: tuple[int, int],
        x: FloatArray,
        y: FloatArray,
        rung: int | None,
    ) -> None:
        """One estimate with its interval and aim; what is worth remarking is kept for a rung."""
        thinned = max(len(x), len(y)) > row.most
        x, y = x[: row.most], y[: row.most]
        found = row.of(x, y, self.options)
        into["value"][at] = found.value
        if found.interval is not None:
            into["low"][at], into["high"][at] = found.interval.low, found.interval.high
        into["aim"][at] = self._aim(row, x, y)
        if rung is not None and found.reason is not None:
            self.remarks[row.name, rung] = found.reason
        elif rung is not None and thinned:
            text = f"computed from the first {row.most} points of each side"
            self.remarks[row.name, rung] = Reason("thinned", text, {"used": row.most})

    def _aim(self, row: Estimator, x: FloatArray, y: FloatArray) -> float:
        """What the interval covers; nan where that is not known."""
        if self.pair is None:
            return math.nan
        if row.approaches is None:
            return self.exact[row.target].value
        aim = row.aim(self.pair, self.options, x, y)
        return math.nan if aim is None else aim

    def _scanning(self) -> Iterator[Work]:
        """One bandwidth a unit."""
        x, y = (side[:SCANNED] for side in self.draw(0))
        middle = median_bandwidth(x, len(x), y)
        sigmas = np.geomspace(middle / SCAN_SPAN, middle * SCAN_SPAN, BANDWIDTHS)
        found = {name: np.full(BANDWIDTHS, np.nan) for name in ("value", "exact", "power")}

        def at(index: int) -> None:
            sigma = float(sigmas[index])
            rows = mmd2_rows(x, y, sigma, self.spec.kernel)
            spread = math.sqrt(sum(float(np.var(h, ddof=1)) / len(h) for h in rows.projections()))
            found["value"][index] = rows.unbiased
            found["power"][index] = rows.unbiased / spread if spread > 0.0 else math.nan
            if self._scan_is_known:
                assert self.pair is not None
                found["exact"][index] = self.pair.mmd2(self.spec.kernel, sigma).value

        for index in range(BANDWIDTHS - 1):
            yield partial(at, index)

        def last() -> None:
            at(BANDWIDTHS - 1)
            marks = {"median": np.array([middle]), "chosen": np.array([self.options.bandwidth])}
            self.scan = {"bandwidth": sigmas, **found, **marks}

        yield last

    @property
    def _scan_is_known(self) -> bool:
        """Whether exact values are quick enough for 40 of them: on the line, and between Gaussian mixtures."""
        if self.pair is None:
            return False
        sides = self.pair.p, self.pair.q
        return self.pair.dim == 1 or all(side.gaussian_mixture() is not None for side in sides)

    def _testing(self) -> Iterator[Work]:
        """As many units as the test has steps."""
        x, y = (side[:TESTED] for side in self.draw(0))
        s, test = self.spec, TESTS[self.spec.test]
        steps = test.steps(x, y, s.kernel, self.options.bandwidth, s.permutations, s.seed)

        def step() -> None:
            self.test = next(steps)

        for _ in range(test.count(s.permutations)):
            yield step

    # -- what there is ---------------------------------------------------------------------------------------

    def result(self) -> dict[str, Any]:
        """Arrays and scalars by group; nan where nothing is yet. Values are in nats or units of the data.

        `exact`: {target: Value}; `ladder`: value, low, high, aim [E, R] over `rungs`; `redraws`: the same [E, redrawn];
        `scan`: bandwidth, value, exact, power (value over its standard error) [40], median and chosen [1];
        `test`: TestResult or None; `samples`: points to draw; `remarks`: {(estimator, rung): Reason}; `bootstrapped`:
        which of the sides are redrawn from a file.
        """
        return {
            "names": [row.name for row in self.rows],
            "targets": [row.target for row in self.rows],
            "exact": dict(self.exact),
            "rungs": self.rungs,
            "ladder": dict(self.ladder),
            "redraws": {name: array[:, : self.redrawn] for name, array in self.redraws.items()},
            "redrawn": self.redrawn,
            "scan": dict(self.scan),
            "test": self.test,
            "samples": self.shown,
            "remarks": dict(self.remarks),
            "bootstrapped": tuple(isinstance(side, Samples) for side in self.spec.distributions),
        }

    def statistics(self) -> dict[str, FloatArray]:
        """Over the redraws so far, per estimator [E]: mean, sd, bias, rmse (of the exact value), coverage (of the aim).

        Infinite estimates are left out and counted in `infinite`; nan where nothing can be said.
        """
        values, aim = (self.redraws[name][:, : self.redrawn] for name in ("value", "aim"))
        low, high = (self.redraws[name][:, : self.redrawn] for name in ("low", "high"))
        exact = np.array(
            [self.exact[r.target].value if r.target in self.exact else np.nan for r in self.rows]
        )
        return {name: np.array(column) for name, column in _summaries(values, low, high, aim, exact).items()}


def _summaries(
    values: FloatArray, low: FloatArray, high: FloatArray, aim: FloatArray, exact: FloatArray
) -> dict[str, list[float]]:
    names = ("mean", "sd", "bias", "rmse", "coverage", "infinite")
    found: dict[str, list[float]] = {name: [] for name in names}
    for i, row in enumerate(values):
        finite = row[np.isfinite(row)]
        judged = np.isfinite(low[i]) & np.isfinite(high[i]) & ~np.isnan(aim[i])
        covered = (low[i] <= aim[i]) & (aim[i] <= high[i])
        found["mean"].append(float(finite.mean()) if len(finite) else math.nan)
        found["sd"].append(float(finite.std(ddof=1)) if len(finite) > 1 else math.nan)
        known = math.isfinite(exact[i]) and len(finite) > 0
        found["bias"].append(float(finite.mean() - exact[i]) if known else math.nan)
        found["rmse"].append(float(np.sqrt(np.mean((finite - exact[i]) ** 2))) if known else math.nan)
        found["coverage"].append(float(covered[judged].mean()) if judged.any() else math.nan)
        found["infinite"].append(float(np.isinf(row).sum()))
    return found


def rungs(n: int) -> list[int]:
    """10, 20, 50, 100, 200, 500, … below n, and n."""
    steps = [step * 10**power for power in range(6) for step in FIRST_RUNGS]
    return [*(step for step in steps if step < n), n]


def points(distribution: Distribution, n: int, rng: np.random.Generator, again: bool = False) -> FloatArray:
    """n points [n, d]; of a file in its own units, and no more than it has: each once, or `again` with replacement."""
    if not isinstance(distribution, Samples):
        return distribution.sample(n, rng)
    stored = distribution.stored
    size = len(stored.points)
    chosen = rng.integers(size, size=min(n, size)) if again else rng.permutation(size)[:n]
    return np.asarray(stored.points[chosen], dtype=np.float64) * stored.scale + np.array(stored.offset)
