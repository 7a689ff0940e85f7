"""Trials: every cell is what it would be alone, in whatever company; one that was cut short goes on as it was."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from ganlab.evaluation import Monitor, coverage
from ganlab.experiments import train
from ganlab.gan import compiled
from ganlab.gan.spec import GanSpec
from ganlab.gan.step import UPDATES, updates_of
from ganlab.gan.structure import Structure
from ganlab.gan.training import Training
from ganlab.specs import SpecError
from ganlab.trials import METRICS, Trial, schedule
from ganlab.trials.metrics import SAMPLES, summary
from ganlab.trials.plan import plan
from ganlab.trials.record import COLUMNS

SMALL = GanSpec(data="ring(8)", g_hidden=(8,), d_hidden=(8,), batch=16, backend="eager")
RATES = (1e-3, 3e-3, 1e-2)


def finished(trial: Trial) -> Trial:
    for _ in trial:
        pass
    return trial


def column(trial: Trial, name: str) -> NDArray[np.float32]:
    return trial.readings[..., METRICS.index(name)]


@pytest.fixture(scope="module")
def trial() -> Trial:
    """Three rates, two kinds of loop and two structures, in chunks that need filling up."""
    cells = [SMALL.changed(lr_d=rate) for rate in RATES]
    cells += [SMALL.changed(d_steps=2), SMALL.changed(g_hidden=(6,)), SMALL.changed(penalty="r1")]
    return finished(Trial(cells, [0, 5], 60, 6, chunk=4))


# ---------------------------------------------------------------- the laws


def test_a_cell_is_what_the_same_spec_and_seed_is_alone(trial: Trial) -> None:
    for index in range(len(trial.cells)):
        alone = train(trial.cells[index], steps=60, seeds=trial.seeds)
        for seed in range(2):
            for name in ("loss_d", "loss_g", "grad_d", "grad_g"):
                theirs = [row[name] for row in alone.metrics if row["step"] == 60][seed]
                assert column(trial, name)[-1, index, seed] == pytest.approx(theirs, rel=1e-3, abs=1e-6)
            member = alone.members[seed]
            assert column(trial, "modes")[-1, index, seed] == pytest.approx(member.modes_covered, abs=1)
            assert column(trial, "high_quality")[-1, index, seed] == pytest.approx(
                member.high_quality, abs=2e-3
            )


def test_the_order_of_cells_and_seeds_does_not_matter(trial: Trial) -> None:
    other = finished(Trial(trial.cells[::-1], trial.seeds[::-1], 60, 6, chunk=4))
    for name in ("loss_d", "grad_g", "distance"):
        np.testing.assert_allclose(
            column(other, name)[:, ::-1, ::-1], column(trial, name), rtol=2e-3, atol=1e-5
        )


def test_chunks_do_not_matter(trial: Trial) -> None:
    other = finished(Trial(trial.cells, trial.seeds, 60, 6, chunk=16))
    assert len(other.chunks) < len(trial.chunks)
    np.testing.assert_allclose(column(other, "loss_g"), column(trial, "loss_g"), rtol=1e-3, atol=1e-6)


def test_a_gan_that_diverges_disturbs_nobody(trial: Trial) -> None:
    wild = SMALL.changed(optimiser_d="sgd", optimiser_g="sgd", lr_d=10.0, lr_g=10.0)
    tame = SMALL.changed(optimiser_d="sgd", optimiser_g="sgd", lr_d=0.01, lr_g=0.01)
    other = finished(Trial([tame, wild], [0, 1], 500, 8))
    alone = finished(Trial([tame, tame], [0, 1], 500, 8))
    np.testing.assert_array_equal(other.readings[:, 0], alone.readings[:, 0])
    assert np.isfinite(column(other, "distance")[:, 0]).all()
    lost = other.record.diverged[1]
    assert (lost >= 0).all()
    for seed in range(2):
        assert np.isnan(other.readings[lost[seed] :, 1, seed]).all()
        assert np.isfinite(column(other, "loss_d")[: lost[seed], 1, seed]).all()
    assert (other.record.diverged[0] == -1).all()
    assert other.done == other.total


@pytest.mark.parametrize("cut", [1, 7, 30])
def test_resumed_is_as_if_never_stopped(trial: Trial, cut: int) -> None:
    other = Trial(trial.cells, trial.seeds, 60, 6, chunk=4)
    for _ in range(cut):
        if not other.finished:
            other.work(0.0)
    resumed = finished(Trial.restore(other.save()))
    for name in ("readings", "points", "diverged"):
        np.testing.assert_array_equal(getattr(resumed.record, name), getattr(trial.record, name))


def test_compiled_steps_are_taken_by_each_chunk_at_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = [SMALL.changed(lr_d=rate, backend="auto") for rate in RATES]
    monkeypatch.setattr(compiled, "load", lambda *_: None)
    eager = finished(Trial(cells, [0, 1], 40, 4, chunk=4))
    assert (eager.backend, sum(eager.eager().values())) == ("eager", 0.0)
    other = Trial(cells, [0, 1], 40, 4, chunk=4)
    (library, left), *more = other.eager().items()
    assert not more
    assert left > 0
    other.work(0.0)
    assert not other.take_compiled()
    taken: list[Structure] = []

    def load(structure: Structure, *_: object) -> dict[str, Any]:
        """The same updates, as if they came from the cache."""
        taken.append(structure)
        return {name: partial(UPDATES[name], structure) for name in updates_of(structure)}

    monkeypatch.setattr(compiled, "load", load)
    assert other.take_compiled([library])
    finished(other)
    assert other.backend == "compiled"
    assert taken == [library[0]] * len(other.chunks)
    np.testing.assert_array_equal(other.readings, eager.readings)


# ---------------------------------------------------------------- readings


def test_coverage_of_many_is_that_of_each() -> None:
    for trial in (
        finished(Trial([SMALL.changed(data=data)], [0, 1], 20, 2)) for data in ("ring(8)", "grid(5)")
    ):
        (chunk,) = trial.chunks
        truth = chunk.training.spec.distribution
        modes = truth.modes()
        assert modes is not None
        samples = chunk.training.generate(SAMPLES)
        truly = truth.sample(SAMPLES, np.random.default_rng(3)).astype(np.float32)
        for x in (*samples, *(0.8 * samples), truly):
            one, found = coverage(x, modes), chunk.gauge.measure(x[None])[0]
            assert found[:2] == pytest.approx([one.covered, one.high_quality], abs=1e-6)
            assert found[2] == pytest.approx(one.reverse_kl, rel=1e-5)
        read = trial.readings[-1, [cell for cell, _ in chunk.members], [seed for _, seed in chunk.members]]
        np.testing.assert_array_equal(read[:, :5], chunk.gauge.measure(samples))


@pytest.mark.parametrize("data", ["ring(8)", "moons()", "0.3*normal(-2,0.5)+0.7*normal(1.5,0.8)"])
def test_distance_and_spread_are_those_of_the_stage(data: str) -> None:
    spec = GanSpec(data=data)
    gauge = Trial([spec.changed(backend="eager")], [0], 1, 1).chunks[0].gauge
    truth, rng = spec.distribution, np.random.default_rng(1)
    monitor = Monitor(truth, 0)
    for scale in (0.3, 1.0, 1.5):
        x = truth.sample(SAMPLES, rng) * scale
        theirs, ours = monitor.measure(x), gauge.measure(x[None].astype(np.float32))[0]
        floor = theirs.distance_floor
        assert ours[3] == pytest.approx(theirs.distance, rel=0.03, abs=floor)
        assert ours[4] == pytest.approx(theirs.spread, rel=0.05)
        assert np.isnan(ours[0]) == (truth.modes() is None)
    perfect = gauge.perfect
    assert perfect["distance"] == pytest.approx(floor, rel=0.5)
    assert perfect["spread"] == pytest.approx(1.0, abs=0.05)
    assert ("modes" in perfect) == (truth.modes() is not None)


def test_points_are_samples_in_their_frame(trial: Trial) -> None:
    (low_x, high_x), (low_y, high_y) = trial.record.frame
    samples = trial.chunks[0].training.generate(SAMPLES)[:2, :128]
    shown = trial.record.points[-1, 0] / 255 * [high_x - low_x, high_y - low_y] + [low_x, low_y]
    inside = np.clip(samples, [low_x, low_y], [high_x, high_y])
    np.testing.assert_allclose(shown, inside, atol=(high_x - low_x) / 255)


def test_rows_are_the_readings_in_the_order_in_which_they_came(trial: Trial) -> None:
    other, held = Trial(trial.cells, trial.seeds, 60, 6, chunk=4), np.empty((0, len(COLUMNS)), np.float32)
    while not other.finished:
        other.work(0.0)
        held = np.concatenate([held, other.record.rows(len(held), 7)])

    assert len(held) == 6 * 6 * 2
    assert (np.diff(held[:, 0]) >= 0).all()
    rebuilt = np.full_like(other.readings, np.nan)
    rebuilt[tuple(held[:, :3].astype(int).T)] = held[:, 3:]
    np.testing.assert_array_equal(rebuilt, other.readings)
    np.testing.assert_array_equal(rebuilt, trial.readings)


def test_summary_counts_seeds_that_have_a_reading() -> None:
    x = np.array(
        [[1.0, 2.0, 3.0, 6.0], [np.nan, 2.0, np.nan, 4.0], [np.nan, np.nan, np.nan, 5.0], [np.nan] * 4]
    )
    mean, error, n = summary(x)
    np.testing.assert_allclose(mean, [3.0, 3.0, 5.0, np.nan])
    np.testing.assert_allclose(error, [np.std([1, 2, 3, 6], ddof=1) / 2, 1.0, np.nan, np.nan])
    assert n.tolist() == [4, 2, 1, 0]
    infinite = summary(np.array([np.inf, 1.0]))
    assert infinite.mean == np.inf
    assert np.isnan(infinite.error)


@pytest.mark.parametrize(("steps", "moments"), [(1, 1), (1, 40), (7, 40), (40, 40), (2000, 40), (10**6, 200)])
def test_the_schedule_grows_to_the_last_step(steps: int, moments: int) -> None:
    at = schedule(steps, moments)
    assert len(at) == min(steps, moments)
    assert at[-1] == steps
    assert at[0] >= 1
    assert (np.diff(at) > 0).all()


# ---------------------------------------------------------------- what was asked for


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("seeds", {"seeds": []}),
        ("seeds", {"seeds": [1, 1]}),
        ("seeds", {"seeds": [-1]}),
        ("cells", {"cells": []}),
        ("cells", {"seeds": range(5000)}),
        ("steps", {"steps": 0}),
        ("steps", {"steps": 1.5}),
        ("moments", {"moments": 0}),
        ("chunk", {"chunk": 0}),
        ("data", {"cells": [SMALL, SMALL.changed(data="grid(5)")]}),
    ],
)
def test_what_cannot_run_is_named(field: str, change: dict[str, object]) -> None:
    asked = {"cells": [SMALL], "seeds": [0], "steps": 10} | change
    with pytest.raises(SpecError) as error:
        Trial(**asked)  # type: ignore[arg-type]
    assert error.value.problems[0][0] == field


@pytest.mark.parametrize("data", [b"", b"nonsense", b"\x08\0\0\0\0\0\0\0{}      "])
def test_what_is_no_trial_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a saved trial"):
        Trial.restore(data)


def test_in_company_of_copies_a_gan_is_bit_for_bit_what_it_is_in_a_trial() -> None:
    """So that one that has been read can be trained again, to any step, and be the same."""
    cells = [SMALL.changed(lr_d=rate, lr_g=rate) for rate in RATES]
    other = finished(Trial(cells, [0, 5], 100, 2))
    (chunk,) = other.chunks
    for place, (cell, seed) in enumerate(chunk.members):
        copies = Training(other.cells[cell], [other.seeds[seed]] * len(chunk.members))
        copies.advance(100)
        assert torch.equal(copies.state.g.theta[0], chunk.training.state.g.theta[place])
        assert torch.equal(copies.state.d.theta[0], chunk.training.state.d.theta[place])


def test_on_a_gpu_nothing_is_too_large_for_one_step() -> None:
    large = GanSpec(g_hidden=(400,) * 4, d_hidden=(400,) * 3, batch=256)
    assert len(plan([large], 10)) > 1
    (part,) = plan([large], 10, chunk=10, most=math.inf)
    assert part.size == 10
