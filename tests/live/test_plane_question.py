"""What may be asked about the plane."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ganlab.live.questions import PARTS, PlaneQuestion, PlaneView, QuestionError, parse_question
from ganlab.specs import SpecError

P, Q = "normal([0,0],1)", "0.5*normal([1,0],[0.5,2])+0.5*ring(8,radius=1,std=0.1)"


def ask(**fields: Any) -> PlaneQuestion:
    question = parse_question(json.dumps({"type": "plane", "p": P, "q": Q} | fields))
    assert isinstance(question, PlaneQuestion)
    return question


def test_a_question_is_a_view_and_what_is_wanted_of_it() -> None:
    question = ask(parts=["fields", "point"], x=1.5, y=-2, cells=50)
    assert question.parts == ("fields", "point")
    assert (question.x, question.y, question.cells) == (1.5, -2.0, 50)
    assert ask().parts == PARTS
    assert set(PlaneView.model_fields) < set(PlaneQuestion.model_fields)
    assert not {"parts", "left", "x", "type"} & set(PlaneView.model_fields), "none of it stands in a link"


def test_a_view_survives_its_link() -> None:
    view = PlaneView.make(
        {
            "p": P,
            "q": Q,
            "field": "witness",
            "theta": 33.5,
            "lines": True,
            "show": ["js", "w2"],
            "units": "bits",
        }
    )
    assert PlaneView.from_query(view.to_query()) == view
    assert view.to_query()["show"] == "js,w2"


@pytest.mark.parametrize(
    ("fields", "field", "says"),
    [
        ({"p": "normal(0,1)"}, "p", "dimension 1"),
        ({"q": "normal([0,0],1"}, "q", "not a distribution"),
        ({"q": "grid(15)"}, "q", "225 components"),
        ({"q": "+".join(["1*normal([0,0],1)"] * 17)}, "q", "17 components"),
        ({"theta": 200}, "theta", "180"),
        ({"field": "sky"}, "field", "ratio"),
        ({"parts": ["everything"]}, "parts", "fields"),
        ({"show": ["w1"]}, "show", "choose one of"),
        ({"kernel": "magic"}, "kernel", "choose one of"),
        ({"bandwidth": 0}, "bandwidth", "greater"),
        ({"cells": 5000}, "cells", "200"),
        ({"left": "nan"}, "left", "finite"),
        ({"nonsense": 1}, "", "not permitted"),
    ],
)
def test_a_wrong_question_is_refused_by_name(fields: dict[str, Any], field: str, says: str) -> None:
    with pytest.raises(QuestionError, match=says) as caught:
        ask(**fields)
    assert caught.value.field == field


def test_the_place_of_a_mistake_in_a_text_is_known() -> None:
    with pytest.raises(QuestionError) as caught:
        ask(p="normal([0,0],-1)")
    assert caught.value.position == 13
    with pytest.raises(SpecError, match=r"a number from 0\.0001 to 1000"):
        PlaneView.make({"p": "normal([0,0],-1)"})


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ({"left": -1, "right": 2, "bottom": -3, "top": 0}, (-1, 2, -3, 0)),
        ({"left": -1, "right": 2}, None),
        ({"left": 2, "right": 2, "bottom": 0, "top": 1}, None),
        ({"left": 2, "right": 1, "bottom": 0, "top": 1}, None),
        ({}, None),
    ],
)
def test_a_window_has_a_width_and_a_height(window: dict[str, float], expected: Any) -> None:
    assert ask(**window).window == expected
