"""A GAN, live: its training, its backend, its readings, and what a viewer sees of it."""

from __future__ import annotations

import sys
import tempfile
import time
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from ganlab.evaluation import diagnose
from ganlab.gan.cost import operations
from ganlab.gan.objectives import OBJECTIVES
from ganlab.gan.spec import GanSpec
from ganlab.gan.training import Info, Training, Which
from ganlab.live import commands
from ganlab.live.base import Clock, LiveRun, Notice, What
from ganlab.live.compiling import Compiling, Job
from ganlab.live.cost import MAX_OPERATIONS
from ganlab.live.frames import Tensors
from ganlab.live.history import COLUMNS, History
from ganlab.live.layers import View
from ganlab.live.measuring import Measuring
from ganlab.live.replaying import Replay

__all__ = ["Notice", "Run"]

OPERATIONS = 2e10  # a second, as a first guess
READINGS = ("loss_d", "loss_g", "value", "grad_d", "grad_g", "accuracy_real", "accuracy_fake")


class Run(LiveRun[GanSpec]):
    """A training that is watched and controlled; raises SpecError for a spec that cannot run here."""

    KIND = "gan"
    STEPS: ClassVar[tuple[What, ...]] = ("d", "g", "both")

    def __init__(
        self,
        name: str,
        spec: GanSpec,
        compiling: Compiling,
        *,
        training: Training | None = None,
        clock: Clock = time.monotonic,
    ) -> None:
        """`training` is one of this spec that has gone on before."""
        self._job: Job | None = None
        self._given = training
        super().__init__(name, spec, compiling, clock=clock)

    def _set_up(self, spec: GanSpec) -> None:
        self.training, self._given = self._given or Training(spec, backend="eager"), None
        self.history = History()
        self.view = View(spec)
        self.measuring = Measuring(self.view)
        self.info: Info | None = None
        self.phase: Which | None = None
        self.diagnosis: str | None = None
        self._halves: deque[Which] = deque()  # what is left of an iteration in slow motion
        self._way: Replay | None = None
        self._step_time = 1e-3 + operations(spec) / OPERATIONS
        self.let_go()
        self._job = self._request_compiled()

    @property
    def spec(self) -> GanSpec:
        """The spec with the hyperparameters as they are now."""
        return self.training.spec

    @property
    def seed(self) -> int:
        """The seed of the training."""
        return self.training.seeds[0]

    @property
    def step(self) -> int:
        """Iterations done."""
        return self.training.step

    @property
    def moment(self) -> object:
        """The state of the training."""
        return self.training.state

    # -- the backend ---------------------------------------------------------------------------------------------

    def _request_compiled(self) -> Job | None:
        t = self.training
        if self.spec.backend == "eager" or self._take_compiled():
            return None
        return self._compiling.request(t.structure, t.members, str(t.device), t.threads)

    def poll(self) -> None:
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
        """On the way to a step it keeps no pace, and waits for no compile."""
        if self._way is not None and self.state == "running" and not self.asleep:
            return 0.0
        return super().wait(now)

    def _go(self, budget: float) -> None:
        if self._way is not None:
            self._follow_way(self._way, budget)
        elif self.pace.halves:
            self._next_half()
            self.pace.spend(1)
        else:
            super()._go(budget)

    def advance(self, steps: int) -> None:
        """Some iterations; on numbers that are not finite, back to the last that had none."""
        before = self.training.state
        info = self.training.advance(steps)
        self.phase = None
        if info.finite.all():
            self.info = info
        else:
            self.training.back_to_finite(before)
            self._diverge()

    def _follow_way(self, way: Replay, budget: float) -> None:
        """Nearer to the step that was asked for; there it holds still."""
        way.go(budget)
        self.training.load(way.state)
        self.info = way.info
        if way.arrived:
            self._way = None
            self.state = "paused"
            if not way.finite:
                self._diverge()
            self.record(force=True)

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
        super()._diverge()
        self.diagnosis = "diverged"

    def _has_news(self) -> bool:
        return self.info is not None and super()._has_news()

    def _add_row(self, runs: int, force: bool) -> None:
        measured = (force or self.measuring.due(self.clock(), self.training, runs)) and self.measure()
        values = {name: float(getattr(self.info, name)[0]) for name in READINGS}
        self.history.add({"step": self.step, **values, **(self.measuring.row() if measured else {})})
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

    # -- control -------------------------------------------------------------------------------------------------

    def replay(self, command: commands.Replay) -> None:
        """Begin again, and go to a step; whatever else is done to it ends that way where it is."""
        if operations(self.spec) * command.members > MAX_OPERATIONS:
            raise commands.CommandError(f"members: {command.members} of these are too many for one step")
        self.epoch += 1
        self._notice = None
        self._begin(self.spec)
        self.state, self.asleep = "paused", False
        if command.step > 0:
            self._way = Replay(self.spec, command.step, command.members, command.backend)
            self.state = "running"

    def play(self) -> None:
        """Go on, from a divergence too."""
        self._way = None
        super().play()

    def pause(self) -> None:
        """Hold still."""
        self._way = None
        super().pause()

    def hold(self, what: What) -> None:
        """Pause, before a single step."""
        self._way = None
        if self.held:
            raise commands.CommandError("step: the compiled step is not ready yet")
        super().hold(what)

    def _single(self, what: What) -> None:
        if what == "both":
            self.advance(1)
        else:
            self.half(what)

    def speed(self, per_second: float | None, halves: bool) -> None:
        """Another pace; slow motion begins with an update of D."""
        super().speed(per_second, halves)
        self._halves.clear()

    def _change(self, values: Mapping[str, float]) -> None:
        self._way = None
        self.training.set(**values)

    # -- being watched -------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Readings of the very step at which the run holds still."""
        if self.state != "running" and self.measuring.stale(self.training):
            self.measure()

    def _tensors(self, layer: str, lively: bool) -> Tensors:
        if layer == "coverage":
            return self._coverage()
        make = self.view.layer
        return self.layer_cache.get(
            layer, self.moment, self.clock(), lively, lambda: make(layer, self.training)
        )

    def _coverage(self) -> Tensors:
        metrics = self.measuring.metrics
        if metrics is None or metrics.share is None or metrics.weights is None:
            return {}
        return {"share": metrics.share.astype(np.float32), "weights": metrics.weights.astype(np.float32)}

    def _details(self) -> dict[str, Any]:
        t = self.training
        return {
            "backend": t.backend,
            "device": t.device.type,
            "phase": self.phase,
            "until": self._way.until if self._way else None,
            "compiling": self.compiling,
            "dim": self.view.dim,
            "best": OBJECTIVES[self.spec.objective].best,
            "bounds": self.view.bounds,
            "p_method": self.view.p_method,
            "q_method": self.view.q_method,
            "metrics": self.measuring.readings(),
            "diagnosis": self.diagnosis,
        }

    # -- checkpoints ---------------------------------------------------------------------------------------------

    def header(self) -> dict[str, Any]:
        """With what the rows of the history are, and where it is on its way to."""
        way = self._way.about() if self._way else None
        return super().header() | {"history": self.history.about(), "replay": way}

    def parts(self) -> list[bytes]:
        """The training as `Training.save` has it, and the history."""
        return [self.training.save(), self.history.dump()[1]]

    def stamp(self) -> tuple[Any, ...]:
        """Also of the updates: half an iteration changes one of them."""
        s = self.training.state
        return (*super().header().values(), s.step, s.d_updates, s.g_updates, self.spec.model_dump_json())

    @classmethod
    def restored(
        cls,
        name: str,
        spec: GanSpec,
        compiling: Compiling,
        header: Mapping[str, Any],
        parts: Sequence[bytes],
        *,
        clock: Clock = time.monotonic,
    ) -> Run:
        """As it was, with the spec of the checkpoint."""
        saved, rows = parts
        training = _training(saved)
        run = cls(name, training.spec, compiling, training=training, clock=clock)
        run._resume(header)
        run.history = History.restore(header["history"], rows, last_step=training.step)
        if run.state == "diverged":
            run.diagnosis = "diverged"
        if header.get("replay"):
            run.replay(commands.Replay(**header["replay"]))
        return run


def _training(saved: bytes) -> Training:
    with tempfile.NamedTemporaryFile(suffix=".safetensors") as file:
        file.write(saved)
        file.flush()
        return Training.restore(file.name, backend="eager")
