"""The rows: complete, consistent with each other, and easy to add to."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ganlab.divergences import DIVERGENCES, GENERATORS, KERNELS, DivergenceError, Options, compare, pair_of
from ganlab.divergences.registry import Answer, Divergence, f_row

NAMES = {
    "kl_pq", "kl_qp", "jeffreys", "js", "tv", "hellinger2", "chi2_pq", "chi2_qp", "renyi", "alpha",
    "w1", "w2", "sliced_w2", "energy2", "mmd2",
}  # fmt: skip


def test_rows_are_complete():
    assert set(DIVERGENCES) == NAMES
    for name, row in DIVERGENCES.items():
        assert row.name == name
        assert row.label
        assert row.symbol
        assert row.formula
        assert row.source
        assert row.blind.endswith(".")
        assert row.blind.count(".") == 1 or name == "kl_pq"
        assert row.units in ("nats", "none", "x", "x2")
        assert row.needs in ("densities", "samples", "both")
        assert set(row.dims) <= {1, 2}
        assert row.low == 0
        assert row.high in (1.0, math.log(2), math.inf)


def test_rows_say_where_they_exist():
    assert DIVERGENCES["w1"].dims == (1,)
    assert DIVERGENCES["sliced_w2"].dims == (2,)
    assert {name for name, row in DIVERGENCES.items() if row.needs == "both"} == {
        "w1",
        "w2",
        "sliced_w2",
        "energy2",
        "mmd2",
    }
    assert {name for name, row in DIVERGENCES.items() if row.integrand is None} == {
        "renyi",
        "w2",
        "sliced_w2",
    }


@pytest.mark.parametrize(
    ("name", "generator", "flipped", "factor"),
    [
        ("kl_pq", "kl", False, 1.0),
        ("kl_pq", "reverse_kl", True, 1.0),
        ("kl_qp", "reverse_kl", False, 1.0),
        ("js", "jensen_shannon", False, 0.5),
        ("hellinger2", "hellinger", False, 0.5),
        ("tv", "total_variation", True, 1.0),
        ("chi2_pq", "pearson", False, 1.0),
        ("chi2_pq", "neyman", True, 1.0),
        ("chi2_qp", "neyman", False, 1.0),
    ],
)
def test_rows_are_the_generators_in_our_conventions(name, generator, flipped, factor):
    pair = pair_of("0.4*normal(0,1)+0.6*laplace(1,0.5)", "normal(0.5,1.5)")
    found = pair.f_divergence(GENERATORS[generator], flipped)
    expected = DIVERGENCES[name].of(pair, Options())
    if math.isinf(expected.value):
        assert found.value == math.inf
    else:
        assert factor * found.value == pytest.approx(expected.value, rel=1e-9, abs=1e-12)


def test_a_new_divergence_is_a_row():
    # the triangular discrimination Δ = ∫ (p − q)²/(p + q), without a generator of its own
    def of(pair, options):
        x = np.linspace(-30, 30, 200_001)
        p, q = (np.exp(logs) for logs in pair.log_densities(x))
        return Answer(float(np.trapezoid((p - q) ** 2 / (p + q + 1e-300), x)))

    row = Divergence(
        name="triangular_discrimination",
        label="Triangular discrimination",
        symbol=r"\Delta(P,Q)",
        formula=r"\int\frac{(p-q)^2}{p+q}",
        symmetric=True,
        high=2.0,
        of=of,
        blind="How far apart disjoint distributions are.",
        source="Topsøe 2000",
    )
    DIVERGENCES.add(row)
    try:
        found = compare("normal(0,1)", "normal(2,1)", ["triangular_discrimination", "js"])
        delta, js = found["triangular_discrimination"].value, found["js"].value
        assert delta / 4 <= js <= delta * math.log(2) / 2  # Topsøe 2000, theorem 1
        assert "triangular_discrimination" in compare("normal(0,1)", "normal(1,1)")
    finally:
        del DIVERGENCES._rows["triangular_discrimination"]


def test_a_new_f_divergence_needs_its_generator_only():
    row = f_row(
        GENERATORS["pearson"],
        factor=0.5,
        name="half_chi2",
        label="Half χ²",
        symbol=r"\tfrac12\chi^2",
        formula=r"\tfrac12\int(p-q)^2/q",
        blind="The same.",
        source="nobody",
    )
    pair = pair_of("normal(0,1)", "normal(1,1)")
    assert row.of(pair, Options()).value == pytest.approx(math.expm1(1) / 2, rel=1e-10)
    x = np.linspace(-3, 3, 7)
    p, q = (np.exp(logs) for logs in pair.log_densities(x))
    assert row.integrand(pair, x, Options()) == pytest.approx((p - q) ** 2 / q / 2, rel=1e-12)


def test_kl_may_be_split_into_parts_of_any_sign():
    pair = pair_of("normal(0,1)", "normal(1,1)")
    parts = DIVERGENCES["kl_pq"].integrand(pair, np.linspace(-4, 4, 81), Options())
    assert parts.min() < 0 < parts.max()  # the plain p log(p/q), for areas coloured by sign


def test_options_are_checked():
    assert Options().kernel == "gaussian"
    for kernel in KERNELS:
        assert Options(kernel=kernel).kernel == kernel
    for wrong, words in (
        ({"alpha": 21}, "alpha: should be from 0 to 20. Received 21"),
        ({"bandwidth": math.inf}, "bandwidth: should be a finite number > 0. Received inf"),
        ({"directions": 0}, "directions: should be a whole number >= 1. Received 0"),
        ({"kernel": "gauss"}, "kernel: should be one of gaussian"),
    ):
        with pytest.raises(DivergenceError, match=words.replace("(", r"\(")):
            Options(**wrong)


def test_units_of_mmd_are_those_of_its_kernel():
    row = DIVERGENCES["mmd2"]
    assert [row.unit(Options(kernel=kernel)) for kernel in ("gaussian", "distance", "linear")] == [
        "none",
        "x",
        "x2",
    ]
