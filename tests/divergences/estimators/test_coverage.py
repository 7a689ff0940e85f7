"""Every interval covers what it says it covers: a small version of `python -m benchmarks.coverage`."""

from __future__ import annotations

import math

import numpy as np
import pytest

from benchmarks.coverage import CASES, Case, Coverage, jobs, measure
from ganlab.distributions import parse
from ganlab.divergences.estimators import ESTIMATORS, Options

REDRAWS = 200
SLOW = {"w2_sinkhorn": 25, "w2_assignment": 100, "sliced_w2_sorted": 100}  # fewer redraws of what takes long
SLOW |= {name: 80 for name in ESTIMATORS if name.endswith("_bound")}
SIZE = 150
SIZES = {
    "kl_pq_histogram": 600,
    "kl_pq_histogram_corrected": 600,
    "kl_pq_neighbours": 400,
    "w2_sinkhorn": 100,
}
QUICK = Options(bins=4, directions=8)  # so few cells that none is empty at this size
JOBS = [(name, case) for name, case, _ in jobs(list(ESTIMATORS))]
UNEQUAL = [(name, case) for name, case in JOBS if case.name == "Gaussians"]
EQUAL = [(name, case) for name, case in JOBS if case.same and case.dim == ESTIMATORS[name].dims[0]]


def measured(name: str, case: Case, redraws: int) -> Coverage:
    found = measure(name, case, SIZES.get(name, SIZE), redraws, QUICK)
    assert found.finite > 0.9
    return found


@pytest.mark.parametrize(("name", "case"), UNEQUAL, ids=lambda value: getattr(value, "name", value))
def test_intervals_cover_their_aim(name: str, case: Case) -> None:
    redraws = SLOW.get(name, REDRAWS)
    found = measured(name, case, redraws)
    # 95 % within what a small n may cost, and 3.3 standard errors of the count; wide enough is easy, so no wider
    assert found.coverage >= 0.95 - 0.015 - 3.3 * math.sqrt(0.05 * 0.95 / redraws)
    doubt = 3 / math.sqrt(2 * redraws)  # three standard errors of the standard deviation over the redraws
    assert 0.9 * (1 - doubt) < found.width / (2 * 1.96 * found.sd) < 1.25 * (1 + doubt)


@pytest.mark.parametrize(("name", "case"), EQUAL, ids=lambda value: getattr(value, "name", value))
def test_where_the_theory_fails_intervals_are_conservative(name: str, case: Case) -> None:
    redraws = min(SLOW.get(name, 40), 40)
    assert measured(name, case, redraws).coverage >= 0.95 - 3.3 * math.sqrt(0.05 * 0.95 / redraws)


def test_every_estimator_has_its_standard_cases() -> None:
    for name, row in ESTIMATORS.items():
        assert {case.dim for held, case in UNEQUAL if held == name} == set(row.dims)


def test_a_measurement_can_fail() -> None:
    """An interval around the wrong thing is found out: the plug-in's, held to the divergence itself with few cells."""
    row, case = ESTIMATORS["kl_pq_histogram"], CASES[1]
    p, q, exact, held = parse(case.p), parse(case.q), 1.0469, []
    for redraw in range(60):
        rng = np.random.default_rng(redraw)
        ends = row.of(p.sample(600, rng), q.sample(600, rng), QUICK).interval
        held.append(ends is not None and ends.low <= exact <= ends.high)
    assert np.mean(held) < 0.5
