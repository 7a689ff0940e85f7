"""The registry feeds parser, pickers and docs; a new family is one class."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass

import numpy as np
import pytest
from scipy import stats

from ganlab.distributions import FAMILIES, DistributionError, parse
from ganlab.distributions.registry import family, positive, real
from ganlab.distributions.univariate import LocationScale


@pytest.fixture
def logistic():
    @family("logistic", "A bell with exponential tails.", r"\frac{e^{-z}}{s(1+e^{-z})^2}")
    @dataclass(frozen=True)
    class Logistic(LocationScale):
        loc: float = real(0.0, "centre")
        scale: float = positive(1.0, "scale")

        def _standard_logpdf(self, z):
            return -z - 2 * np.log1p(np.exp(-z))

        def _standard_cdf(self, z):
            return 1 / (1 + np.exp(-z))

        def _standard_quantile(self, u):
            return np.log(u) - np.log1p(-u)

    yield Logistic
    del FAMILIES["logistic"]


def test_a_new_family_is_parsed_listed_and_mixed_at_once(logistic):
    d = parse("0.5*logistic(1,2)+0.5*normal(0,1)")
    assert d.components[0] == logistic(1, 2)
    assert FAMILIES["logistic"].example == "logistic(0,1)"
    x = np.linspace(-3, 3, 7)
    expected = 0.5 * stats.logistic(1, 2).cdf(x) + 0.5 * stats.norm.cdf(x)
    np.testing.assert_allclose(d.cdf(x), expected, rtol=1e-12)
    with pytest.raises(DistributionError, match="logistic"):
        parse("unknown(1)")
    with pytest.raises(ValueError, match="already registered"):
        family("logistic", "", "")(logistic)


def test_rows_are_complete():
    for key, row in FAMILIES.items():
        assert row.key == key
        assert row.about.endswith(".")
        assert row.formula
        assert row.dim in (1, 2) or key == "samples"
        for p in row.parameters:
            assert p.name
            assert p.about
            if p.kind in ("real", "integer"):
                assert p.low <= p.default <= p.high


def test_every_bound_is_enforced_at_both_ends():
    for row in FAMILIES.values():
        for p in row.parameters:
            if p.kind not in ("real", "integer"):
                continue
            step = 1 if p.kind == "integer" else 1e-6 * max(abs(p.low), abs(p.high))
            for outside in (p.low - step, p.high + step, float("nan"), float("inf"), "1", None, [1, 2], True):
                with pytest.raises(DistributionError, match=f"{p.name} is") as caught:
                    p.check(outside)
                assert caught.value.parameter == p.name
            assert p.check(p.low) == p.low
            assert p.check(p.high) == p.high


def test_distributions_are_immutable():
    for row in FAMILIES.values():
        if row.example:
            d = parse(row.example)
            with pytest.raises(AttributeError):
                setattr(d, row.parameters[0].name, 3)


def test_nothing_heavy_is_imported():
    code = (
        "import sys, ganlab.distributions; "
        "print([m for m in ('torch', 'streamlit', 'plotly', 'pandas', 'scipy.stats') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
