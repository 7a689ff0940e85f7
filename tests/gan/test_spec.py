"""`GanSpec` is a link, a JSON file and a Python object: it round-trips, has bounds, and its errors say what to do."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from ganlab.distributions import examples
from ganlab.gan.constraints import CONSTRAINTS
from ganlab.gan.networks import ACTIVATIONS
from ganlab.gan.objectives import OBJECTIVES
from ganlab.gan.optimisers import OPTIMISERS
from ganlab.gan.penalties import PENALTIES
from ganlab.gan.spec import MAX_PARAMETERS, GanSpec
from ganlab.specs import SpecError
from tests.gan.sensible import sensible

FIELDS = list(GanSpec.model_fields)
TEXTS = [*examples().values(), "0.3*normal(-2,0.5)+0.7*normal(1.5,0.8)", "ring(8)"]

widths = st.lists(st.integers(1, 64), max_size=6).map(tuple)
rate = st.floats(0, 10, allow_nan=False)
beta = st.floats(0, 0.999999, allow_nan=False)


def one_of(names: Any) -> st.SearchStrategy[str]:
    return st.sampled_from(list(names))


ANY: dict[str, st.SearchStrategy[Any]] = {
    "data": one_of(TEXTS),
    "noise": one_of(["normal", "uniform", "mixture"]),
    "noise_dim": st.integers(1, 256),
    "noise_modes": st.integers(1, 64),
    "g_hidden": widths,
    "g_activation": one_of(ACTIVATIONS),
    "g_norm": one_of(["none", "batch"]),
    "d_hidden": widths,
    "d_activation": one_of(ACTIVATIONS),
    "objective": one_of(OBJECTIVES),
    "penalty": one_of(PENALTIES),
    "penalty_weight": st.floats(0, 1000),
    "constraint": one_of(CONSTRAINTS),
    "clip": st.floats(0, 10, exclude_min=True),
    "weight_decay": st.floats(0, 1),
    "label_smoothing": st.floats(0, 0.5),
    "instance_noise": st.floats(0, 10),
    "instance_noise_until": st.floats(0, 1e9),
    "bandwidth": st.floats(0.001, 100),
    "kl_weight": st.floats(0, 1000),
    "pack": st.integers(1, 8),
    "minibatch_kernels": st.integers(0, 32),
    "unroll": st.integers(0, 20),
    "feature_matching": st.floats(0, 1),
    "replay": st.floats(0, 0.9),
    "ema": st.floats(0, 0.99999),
    "consensus": st.floats(0, 1000),
    "inference": one_of(["none", "veegan"]),
    "inference_weight": st.floats(0, 1000),
    "optimiser_d": one_of(OPTIMISERS),
    "lr_d": rate,
    "beta1_d": beta,
    "beta2_d": beta,
    "optimiser_g": one_of(OPTIMISERS),
    "lr_g": rate,
    "beta1_g": beta,
    "beta2_g": beta,
    "updates": one_of(["alternating", "simultaneous", "extragradient"]),
    "d_steps": st.integers(0, 20),
    "g_steps": st.integers(0, 20),
    "batch": st.integers(1, 4096),
    "seed": st.integers(0, 2**31 - 1),
    "backend": one_of(["auto", "eager", "compiled"]),
    "device": one_of(["auto", "cpu", "cuda"]),
}


specs = st.fixed_dictionaries(ANY).map(sensible)


def test_the_strategy_covers_every_field() -> None:
    assert list(ANY) == FIELDS


# ---------------------------------------------------------------- round trips


@settings(max_examples=150, deadline=None)
@given(specs)
def test_a_spec_round_trips_through_json_and_dict(spec: GanSpec) -> None:
    assert GanSpec.model_validate_json(spec.model_dump_json()) == spec
    assert GanSpec.make(json.loads(spec.model_dump_json())) == spec
    assert spec.changed() == spec


@settings(max_examples=150, deadline=None)
@given(specs)
def test_a_spec_round_trips_through_a_link(spec: GanSpec) -> None:
    query = spec.to_query()
    assert all(isinstance(value, str) for value in query.values())
    assert GanSpec.from_query(query) == spec
    assert GanSpec.from_query(dict(parse_qsl(urlencode(query), strict_parsing=True))) == spec


@settings(max_examples=50, deadline=None)
@given(specs, specs)
def test_a_link_carries_what_differs(a: GanSpec, b: GanSpec) -> None:
    assert a.differences(b) == {name for name in FIELDS if getattr(a, name) != getattr(b, name)}
    assert set(a.to_query()) == a.differences(GanSpec()) | {"data", "seed"}


def test_the_shortest_link_still_has_data_and_seed() -> None:
    assert GanSpec().to_query() == {"data": "ring(8,radius=2,std=0.05)", "seed": "0"}
    assert GanSpec.from_query({"page": "2", "lang": "zh_CN"}) == GanSpec()


def test_data_are_written_in_one_way() -> None:
    assert GanSpec(data=" ring( 8 ) ") == GanSpec(data="ring(8)")
    assert GanSpec(data="ring(8)").distribution.dim == 2
    assert GanSpec(data="normal(0,1)").dim == 1


@pytest.mark.parametrize(
    ("text", "value"),
    [("64,64", (64, 64)), ("[3, 4]", (3, 4)), ("none", ()), ("", ()), ("7", (7,)), ("(7,)", (7,))],
)
def test_widths_as_text(text: str, value: tuple[int, ...]) -> None:
    assert GanSpec.make({"g_hidden": text}).g_hidden == value


# ---------------------------------------------------------------- bounds and errors


BAD = [
    ("data", "ring(", "closed"),
    ("data", "__import__('os')", "allowed"),
    ("data", "x" * 5000, "4000"),
    ("noise", "cauchy", "normal"),
    ("noise_dim", 0, "1"),
    ("noise_dim", 257, "256"),
    ("g_hidden", (1,) * 7, "6"),
    ("d_activation", "swish", "leaky_relu"),
    ("objective", "gan", "non_saturating"),
    ("penalty", "gp", "wgan_gp"),
    ("penalty_weight", -0.1, "0"),
    ("penalty_weight", float("nan"), "finite"),
    ("clip", 0, "0"),
    ("instance_noise", float("inf"), "finite"),
    ("optimiser_d", "lion", "adam"),
    ("lr_d", -1e-9, "0"),
    ("lr_g", 10.1, "10"),
    ("lr_g", "fast", "number"),
    ("beta1_d", 1, "0.999999"),
    ("beta1_d", 0.99999999, "0.999999"),  # 1 in float32, where Adam divides by 1 - beta
    ("beta2_g", -0.1, "0"),
    ("updates", "random", "alternating"),
    ("d_steps", 21, "20"),
    ("g_steps", -1, "0"),
    ("batch", 0, "1"),
    ("batch", 4097, "4096"),
    ("batch", 1.5, "integer"),
    ("seed", -1, "0"),
    ("seed", 2**31, str(2**31 - 1)),
    ("backend", "jit", "compiled"),
    ("device", "mps", "cuda"),
]


@pytest.mark.parametrize(("field", "value", "allowed"), BAD)
def test_an_error_names_field_value_and_what_is_allowed(field: str, value: Any, allowed: str) -> None:
    with pytest.raises(SpecError) as caught:
        GanSpec.make({field: value})
    ((name, given_value, text),) = caught.value.problems
    assert name == field
    assert repr(given_value) == repr(value)
    assert allowed in text
    message = str(caught.value)
    assert message.startswith(f"{field} = ")
    assert repr(value)[:40] in message
    assert "\n" not in message
    assert len(message) < 600


def test_every_problem_is_named_at_once() -> None:
    with pytest.raises(SpecError) as caught:
        GanSpec.make({"batch": 0, "lr_d": "x", "nonsense": 1, "d_hidden": (3, 900)})
    assert {p[0] for p in caught.value.problems} == {"batch", "lr_d", "nonsense", "d_hidden.1"}
    assert "there is no such field" in str(caught.value)


def test_unknown_fields_are_errors() -> None:
    with pytest.raises(ValidationError, match="extra_forbidden"):
        GanSpec(nonsense=1)
    with pytest.raises(SpecError, match="learning_rate"):
        GanSpec().changed(learning_rate=1)


def test_a_spec_cannot_be_written_to() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        GanSpec().lr_d = 1  # type: ignore[misc]


def test_the_largest_networks_of_the_issue_fit_and_a_cap_holds() -> None:
    largest = GanSpec(g_hidden=(512,) * 6, d_hidden=(512,) * 6, noise_dim=256)
    assert largest.g_hidden == (512,) * 6
    parameters = (256 + 1) * 512 + 5 * (512 + 1) * 512 + (512 + 1) * 2
    assert parameters < MAX_PARAMETERS


def test_the_cap_on_parameters_names_what_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ganlab.gan.spec.MAX_PARAMETERS", 1000)
    with pytest.raises(SpecError, match=r"at most 1,000 are allowed"):
        GanSpec.make({"g_hidden": (100, 100)})


def test_hot_fields_are_fields() -> None:
    assert set(FIELDS) >= GanSpec.HOT


def test_the_schema_describes_every_field() -> None:
    schema = GanSpec.model_json_schema()
    assert list(schema["properties"]) == FIELDS
    assert schema["additionalProperties"] is False
    for name, about in schema["properties"].items():
        assert about["description"].endswith("."), name
        assert "default" in about, name
    assert schema["properties"]["objective"]["enum"] == list(OBJECTIVES)


# ---------------------------------------------------------------- junk


junk_text = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["", "nan", "inf", "-inf", "1e999", "None", "[[[", "9" * 5000, "1_0", "٣", "0x10", "a\x00b"]
    ),
)
junk_values = st.recursive(
    st.one_of(junk_text, st.none(), st.booleans(), st.integers(), st.floats(), st.binary(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=5,
)


def only_spec_errors(make: Any, values: dict[str, Any]) -> None:
    try:
        spec = make(values)
    except SpecError as error:
        problems, message = error.problems, str(error)
    else:
        problems, message = [("", "", "")], ""
        assert GanSpec.from_query(spec.to_query()) == spec
    assert problems
    assert len(message) < 10_000


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from([*FIELDS, "page"]), junk_text, max_size=5))
def test_a_junk_link_only_ever_raises_spec_error(query: dict[str, str]) -> None:
    only_spec_errors(GanSpec.from_query, query)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.one_of(st.sampled_from(FIELDS), st.text(max_size=5)), junk_values, max_size=4))
def test_junk_values_only_ever_raise_spec_error(values: dict[str, Any]) -> None:
    only_spec_errors(GanSpec.make, values)


# ---------------------------------------------------------------- without torch


def test_specs_and_registries_are_readable_without_torch() -> None:
    script = (
        "import sys\n"
        "import ganlab, ganlab.gan, ganlab.presets, ganlab.cli, ganlab.experiments\n"
        "from ganlab.gan import OBJECTIVES, OPTIMISERS, PENALTIES, GanSpec\n"
        "from ganlab.gan.networks import ACTIVATIONS\n"
        "assert ganlab.GanSpec is GanSpec\n"
        "assert [len(r) > 1 for r in (OBJECTIVES, OPTIMISERS, PENALTIES, ACTIVATIONS)] == [True] * 4\n"
        "GanSpec.from_query(GanSpec(data='grid(5)').to_query()), GanSpec.model_json_schema()\n"
        "sys.exit('torch' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
