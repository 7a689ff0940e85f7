"""Families that are not Gaussian, uploaded samples, and the meshes under all of it."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy

from ganlab.distributions import Distribution, Samples, parse, store
from ganlab.divergences.plane import PlanePair
from tests.divergences.planes import (
    HELLINGER,
    JS,
    KL,
    PEARSON,
    TV,
    brute,
    plane,
    value,
)

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
