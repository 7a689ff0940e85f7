"""Two-sample tests: uniform p-values where P = Q, power where not, and the arithmetic against plain loops."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from scipy.spatial.distance import cdist

from ganlab.divergences import mmd2
from ganlab.divergences.results import DivergenceError
from ganlab.divergences.two_sample import (
    MOST,
    TESTS,
    classifier_test,
    energy_test,
    mmd_test,
    permuted_mmd2,
)

RNG = np.random.default_rng(11)


def run(name, x, y, permutations=199, seed=0):
    return TESTS[name].of(x, y, "gaussian", 0.0, permutations, seed)


def test_one_product_gives_what_a_loop_over_permutations_gives():
    x, y = RNG.normal(size=(12, 2)), RNG.normal(size=(9, 2)) + 0.5
    pooled = np.concatenate([x, y])
    gram = np.exp(-cdist(pooled, pooled, "sqeuclidean") / 2)
    np.fill_diagonal(gram, 0.0)
    labels = np.zeros((21, 8))
    orders = [RNG.permutation(21) for _ in range(8)]
    for b, order in enumerate(orders):
        labels[order[:12], b] = 1.0
    found = permuted_mmd2(gram, labels)
    expected = [mmd2(pooled[order[:12]], pooled[order[12:]], 1.0) for order in orders]
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_the_observed_statistic_is_the_unbiased_estimate():
    x, y = RNG.normal(size=(80, 1)), RNG.normal(size=(60, 1)) + 0.3
    found = mmd_test(x, y, bandwidth=0.7)
    assert found.statistic == pytest.approx(mmd2(x, y, 0.7), abs=1e-6)


def test_the_energy_statistic_is_scipys_up_to_the_diagonal():
    x, y = RNG.normal(size=200), RNG.normal(size=200) + 1
    # scipy's root is of the V-statistic; the U-statistic leaves out the zero distances to oneself.
    own = sum(2 * np.abs(c[:, None] - c).mean() / (len(c) - 1) / 2 for c in (x, y))
    expected = scipy.stats.energy_distance(x, y) ** 2 - own
    assert energy_test(x, y).statistic == pytest.approx(expected, abs=1e-9)


def test_p_values_count_the_observation_itself():
    found = mmd_test(RNG.normal(size=50), RNG.normal(size=50) + 5, permutations=99)
    assert found.p_value == pytest.approx(1 / 100)
    assert found.null.shape == (99,)
    assert found.null.max() < found.statistic


def test_p_values_are_those_of_scipys_permutation_test():
    rng = np.random.default_rng(8)
    x, y = rng.normal(size=30), rng.normal(size=25) + 0.5
    theirs = scipy.stats.permutation_test(
        (x, y),
        lambda a, b: (
            scipy.stats.energy_distance(a, b) ** 2
        ),  # the V-statistic, of which this is another U-statistic
        n_resamples=999,
        alternative="greater",
        rng=rng,
    )
    ours = energy_test(x, y, permutations=999)
    assert 0.01 < theirs.pvalue < 0.6
    assert ours.p_value == pytest.approx(theirs.pvalue, abs=0.06)


@pytest.mark.parametrize("name", list(TESTS))
def test_steps_are_as_many_as_they_say_and_end_in_the_result(name):
    x, y = RNG.normal(size=(40, 1)), RNG.normal(size=(50, 1))
    steps = list(TESTS[name].steps(x, y, "gaussian", 0.0, 230, 0))
    assert len(steps) == TESTS[name].count(230)
    assert all(step is None for step in steps[:-1])
    assert steps[-1].null.shape == (230,)
    assert steps[-1].p_value == run(name, x, y, permutations=230).p_value


@pytest.mark.parametrize("name", ["mmd", "energy"])
def test_p_values_are_uniform_when_nothing_differs(name):
    rng = np.random.default_rng(3)
    values = [run(name, *rng.normal(size=(2, 30, 2)), permutations=99, seed=i).p_value for i in range(300)]
    # They live on 1/100, …, 1; a random amount below each makes them continuous.
    smooth = np.array(values) - rng.random(300) / 100
    assert scipy.stats.kstest(smooth, "uniform").pvalue > 0.01


def test_the_classifier_does_not_cry_wolf():
    rng = np.random.default_rng(4)
    values = np.array([run("classifier", *rng.normal(size=(2, 60, 1)), seed=i).p_value for i in range(400)])
    for level in (0.05, 0.2, 0.5):
        share = np.mean(values <= level)
        assert share <= level + 3 * np.sqrt(level * (1 - level) / 400)
    assert values.min() < 0.2  # and it does not sleep either


def test_the_classifiers_tail_is_scipys_binomial_test():
    x, y = RNG.normal(size=120), RNG.normal(size=120) + 0.7
    found = classifier_test(x, y)
    right = round(found.statistic * 120)
    expected = scipy.stats.binomtest(right, 120, 0.5, alternative="greater").pvalue
    assert found.p_value == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("name", list(TESTS))
def test_a_shift_of_one_deviation_is_found(name):
    rng = np.random.default_rng(5)
    assert run(name, rng.normal(size=(200, 2)), rng.normal(size=(200, 2)) + 1).p_value < 0.01


def test_a_difference_in_shape_only_is_found_by_the_kernel_tests():
    rng = np.random.default_rng(6)
    x, y = rng.normal(size=400), rng.choice([-1.0, 1.0], 400) + 0.05 * rng.normal(size=400)
    assert mmd_test(x, y).p_value < 0.01
    assert classifier_test(x, y).p_value < 0.01


@pytest.mark.parametrize("name", list(TESTS))
def test_the_same_seed_is_the_same_answer(name):
    x, y = RNG.normal(size=(40, 1)), RNG.normal(size=(50, 1))
    one, again, other = (run(name, x, y, seed=seed) for seed in (7, 7, 8))
    assert one.p_value == again.p_value
    np.testing.assert_array_equal(one.null, again.null)
    assert not np.array_equal(one.null, other.null)


def test_large_samples_are_thinned_and_that_is_said():
    found = energy_test(RNG.normal(size=MOST + 500), RNG.normal(size=80), permutations=20)
    assert (found.n_used, found.m_used) == (MOST, 80)
    assert found.method == "20 permutations of the labels; on 1,000 of 1,500 and 80 of 80 points"
    assert (
        "on"
        not in energy_test(RNG.normal(size=80), RNG.normal(size=80), permutations=20).method.split("labels")[
            1
        ]
    )


@pytest.mark.parametrize(
    ("x", "y", "said"),
    [
        ([1.0, 2.0, 3.0], [1.0, 2.0, 3.0, 4.0], "x: should have at least 4 points. Received 3"),
        (np.ones(9), np.arange(9.0), "x: should have points that differ"),
        (np.arange(9.0), [*range(8), np.nan], "y: every value should be finite"),
        (np.zeros((9, 3)), np.arange(9.0), "x: shape should be"),
    ],
)
def test_what_cannot_be_tested_is_named(x, y, said):
    with pytest.raises(DivergenceError, match=said):
        mmd_test(x, y)


def test_permutations_have_bounds():
    with pytest.raises(DivergenceError, match="permutations: should be a whole number from 1"):
        mmd_test(np.arange(9.0), np.arange(9.0) + 1, permutations=0)
