"""Transport with intervals: scipy, POT, closed forms of Gaussians; exhibit 11."""

from __future__ import annotations

import math

import numpy as np
import ot
import pytest
import scipy.stats

from ganlab.divergences.estimators import ESTIMATORS, Options
from ganlab.divergences.estimators.transport import even_directions, gaussian_sinkhorn
from ganlab.divergences.pair import pair_of
from ganlab.divergences.sinkhorn import entropic, sinkhorn

OPTIONS = Options()


def clouds(n: int, m: int, dim: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, dim)), rng.normal(0.8, 1.3, size=(m, dim))


def value(name: str, x: np.ndarray, y: np.ndarray, options: Options = OPTIONS) -> float:
    return ESTIMATORS[name].of(x, y, options).value


def test_values_on_the_line_are_scipys_and_pots() -> None:
    x, y = clouds(70, 45, 1)
    assert value("w1_sorted", x, y) == pytest.approx(
        scipy.stats.wasserstein_distance(x[:, 0], y[:, 0]), rel=1e-12
    )
    expected = math.sqrt(ot.wasserstein_1d(x[:, 0], y[:, 0], p=2))
    assert value("w2_sorted", x, y) == pytest.approx(expected, rel=1e-10)


def test_values_in_the_plane_are_pots() -> None:
    x, y = clouds(60, 60, 2)
    expected = math.sqrt(ot.emd2(ot.unif(60), ot.unif(60), ot.dist(x, y)))
    assert value("w2_assignment", x, y) == pytest.approx(expected, rel=1e-9)
    theta = even_directions(16)
    expected = ot.sliced_wasserstein_distance(x, y, projections=theta.T)
    assert value("sliced_w2_sorted", x, y, Options(directions=16)) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("t", [0.3, 2.0])
def test_exhibit_11_slices_of_a_shift(t: float) -> None:
    """SW2² = t²/d: a shift of one cloud, and what the interval around two clouds covers."""
    x, y = clouds(300, 300, 2)
    moved = x + np.array([t * math.cos(0.4), t * math.sin(0.4)])
    assert value("sliced_w2_sorted", x, moved) ** 2 == pytest.approx(t**2 / 2, rel=1e-9)
    pair = pair_of("normal([0,0],1)", f"normal([{t},0],1)")
    assert ESTIMATORS["sliced_w2_sorted"].aim(pair, OPTIONS, x, y) == pytest.approx(
        t / math.sqrt(2), rel=1e-6
    )


def test_exhibit_11_a_set_and_itself() -> None:
    """Entropic transport of a set with itself is above 0; the Sinkhorn divergence is 0."""
    x, _ = clouds(80, 80, 2)
    assert entropic(x, None, 0.25).value > 0.05
    assert sinkhorn(x, x, 0.25).divergence == pytest.approx(0.0, abs=1e-9)
    assert value("w2_sinkhorn", x, x.copy()) == pytest.approx(0.0, abs=1e-3)


@pytest.mark.parametrize("epsilon", [0.1, 1.0])
@pytest.mark.parametrize(("p", "q"), [("normal(0,1)", "normal(1,2)"), ("normal(0,1)", "normal(0.3,0.5)")])
def test_the_sinkhorn_divergence_of_gaussians_against_pot_on_a_grid(p: str, q: str, epsilon: float) -> None:
    pair = pair_of(p, q)
    at = np.linspace(-9, 9, 301)[:, None]
    a, b = (np.exp(side.logpdf(at)) for side in (pair.p, pair.q))
    a, b, cost = a / a.sum(), b / b.sum(), ot.dist(at, at)

    def transported(s: np.ndarray, t: np.ndarray) -> float:
        plan = ot.sinkhorn(s, t, cost, epsilon, method="sinkhorn_log", numItermax=5000, stopThr=1e-8)
        inside = plan > 0
        entropy = plan[inside] * np.log(plan[inside] / np.outer(s, t)[inside])
        return float((plan * cost).sum() + epsilon * entropy.sum())

    expected = transported(a, b) - (transported(a, a) + transported(b, b)) / 2
    assert gaussian_sinkhorn(pair, epsilon) == pytest.approx(expected, rel=2e-3, abs=1e-4)


def test_the_sinkhorn_divergence_of_planar_gaussians_is_that_of_their_axes() -> None:
    plane = pair_of("normal([0,0],[1,2])", "normal([1,-1],[0.5,1])")
    lines = pair_of("normal(0,1)", "normal(1,0.5)"), pair_of("normal(0,2)", "normal(-1,1)")
    parts = [gaussian_sinkhorn(line, 0.3) for line in lines]
    assert None not in parts
    assert gaussian_sinkhorn(plane, 0.3) == pytest.approx(sum(part for part in parts if part is not None))


def test_quantiles_stand_for_a_distribution_on_the_line() -> None:
    """The way taken where there is no closed form, held to the closed form."""
    from ganlab.divergences.estimators.transport import _line_sinkhorn

    pair = pair_of("normal(0,1)", "normal(1,1.5)")
    assert _line_sinkhorn(pair.p, pair.q, 0.3) == pytest.approx(gaussian_sinkhorn(pair, 0.3), rel=5e-3)


def test_the_bias_of_a_squared_distance_is_taken_off() -> None:
    """P = Q in the plane: the assignment is far above 0, the interval reaches down to it."""
    rng = np.random.default_rng(3)
    found = ESTIMATORS["w2_assignment"].of(rng.normal(size=(200, 2)), rng.normal(size=(200, 2)), OPTIONS)
    assert found.value > 0.25
    assert found.interval is not None
    assert found.interval.low == 0.0
    assert found.interval.high < 0.6


@pytest.mark.parametrize("name", ["w1_sorted", "w2_sorted", "w2_sinkhorn"])
def test_units_of_the_data(name: str) -> None:
    x, y = clouds(60, 60, 1)
    one, ten = (ESTIMATORS[name].of(s * x, s * y, OPTIONS) for s in (1, 10))
    assert ten.value == pytest.approx(10 * one.value, rel=1e-3)
    assert one.interval is not None
    assert ten.interval is not None
    assert ten.interval.high == pytest.approx(10 * one.interval.high, rel=1e-2)


def test_unequal_sizes_are_assigned_as_far_as_they_go() -> None:
    x, y = clouds(50, 80, 2)
    assert value("w2_assignment", x, y) == pytest.approx(value("w2_assignment", x, y[:50]))
