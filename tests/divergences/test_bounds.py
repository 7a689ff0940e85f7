"""The inequalities: they hold on random pairs, their sides are the textbook's, and a false value is noticed."""

from __future__ import annotations

import dataclasses
import math

import pytest
from hypothesis import given, settings

from ganlab.divergences import BOUNDS, compare
from ganlab.divergences.bounds import Bound
from ganlab.divergences.results import Value
from ganlab.registry import Registry
from tests.divergences.problems import mixtures

ON_THE_LINE = sorted({name for row in BOUNDS.values() for name in row.needs})


def values(**numbers):
    return {name: Value(name, number, error=0.0) for name, number in numbers.items()}


@given(p=mixtures(most=3), q=mixtures(most=3))
@settings(deadline=None, max_examples=40)
def test_every_bound_holds_between_computed_values(p, q):
    found = compare(p, q, ON_THE_LINE)
    assert len(found.bounds) == len(BOUNDS)
    for held in found.bounds:
        assert held.holds, held
        assert held.bound.holds(found)


def test_sides_of_exhibit_12():
    found = compare("normal(0,1)", "normal(2,1)")
    sides = {held.bound.name: (held.left, held.right) for held in found.bounds}
    tv = 2 * 0.8413447460685429 - 1
    assert sides["pinsker"] == pytest.approx((tv, 1.0), abs=1e-9)
    assert sides["bretagnolle_huber"] == pytest.approx((tv, math.sqrt(1 - math.exp(-2))), abs=1e-9)
    h2 = 1 - math.exp(-0.5)
    assert sides["hellinger_below"] == pytest.approx((h2, tv), abs=1e-9)
    assert sides["hellinger_above"] == pytest.approx((tv, math.sqrt(h2 * (2 - h2))), abs=1e-9)
    assert sides["js_tv"] == pytest.approx((0.33683082, math.log(2) * tv), abs=5e-9)
    assert sides["kl_chi2"] == pytest.approx((2.0, 4.0), abs=1e-9)  # ln(1 + χ²) = Δ²
    assert sides["hellinger_kl"] == pytest.approx((2 * h2, 2.0), abs=1e-9)
    assert sides["w1_w2"] == pytest.approx((2.0, 2.0), abs=1e-9)
    assert sides["jeffreys_sum"] == pytest.approx((4.0, 4.0), abs=1e-9)
    assert sides["tv_js"] == pytest.approx((tv**2 / 2, 0.33683082), abs=5e-9)
    assert sides["js_jeffreys"] == pytest.approx((0.33683082, 1.0), abs=5e-9)
    assert sides["energy_w1"][1] == pytest.approx(4.0, abs=1e-9)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("pinsker", {"tv": 0.6, "kl_pq": 0.5}),
        ("bretagnolle_huber", {"tv": 0.99, "kl_pq": 2.0}),
        ("hellinger_below", {"hellinger2": 0.5, "tv": 0.4}),
        ("hellinger_above", {"tv": 0.9, "hellinger2": 0.3}),
        ("js_tv", {"js": 0.6, "tv": 0.5}),
        ("kl_chi2", {"kl_pq": 1.0, "chi2_pq": 1.0}),
        ("hellinger_kl", {"hellinger2": 0.6, "kl_pq": 1.0}),
        ("w1_w2", {"w1": 1.1, "w2": 1.0}),
        ("jeffreys_sum", {"jeffreys": 0.9, "kl_pq": 0.5, "kl_qp": 0.5}),
        ("tv_js", {"tv": 0.9, "js": 0.4}),
        ("js_jeffreys", {"js": 0.3, "jeffreys": 1.0}),
        ("energy_w1", {"energy2": 2.1, "w1": 1.0}),
    ],
)
def test_a_false_value_breaks_it(name, wrong):
    assert BOUNDS[name].holds(values(**wrong)) is False


def test_every_row_is_broken_by_a_test():
    broken = test_a_false_value_breaks_it.pytestmark[0].args[1]
    assert {name for name, _ in broken} == set(BOUNDS)


def test_infinite_and_missing_values():
    pinsker, jeffreys = BOUNDS["pinsker"], BOUNDS["jeffreys_sum"]
    assert pinsker.holds(values(tv=1.0, kl_pq=math.inf)) is True
    assert BOUNDS["kl_chi2"].holds(values(kl_pq=math.inf, chi2_pq=math.inf)) is True
    assert BOUNDS["kl_chi2"].holds(values(kl_pq=math.inf, chi2_pq=1.0)) is False
    assert jeffreys.holds(values(jeffreys=math.inf, kl_pq=1.0, kl_qp=math.inf)) is True
    assert pinsker.between(values(tv=0.1)) is None
    assert pinsker.holds(values(tv=0.1, kl_pq=math.nan)) is None


def test_the_error_of_a_value_is_its_slack():
    exact = values(w1=1.0 + 1e-9, w2=1.0)
    assert BOUNDS["w1_w2"].holds(exact) is False
    doubtful = exact | {"w2": dataclasses.replace(exact["w2"], error=1e-8)}
    assert BOUNDS["w1_w2"].holds(doubtful) is True


def test_rows_are_complete_and_new_ones_are_read():
    for row in BOUNDS.values():
        assert row.label
        assert row.source
        assert row.formula
        assert row.units in ("none", "nats", "x")
    rows = Registry("bound")
    rows.add(
        Bound(
            name="js_small",
            label="Jensen-Shannon is bounded",
            formula=r"\mathrm{JS}\le\ln 2",
            source="Lin 1991",
            needs=("js",),
            left=lambda js: js,
            right=lambda js: math.log(2),
        )
    )
    assert rows["js_small"].holds(compare("normal(0,1)", "normal(9,1)", ["js"])) is True
