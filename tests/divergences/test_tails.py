"""Infinite exactly where it is infinite: supports, tails, equality cases, and the reasons in words and numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ganlab.distributions import Normal, StudentT, parse
from ganlab.distributions.registry import FAMILIES, family, positive, real
from ganlab.distributions.univariate import LocationScale
from ganlab.divergences import tails
from ganlab.divergences.infinite import outside, supports
from ganlab.divergences.line import LinePair
from tests.divergences.problems import ANY, FAMILY, answer, closed, mixtures, value


def verdict(name, p, q, **options):
    """finite, infinite, or too large for a float."""
    found = answer(
        name, parse(p) if isinstance(p, str) else p, parse(q) if isinstance(q, str) else q, **options
    )
    if math.isfinite(found.value):
        assert found.reason is None
        return "finite"
    assert found.value == math.inf
    return "too large" if found.reason.code == "too_large" else "infinite"


# --- Kullback-Leibler


@pytest.mark.parametrize(
    ("p", "q", "expected"),
    [
        ("cauchy(0,1)", "normal(0,1)", "infinite"),
        ("cauchy(0,1)", "laplace(0,1)", "infinite"),
        ("cauchy(0,1)", "student_t(30,0,1)", "finite"),
        ("student_t(2,0,1)", "normal(0,1)", "infinite"),  # E x² = ∞ exactly at ν = 2
        ("student_t(2.001,0,1)", "normal(0,1)", "finite"),
        ("student_t(1,0,1)", "laplace(0,1)", "infinite"),
        ("student_t(1.001,0,1)", "laplace(0,1)", "finite"),
        ("student_t(0.5,0,1)", "student_t(1000,0,1)", "finite"),
        ("normal(0,1000)", "normal(0,0.0001)", "finite"),
        ("lognormal(0,3)", "normal(0,1)", "finite"),
        ("lognormal(0,3)", "exponential(1,0)", "finite"),
        ("exponential(1,0)", "lognormal(0,0.1)", "finite"),
        ("uniform(0,1)", "lognormal(0,0.1)", "finite"),
        ("uniform(0,1)", "triangular(0,0.5,1)", "finite"),
        ("0.999999*normal(0,1)+0.000001*cauchy(0,0.0001)", "normal(0,1)", "infinite"),
        ("cauchy(0,1)", "0.999999*normal(0,1)+0.000001*cauchy(500,0.0001)", "finite"),
        (
            "normal(0,1)",
            "uniform(-1000,1000)",
            "infinite",
        ),  # mass of 1e−217149 outside: no float, but not nothing
        ("exponential(1,0)", "normal(0,1)", "finite"),
        ("normal(0,1)", "exponential(1,0)", "infinite"),
    ],
)
def test_kl(p, q, expected):
    assert verdict("kl_pq", p, q) == expected
    assert verdict("kl_qp", q, p) == expected
    assert verdict("renyi", p, q, alpha=1.0) == expected


@given(st.floats(0.5, 4).map(lambda x: round(x, 3)))
@settings(deadline=None, max_examples=30)
def test_kl_of_student_to_a_normal_needs_a_variance(df):
    assert verdict("kl_pq", StudentT(df, 0.3, 1.2), Normal(0, 1)) == ("finite" if df > 2 else "infinite")


# --- χ² and other powers


@given(st.floats(0.1, 3), st.floats(0.1, 3), st.floats(-2, 2))
@settings(deadline=None, max_examples=60)
def test_chi2_of_normals_is_finite_exactly_when_its_closed_form_is(s1, s2, gap):
    expected = closed("chi2_pq", Normal(gap, s1), Normal(0, s2))
    assert (2 * s2**2 > s1**2) == math.isfinite(expected) or expected > 1e300
    assert (verdict("chi2_pq", Normal(gap, s1), Normal(0, s2)) == "infinite") == (2 * s2**2 <= s1**2)


@pytest.mark.parametrize(("gap", "expected"), [(0.0, "infinite"), (0.5, "infinite")])
def test_chi2_at_the_border(gap, expected):
    # 2σ₂² = σ₁²: the exponent loses its x², and what is left is a constant or e^(bx), one side of which diverges
    for scale in (1.0, 0.1, 7.3):
        p, q = Normal(gap, math.sqrt(2) * scale), Normal(0, scale)
        assert verdict("chi2_pq", p, q) == expected
        assert verdict("chi2_pq", Normal(gap, math.sqrt(2) * scale * (1 - 1e-6)), q) in (
            "finite",
            "too large",
        )


@pytest.mark.parametrize(
    ("p", "q", "expected"),
    [
        ("laplace(0,2)", "laplace(0,1)", "infinite"),  # equality of 2/b₁ and 1/b₂
        ("laplace(0,1.999)", "laplace(0,1)", "finite"),
        ("laplace(5,2)", "laplace(0,1)", "infinite"),
        ("exponential(1,0)", "exponential(2,0)", "infinite"),
        ("exponential(1.001,0)", "exponential(2,0)", "finite"),
        ("normal(0,1)", "laplace(0,0.001)", "too large"),
        ("laplace(0,1)", "normal(0,1000)", "infinite"),
        ("student_t(3,0,1)", "student_t(5.9,0,1)", "finite"),
        ("student_t(3,0,1)", "student_t(6,0,1)", "infinite"),  # p²/q ~ x^(−8+7)
        ("student_t(3,0,1)", "student_t(7,0,1)", "infinite"),
        ("student_t(2,0,1)", "student_t(4,0,1)", "infinite"),  # x^−1 exactly
        ("student_t(2,0,1)", "student_t(3.9,0,1)", "finite"),
        ("lognormal(0,1.5)", "lognormal(0,1)", "infinite"),
        ("lognormal(0,1.4)", "lognormal(0,1)", "finite"),
        ("uniform(0,1)", "triangular(0,1,1)", "infinite"),  # 1/x at 0
        ("triangular(0,1,1)", "uniform(0,1)", "finite"),
        ("triangular(0,1,1)", "triangular(0,0.2,1)", "infinite"),  # constant over a zero, at 1
        ("uniform(0.1,0.9)", "triangular(0,0.5,1)", "finite"),
        ("lognormal(0,1)", "0.5*normal(0,1)+0.5*lognormal(0,1)", "finite"),
        ("0.5*normal(0,1)+0.5*lognormal(0,1)", "lognormal(0,1)", "infinite"),
    ],
)
def test_chi2(p, q, expected):
    assert verdict("chi2_pq", p, q) == expected
    assert verdict("chi2_qp", q, p) == expected
    assert verdict("alpha", p, q, alpha=2.0) == expected
    if expected == "infinite":
        assert verdict("renyi", p, q, alpha=2.0) == "infinite"


@pytest.mark.parametrize(("alpha", "expected"), [(1.9, "finite"), (2.0, "infinite"), (2.1, "infinite")])
def test_a_zero_at_an_end_bounds_the_order(alpha, expected):
    assert verdict("alpha", "uniform(0,1)", "triangular(0,1,1)", alpha=alpha) == expected


@given(p=ANY, q=ANY, alpha=st.sampled_from([0.1, 0.5, 0.9]))
@settings(deadline=None, max_examples=60)
def test_bounded_divergences_are_never_infinite(p, q, alpha):
    for name in ("js", "tv", "hellinger2"):
        assert verdict(name, p, q) == "finite"
    assert verdict("alpha", p, q, alpha=alpha) == "finite"


def test_renyi_below_one_is_infinite_only_for_disjoint_supports():
    assert verdict("renyi", "uniform(0,1)", "uniform(1,2)", alpha=0.5) == "infinite"
    found = answer("renyi", parse("uniform(0,1)"), parse("uniform(1,2)"), alpha=0.5)
    assert found.reason.code == "disjoint"
    assert verdict("renyi", "uniform(0,1)", "uniform(0.9999,2)", alpha=0.5) == "finite"
    assert value("renyi", parse("uniform(0,1)"), parse("uniform(0.5,2.5)"), alpha=0.0) == pytest.approx(
        math.log(4), rel=1e-12
    )
    far = value("renyi", Normal(0, 1), Normal(200, 1), alpha=0.5)  # a power of 1e−2171
    assert far == pytest.approx(closed("renyi", Normal(0, 1), Normal(200, 1), alpha=0.5), rel=1e-10)


# --- transport and energy

BOTH = "0.5*cauchy(0,1)"


@pytest.mark.parametrize(
    ("p", "q", "w1", "w2", "energy"),
    [
        ("cauchy(0,1)", "cauchy(3,1)", "finite", "finite", "finite"),
        ("cauchy(0,1)", "cauchy(0,2)", "infinite", "infinite", "finite"),
        (
            "cauchy(0,2)",
            "0.5*cauchy(-1,1)+0.5*cauchy(9,3)",
            "finite",
            "finite",
            "finite",
        ),  # equal tails: 2 = (1 + 3)/2
        ("cauchy(0,1)", "normal(0,1)", "infinite", "infinite", "finite"),
        ("student_t(1.5,0,1)", "student_t(1.5,0,2)", "finite", "infinite", "finite"),
        ("student_t(2,0,1)", "student_t(2,0,2)", "finite", "infinite", "finite"),
        ("student_t(2.1,0,1)", "normal(0,1)", "finite", "finite", "finite"),
        ("student_t(0.5,0,1)", "student_t(0.5,0,2)", "infinite", "infinite", "infinite"),
        ("student_t(0.5,0,1)", "student_t(0.5,5,1)", "finite", "finite", "finite"),
        ("student_t(0.51,0,1)", "uniform(0,1)", "infinite", "infinite", "finite"),
        (
            "0.5*cauchy(0,1)+0.5*student_t(1.2,0,1)",
            "0.5*cauchy(2,1)+0.5*student_t(1.2,1,1)",
            "finite",
            "finite",
            "finite",
        ),
        (
            "0.5*cauchy(0,1)+0.5*student_t(1.2,0,1)",
            "0.5*cauchy(2,1)+0.5*normal(1,1)",
            "finite",
            "infinite",
            "finite",
        ),
        ("lognormal(0,3)", "normal(0,1)", "finite", "finite", "finite"),
    ],
)
def test_transport_and_energy(p, q, w1, w2, energy):
    assert verdict("w1", p, q) == w1
    assert verdict("w2", p, q) == w2
    assert verdict("energy2", p, q) == energy
    assert verdict("w1", q, p) == w1


def test_equal_tails_leave_the_shift():
    assert (
        value("w1", parse("cauchy(0,2)"), parse("0.5*cauchy(-1,1)+0.5*cauchy(9,3)"))
        > 0.5 * (-1 * 0.5 + 9 * 1.5) / 2
    )
    assert value("w1", parse("student_t(0.5,0,1)"), parse("student_t(0.5,5,1)")) == pytest.approx(5, rel=1e-9)


@given(mixtures(FAMILY["student_t"], 2), mixtures(FAMILY["student_t"], 2))
@settings(deadline=None, max_examples=40)
def test_w2_is_infinite_wherever_w1_is(p, q):
    if verdict("w1", p, q) == "infinite":
        assert verdict("w2", p, q) == "infinite"
    if verdict("energy2", p, q) == "infinite":
        assert verdict("w1", p, q) == "infinite"


def test_moments_that_a_kernel_needs():
    p, q = parse("student_t(2.5,0,1)"), Normal(0, 1)
    found = answer("mmd2", p, q, kernel="polynomial")
    assert math.isnan(found.value)
    assert found.reason.code == "heavy_tail"
    assert "E|X|^3, which P does not have" in found.reason.text
    assert answer("mmd2", p, q, kernel="linear").value == pytest.approx(0, abs=1e-12)
    assert answer("mmd2", parse("student_t(3.5,1,1)"), q, kernel="polynomial").value > 0


# --- reasons


def test_no_mass_names_the_interval_and_the_mass():
    found = answer("kl_pq", parse("uniform(0,1.5)"), parse("uniform(0,1)"))
    assert found.reason.code == "no_mass"
    assert found.reason.text == "Q has no mass on [1, 1.5] where P has 0.3333"
    numbers = found.reason.numbers
    assert (numbers["of"], numbers["other"], numbers["low"], numbers["high"]) == ("Q", "P", 1.0, 1.5)
    assert numbers["mass"] == pytest.approx(1 / 3, rel=1e-12)
    flipped = answer("kl_qp", parse("uniform(0,1)"), parse("uniform(0.5,1.5)"))
    assert flipped.reason.text == "P has no mass on [1, 1.5] where Q has 0.5"
    chi2 = answer("chi2_pq", parse("uniform(0,1)"), parse("uniform(0,0.5)"))
    assert chi2.reason.text == "Q has no mass on [0.5, 1] where P has 0.5"
    gap = answer("kl_pq", Normal(0, 1), parse("0.5*uniform(-9,-1)+0.5*uniform(1,9)"))
    assert gap.reason.text == "Q has no mass on [-1, 1] where P has 0.6827"
    half = answer("kl_pq", Normal(0, 1), parse("exponential(1,0)"))
    assert half.reason.text == "Q has no mass on (−∞, 0] where P has 0.5"
    tiny = answer("kl_pq", Normal(0, 1), parse("uniform(-1000,1000)"))
    assert "too little for a float" in tiny.reason.text


def test_light_tails_say_how_the_ratio_grows():
    cauchy = answer("kl_pq", parse("cauchy(0,1)"), Normal(0, 1))
    assert cauchy.reason.code == "light_tail"
    assert cauchy.reason.text.startswith("Q's tail is lighter on the")
    assert "log p/q grows like x², while p falls only like |x|^−2" in cauchy.reason.text
    chi2 = answer("chi2_qp", Normal(0, 1), Normal(0, 2))
    assert chi2.reason.text.startswith("P's tail is lighter")
    assert "q²/p behaves like exp(+0.25 x²)" in chi2.reason.text
    laplace = answer("chi2_pq", parse("laplace(0,2)"), parse("laplace(0,1)"))
    assert "log p/q grows like |x|, and p²/q behaves like a constant" in laplace.reason.text
    power = answer("chi2_pq", parse("student_t(2,0,1)"), parse("student_t(4,0,1)"))
    assert "p²/q behaves like |x|^−1" in power.reason.text
    at_end = answer("chi2_pq", parse("uniform(2,3)"), parse("triangular(2,2.5,3)"))
    assert at_end.reason.text.startswith("Q's density falls faster just right of 2")
    assert at_end.reason.numbers["of"] == "Q"


def test_heavy_tails_say_what_is_needed():
    found = answer("w1", parse("cauchy(0,1)"), Normal(0, 1))
    assert found.reason.code == "heavy_tail"
    assert "|F − G| falls like |x|^−1 there, and W1 needs an exponent above 1" in found.reason.text
    assert found.reason.numbers["needed"] == 1.0


# --- the pieces


def test_supports_and_what_lies_outside():
    p = parse("0.2*uniform(0,1)+0.3*uniform(0.5,2)+0.5*uniform(4,5)")
    assert supports(p) == [(0, 2), (4, 5)]
    assert outside(p, parse("uniform(1,4.5)")) == [(0, 1), (4.5, 5)]
    assert outside(parse("normal(0,1)"), p) == [(-math.inf, 0), (2, 4), (5, math.inf)]
    assert outside(parse("uniform(0.2,0.4)"), p) == []
    assert outside(parse("exponential(1,0)"), parse("lognormal(0,1)")) == []


@pytest.mark.parametrize("name", list(FAMILY))
@given(data=st.data())
@settings(deadline=None, max_examples=15)
def test_decay_predicts_the_density_far_out(name, data):
    p = data.draw(FAMILY[name])
    for end in tails.ends(p, p):
        decay = tails.decay(p, end)
        if decay is None or end.finite:
            continue
        a, b, c, d = decay
        x = np.array([1e3, 2e3]) if a == 0 else np.array([40.0, 80.0])
        if d and not (a or b or c):
            x = np.array([1e8, 2e8])
        law = -(a * x**2 + b * x + c * np.log(x) ** 2 + d * np.log(x))
        log_density = p.logpdf(math.copysign(1.0, end.point) * x)
        # what is left is a constant: the law says how the density falls from one place to the other
        assert log_density[1] - log_density[0] == pytest.approx(law[1] - law[0], rel=1e-6, abs=1e-6)


def test_mixtures_have_the_heaviest_tail_of_their_components():
    p = parse("0.9*normal(0,1)+0.1*laplace(0,1)")
    assert tails.decay(p, tails.RIGHT) == tails.decay(parse("laplace(0,1)"), tails.RIGHT)
    one_sided = parse("0.9*normal(0,1)+0.1*exponential(1,0)")
    assert tails.decay(one_sided, tails.LEFT) == tails.decay(Normal(0, 1), tails.LEFT)
    assert tails.decay(one_sided, tails.RIGHT) == (0.0, 1.0, 0.0, 0.0)
    assert tails.decay(parse("uniform(0,1)"), tails.RIGHT) is None
    assert tails.heaviest(parse("0.5*student_t(3,0,1)+0.5*cauchy(0,1)")) == 1.0
    assert tails.heaviest(p) == math.inf


@given(st.floats(0.6, 3).map(lambda x: round(x, 2)), st.floats(-3, 3), st.floats(0.3, 3))
@settings(deadline=None, max_examples=25)
def test_gap_exponent_is_the_slope_of_the_gap(df, loc, scale):
    p, q = StudentT(df, 0, 1), StudentT(df, loc, scale)
    e = tails.gap_exponent(p, q, right=True)
    x = np.array([1e5, 1e6])
    gap = np.abs(p.cdf(-x) - q.cdf(-x))  # the left tail, where a cdf keeps its digits
    left = tails.gap_exponent(p, q, right=False)
    if abs(scale - 1) > 1e-3 and abs(loc) < 2:
        assert e == left == df
        assert -np.log10(gap[1] / gap[0]) == pytest.approx(left, abs=0.02)
    if scale == 1 and loc:
        assert e == left == round(df + 1, 12)


# --- families that are not in the table


@pytest.fixture
def logistic():
    @family("logistic", "A bell with exponential tails.", r"\frac{e^{-z}}{s(1+e^{-z})^2}")
    @dataclass(frozen=True)
    class Logistic(LocationScale):
        loc: float = real(0.0, "centre")
        scale: float = positive(1.0, "scale")

        def _standard_logpdf(self, z):
            return -np.abs(z) - 2 * np.log1p(np.exp(-np.abs(z)))

        def _standard_cdf(self, z):
            small = np.exp(-np.abs(z))
            return np.where(z < 0, small / (1 + small), 1 / (1 + small))

        def _standard_quantile(self, u):
            return np.log(u) - np.log1p(-u)

    yield Logistic
    del FAMILIES["logistic"]


def test_a_new_family_needs_no_row_here(logistic):
    p, q = logistic(0, 1), logistic(1, 1)
    x = np.linspace(-60, 60, 1_200_001)
    log_p, log_q = p.logpdf(x), q.logpdf(x)
    expected = np.trapezoid(np.exp(log_p) * (log_p - log_q), x)
    assert value("kl_pq", p, q) == pytest.approx(expected, abs=1e-9)
    assert value("w1", p, q) == pytest.approx(1, abs=1e-9)
    assert value("w2", p, q) == pytest.approx(1, abs=1e-7)
    assert value("mmd2", p, q) > 0
    assert verdict("kl_pq", p, "normal(0,1)") == "finite"
    assert verdict("chi2_pq", p, "normal(0,1)") == "infinite"
    assert verdict("chi2_pq", logistic(0, 1), logistic(0, 0.4)) == "infinite"
    assert verdict("chi2_pq", logistic(0, 1), logistic(0, 0.6)) == "finite"
    assert verdict("kl_pq", "cauchy(0,1)", p) == "infinite"
    assert LinePair(p, parse("0.5*normal(0,1)+0.5*cauchy(0,1)")).energy2().value > 0
