"""Compiles in processes of their own: their end, their limits, and who waits for them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ganlab.gan import compiled
from ganlab.gan.step import Structure
from ganlab.live.compiling import Compiling, Job
from tests.live.support import SMALL, wait_for

SLEEP = "import time; time.sleep(60)"


@pytest.fixture
def compiles(monkeypatch: Any, tmp_path: Path) -> Callable[[str], list[subprocess.Popen[bytes]]]:
    """`compiles(code)`: from now on a compile runs this Python instead; returns those started."""
    monkeypatch.setenv("GANLAB_CACHE", str(tmp_path))
    monkeypatch.setattr(compiled, "compiler", lambda: "g++")

    def use(code: str) -> list[subprocess.Popen[bytes]]:
        started: list[subprocess.Popen[bytes]] = []

        def start(*_: Any) -> subprocess.Popen[bytes]:
            command = [sys.executable, "-c", code]
            started.append(subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True))
            return started[-1]

        monkeypatch.setattr(compiled, "start_compiling", start)
        return started

    return use


def ask(compiling: Compiling, batch: int = 32) -> Job:
    return compiling.request(Structure.of(SMALL.changed(batch=batch)), 1, "cpu", 1)


def parent_of_a_child(path: Path) -> str:
    """Code of a compile that starts a compiler, which inherits its pipe, and writes its pid."""
    return (
        "import subprocess, sys, pathlib, os\n"
        f"child = subprocess.Popen([sys.executable, '-c', {SLEEP!r}])\n"
        f"pathlib.Path({str(path) + '.new'!r}).write_text(str(child.pid))\n"
        f"os.rename({str(path) + '.new'!r}, {str(path)!r})\n"
    )


def gone(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    try:
        return stat.read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_a_real_compile_leads_a_process_group(monkeypatch: Any, tmp_path: Path) -> None:
    monkeypatch.setenv("GANLAB_CACHE", str(tmp_path))
    process = compiled.start_compiling(Structure.of(SMALL), 1, "cpu", 1)
    with process:
        assert os.getpgid(process.pid) == process.pid
        process.kill()


def test_close_ends_the_compilers_too(compiles: Any, tmp_path: Path) -> None:
    compiles(parent_of_a_child(tmp_path / "pid") + "child.wait()")
    compiling = Compiling()
    ask(compiling)
    wait_for((tmp_path / "pid").exists, bool)
    pid = int((tmp_path / "pid").read_text())
    assert not gone(pid)
    compiling.close()
    wait_for(lambda: gone(pid), bool, seconds=5)
    compiling.close()  # nothing is left to kill


def test_a_compile_that_takes_too_long_has_failed(compiles: Any) -> None:
    started = compiles(SLEEP)
    compiling, began = Compiling(limit=1.0), time.monotonic()
    job = ask(compiling)
    wait_for(lambda: compiling.poll() or job.outcome, lambda outcome: outcome != "compiling")
    assert time.monotonic() - began > 1.0
    assert (job.outcome, compiling.busy) == ("failed", False)
    assert started[0].returncode == -9
    assert ask(compiling).outcome == "failed"  # and is not tried again
    assert len(started) == 1


def test_poll_waits_for_no_pipe_that_a_child_holds_open(compiles: Any, tmp_path: Path) -> None:
    started = compiles(parent_of_a_child(tmp_path / "pid"))
    compiling = Compiling()
    job = ask(compiling)
    started[0].wait(20)
    began = time.monotonic()
    compiling.poll()
    assert time.monotonic() - began < 2
    assert job.outcome == "ready"
    os.killpg(started[0].pid, 9)


def test_what_nobody_waits_for_is_not_compiled(compiles: Any) -> None:
    started = compiles("pass")
    compiling = Compiling()
    jobs = [ask(compiling, batch) for batch in (8, 16, 16, 24, 32)]
    for k in (1, 3):
        compiling.release(jobs[k])
    assert len(compiling._waiting) == 2  # 16 is wanted once still
    compiling.release(jobs[2])
    for _ in range(2):
        assert compiling._running is not None
        compiling._running[1].wait(20)
        compiling.poll()
    assert not compiling.busy
    assert len(started) == 2
    assert (jobs[0].outcome, jobs[4].outcome) == ("ready", "ready")
    assert compiling._jobs == {}
