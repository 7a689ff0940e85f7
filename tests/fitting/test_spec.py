"""Specs of fits: links, and what cannot be asked for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganlab.distributions import store
from ganlab.fitting import FIT_OBJECTIVES, FitSpec
from ganlab.gan.networks import ACTIVATIONS
from ganlab.gan.optimisers import OPTIMISERS
from ganlab.specs import SpecError


def test_the_spec_and_the_table_need_no_torch() -> None:
    code = "import sys; from ganlab.fitting import FIT_OBJECTIVES, FitSpec; FitSpec(model='generator')"
    code += "; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


BIMODAL = "0.5*normal(-3,0.5)+0.5*normal(3,0.5)"

specs = st.fixed_dictionaries(
    {
        "p": st.sampled_from(["normal(1,2)", BIMODAL, "0.7*student_t(3)+0.3*normal(4,1)"]),
        "objective": st.sampled_from([name for name in FIT_OBJECTIVES if name != "chi2_pq"]),
        "beside": st.sampled_from(["none", *(name for name in FIT_OBJECTIVES if name != "chi2_pq")]),
        "optimiser": st.sampled_from(list(OPTIMISERS)),
        "lr": st.floats(1e-5, 1),
        "starts": st.integers(1, 12),
        "begin": st.lists(st.tuples(st.floats(-5, 5), st.floats(0.01, 9)), max_size=3).map(
            lambda x: sum(x, ())
        ),
        "bandwidth": st.floats(0.05, 3),
        "activation": st.sampled_from(list(ACTIVATIONS)),
        "adversarial": st.booleans(),
        "steps": st.integers(0, 10_000),
        "seed": st.integers(0, 2**31 - 1),
    }
)


@given(values=specs)
def test_a_link_says_all(values: dict[str, Any]) -> None:
    spec = FitSpec(**values)
    again = FitSpec.from_query(spec.to_query())
    assert again == spec
    assert FitSpec.model_validate_json(spec.model_dump_json()) == spec


HOSTILE = [
    ({"p": "ring(8)"}, "p", "dimension 2"),
    ({"p": "normal(0"}, "p", "never closed"),
    ({"p": "x" * 5000}, "p", "4000"),
    ({"p": "cauchy(0,1)"}, "objective", "no finite variance"),
    ({"p": "cauchy(0,1)", "objective": "js", "beside": "w2"}, "beside", "no finite variance"),
    ({"p": "student_t(2)"}, "objective", "no finite variance"),
    ({"p": "uniform(0,1)", "objective": "kl_qp"}, "objective", "mass where P has none"),
    ({"p": "exponential(1)", "beside": "kl_qp"}, "beside", "mass where P has none"),
    ({"p": "laplace(0,1)", "objective": "chi2_pq"}, "objective", "too heavy"),
    ({"model": "generator", "objective": "chi2_pq"}, "objective", "not for a generator"),
    ({"objective": "none"}, "objective", "choose one of"),
    ({"beside": "tv2"}, "beside", "choose one of"),
    ({"starts": 0}, "starts", "0 starts"),
    ({"starts": 33}, "starts", "32"),
    ({"starts": 32, "begin": "0,1"}, "starts", "33 starts"),
    ({"begin": "0,1,2"}, "begin", "pairs"),
    ({"begin": "0,-1"}, "begin", "pairs"),
    ({"begin": "0,nan"}, "begin.1", "finite"),
    ({"begin": "0,1", "components": 2}, "begin", "one Gaussian"),
    ({"begin": "0,1", "model": "generator"}, "begin", "one Gaussian"),
    ({"components": 4}, "components", "3"),
    ({"lr": -1}, "lr", "0"),
    ({"lr": "inf"}, "lr", "finite"),
    ({"bandwidth": 0}, "bandwidth", "greater"),
    ({"bandwidth": 0.001, "objective": "mmd2"}, "bandwidth", "0.0194 or more"),
    ({"bandwidth": 0.001, "model": "generator"}, "bandwidth", "or more"),
    ({"p": "+".join(f"1*normal({i},0.1)" for i in range(64))}, "starts", "at most 4"),
    ({"model": "generator", "hidden": "512,512,512"}, "spec", "parameters"),
    ({"model": "generator", "batch": 1024, "starts": 32}, "spec", "grid points"),
    ({"steps": -1}, "steps", "0"),
    ({"noise": 1}, "noise", "no such field"),
]


@pytest.mark.parametrize(("values", "field", "text"), HOSTILE)
def test_what_cannot_be_asked_for(values: dict[str, Any], field: str, text: str) -> None:
    """The error names the field and what is allowed."""
    with pytest.raises(SpecError) as caught:
        FitSpec.make(values)
    assert field in [problem[0] for problem in caught.value.problems]
    assert text in str(caught.value)


def test_a_bandwidth_that_nobody_uses_may_be_anything() -> None:
    assert FitSpec(bandwidth=0.001).bandwidth == 0.001


def test_own_data_have_no_density(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANLAB_DATA", str(tmp_path))
    kept = store.put(np.array([[1.0], [2.0]], dtype=np.float32), "mine", (0.0,), 1.0)
    with pytest.raises(SpecError, match="no density"):
        FitSpec.make({"p": f'samples("{kept}")'})
