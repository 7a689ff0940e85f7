"""JS from masses against closed forms, laws and scipy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import jensenshannon
from scipy.stats import norm

from ganlab.divergences import js_from_masses

WEIGHTS = st.integers(1, 40).flatmap(
    lambda n: st.tuples(*(arrays(np.float64, n, elements=st.floats(1e-3, 1.0)) for _ in range(2)))
)


def normal_masses(mean: float, std: float = 1.0) -> np.ndarray:
    """Masses of N(mean, std²) on 4,002 cells, the outer two unbounded."""
    edges = np.linspace(-12.0, 14.0, 4001)
    return np.diff(np.concatenate([[0.0], norm.cdf(edges, mean, std), [1.0]]))


@pytest.mark.parametrize(("shift", "expected"), [(1.0, 0.11142148), (2.0, 0.33683082)])
def test_two_normals(shift: float, expected: float) -> None:
    assert js_from_masses(normal_masses(0.0), normal_masses(shift)) == pytest.approx(expected, abs=3e-6)


def test_dropping_half_of_eight_modes() -> None:
    q = np.repeat([0.25, 0.0], 4)
    # the mixture is 3/16 on the kept modes and 1/16 on the others
    expected = 0.5 * (0.5 * math.log(2 / 3) + 0.5 * math.log(2)) + 0.5 * math.log(4 / 3)
    assert expected == pytest.approx(0.2158, abs=5e-5)
    assert js_from_masses(np.full(8, 0.125), q) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("theta", [0.0, 0.25, 0.5, 1.0])
def test_shifted_uniforms_saturate(theta: float) -> None:
    cells = np.arange(80) / 40.0
    p, q = (((cells >= low) & (cells < low + 1.0)) / 40.0 for low in (0.0, theta))
    assert js_from_masses(p, q) == pytest.approx(min(theta, 1.0) * math.log(2), abs=1e-14)


@given(WEIGHTS)
def test_agrees_with_scipy_and_is_symmetric(pair: tuple[np.ndarray, np.ndarray]) -> None:
    p, q = (weights / weights.sum() for weights in pair)
    expected = jensenshannon(p, q) ** 2 if not np.allclose(p, q, rtol=1e-3) else js_from_masses(q, p)
    assert js_from_masses(p, q) == pytest.approx(expected, rel=1e-7, abs=1e-14)
    assert js_from_masses(p, q) == pytest.approx(js_from_masses(q, p), rel=1e-9, abs=1e-18)


@given(WEIGHTS)
def test_identical_is_exactly_zero_and_merging_cells_never_raises_it(
    pair: tuple[np.ndarray, np.ndarray],
) -> None:
    p, q = (weights / weights.sum() for weights in pair)
    assert js_from_masses(p, p) == 0.0
    half = p.size // 2
    coarse = js_from_masses([p[:half].sum(), p[half:].sum()], [q[:half].sum(), q[half:].sum()])
    assert coarse <= js_from_masses(p, q) + 1e-15


def test_subnormal_and_disjoint_masses() -> None:
    tiny = 5e-324
    assert js_from_masses([1.0, tiny], [1.0, 0.0]) == pytest.approx(0.0, abs=1e-300)
    assert js_from_masses([1.0, tiny, 0.0], [tiny, tiny, 1.0]) == pytest.approx(math.log(2), rel=1e-15)
    assert js_from_masses([1.0, 0.0], [0.0, 1.0]) == math.log(2)


def test_small_differences_keep_their_digits() -> None:
    # JS ≈ Σ (p−q)²/8m; the textbook sum of p ln(p/m) loses everything here
    step = 1e-9
    assert js_from_masses([0.5, 0.5], [0.5 + step, 0.5 - step]) == pytest.approx(step**2 / 2, rel=1e-6)


@pytest.mark.parametrize(
    ("p", "q", "words"),
    [
        ([0.5, 0.4], [0.5, 0.5], "p: masses should sum to 1"),
        ([0.5, 0.5], [1.5, -0.5], "q: masses should be finite and >= 0"),
        ([0.5, math.nan], [0.5, 0.5], "p: masses should be finite"),
        (["a"], [1.0], r"p: should be masses \[n\]. Received \['a'\]"),
        ([1.0], [1j], r"q: should be masses \[n\]. Received \[1j\]"),
        ([0.5, 0.5], [1.0], "q: should have as many cells"),
        ([[1.0]], [1.0], "p: shape"),
        ([], [], "p: shape"),
    ],
)
def test_bad_masses_are_named(p: list, q: list, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        js_from_masses(p, q)
