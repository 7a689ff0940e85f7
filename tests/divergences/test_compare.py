"""`compare`: two lines from text to number, JSON as promised, errors that name what was wrong."""

from __future__ import annotations

import json
import math

import pytest

from ganlab.distributions import DistributionError, parse, store
from ganlab.divergences import DIVERGENCES, DivergenceError, compare
from ganlab.divergences.compare import JSON_NAMES

ISSUE = [
    "kl_pq",
    "kl_qp",
    "jeffreys",
    "js",
    "tv",
    "hellinger2",
    "chi2_pq",
    "chi2_qp",
    "w1",
    "w2",
    "energy2",
    "mmd2",
]


def test_two_lines():
    from ganlab.divergences import compare as f

    assert f("normal(0,1)", "normal(1,1)")["js"].value == pytest.approx(0.11142148, abs=5e-9)


def test_texts_and_distributions_give_the_same():
    texts = "0.3*normal(-2,0.5)+0.7*normal(1.5,0.8)", "laplace(0,1)"
    one, two = compare(*texts), compare(*map(parse, texts))
    assert [v.value for v in one.values()] == [v.value for v in two.values()]
    assert list(one) == [name for name, row in DIVERGENCES.items() if 1 in row.dims]


def test_values_carry_unit_error_closed_form_and_time():
    found = compare("normal(0,1)", "normal(1,2)")
    js, kl, w1, mmd2 = (found[name] for name in ("js", "kl_pq", "w1", "mmd2"))
    assert (js.units, w1.units, mmd2.units) == ("nats", "x", "none")
    assert js.closed is None
    assert kl.closed == pytest.approx(kl.value, abs=1e-12)
    assert 0 <= kl.error < 1e-9
    assert all(0 < value.seconds < 10 for value in found.values())
    chi2 = found["chi2_qp"]
    assert (chi2.value, chi2.closed, chi2.error) == (math.inf, math.inf, None)
    assert chi2.reason.code == "light_tail"


def test_json_has_exactly_the_promised_keys():
    found = compare("normal(0,1)", "normal(0,2)").to_json()
    assert list(JSON_NAMES) == ISSUE
    assert list(found) == ["units", *ISSUE, "errors", "reasons"]
    assert found["units"] == "nats"
    assert found["chi2_qp"] == "inf"
    assert set(found["reasons"]) == {"chi2_qp"}
    assert "x²" in found["reasons"]["chi2_qp"]
    assert set(found["errors"]) == set(ISSUE) - {"chi2_qp"}
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_json_in_bits_divides_what_is_in_nats():
    comparison = compare("normal(0,1)", "normal(1,1)")
    nats, bits = comparison.to_json("nats"), comparison.to_json("bits")
    for name in ISSUE:
        unit = math.log(2) if DIVERGENCES[name].units == "nats" else 1.0
        assert bits[name] == pytest.approx(nats[name] / unit, rel=1e-14)
        assert bits["errors"][name] == pytest.approx(nats["errors"][name] / unit, rel=1e-14)
    assert bits["units"] == "bits"
    with pytest.raises(DivergenceError, match=r"units: should be nats or bits\. Received 'dits'"):
        comparison.to_json("dits")


def test_json_of_what_was_asked_for():
    found = compare("normal(0,1)", "normal(1,1)", ["renyi", "js"], alpha=0.3).to_json()
    assert list(found) == ["units", "renyi", "js", "errors", "reasons"]


def test_json_of_samples_says_nan_and_why(tmp_path, monkeypatch):
    monkeypatch.setenv("GANLAB_DATA", str(tmp_path))
    import numpy as np

    name = store.put(np.arange(5, dtype=np.float32)[:, None], "x", (0.0,), 1.0)
    found = compare(f'samples("{name}")', "normal(0,1)").to_json()
    assert found["kl_pq"] == "nan"
    assert "samples only" in found["reasons"]["kl_pq"]
    assert found["w1"] > 0
    assert json.dumps(found, allow_nan=False)


def test_options_reach_the_rows():
    p, q = "normal(0,1)", "normal(1,1)"
    assert compare(p, q, ["renyi"], alpha=0.4)["renyi"].value == pytest.approx(0.2, rel=1e-9)  # αΔ²/2
    for bandwidth, expected in ((1, 0.1773), (20, 0.0025)):
        assert compare(p, q, ["mmd2"], bandwidth=bandwidth)["mmd2"].value == pytest.approx(expected, abs=5e-5)
    linear = compare(p, q, ["mmd2"], kernel="linear")["mmd2"]
    assert (linear.value, linear.units) == (pytest.approx(1, rel=1e-9), "x2")
    distance = compare(p, q, kernel="distance")
    assert distance["mmd2"].value == distance["energy2"].value
    assert distance["mmd2"].units == "x"


def test_one_name_is_a_list_of_one():
    assert list(compare("normal(0,1)", "normal(1,1)", "tv")) == ["tv"]


def test_the_value_of_the_gan():
    assert compare("normal(0,1)", "normal(0,1)").optimal_value == pytest.approx(-1.3863, abs=5e-5)
    assert compare("uniform(0,1)", "uniform(2,3)").optimal_value == pytest.approx(0, abs=1e-12)
    assert compare("normal(0,1)", "normal(0,1)", ["tv"]).optimal_value is None


@pytest.mark.parametrize(
    ("arguments", "options", "error", "words"),
    [
        (("normal(0,1)", "normall(0,1)"), {}, DistributionError, "q: unknown family"),
        (("normal(0,1)", "normal(0,-1)"), {}, DistributionError, "q: std is -1"),
        (("normal(0,1)", "ring(8)"), {}, DivergenceError, r"dimensions should be equal\. Received 1 and 2"),
        (
            (3, "normal(0,1)"),
            {},
            DivergenceError,
            r"p: should be a distribution or its text\. Received int 3",
        ),
        (("normal(0,1)", "normal(0,1)", ["kl"]), {}, DivergenceError, "names: should be among kl_pq"),
        (("normal(0,1)", "normal(0,1)", ["sliced_w2"]), {}, DivergenceError, "names: in 1-D should be among"),
        (("normal(0,1)", "normal(0,1)"), {"alpha": -1}, DivergenceError, "alpha: should be from 0 to 20"),
        (
            ("normal(0,1)", "normal(0,1)"),
            {"alpha": math.nan},
            DivergenceError,
            "alpha: should be from 0 to 20",
        ),
        (
            ("normal(0,1)", "normal(0,1)"),
            {"bandwidth": 0},
            DivergenceError,
            "bandwidth: should be a finite number > 0",
        ),
        (
            ("normal(0,1)", "normal(0,1)"),
            {"kernel": "rbf"},
            DivergenceError,
            "kernel: should be one of gaussian",
        ),
    ],
)
def test_bad_input_is_named(arguments, options, error, words):
    with pytest.raises(error, match=words):
        compare(*arguments, **options)
