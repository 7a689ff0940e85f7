"""A study, live: estimators against the exact value, from one draw with more and more points, then redraw by redraw.

A step is a redraw: all estimators on fresh samples. What comes before (exact values, the ladder, the scan, the test)
is preparation, done as fast as it goes whatever the pace.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from ganlab.distributions import Distribution, Samples
from ganlab.distributions.base import FloatArray
from ganlab.divergences.results import Value
from ganlab.evaluation import true_masses
from ganlab.live.base import LiveRun
from ganlab.live.frames import Tensors
from ganlab.live.history import History
from ganlab.live.values import described_reason
from ganlab.studies import Study, StudySpec
from ganlab.studies.study import MEASURES

GRID = 400  # points of the densities on the line
MARGIN = 0.1  # of the width of what is worth looking at, on both sides


class StudyRun(LiveRun[StudySpec]):
    """A study that is watched and controlled. Work goes on in units, one estimate each, so that nobody waits long."""

    KIND = "study"

    def _set_up(self, spec: StudySpec) -> None:
        self.study = Study(spec)
        self.history = History(columns=("step",), reading=None)
        self.bounds = _bounds(spec)
        self._estimators = len(self.study.rows)
        self._preparation = self.study.total - self._estimators * spec.redraws  # units
        self._units = 0
        self._goal = 0  # redraws that are done although it is paused
        self._summary: tuple[int, dict[str, Any]] = (0, {})  # of so many redraws
        self._moment = object()

    # -- what it is at -------------------------------------------------------------------------------------------

    @property
    def spec(self) -> StudySpec:
        """The spec; none of its fields change while it goes on."""
        return self.study.spec

    @property
    def seed(self) -> int:
        """The seed of all draws."""
        return self.spec.seed

    @property
    def step(self) -> int:
        """Redraws done; one counts as soon as the next has begun."""
        return self.study.redrawn

    @property
    def moment(self) -> object:
        """Another one after each unit."""
        return self._moment

    @property
    def finished(self) -> bool:
        """Whether there is nothing left to do."""
        return self.study.phase == "finished"

    @property
    def _between(self) -> bool:
        """Whether it stands where a redraw has just come to count: there a pace can hold it."""
        done = self._units - self._preparation
        return done > 0 and (done - 1) % self._estimators == 0

    # -- going on ------------------------------------------------------------------------------------------------

    def wait(self, now: float) -> float | None:
        """Preparation keeps no pace, and a redraw that was begun, or asked for by a single step, is done at once."""
        if self.state == "paused" and not self.asleep and self.step < self._goal:
            return 0.0
        wait = super().wait(now)
        return wait if wait is None or self._between else 0.0

    def _go(self, budget: float) -> None:
        """Units until the budget is spent, or the pace or a single step holds; one at least."""
        until = time.thread_time() + budget
        while True:
            before = self.step
            self._unit()
            self.pace.spend(self.step - before)
            if self.finished or time.thread_time() >= until or self.wait(self.clock()) != 0.0:
                return

    def _unit(self) -> None:
        self._units += 1  # also one that fails is over
        self._moment = object()
        self.study.advance()

    def advance(self, steps: int) -> None:
        """Some redraws, with all that must come before."""
        end = self.step + steps
        while self.step < end and not self.finished:
            self._unit()

    def _single(self, what: object) -> None:
        """Asks for one more redraw, which is done in slices as everything else."""
        self._goal = self.step + 1

    def play(self) -> None:
        """Go on."""
        super().play()
        self._goal = 0

    def pause(self) -> None:
        """Hold still, also in the middle of a single step."""
        super().pause()
        self._goal = 0

    # -- being watched -------------------------------------------------------------------------------------------

    def _tensors(self, layer: str, lively: bool) -> Tensors:
        make = {
            "samples": self._samples,
            "exact": self._exact,
            "ladder": lambda: _float32("ladder", self.study.ladder),
            "redraws": self._redraws,
            "null": self._null,
            "scan": lambda: _float32("scan", self.study.scan),
        }[layer]
        return self.layer_cache.get(layer, self.moment, self.clock(), lively, make)

    def _samples(self) -> Tensors:
        """Points of the first draw `[n, d]`, and on the line the densities that are known."""
        real, fake = self.study.shown
        found = {"real": real, "fake": fake}
        if self.spec.dim == 1:
            low, high = self.bounds[0]
            edges = np.linspace(low, high, GRID + 1)
            found["grid"] = (edges[1:] + edges[:-1]) / 2
            for name, side in zip("pq", self.spec.distributions, strict=True):
                if side.has_density:
                    found[name] = true_masses(side, edges)[1:-1] / np.diff(edges)
        return {name: value.astype(np.float32) for name, value in found.items()}

    def _exact(self) -> Tensors:
        """Exact values `[E]`, for each estimator that of its target; nan where not known (yet)."""
        exact = self.study.exact
        values = [exact[row.target].value if row.target in exact else np.nan for row in self.study.rows]
        return {"exact": np.array(values, np.float32)}

    def _redraws(self) -> Tensors:
        """Estimates, ends of the intervals and aims `[E, redraws so far]`."""
        return _float32("redraws", {name: self.study.redraws[name][:, : self.step] for name in MEASURES})

    def _null(self) -> Tensors:
        test = self.study.test
        return {} if test is None else {"null": test.null.astype(np.float32)}

    def _details(self) -> dict[str, Any]:
        study = self.study
        return {
            "dim": self.spec.dim,
            "bounds": self.bounds,
            "n": self.spec.n,
            "phase": study.phase,
            "done": 1.0 if self.finished else study.done,
            "steps": self.spec.redraws,
            "redrawn": self.step,
            "names": [row.name for row in study.rows],
            "targets": [row.target for row in study.rows],
            "rungs": study.rungs,
            "exact": {target: _plain_value(value) for target, value in study.exact.items()},
            "remarks": [
                {"estimator": name, "n": rung, **described_reason(reason)}
                for (name, rung), reason in study.remarks.items()
            ],
            "statistics": self._statistics(),
            "test": self._test(),
            "bandwidth": self._bandwidth(),
        }

    def _statistics(self) -> dict[str, Any]:
        """Over the redraws so far, per estimator: as `Study.statistics`, and the mean of what they aim at."""
        if self._summary[0] != self.step:
            aims = self.study.redraws["aim"][:, : self.step]
            known = np.isfinite(aims)
            count = known.sum(axis=1)
            mean = np.where(known, aims, 0.0).sum(axis=1) / np.where(count, count, np.nan)
            self._summary = self.step, {**self.study.statistics(), "aim": mean}
        return self._summary[1]

    def _test(self) -> dict[str, Any] | None:
        test = self.study.test
        if test is None:
            return None
        about = {field.name: getattr(test, field.name) for field in dataclasses.fields(test)}
        del about["null"]
        return about | {"permutations": self.spec.permutations}

    def _bandwidth(self) -> dict[str, float] | None:
        """The bandwidth of the kernel that is used, and the median distance."""
        scan = self.study.scan
        return {name: float(scan[name][0]) for name in ("chosen", "median")} if scan else None


def _bounds(spec: StudySpec) -> FloatArray:
    """What is worth looking at `[d, 2]`: both distributions with a margin."""
    each = np.stack([_in_its_units(side) for side in spec.distributions])
    low, high = each[:, :, 0].min(axis=0), each[:, :, 1].max(axis=0)
    margin = MARGIN * (high - low)
    return np.stack([low - margin, high + margin], axis=1)


def _in_its_units(side: Distribution) -> FloatArray:
    """The bounds of one side; a study takes the points of a file in the file's own units."""
    bounds = np.asarray(side.bounds(), np.float64)
    if isinstance(side, Samples):
        return bounds * side.stored.scale + np.array(side.stored.offset)[:, None]
    return bounds


def _float32(name: str, arrays: Mapping[str, FloatArray]) -> Tensors:
    return {f"{name}_{key}": array.astype(np.float32) for key, array in arrays.items()}


def _plain_value(value: Value) -> dict[str, Any]:
    reason = None if value.reason is None else described_reason(value.reason)
    return {
        "value": value.value,
        "error": value.error,
        "closed": value.closed,
        "units": value.units,
        "reason": reason,
    }
