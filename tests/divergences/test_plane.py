"""Divergences in the plane against closed forms, torch, plain grids and laws."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ganlab.distributions import Distribution, Samples, parse, store
from ganlab.divergences import gaussian
from ganlab.divergences.generators import GENERATORS, alpha_generator
from ganlab.divergences.line import LinePair
from ganlab.divergences.mmd import mmd2
from ganlab.divergences.pair import Pair, pair_of
from ganlab.divergences.plane import PlanePair
from ganlab.divergences.results import DivergenceError
from ganlab.divergences.transport import sliced_w2
from tests.divergences.planes import brute, gaussian_text, mixture_text

SEEDS = st.integers(0, 2**32 - 1)
KL, TV, JS = GENERATORS["kl"], GENERATORS["total_variation"], GENERATORS["jensen_shannon"]
HELLINGER, PEARSON, NEYMAN = GENERATORS["hellinger"], GENERATORS["pearson"], GENERATORS["neyman"]


def plane(p: str, q: str) -> PlanePair:
    return PlanePair(parse(p), parse(q))


def value(pair: PlanePair, generator, flipped: bool = False) -> float:
    answer = pair.f_divergence(generator, flipped)
    assert answer.reason is None
    assert answer.error <= 1e-6 * max(1.0, abs(answer.value))
    return answer.value


def single(pair: PlanePair) -> tuple[np.ndarray, ...]:
    p, q = pair.p.gaussian_mixture(), pair.q.gaussian_mixture()
    return p.means[0], p.covariances[0], q.means[0], q.covariances[0]


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


# --- powers


@pytest.mark.parametrize("alpha", [2.0, 1.5, -1.0, -0.5, 0.25])
def test_powers_of_mixtures_agree_with_a_plain_grid(alpha: float) -> None:
    narrow = "0.6*normal([0,0],[[0.6,0.2],[0.2,0.5]])+0.4*normal([1,-1],0.7)"
    wide = "0.5*normal([0.5,0],[[0.9,-0.2],[-0.2,0.7]])+0.5*normal([-1,1],0.8)"
    pair = plane(narrow, wide) if alpha > 0 else plane(wide, narrow)

    def power(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.exp(alpha * a + (1 - alpha) * b)

    (expected,) = brute(pair, power, low=-25, high=25, n=800)
    assert pair.log_power(alpha).value == pytest.approx(math.log(expected), rel=1e-6, abs=1e-6)
    if alpha == 2.0:
        assert value(pair, PEARSON) == pytest.approx(expected - 1, rel=1e-6)
        assert value(plane(wide, narrow), NEYMAN) == pytest.approx(expected - 1, rel=1e-6)
    elif alpha == -1.0:
        assert value(pair, NEYMAN) == pytest.approx(expected - 1, rel=1e-6)
        assert value(pair, PEARSON, flipped=True) == pytest.approx(expected - 1, rel=1e-6)


def test_chi2_is_infinite_exactly_when_it_is() -> None:
    """p²/q needs 2Σ₁⁻¹ − Σ₂⁻¹ positive definite: σ₁² < 2σ₂² in every direction."""
    for ratio, finite in ((1.999, True), (2.0, False), (2.001, False)):
        pair = plane(f"normal([0,0],[[{ratio},0],[0,1]])", "normal([0,0],[[1,0],[0,3]])")
        answer = pair.f_divergence(PEARSON)
        assert math.isfinite(answer.value) == finite
        expected = gaussian.chi2(*single(pair))
        assert answer.value == pytest.approx(expected, rel=1e-5)
    reason = plane("normal([0,0],[[4,0],[0,1]])", "normal([0,0],1)").f_divergence(PEARSON).reason
    assert reason.code == "plane_light_tail"
    assert reason.numbers["degrees"] % 180 == pytest.approx(0.0, abs=1e-9)
    assert reason.numbers["square"] == pytest.approx(0.25)  # p²/q = exp(−x²/4 + x²/2 …)
    assert reason.text == (
        f"Q's tail is lighter at {reason.numbers['degrees']:.4g}°: log p/q grows like r² there, and "
        "p²/q behaves like exp(+0.25 r²)"
    )
    everywhere = plane("normal([0,0],2)", "normal([1,0],1)").f_divergence(PEARSON).reason
    assert "in every direction" in everywhere.text
    flipped = plane("normal([0,0],1)", "normal([1,0],2)").f_divergence(PEARSON, flipped=True)
    assert flipped.value == math.inf
    assert flipped.reason.text.startswith("P's tail is lighter in every direction: log q/p")


def test_components_of_q_may_share_the_work() -> None:
    """Neither component of Q alone makes p²/q integrable; together they do, and only while both are wide enough."""
    q = "0.5*normal([0,0],[[4,0],[0,{s}]])+0.5*normal([0,0],[[{s},0],[0,4]])"
    pair = plane("normal([0,0],1)", q.format(s=0.4))
    (expected,) = brute(pair, lambda a, b: np.exp(2 * a - b), low=-30, high=30, n=1000)
    assert pair.log_power(2.0).value == pytest.approx(math.log(expected), abs=2e-5)
    # at 45° the precision of Q is (1/4 + 1/s)/2: it reaches 2 at s = 4/15
    assert math.isfinite(plane("normal([0,0],1)", q.format(s=0.267)).log_power(2.0).value)
    answer = plane("normal([0,0],1)", q.format(s=0.266)).log_power(2.0)
    assert answer.value == math.inf
    assert answer.reason.numbers["degrees"] % 90 == pytest.approx(45.0, abs=1e-6)


@pytest.mark.parametrize(("x", "finite"), [(0.0, True), (0.4, True), (0.6, False), (2.0, False)])
def test_where_squares_cancel_means_decide(x: float, finite: bool) -> None:
    """σ₂² = σ₁²/2: p²/q falls exponentially in every direction just when the mean of P is among those of Q."""
    q = "+".join(f"0.25*normal([{a},{b}],[[0.5,0],[0,0.5]])" for a, b in ((1, 0), (-1, 0), (0, 1), (0, -1)))
    pair = plane(f"normal([{x},{x}],1)", q)  # the hull of Q's means is |x| + |y| < 1
    answer = pair.log_power(2.0)
    assert math.isfinite(answer.value) == finite
    if x == 0.0:
        (expected,) = brute(pair, lambda a, b: np.exp(2 * a - b), low=-25, high=25, n=800)
        assert answer.value == pytest.approx(math.log(expected), abs=1e-5)


@settings(max_examples=25, deadline=None)
@given(SEEDS)
def test_convergence_agrees_with_growing_boxes(seed: int) -> None:
    """log p²/q on circles of radius 1e4 and 2e4: it falls in every direction where the integral is finite."""
    pair = plane(mixture_text(seed, 2, low=0.5, high=1.5), mixture_text(seed // 7 + 3, 2, low=0.5, high=1.5))
    angles = 2 * math.pi * np.arange(20_000) / 20_000
    u = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    logs = [2 * pair.p.logpdf(r * u) - pair.q.logpdf(r * u) for r in (1e4, 2e4)]
    steepest = float(np.max(logs[1] - logs[0]))
    if abs(steepest) > 1e5:  # not at the edge, where 20,000 directions do not tell
        assert (pair.log_power(2.0).value < math.inf) == (steepest < 0)


# --- families that are not Gaussian


def test_checkerboards_against_each_other() -> None:
    """Half of each board lies on the other's dark squares, and both have density 1/8."""
    pair = plane("checkerboard(4)", "checkerboard(2)")
    answer = pair.f_divergence(KL)
    assert answer.value == math.inf
    assert answer.reason.code == "plane_no_mass"
    assert answer.reason.numbers["mass"] == pytest.approx(0.5, abs=1e-12)
    assert answer.reason.text == "Q has no mass on a part of the plane where P has 0.5"
    assert value(pair, TV) == pytest.approx(0.5, abs=1e-12)
    assert value(pair, JS) / 2 == pytest.approx(math.log(2) / 2, abs=1e-12)
    assert pair.log_power(0.5).value == pytest.approx(math.log(0.5), abs=1e-9)
    assert pair.log_power(1.0).value == pytest.approx(math.log(0.5), abs=1e-9)
    inside = plane("checkerboard(4,width=4)", "checkerboard(2,width=100)")
    assert inside.f_divergence(KL).reason.numbers["mass"] == pytest.approx(0.5, abs=1e-12)


def test_checkerboard_against_a_gaussian() -> None:
    """KL = −ln 8 + ln 2π + E‖x‖²/2, each coordinate uniform on [−2, 2]."""
    pair = plane("checkerboard(4)", "normal([0,0],1)")
    expected = -math.log(8) + math.log(2 * math.pi) + 4 / 3
    assert value(pair, KL) == pytest.approx(expected, abs=1e-9)
    back = pair.f_divergence(KL, flipped=True)
    assert back.value == math.inf
    inside = (scipy.special.ndtr(2) - scipy.special.ndtr(-2)) ** 2 / 2
    assert back.reason.numbers["mass"] == pytest.approx(1 - inside, abs=1e-9)
    assert back.reason.text == "P has no mass on a part of the plane where Q has 0.5445"


def test_disjoint_boards() -> None:
    near, far = parse("checkerboard(2,width=2)"), "0.5*checkerboard(2,width=2)+0.5*normal([0,0],1)"
    pair = PlanePair(near, parse(far))
    assert math.isfinite(value(pair, KL))
    assert value(pair, KL) <= math.log(2) + 1e-9  # q >= p/2
    assert pair.f_divergence(KL, flipped=True).reason.code == "plane_no_mass"


@pytest.mark.parametrize("shape", ["moons()", "circles(2)", "line()", "spiral(1)", "pinwheel(3)"])
def test_shapes_agree_with_a_plain_grid(shape: str) -> None:
    pair = plane(shape, "normal([0.2,-0.1],[1.1,0.9])")
    assert pair.densities.mass_error < 1e-6
    generators = (KL, JS, HELLINGER)
    n = 800 if shape == "moons()" else 500  # y = ±1/4, where it jumps, is an edge
    numbers = brute(pair, *(g.excess for g in generators), low=-5, high=5, n=n)
    for generator, expected in zip(generators, numbers, strict=True):
        found = pair.f_divergence(generator)
        assert found.value == pytest.approx(expected, abs=2e-5)
        assert found.error < 2e-6
    assert math.isfinite(pair.f_divergence(PEARSON).value)  # thin tails over wide ones
    assert pair.f_divergence(PEARSON, flipped=True).value == math.inf


def test_a_mixture_of_shapes_and_gaussians() -> None:
    pair = plane("0.5*circles(1,radius=1,std=0.1)+0.5*normal([2,0],0.2)", "normal([0,0],1)")
    (expected,) = brute(pair, KL.excess, low=-6, high=6, n=1000)
    assert value(pair, KL) == pytest.approx(expected, abs=2e-6)


def test_a_spiral_that_leaves_half_of_the_plane() -> None:
    """Half a turn from a quarter turn on: nothing at angles between 0 and 90° or between 180° and 270°."""
    pair = plane("normal([0,0],1)", "spiral(1,turns=0.5,std=0.05)")
    answer = pair.f_divergence(KL)
    assert answer.value == math.inf
    assert answer.reason.numbers["mass"] == pytest.approx(0.5, abs=1e-6)
    assert value(pair, JS) / 2 < math.log(2)
    assert plane("normal([0,0],1)", "spiral(1,turns=1.5)").f_divergence(KL).value < math.inf


class Cone(Distribution):
    """A family that no table knows: p = exp(−r/s)/(2π s²)."""

    def __init__(self, s: float) -> None:
        self.s = s

    dim = 2

    def bounds(self) -> np.ndarray:
        return np.array([[-6 * self.s, 6 * self.s]] * 2)

    def _logpdf(self, x: np.ndarray) -> np.ndarray:
        return -np.hypot(x[:, 0], x[:, 1]) / self.s - math.log(2 * math.pi * self.s**2)

    def _sample(self, n: int, rng: np.random.Generator) -> np.ndarray:
        radius, angle = rng.gamma(2.0, self.s, n), rng.uniform(0, 2 * math.pi, n)
        return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def test_a_family_that_no_table_knows() -> None:
    """KL(cone‖N(0, I)) = 3s² − ln s² − 2; two cones: ln(t²/s²) + 2s/t − 2; their χ² needs s < 2t."""
    normal = PlanePair(Cone(0.7), parse("normal([0,0],1)"))
    assert value(normal, KL) == pytest.approx(3 * 0.49 - math.log(0.49) - 2, abs=1e-6)
    assert normal.f_divergence(PEARSON).reason.code == "plane_light_tail"
    assert math.isfinite(normal.f_divergence(PEARSON, flipped=True).value)
    cones = PlanePair(Cone(0.7), Cone(0.5))
    assert value(cones, KL) == pytest.approx(math.log(0.25 / 0.49) + 2.8 - 2, abs=1e-6)
    rate = 2 / 0.7 - 1 / 0.5  # ∫p²/q = t²/s⁴ / rate²
    assert cones.log_power(2.0).value == pytest.approx(math.log(0.25 / 0.49**2 / rate**2), abs=1e-4)
    assert PlanePair(Cone(1.1), Cone(0.5)).log_power(2.0).value == math.inf


# --- transport, energy, kernels


@settings(max_examples=20, deadline=None)
@given(SEEDS)
def test_w2_of_two_gaussians_and_of_a_shift(seed: int) -> None:
    rng = np.random.default_rng(seed)
    pair = plane(*(gaussian_text(rng, 2.0, 0.2, 2.0, 0.9) for _ in range(2)))
    assert pair.wasserstein(2).value == pytest.approx(gaussian.w2(*single(pair)), rel=1e-12)
    moved = plane(
        "grid(3)", "+".join(f"1*normal([{x + 3},{y - 4}],0.05)" for x in (-2, 0, 2) for y in (-2, 0, 2))
    )
    assert moved.wasserstein(1).value == pytest.approx(5.0, rel=1e-12)
    assert moved.wasserstein(2).value == pytest.approx(5.0, rel=1e-12)


def test_w2_of_mixtures_is_for_samples_to_tell() -> None:
    answer = plane("ring(8)", "normal([0,0],1)").wasserstein(2)
    assert math.isnan(answer.value)
    assert answer.reason.code == "plane_w_unknown"
    assert "samples can tell" in answer.reason.text
    assert math.isnan(plane("normal([0,0],1)", "normal([0,0],2)").wasserstein(1).value)


@settings(max_examples=10, deadline=None)
@given(SEEDS)
def test_slices_of_gaussians(seed: int) -> None:
    rng = np.random.default_rng(seed)
    pair = plane(*(gaussian_text(rng, 2.0, 0.3, 2.0, 0.9) for _ in range(2)))
    theta = math.pi * np.arange(40) / 40
    u = np.stack([np.cos(theta), np.sin(theta)], axis=1)
    answer = pair.sliced(2, 40)
    assert answer.value == pytest.approx(gaussian.sliced_w2(*single(pair), u), rel=1e-6, abs=1e-6)
    full = gaussian.sliced_w2(
        *single(pair), np.stack([np.cos(t := np.arange(4000) * math.pi / 4000), np.sin(t)], axis=1)
    )
    assert abs(answer.value - full) <= answer.error + 1e-6


def test_a_shift_seen_in_slices() -> None:
    """Exhibit 11: SW2² = t²/2 in the plane; W1 of every slice is |t cos θ|."""
    pair = plane(
        "ring(8)",
        "+".join(
            f"0.125*normal([{3 + math.cos(k * math.pi / 4):.15g},{math.sin(k * math.pi / 4):.15g}],0.01)"
            for k in range(8)
        ),
    )
    assert pair.sliced(2, 6).value == pytest.approx(3 / math.sqrt(2), rel=1e-9)
    found = pair.slices(1, [0.0, math.pi / 3, math.pi / 2])
    assert found.distances == pytest.approx([3.0, 1.5, 0.0], abs=1e-9)


def test_slices_agree_with_the_line() -> None:
    pair = plane(mixture_text(3, 3), mixture_text(4, 4))
    for theta in (0.0, 0.7, 2.1):
        line = LinePair(*pair.project(theta))
        for order in (1, 2):
            found = pair.slices(order, theta)
            assert found.distances[0] == pytest.approx(line.wasserstein(order).value, rel=1e-6, abs=1e-7)
            assert found.error < 1e-6


def test_projections_are_marginals() -> None:
    pair = plane("ring(5,radius=2,std=0.3)", "normal([1,2],[[1,0.5],[0.5,2]])")
    rng = np.random.default_rng(0)
    for theta in (0.0, 1.0):
        for line, planar in zip(pair.project(theta), (pair.p, pair.q), strict=True):
            along = planar.sample(20_000, rng) @ [math.cos(theta), math.sin(theta)]
            at = np.quantile(along, [0.1, 0.35, 0.6, 0.9])
            assert line.cdf(at) == pytest.approx([0.1, 0.35, 0.6, 0.9], abs=0.015)


@pytest.mark.parametrize("kernel", ["gaussian", "laplace", "distance", "polynomial"])
@pytest.mark.parametrize(
    ("p", "q"),
    [
        ("ring(8)", "grid(3,spacing=1)"),
        ("checkerboard(4)", "normal([0,0],1)"),
        ("0.5*circles(2)+0.5*normal([1,0],0.3)", "moons()"),
    ],
)
def test_kernels_and_energy_agree_with_samples(p: str, q: str, kernel: str) -> None:
    pair = plane(p, q)
    answer = pair.mmd2(kernel, 0.5)
    rng = np.random.default_rng(1)
    draws = [mmd2(pair.p.sample(200, rng), pair.q.sample(200, rng), 0.5, kernel=kernel) for _ in range(30)]
    error = np.std(draws, ddof=1) / math.sqrt(30)
    assert abs(answer.value - np.mean(draws)) < 4 * error + answer.error
    if kernel == "distance":
        assert pair.energy2() == answer


def test_cubatures_agree_with_the_closed_form() -> None:
    """A drawn cloud as points: the same distribution through both ways."""
    from ganlab.divergences import plane_kernels

    p, q = parse("normal([0,0],1)"), parse("normal([1,0],[1,0.5])")
    for kernel, accuracy in (("gaussian", 1e-6), ("inverse_multiquadric", 1e-6), ("polynomial", 1e-5)):
        points = [plane_kernels._cubature(d, plane_kernels.FINE, 0.7) for d in (p, q)]
        signed = plane_kernels.Measure(
            None,
            np.concatenate([x for x, _ in points]),
            np.concatenate([points[0][1], -points[1][1]]),
        )
        found = plane_kernels._square(signed, kernel, 0.7)
        assert found == pytest.approx(PlanePair(p, q).mmd2(kernel, 0.7).value, rel=accuracy, abs=accuracy)


def test_witness_is_high_where_p_has_more() -> None:
    for p in ("normal([-1,0],0.5)", "circles(1,radius=0.5)"):
        pair = plane(p, "normal([2,0],0.5)")
        at = pair.witness([[-0.5, 0.0], [2.0, 0.0]], "gaussian", 0.7)
        assert at[0] > 0.1
        assert at[1] < -0.1


def test_sliced_distance_of_shapes() -> None:
    pair = plane("checkerboard(4)", "normal([0,0],1)")
    answer = pair.sliced(2, 16)
    rng = np.random.default_rng(2)
    theta = math.pi * np.arange(16) / 16
    u = np.stack([np.cos(theta), np.sin(theta)], axis=1)
    expected = sliced_w2(pair.p.sample(40_000, rng), pair.q.sample(40_000, rng), u)
    assert answer.value == pytest.approx(expected, abs=0.01 + answer.error)
    assert answer.error < 0.02


# --- uploaded samples


def test_uploaded_samples_have_no_density(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANLAB_DATA", str(tmp_path / "data"))
    points = np.random.default_rng(0).normal(size=(500, 2)).astype(np.float32)
    uploaded = Samples(store.put(points, "cloud", (1.0, 1.0), 2.0))
    pair = PlanePair(uploaded, parse("normal([0,0],1)"))
    for answer in (pair.f_divergence(KL), pair.log_power(0.5)):
        assert math.isnan(answer.value)
        assert answer.reason.code == "no_density"
    assert pair.mmd2("gaussian", 1.0).value == pytest.approx(0.0, abs=0.01)
    assert pair.energy2().value == pytest.approx(0.0, abs=0.02)
    assert pair.sliced(2, 8).value == pytest.approx(0.0, abs=0.2)
    shifted = PlanePair(uploaded, parse("normal([3,0],1)"))
    assert shifted.sliced(2, 8).value == pytest.approx(3 / math.sqrt(2), abs=0.15)
    assert math.isnan(shifted.wasserstein(2).value)


# --- meshes


@pytest.mark.parametrize("text", ["grid(5)", "ring(40,radius=3,std=0.3)", "0.5*grid(4)+0.5*normal([0,0],3)"])
def test_components_left_out_do_not_count(text: str) -> None:
    """Many components: each cell takes those that matter in it, and agrees with all of them."""
    from ganlab.divergences.plane_cover import of_mixture
    from ganlab.divergences.plane_density import FEW, MixtureLogDensity
    from ganlab.divergences.plane_mesh import first_cells

    mixture = parse(text).gaussian_mixture()
    assert len(mixture.weights) > FEW
    cells = first_cells(of_mixture(mixture), reach=9.0)
    found = MixtureLogDensity(mixture)(cells)
    assert found.ravel() == pytest.approx(mixture.logpdf(cells.nodes), rel=1e-10, abs=1e-10)


def test_frames_lay_ellipses_straight() -> None:
    from ganlab.divergences.plane_density import frame

    covariances = np.array([[[1.0, 0.99], [0.99, 1.0]], [[2.0, -1.9], [-1.9, 2.0]]])
    matrix = frame(covariances)
    turned = matrix @ covariances @ matrix.T
    assert turned[:, 0, 1] == pytest.approx([0.0, 0.0], abs=1e-9)
    assert frame(np.array([[[1.0, 0.3], [0.3, 2.0]]])) == pytest.approx(np.eye(2))  # straight enough as it is


def test_densities_too_thin_for_their_extent() -> None:
    """Sixteen circles of radius up to 100 and of thickness 0.01: nan with a reason, at once."""
    pair = plane("circles(16,radius=100,std=0.01)", "normal([0,0],50)")
    for answer in (pair.f_divergence(KL), pair.log_power(0.5), pair.mmd2("gaussian", 1.0)):
        assert math.isnan(answer.value)
        assert answer.reason.code == "plane_too_fine"
    assert np.isnan(pair.witness([[0.0, 0.0]], "gaussian", 1.0)).all()


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
        (lambda pair: pair.sliced(2, 0), "directions: should be >= 1"),
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
        (lambda pair: pair.grid([[0, 1], [0, 1]], 0), "n: should be from 1 to 2000"),
    ],
)
def test_bad_input_is_named(call, words: str) -> None:
    with pytest.raises(DivergenceError, match=words):
        call(plane("normal([0,0],1)", "normal([1,0],1)"))
