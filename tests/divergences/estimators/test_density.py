"""Kernel densities against scipy and loops, nearest neighbours against scikit-learn and all distances."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats
from scipy.spatial.distance import cdist
from sklearn.neighbors import NearestNeighbors

from ganlab.distributions import parse
from ganlab.divergences.estimators import ESTIMATORS, Options
from ganlab.divergences.estimators.density import kl_density, widths
from ganlab.divergences.estimators.expectations import expectation, log_smoothed, nodes
from ganlab.divergences.estimators.neighbours import kl_neighbours
from ganlab.divergences.pair import pair_of

OPTIONS = Options()


def clouds(n: int, m: int, dim: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, dim)), rng.normal(0.5, 1.3, size=(m, dim))


# --- kernel densities


def test_bandwidths_are_the_published_rules() -> None:
    x = np.random.default_rng(1).standard_t(3, size=(400, 1))
    sigma, iqr = x.std(ddof=1), scipy.stats.iqr(x)
    assert widths(x, "silverman")[0] == pytest.approx(0.9 * min(sigma, iqr / 1.34) * 400**-0.2)
    assert widths(x, "scott")[0] == pytest.approx(1.06 * sigma * 400**-0.2)
    plane = np.random.default_rng(2).normal(size=(300, 2)) * [1.0, 3.0]
    scott = scipy.stats.gaussian_kde(plane.T, "scott")
    np.testing.assert_allclose(widths(plane, "scott"), np.sqrt(np.diag(scott.covariance)))


@pytest.mark.parametrize("smoothing", ["silverman", "scott"])
def test_the_line_against_scipys_kernel_density(smoothing: str) -> None:
    x, y = clouds(40, 60, 1)
    h, g = (widths(points, smoothing)[0] for points in (x, y))
    q = scipy.stats.gaussian_kde(y.T, g / y.std(ddof=1))
    terms = []
    for i in range(40):
        others = np.delete(x, i, 0)
        p = scipy.stats.norm.pdf(x[i], others[:, 0], h).mean()
        terms.append(math.log(p) - q.logpdf(x[i])[0])
    found = kl_density(x, y, Options(smoothing=smoothing)).value
    assert found == pytest.approx(np.mean(terms), rel=1e-10)


def test_blocks_do_not_change_the_estimate(monkeypatch: pytest.MonkeyPatch) -> None:
    from ganlab.divergences.estimators import density

    x, y = clouds(90, 70, 2)
    whole = kl_density(x, y, OPTIONS)
    monkeypatch.setattr(density, "BLOCK", 500)
    parts = kl_density(x, y, OPTIONS)
    assert (parts.value, parts.low, parts.high) == pytest.approx(
        (whole.value, whole.low, whole.high), rel=1e-12
    )


def test_far_apart_samples_do_not_underflow() -> None:
    x, y = clouds(50, 50, 1)
    found = kl_density(x, y + 1e4, OPTIONS)
    assert math.isfinite(found.value)
    assert found.value > 1e6


def test_no_spread_along_an_axis_has_a_reason() -> None:
    x, y = clouds(50, 50, 2)
    flat = x * [1.0, 0.0]
    value = ESTIMATORS["kl_pq_density"].of(flat, y, OPTIONS)
    assert math.isnan(value.value)
    assert value.reason is not None
    assert value.reason.code == "no_spread"


@pytest.mark.parametrize(
    ("p", "q"),
    [
        ("normal(0,1)", "0.3*normal(-2,0.5)+0.7*normal(1.5,0.8)"),
        ("uniform(0,1)", "triangular(0,0.5,2)"),
        ("normal([0,0],1)", "normal([1,0],[[1,0.3],[0.3,2]])"),
    ],
)
def test_aims_are_approached(p: str, q: str) -> None:
    """With the bandwidths of 400 points, from so many that only smoothing is left."""
    pair, rng = pair_of(p, q), np.random.default_rng(3)
    few_x, few_y = pair.p.sample(400, rng), pair.q.sample(400, rng)
    aim = ESTIMATORS["kl_pq_density"].aim(pair, OPTIONS, few_x, few_y)
    at = pair.p.sample(4000, rng)
    logs = []
    for side, few in ((pair.p, few_x), (pair.q, few_y)):
        blurred = side.sample(4000, rng)
        width = widths(few, "silverman")
        kernel = np.exp(-cdist(at / width, blurred / width, "sqeuclidean") / 2)
        logs.append(np.log(kernel.mean(axis=1) / np.prod(width)))
    assert aim is not None
    assert aim == pytest.approx(float(np.mean(logs[0] - logs[1])), abs=0.05)


# --- nearest neighbours


@pytest.mark.parametrize("dim", [1, 2])
@pytest.mark.parametrize("k", [1, 4])
def test_neighbours_against_scikit_learn_and_all_distances(dim: int, k: int) -> None:
    x, y = clouds(60, 45, dim)
    rho = NearestNeighbors(n_neighbors=k + 1).fit(x).kneighbors(x)[0][:, k]
    nu = np.sort(cdist(x, y), axis=1)[:, k - 1]
    expected = dim * np.mean(np.log(nu / rho)) + math.log(45 / 59)
    assert kl_neighbours(x, y, Options(k=k)).value == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("dim", [1, 2])
def test_neighbours_approach_kl(dim: int) -> None:
    pair = pair_of(
        *(("normal(0,1)", "normal(1,1.5)") if dim == 1 else ("normal([0,0],1)", "normal([1,0],1.5)"))
    )
    rng = np.random.default_rng(4)
    x, y = pair.p.sample(20_000, rng), pair.q.sample(20_000, rng)
    row = ESTIMATORS["kl_pq_neighbours"]
    assert row.of(x, y, OPTIONS).value == pytest.approx(row.aim(pair, OPTIONS, x, y), abs=0.03)


def test_scaling_leaves_neighbours_alone() -> None:
    x, y = clouds(80, 90, 2)
    assert kl_neighbours(10 * x, 10 * y, OPTIONS).value == pytest.approx(kl_neighbours(x, y, OPTIONS).value)


def test_points_that_coincide_have_a_reason() -> None:
    x, y = clouds(30, 30, 1)
    tied = np.concatenate([x, np.repeat(x[:1], 5, axis=0)])
    value = ESTIMATORS["kl_pq_neighbours"].of(tied, y, Options(k=3))
    assert math.isnan(value.value)
    assert value.reason is not None
    assert value.reason.code == "ties"
    assert "5 of P's 35 repeat another" in value.reason.text
    assert math.isfinite(ESTIMATORS["kl_pq_neighbours"].of(tied, y, Options(k=6)).value)


def test_too_few_points_have_a_reason() -> None:
    value = ESTIMATORS["kl_pq_neighbours"].of(*clouds(5, 9, 1), Options(k=5))
    assert math.isnan(value.value)
    assert value.reason is not None
    assert value.reason.text == "needs at least 6 points on each side; there are 5 and 9"


# --- exact expectations


@pytest.mark.parametrize(
    ("text", "mean", "second"),
    [
        ("normal(1,2)", 1.0, 5.0),
        ("uniform(0,1)", 0.5, 1 / 3),
        ("exponential(1)", 1.0, 2.0),
        ("normal([1,2],[[1,0.5],[0.5,2]])", 1.0, 2.0),
        ("grid(3,std=0.1)", 0.0, 8 / 3 + 0.01),
        ("checkerboard(2)", 0.0, 4 / 3),
        ("0.5*moons()+0.5*normal([4,0],1)", 2.0, None),
    ],
)
def test_nodes_have_the_moments_of_the_distribution(text: str, mean: float, second: float | None) -> None:
    distribution = parse(text)
    known = nodes(distribution)
    assert known is not None
    assert known[1].sum() == pytest.approx(1.0, abs=1e-12)
    assert expectation(distribution, lambda x: x[:, 0]) == pytest.approx(mean, abs=2e-3)
    if second is not None:
        assert expectation(distribution, lambda x: x[:, 0] ** 2) == pytest.approx(second, rel=5e-3)


def test_smoothing_is_a_convolution() -> None:
    at = np.linspace(-2, 3, 11)[:, None]
    found = log_smoothed(parse("uniform(0,1)"), np.array([0.3]), at)
    norm = scipy.stats.norm(scale=0.3)
    expected = norm.cdf(at[:, 0]) - norm.cdf(at[:, 0] - 1)
    assert found is not None
    np.testing.assert_allclose(np.exp(found), expected, atol=1e-5)
