"""Closed forms of one dimension against scipy, torch, Monte Carlo-free quadrature, and against what facts state."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ganlab.distributions import Cauchy, Exponential, Laplace, LogNormal, Normal, Uniform, parse
from ganlab.divergences import DIVERGENCES, moments
from tests.divergences.problems import ANY, FAMILY, NORMAL, PLACE, SCALE, closed, quad, value

FEW = settings(deadline=None, max_examples=40)


# --- what facts state


def test_numbers_of_the_facts():
    p, q, r = Normal(0, 1), Normal(0, 2), Normal(2, 1)
    assert closed("kl_pq", p, q) == pytest.approx(math.log(2) - 3 / 8, rel=1e-14)
    assert closed("kl_qp", p, q) == pytest.approx(3 / 2 - math.log(2), rel=1e-14)
    assert closed("kl_pq", p, r) == pytest.approx(2, rel=1e-14)
    assert closed("tv", p, r) == pytest.approx(2 * scipy.stats.norm.cdf(1) - 1, rel=1e-14)
    assert closed("hellinger2", p, r) == pytest.approx(1 - math.exp(-0.5), rel=1e-14)
    assert closed("w1", p, r) == closed("w2", p, r) == 2
    assert closed("chi2_pq", p, r) == pytest.approx(math.expm1(4), rel=1e-13)
    assert closed("chi2_qp", p, q) == math.inf
    assert closed("chi2_pq", p, q) == pytest.approx(4 / math.sqrt(7) - 1, rel=1e-13)
    for bandwidth, expected in ((1, 0.1773), (0.05, 0.0156), (20, 0.0025)):
        assert closed("mmd2", p, Normal(1, 1), bandwidth=bandwidth) == pytest.approx(expected, abs=5e-5)


@given(PLACE, SCALE, PLACE, SCALE)
@FEW
def test_two_normals_by_the_formulas_as_written_in_the_facts(m1, s1, m2, s2):
    p, q, gap = Normal(m1, s1), Normal(m2, s2), m1 - m2
    kl = math.log(s2 / s1) + (s1**2 + gap**2) / (2 * s2**2) - 0.5
    assert closed("kl_pq", p, q) == pytest.approx(kl, rel=1e-12, abs=1e-12)
    overlap = math.sqrt(2 * s1 * s2 / (s1**2 + s2**2)) * math.exp(-(gap**2) / 4 / (s1**2 + s2**2))
    assert closed("hellinger2", p, q) == pytest.approx(1 - overlap, abs=1e-13)
    assert closed("w2", p, q) == pytest.approx(math.hypot(gap, s1 - s2), rel=1e-12, abs=1e-14)
    d = 2 * s2**2 - s1**2
    chi2 = s2**2 / (s1 * math.sqrt(d)) * math.exp(min(gap**2 / d, 700)) - 1 if d > 0 else math.inf
    assert closed("chi2_pq", p, q) == pytest.approx(chi2, rel=1e-9, abs=1e-12) or chi2 > 1e300

    def mean_absolute(m, s):
        return m * (2 * scipy.stats.norm.cdf(m / s) - 1) + 2 * s * scipy.stats.norm.pdf(m / s)

    energy = 2 * mean_absolute(gap, math.hypot(s1, s2)) - 2 * (s1 + s2) / math.sqrt(math.pi)
    assert closed("energy2", p, q) == pytest.approx(energy, abs=1e-12)
    if abs(s1 - s2) > 1e-3:
        assert closed("w1", p, q) == pytest.approx(mean_absolute(abs(gap), abs(s1 - s2)), rel=1e-10)


TORCH = {
    "normal": lambda d: torch.distributions.Normal(d.mean, d.std),
    "laplace": lambda d: torch.distributions.Laplace(d.loc, d.scale),
    "cauchy": lambda d: torch.distributions.Cauchy(d.loc, d.scale),
    "lognormal": lambda d: torch.distributions.LogNormal(d.mu, d.sigma),
    "uniform": lambda d: torch.distributions.Uniform(d.low, d.high),
    "exponential": lambda d: torch.distributions.Exponential(d.rate),
}
PAIRS = [(name, name) for name in ("normal", "lognormal", "uniform", "cauchy", "laplace")]
PAIRS += [("laplace", "normal"), ("uniform", "normal"), ("exponential", "normal")]


@pytest.mark.parametrize(("first", "second"), PAIRS)
@given(data=st.data())
@settings(deadline=None, max_examples=15)
def test_kl_agrees_with_torch(first, second, data):
    torch.set_default_dtype(torch.float64)
    try:
        p, q = data.draw(FAMILY[first]), data.draw(FAMILY[second])
        if first == "exponential":
            p = Exponential(p.rate, 0)  # torch's begins at 0
        expected = float(torch.distributions.kl_divergence(TORCH[first](p), TORCH[second](q)))
    finally:
        torch.set_default_dtype(torch.float32)
    assert closed("kl_pq", p, q) == pytest.approx(expected, rel=1e-9, abs=1e-9)


# --- cross-entropies and moments


LIGHT = ["normal", "uniform", "laplace", "exponential", "triangular"]


def mean_of(p, function, marks):
    """E function(X) by Gauss's rule with 40 nodes between many quantiles."""
    levels = np.concatenate(
        [10.0 ** -np.arange(1, 14), 1 - 10.0 ** -np.arange(1, 14), np.linspace(0.05, 0.95, 39)]
    )
    low, high = moments.support(p)
    ends = [x for x in (low, high) if math.isfinite(x)]
    edges = np.unique(np.concatenate([p.quantile(levels), marks, ends]))
    nodes, weights = np.polynomial.legendre.leggauss(40)
    half = np.diff(edges)[:, None] / 2
    x = edges[:-1, None] + half * (1 + nodes)
    density = np.exp(p.logpdf(x.ravel())).reshape(x.shape)
    return float((function(x) * density * half * weights).sum())


@pytest.mark.parametrize("family", LIGHT)
@given(data=st.data(), about=PLACE)
@settings(deadline=None, max_examples=25)
def test_moments_agree_with_quadrature(family, data, about):
    p = data.draw(FAMILY[family])
    marks = [about] if moments.support(p)[0] < about < moments.support(p)[1] else []
    marks += [getattr(p, "loc", getattr(p, "mode", about))] if family in ("laplace", "triangular") else []
    assert moments.mean(p) == pytest.approx(mean_of(p, lambda x: x, marks), rel=1e-9, abs=1e-9)
    second = mean_of(p, lambda x: (x - about) ** 2, marks)
    assert moments.second(p, about) == pytest.approx(second, rel=1e-9, abs=1e-9)
    absolute = mean_of(p, lambda x: np.abs(x - about), marks)
    assert moments.absolute(p, about) == pytest.approx(absolute, rel=1e-9, abs=1e-9)
    entropy = -mean_of(p, lambda x: p.logpdf(x.ravel()).reshape(x.shape), marks)
    assert moments.entropy(p) == pytest.approx(entropy, rel=1e-5, abs=1e-6)


@given(FAMILY["lognormal"], st.floats(0.01, 10))
@FEW
def test_moments_of_the_lognormal_agree_with_scipy(p, about):
    referee = scipy.stats.lognorm(p.sigma, scale=math.exp(p.mu))
    assert moments.mean(p) == pytest.approx(referee.mean(), rel=1e-12)
    assert moments.second(p, about) == pytest.approx(referee.var() + (referee.mean() - about) ** 2, rel=1e-10)
    assert moments.entropy(p) == pytest.approx(referee.entropy(), rel=1e-10, abs=1e-12)
    z, kink = np.linspace(-12, 14, 200_001), (math.log(about) - p.mu) / p.sigma
    z = np.sort(np.append(z, kink))
    terms = np.abs(np.exp(p.mu + p.sigma * z) - about) * scipy.stats.norm.pdf(z)
    assert moments.absolute(p, about) == pytest.approx(np.trapezoid(terms, z), rel=1e-6)


@given(st.floats(2.5, 30), PLACE, SCALE, PLACE)
@settings(deadline=None, max_examples=10)
def test_moments_of_student_agree_with_scipy(df, loc, scale, about):
    p, referee = parse(f"student_t({df!r},{loc!r},{scale!r})"), scipy.stats.t(df, loc, scale)
    assert moments.entropy(p) == pytest.approx(referee.entropy(), rel=1e-9, abs=1e-10)
    second = referee.var() + (loc - about) ** 2
    assert moments.second(p, about) == pytest.approx(second, rel=1e-10)
    absolute = referee.expect(lambda x: abs(x - about), lb=-1e3, ub=about) + referee.expect(
        lambda x: abs(x - about), lb=about, ub=1e3
    )
    tail = 1e3 ** (1 - df) * 1e3  # of what lies beyond
    assert moments.absolute(p, about) == pytest.approx(absolute, rel=1e-6, abs=10 * tail)


def test_moments_that_do_not_exist():
    assert moments.second(parse("student_t(2,0,1)"), 0) == math.inf
    assert moments.second(Cauchy(0, 1), 0) == moments.absolute(Cauchy(0, 1), 0) == math.inf
    assert moments.absolute(parse("student_t(1,0,1)"), 0) == math.inf
    assert moments.mean(parse("0.5*cauchy(0,1)+0.5*normal(0,1)")) is None
    assert (
        closed("kl_pq", Cauchy(0, 1), Normal(0, 1))
        == closed("kl_pq", Cauchy(0, 1), Laplace(0, 1))
        == math.inf
    )


@given(ANY, st.one_of(NORMAL, FAMILY["laplace"]))
@settings(deadline=None, max_examples=30)
def test_mixtures_in_a_cross_entropy_are_sums(p, q):
    both = parse(f"0.3*{p}+0.7*normal(1,2)")
    expected = 0.3 * moments.second(p, 0.5) + 0.7 * moments.second(Normal(1, 2), 0.5)
    assert moments.second(both, 0.5) == pytest.approx(expected, rel=1e-12)


# --- powers, bounded divergences, transport


FORMS = [
    (Normal(0.3, 1.2), Normal(-0.4, 1.1)),
    (Exponential(1.3, 0.2), Exponential(0.9, -0.1)),
    (Uniform(0, 1), Uniform(-0.5, 2)),
    (Cauchy(0, 1), Cauchy(1, 0.7)),
    (Laplace(0, 1), Laplace(0.8, 1)),
    (parse("lognormal(0,0.5)"), parse("lognormal(0.2,0.4)")),
]
CLAIMED = [
    (name, p, q)
    for p, q in FORMS
    for name in ("hellinger2", "chi2_pq", "renyi", "alpha", "js", "tv")
    if closed(name, p, q, alpha=0.3) is not None
]


def integrand(name, log_p, log_q):
    """What integrates to the divergence, or to ∫ p^0.3 q^0.7, written plainly."""
    f, g = np.exp(log_p), np.exp(log_q)
    with np.errstate(divide="ignore", invalid="ignore"):
        if name == "hellinger2":
            return (np.sqrt(f) - np.sqrt(g)) ** 2 / 2
        if name == "chi2_pq":
            return np.where(g > 0, np.exp(2 * log_p - log_q) - 2 * f + g, 0)
        if name == "tv":
            return np.abs(f - g) / 2
        if name == "js":
            log_m = np.logaddexp(log_p, log_q) - math.log(2)
            return (np.where(f > 0, f * (log_p - log_m), 0) + np.where(g > 0, g * (log_q - log_m), 0)) / 2
        return np.where((f > 0) & (g > 0), np.exp(0.3 * log_p + 0.7 * log_q), 0)


@pytest.mark.parametrize(("name", "p", "q"), CLAIMED)
def test_forms_agree_with_quadrature_by_scipy(name, p, q):
    marks = [x for d in (p, q) for x in moments.support(d) if math.isfinite(x)]
    marks += [0.0, 0.4, 0.8, 1.0, 3.0, -3.0, 10.0, -10.0]
    heavy = isinstance(p, Cauchy)
    total = quad(
        lambda x: integrand(name, p.logpdf(x), q.logpdf(x)),
        [*marks, *((-1e4, -1e2, 1e2, 1e4) if heavy else ())],
        1e7 if heavy else 25.0,
    )
    expected = {"renyi": math.log(total) / (0.3 - 1), "alpha": (1 - total) / 0.21}.get(name, total)
    assert closed(name, p, q, alpha=0.3) == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_limits_of_the_orders_are_the_two_kl():
    p, q = Normal(0, 1), Normal(1, 2)
    kl, reverse = closed("kl_pq", p, q), closed("kl_qp", p, q)
    assert closed("renyi", p, q, alpha=1.0) == kl
    assert closed("alpha", p, q, alpha=1.0) == kl
    assert closed("alpha", p, q, alpha=0.0) == reverse
    assert closed("renyi", p, q, alpha=1 + 1e-7) == pytest.approx(kl, rel=1e-5)
    assert closed("alpha", p, q, alpha=1e-7) == pytest.approx(reverse, rel=1e-5)
    assert closed("alpha", p, q, alpha=2.0) == pytest.approx(closed("chi2_pq", p, q) / 2, rel=1e-12)


def milder(d):
    """With a tail that the midpoint rule does not cut off."""
    return LogNormal(d.mu, min(d.sigma, 0.5)) if isinstance(d, LogNormal) else d


@pytest.mark.parametrize("family", [*LIGHT, "lognormal"])
@given(data=st.data())
@settings(deadline=None, max_examples=12)
def test_transport_forms_agree_with_their_quantile_integrals(family, data):
    p, q = (milder(data.draw(FAMILY[family])) for _ in range(2))
    u = (np.arange(100_000) + 0.5) / 100_000
    gap = p.quantile(u) - q.quantile(u)
    for name, expected in (("w1", np.abs(gap).mean()), ("w2", math.sqrt(np.square(gap).mean()))):
        found = closed(name, p, q)
        assert found is not None or (name == "w1" and family != "normal") or family == "triangular"
        assert found is None or found == pytest.approx(expected, rel=2e-3, abs=1e-4)


def test_shifts_of_heavy_tails_keep_a_distance():
    assert closed("w1", Cauchy(0, 1), Cauchy(3, 1)) == closed("w2", Cauchy(0, 1), Cauchy(3, 1)) == 3
    assert closed("w1", Cauchy(0, 1), Cauchy(0, 2)) == math.inf
    assert (
        closed("w1", parse("student_t(1.5,0,1)"), parse("student_t(1.5,0,2)")) is None
    )  # finite, but no form here
    assert closed("w2", parse("student_t(2,0,1)"), parse("student_t(2,0,2)")) == math.inf


@given(FAMILY["normal"], FAMILY["normal"], st.floats(0.05, 10))
@FEW
def test_mmd2_is_the_mean_of_the_kernel_over_gaussian_nodes(p, q, bandwidth):
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    weights = weights / weights.sum()

    def mean(a, b):  # X − Y is normal
        z = a.mean - b.mean + math.hypot(a.std, b.std) * nodes
        return weights @ np.exp(-(z**2) / 2 / bandwidth**2)

    if bandwidth > 1.5 * max(p.std, q.std):  # else the kernel is too narrow for the nodes
        expected = mean(p, p) + mean(q, q) - 2 * mean(p, q)
        assert closed("mmd2", p, q, bandwidth=bandwidth) == pytest.approx(expected, abs=1e-9)
    assert closed("mmd2", p, q, bandwidth=bandwidth) >= 0


@pytest.mark.parametrize("name", [name for name, row in DIVERGENCES.items() if row.closed and 1 in row.dims])
@given(p=ANY)
@settings(deadline=None, max_examples=10)
def test_closed_form_of_equal_distributions_is_zero(name, p):
    found = closed(name, p, p)
    assert found is None or found == pytest.approx(0, abs=1e-12)


def test_what_has_no_form_is_none():
    p, q = parse("0.5*normal(-1,1)+0.5*normal(1,1)"), parse("triangular(0,1,2)")
    for name in ("kl_pq", "js", "chi2_pq", "w1", "w2"):
        assert closed(name, p, q) is None
    assert value("kl_qp", p, q) > 0  # the number is there all the same
