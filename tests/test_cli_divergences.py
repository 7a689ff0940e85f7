"""`python -m ganlab divergences`: what it prints, and what it refuses."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import scipy.stats

from ganlab.cli import main
from ganlab.divergences import DIVERGENCES, KERNELS, compare
from ganlab.divergences.estimators import ESTIMATORS

F_DIVERGENCES = ["kl_pq", "kl_qp", "jeffreys", "js", "tv", "hellinger2", "chi2_pq", "chi2_qp"]
ON_THE_LINE = [*F_DIVERGENCES, "w1", "w2", "energy2", "mmd2"]


def run(capsys, *arguments):
    """(exit code, stdout, stderr)."""
    code = main(["divergences", *arguments])
    out, err = capsys.readouterr()
    return code, out, err


def printed(capsys, *arguments):
    code, out, err = run(capsys, *arguments, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def test_one_json_object_with_closed_forms_in_it(capsys):
    found = printed(capsys, "--p", "normal(0,1)", "--q", "normal(0,2)")
    assert found["units"] == "nats"
    assert set(ON_THE_LINE) <= set(found)
    assert found["kl_pq"] == pytest.approx(math.log(2) - 3 / 8, abs=1e-9)
    assert found["kl_qp"] == pytest.approx(3 / 2 - math.log(2), abs=1e-9)
    assert found["w2"] == pytest.approx(1, abs=1e-9)
    assert found["chi2_qp"] == "inf"
    assert "x²" in found["reasons"]["chi2_qp"]
    assert all(0 <= error < 1e-9 for error in found["errors"].values())


def test_the_example_of_the_issue_agrees_with_quadrature(capsys):
    p, q = "normal(0,1)", "0.3*normal(-2,0.5)+0.7*normal(1.5,0.8)"
    found = printed(capsys, "--p", p, "--q", q)
    x = np.linspace(-12, 12, 200_001)
    density_p = scipy.stats.norm.pdf(x)
    density_q = 0.3 * scipy.stats.norm.pdf(x, -2, 0.5) + 0.7 * scipy.stats.norm.pdf(x, 1.5, 0.8)
    js = scipy.spatial.distance.jensenshannon(density_p, density_q) ** 2  # scipy returns the root
    assert found["js"] == pytest.approx(js, abs=1e-8)
    assert found["tv"] == pytest.approx(np.trapezoid(np.abs(density_p - density_q), x) / 2, abs=1e-7)


def test_bits_are_nats_over_ln_2_and_only_they(capsys):
    texts = "--p", "normal(0,1)", "--q", "normal(0.5,1.2)"
    nats, bits = printed(capsys, *texts), printed(capsys, *texts, "--units", "bits")
    assert bits["units"] == "bits"
    for name in ON_THE_LINE:
        unit = math.log(2) if DIVERGENCES[name].units == "nats" else 1
        assert bits[name] == pytest.approx(nats[name] / unit, rel=1e-12)


def test_keys_that_have_no_meaning_in_the_plane_are_absent(capsys):
    found = printed(capsys, "--p", "normal([0,0],1)", "--q", "normal([1,0],1)")
    assert found["kl_pq"] == pytest.approx(0.5, abs=1e-6)
    assert found["w2"] == pytest.approx(1, abs=1e-6)
    assert set(found) - {"units", "errors", "reasons"} == set(ON_THE_LINE) - {"w1"}


@pytest.mark.parametrize("kernel", list(KERNELS))
def test_the_kernel_is_the_one_asked_for(capsys, kernel):
    texts = "--p", "normal(0,1)", "--q", "normal(1,1)"
    found = printed(capsys, *texts, "--kernel", kernel, "--bandwidth", "0.7")
    expected = compare("normal(0,1)", "normal(1,1)", ["mmd2"], kernel=kernel, bandwidth=0.7)
    assert found["mmd2"] == expected["mmd2"].value


def test_the_table_names_number_doubt_unit_and_reason(capsys):
    code, out, _ = run(capsys, "--p", "uniform(0,1)", "--q", "uniform(0.5,1.5)")
    assert code == 0
    lines = out.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("kl_pq"))
    assert lines[at].split() == ["kl_pq", "inf", "nats"]
    assert lines[at + 1].strip() == "Q has no mass on [0, 0.5] where P has 0.5"
    assert next(line for line in lines if line.startswith("js ")).split()[1] == "0.346574"


def save(path, values):
    np.savetxt(path, values, delimiter=",")
    return str(path)


def test_samples_give_estimates_with_intervals_in_the_units_of_the_file(capsys, tmp_path):
    rng = np.random.default_rng(5)
    x, y = rng.normal(0, 10, 800), rng.normal(10, 10, 700)
    files = "--p-samples", save(tmp_path / "x.csv", x), "--q-samples", save(tmp_path / "y.csv", y)
    found = printed(capsys, *files)
    assert found["n"] == [800, 700]
    assert found["w1_sorted"] == pytest.approx(scipy.stats.wasserstein_distance(x, y), rel=0.03)
    low, high = found["intervals"]["w1_sorted"]
    assert low < 10 < high
    assert set(found["intervals"]) == set(found["methods"])
    assert {"kl_pq_neighbours", "mmd2_unbiased", "energy2_sorted"} <= set(found)


def test_samples_in_the_plane(capsys, tmp_path):
    rng = np.random.default_rng(6)
    files = [save(tmp_path / f"{i}.csv", rng.normal(i, 1, (300, 2))) for i in range(2)]
    found = printed(capsys, "--p-samples", files[0], "--q-samples", files[1], "--names", "mmd2_unbiased")
    assert set(found) == {"units", "n", "mmd2_unbiased", "intervals", "methods", "targets", "reasons"}


REFUSED = {
    "nothing": ([], "give --p and --q, or --p-samples and --q-samples. Received neither"),
    "one side": (["--p", "normal(0,1)"], "give --p and --q, or --p-samples and --q-samples. Received --p."),
    "a mixture of both": (["--p", "normal(0,1)", "--q-samples", "x.csv"], "Received --p, --q-samples"),
    "a broken text": (
        ["--p", "normal(0,1)", "--q", "normal(0"],
        "error: q: not a distribution: '(' was never closed",
    ),
    "an empty text": (["--p", "", "--q", "normal(0,1)"], "error: p: the text is empty"),
    "an order that is none": (["--p", "normal(0,1)", "--q", "normal(0,1)", "--alpha", "nan"], "Received nan"),
    "half a neighbour": (["--p", "a", "--q", "b", "--k", "2.5"], "--k: '2.5'; allowed: a whole number"),
    "neighbours of densities": (
        ["--p", "a", "--q", "b", "--k", "2"],
        "--k: 2 has no use here; allowed: --alpha, --kernel, --bandwidth",
    ),
    "an order of samples": (
        ["--p-samples", "x", "--q-samples", "y", "--alpha", "2"],
        "--alpha: 2.0 has no use here",
    ),
    "two dimensions": (["--p", "normal(0,1)", "--q", "ring(8)"], "dimensions should be equal"),
    "no such row": (["--p", "normal(0,1)", "--q", "normal(0,1)", "--names", "kl"], "Received 'kl'"),
    "a row of the plane": (
        ["--p", "normal(0,1)", "--q", "normal(0,1)", "--names", "sliced_w2"],
        "in 1-D should be among",
    ),
    "zero bandwidth": (["--p", "normal(0,1)", "--q", "normal(0,1)", "--bandwidth", "0"], "bandwidth"),
    "a word for a number": (["--p", "a", "--q", "b", "--alpha", "x"], "'x'; allowed: a number"),
    "no such kernel": (["--p", "a", "--q", "b", "--kernel", "x"], "--kernel"),
    "no such file": (["--p-samples", "/no/such.csv", "--q-samples", "y.csv"], "/no/such.csv cannot be read"),
}


@pytest.mark.parametrize(("arguments", "said"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_used_is_one_line_and_exit_2(capsys, arguments, said):
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("ganlab: error: ")
    assert err.count("\n") == 1
    assert said in err


def test_a_file_that_is_no_table_is_named(capsys, tmp_path):
    bad, good = tmp_path / "bad.csv", tmp_path / "good.csv"
    bad.write_text("1\n2\nthree\n4\n5\n6\n7\n8\n9\n10\n11\n")
    save(good, np.arange(20.0))
    code, _, err = run(capsys, "--p-samples", str(bad), "--q-samples", str(good))
    assert code == 2
    assert "bad.csv" in err
    assert "'three'" in err


def test_files_of_different_dimensions_are_named(capsys, tmp_path):
    line = save(tmp_path / "line.csv", np.arange(20.0))
    plane = save(tmp_path / "plane.csv", np.arange(40.0).reshape(20, 2))
    code, _, err = run(capsys, "--p-samples", line, "--q-samples", plane)
    assert code == 2
    assert f"should have equally many columns. Received 1 in {line} and 2 in {plane}." in err


def test_the_list_has_every_row(capsys):
    code, out, _ = run(capsys, "--list")
    assert code == 0
    for name in [*DIVERGENCES, *ESTIMATORS, *KERNELS]:
        assert f"{name}:" in out
