"""Wasserstein distances of mixtures of normals against closed forms, the exact line, and POT."""

from __future__ import annotations

import math

import numpy as np
import ot
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ganlab.distributions import parse
from ganlab.divergences import gaussian
from ganlab.divergences.line import LinePair
from ganlab.divergences.projections import Normals, along, on_line, slices, w1, w2

SEEDS = st.integers(0, 2**32 - 1)


def normals(text: str) -> Normals:
    """Parameters of a mixture of normals on the line, read off a planar one of which it is the projection."""
    planar = parse(text).gaussian_mixture()
    assert planar is not None
    return along(planar, 0.0)


def one(mean: float, std: float) -> Normals:
    return Normals(np.ones(1), np.array([mean]), np.array([std]))


@settings(max_examples=40, deadline=None)
@given(st.floats(-5, 5), st.floats(0.01, 3), st.floats(0.01, 3))
def test_two_normals(mean: float, s1: float, s2: float) -> None:
    p, q = one(mean, s1), one(0.0, s2)
    scale = abs(mean) + s1 + s2
    assert w2(p, q) == pytest.approx(math.hypot(mean, s1 - s2), rel=1e-6, abs=2e-7 * scale)
    assert w1(p, q) == pytest.approx(
        gaussian.mean_absolute(abs(mean), abs(s1 - s2)), rel=1e-6, abs=2e-7 * scale
    )


def random_mixture(rng: np.random.Generator) -> Normals:
    count = int(rng.integers(1, 6))
    return Normals(
        rng.dirichlet(np.full(count, 2.0)) * 0.9 + 0.1 / count,
        rng.uniform(-3, 3, count),
        np.exp(rng.uniform(math.log(0.01), math.log(1.5), count)),
    )


def text_of(p: Normals) -> str:
    return "+".join(
        f"{w:.17g}*normal({m:.17g},{s:.17g})" for w, m, s in zip(p.weights, p.means, p.stds, strict=True)
    )


@settings(max_examples=15, deadline=None)
@given(SEEDS)
def test_mixtures_agree_with_the_exact_line(seed: int) -> None:
    rng = np.random.default_rng(seed)
    p, q = random_mixture(rng), random_mixture(rng)
    line = LinePair(parse(text_of(p)), parse(text_of(q)))
    assert w1(p, q) == pytest.approx(line.wasserstein(1).value, rel=2e-6, abs=1e-7)
    assert w2(p, q) == pytest.approx(line.wasserstein(2).value, rel=2e-6, abs=1e-7)


def test_samples_agree() -> None:
    p, q = parse("ring(8,std=0.1)").gaussian_mixture(), parse("grid(3,spacing=1,std=0.2)").gaussian_mixture()
    rng = np.random.default_rng(0)
    theta = math.pi * np.arange(12) / 12
    u = np.stack([np.cos(theta), np.sin(theta)])
    x, y = p.sample(60_000, rng), q.sample(60_000, rng)
    for order in (1, 2):
        expected = float(ot.sliced_wasserstein_distance(x, y, projections=u, p=order))
        found = slices(p, q, order, theta)
        assert np.mean(found.distances**order) ** (1 / order) == pytest.approx(expected, abs=0.01)
        assert found.error < 1e-6


@settings(max_examples=20, deadline=None)
@given(SEEDS, st.floats(0.01, 50), st.floats(-10, 10))
def test_laws(seed: int, scale: float, shift: float) -> None:
    rng = np.random.default_rng(seed)
    p, q, r = (random_mixture(rng) for _ in range(3))
    for distance in (w1, w2):
        pq = distance(p, q)
        assert distance(q, p) == pytest.approx(pq, rel=1e-9, abs=1e-12)
        assert distance(p, p) == pytest.approx(0.0, abs=1e-9)
        assert pq <= distance(p, r) + distance(r, q) + 1e-6
        moved = [Normals(m.weights, scale * m.means + shift, scale * m.stds) for m in (p, q)]
        assert distance(*moved) == pytest.approx(scale * pq, rel=1e-6, abs=1e-7 * scale)
        assert distance(p, Normals(p.weights, p.means + shift, p.stds)) == pytest.approx(
            abs(shift), rel=1e-6, abs=1e-6
        )
    assert w1(p, q) <= w2(p, q) + 1e-7


def test_gaps_between_narrow_modes() -> None:
    """Half of the mass of modes 1e-3 wide has to move by 1, exactly."""
    p = normals("0.5*normal([-2,0],0.001)+0.5*normal([2,0],0.001)")
    q = normals("0.5*normal([-2,0],0.001)+0.5*normal([3,0],0.001)")
    assert w1(p, q) == pytest.approx(0.5, rel=1e-7)
    assert w2(p, q) == pytest.approx(math.sqrt(0.5), rel=1e-7)


def test_a_projection_is_a_distribution() -> None:
    mixture = parse("0.25*normal([1,2],[[1,0.5],[0.5,2]])+0.75*normal([0,0],1)").gaussian_mixture()
    found = on_line(mixture, math.pi / 2)
    assert found.dim == 1
    assert found == parse(f"0.25*normal(2,{math.sqrt(2)!r})+0.75*normal(0,1)") or str(found).startswith(
        "0.25*normal(2"
    )
    single = on_line(parse("normal([3,4],2)").gaussian_mixture(), 0.0)
    assert single == parse("normal(3,2)")


def test_many_components_are_followed() -> None:
    p, q = parse("grid(15)").gaussian_mixture(), parse("ring(100,radius=10,std=0.2)").gaussian_mixture()
    found = slices(p, q, 2, np.array([0.3]))
    coarse = w2(along(p, 0.3), along(q, 0.3), 6.0)
    assert found.distances[0] == pytest.approx(coarse, rel=1e-5)
    assert found.error < 1e-5
