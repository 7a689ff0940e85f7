"""What a target says of P: moments by its own quadrature against closed forms, and how its tails fall."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ganlab.distributions import parse
from ganlab.fitting.target import Target, panel_nodes

SUMMARIES = [  # text, mean, variance, entropy
    ("normal(3,0.5)", 3, 0.25, 0.5 * math.log(2 * math.pi * math.e * 0.25)),
    ("laplace(-1,2)", -1, 8, 1 + math.log(4)),
    ("uniform(2,5)", 3.5, 0.75, math.log(3)),
    ("exponential(0.5)", 2, 4, 1 - math.log(0.5)),
    ("triangular(0,1,3)", 4 / 3, 7 / 18, 0.5 + math.log(1.5)),
    ("lognormal(0,0.5)", math.exp(0.125), math.expm1(0.25) * math.exp(0.25), math.log(0.5 * 4.132731354122)),
    ("student_t(5)", 0, 5 / 3, 1.6275026724),
    ("0.5*normal(-1000,0.01)+0.5*normal(1000,0.01)", 0, 1e6 + 1e-4, None),
    ("0.5*normal(-3,0.5)+0.5*normal(3,0.5)", 0, 9.25, None),
]


@pytest.mark.parametrize(("text", "mean", "variance", "entropy"), SUMMARIES)
def test_moments_and_entropy(text: str, mean: float, variance: float, entropy: float | None) -> None:
    target = Target(parse(text))
    y, weights = target.nodes
    log_p = target.logpdf(y)
    mass = weights * np.exp(log_p)
    x = target.outside(y)
    assert mass.sum() == pytest.approx(1, abs=1e-10)
    assert (mass * x).sum() == pytest.approx(mean, abs=1e-8, rel=1e-8)
    assert (mass * (x - mean) ** 2).sum() == pytest.approx(variance, rel=1e-6)
    if entropy is not None:
        inside = mass > 0
        found = -(mass[inside] * log_p[inside]).sum() + math.log(target.scale)
        assert found == pytest.approx(entropy, abs=1e-8)


@pytest.mark.parametrize(
    ("text", "full", "variance", "std"),
    [
        ("normal(0,2)", True, True, 2),
        ("0.9*normal(0,2)+0.1*normal(5,3)", True, True, 3),
        ("0.9*uniform(0,2)+0.1*normal(5,3)", True, True, 3),
        ("uniform(0,1)", False, True, 0),
        ("triangular(-1,0,1)", False, True, 0),
        ("exponential(1)", False, True, math.inf),
        ("0.5*exponential(1)+0.5*normal(0,1)", True, True, math.inf),
        ("laplace(0,1)", True, True, math.inf),
        ("lognormal(0,3)", False, True, math.inf),
        ("student_t(2)", True, False, math.inf),
        ("student_t(2.01)", True, True, math.inf),
        ("cauchy(0,1)", True, False, math.inf),
    ],
)
def test_tails(text: str, full: bool, variance: bool, std: float) -> None:
    target = Target(parse(text))
    assert (target.full_support, target.has_variance) == (full, variance)
    assert target.tail_std * target.scale == pytest.approx(std, rel=1e-9)


def test_it_is_the_same_for_p_moved_and_stretched() -> None:
    near, far = (
        Target(parse("0.3*normal(-1,0.2)+0.7*normal(1,0.5)")),
        Target(parse("0.3*normal(90,2)+0.7*normal(110,5)")),
    )
    np.testing.assert_allclose(near.breakpoints, far.breakpoints, atol=1e-9)
    y = np.linspace(-3, 3, 7)
    np.testing.assert_allclose(near.logpdf(y), far.logpdf(y), atol=1e-9)


def test_fine_panels_are_as_fine_as_asked() -> None:
    target = Target(parse("uniform(0,10)"))
    y, weights, variances = target.fine_nodes(0.05)
    assert (variances == 0).all()
    assert np.diff(np.sort(y)).max() < 0.05
    assert (weights * np.exp(target.logpdf(y))).sum() == pytest.approx(1, abs=1e-12)


def test_gauss_legendre_is_exact_for_polynomials() -> None:
    y, weights = panel_nodes(np.array([-1.0, 2.0]), np.array([2.0, 2.5]))
    assert (weights * y**9).sum() == pytest.approx((2.5**10 - 1) / 10, rel=1e-13)


def test_many_components_stay_affordable() -> None:
    target = Target(parse("+".join(f"1*normal({i},0.02)" for i in range(64))))
    y, weights = target.nodes
    assert len(y) < 8000
    assert (weights * np.exp(target.logpdf(y))).sum() == pytest.approx(1, abs=1e-4)
