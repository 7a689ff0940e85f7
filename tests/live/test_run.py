"""One run without processes: its states, its pace, its notices and its course."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ganlab.gan import compiled
from ganlab.gan.spec import GanSpec
from ganlab.gan.training import Training
from ganlab.live import checkpoints, commands
from ganlab.live.base import NOTICE_FOR
from ganlab.live.compiling import Compiling
from ganlab.live.cost import check_affordable
from ganlab.live.frames import decode
from ganlab.live.history import COLUMNS
from ganlab.live.kinds import KINDS
from ganlab.live.layers import View
from ganlab.live.measuring import SHARE, Measuring
from ganlab.live.run import Run
from ganlab.specs import SpecError
from tests.live.support import SMALL, Clock

LAYERS = KINDS["gan"].layers


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make(clock: Clock) -> Callable[..., Run]:
    """`make(**fields) -> Run` on that clock."""
    return lambda **fields: Run("r", SMALL.changed(**fields), Compiling(), clock=clock)


def info(run: Run) -> dict[str, Any]:
    return decode(run.frame())[1]


def test_a_run_trains_as_the_training_does(make: Callable[..., Run], clock: Clock) -> None:
    run, alone = make(), Training(SMALL)
    while run.training.step < 100:
        run.work(0.001)
        clock.now += 0.01
        run.frame(LAYERS)
    alone.advance(run.training.step)
    np.testing.assert_array_equal(run.training.state.g.theta.numpy(), alone.state.g.theta.numpy())


def test_the_info_is_what_the_contract_says(make: Callable[..., Run]) -> None:
    run = make()
    run.work(0.01)
    said = info(run)
    assert said["run"] == "r"
    assert said["step"] == run.training.step > 0
    assert (said["state"], said["phase"], said["compiling"], said["notice"]) == ("running", None, False, None)
    assert (said["backend"], said["device"], said["seed"], said["dim"]) == ("eager", "cpu", 0, 2)
    assert np.shape(said["bounds"]) == (2, 2)
    assert said["history_columns"] == list(COLUMNS)
    wanted = {
        "modes",
        "modes_total",
        "high_quality",
        "high_quality_perfect",
        "reverse_kl",
        "reverse_kl_perfect",
    }
    assert {*wanted, "distance", "distance_name", "distance_floor"} <= said["metrics"].keys()
    assert said["diagnosis"] == "starting"


def test_layers_only_when_asked_for(make: Callable[..., Run]) -> None:
    run = make()
    run.work(0.01)
    assert decode(run.frame())[0] == {}
    assert decode(run.frame(["coverage"]))[0].keys() == {"share", "weights"}
    assert decode(run.frame(LAYERS))[0].keys() >= {"real", "fake", "field", "manifold", "arrows", "history"}


def test_speed_limit(make: Callable[..., Run], clock: Clock) -> None:
    run = make()
    run.command(commands.Speed(per_second=20.0))
    began = run.training.step
    for _ in range(1000):
        if run.wait(clock.now) == 0.0:
            run.work(0.004)
        clock.now += 0.005
    assert run.training.step - began == pytest.approx(100, abs=1)
    assert info(run)["rate"] == pytest.approx(20, rel=0.1)


def test_slow_motion_alternates(make: Callable[..., Run], clock: Clock) -> None:
    run = make()
    run.command(commands.Speed(per_second=2.0, halves=True))
    seen = []
    for _ in range(200):
        clock.now += 0.025
        if run.wait(clock.now) == 0.0:
            run.work(0.004)
            seen.append((run.phase, run.training.state.d_updates, run.training.state.g_updates))
    assert seen[:4] == [("d", 1, 0), ("g", 1, 1), ("d", 2, 1), ("g", 2, 2)]
    assert len(seen) == pytest.approx(20, abs=1)  # 5 s, 2 iterations a second, 2 halves each
    run.command(commands.Speed(per_second=None))
    run.work(0.001)
    assert run.phase is None


def test_slow_motion_keeps_the_steps_of_d(make: Callable[..., Run], clock: Clock) -> None:
    run = make(d_steps=3)
    run.command(commands.Speed(per_second=1.0, halves=True))
    phases = []
    for _ in range(8):
        clock.now += 10
        run.work(0.004)
        phases.append(run.phase)
    assert phases == ["d", "d", "d", "g"] * 2


@pytest.mark.parametrize(("d_steps", "g_steps"), [(1, 2), (2, 3), (2, 0), (0, 2)])
def test_an_iteration_in_slow_motion_counts_once(
    make: Callable[..., Run], clock: Clock, d_steps: int, g_steps: int
) -> None:
    run, alone = (
        make(d_steps=d_steps, g_steps=g_steps),
        Training(SMALL.changed(d_steps=d_steps, g_steps=g_steps)),
    )
    run.command(commands.Speed(per_second=1.0, halves=True))
    steps = []
    for _ in range(2 * (d_steps + g_steps)):
        clock.now += 10
        run.work(0.004)
        steps.append(run.training.step)
    each = d_steps + g_steps
    assert steps == [*[0] * (each - 1), *[1] * each, 2]
    alone.advance(2)
    assert run.training.state[:3] == alone.state[:3]
    np.testing.assert_array_equal(run.training.state.g.theta.numpy(), alone.state.g.theta.numpy())


def test_without_steps_slow_motion_does_nothing(make: Callable[..., Run], clock: Clock) -> None:
    run = make(d_steps=0, g_steps=0)
    before = run.training.state
    run.command(commands.Speed(per_second=1.0, halves=True))
    for _ in range(4):
        clock.now += 10
        assert run.wait(clock.now) == 0.0
        run.work(0.004)
    assert run.training.state is before
    assert (run.wait(clock.now) or 0) > 0  # and it takes no time either


@pytest.mark.parametrize(("what", "counts"), [("d", (1, 0, 0)), ("g", (0, 1, 1)), ("both", (1, 1, 1))])
def test_single_steps_pause(make: Callable[..., Run], what: Any, counts: tuple[int, int, int]) -> None:
    run = make()
    run.command(commands.Step(what=what))
    state = run.training.state
    assert (state.d_updates, state.g_updates, state.step) == counts
    assert run.state == "paused"
    assert run.wait(run.clock()) is None
    run.command(commands.Play())
    assert run.wait(run.clock()) == 0.0


def test_the_history_has_every_slow_step(make: Callable[..., Run]) -> None:
    run = make()
    for _ in range(5):
        run.command(commands.Step(what="both"))
    run.command(commands.Pause())
    np.testing.assert_array_equal(run.history.rows[:, 0], [1, 2, 3, 4, 5])
    last = run.training.info()
    row = dict(zip(COLUMNS, run.history.rows[-1].tolist(), strict=True))
    assert row["loss_d"] == pytest.approx(last.loss_d[0])
    assert row["grad_g"] == pytest.approx(last.grad_g[0])
    assert np.isfinite([row["distance"], row["modes"], row["spread"]]).all()
    assert np.isnan(row["w1"])  # that is for the line


def test_rows_come_thirty_times_a_second_at_full_speed(make: Callable[..., Run], clock: Clock) -> None:
    run = make()
    for _ in range(400):
        run.work(0.0)
        clock.now += 0.005
    assert len(run.history) == pytest.approx(60, abs=5)
    readings = np.isfinite(run.history.rows[:, COLUMNS.index("distance")]).sum()
    assert 1 <= readings <= 9  # four a second, fewer where they take long


def test_readings_keep_to_their_share_of_time() -> None:
    spec = SMALL
    training, measuring = Training(spec), Measuring(View(spec))
    measuring.measure(training, 0.0)
    measuring.cost = 0.12  # a slow reading
    training.advance(1)
    measuring.measure(training, 0.0)
    wait = measuring.cost / SHARE
    assert wait >= measuring.cost / 0.06  # never more than 6 % of the time
    training.advance(1)
    assert not measuring.due(0.9 * wait, training)
    assert measuring.due(1.01 * wait, training)
    assert not measuring.due(9 * wait, training, runs=10)  # of all runs together
    assert measuring.due(10.1 * wait, training, runs=10)


@pytest.mark.parametrize("data", ["normal(0,1)", "0.3*normal(-2,0.5)+0.7*normal(1.5,0.8)"])
@pytest.mark.parametrize("noise_dim", [1, 2])
def test_on_the_line_js_and_the_best_value_are_known(
    make: Callable[..., Run], data: str, noise_dim: int
) -> None:
    run = make(data=data, noise_dim=noise_dim)
    run.command(commands.Step(what="both"))
    said = info(run)
    js = said["metrics"]["js"]
    assert 0 <= js <= np.log(2)
    assert said["metrics"]["value_optimal"] == pytest.approx(2 * js - np.log(4))
    assert said["q_method"] == said["metrics"]["js_method"] == ("pushforward" if noise_dim == 1 else "kde")
    assert said["metrics"]["distance_name"] == "w1"


@pytest.mark.parametrize("noise_dim", [1, 2])
def test_the_dual_bound_stays_below_the_divergence_that_it_bounds(
    make: Callable[..., Run], noise_dim: int
) -> None:
    """D trained at a G that stands still: V rises towards 2·Hellinger² and passes it by chance only."""
    run = make(
        data="normal(0,1)",
        objective="f_hellinger2",
        noise_dim=noise_dim,
        g_steps=0,
        batch=2048,
        lr_d=0.003,
        seed=2,
    )
    for _ in range(300):
        run.command(commands.Step(what="both"))
    said = info(run)
    rows = dict(zip(said["history_columns"], run.history.rows.T, strict=True))
    bound, exact = np.nanmean(rows["value"][-50:]), said["metrics"]["value_optimal"]
    assert np.isfinite(exact)
    assert 0.5 * exact < bound < 1.1 * exact


def test_there_is_no_best_value_for_other_objectives(make: Callable[..., Run]) -> None:
    run = make(data="normal(0,1)", objective="wgan")
    run.command(commands.Step(what="both"))
    assert "value_optimal" not in info(run)["metrics"]


def test_non_finite_numbers_stop_the_run_at_the_last_finite_state(make: Callable[..., Run]) -> None:
    run = make(objective="least_squares", optimiser_g="sgd", optimiser_d="sgd", lr_g=10.0, lr_d=10.0)
    for _ in range(200):
        if run.state != "running":
            break
        run.work(0.01)
    assert run.state == "diverged"
    assert run.training.finite().all()
    tensors, said = decode(run.frame(LAYERS))
    assert (said["state"], said["notice"], said["diagnosis"]) == ("diverged", "diverged", "diverged")
    assert np.isfinite(run.history.rows[:, :3]).all()
    assert run.wait(run.clock()) is None
    assert run.training.step > 0
    assert np.isfinite(tensors["fake"]).all()


def test_after_a_divergence_the_next_step_diverges_and_smaller_rates_help(make: Callable[..., Run]) -> None:
    run = make(objective="least_squares", optimiser_g="sgd", optimiser_d="sgd", lr_g=10.0, lr_d=10.0)
    while run.state == "running":
        run.work(0.01)
    stuck = run.training.step
    run.command(commands.Play())
    run.work(0.01)
    assert (run.state, run.training.step) == ("diverged", stuck)
    run.command(commands.Restart())
    assert info(run)["notice"] is None
    run.command(commands.Set(values={"lr_g": 1e-3, "lr_d": 1e-3}))
    assert run.state == "running"
    for _ in range(5):
        run.work(0.01)
    assert run.state == "running"
    assert run.training.step > 5


def test_set_changes_hot_fields_within_bounds(make: Callable[..., Run]) -> None:
    run = make()
    run.work(0.001)
    theta, step = run.training.state.g.theta.clone(), run.training.step
    assert run.command(commands.Set(values={"lr_g": 0.0, "lr_d": 0.5, "d_steps": 2})) == {
        "lr_g": 0.0,
        "lr_d": 0.5,
        "d_steps": 2,
    }
    run.advance(1)
    assert run.training.step == step + 1
    assert (run.training.state.g.theta == theta).all()  # a learning rate of 0
    with pytest.raises(SpecError, match="lr_g"):
        run.command(commands.Set(values={"lr_g": 11.0}))
    assert run.spec.lr_g == 0.0


def test_restart_repeats_the_run_and_another_seed_does_not(make: Callable[..., Run]) -> None:
    run = make()
    run.advance(20)
    first = run.training.state.g.theta.clone()
    run.command(commands.Restart(seed=None))
    assert (run.training.step, len(run.history), run.epoch) == (0, 0, 1)
    run.advance(20)
    assert (run.training.state.g.theta == first).all()
    assert run.command(commands.Restart(seed=5)) == {"seed": 5}
    run.advance(20)
    assert info(run)["seed"] == 5
    assert not (run.training.state.g.theta == first).all()


@pytest.mark.parametrize("paused", [True, False])
def test_restart_plays_on_or_holds_still(make: Callable[..., Run], paused: bool) -> None:
    run = make()
    run.work(0.001)
    run.command(commands.Pause() if paused else commands.Play())
    run.command(commands.Restart())
    assert run.state == ("paused" if paused else "running")


def test_an_unwatched_run_sleeps_and_wakes_with_a_notice(make: Callable[..., Run], clock: Clock) -> None:
    run = make()
    run.sleep()
    assert run.wait(clock.now) is None
    assert info(run)["notice"] is None  # the first look wakes it without a word
    run.work(0.001)
    run.sleep()
    said = info(run)
    assert (said["state"], said["notice"]) == ("running", "unwatched")
    assert run.wait(clock.now) == 0.0
    clock.now += NOTICE_FOR + 1
    assert info(run)["notice"] is None


def test_many_viewers_share_a_layer_while_it_is_fresh(make: Callable[..., Run], clock: Clock) -> None:
    run = make()
    run.work(0.001)
    first = decode(run.frame(["fake"]))[0]["fake"]
    run.advance(50)
    np.testing.assert_array_equal(decode(run.frame(["fake"]))[0]["fake"], first)
    clock.now += 0.05
    assert not np.array_equal(decode(run.frame(["fake"]))[0]["fake"], first)


def test_a_paused_run_is_never_shown_stale(make: Callable[..., Run]) -> None:
    run = make()
    run.command(commands.Step(what="both"))
    first = decode(run.frame(["fake"]))[0]["fake"]
    run.command(commands.Step(what="g"))
    assert not np.array_equal(decode(run.frame(["fake"]))[0]["fake"], first)


def test_what_would_hold_up_everybody_is_refused(make: Callable[..., Run]) -> None:
    check_affordable(GanSpec(g_hidden=(128, 128), d_hidden=(128, 128), batch=256))
    huge = GanSpec(g_hidden=(512,) * 6, d_hidden=(512,) * 6, batch=4096, d_steps=20)
    with pytest.raises(SpecError, match="smaller batch"):
        check_affordable(huge)
    run = make(g_hidden=(256, 256), d_hidden=(256, 256), batch=4096)
    with pytest.raises(SpecError, match="fewer steps"):
        run.command(commands.Set(values={"d_steps": 20}))
    assert run.spec.d_steps == 1


# -- the compiled step


def finished(code: int) -> Callable[..., subprocess.Popen[bytes]]:
    """A compile that ends at once."""
    command = [sys.executable, "-c", f"import sys; print('boom', file=sys.stderr); sys.exit({code})"]
    return lambda *_: subprocess.Popen(command, stderr=subprocess.PIPE)


def compile_to_the_end(run: Run) -> None:
    assert run._compiling._running is not None
    run._compiling._running[1].wait()
    run._compiling.poll()
    run.poll()


def test_without_a_compiler_it_stays_eager_and_says_so(
    make: Callable[..., Run], monkeypatch: Any, tmp_path: Any
) -> None:
    monkeypatch.setenv("GANLAB_CACHE", str(tmp_path))
    monkeypatch.setattr(compiled, "compiler", lambda: None)
    run = make(backend="auto")
    run.poll()
    said = info(run)
    assert (said["notice"], said["backend"], said["compiling"]) == ("compile_unavailable", "eager", False)
    assert run.wait(run.clock()) == 0.0


@pytest.mark.parametrize("backend", ["auto", "compiled"])
def test_a_failed_compile_leaves_it_eager(
    make: Callable[..., Run], monkeypatch: Any, tmp_path: Any, backend: str
) -> None:
    monkeypatch.setenv("GANLAB_CACHE", str(tmp_path))
    monkeypatch.setattr(compiled, "compiler", lambda: "g++")
    monkeypatch.setattr(compiled, "start_compiling", finished(1))
    run = make(backend=backend)
    assert info(run)["compiling"]
    assert (run.wait(run.clock()) is None) == (backend == "compiled")  # pinned: it waits at step 0
    compile_to_the_end(run)
    said = info(run)
    assert (said["notice"], said["backend"], said["compiling"], said["state"]) == (
        "compile_failed",
        "eager",
        False,
        "running",
    )
    assert run.wait(run.clock()) == 0.0


def test_a_pinned_run_takes_no_eager_step(make: Callable[..., Run], monkeypatch: Any, tmp_path: Any) -> None:
    monkeypatch.setenv("GANLAB_CACHE", str(tmp_path))
    monkeypatch.setattr(compiled, "compiler", lambda: "g++")
    monkeypatch.setattr(compiled, "start_compiling", finished(1))
    run = make(backend="compiled")
    with pytest.raises(commands.CommandError, match="not ready"):
        run.command(commands.Step(what="both"))
    assert run.training.step == 0
    compile_to_the_end(run)


def test_runs_of_one_structure_share_a_compile_and_others_queue(monkeypatch: Any, tmp_path: Any) -> None:
    monkeypatch.setenv("GANLAB_CACHE", str(tmp_path))
    monkeypatch.setattr(compiled, "compiler", lambda: "g++")
    started: list[Any] = []

    def start(*arguments: Any) -> subprocess.Popen[bytes]:
        started.append(arguments)
        return finished(1)()

    monkeypatch.setattr(compiled, "start_compiling", start)
    compiling = Compiling()
    first, same, other = (
        Run("r", SMALL.changed(backend="auto", **f), compiling) for f in ({}, {"seed": 4}, {"batch": 16})
    )
    assert len(started) == 1
    compile_to_the_end(first)
    assert len(started) == 2
    same.poll()
    assert same.notice == "compile_failed"
    assert other.compiling
    compile_to_the_end(other)
    assert not compiling.busy


# -- checkpoints


def test_a_checkpoint_brings_back_everything(make: Callable[..., Run], clock: Clock, tmp_path: Any) -> None:
    run = make(seed=3)
    run.command(commands.Speed(per_second=50.0, halves=True))
    run.command(commands.Set(values={"lr_g": 2e-3}))
    for _ in range(40):
        clock.now += 0.05
        run.work(0.004)
    run.command(commands.Pause())
    checkpoints.save(str(tmp_path), run)
    again = checkpoints.restore(str(tmp_path), "r", SMALL, Compiling(), clock)
    assert again is not None
    assert again.spec == run.spec
    assert (again.state, again.pace.per_second, again.pace.halves) == ("paused", 50.0, True)
    np.testing.assert_array_equal(again.history.rows, run.history.rows)
    assert again.training.state[:3] == run.training.state[:3]
    run.advance(20)
    again.advance(20)
    np.testing.assert_array_equal(again.training.state.g.theta.numpy(), run.training.state.g.theta.numpy())


def test_no_checkpoint_is_none_and_a_damaged_one_an_error(
    make: Callable[..., Run], clock: Clock, tmp_path: Any
) -> None:
    assert checkpoints.restore(str(tmp_path), "r", SMALL, Compiling(), clock) is None
    checkpoints.save(str(tmp_path), make())
    path = checkpoints.path(str(tmp_path), "r")
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(ValueError, match="damaged"):
        checkpoints.restore(str(tmp_path), "r", SMALL, Compiling(), clock)


@pytest.mark.parametrize("name", ["", "../x", "a/b", "a.b", "a\x00"])
def test_names_that_are_no_names_never_reach_the_disk(name: str, tmp_path: Any) -> None:
    with pytest.raises(ValueError, match="not the name"):
        checkpoints.path(str(tmp_path), name)
