"""Compiles steps in processes of their own, one at a time, while the runs go on in eager.

Runs with the same structure share one compile.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Literal

from ganlab.gan import compiled
from ganlab.gan.step import Structure

Outcome = Literal["compiling", "ready", "failed", "unavailable"]


@dataclass
class Job:
    """One compile that was asked for."""

    structure: Structure
    members: int
    device: str
    threads: int
    outcome: Outcome = "compiling"
    errors: bytes = field(default=b"", repr=False)
    reader: threading.Thread | None = field(default=None, repr=False)


class Compiling:
    """The queue of compiles of one worker."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._waiting: deque[Job] = deque()
        self._running: tuple[Job, subprocess.Popen[bytes]] | None = None

    def request(self, structure: Structure, members: int, device: str, threads: int) -> Job:
        """The compile of this step; a failed one is not tried again."""
        name = compiled.key(structure, members, device, threads)
        job = self._jobs.get(name)
        if job is None:
            job = self._jobs[name] = Job(structure, members, device, threads)
            if compiled.compiler() is None:
                job.outcome = "unavailable"
            else:
                self._waiting.append(job)
                self.poll()
        return job

    @property
    def busy(self) -> bool:
        """Whether a compile is under way."""
        return self._running is not None

    def poll(self) -> None:
        """Note what has finished, and start the next."""
        if self._running is not None:
            job, process = self._running
            if process.poll() is None:
                return
            if job.reader is not None:
                job.reader.join()
            job.outcome = "ready" if process.returncode == 0 else "failed"
            if job.outcome == "failed":
                print(f"compiling failed: {job.errors.decode(errors='replace')[-2000:]}", file=sys.stderr)
            self._running = None
        if self._waiting:
            self._start(self._waiting.popleft())

    def _start(self, job: Job) -> None:
        process = compiled.start_compiling(job.structure, job.members, job.device, job.threads)
        self._running = (job, process)
        # A pipe that nobody reads fills up and stops the compiler.
        job.reader = threading.Thread(target=_collect, args=(job, process), daemon=True)
        job.reader.start()

    def close(self) -> None:
        """End the compile under way."""
        if self._running is not None:
            self._running[1].kill()
            self._running[1].wait()


def _collect(job: Job, process: subprocess.Popen[bytes]) -> None:
    assert process.stderr is not None
    with process.stderr as lines:
        for line in lines:
            job.errors = (job.errors + line)[-20_000:]
