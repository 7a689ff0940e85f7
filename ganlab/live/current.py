"""Which run a worker is busy with, written where it can be read after the worker's end.

A native crash leaves no traceback. These few bytes of shared memory say which run it happened in.
"""

from __future__ import annotations

import mmap
import os
from pathlib import Path

SIZE = 96


def _path(folder: str, pid: int) -> Path:
    return Path(folder) / f"{pid}.current"


class Current:
    """The worker's end: `put` costs less than a microsecond."""

    def __init__(self, folder: str) -> None:
        path = _path(folder, os.getpid())
        path.write_bytes(bytes(SIZE))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), SIZE)

    def put(self, phase: str, run: str) -> None:
        """Busy with this now: phase is "restore" or "work"; both empty for nothing."""
        self._memory[:] = f"{phase} {run}".encode()[:SIZE].ljust(SIZE, b"\0")


def last(folder: str, pid: int) -> tuple[str, str]:
    """(phase, run) that the worker with this pid was busy with when it ended; empty for nothing."""
    path = _path(folder, pid)
    if not path.exists():
        return "", ""
    text = path.read_bytes().rstrip(b"\0").decode(errors="replace")
    path.unlink()
    phase, _, run = text.partition(" ")
    return phase, run
