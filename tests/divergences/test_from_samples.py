"""Sample distances against closed forms, laws and POT."""

from __future__ import annotations

import math

import numpy as np
import ot
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from scipy.stats import norm

from ganlab.divergences import (
    directions,
    kernel_mean,
    median_bandwidth,
    mmd2,
    sliced_w2,
    w1,
    w1_to_quantiles,
)
from ganlab.divergences import from_samples as module

SIZES = st.tuples(st.integers(1, 30), st.integers(1, 30), st.integers(0, 2**32 - 1))


def clouds(n: int, m: int, seed: int, dim: int = 2) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, dim)), rng.normal(0.7, 1.5, size=(m, dim))


# --- MMD


@pytest.mark.parametrize(("bandwidth", "expected"), [(1.0, 0.1773), (0.05, 0.0156), (20.0, 0.0025)])
def test_unbiased_mmd2_averages_the_closed_form(bandwidth: float, expected: float) -> None:
    variance = bandwidth**2 + 2
    closed = 2 * bandwidth / math.sqrt(variance) * (1 - math.exp(-1 / (2 * variance)))
    assert closed == pytest.approx(expected, abs=5e-5)
    rng = np.random.default_rng(0)
    draws = [mmd2(rng.normal(size=250), rng.normal(1.0, size=250), bandwidth) for _ in range(60)]
    error = np.std(draws, ddof=1) / math.sqrt(len(draws))
    assert abs(np.mean(draws) - closed) < 4 * error
    assert error < closed / 10  # otherwise the line above would accept anything


def test_biased_mmd2_of_equal_distributions() -> None:
    rng = np.random.default_rng(1)
    pairs = [(rng.normal(size=100), rng.normal(size=100)) for _ in range(200)]
    biased = np.array([mmd2(x, y, 1.0, unbiased=False) for x, y in pairs])
    unbiased = np.array([mmd2(x, y, 1.0) for x, y in pairs])
    assert biased.min() > 0.0
    assert biased.mean() == pytest.approx(0.02 * (1 - 1 / math.sqrt(3)), rel=0.1)
    assert abs(unbiased.mean()) < 6e-4
    assert (unbiased < 0).mean() > 0.5


@given(SIZES)
def test_mmd2_is_the_double_sum(sizes: tuple[int, int, int]) -> None:
    n, m, seed = sizes
    x, y = clouds(n + 1, m + 1, seed)

    def gram(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.exp(-cdist(a, b, "sqeuclidean") / (2 * 0.6**2))

    off = gram(x, x).sum() - n - 1, gram(y, y).sum() - m - 1
    expected = off[0] / (n * (n + 1)) + off[1] / (m * (m + 1)) - 2 * gram(x, y).mean()
    assert mmd2(x, y, 0.6) == pytest.approx(expected, abs=1e-12)
    v_statistic = gram(x, x).mean() + gram(y, y).mean() - 2 * gram(x, y).mean()
    assert mmd2(x, y, 0.6, unbiased=False) == pytest.approx(v_statistic, abs=1e-12)
    assert mmd2(y, x, 0.6) == pytest.approx(expected, abs=1e-12)


def test_blocks_do_not_change_the_sum(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = clouds(70, 90, 3)
    whole = kernel_mean(x, y, 0.5)
    monkeypatch.setattr(module, "BLOCK", 200)
    assert kernel_mean(x, y, 0.5) == pytest.approx(whole, rel=1e-13)


def test_mmd2_far_from_the_origin() -> None:
    x, y = clouds(50, 60, 4)
    assert mmd2(x + 1e6, y + 1e6, 0.5) == pytest.approx(mmd2(x, y, 0.5), abs=1e-8)


def test_median_bandwidth() -> None:
    # ‖x − x′‖² / 2 of two standard normal points in the plane is exponential: its median is ln 2
    x = np.random.default_rng(5).normal(size=(1000, 2))
    assert median_bandwidth(x) == pytest.approx(2 * math.sqrt(math.log(2)), rel=0.03)
    assert median_bandwidth([[0.0, 0.0], [3.0, 4.0], [9.0, 9.0]], max_points=2) == 5.0
    assert median_bandwidth(np.ones((5, 2))) == 1.0
    assert median_bandwidth([0.0, 0.0, 0.0, 2.0]) == 2.0  # duplicates do not count


# --- Wasserstein


@given(SIZES)
def test_w1_agrees_with_pot(sizes: tuple[int, int, int]) -> None:
    x, y = clouds(*sizes, dim=1)
    assert w1(x, y) == pytest.approx(float(ot.wasserstein_1d(x[:, 0], y[:, 0], p=1)), rel=1e-9, abs=1e-12)


@given(SIZES)
def test_sliced_w2_agrees_with_pot(sizes: tuple[int, int, int]) -> None:
    x, y = clouds(*sizes)
    theta = directions(5, 2, np.random.default_rng(sizes[2]))
    expected = ot.sliced_wasserstein_distance(x, y, projections=theta.T, p=2)
    assert sliced_w2(x, y, theta) == pytest.approx(float(expected), rel=1e-8, abs=1e-10)


@given(st.floats(-10, 10), st.floats(0.1, 10), SIZES)
def test_laws_of_scale_and_shift(shift: float, scale: float, sizes: tuple[int, int, int]) -> None:
    x, y = clouds(*sizes)
    theta = directions(4, 2, np.random.default_rng(0))
    assert w1(x[:, 0], x[:, 0] + shift) == pytest.approx(abs(shift), abs=1e-9)
    assert sliced_w2(x, x + np.array([shift, 0.0]), theta) == pytest.approx(
        abs(shift) / math.sqrt(2), abs=1e-7
    )
    assert sliced_w2(scale * x, scale * y, theta) == pytest.approx(scale * sliced_w2(x, y, theta), rel=1e-9)
    assert w1(scale * x[:, 0], scale * y[:, 0]) == pytest.approx(scale * w1(x[:, 0], y[:, 0]), rel=1e-9)


def test_sliced_w2_of_a_shift_in_many_dimensions() -> None:
    x = np.random.default_rng(6).normal(size=(40, 10))
    theta = directions(4000, 10, np.random.default_rng(7))
    assert np.linalg.norm(theta, axis=1) == pytest.approx(np.ones(4000))
    assert sliced_w2(x, x + 3.0 * np.eye(10)[0], theta) == pytest.approx(3 / math.sqrt(10), rel=0.04)


def test_directions_in_the_plane_are_spread_and_seeded() -> None:
    theta = directions(8, 2, np.random.default_rng(8))
    angles = np.sort(np.mod(np.arctan2(theta[:, 1], theta[:, 0]), math.pi))
    assert np.diff(angles) == pytest.approx(np.full(7, math.pi / 8))
    assert np.array_equal(theta, directions(8, 2, np.random.default_rng(8)))
    assert not np.allclose(theta, directions(8, 2, np.random.default_rng(9)))
    assert np.abs(directions(3, 1, np.random.default_rng(0))) == pytest.approx(np.ones((3, 1)))


@pytest.mark.parametrize(("mean", "std"), [(0.0, 1.0), (2.0, 1.0), (0.5, 3.0)])
def test_w1_to_quantiles_of_two_normals(mean: float, std: float) -> None:
    n = 2500
    sample = norm.ppf((np.arange(n) + 0.5) / n)  # the best n points for N(0, 1)
    slope = abs(std - 1.0)
    closed = (
        abs(mean)
        if slope == 0
        else (abs(mean) * (2 * norm.cdf(abs(mean) / slope) - 1) + 2 * slope * norm.pdf(abs(mean) / slope))
    )
    assert w1_to_quantiles(sample, lambda u: norm.ppf(u, mean, std)) == pytest.approx(
        closed, abs=7e-4 * (1 + std)
    )


def test_w1_to_quantiles_error_is_what_the_docstring_says() -> None:
    x = np.random.default_rng(10).normal(size=2500)
    fine = norm.ppf((np.arange(500_000) + 0.5) / 500_000)
    assert abs(w1_to_quantiles(x, norm.ppf) - w1(x, fine)) < 7.5e-4


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: w1([[1.0, 2.0]], [1.0]), r"x: shape should be \[n, 1\]"),
        (lambda: w1([1.0], []), "y: shape"),
        (lambda: w1([math.nan], [1.0]), "x: every value should be finite"),
        (lambda: mmd2([1.0], [1.0, 2.0], 1.0), "x: shape .* n >= 2"),
        (lambda: mmd2([1.0, 2.0], [1.0, 2.0], 0.0), "bandwidth: should be a finite number > 0"),
        (lambda: sliced_w2([[1.0, 2.0]], [[1.0]], [[1.0, 0.0]]), "y: shape"),
        (lambda: sliced_w2([[1.0, 2.0]], [[1.0, 1.0]], [[1.0]]), "directions: shape"),
        (lambda: directions(0, 2, np.random.default_rng()), "k, dim"),
        (lambda: median_bandwidth([1.0, 2.0], 1), "max_points"),
    ],
)
def test_bad_input_is_named(call, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()
