"""What a fit descends on, and its gradient: scipy, closed forms and finite differences are the referees."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
import scipy
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize.elementwise import find_root

from ganlab.distributions import Distribution, parse
from ganlab.divergences import compare
from ganlab.fitting.gaussian import GaussianProblem, Mixture
from ganlab.fitting.kernel import KernelProblem, smoothed
from ganlab.fitting.objectives import FIT_OBJECTIVES
from ganlab.fitting.target import Array, Target

BIMODAL = "0.5*normal(-3,0.5)+0.5*normal(3,0.5)"
ODD = "0.2*normal(-2,0.1)+0.5*laplace(0.5,0.6)+0.3*uniform(2,3)"
FULL = "0.3*normal(-2,0.2)+0.5*laplace(0.5,0.6)+0.2*student_t(4,3,0.5)"


def pack(*components: tuple[float, float, float], target: Target) -> torch.Tensor:
    """Parameters `[1, 3k]` of weight, mean, std in units of the data."""
    w, m, s = np.array(components, dtype=np.float64).T
    parts = [target.inside(m), np.log(s / target.scale), np.log(w)]
    return torch.from_numpy(np.concatenate(parts))[None]


def value(
    name: str, p: str | Target, *components: tuple[float, float, float], bandwidth: float = 0.5
) -> float:
    target = Target(parse(p)) if isinstance(p, str) else p
    problem = GaussianProblem(target, len(components), bandwidth)
    with torch.no_grad():
        found = FIT_OBJECTIVES[name].of(problem, Mixture.of(pack(*components, target=target)))
    return float(found) * (target.scale**2 if name == "w2" else 1)


def integral(name: str, p: Distribution, q: Distribution, cuts: Array) -> float:
    """By scipy's tanh-sinh rule, between cuts that find every mode, jump and kink."""

    def of(x: Array) -> Array:
        a, b = p.logpdf(x.ravel()).reshape(x.shape), q.logpdf(x.ravel()).reshape(x.shape)
        u, v = np.exp(a), np.exp(b)
        m = np.logaddexp(a, b) - math.log(2)
        with np.errstate(invalid="ignore"):
            forward, reverse = np.where(u > 0, u * (a - b), 0), np.where(v > 0, v * (b - a), 0)
            js = (np.where(u > 0, u * (a - m), 0) + np.where(v > 0, v * (b - m), 0)) / 2
        return {
            "kl_pq": forward,
            "kl_qp": reverse,
            "js": js,
            "chi2_pq": np.exp(2 * a - b) - 2 * u + v,
            "tv": np.abs(u - v) / 2,
            "hellinger2": (np.sqrt(u) - np.sqrt(v)) ** 2 / 2,
        }[name]

    return math.fsum(scipy.integrate.tanhsinh(of, cuts[:-1], cuts[1:], atol=1e-14, rtol=1e-11).integral)


def cuts_of(p: Distribution, q: Distribution) -> Array:
    """Quantiles of both, and where they cross."""
    levels = np.concatenate([scipy.special.ndtr(np.arange(-8, 9, 1.0)), [0.0, 1.0]])
    parts = [leaf.quantile(levels) for d in (p, q) for leaf in getattr(d, "components", (d,))]
    ends = np.concatenate(parts)
    ends = np.unique(ends[np.isfinite(ends)])
    x = np.unique(np.concatenate([np.linspace(a, b, 30)[1:-1] for a, b in pairwise(ends)]))
    a, b = p.logpdf(x), q.logpdf(x)
    changes = np.flatnonzero(((a > b)[1:] != (a > b)[:-1]) & np.isfinite(a[1:] + a[:-1]))
    bracket = (x[changes], x[changes + 1])

    def difference(t: Array) -> Array:
        return (p.logpdf(t.ravel()) - q.logpdf(t.ravel())).reshape(t.shape)

    roots = find_root(difference, bracket).x if len(changes) else []
    cuts = np.unique(np.concatenate([ends, roots]))
    return cuts[np.append(True, np.diff(cuts) > 1e-10)]


QS = {
    "near": ((1.0, 0.3, 1.5),),
    "narrow": ((1.0, 1.7, 0.003),),
    "far": ((1.0, 30.0, 0.5),),
    "wide": ((1.0, -1.0, 40.0),),
    "two": ((0.4, -2.0, 0.3), (0.6, 1.5, 1.0)),
    "three": ((0.2, -2.5, 0.05), (0.5, 0.0, 1.0), (0.3, 2.5, 0.4)),
}


@pytest.mark.parametrize("q", sorted(QS))
@pytest.mark.parametrize(
    ("name", "p"),
    [
        *(("kl_pq", BIMODAL), ("kl_pq", ODD), ("kl_qp", BIMODAL), ("kl_qp", FULL), ("js", BIMODAL)),
        *(("js", ODD), ("hellinger2", ODD), ("tv", BIMODAL), ("tv", ODD)),
    ],
)
def test_f_divergences_agree_with_scipy(name: str, p: str, q: str) -> None:
    first = parse(p)
    second = parse("+".join(f"{w}*normal({m},{s})" for w, m, s in QS[q]))
    expected = integral(name, first, second, cuts_of(first, second))
    assert value(name, p, *QS[q]) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@settings(deadline=None, max_examples=30)
@given(d=st.floats(-5, 5), s=st.floats(0.05, 5), t=st.floats(0.05, 5))
def test_closed_forms_of_one_gaussian(d: float, s: float, t: float) -> None:
    target = Target(parse(f"normal(1,{s!r})"))
    q = (1.0, 1 + d, t)
    kl = math.log(t / s) + (s * s + d * d) / (2 * t * t) - 0.5
    reverse = math.log(s / t) + (t * t + d * d) / (2 * s * s) - 0.5
    affinity = math.sqrt(2 * s * t / (s * s + t * t)) * math.exp(-d * d / (4 * (s * s + t * t)))
    assert value("kl_pq", target, q) == pytest.approx(kl, rel=1e-9, abs=1e-9)
    assert value("kl_qp", target, q) == pytest.approx(reverse, rel=1e-9, abs=1e-9)
    assert value("hellinger2", target, q) == pytest.approx(1 - affinity, rel=1e-9, abs=1e-9)
    assert value("w2", target, q) == pytest.approx(d * d + (s - t) ** 2, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("std", [1.1, 0.8, 0.7072, 0.7070, 0.3])
def test_chi2_is_infinite_exactly_where_it_is(std: float) -> None:
    """2σ² > 1 decides; just above, p²/q is 40 times as wide as p."""
    found, spread = value("chi2_pq", "normal(0,1)", (1.0, 0.1, std)), 2 * std**2 - 1
    if spread <= 0:
        assert found == math.inf
    else:
        expected = std**2 / math.sqrt(spread) * math.exp(0.01 / spread) - 1
        assert found == pytest.approx(expected, rel=1e-8)


def test_chi2_of_mixtures_by_scipy() -> None:
    p, q = parse(BIMODAL), parse("0.5*normal(-2.5,0.8)+0.5*normal(3,1)")
    expected = integral("chi2_pq", p, q, cuts_of(p, q))
    assert value("chi2_pq", BIMODAL, (0.5, -2.5, 0.8), (0.5, 3.0, 1.0)) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("p", "q"),
    [
        *((BIMODAL, "near"), (BIMODAL, "three"), (ODD, "near"), (ODD, "narrow"), (ODD, "two")),
        *((ODD, "three"), ("exponential(1)", "near"), ("exponential(1)", "two")),
    ],
)
def test_w2_by_quantiles(p: str, q: str) -> None:
    """∫(F⁻¹ − G⁻¹)² du on many levels of the two distributions themselves."""
    first, second = parse(p), parse("+".join(f"{w}*normal({m},{s})" for w, m, s in QS[q]))
    z = np.linspace(-7, 7, 300_001 if p == BIMODAL else 60_001)  # a jump of T falls between two levels
    u = scipy.special.ndtr(z)
    gap = np.square(first.quantile(u) - second.quantile(u)) * np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    assert value("w2", p, *QS[q]) == pytest.approx(float(np.trapezoid(gap, z)), rel=2e-5)


@pytest.mark.parametrize("p", [BIMODAL, "uniform(-2,3)", "cauchy(0,1)"])
def test_mmd_by_double_integral(p: str) -> None:
    first = parse(p)
    low, high = (-400.0, 400.0) if p.startswith("cauchy") else (-15.0, 15.0)
    edges = np.linspace(low, high, 8001)
    x = (edges[1:] + edges[:-1]) / 2
    r = np.diff(first.cdf(edges)) - np.diff(scipy.special.ndtr((edges - 1) / 0.7))
    kernel = np.exp(-np.square(np.arange(8000) * (x[1] - x[0])) / (2 * 0.5**2))
    expected = float(r @ scipy.linalg.matmul_toeplitz(kernel, r))
    assert value("mmd2", p, (1.0, 1.0, 0.7)) == pytest.approx(expected, rel=3e-3)


@pytest.mark.parametrize("k", [1, 2, 3])
@pytest.mark.parametrize("name", list(FIT_OBJECTIVES))
def test_gradients_are_those_of_finite_differences(name: str, k: int) -> None:
    target = Target(parse(BIMODAL if name == "chi2_pq" else FULL))
    problem = GaussianProblem(target, k, 0.5)
    row = FIT_OBJECTIVES[name]
    components = [(0.5, -1.0, 1.2), (0.3, 2.0, 0.8), (0.2, 0.3, 0.6)][:k]
    theta = pack(*components, target=target).requires_grad_()
    (gradient,) = torch.autograd.grad(row.of(problem, Mixture.of(theta)).sum(), theta)
    by_roots = name == "w2" and k > 1  # its value goes through quantiles found by iteration
    step, found = 1e-4 if by_roots else 1e-5, []
    for i in range(3 * k):
        move = torch.zeros_like(theta)
        move[0, i] = step
        with torch.no_grad():
            up, down = (row.of(problem, Mixture.of(theta + sign * move)) for sign in (1, -1))
        found.append(float((up - down) / (2 * step)))
    tolerance = 2e-6 * (5 if by_roots else 1)
    np.testing.assert_allclose(gradient.numpy()[0], found, rtol=10 * tolerance, atol=tolerance)


def test_the_smoothed_target_is_p_plus_noise() -> None:
    """p∗N(0, h²) by quadrature where P is no mixture of Gaussians: of U[0, 1], Φ(x/h) − Φ((x − 1)/h)."""
    target, h = Target(parse("uniform(0,1)")), 0.07
    x = np.linspace(-0.3, 1.3, 50)
    log_p = smoothed(target, h / target.scale, target.inside(x)) - math.log(target.scale)
    expected = scipy.special.ndtr(x / h) - scipy.special.ndtr((x - 1) / h)
    np.testing.assert_allclose(np.exp(log_p), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ["kl_pq", "kl_qp", "js", "tv", "hellinger2", "w2", "mmd2"])
def test_a_perfect_generator_is_at_the_bottom(name: str) -> None:
    """Samples of P itself, evenly spaced in probability, come near 0 under every objective; shifted ones do not."""
    target = Target(parse(BIMODAL))
    problem = KernelProblem(target, 0.3, (-3.0, 3.0))
    u = (np.arange(2000) + 0.5) / 2000
    q = torch.from_numpy(target.quantile(u))[None, :, None]
    row = FIT_OBJECTIVES[name]
    perfect, shifted = float(row.of(problem, q)), float(row.of(problem, q + 0.3))
    assert abs(perfect) < 2e-3
    assert shifted > 0.01


@pytest.mark.parametrize(("mean", "std"), [(8.1493, 6.5206), (23.62, 27.04), (39.088, 11.22)])
def test_reverse_kl_sees_where_a_wide_component_outlasts_a_narrow_one(mean: float, std: float) -> None:
    """log p bends 17 of its σ from the narrow peak; the exact value is that of `ganlab.divergences`."""
    p = "0.9*normal(0,0.01)+0.1*normal(50,3)"
    exact = compare(p, f"normal({mean},{std})", "kl_qp")["kl_qp"].value
    assert value("kl_qp", p, (1, mean, std)) == pytest.approx(exact, rel=1e-7)
