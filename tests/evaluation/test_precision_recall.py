"""Improved precision and recall against scikit-learn's neighbours, the definition, and laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from sklearn.neighbors import NearestNeighbors

from ganlab.distributions import parse
from ganlab.evaluation import PrecisionRecall, perfect_precision_recall, precision_recall


def share_on_manifold(points: np.ndarray, of: np.ndarray, k: int) -> float:
    """The definition, with scikit-learn's k-th neighbour and every distance."""
    radii = NearestNeighbors(n_neighbors=k).fit(points).kneighbors()[0][:, -1]
    return float((cdist(of, points) <= radii).any(axis=1).mean())


@settings(deadline=None)
@given(
    st.integers(5, 60), st.integers(5, 60), st.integers(1, 2), st.integers(1, 4), st.integers(0, 2**32 - 1)
)
def test_agrees_with_the_definition(n: int, m: int, dim: int, k: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    real, fake = rng.normal(size=(n, dim)), rng.normal(0.5, 0.7, size=(m, dim))
    result = precision_recall(real, fake, k)
    assert result.precision == pytest.approx(share_on_manifold(real, fake, k))
    assert result.recall == pytest.approx(share_on_manifold(fake, real, k))
    assert precision_recall(fake, real, k) == PrecisionRecall(result.recall, result.precision)
    assert precision_recall(1000 * real, 1000 * fake, k).precision == pytest.approx(result.precision)


def test_extremes() -> None:
    x = np.random.default_rng(0).normal(size=(300, 2))
    assert precision_recall(x, x) == PrecisionRecall(1.0, 1.0)
    assert precision_recall(x, x + 100.0) == PrecisionRecall(0.0, 0.0)


def test_collapse_keeps_precision_and_loses_recall() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(1000, 2))
    result = precision_recall(x, x[0] + 1e-3 * rng.normal(size=(1000, 2)))
    assert result.precision == 1.0
    assert result.recall < 0.01
    atom = precision_recall(
        x, np.repeat(x[:1], 1000, axis=0)
    )  # balls of radius 0, and one real point in them
    assert (atom.precision, atom.recall) == (1.0, 0.001)


def test_repeated_values_do_not_shrink_the_balls_to_points() -> None:
    rng = np.random.default_rng(5)
    real = np.round(rng.normal(0.0, 3.0, size=(2000, 1)))  # every value but the outermost many times over
    good = rng.normal(0.0, 3.0, size=(2000, 1))
    result = precision_recall(real, good)
    assert result.precision > 0.95
    assert result.recall > 0.95
    assert precision_recall(real, good + 100.0) == PrecisionRecall(0.0, 0.0)
    assert precision_recall(real, real + 0.0) == PrecisionRecall(1.0, 1.0)


def test_shares_count_every_copy() -> None:
    real = np.array([[0.0]] * 6 + [[1.0], [2.0], [3.0], [50.0]])
    fake = np.array([[0.0], [0.1], [0.2], [0.3], [0.3], [200.0], [200.1]])
    result = precision_recall(real, fake, 1)
    assert result.precision == pytest.approx(5 / 7)  # all but the two at 200
    assert result.recall == pytest.approx(6 / 10)  # the six zeros: the fake balls end at 0.4


def test_few_distinct_points_give_finite_balls() -> None:
    real = np.repeat([[0.0], [1.0]], 50, axis=0)
    result = precision_recall(real, np.linspace(0.0, 1.0, 101)[:, None])
    assert result == PrecisionRecall(1.0, 1.0)
    assert precision_recall(real, np.full((9, 1), 5.0)) == PrecisionRecall(0.0, 0.0)


def test_too_wide_a_generator_loses_precision() -> None:
    rng = np.random.default_rng(2)
    result = precision_recall(rng.normal(size=(1000, 2)), rng.normal(0.0, 4.0, size=(1000, 2)))
    assert result.recall > 0.9
    assert 0.1 < result.precision < 0.5


def test_perfect_is_what_a_fresh_pair_scores() -> None:
    distribution = parse("uniform(0,1)")
    result = perfect_precision_recall(distribution, 500, np.random.default_rng(3))
    rng = np.random.default_rng(4)
    pairs = [
        precision_recall(distribution.sample(500, rng), distribution.sample(500, rng)) for _ in range(10)
    ]
    assert result.precision == pytest.approx(np.mean([pair.precision for pair in pairs]), abs=0.02)
    assert result.precision == result.recall < 1.0


@pytest.mark.parametrize(
    ("real", "fake", "k", "words"),
    [
        (np.zeros((3, 2)), np.zeros((9, 2)), 3, "real: shape .* n >= 4"),
        (np.zeros((9, 2)), np.zeros((3, 2)), 3, "fake: shape .* n >= 4"),
        (np.zeros((9, 2)), np.zeros((9, 1)), 3, r"fake: should be \[m, 2\]"),
        (np.zeros((9, 2)), np.full((9, 2), np.inf), 3, "fake: every value should be finite"),
        (np.zeros((9, 2)), np.zeros((9, 2)), 0, "k: should be >= 1"),
    ],
)
def test_bad_input_is_named(real: np.ndarray, fake: np.ndarray, k: int, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        precision_recall(real, fake, k)
