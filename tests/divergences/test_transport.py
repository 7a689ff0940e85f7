"""Transport between samples against POT, linear programs, closed forms and laws."""

from __future__ import annotations

import itertools
import math

import numpy as np
import ot
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from ganlab.divergences import directions, gaussian, sliced_w2, w1, w1_to_quantiles
from ganlab.divergences.results import DivergenceError
from ganlab.divergences.sinkhorn import entropic, sinkhorn
from ganlab.divergences.transport import (
    Transport,
    assignment,
    costs,
    line_transport,
    plan_lines,
    sliced_transport,
)

SIZES = st.tuples(st.integers(1, 30), st.integers(1, 30), st.integers(0, 2**32 - 1))
ORDERS = st.sampled_from([1, 2])


def clouds(n: int, m: int, seed: int, dim: int = 2) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, dim)), rng.normal(0.7, 1.5, size=(m, dim))


def check_plan(plan: Transport, x: np.ndarray, y: np.ndarray, order: int) -> None:
    """Marginals, cost, and the dual: feasible, tight where mass moves, of the same value. Together a proof."""
    n, m, cost = len(x), len(y), costs(x, y, order)
    scale = 1.0 + cost.max()
    assert np.bincount(plan.i, plan.mass, n) == pytest.approx(np.full(n, 1 / n), abs=1e-12)
    assert np.bincount(plan.j, plan.mass, m) == pytest.approx(np.full(m, 1 / m), abs=1e-12)
    assert plan.cost == pytest.approx(float(plan.mass @ cost[plan.i, plan.j]), abs=1e-10 * scale)
    assert plan.distance**order == pytest.approx(plan.cost, rel=1e-12, abs=1e-15)
    slack = cost - plan.potential_x[:, None] - plan.potential_y
    assert slack.min() > -1e-9 * scale
    assert slack[plan.i, plan.j] == pytest.approx(np.zeros(len(plan.i)), abs=1e-9 * scale)
    assert plan.potential_x.mean() + plan.potential_y.mean() == pytest.approx(plan.cost, abs=1e-9 * scale)


# --- on the line


@settings(deadline=None)
@given(SIZES)
def test_w1_agrees_with_pot(sizes: tuple[int, int, int]) -> None:
    x, y = clouds(*sizes, dim=1)
    assert w1(x, y) == pytest.approx(float(ot.wasserstein_1d(x[:, 0], y[:, 0], p=1)), rel=1e-9, abs=1e-12)


@settings(deadline=None)
@given(SIZES, ORDERS)
def test_plans_on_the_line_are_optimal(sizes: tuple[int, int, int], order: int) -> None:
    x, y = clouds(*sizes, dim=1)
    plan = line_transport(x, y, order)
    check_plan(plan, x, y, order)
    pot = float(ot.wasserstein_1d(x[:, 0], y[:, 0], p=order))  # the p-th power
    assert plan.cost == pytest.approx(pot, rel=1e-9, abs=1e-12)


def test_ties_on_the_line() -> None:
    x, y = np.array([[0.0], [0.0], [1.0], [1.0]]), np.array([[1.0], [0.0], [1.0]])
    for order in (1, 2):
        check_plan(line_transport(x, y, order), x, y, order)
    assert line_transport(x, x, 1).distance == 0.0


def test_potentials_give_the_variance_of_w2_squared() -> None:
    """N(0, 1) against N(2, 1.5²), n = 150 and m = 100: spread of 400 redraws against mean Var(f)/n + Var(g)/m."""
    rng = np.random.default_rng(3)
    plans = [line_transport(rng.normal(size=150), rng.normal(2, 1.5, size=100), 2) for _ in range(400)]
    predicted = np.mean([p.potential_x.var() / 150 + p.potential_y.var() / 100 for p in plans])
    assert predicted == pytest.approx(np.var([p.cost for p in plans], ddof=1), rel=0.25)


@pytest.mark.parametrize(("mean", "std"), [(0.0, 1.0), (2.0, 1.0), (0.5, 3.0)])
def test_w1_to_quantiles_of_two_normals(mean: float, std: float) -> None:
    n = 2500
    sample = norm.ppf((np.arange(n) + 0.5) / n)  # the best n points for N(0, 1)
    closed = gaussian.mean_absolute(abs(mean), abs(std - 1.0))
    found = w1_to_quantiles(sample, lambda u: norm.ppf(u, mean, std))
    assert found == pytest.approx(closed, abs=7e-4 * (1 + std))


def test_w1_to_quantiles_error_is_what_the_docstring_says() -> None:
    x = np.random.default_rng(10).normal(size=2500)
    fine = norm.ppf((np.arange(500_000) + 0.5) / 500_000)
    assert abs(w1_to_quantiles(x, norm.ppf) - w1(x, fine)) < 7.5e-4


# --- slices


@settings(deadline=None)
@given(SIZES)
def test_sliced_w2_agrees_with_pot(sizes: tuple[int, int, int]) -> None:
    x, y = clouds(*sizes)
    theta = directions(5, 2, np.random.default_rng(sizes[2]))
    expected = ot.sliced_wasserstein_distance(x, y, projections=theta.T, p=2)
    assert sliced_w2(x, y, theta) == pytest.approx(float(expected), rel=1e-8, abs=1e-10)


@settings(max_examples=30, deadline=None)
@given(SIZES, ORDERS)
def test_sliced_transport_is_made_of_lines(sizes: tuple[int, int, int], order: int) -> None:
    x, y = clouds(*sizes)
    theta = directions(6, 2, np.random.default_rng(0))
    found = sliced_transport(x, y, theta, order)
    expected = ot.sliced_wasserstein_distance(x, y, projections=theta.T, p=order)
    assert found.distance == pytest.approx(float(expected), rel=1e-8, abs=1e-10)
    assert found.distance**order == pytest.approx(np.mean(found.each**order), rel=1e-10, abs=1e-14)
    total = found.potential_x.mean() + found.potential_y.mean()
    assert total == pytest.approx(found.distance**order, rel=1e-9, abs=1e-12)


@settings(deadline=None)
@given(st.floats(-10, 10), st.floats(0.1, 10), SIZES)
def test_laws_of_scale_and_shift(shift: float, scale: float, sizes: tuple[int, int, int]) -> None:
    x, y = clouds(*sizes)
    theta = directions(4, 2, np.random.default_rng(0))
    assert w1(x[:, 0], x[:, 0] + shift) == pytest.approx(abs(shift), abs=1e-9)
    moved = sliced_w2(x, x + np.array([shift, 0.0]), theta)
    assert moved == pytest.approx(abs(shift) / math.sqrt(2), abs=1e-7)
    assert sliced_w2(scale * x, scale * y, theta) == pytest.approx(scale * sliced_w2(x, y, theta), rel=1e-9)
    assert w1(scale * x[:, 0], scale * y[:, 0]) == pytest.approx(scale * w1(x[:, 0], y[:, 0]), rel=1e-9)


def test_sliced_w2_of_a_shift_in_many_dimensions() -> None:
    """Exhibit 11: SW2² = t²/d."""
    x = np.random.default_rng(6).normal(size=(40, 10))
    theta = directions(4000, 10, np.random.default_rng(7))
    assert np.linalg.norm(theta, axis=1) == pytest.approx(np.ones(4000))
    assert sliced_w2(x, x + 3.0 * np.eye(10)[0], theta) == pytest.approx(3 / math.sqrt(10), rel=0.04)


def test_directions_in_the_plane_are_spread_and_seeded() -> None:
    theta = directions(8, 2, np.random.default_rng(8))
    angles = np.sort(np.mod(np.arctan2(theta[:, 1], theta[:, 0]), math.pi))
    assert np.diff(angles) == pytest.approx(np.full(7, math.pi / 8))
    assert np.array_equal(theta, directions(8, 2, np.random.default_rng(8)))
    assert not np.allclose(theta, directions(8, 2, np.random.default_rng(9)))
    assert np.abs(directions(3, 1, np.random.default_rng(0))) == pytest.approx(np.ones((3, 1)))


# --- one to one


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 25), st.integers(0, 2**32 - 1), ORDERS, st.integers(1, 3))
def test_assignments_are_optimal(n: int, seed: int, order: int, dim: int) -> None:
    x, y = clouds(n, n, seed, dim)
    plan = assignment(x, y, order)
    check_plan(plan, x, y, order)
    weights = np.full(n, 1 / n)
    assert plan.cost == pytest.approx(
        float(ot.emd2(weights, weights, costs(x, y, order))), rel=1e-9, abs=1e-12
    )


def test_assignment_potentials_at_full_size_and_with_copies() -> None:
    x, y = clouds(400, 400, 5)
    y[:50] = x[:50]
    y[50:60] = y[60]
    for order in (1, 2):
        check_plan(assignment(x, y, order), x, y, order)


def test_assignment_on_the_line_is_the_line() -> None:
    x, y = clouds(60, 60, 2, dim=1)
    for order in (1, 2):
        assert assignment(x, y, order).distance == pytest.approx(
            line_transport(x, y, order).distance, rel=1e-9
        )


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 20), st.integers(0, 2**32 - 1), ORDERS)
def test_wasserstein_is_a_metric(n: int, seed: int, order: int) -> None:
    rng = np.random.default_rng(seed)
    a, b, c = rng.normal(size=(3, n, 2)) * rng.uniform(0.5, 2, size=(3, 1, 1))
    ab, bc, ac = (assignment(*pair, order).distance for pair in ((a, b), (b, c), (a, c)))
    assert ac <= ab + bc + 1e-9
    assert assignment(b, a, order).distance == pytest.approx(ab, rel=1e-9)
    assert assignment(a, a[::-1], order).distance == pytest.approx(0.0, abs=1e-7)
    assert assignment(3 * a, 3 * b, order).distance == pytest.approx(3 * ab, rel=1e-9)


# --- entropic


def pot_entropic(x: np.ndarray, y: np.ndarray, epsilon: float) -> float:
    a, b, cost = np.full(len(x), 1 / len(x)), np.full(len(y), 1 / len(y)), costs(x, y, 2)
    plan = ot.sinkhorn(
        a, b, cost, epsilon, method="sinkhorn_log", stopThr=1e-12, numItermax=20_000, warn=False
    )
    relative = np.log(np.maximum(plan * len(x) * len(y), 1e-300))
    return float(np.sum(plan * cost) + epsilon * np.sum(plan * relative))


@settings(max_examples=10, deadline=None)
@given(st.integers(2, 25), st.integers(2, 25), st.integers(0, 2**32 - 1), st.floats(0.3, 20))
def test_sinkhorn_agrees_with_pot(n: int, m: int, seed: int, epsilon: float) -> None:
    x, y = clouds(n, m, seed)
    found = sinkhorn(x, y, epsilon)
    terms = pot_entropic(x, y, epsilon), pot_entropic(x, x, epsilon), pot_entropic(y, y, epsilon)
    for term, expected in zip((found.crossed, found.own_x, found.own_y), terms, strict=True):
        assert term.value == pytest.approx(expected, rel=1e-6, abs=1e-6)
    assert found.divergence == pytest.approx(terms[0] - (terms[1] + terms[2]) / 2, abs=1e-5)
    assert found.potential_x.mean() + found.potential_y.mean() == pytest.approx(found.divergence, abs=1e-12)
    assert found.residual < 1e-6


def test_entropic_transport_of_a_set_with_itself_is_above_zero() -> None:
    """Exhibit 11 and a trap: what is not debiased does not know its own copy."""
    x, y = clouds(40, 30, 1)
    assert entropic(x, None, 1.0).value > 0.5
    assert entropic(x, None, 1.0).value == pytest.approx(entropic(x, x, 1.0).value, abs=1e-6)
    assert sinkhorn(x, x, 1.0).divergence == pytest.approx(0.0, abs=1e-7)
    assert sinkhorn(x, y, 1.0).divergence > 0.0


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_sinkhorn_divergence_runs_from_w2_to_the_means(seed: int) -> None:
    x, y = clouds(15, 15, seed)
    w2 = assignment(x, y, 2).cost
    assert sinkhorn(x, y, 0.005).divergence == pytest.approx(w2, rel=0.02)
    gap = float(np.sum((x.mean(axis=0) - y.mean(axis=0)) ** 2))
    assert sinkhorn(x, y, 1e5).divergence == pytest.approx(gap, rel=1e-3, abs=1e-4)


def test_sinkhorn_divergence_of_a_shift_is_its_square() -> None:
    x, _ = clouds(30, 1, 2)
    for epsilon in (0.2, 2.0, 20.0):
        assert sinkhorn(x, x + np.array([3.0, 4.0]), epsilon).divergence == pytest.approx(25.0, rel=1e-6)


def test_sinkhorn_approaches_the_closed_form_between_gaussians() -> None:
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(600, 2)), rng.normal(size=(600, 2)) * [1.5, 0.5] + [1.0, 0.0]
    expected = gaussian.sinkhorn_divergence([0, 0], np.eye(2), [1, 0], np.diag([2.25, 0.25]), 1.0)
    found = sinkhorn(x, y, 1.0)
    deviation = math.sqrt(found.potential_x.var() / 600 + found.potential_y.var() / 600)
    assert abs(found.divergence - expected) < 4 * deviation
    assert deviation < 0.15 * expected


def test_sinkhorn_far_from_the_origin_and_of_one_point() -> None:
    x, y = clouds(20, 25, 3)
    assert sinkhorn(x + 1e4, y + 1e4, 1.0).divergence == pytest.approx(
        sinkhorn(x, y, 1.0).divergence, abs=1e-5
    )
    assert sinkhorn([[0.0, 0.0]], [[3.0, 4.0]]).divergence == pytest.approx(25.0)
    assert sinkhorn([[1.0, 1.0]], [[1.0, 1.0]]).divergence == 0.0


def test_float32_matrix_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = clouds(80, 70, 6)
    expected = sinkhorn(x, y, 0.5).divergence
    monkeypatch.setattr("ganlab.divergences.sinkhorn.DOUBLE_PAIRS", 0)
    monkeypatch.setattr("ganlab.divergences.sinkhorn.BLOCK", 500)
    assert sinkhorn(x, y, 0.5).divergence == pytest.approx(expected, abs=1e-5)


# --- lines


def test_lines_of_a_shift_are_parallel() -> None:
    x, _ = clouds(300, 1, 8)
    lines = plan_lines(x, x + np.array([5.0, 0.0]), most=50)
    assert lines.start.shape == lines.end.shape == (50, 2)
    assert lines.end - lines.start == pytest.approx(np.tile([5.0, 0.0], (50, 1)))
    assert lines.mass.sum() == pytest.approx(1.0)


def test_lines_on_the_plane_do_not_cross_for_order_one() -> None:
    x, y = clouds(30, 30, 9)
    lines = plan_lines(x, y, order=1)

    def side(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> float:
        return float(np.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])))

    for (a, b), (c, d) in itertools.combinations(zip(lines.start, lines.end, strict=True), 2):
        assert not (side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0)


def test_lines_of_unequal_samples_are_thinned() -> None:
    x, y = clouds(70, 90, 10)
    assert len(plan_lines(x, y).mass) == 70
    assert len(plan_lines(x[:, :1], y[:, :1], most=40).mass) == 40


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: w1([[1.0, 2.0]], [1.0]), r"x: shape should be \[n, 1\]"),
        (lambda: w1([1.0], []), "y: shape"),
        (lambda: w1([math.nan], [1.0]), "x: every value should be finite"),
        (lambda: line_transport([1.0], [2.0], 3), "order: should be 1 or 2. Received 3"),
        (lambda: sliced_w2([[1.0, 2.0]], [[1.0]], [[1.0, 0.0]]), "y: shape"),
        (lambda: sliced_w2([[1.0, 2.0]], [[1.0, 1.0]], [[1.0]]), "directions: shape"),
        (lambda: directions(0, 2, np.random.default_rng()), "k: should be a whole number >= 1"),
        (lambda: assignment([1.0], [1.0, 2.0]), "equally many points, at most 1000. Received 1 and 2"),
        (lambda: assignment(np.zeros(1001), np.zeros(1001)), "at most 1000"),
        (lambda: sinkhorn([1.0], [2.0], 0.0), "epsilon: should be a finite number > 0"),
        (lambda: sinkhorn([1.0], [2.0], 1.0, tolerance=0.0), "tolerance: should be a finite number > 0"),
        (lambda: sinkhorn(np.zeros(6000), np.zeros(5000)), "at most 25,000,000 pairs"),
        (lambda: plan_lines([1.0], [1.0], most=0), "most: should be a whole number from 1 to 1000"),
    ],
)
def test_bad_input_is_named(call, words: str) -> None:
    with pytest.raises(DivergenceError, match=words):
        call()
