"""Families on the line against scipy.stats, the laws of location and scale, and their own samples."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from ganlab.distributions import DistributionError, Mixture, examples, parse

REFEREES = {
    "normal(0,1)": stats.norm(),
    "normal(-3,0.25)": stats.norm(-3, 0.25),
    "uniform(-1,3)": stats.uniform(-1, 4),
    "laplace(1,0.5)": stats.laplace(1, 0.5),
    "student_t(3,0,1)": stats.t(3),
    "student_t(0.7,-2,0.3)": stats.t(0.7, -2, 0.3),
    "student_t(40,1,2)": stats.t(40, 1, 2),
    "cauchy(1,0.5)": stats.cauchy(1, 0.5),
    "exponential(2,-1)": stats.expon(-1, 1 / 2),
    "lognormal(0.3,0.8)": stats.lognorm(0.8, scale=math.exp(0.3)),
    "triangular(-1,0.5,2)": stats.triang(0.5, -1, 3),
    "triangular(0,0,1)": stats.triang(0, 0, 1),
    "triangular(0,1,1)": stats.triang(1, 0, 1),
}
MIXTURES = [
    "0.3*normal(-2,0.5)+0.7*normal(1.5,0.8)",
    "0.9*normal(0,1)+0.1*uniform(3,4)",
    "0.5*cauchy(0,1)+0.5*exponential(1,5)",
    "0.2*laplace(-4,0.1)+0.3*student_t(3,0,1)+0.5*triangular(4,5,6)",
    "0.999*normal(0,0.01)+0.001*normal(500,0.01)",
]
ALL = [*REFEREES, *MIXTURES]


def with_edges(referee) -> np.ndarray:
    inner = referee.ppf(np.linspace(0.001, 0.999, 201))
    return np.concatenate([inner, [inner[0] - 5, inner[-1] + 5, -1.0, 0.0, 1.0, 60.0]])


@pytest.mark.parametrize("text", REFEREES)
def test_density_is_scipys(text):
    d, referee = parse(text), REFEREES[text]
    x = with_edges(referee)
    np.testing.assert_allclose(d.logpdf(x), referee.logpdf(x), rtol=1e-11, atol=1e-11)
    np.testing.assert_array_equal(d.logpdf(x[:, None]), d.logpdf(x))


@pytest.mark.parametrize("text", REFEREES)
def test_cdf_and_quantile_are_scipys(text):
    d, referee = parse(text), REFEREES[text]
    x = with_edges(referee)
    u = np.concatenate([np.linspace(0, 1, 101), [1e-12, 1e-6, 1 - 1e-9]])
    np.testing.assert_allclose(d.cdf(x), referee.cdf(x), rtol=1e-11, atol=1e-15)
    np.testing.assert_allclose(d.quantile(u), referee.ppf(u), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("text", ALL)
def test_quantile_inverts_the_cdf(text):
    d = parse(text)
    u = np.concatenate([np.linspace(0.0003, 0.9997, 1000), 10.0 ** -np.arange(4, 13)])
    np.testing.assert_allclose(d.cdf(d.quantile(u)), u, rtol=2e-12, atol=2e-13)
    assert np.all(np.diff(d.quantile(np.sort(u))) > 0)


@pytest.mark.parametrize("text", ALL)
def test_density_integrates_to_one_between_far_quantiles(text):
    d = parse(text)
    low, high = d.quantile([1e-4, 1 - 1e-4])
    levels = 1 / (1 + np.exp(np.linspace(-28, 28, 1200)))  # crowded towards both tails
    parts = d.components if isinstance(d, Mixture) else [d]
    nodes = np.unique(
        np.concatenate([[low, high, -4, 0, 0.5, 1, 3, 4, 5, 6], *(c.quantile(levels) for c in parts)])
    )
    nodes = nodes[(nodes >= low) & (nodes <= high)]
    x, w = np.polynomial.legendre.leggauss(12)  # exact between nodes but at the jumps, which are nodes
    half = np.diff(nodes)[:, None] / 2
    points = nodes[:-1, None] + half * (x + 1)
    total = np.sum(half * w * np.exp(d.logpdf(points.ravel())).reshape(points.shape))
    assert total == pytest.approx(1 - 2e-4, abs=1e-8)


@pytest.mark.parametrize("text", ALL)
def test_samples_follow_the_cdf(text):
    d = parse(text)
    x = d.sample(4000, np.random.default_rng(2))
    assert x.shape == (4000, 1)
    assert x.dtype == np.float64
    p = stats.kstest(x[:, 0], d.cdf).pvalue
    assert 0.001 < p < 0.9999


@pytest.mark.parametrize("text", [t for t in REFEREES if not t.startswith(("cauchy", "student_t(0"))])
def test_sample_moments(text):
    d, referee = parse(text), REFEREES[text]
    x = d.sample(40_000, np.random.default_rng(3))[:, 0]
    assert abs(x.mean() - referee.mean()) < 5 * referee.std() / 200
    if text != "student_t(3,0,1)":  # its fourth moment is infinite
        assert x.std() == pytest.approx(referee.std(), rel=0.05)


@given(st.floats(-50, 50), st.floats(0.01, 50))
def test_location_and_scale(loc, scale):
    u = np.linspace(0.01, 0.99, 23)
    for name, first in [("normal", ""), ("laplace", ""), ("cauchy", ""), ("student_t", "3,")]:
        unit, moved = parse(f"{name}({first}0,1)"), parse(f"{name}({first}{loc!r},{scale!r})")
        x = unit.quantile(u)
        np.testing.assert_allclose(moved.quantile(u), loc + scale * x, rtol=1e-12, atol=1e-12)
        shifted = moved.logpdf(loc + scale * x)
        np.testing.assert_allclose(shifted, unit.logpdf(x) - math.log(scale), rtol=1e-9, atol=1e-9)


def test_far_tails_stay_finite_in_the_log_domain():
    tail = parse("0.3*normal(-2,0.5)+0.7*normal(1.5,0.8)").logpdf(60.0)
    referee = math.log(0.7) + stats.norm(1.5, 0.8).logpdf(60)
    assert tail[0] == pytest.approx(referee, rel=1e-12)
    assert -2700 < tail[0] < -2600  # where log(pdf) is -inf


def test_a_mixture_is_the_weighted_sum():
    d, x = parse("0.25*normal(0,1)+0.75*laplace(2,0.5)"), np.linspace(-5, 5, 101)
    expected = 0.25 * stats.norm.pdf(x) + 0.75 * stats.laplace.pdf(x, 2, 0.5)
    np.testing.assert_allclose(np.exp(d.logpdf(x)), expected, rtol=1e-12)
    np.testing.assert_allclose(
        d.cdf(x), 0.25 * stats.norm.cdf(x) + 0.75 * stats.laplace.cdf(x, 2, 0.5), rtol=1e-12
    )


def test_mean_from_quantiles_and_from_the_density_agree():
    d = parse(MIXTURES[0])
    from_quantiles = integrate.quad(lambda u: d.quantile(u)[0], 0, 1, limit=200)[0]
    assert from_quantiles == pytest.approx(0.3 * -2 + 0.7 * 1.5, abs=1e-6)


def test_ends_of_the_quantile():
    np.testing.assert_array_equal(parse("normal(0,1)").quantile([0, 1]), [-np.inf, np.inf])
    np.testing.assert_array_equal(parse("cauchy(0,1)").quantile([0, 0.5, 1]), [-np.inf, 0, np.inf])
    np.testing.assert_array_equal(parse("uniform(2,3)").quantile([0, 1]), [2, 3])
    np.testing.assert_array_equal(parse("normal(0,1)+uniform(2,3)").quantile([0, 1]), [-np.inf, np.inf])
    np.testing.assert_allclose(parse("uniform(0,1)+uniform(2,3)").quantile([0, 1]), [0, 3], atol=1e-15)


@pytest.mark.parametrize("u", [-0.1, 1.1, math.nan])
def test_quantile_levels_are_checked(u):
    with pytest.raises(DistributionError, match=r"\[0, 1\]"):
        parse("normal(0,1)").quantile([0.5, u])


def test_questions_of_the_wrong_dimension():
    with pytest.raises(DistributionError, match="one dimension"):
        parse("ring(8)").cdf([0.0])
    with pytest.raises(DistributionError, match="one dimension"):
        parse("ring(8)").quantile([0.5])
    with pytest.raises(DistributionError, match=r"expected \[n, 2\]"):
        parse("ring(8)").logpdf(np.zeros((4, 1)))
    with pytest.raises(DistributionError, match="zero or more"):
        parse("normal(0,1)").sample(-1, np.random.default_rng(0))


@pytest.mark.parametrize("text", [*(t for k, t in examples().items() if parse(t).dim == 1), *ALL])
def test_bounds_show_most_of_the_mass_and_not_a_desert(text):
    d = parse(text)
    ((low, high),) = d.bounds()
    inside = np.diff(d.cdf([low, high]))[0]
    assert 0.95 < inside <= 1
    if "500" not in text:
        assert high - low < 12 * np.diff(d.quantile([0.1, 0.9]))[0]


@pytest.mark.parametrize(
    "text", ["normal(2,1)", "laplace(2,1)", "lognormal(0,0.5)", "triangular(-1,0.3,1)", "cauchy(1,2)"]
)
def test_a_mode_is_where_the_density_is_highest(text):
    d = parse(text)
    modes = d.modes()
    assert modes is not None
    assert len(modes) == 1
    x = modes.centres[0, 0] + np.linspace(-2, 2, 4001)
    assert x[np.argmax(d.logpdf(x))] == pytest.approx(modes.centres[0, 0], abs=1e-3)


def test_modes_of_mixtures():
    modes = parse("0.3*normal(-2,0.5)+0.7*normal(1.5,0.8)").modes()
    np.testing.assert_array_equal(modes.centres, [[-2], [1.5]])
    np.testing.assert_array_equal(modes.spreads, [0.5, 0.8])
    np.testing.assert_allclose(modes.weights, [0.3, 0.7], rtol=1e-15)
    assert parse("0.3*normal(-2,0.5)+0.7*uniform(1,2)").modes() is None
    assert parse("uniform(0,1)").modes() is None


def test_gaussian_mixtures_are_told_apart():
    g = parse("0.25*normal(-2,0.5)+0.75*normal(1.5,2)").gaussian_mixture()
    np.testing.assert_allclose(g.weights, [0.25, 0.75])
    np.testing.assert_array_equal(g.means, [[-2], [1.5]])
    np.testing.assert_array_equal(g.covariances, [[[0.25]], [[4]]])
    assert parse("0.5*normal(0,1)+0.5*laplace(0,1)").gaussian_mixture() is None


def test_quantiles_of_a_mixture_with_a_kink_are_roots_of_its_cdf():
    kinked = parse("normal(0,1)+normal(2,0.5)+exponential(2,0)")
    u = np.linspace(1e-6, 1 - 1e-6, 18_001)
    np.testing.assert_allclose(kinked.cdf(kinked.quantile(u)), u, atol=1e-12)
