"""A study: what it builds up, that it is the same every time, and that its numbers are those of the core."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from ganlab.distributions import read_table
from ganlab.divergences import compare, mmd2
from ganlab.divergences.estimators import ESTIMATORS
from ganlab.divergences.mmd import mmd2_rows
from ganlab.specs import SpecError
from ganlab.studies import Study, StudySpec
from ganlab.studies.spec import DEFAULTS
from ganlab.studies.study import rungs

QUICK = {"n": 120, "redraws": 6, "permutations": 50}


def finished(spec):
    study = Study(spec)
    while study.advance():
        pass
    return study


@pytest.fixture(scope="module")
def study():
    return finished(StudySpec(**QUICK))


def test_the_rungs_end_at_n():
    assert rungs(1000) == [10, 20, 50, 100, 200, 500, 1000]
    assert rungs(10) == [10]
    assert rungs(73) == [10, 20, 50, 73]


def test_phases_come_in_order_and_progress_ends_at_one():
    study = Study(StudySpec(**QUICK))
    phases, progress = [], []
    while study.advance():
        progress.append(study.done)
        if study.phase not in phases:
            phases.append(study.phase)
    assert phases == ["exact", "ladder", "scan", "test", "redraws"]
    assert study.phase == "finished"
    assert progress == sorted(progress)
    assert progress[-1] == 1
    assert study.units == study.total


def test_exact_values_are_those_of_the_core(study):
    expected = compare(study.spec.p, study.spec.q, study.targets, bandwidth=study.options.bandwidth)
    assert {name: value.value for name, value in study.exact.items()} == {
        name: expected[name].value for name in study.targets
    }


def test_a_rung_is_the_estimator_on_a_prefix_of_the_draw(study):
    x, y = study.draw(0)
    found = study.result()
    for i, name in enumerate(found["names"]):
        value = ESTIMATORS[name].of(x[:50], y[:50], study.options)
        j = found["rungs"].index(50)
        assert found["ladder"]["value"][i, j] == value.value
        assert found["ladder"]["low"][i, j] == value.interval.low


def test_redraws_are_fresh_draws_of_n_points(study):
    found = study.result()["redraws"]
    assert found["value"].shape == (4, 6)
    assert np.isfinite(found["value"]).all()
    assert len(np.unique(found["value"][0])) == 6
    x, y = study.draw(3)
    i = study.result()["names"].index("w1_sorted")
    assert found["value"][i, 2] == ESTIMATORS["w1_sorted"].of(x, y, study.options).value


def test_statistics_are_numpys(study):
    values = study.result()["redraws"]["value"]
    found = study.statistics()
    np.testing.assert_allclose(found["mean"], values.mean(axis=1))
    np.testing.assert_allclose(found["sd"], values.std(axis=1, ddof=1))
    exact = np.array([study.exact[target].value for target in study.result()["targets"]])
    np.testing.assert_allclose(found["rmse"], np.sqrt(((values - exact[:, None]) ** 2).mean(axis=1)))
    np.testing.assert_allclose(found["rmse"] ** 2, found["bias"] ** 2 + values.var(axis=1), rtol=1e-9)


def test_the_scan_is_mmd2_at_each_bandwidth(study):
    scan = study.result()["scan"]
    x, y = study.draw(0)
    for k in (0, 17, 39):
        sigma = float(scan["bandwidth"][k])
        assert scan["value"][k] == pytest.approx(mmd2(x, y, sigma), abs=1e-6)
        exact = compare(study.spec.p, study.spec.q, ["mmd2"], bandwidth=sigma)["mmd2"].value
        assert scan["exact"][k] == pytest.approx(exact, abs=1e-12)
    assert scan["bandwidth"][0] < scan["median"][0] < scan["bandwidth"][-1]


def test_the_scan_knows_how_far_it_is_from_noise(study):
    """value over its standard error, which is what a test's power grows with (Sutherland et al. 2017, equation 3)."""
    scan = study.result()["scan"]
    rows = mmd2_rows(*study.draw(0), float(scan["bandwidth"][20]))
    h, g = rows.projections()
    error = np.sqrt(h.var(ddof=1) / len(h) + g.var(ddof=1) / len(g))
    assert scan["power"][20] == pytest.approx(rows.unbiased / error)


def test_the_scan_appears_when_it_is_whole_and_a_bandwidth_is_a_unit():
    study = Study(StudySpec(**QUICK))
    while study.phase != "scan":
        study.advance()
    begun = study.units
    while study.phase == "scan":
        assert study.scan == {} or len(study.scan["value"]) == 40
        study.advance()
    assert study.units - begun == 40
    assert np.isfinite(study.scan["value"]).all()


def test_exact_values_that_take_long_are_left_out_of_the_scan():
    spec = StudySpec(
        p="moons()", q="normal([0,0],1)", n=50, redraws=0, permutations=20, estimators=("mmd2_unbiased",)
    )
    scan = finished(spec).result()["scan"]
    assert np.isnan(scan["exact"]).all()
    assert np.isfinite(scan["value"]).all()


def test_the_same_spec_is_the_same_study(study):
    again, other = finished(study.spec), finished(study.spec.changed(seed=1))
    for group in ("ladder", "redraws"):
        np.testing.assert_array_equal(study.result()[group]["value"], again.result()[group]["value"])
    assert study.result()["test"].p_value == again.result()["test"].p_value
    assert not np.array_equal(study.result()["ladder"]["value"], other.result()["ladder"]["value"])


def test_estimates_close_in_on_what_they_aim_at():
    found = finished(
        StudySpec(n=5000, redraws=0, estimators=("w1_sorted", "mmd2_unbiased", "js_bound"))
    ).result()
    error = np.abs(found["ladder"]["value"] - found["ladder"]["aim"])[:, -1]
    assert (error < [0.08, 0.02, 0.03]).all()
    assert (found["ladder"]["high"] - found["ladder"]["low"])[:, -1] == pytest.approx(0.1, abs=0.1)


def test_an_infinite_estimate_says_why():
    spec = StudySpec(p="normal(0,1)", q="normal(6,0.3)", estimators=("kl_pq_histogram",), **QUICK)
    study = finished(spec)
    assert np.isinf(study.result()["ladder"]["value"]).any()
    (name, rung), reason = next(iter(study.result()["remarks"].items()))
    assert name == "kl_pq_histogram"
    assert rung in study.rungs
    assert "none of Q's" in reason.text
    assert study.statistics()["infinite"][0] > 0


def test_more_points_than_an_estimator_takes_are_thinned_and_that_is_said():
    most = ESTIMATORS["w2_sinkhorn"].most
    study = finished(StudySpec(n=10 * most, redraws=0, estimators=("w2_sinkhorn",)))
    reason = study.result()["remarks"]["w2_sinkhorn", 10 * most]
    assert reason.numbers == {"used": most}


@pytest.fixture
def own(tmp_path, monkeypatch):
    """The text of an uploaded file of 300 points around 50 with deviation 10."""
    monkeypatch.setenv("GANLAB_DATA", str(tmp_path))
    values = np.random.default_rng(2).normal(50, 10, 300)
    content = "\n".join(map(repr, values.tolist())).encode()
    return str(read_table(content, "own.csv").distribution()), values


def test_own_data_are_in_the_units_of_the_file_and_have_no_exact_value(own):
    text, values = own
    study = finished(StudySpec(p=text, q="normal(50,10)", n=1000, redraws=2, permutations=50))
    found = study.result()
    assert study.pair is None
    assert found["exact"] == {}
    assert found["rungs"][-1] == 300
    np.testing.assert_allclose(np.sort(study.draw(0)[0][:, 0]), np.sort(values), rtol=1e-5)
    assert np.isnan(found["ladder"]["aim"]).all()
    assert np.isfinite(found["ladder"]["value"][:, -1]).all()
    x, y = study.draw(0)
    rows = min(len(x), len(y))
    expected = stats.wasserstein_distance(x[:rows, 0], y[:rows, 0])  # in units of the file
    assert found["ladder"]["value"][found["names"].index("w1_sorted"), -1] == pytest.approx(expected)
    assert study.done == 1


def test_a_file_is_redrawn_with_replacement(own):
    """All points of a file, drawn without replacement, would be the same points each time: no variance at all."""
    text, values = own
    spec = StudySpec(
        p=text, q="normal(50,10)", n=1000, redraws=40, permutations=20, estimators=("w1_sorted",)
    )
    study = finished(spec)
    assert study.result()["bootstrapped"] == (True, False)
    x = study.draw(5)[0][:, 0]
    assert len(x) == 300
    assert len(np.unique(x)) < 250
    assert len(np.unique(study.draw(0)[0])) == 300
    assert set(np.round(x, 2)) <= set(np.round(values, 2)) | set(np.round(values + 0.01, 2))
    assert np.std(study.result()["redraws"]["value"]) > 0.1


@pytest.mark.parametrize("dim", [1, 2])
def test_the_defaults_are_for_their_dimension(dim):
    assert all(dim in ESTIMATORS[name].dims for name in DEFAULTS[dim])


def test_a_study_in_the_plane():
    spec = StudySpec(p="normal([0,0],1)", q="normal([1,0],1)", n=60, redraws=2, permutations=20)
    study = finished(spec)
    assert study.exact["kl_pq"].value == pytest.approx(0.5, abs=1e-6)
    assert np.isfinite(study.result()["redraws"]["value"]).all()


@pytest.mark.parametrize(
    ("values", "field", "said"),
    [
        ({"n": 9}, "n", "greater than or equal to 10"),
        ({"n": "many"}, "n", "valid integer"),
        ({"p": "ring(8)"}, "spec", "equal dimensions"),
        ({"estimators": "kl"}, "estimators", "no estimator 'kl' for 1-D"),
        ({"estimators": "sliced_w2_sorted"}, "estimators", "for 1-D samples"),
        ({"bins": 1}, "bins", "bins is 1"),
        ({"bandwidth": "nan"}, "bandwidth", "finite"),
        ({"test": "t"}, "test", "choose one of mmd"),
        ({"kernel": "x"}, "kernel", "choose one of gaussian"),
        ({"seed": -1}, "seed", "greater than or equal to 0"),
        ({"q": "normal(0,-1)"}, "q", "std is -1"),
        ({"nonsense": 1}, "nonsense", "no such field"),
    ],
)
def test_what_cannot_be_studied_is_named(values, field, said):
    with pytest.raises(SpecError, match=said) as caught:
        StudySpec.make(values)
    assert caught.value.problems[0][0] == field


def test_a_link_gives_the_study_back():
    spec = StudySpec(n=500, estimators=("w1_sorted", "js_bound"), kernel="laplace", seed=3)
    assert StudySpec.from_query(spec.to_query()) == spec
    assert StudySpec.make(StudySpec().model_dump(mode="json")) == StudySpec()
