"""MMD² and energy distance with their intervals: closed forms, scipy, a jackknife loop; exhibits 8 and 9."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats

from ganlab.divergences.estimators import ESTIMATORS, Options
from ganlab.divergences.estimators.base import squared
from ganlab.divergences.kernels import KERNELS
from ganlab.divergences.pair import pair_of

RNG = np.random.default_rng(7)


def clouds(n: int, m: int, dim: int = 1) -> tuple[np.ndarray, np.ndarray]:
    return RNG.normal(size=(n, dim)), RNG.normal(0.6, 1.3, size=(m, dim))


@pytest.mark.parametrize(("bandwidth", "expected"), [(1.0, 0.1773), (0.05, 0.0156), (20.0, 0.0025)])
def test_exhibit_8_the_bandwidth_decides(bandwidth: float, expected: float) -> None:
    """Unit Gaussians 1 apart: the estimate averages the closed form, and the interval holds it."""
    options, row, rng = Options(bandwidth=bandwidth), ESTIMATORS["mmd2_unbiased"], np.random.default_rng(0)
    pair = pair_of("normal(0,1)", "normal(1,1)")
    draws = [row.of(pair.p.sample(250, rng), pair.q.sample(250, rng), options) for _ in range(60)]
    values = np.array([value.value for value in draws])
    error = values.std(ddof=1) / math.sqrt(60)
    assert row.aim(pair, options, *clouds(9, 9)) == pytest.approx(expected, abs=5e-5)
    assert abs(values.mean() - expected) < 4 * error + 5e-5
    assert error < expected / 5
    held = [v.interval is not None and v.interval.low <= expected <= v.interval.high for v in draws]
    assert np.mean(held) > 0.85


def test_exhibit_9_biased_and_unbiased() -> None:
    """P = Q = N(0,1), n = 100, σ = 1: V averages (2/n)(1 − 1/√3) = 0.00845, U is negative more often than not."""
    options, rng = Options(bandwidth=1.0), np.random.default_rng(1)
    pairs = [rng.normal(size=(2, 100, 1)) for _ in range(300)]
    biased, unbiased = (
        np.array([ESTIMATORS[name].of(x, y, options).value for x, y in pairs])
        for name in ("mmd2_biased", "mmd2_unbiased")
    )
    error = biased.std(ddof=1) / math.sqrt(300)
    assert biased.mean() == pytest.approx(0.00845, abs=4 * error)
    assert error < 0.0005
    assert biased.min() > 0
    assert (unbiased < 0).mean() > 0.5
    assert unbiased.mean() == pytest.approx(0.0, abs=4 * error)


def test_both_have_one_interval() -> None:
    x, y = clouds(60, 80)
    one, other = (ESTIMATORS[name].of(x, y, Options()) for name in ("mmd2_biased", "mmd2_unbiased"))
    assert one.interval is not None
    assert other.interval is not None
    assert (one.interval.low, one.interval.high) == (other.interval.low, other.interval.high)
    assert one.value > other.value


def test_the_variance_is_nearly_that_of_a_jackknife_loop() -> None:
    x, y = clouds(70, 90)
    row, options = ESTIMATORS["mmd2_unbiased"], Options(bandwidth=0.8)
    without_x = np.array([row.of(np.delete(x, i, 0), y, options).value for i in range(70)])
    without_y = np.array([row.of(x, np.delete(y, j, 0), options).value for j in range(90)])
    variance = 69 / 70 * np.sum((without_x - without_x.mean()) ** 2)
    variance += 89 / 90 * np.sum((without_y - without_y.mean()) ** 2)
    value = row.of(x, y, options)
    expected = squared(value.value, value.value, float(variance), df=69)
    assert value.interval is not None
    assert value.interval.high == pytest.approx(expected.high, rel=0.03)


def test_energy_on_the_line_is_scipys_less_its_diagonal() -> None:
    x, y = clouds(200, 150)
    own = sum(np.abs(c - c.T).sum() / len(c) ** 2 / (len(c) - 1) for c in (x, y))
    expected = scipy.stats.energy_distance(x[:, 0], y[:, 0]) ** 2 - own
    assert ESTIMATORS["energy2_sorted"].of(x, y, Options()).value == pytest.approx(expected, abs=1e-12)


def test_sorting_gives_what_all_pairs_give() -> None:
    x, y = clouds(40, 55)
    x[:3] = x[0]  # ties
    y[:2] = x[0]
    line = ESTIMATORS["energy2_sorted"].of(x, y, Options())
    lifted = [np.column_stack([c, np.zeros(len(c))]) for c in (x, y)]
    plane = ESTIMATORS["energy2_pairs"].of(*lifted, Options())
    assert line.value == pytest.approx(plane.value, rel=1e-6, abs=1e-7)
    assert line.interval is not None
    assert plane.interval is not None
    assert line.interval.high == pytest.approx(plane.interval.high, rel=1e-5)


@pytest.mark.parametrize("kernel", list(KERNELS))
@pytest.mark.parametrize("name", ["mmd2_unbiased", "mmd2_biased", "mmd2_blocks"])
def test_any_kernel_has_an_interval_around_the_exact_value(name: str, kernel: str) -> None:
    pair, rng = pair_of("normal(0,1)", "normal(1,1.5)"), np.random.default_rng(3)
    x, y = pair.p.sample(1500, rng), pair.q.sample(1500, rng)
    options, row = Options(kernel=kernel, bandwidth=1.0), ESTIMATORS[name]
    value, aim = row.of(x, y, options), row.aim(pair, options, x, y)
    assert value.interval is not None
    assert aim is not None
    assert value.units == KERNELS[kernel].units
    half = (value.interval.high - value.interval.low) / 2
    assert abs(value.value - aim) < 2 * half
    assert half < aim


def test_squared_intervals_are_those_of_the_distance() -> None:
    found = squared(1.0, 1.0, 0.01)
    assert (math.sqrt(found.low) + math.sqrt(found.high)) / 2 == pytest.approx(1.0)
    assert math.sqrt(found.high) - math.sqrt(found.low) == pytest.approx(1.959964 * 0.1, rel=1e-6)
    assert squared(0.1, 0.1, 0.01).low == pytest.approx(0.1 - 0.1959964)
    assert squared(-0.1, -0.1, 0.01).high > 0
