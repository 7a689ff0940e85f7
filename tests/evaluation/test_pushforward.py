"""Push-forward and kernel masses against closed forms, a double loop and scipy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.special import ndtr
from scipy.stats import gaussian_kde, halfnorm, norm

from ganlab.distributions import parse
from ganlab.evaluation import kde_masses, noise_knots, pushforward_masses, true_masses
from ganlab.evaluation.pushforward import silverman_bandwidth

EDGES = np.linspace(-4.0, 4.0, 401)


def masses_of(cdf, edges: np.ndarray = EDGES) -> np.ndarray:
    return np.diff(np.concatenate([[0.0], cdf(edges), [1.0]]))


def by_hand(x: np.ndarray, w: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Mass below each edge, one segment at a time; half-open cells, so an atom on an edge is not below it."""
    below = np.zeros(len(edges))
    for a, b, weight in zip(x[:-1], x[1:], w, strict=True):
        low, high = min(a, b), max(a, b)
        with np.errstate(over="ignore"):
            ramp = (edges > low) if low == high else np.clip((edges - low) / (high - low), 0.0, 1.0)
        below += weight * ramp
    return np.diff(np.concatenate([[0.0], below, [w.sum()]]))


@pytest.mark.parametrize(("slope", "shift"), [(1.0, 0.0), (-0.5, 1.0), (3.0, -2.0), (0.02, 0.3)])
def test_a_linear_generator_of_normal_noise(slope: float, shift: float) -> None:
    z, weights = noise_knots("normal")
    result = pushforward_masses(slope * z + shift, weights, EDGES)
    expected = masses_of(lambda e: ndtr((e - shift) / abs(slope)))
    assert result == pytest.approx(expected, abs=3e-6)
    assert result.sum() == pytest.approx(1.0, abs=1e-12)


def test_the_absolute_value_of_normal_noise() -> None:
    z, weights = noise_knots("normal", 2001)
    assert pushforward_masses(np.abs(z), weights, EDGES) == pytest.approx(masses_of(halfnorm.cdf), abs=3e-6)


def test_the_square_of_uniform_noise() -> None:
    z, weights = noise_knots("uniform", 4001)
    expected = masses_of(lambda e: np.sqrt(np.clip(e, 0.0, 1.0)))
    assert pushforward_masses(z**2, weights, EDGES) == pytest.approx(expected, abs=3e-4)


KNOTS = st.lists(
    st.one_of(st.floats(-6, 6, width=32), st.sampled_from([-4.0, 0.0, 0.5, 4.0, 1e-30, 5e-324])),
    min_size=2,
    max_size=30,
)


@given(KNOTS, st.integers(1, 20), st.integers(0, 2**32 - 1))
@example([0.0, 0.0], 4, 0)
@example([-5e-324, 5e-324], 4, 0)
def test_any_piecewise_linear_generator(knots: list[float], cells: int, seed: int) -> None:
    x = np.array(knots)
    weights = np.random.default_rng(seed).dirichlet(np.ones(len(x) - 1))
    edges = np.linspace(-4.0, 4.0, cells + 1)
    result = pushforward_masses(x, weights, edges)
    assert result == pytest.approx(by_hand(x, weights, edges), abs=1e-13)
    assert result.min() >= 0.0
    assert result.sum() == pytest.approx(1.0, abs=1e-12)
    assert pushforward_masses(x[::-1], weights[::-1], edges) == pytest.approx(result, abs=1e-13)


def test_nearly_constant_segments_lose_nothing() -> None:
    x = 0.01 + 1e-14 * np.arange(2000)  # all within one cell, slopes of 1e10
    result = pushforward_masses(x, None, EDGES)
    assert result.max() == pytest.approx(1.0, abs=1e-12)
    assert np.count_nonzero(result) == 1


def test_atoms_go_to_the_cell_that_starts_there() -> None:
    result = pushforward_masses([0.0, 0.0, 1.0, 1.0, 9.0, 9.0], [0.3, 0.0, 0.2, 0.0, 0.5], [0.0, 1.0, 2.0])
    assert result == pytest.approx(np.array([0.0, 0.3, 0.2, 0.5]))


def test_what_lies_outside_is_counted() -> None:
    assert pushforward_masses([-3.0, 5.0], None, [0.0, 1.0]) == pytest.approx(np.array([3, 1, 4]) / 8)


def test_noise_knots_are_distributions() -> None:
    for noise in ("normal", "uniform"):
        z, weights = noise_knots(noise, 100)
        assert (len(z), len(weights)) == (100, 99)
        assert weights.sum() == pytest.approx(1.0, abs=1e-14)
        assert (np.diff(z) > 0).all()
    assert (noise_knots("uniform", 3)[0] == [-1.0, 0.0, 1.0]).all()


# --- kernel estimate


@pytest.mark.parametrize("bandwidth", [None, 0.05, 1.0])
def test_kde_agrees_with_scipy(bandwidth: float | None) -> None:
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.normal(-1.5, 0.3, 300), rng.normal(1.0, 0.6, 700)])
    h = silverman_bandwidth(x) if bandwidth is None else bandwidth
    reference = gaussian_kde(x, bw_method=h / x.std(ddof=1))
    edges = np.linspace(-4.0, 4.0, 41)
    expected = masses_of(np.vectorize(lambda e: reference.integrate_box_1d(-np.inf, e)), edges)
    assert kde_masses(x, edges, bandwidth) == pytest.approx(expected, abs=2e-4)
    assert kde_masses(x, edges, bandwidth).sum() == pytest.approx(1.0, abs=1e-12)


def test_kde_masses_are_never_negative() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):  # the sum over kernels rounds differently at every edge
        result = kde_masses(rng.choice([-2.0, 2.0], 2500) + 0.3 * rng.normal(size=2500), EDGES)
        assert result.min() >= 0.0
        assert result.sum() == pytest.approx(1.0, abs=1e-12)


def test_kde_of_one_sample_is_its_kernel() -> None:
    assert kde_masses([0.7], EDGES, 0.5) == pytest.approx(
        masses_of(lambda e: norm.cdf(e, 0.7, 0.5)), abs=1e-14
    )


def test_kde_of_a_collapsed_generator_is_an_atom() -> None:
    result = kde_masses(np.full(100, 0.013), EDGES)
    assert result.max() == 1.0
    assert np.count_nonzero(result) == 1


def test_silverman_bandwidth() -> None:
    x = norm.ppf((np.arange(1000) + 0.5) / 1000)
    assert silverman_bandwidth(x) == pytest.approx(0.9 * 1000**-0.2, rel=0.01)
    assert silverman_bandwidth(10 * x) == pytest.approx(10 * silverman_bandwidth(x))
    assert silverman_bandwidth(np.append(np.zeros(90), x[:10])) > 0.0  # the interquartile range is 0 here


def test_true_masses() -> None:
    result = true_masses(parse("normal(0.5,2)"), EDGES)
    assert result == pytest.approx(masses_of(lambda e: norm.cdf(e, 0.5, 2.0)), abs=1e-12)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: pushforward_masses([0.0], None, EDGES), "x_knots: shape"),
        (lambda: pushforward_masses([0.0, math.nan], None, EDGES), "x_knots: every value should be finite"),
        (lambda: pushforward_masses([0.0, 1.0], [0.5, 0.5], EDGES), r"weights: shape should be \[1\]"),
        (lambda: pushforward_masses([0.0, 1.0], [-1.0], EDGES), "weights: should be finite and >= 0"),
        (lambda: pushforward_masses([0.0, 1.0], None, [1.0, 0.0]), "edges: should be finite and increasing"),
        (lambda: pushforward_masses([0.0, 1.0], None, [1.0]), "edges: shape"),
        (lambda: kde_masses([], EDGES), "samples: shape"),
        (lambda: kde_masses([1.0], EDGES, -1.0), "bandwidth: should be finite and >= 0"),
        (lambda: noise_knots("cauchy"), "noise: should be 'normal' or 'uniform'"),
        (lambda: noise_knots("normal", 1), "m: should be >= 2"),
    ],
)
def test_bad_input_is_named(call, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()
