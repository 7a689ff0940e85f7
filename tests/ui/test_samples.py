"""The page "From samples" without a browser: its address, its files, its texts, and what its charts are given."""

from __future__ import annotations

import json
import math
import re

import numpy as np
import pytest

from ganlab.distributions import Samples, read_table
from ganlab.distributions.table import Table
from ganlab.divergences.estimators import ESTIMATORS
from ganlab.specs import SpecError, parsed
from ganlab.studies import Study, StudySpec
from ganlab.ui import samples_controls
from ganlab.ui.i18n import use
from ganlab.ui.lab.texts_samples import texts
from ganlab.ui.live import assets
from ganlab.ui.samples_controls import SIZES, SamplesSpec, address, bounds, browser_data
from ganlab.ui.samples_sides import PLAIN, described, fitting, kept, summary

SCRIPTS = {path.name: path.read_text() for path in assets.LAB.glob("samples*.js")}


def table(*columns: list[float]) -> Table:
    rows = "\n".join(",".join(map(str, row)) for row in zip(*columns, strict=True))
    return read_table(rows.encode(), "mine.csv")


# ---------------------------------------------------------------- the address


def test_the_worker_gets_a_study_and_the_link_says_the_unit() -> None:
    spec = SamplesSpec.make({"p": "normal(0,1)", "q": "normal(1,1)", "units": "bits", "n": 50})
    assert type(spec.study) is StudySpec
    assert spec.study.n == 50
    assert spec.to_query()["units"] == "bits"
    assert SamplesSpec.from_query(spec.to_query()) == spec


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"p": "normal(0,1)", "q": "normal(1,1)", "estimators": "guess"}, "estimators"),
        ({"p": "ring(8)", "q": "moons()", "estimators": "w1_sorted"}, "estimators"),
        ({"p": "normal(0,1)", "q": "normal(1,1)", "bins": "1"}, "bins"),
        ({"p": "normal(0,1)", "q": "normal(1,1)", "n": "5"}, "n"),
        ({"p": "normal(0,1)", "q": "normal(1,1)", "permutations": "5000"}, "permutations"),
        ({"p": "ring(8)", "q": "nonsense(1)"}, "q"),
    ],
)
def test_a_link_with_one_fault_keeps_the_rest(query: dict[str, str], field: str) -> None:
    spec, problems = address().repair(query)
    assert [problem.field for problem in problems] == [field]
    for name in query.keys() - {field}:
        assert getattr(spec, name) == getattr(
            SamplesSpec.make({name: query[name]} | sides(query, name)), name
        )
    assert spec.dim == parsed(query["p"]).dim


def sides(query: dict[str, str], name: str) -> dict[str, str]:
    """A pair of the right dimension, so that a field can be checked alone."""
    plain = PLAIN[parsed(query["p"]).dim]
    return {side: text for side, text in plain.items() if side != name}


def test_two_dimensions_at_once_are_refused_as_a_whole() -> None:
    spec, problems = address().repair({"p": "normal(0,1)", "q": "ring(8)", "n": "77"})
    assert [problem.field for problem in problems] == ["p"]
    assert spec.n == 77
    with pytest.raises(SpecError, match="dimension"):
        SamplesSpec.make({"p": "normal(0,1)", "q": "ring(8)"})


def test_notches_of_n_are_even_on_a_log_axis() -> None:
    steps = np.diff(np.log10(SIZES))
    assert SIZES[0] == 10
    assert SIZES[-1] == 100_000
    assert 0.06 < steps.min() <= steps.max() < 0.13


def test_a_new_dimension_keeps_the_estimators_that_fit() -> None:
    spec = SamplesSpec.make({**PLAIN[1], "estimators": ("w1_sorted", "kl_pq_neighbours")})
    changed = fitting(spec, PLAIN[2])
    assert changed == {**PLAIN[2], "estimators": ("kl_pq_neighbours",)}
    assert SamplesSpec.make(changed).dim == 2
    assert fitting(spec, {"p": "normal(5,1)"}) == {"p": "normal(5,1)"}


# ---------------------------------------------------------------- files


def test_two_files_are_compared_in_the_units_of_the_files() -> None:
    """Each is kept scaled to a stage of its own; a study must not lose the shift between them."""
    low = [1000.0 + k for k in range(100)]
    p, q = (str(kept(table(values))) for values in (low, [value + 40.0 for value in low]))
    study = Study(StudySpec(p=p, q=q, n=100, estimators=("w1_sorted",), redraws=0))
    while study.advance():
        pass
    assert study.ladder["value"][0, -1] == pytest.approx(40.0, rel=1e-5)


def test_numbers_too_large_for_float32_are_scaled_and_still_come_in_their_units() -> None:
    far = [1.7e9 + k for k in range(50)]
    text = str(kept(table(far)))
    study = Study(StudySpec(p=text, q=text, n=50, estimators=("w1_sorted",), redraws=0))
    x, _y = study.draw(0)
    assert sorted(x[:, 0]) == pytest.approx(far, abs=1e-4)


def test_a_file_is_described_by_name_and_size() -> None:
    kept = table([1.0, 2.0, 4.0], [0.0, 1.0, 5.0])
    assert described(kept.distribution()) == "mine.csv: 3 points, in the units of the file."
    assert summary(kept) == "3 rows: `column 1` 1 … 4, `column 2` 0 … 5."


def test_what_is_worth_looking_at_leaves_files_to_their_points() -> None:
    file, normal = table([500.0, 600.0, 700.0]).distribution(), parsed("normal(0,1)")
    assert isinstance(file, Samples)
    assert bounds((file, file)) is None
    assert bounds((normal, file)) == normal.bounds().tolist()
    both = bounds((normal, parsed("normal(9,1)")))
    assert both is not None
    assert both[0][0] < -2
    assert both[0][1] > 11


# ---------------------------------------------------------------- what the browser is given


@pytest.mark.parametrize("dim", [1, 2])
def test_charts_get_plain_json_with_every_row_they_need(dim: int) -> None:
    spec = SamplesSpec.make(PLAIN[dim])
    data = json.loads(json.dumps(browser_data(spec), allow_nan=False))
    assert [row["name"] for row in data["estimators"]] == list(spec.chosen)
    assert {row["target"] for row in data["estimators"]} == {row["name"] for row in data["targets"]}
    assert data["files"] == [0, 0]
    assert len(data["bounds"]) == dim
    for row in data["estimators"]:
        assert row["about"]
        assert row["method"]
        assert row["source"]
        assert row["aims"] == ESTIMATORS[row["name"]].covers


def test_every_text_that_scripts_ask_for_is_there_and_used() -> None:
    known = {key for key in texts() if key.startswith("samples_")}
    source = "\n".join(SCRIPTS.values())
    whole = set(re.findall(r'"(samples_\w+)"', source))
    begun = set(re.findall(r"`(samples_\w+_)\$", source))
    assert whole <= known
    for prefix in begun:
        assert any(key.startswith(prefix) for key in known), prefix
    unused = {key for key in known - whole if not any(key.startswith(prefix) for prefix in begun)}
    assert not unused


def test_texts_of_both_languages_have_the_same_keys_and_places() -> None:
    english = texts()
    with use("zh_CN"):
        chinese = texts()
    assert english.keys() <= chinese.keys(), "reasons are in the core's own words in English"
    for key, text in english.items():
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", chinese[key])), key


def test_the_notches_hold_what_the_spec_allows() -> None:
    for name, values in {
        "bandwidth": samples_controls.BANDWIDTHS,
        "k": samples_controls.NEIGHBOURS,
        "bins": samples_controls.BINS,
        "redraws": samples_controls.REDRAWS,
        "permutations": samples_controls.PERMUTATIONS,
    }.items():
        for value in values:
            changed = address().valid(address().opens, {name: value})
            assert math.isclose(getattr(changed, name), value)
