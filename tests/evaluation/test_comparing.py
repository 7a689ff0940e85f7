"""Means and differences of ten seeds against Beta quantiles, Dirichlet draws, symmetries, and what they must cover."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, sem

from benchmarks.comparing import CASES, measure
from ganlab.distributions import parse
from ganlab.evaluation.comparing import (
    Scale,
    compare,
    estimate,
    mean_interval,
    scales,
    settled,
    weighted_quantile,
)

MODES = Scale(worst=0.0, best=8.0, step=1.0)
KL = Scale(worst=math.log(8), best=0.0, step=1 / 2500)
TEN = st.lists(st.integers(0, 8), min_size=2, max_size=12)


# ---------------------------------------------------------------- the interval


@pytest.mark.parametrize("level", [0.025, 0.5, 0.975])
@pytest.mark.parametrize(("good", "n"), [(1, 10), (7, 10), (10, 10), (1, 1), (60, 64)])
def test_zeros_and_ones_give_quantiles_of_a_beta_law(good: int, n: int, level: float) -> None:
    """Σ of Dirichlet weights over the ones is Beta(ones, zeros + ⅓), the third being the bound at 0."""
    values = np.repeat([1.0, 0.0], [good, n - good])
    expected = beta.ppf(level, good, n - good + 1 / 3)
    assert weighted_quantile(values, 0.0, level) == pytest.approx(expected, abs=1e-9)


def test_agrees_with_plain_draws_of_dirichlet_weights() -> None:
    rng = np.random.default_rng(3)
    values = np.array([7.0, 7, 6, 5.5, 2, 7, 7, 8, 7, 0.3])
    weights = rng.dirichlet([1.0] * 10 + [1 / 3], 200_000)
    sums = weights @ np.append(values, -8.0)
    for level in (0.025, 0.5, 0.9):
        found = weighted_quantile(values, -8.0, level)
        share = float(np.mean(sums < found))
        assert share == pytest.approx(level, abs=5 * math.sqrt(level * (1 - level) / len(sums)))


def test_one_far_bound_beside_readings_that_hardly_differ() -> None:
    """The integrand then has two scales, a thousand apart; the law is nearly that of one Beta weight."""
    values = 0.97 + 1e-6 * np.arange(10)
    low, high = mean_interval(values, 0.0, 1.0)
    assert low == pytest.approx(0.97 * (1 - beta.ppf(0.975, 1 / 3, 10)), abs=1e-5)
    assert high == pytest.approx(0.97 + 0.03 * beta.ppf(0.975, 1 / 3, 10), abs=1e-5)


@given(TEN, st.floats(-50, 50), st.floats(0.01, 100))
def test_it_moves_and_stretches_with_the_readings(values: list[int], shift: float, factor: float) -> None:
    low, high = mean_interval(values, -8.0, 8.0)
    moved = mean_interval(shift + factor * np.array(values), shift - 8 * factor, shift + 8 * factor)
    assert moved == pytest.approx((shift + factor * low, shift + factor * high), abs=1e-7 * factor + 1e-9)


@given(TEN)
def test_it_is_symmetric_and_holds_the_mean(values: list[int]) -> None:
    low, high = mean_interval(values, -8.0, 8.0)
    turned = mean_interval([-value for value in values], -8.0, 8.0)
    assert (-turned[1], -turned[0]) == pytest.approx((low, high), abs=1e-9)
    assert low <= np.mean(values) + 1e-9
    assert high >= np.mean(values) - 1e-9


def test_more_seeds_say_more() -> None:
    widths = [np.diff(mean_interval([0.0, 1.0] * n, 0.0, 1.0))[0] for n in (1, 5, 20)]
    assert widths[0] > 1.5 * widths[1] > 2 * widths[2]


@pytest.mark.parametrize(
    "name",
    [
        "1-3, then 8 (1 in 10 %)",
        "1-3, then 1-3: it does nothing",
        "4-8, then 8 (7 in 10 %)",
        "quality 97 ± 1 % twice",
    ],
)
def test_it_holds_the_truth_as_often_as_it_says(name: str) -> None:
    """0.95 less three standard errors of 200 redraws; all 18 cases are in `benchmarks.comparing`."""
    assert name in CASES
    assert measure(name, 200)["ours"][0] >= 0.904


def test_student_says_too_much_where_a_tenth_of_the_seeds_fails() -> None:
    """The reason for not taking it."""
    assert measure("1-3, then 8 (1 in 10 %)", 200)["paired t"][0] < 0.84


# ---------------------------------------------------------------- scales and what cannot be read


def test_scales_of_eight_equal_modes() -> None:
    modes = parse("ring(8)").modes()
    assert modes is not None
    found = scales(modes, 2500)
    assert (found["modes"].worst, found["modes"].best, found["modes"].step) == (0, 8, 1)
    assert found["reverse_kl"].worst == pytest.approx(math.log(8))
    assert [scale.sign for scale in found.values()] == [1, 1, -1]


def test_the_worst_reverse_kl_is_that_of_the_rarest_mode() -> None:
    modes = parse("0.2*normal(-2,0.3)+0.5*normal(0,0.2)+0.3*normal(2,0.4)").modes()
    assert modes is not None
    assert scales(modes, 100)["reverse_kl"].worst == pytest.approx(math.log(5))


def test_a_seed_that_diverged_counts_as_the_worst() -> None:
    found = estimate([8, np.nan, 8, 8], MODES, diverged=[False, True, False, False])
    assert (found.mean, found.diverged, found.n, found.perfect) == (6.0, 1, 4, 3)
    assert found.error == pytest.approx(sem([8, 0, 8, 8]))
    assert list(settled([8, 7, 6], MODES, [False, True, False])) == [8, 0, 6]


def test_a_seed_without_a_histogram_counts_as_the_worst() -> None:
    assert list(settled([0.1, np.inf, np.nan], KL)) == [0.1, math.log(8), math.log(8)]


def test_shapes_are_checked() -> None:
    with pytest.raises(ValueError, match=r"readings: shape should be \[n\]"):
        settled([[1.0, 2.0]], MODES)
    with pytest.raises(ValueError, match="after: should be 2 readings"):
        compare([1, 2], [1, 2, 3], MODES)


# ---------------------------------------------------------------- the verdict


def test_a_cure_helps_in_every_seed() -> None:
    found = compare([1, 2, 1, 1, 3, 1, 1, 2, 1, 1], [8] * 10, MODES)
    assert found.verdict == "helps"
    assert (found.difference, found.better, found.worse, found.n) == (pytest.approx(6.6), 10, 0, 10)
    assert 2 < found.low < 6.6 < found.high < 7.01
    assert (found.after.mean, found.after.error, found.after.high) == (8.0, 0.0, pytest.approx(8.0))
    assert found.after.low < 7, "ten seeds do not prove that none fails"


def test_it_goes_by_the_seed() -> None:
    """Seeds scatter far more than the change does, and it is the same for each of them."""
    before = np.array([0, 1, 2, 3, 4, 5, 6, 0, 3, 5])
    assert compare(before, before + 2, MODES).verdict == "helps"
    assert compare(before, (before + 2)[::-1], MODES).verdict == "unclear"


def test_less_is_better_for_a_divergence() -> None:
    high, low = [2.0, 1.9, 2.1, 1.8] * 2, [0.1, 0.2, 0.0, 0.1] * 2
    cured = compare(high, low, KL)
    assert (cured.verdict, cured.better) == ("helps", 8)
    assert cured.high < 0
    assert compare(low, high, KL).verdict == "hurts"


def test_nothing_can_help_what_is_perfect() -> None:
    found = compare([8] * 10, [8] * 10, MODES)
    assert (found.verdict, found.difference) == ("both_perfect", 0)
    assert found.low < -0.1 < 0.1 < found.high, "an interval without width would claim too much"
    assert compare([0] * 10, [0] * 10, MODES).verdict == "unclear"


def test_one_seed_proves_nothing() -> None:
    found = compare([1], [8], MODES)
    assert found.verdict == "unclear"
    assert math.isnan(found.after.error)


@given(TEN, st.randoms())
def test_swapping_the_arms_turns_the_answer_around(before: list[int], random: object) -> None:
    after = list(before)
    random.shuffle(after)  # type: ignore[attr-defined]
    forth, back = compare(before, after, MODES), compare(after, before, MODES)
    assert (forth.low, forth.high) == pytest.approx((-back.high, -back.low), abs=1e-9)
    swapped = {"helps": "hurts", "hurts": "helps"}
    assert back.verdict == swapped.get(forth.verdict, forth.verdict)
    assert (forth.better, forth.worse) == (back.worse, back.better)
