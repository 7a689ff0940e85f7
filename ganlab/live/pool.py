"""The runs of the app, from the web process: starts workers, hands runs to them, and brings both back when one ends.

Everything here may be called from any thread and none of it waits for a worker. This module never imports torch.
"""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any

from ganlab.live import commands, current
from ganlab.live.cost import check_affordable
from ganlab.live.errors import Closed, Full, LiveError, Refused, UnknownRun
from ganlab.live.kinds import hot_fields, kind_of
from ganlab.live.process import Answer, Reply, WorkerProcess
from ganlab.live.records import Description, Handle, Record, Right
from ganlab.live.settings import Settings
from ganlab.live.slot import Slot
from ganlab.specs import FlatSpec

TICK = 0.5  # seconds between looks at the workers
REMEMBER = 1800.0  # seconds that the end of a run is remembered
MOST_ENDED = 1000


class Pool:
    """Workers and the runs in them.

    `workers`: how many processes (default: one per GPU, else one less than there are cores). `max_runs_per_session`
    and `max_runs` are caps on runs that have not ended. `patience`: seconds without a sign of life after which a
    worker counts as hung.
    """

    def __init__(
        self,
        workers: int | None = None,
        *,
        max_runs_per_session: int = 4,
        max_runs: int = 64,
        patience: float = 5.0,
        settings: Settings | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.max_runs_per_session, self.max_runs, self.patience = max_runs_per_session, max_runs, patience
        self._folder = tempfile.mkdtemp(prefix="ganlab-")  # only we may read it (mkdtemp: mode 700)
        self._settings = dataclasses.replace(settings or Settings(), folder=self._folder)
        self._lock = threading.RLock()
        self._records: dict[str, Record] = {}
        self._closed = False
        self._wake = threading.Event()
        gpus = _gpus()
        count = workers if workers is not None else len(gpus) or max(1, (os.cpu_count() or 2) - 1)
        places = [{"CUDA_VISIBLE_DEVICES": gpus[i % len(gpus)]} if gpus else {} for i in range(count)]
        self._slots = [Slot(i, {**place, **(environment or {})}) for i, place in enumerate(places)]
        for slot in self._slots:
            self._launch(slot)
        self._supervisor = threading.Thread(target=self._supervise, name="pool", daemon=True)
        self._supervisor.start()

    # -- runs ----------------------------------------------------------------------------------------------------

    def start(self, spec: FlatSpec, session: str) -> Handle:
        """A new run, on the worker with the fewest; raises Full, SpecError for one too large to watch, Closed."""
        kind_of(spec)
        check_affordable(spec)
        with self._lock:
            self._open()
            self._make_room(session)
            counts = [sum(r.worker == slot.index for r in self._live()) for slot in self._slots]
            record = Record.new(session, spec, counts.index(min(counts)))
            self._records[record.handle.run] = record
            answer = self._send(record, {"op": "start", **record.origin()})
        answer.add_done_callback(lambda answer: self._started(record, answer))
        return record.handle

    def request(self, run: str, command: commands.AnyCommand, viewer: str = "") -> Answer:
        """Sends a command or asks for a frame. The future fails with a LiveError: UnknownRun, Refused, WorkerLost."""
        with self._lock:
            record = self._records.get(run)
            if record is None or self._closed:
                return _failed(UnknownRun(run) if record is None else Closed())
            if record.ended:
                return _after_the_end(record, command)
            op = "frame" if isinstance(command, commands.Frame) else "command"
            answer = self._send(record, {"op": op, "command": command.model_dump_json(), "viewer": viewer})
            if isinstance(command, commands.Set | commands.Follow):
                record.asked[answer] = command.values
            elif isinstance(command, commands.Stop):  # its place is free at once, also while a worker starts
                self._end(record, "stopped", {})
        if isinstance(command, commands.Set | commands.Follow | commands.Restart):
            answer.add_done_callback(lambda answer: self._changed(record, answer))
        return answer

    def stop(self, run: str) -> Answer:
        """End a run."""
        return self.request(run, commands.Stop())

    def update(self, run: str, spec: FlatSpec) -> bool:
        """Make a run follow a spec: True when it can, by hot fields or texts of FOLLOWED; else a new run is needed.
        Raises UnknownRun, also for a run that has ended.
        """
        with self._lock:
            record = self._records.get(run)
            if record is None or record.ended:
                raise UnknownRun(run)
            if not record.spec.goes_on_as(spec):
                return False
            wanted = record.wanted()
            values = {name: getattr(spec, name) for name in wanted if getattr(spec, name) != wanted[name]}
            texts = {name: values.pop(name) for name in spec.FOLLOWED & values.keys()}
            if values:
                self.request(run, commands.Set(values=values))
            if texts:
                self.request(run, commands.Follow(values=texts))
        return True

    def describe(self, run: str) -> Description:
        """What is known of a run; raises UnknownRun."""
        with self._lock:
            record = self._records.get(run)
            if record is None:
                raise UnknownRun(run)
            return record.describe()

    def right(self, run: str, token: str) -> Right | None:
        """What this token allows; raises UnknownRun."""
        with self._lock:
            record = self._records.get(run)
        if record is None:
            raise UnknownRun(run)
        return record.right(token)

    def abandon(self, session: str) -> None:
        """A browser session has ended: its runs end soon, unless others watch them. Never waits."""
        with self._lock:
            for record in self._live():
                if record.session == session:
                    self._send(record, {"op": "abandon"})

    @property
    def runs(self) -> int:
        """How many runs have not ended."""
        with self._lock:
            return len(self._live())

    @property
    def ready(self) -> bool:
        """Whether all workers are up."""
        return all(slot.process is not None and slot.process.ready for slot in self._slots)

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers that are up."""
        return [slot.process.pid for slot in self._slots if slot.process is not None]

    def close(self, patience: float = 3.0) -> None:
        """End all runs and workers."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        self._wake.set()
        self._supervisor.join()
        processes = [slot.process for slot in self._slots if slot.process is not None]
        for process in processes:
            process.hang_up()
        for process in processes:
            process.close(patience)
        shutil.rmtree(self._folder, ignore_errors=True)

    # -- inside --------------------------------------------------------------------------------------------------

    def _open(self) -> None:
        if self._closed:
            raise Closed()

    def _live(self) -> list[Record]:
        return [record for record in self._records.values() if not record.ended]

    def _make_room(self, session: str) -> None:
        live = self._live()
        if sum(record.session == session for record in live) >= self.max_runs_per_session:
            raise Full(self.max_runs_per_session, "session")
        if len(live) >= self.max_runs:
            raise Full(self.max_runs, "all")

    def _send(self, record: Record, header: dict[str, Any]) -> Answer:
        return self._slots[record.worker].request({**header, "run": record.handle.run})

    def _started(self, record: Record, answer: Answer) -> None:
        """A worker that is lost before it answered restores the run anyway; one that refuses ends it."""
        error = answer.exception()
        if isinstance(error, Refused):
            print(f"run refused: {error}", file=sys.stderr)
            self._end(record, error.code, {})

    def _changed(self, record: Record, answer: Answer) -> None:
        with self._lock:
            record.asked.pop(answer, None)
            if not answer.cancelled() and answer.exception() is None:
                record.update(answer.result().header.get("changes", {}))

    def _end(self, record: Record, reason: str, info: dict[str, Any]) -> None:
        with self._lock:
            if not record.ended:
                record.reason, record.last, record.ended_at = reason, info, time.monotonic()
            elif not record.last:  # stopped by us: the worker says later how it ended
                record.last = info

    # -- workers -------------------------------------------------------------------------------------------------

    def _launch(self, slot: Slot) -> None:
        """Starts a worker and gives it the runs of the one before."""
        slot.process = WorkerProcess(self._settings, slot.environment, self._heard, self._ended)
        for record in self._live():
            if record.worker == slot.index:
                self._restore(slot, record)
        slot.flush()

    def _restore(self, slot: Slot, record: Record) -> None:
        assert slot.process is not None
        header = {"op": "restore", "run": record.handle.run, **record.origin()}
        answer = slot.process.request(header)
        answer.add_done_callback(lambda answer: self._restored(record, answer))

    def _restored(self, record: Record, answer: Answer) -> None:
        if isinstance(answer.exception(), Refused):
            self._end(record, "failed", {})

    def _heard(self, process: WorkerProcess, event: dict[str, Any]) -> None:
        with self._lock:
            record = self._records.get(str(event.get("run", "")))
        if event["event"] == "ended" and record is not None:
            self._end(record, str(event.get("reason")), event.get("info", {}))

    def _ended(self, process: WorkerProcess) -> None:
        phase, run = current.last(self._folder, process.pid)
        with self._lock:
            for slot in self._slots:
                if slot.process is process and not self._closed:
                    print(f"worker {slot.index} has ended and is started again", file=sys.stderr)
                    slot.process = None
                    slot.died(time.monotonic())
                    self._blame(phase, run)
        self._wake.set()

    def _blame(self, phase: str, run: str) -> None:
        """Drops a run in which workers end again and again, before it takes the others down once more."""
        record = self._records.get(run)
        if record is not None and not record.ended and record.failed(phase, time.monotonic()):
            print(f"run {run} ends its workers and is dropped", file=sys.stderr)
            self._end(record, "failed", {})

    def _supervise(self) -> None:
        while True:
            self._wake.wait(TICK)
            self._wake.clear()
            with self._lock:
                if self._closed:
                    return
                now = time.monotonic()
                for slot in self._slots:
                    try:
                        self._look_after(slot, now)
                    except Exception:  # no process, no memory: that passes, and the others are looked after
                        traceback.print_exc(file=sys.stderr)
                        self._give_up(slot, now)
                self._forget(now)
            if self.ready:  # the start is over: now is the time for what the first command would wait for
                hot_fields()

    def _give_up(self, slot: Slot, now: float) -> None:
        """What could not be started is tried again later; `_ended` sees to it where a process has begun."""
        if slot.process is None:
            slot.died(now)
        else:
            slot.process.kill()

    def _look_after(self, slot: Slot, now: float) -> None:
        if slot.process is None:
            if now >= slot.launch_at:
                self._launch(slot)
        elif slot.hung(now, self.patience):
            print(f"worker {slot.index} does not answer and is killed", file=sys.stderr)
            slot.process.kill()

    def _forget(self, now: float) -> None:
        """Runs that ended long ago."""
        ended = sorted((r for r in self._records.values() if r.ended), key=lambda record: record.ended_at)
        old = [record for record in ended if now - record.ended_at > REMEMBER]
        for record in {r.handle.run: r for r in [*old, *ended[: max(0, len(ended) - MOST_ENDED)]]}.values():
            del self._records[record.handle.run]


def _failed(error: LiveError) -> Answer:
    answer: Answer = Future()
    answer.set_exception(error)
    return answer


def _after_the_end(record: Record, command: commands.AnyCommand) -> Answer:
    if not isinstance(command, commands.Frame):
        return _failed(Refused("ended", "this run has ended"))
    answer: Answer = Future()
    answer.set_result(Reply({}, record.last_frame()))
    return answer


def _gpus() -> list[str]:
    """The CUDA devices that we may use, as CUDA_VISIBLE_DEVICES names them; found without torch."""
    given = os.environ.get("CUDA_VISIBLE_DEVICES")
    if given is not None:
        return [name.strip() for name in given.split(",") if name.strip() not in ("", "-1")]
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return []
    try:
        listed = subprocess.run([tool, "-L"], capture_output=True, text=True, timeout=10, check=True).stdout
    except (subprocess.SubprocessError, OSError) as error:  # a driver that hangs or is broken: no GPUs
        print(f"nvidia-smi cannot list GPUs, and none are used: {error}", file=sys.stderr)
        return []
    return [str(i) for i, line in enumerate(listed.splitlines()) if line.startswith("GPU ")]
