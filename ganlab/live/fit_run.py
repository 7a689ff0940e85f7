"""A fit, live: Q on its way to P from many starts, the paths so far, and the landscape they go down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import scipy

from ganlab.distributions.base import FloatArray
from ganlab.evaluation import true_masses
from ganlab.fitting.fitting import Fitting
from ganlab.fitting.generator import Generators, cell_edges
from ganlab.fitting.spec import FitSpec
from ganlab.live.base import LiveRun
from ganlab.live.courses import Course
from ganlab.live.fit_readings import FitReadings
from ganlab.live.frames import Tensors
from ganlab.live.history import History
from ganlab.live.surveying import Surveying

GRID = 400  # points of the curves
MARGIN = 0.25  # of the width of P's window, on both sides
FIRST_STEP = 0.02  # seconds that a step is taken for before one was done
READING = 0.004  # seconds of readings in a slice
CENTRAL = (-1.645, 0.0, 1.645)  # noise in between which a generator puts nine tenths of its mass


class FitRun(LiveRun[FitSpec]):
    """A fit that is watched and controlled. Members are the starts; `beside` and the twin go on in the same steps."""

    KIND = "fit"
    SPEED: ClassVar[float | None] = 50.0  # at full speed it is over before one has looked

    def _set_up(self, spec: FitSpec) -> None:
        self.fitting = Fitting(spec)
        self.history = History(columns=_columns(self.fitting), reading=None)
        self.readings = FitReadings(self.fitting)
        self.bounds = _bounds(self.fitting)
        self._grid = np.linspace(*self.bounds, GRID)
        self._edges = cell_edges(self._grid)
        self._p = true_masses(self.fitting.target.p, self._edges)[1:-1] / np.diff(self._edges)
        self._surveys: dict[str, Surveying] = {}
        self._course = Course()
        self._step_time = FIRST_STEP
        self._moment = object()
        self._mark()

    # -- what it is at -------------------------------------------------------------------------------------------

    @property
    def spec(self) -> FitSpec:
        """The spec with the hot fields as they are now."""
        return self.fitting.spec

    @property
    def seed(self) -> int:
        """The seed of the starts."""
        return self.spec.seed

    @property
    def step(self) -> int:
        """Steps of gradient descent done."""
        return self.fitting.step

    @property
    def moment(self) -> object:
        """Another one after each step."""
        return self._moment

    @property
    def finished(self) -> bool:
        """Whether the steps are done, or nothing moves any more."""
        return self.fitting.finished

    @property
    def _fits(self) -> dict[str, Fitting]:
        """The fit, and the one beside it if there is one, by the suffix of their tensors."""
        beside = self.fitting.beside
        return {"": self.fitting} if beside is None else {"": self.fitting, "_beside": beside}

    # -- going on ------------------------------------------------------------------------------------------------

    def wait(self, now: float) -> float | None:
        """A landscape that somebody waits for, and readings, are work as well."""
        reading = self.readings.under_way or (self.state != "running" and self.readings.stale)
        return 0.0 if not self.asleep and (reading or self.pending) else super().wait(now)

    def _go(self, budget: float) -> None:
        moving = super().wait(self.clock()) == 0.0
        parts = self.pending
        for name in parts:
            self._surveys[name].go_on(budget / (len(parts) + moving))
        if moving:
            super()._go(budget / (1 + len(parts)))
        elif not parts:
            self._read(budget)

    def advance(self, steps: int) -> None:
        """Some steps, fewer where the fit is over before. Starts that are not finite any more stay where they were."""
        end = self.step + steps
        while self.step < end and not self.finished:
            self.fitting.advance(min(self._course.until_next(self.step), end - self.step))
            self._moment = object()
            self._mark()
        if not self.fitting.info.finite.any():
            self._diverge()

    def _mark(self) -> None:
        """A point of the paths and a row of the history, where one is due: the same ones however fast it goes."""
        if self._course.add(self.step, self._where()):
            self.history.add({"step": self.step, **self._objectives()})

    def _where(self) -> FloatArray:
        """(μ, σ) of all components of all starts `[fits, E·k, 2]`; without any for generators."""
        each = [fit.parameters() for fit in self._fits.values()]
        return np.stack(
            [np.stack([p["mean"].ravel(), p["std"].ravel()], axis=1) if p else np.empty((0, 2)) for p in each]
        )

    def _objectives(self) -> dict[str, float]:
        values: dict[str, Any] = {"objective": self.fitting.info.objective}
        if self.fitting.beside is not None:
            values["beside"] = self.fitting.beside.info.objective
        if self.fitting.twin is not None:
            values["twin_value"] = self.fitting.twin.info().value
        return _numbered(values)

    def _add_row(self, runs: int, force: bool) -> None:
        if self.readings.due(self.clock()):
            self._read(READING, runs)

    def _read(self, budget: float, runs: int = 1) -> None:
        """Goes on with the readings; those that are complete get a row."""
        for group in self.readings.go_on(self.clock(), budget, runs):
            name = "js" if group == "fit" else f"{group}_js"
            row = _numbered({name: self.readings.js(group, self.fitting.members)})
            self.history.add({"step": self.readings.steps[group], **row})

    # -- control -------------------------------------------------------------------------------------------------

    def _change(self, values: Mapping[str, float]) -> None:
        self.fitting.set(**values)
        self._settle()

    # -- being watched -------------------------------------------------------------------------------------------

    @property
    def pending(self) -> list[str]:
        """Layers that were asked for and are not ready yet."""
        return [name for name, survey in self._surveys.items() if not survey.done]

    def _tensors(self, layer: str, lively: bool) -> Tensors:
        if layer == "landscape":
            return self._landscape()
        make = {"curves": self._curves, "paths": self._paths}[layer]
        return self.layer_cache.get(layer, self.moment, self.clock(), lively, make)

    def _curves(self) -> Tensors:
        """p, and q of each start: the mass of the cell around each point of the grid by its width."""
        found = {"grid": self._grid, "p": self._p}
        for suffix, fit in self._fits.items():
            found[f"q{suffix}"] = self._densities(fit)
        twin = self.fitting.twin
        if twin is not None:
            known = twin.finite().all()
            blank = np.full((self.fitting.members, GRID), np.nan)
            found["q_adversarial"] = self.fitting.twin_density(self._grid) if known else blank
        return {name: value.astype(np.float32) for name, value in found.items()}

    def _densities(self, fit: Fitting) -> FloatArray:
        """q `[E, n]`. Gaussians too are averaged over cells: one narrower than a cell would be missed or too high."""
        parameters = fit.parameters()
        if not parameters:
            return fit.density(self._grid)
        mean, std, weight = (parameters[name][:, :, None] for name in ("mean", "std", "weight"))
        below = (weight * scipy.special.ndtr((self._edges - mean) / std)).sum(1)
        return np.diff(below, axis=1) / np.diff(self._edges)

    def _paths(self) -> Tensors:
        """(μ, σ) so far `[E·k, T, 2]`."""
        course = self._course.until(self.step, self._where())  # [T, fits, E·k, 2]
        found = {f"paths{suffix}": course[:, i].swapaxes(0, 1) for i, suffix in enumerate(self._fits)}
        return {name: value.astype(np.float32) for name, value in found.items() if value.size}

    def _landscape(self) -> Tensors:
        """The objectives over (μ, σ), for one Gaussian; worked out once somebody asks."""
        if self.spec.model != "gaussian" or self.spec.components != 1:
            return {}
        found: Tensors = {}
        for suffix, fit in self._fits.items():
            name = f"landscape{suffix}"
            self._surveys.setdefault(name, Surveying(fit))
            found |= self._surveys[name].tensors(name)
        return found

    def _details(self) -> dict[str, Any]:
        spec, beside, twin = self.spec, self.fitting.beside, self.fitting.twin
        return {
            "steps": spec.steps,
            "model": spec.model,
            "members": self.fitting.members,
            "components": spec.components,
            "bounds": [self.bounds],
            **self._about(self.fitting, "fit"),
            "beside": None if beside is None else self._about(beside, "beside"),
            "twin": None if twin is None else self._about_twin(),
            "pending": ["landscape"] if self.pending else [],
        }

    def _about(self, fit: Fitting, group: str) -> dict[str, Any]:
        info = fit.info
        return {
            "objective": fit.spec.objective,
            "values": info.objective,
            "grad": info.grad,
            "finite": info.finite,
            "best": fit.best,
            "parameters": fit.parameters(),
            **self.readings.of(group),
        }

    def _about_twin(self) -> dict[str, Any]:
        assert self.fitting.twin is not None
        info = self.fitting.twin.info()
        readings = {name: getattr(info, name) for name in ("loss_d", "loss_g", "value", "finite")}
        return {**readings, **self.readings.of("twin")}


def _columns(fitting: Fitting) -> list[str]:
    names = ["objective", "js"]
    names += ["beside", "beside_js"] if fitting.beside is not None else []
    names += ["twin_value", "twin_js"] if fitting.twin is not None else []
    return ["step", *(f"{name}_{i}" for name in names for i in range(fitting.members))]


def _numbered(values: Mapping[str, Any]) -> dict[str, float]:
    """A column for each start."""
    return {f"{name}_{i}": float(value) for name, each in values.items() for i, value in enumerate(each)}


def _bounds(fitting: Fitting) -> tuple[float, float]:
    """What the curves show: P with a margin, and where the starts are if that is elsewhere."""
    low, high = (float(end) for end in fitting.target.p.bounds()[0])
    margin = MARGIN * (high - low)
    where = _beginnings(fitting)
    return min(low - margin, float(where.min())), max(high + margin, float(where.max()))


def _beginnings(fitting: Fitting) -> FloatArray:
    if isinstance(fitting.model, Generators):
        return fitting.model.generate(fitting.model.theta, np.array(CENTRAL)[:, None])
    return fitting.parameters()["mean"]
