"""Trained bounds: conjugacy, slopes, independent solvers, scikit-learn, and that they are bounds."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import scipy.optimize
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from ganlab.divergences.estimators import ESTIMATORS, Options
from ganlab.divergences.estimators.bounds import (
    TARGETS,
    Bound,
    ascend,
    contrast,
    logistic,
    trained,
)
from ganlab.divergences.estimators.features import features
from ganlab.divergences.generators import GENERATORS
from ganlab.divergences.pair import pair_of

GENERATOR = pytest.mark.parametrize("name", list(GENERATORS))
BOUNDS = [name for name in ESTIMATORS if name.endswith(("_bound", "_classifier"))]
OPTIONS = Options()
V = st.floats(-4, 4)


def clouds(n: int, dim: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, dim)), rng.normal(0.7, 1.2, size=(n, dim))


def test_every_generator_has_a_bound() -> None:
    assert set(TARGETS) == set(GENERATORS)
    assert {target.name for target in TARGETS.values()} <= set(ESTIMATORS)


@GENERATOR
@given(V)
def test_cost_is_the_conjugate_of_gain(name: str, v: float) -> None:
    """gain lies in the domain of f*, and cost is f* there: so every V gives a bound."""
    shape, generator = contrast(GENERATORS[name]), GENERATORS[name]
    at = np.array([v])
    assert shape.cost(at) == pytest.approx(generator.conjugate(shape.gain(at)), rel=1e-8, abs=1e-9)


@GENERATOR
@given(V)
def test_training_is_concave_and_nowhere_above_the_bound(name: str, v: float) -> None:
    shape, at, step = contrast(GENERATORS[name]), np.array([v]), 1e-5
    curves = shape.training
    assert (curves.gain(at) <= shape.gain(at) + 1e-9).all()
    assert (curves.cost(at) >= shape.cost(at) - 1e-9).all()
    for curve, slope in ((curves.gain, curves.gain_slope), (curves.cost, curves.cost_slope)):
        difference = (curve(at + step) - curve(at - step)) / (2 * step)
        assert slope(at) == pytest.approx(difference, rel=1e-4, abs=1e-6)
    assert (curves.gain_slope(at + 0.1) <= curves.gain_slope(at) + 1e-9).all()
    assert (curves.cost_slope(at + 0.1) >= curves.cost_slope(at) - 1e-9).all()


@GENERATOR
def test_the_optimum_is_the_divergence(name: str) -> None:
    """At the V that maximises p·gain − q·cost pointwise, the bound is the f-divergence (here of two coins)."""
    shape, generator = contrast(GENERATORS[name]), GENERATORS[name]
    curves = shape.training
    p, q = np.array([0.3, 0.7]), np.array([0.6, 0.4])
    total = 0.0
    for a, b in zip(p, q, strict=True):
        found = scipy.optimize.minimize_scalar(
            lambda v, a=a, b=b: (b * curves.cost(np.array([v])) - a * curves.gain(np.array([v])))[0],
            bounds=(-5, 5),
            method="bounded",
            options={"xatol": 1e-10},
        )
        best = np.array([found.x])
        total += float((a * shape.gain(best) - b * shape.cost(best))[0])
    expected = float(generator.contribution(np.log(p), np.log(q)).sum())
    rounding = 0.02 if name == "total_variation" else 1e-6  # the corners of its hinge are rounded
    assert total == pytest.approx(expected, abs=rounding)


@GENERATOR
def test_the_optimiser_finds_what_another_finds(name: str) -> None:
    x, y = clouds(120, 1)
    phi = features(x, y, "fourier")
    p, q, curves = phi(x), phi(y), contrast(GENERATORS[name]).training
    weights = ascend(curves)(p, q)
    penalty = np.full(p.shape[1], p.shape[1] / 3 / 120)
    penalty[0] = 1e-9

    def loss(w: np.ndarray) -> float:
        return float(curves.cost(q @ w).mean() - curves.gain(p @ w).mean() + penalty @ w**2 / 2)

    other = scipy.optimize.minimize(
        loss, np.zeros(p.shape[1]), method="Powell", options={"maxiter": 20_000, "xtol": 1e-6}
    )
    assert loss(weights) <= other.fun + 1e-4
    assert loss(weights) < loss(np.zeros(p.shape[1])) - 0.02


def test_logistic_regression_is_scikit_learns() -> None:
    x, y = clouds(200, 2)
    phi = features(x, y, "fourier")
    p, q = phi(x), phi(y)
    weights = logistic(p, q)
    # theirs: C Σ losses + |w|²/2 without the intercept; ours: mean losses of both classes + λ|w|²/2
    strength = p.shape[1] / 3 / 200
    other = LogisticRegression(C=1 / (200 * strength), tol=1e-10, max_iter=5000)
    other.fit(np.concatenate([p, q])[:, 1:], np.repeat([1, 0], 200))
    np.testing.assert_allclose(weights[1:], other.coef_[0], atol=1e-3)
    assert weights[0] == pytest.approx(other.intercept_[0], abs=1e-3)


@pytest.mark.parametrize("dim", [1, 2])
def test_three_ways_to_js_are_one(dim: int) -> None:
    """A GAN's discriminator, the JS generator and logistic regression maximise the same thing."""
    x, y = clouds(400, dim)
    found = [
        ESTIMATORS[name].of(x, y, OPTIONS).value for name in ("js_bound", "js_gan_bound", "js_classifier")
    ]
    assert found == pytest.approx([found[0]] * 3, abs=1e-4)


@pytest.mark.parametrize("dim", [1, 2])
@pytest.mark.parametrize("name", BOUNDS)
def test_bounds_are_bounds(name: str, dim: int) -> None:
    """What V reaches on the densities is below the divergence, and not far below with 4,000 points."""
    texts = ("normal(0,1)", "normal(0.7,1.2)") if dim == 1 else ("normal([0,0],1)", "normal([0.7,0],1.2)")
    pair, row, rng = pair_of(*texts), ESTIMATORS[name], np.random.default_rng(1)
    exact = dataclasses.replace(row, approaches=None).aim(pair, OPTIONS, *clouds(10, dim))
    for n, share in ((100, -math.inf), (4000, 0.5)):
        x, y = pair.p.sample(n, rng), pair.q.sample(n, rng)
        aim = row.aim(pair, OPTIONS, x, y)
        assert aim is not None
        assert exact is not None
        assert share * exact < aim < exact + 1e-6


def test_a_family_with_the_log_ratio_reaches_kl() -> None:
    """Two unit Gaussians 1 apart: log p/q is linear, polynomials nearly hold it, and the bound is nearly ½."""
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(40_000, 1)), rng.normal(1, 1, size=(40_000, 1))
    value = ESTIMATORS["kl_pq_bound"].of(x, y, Options(features="polynomial"))
    assert value.value == pytest.approx(0.5, abs=0.03)
    assert value.interval is not None
    assert value.interval.high - value.interval.low < 0.06


def test_training_never_sees_what_is_measured() -> None:
    x, y = clouds(100, 1)
    other_x, other_y = x.copy(), y.copy()
    other_x[1::2] += 5
    other_y[1::2] -= 5
    one, other = (trained(*pair, OPTIONS, logistic) for pair in ((x, y), (other_x, other_y)))
    np.testing.assert_array_equal(one.weights, other.weights)


def test_v_stays_within_what_training_saw() -> None:
    x, y = clouds(100, 1)
    v = trained(x, y, OPTIONS, logistic)
    far = v(np.linspace(-50, 50, 1001)[:, None])
    assert v.low <= far.min() <= far.max() <= v.high


def test_a_generator_without_slopes_here_is_trained_by_differences() -> None:
    plain = GENERATORS["pearson"]
    renamed = dataclasses.replace(plain, name="mine")
    x, y = clouds(200, 1)
    ours, theirs = (
        Bound(shape, ascend(shape.training)).estimate(x, y, OPTIONS).value
        for shape in (contrast(plain), contrast(renamed))
    )
    assert theirs == pytest.approx(ours, abs=1e-4)


def test_the_same_samples_give_the_same_bound() -> None:
    x, y = clouds(300, 2)
    one, again = (ESTIMATORS["kl_qp_bound"].of(x, y, OPTIONS) for _ in range(2))
    assert (one.value, one.interval) == (again.value, again.interval)
