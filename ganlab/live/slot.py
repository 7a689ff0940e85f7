"""The place of one worker: the process in it now, and what has happened there."""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from ganlab.live.errors import WorkerLost
from ganlab.live.process import Answer, Reply, WorkerProcess

RECENT = 30.0  # seconds
LONGEST_WAIT = 30.0
START_PATIENCE = 60.0  # seconds that importing torch may take
MOST_HELD = 1000


@dataclass
class Slot:
    """One worker's place; guarded by the pool's lock."""

    index: int
    environment: Mapping[str, str]
    process: WorkerProcess | None = None
    launch_at: float = 0.0
    _deaths: list[float] = field(default_factory=list)
    _ping: tuple[float, Answer] | None = None
    _held: list[tuple[Mapping[str, Any], Answer]] = field(default_factory=list)

    def request(self, header: Mapping[str, Any]) -> Answer:
        """To the process, or to the next one when there is none just now."""
        if self.process is not None:
            return self.process.request(header)
        answer: Answer = Future()
        if len(self._held) >= MOST_HELD:
            answer.set_exception(WorkerLost())
        else:
            self._held.append((header, answer))
        return answer

    def flush(self) -> None:
        """Sends what was held back while there was no process."""
        assert self.process is not None
        held, self._held = self._held, []
        for header, answer in held:
            _forward(self.process.request(header), answer)

    def died(self, now: float) -> None:
        """The process has ended; the next starts at once, later after several."""
        self._ping = None
        self._deaths = [*(at for at in self._deaths if now - at < RECENT), now]
        again = len(self._deaths) - 1
        self.launch_at = now + (min(LONGEST_WAIT, 0.5 * 2.0**again) if again else 0.0)

    def hung(self, now: float, patience: float) -> bool:
        """Whether the process has not answered for so long; asks it for a sign of life."""
        process = self.process
        if process is None:
            return False
        if not process.ready:
            return now - process.started_at > START_PATIENCE
        if self._ping is None or self._ping[1].done():
            self._ping = (time.monotonic(), process.request({"op": "ping"}))
            return False
        return now - self._ping[0] > patience


def _forward(source: Answer, target: Answer) -> None:
    def pass_on(source: Future[Reply]) -> None:
        if not target.set_running_or_notify_cancel():
            return
        error = source.exception()
        if error is None:
            target.set_result(source.result())
        else:
            target.set_exception(error)

    source.add_done_callback(pass_on)
