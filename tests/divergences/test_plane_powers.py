"""Powers of densities in the plane: numbers, and infinite exactly when they are."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ganlab.divergences import gaussian
from tests.divergences.planes import (
    NEYMAN,
    PEARSON,
    brute,
    mixture_text,
    plane,
    single,
    value,
)

SEEDS = st.integers(0, 2**32 - 1)


@pytest.mark.parametrize("alpha", [2.0, 1.5, -1.0, -0.5, 0.25])
def test_powers_of_mixtures_agree_with_a_plain_grid(alpha: float) -> None:
    narrow = "0.6*normal([0,0],[[0.6,0.2],[0.2,0.5]])+0.4*normal([1,-1],0.7)"
    wide = "0.5*normal([0.5,0],[[0.9,-0.2],[-0.2,0.7]])+0.5*normal([-1,1],0.8)"
    pair = plane(narrow, wide) if alpha > 0 else plane(wide, narrow)

    def power(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.exp(alpha * a + (1 - alpha) * b)

    (expected,) = brute(pair, power, low=-25, high=25, n=800)
    assert pair.log_power(alpha).value == pytest.approx(math.log(expected), rel=1e-6, abs=1e-6)
    if alpha == 2.0:
        assert value(pair, PEARSON) == pytest.approx(expected - 1, rel=1e-6)
        assert value(plane(wide, narrow), NEYMAN) == pytest.approx(expected - 1, rel=1e-6)
    elif alpha == -1.0:
        assert value(pair, NEYMAN) == pytest.approx(expected - 1, rel=1e-6)
        assert value(pair, PEARSON, flipped=True) == pytest.approx(expected - 1, rel=1e-6)


def test_chi2_is_infinite_exactly_when_it_is() -> None:
    """p²/q needs 2Σ₁⁻¹ − Σ₂⁻¹ positive definite: σ₁² < 2σ₂² in every direction."""
    for ratio, finite in ((1.999, True), (2.0, False), (2.001, False)):
        pair = plane(f"normal([0,0],[[{ratio},0],[0,1]])", "normal([0,0],[[1,0],[0,3]])")
        answer = pair.f_divergence(PEARSON)
        assert math.isfinite(answer.value) == finite
        expected = gaussian.chi2(*single(pair))
        assert answer.value == pytest.approx(expected, rel=1e-5)
    reason = plane("normal([0,0],[[4,0],[0,1]])", "normal([0,0],1)").f_divergence(PEARSON).reason
    assert reason.code == "plane_light_tail"
    assert reason.numbers["degrees"] % 180 == pytest.approx(0.0, abs=1e-9)
    assert reason.numbers["square"] == pytest.approx(0.25)  # p²/q = exp(−x²/4 + x²/2 …)
    assert reason.text == (
        f"Q's tail is lighter at {reason.numbers['degrees']:.4g}°: log p/q grows like r² there, and "
        "p²/q behaves like exp(+0.25 r²)"
    )
    everywhere = plane("normal([0,0],2)", "normal([1,0],1)").f_divergence(PEARSON).reason
    assert "in every direction" in everywhere.text
    flipped = plane("normal([0,0],1)", "normal([1,0],2)").f_divergence(PEARSON, flipped=True)
    assert flipped.value == math.inf
    assert flipped.reason.text.startswith("P's tail is lighter in every direction: log q/p")


def test_components_of_q_may_share_the_work() -> None:
    """Neither component of Q alone makes p²/q integrable; together they do, and only while both are wide enough."""
    q = "0.5*normal([0,0],[[4,0],[0,{s}]])+0.5*normal([0,0],[[{s},0],[0,4]])"
    pair = plane("normal([0,0],1)", q.format(s=0.4))
    (expected,) = brute(pair, lambda a, b: np.exp(2 * a - b), low=-30, high=30, n=1000)
    assert pair.log_power(2.0).value == pytest.approx(math.log(expected), abs=2e-5)
    # at 45° the precision of Q is (1/4 + 1/s)/2: it reaches 2 at s = 4/15
    assert math.isfinite(plane("normal([0,0],1)", q.format(s=0.267)).log_power(2.0).value)
    answer = plane("normal([0,0],1)", q.format(s=0.266)).log_power(2.0)
    assert answer.value == math.inf
    assert answer.reason.numbers["degrees"] % 90 == pytest.approx(45.0, abs=1e-6)


@pytest.mark.parametrize(("x", "finite"), [(0.0, True), (0.4, True), (0.6, False), (2.0, False)])
def test_where_squares_cancel_means_decide(x: float, finite: bool) -> None:
    """σ₂² = σ₁²/2: p²/q falls exponentially in every direction just when the mean of P is among those of Q."""
    q = "+".join(f"0.25*normal([{a},{b}],[[0.5,0],[0,0.5]])" for a, b in ((1, 0), (-1, 0), (0, 1), (0, -1)))
    pair = plane(f"normal([{x},{x}],1)", q)  # the hull of Q's means is |x| + |y| < 1
    answer = pair.log_power(2.0)
    assert math.isfinite(answer.value) == finite
    if x == 0.0:
        (expected,) = brute(pair, lambda a, b: np.exp(2 * a - b), low=-25, high=25, n=800)
        assert answer.value == pytest.approx(math.log(expected), abs=1e-5)


@settings(max_examples=25, deadline=None)
@given(SEEDS)
def test_convergence_agrees_with_growing_boxes(seed: int) -> None:
    """log p²/q on circles of radius 1e4 and 2e4: it falls in every direction where the integral is finite."""
    pair = plane(mixture_text(seed, 2, low=0.5, high=1.5), mixture_text(seed // 7 + 3, 2, low=0.5, high=1.5))
    angles = 2 * math.pi * np.arange(20_000) / 20_000
    u = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    logs = [2 * pair.p.logpdf(r * u) - pair.q.logpdf(r * u) for r in (1e4, 2e4)]
    steepest = float(np.max(logs[1] - logs[0]))
    if abs(steepest) > 1e5:  # not at the edge, where 20,000 directions do not tell
        assert (pair.log_power(2.0).value < math.inf) == (steepest < 0)
