"""The exhibits of the plane: what they say is what the core computes."""

from __future__ import annotations

import math
import re

import pytest

from ganlab.divergences import compare
from ganlab.exhibits import Exhibit, Number, of_page
from ganlab.live.questions import PlaneView

PLANE = of_page("plane")


def computed(exhibit: Exhibit, number: Number) -> float:
    """The number, by the core."""
    view = PlaneView.make(exhibit.values)
    options = {"alpha": view.alpha, "kernel": view.kernel, "bandwidth": view.bandwidth}
    return compare(view.p, view.q, [number.key], **options)[number.key].value


@pytest.mark.parametrize(
    ("exhibit", "number"),
    [(exhibit, number) for exhibit in PLANE for number in exhibit.numbers],
    ids=lambda one: one.name if isinstance(one, Exhibit) else one.key,
)
def test_the_numbers_are_what_the_core_computes(exhibit: Exhibit, number: Number) -> None:
    found = computed(exhibit, number)
    if math.isinf(number.value):
        assert found == math.inf
    else:
        assert abs(found - number.value) <= number.tolerance


@pytest.mark.parametrize("exhibit", PLANE, ids=lambda one: one.name)
def test_what_is_asked_about_is_on_the_page(exhibit: Exhibit) -> None:
    view = PlaneView.make(exhibit.values)
    assert {number.key for number in exhibit.numbers} <= set(view.show)
    assert {"p", "q"} <= set(exhibit.values), "the link of an exhibit says all"
    assert PlaneView.from_query(view.to_query()) == view


def test_no_two_are_the_same() -> None:
    views = [PlaneView.make(exhibit.values) for exhibit in PLANE]
    assert len(set(views)) == len(views)


def test_the_texts_say_the_numbers() -> None:
    """Every decimal in an explanation is one of the numbers, rounded, a parameter, or a constant that is named."""
    constants = {
        "0.693",
        "0.45",
        "1.7",
    }  # ln 2; the W2 of two samples, and MMD² in powers of ten, are checked below
    for exhibit in PLANE:
        values = [computed(exhibit, number) for number in exhibit.numbers]
        known = {f"{abs(value):.{k}f}" for value in values if math.isfinite(value) for k in (1, 2, 3, 4)}
        given = set(re.findall(r"\d+\.\d+", " ".join(map(str, exhibit.values.values()))))
        said = set(re.findall(r"\d+\.\d+", exhibit.explanation))
        assert said <= known | given | constants, exhibit.name


def named(name: str) -> PlaneView:
    return PlaneView.make(next(exhibit for exhibit in PLANE if exhibit.name == name).values)


def test_two_samples_of_one_distribution_are_about_that_far_apart() -> None:
    from ganlab.distributions import parse
    from ganlab.live.plane_picture import transport

    view = named("two_samples")
    found = [transport(parse(view.p), parse(view.q), seed)[1]["w2"] for seed in range(20)]
    assert sum(found) / len(found) == pytest.approx(0.45, abs=0.02)
    assert min(found) > 0.3


def test_the_wide_kernel_sees_next_to_nothing_and_the_linear_one_nothing() -> None:
    view = named("witness_wide")
    assert f"{compare(view.p, view.q, ['mmd2'], bandwidth=10.0)['mmd2'].value:.1e}" == "1.7e-07"
    assert compare(view.p, view.q, ["mmd2"], kernel="linear")["mmd2"].value == pytest.approx(0, abs=1e-12)


def test_the_streaks_fall_short_of_lines_by_as_little_as_is_said() -> None:
    """1 − TV = 2Φ(−Δ/2σ) for two Gaussians of one covariance, and ln 2 − JS is at most (1 − TV)·ln 2."""
    from scipy.stats import norm

    assert 2 * norm.cdf(-0.5 / (2 * 0.02)) < 1e-33


def test_the_medians_of_the_two_hills_lie_between_the_two_kernels() -> None:
    from ganlab.live.plane_answer import PlaneAnswer
    from ganlab.live.questions import PlaneQuestion

    view = named("witness_narrow")
    _, info = PlaneAnswer(PlaneQuestion(**view.model_dump(), parts=("values",)))()
    assert 0.5 < info["median"] < 5
    sigma = info["median"]
    assert compare(view.p, view.q, ["mmd2"], bandwidth=sigma)["mmd2"].value > 0.003
