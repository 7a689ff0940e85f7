"""Runs that go to a step: exactly the GAN that was there, whoever trained it in how many at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from ganlab.gan.spec import GanSpec
from ganlab.gan.training import Training
from ganlab.live import checkpoints, commands
from ganlab.live.compiling import Compiling
from ganlab.live.fit_run import FitRun
from ganlab.live.frames import decode
from ganlab.live.run import Run
from tests.live.support import FIT, SMALL, Clock

Make = Callable[..., Run]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make(clock: Clock) -> Make:
    return lambda **fields: Run("r", SMALL.changed(**fields), Compiling(), clock=clock)


def info(run: Run) -> dict[str, Any]:
    return decode(run.frame())[1]


def arrived(run: Run) -> Run:
    """Works until it holds still, in small slices."""
    while run.wait(run.clock()) is not None:
        run.work(0.005)
    return run


def replayed(run: Run, step: int, **options: Any) -> Run:
    run.command(commands.Replay(step=step, **options))
    return arrived(run)


@pytest.mark.parametrize("members", [1, 5])
def test_it_is_the_gan_of_a_step_of_as_many(make: Make, members: int) -> None:
    run = replayed(make(seed=3), 120, members=members)
    assert (run.state, run.step) == ("paused", 120)
    ensemble = Training(SMALL, [1, 3, 2, 4, 5][:members] if members > 1 else [3])
    ensemble.advance(120)
    place = 1 if members > 1 else 0
    for network in "dg":
        ours, theirs = getattr(run.training.state, network), getattr(ensemble.state, network)
        assert torch.equal(ours.theta[0], theirs.theta[place])
        assert torch.equal(ours.m[0], theirs.m[place])


def test_from_there_it_goes_on_as_ever(make: Make) -> None:
    run, alone = replayed(make(), 40), Training(SMALL)
    run.command(commands.Step(what="both"))
    alone.advance(41)
    assert torch.equal(run.training.state.g.theta, alone.state.g.theta)
    run.command(commands.Play())
    run.work(0.01)
    assert run.step > 41


def test_it_says_where_it_is_going_and_measures_there(make: Make) -> None:
    run = make()
    run.command(commands.Replay(step=5000))
    run.work(0.001)
    said = info(run)
    assert (said["state"], said["until"]) == ("running", 5000)
    assert 0 < said["step"] < 5000
    run.command(commands.Replay(step=30))
    said = info(arrived(run))
    assert (said["state"], said["until"], said["step"]) == ("paused", None, 30)
    assert said["metrics"]["modes_total"] == 8
    assert run.history.rows[-1][0] == 30


def test_it_keeps_no_pace_on_the_way(make: Make) -> None:
    run = make()
    run.command(commands.Speed(per_second=1.0))
    assert replayed(run, 200).step == 200


def test_viewers_begin_anew(make: Make) -> None:
    run = make()
    run.work(0.02)
    run.command(commands.Pause())
    rows = decode(run.frame(["history"], 0, "v"))[1]["history_from"]
    assert rows == 0
    replayed(run, 10)
    tensors, said = decode(run.frame(["history"], 3, "v"))
    assert said["history_from"] == 0
    assert len(tensors["history"]) == 0


@pytest.mark.parametrize(
    "command",
    [
        commands.Play(),
        commands.Pause(),
        commands.Step(what="d"),
        commands.Set(values={"lr_d": 0.01}),
        commands.Restart(),
    ],
)
def test_anything_else_that_is_done_ends_the_way(make: Make, command: commands.Command) -> None:
    run = make()
    run.command(commands.Replay(step=100_000))
    run.work(0.001)
    run.command(command)
    assert info(run)["until"] is None


def test_numbers_that_leave_every_scale_end_it_at_the_last_that_did_not(make: Make) -> None:
    wild = {"optimiser_d": "sgd", "optimiser_g": "sgd", "lr_d": 10.0, "lr_g": 10.0}
    run = replayed(make(**wild), 5000, members=2)
    assert run.state == "diverged"
    assert run.training.finite().all()
    assert 0 < run.step < 5000


def test_step_0_is_the_beginning(make: Make) -> None:
    run = make()
    run.work(0.01)
    assert (replayed(run, 0).step, run.state) == (0, "paused")


def test_a_lost_worker_goes_there_again(make: Make, clock: Clock, tmp_path: Any) -> None:
    run = make()
    run.command(commands.Replay(step=60, members=2))
    run.work(0.0)
    checkpoints.save(str(tmp_path), run)
    again = checkpoints.restore(str(tmp_path), "r", SMALL, Compiling(), clock)
    assert isinstance(again, Run)
    assert arrived(again).step == 60
    assert torch.equal(again.training.state.g.theta, arrived(run).training.state.g.theta)


def test_it_does_not_wait_for_a_compile_that_the_spec_insists_on(make: Make) -> None:
    compiling = Compiling()
    run = Run("r", SMALL.changed(backend="compiled", g_hidden=(7,)), compiling)
    try:
        if run.held:  # else there is no compiler, or it was compiled before
            assert replayed(run, 20, backend="eager").step == 20
    finally:
        run.let_go()
        compiling.close()


def test_what_cannot_be_is_refused(make: Make, clock: Clock) -> None:
    with pytest.raises(commands.CommandError, match="too many"):
        make(g_hidden=(512,) * 4, d_hidden=(512,) * 4, batch=512).command(commands.Replay(step=1, members=64))
    with pytest.raises(commands.CommandError, match="replay"):
        FitRun("f", FIT, Compiling(), clock=clock).command(commands.Replay(step=1))
    for text in (
        '{"type":"replay"}',
        '{"type":"replay","step":-1}',
        '{"type":"replay","step":1,"members":0}',
    ):
        with pytest.raises(commands.CommandError):
            commands.parse(text)


def test_a_pack_stays_one(make: Make) -> None:
    spec = GanSpec(
        g_hidden=(8,),
        d_hidden=(8,),
        batch=32,
        pack=2,
        ema=0.9,
        optimiser_g="optimistic_adam",
        backend="eager",
    )
    run = Run("r", spec, Compiling())
    ensemble = Training(spec, [7, 0])
    ensemble.advance(25)
    assert torch.equal(replayed(run, 25, members=2).training.state.g.extra[0], ensemble.state.g.extra[1])
