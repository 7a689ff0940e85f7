"""Mode coverage against a plain loop, closed forms and a perfect sampler."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2

from ganlab.distributions import Modes, parse
from ganlab.evaluation import baseline, coverage, perfect

LINE = Modes(np.array([[0.0], [10.0], [20.0]]), np.array([1.0, 1.0, 2.0]), np.array([0.5, 0.3, 0.2]))


def by_hand(samples: np.ndarray, modes: Modes) -> tuple[int, float, float, list[float]]:
    """The protocol as PacGAN's own loop has it, one sample at a time."""
    counts = [0] * len(modes.weights)
    for x in samples:
        distances = [math.dist(x, centre) for centre in modes.centres]
        k = distances.index(min(distances))
        counts[k] += distances[k] <= 3 * modes.spreads[k]
    good = sum(counts)
    kl = sum(c / good * math.log(c / good / w) for c, w in zip(counts, modes.weights, strict=True) if c)
    return sum(c > 0 for c in counts), good / len(samples), kl, [c / len(samples) for c in counts]


@given(st.integers(1, 6), st.integers(1, 2), st.integers(0, 2**32 - 1))
def test_agrees_with_a_plain_loop(k: int, dim: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    modes = Modes(rng.normal(size=(k, dim)), rng.uniform(0.05, 0.4, k), rng.dirichlet(np.full(k, 3.0)))
    x = np.concatenate([modes.centres, rng.normal(size=(40, dim))])
    covered, high_quality, kl, share = by_hand(x, modes)
    result = coverage(x, modes)
    assert (result.covered, result.total) == (covered, k)
    assert result.high_quality == pytest.approx(high_quality)
    assert result.reverse_kl == pytest.approx(kl, abs=1e-12)
    assert result.share == pytest.approx(np.array(share))


def test_a_case_small_enough_to_read() -> None:
    # within 3σ: 0, 2.9, 10 and 25.9 (σ = 2 there); 5 and 27 are nobody's
    result = coverage(np.array([[0.0], [2.9], [10.0], [25.9], [5.0], [27.0]]), LINE)
    assert (result.covered, result.total) == (3, 3)
    assert result.high_quality == pytest.approx(4 / 6)
    assert result.share == pytest.approx(np.array([2, 1, 1]) / 6)
    expected = 0.5 * math.log(1.0) + 0.25 * math.log(0.25 / 0.3) + 0.25 * math.log(0.25 / 0.2)
    assert result.reverse_kl == pytest.approx(expected)


def test_half_of_eight_modes_has_reverse_kl_ln_2() -> None:
    modes = parse("ring(8)").modes()
    assert modes is not None
    result = coverage(modes.centres[::2], modes)
    assert (result.covered, result.high_quality) == (4, 1.0)
    assert result.reverse_kl == pytest.approx(math.log(2))


def test_no_high_quality_sample() -> None:
    result = coverage(np.full((5, 1), 5.0), LINE)
    assert (result.covered, result.high_quality, result.reverse_kl) == (0, 0.0, math.inf)
    assert result.share.sum() == 0.0


def test_modes_without_weight() -> None:
    modes = Modes(np.array([[0.0], [10.0]]), np.array([1.0, 1.0]), np.array([1.0, 0.0]))
    assert coverage(np.array([[0.0], [10.0]]), modes).reverse_kl == math.inf
    assert coverage(np.array([[0.0]]), modes).reverse_kl == 0.0
    assert perfect(modes, 100).reverse_kl == 0.0
    assert perfect(modes, 100).covered == pytest.approx(1.0)


def test_samples_that_are_not_finite_belong_to_no_mode() -> None:
    result = coverage(np.array([[0.0], [math.nan], [math.inf], [-math.inf]]), LINE)
    assert (result.covered, result.high_quality) == (1, 0.25)


@pytest.mark.parametrize("samples", [np.zeros((3, 2)), np.zeros(3), np.zeros((0, 1))])
def test_wrong_shapes_are_named(samples: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"samples: shape should be \[n, 1\]"):
        coverage(samples, LINE)


def test_sigmas_is_the_radius() -> None:
    x = np.array([[1.9], [2.1]])
    assert [coverage(x, LINE, sigmas).high_quality for sigmas in (1.0, 2.0, 3.0)] == [0.0, 0.5, 1.0]


@pytest.mark.parametrize(
    ("text", "share", "reverse_kl"), [("ring(8)", 0.98889, 0.0014), ("grid(5)", 0.98889, 0.0048)]
)
def test_perfect_is_the_published_baseline(text: str, share: float, reverse_kl: float) -> None:
    modes = parse(text).modes()
    assert modes is not None
    result = perfect(modes, 2500)
    assert result.high_quality == pytest.approx(share, abs=5e-6)
    assert result.high_quality == pytest.approx(chi2.cdf(9, 2), rel=1e-12)
    assert result.reverse_kl == pytest.approx(reverse_kl, abs=1e-12)
    assert result.covered == pytest.approx(len(modes.weights), abs=1e-6)
    assert result.share.sum() == pytest.approx(result.high_quality)


def test_perfect_on_the_line_and_of_rare_modes() -> None:
    assert perfect(LINE, 100).high_quality == pytest.approx(0.9973, abs=1e-6)
    rare = Modes(np.array([[0.0], [10.0]]), np.array([1.0, 1.0]), np.array([0.999, 0.001]))
    assert perfect(rare, 100).covered == pytest.approx(1 + 1 - (1 - 0.001 * 0.9973) ** 100, abs=1e-6)


@pytest.mark.parametrize("text", ["ring(8)", "grid(5)", "0.3*normal(-4,0.5)+0.7*normal(4,0.8)"])
def test_a_perfect_sampler_scores_the_baseline(text: str) -> None:
    distribution = parse(text)
    modes = distribution.modes()
    assert modes is not None
    rng = np.random.default_rng(0)
    draws = [coverage(distribution.sample(2500, rng), modes) for _ in range(40)]
    expected = perfect(modes, 2500)
    share = np.mean([draw.high_quality for draw in draws])
    error = math.sqrt(expected.high_quality * (1 - expected.high_quality) / (2500 * 40))
    assert abs(share - expected.high_quality) < 4 * error
    assert np.mean([draw.reverse_kl for draw in draws]) == pytest.approx(expected.reverse_kl, rel=0.5)
    assert min(draw.covered for draw in draws) == len(modes.weights)


def test_baseline_takes_the_closed_form_where_it_holds() -> None:
    distribution = parse("ring(8)")
    modes = distribution.modes()
    assert modes is not None
    result = baseline(distribution, 2500, np.random.default_rng(0))
    assert result is not None
    assert result.high_quality == perfect(modes, 2500).high_quality


@pytest.mark.parametrize("text", ["cauchy(0,1)", "0.8*normal(0,1)+0.2*normal(2,1)"])
def test_baseline_of_other_modes_is_what_the_truth_scores(text: str) -> None:
    distribution = parse(text)
    modes = distribution.modes()
    assert modes is not None
    result = baseline(distribution, 2500, np.random.default_rng(0))
    assert result is not None
    again = coverage(distribution.sample(50_000, np.random.default_rng(1)), modes)
    assert result.high_quality == pytest.approx(again.high_quality, abs=0.01)
    assert result.share == pytest.approx(again.share, abs=0.01)
    assert np.abs(result.share - perfect(modes, 2500).share).max() > 0.01


def test_baseline_without_modes() -> None:
    assert baseline(parse("uniform(0,1)"), 100, np.random.default_rng(0)) is None


def test_perfect_needs_a_sample() -> None:
    with pytest.raises(ValueError, match="n: should be >= 1"):
        perfect(LINE, 0)
