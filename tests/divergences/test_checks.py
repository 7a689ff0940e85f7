"""Single numbers at the edge."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from ganlab.divergences import DivergenceError, compare, compare_samples
from ganlab.divergences.checks import checked_number, checked_positive, checked_whole
from ganlab.divergences.mmd import mmd2_blocks
from ganlab.divergences.transport import directions
from ganlab.divergences.two_sample import classifier_test, mmd_test

X = np.arange(9.0)


@pytest.mark.parametrize("value", [3, np.int64(3), np.uint8(3)])
def test_whole_numbers_of_python_and_numpy(value):
    found = checked_whole("k", value, 1, 3)
    assert (found, type(found)) == (3, int)


@pytest.mark.parametrize("value", [0, 4, 2.0, "2", True, None, math.nan, [2]])
def test_what_is_no_whole_number_in_range(value):
    with pytest.raises(DivergenceError, match=r"k: should be a whole number from 1 to 3\. Received "):
        checked_whole("k", value, 1, 3)


@pytest.mark.parametrize("value", [2, 0.5, np.float32(0.5), Fraction(1, 2)])
def test_positive_numbers(value):
    assert checked_positive("s", value) == checked_number("s", value) == float(value)


@pytest.mark.parametrize("value", [math.inf, math.nan, "1", None, True, 1j, np.ones(2)])
def test_what_is_no_number(value):
    for check, allowed in ((checked_positive, "finite number > 0"), (checked_number, "finite number")):
        with pytest.raises(DivergenceError, match=f"s: should be a {allowed}. Received"):
            check("s", value)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: compare("normal(0,1)", "normal(1,1)", alpha="x"),
            "alpha: should be from 0 to 20. Received x",
        ),
        (lambda: compare("normal(0,1)", "normal(1,1)", bandwidth=None), "bandwidth: .* Received None"),
        (lambda: compare("normal(0,1)", "normal(1,1)", kernel=["gaussian"]), "kernel: should be one of"),
        (lambda: compare_samples(X, X + 1, bandwidth="3"), "bandwidth: .* or 0 to choose one. Received 3"),
        (lambda: mmd_test(X, X + 1, permutations=2.5), "permutations: .* from 1 to 10000. Received 2.5"),
        (lambda: classifier_test(X, X + 1, permutations="5"), "permutations: .* Received '5'"),
        (lambda: mmd_test(X, X + 1, seed=-1), "seed: should be a whole number >= 0. Received -1"),
        (lambda: mmd2_blocks(X, X, 1.0, block=2.5), "block: should be a whole number from 2 to 4"),
        (lambda: directions(2.5, 2, np.random.default_rng()), "k: should be a whole number >= 1"),
    ],
)
def test_wrong_types_are_named_where_they_come_in(call, words):
    with pytest.raises(DivergenceError, match=words):
        call()


def test_numbers_of_numpy_are_taken():
    assert compare_samples(X, X + 1, ["kl_pq_neighbours"], k=np.int64(2)).options.k == 2
