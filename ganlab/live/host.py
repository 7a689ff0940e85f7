"""Many runs in one process, taking turns: equal time for each, whatever their size.

The interface of a worker: `start(name, spec)`, `command(name, command)`, `frame(name, …) -> bytes`, `stop(name)`.
Nothing here knows of pipes or processes.
"""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ganlab.live import checkpoints, commands
from ganlab.live.base import Clock, LiveRun
from ganlab.live.compiling import Compiling
from ganlab.live.cost import check_affordable
from ganlab.live.current import Current
from ganlab.live.kinds import kind_of
from ganlab.live.settings import Settings
from ganlab.specs import FlatSpec

CHORES_EVERY = 0.1  # seconds
ALONE = 2.5  # slices in a row for a run that shares with nobody: what ends a slice costs some 0.15 ms
SAVING = 0.02  # seconds of checkpoints between two turns, at most, but always one
CHECKPOINT_SHARE = 0.03  # of a worker's time, at most

Emit = Callable[[dict[str, Any]], None]


class UnknownRun(KeyError):
    """No such run here: it has ended, or never was."""


@dataclass
class Seat:
    """A run and its place in the queue."""

    run: LiveRun[Any]
    lease: float
    used: float = 0.0  # seconds of work it has had, and of absence that count as such
    saved: str = ""
    save_at: float = 0.0
    save_cost: float = 0.0
    step: commands.Step | None = None  # a single step that waits for its turn

    def ready(self, now: float) -> bool:
        """Whether the run wants a turn."""
        return self.step is not None or self.run.wait(now) == 0.0

    def work(self, budget: float, runs: int) -> float:
        """The single step, or a slice of work; returns the seconds of processor time that it took."""
        if self.step is None:
            return self.run.work(budget, runs)
        began, step, self.step = time.thread_time(), self.step, None
        self.run.command(step)
        return time.thread_time() - began


class Host:
    """Runs by name. `emit` is told what nobody asked about: a run that has ended."""

    def __init__(self, settings: Settings, emit: Emit, clock: Clock = time.monotonic) -> None:
        self.settings, self.emit, self.clock = settings, emit, clock
        self.compiling = Compiling()
        self.current = Current(settings.folder)
        self._seats: dict[str, Seat] = {}
        self._waited: set[str] = set()  # names of those that took part in the last turn
        self._least_used = 0.0
        self._chores_at = -np.inf

    # -- the worker interface ------------------------------------------------------------------------------------

    def start(self, name: str, spec: FlatSpec) -> dict[str, Any]:
        """A new run; raises SpecError for a spec that cannot run here."""
        if name in self._seats:  # restored already: the request was held back while there was no worker
            return {}
        check_affordable(spec)
        self._seat(kind_of(spec).run(name, spec, self.compiling, clock=self.clock))
        return {}

    def restore(self, name: str, spec: FlatSpec) -> dict[str, Any]:
        """A run from its latest checkpoint, or from its beginning when there is none."""
        self.current.put("restore", name)
        run = checkpoints.restore(self.settings.folder, name, spec, self.compiling, self.clock)
        run = run or kind_of(spec).run(name, spec, self.compiling, clock=self.clock)
        run.notify("worker_restarted")
        self._seat(run)
        self.current.put("", "")
        return {"step": run.step}

    def command(self, name: str, command: commands.Command) -> dict[str, Any]:
        """Obeys a command; the answer has the step after it and what changed in the spec.

        A single step is done in its turn (`stepping`), and the answer does not know of it yet.
        """
        if isinstance(command, commands.Stop):
            return self.stop(name, "stopped")
        seat = self._find(name)
        if isinstance(command, commands.Step):
            seat.run.hold(command.what)
            seat.step = command
            return {"step": seat.run.step, "changes": {}}
        if isinstance(command, commands.Play | commands.Restart):  # what waits was of the time before
            seat.step = None
        changes = seat.run.command(command)
        return {"step": seat.run.step, "changes": changes}

    def stepping(self, name: str) -> bool:
        """Whether a single step of this run waits for its turn."""
        seat = self._seats.get(name)
        return seat is not None and seat.step is not None

    def step(self, name: str, otherwise: int) -> int:
        """Steps that a run has done; `otherwise` once it has ended."""
        seat = self._seats.get(name)
        return otherwise if seat is None else seat.run.step

    def frame(self, name: str, command: commands.Frame, viewer: str = "") -> bytes:
        """A frame; the run wakes up if it slept, and whoever looks gives it back the lease it had."""
        seat = self._find(name)
        seat.lease = self.settings.lease
        return seat.run.frame(command.layers, command.since, viewer)

    def stop(self, name: str, reason: str) -> dict[str, Any]:
        """End a run: what it held is let go."""
        seat = self._find(name)
        seat.run.state = "stopped"
        seat.run.let_go()
        info = seat.run.scalars()
        del self._seats[name]
        checkpoints.remove(self.settings.folder, name)
        self.emit({"event": "ended", "run": name, "reason": reason, "info": info})
        return {"step": info["step"], "changes": {}}

    def abandon(self, name: str) -> dict[str, Any]:
        """The session of a run has ended: unless others watch it, so will the run."""
        self._find(name).lease = min(self.settings.grace, self.settings.lease)
        return {}

    def mark_failed(self, name: str) -> None:
        """An error of ours while handling this run: it holds still and says so."""
        seat = self._seats.get(name)
        if seat is not None:
            seat.run.state = "paused"
            seat.run.notify("internal_error")

    # -- taking turns --------------------------------------------------------------------------------------------

    def turn(self) -> None:
        """A slice of work for the run that has had the least."""
        now = self.clock()
        ready = {name: seat for name, seat in self._seats.items() if seat.ready(now)}
        for name in ready.keys() - self._waited:  # who comes back has no claim to the time of its absence
            ready[name].used = max(ready[name].used, self._least_used)
        self._waited = set(ready)
        if not ready:
            return
        seat = min(ready.values(), key=lambda seat: seat.used)
        self._least_used = seat.used
        self.current.put("work", seat.run.name)
        try:
            budget = self.settings.slice * (ALONE if len(ready) == 1 else 1)
            seat.used += seat.work(budget, len(ready))
        except Exception:
            self._report(seat.run)
        self.current.put("", "")

    def _report(self, run: LiveRun[Any]) -> None:
        traceback.print_exc(file=sys.stderr)
        self.mark_failed(run.name)

    def idle(self) -> float | None:
        """Seconds until something is to be done here; None while nothing is hosted."""
        if not self._seats and not self.compiling.busy:
            return None
        if any(seat.step is not None for seat in self._seats.values()):
            return 0.0
        now = self.clock()
        waits = [wait for seat in self._seats.values() if (wait := seat.run.wait(now)) is not None]
        return max(0.0, min([*waits, self._chores_at + CHORES_EVERY - now]))

    def _seat(self, run: LiveRun[Any]) -> None:
        self._seats[run.name] = Seat(run, self.settings.lease)

    def _find(self, name: str) -> Seat:
        try:
            return self._seats[name]
        except KeyError:
            raise UnknownRun(name) from None

    # -- chores --------------------------------------------------------------------------------------------------

    def chores(self) -> None:
        """Compiles, leases and checkpoints, now and then; as many checkpoints as there is time for, one at least."""
        now = self.clock()
        if now < self._chores_at + CHORES_EVERY:
            return
        self._chores_at = now
        self.compiling.poll()
        for seat in list(self._seats.values()):
            self._care(seat, now)
        due = sorted((s for s in self._seats.values() if now >= s.save_at), key=lambda seat: seat.save_at)
        until = time.perf_counter() + SAVING
        for seat in due:
            self._save(seat, now)
            if time.perf_counter() > until:
                return

    def _care(self, seat: Seat, now: float) -> None:
        run, unwatched = seat.run, now - seat.run.watched_at
        run.poll()
        if unwatched > seat.lease:
            self.stop(run.name, "unwatched")
        elif unwatched > self.settings.unwatched_after and not run.asleep:
            run.sleep()

    def _save(self, seat: Seat, now: float) -> None:
        stamp = checkpoints.stamp(seat.run)
        if stamp != seat.saved:
            began = time.perf_counter()
            try:
                checkpoints.save(self.settings.folder, seat.run)
                seat.saved = stamp
            except OSError as error:  # a full disk is no reason to stop
                print(f"no checkpoint of run {seat.run.name}: {error}", file=sys.stderr)
            seat.save_cost = time.perf_counter() - began
        seat.save_at = now + max(self.settings.checkpoint_every, seat.save_cost / CHECKPOINT_SHARE)

    def close(self) -> None:
        """Let go of everything that outlives a process."""
        self.compiling.close()
