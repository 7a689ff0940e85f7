"""The picture of the plane and its slices, against closed forms, fine grids and independent libraries."""

from __future__ import annotations

import math

import numpy as np
import ot
import pytest
import scipy
from hypothesis import given
from hypothesis import strategies as st

from ganlab.distributions import parse
from ganlab.divergences.plane import PlanePair
from ganlab.live import plane_picture as picture
from ganlab.live import plane_slices as slices

ROUND = "normal([0,0],1)"
TILTED = "normal([1,-2],[[2,0.6],[0.6,0.5]])"
MIXED = "0.3*normal([-2,0],0.5)+0.7*normal([1,1],[[1,0.4],[0.4,0.6]])"
angles = st.floats(0, 180, allow_nan=False).map(lambda angle: round(angle, 2))


# ---------------------------------------------------------------- the picture


@pytest.mark.parametrize(("p", "q"), [(ROUND, TILTED), ("ring(8)", "moons()"), (MIXED, "normal([40,0],1)")])
def test_the_window_is_a_square_that_shows_both(p: str, q: str) -> None:
    left, right, bottom, top = picture.window_of(parse(p), parse(q))
    assert right - left == pytest.approx(top - bottom, rel=1e-12)
    rng = np.random.default_rng(0)
    for one in (p, q):
        x, y = parse(one).sample(2000, rng).T
        inside = (x > left) & (x < right) & (y > bottom) & (y < top)
        assert inside.mean() > 0.985, "three deviations hold 98.9 %"


def test_a_raster_has_square_cells_and_starts_at_the_lower_left() -> None:
    raster = picture.Raster((-2.0, 2.0, 1.0, 3.0))
    assert raster.shape == (48, 96)
    assert raster.cell == pytest.approx((4 / 96, 2 / 48))
    assert raster.points[0] == pytest.approx([-2 + 2 / 96, 1 + 1 / 48])
    assert raster.points[1] - raster.points[0] == pytest.approx([4 / 96, 0])
    assert raster.points[96] - raster.points[0] == pytest.approx([0, 2 / 48])


def test_a_gaussian_thinner_than_a_cell_keeps_its_mass() -> None:
    raster = picture.Raster((-1.0, 1.0, -1.0, 1.0))
    mass = np.exp(raster.log_density(parse("normal([0,0],0.001)"))).sum() * math.prod(raster.cell)
    assert mass == pytest.approx(1.0, abs=0.03)
    plain = np.exp(parse("normal([0,0],0.001)").logpdf(raster.points)).sum() * math.prod(raster.cell)
    assert plain < 1e-3, "taken at the centres of the cells it would be lost"


def test_a_wide_gaussian_is_as_dense_as_it_is() -> None:
    raster = picture.Raster((-4.0, 4.0, -4.0, 4.0))
    tilted = parse(TILTED)
    here, there = raster.log_density(tilted), tilted.logpdf(raster.points)
    near = there > there.max() - 5
    assert here[near] == pytest.approx(there[near], abs=0.03)


def test_the_ratio_is_that_of_the_best_discriminator() -> None:
    log_p = np.array([0.0, 0.0, -800.0, -np.inf, 3.0, -np.inf])
    log_q = np.array([0.0, math.log(3), 0.0, 0.0, -np.inf, -np.inf])
    assert picture.ratio_bytes(log_p, log_q).tolist() == [128, 64, 0, 0, 255, 128]


def test_densities_travel_as_roots_of_their_share_of_the_peak() -> None:
    found, peak = picture.density_bytes(np.log([0.5, 0.125, 0.005, 1e-9]))
    assert peak == pytest.approx(0.5)
    assert found.tolist() == [255, 128, 26, 0]
    assert picture.density_bytes(np.full(3, -np.inf))[0].tolist() == [0, 0, 0]


def test_signed_fields_have_zero_in_the_middle() -> None:
    found, largest = picture.signed_bytes(np.array([-0.2, 0.0, 0.4]))
    assert largest == 0.4
    assert found.tolist() == [64, 128, 255]
    assert picture.signed_bytes(np.zeros(2))[0].tolist() == [128, 128]


def test_the_lines_hold_what_they_say() -> None:
    """Inside radius r a round Gaussian has 1 − e^(−r²/2), where its density is e^(−r²/2) of the peak."""
    raster = picture.Raster((-6.0, 6.0, -6.0, 6.0))
    for text in (ROUND, "normal([0.5,0],[[2,0.6],[0.6,0.5]])"):
        levels = picture.held_levels(raster.log_density(parse(text)))
        assert levels == pytest.approx([math.sqrt(0.5), math.sqrt(0.1)], abs=0.01)
    assert picture.held_levels(np.full(4, -np.inf)) == []


def test_transport_is_the_cheapest_assignment() -> None:
    lines, said = picture.transport(parse(MIXED), parse(TILTED), 3)
    assert lines.shape == (picture.SAMPLES, 4)
    x, y = lines[:, :2].astype(float), lines[:, 2:].astype(float)
    drawn = np.square(x - y).sum(axis=1).mean()
    assert drawn == pytest.approx(ot.emd2([], [], ot.dist(x, y)), rel=1e-5)
    assert said["w2"] == pytest.approx(math.sqrt(drawn), rel=1e-5)


def test_samples_follow_what_is_dragged() -> None:
    """The same seed is the same noise: a shift of Q shifts its samples, and those of P and Q are independent."""
    here, _ = picture.transport(parse(ROUND), parse("normal([0,0],1)"), 0)
    there, _ = picture.transport(parse(ROUND), parse("normal([3,1],1)"), 0)
    before, after = (np.array(sorted(map(tuple, lines[:, 2:]))) for lines in (here, there))
    assert after - before == pytest.approx(np.tile([3.0, 1.0], (len(before), 1)), abs=1e-5)
    assert not np.allclose(np.sort(here[:, 0]), np.sort(here[:, 2]))


# ---------------------------------------------------------------- slices


def absolute_normal(mean: float, std: float) -> float:
    """E|N(mean, std²)|."""
    if std == 0:
        return abs(mean)
    normal = scipy.stats.norm
    return mean * (2 * normal.cdf(mean / std) - 1) + 2 * std * normal.pdf(mean / std)


@given(angles)
def test_the_distances_of_gaussians_are_their_closed_forms(angle: float) -> None:
    theta = np.array([math.cos(math.radians(angle)), math.sin(math.radians(angle))])
    p, q = parse(ROUND), parse(TILTED)
    w1, w2 = slices.distances(slices.project(p, (angle,)), slices.project(q, (angle,)))
    shift = float(theta @ [1, -2])
    stretch = math.sqrt(theta @ np.array([[2, 0.6], [0.6, 0.5]]) @ theta) - 1
    assert w2[0] == pytest.approx(math.hypot(shift, stretch), rel=1e-9, abs=1e-12)
    assert w1[0] == pytest.approx(absolute_normal(abs(shift), abs(stretch)), rel=1e-9, abs=1e-12)


def test_two_halves_of_a_normal_are_as_far_as_the_whole() -> None:
    """The general way, taken because there are two components, against the closed form."""
    halves = "0.5*normal([0,0],1)+0.5*normal([0,0],1)"
    every = slices.all_angles()
    both = [
        slices.distances(slices.project(parse(p), every), slices.project(parse(TILTED), every))
        for p in (halves, ROUND)
    ]
    assert both[0][1] == pytest.approx(both[1][1], rel=5e-4)
    assert both[0][0] == pytest.approx(both[1][0], rel=2e-3)


THIN = "ring(8,radius=2,std=0.01)"
FOUR = "+".join(f"0.25*normal([{x},{y}],0.02)" for x, y in ((2, 0), (0, 2), (-2, 0), (0, -2)))


@pytest.mark.parametrize("angle", [0.0, 30.0, 90.0, 141.0])
@pytest.mark.parametrize("pair", [(MIXED, TILTED), (THIN, FOUR), (THIN, ROUND)], ids=["wide", "thin", "both"])
def test_the_distances_of_mixtures_are_those_of_their_quantiles(pair: tuple[str, str], angle: float) -> None:
    here = [slices.project(parse(text), (angle,)) for text in pair]
    w1, w2 = slices.distances(*here)
    levels = (np.arange(8_000) + 0.5) / 8_000
    f, g = (one.quantile(levels) for one in PlanePair(*map(parse, pair)).project(math.radians(angle)))
    assert w1[0] == pytest.approx(scipy.stats.wasserstein_distance(f, g), rel=2e-3)
    assert w2[0] == pytest.approx(math.sqrt(np.square(f - g).mean()), rel=5e-3)


@given(angles)
def test_a_projection_has_mass_one_and_the_mean_and_variance_of_the_whole(angle: float) -> None:
    found = slices.project(parse(MIXED), (angle,))
    s = np.linspace(found.ends[0][0], found.ends[1][0], 4001)
    density = found.density(s)
    assert np.trapezoid(density, s) == pytest.approx(1.0, abs=1e-6)
    theta = slices.units((angle,))[0]
    mean = 0.3 * theta @ [-2, 0] + 0.7 * theta @ [1, 1]
    assert np.trapezoid(density * s, s) == pytest.approx(mean, abs=1e-6)


def test_a_shift_is_seen_as_a_cosine_and_its_sliced_distance_is_smaller_by_root_two() -> None:
    every = slices.all_angles()
    _, w2 = slices.distances(*(slices.project(parse(text), every) for text in (ROUND, "normal([2,0],1)")))
    assert w2 == pytest.approx(2 * np.abs(np.cos(np.radians(every))), abs=1e-9)
    assert math.sqrt(np.square(w2[:-1]).mean()) == pytest.approx(math.sqrt(2), rel=1e-9)


@pytest.mark.parametrize("angle", [0.0, 60.0])
def test_other_families_are_seen_through_their_samples(angle: float) -> None:
    here = [
        slices.project(parse(text), (angle,)) for text in ("moons()", "0.5*circles(1)+0.5*normal([0,0],0.3)")
    ]
    assert not here[0].exact
    assert not here[1].exact
    w1, _ = slices.distances(*here)
    moons = slices.drawn_along("moons(radius=1,std=0.08)", (angle,))[0]
    rng = np.random.default_rng(1)
    other = parse("0.5*circles(1)+0.5*normal([0,0],0.3)").sample(40_000, rng) @ slices.units((angle,))[0]
    assert w1[0] == pytest.approx(scipy.stats.wasserstein_distance(moons, other), abs=0.03)
    s = np.linspace(-4, 4, 400)
    for one in here:
        assert np.trapezoid(one.density(s), s) == pytest.approx(1.0, abs=0.01)
