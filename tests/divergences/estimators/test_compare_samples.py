"""`compare_samples` and the table of estimators: what is accepted, what is refused, what the rows say."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from ganlab.divergences.estimators import ESTIMATORS, Options, compare_samples
from ganlab.divergences.pair import pair_of
from ganlab.divergences.registry import DIVERGENCES
from ganlab.divergences.results import DivergenceError, Value

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(80, 1)), RNG.normal(0.8, 1.2, size=(60, 1))
ROW = pytest.mark.parametrize("name", list(ESTIMATORS))


def samples(name: str, n: int = 120) -> tuple[np.ndarray, np.ndarray]:
    dim, rng = ESTIMATORS[name].dims[0], np.random.default_rng(1)
    return rng.normal(size=(n, dim)), rng.normal(0.8, 1.2, size=(n, dim))


# --- two lines of Python


@pytest.mark.parametrize("dim", [1, 2])
def test_all_estimators_of_a_dimension_at_once(dim: int) -> None:
    x, y = RNG.normal(size=(2, 60, dim))
    found = compare_samples(x, y)
    assert list(found) == [name for name, row in ESTIMATORS.items() if dim in row.dims]
    assert all(isinstance(value, Value) and value.name == name for name, value in found.items())
    assert found.sizes == (60, 60)
    for value in found.values():
        assert value.interval is not None or value.reason is not None
        assert value.seconds > 0


def test_a_vector_is_a_column() -> None:
    names = ["w1_sorted", "kl_pq_neighbours"]
    one, other = compare_samples(X[:, 0].tolist(), Y[:, 0], names), compare_samples(X, Y, names)
    assert [value.value for value in one.values()] == [value.value for value in other.values()]


def test_the_options_in_use_are_there() -> None:
    found = compare_samples(X, Y, ["mmd2_unbiased"])
    assert found.options.bandwidth > 0
    again = compare_samples(X, Y, ["mmd2_unbiased"], bandwidth=found.options.bandwidth)
    assert again["mmd2_unbiased"].value == found["mmd2_unbiased"].value
    assert compare_samples(X, Y, "kl_pq_neighbours", k=2)["kl_pq_neighbours"].value != pytest.approx(
        compare_samples(X, Y, "kl_pq_neighbours", k=9)["kl_pq_neighbours"].value
    )


@ROW
def test_the_order_of_a_sorted_file_does_no_harm(name: str) -> None:
    """Halves and blocks are taken from a shuffled order, so a sorted file covers as any other."""
    x, y = samples(name, 300)
    order = np.argsort(x[:, 0]), np.argsort(y[:, 0])
    plain, ordered = (compare_samples(a, b, [name])[name] for a, b in ((x, y), (x[order[0]], y[order[1]])))
    if math.isinf(plain.value):
        assert math.isinf(ordered.value)
        return
    assert plain.interval is not None
    half = (plain.interval.high - plain.interval.low) / 2
    assert abs(ordered.value - plain.value) < 3 * half


@ROW
def test_the_same_samples_give_the_same_numbers(name: str) -> None:
    x, y = samples(name)
    one, again = (dataclasses.replace(compare_samples(x, y, [name])[name], seconds=0.0) for _ in range(2))
    assert one == again


# --- what is refused


@pytest.mark.parametrize(
    ("x", "y", "said"),
    [
        (X, Y[:1], r"y: should have at least 2 points. Received 1"),
        (X, np.ones((9, 2)) * np.arange(9)[:, None], r"y: should have 1 columns as x has. Received 2"),
        (np.zeros((4, 3)), Y, r"x: shape should be \[n\], \[n, 1\] or \[n, 2\]. Received \[4, 3\]"),
        (np.zeros((2, 2, 2)), Y, r"x: shape should be .* Received shape \[2, 2, 2\]"),
        (
            [1.0, math.nan, 2.0],
            Y,
            r"x: every value should be finite. Received 1 .*, the first is nan in row 1",
        ),
        (X, [1.0, math.inf], r"y: every value should be finite"),
        (
            np.full(7, 3.0),
            Y,
            r"x: should have points that differ \(zero variance\). Received 7 times \[3.0\]",
        ),
        (["a", "b"], Y, r"x: should be an array of numbers. Received \['a', 'b'\]"),
        ([], Y, r"x: should have at least 2 points. Received 0"),
        (
            [1.0, 1e30, 2.0],
            Y,
            r"x: every value should be from -1e\+24 to 1e\+24. Received 1 .* 1e\+30 in row 1",
        ),
        (
            X,
            1e-80 * Y,
            r"y: points should differ by 1e-70 or more; use a smaller unit. Received points at most ",
        ),
    ],
)
def test_samples_that_cannot_be_used(x: object, y: object, said: str) -> None:
    with pytest.raises(DivergenceError, match=said):
        compare_samples(x, y)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"names": ["kl"]}, r"names: should be estimators for 1-D samples: .* Received 'kl'"),
        ({"names": ["w2_assignment"]}, r"for 1-D samples"),
        ({"kernel": "cosine"}, r"kernel: should be one of gaussian, .* Received 'cosine'"),
        ({"bandwidth": -1.0}, r"bandwidth: should be a finite number > 0, or 0 to choose one. Received -1.0"),
        ({"bandwidth": math.nan}, r"bandwidth: .* Received nan"),
        ({"k": 0}, r"k: should be a whole number from 1 to 100. Received 0"),
        ({"k": 2.5}, r"k: should be a whole number"),
        ({"bins": 1}, r"bins: should be 2 to 1000, or 0 to choose a number. Received 1"),
        ({"smoothing": "cv"}, r"smoothing: should be one of silverman, scott. Received 'cv'"),
        ({"features": "relu"}, r"features: should be one of fourier, polynomial"),
        ({"directions": 0}, r"directions: should be a whole number from 1 to 1000"),
        ({"blur": math.inf}, r"blur: should be a finite number"),
    ],
)
def test_options_that_cannot_be_used(options: dict[str, object], said: str) -> None:
    with pytest.raises(DivergenceError, match=said):
        compare_samples(X, Y, **options)  # type: ignore[arg-type]


@ROW
def test_too_few_points_have_a_reason(name: str) -> None:
    row = ESTIMATORS[name]
    value = row.of(*samples(name, row.least - 1), Options())
    assert math.isnan(value.value)
    assert value.interval is None
    assert value.reason is not None
    assert value.reason.code == "too_few"


@ROW
def test_the_least_is_enough_for_a_value(name: str) -> None:
    row = ESTIMATORS[name]
    value = row.of(*samples(name, row.least), Options(k=1))
    assert not math.isnan(value.value)


def test_more_points_than_an_estimator_can_take_are_thinned_and_that_is_said() -> None:
    row = ESTIMATORS["w2_assignment"]
    x, y = RNG.normal(size=(2, row.limit + 5, 2))
    small = dataclasses.replace(row, limit=100)
    value = small.of(x, y, Options())
    assert value.value == row.of(x[:100], y[:100], Options().settled(x[:100], y[:100])).value
    assert value.reason is not None
    assert value.reason.text == "computed from the first 100 points of a side; there are 1005 and 1005"
    assert row.limit == 1000


# --- the table


@ROW
def test_rows_say_what_a_page_needs(name: str) -> None:
    row = ESTIMATORS[name]
    assert row.target in DIVERGENCES
    assert row.units == DIVERGENCES[row.target].units
    assert name.startswith(row.target)
    assert set(row.dims) <= {1, 2}
    assert row.label
    assert row.source
    assert row.about.endswith(".")
    assert row.method.endswith(".")
    assert row.least <= 10 < row.most <= row.limit
    assert bool(row.approaches) == bool(row.covers)


@ROW
def test_aims_are_the_exact_value_or_below_or_named(name: str) -> None:
    """A row that has no aim of its own aims at the divergence; with P = Q everything aims at 0."""
    row = ESTIMATORS[name]
    text = "normal(0,1)" if row.dims[0] == 1 else "normal([0,0],1)"
    x, y = samples(name)
    aim = row.aim(pair_of(text, text), Options(), x, y)
    assert aim is not None
    assert aim == pytest.approx(0.0, abs=1e-6) or row.covers
    assert aim < 0.01


@ROW
def test_intervals_never_leave_the_range_upwards(name: str) -> None:
    x, y = samples(name, 40)
    value = ESTIMATORS[name].of(x, y + 30, Options())
    if value.interval is not None:
        assert value.interval.high <= DIVERGENCES[ESTIMATORS[name].target].high


def test_bits_scale_the_interval_too() -> None:
    value = compare_samples(X, Y, ["js_bound"])["js_bound"]
    bits = value.in_bits()
    assert value.interval is not None
    assert bits.interval is not None
    assert bits.interval.high == pytest.approx(value.interval.high / math.log(2))
