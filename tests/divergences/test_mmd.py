"""MMD² from samples against double sums, closed forms, scikit-learn and laws."""

from __future__ import annotations

import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics.pairwise import rbf_kernel

from ganlab.divergences import kernel_mean, median_bandwidth, mmd2
from ganlab.divergences import pairwise as engine
from ganlab.divergences.kernels import KERNELS
from ganlab.divergences.mmd import bandwidth_scan, mmd2_blocks, mmd2_rows, witness
from ganlab.divergences.results import DivergenceError

SIZES = st.tuples(st.integers(2, 30), st.integers(2, 30), st.integers(0, 2**32 - 1))


def clouds(n: int, m: int, seed: int, dim: int = 2) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, dim)), rng.normal(0.7, 1.5, size=(m, dim))


def double_sums(x: np.ndarray, y: np.ndarray, name: str, sigma: float) -> tuple[float, float]:
    """The U- and the V-statistic from whole Gram matrices."""
    k = KERNELS[name]
    xx, yy, xy = k.of(x, x, sigma), k.of(y, y, sigma), k.of(x, y, sigma)
    n, m = len(x), len(y)
    unbiased = (xx.sum() - np.trace(xx)) / (n * (n - 1)) + (yy.sum() - np.trace(yy)) / (m * (m - 1))
    return unbiased - 2 * xy.mean(), xx.mean() + yy.mean() - 2 * xy.mean()


# --- values


@pytest.mark.parametrize("name", KERNELS)
@settings(deadline=None)
@given(SIZES)
def test_mmd2_is_the_double_sum(name: str, sizes: tuple[int, int, int]) -> None:
    x, y = clouds(*sizes)
    unbiased, biased = double_sums(x, y, name, 0.6)
    assert mmd2(x, y, 0.6, kernel=name) == pytest.approx(unbiased, rel=1e-10, abs=1e-12)
    assert mmd2(x, y, 0.6, unbiased=False, kernel=name) == pytest.approx(biased, rel=1e-10, abs=1e-12)
    assert mmd2(y, x, 0.6, kernel=name) == pytest.approx(unbiased, rel=1e-10, abs=1e-12)
    assert biased > -1e-12


@pytest.mark.parametrize(("bandwidth", "expected"), [(1.0, 0.1773), (0.05, 0.0156), (20.0, 0.0025)])
def test_unbiased_mmd2_averages_the_closed_form(bandwidth: float, expected: float) -> None:
    """Exhibit 8."""
    variance = bandwidth**2 + 2
    closed = 2 * bandwidth / math.sqrt(variance) * (1 - math.exp(-1 / (2 * variance)))
    assert closed == pytest.approx(expected, abs=5e-5)
    rng = np.random.default_rng(0)
    draws = [mmd2(rng.normal(size=250), rng.normal(1.0, size=250), bandwidth) for _ in range(60)]
    error = np.std(draws, ddof=1) / math.sqrt(len(draws))
    assert abs(np.mean(draws) - closed) < 4 * error
    assert error < closed / 10  # otherwise the line above would accept anything


def test_biased_and_unbiased_mmd2_of_equal_distributions() -> None:
    """Exhibit 9: the V-statistic averages (2/n)(1 − 1/√3); the U-statistic is mostly negative and is not clipped."""
    rng = np.random.default_rng(1)
    pairs = [(rng.normal(size=100), rng.normal(size=100)) for _ in range(200)]
    rows = [mmd2_rows(x, y, 1.0) for x, y in pairs]
    biased, unbiased = np.array([r.biased for r in rows]), np.array([r.unbiased for r in rows])
    assert biased.min() > 0.0
    assert biased.mean() == pytest.approx(0.00845, rel=0.1)
    assert abs(unbiased.mean()) < 6e-4
    assert (unbiased < 0).mean() > 0.5


def test_energy_distance_is_the_mmd_of_the_distance_kernel() -> None:
    x, y = clouds(40, 50, 7, dim=1)
    at = np.sort(np.concatenate([x[:, 0], y[:, 0]]))
    gap = [(x[:, 0] <= t).mean() - (y[:, 0] <= t).mean() for t in at[:-1]]
    expected = 2 * np.sum(np.square(gap) * np.diff(at))  # 2∫(F−G)², Székely and Rizzo
    assert mmd2(x, y, 1.0, unbiased=False, kernel="distance") == pytest.approx(expected, rel=1e-10)
    assert mmd2(x, y, 5.0, kernel="distance") == pytest.approx(mmd2(x, y, 0.1, kernel="distance"), rel=1e-9)


def test_linear_mmd_is_the_distance_of_the_means() -> None:
    x, y = clouds(40, 50, 8)
    expected = float(np.sum((x.mean(axis=0) - y.mean(axis=0)) ** 2))
    assert mmd2(x, y, 1.0, unbiased=False, kernel="linear") == pytest.approx(expected, rel=1e-10)


def test_mmd2_far_from_the_origin() -> None:
    x, y = clouds(50, 60, 4)
    assert mmd2(x + 1e6, y + 1e6, 0.5) == pytest.approx(mmd2(x, y, 0.5), abs=1e-8)


@settings(deadline=None)
@given(SIZES, st.floats(0.1, 10))
def test_radial_mmd2_scales_with_its_bandwidth(sizes: tuple[int, int, int], scale: float) -> None:
    x, y = clouds(*sizes)
    for name in ("gaussian", "laplace", "inverse_multiquadric", "rational_quadratic"):
        expected = mmd2(x, y, 0.8, kernel=name)
        assert mmd2(scale * x, scale * y, 0.8 * scale, kernel=name) == pytest.approx(expected, abs=1e-10)


# --- blocks of float32


@pytest.fixture
def tiny_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "ROWS", 7)
    monkeypatch.setattr(engine, "COLUMNS", 11)
    monkeypatch.setattr(engine, "SMALL", 0)  # float32 and two threads at any size
    monkeypatch.setattr(engine, "THREADS", 2)


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("sigma", [2.0, 0.05])
@pytest.mark.usefixtures("tiny_blocks")
def test_blocks_in_float32_do_not_change_the_sum(name: str, sigma: float) -> None:
    x, y = clouds(70, 93, 3)
    k = KERNELS[name]
    rows = mmd2_rows(x, y, sigma, name)
    xx, yy, xy = k.of(x, x, sigma), k.of(y, y, sigma), k.of(x, y, sigma)
    np.fill_diagonal(xx, 0.0)
    np.fill_diagonal(yy, 0.0)
    assert rows.xx == pytest.approx(xx.sum(axis=1) / 69, rel=1e-5, abs=1e-6)
    assert rows.yy == pytest.approx(yy.sum(axis=1) / 92, rel=1e-5, abs=1e-6)
    assert rows.xy == pytest.approx(xy.mean(axis=1), rel=1e-5, abs=1e-6)
    assert rows.yx == pytest.approx(xy.mean(axis=0), rel=1e-5, abs=1e-6)


def test_every_pair_is_in_one_block() -> None:
    for n, m in ((130, 2100), (64, 64), (65, 1)):
        count = np.zeros((n, m), dtype=int)
        for rows, columns in engine.parts(n, m, symmetric=False):
            count[rows, columns] += 1
        assert (count == 1).all()
    count = np.zeros((2100, 2100), dtype=int)
    for rows, columns in engine.parts(2100, 2100, symmetric=True):
        count[rows, columns] += 1
        if rows != columns:
            count.T[rows, columns] += 1
    assert (count == 1).all()


@pytest.mark.parametrize("sigma", [1.0, 0.3, 0.03])
def test_float32_agrees_with_float64_and_memory_stays_flat(sigma: float) -> None:
    """The whole Gram matrices of 3,000 points would take 144 MB in float64."""
    x, y = clouds(3000, 3000, 5)
    expected = double_sums(x, y, "gaussian", sigma)[0]
    tracemalloc.start()
    found = mmd2(x, y, sigma)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == pytest.approx(expected, abs=2e-7)
    assert peak < 8e6


def test_agrees_with_scikit_learn_to_1e6() -> None:
    x, y = clouds(2500, 1500, 6)
    xx, yy, xy = (rbf_kernel(a, b, gamma=1 / (2 * 0.7**2)) for a, b in ((x, x), (y, y), (x, y)))
    n, m = len(x), len(y)
    expected = (xx.sum() - n) / (n * (n - 1)) + (yy.sum() - m) / (m * (m - 1)) - 2 * xy.mean()
    assert mmd2(x, y, 0.7) == pytest.approx(expected, abs=1e-6)


# --- what estimators with intervals need


def test_projections_give_the_variance() -> None:
    rng = np.random.default_rng(10)
    values, variances = [], []
    for _ in range(400):
        rows = mmd2_rows(rng.normal(size=(120, 2)), rng.normal(1.0, size=(80, 2)), 1.0)
        h_x, h_y = rows.projections()
        values.append(rows.unbiased)
        variances.append(h_x.var(ddof=1) / 120 + h_y.var(ddof=1) / 80)
    assert np.mean(variances) == pytest.approx(np.var(values, ddof=1), rel=0.25)


def test_block_average_is_the_average_of_blocks() -> None:
    x, y = clouds(40, 33, 11)
    found = mmd2_blocks(x, y, 0.9, block=8)
    each = [mmd2(x[i : i + 8], y[i : i + 8], 0.9) for i in range(0, 32, 8)]
    assert found.blocks == 4
    assert found.value == pytest.approx(np.mean(each), abs=1e-12)
    assert found.standard_error == pytest.approx(np.std(each, ddof=1) / 2, abs=1e-12)
    assert mmd2_blocks(x, y, 0.9).block == 6


def test_block_average_covers_zero_under_equality() -> None:
    rng = np.random.default_rng(12)
    scores = []
    for _ in range(150):
        found = mmd2_blocks(rng.normal(size=(900, 1)), rng.normal(size=(900, 1)), 1.0)
        scores.append(found.value / found.standard_error)
    assert np.mean(np.abs(scores) < 1.96) == pytest.approx(0.95, abs=0.06)


# --- bandwidth and witness


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("unbiased", [True, False])
def test_scan_is_one_mmd_after_another(name: str, unbiased: bool) -> None:
    x, y = clouds(90, 70, 13)
    sigmas = np.geomspace(0.05, 20, 6)
    expected = [mmd2(x, y, float(s), unbiased, name) for s in sigmas]
    assert bandwidth_scan(x, y, sigmas, name, unbiased) == pytest.approx(expected, rel=1e-9, abs=1e-11)


@pytest.mark.usefixtures("tiny_blocks")
def test_scan_in_float32_blocks() -> None:
    x, y = clouds(90, 70, 13)
    sigmas = np.geomspace(0.05, 20, 6)
    expected = [double_sums(x, y, "gaussian", float(s))[0] for s in sigmas]
    assert bandwidth_scan(x, y, sigmas) == pytest.approx(expected, abs=1e-6)


def test_median_bandwidth() -> None:
    # ‖x − x′‖² / 2 of two standard normal points in the plane is exponential: its median is ln 2
    x = np.random.default_rng(5).normal(size=(1000, 2))
    assert median_bandwidth(x) == pytest.approx(2 * math.sqrt(math.log(2)), rel=0.03)
    assert median_bandwidth([[0.0, 0.0], [3.0, 4.0], [9.0, 9.0]], max_points=2) == 5.0
    assert median_bandwidth(np.ones((5, 2))) == 1.0
    assert median_bandwidth([0.0, 0.0, 0.0, 2.0]) == 2.0  # duplicates do not count
    assert median_bandwidth([0.0, 1.0, 7.0], max_points=4, y=[5.0, 6.0, 90.0]) == 4.5  # 0 1 | 5 6 pooled


@settings(max_examples=20, deadline=None)
@given(SIZES)
def test_mmd2_is_the_mean_of_the_witness(sizes: tuple[int, int, int]) -> None:
    """MMD²_biased = mean of the witness over x less its mean over y."""
    x, y = clouds(*sizes)
    for name in KERNELS:
        gap = witness(x, x, y, 0.7, name).mean() - witness(y, x, y, 0.7, name).mean()
        assert mmd2(x, y, 0.7, unbiased=False, kernel=name) == pytest.approx(gap, rel=1e-9, abs=1e-11)


def test_witness_is_positive_where_p_has_more() -> None:
    x, y = clouds(500, 500, 14)
    at = witness([[0.0, 0.0], [3.0, 3.0]], x, y, 0.5)
    assert at[0] > 0.05
    assert at[1] < -0.005


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: mmd2([1.0], [1.0, 2.0], 1.0), "x: shape .* n >= 2"),
        (lambda: mmd2([1.0, 2.0], [[1.0, 2.0], [1.0, 3.0]], 1.0), r"y: shape should be \[n, 1\]"),
        (lambda: mmd2([1.0, 2.0], [1.0, math.nan], 0.5), "y: every value should be finite"),
        (lambda: mmd2([1.0, 2.0], [1.0, 2.0], 0.0), "bandwidth: should be a finite number > 0"),
        (lambda: mmd2([1.0, 2.0], [1.0, 2.0], 1.0, kernel="cubic"), "kernel: should be one of"),
        (
            lambda: mmd2_blocks(np.arange(9.0), np.arange(9.0), 1.0, block=5),
            "block: should be a whole number from 2 to 4",
        ),
        (lambda: bandwidth_scan([1.0, 2.0], [1.0, 2.0], [1.0, 0.0]), "bandwidths: should be"),
        (lambda: bandwidth_scan([1.0, 2.0], [1.0, 2.0], []), "bandwidths: shape should be"),
        (lambda: witness([[1.0, 2.0]], [1.0], [2.0]), r"points: shape should be \[n, 1\]"),
        (lambda: median_bandwidth([1.0, 2.0], 1), "max_points"),
        (lambda: kernel_mean([1.0], None, 1.0), "x: shape .* n >= 2"),
    ],
)
def test_bad_input_is_named(call, words: str) -> None:
    with pytest.raises(DivergenceError, match=words):
        call()
