"""Trials, live: many GANs trained at once while their map fills in (`ganlab.trials`).

A kind of trial says which GANs it consists of (`asked`); everything else is the same for all. Rows of the history are
readings of single GANs in the order in which they come; the layer `points` has samples that belong to the rows of the
same frame. A finished trial is kept on disk, and a run of the same GANs shows it at once.
"""

from __future__ import annotations

import sys
import time
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ganlab.distributions import DistributionError
from ganlab.gan.spec import GanSpec
from ganlab.live import commands
from ganlab.live.base import Clock, LiveRun
from ganlab.live.compiling import Compiling, Job
from ganlab.live.frames import Floats, Tensors
from ganlab.live.history import History
from ganlab.live.pace import Meter
from ganlab.specs import FlatSpec
from ganlab.trials import Trial, store
from ganlab.trials.chunk import Library
from ganlab.trials.record import COLUMNS, Record
from ganlab.trials.spec import SweepSpec

S = TypeVar("S", bound=FlatSpec)

ROWS_AT_ONCE = 8192  # in one frame: 2.5 MB with their points
WORTH_COMPILING = (
    12.0  # seconds of eager work left, of which compiling, which takes as long elsewhere, saves half
)
SPAN = 3.0  # seconds over which the rate is taken: a moment is read in less


@dataclass(frozen=True)
class Asked:
    """The GANs of a trial: `numbers` is what viewers call the cells."""

    cells: tuple[GanSpec, ...]
    numbers: NDArray[np.int64]
    seeds: tuple[int, ...]
    steps: int
    moments: int


class Rows(History):
    """The rows of a record; only so many at once, so that a viewer asks again until it has `total`."""

    def __init__(self, record: Record, numbers: NDArray[np.int64]) -> None:
        super().__init__(limit=0, columns=COLUMNS, reading=None)
        self._record, self._cells = record, numbers
        self.served = (0, 0)  # number of the first row of the latest answer, and how many there were

    def since(self, number: int) -> tuple[int, Floats]:
        """(from, rows [k, columns]): rows from this number on."""
        rows = self._record.rows(number, ROWS_AT_ONCE)
        rows[:, 1] = self._cells[rows[:, 1].astype(np.int64)]
        self.served = number, len(rows)
        return number, rows


class TrialRun(LiveRun[S]):
    """A trial that is watched and controlled; it goes on while its tab is hidden.

    A single step is one to the next moment. Raises SpecError for a spec that cannot run here.
    """

    history: Rows

    def __init__(
        self,
        name: str,
        spec: S,
        compiling: Compiling,
        *,
        trial: Trial | None = None,
        clock: Clock = time.monotonic,
    ) -> None:
        """`trial` is one of this spec that has gone on before."""
        self._given, self._afresh = trial, False
        self._jobs: dict[Library, Job] = {}
        super().__init__(name, spec, compiling, clock=clock)

    @staticmethod
    @abstractmethod
    def asked(spec: S) -> Asked:
        """The GANs of a spec."""

    def _set_up(self, spec: S) -> None:
        self.let_go()
        self._spec, self._asked = spec, self.asked(spec)
        a = self._asked
        self._identity = store.identify(a.cells, a.seeds, a.steps, a.moments)
        found = None if self._given or self._afresh else store.get(self._identity)
        self.trial: Trial | None = None
        if found is None:
            self.trial = self._given or Trial(a.cells, a.seeds, a.steps, a.moments, backend="eager")
            self.readings, self._backend = self.trial.record, "eager"
        else:
            self.readings, self._backend = found
        self._given, self._kept = None, found is not None
        self._goal = 0  # moments that are read although it is paused
        self._gans = Meter(SPAN)
        self._moment = object()
        self.history = Rows(self.readings, a.numbers)
        if self.finished:
            self.state = "finished"
        self._request_compiled()

    # -- what it is at -------------------------------------------------------------------------------------------

    @property
    def spec(self) -> S:
        """The spec; none of its fields change while it goes on."""
        return self._spec

    @property
    def seed(self) -> int:
        """The first seed."""
        return self._asked.seeds[0]

    @property
    def step(self) -> int:
        """The step of the latest moment at which every GAN has been read."""
        moments = self.readings.moments
        return int(self.readings.schedule[moments - 1]) if moments else 0

    @property
    def moment(self) -> object:
        """Another one after each slice."""
        return self._moment

    @property
    def finished(self) -> bool:
        """Whether every GAN has been read at every moment."""
        return self.readings.finished

    # -- compiled steps ------------------------------------------------------------------------------------------

    def _request_compiled(self) -> None:
        """Compile what is worth it, the largest part first, where the cache does not have it."""
        if self.trial is None or self._asked.cells[0].backend == "eager":
            return
        try:
            self.trial.take_compiled()
        except (RuntimeError, OSError) as error:  # a damaged cache: eager serves
            print(f"compiled steps cannot be loaded: {error}", file=sys.stderr)
        left = sorted(self.trial.eager().items(), key=lambda item: -item[1])
        for library, seconds in left:
            if self._insists or seconds > WORTH_COMPILING:
                self._jobs[library] = self._compiling.request(*library)

    @property
    def _insists(self) -> bool:
        return self._asked.cells[0].backend == "compiled"

    def poll(self) -> None:
        """Go on with compiled steps that have become ready."""
        for library, job in list(self._jobs.items()):
            if job.outcome == "compiling":
                continue
            self._compiling.release(self._jobs.pop(library))
            taken = job.outcome == "ready" and self.trial is not None and self._take(library)
            if not taken and self._insists:
                self.notify("compile_unavailable" if job.outcome == "unavailable" else "compile_failed")

    def _take(self, library: Library) -> bool:
        assert self.trial is not None
        self.trial.take_compiled([library])
        return library not in self.trial.eager()

    def let_go(self) -> None:
        """Wait for no compile any more."""
        for job in self._jobs.values():
            self._compiling.release(job)
        self._jobs = {}

    @property
    def held(self) -> bool:
        """Whether it waits at its beginning for a compiled step that its spec insists on."""
        return self._insists and bool(self._jobs)

    # -- going on ------------------------------------------------------------------------------------------------

    def wait(self, now: float) -> float | None:
        """It keeps no pace; a moment that was asked for by a single step is reached although it is paused."""
        if self.state == "paused" and not self.held and self.readings.moments < self._goal:
            return 0.0
        return super().wait(now)

    def _go(self, budget: float) -> None:
        assert self.trial is not None
        self.trial.work(budget)
        self._moment = object()

    def _settle(self) -> None:
        super()._settle()
        if self.finished and not self._kept:
            self._keep()

    def _keep(self) -> None:
        """Put what was read on disk; then the states of the GANs are not needed any more."""
        assert self.trial is not None
        self._kept, self._backend = True, self.trial.backend
        self.let_go()
        try:
            store.put(self._identity, self.readings, self._backend)
            self.trial = None
        except (OSError, DistributionError) as error:  # a full disk: it is shown all the same
            print(f"the finished trial cannot be kept: {error}", file=sys.stderr)

    def advance(self, steps: int) -> None:
        """So many moments; a worker takes slices instead."""
        end = self.readings.moments + steps
        while self.readings.moments < end and not self.finished:
            self._go(0.0)

    def _single(self, what: object) -> None:
        """Asks for the next moment, which is reached in slices as everything else."""
        self._goal = self.readings.moments + 1

    def record(self, *, runs: int = 1, force: bool = False) -> None:
        """Notes how fast it goes; readings are taken as the GANs come to their moments."""
        super().record(runs=runs, force=force)
        if self.trial is not None:
            self._gans.mark(self.clock(), self.trial.done)

    def play(self) -> None:
        """Go on."""
        super().play()
        self._goal = 0
        self._gans.reset()

    def pause(self) -> None:
        """Hold still, also on the way to a moment."""
        super().pause()
        self._goal = 0

    def speed(self, per_second: float | None, halves: bool) -> None:
        """There is none to choose."""
        raise commands.CommandError("speed: a trial goes as fast as it can")

    def restart(self, seed: int | None) -> dict[str, Any]:
        """Train all of them again, also where they have been trained before."""
        if seed is not None:
            raise commands.CommandError("seed: the seeds are those of the spec")
        self._afresh = True
        super().restart(None)
        return {}

    def sleep(self) -> None:
        """A map fills in while nobody looks, as long as its lease lasts."""

    # -- being watched -------------------------------------------------------------------------------------------

    def frame(self, layers: Sequence[str] = (), since: int = 0, viewer: str = "") -> bytes:
        """Rows first: the points are those of the rows."""
        self.history.total, self.history.served = self.readings.count, (0, 0)
        return super().frame(sorted(layers, key=lambda name: name != "history"), since, viewer)

    def _tensors(self, layer: str, lively: bool) -> Tensors:
        return {"points": self.readings.drawn(*self.history.served)}

    def _details(self) -> dict[str, Any]:
        record, trial = self.readings, self.trial
        done, total = (trial.done, trial.total) if trial else (1, 1)
        rate = self._gans.rate(self.clock(), done) if self.state == "running" else 0.0
        return {
            "steps": self._asked.steps,
            "seeds": self._asked.seeds,
            "schedule": record.schedule,
            "moments": record.moments,
            "count": record.count,
            "total": record.total,
            "done": done / total,
            "rate": rate,
            "left": (total - done) / rate if rate > 0 else None,
            "diverged": int((record.diverged >= 0).sum()),
            "perfect": record.perfect,
            "frame": record.frame,
            "backend": trial.backend if trial and not self._kept else self._backend,
            "compiling": bool(self._jobs),
        }

    # -- checkpoints ---------------------------------------------------------------------------------------------

    def parts(self) -> list[bytes]:
        """The trial, unless it is kept as a finished one."""
        return [self.trial.save()] if self.trial is not None else []

    def stamp(self) -> tuple[Any, ...]:
        """Also of how far it is."""
        done = self.trial.done if self.trial is not None else -1
        return (*super().stamp(), self.readings.count, done)

    @classmethod
    def restored(
        cls,
        name: str,
        spec: S,
        compiling: Compiling,
        header: Mapping[str, Any],
        parts: Sequence[bytes],
        *,
        clock: Clock = time.monotonic,
    ) -> TrialRun[S]:
        """As it was."""
        trial = Trial.restore(parts[0], backend="eager") if parts else None
        run = cls(name, spec, compiling, trial=trial, clock=clock)
        run._resume(header)
        run._settle()
        return run


class SweepRun(TrialRun[SweepSpec]):
    """A map over one or two dials."""

    KIND = "sweep"

    @staticmethod
    def asked(spec: SweepSpec) -> Asked:
        """The cells that can be trained; viewers count the others, too."""
        possible = [(i, cell.spec) for i, cell in enumerate(spec.cells) if cell.spec is not None]
        numbers = np.array([i for i, _ in possible], np.int64)
        cells = tuple(each for _, each in possible)
        return Asked(cells, numbers, spec.chosen_seeds, spec.steps, spec.moments)
