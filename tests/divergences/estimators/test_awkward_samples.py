"""Samples that are legal and awkward: every estimator answers with a number or a reason, and never with a warning."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ganlab.divergences.estimators import ESTIMATORS, Options

RNG = np.random.default_rng(0)
AWKWARD = {
    "identical": (RNG.normal(size=(30, 2)),) * 2,
    "whole numbers": (RNG.integers(0, 4, (40, 2)).astype(float), RNG.integers(0, 4, (40, 2)).astype(float)),
    "two values": (
        np.repeat([[0.0, 1.0], [1.0, 0.0]], 20, axis=0),
        np.repeat([[0.0, 0.0], [1.0, 1.0]], 15, axis=0),
    ),
    "one point many times": (np.zeros((20, 2)), np.ones((20, 2))),
    "the same point on both sides": (np.zeros((20, 2)), np.zeros((20, 2))),
    "far apart": (RNG.normal(size=(30, 2)), RNG.normal(size=(30, 2)) + 1e3),
    "huge": (1e6 * RNG.normal(size=(30, 2)), 1e6 * RNG.normal(size=(30, 2))),
    "tiny": (1e-6 * RNG.normal(size=(30, 2)), 1e-6 * RNG.normal(size=(30, 2))),
    "far from the origin": (RNG.normal(size=(30, 2)) + 1e6, RNG.normal(size=(30, 2)) + 1e6),
    "heavy tails": (RNG.standard_cauchy((50, 2)), RNG.standard_cauchy((50, 2))),
    "very unequal sizes": (RNG.normal(size=(8, 2)), RNG.normal(size=(400, 2))),
    "on a line": (RNG.normal(size=(30, 2)) * [1.0, 0.0], RNG.normal(size=(30, 2))),
}


@pytest.mark.parametrize("kind", AWKWARD)
@pytest.mark.parametrize("name", list(ESTIMATORS))
def test_there_is_a_number_or_a_reason(name: str, kind: str) -> None:
    row = ESTIMATORS[name]
    x, y = (points[:, : row.dims[0]] for points in AWKWARD[kind])
    value = row.of(x, y, Options())
    if not math.isfinite(value.value):
        assert value.reason is not None
    if value.interval is not None:
        assert value.interval.low <= value.interval.high
        assert math.isfinite(value.interval.low)


@pytest.mark.parametrize("name", list(ESTIMATORS))
def test_moving_and_stretching_both_samples_changes_only_units(name: str) -> None:
    """f-divergences and MMD² at the median bandwidth stay, distances stretch by 8 (a power of 2 loses no digit)."""
    row = ESTIMATORS[name]
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(2, 60, row.dims[0])) + np.array([0.0, 1.0])[:, None, None]
    one, other = row.of(x, y, Options()), row.of(8.0 * x + 16.0, 8.0 * y + 16.0, Options())
    factor = 8.0 if row.units == "x" else 1.0
    assert other.value == pytest.approx(factor * one.value, rel=1e-3, abs=1e-4) or math.isinf(one.value)


@pytest.mark.parametrize(
    "name", [name for name in ESTIMATORS if "bound" not in name and "classifier" not in name]
)
def test_the_origin_may_be_far_away(name: str) -> None:
    """Points 1e8 from 0 have eight digits left after it; of those a value may lose one or two, not all."""
    row = ESTIMATORS[name]
    rng = np.random.default_rng(2)
    x, y = (1e8 + rng.normal(size=(2, 80, row.dims[0]))) - 1e8
    near, far = row.of(x, y + 0.5, Options()), row.of(x + 1e8, y + 1e8 + 0.5, Options())
    assert far.value == pytest.approx(near.value, rel=1e-8, abs=1e-9) or math.isinf(near.value)
