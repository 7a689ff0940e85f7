"""Divergences in the plane against closed forms, torch, plain grids and laws."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ganlab.distributions import parse
from ganlab.divergences import gaussian
from ganlab.divergences.generators import GENERATORS, alpha_generator
from ganlab.divergences.line import LinePair
from ganlab.divergences.pair import Pair, pair_of
from ganlab.divergences.plane import PlanePair
from ganlab.divergences.results import DivergenceError
from tests.divergences.planes import (
    HELLINGER,
    JS,
    KL,
    PEARSON,
    TV,
    brute,
    gaussian_text,
    mixture_text,
    plane,
    single,
    value,
)

SEEDS = st.integers(0, 2**32 - 1)


# --- single Gaussians


@settings(max_examples=25, deadline=None)
@given(SEEDS)
def test_gaussians_have_their_closed_forms(seed: int) -> None:
    rng = np.random.default_rng(seed)
    pair = plane(*(gaussian_text(rng, 2.0, 0.2, 3.0, 0.95) for _ in range(2)))
    m1, c1, m2, c2 = single(pair)
    assert value(pair, KL) == pytest.approx(gaussian.kl(m1, c1, m2, c2), rel=1e-6, abs=1e-6)
    assert value(pair, KL, flipped=True) == pytest.approx(gaussian.kl(m2, c2, m1, c1), rel=1e-6, abs=1e-6)
    assert value(pair, HELLINGER) / 2 == pytest.approx(gaussian.hellinger2(m1, c1, m2, c2), abs=1e-7)
    for alpha in (0.3, 0.5, 0.9, 1.3, 2.0, -0.5):
        found, expected = pair.log_power(alpha), gaussian.log_power(m1, c1, m2, c2, alpha)
        assert found.value == pytest.approx(expected, rel=1e-7, abs=1e-7), alpha
        assert (found.reason is None) == math.isfinite(expected)


@settings(max_examples=15, deadline=None)
@given(SEEDS)
def test_kl_agrees_with_torch(seed: int) -> None:
    rng = np.random.default_rng(seed)
    pair = plane(*(gaussian_text(rng, 2.0, 0.3, 2.0, 0.9) for _ in range(2)))
    normals = [
        torch.distributions.MultivariateNormal(torch.tensor(m), torch.tensor(c))
        for m, c in (single(pair)[:2], single(pair)[2:])
    ]
    expected = float(torch.distributions.kl_divergence(*normals))
    assert value(pair, KL) == pytest.approx(expected, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(("gap", "js"), [(1.0, 0.11142148), (2.0, 0.33683082)])
def test_a_shift_is_what_it_is_on_the_line(gap: float, js: float) -> None:
    """Exhibit 2, and JS of N(0, 1) and N(gap, 1), which an affine map and a product with N(0, 1) leave alone."""
    cov = "[[1.3,0.7],[0.7,0.9]]"
    direction = np.linalg.cholesky([[1.3, 0.7], [0.7, 0.9]]) @ [0.6, 0.8] * gap
    pair = plane(f"normal([0,0],{cov})", f"normal([{direction[0]:.15g},{direction[1]:.15g}],{cov})")
    assert value(pair, JS) / 2 == pytest.approx(js, abs=1e-7)
    assert value(pair, KL) == pytest.approx(gap**2 / 2, abs=1e-6)
    assert value(pair, TV) == pytest.approx(2 * scipy.special.ndtr(gap / 2) - 1, abs=1e-7)
    assert value(pair, HELLINGER) / 2 == pytest.approx(-math.expm1(-(gap**2) / 8), abs=1e-7)
    assert pair.f_divergence(PEARSON).value == pytest.approx(math.expm1(gap**2), rel=1e-6)


@pytest.mark.parametrize(
    ("p", "q"),
    [
        ("normal([0,0],[[1,0.9999],[0.9999,1]])", "normal([0.1,0],[[1,0.9999],[0.9999,1.1]])"),
        ("normal([0,0],[100,0.001])", "normal([10,0.002],[150,0.002])"),
        ("normal([900,900],0.0005)", "normal([900.0005,900],0.0008)"),
        ("normal([0,0],[[4,-3.99],[-3.99,4]])", "normal([0,0],[[1,0.9],[0.9,1]])"),
    ],
)
def test_thin_and_far_gaussians(p: str, q: str) -> None:
    pair = plane(p, q)
    m1, c1, m2, c2 = single(pair)
    assert value(pair, KL) == pytest.approx(gaussian.kl(m1, c1, m2, c2), rel=1e-6, abs=1e-6)
    assert value(pair, HELLINGER) / 2 == pytest.approx(gaussian.hellinger2(m1, c1, m2, c2), abs=1e-6)
    assert 0.0 < value(pair, TV) < 1.0


def test_powers_far_below_the_smallest_float() -> None:
    """∫√(pq) of unit Gaussians 100 apart is e^−1250."""
    pair = plane("normal([0,0],1)", "normal([100,0],1)")
    assert pair.log_power(0.5).value == pytest.approx(-1250.0, rel=1e-9)
    assert value(pair, JS) / 2 == pytest.approx(math.log(2), abs=1e-9)
    assert value(pair, TV) == pytest.approx(1.0, abs=1e-9)
    assert value(pair, KL) == pytest.approx(5000.0, rel=1e-6)


def test_a_chi2_beyond_the_largest_float_is_finite_but_too_large() -> None:
    pair = plane("normal([0,0],1)", "normal([60,0],1)")
    assert pair.log_power(2.0).value == pytest.approx(3600.0, rel=1e-9)
    answer = pair.f_divergence(PEARSON)
    assert answer.value == math.inf
    assert answer.reason.code == "too_large"
    assert answer.reason.numbers["log"] == pytest.approx(3600.0)


# --- mixtures


@pytest.mark.parametrize("seed", range(3))
def test_mixtures_agree_with_a_plain_grid(seed: int) -> None:
    pair = plane(mixture_text(seed, 5), mixture_text(seed + 100, 5))
    generators = (KL, JS, HELLINGER)
    *expected, back, tv = brute(
        pair, *(g.excess for g in generators), lambda a, b: KL.excess(b, a), TV.excess, n=1000
    )
    for generator, number in zip(generators, expected, strict=True):
        assert value(pair, generator) == pytest.approx(number, rel=1e-6, abs=1e-6)
    assert value(pair, KL, flipped=True) == pytest.approx(back, rel=1e-6, abs=1e-6)
    assert value(pair, TV) == pytest.approx(tv, abs=4e-6)  # the grid is off by about as much at the kink


@pytest.mark.parametrize(
    "options",
    [{"low": 0.05, "high": 1.5}, {"most": 0.99}, {"box": 1.0}, {"box": 6.0, "low": 0.02, "high": 0.3}],
    ids=["scales", "thin", "close", "narrow"],
)
@pytest.mark.parametrize("seed", range(2))
def test_answers_are_as_good_as_they_say(seed: int, options: dict[str, float]) -> None:
    """Against the same sums refined until nothing changes (1e-11): within 1e-6, and within the error they state."""
    from ganlab.divergences.plane_quadrature import integrate, kinked, smooth

    pair = plane(mixture_text(seed, 5, **options), mixture_text(seed + 50, 5, **options))
    for generator in (KL, JS, HELLINGER, TV):
        answer = pair.f_divergence(generator)
        over = kinked if generator.kinked else smooth(generator.excess)
        fine = integrate(pair.densities.tree, over, tolerance=1e-11)
        expected = fine.value * (0.5 if generator.kinked else 1.0)
        size = max(1.0, abs(expected))
        assert abs(answer.value - expected) <= 1e-6 * size, generator.name
        assert abs(answer.value - expected) <= answer.error + 1e-12 * size, generator.name
    assert pair.densities.mass_error < 1e-9


def test_mode_dropping() -> None:
    """Exhibit 7: eight modes against four of them."""
    modes = [(math.cos(k * math.pi / 4), math.sin(k * math.pi / 4)) for k in range(8)]
    four = "+".join(f"0.25*normal([{x:.15g},{y:.15g}],0.01)" for x, y in modes[::2])
    pair = plane("ring(8)", four)
    assert value(pair, KL, flipped=True) == pytest.approx(math.log(2), abs=1e-6)
    assert value(pair, JS) / 2 == pytest.approx(0.2158, abs=5e-5)
    assert value(pair, TV) == pytest.approx(0.5, abs=1e-6)
    assert pair.f_divergence(KL).value > 1000  # finite: every Gaussian reaches everywhere


def test_narrow_modes_are_not_missed() -> None:
    pair = plane("grid(5)", "ring(8)")
    assert pair.densities.mass_error < 1e-9
    assert value(pair, TV) == pytest.approx(1.0, abs=1e-6)
    far = plane(
        "0.5*normal([0,0],0.001)+0.5*normal([900,900],0.001)",
        "0.5*normal([0,0],0.001)+0.5*normal([900,900.001],0.001)",
    )
    assert value(far, KL) == pytest.approx(0.25, abs=1e-6)  # half of N(0, 1) against N(1, 1)
    assert value(far, JS) / 2 == pytest.approx(0.11142148 / 2, abs=1e-7)


def test_kl_against_a_mixture_with_creases() -> None:
    """A broad P over narrow modes of Q: log q is a roof of paraboloids with sharp valleys."""
    pair = plane("normal([0,0],1)", "ring(5,radius=1.5,std=0.1)")
    (expected,) = brute(pair, KL.excess, low=-8, high=8, n=1200)
    assert value(pair, KL) == pytest.approx(expected, rel=2e-6)


@settings(max_examples=10, deadline=None)
@given(SEEDS)
def test_laws_of_f_divergences(seed: int) -> None:
    p, q = mixture_text(seed, 2, box=1.5), mixture_text(seed // 3 + 1, 3, box=1.5)
    pair, back = plane(p, q), plane(q, p)
    kl, tv, js, h2 = value(pair, KL), value(pair, TV), value(pair, JS) / 2, value(pair, HELLINGER) / 2
    assert min(kl, tv, js, h2) >= 0.0
    assert tv <= math.sqrt(kl / 2) + 1e-6
    assert tv <= math.sqrt(-math.expm1(-kl)) + 1e-6
    assert h2 - 1e-6 <= tv <= math.sqrt(h2 * (2 - h2)) + 1e-6
    assert js <= math.log(2) * tv + 1e-6
    assert value(back, KL, flipped=True) == pytest.approx(kl, rel=2e-6, abs=2e-6)
    for generator, found in ((TV, tv), (JS, 2 * js), (HELLINGER, 2 * h2)):
        assert value(back, generator) == pytest.approx(found, abs=2e-6)
    assert value(pair, GENERATORS["gan"]) == pytest.approx(2 * js - math.log(4), abs=2e-6)
    assert value(pair, alpha_generator(0.5)) == pytest.approx(4 * h2, abs=1e-5)
    assert -pair.log_power(0.5).value == pytest.approx(-math.log1p(-h2), rel=1e-5, abs=1e-6)


def test_equal_distributions() -> None:
    pair = plane("ring(8)", "ring(8)")
    for generator in GENERATORS.values():
        assert pair.f_divergence(generator).value == generator.at_one
    assert pair.log_power(0.7).value == 0.0
    for answer in (pair.wasserstein(1), pair.wasserstein(2), pair.sliced(2, 8), pair.energy2()):
        assert answer.value == 0.0
    again = plane("0.5*normal([0,0],1)+0.5*normal([2,0],1)", "0.5*normal([2,0],1)+0.5*normal([0,0],1)")
    for generator in (KL, TV, JS, HELLINGER, PEARSON):
        assert value(again, generator) == pytest.approx(0.0, abs=1e-12)


@settings(max_examples=10, deadline=None)
@given(SEEDS, st.floats(0.1, 3.0), st.floats(0, 6.28))
def test_affine_maps_change_nothing_and_projections_lower(seed: int, scale: float, angle: float) -> None:
    rng = np.random.default_rng(seed)
    means, a = (
        rng.uniform(-1.5, 1.5, (2, 2)),
        scale * np.array([[math.cos(angle), -0.5 * math.sin(angle)], [math.sin(angle), math.cos(angle)]]),
    )
    covs = [np.array([[0.5, r], [r, 0.8]]) for r in rng.uniform(-0.5, 0.5, 2)]

    def text(m: np.ndarray, c: np.ndarray) -> str:
        rounded = [[float(f"{v:.14g}") for v in row] for row in c]
        return f"normal([{m[0]:.14g},{m[1]:.14g}],{rounded})".replace(" ", "")

    pair = plane(*(text(m, c) for m, c in zip(means, covs, strict=True)))
    moved = plane(*(text(a @ m + [1, -2], a @ c @ a.T) for m, c in zip(means, covs, strict=True)))
    for generator in (KL, JS, TV):
        assert value(moved, generator) == pytest.approx(value(pair, generator), rel=1e-6, abs=2e-6)
        line = LinePair(*pair.project(angle)).f_divergence(generator).value
        assert line <= value(pair, generator) + 1e-6  # data processing


# --- pictures and the edge


def test_grid_for_a_picture() -> None:
    pair = plane("normal([0,0],1)", "checkerboard(2,width=2)")
    grid = pair.grid([[-2.0, 2.0], [-1.0, 3.0]], 8)
    assert grid.x == pytest.approx(-1.75 + 0.5 * np.arange(8))
    assert grid.y[0] == pytest.approx(-0.75)
    assert grid.log_p.shape == grid.log_q.shape == (8, 8)
    assert grid.log_p[0, 3] == pytest.approx(float(pair.p.logpdf([grid.x[3], grid.y[0]])[0]))
    assert np.isinf(grid.log_ratio).any()
    assert not np.isnan(PlanePair(pair.q, pair.q).grid([[5, 6], [5, 6]], 4).log_ratio).any()


def test_it_is_a_pair() -> None:
    pair: Pair = pair_of("ring(8)", "normal([0,0],1)")
    assert isinstance(pair, PlanePair)
    assert pair.dim == 2
    assert pair.cdf_gap([0.0]) is None
    log_p, log_q = pair.log_densities([[1.0, 0.0]])
    assert log_q == pytest.approx(-math.log(2 * math.pi) - 0.5)
    assert log_p > 0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda pair: PlanePair(parse("normal(0,1)"), pair.q), "p and q: should be 2-D"),
        (lambda pair: pair.wasserstein(3), "order: should be 1 or 2"),
        (lambda pair: pair.sliced(2, 0), "directions: should be a whole number >= 1"),
        (lambda pair: pair.slices(1, math.nan), "theta: should be finite"),
        (lambda pair: pair.project(math.inf), "theta: should be a finite angle"),
        (
            lambda pair: PlanePair(parse("moons()"), pair.q).project(0.0),
            "mixtures of Gaussians to be projected",
        ),
        (lambda pair: pair.log_power(math.nan), "alpha: should be a finite number"),
        (lambda pair: pair.mmd2("cubic", 1.0), "kernel: should be one of"),
        (lambda pair: pair.mmd2("gaussian", 0.0), "bandwidth"),
        (lambda pair: pair.witness([[1.0]], "gaussian", 1.0), r"points: shape should be \[n, 2\]"),
        (lambda pair: pair.grid([[1, 0], [0, 1]], 5), "bounds: should be"),
        (lambda pair: pair.grid([[0, 1], [0, 1]], 0), "n: should be a whole number from 1 to 2000"),
    ],
)
def test_bad_input_is_named(call, words: str) -> None:
    with pytest.raises(DivergenceError, match=words):
        call(plane("normal([0,0],1)", "normal([1,0],1)"))
