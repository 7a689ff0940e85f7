"""A study as a live run: its course, its pace, what there is to see, and what it costs the others."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ganlab.distributions import store
from ganlab.live import checkpoints, commands
from ganlab.live.commands import CommandError
from ganlab.live.compiling import Compiling
from ganlab.live.cost import check_affordable
from ganlab.live.frames import decode
from ganlab.live.kinds import KINDS
from ganlab.live.study_run import StudyRun
from ganlab.specs import SpecError
from ganlab.studies import Study, StudySpec
from tests.live.support import STUDY, Clock

LAYERS = KINDS["study"].layers


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make(clock: Clock) -> Callable[..., StudyRun]:
    """`make(**fields) -> StudyRun` on that clock."""
    return lambda **fields: StudyRun("r", STUDY.changed(**fields), Compiling(), clock=clock)


def shown(run: StudyRun, *layers: str) -> tuple[dict[str, Any], dict[str, Any]]:
    return decode(run.frame(layers))


def work(run: StudyRun, until: Callable[[StudyRun], bool] = lambda run: False) -> None:
    """Works until that holds, or there is nothing to do."""
    end = time.monotonic() + 60
    while run.wait(run.clock()) == 0.0 and not until(run):
        run.work(0.0)  # a unit at a time
        assert time.monotonic() < end


def test_a_run_goes_as_the_study_does(make: Callable[..., StudyRun]) -> None:
    run, alone = make(), Study(STUDY)
    work(run)
    for _ in alone:
        pass
    tensors, info = shown(run, *LAYERS)
    assert (info["state"], info["phase"], info["done"]) == ("finished", "finished", 1.0)
    assert info["step"] == info["redrawn"] == info["steps"] == 30
    for name in ("value", "low", "high", "aim"):
        np.testing.assert_array_equal(tensors[f"ladder_{name}"], alone.ladder[name].astype(np.float32))
        np.testing.assert_array_equal(tensors[f"redraws_{name}"], alone.redraws[name].astype(np.float32))
    np.testing.assert_array_equal(tensors["null"], alone.test.null.astype(np.float32))
    np.testing.assert_array_equal(tensors["scan_value"], alone.scan["value"].astype(np.float32))
    np.testing.assert_array_equal(tensors["real"], alone.shown[0].astype(np.float32))
    for name, values in alone.statistics().items():
        np.testing.assert_allclose(info["statistics"][name], values)
    assert info["exact"]["w1"]["value"] == alone.exact["w1"].value
    assert run.wait(run.clock()) is None


def test_what_there_is_to_see_comes_bit_by_bit(make: Callable[..., StudyRun], clock: Clock) -> None:
    run = make()
    tensors, info = shown(run, *LAYERS)
    assert (info["phase"], info["done"], info["step"], info["state"]) == ("exact", 0.0, 0, "running")
    assert (info["exact"], info["test"], info["statistics"], info["bandwidth"]) == ({}, None, {}, None)
    assert tensors.keys() == {
        *("real", "fake", "grid", "p", "q", "exact"),
        *(f"ladder_{name}" for name in ("value", "low", "high", "aim")),
        *(f"redraws_{name}" for name in ("value", "low", "high", "aim")),
    }
    assert np.isnan(tensors["ladder_value"]).all()
    assert np.isnan(tensors["exact"]).all()
    assert tensors["redraws_value"].shape == (2, 0)
    work(run, lambda run: run.study.phase == "scan")
    clock.now += 1  # layers are shared for a moment
    tensors, info = shown(run, *LAYERS)
    assert np.isfinite(tensors["ladder_value"]).all()
    assert np.isfinite(tensors["exact"]).all()
    assert tensors["ladder_value"].shape == (2, len(info["rungs"]))
    assert set(info["exact"]) == set(info["targets"]) == {"w1", "mmd2"}
    work(run, lambda run: run.step == 7)
    clock.now += 1
    tensors, info = shown(run, *LAYERS)
    assert tensors["redraws_value"].shape == (2, 7)
    assert np.isfinite(tensors["redraws_value"]).all()
    assert info["test"]["name"] == "mmd"
    assert 0 < info["test"]["p_value"] <= 1
    assert (len(tensors["null"]), info["test"]["permutations"]) == (50, 50)
    assert info["bandwidth"]["median"] > 0
    np.testing.assert_allclose(info["statistics"]["mean"], tensors["redraws_value"].mean(axis=1), rtol=1e-5)
    np.testing.assert_allclose(info["statistics"]["aim"], tensors["redraws_aim"].mean(axis=1), rtol=1e-5)
    assert 0 < info["done"] < 1


def test_densities_are_shown_on_the_line_and_points_in_the_plane(make: Callable[..., StudyRun]) -> None:
    tensors, info = shown(make(), "samples")
    width = np.diff(tensors["grid"]).mean()
    assert tensors["p"].sum() * width == pytest.approx(1, abs=1e-3)
    assert tensors["q"].sum() * width == pytest.approx(1, abs=1e-3)
    assert np.shape(info["bounds"]) == (1, 2)
    plane = make(p="ring(8)", q="grid(5)", estimators=("mmd2_unbiased",))
    tensors, info = shown(plane, "samples")
    assert tensors.keys() == {"real", "fake"}
    assert tensors["real"].shape == (100, 2)
    assert np.shape(info["bounds"]) == (2, 2)


def test_a_file_is_known_by_its_points_only(
    make: Callable[..., StudyRun], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GANLAB_DATA", str(tmp_path))
    points = np.random.default_rng(0).normal(size=(80, 1)).astype(np.float32)
    run = make(p=f'samples("{store.put(points, "own", (100.0,), 3.0)}")', q="normal(100,3)")
    work(run)
    tensors, info = shown(run, *LAYERS)
    assert "p" not in tensors
    assert "q" in tensors
    assert (info["exact"], info["state"]) == ({}, "finished")
    assert info["statistics"]["aim"] == ["nan", "nan"]
    low, high = info["bounds"][0]
    assert low < tensors["real"].min() < 100 < tensors["real"].max() < high  # in its own units
    assert info["redrawn"] == 30


def test_the_pace_is_of_redraws_and_preparation_keeps_none(
    make: Callable[..., StudyRun], clock: Clock
) -> None:
    run = make(redraws=200)
    run.command(commands.Speed(per_second=10.0))
    work(run)  # no time passes: all of the preparation, and what is due at once
    assert run.study.phase == "redraws"
    begun = run.step
    assert begun <= 2
    for _ in range(100):
        clock.now += 0.05
        if run.wait(clock.now) == 0.0:
            run.work(0.004)
    assert run.step - begun == pytest.approx(50, abs=2)
    assert shown(run)[1]["rate"] == pytest.approx(10, rel=0.2)


def test_single_steps_are_redraws(make: Callable[..., StudyRun]) -> None:
    run = make()
    run.command(commands.Pause())
    assert run.wait(run.clock()) is None
    for wanted in (1, 2, 3):
        run.command(commands.Step(what="both"))
        work(run)
        tensors, info = shown(run, "redraws")
        assert (run.step, info["state"]) == (wanted, "paused")
        assert tensors["redraws_value"].shape == (2, wanted)
    run.command(commands.Step(what="both"))
    run.command(commands.Pause())
    assert run.wait(run.clock()) is None
    run.command(commands.Play())
    work(run)
    assert (run.state, run.step) == ("finished", 30)
    run.command(commands.Restart(seed=3))
    assert (run.state, run.step, shown(run)[1]["seed"]) == ("running", 0, 3)


def test_no_redraws_is_a_study_too(make: Callable[..., StudyRun]) -> None:
    run = make(redraws=0)
    work(run)
    info = shown(run, *LAYERS)[1]
    assert (info["state"], info["step"], info["statistics"]) == ("finished", 0, {})


def test_what_it_has_not(make: Callable[..., StudyRun]) -> None:
    run = make()
    with pytest.raises(CommandError, match="without one: nothing"):
        run.command(commands.Set(values={"lr": 0.1}))
    with pytest.raises(CommandError, match="'g' is not for this run"):
        run.command(commands.Step(what="g"))
    with pytest.raises(CommandError, match="'curves' is not for this run"):
        run.frame(["curves"])


def test_a_unit_that_fails_is_over(make: Callable[..., StudyRun], monkeypatch: pytest.MonkeyPatch) -> None:
    run = make()
    work(run, lambda run: run.study.phase == "redraws")
    estimate, failures = run.study._redraw, []

    def fail(i: int, r: int) -> None:
        if r == 3 and i == 1 and not failures:
            failures.append(r)
            raise ZeroDivisionError("of ours")
        estimate(i, r)

    monkeypatch.setattr(run.study, "_redraw", fail)
    with pytest.raises(ZeroDivisionError):
        work(run)
    work(run)
    assert (run.state, run.step, failures) == ("finished", 30, [3])


def test_a_restored_study_begins_again_on_the_same_course(
    make: Callable[..., StudyRun], clock: Clock, tmp_path: Any
) -> None:
    run = make(seed=4)
    work(run, lambda run: run.step == 5)
    checkpoints.save(str(tmp_path), run)
    again = checkpoints.restore(str(tmp_path), "r", run.spec, Compiling(), clock)
    assert isinstance(again, StudyRun)
    assert (again.step, again.state) == (0, "running")
    for one in (run, again):
        work(one)
    for layer, values in shown(run, "redraws")[0].items():
        np.testing.assert_array_equal(shown(again, "redraws")[0][layer], values)


def test_a_test_that_would_hold_up_everybody_is_refused() -> None:
    check_affordable(StudySpec())
    check_affordable(StudySpec(n=100_000, permutations=2000))
    check_affordable(StudySpec(n=100, permutations=5000))
    check_affordable(StudySpec(n=100_000, permutations=5000, test="classifier"))
    with pytest.raises(
        SpecError, match="permutations = 5000: the test would take about 40 billion operations"
    ):
        check_affordable(StudySpec(n=100_000, permutations=5000))
