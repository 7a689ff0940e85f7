"""Transport, slices, energy and kernels in the plane against closed forms, the line and samples."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ganlab.distributions import parse
from ganlab.divergences import gaussian
from ganlab.divergences.line import LinePair
from ganlab.divergences.mmd import mmd2
from ganlab.divergences.plane import PlanePair
from ganlab.divergences.transport import sliced_w2
from tests.divergences.planes import (
    gaussian_text,
    mixture_text,
    plane,
    single,
)

SEEDS = st.integers(0, 2**32 - 1)


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
