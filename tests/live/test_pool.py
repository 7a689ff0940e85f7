"""Real workers: control, fairness, caps, leases, and what happens when a worker ends."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from ganlab.gan.spec import GanSpec
from ganlab.live import commands, wire
from ganlab.live.errors import Full, LiveError, Refused, UnknownRun, WorkerLost
from ganlab.live.frames import decode
from ganlab.live.kinds import KINDS
from ganlab.live.pool import Pool
from ganlab.live.settings import Settings
from ganlab.specs import SpecError
from tests.live.support import (
    PATIENCE,
    SMALL,
    do,
    frame,
    info,
    processor_time,
    rate_of,
    run_until,
    steps_of,
    wait_for,
)


def watch_and_tell(pool: Pool, watched: str, other: str) -> str | None:
    """Keeps one run alive and says why another ended."""
    info(pool, watched)
    return pool.describe(other).reason


@pytest.fixture
def run(pool: Pool) -> Iterator[str]:
    """A small run in the shared pool."""
    handle = pool.start(SMALL, "tests")
    yield handle.run
    if not pool.describe(handle.run).ended:
        pool.stop(handle.run).result(PATIENCE)


PINNED = SMALL.changed(backend="compiled", g_hidden=(4,), d_hidden=(4,), batch=8)


@pytest.fixture(scope="module")
def pinned(pool: Pool) -> str:
    """A run that insists on a compiled step that nobody has compiled; it takes until the last test of this module."""
    name = pool.start(PINNED, "tests").run
    said = info(pool, name)
    assert (said["step"], said["state"], said["compiling"], said["backend"]) == (0, "running", True, "eager")
    return name


def test_others_train_while_a_step_is_compiled(pool: Pool, pinned: str, run: str) -> None:
    run_until(pool, run, lambda said: said["step"] > 100)
    said = info(pool, pinned)
    assert said["compiling"] == (said["step"] == 0)


def test_the_web_side_never_imports_torch() -> None:
    modules = "app commands cost errors frames gateway limits pool process records slot wire"
    lines = [
        *(f"import ganlab.live.{name}" for name in modules.split()),
        "import sys",
        "print('torch' in sys.modules)",
    ]
    lines += ["from ganlab.live.pool import Pool", "from ganlab.gan.spec import GanSpec"]
    lines += [
        "p = Pool(1)",
        "h = p.start(GanSpec(backend='eager'), 's')",
        "from ganlab.live.commands import Frame",
    ]
    lines += [
        "p.request(h.run, Frame(layers=['fake'])).result(60)",
        "p.close()",
        "print('torch' in sys.modules)",
    ]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, timeout=90, check=True
    )
    assert done.stdout.split() == ["False", "False"]


def test_a_ring_is_learned_from_end_to_end(pool: Pool, run: str) -> None:
    said = run_until(pool, run, lambda said: said["step"] > 50 and bool(said["metrics"]))
    assert (said["state"], said["backend"], said["metrics"]["modes_total"]) == ("running", "eager", 8)
    tensors, _ = frame(pool, run, *KINDS["gan"].layers)
    assert tensors.keys() == {"real", "fake", "field", "manifold", "arrows", "share", "weights", "history"}
    assert tensors["history"][-1, 0] > 0


def test_history_is_given_out_once(pool: Pool, run: str) -> None:
    run_until(pool, run, lambda said: said["step"] > 20)
    rows: list[float] = []

    def longer() -> int:
        tensors, said = frame(pool, run, "history", since=len(rows))
        assert said["history_from"] == len(rows)
        rows.extend(tensors["history"][:, 0].tolist())
        return len(rows)

    for _ in range(10):
        before = len(rows)
        wait_for(longer, lambda length, before=before: length > before)
    assert rows == sorted(set(rows))


def test_pause_play_step(pool: Pool, run: str) -> None:
    run_until(pool, run, lambda said: said["step"] > 5)
    step = do(pool, run, commands.Pause())["step"]
    time.sleep(0.1)
    assert (info(pool, run)["state"], info(pool, run)["step"]) == ("paused", step)
    assert do(pool, run, commands.Step(what="both"))["step"] == step + 1
    assert do(pool, run, commands.Step(what="d"))["step"] == step + 1
    assert info(pool, run)["phase"] == "d"
    do(pool, run, commands.Play())
    run_until(pool, run, lambda said: said["step"] > step + 20)


def test_speed_and_slow_motion(pool: Pool, run: str) -> None:
    do(pool, run, commands.Speed(per_second=10.0))
    wait_for(lambda: rate_of(pool, run, most=16), lambda rate: rate >= 4)
    do(pool, run, commands.Speed(per_second=20.0, halves=True))
    seen = {
        wait_for(lambda: info(pool, run)["phase"], lambda phase, want=want: phase == want)
        for want in ("d", "g")
    }
    assert seen == {"d", "g"}


def test_restart_with_the_same_seed_shows_the_same_run(pool: Pool, run: str) -> None:
    do(pool, run, commands.Pause())
    shown = []
    for seed in (7, None, 8):
        do(pool, run, commands.Restart(seed=seed))
        do(pool, run, commands.Step(what="both"))
        tensors, said = frame(pool, run, "fake")
        assert said["step"] == 1
        shown.append(tensors["fake"])
    np.testing.assert_array_equal(shown[0], shown[1])
    assert not np.array_equal(shown[0], shown[2])
    assert pool.describe(run).spec.seed == 8


def test_set_and_update(pool: Pool, run: str) -> None:
    do(pool, run, commands.Set(values={"lr_d": 0.01}))
    assert pool.describe(run).spec.lr_d == 0.01
    assert pool.update(run, pool.describe(run).spec.changed(lr_g=0.02))
    wait_for(lambda: pool.describe(run).spec.lr_g, lambda rate: rate == 0.02)
    assert not pool.update(run, pool.describe(run).spec.changed(batch=64))  # that takes a new run
    with pytest.raises(Refused, match="lr_d") as caught:
        do(pool, run, commands.Set(values={"lr_d": 11.0}))
    assert caught.value.code == "invalid"
    assert info(pool, run)["state"] == "running"


def test_control_acts_at_once_at_full_speed(pool: Pool, run: str) -> None:
    """Before the worker has worked for long: that is its processor time, as others may have the machine meanwhile."""
    step, times = 50, []
    for _ in range(20):
        run_until(pool, run, lambda said, step=step: said["step"] > step)
        began = processor_time(pool.pids[0])
        step = do(pool, run, commands.Pause())["step"]
        times.append(processor_time(pool.pids[0]) - began)
        do(pool, run, commands.Play())
    assert np.percentile(times, 50) < 0.15  # p95 is measured in benchmarks/, where nothing else runs


def test_runs_share_a_worker(pool: Pool) -> None:
    runs = [pool.start(SMALL.changed(seed=k), "tests").run for k in range(5)]
    for name in runs:
        run_until(pool, name, lambda said: said["step"] > 20)
    wait_for(lambda: steps_of(pool, runs, 2.0), lambda steps: min(steps) >= 0.6 * max(steps) > 0)
    for name in runs:
        do(pool, name, commands.Stop())


def test_stop_is_final_and_says_so(pool: Pool) -> None:
    name = pool.start(SMALL, "tests").run
    run_until(pool, name, lambda said: said["step"] > 5)
    step = do(pool, name, commands.Stop())["step"]
    wait_for(lambda: pool.describe(name).ended, bool)
    assert pool.describe(name).reason == "stopped"
    tensors, said = frame(pool, name, "fake", "history")
    assert tensors == {}
    assert (said["state"], said["step"], said["history_from"], said["dim"]) == ("stopped", step, 0, 2)
    with pytest.raises(Refused, match="ended"):
        do(pool, name, commands.Play())
    with pytest.raises(UnknownRun):
        pool.update(name, SMALL)


def test_unknown_runs(pool: Pool) -> None:
    for ask in (
        lambda: do(pool, "nobody", commands.Play()),
        lambda: pool.describe("nobody"),
        lambda: pool.right("nobody", "x"),
    ):
        with pytest.raises(UnknownRun, match="no run 'nobody'"):
            ask()


def test_tokens_give_rights_and_nothing_else_does(pool: Pool) -> None:
    one, two = pool.start(SMALL, "tests"), pool.start(SMALL, "tests")
    assert pool.right(one.run, one.control_token) == "control"
    assert pool.right(one.run, one.view_token) == "view"
    assert pool.right(one.run, one.viewer().token) == "view"
    for token in ("", "x", two.control_token, two.view_token, one.run, one.control_token[:-1], "é"):
        assert pool.right(one.run, token) is None
    assert len({one.run, two.run, one.view_token, one.control_token, two.view_token, two.control_token}) == 6
    assert min(map(len, (one.view_token, one.control_token))) >= 32
    assert one.control_token not in repr(one)
    for handle in (one, two):
        pool.stop(handle.run).result(PATIENCE)


def test_what_cannot_run_is_refused_and_the_worker_goes_on(pool: Pool, run: str) -> None:
    with pytest.raises(SpecError, match="live runs allow"):
        pool.start(GanSpec(g_hidden=(512,) * 6, d_hidden=(512,) * 6, batch=4096), "tests")
    import torch

    if not torch.cuda.is_available():
        name = pool.start(SMALL.changed(device="cuda"), "tests").run
        wait_for(lambda: pool.describe(name).ended, bool)
        assert pool.describe(name).reason == "invalid"
    assert info(pool, run)["state"] == "running"


def test_junk_in_the_pipe_is_answered_or_survived(pool: Pool, run: str) -> None:
    process = pool._slots[0].process
    assert process is not None
    for header in (
        {},
        {"op": "fly"},
        {"op": "start", "run": "x"},
        {"op": "frame", "run": run, "command": "{"},
        {"op": 3},
    ):
        with pytest.raises(Refused):
            process.request(header).result(PATIENCE)
    assert info(pool, run)["step"] >= 0
    assert process.pid == pool.pids[0]


def test_caps(make_pool: Callable[..., Pool]) -> None:
    pool = make_pool(max_runs_per_session=2, max_runs=3)
    first = pool.start(SMALL, "a")
    pool.start(SMALL, "a")
    with pytest.raises(Full, match="2 places") as caught:
        pool.start(SMALL, "a")
    assert (caught.value.limit, caught.value.scope) == (2, "session")
    pool.start(SMALL, "b")
    with pytest.raises(Full) as caught:
        pool.start(SMALL, "b")
    assert (caught.value.limit, caught.value.scope) == (3, "all")
    pool.stop(first.run).result(PATIENCE)
    wait_for(lambda: pool.runs, lambda runs: runs == 2)
    pool.start(SMALL, "a")


def test_leases_and_sessions_end_runs(make_pool: Callable[..., Pool]) -> None:
    pool = make_pool(settings=Settings(unwatched_after=0.3, lease=3.0, grace=0.2))
    watched, unwatched, left = (pool.start(SMALL, session) for session in ("a", "a", "b"))
    wait_for(lambda: pool.ready, bool)
    assert info(pool, unwatched.run)["state"] == "running"
    os.kill(pool.pids[0], signal.SIGSTOP)  # who waited for its answer would wait until it is replaced
    began = time.monotonic()
    pool.abandon("b")
    assert time.monotonic() - began < pool.patience / 2
    os.kill(pool.pids[0], signal.SIGCONT)
    for name in (left.run, unwatched.run):
        reasons = partial(watch_and_tell, pool, watched.run, name)
        wait_for(reasons, lambda reason: reason == "unwatched")
    assert not pool.describe(watched.run).ended
    assert pool.runs == 1


def test_a_killed_worker_comes_back_with_its_runs(make_pool: Callable[..., Pool]) -> None:
    pool = make_pool()
    moving, paused = (pool.start(SMALL.changed(seed=k), "a").run for k in (1, 2))
    do(pool, paused, commands.Step(what="both"))
    do(pool, moving, commands.Speed(per_second=500.0))
    folder = Path(pool._folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = [folder / f"{name}.checkpoint" for name in (moving, paused)]
    wait_for(lambda: all(file.exists() for file in files), bool)
    saved = info(pool, moving)["step"]
    written = files[0].stat().st_mtime_ns
    wait_for(lambda: info(pool, moving) and files[0].stat().st_mtime_ns, lambda at: at > written)
    pid = pool.pids[0]
    pool.request(moving, commands.Pause())
    pool.request(moving, commands.Play())
    os.kill(pid, signal.SIGSTOP)  # so that the next request is surely under way
    lost = pool.request(moving, commands.Pause())
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(WorkerLost):
        lost.result(PATIENCE)
    said = info(pool, moving)
    assert (said["notice"], said["state"]) == ("worker_restarted", "running")
    assert said["step"] >= saved
    assert info(pool, paused)["step"] == 1
    assert info(pool, paused)["state"] == "paused"
    assert pool.pids[0] != pid
    rate = run_until(pool, moving, lambda now: now["step"] > said["step"] + 50)
    assert rate["seed"] == 1


def test_a_hung_worker_is_replaced(make_pool: Callable[..., Pool]) -> None:
    pool = make_pool(patience=PATIENCE)
    name = pool.start(SMALL, "a").run
    run_until(pool, name, lambda said: said["step"] > 5)
    pid = pool.pids[0]
    os.kill(pid, signal.SIGSTOP)
    pool.patience = 1.0  # not before: a busy machine may hold up one that is well for as long
    wait_for(lambda: pool.pids, lambda pids: pids not in ([], [pid]))
    pool.patience = PATIENCE
    assert info(pool, name)["notice"] == "worker_restarted"


def test_a_run_that_ends_its_workers_is_dropped_and_the_others_stay(make_pool: Callable[..., Pool]) -> None:
    pool = make_pool()
    good, bad = (pool.start(SMALL, "a").run for _ in range(2))
    run_until(pool, good, lambda said: said["step"] > 5)
    for _ in range(2):
        process = pool._slots[0].process
        assert process is not None
        wait_for(lambda process=process: process.ready, bool)
        info(pool, good)
        os.kill(process.pid, signal.SIGSTOP)
        (Path(pool._folder) / f"{process.pid}.current").write_bytes(f"restore {bad}".encode())
        process.kill()
        wait_for(lambda process=process: pool._slots[0].process not in (None, process), bool)
    assert pool.describe(bad).reason == "failed"
    assert frame(pool, bad)[1]["state"] == "stopped"
    assert info(pool, good)["state"] == "running"


def test_close_ends_workers_and_removes_checkpoints(make_pool: Callable[..., Pool]) -> None:
    pool = make_pool(2)
    handles = [pool.start(SMALL, "a") for _ in range(2)]
    assert {pool.describe(handle.run).worker for handle in handles} == {0, 1}  # the least loaded
    for handle in handles:
        run_until(pool, handle.run, lambda said: said["step"] > 0)
    pids, folder = pool.pids, pool._folder
    pool.close()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert not Path(folder).exists()
    with pytest.raises(LiveError, match="shutting down"):
        pool.start(SMALL, "a")
    assert isinstance(pool.request(handles[0].run, commands.Play()), Future)


def test_a_worker_ends_with_its_parent(tmp_path: Path) -> None:
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    command = [sys.executable, "-m", "ganlab.live.worker", Settings(folder=str(folder)).dumps()]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        assert wire.read(worker.stdout) == ({"event": "ready"}, b"")
        spec = SMALL.model_dump(mode="json")
        worker.stdin.write(wire.pack({"id": 1, "op": "start", "run": "r", "kind": "gan", "spec": spec}))
        worker.stdin.write(wire.pack({"id": 2, "op": "frame", "run": "r", "command": '{"type": "frame"}'}))
        worker.stdin.flush()
        assert wire.read(worker.stdout) == ({"id": 1}, b"")
        header, payload = wire.read(worker.stdout) or ({}, b"")
        assert header == {"id": 2}
        assert decode(payload)[1]["run"] == "r"
        worker.stdin.close()
        assert worker.wait(PATIENCE) == 0
    assert folder.exists()  # its parent lives, and sees to it


def test_the_compiled_step_takes_over_when_it_is_ready(pool: Pool, pinned: str) -> None:
    said = wait_for(lambda: info(pool, pinned), lambda said: said["step"] > 0, seconds=150)
    assert (said["backend"], said["compiling"], said["state"]) == ("compiled", False, "running")
    auto = pool.start(PINNED.changed(backend="auto", seed=5), "tests").run
    assert info(pool, auto)["backend"] == "compiled"  # from the cache, at once
    do(pool, auto, commands.Stop())
