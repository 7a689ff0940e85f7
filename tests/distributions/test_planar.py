"""Families in the plane: densities that integrate to one, samples that follow them, modes that are there."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from ganlab.distributions import FAMILIES, examples, parse

PLANAR = [t for t in examples().values() if parse(t).dim == 2] + [
    "normal([1,-1],[[1,0.5],[0.5,2]])",
    "normal([0,0],[0.2,2])",
    "0.5*ring(5,radius=1.2,std=0.1)+0.5*line(length=2,angle=10,std=0.1)",
    "2*grid(3,spacing=1,std=0.1)+1*blobs(4,spread=1,std=0.1,ratio=0.5)",
    "spiral(3,turns=1,radius=2,std=0.1)",
    "circles(3,radius=1.2,std=0.3)",
    "pinwheel(3,radial=0.5,tangential=0.3,twist=-0.5)",
    "checkerboard(5,width=3)",
]


def cells(d, n=600, widen=1.5):
    """Midpoints [n*n, 2] and the area of square cells over the widened bounds."""
    bounds = d.bounds()
    centre, half = bounds.mean(axis=1), widen * (bounds[0, 1] - bounds[0, 0]) / 2
    ticks = half * (2 * (np.arange(n) + 0.5) / n - 1)
    x, y = np.meshgrid(centre[0] + ticks, centre[1] + ticks, indexing="ij")
    return np.stack([x.ravel(), y.ravel()], axis=1), (2 * half / n) ** 2


@pytest.mark.parametrize("text", PLANAR)
def test_density_integrates_to_one_and_samples_follow_it(text):
    d = parse(text)
    fine = 1200 if text.startswith(("grid", "ring", "drawn")) else 600
    points, area = cells(d, fine)
    p = np.exp(d.logpdf(points)) * area
    assert p.sum() == pytest.approx(1, abs=3e-3)

    blocks = 12
    coarse = p.reshape(blocks, fine // blocks, blocks, fine // blocks).sum(axis=(1, 3)).ravel()
    x = d.sample(20_000, np.random.default_rng(4))
    low, high = points.min(axis=0), points.max(axis=0)
    step = math.sqrt(area)
    edges = [np.linspace(low[j] - step / 2, high[j] + step / 2, blocks + 1) for j in range(2)]
    counts = np.histogram2d(x[:, 0], x[:, 1], bins=edges)[0].ravel()
    keep = coarse * len(x) > 10
    rest = [max(coarse[~keep].sum(), 1e-6), len(x) - counts[keep].sum()]
    expected = np.append(coarse[keep], rest[0]) / (coarse[keep].sum() + rest[0])
    observed = np.append(counts[keep], rest[1])
    chi = np.sum((observed - expected * len(x)) ** 2 / (expected * len(x)))
    assert 1e-4 < stats.chi2(len(expected) - 1).sf(chi) < 1 - 1e-6


@pytest.mark.parametrize("text", PLANAR)
def test_bounds_are_square_and_hold_the_samples(text):
    d = parse(text)
    bounds = d.bounds()
    assert bounds.shape == (2, 2)
    assert bounds[0, 1] - bounds[0, 0] == pytest.approx(bounds[1, 1] - bounds[1, 0])
    x = d.sample(2000, np.random.default_rng(5))
    assert x.shape == (2000, 2)
    inside = np.all((x >= bounds[:, 0]) & (x <= bounds[:, 1]), axis=1).mean()
    assert inside > 0.99
    assert np.ptp(x, axis=0).max() > 0.5 * (bounds[0, 1] - bounds[0, 0])


@pytest.mark.parametrize("text", PLANAR)
def test_sampling_depends_on_the_generator_alone(text):
    d = parse(text)
    first, again = (d.sample(50, np.random.default_rng(6)) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert d.sample(0, np.random.default_rng(6)).shape == (0, 2)
    assert d.logpdf(np.zeros((0, 2))).shape == (0,)


@pytest.mark.parametrize("text", PLANAR)
def test_far_away_the_density_is_zero_or_tiny_without_a_warning(text):
    far = parse(text).logpdf([[1e3, -1e3], [1e6, 0.0]])
    assert np.all(far < -100)
    assert not np.any(np.isnan(far))
    assert not np.any(np.isnan(parse(text).logpdf([[0.0, 0.0]])))


@given(st.integers(1, 40), st.floats(0.1, 5))
@settings(max_examples=30, deadline=None)
def test_a_ring_of_n_has_n_distinct_modes_on_its_circle(n, radius):
    modes = parse(f"ring({n},radius={radius!r},std=0.01)").modes()
    gaps = np.linalg.norm(modes.centres[:, None] - modes.centres[None], axis=2) + 10 * np.eye(n)
    if n > 1:
        assert gaps.min() == pytest.approx(2 * radius * math.sin(math.pi / n), rel=1e-9)
    np.testing.assert_allclose(np.linalg.norm(modes.centres, axis=1), radius, rtol=1e-12)
    np.testing.assert_allclose(modes.weights, 1 / n, rtol=1e-12)
    np.testing.assert_allclose(modes.spreads, 0.01, rtol=1e-12)


def test_the_grid_of_pacgan():
    modes = parse("grid(5)").modes()
    lattice = {(x, y) for x in (-4.0, -2.0, 0.0, 2.0, 4.0) for y in (-4.0, -2.0, 0.0, 2.0, 4.0)}
    assert {tuple(c) for c in modes.centres} == lattice
    np.testing.assert_allclose(modes.spreads, 0.05)


def test_a_perfect_sampler_is_889_permille_high_quality_within_three_sigma():
    ring = parse("ring(8)")
    x, modes = ring.sample(100_000, np.random.default_rng(7)), ring.modes()
    nearest = np.linalg.norm(x[:, None] - modes.centres[None], axis=2).min(axis=1)
    assert np.mean(nearest <= 3 * 0.01) == pytest.approx(1 - math.exp(-4.5), abs=0.002)


def test_blobs_of_unequal_weight():
    modes = parse("blobs(3,ratio=2)").modes()
    np.testing.assert_allclose(modes.weights, np.array([1, 2, 4]) / 7)
    x = parse("blobs(3,ratio=2)").sample(7000, np.random.default_rng(8))
    nearest = np.linalg.norm(x[:, None] - modes.centres[None], axis=2).argmin(axis=1)
    assert stats.chisquare(np.bincount(nearest), [1000, 2000, 4000]).pvalue > 0.001


@pytest.mark.parametrize("cov", [0.5, (0.5, 2.0), ((1.0, 0.5), (0.5, 2.0))])
def test_normal_is_scipys_whichever_way_the_spread_is_given(cov):
    matrix = {float: lambda: 0.25 * np.eye(2), tuple: lambda: np.array(cov)}[type(cov)]()
    matrix = np.diag(matrix**2) if matrix.ndim == 1 else matrix
    d = FAMILIES["normal_2d"].build((1.0, -1.0), cov)
    x = np.random.default_rng(9).normal(size=(50, 2)) * 3
    np.testing.assert_allclose(d.logpdf(x), stats.multivariate_normal([1, -1], matrix).logpdf(x), rtol=1e-11)
    np.testing.assert_allclose(np.cov(d.sample(40_000, np.random.default_rng(1)).T), matrix, atol=0.06)


def test_circles_are_the_average_over_the_angle():
    d = parse("circles(2,radius=1,std=0.2)")
    x = np.random.default_rng(10).normal(size=(40, 2))
    angle = 2 * math.pi * np.arange(400) / 400  # the trapezoidal rule is exact for periodic functions
    centres = np.concatenate([r * np.stack([np.cos(angle), np.sin(angle)], axis=1) for r in (0.5, 1.0)])
    squares = ((x[:, None] - centres[None]) ** 2).sum(axis=2)
    expected = np.mean(np.exp(-squares / (2 * 0.04)) / (2 * math.pi * 0.04), axis=1)
    np.testing.assert_allclose(np.exp(d.logpdf(x)), expected, rtol=1e-9)


def test_a_line_is_the_average_along_the_segment():
    d = parse("line(length=2,angle=30,std=0.3)")
    axis = np.array([math.cos(math.pi / 6), math.sin(math.pi / 6)])
    normal = stats.multivariate_normal([0, 0], 0.09 * np.eye(2))
    for x in ([0.0, 0.0], [0.9, 0.5], [2.0, -1.0], [-3.0, 0.2]):
        expected = integrate.quad(lambda s, x=x: normal.pdf(x - s * axis), -1, 1, epsabs=1e-14)[0] / 2
        assert np.exp(d.logpdf([x]))[0] == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize(
    ("text", "turn"),
    [
        ("pinwheel(5)", 2 * math.pi / 5),
        ("spiral(2)", math.pi),
        ("moons()", math.pi),
        ("ring(8)", math.pi / 4),
        ("circles(2)", 1.234),
        ("checkerboard(4)", math.pi),
    ],
)
def test_symmetry_under_rotation(text, turn):
    d = parse(text)
    x = d.sample(200, np.random.default_rng(11))
    matrix = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    np.testing.assert_allclose(d.logpdf(x @ matrix.T), d.logpdf(x), rtol=1e-7, atol=1e-7)
    off = np.array([[math.cos(1), -math.sin(1)], [math.sin(1), math.cos(1)]])
    if text != "circles(2)":
        assert np.abs(d.logpdf(x @ off.T) - d.logpdf(x)).max() > 0.1


@given(st.floats(0.2, 10))
@settings(max_examples=20, deadline=None)
def test_scaling_a_ring_scales_its_density(scale):
    small, large = parse("ring(8,radius=1,std=0.1)"), parse(f"ring(8,radius={scale!r},std={0.1 * scale!r})")
    x = small.sample(50, np.random.default_rng(12))
    np.testing.assert_allclose(large.logpdf(scale * x), small.logpdf(x) - 2 * math.log(scale), atol=1e-8)


def test_no_modes_where_mode_means_nothing():
    for text in ("moons()", "spiral()", "pinwheel()", "checkerboard()", "circles()", "line()"):
        assert parse(text).modes() is None
        assert parse(text).gaussian_mixture() is None
    assert parse("ring(8)+moons()").modes() is None


def test_a_planar_mixture_of_gaussians_is_one():
    d = parse("0.5*ring(4,std=0.1)+0.5*normal([0,0],[[1,0.5],[0.5,2]])")
    g = d.gaussian_mixture()
    assert g.weights.sum() == pytest.approx(1, abs=1e-12)
    assert len(g.weights) == len(d.modes()) == 5
    x = np.random.default_rng(13).normal(size=(20, 2))
    expected = [
        sum(
            w * stats.multivariate_normal(m, c).pdf(p)
            for w, m, c in zip(g.weights, g.means, g.covariances, strict=True)
        )
        for p in x
    ]
    np.testing.assert_allclose(np.exp(d.logpdf(x)), expected, rtol=1e-10)
