"""The exhibits of "From samples": what they say is what the core computes and what redraws show."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest

from ganlab.divergences import compare
from ganlab.divergences.registry import DIVERGENCES
from ganlab.exhibits import Exhibit, Number, of_page
from ganlab.studies import Study
from ganlab.ui.samples_controls import SamplesSpec

HERE = of_page("samples")


@cache
def redrawn(name: str, n: int, redraws: int) -> Study:
    """The study of an exhibit, to its end."""
    exhibit = next(one for one in HERE if one.name == name)
    estimators = [one for one in exhibit.values["estimators"] if one != "kl_pq_density"]  # slow
    values = {**exhibit.values, "n": n, "redraws": redraws, "estimators": estimators}
    study = Study(SamplesSpec.make(values).study)
    while study.advance():
        pass
    return study


def redraws_of(study: Study, estimator: str) -> np.ndarray:
    return study.redraws["value"][[row.name for row in study.rows].index(estimator)]


@pytest.mark.parametrize(
    ("exhibit", "number"),
    [(exhibit, number) for exhibit in HERE for number in exhibit.numbers],
    ids=lambda one: one.name if isinstance(one, Exhibit) else one.key,
)
def test_the_numbers_are_what_the_core_computes(exhibit: Exhibit, number: Number) -> None:
    spec = SamplesSpec.make(exhibit.values)
    if number.key in DIVERGENCES:
        value = compare(spec.p, spec.q, [number.key], bandwidth=spec.bandwidth or 1.0)[number.key].value
        assert abs(value - number.value) <= number.tolerance
    else:  # the mean of an estimator
        values = redraws_of(redrawn(exhibit.name, spec.n, 200), number.key)
        assert abs(values.mean() - number.value) < 4.0 * values.std(ddof=1) / math.sqrt(len(values))


def test_the_two_means_that_are_named_are_their_formulas() -> None:
    n, k = 100, 50
    assert (2 / n) * (1 - 1 / math.sqrt(3)) == pytest.approx(0.00845, abs=5e-6)
    assert (k - 1) / (2 * 1000) == pytest.approx(0.0245)


def test_each_link_says_all_and_asks_for_what_it_names() -> None:
    assert HERE[0].name == "closing_in"
    for exhibit in HERE:
        spec = SamplesSpec.make(exhibit.values)
        assert {"p", "q", "n", "estimators"} <= set(exhibit.values)
        assert SamplesSpec.from_query(spec.to_query()) == spec
        named = {number.key for number in exhibit.numbers} & set(DIVERGENCES)
        targets = {row.target for row in Study(spec.study).rows}
        assert named <= targets


def test_unbiased_is_below_zero_more_than_half_of_the_time_and_biased_never() -> None:
    study = redrawn("biased_mmd", 100, 200)
    assert np.mean(redraws_of(study, "mmd2_unbiased") < 0.0) > 0.5
    assert redraws_of(study, "mmd2_biased").min() >= 0.0


def test_six_estimators_do_what_is_said_of_them() -> None:
    few, many = redrawn("closing_in", 50, 40), redrawn("closing_in", 1000, 20)
    assert np.mean(np.isinf(redraws_of(few, "kl_pq_histogram"))) > 0.5
    for study, mean in ((few, 0.36), (many, 0.47)):
        values = redraws_of(study, "kl_pq_neighbours")
        assert abs(values.mean() - mean) < 4.0 * values.std(ddof=1) / math.sqrt(len(values)) + 0.005
    for name in ("kl_pq_classifier", "kl_pq_bound"):
        row = [one.name for one in many.rows].index(name)
        assert np.all(many.redraws["aim"][row] <= 0.5)
        assert redraws_of(many, name).mean() < 0.5


def test_a_shift_that_a_hundred_points_miss_is_seen_by_a_thousand() -> None:
    p_values: dict[int, list[float]] = {100: [], 1000: []}
    exhibit = next(one for one in HERE if one.name == "not_significant")
    for n, found in p_values.items():
        for seed in range(6):
            values = {**exhibit.values, "n": n, "seed": seed, "redraws": 0, "estimators": ("w1_sorted",)}
            study = Study(SamplesSpec.make(values).study)
            while study.advance():
                pass
            assert study.test is not None
            found.append(study.test.p_value)
    assert min(p_values[100]) < 0.05 < max(p_values[100])
    assert sorted(p_values[1000])[3] == pytest.approx(1 / 501)
