"""Means of kernels between Gaussians against scipy's quadrature, closed forms and samples."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy
from hypothesis import given, settings
from hypothesis import strategies as st

from ganlab.distributions import parse
from ganlab.distributions.gaussian import GaussianMixture
from ganlab.divergences import gaussian
from ganlab.divergences.kernel_means import (
    Spectrum,
    mean_between,
    mmd2_mixtures,
    scales,
    scan_mixtures,
    witness_mixtures,
)
from ganlab.divergences.kernels import KERNELS
from ganlab.divergences.mmd import mmd2, witness
from ganlab.divergences.results import DivergenceError

RADIAL = [name for name, row in KERNELS.items() if row.radial]
SEEDS = st.integers(0, 2**32 - 1)


def random_mixture(rng: np.random.Generator, count: int, dim: int, least: float = 0.05) -> GaussianMixture:
    roots = rng.normal(size=(count, dim, dim)) * rng.uniform(0.2, 1.0, size=(count, 1, 1))
    covariances = roots @ roots.transpose(0, 2, 1) + least * np.eye(dim)
    return GaussianMixture(
        rng.dirichlet(np.full(count, 3.0)), rng.normal(size=(count, dim)) * 1.5, covariances
    )


@pytest.mark.parametrize("name", RADIAL)
def test_scales_add_up_to_the_kernel(name: str) -> None:
    r = np.geomspace(1e-5, 1e3, 60)
    expected = KERNELS[name].of(r[:, None], np.zeros((1, 1)), 1.0)[:, 0]
    points = Spectrum(np.zeros((60, 1)), np.square(r)[:, None])
    unit = 1e3 if name == "distance" else 1.0
    assert points.means(name, 1.0) == pytest.approx(expected, abs=2e-11 * unit)
    assert points.means(name, 1.0, fine=False) == pytest.approx(expected, abs=1e-5 * unit)


@pytest.mark.parametrize("name", RADIAL)
@settings(max_examples=8, deadline=None)
@given(st.floats(-3, 3), st.floats(0.05, 3), st.floats(0.2, 3))
def test_means_on_the_line_agree_with_quad(name: str, mean: float, std: float, sigma: float) -> None:
    kernel = KERNELS[name]

    def integrand(z: float) -> float:
        density = math.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
        return density * float(kernel.of([[mean + std * z]], [[0.0]], sigma)[0, 0])

    expected = scipy.integrate.quad(integrand, -9, 9, points=[-mean / std], limit=400, epsabs=1e-12)[0]
    found = Spectrum.of(np.array([[mean]]), np.array([[[std**2]]])).means(name, sigma)[0]
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-10)


@pytest.mark.parametrize("name", RADIAL)
@settings(max_examples=4, deadline=None)
@given(SEEDS)
def test_means_in_the_plane_agree_with_a_grid(name: str, seed: int) -> None:
    """By polar coordinates around the origin, where kernels have their peak."""
    rng = np.random.default_rng(seed)
    mixture, sigma = random_mixture(rng, 1, 2), float(rng.uniform(0.3, 2))
    nodes, weights = np.polynomial.legendre.leggauss(200)
    radius = 6.0 * (nodes + 1)
    angle = 2 * math.pi * np.arange(400) / 400
    points = (radius[:, None, None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1)).reshape(-1, 2)
    density = np.exp(mixture.logpdf(points)).reshape(200, 400).mean(axis=1) * 2 * math.pi * radius
    values = KERNELS[name].of(radius[:, None], np.zeros((1, 1)), sigma)[:, 0]
    missing = 1 - 6.0 * weights @ density
    found = Spectrum.of(mixture.means, mixture.covariances).means(name, sigma)[0]
    assert found == pytest.approx(6.0 * weights @ (density * values), rel=1e-8, abs=1e-9 + 30 * abs(missing))


@settings(deadline=None)
@given(st.floats(-3, 3), st.floats(0.05, 3))
def test_mean_distance_is_a_of_m_and_s(mean: float, std: float) -> None:
    found = Spectrum.of(np.array([[mean]]), np.array([[[std**2]]])).means("distance", 1.0)[0]
    assert found == pytest.approx(-gaussian.mean_absolute(mean, std), rel=1e-10)


def test_mean_distance_in_the_plane() -> None:
    """E‖N(0, I)‖ = √(π/2); and far away ‖m‖ + tr(S)/2‖m‖ to second order, less the part along m."""
    round_one = Spectrum.of(np.zeros((1, 2)), np.eye(2)[None]).means("distance", 1.0)[0]
    assert round_one == pytest.approx(-math.sqrt(math.pi / 2), rel=1e-11)
    far = Spectrum.of(np.array([[1e4, 0.0]]), np.diag([1.0, 4.0])[None]).means("distance", 1.0)[0]
    assert far == pytest.approx(-(1e4 + 4 / 2e4), rel=1e-12)


@settings(deadline=None)
@given(SEEDS, st.integers(1, 4), st.floats(0.1, 5))
def test_gaussian_kernel_has_the_closed_form(seed: int, dim: int, sigma: float) -> None:
    rng = np.random.default_rng(seed)
    p, q = random_mixture(rng, 3, dim), random_mixture(rng, 2, dim)
    assert mmd2_mixtures(p, q, "gaussian", sigma) == pytest.approx(gaussian.mmd2(p, q, sigma), abs=1e-13)


@pytest.mark.parametrize("name", KERNELS)
def test_samples_agree(name: str) -> None:
    """The U-statistic is unbiased: 60 redraws of 150 against the exact value."""
    rng = np.random.default_rng(1)
    p, q = random_mixture(rng, 3, 2), random_mixture(rng, 2, 2)
    draws = [mmd2(p.sample(150, rng), q.sample(150, rng), 0.7, kernel=name) for _ in range(60)]
    error = np.std(draws, ddof=1) / math.sqrt(60)
    exact = mmd2_mixtures(p, q, name, 0.7)
    assert abs(np.mean(draws) - exact) < 4 * error
    assert error < exact / 5


@pytest.mark.parametrize("name", KERNELS)
def test_witness_of_samples_approaches_that_of_mixtures(name: str) -> None:
    rng = np.random.default_rng(2)
    p, q = random_mixture(rng, 2, 2), random_mixture(rng, 2, 2)
    points = rng.normal(size=(7, 2))
    exact = witness_mixtures(points, p, q, name, 0.8)
    found = witness(points, p.sample(20_000, rng), q.sample(20_000, rng), 0.8, name)
    scale = np.abs(exact).max()
    assert found == pytest.approx(exact, abs=0.06 * scale)
    assert witness_mixtures(points, p, q, name, 0.8, fine=False) == pytest.approx(
        exact, abs=3e-5 * (1 + scale)
    )


@pytest.mark.parametrize("name", KERNELS)
def test_mmd2_is_what_the_witness_integrates_to(name: str) -> None:
    """MMD² = E_P witness − E_Q witness, the mean over Gauss-Hermite nodes of every component."""
    rng = np.random.default_rng(3)
    p, q = random_mixture(rng, 2, 2, 0.7), random_mixture(rng, 3, 2, 0.7)
    nodes, weights = np.polynomial.hermite_e.hermegauss(36)
    z = np.stack(np.meshgrid(nodes, nodes, indexing="ij"), axis=-1).reshape(-1, 2)
    w = np.outer(weights, weights).ravel() / weights.sum() ** 2
    total = 0.0
    for sign, mixture in ((1, p), (-1, q)):
        for share, mean, factor in zip(mixture.weights, mixture.means, mixture.factors, strict=True):
            total += sign * share * w @ witness_mixtures(mean + z @ factor.T, p, q, name, 0.9)
    assert mmd2_mixtures(p, q, name, 0.9) == pytest.approx(total, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("name", KERNELS)
@settings(max_examples=20, deadline=None)
@given(SEEDS)
def test_laws(name: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    p, q = random_mixture(rng, 2, 2), random_mixture(rng, 3, 2)
    value = mmd2_mixtures(p, q, name, 0.6)
    assert value >= 0.0
    assert mmd2_mixtures(q, p, name, 0.6) == pytest.approx(value, rel=1e-9, abs=1e-10)
    assert mmd2_mixtures(p, p, name, 0.6) == pytest.approx(0.0, abs=1e-10)
    if name == "distance":
        bigger = [GaussianMixture(g.weights, 10 * g.means, 100 * g.covariances) for g in (p, q)]
        assert mmd2_mixtures(*bigger, name) == pytest.approx(10 * value, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("name", KERNELS)
def test_means_between_two_gaussians_agree_with_samples(name: str) -> None:
    rng = np.random.default_rng(5)
    m1, m2 = np.array([1.0, -0.5]), np.array([0.2, 0.8])
    c1, c2 = np.array([[1.0, 0.4], [0.4, 0.5]]), np.array([[0.3, -0.1], [-0.1, 0.8]])
    x, y = rng.multivariate_normal(m1, c1, 200_000), rng.multivariate_normal(m2, c2, 200_000)
    draws = np.concatenate(
        [
            np.diagonal(KERNELS[name].of(a, b, 0.9))
            for a, b in zip(np.split(x, 2000), np.split(y, 2000), strict=True)
        ]
    )
    found = mean_between(m1, c1, m2, c2, name, 0.9)
    assert abs(draws.mean() - found) < 4.5 * draws.std() / math.sqrt(len(draws))
    assert mean_between(m2, c2, m1, c1, name, 0.9) == pytest.approx(found, rel=1e-11)


def test_exhibit_8_and_its_scan() -> None:
    p, q = (parse(f"normal({m},1)").gaussian_mixture() for m in (0, 1))
    assert scan_mixtures(p, q, [1.0, 0.05, 20.0]) == pytest.approx([0.1773, 0.0156, 0.0025], abs=5e-5)
    assert scan_mixtures(p, q, [1.0, 3.0], "linear") == pytest.approx([1.0, 1.0])


def test_energy_of_narrow_modes() -> None:
    """The ring against a copy turned by half a step: modes of 0.01, a circle apart."""
    p = parse("ring(8)").gaussian_mixture()
    turn = math.pi / 8
    rotation = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    q = GaussianMixture(p.weights, p.means @ rotation.T, p.covariances)
    rng = np.random.default_rng(0)
    draws = [mmd2(p.sample(400, rng), q.sample(400, rng), 1.0, kernel="distance") for _ in range(40)]
    exact = mmd2_mixtures(p, q, "distance")
    assert abs(np.mean(draws) - exact) < 4 * np.std(draws, ddof=1) / math.sqrt(40)


def test_scales_are_computed_once() -> None:
    assert scales("laplace") is scales("laplace")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda p, q: mmd2_mixtures(p, q, "gaussian", 0.0), "bandwidths: should be"),
        (lambda p, q: mmd2_mixtures(p, q, "cubic"), "kernel: should be one of"),
        (lambda p, q: mean_between([0, 0], np.eye(2), [0], 1), r"mean2: shape should be \[2\]"),
        (lambda p, q: mean_between([0, 0], np.eye(2), [0, 0], np.diag([1, -1])), "cov2: should be positive"),
        (lambda p, q: mmd2_mixtures(p, parse("normal(0,1)").gaussian_mixture()), "dimensions"),
        (lambda p, q: witness_mixtures([1.0, 2.0, 3.0], p, q), r"points: shape should be \[n, 2\]"),
        (lambda p, q: witness_mixtures([[1.0, 2.0]], p, q, bandwidth=-1.0), "bandwidth: should be"),
    ],
)
def test_bad_input_is_named(call, words: str) -> None:
    with pytest.raises(DivergenceError, match=words):
        call(parse("ring(3)").gaussian_mixture(), parse("grid(2)").gaussian_mixture())
