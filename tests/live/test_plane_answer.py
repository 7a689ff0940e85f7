"""What the calculator answers about the plane: frames, part by part, against the core and closed forms."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from ganlab.distributions import parse
from ganlab.divergences import compare
from ganlab.divergences.compare import evaluate
from ganlab.divergences.kernels import KERNELS
from ganlab.divergences.pair import Pair, pair_of
from ganlab.divergences.plane import PlanePair
from ganlab.divergences.registry import Divergence, Options
from ganlab.divergences.results import Value
from ganlab.live.calculator import Failure, answer
from ganlab.live.frames import decode

P, Q = "normal([0,0],1)", "normal([2,0],[2,1])"
MIXED = "0.3*normal([-2,0],0.5)+0.7*normal([1,1],[[1,0.4],[0.4,0.6]])"


def ask(**fields: Any) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    found = answer(json.dumps({"type": "plane", "p": P, "q": Q} | fields))
    assert not isinstance(found, Failure), found
    return decode(found)


def test_only_what_is_asked_for_is_answered() -> None:
    tensors, info = ask(parts=[])
    assert tensors == {}
    assert {"kind", "auto", "components"} == set(info)
    assert [part["family"] for part in info["components"]["q"]] == ["normal_2d"]
    assert set(ask(parts=["slices"])[0]) == {"slice_s", "slice_p", "slice_q", "directions", "w1", "w2"}
    assert set(ask(parts=["fields"])[0]) == {"field", "p", "q"}
    assert set(ask(parts=["fields"], contours=False)[0]) == {"field"}


def test_the_ground_is_what_it_says_at_every_cell() -> None:
    window = {"left": -3, "right": 5, "bottom": -2, "top": 4}
    tensors, info = ask(parts=["fields"], cells=80, **window)
    assert tensors["field"].shape == (60, 80)
    assert info["window"] == [-3, 5, -2, 4]
    at = np.array([-3 + 8 * (20 + 0.5) / 80, -2 + 6 * (45 + 0.5) / 60])
    ratio = float((parse(P).logpdf(at) - parse(Q).logpdf(at))[0])
    assert tensors["field"][45, 20] == pytest.approx(255 / (1 + math.exp(-ratio)), abs=2)
    tensors, info = ask(parts=["fields"], field="q", cells=80, **window)
    assert info["ground"]["largest"] == pytest.approx(float(np.exp(parse(Q).logpdf([2, 0])[0])), rel=0.01)
    assert np.unravel_index(int(tensors["field"].argmax()), (60, 80))[0] in {19, 20}


@pytest.mark.parametrize("kernel", list(KERNELS))
def test_the_witness_is_the_core_s(kernel: str) -> None:
    tensors, info = ask(parts=["fields"], p=MIXED, field="witness", kernel=kernel, bandwidth=0.7)
    left, right, bottom, top = info["window"]
    rows, columns = tensors["field"].shape
    y, x = rows // 3, columns // 4
    at = [[left + (right - left) * (x + 0.5) / columns, bottom + (top - bottom) * (y + 0.5) / rows]]
    value = float(PlanePair(parse(MIXED), parse(Q)).witness(at, kernel, 0.7)[0])
    largest = info["ground"]["largest"]
    assert (tensors["field"][y, x] - 127.5) / 127.5 * largest == pytest.approx(value, abs=0.006 * largest)
    assert tensors["p"].shape == (96, 96), "the lines stay as fine as ever"


def test_values_are_the_core_s_in_the_unit_asked_for() -> None:
    names = ["kl_pq", "chi2_qp", "w2", "mmd2"]
    _, info = ask(parts=["values"], show=names, units="bits", bandwidth=2.0)
    core = compare(P, Q, names, bandwidth=2.0)
    found = {value["name"]: value for value in info["values"]}
    assert list(found) == names
    assert found["kl_pq"]["value"] == pytest.approx(core["kl_pq"].value / math.log(2), rel=1e-12)
    assert found["kl_pq"]["closed"] == pytest.approx(core["kl_pq"].closed / math.log(2), rel=1e-12)
    assert found["chi2_qp"]["value"] == "inf"
    assert found["chi2_qp"]["reason"]["code"] == "plane_light_tail"
    assert found["w2"]["value"] == pytest.approx(math.sqrt(5), rel=1e-12)
    assert found["mmd2"]["value"] == core["mmd2"].value
    js = compare(P, Q, ["js"])["js"].value
    assert info["optimal_value"] == pytest.approx(2 * js - math.log(4), rel=1e-9)


def test_rows_can_be_left_out_for_once() -> None:
    _, info = ask(parts=["values"], show=["kl_pq", "js", "w2"], skip=["kl_pq", "js"])
    assert [value["name"] for value in info["values"]] == ["w2"]
    assert info["optimal_value"] is None
    assert info["median"] == ask(parts=["values"], show=["w2"])[1]["median"]


def test_the_median_heuristic_is_the_median_distance_of_the_pooled() -> None:
    """Two unit Gaussians far apart: half of the pooled pairs are about as far apart as they are."""
    _, info = ask(parts=["values"], show=["w2"], q="normal([0,0],1)")
    assert info["median"] == pytest.approx(math.sqrt(2 * 2 * math.log(2)), rel=0.08), (
        "√2 times a Rayleigh median"
    )


@pytest.mark.parametrize(
    ("theta", "shift", "stretch"), [(0, 2, 1), (90, 0, 0), (30, math.sqrt(3), math.sqrt(3.25) - 1)]
)
def test_the_slice_is_that_of_the_direction(theta: float, shift: float, stretch: float) -> None:
    tensors, info = ask(parts=["slices"], theta=theta)
    said = info["slices"]
    assert said["exact"]
    assert said["closed"]
    assert said["w2"] == pytest.approx(math.hypot(shift, stretch), abs=1e-6)
    s, p, q = (tensors[f"slice_{name}"].astype(float) for name in "spq")
    assert np.trapezoid(p, s) == pytest.approx(1, abs=0.01)
    assert (np.trapezoid(q * s, s) - np.trapezoid(p * s, s)) == pytest.approx(shift, abs=0.05)
    at = int(np.argmin(np.abs(tensors["directions"] - theta)))
    assert tensors["w2"][at] == pytest.approx(said["w2"], abs=1e-5)


@pytest.mark.parametrize("p", [MIXED, "ring(8,radius=2,std=0.01)"])
def test_the_distances_of_one_direction_are_those_of_the_lines(p: str) -> None:
    """Between mixtures they are exact, unlike those on the curve: the projections, compared on the line."""
    _, info = ask(parts=["slices"], p=p, q=Q, theta=35)
    along = pair_of(*PlanePair(parse(p), parse(Q)).project(math.radians(35)))
    for order in (1, 2):
        assert info["slices"][f"w{order}"] == pytest.approx(along.wasserstein(order).value, abs=1e-6)


def test_the_sliced_distance_is_the_row_of_the_table() -> None:
    _, info = ask(parts=["slices", "values"], show=["sliced_w2"], p=MIXED)
    assert not info["slices"]["closed"]
    assert info["slices"]["sliced"] == pytest.approx(info["values"][0]["value"], rel=5e-3)


def test_families_without_a_projection_say_so() -> None:
    tensors, info = ask(parts=["slices"], p="moons()", q=MIXED, theta=20)
    assert not info["slices"]["exact"]
    core = PlanePair(parse("moons()"), parse(MIXED)).slices(2, [math.radians(20)])
    assert info["slices"]["w2"] == pytest.approx(float(core.distances[0]), rel=0.03)
    assert np.isfinite(tensors["w1"]).all()


def test_transport_stands_beside_the_exact_distance() -> None:
    tensors, info = ask(parts=["transport"])
    assert tensors["transport"].shape == (120, 4)
    assert info["transport"]["exact"] == pytest.approx(math.sqrt(5), rel=1e-12)
    assert info["transport"]["w2"] == pytest.approx(math.sqrt(5), abs=0.6)
    assert ask(parts=["transport"], p=MIXED)[1]["transport"]["exact"] == "nan"


def test_a_point_is_read_exactly() -> None:
    _, info = ask(parts=["point"], x=1.5, y=-0.5, units="bits")
    found, at = info["point"], [1.5, -0.5]
    p, q = (float(np.exp(parse(text).logpdf(at)[0])) for text in (P, Q))
    assert found["p"] == pytest.approx(p, rel=1e-12)
    assert found["log_ratio"] == pytest.approx(math.log2(p / q), rel=1e-12)
    assert found["dstar"] == pytest.approx(p / (p + q), rel=1e-12)
    assert found["witness"] == pytest.approx(
        float(PlanePair(parse(P), parse(Q)).witness([at], "gaussian", 1.0)[0])
    )


def test_where_neither_has_mass_the_ratio_is_unknown() -> None:
    board = {"p": "checkerboard(4,width=4)", "q": "checkerboard(2,width=4)"}
    _, info = ask(parts=["point", "fields", "values"], x=-1.5, y=1.5, show=["js", "kl_pq"], **board)
    assert info["point"]["log_ratio"] == "nan"
    assert [value["value"] for value in info["values"]][1] == "inf"


def test_a_row_that_fails_says_so_and_the_others_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    def evaluated(row: Divergence, pair: Pair, options: Options) -> Value:
        if row.name == "energy2":
            raise OverflowError(34, "Numerical result out of range")
        return evaluate(row, pair, options)

    monkeypatch.setattr("ganlab.live.values.evaluate", evaluated)
    _, info = ask(parts=["values"], show=["energy2", "kl_pq"])
    energy, kl = info["values"]
    assert energy["value"] == "nan"
    assert "range of floating point" in energy["reason"]["text"]
    assert kl["value"] == compare(P, Q, ["kl_pq"])["kl_pq"].value
