"""Histogram estimates against scipy, numpy, leave-one-out loops, the bias formula and exact masses."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from ganlab.distributions import parse
from ganlab.divergences import js_from_masses
from ganlab.divergences.estimators import ESTIMATORS, Options
from ganlab.divergences.estimators.expectations import cell_masses
from ganlab.divergences.estimators.histogram import (
    edges,
    js_plugin,
    kl_bias,
    kl_corrected,
    kl_plugin,
    shares,
    tv_plugin,
    unfolded,
)
from ganlab.divergences.pair import pair_of

UNIT = Options(bins=8, window=((0.0, 1.0),))
RNG = np.random.default_rng(5)


def beta(n: int, m: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.beta(2, 3, (n, 1)), rng.beta(2, 2, (m, 1))


def counted(x: np.ndarray) -> np.ndarray:
    return np.histogram(x[:, 0], np.linspace(0, 1, 9))[0] / len(x)


def test_values_are_scipys_on_numpys_counts() -> None:
    x, y = beta(300, 500)
    p, q = counted(x), counted(y)
    assert kl_plugin(x, y, UNIT).value == pytest.approx(scipy.stats.entropy(p, q), rel=1e-12)
    assert js_plugin(x, y, UNIT).value == pytest.approx(js_from_masses(p, q), rel=1e-10)
    assert tv_plugin(x, y, UNIT).value == pytest.approx(np.abs(p - q).sum() / 2, rel=1e-12)


@given(st.integers(0, 2**32 - 1))
def test_cells_in_the_plane_are_numpys(seed: int) -> None:
    x = np.random.default_rng(seed).uniform(0, 1, (40, 2))
    options = Options(bins=3, window=((0.0, 1.0), (0.0, 1.0)))
    expected = np.histogramdd(x, [np.linspace(0, 1, 4)] * 2)[0].ravel() / 40
    np.testing.assert_allclose(shares(x, edges(options)), expected)


def test_outer_cells_reach_to_infinity() -> None:
    x = np.array([[-1e9], [0.5], [1e9]])
    assert shares(x, edges(UNIT)).sum() == 1.0
    assert shares(x, edges(UNIT))[[0, -1]].tolist() == [1 / 3, 1 / 3]


def test_an_empty_cell_of_q_makes_kl_infinite_and_says_so() -> None:
    x, y = np.linspace(0, 1, 100)[:, None], np.linspace(0, 0.7, 80)[:, None]
    row = ESTIMATORS["kl_pq_histogram"]
    value = row.of(x, y, UNIT)
    assert math.isinf(value.value)
    assert value.interval is None
    assert value.reason is not None
    assert value.reason.code == "empty_cells"
    assert value.reason.text == "2 of 8 cells hold 0.25 of P's points and none of Q's"
    assert math.isfinite(row.of(y, x, UNIT).value)  # P may leave cells empty


def test_exhibit_10_the_bias_of_a_histogram() -> None:
    """E KL(P̂‖P) ≈ (K−1)/2n: K = 50, n = 1000: 0.0245. Q's sample is so large that it is Q."""
    options, rng = Options(bins=50, window=((0.0, 1.0),)), np.random.default_rng(1)
    q = (np.arange(50_000) + 0.5)[:, None] / 50_000
    draws = [rng.uniform(size=(1000, 1)) for _ in range(200)]
    plain = np.array([kl_plugin(x, q, options).value for x in draws])
    error = plain.std(ddof=1) / math.sqrt(200)
    assert plain.mean() == pytest.approx(0.0245, abs=4 * error + 0.0006)
    assert error < 0.0005
    corrected = np.array([kl_corrected(x, q, options).value for x in draws])
    assert corrected.mean() == pytest.approx(0.0, abs=4 * error + 0.0006)
    assert (corrected < 0).mean() > 0.3  # shown as it is, not clipped
    assert kl_bias(np.full(50, 0.02), np.full(50, 0.02), 1000, 10**12) == pytest.approx(0.0245, rel=1e-6)


def test_the_bias_formula_counts_both_samples() -> None:
    p, q = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.5])
    rng, n, m = np.random.default_rng(2), 400, 300
    a, b = rng.multinomial(n, p, 20_000) / n, rng.multinomial(m, q, 20_000) / m
    average = scipy.special.rel_entr(a, b).sum(axis=1)
    bias = average.mean() - scipy.special.rel_entr(p, q).sum()
    assert kl_bias(p, q, n, m) == pytest.approx(bias, abs=4 * average.std() / math.sqrt(20_000))
    assert kl_bias(p, q, n, m) > 20 * average.std() / math.sqrt(20_000) / 4


def test_the_jackknife_is_that_of_a_loop() -> None:
    x, y = beta(30, 40)
    value, ends = js_plugin(x, y, UNIT).value, js_plugin(x, y, UNIT)

    def js(a: np.ndarray, b: np.ndarray) -> float:
        return js_from_masses(counted(a), counted(b))

    without_x = np.array([js(np.delete(x, i, 0), y) for i in range(30)])
    without_y = np.array([js(x, np.delete(y, j, 0)) for j in range(40)])
    bias = 29 * (without_x.mean() - value) + 39 * (without_y.mean() - value)
    variance = 29 / 30 * np.sum((without_x - without_x.mean()) ** 2)
    variance += 39 / 40 * np.sum((without_y - without_y.mean()) ** 2)
    half = scipy.stats.t.ppf(0.975, 29) * math.sqrt(variance)
    assert ends.high == pytest.approx(value - bias + half, rel=1e-9)
    assert ends.low == pytest.approx(min(value - bias - half, ends.low), rel=1e-9)


def test_unfolding_inverts_the_mean_of_a_folded_normal() -> None:
    t = np.array([0.0, 0.3, 1.0, 2.5, 6.0])
    size = unfolded(scipy.stats.foldnorm.mean(t))
    np.testing.assert_allclose(size[1:], t[1:], atol=1e-6)
    assert unfolded(np.array([0.5]))[0] == 0.0


# --- what they approach


def test_masses_of_cells_against_scipy() -> None:
    inner = [np.array([-1.0, 0.2]), np.array([0.0, 0.5, 1.0])]
    mean, cov = [0.3, -0.1], [[1.5, 0.6], [0.6, 0.8]]
    found = cell_masses(parse(f"normal({mean},{cov})"), inner)
    assert found is not None
    normal = scipy.stats.multivariate_normal(mean, cov)

    def below(x: float, y: float) -> float:
        return float(normal.cdf([min(x, 30.0), min(y, 30.0)]))

    xs, ys = [-30.0, -1.0, 0.2, 30.0], [-30.0, 0.0, 0.5, 1.0, 30.0]
    expected = [
        below(xs[i + 1], ys[j + 1]) - below(xs[i], ys[j + 1]) - below(xs[i + 1], ys[j]) + below(xs[i], ys[j])
        for i in range(3)
        for j in range(4)
    ]
    np.testing.assert_allclose(found, expected, atol=2e-5)  # scipy's own error is 1e-5
    assert found.sum() == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize(
    "text", ["ring(8)", "checkerboard(4)", "0.5*moons()+0.5*normal([0,0],1)", "spiral(2)"]
)
def test_masses_of_cells_against_many_draws(text: str) -> None:
    distribution = parse(text)
    inner = [np.array([-0.9, 0.1, 0.7]), np.array([-0.2, 0.8])]
    found = cell_masses(distribution, inner)
    counts = shares(distribution.sample(200_000, RNG), inner)
    assert found is not None
    np.testing.assert_allclose(found, counts, atol=0.006)


@pytest.mark.parametrize("name", ["kl_pq_histogram_corrected", "js_histogram", "tv_histogram"])
@pytest.mark.parametrize(
    ("p", "q"),
    [("normal(0,1)", "laplace(0.5,1)"), ("normal([0,0],1)", "0.5*normal([1,0],1)+0.5*normal([0,1],2)")],
)
def test_aims_are_approached(name: str, p: str, q: str) -> None:
    pair, row, rng = pair_of(p, q), ESTIMATORS[name], np.random.default_rng(3)
    x, y = pair.p.sample(400_000, rng), pair.q.sample(400_000, rng)
    aim = row.aim(pair, Options(), x, y)
    exact = row.aim(pair, Options(bins=40), x, y)
    assert aim is not None
    assert exact is not None
    assert row.of(x, y, Options()).value == pytest.approx(aim, abs=0.006)
    assert aim <= exact + 1e-12  # more cells see more
