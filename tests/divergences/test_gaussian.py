"""Closed forms between Gaussians against torch, POT, quadrature, facts and laws."""

from __future__ import annotations

import math

import numpy as np
import ot
import pytest
import scipy
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ganlab.distributions import parse
from ganlab.divergences import gaussian
from ganlab.divergences.results import DivergenceError

SEEDS = st.integers(0, 2**32 - 1)


def random_gaussians(seed: int, dim: int | None = None) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    d = dim or int(rng.integers(1, 6))

    def covariance() -> np.ndarray:
        root = rng.normal(size=(d, d)) * rng.uniform(0.3, 2.0)
        return root @ root.T + 0.05 * np.eye(d)

    return rng.normal(size=d) * 2, covariance(), rng.normal(size=d) * 2, covariance()


def torch_normal(mean: np.ndarray, cov: np.ndarray) -> torch.distributions.MultivariateNormal:
    return torch.distributions.MultivariateNormal(torch.tensor(mean), torch.tensor(cov))


# --- f-divergences


@settings(deadline=None)
@given(SEEDS)
def test_kl_agrees_with_torch(seed: int) -> None:
    m1, c1, m2, c2 = random_gaussians(seed)
    expected = torch.distributions.kl_divergence(torch_normal(m1, c1), torch_normal(m2, c2))
    assert gaussian.kl(m1, c1, m2, c2) == pytest.approx(float(expected), rel=1e-8, abs=1e-9)


def test_exhibits_of_two_gaussians() -> None:
    assert gaussian.kl(0, 1, 0, 4) == pytest.approx(math.log(2) - 3 / 8, abs=1e-14)
    assert gaussian.kl(0, 4, 0, 1) == pytest.approx(1.5 - math.log(2), abs=1e-14)
    assert gaussian.kl([0, 0], np.eye(2), [2, 0], np.eye(2)) == pytest.approx(2.0, abs=1e-14)
    assert gaussian.hellinger2([0, 0], np.eye(2), [2, 0], np.eye(2)) == pytest.approx(0.3935, abs=5e-5)
    assert gaussian.w2([0, 0], np.eye(2), [2, 0], np.eye(2)) == pytest.approx(2.0, abs=1e-14)


@settings(deadline=None)
@given(st.floats(-3, 3), st.floats(0.3, 3), st.floats(0.3, 3))
def test_facts_on_the_line(gap: float, s1: float, s2: float) -> None:
    a = (gap, s1**2, 0.0, s2**2)
    assert gaussian.kl(*a) == pytest.approx(
        math.log(s2 / s1) + (s1**2 + gap**2) / (2 * s2**2) - 0.5, rel=1e-12, abs=1e-13
    )
    root = math.sqrt(2 * s1 * s2 / (s1**2 + s2**2)) * math.exp(-(gap**2) / (4 * (s1**2 + s2**2)))
    assert gaussian.hellinger2(*a) == pytest.approx(1 - root, abs=1e-13)
    assert gaussian.w2(*a) == pytest.approx(math.hypot(gap, s1 - s2), rel=1e-9, abs=1e-12)
    d = 2 * s2**2 - s1**2
    if abs(d) > 1e-6:
        expected = s2**2 / (s1 * math.sqrt(d)) * math.exp(gap**2 / d) - 1 if d > 0 else math.inf
        assert gaussian.chi2(*a) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@settings(max_examples=15, deadline=None)
@given(SEEDS, st.sampled_from([0.3, 0.5, 1.7, 2.0]))
def test_powers_agree_with_a_grid(seed: int, alpha: float) -> None:
    m1, c1, m2, c2 = random_gaussians(seed, dim=2)
    c1 = c1 / np.trace(c1)  # p narrower than q, so that the integrals converge
    c2 = c2 / np.trace(c2) + np.eye(2)
    precision = alpha * np.linalg.inv(c1) + (1 - alpha) * np.linalg.inv(c2)
    centre = np.linalg.solve(
        precision, alpha * np.linalg.solve(c1, m1) + (1 - alpha) * np.linalg.solve(c2, m2)
    )
    ticks = np.linspace(-9, 9, 600) * math.sqrt(np.linalg.eigvalsh(np.linalg.inv(precision))[-1])
    x = np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2) + centre
    log_p, log_q = (torch_normal(m, c).log_prob(torch.tensor(x)).numpy() for m, c in ((m1, c1), (m2, c2)))
    expected = scipy.special.logsumexp(alpha * log_p + (1 - alpha) * log_q) + 2 * math.log(
        ticks[1] - ticks[0]
    )
    assert gaussian.log_power(m1, c1, m2, c2, alpha) == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert gaussian.renyi(m1, c1, m2, c2, alpha) == pytest.approx(expected / (alpha - 1), rel=1e-9, abs=1e-9)
    if alpha == 2.0:
        assert gaussian.chi2(m1, c1, m2, c2) == pytest.approx(math.expm1(expected), rel=1e-8)


def test_chi2_is_infinite_exactly_when_it_is() -> None:
    """2Σ₁⁻¹ − Σ₂⁻¹ loses definiteness in one direction only, at σ₁² = 2σ₂²."""
    second = np.diag([1.0, 5.0])
    for ratio, finite in ((1.999999, True), (2.0, False), (2.000001, False)):
        value = gaussian.chi2([0, 0], np.diag([ratio, 1.0]), [0, 0], second)
        assert math.isfinite(value) == finite, ratio
    turn = np.array([[math.cos(0.4), -math.sin(0.4)], [math.sin(0.4), math.cos(0.4)]])
    turned = [turn @ c @ turn.T for c in (np.diag([2.000001, 1.0]), second)]
    assert gaussian.chi2([0, 0], turned[0], [0, 0], turned[1]) == math.inf


@settings(deadline=None)
@given(SEEDS, SEEDS)
def test_f_divergences_ignore_affine_maps(seed: int, other: int) -> None:
    m1, c1, m2, c2 = random_gaussians(seed, dim=2)
    rng = np.random.default_rng(other)
    a, b = rng.normal(size=(2, 2)) + 2 * np.eye(2), rng.normal(size=2)
    moved = (a @ m1 + b, a @ c1 @ a.T, a @ m2 + b, a @ c2 @ a.T)
    if abs(np.linalg.det(a)) < 0.1:
        return
    for function in (gaussian.kl, gaussian.hellinger2):
        assert function(*moved) == pytest.approx(function(m1, c1, m2, c2), rel=1e-7, abs=1e-9)
    expected = gaussian.renyi(m1, c1, m2, c2, 0.7)
    assert gaussian.renyi(*moved, 0.7) == pytest.approx(expected, rel=1e-7, abs=1e-9)


@settings(deadline=None)
@given(SEEDS)
def test_laws(seed: int) -> None:
    m1, c1, m2, c2 = random_gaussians(seed, dim=3)
    forward, backward = (m1, c1, m2, c2), (m2, c2, m1, c1)
    assert gaussian.kl(*forward) > 0.0
    assert gaussian.kl(m1, c1, m1, c1) == pytest.approx(0.0, abs=1e-12)
    assert 0.0 <= gaussian.hellinger2(*forward) <= 1.0
    assert gaussian.hellinger2(*forward) == pytest.approx(gaussian.hellinger2(*backward), abs=1e-12)
    assert gaussian.w2(*forward) == pytest.approx(gaussian.w2(*backward), rel=1e-9)
    assert gaussian.renyi(*forward, 0.0) == pytest.approx(0.0, abs=1e-12)
    near = (gaussian.renyi(*forward, 1 - 1e-6), gaussian.renyi(*forward, 1.0))
    assert near[0] == pytest.approx(near[1], rel=1e-3)
    m3, c3, *_ = random_gaussians(seed // 2 + 1, dim=3)
    assert gaussian.w2(m1, c1, m2, c2) <= gaussian.w2(m1, c1, m3, c3) + gaussian.w2(m3, c3, m2, c2) + 1e-9
    assert gaussian.w2(10 * m1, 100 * c1, 10 * m2, 100 * c2) == pytest.approx(10 * gaussian.w2(*forward))


# --- transport


@settings(deadline=None)
@given(SEEDS)
def test_w2_agrees_with_pot(seed: int) -> None:
    m1, c1, m2, c2 = random_gaussians(seed)
    expected = float(ot.gaussian.bures_wasserstein_distance(m1, m2, c1, c2))
    assert gaussian.w2(m1, c1, m2, c2) == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_w2_of_a_gaussian_with_itself_is_zero() -> None:
    m1, c1, *_ = random_gaussians(1, dim=2)
    assert gaussian.w2(m1, c1, m1, c1) == pytest.approx(0.0, abs=1e-14)  # tr(Σ₁+Σ₂−2…) alone gives 1e-8


def test_entropic_ot_agrees_with_sinkhorn_on_quantiles() -> None:
    """POT on 400 equally weighted quantiles of two Gaussians on the line."""
    z = scipy.special.ndtri((np.arange(400) + 0.5) / 400)
    x, y = 0.5 + 0.8 * z, -0.2 + 1.3 * z
    cost = (x[:, None] - y[None, :]) ** 2
    weights, epsilon = np.full(400, 1 / 400), 0.8
    plan = ot.sinkhorn(weights, weights, cost, epsilon, stopThr=1e-12)
    expected = np.sum(plan * cost) + epsilon * np.sum(plan * np.log(np.maximum(plan * 400**2, 1e-300)))
    assert gaussian.entropic_ot(0.5, 0.8**2, -0.2, 1.3**2, epsilon) == pytest.approx(expected, rel=5e-3)


@settings(deadline=None)
@given(SEEDS)
def test_sinkhorn_divergence_runs_from_w2_to_the_means(seed: int) -> None:
    m1, c1, m2, c2 = random_gaussians(seed, dim=2)
    w2 = gaussian.w2(m1, c1, m2, c2)
    assert gaussian.sinkhorn_divergence(m1, c1, m2, c2, 1e-9) == pytest.approx(w2**2, rel=1e-5, abs=1e-6)
    gap = float(np.sum((m1 - m2) ** 2))
    assert gaussian.sinkhorn_divergence(m1, c1, m2, c2, 1e6) == pytest.approx(gap, rel=1e-3, abs=1e-3)
    assert gaussian.sinkhorn_divergence(m1, c1, m1, c1, 0.5) == pytest.approx(0.0, abs=1e-12)
    assert gaussian.entropic_ot(m1, c1, m1, c1, 0.5) > 0.0  # entropy alone: not a distance before debiasing


def test_sliced_w2_of_a_shift() -> None:
    theta = np.eye(4)
    value = gaussian.sliced_w2(np.zeros(4), np.eye(4), [3, 0, 0, 0], np.eye(4), theta)
    assert value == pytest.approx(3 / 2)


@settings(deadline=None)
@given(st.floats(-3, 3), st.floats(0.1, 3), st.floats(0.1, 3))
def test_energy_agrees_with_scipy_quad(gap: float, s1: float, s2: float) -> None:
    def squared(x: float) -> float:
        return 2 * (scipy.special.ndtr((x - gap) / s1) - scipy.special.ndtr(x / s2)) ** 2

    expected = scipy.integrate.quad(squared, -40, 40, points=[gap, 0.0], limit=300, epsabs=1e-11)[0]
    assert gaussian.energy2(gap, s1, 0.0, s2) == pytest.approx(expected, rel=1e-7, abs=1e-9)


def test_mmd2_of_exhibit_8() -> None:
    p, q = (parse(f"normal({m},1)").gaussian_mixture() for m in (0, 1))
    for bandwidth, expected in ((1.0, 0.1773), (0.05, 0.0156), (20.0, 0.0025)):
        assert gaussian.mmd2(p, q, bandwidth) == pytest.approx(expected, abs=5e-5)


# --- the edge


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: gaussian.kl([0, 0], np.eye(2), [0], np.eye(2)), r"mean2: shape should be \[2\]"),
        (lambda: gaussian.kl([0, 0], np.eye(3), [0, 0], np.eye(2)), r"cov1: shape should be \[2, 2\]"),
        (lambda: gaussian.kl([0, math.nan], np.eye(2), [0, 0], np.eye(2)), "mean1: every value"),
        (lambda: gaussian.kl([0, 0], np.diag([1, 0]), [0, 0], np.eye(2)), "cov1: should be positive def"),
        (lambda: gaussian.w2([0, 0], np.eye(2), [0, 0], [[1, 0.5], [0, 1]]), "cov2: .*symmetric"),
        (lambda: gaussian.renyi(0, 1, 0, 1, -1.0), "alpha: should be >= 0"),
        (lambda: gaussian.log_power(0, 1, 0, 1, math.inf), "alpha: should be a finite"),
        (lambda: gaussian.entropic_ot(0, 1, 0, 1, 0.0), "epsilon: should be a finite number > 0"),
        (lambda: gaussian.sliced_w2(0, 1, 0, 1, [[2.0]]), "directions: should be unit"),
        (lambda: gaussian.sliced_w2(0, 1, 0, 1, [1.0]), "directions: shape"),
        (lambda: gaussian.energy2(0, 0, 0, 1), "std1: should be"),
        (
            lambda: gaussian.mmd2(
                parse("normal(0,1)").gaussian_mixture(), parse("ring(3)").gaussian_mixture(), 1.0
            ),
            "dimensions",
        ),
        (lambda: gaussian.mmd2(*[parse("ring(3)").gaussian_mixture()] * 2, 0.0), "bandwidth"),
    ],
)
def test_bad_input_is_named(call, words: str) -> None:
    with pytest.raises(DivergenceError, match=words):
        call()
