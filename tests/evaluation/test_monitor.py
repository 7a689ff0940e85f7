"""The monitor: a perfect sampler at its baselines, determinism, and each reading against its own function."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ganlab.distributions import parse
from ganlab.evaluation import Monitor, coverage, noise_knots, perfect, pushforward_masses, true_masses

RING, LINE = parse("ring(8)"), parse("0.3*normal(-2,0.5)+0.7*normal(1.5,0.8)")
UNIFORM = parse("uniform(0,1)")


def draw(distribution, n: int = 2500, seed: int = 123) -> np.ndarray:
    return distribution.sample(n, np.random.default_rng(seed)).astype(np.float32)


@pytest.mark.parametrize("distribution", [RING, parse("grid(5)"), LINE, UNIFORM], ids=str)
def test_a_perfect_sampler_is_at_the_floors(distribution) -> None:
    monitor = Monitor(distribution, seed=0)
    metrics = [monitor.measure(draw(distribution, seed=seed)) for seed in range(1, 9)]
    assert np.mean([m.distance for m in metrics]) == pytest.approx(metrics[0].distance_floor, rel=0.6)
    assert [m.spread for m in metrics] == pytest.approx([1.0] * 8, abs=0.05)
    if metrics[0].modes is not None:
        assert all(m.modes == m.modes_total for m in metrics)
        assert np.mean([m.high_quality for m in metrics]) == pytest.approx(
            metrics[0].high_quality_perfect, abs=0.003
        )
    else:
        assert np.mean([m.precision for m in metrics]) == pytest.approx(
            metrics[0].precision_perfect, abs=0.02
        )
        assert np.mean([m.recall for m in metrics]) == pytest.approx(metrics[0].recall_perfect, abs=0.02)
    if distribution.dim == 2:
        assert np.mean([abs(m.mmd2) for m in metrics]) < 3 * metrics[0].mmd2_floor
    else:
        assert np.mean([m.js for m in metrics]) == pytest.approx(metrics[0].js_floor, rel=0.5)


def test_half_of_the_ring() -> None:
    half = draw(RING)
    half = half[half[:, 0] > 0.1]
    metrics = Monitor(RING, seed=0).measure(half)
    modes = RING.modes()
    assert modes is not None
    expected = coverage(half, modes)
    assert (metrics.modes, metrics.modes_total, metrics.high_quality) == (3, 8, expected.high_quality)
    assert metrics.reverse_kl == pytest.approx(math.log(8 / 3), abs=0.01)
    assert metrics.high_quality_perfect == perfect(modes, len(half)).high_quality
    assert metrics.share == pytest.approx(expected.share)
    assert metrics.weights == pytest.approx(np.full(8, 0.125))
    assert metrics.distance == metrics.sw2 > 5 * metrics.sw2_floor
    assert metrics.mmd2 > 50 * metrics.mmd2_floor
    assert metrics.distance_name == "sw2"


def test_one_mode_of_the_ring_is_narrow() -> None:
    one = np.array([1.0, 0.0]) + 0.01 * np.random.default_rng(0).normal(size=(2500, 2))
    metrics = Monitor(RING, seed=0).measure(one)
    assert metrics.modes == 1
    assert metrics.spread < 0.03
    # projected on θ, all mass of a point on the circle moves to the circle's shadow: E‖x − c‖²/2 = 2/2
    assert metrics.sw2 == pytest.approx(1.0, abs=0.03)


def test_readings_depend_on_distribution_seed_and_samples_alone() -> None:
    x = draw(RING)
    first, second = Monitor(RING, seed=5), Monitor(RING, seed=5)
    second.measure(draw(RING, 700))  # another size before
    again = second.measure(x)
    assert first.measure(x).readings() == again.readings() == first.measure(x).readings()
    assert Monitor(RING, seed=6).measure(x).sw2 != again.sw2


def test_small_samples_and_their_own_floor() -> None:
    monitor = Monitor(RING, seed=0)
    few, many = monitor.measure(draw(RING, 50)), monitor.measure(draw(RING, 2500))
    assert few.distance_floor > 3 * many.distance_floor
    assert few.distance < 3 * few.distance_floor


def test_an_ordered_sample_is_thinned_evenly() -> None:
    x = draw(RING)
    ordered = x[np.argsort(x[:, 0])]
    monitor = Monitor(RING, seed=0)
    assert monitor.measure(ordered).mmd2 < monitor.measure(x).mmd2 + 3 * monitor.measure(x).mmd2_floor


# --- on the line


def test_exact_densities_on_the_line() -> None:
    normal = parse("normal(0,1)")
    z, weights = noise_knots("normal")
    edges = np.linspace(-12.0, 14.0, 2001)
    monitor = Monitor(normal, seed=0)
    for shift, js in [(0.0, 0.0), (1.0, 0.11142148), (2.0, 0.33683082)]:
        masses = pushforward_masses(z + shift, weights, edges)
        metrics = monitor.measure_1d(draw(normal) + shift, masses, edges)
        assert metrics.js == pytest.approx(js, abs=2e-5)
        assert (metrics.js_method, metrics.js_floor) == ("pushforward", 0.0)
        assert metrics.w1 == pytest.approx(shift, abs=0.06)
        assert metrics.distance == metrics.w1
        kde = monitor.measure(draw(normal) + shift)
        assert kde.js == pytest.approx(js, abs=0.01)
        assert kde.js_method == "kde"


def test_edges_may_change_between_readings() -> None:
    monitor = Monitor(LINE, seed=0)
    for cells in (10, 20, 10):
        edges = np.linspace(-5.0, 5.0, cells + 1)
        assert monitor.measure_1d(draw(LINE), true_masses(LINE, edges), edges).js == 0.0


def test_no_js_without_a_density() -> None:
    class Sampled:
        has_density = False

        def __getattr__(self, name: str):
            return getattr(LINE, name)

    sampled = Sampled()
    edges = np.linspace(-5.0, 5.0, 11)
    for metrics in (
        Monitor(sampled, 0).measure(draw(LINE)),
        Monitor(sampled, 0).measure_1d(draw(LINE), np.full(12, 1 / 12), edges),
    ):
        assert metrics.js is metrics.js_method is None
        assert metrics.w1 is not None


def test_readings_hold_the_scalars_that_apply() -> None:
    planar, line = (Monitor(d, 0).measure(draw(d)).readings() for d in (RING, UNIFORM))
    assert {"modes", "high_quality", "reverse_kl_perfect", "mmd2", "sw2_floor"} <= planar.keys()
    assert not {"share", "weights", "js", "w1", "precision"} & planar.keys()
    assert {"precision", "recall_perfect", "js", "js_method", "w1_floor"} <= line.keys()
    assert not {"modes", "high_quality", "sw2"} & line.keys()
    assert {type(value) for value in (planar | line).values()} == {int, float, str}


@pytest.mark.parametrize(
    ("fake", "words"),
    [
        (np.zeros((20, 1)), r"fake: shape should be \[n, 2\]"),
        (np.zeros((9, 2)), "n >= 10"),
        (np.full((20, 2), np.nan), "fake: every value should be finite"),
    ],
)
def test_bad_samples_are_named(fake: np.ndarray, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Monitor(RING, 0).measure(fake)
