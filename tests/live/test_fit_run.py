"""A fit as a live run: its course, its pictures, its readings, and what it costs the others."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganlab.distributions import parse
from ganlab.fitting import FitSpec, Fitting
from ganlab.live import checkpoints, commands
from ganlab.live.commands import CommandError
from ganlab.live.compiling import Compiling
from ganlab.live.cost import check_affordable, fit_operations
from ganlab.live.courses import Course
from ganlab.live.fit_run import FitRun
from ganlab.live.frames import decode
from ganlab.live.kinds import KINDS
from ganlab.specs import SpecError
from tests.live.support import FIT, Clock

LAYERS = KINDS["fit"].layers
GENERATOR = FitSpec(model="generator", objective="js", starts=2, hidden=(8,), batch=32)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make(clock: Clock) -> Callable[..., FitRun]:
    """`make(spec, **fields) -> FitRun` on that clock, at full speed."""

    def made(spec: FitSpec = FIT, **fields: Any) -> FitRun:
        run = FitRun("r", spec.changed(**fields), Compiling(), clock=clock)
        run.command(commands.Speed(per_second=None))
        return run

    return made


def shown(run: FitRun, *layers: str) -> tuple[dict[str, Any], dict[str, Any]]:
    return decode(run.frame(layers))


def finish(run: FitRun) -> None:
    """Works until there is nothing to do, readings and landscapes included."""
    until = time.monotonic() + 60
    while run.wait(run.clock()) == 0.0:
        run.work(0.004)
        assert time.monotonic() < until


# -- the course


def test_a_run_goes_as_the_fit_does_whatever_the_slices(make: Callable[..., FitRun]) -> None:
    runs = [make(steps=130), make(steps=130)]
    alone = Fitting(FIT.changed(steps=130))
    alone.advance(130)
    for run, slices in zip(runs, (range(1, 40), [130]), strict=True):
        for steps in slices:
            run.advance(steps)
    for run in runs:
        assert (run.step, run.state) == (130, "running")  # the host has not had a look yet
        for name, values in run.fitting.parameters().items():
            np.testing.assert_array_equal(values, alone.parameters()[name])
    first, second = (shown(run, "paths", "history")[0] for run in runs)
    np.testing.assert_array_equal(first["paths"], second["paths"])
    np.testing.assert_array_equal(first["history"], second["history"])


def test_exhibit_5_is_on_screen(make: Callable[..., FitRun]) -> None:
    forward, reverse = make(objective="kl_pq", steps=2000), make(objective="kl_qp", steps=2000)
    for run in (forward, reverse):
        finish(run)
        info = shown(run)[1]
        assert info["state"] == "finished"
        assert info["metrics_step"] == info["step"] > 100
        np.testing.assert_allclose(info["values"], info["metrics"][info["objective"]], rtol=1e-6)
    info = shown(forward)[1]
    best = info["best"]
    assert info["parameters"]["mean"][best][0] == pytest.approx(0.0, abs=1e-3)
    assert info["parameters"]["std"][best][0] == pytest.approx(math.sqrt(9.25), abs=1e-3)
    assert info["metrics"]["kl_pq"][best] == pytest.approx(1.1123, abs=1e-4)
    info = shown(reverse)[1]
    best = info["best"]
    assert abs(info["parameters"]["mean"][best][0]) == pytest.approx(3.0, abs=1e-3)
    assert info["parameters"]["std"][best][0] == pytest.approx(0.5, abs=1e-3)
    assert info["metrics"]["kl_qp"][best] == pytest.approx(math.log(2), abs=1e-5)


def test_both_objectives_at_once(make: Callable[..., FitRun]) -> None:
    run = make(objective="kl_pq", beside="kl_qp", steps=300)
    shown(run, "landscape")
    finish(run)
    tensors, info = shown(run, *LAYERS)
    assert (info["objective"], info["beside"]["objective"]) == ("kl_pq", "kl_qp")
    assert tensors["q"].shape == tensors["q_beside"].shape == (4, 400)
    assert tensors["paths"].shape == tensors["paths_beside"].shape
    assert not np.array_equal(tensors["landscape"], tensors["landscape_beside"])
    assert info["beside"]["metrics_step"] == info["step"]
    columns = info["history_columns"]
    assert columns[0] == "step"
    assert {f"{name}_{i}" for name in ("objective", "js", "beside", "beside_js") for i in range(4)} == set(
        columns[1:]
    )


def test_it_begins_at_a_speed_that_can_be_followed(clock: Clock) -> None:
    run = FitRun("r", FIT, Compiling(), clock=clock)
    for _ in range(200):
        if run.wait(clock.now) == 0.0:
            run.work(0.004)
        clock.now += 0.01
    assert run.step == pytest.approx(100, abs=2)  # 2 s, 50 steps a second
    assert shown(run)[1]["per_second"] == 50


# -- what there is to see


def test_the_info_is_what_the_contract_says(make: Callable[..., FitRun]) -> None:
    run = make()
    run.advance(5)
    info = shown(run)[1]
    assert (info["run"], info["kind"], info["state"], info["step"], info["seed"]) == (
        "r",
        "fit",
        "running",
        5,
        0,
    )
    assert (info["model"], info["members"], info["components"], info["steps"]) == (
        "gaussian",
        4,
        1,
        FIT.steps,
    )
    assert (info["beside"], info["twin"], info["pending"]) == (None, None, [])
    assert np.shape(info["values"]) == np.shape(info["grad"]) == (4,)
    assert info["finite"] == [True] * 4
    assert {name: np.shape(values) for name, values in info["parameters"].items()} == dict.fromkeys(
        ("mean", "std", "weight"), (4, 1)
    )
    assert info["best"] == int(np.argmin(info["values"]))


def test_curves_are_densities(make: Callable[..., FitRun]) -> None:
    run = make(p="0.3*normal(-2,0.5)+0.7*normal(1.5,0.8)")
    run.advance(30)
    tensors = shown(run, "curves")[0]
    grid = tensors["grid"].astype(float)
    width = np.diff(grid).mean()
    p = np.exp(parse(run.spec.p).logpdf(grid))
    np.testing.assert_allclose(tensors["p"], p, atol=2e-3 * p.max())
    q = run.fitting.density(grid)
    smooth = run.fitting.parameters()["std"][:, 0] > 10 * width
    assert smooth.any()
    np.testing.assert_allclose(tensors["q"][smooth], q[smooth], atol=4e-3 * q[smooth].max())
    assert tensors["p"].sum() * width == pytest.approx(1, abs=1e-4)


def test_a_peak_between_two_grid_points_is_not_missed(make: Callable[..., FitRun]) -> None:
    run = make(begin=(0.5, 0.002), starts=0)
    tensors = shown(run, "curves")[0]
    assert tensors["q"].sum() * np.diff(tensors["grid"]).mean() == pytest.approx(1, abs=1e-4)


def test_paths_lead_from_the_starts_to_where_it_stands(make: Callable[..., FitRun]) -> None:
    run = make(steps=0)
    before = run.fitting.parameters()
    run.advance(1000)
    paths = shown(run, "paths")[0]["paths"]
    after = run.fitting.parameters()
    assert paths.shape[0] == 4
    assert 150 <= paths.shape[1] <= 300
    for end, parameters in ((0, before), (-1, after)):
        np.testing.assert_allclose(paths[:, end, 0], parameters["mean"][:, 0], rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(paths[:, end, 1], parameters["std"][:, 0], rtol=1e-6)


def test_a_mixture_has_a_path_for_each_component(make: Callable[..., FitRun]) -> None:
    run = make(components=2)
    run.advance(10)
    tensors = shown(run, *LAYERS)[0]
    assert tensors["paths"].shape == (8, 11, 2)
    assert "landscape" not in tensors  # that is for two parameters


def test_the_landscape_comes_in_pieces_once_asked_for(make: Callable[..., FitRun]) -> None:
    run = make()
    assert run._surveys == {}
    tensors, info = shown(run, "landscape")
    assert (tensors, info["pending"]) == ({}, ["landscape"])
    run.command(commands.Pause())
    slices = 0
    while shown(run, "landscape")[1]["pending"]:
        assert run.wait(run.clock()) == 0.0
        assert run.work(0.004) < 0.1
        slices += 1
    assert slices > 2
    assert run.step == 0
    tensors = shown(run, "landscape")[0]
    whole = run.fitting.landscape()
    assert whole is not None
    np.testing.assert_allclose(tensors["landscape"], whole.values, rtol=1e-5)
    np.testing.assert_allclose(tensors["landscape_mu"], whole.mu, rtol=1e-6)
    np.testing.assert_allclose(tensors["landscape_sigma"], whole.sigma, rtol=1e-6)


def test_a_landscape_does_not_hold_up_the_pace(make: Callable[..., FitRun], clock: Clock) -> None:
    run = make()
    run.command(commands.Speed(per_second=10.0))
    run.work(0.004)
    shown(run, "landscape")
    for _ in range(20):
        clock.now += 0.01
        run.work(0.001)
    assert run.step == 3


def test_readings_are_of_one_step_and_keep_to_their_share(make: Callable[..., FitRun], clock: Clock) -> None:
    run = make()
    for _ in range(10):
        run.work(0.004)
        clock.now += 0.04
    first = shown(run)[1]["metrics_step"]
    assert first is not None
    for _ in range(5):
        run.work(0.004)
    assert shown(run)[1]["metrics_step"] == first  # hardly any time has passed on this clock
    run.command(commands.Pause())
    finish(run)
    info = shown(run)[1]
    assert info["metrics_step"] == info["step"]
    assert run.wait(run.clock()) is None
    columns = info["history_columns"]
    history = shown(run, "history")[0]["history"]
    read = np.isfinite(history[:, columns.index("js_0")])
    assert history[read, 0][-2:].tolist() == [first, info["step"]]
    assert (np.diff(history[read, 0]) > 0).all()
    assert history[read, columns.index("js_0")][-1] == pytest.approx(info["metrics"]["js"][0])


# -- generators


def test_a_generator_and_its_adversarial_twin(make: Callable[..., FitRun]) -> None:
    run = make(GENERATOR, adversarial=True, steps=20)
    finish(run)
    tensors, info = shown(run, *LAYERS)
    assert tensors.keys() == {"grid", "p", "q", "q_adversarial", "history"}
    assert tensors["q"].shape == tensors["q_adversarial"].shape == (2, 400)
    assert info["step"] == run.fitting.twin.step == 20
    assert (info["parameters"], info["model"]) == ({}, "generator")
    assert info["twin"].keys() == {"loss_d", "loss_g", "value", "finite", "metrics", "metrics_step"}
    for metrics in (info["metrics"], info["twin"]["metrics"]):
        assert 0 < metrics["js"][0] < math.log(2)
    assert np.isfinite(tensors["history"][-1]).any()
    assert {"twin_value_0", "twin_js_1"} <= set(info["history_columns"])


def test_a_twin_that_left_every_scale_is_shown_as_nothing(make: Callable[..., FitRun]) -> None:
    run = make(GENERATOR, adversarial=True, adversarial_lr=10.0, optimiser="sgd", steps=400)
    finish(run)
    tensors, info = shown(run, *LAYERS)
    assert np.isfinite(tensors["q"]).all()
    known = bool(run.fitting.twin.finite().all())
    assert np.isfinite(tensors["q_adversarial"]).all() == known
    assert info["state"] == "finished"


# -- control


def test_hot_fields_and_no_others(make: Callable[..., FitRun]) -> None:
    run = make()
    run.advance(3)
    before = run.fitting.parameters()["mean"].copy()
    assert run.command(commands.Set(values={"lr": 0.0})) == {"lr": 0.0}
    run.advance(3)
    np.testing.assert_array_equal(run.fitting.parameters()["mean"], before)
    with pytest.raises(SpecError, match="lr"):
        run.command(commands.Set(values={"lr": 11.0}))
    with pytest.raises(
        CommandError, match="lr_d: changes only with a restart; without one: adversarial_lr, lr, steps"
    ):
        run.command(commands.Set(values={"lr_d": 0.1}))
    assert run.spec.lr == 0.0


def test_more_steps_go_on_and_fewer_end_it(make: Callable[..., FitRun]) -> None:
    run = make(steps=10)
    finish(run)
    assert (run.state, run.step) == ("finished", 10)
    run.command(commands.Play())
    assert run.state == "finished"
    run.command(commands.Step(what="both"))
    assert (run.state, run.step) == ("finished", 10)
    run.command(commands.Set(values={"steps": 25}))
    assert run.state == "running"
    finish(run)
    assert run.step == 25
    run.command(commands.Restart())
    assert (run.state, run.step, len(run.history)) == ("running", 0, 1)


def test_single_steps_and_what_is_only_for_gans(make: Callable[..., FitRun]) -> None:
    run = make()
    run.command(commands.Step(what="both"))
    assert (run.state, run.step) == ("paused", 1)
    with pytest.raises(CommandError, match="step"):
        run.command(commands.Step(what="d"))
    with pytest.raises(CommandError, match="halves"):
        run.command(commands.Speed(per_second=1.0, halves=True))
    with pytest.raises(CommandError, match="'field' is not for this run"):
        run.frame(["field"])


def test_another_seed_begins_elsewhere(make: Callable[..., FitRun]) -> None:
    run = make()
    before = run.fitting.parameters()["mean"]
    assert run.command(commands.Restart(seed=7)) == {"seed": 7}
    assert shown(run)[1]["seed"] == 7
    assert not np.array_equal(run.fitting.parameters()["mean"], before)


def test_starts_that_leave_every_scale_do_not_hold_up_the_others(make: Callable[..., FitRun]) -> None:
    run = make(p="normal(0,1)", objective="chi2_pq", begin=(0.0, 0.5, 0.0, 2.0), starts=0)
    finish(run)
    info = shown(run)[1]
    assert info["finite"] == [False, True]
    assert info["values"][0] == "inf"
    assert info["state"] == "finished"
    assert info["best"] == 1


def test_without_any_finite_start_it_has_diverged(make: Callable[..., FitRun]) -> None:
    run = make(p="normal(0,1)", objective="chi2_pq", begin=(0.0, 0.5), starts=0)
    run.work(0.004)
    info = shown(run)[1]
    assert (info["state"], info["notice"]) == ("diverged", "diverged")


# -- recovery and cost


def test_a_restored_fit_begins_again_on_the_same_course(
    make: Callable[..., FitRun], clock: Clock, tmp_path: Any
) -> None:
    run = make(seed=3)
    run.command(commands.Speed(per_second=20.0))
    run.command(commands.Set(values={"lr": 0.02}))
    run.command(commands.Restart())
    run.advance(40)
    checkpoints.save(str(tmp_path), run)
    again = checkpoints.restore(str(tmp_path), "r", run.spec, Compiling(), clock)
    assert isinstance(again, FitRun)
    assert (again.step, again.state, again.pace.per_second, again.epoch) == (0, "running", 20.0, 1)
    again.advance(40)
    np.testing.assert_array_equal(again.fitting.parameters()["mean"], run.fitting.parameters()["mean"])
    run.command(commands.Pause())
    checkpoints.save(str(tmp_path), run)
    held = checkpoints.restore(str(tmp_path), "r", run.spec, Compiling(), clock)
    assert held is not None
    assert held.state == "paused"


def test_what_would_hold_up_everybody_is_refused() -> None:
    check_affordable(FitSpec())
    check_affordable(GENERATOR.changed(adversarial=True))
    heavy = FitSpec(model="generator", objective="mmd2", starts=8, batch=1024)
    with pytest.raises(SpecError, match=r"live runs allow 20: .*fewer starts"):
        check_affordable(heavy)
    assert fit_operations(heavy.changed(beside="mmd2")) == pytest.approx(2 * fit_operations(heavy), rel=0.05)


# -- courses


@given(st.lists(st.integers(1, 400), min_size=1, max_size=30), st.integers(4, 40))
def test_a_course_is_bounded_even_and_the_same_whatever_the_slices(slices: list[int], limit: int) -> None:
    def walked(parts: list[int]) -> Course:
        course, step = Course(limit), 0
        course.add(0, np.array([0.0]))
        for part in parts:
            end = step + part
            while step < end:
                step += min(course.until_next(step), end - step)
                course.add(step, np.array([float(step)]))
        return course

    end = sum(slices)
    course, other = walked(slices), walked([end])
    points = course.until(end, np.array([float(end)]))[:, 0]
    np.testing.assert_array_equal(points, other.until(end, np.array([float(end)]))[:, 0])
    assert len(points) <= limit
    assert (points[0], points[-1]) == (0, end)
    assert (np.diff(points[:-1]) == course.stride).all()
    assert end < limit - 1 or len(points) >= limit / 2 - 1
