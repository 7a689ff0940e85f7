"""Takes readings of a run, no more often than they are worth."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from ganlab.evaluation import Metrics, Monitor
from ganlab.gan.objectives import OBJECTIVES
from ganlab.gan.training import State, Training
from ganlab.live.layers import View

SAMPLES = 2500  # fresh ones, as the published protocol has it (`ganlab.evaluation.coverage`)
SOONEST = 0.25  # seconds between readings
SHARE = 0.025  # of a worker's time, at most

LN4 = float(np.log(4.0))


class Measuring:
    """The latest metrics of a run, and when the next are due."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.metrics: Metrics | None = None
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
        if not first:  # the first one draws what is kept
            self.cost = max(time.thread_time() - began, 0.5 * self.cost)
        self._next = now + max(SOONEST, self.cost / SHARE)
        return True

    def readings(self) -> dict[str, Any]:
        """The scalars for a frame."""
        if self.metrics is None:
            return {}
        values: dict[str, Any] = dict(self.metrics.readings())
        if self.metrics.js is not None and OBJECTIVES[self.view.spec.objective].log_odds:
            values["value_optimal"] = 2 * self.metrics.js - LN4  # V(D*) (Goodfellow et al. 2014, theorem 1)
        return values

    def row(self) -> Mapping[str, float]:
        """The readings that belong into a row of the history."""
        names = ("modes", "high_quality", "distance", "distance_floor", "js", "w1", "spread")
        values = {name: getattr(self.metrics, name) for name in names}
        return {name: float(value) for name, value in values.items() if value is not None}
