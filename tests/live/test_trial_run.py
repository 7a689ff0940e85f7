"""Trials as live runs: rows as they come, pause and moments, compiled steps, checkpoints, finished maps on disk."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ganlab.gan import compiled
from ganlab.gan.step import UPDATES, updates_of
from ganlab.gan.structure import Structure
from ganlab.live import checkpoints, commands
from ganlab.live.compiling import Compiling, Job
from ganlab.live.cost import check_affordable
from ganlab.live.errors import WorkerLost
from ganlab.live.frames import decode
from ganlab.live.host import Host
from ganlab.live.pool import Pool
from ganlab.live.run import Run
from ganlab.live.settings import Settings
from ganlab.live.trial_run import SweepRun
from ganlab.specs import SpecError
from ganlab.trials import METRICS, Trial
from ganlab.trials.record import COLUMNS, POINTS
from ganlab.trials.spec import SweepSpec
from tests.live.support import SMALL, Clock, frame, run_until

BASE = "data=ring(8)&g_hidden=8&d_hidden=8&batch=16&backend=eager&seed=3"
SPEC = SweepSpec(
    base=BASE, x="lr_d=0.001:0.1:3:log", y="pack=1,2,3", steps=40, moments=5
)  # 16 samples, no threes
LAYERS = ("history", "points")
Make = Callable[..., SweepRun]


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GANLAB_DATA", str(tmp_path / "data"))
    return tmp_path / "data" / "trials"


@pytest.fixture
def make() -> Make:
    clock = Clock()
    return lambda **fields: SweepRun("r", SPEC.changed(**fields), Compiling(), clock=clock)


def look(run: SweepRun, since: int = 0, viewer: str = "v") -> tuple[dict[str, Any], dict[str, Any]]:
    return decode(run.frame(LAYERS, since, viewer))


def finished(run: SweepRun) -> SweepRun:
    while run.wait(run.clock()) is not None:
        run.work(0.01)
    return run


def trial() -> Trial:
    """The same, without a run."""
    found = Trial([c.spec for c in SPEC.cells if c.spec], SPEC.chosen_seeds, SPEC.steps, SPEC.moments)
    for _ in found:
        pass
    return found


# ---------------------------------------------------------------- what viewers get


def test_rows_make_the_map(make: Make) -> None:
    run = make()
    held, points = np.empty((0, len(COLUMNS)), np.float32), np.empty((0, POINTS, 2), np.uint8)
    while run.state == "running":
        run.work(0.0)
        tensors, info = look(run, len(held))
        assert info["history_from"] == len(held)
        held = np.concatenate([held, tensors["history"]])
        points = np.concatenate([points, tensors["points"]])
        assert len(held) == len(points) == info["count"]
    assert info["history_columns"] == list(COLUMNS)
    assert info["state"] == "finished"
    assert len(held) == info["total"] == 5 * 6 * 2
    cells = held[:, 1].astype(int)
    assert set(cells) == {0, 1, 2, 3, 4, 5}, "the third row cannot be trained"
    record = trial().record
    for row, drawn in zip(held, points, strict=True):
        moment, cell, seed = row[:3].astype(int)
        np.testing.assert_array_equal(row[3:], record.readings[moment, cell, seed])
        np.testing.assert_array_equal(drawn, record.points[moment, cell, seed])


def test_cells_are_called_by_their_place_on_the_map(make: Make) -> None:
    run = finished(make(y="pack=3,1"))
    rows = look(run)[0]["history"]
    assert set(rows[:, 1].astype(int)) == {3, 4, 5}


def test_the_info_is_what_the_contract_says(make: Make) -> None:
    run = make()
    run.work(0.0)
    info = look(run)[1]
    assert info["kind"] == "sweep"
    assert info["schedule"] == [2, 6, 14, 26, 40]
    assert (info["steps"], info["seeds"], info["seed"]) == (40, [3, 4], 3)
    assert (info["state"], info["backend"], info["compiling"]) == ("running", "eager", False)
    assert 0 < info["done"] < 1
    assert info["perfect"]["modes"] == pytest.approx(8, abs=1e-6)
    assert np.shape(info["frame"]) == (2, 2)
    assert info["diverged"] == 0
    assert len(METRICS) == len(COLUMNS) - 3


def test_the_rate_counts_single_gans(make: Make) -> None:
    run = make(steps=4000)
    for _ in range(30):
        run.work(0.003)
        run.clock.now += 0.1  # type: ignore[attr-defined]
    info = look(run)[1]
    assert run.trial is not None
    assert info["rate"] == pytest.approx(run.trial.done / 2.9, rel=0.2)
    assert info["left"] == pytest.approx((run.trial.total - run.trial.done) / info["rate"], rel=1e-6)


def test_many_rows_come_in_parts(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ganlab.live.trial_run.ROWS_AT_ONCE", 25)
    run, held, frames = finished(make()), 0, 0
    while held < 60:
        tensors, info = look(run, held)
        assert (info["history_from"], info["total"]) == (held, 60)
        assert len(tensors["history"]) == len(tensors["points"]) <= 25
        held, frames = held + len(tensors["history"]), frames + 1
    assert frames == 3


def test_points_alone_are_none(make: Make) -> None:
    run = finished(make())
    tensors = decode(run.frame(["points"], 0, "v"))[0]
    assert tensors["points"].shape == (0, POINTS, 2)


# ---------------------------------------------------------------- control


def test_it_holds_still_and_goes_on(make: Make) -> None:
    run = make()
    run.work(0.0)
    run.command(commands.Pause())
    assert run.wait(0.0) is None
    assert run.trial is not None
    done = run.trial.done
    run.command(commands.Step(what="both"))
    assert (run.state, run.wait(0.0)) == ("paused", 0.0)
    while run.wait(0.0) is not None:
        run.work(0.0)
    assert run.readings.moments == 1
    assert run.trial.done > done
    run.command(commands.Play())
    assert finished(run).state == "finished"


def test_slices_are_short_and_a_hidden_tab_does_not_stop_it(make: Make) -> None:
    run = make(steps=5000)
    run.work(0.01)
    taken = sorted(run.work(0.004) for _ in range(20))
    assert taken[10] < 0.03
    run.sleep()
    assert run.wait(0.0) == 0.0


def test_again_means_train_again(make: Make) -> None:
    run = make()
    assert run.state == "running"
    finished(run)
    again = make()
    assert again.state == "finished", "it was kept"
    again.command(commands.Restart())
    assert (again.state, again.readings.count) == ("running", 0)
    finished(again)
    np.testing.assert_array_equal(again.readings.readings, run.readings.readings)


def test_viewers_of_one_that_began_again_begin_anew(make: Make) -> None:
    run = finished(make())
    look(run)
    run.command(commands.Restart())
    run.work(0.0)
    tensors, info = look(run, 60)
    assert (info["history_from"], len(tensors["history"]), len(tensors["points"])) == (0, 0, 0)
    run.work(0.1)
    assert len(look(run, 0)[0]["history"]) > 0


@pytest.mark.parametrize(
    "command", [commands.Speed(per_second=3.0), commands.Restart(seed=1), commands.Step(what="d")]
)
def test_what_it_does_not_have_is_refused(make: Make, command: commands.Command) -> None:
    with pytest.raises(commands.CommandError):
        make().command(command)


# ---------------------------------------------------------------- kept on disk


def test_a_finished_map_is_shown_at_once(make: Make, own_folder: Path) -> None:
    run = finished(make())
    assert len(list(own_folder.glob("*.safetensors"))) == 1
    assert run.trial is None, "its networks are not needed any more"
    other = make()
    assert other.wait(0.0) is None
    tensors, info = look(other)
    assert (info["state"], info["done"]) == ("finished", 1.0)
    np.testing.assert_array_equal(tensors["history"], look(run)[0]["history"])
    assert make(steps=41).readings.count == 0


def test_a_full_disk_is_no_end(
    make: Make, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("ganlab.trials.store.put", full)
    run = finished(make())
    assert (run.state, len(look(run)[0]["history"])) == ("finished", 60)
    assert "no space left" in capsys.readouterr().err


# ---------------------------------------------------------------- compiled steps


def test_compiled_steps_are_taken_when_they_are_ready(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ganlab.live.trial_run.WORTH_COMPILING", 0.0)
    monkeypatch.setattr(compiled, "load", lambda *_: None)
    jobs: list[Job] = []

    def request(self: Compiling, *library: Any) -> Job:
        jobs.append(Job(*library, waiters=1))
        return jobs[-1]

    monkeypatch.setattr(Compiling, "request", request)
    run = make(base=BASE.replace("eager", "auto"), y="", seeds=1)
    run.work(0.0)
    assert look(run)[1]["compiling"]
    assert [(job.members, job.device, job.threads) for job in jobs] == [(3, "cpu", 1)]

    def load(structure: Structure, *_: object) -> dict[str, Any]:
        return {name: partial(UPDATES[name], structure) for name in updates_of(structure)}

    monkeypatch.setattr(compiled, "load", load)
    run.poll()
    assert look(run)[1]["backend"] == "eager"
    jobs[0].outcome = "ready"
    run.poll()
    info = look(finished(run))[1]
    assert (info["backend"], info["compiling"], jobs[0].waiters) == ("compiled", False, 0)


def test_one_that_insists_waits_for_its_compiled_step(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "load", lambda *_: None)
    monkeypatch.setattr(Compiling, "request", lambda self, *library: Job(*library, waiters=1))
    run = make(base=BASE.replace("eager", "compiled"), y="")
    assert run.held
    assert run.wait(0.0) is None
    (job,) = run._jobs.values()
    job.outcome = "failed"
    run.poll()
    assert run.wait(0.0) == 0.0
    assert look(run)[1]["notice"] == "compile_failed"


def test_what_is_not_worth_it_is_not_compiled(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GANLAB_CACHE", str(tmp_path))
    run = make(base=BASE.replace("eager", "auto"))
    assert not look(run)[1]["compiling"]


# ---------------------------------------------------------------- checkpoints


@pytest.mark.parametrize("slices", [0, 3, 1000])
def test_a_checkpoint_goes_on_bit_for_bit(make: Make, tmp_path: Path, slices: int) -> None:
    run = make()
    for _ in range(slices):
        if run.state == "running":
            run.work(0.0)
    before = checkpoints.stamp(run)
    checkpoints.save(str(tmp_path), run)
    again = checkpoints.restore(str(tmp_path), "r", SPEC, Compiling(), run.clock)
    assert isinstance(again, SweepRun)
    assert checkpoints.stamp(again) == before
    np.testing.assert_array_equal(finished(again).readings.readings, trial().readings)


def test_a_killed_worker_loses_nothing_but_seconds(
    make_pool: Callable[..., Pool], monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = make_pool(1, settings=Settings(checkpoint_every=0.2))
    run = pool.start(SPEC.changed(steps=600, moments=40), "s").run
    before = run_until(pool, run, lambda info: info["moments"] >= 12)
    frame(pool, run, *LAYERS)
    (pid,) = pool.pids
    time.sleep(0.4)
    os.kill(pid, signal.SIGKILL)
    with suppress(WorkerLost):
        frame(pool, run)
    after = run_until(pool, run, lambda info: info.get("notice") == "worker_restarted")
    assert after["moments"] >= before["moments"]
    done = run_until(pool, run, lambda info: info["state"] == "finished")
    assert done["count"] == done["total"]


# ---------------------------------------------------------------- beside others, and what is too much


def test_neighbours_have_their_share(tmp_path: Path) -> None:
    host = Host(Settings(folder=str(tmp_path)), lambda event: None)
    host.start("map", SPEC.changed(steps=50_000))
    host.start("gan", SMALL)
    for _ in range(200):
        host.turn()
    used = {name: seat.used for name, seat in host._seats.items()}
    assert 0.5 < used["map"] / used["gan"] < 2.0
    assert host.step("gan", 0) > 20
    host.close()


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("x", {"base": "batch=4096&g_hidden=512,512,512&d_hidden=512,512,512", "x": "d_steps=1,20"}),
        (
            "steps",
            {"base": "batch=1024", "x": "lr_d=0.1:1:16", "y": "lr_g=0.1:1:16", "seeds": 4, "steps": 100_000},
        ),
    ],
)
def test_maps_that_would_take_for_ever_are_refused(field: str, change: dict[str, Any]) -> None:
    with pytest.raises(SpecError) as error:
        check_affordable(SweepSpec.make(change))
    assert error.value.problems[0][0] == field


def test_a_gan_of_a_map_is_replayed_bit_for_bit(make: Make) -> None:
    """What the page opens on a click is what the map has read."""
    run = make(x="lr_d=0.001:0.1:3:log", y="lr_g=0.001:0.1:3:log", steps=300, moments=6)
    while run.readings.moments < 4:
        run.work(0.0)
    assert run.trial is not None
    chunk = next(chunk for chunk in run.trial.chunks if chunk.step == run.trial.schedule[3])
    for place in (0, len(chunk.members) - 1):
        cell, seed = chunk.members[place]
        spec = run.trial.cells[cell].changed(seed=run.trial.seeds[seed])
        gan = Run("g", spec, Compiling())
        gan.command(commands.Replay(step=chunk.step, members=chunk.training.members, backend="eager"))
        while gan.wait(gan.clock()) is not None:
            gan.work(0.01)
        assert gan.step == chunk.step
        assert torch.equal(gan.training.state.g.theta[0], chunk.training.state.g.theta[place])
        modes = run.readings.readings[3, cell, seed, METRICS.index("modes")]
        assert gan.measuring.metrics is not None
        assert gan.measuring.metrics.modes == modes, "and so do its samples"
