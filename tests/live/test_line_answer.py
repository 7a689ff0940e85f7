"""The answer to a question about two densities: its curves integrate to its values, and nothing narrow is missed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from ganlab.distributions import FAMILIES, parse
from ganlab.divergences import DIVERGENCES, Divergence, Options, Pair, Value, compare
from ganlab.divergences.compare import evaluate
from ganlab.divergences.results import LN2
from ganlab.live.answers import answer
from ganlab.live.frames import decode, encode
from ganlab.live.questions import LineQuestion

NAMES = [name for name, row in DIVERGENCES.items() if 1 in row.dims]
DRAWN = [name for name in NAMES if DIVERGENCES[name].integrand is not None]
LINES = [row.example for row in FAMILIES.values() if row.dim == 1 and row.example]
TWO = {"p": "0.3*normal(-2,0.5)+0.7*normal(1.5,0.8)", "q": "normal(0.5,0.7)"}


def ask(**fields: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """As the browser gets it."""
    return decode(encode(*answer(LineQuestion.make(fields))))


def values(info: dict[str, Any]) -> dict[str, float]:
    return {row["name"]: float(row["value"]) for row in info["values"]}


# ---------------------------------------------------------------- values


@given(some.sampled_from(LINES), some.sampled_from(LINES), some.sampled_from(["nats", "bits"]))
@settings(max_examples=25, deadline=None)
def test_values_are_those_of_the_core(p: str, q: str, units: str) -> None:
    _, info = ask(p=p, q=q, show=["kl_pq", "js", "tv", "w1"], units=units)
    found = compare(p, q, ["kl_pq", "js", "tv", "w1"])
    for name, value in values(info).items():
        scale = LN2 if units == "bits" and DIVERGENCES[name].units == "nats" else 1.0
        assert value == pytest.approx(found[name].value / scale, rel=1e-12, abs=1e-300)
    assert info["optimal_value"] == pytest.approx(found.optimal_value, abs=1e-12), "always in nats"


@pytest.mark.parametrize("name", DRAWN)
def test_integrands_add_up_to_their_values(name: str) -> None:
    tensors, info = ask(**TWO, show=[name], integrand=name, low=-40, high=40, units="bits")
    area = float(np.trapezoid(tensors["integrand"].astype(float), tensors["x"].astype(float)))
    assert area == pytest.approx(values(info)[name], rel=0.05), (
        "the grid is made to look at, not to integrate on"
    )


def test_what_float32_cannot_hold_stays_finite() -> None:
    tensors, info = ask(
        p="normal(0,1)", q="normal(0,0.5)", show=["chi2_pq"], integrand="chi2_pq", low=-20, high=20
    )
    assert values(info)["chi2_pq"] == math.inf
    assert np.isfinite(tensors["integrand"]).all()
    assert tensors["integrand"].max() > 1e38


def test_infinite_values_say_why_and_the_curve_is_infinite_there() -> None:
    tensors, info = ask(p="uniform(0,1)", q="uniform(0.5,1.5)", show=["kl_pq"], integrand="kl_pq")
    (row,) = info["values"]
    assert row["value"] == "inf"
    assert row["error"] is None
    assert row["reason"]["code"] == "no_mass"
    x, y = tensors["x"], tensors["integrand"]
    assert np.isposinf(y[(x > 0.01) & (x < 0.49)]).all()
    assert np.isfinite(y[(x > 0.51) & (x < 0.99)]).all()


def test_a_row_that_fails_says_so_and_the_others_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    def evaluated(row: Divergence, pair: Pair, options: Options) -> Value:
        if row.name == "energy2":
            raise OverflowError(34, "Numerical result out of range")
        return evaluate(row, pair, options)

    monkeypatch.setattr("ganlab.live.values.evaluate", evaluated)
    _, info = ask(**TWO, show=["energy2", "kl_pq"])
    energy, kl = info["values"]
    assert energy["value"] == "nan"
    assert "range of floating point" in energy["reason"]["text"]
    assert kl["value"] == compare(TWO["p"], TWO["q"], ["kl_pq"])["kl_pq"].value


def test_rows_can_wait() -> None:
    tensors, info = ask(**TWO, show=["kl_pq", "w2", "mmd2"], integrand="mmd2", skip=["w2", "mmd2"])
    assert list(values(info)) == ["kl_pq"]
    assert info["integrand"] is None
    assert "integrand" not in tensors
    assert info["optimal_value"] is not None


def test_bounds_are_between_what_is_shown() -> None:
    _, info = ask(p="normal(0,1)", q="normal(2,1)", show=["tv", "kl_pq"])
    assert {row["name"] for row in info["bounds"]} == {"pinsker", "bretagnolle_huber"}
    pinsker = next(row for row in info["bounds"] if row["name"] == "pinsker")
    assert (pinsker["left"], pinsker["right"]) == (pytest.approx(0.682689, abs=1e-6), pytest.approx(1.0))
    assert pinsker["holds"]
    assert ask(**TWO, show=["w1"])[1]["bounds"] == []


@pytest.mark.parametrize("pair", [TWO, {"p": "uniform(0,1)", "q": "uniform(0.5,1.5)"}, {"p": "cauchy(0,1)"}])
def test_js_is_the_mean_of_its_steps(pair: dict[str, str]) -> None:
    tensors, info = ask(**pair, show=["js"], steps=4, units="bits")
    steps = info["js_steps"]
    assert steps["js"] == pytest.approx((steps["kl_pm"] + steps["kl_qm"]) / 2, abs=1e-12)
    assert steps["js"] == pytest.approx(values(info)["js"], abs=1e-9)
    np.testing.assert_allclose(tensors["js"], (tensors["kl_pm"] + tensors["kl_qm"]) / 2, rtol=1e-5, atol=1e-7)
    assert "js" not in ask(**pair)[0]


# ---------------------------------------------------------------- curves


@pytest.mark.parametrize("std", [1e-4, 1e-2, 1.0])
def test_narrow_modes_have_points(std: float) -> None:
    """The peak is there and its area is 1, in a view that is far wider."""
    tensors, info = ask(p=f"0.5*normal(0,{std})+0.5*normal(60,1)", q="normal(30,10)")
    x, first = tensors["x"].astype(float), tensors["parts_p"][0].astype(float)
    assert first.max() == pytest.approx(0.5 / (std * math.sqrt(2 * math.pi)), rel=1e-4)
    assert info["components"]["p"][0]["height"] == pytest.approx(first.max(), rel=1e-5)
    near = np.abs(x) <= 4.5 * std
    assert np.trapezoid(first[near], x[near]) == pytest.approx(0.5, rel=0.02)


def test_jumps_are_drawn_as_jumps() -> None:
    tensors, _ = ask(p="uniform(0,1)", q="exponential(1,0.5)")
    for name, place in (("p", 0.0), ("p", 1.0), ("q", 0.5)):
        x, y = tensors["x"], tensors[name]
        steep = [k for k in range(len(x) - 1) if abs(y[k + 1] - y[k]) > 0.5]
        assert any(abs(x[k] - place) < 1e-4 and x[k + 1] - x[k] < 1e-4 for k in steep)


def test_the_mixture_and_the_best_discriminator() -> None:
    tensors, _ = ask(p="uniform(0,1)", q="uniform(0.5,1.5)", dstar=True)
    p, q, m, best = (tensors[name] for name in ("p", "q", "m", "dstar"))
    np.testing.assert_allclose(m, (p + q) / 2, rtol=1e-6)
    known = p + q > 0
    np.testing.assert_allclose(best[known], p[known] / (p[known] + q[known]), rtol=1e-6)
    assert np.isnan(best[~known]).all()
    assert "dstar" not in ask(**TWO)[0]


def test_components_have_curves_where_there_are_several() -> None:
    tensors, info = ask(**TWO)
    np.testing.assert_allclose(tensors["parts_p"].sum(axis=0), tensors["p"], rtol=1e-5, atol=1e-9)
    assert "parts_q" not in tensors
    assert [part["weight"] for part in info["components"]["p"]] == [0.3, 0.7]


# ---------------------------------------------------------------- where


@given(some.sampled_from(LINES), some.sampled_from(LINES))
@settings(max_examples=25, deadline=None)
def test_the_view_holds_both(p: str, q: str) -> None:
    tensors, info = ask(p=p, q=q)
    low, high = info["view"]
    assert info["view"] == info["auto"]
    for text in (p, q):
        ((left, right),) = parse(text).bounds()
        assert low <= left < right <= high
    assert tensors["x"][0] == pytest.approx(low, rel=1e-6)
    assert tensors["x"][-1] == pytest.approx(high, rel=1e-6)
    assert (np.diff(tensors["x"]) >= 0).all()


def test_a_view_that_is_asked_for_is_drawn() -> None:
    tensors, info = ask(**TWO, low=0, high=1)
    assert info["view"] == [0, 1]
    assert info["auto"] != [0, 1]
    assert tensors["x"].min() == 0
    assert tensors["x"].max() == 1
