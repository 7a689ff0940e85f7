"""Exhibits: what they say is what the core computes, and each opens on its page."""

from __future__ import annotations

import math
import re

import pytest

from ganlab.divergences import compare
from ganlab.divergences.results import LN2
from ganlab.exhibits import EXHIBITS, Exhibit, Number, of_page
from ganlab.live.questions import LineQuestion

LINE = of_page("densities")


def computed(exhibit: Exhibit, number: Number) -> float:
    """The number, by the core, in its unit."""
    spec = LineQuestion.make(exhibit.values)
    if number.key == "optimal_value":
        return compare(spec.p, spec.q, ["js"]).optimal_value
    options = {"alpha": spec.alpha, "kernel": spec.kernel, "bandwidth": spec.bandwidth}
    value = compare(spec.p, spec.q, [number.key], **options)[number.key].value
    return value / LN2 if number.units == "bits" else value


@pytest.mark.parametrize(
    ("exhibit", "number"),
    [(exhibit, number) for exhibit in LINE for number in exhibit.numbers],
    ids=lambda one: one.name if isinstance(one, Exhibit) else f"{one.key}-{one.units}",
)
def test_the_numbers_are_what_the_core_computes(exhibit: Exhibit, number: Number) -> None:
    found = computed(exhibit, number)
    if math.isinf(number.value):
        assert found == math.inf
    else:
        assert abs(found - number.value) <= number.tolerance


@pytest.mark.parametrize("exhibit", LINE, ids=lambda one: one.name)
def test_what_is_asked_about_is_on_the_page(exhibit: Exhibit) -> None:
    spec = LineQuestion.make(exhibit.values)
    assert {number.key for number in exhibit.numbers} - {"optimal_value"} <= set(spec.show)
    assert {"p", "q"} <= set(exhibit.values), "the link of an exhibit says all"
    assert LineQuestion.from_query(spec.to_query()) == spec


@pytest.mark.parametrize("exhibit", EXHIBITS.values(), ids=lambda one: one.name)
def test_each_asks_a_question_and_does_not_give_the_answer_away(exhibit: Exhibit) -> None:
    assert "?" in exhibit.prediction
    assert exhibit.numbers
    for number in exhibit.numbers:
        if number.value not in (0, 1, 2, math.inf):
            assert f"{number.value:.3g}" not in exhibit.prediction


def test_no_two_exhibits_of_a_page_are_the_same() -> None:
    specs = [LineQuestion.make(exhibit.values) for exhibit in LINE]
    assert len(set(specs)) == len(specs)


def test_the_texts_say_the_numbers() -> None:
    """Every decimal in an explanation is one of the numbers, rounded, or a constant that is named."""
    constants = {"0.693", "1.386", "0.930"}
    for exhibit in LINE:
        values = [computed(exhibit, number) for number in exhibit.numbers]
        known = {f"{abs(value):.{k}f}" for value in values if math.isfinite(value) for k in (1, 3, 4)}
        said = set(re.findall(r"\d+\.\d+", exhibit.explanation))
        assert said <= known | constants, exhibit.name


def test_pinsker_and_bretagnolle_huber_are_as_explained() -> None:
    kl = 2.0
    assert math.sqrt(kl / 2) == 1.0
    assert math.sqrt(1 - math.exp(-kl)) == pytest.approx(0.930, abs=5e-4)
