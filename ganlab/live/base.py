"""What every live run has, whatever it computes: a pace, states, notices, viewers, and frames.

A run is single-threaded and never waits: its host gives it slices of time. States: running, paused, diverged (the
numbers left every scale), finished (nothing is left to do, and it still answers), stopped.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Generic, Literal, TypeVar

import numpy as np

from ganlab.live import commands
from ganlab.live.compiling import Compiling
from ganlab.live.cost import check_affordable
from ganlab.live.frames import Tensors, encode
from ganlab.live.history import History
from ganlab.live.kinds import KINDS
from ganlab.live.pace import Meter, Pace
from ganlab.live.viewers import LayerCache, Viewers
from ganlab.specs import FlatSpec

RunState = Literal["running", "paused", "diverged", "finished", "stopped"]
Notice = Literal[
    "diverged", "unwatched", "worker_restarted", "compile_unavailable", "compile_failed", "internal_error"
]
What = Literal["d", "g", "both"]

ROW_EVERY = 1 / 30  # seconds between rows of the history
NOTICE_FOR = 10.0  # seconds that a notice stays in the frames, from the first that shows it
LONGEST_SLICE = 2000  # steps

Clock = Callable[[], float]
Spec = TypeVar("Spec", bound=FlatSpec)


class LiveRun(ABC, Generic[Spec]):
    """A computation that is watched and controlled; raises SpecError for a spec that cannot run here.

    A kind of run says what it is at (`spec`, `seed`, `step`, `moment`), how it goes on (`_set_up`, `advance`,
    `_change`) and what there is to see (`_tensors`, `_details`, `_add_row`). One that is worth a checkpoint also has
    `parts` and `restored`; any other begins again after its worker was lost: same spec, same seed, same course.
    """

    KIND: ClassVar[str]
    STEPS: ClassVar[tuple[What, ...]] = ("both",)
    """The single steps that there are."""

    SPEED: ClassVar[float | None] = None
    """Steps a second at the beginning; None for full speed."""

    history: History

    def __init__(self, name: str, spec: Spec, compiling: Compiling, *, clock: Clock = time.monotonic) -> None:
        self.name, self.clock = name, clock
        self._compiling = compiling
        self.pace = Pace(clock())
        self.pace.set(self.SPEED, halves=False, now=clock())
        self.meter = Meter()
        self.state: RunState = "running"
        self.asleep = False
        self.epoch = 0  # restarts so far
        self.watched_at = clock()
        self.watched = False  # by anybody, ever
        self.viewers, self.layer_cache = Viewers(), LayerCache()
        self._notice: Notice | None = None
        self._notice_until: float | None = None
        self._step_time = 1e-3  # seconds of processor time, a guess until there are measurements
        self._begin(spec)

    def _begin(self, spec: Spec) -> None:
        self._recorded: object = None
        self._next_row = -np.inf
        self.meter.reset()
        self.layer_cache.clear()
        self._set_up(spec)

    # -- what a kind of run says ---------------------------------------------------------------------------------

    @abstractmethod
    def _set_up(self, spec: Spec) -> None:
        """From step 0, with an empty history."""

    @property
    @abstractmethod
    def spec(self) -> Spec:
        """The spec with the hot fields as they are now."""

    @property
    @abstractmethod
    def seed(self) -> int:
        """The seed it was begun with."""

    @property
    @abstractmethod
    def step(self) -> int:
        """Steps done."""

    @property
    @abstractmethod
    def moment(self) -> object:
        """What it is at now: the same object as long as there is nothing new to see, else another."""

    @abstractmethod
    def advance(self, steps: int) -> None:
        """Some steps; on numbers that are not finite, back to the last that had none."""

    @abstractmethod
    def _tensors(self, layer: str, lively: bool) -> Tensors:
        """The tensors of a layer by name; none where it does not apply. `lively` while the next step is due anyway."""

    @abstractmethod
    def _details(self) -> dict[str, Any]:
        """What the info of a frame has for this kind only."""

    def _add_row(self, runs: int, force: bool) -> None:
        """A row for the history, with new readings where they are due; `runs` share the worker's time."""

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do."""
        return False

    @property
    def held(self) -> bool:
        """Whether the run waits at its beginning for something that it needs."""
        return False

    def _change(self, values: Mapping[str, float]) -> None:
        """Takes over hot fields, all checked; only called where the spec has some."""
        raise TypeError(f"a run of kind {self.KIND} has no hot fields")

    def poll(self) -> None:
        """A look, now and then, at what others do for this run."""

    def let_go(self) -> None:
        """Wait for nothing any more."""

    def refresh(self) -> None:
        """Before a frame: readings that would be of an earlier step are taken anew where nothing moves any more."""

    # -- checkpoints ---------------------------------------------------------------------------------------------

    def header(self) -> dict[str, Any]:
        """What a checkpoint says of the run, as JSON."""
        about = {"state": self.state, "asleep": self.asleep, "watched": self.watched, "epoch": self.epoch}
        return about | {"per_second": self.pace.per_second, "halves": self.pace.halves}

    def parts(self) -> list[bytes]:
        """What a checkpoint holds of the computation; nothing where it can as well begin again."""
        return []

    def stamp(self) -> tuple[Any, ...]:
        """What a checkpoint would hold, in short: equal stamps need no new file."""
        return (*self.header().values(), self.spec.model_dump_json())

    @classmethod
    def restored(
        cls,
        name: str,
        spec: Spec,
        compiling: Compiling,
        header: Mapping[str, Any],
        parts: Sequence[bytes],
        *,
        clock: Clock = time.monotonic,
    ) -> LiveRun[Spec]:
        """A run from its checkpoint; by default from the beginning, at the pace it had."""
        run = cls(name, spec, compiling, clock=clock)
        run._resume(header)
        if run.state != "paused":
            run.state = "running"
        return run

    def _resume(self, header: Mapping[str, Any]) -> None:
        self.state, self.asleep, self.watched = header["state"], header["asleep"], header["watched"]
        self.epoch = header["epoch"]
        self.pace.set(header["per_second"], header["halves"], self.clock())

    # -- going on ------------------------------------------------------------------------------------------------

    def wait(self, now: float) -> float | None:
        """Seconds until the run wants to go on; None if it does not."""
        if self.state != "running" or self.asleep or self.held:
            return None
        return self.pace.wait(now)

    def work(self, budget: float, runs: int = 1) -> float:
        """Goes on for about `budget` seconds, one step at least; returns the seconds that it took.

        Seconds are of processor time: what other processes take from us is nobody's fault. `runs` is how many share
        the worker: the readings of all of them together have a budget.
        """
        began = time.thread_time()
        self._go(budget)
        self._settle()
        self.record(runs=runs)
        return time.thread_time() - began

    def _go(self, budget: float) -> None:
        """As many steps as fit into the budget and the pace, one at least."""
        began = time.thread_time()
        wanted = min(self.pace.due(self.clock()), LONGEST_SLICE, max(1.0, budget / self._step_time))
        steps = max(1, int(wanted))
        self.advance(steps)
        self.pace.spend(steps)
        taken = (time.thread_time() - began) / steps
        self._step_time = max(1e-6, 0.7 * self._step_time + 0.3 * taken)

    def _settle(self) -> None:
        if self.finished and self.state in ("running", "paused"):
            self.state = "finished"
        elif not self.finished and self.state == "finished":  # there is more to do again
            self.state = "running"

    def _diverge(self) -> None:
        self.state = "diverged"
        self.notify("diverged")

    def record(self, *, runs: int = 1, force: bool = False) -> None:
        """Adds a row to the history where one is due."""
        now = self.clock()
        self.meter.mark(now, self.step)
        if self._has_news() and (force or now >= self._next_row):
            self._recorded = self.moment
            self._next_row = now + ROW_EVERY
            self._add_row(runs, force)

    def _has_news(self) -> bool:
        return self._recorded is not self.moment and self.state != "diverged"

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
        """Obeys; returns what changed in the spec. Raises SpecError for values out of bounds, CommandError for what
        this kind of run does not have.
        """
        match command:
            case commands.Play():
                self.play()
            case commands.Pause():
                self.pause()
            case commands.Step(what=what):
                self.step_once(what)
            case commands.Speed(per_second=per_second, halves=halves):
                self.speed(per_second, halves)
            case commands.Set(values=values):
                return self.set(values)
            case commands.Restart(seed=seed):
                return self.restart(seed)
            case commands.Seek(step=step):
                self.seek(step)
            case commands.Follow(values=values):
                return self.follow(values)
            case commands.Replay():
                self.replay(command)
            case _:
                raise TypeError(f"{type(command).__name__} is not for a run")
        return {}

    def play(self) -> None:
        """Go on, from a divergence too: hot fields may have changed."""
        self.state, self.asleep = "finished" if self.finished else "running", False
        self.pace.reset(self.clock())
        self.meter.reset()

    def pause(self) -> None:
        """Hold still."""
        if self.state == "running":
            self.state = "paused"
            self.record(force=True)

    def hold(self, what: What) -> None:
        """Pause, before a single step; raises CommandError where that step cannot be."""
        if what not in self.STEPS:
            raise commands.CommandError(f"step: {what!r} is not for this run; it has {', '.join(self.STEPS)}")
        self.state, self.asleep = "finished" if self.finished else "paused", False

    def step_once(self, what: What) -> None:
        """Pause, then one step."""
        self.hold(what)
        if not self.finished:
            self._single(what)
            self._settle()
            self.record(force=True)

    def _single(self, what: What) -> None:
        self.advance(1)

    def speed(self, per_second: float | None, halves: bool) -> None:
        """Another pace; only runs with several updates in a step have slow motion."""
        if halves and len(self.STEPS) == 1:
            raise commands.CommandError("halves: this run has whole steps only")
        self.pace.set(per_second, halves, self.clock())

    def set(self, values: Mapping[str, float]) -> dict[str, Any]:
        """Change hot fields."""
        spec = self.spec
        cold = values.keys() - spec.HOT
        if cold:
            raise commands.CommandError(
                f"{min(cold)}: changes only with a restart; without one: {', '.join(sorted(spec.HOT)) or 'nothing'}"
            )
        check_affordable(spec.changed(**values))
        self._change(values)
        return {name: getattr(self.spec, name) for name in values}

    def restart(self, seed: int | None) -> dict[str, Any]:
        """Begin again, with the hot fields as they are now; it plays or holds still as before."""
        spec = self.spec if seed is None else self.spec.changed(seed=seed)
        self.epoch += 1
        self._notice = None  # it was of what is over now
        self._begin(spec)
        self.play() if self.state != "paused" else self.pace.reset(self.clock())
        return {"seed": self.seed}

    def seek(self, step: int) -> None:
        """To an earlier step, or forward again; only runs that keep their past can."""
        raise commands.CommandError("seek: this run keeps nothing of its past")

    def follow(self, values: Mapping[str, str]) -> dict[str, Any]:
        """Become another spec without beginning again; only runs whose spec has texts of FOLLOWED can."""
        raise commands.CommandError("follow: this run becomes another only with a restart")

    def replay(self, command: commands.Replay) -> None:
        """To a step from the beginning; only runs that come to the same step again can."""
        raise commands.CommandError("replay: this run does not go to a step by itself")

    # -- being watched -------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Somebody asked for a frame."""
        if self.asleep:
            self.asleep = False
            self.pace.reset(self.clock())
            self.meter.reset()
            if self.watched and self.state != "finished":
                self.notify("unwatched")
        self.watched, self.watched_at = True, self.clock()

    def sleep(self) -> None:
        """Nobody asks for frames."""
        self.asleep = True

    def frame(self, layers: Sequence[str] = (), since: int = 0, viewer: str = "") -> bytes:
        """The layers asked for and the scalars; `viewer` tells those apart whose history may be of another run.

        Raises CommandError for a layer of another kind of run.
        """
        known = KINDS[self.KIND].layers
        for name in layers:
            if name not in known:
                raise commands.CommandError(
                    f"layers: {name!r} is not for this run; choose from {', '.join(known)}"
                )
        self.look()
        self.refresh()
        tensors: Tensors = {}
        lively = self.wait(self.clock()) is not None
        history_from = self.history.total
        for name in dict.fromkeys(layers):
            if name == "history":
                history_from, tensors["history"] = self.viewers.rows(viewer, self.epoch, since, self.history)
            else:
                tensors.update(self._tensors(name, lively))
        return encode(tensors, {**self.scalars(), "history_from": history_from})

    def scalars(self) -> dict[str, Any]:
        """The info of a frame."""
        return {
            "run": self.name,
            "kind": self.KIND,
            "step": self.step,
            "rate": self.meter.rate(self.clock(), self.step) if self.state == "running" else 0.0,
            "seed": self.seed,
            "state": self.state,
            "per_second": self.pace.per_second,
            "halves": self.pace.halves,
            "notice": self.notice,
            "history_columns": self.history.columns,
            **self._details(),
        }
