"""Texts round-trip, and hostile ones are refused with a place and a reason."""

from __future__ import annotations

import contextlib
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ganlab.distributions import FAMILIES, DistributionError, Family, Parameter, examples, mixture, parse

OWN = {"samples", "drawn"}


def values(parameter: Parameter) -> st.SearchStrategy[object]:
    number = st.floats(parameter.low, parameter.high)
    std = st.floats(0.01, 100)
    correlation = st.floats(-0.99, 0.99)
    matrix = st.builds(lambda s, t, r: ((s * s, r * s * t), (r * s * t, t * t)), std, std, correlation)
    return {
        "real": number,
        "integer": st.integers(math.ceil(parameter.low), math.floor(parameter.high)),
        "vector": st.tuples(number, number),
        "spread": st.one_of(std, st.tuples(std, std), matrix),
    }[parameter.kind]


@st.composite
def simple(draw: st.DrawFn, dim: int) -> object:
    rows = [row for row in FAMILIES.values() if row.dim == dim and row.key not in OWN]
    row: Family = draw(st.sampled_from(rows))
    chosen = {p.name: draw(values(p)) for p in row.parameters}
    if row.name in ("uniform", "triangular"):
        ends = sorted(chosen)  # high, low(, mode) in the order of the alphabet
        low, mode, high = sorted([*(chosen[e] for e in ends), 0.0][:3])
        chosen = {"low": low, "high": high + 1e-3} | ({"mode": mode} if row.name == "triangular" else {})
        chosen["high"] = min(chosen["high"], 1e3)
        chosen["low"] = min(chosen["low"], 900.0)
        if row.name == "triangular":
            chosen["mode"] = min(max(chosen["mode"], chosen["low"]), chosen["high"])
    try:
        return row.build(**chosen)
    except DistributionError:  # a condition between two parameters: take the example instead
        return parse(row.example or "")


@st.composite
def distributions(draw: st.DrawFn) -> object:
    dim = draw(st.sampled_from([1, 2]))
    parts = draw(st.lists(simple(dim), min_size=1, max_size=4))
    weights = draw(st.lists(st.floats(1e-3, 1e3), min_size=len(parts), max_size=len(parts)))
    return mixture(weights, parts)


@given(distributions())
@settings(max_examples=300, deadline=None)
def test_every_distribution_survives_its_text(d):
    again = parse(str(d))
    assert again == d
    assert hash(again) == hash(d)
    assert str(again) == str(d)


def test_every_example_is_canonical():
    assert set(examples()) == set(FAMILIES) - {"samples"}
    for key, text in examples().items():
        assert str(parse(text)) == text, key
        assert parse(text) == parse(text)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("ring(8)", "ring(8,radius=1,std=0.01)"),
        (" ring( 8 ,\n std = 1e-2 ) ", "ring(8,radius=1,std=0.01)"),
        ("grid(5,spacing=2,std=0.05)", "grid(5,spacing=2,std=0.05)"),
        ("normal(-0.0,std=1)", "normal(0,1)"),
        ("normal(0,1000)", "normal(0,1000)"),
        ("normal([0,0],[[1,0.5],[0.5,2]])", "normal([0,0],[[1,0.5],[0.5,2]])"),
        ("normal([1,-1],0.5)", "normal([1,-1],0.5)"),
        ("normal(cov=[1,2])", "normal([0,0],[1,2])"),
        ("0.3*normal(-2,0.5)+0.7*normal(1.5,0.8)", "0.3*normal(-2,0.5)+0.7*normal(1.5,0.8)"),
        ("3*normal(-2,0.5)+1*normal(1.5,0.8)", "0.75*normal(-2,0.5)+0.25*normal(1.5,0.8)"),
        ("normal(0,1)+cauchy(0,1)", "0.5*normal(0,1)+0.5*cauchy(0,1)"),
        ("0.2*normal(0,1)", "normal(0,1)"),
    ],
)
def test_canonical_text(text, canonical):
    assert str(parse(text)) == canonical


@pytest.mark.parametrize(
    ("text", "position", "says"),
    [
        ("", 0, "empty"),
        ("   ", 0, "empty"),
        ("7", 0, "one of"),
        ("foo(1)", 0, "unknown family 'foo'"),
        ("nromal(0,1)", 0, "did you mean normal"),
        ("__import__('os')", 0, "unknown family '__import__'"),
        ("normal(0,1).sample", 11, "'.'"),
        ("(lambda: normal(0,1))()", 7, "':'"),
        ("normal(0, eval)", 10, "'eval'"),
        ("normal(0, 2**3)", 10, "2**3"),
        ("normal(0, 1j)", 11, "after a number"),
        ("normal(0, 1_0)", 11, "after a number"),
        ("normal(0, True)", 10, "'True'"),
        ("normal(0, None)", 10, "'None'"),
        ("normal(0, nan)", 10, "'nan'"),
        ("normal(0, 1e400)", 10, "finite"),
        ("normal(0, -1)", 10, "std is -1; allowed: a number from 0.0001"),
        ("normal(1e9, 1)", 7, "mean is 1000000000"),
        ("normal('0', 1)", 7, "mean is '0'"),
        ("normal(0,1,2)", 11, "normal takes mean, std"),
        ("normal(0,sd=1)", 9, "unknown parameter 'sd'"),
        ("normal(0,mean=1)", 9, "given twice"),
        ("normal(**x)", 7, "unknown parameter None"),
        ("normal(*x)", 7, "'*x'"),
        ("normal(0,1", 6, "never closed"),
        ("normal[0]", 0, "'normal[0]'"),
        ("normal(normal(0,1),1)", 7, "normal(0,1)"),
        ("normal(0,1)-normal(0,1)", 0, "joined by +"),
        ("normal(0,1)*normal(0,1)", 0, "positive weight"),
        ("-1*normal(0,1)+normal(1,1)", 0, "above 0"),
        ("0*normal(0,1)+normal(1,1)", 0, "above 0"),
        ("normal(0,1)+ring(8)", 12, "2-D component"),
        ("2*(normal(0,1)+normal(1,1))", 3, "one of"),
        ("uniform(1,0)", 10, "above low"),
        ("triangular(0,2,1)", 13, "mode is 2"),
        ("ring(8.5)", 5, "whole number"),
        ("ring(0)", 5, "from 1 to 100"),
        ("ring(std=0.1,n=1000)", 15, "from 1 to 100"),
        ("normal([0,0,0],1)", 7, "two numbers"),
        ("normal([0,0],[[1,2],[2,1]])", 13, "positive definite"),
        ("normal([0,0],[[1,0.5],[0.1,1]])", 13, "symmetric"),
        ("normal([0,0],[[1,0],[0]])", 13, "covariance"),
        ("moons(std=0.9)", 10, "at most 0.25"),
        ('samples("../../etc/passwd")', 8, "letters, digits"),
        ('samples("00")', 8, "16 hexadecimal"),
        ("samples()", 0, "id is missing"),
        ('drawn("A")', 6, "base64url"),
        ("normal(0,1)\\", 11, "\\\\"),
        ("normal(０,1)", 7, "'０'"),
        ("normаl(0,1)", 4, "'а'"),  # a Cyrillic letter
        ("normal(0,1)\x00", 11, "x00"),
        ("[" * 50, 6, "deep"),
        ("normal(" + "[" * 50, 12, "deep"),
        ("ring(8)" + " " * 2000, 2000, "at most 2000"),
        ("+".join(["normal(0,1)"] * 65), 768, "at most 64"),
        ("1e-12*normal(0,1)+normal(1,1)", 0, "share"),
        ("1e7*normal(0,1)+normal(1,1)", 0, "at most 1e6"),
        ("+".join(["grid(15)"] * 9), 0, "at most 2000"),
    ],
)
def test_refused_with_place_and_reason(text, position, says):
    with pytest.raises(DistributionError) as caught:
        parse(text)
    assert caught.value.position == position
    assert says in str(caught.value)


@pytest.mark.parametrize(
    "text", ["-" * 1999 + "1", "+" * 1999, "~1", "normal(" + "-" * 1900 + "1,1)", "9" * 1999]
)
def test_long_chains_neither_crash_nor_pass(text):
    with pytest.raises(DistributionError):
        parse(text)


@pytest.mark.parametrize("value", [None, 3, b"ring(8)", ["ring(8)"]])
def test_only_text_is_parsed(value):
    with pytest.raises(DistributionError, match="is a text"):
        parse(value)


@given(st.text(max_size=80) | st.text("normalring()[]+-*.,=0123456789e'\"_ ", max_size=80))
@settings(max_examples=500, deadline=None)
def test_any_text_is_parsed_or_refused_with_a_place(text):
    place = 0
    try:
        d = parse(text)
    except DistributionError as error:
        place = -1 if error.position is None else error.position
    else:
        assert parse(str(d)) == d
    assert 0 <= place <= len(text)


@given(st.sampled_from(sorted(examples().values())), st.integers(0, 60), st.text(max_size=3))
@settings(max_examples=500, deadline=None)
def test_a_damaged_text_is_refused_or_still_round_trips(text, at, insertion):
    with contextlib.suppress(DistributionError):
        d = parse(text[:at] + insertion + text[at + 1 :])
        assert parse(str(d)) == d


def test_a_refused_parameter_names_family_bounds_in_python_too():
    with pytest.raises(DistributionError, match=r"std is -1; allowed: a number from 0.0001 to 100") as caught:
        FAMILIES["ring"].build(8, std=-1.0)
    assert caught.value.position is None
    assert caught.value.parameter == "std"
