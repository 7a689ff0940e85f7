"""Compiles steps in processes of their own, one at a time, while the runs go on in eager.

Runs with the same structure share one compile, and one that no run waits for any more is not begun.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Literal

from ganlab.gan import compiled
from ganlab.gan.structure import Structure

LIMIT = 180.0  # seconds that a compile may take
READER_PATIENCE = 0.5  # seconds: what a compiler left behind may keep the pipe open
MOST_FAILED = 1000  # remembered

Outcome = Literal["compiling", "ready", "failed", "unavailable"]


@dataclass
class Job:
    """One compile that was asked for; `waiters` is how many runs still want it."""

    structure: Structure
    members: int
    device: str
    threads: int
    outcome: Outcome = "compiling"
    waiters: int = 0
    errors: bytes = field(default=b"", repr=False)
    reader: threading.Thread | None = field(default=None, repr=False)

    @property
    def key(self) -> str:
        """The name of what it makes."""
        return compiled.key(self.structure, self.members, self.device, self.threads)


class Compiling:
    """The queue of compiles of one worker; a compile that takes longer than `limit` seconds has failed."""

    def __init__(self, limit: float = LIMIT) -> None:
        self.limit = limit
        self._jobs: dict[str, Job] = {}  # under way or waiting
        self._failed: dict[str, None] = {}  # the oldest first
        self._waiting: deque[Job] = deque()
        self._running: tuple[Job, subprocess.Popen[bytes], float] | None = None

    def request(self, structure: Structure, members: int, device: str, threads: int) -> Job:
        """The compile of this step, until `release`; a failed one is not tried again."""
        asked = Job(structure, members, device, threads)
        job = self._jobs.get(asked.key, asked)
        job.waiters += 1
        if asked.key in self._failed:
            job.outcome = "failed"
        elif compiled.compiler() is None:
            job.outcome = "unavailable"
        elif job is asked:
            self._jobs[asked.key] = job
            self._waiting.append(job)
            self.poll()
        return job

    def release(self, job: Job) -> None:
        """A run does not wait for it any more; one under way goes on, for the cache."""
        job.waiters -= 1
        if job.waiters <= 0 and job in self._waiting:
            self._waiting.remove(job)
            del self._jobs[job.key]

    @property
    def busy(self) -> bool:
        """Whether a compile is under way."""
        return self._running is not None

    def poll(self) -> None:
        """Note what has finished or takes too long, and start the next; never waits for long."""
        if self._running is not None:
            job, process, began = self._running
            late = process.poll() is None and time.monotonic() - began > self.limit
            if late:
                _kill(process)
                print(f"compiling took longer than {self.limit:g} s and was ended", file=sys.stderr)
            elif process.poll() is None:
                return
            self._finish(job, ready=process.returncode == 0)
        if self._waiting:
            self._start(self._waiting.popleft())

    def _finish(self, job: Job, *, ready: bool) -> None:
        self._running = None
        del self._jobs[job.key]
        if job.reader is not None:
            job.reader.join(READER_PATIENCE)
        job.outcome = "ready" if ready else "failed"
        if not ready:
            print(f"compiling failed: {job.errors.decode(errors='replace')[-2000:]}", file=sys.stderr)
            self._failed[job.key] = None
            if len(self._failed) > MOST_FAILED:
                del self._failed[next(iter(self._failed))]

    def _start(self, job: Job) -> None:
        process = compiled.start_compiling(job.structure, job.members, job.device, job.threads)
        self._running = (job, process, time.monotonic())
        # A pipe that nobody reads fills up and stops the compiler.
        job.reader = threading.Thread(target=_collect, args=(job, process), daemon=True)
        job.reader.start()

    def close(self) -> None:
        """End the compile under way."""
        if self._running is not None:
            _kill(self._running[1])


def _kill(process: subprocess.Popen[bytes]) -> None:
    """With the compilers that it has started, which are in its process group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()


def _collect(job: Job, process: subprocess.Popen[bytes]) -> None:
    assert process.stderr is not None
    with process.stderr as lines:
        for line in lines:
            job.errors = (job.errors + line)[-20_000:]
