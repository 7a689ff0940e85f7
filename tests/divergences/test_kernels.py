"""Kernels against scikit-learn, their formulas, and what every kernel must be."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from sklearn.metrics import pairwise

from ganlab.divergences.kernels import ALPHAS, KERNELS, exponents, kernel_row
from ganlab.divergences.results import DivergenceError

SEEDS = st.integers(0, 2**32 - 1)


def clouds(seed: int) -> tuple[np.ndarray, np.ndarray, float]:
    rng = np.random.default_rng(seed)
    d = int(rng.integers(1, 7))
    return rng.normal(size=(9, d)), rng.normal(0.5, 1.5, size=(7, d)), float(rng.uniform(0.2, 3))


REFEREES = {
    "gaussian": lambda x, y, s: pairwise.rbf_kernel(x, y, gamma=1 / (2 * s**2)),
    "laplace": lambda x, y, s: np.exp(-cdist(x, y) / s),
    "inverse_multiquadric": lambda x, y, s: s / np.sqrt(s**2 + cdist(x, y) ** 2),
    "rational_quadratic": lambda x, y, s: sum(
        (1 + cdist(x, y) ** 2 / (2 * a * s**2)) ** -a for a in (0.2, 0.5, 1, 2, 5)
    ),
    "polynomial": lambda x, y, s: pairwise.polynomial_kernel(x, y, degree=3, gamma=1 / x.shape[1], coef0=1),
    "distance": lambda x, y, s: -cdist(x, y),
    "linear": lambda x, y, s: pairwise.linear_kernel(x, y),
}


def test_there_is_a_referee_for_every_row() -> None:
    assert set(REFEREES) == set(KERNELS)
    assert sum(ALPHAS) == pytest.approx(8.7)


@pytest.mark.parametrize("name", KERNELS)
@settings(deadline=None)
@given(SEEDS)
def test_agrees_with_scikit_learn_or_the_formula(name: str, seed: int) -> None:
    x, y, sigma = clouds(seed)
    expected = REFEREES[name](x, y, sigma)
    assert KERNELS[name].of(x, y, sigma) == pytest.approx(expected, rel=1e-11, abs=1e-12)
    own = np.diagonal(REFEREES[name](x, x, sigma))
    assert KERNELS[name].diagonal(x, sigma) == pytest.approx(own, rel=1e-11, abs=1e-12)


@settings(deadline=None)
@given(SEEDS)
def test_laplace_is_scikit_learns_on_the_line(seed: int) -> None:
    """Theirs takes the sum of absolute differences, ours the Euclidean norm: equal in one dimension."""
    x, y, sigma = clouds(seed)
    expected = pairwise.laplacian_kernel(x[:, :1], y[:, :1], gamma=1 / sigma)
    assert KERNELS["laplace"].of(x[:, :1], y[:, :1], sigma) == pytest.approx(expected, rel=1e-11, abs=1e-13)


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("dim", [2, 6])
def test_float32_stays_and_works(name: str, dim: int) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 40, dim))
    single = KERNELS[name].of(x.astype(np.float32), y.astype(np.float32), 0.7)
    assert single.dtype == np.float32
    assert KERNELS[name].diagonal(x.astype(np.float32), 0.7).dtype == np.float32
    assert single == pytest.approx(KERNELS[name].of(x, y, 0.7), rel=2e-5, abs=2e-5)


@pytest.mark.parametrize("name", KERNELS)
@settings(deadline=None)
@given(SEEDS)
def test_gram_matrices_are_positive_semidefinite(name: str, seed: int) -> None:
    """For the distance kernel on weights that sum to zero only."""
    x, _, sigma = clouds(seed)
    gram = KERNELS[name].of(x, x, sigma)
    centring = np.eye(len(x)) - 1 / len(x) if name == "distance" else np.eye(len(x))
    values = np.linalg.eigvalsh(centring @ gram @ centring)
    assert values[0] >= -1e-9 * max(1.0, values[-1])
    assert gram == pytest.approx(gram.T, rel=1e-9, abs=1e-9)


def test_characteristic_kernels_see_a_change_of_shape_and_the_others_do_not() -> None:
    """Two clouds with the same three moments: ±1, and −√3, 0, 0, 0, 0, √3."""
    x, y = np.array([[-1.0], [1.0]]), np.array([[-math.sqrt(3)], [0], [0], [0], [0], [math.sqrt(3)]])
    for name, kernel in KERNELS.items():
        value = kernel.of(x, x).mean() + kernel.of(y, y).mean() - 2 * kernel.of(x, y).mean()
        assert (value > 1e-3) == kernel.characteristic, (name, value)


def test_exponents_are_never_positive_in_float32() -> None:
    """The expansion |x|² + |y|² − 2xy gives negative squares far from the origin; it is clamped."""
    rng = np.random.default_rng(0)
    x = (rng.normal(size=(300, 8)) * 1e-3 + np.linspace(0, 50, 300)[:, None]).astype(np.float32)
    raw = (x**2).sum(1)[:, None] + (x**2).sum(1)[None, :] - 2 * x @ x.T
    assert raw.min() < 0.0  # the trap is there
    found = exponents(x, x, 1.0)
    assert found.dtype == np.float32
    assert found.max() <= 0.0
    assert KERNELS["gaussian"].of(x, x, 1.0).max() <= 1.0
    assert np.isfinite(KERNELS["laplace"].of(x, x, 1.0)).all()


def test_rows_say_what_they_are() -> None:
    for name, row in KERNELS.items():
        assert row.name == name
        assert row.label
        assert row.formula
        assert row.source
        assert row.blind.endswith(".")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: kernel_row("cubic"), "kernel: should be one of gaussian, laplace, .*Received 'cubic'"),
        (lambda: KERNELS["gaussian"].of([1.0], [1.0], 0.0), "bandwidth: should be a finite number > 0"),
        (lambda: KERNELS["gaussian"].of([1.0], [1.0], math.nan), "bandwidth"),
        (lambda: KERNELS["linear"].of([[1.0, 2.0]], [1.0]), "y: should have 2 columns"),
        (lambda: KERNELS["laplace"].of([math.inf], [1.0]), "x: every value should be finite"),
        (lambda: KERNELS["laplace"].of(np.ones((2, 2, 2)), [1.0]), "x: shape"),
        (lambda: KERNELS["laplace"].of([], [1.0]), "x: shape"),
    ],
)
def test_bad_input_is_named(call, words: str) -> None:
    with pytest.raises(DivergenceError, match=words):
        call()
