"""Readings of a fit: the exact divergences of its starts from P, a few at a time, no more often than they are worth."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from ganlab.divergences.results import Value
from ganlab.fitting.exact import NAMES, mixture, of_mixture
from ganlab.fitting.fitting import Fitting
from ganlab.live.measuring import SHARE, SOONEST

FEWER = tuple(name for name in NAMES if name != "mmd2")  # in cells, MMD² costs more than all others together

Found = Mapping[str, Value]


class FitReadings:
    """The latest readings of each group of starts: the fit, the one beside it, and the adversarial twin."""

    def __init__(self, fitting: Fitting) -> None:
        self.fitting = fitting
        self.steps: dict[str, int] = {}
        self._values: dict[str, dict[str, list[float]]] = {}
        self._groups: dict[str, Callable[[], Iterator[Found]]] = {"fit": lambda: _of(fitting)}
        if fitting.beside is not None:
            beside = fitting.beside
            self._groups["beside"] = lambda: _of(beside)
        if fitting.twin is not None:
            self._groups["twin"] = lambda: _of_twin(fitting)
        self._waiting: list[str] = []  # groups of this round
        self._current: Iterator[Found] | None = None
        self._collected: list[Found] = []
        self._began = -1  # the step at which the current group was begun
        self._cost = 0.0  # seconds of processor time that this round has taken
        self._next = -np.inf

    def of(self, group: str) -> dict[str, Any]:
        """By name of the divergence, a number for each start (nan where there is none), and of which step they are."""
        return {"metrics": self._values.get(group, {}), "metrics_step": self.steps.get(group)}

    @property
    def under_way(self) -> bool:
        """Whether a round of readings was begun and is not complete."""
        return bool(self._waiting)

    def due(self, now: float) -> bool:
        """Whether a round is under way, or the next is due."""
        return self.under_way or now >= self._next

    @property
    def stale(self) -> bool:
        """Whether a reading is of another step than this."""
        return any(self.steps.get(group) != self.fitting.step for group in self._groups)

    def go_on(self, now: float, budget: float, runs: int = 1) -> list[str]:
        """Goes on for about `budget` seconds of processor time, one start at least; the groups that it has completed.

        `runs` share the worker's time: the rounds of all of them together have a budget.
        """
        began = time.thread_time()
        completed: list[str] = []
        if not self._waiting:
            self._waiting, self._current, self._cost = list(self._groups), None, 0.0
        while self._waiting:
            if self._one():
                completed.append(self._waiting.pop(0))
            if time.thread_time() - began >= budget:
                break
        self._cost += time.thread_time() - began
        if not self._waiting:
            self._next = now + max(SOONEST, runs * self._cost / SHARE)
        return completed

    def _one(self) -> bool:
        """Measures one more start of the group that is first; True when that was all of them."""
        group = self._waiting[0]
        if self._current is None:
            self._current, self._collected, self._began = self._groups[group](), [], self.fitting.step
        found = next(self._current, None)
        if found is not None:
            self._collected.append(found)
            return False
        names = list(dict.fromkeys(name for each in self._collected for name in each))
        self._values[group] = {
            name: [each[name].value if name in each else np.nan for each in self._collected] for name in names
        }
        self.steps[group] = self._began
        self._current = None
        return True

    def js(self, group: str, members: int) -> list[float]:
        """JS of each start at the latest reading, in nats."""
        return self._values.get(group, {}).get("js", [np.nan] * members)


def _of(fitting: Fitting) -> Iterator[Found]:
    """The starts as they stand when the first is asked for, one by one."""
    spec = fitting.spec
    if spec.model == "generator":
        yield from fitting.exact(NAMES if spec.objective == "mmd2" else FEWER)
        return
    parameters = fitting.parameters()
    for i in range(fitting.members):
        q = mixture(*(parameters[name][i] for name in ("mean", "std", "weight")))
        yield {} if q is None else of_mixture(fitting.target.p, q, NAMES, spec.bandwidth)


def _of_twin(fitting: Fitting) -> Iterator[Found]:
    """The adversarial generators; nothing of them once one has left every scale."""
    assert fitting.twin is not None
    if fitting.twin.finite().all():
        yield from fitting.twin_exact(NAMES if fitting.spec.objective == "mmd2" else FEWER)
    else:
        yield from ({} for _ in range(fitting.members))
