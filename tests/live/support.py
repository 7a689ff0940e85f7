"""What the tests of live runs share: asking, and waiting without guessing how fast the machine is."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ganlab.fitting import FitSpec
from ganlab.gan.spec import GanSpec
from ganlab.live import commands
from ganlab.live.frames import decode
from ganlab.live.pool import Pool
from ganlab.studies import StudySpec

SMALL = GanSpec(g_hidden=(8,), d_hidden=(8,), batch=32, backend="eager")
FIT = FitSpec(starts=4)
STUDY = StudySpec(n=100, redraws=30, permutations=50, estimators=("w1_sorted", "mmd2_unbiased"))
PATIENCE = 30.0  # seconds; a worker alone takes two to start


class Clock:
    """Time that passes when we say so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def frame(pool: Pool, run: str, *layers: str, since: int = 0) -> tuple[dict[str, Any], dict[str, Any]]:
    """Tensors and info of one frame."""
    asked = commands.Frame(layers=list(layers), since=since)  # type: ignore[arg-type]
    return decode(pool.request(run, asked).result(PATIENCE).payload)


def info(pool: Pool, run: str) -> dict[str, Any]:
    """The scalars of a run."""
    return frame(pool, run)[1]


def do(pool: Pool, run: str, command: commands.AnyCommand) -> dict[str, Any]:
    """The answer to a command."""
    return pool.request(run, command).result(PATIENCE).header


def wait_for(read: Callable[[], Any], holds: Callable[[Any], bool], seconds: float = PATIENCE) -> Any:
    """Reads until it holds; fails with the last reading when it does not in time."""
    until = time.monotonic() + seconds
    while True:
        value = read()
        if holds(value):
            return value
        if time.monotonic() > until:
            raise AssertionError(f"still {value!r} after {seconds} s")
        time.sleep(0.02)


def run_until(pool: Pool, run: str, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The scalars of a run, once something holds of them."""
    return wait_for(lambda: info(pool, run), holds)


def rate_of(pool: Pool, run: str, most: float) -> float:
    """Steps a second, over a second or more; fails above `most`. Too few may be the fault of a busy machine."""
    began = time.monotonic()
    first = info(pool, run)["step"]
    time.sleep(1.0)
    steps = info(pool, run)["step"] - first
    seconds = time.monotonic() - began
    assert steps <= most * seconds
    return steps / seconds


def steps_of(pool: Pool, runs: list[str], seconds: float) -> list[int]:
    """The steps that each of these runs does in so many seconds."""
    first = [info(pool, name)["step"] for name in runs]
    time.sleep(seconds)
    return [info(pool, name)["step"] - before for name, before in zip(runs, first, strict=True)]


def processor_time(pid: int) -> float:
    """Seconds of processor time that a process has had."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
