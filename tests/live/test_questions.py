"""Questions are links, states and messages at once: they round-trip, have bounds, and their errors say what to do."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from ganlab.distributions import FAMILIES, parse, store
from ganlab.divergences.registry import DIVERGENCES
from ganlab.live.questions import KINDS, LineQuestion, QuestionError, components, described, parse_question
from ganlab.specs import SpecError

LINES = [row.example for row in FAMILIES.values() if row.dim == 1 and row.example]
NAMES = [name for name, row in DIVERGENCES.items() if 1 in row.dims]

texts = some.lists(some.sampled_from(LINES), min_size=1, max_size=4).map("+".join)
questions = some.builds(
    LineQuestion,
    p=texts,
    q=texts,
    show=some.lists(some.sampled_from(NAMES), max_size=6, unique=True).map(tuple),
    alpha=some.floats(0, 20),
    bandwidth=some.floats(1e-3, 1e3),
    units=some.sampled_from(["nats", "bits"]),
    scale=some.sampled_from(["linear", "log"]),
    dstar=some.booleans(),
    steps=some.integers(0, 4),
    low=some.none() | some.floats(-100, -1),
    high=some.none() | some.floats(1, 100),
)


@given(questions)
@settings(max_examples=60, deadline=None)
def test_a_question_is_a_link_and_a_message(question: LineQuestion) -> None:
    assert LineQuestion.from_query(question.to_query()) == question
    assert parse_question(question.model_dump_json()) == question
    assert parse_question(json.dumps(question.model_dump(mode="json"))) == question
    assert {"p", "q"} <= set(question.to_query())


@pytest.mark.parametrize("kind", KINDS.values())
def test_the_defaults_are_a_question_and_its_kind_is_in_no_link(kind: type) -> None:
    question = kind()
    assert parse_question(question.model_dump_json()) == question
    assert "type" not in question.to_query()
    assert KINDS[question.type] is kind


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("p", "ring(8)", "distributions on the line"),
        ("q", "+".join(["normal(0,1)"] * 9), "at most 8"),
        ("show", "kl_pq,sliced_w2", "choose one of"),
        ("integrand", "w2", "choose one of"),
        ("kernel", "boxcar", "choose one of"),
        ("alpha", 21, "less than or equal to 20"),
        ("bandwidth", "inf", "finite"),
        ("steps", 5, "less than or equal to 4"),
        ("units", "bans", "'nats' or 'bits'"),
    ],
)
def test_what_is_wrong_is_named(field: str, value: object, words: str) -> None:
    with pytest.raises(SpecError) as error:
        LineQuestion().changed(**{field: value})
    named, _, allowed = error.value.problems[0]
    assert named.partition(".")[0] == field
    assert words in allowed


def test_samples_have_no_density_to_drag(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANLAB_DATA", str(tmp_path))
    identity = store.put(np.array([[0.0], [0.5], [1.0]], np.float32), "mine.csv", (0.0,), 1.0)
    with pytest.raises(SpecError, match="have no density"):
        LineQuestion().changed(p=f'samples("{identity}")')


def test_names_come_once_and_may_be_none() -> None:
    assert LineQuestion.make({"show": "js,tv,js"}).show == ("js", "tv")
    assert LineQuestion.make({"show": "none"}).show == ()
    assert LineQuestion.make({"show": "none"}).to_query()["show"] == "none"


def test_a_view_without_length_is_none() -> None:
    assert LineQuestion().view is None
    assert LineQuestion(low=1.0).view is None
    assert LineQuestion(low=1.0, high=1.0).view is None
    assert LineQuestion(low=2.0, high=1.0).view is None
    assert LineQuestion(low=-1.0, high=1.0).view == (-1.0, 1.0)


@given(texts)
@settings(max_examples=40, deadline=None)
def test_components_are_the_mixture_taken_apart(text: str) -> None:
    whole = parse(text)
    parts = described(whole)
    assert sum(part["weight"] for part in parts) == pytest.approx(1)
    for part, (weight, one) in zip(parts, components(whole), strict=True):
        assert part["weight"] == weight
        assert FAMILIES[part["family"]].build(**part["values"]) == one


def test_a_message_that_is_no_question() -> None:
    for text in (
        "",
        "null",
        "3",
        '"line"',
        "{}",
        '{"type": ["line"]}',
        '{"type": "line", "alpha": Infinity}',
    ):
        with pytest.raises(QuestionError):
            parse_question(text)
