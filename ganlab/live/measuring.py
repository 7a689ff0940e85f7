"""Takes readings of a run, no more often than they are worth."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from ganlab.divergences.generators import GENERATORS
from ganlab.evaluation import Metrics, Monitor
from ganlab.gan.iteration import State
from ganlab.gan.objectives import OBJECTIVES
from ganlab.gan.training import Training
from ganlab.live.layers import View

SAMPLES = 2500  # fresh ones, as the published protocol has it (`ganlab.evaluation.coverage`)
SOONEST = 0.25  # seconds between readings
SHARE = 0.025  # of a worker's time, at most

BY_JS = {"gan": -float(np.log(4.0)), "jensen_shannon": 0.0}
"""Generators whose divergence is 2·JS plus this, and JS is measured anyway."""


class Measuring:
    """The latest metrics of a run, and when the next are due."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.metrics: Metrics | None = None
        self.optimal: float | None = None  # the value at the optimal D, on the line
        self.cost = 0.0  # seconds of processor time that a reading takes
        self._monitor = Monitor(view.spec.distribution, view.spec.seed)
        self._state: State | None = None
        self._next = -np.inf

    def due(self, now: float, training: Training, runs: int = 1) -> bool:
        """Whether a reading is due, while so many runs share the worker's time."""
        return self._state is not training.state and now >= self._next + self.cost * (runs - 1) / SHARE

    def stale(self, training: Training) -> bool:
        """Whether the latest reading is of another state than this."""
        return self._state is not training.state

    def measure(self, training: Training, now: float) -> bool:
        """Takes a reading; False where the generated samples are not finite."""
        first, began = self.metrics is None, time.thread_time()
        fake = training.generate(SAMPLES)[0].astype(np.float64)
        self._state = training.state
        if not np.isfinite(fake).all():
            return False
        if self.view.q_method == "pushforward":
            masses = self.view.q_masses(training)
            self.metrics = self._monitor.measure_1d(fake, masses, self.view.edges)
        else:
            self.metrics = self._monitor.measure(fake)
        self.optimal = self._optimal(training)
        if not first:  # the first one draws what is kept
            self.cost = max(time.thread_time() - began, 0.5 * self.cost)
        self._next = now + max(SOONEST, self.cost / SHARE)
        return True

    def _optimal(self, training: Training) -> float | None:
        """D_f(P‖Q), to which the optimal D would bring the value (Nowozin et al. 2016, equation 4), on the line.

        Of the masses in the cells of the stage, as both densities are known: a lower bound, as merging cells is one.
        """
        best = OBJECTIVES[self.view.spec.objective].best
        if best is None or self.view.dim != 1:
            return None
        js = None if self.metrics is None else self.metrics.js
        if best in BY_JS and js is not None:
            return 2 * js + BY_JS[best]
        with np.errstate(divide="ignore"):
            log_p, log_q = np.log(self.view.p_masses), np.log(self.view.q_masses(training))
        return float(GENERATORS[best].contribution(log_p, log_q).sum())

    def readings(self) -> dict[str, Any]:
        """The scalars for a frame."""
        if self.metrics is None:
            return {}
        values: dict[str, Any] = dict(self.metrics.readings())
        return values if self.optimal is None else values | {"value_optimal": self.optimal}

    def row(self) -> Mapping[str, float]:
        """The readings that belong into a row of the history."""
        names = ("modes", "high_quality", "distance", "distance_floor", "js", "w1", "spread")
        values = {name: getattr(self.metrics, name) for name in names}
        values["value_optimal"] = self.optimal
        return {name: float(value) for name, value in values.items() if value is not None}
