"""What samples may come in."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ganlab.divergences.from_samples import checked_pair, checked_points
from ganlab.divergences.results import DivergenceError


def test_a_vector_is_one_dimension() -> None:
    assert checked_points("x", [1, 2, 3]).shape == (3, 1)
    assert checked_points("x", np.ones((4, 2), dtype=np.float32)).dtype == np.float64


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: checked_points("x", []),
            r"x: shape should be \[n, dim\] with n >= 1. Received shape \[0, 1\]",
        ),
        (lambda: checked_points("x", np.ones((2, 2, 2))), "x: shape"),
        (lambda: checked_points("x", np.ones((3, 0))), "x: shape"),
        (lambda: checked_points("y", [[1.0, 2.0]], dim=1), r"y: shape should be \[n, 1\]"),
        (lambda: checked_points("x", [1.0], least=2), "n >= 2"),
        (
            lambda: checked_points("x", [1.0, math.nan, math.inf]),
            "Received 2 that are not, the first is nan in row 1",
        ),
        (lambda: checked_points("x", [1.0, 1e51]), r"from -1e\+50 to 1e\+50. Received 1 .* 1e\+51 in row 1"),
        (lambda: checked_points("x", [1.0, 1j]), "x: should be an array of real numbers. Received complex"),
        (lambda: checked_points("x", [10**400]), "x: should be an array of numbers. Received .1000"),
        (lambda: checked_points("x", ["one"]), "x: should be an array of numbers"),
        (lambda: checked_points("x", [[1.0], [1.0, 2.0]]), "x: should be an array of numbers"),
        (lambda: checked_pair([[1.0, 2.0]], [1.0]), r"y: shape should be \[n, 2\]"),
    ],
)
def test_bad_input_is_named(call, words: str) -> None:
    with pytest.raises(DivergenceError, match=words):
        call()
