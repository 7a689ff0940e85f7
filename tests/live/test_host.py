"""Many runs in one process: fair turns, sleep, leases and checkpoints, on a clock of our own."""

from __future__ import annotations

import gc
import time
from pathlib import Path
from typing import Any

import pytest

from ganlab.live import commands
from ganlab.live.frames import decode
from ganlab.live.host import Host, UnknownRun
from ganlab.live.settings import Settings
from ganlab.live.worker import warm_up
from ganlab.specs import SpecError
from tests.live.support import SMALL, Clock


class Stage:
    """A host whose time passes as fast as it works, plus what we add.

    That is processor time: what other processes take from us is nobody's fault.
    """

    def __init__(self, folder: Path, **settings: float) -> None:
        self.events: list[dict[str, Any]] = []
        self.added = 0.0
        self.host = Host(Settings(folder=str(folder), **settings), self.events.append, self.clock)

    def clock(self) -> float:
        return time.thread_time() + self.added

    def work(self, seconds: float) -> None:
        gc.disable()  # a collection, long with a thousand tests behind, would be counted as one run's step
        try:
            until = self.clock() + seconds
            while self.clock() < until:
                self.host.turn()
        finally:
            gc.enable()

    def pass_time(self, seconds: float) -> None:
        self.added += seconds
        self.host.chores()

    def info(self, name: str) -> dict[str, Any]:
        return decode(self.host.frame(name, commands.Frame()))[1]


@pytest.fixture(scope="module", autouse=True)
def warm() -> None:
    """As a worker does: otherwise the first run of the process is charged for torch's start."""
    warm_up()


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def test_equal_runs_make_equal_progress(stage: Stage) -> None:
    names = [f"run{k}" for k in range(10)]
    for name in names:
        stage.host.start(name, SMALL)
    stage.work(0.5)
    first = [stage.info(name)["step"] for name in names]
    stage.work(2.0)
    steps = [stage.info(name)["step"] - before for name, before in zip(names, first, strict=True)]
    assert min(steps) / max(steps) >= 0.6


def test_time_is_shared_whatever_a_step_costs(stage: Stage) -> None:
    stage.host.start("small", SMALL)
    stage.host.start("large", SMALL.changed(g_hidden=(128, 128), d_hidden=(128, 128), batch=512))
    stage.work(1.5)
    used = [seat.used for seat in stage.host._seats.values()]
    assert min(used) / max(used) >= 0.6
    assert stage.info("small")["step"] > 3 * stage.info("large")["step"]


def test_who_was_away_does_not_catch_up(stage: Stage) -> None:
    for name in ("a", "b"):
        stage.host.start(name, SMALL)
    stage.host.command("b", commands.Pause())
    stage.work(0.6)
    stage.host.command("b", commands.Play())
    before = stage.info("a")["step"]
    stage.work(0.3)
    assert stage.info("a")["step"] > before  # b does not have the machine to itself


def test_a_slow_run_costs_the_others_nothing(stage: Stage) -> None:
    for name in ("slow", "fast"):
        stage.host.start(name, SMALL)
    stage.host.command("slow", commands.Speed(per_second=10.0))
    stage.work(1.0)
    assert 8 <= stage.info("slow")["step"] <= 12
    assert stage.info("fast")["step"] > 100


def test_single_steps_take_their_turns(stage: Stage) -> None:
    stage.host.start("heavy", SMALL.changed(g_hidden=(128, 128), d_hidden=(128, 128), batch=1024))
    stage.host.start("other", SMALL)
    stage.work(0.3)
    stage.host.command("heavy", commands.Pause())
    before = stage.info("heavy")["step"]
    for _ in range(50):  # asked for faster than they can be done: one waits at a time
        stage.host.command("heavy", commands.Step(what="both"))
    assert stage.info("heavy")["step"] == before
    assert stage.host.stepping("heavy")
    assert stage.host.idle() == 0.0
    until = stage.clock() + 10
    while stage.host.stepping("heavy") and stage.clock() < until:
        stage.host.turn()
    assert stage.info("heavy")["step"] == before + 1
    used = {name: seat.used for name, seat in stage.host._seats.items()}
    until = stage.clock() + 1.0
    while stage.clock() < until:  # always one more
        stage.host.command("heavy", commands.Step(what="both"))
        stage.host.turn()
    shares = {name: seat.used - used[name] for name, seat in stage.host._seats.items()}
    assert shares["other"] >= 0.4 * shares["heavy"]


def test_a_step_that_waits_is_forgotten_by_who_plays_on(stage: Stage) -> None:
    stage.host.start("a", SMALL)
    for command in (commands.Step(what="d"), commands.Play()):
        stage.host.command("a", command)
    stage.work(0.05)
    assert stage.info("a")["state"] == "running"


def test_nothing_to_do_is_known(stage: Stage) -> None:
    assert stage.host.idle() is None
    stage.host.start("a", SMALL)
    assert stage.host.idle() == 0.0
    stage.host.command("a", commands.Pause())
    for seconds in (2.0, 0.1):  # the first to save it; then there are chores to come, and nothing else
        stage.pass_time(seconds)
    assert 0.0 < (stage.host.idle() or 0.0) <= 0.1


def test_unwatched_runs_sleep_and_wake(stage: Stage) -> None:
    stage.host.start("a", SMALL)
    stage.work(0.05)
    stage.info("a")
    stage.pass_time(5.5)
    step = stage.host._seats["a"].run.training.step
    stage.work(0.05)
    assert stage.host._seats["a"].run.training.step == step
    assert stage.info("a")["notice"] == "unwatched"
    stage.work(0.05)
    assert stage.host._seats["a"].run.training.step > step


def test_a_run_ends_after_its_lease(stage: Stage) -> None:
    stage.host.start("a", SMALL)
    stage.host.start("b", SMALL)
    stage.work(0.05)
    stage.pass_time(599)
    stage.info("b")
    stage.pass_time(2)
    (event,) = stage.events
    assert (event["event"], event["run"], event["reason"]) == ("ended", "a", "unwatched")
    assert event["info"]["state"] == "stopped"
    assert event["info"]["step"] > 0
    with pytest.raises(UnknownRun):
        stage.info("a")
    assert stage.info("b")["state"] == "running"


def test_an_abandoned_run_ends_soon_unless_watched(stage: Stage) -> None:
    for name in ("left", "watched"):
        stage.host.start(name, SMALL)
        stage.host.abandon(name)
    for _ in range(3):
        stage.pass_time(10)
        stage.info("watched")
    assert [event["run"] for event in stage.events] == ["left"]


def test_who_comes_back_has_the_whole_lease_again(stage: Stage) -> None:
    stage.host.start("a", SMALL)
    stage.host.abandon("a")
    stage.pass_time(10)
    stage.info("a")
    stage.pass_time(500)
    assert stage.events == []
    stage.pass_time(101)
    assert [event["reason"] for event in stage.events] == ["unwatched"]


def test_checkpoints_of_many_runs_are_fresh(tmp_path: Path) -> None:
    clock = Clock()
    host = Host(Settings(folder=str(tmp_path)), lambda _: None, clock)
    names = [f"run{k}" for k in range(40)]
    for name in names:
        host.start(name, SMALL)
    for _ in range(20):  # of the time between chores each
        for seat in host._seats.values():
            seat.run.advance(1)
        clock.now += 0.11
        host.chores()
    ages = [clock.now - (seat.save_at - host.settings.checkpoint_every) for seat in host._seats.values()]
    assert all((tmp_path / f"{name}.checkpoint").exists() for name in names)
    assert max(ages) <= 2.0


def test_checkpoints_follow_a_run_that_moves(stage: Stage, tmp_path: Path) -> None:
    stage.host.start("a", SMALL)
    stage.work(0.05)
    stage.pass_time(2)
    file = tmp_path / "a.checkpoint"
    first = file.read_bytes()
    stage.host.command("a", commands.Pause())
    stage.info("a")
    stage.pass_time(2)
    paused = file.read_bytes()
    assert paused != first
    written = file.stat().st_mtime_ns
    stage.info("a")
    stage.pass_time(2)
    assert file.stat().st_mtime_ns == written  # nothing moved: nothing is written
    stage.host.stop("a", "stopped")
    assert not file.exists()


def test_restored_runs_go_on(stage: Stage, tmp_path: Path) -> None:
    stage.host.start("a", SMALL.changed(seed=9))
    stage.work(0.05)
    stage.pass_time(2)
    other = Stage(tmp_path)
    other.host.restore("a", SMALL.changed(seed=9))
    info = other.info("a")
    assert (info["notice"], info["seed"]) == ("worker_restarted", 9)
    assert info["step"] > 0
    other.host.restore("new", SMALL)  # no checkpoint: from the beginning
    assert other.info("new")["step"] == 0


def test_a_full_disk_stops_nobody(stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stage.host.start("a", SMALL)
    (tmp_path / "a.new").mkdir()  # writing there fails
    stage.work(0.05)
    stage.pass_time(2)
    assert "no checkpoint" in capsys.readouterr().err
    assert stage.info("a")["state"] == "running"


def test_an_error_in_one_run_marks_that_run_only(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.host.start("bad", SMALL)
    stage.host.start("good", SMALL)

    def fail(*_: object) -> None:
        raise ZeroDivisionError("of ours")

    monkeypatch.setattr(stage.host._seats["bad"].run, "work", fail)
    stage.work(0.1)
    assert "ZeroDivisionError" in capsys.readouterr().err
    bad, good = stage.info("bad"), stage.info("good")
    assert (bad["state"], bad["notice"]) == ("paused", "internal_error")
    assert (good["state"], good["notice"]) == ("running", None)
    assert good["step"] > 0


def test_what_is_too_large_is_refused(stage: Stage) -> None:
    with pytest.raises(SpecError, match="live runs allow"):
        stage.host.start("a", SMALL.changed(g_hidden=(512,) * 6, batch=4096, g_steps=20))
    with pytest.raises(UnknownRun):
        stage.host.stop("a", "stopped")
