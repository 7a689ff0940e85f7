"""One live run: a training, its pace, its course, and what a viewer sees of it.

A run is single-threaded and never waits: its host gives it slices of time. States: running, paused, diverged, stopped.
"""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np

from ganlab.evaluation import diagnose
from ganlab.gan.objectives import OBJECTIVES
from ganlab.gan.spec import GanSpec
from ganlab.gan.training import Info, State, Training, Which
from ganlab.live import commands
from ganlab.live.compiling import Compiling, Job
from ganlab.live.cost import check_affordable, operations
from ganlab.live.frames import encode
from ganlab.live.history import COLUMNS, History
from ganlab.live.layers import View
from ganlab.live.measuring import Measuring
from ganlab.live.pace import Meter, Pace
from ganlab.live.viewers import LayerCache, Viewers

RunState = Literal["running", "paused", "diverged", "stopped"]
Notice = Literal[
    "diverged", "unwatched", "worker_restarted", "compile_unavailable", "compile_failed", "internal_error"
]

ROW_EVERY = 1 / 30  # seconds between rows of the history
NOTICE_FOR = 10.0  # seconds that a notice stays in the frames, from the first that shows it
OPERATIONS = 2e10  # a second, as a first guess
LONGEST_SLICE = 2000  # iterations
READINGS = ("loss_d", "loss_g", "value", "grad_d", "grad_g", "accuracy_real", "accuracy_fake")

Clock = Callable[[], float]


class Run:
    """A training that is watched and controlled; raises SpecError for a spec that cannot run here."""

    def __init__(
        self,
        name: str,
        spec: GanSpec,
        compiling: Compiling,
        *,
        training: Training | None = None,
        clock: Clock = time.monotonic,
    ) -> None:
        self.name, self.clock = name, clock
        self._compiling = compiling
        self._job: Job | None = None
        self.pace = Pace(clock())
        self.meter = Meter()
        self.state: RunState = "running"
        self.asleep = False
        self.epoch = 0  # restarts so far
        self.watched_at = clock()
        self.watched = False  # by anybody, ever
        self.viewers, self.layer_cache = Viewers(), LayerCache()
        self._notice: Notice | None = None
        self._notice_until: float | None = None
        self._begin(spec, training)

    def _begin(self, spec: GanSpec, training: Training | None = None) -> None:
        """From step 0, or from a training that has gone on before."""
        self.training = training or Training(spec, backend="eager")
        self.history = History()
        self.view = View(spec)
        self.measuring = Measuring(self.view)
        self.info: Info | None = None
        self.phase: Which | None = None
        self.diagnosis: str | None = None
        self._halves: deque[Which] = deque()  # what is left of an iteration in slow motion
        self._step_time = 1e-3 + operations(spec) / OPERATIONS
        self._recorded: State | None = None
        self._next_row = -np.inf
        self.meter.reset()
        self.layer_cache.clear()
        self.let_go()
        self._job = self._request_compiled()

    @property
    def spec(self) -> GanSpec:
        """The spec with the hyperparameters as they are now."""
        return self.training.spec

    # -- the backend ---------------------------------------------------------------------------------------------

    def _request_compiled(self) -> Job | None:
        t = self.training
        if self.spec.backend == "eager" or self._take_compiled():
            return None
        return self._compiling.request(t.structure, t.members, str(t.device), t.threads)

    def poll_compiled(self) -> None:
        """Hand over to the compiled step if it has become ready."""
        if self._job is None or self._job.outcome == "compiling":
            return
        outcome = self._job.outcome
        self.let_go()
        if not (outcome == "ready" and self._take_compiled()):
            self.notify("compile_unavailable" if outcome == "unavailable" else "compile_failed")

    def _take_compiled(self) -> bool:
        try:
            return self.training.take_compiled()
        except (RuntimeError, OSError) as error:  # a damaged cache: eager serves
            print(f"the compiled step cannot be loaded: {error}", file=sys.stderr)
            return False

    def let_go(self) -> None:
        """Wait for no compile any more."""
        if self._job is not None:
            self._compiling.release(self._job)
            self._job = None

    @property
    def held(self) -> bool:
        """Whether the run waits at its first step for the compiled step that its spec insists on."""
        return self.compiling and self.spec.backend == "compiled"

    @property
    def compiling(self) -> bool:
        """Whether a compile for this run is under way or waits for its turn."""
        return self._job is not None and self._job.outcome == "compiling"

    # -- training ------------------------------------------------------------------------------------------------

    def wait(self, now: float) -> float | None:
        """Seconds until the run wants to train; None if it does not."""
        if self.state != "running" or self.asleep or self.held:
            return None
        return self.pace.wait(now)

    def work(self, budget: float, runs: int = 1) -> float:
        """Trains for about `budget` seconds, one iteration at least; returns the seconds that it took.

        Seconds are of processor time: what other processes take from us is nobody's fault. `runs` is how many share
        the worker: the readings of all of them together have a budget.
        """
        began = time.thread_time()
        now = self.clock()
        if self.pace.halves:
            self._next_half()
            self.pace.spend(1)
        else:
            wanted = min(self.pace.due(now), LONGEST_SLICE, max(1.0, budget / self._step_time))
            iterations = max(1, int(wanted))
            self.advance(iterations)
            self.pace.spend(iterations)
            taken = (time.thread_time() - began) / iterations
            self._step_time = max(1e-6, 0.7 * self._step_time + 0.3 * taken)
        self.record(runs=runs)
        return time.thread_time() - began

    def advance(self, iterations: int) -> None:
        """Some iterations; on numbers that are not finite, back to the last that had none."""
        before = self.training.state
        info = self.training.advance(iterations)
        self.phase = None
        if info.finite.all():
            self.info = info
        else:
            self.training.back_to_finite(before)
            self._diverge()

    def half(self, which: Which, *, last: bool | None = None) -> None:
        """One update of one network; `last` as `Training.half` has it."""
        before = self.training.state
        info = self.training.half(which, last=last)
        self.phase = which
        if info.finite.all():
            self.info = info
        else:
            self.training.load(before)
            self._diverge()

    def _next_half(self) -> None:
        """D and G in turn, each as often as one iteration has it; nothing where that is never."""
        if not self._halves:
            self._halves += [*["d"] * self.spec.d_steps, *["g"] * self.spec.g_steps]  # type: ignore[list-item]
        if self._halves:
            which = self._halves.popleft()
            self.half(which, last=not self._halves)

    def _diverge(self) -> None:
        self.state, self.diagnosis = "diverged", "diverged"
        self.notify("diverged")

    def record(self, *, runs: int = 1, force: bool = False) -> None:
        """Adds a row to the history, with new readings, where they are due."""
        now = self.clock()
        self.meter.mark(now, self.training.step)
        new = self.info is not None and self._recorded is not self.training.state
        if not new or self.state == "diverged" or not (force or now >= self._next_row):
            return
        self._recorded = self.training.state
        self._next_row = now + ROW_EVERY
        measured = (force or self.measuring.due(now, self.training, runs)) and self.measure()
        values = {name: float(getattr(self.info, name)[0]) for name in READINGS}
        self.history.add({"step": self.training.step, **values, **(self.measuring.row() if measured else {})})
        if measured:
            self._diagnose()

    def measure(self) -> bool:
        """Takes a reading now; False where the samples are not finite."""
        return self.measuring.measure(self.training, self.clock())

    def _diagnose(self) -> None:
        if self.state == "diverged":
            return
        columns = dict(zip(COLUMNS, self.history.rows.T, strict=True))
        self.diagnosis = diagnose(columns, self.measuring.metrics).code

    # -- notices -------------------------------------------------------------------------------------------------

    def notify(self, notice: Notice) -> None:
        """Shown in the frames for a while."""
        self._notice, self._notice_until = notice, None

    @property
    def notice(self) -> Notice | None:
        """The notice to show; its time begins when it is first looked at."""
        now = self.clock()
        if self._notice_until is None:
            self._notice_until = now + NOTICE_FOR
        lasting = self._notice == "diverged" and self.state == "diverged"
        return self._notice if lasting or now < self._notice_until else None

    # -- control -------------------------------------------------------------------------------------------------

    def command(self, command: commands.Command) -> dict[str, Any]:
        """Obeys; returns what changed in the spec. Raises SpecError for hyperparameters out of bounds."""
        match command:
            case commands.Play():
                self.play()
            case commands.Pause():
                self.pause()
            case commands.Step(what=what):
                self.step(what)
            case commands.Speed(per_second=per_second, halves=halves):
                self.pace.set(per_second, halves, self.clock())
                self._halves.clear()
            case commands.Set(values=values):
                return self.set(values)
            case commands.Restart(seed=seed):
                return self.restart(seed)
            case _:
                raise TypeError(f"{type(command).__name__} is not for a run")
        return {}

    def play(self) -> None:
        """Go on, from a divergence too: hyperparameters may have changed."""
        self.state, self.asleep = "running", False
        self.pace.reset(self.clock())
        self.meter.reset()

    def pause(self) -> None:
        """Hold still."""
        if self.state == "running":
            self.state = "paused"
            self.record(force=True)

    def hold(self) -> None:
        """Pause, before a single step."""
        if self.held:
            raise commands.CommandError("step: the compiled step is not ready yet")
        self.state, self.asleep = "paused", False

    def step(self, what: Literal["d", "g", "both"]) -> None:
        """Pause, then one update of one network, or one iteration."""
        self.hold()
        if what == "both":
            self.advance(1)
        else:
            self.half(what)
        self.record(force=True)

    def set(self, values: dict[str, float]) -> dict[str, Any]:
        """Change hyperparameters."""
        check_affordable(self.spec.changed(**values))
        self.training.set(**values)
        return {name: getattr(self.spec, name) for name in values}

    def restart(self, seed: int | None) -> dict[str, Any]:
        """Begin again, with the hyperparameters as they are now; it plays or holds still as before."""
        spec = self.spec if seed is None else self.spec.changed(seed=seed)
        self.epoch += 1
        self._notice = None  # it was of what is over now
        self._begin(spec)
        self.play() if self.state != "paused" else self.pace.reset(self.clock())
        return {"seed": spec.seed}

    # -- being watched -------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Somebody asked for a frame."""
        if self.asleep:
            self.asleep = False
            self.pace.reset(self.clock())
            self.meter.reset()
            if self.watched:
                self.notify("unwatched")
        self.watched, self.watched_at = True, self.clock()

    def sleep(self) -> None:
        """Nobody asks for frames."""
        self.asleep = True

    def frame(self, layers: Sequence[str] = (), since: int = 0, viewer: str = "") -> bytes:
        """The layers asked for and the scalars; `viewer` tells those apart whose history may be of another run."""
        self.look()
        if self.state != "running" and self.measuring.stale(self.training):
            self.measure()
        tensors: dict[str, Any] = {}
        lively = self.wait(self.clock()) is not None
        history_from = self.history.total
        for name in dict.fromkeys(layers):
            if name == "history":
                history_from, tensors["history"] = self.viewers.rows(viewer, self.epoch, since, self.history)
            elif name == "coverage":
                tensors.update(self._coverage())
            else:
                tensors.update(self.layer_cache.get(name, self.view, self.training, self.clock(), lively))
        return encode(tensors, {**self.scalars(), "history_from": history_from})

    def _coverage(self) -> dict[str, Any]:
        metrics = self.measuring.metrics
        if metrics is None or metrics.share is None or metrics.weights is None:
            return {}
        return {"share": metrics.share.astype(np.float32), "weights": metrics.weights.astype(np.float32)}

    def scalars(self) -> dict[str, Any]:
        """The info of a frame."""
        t, now = self.training, self.clock()
        return {
            "run": self.name,
            "step": t.step,
            "rate": self.meter.rate(now, t.step) if self.state == "running" else 0.0,
            "backend": t.backend,
            "device": t.device.type,
            "seed": t.seeds[0],
            "state": self.state,
            "phase": self.phase,
            "per_second": self.pace.per_second,
            "halves": self.pace.halves,
            "compiling": self.compiling,
            "dim": self.view.dim,
            "log_odds": OBJECTIVES[self.spec.objective].log_odds,
            "bounds": self.view.bounds,
            "p_method": self.view.p_method,
            "q_method": self.view.q_method,
            "metrics": self.measuring.readings(),
            "diagnosis": self.diagnosis,
            "notice": self.notice,
            "history_columns": COLUMNS,
        }
