"""What the pool does by itself, with workers that never answer: stops, changes, failures to start."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any, ClassVar

import pytest

from ganlab.live import commands, pool, wire
from ganlab.live.errors import Refused
from ganlab.live.pool import Pool
from ganlab.live.process import Reply
from ganlab.live.settings import Settings
from tests.live.support import PATIENCE, SMALL, wait_for


class Silent:
    """In place of a worker process: takes requests, and answers when told."""

    made: ClassVar[list[Silent]] = []
    pid, ready = 0, False

    def __init__(self, *_: Any) -> None:
        self.asked: list[tuple[dict[str, Any], Future[Reply]]] = []
        self.started_at = time.monotonic()
        self.made.append(self)

    def request(self, header: dict[str, Any]) -> Future[Reply]:
        answer: Future[Reply] = Future()
        self.asked.append((header, answer))
        return answer

    def hang_up(self) -> None: ...

    def kill(self) -> None: ...

    def close(self, patience: float) -> None: ...

    def commands(self, kind: str) -> list[tuple[Any, Future[Reply]]]:
        """The commands of one type that were sent, with the futures of their answers."""
        parsed = [(commands.parse(h["command"]), a) for h, a in self.asked if h["op"] == "command"]
        return [(command, answer) for command, answer in parsed if command.type == kind]


@pytest.fixture
def silent(monkeypatch: Any) -> Iterator[tuple[Pool, Silent]]:
    """A pool whose one worker is silent."""
    monkeypatch.setattr(Silent, "made", [])
    monkeypatch.setattr(pool, "WorkerProcess", Silent)
    made = Pool(1, max_runs_per_session=2)
    yield made, Silent.made[0]
    made.close()


def test_a_stopped_run_gives_its_place_back_at_once(silent: tuple[Pool, Silent]) -> None:
    pool, worker = silent
    for _ in range(10):  # Full would be raised
        name = pool.start(SMALL, "a").run
        pool.stop(name)
        assert (pool.describe(name).ended, pool.describe(name).reason) == (True, "stopped")
    assert pool.runs == 0
    assert len(worker.commands("stop")) == 10  # the worker is told all the same


def test_a_value_changed_there_and_back_is_sent_twice(silent: tuple[Pool, Silent]) -> None:
    pool, worker = silent
    name = pool.start(SMALL, "a").run
    there, back = SMALL.changed(lr_g=0.5), SMALL
    for spec in (there, there, back):
        assert pool.update(name, spec)
    sent = worker.commands("set")
    assert [command.values for command, _ in sent] == [{"lr_g": 0.5}, {"lr_g": SMALL.lr_g}]
    for command, answer in sent:
        answer.set_result(Reply({"changes": command.values}))
    assert pool.describe(name).spec == SMALL
    pool.update(name, back)
    assert len(worker.commands("set")) == 2


def test_a_refused_value_is_asked_for_again(silent: tuple[Pool, Silent]) -> None:
    pool, worker = silent
    name = pool.start(SMALL, "a").run
    spec = SMALL.changed(lr_g=0.5)
    pool.update(name, spec)
    worker.commands("set")[0][1].set_exception(Refused("invalid", "no"))
    assert pool.describe(name).spec == SMALL
    pool.update(name, spec)
    assert len(worker.commands("set")) == 2


def test_a_worker_that_cannot_be_started_is_tried_again(
    silent: tuple[Pool, Silent], monkeypatch: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    made, first = silent
    tries: list[float] = []

    def start(*arguments: Any) -> Silent:
        tries.append(time.monotonic())
        if len(tries) < 2:
            raise OSError("no processes left")
        return Silent(*arguments)

    monkeypatch.setattr(pool, "WorkerProcess", start)
    made._ended(first)  # type: ignore[arg-type]
    wait_for(lambda: made._slots[0].process not in (None, first), bool)
    assert made._supervisor.is_alive()
    assert "no processes left" in capsys.readouterr().err
    assert len(tries) == 2
    assert tries[1] - tries[0] > 0.3


@pytest.mark.parametrize(
    "error", [subprocess.TimeoutExpired("nvidia-smi", 10), subprocess.CalledProcessError(9, "x"), OSError()]
)
def test_a_broken_driver_is_no_gpu(monkeypatch: Any, error: Exception) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(pool.shutil, "which", lambda _: "/bin/nvidia-smi")
    monkeypatch.setattr(pool.subprocess, "run", fail)
    assert pool._gpus() == []


def worker_of(folder: Path) -> list[str]:
    return [sys.executable, "-m", "ganlab.live.worker", Settings(folder=str(folder)).dumps()]


def test_a_worker_removes_the_folder_when_its_parent_is_gone(tmp_path: Path) -> None:
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    parent = (
        "import subprocess, sys, time\n"
        f"w = subprocess.Popen({worker_of(folder)!r}, stdin=subprocess.PIPE, stdout=subprocess.PIPE)\n"
        "w.stdout.read(1)\nprint('up', flush=True)\ntime.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        assert folder.exists()
        process.send_signal(signal.SIGKILL)
        wait_for(folder.exists, lambda there: not there)


def test_a_worker_leaves_the_folder_to_a_parent_that_lives(tmp_path: Path) -> None:
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    (folder / "of-another.checkpoint").write_bytes(b"x")
    with subprocess.Popen(worker_of(folder), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        assert wire.read(worker.stdout) == ({"event": "ready"}, b"")
        worker.stdin.close()
        assert worker.wait(PATIENCE) == 0
    assert (folder / "of-another.checkpoint").exists()
