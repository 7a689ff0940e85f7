"""One worker process as the web process sees it: requests out, answers in, and what it says unasked.

Nobody who makes a request ever waits for the pipe: a thread writes, another reads.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ganlab
from ganlab.live import wire
from ganlab.live.errors import Refused, WorkerLost
from ganlab.live.settings import Settings

YIELDING = 5  # nice value of a worker


@dataclass(frozen=True)
class Reply:
    """What a worker answered: a JSON object, and a frame where one was asked for."""

    header: dict[str, Any]
    payload: bytes = b""


Answer = Future[Reply]


class WorkerProcess:
    """`on_event(process, header)` and `on_end(process)` are called from the reading thread."""

    def __init__(
        self,
        settings: Settings,
        environment: Mapping[str, str],
        on_event: Callable[[WorkerProcess, dict[str, Any]], None],
        on_end: Callable[[WorkerProcess], None],
    ) -> None:
        self._on_event, self._on_end = on_event, on_end
        self._ids = itertools.count()
        self._lock = threading.Lock()
        self._pending: dict[int, Answer] | None = {}
        self._outbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self.started_at = time.monotonic()
        self.ready = False
        self._process = subprocess.Popen(
            [sys.executable, "-m", "ganlab.live.worker", settings.dumps()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=_environment(environment),
            start_new_session=True,  # Ctrl-C is for the web process, which closes the pipes
        )
        if hasattr(os, "setpriority"):  # the page comes first, also while the worker imports torch
            os.setpriority(os.PRIO_PROCESS, self.pid, YIELDING)
        for target in (self._write, self._read):
            threading.Thread(target=target, name=f"worker {self.pid}", daemon=True).start()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def request(self, header: Mapping[str, Any]) -> Answer:
        """Sends a request; the future fails with WorkerLost when the process ends first, with Refused on a no."""
        answer: Answer = Future()
        with self._lock:
            if self._pending is not None:
                number = next(self._ids)
                self._pending[number] = answer
                self._outbox.put(wire.pack({**header, "id": number}))
                return answer
        answer.set_exception(WorkerLost())
        return answer

    @property
    def waiting(self) -> int:
        """Requests without an answer."""
        with self._lock:
            return len(self._pending or ())

    def kill(self) -> None:
        """End the process at once; `on_end` follows."""
        self._process.kill()

    def hang_up(self) -> None:
        """Let the process end by itself, after what it was asked before."""
        self._outbox.put(None)

    def close(self, patience: float) -> None:
        """Let the process end by itself, at most `patience` seconds; then kill it."""
        self.hang_up()
        try:
            self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _write(self) -> None:
        assert self._process.stdin is not None
        # A broken pipe means that the process has ended: the reading thread notices, and tells everybody.
        with contextlib.suppress(OSError):
            while (data := self._outbox.get()) is not None:
                self._process.stdin.write(data)
                self._process.stdin.flush()
        with contextlib.suppress(OSError):  # closing flushes what could not be written
            self._process.stdin.close()

    def _read(self) -> None:
        stdout = self._process.stdout
        assert stdout is not None
        try:
            while (message := wire.read(stdout)) is not None:
                self._take(*message)
        except wire.WireError as error:
            print(f"worker {self.pid}: {error}", file=sys.stderr)
            self._process.kill()
        self._process.wait()
        stdout.close()
        self._outbox.put(None)
        self._on_end(self)  # first: who tries again at once must not come here
        with self._lock:
            pending, self._pending = self._pending or {}, None
        for answer in pending.values():
            _fail(answer, WorkerLost())

    def _take(self, header: dict[str, Any], payload: bytes) -> None:
        if "event" in header:
            self.ready = self.ready or header["event"] == "ready"
            self._on_event(self, header)
            return
        with self._lock:
            answer = (self._pending or {}).pop(header.get("id", -1), None)
        if answer is None or not answer.set_running_or_notify_cancel():
            return
        if "error" in header:
            answer.set_exception(Refused(header["error"], header.get("text", "")))
        else:
            answer.set_result(Reply(header, payload))


def _fail(answer: Answer, error: Exception) -> None:
    if answer.set_running_or_notify_cancel():
        answer.set_exception(error)


def _environment(extra: Mapping[str, str]) -> dict[str, str]:
    """One thread per worker, and a ganlab that is found from anywhere."""
    root = str(Path(ganlab.__file__).parent.parent)
    search = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    threads = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    return {**os.environ, **threads, "PYTHONPATH": os.pathsep.join(search), **extra}
