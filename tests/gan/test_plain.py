"""The referees of losses against third parties and numbers worked by hand."""

from __future__ import annotations

from math import log

import numpy as np
import ot
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import energy_distance, gaussian_kde, norm
from sklearn.gaussian_process.kernels import RationalQuadratic
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.neighbors import KernelDensity
from torch import Tensor

from tests.gan.plain_losses import (
    EXACT,
    F_GAN,
    LOSSES,
    SAMPLE_LOSSES,
    SCORES,
    energy_squared,
    f_bound,
    log_density,
    log_density_ratio,
    mmd_squared,
    moment_matching,
)

RNG = np.random.default_rng(0)
GRID = np.linspace(-12, 13, 20_001)
WEIGHTS = np.full(GRID.shape, GRID[1] - GRID[0])
P, Q = norm(0, 1).pdf(GRID), norm(0.7, 0.9).pdf(GRID)


def t(x: object) -> Tensor:
    return torch.as_tensor(x, dtype=torch.float64)


def drawn(*shape: int) -> Tensor:
    return t(RNG.normal(0, 1, shape))


# ---------------------------------------------------------------- the f-GAN family

GENERATORS = {  # f(u), and v with g_f(v) = f′(u), from Nowozin et al. 2016, tables 1 and 5
    "f_kl": (lambda u: u * np.log(u), lambda u: 1 + np.log(u)),
    "f_reverse_kl": (lambda u: -np.log(u), np.log),
    "f_pearson": (lambda u: (u - 1) ** 2, lambda u: 2 * (u - 1)),
    "f_neyman": (lambda u: (1 - u) ** 2 / u, lambda u: 2 * np.log(u)),
    "f_hellinger2": (lambda u: (np.sqrt(u) - 1) ** 2, lambda u: np.log(u) / 2),
    "f_js": (lambda u: -(u + 1) * np.log((1 + u) / 2) + u * np.log(u), np.log),
    "f_tv": (lambda u: np.abs(u - 1) / 2, lambda u: 40 * np.sign(u - 1)),
}


@pytest.mark.parametrize("name", F_GAN)
def test_an_exact_divergence_is_the_mean_of_f(name: str) -> None:
    f, _ = GENERATORS[name]
    assert EXACT[name](P, Q, WEIGHTS) == pytest.approx(np.sum(WEIGHTS * Q * f(P / Q)), rel=1e-9)


def test_exact_divergences_of_gaussians_in_closed_form() -> None:
    def between(mean: float, name: str) -> float:
        return EXACT[name](norm(0, 1).pdf(GRID), norm(mean, 1).pdf(GRID), WEIGHTS)

    assert between(1, "f_kl") == pytest.approx(0.5, rel=1e-9)
    assert between(1, "f_reverse_kl") == pytest.approx(0.5, rel=1e-9)
    assert between(1, "f_pearson") == pytest.approx(np.e - 1, rel=1e-9)
    assert between(1, "f_neyman") == pytest.approx(np.e - 1, rel=1e-9)
    assert between(2, "f_hellinger2") == pytest.approx(2 * (1 - np.exp(-0.5)), rel=1e-9)
    assert between(2, "f_js") == pytest.approx(2 * 0.33683082, abs=1e-7)
    assert between(2, "f_tv") == pytest.approx(2 * norm.cdf(1) - 1, rel=1e-6)


@pytest.mark.parametrize("name", F_GAN)
def test_a_conjugate_is_the_largest_gap(name: str) -> None:
    """f*(t) = sup_u (ut − f(u)), found on a fine grid of u."""
    f, best = GENERATORS[name]
    u = np.exp(np.linspace(-12, 12, 200_001))
    activation, conjugate = F_GAN[name]
    for ratio in (0.2, 0.7, 1.0, 1.5, 4.0):
        v = t(np.tanh(ratio - 1) if name == "f_tv" else best(ratio))
        gaps = u * activation(v).item() - f(u)
        assert conjugate(activation(v)).item() == pytest.approx(gaps.max(), abs=1e-4), ratio


@pytest.mark.parametrize("name", F_GAN)
def test_the_bound_is_reached_by_the_best_critic_and_by_no_other(name: str) -> None:
    best = GENERATORS[name][1](P / Q)
    activation, conjugate = F_GAN[name]

    def bound(v: np.ndarray) -> float:
        a = activation(t(v)).numpy()
        b = conjugate(activation(t(v))).numpy()
        return float(np.sum(WEIGHTS * (P * a - Q * b)))

    exact = EXACT[name](P, Q, WEIGHTS)
    assert bound(best) == pytest.approx(exact, rel=1e-6)
    assert bound(best + 0.1 * np.sin(GRID)) < exact + (1e-9 if name == "f_tv" else -1e-5)


@pytest.mark.parametrize("name", F_GAN)
def test_losses_of_an_f_gan_are_its_bound(name: str) -> None:
    a, b = drawn(6, 1), drawn(6, 1)
    loss_d, loss_g = LOSSES[name]
    assert loss_d(a, b).item() == pytest.approx(-f_bound(name, a, b).item())
    # G's loss is the part of the bound that depends on it: both move alike.
    other = drawn(6, 1)
    moved = f_bound(name, a, other) - f_bound(name, a, b)
    assert (loss_g(a, other) - loss_g(a, b)).item() == pytest.approx(moved.item())


# ---------------------------------------------------------------- other objectives


def test_relativistic_by_hand() -> None:
    a, b = t([[1.0], [0.0]]), t([[0.0], [2.0]])
    loss_d, loss_g = LOSSES["relativistic"]
    assert loss_d(a, b).item() == pytest.approx((log(1 + np.exp(-1)) + log(1 + np.exp(2))) / 2)
    assert loss_g(a, b).item() == pytest.approx((log(1 + np.exp(1)) + log(1 + np.exp(-2))) / 2)


def test_energy_is_scipys_on_a_line_and_pots_in_space() -> None:
    a, b = drawn(12, 1), drawn(9, 1) + 1
    ours = energy_squared(a, b).item()
    assert ours == pytest.approx(energy_distance(a[:, 0], b[:, 0]) ** 2, abs=1e-6)
    a, b = drawn(7, 8), drawn(7, 8) + 0.5
    within = sum(ot.dist(x, x, metric="euclidean").mean() for x in (a, b))
    across = 2 * ot.dist(a, b, metric="euclidean").mean() - within
    assert LOSSES["energy"][1](a[None], b[None]).item() == pytest.approx(float(across), abs=1e-6)
    assert LOSSES["energy"][0](a, b).item() == pytest.approx(-float(across), abs=1e-6)


def test_mmd_of_features_is_sklearns() -> None:
    a, b = drawn(6, 8), drawn(5, 8) + 0.3
    kernels = [RationalQuadratic(length_scale=1, alpha=alpha) for alpha in (0.2, 0.5, 1, 2, 5)]
    means = [k(a).mean() + k(b).mean() - 2 * k(a, b).mean() for k in kernels]
    assert mmd_squared(a, b).item() == pytest.approx(np.mean(means), rel=1e-9)


def test_mmd_of_samples_is_sklearns() -> None:
    x, y, width = drawn(6, 2), drawn(7, 2) + 0.3, 0.4
    gammas = [1 / (2 * (scale * width) ** 2) for scale in (1, 2, 4, 8, 16)]
    parts = [
        rbf_kernel(x, x, g).mean() + rbf_kernel(y, y, g).mean() - 2 * rbf_kernel(x, y, g).mean()
        for g in gammas
    ]
    assert moment_matching(x, y, width).item() == pytest.approx(np.mean(parts), rel=1e-9)


@pytest.mark.parametrize("name", SCORES)
def test_a_score_tells_real_from_generated_by_the_objectives_value(name: str) -> None:
    """E_x score − E_y score is the energy distance², and MMD²: the witness of each."""
    a, b = drawn(6, 8), drawn(6, 8) + 0.5
    score = SCORES[name]
    gap = score(a, a, b).mean() - score(b, a, b).mean()
    assert gap.item() == pytest.approx(LOSSES[name][1](a, b).item(), rel=1e-9)
    assert gap.item() > 0


# ---------------------------------------------------------------- kernel densities


def refitted(sample: np.ndarray, h: float, x: np.ndarray) -> np.ndarray:
    """scipy's density on a line: its bandwidth is a factor of the sample's own standard deviation."""
    return np.log(gaussian_kde(sample, bw_method=h / sample.std(ddof=1))(x))


def test_a_log_density_is_scipys_and_sklearns() -> None:
    sample, x = RNG.normal(0, 1, 8), np.array([-0.3, 2.1])
    ours = [log_density(t([point]), t(sample)[:, None], 0.4).item() for point in x]
    np.testing.assert_allclose(ours, refitted(sample, 0.4, x), rtol=1e-9)
    plane, points = RNG.normal(0, 1, (8, 2)), RNG.normal(0, 1, (3, 2))
    theirs = KernelDensity(bandwidth=0.4).fit(plane).score_samples(points)
    np.testing.assert_allclose([log_density(t(x), t(plane), 0.4) for x in points], theirs, rtol=1e-9)


def test_explicit_divergences_refit_a_density_without_each_sample() -> None:
    h, real, fake = 0.5, RNG.normal(0, 1, 7), RNG.normal(0.5, 1, 7)

    def each(own: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        alone = [refitted(np.delete(own, i), h, own[i : i + 1])[0] for i in range(len(own))]
        return np.array(alone), refitted(other, h, own)

    (p_x, q_x), (q_y, p_y) = each(real, fake), each(fake, real)
    halves = [
        np.mean(own - np.log((np.exp(p) + np.exp(q)) / 2)) for own, p, q in ((p_x, p_x, q_x), (q_y, p_y, q_y))
    ]
    expected = {
        "explicit_kl": np.mean(p_x - q_x),
        "explicit_reverse_kl": np.mean(q_y - p_y),
        "explicit_js": np.mean(halves),
    }
    for name, value in expected.items():
        ours = SAMPLE_LOSSES[name](t(real)[:, None], t(fake)[:, None], h)
        assert ours.item() == pytest.approx(value, rel=1e-9), name
    ratio = log_density_ratio(t([[0.2]]), t(real)[:, None], t(fake)[:, None], h)
    point = np.array([0.2])
    assert ratio.item() == pytest.approx((refitted(real, h, point) - refitted(fake, h, point))[0])


@pytest.mark.parametrize("name", SAMPLE_LOSSES)
def test_losses_of_samples_reach_the_samples(name: str) -> None:
    real, fake = drawn(6, 2), (drawn(6, 2) + 2).requires_grad_()
    (slope,) = torch.autograd.grad(SAMPLE_LOSSES[name](real, fake, 0.7), fake)
    with torch.no_grad():
        closer = fake - 1e-3 * slope
    assert SAMPLE_LOSSES[name](real, closer, 0.7) < SAMPLE_LOSSES[name](real, fake, 0.7)
    assert torch.isfinite(slope).all()


@settings(max_examples=30, deadline=None)
@given(arrays(float, 5, elements=st.floats(-3, 3)), arrays(float, 5, elements=st.floats(-3, 3)))
def test_energy_and_mmd_are_never_negative_and_zero_for_equals(x: np.ndarray, y: np.ndarray) -> None:
    a, b = t(x)[:, None], t(y)[:, None]
    assert energy_squared(a, b).item() >= -1e-5  # the root's constant: 1e-6 for each pair of equals
    assert mmd_squared(a, b).item() >= -1e-12
    assert moment_matching(a, a, 0.3).item() == pytest.approx(0, abs=1e-12)
