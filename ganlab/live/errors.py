"""What can go wrong between a page and its run, each with a code that interfaces can translate."""

from __future__ import annotations

from typing import Literal


class LiveError(Exception):
    """`code` is stable, the text is plain English."""

    code = "live"


class Full(LiveError):
    """All places are taken; `limit` is how many there are, `scope` says whose."""

    code = "full"

    def __init__(self, limit: int, scope: Literal["session", "all"]) -> None:
        self.limit, self.scope = limit, scope
        whose = "in this browser session" if scope == "session" else "on this server"
        super().__init__(f"all {limit} places for runs {whose} are taken")


class UnknownRun(LiveError):
    """There is no such run."""

    code = "unknown"

    def __init__(self, run: str) -> None:
        super().__init__(f"there is no run {run[:32]!r}: it has ended, or the link is incomplete")


class WorkerLost(LiveError):
    """The worker ended before it answered; it is being started again."""

    code = "worker_restarted"

    def __init__(self) -> None:
        super().__init__(
            "the worker process ended before it answered; the run goes on from its last checkpoint"
        )


class Refused(LiveError):
    """The worker said no; `code` says why: invalid, ended, internal_error."""

    def __init__(self, code: str, text: str) -> None:
        self.code = code
        super().__init__(text)


class Closed(LiveError):
    """The pool has been closed."""

    code = "closed"

    def __init__(self) -> None:
        super().__init__("the server is shutting down")
