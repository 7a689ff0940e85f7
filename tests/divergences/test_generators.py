"""The f-table: conjugates by a numeric supremum, T* by differences, the identities between them, and the limits."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ganlab.divergences import GENERATORS, DivergenceError
from ganlab.divergences.generators import alpha_generator

ALPHAS = [-1.0, 0.0, 0.3, 0.5, 1.0, 1.5, 2.0, 3.0]
EVERY = [*GENERATORS.values(), *map(alpha_generator, ALPHAS)]
U = np.concatenate([np.geomspace(1e-4, 0.99, 60), np.geomspace(1.01, 1e4, 60)])
FACTS = {  # facts: f(2), f*(−¼), T*(2), f′(1)
    "kl": (2 * math.log(2), math.exp(-1.25), 1 + math.log(2), 1),
    "reverse_kl": (-math.log(2), -1 - math.log(0.25), -0.5, -1),
    "pearson": (1, 1 / 64 - 0.25, 2, 0),
    "neyman": (0.5, 2 - 2 * math.sqrt(1.25), 0.75, 0),
    "hellinger": ((math.sqrt(2) - 1) ** 2, -0.2, 1 - 1 / math.sqrt(2), 0),
    "jensen_shannon": (
        -3 * math.log(1.5) + 2 * math.log(2),
        -math.log(2 - math.exp(-0.25)),
        math.log(4 / 3),
        0,
    ),
    "gan": (
        2 * math.log(2) - 3 * math.log(3),
        -math.log(1 - math.exp(-0.25)),
        math.log(2 / 3),
        -math.log(2),
    ),
    "total_variation": (0.5, -0.25, 0.5, 0),
}


def named(rows):
    return pytest.mark.parametrize("row", rows, ids=lambda row: row.name)


def test_the_table_is_that_of_the_paper():
    assert set(FACTS) == set(GENERATORS)
    for name, (f, conjugate, optimal, slope) in FACTS.items():
        row = GENERATORS[name]
        assert row.f(np.array([2.0]))[0] == pytest.approx(f, rel=1e-14)
        assert row.conjugate(np.array([-0.25]))[0] == pytest.approx(conjugate, rel=1e-13)
        assert row.optimal(np.array([math.log(2)]))[0] == pytest.approx(optimal, rel=1e-14)
        assert row.slope == pytest.approx(slope, abs=1e-15)


@named(EVERY)
def test_optimal_is_the_derivative_of_f(row):
    step = 1e-6 * U
    slope = (row.f(U + step) - row.f(U - step)) / (2 * step)
    assert row.optimal(np.log(U)) == pytest.approx(slope, rel=2e-6, abs=2e-8)
    assert row.optimal(np.zeros(1))[0] == pytest.approx(row.slope, abs=1e-12) or row.kinked


@named(EVERY)
def test_conjugate_is_the_supremum(row):
    fine = np.concatenate([np.linspace(0, 5, 100_001), np.geomspace(5, 1e6, 100_001)])
    f = row.f(fine)
    inside = row.optimal(np.log(np.array([0.05, 0.3, 0.9, 1.5, 4.0, 100.0])))
    for t in inside:
        supremum = np.max(fine * t - f)
        assert row.conjugate(np.array([t]))[0] == pytest.approx(supremum, rel=1e-5, abs=1e-7)


@named([row for row in EVERY if not row.kinked])
def test_fenchel_holds_with_equality_at_the_optimum(row):
    u = np.geomspace(0.02, 50, 40)
    t = row.optimal(np.log(u))
    assert row.conjugate(t) == pytest.approx(u * t - row.f(u), rel=1e-9, abs=1e-11)


@named(EVERY)
def test_activation_stays_in_the_domain_and_composes(row):
    v = np.linspace(-4, 4, 81)
    t = row.activation(v)
    low, high = row.domain
    if row.name != "pearson":  # its conjugate is finite everywhere: nothing keeps t above −2
        assert np.all((t >= low) & (t <= high))
    assert row.composed(v) == pytest.approx(row.conjugate(t), rel=1e-8, abs=1e-10)


@named(EVERY)
def test_composed_never_overflows_to_nan(row):
    v = np.array([-800.0, -50.0, 0.0, 50.0, 800.0])
    assert not np.isnan(row.composed(v)).any()
    assert not np.isnan(row.activation(v)).any()


@named(EVERY)
def test_limits_at_zero_and_infinity(row):
    assert row.f(np.zeros(1))[0] == pytest.approx(row.at_zero)
    far = np.array([1e12])
    if math.isfinite(row.at_infinity):
        assert (row.f(far) / far)[0] == pytest.approx(row.at_infinity, abs=1e-5)
    else:
        power, logs = row.growth_infinity
        expected = far**power * np.log(far) ** logs
        wider = np.array([1e14])
        growth = (row.f(wider) / wider / (row.f(far) / far))[0]
        assert growth == pytest.approx((wider**power * np.log(wider) ** logs / expected)[0], rel=0.05)
    if row.at_zero == math.inf:
        power, logs = row.growth_zero
        near, nearer = np.array([1e-12]), np.array([1e-14])
        growth = (row.f(nearer) / row.f(near))[0]
        assert growth == pytest.approx(100**power * (14 / 12) ** logs, rel=0.05)


LOGS = st.floats(-30, 30)


@named(EVERY)
@given(log_p=LOGS, log_q=LOGS)
@settings(deadline=None, max_examples=40)
def test_contribution_is_q_f_of_the_ratio(row, log_p, log_q):
    p, q = np.array([log_p]), np.array([log_q])
    expected = math.exp(log_q) * row.f(np.exp(p - q))[0]
    scale = math.exp(log_p) + math.exp(log_q) + abs(expected)
    assert row.contribution(p, q)[0] == pytest.approx(expected, abs=1e-12 * scale)
    lowest = row.f(np.ones(1))[0] * math.exp(log_q)
    assert row.excess(p, q)[0] >= lowest - 1e-14 * scale


@named(EVERY)
def test_contributions_where_a_density_vanishes(row):
    nothing, some = np.array([-math.inf]), np.array([math.log(0.3)])
    assert row.contribution(nothing, some)[0] == pytest.approx(0.3 * row.at_zero)
    assert row.contribution(some, nothing)[0] == pytest.approx(0.3 * row.at_infinity)
    assert row.contribution(nothing, nothing)[0] == 0.0
    assert row.contribution(some, some)[0] == pytest.approx(0.3 * row.at_one, abs=1e-15)


def test_log_domain_where_densities_underflow():
    log_p, log_q = np.array([-1800.0, -2630.0]), np.array([-1810.0, -2000.0])  # e^−745 is the smallest float
    for row in EVERY:
        assert np.isfinite(row.contribution(log_p, log_q)).all()
    assert GENERATORS["pearson"].contribution(np.array([-400.0]), np.array([-1000.0]))[0] == pytest.approx(
        math.exp(200.0)
    )


def test_alpha_has_the_others_as_special_cases():
    u = np.geomspace(0.01, 100, 50)
    kl, reverse = GENERATORS["kl"].f(u) - (u - 1), GENERATORS["reverse_kl"].f(u) + (u - 1)
    assert alpha_generator(1.0).f(u) == pytest.approx(kl, rel=1e-12, abs=1e-13)
    assert alpha_generator(0.0).f(u) == pytest.approx(reverse, rel=1e-12, abs=1e-13)
    assert alpha_generator(2.0).f(u) == pytest.approx(GENERATORS["pearson"].f(u) / 2, rel=1e-12, abs=1e-14)
    assert alpha_generator(-1.0).f(u) == pytest.approx(GENERATORS["neyman"].f(u) / 2, rel=1e-12, abs=1e-14)
    assert alpha_generator(0.5).f(u) == pytest.approx(2 * GENERATORS["hellinger"].f(u), rel=1e-12, abs=1e-14)
    for limit in (0.0, 1.0):
        near = alpha_generator(limit + 1e-9).f(u)
        assert near == pytest.approx(alpha_generator(limit).f(u), rel=1e-6, abs=1e-12)
    with pytest.raises(DivergenceError, match=r"alpha: should be a finite number\. Received nan"):
        alpha_generator(math.nan)


def test_two_known_divergences_of_coins_agree_with_torch():
    p, q = np.array([0.2, 0.8]), np.array([0.6, 0.4])
    expected = torch.distributions.kl_divergence(
        *(torch.distributions.Categorical(torch.tensor(side)) for side in (p, q))
    )
    assert GENERATORS["kl"].contribution(np.log(p), np.log(q)).sum() == pytest.approx(
        float(expected), rel=1e-7
    )
    assert GENERATORS["reverse_kl"].contribution(np.log(q), np.log(p)).sum() == pytest.approx(
        float(expected), rel=1e-7
    )
