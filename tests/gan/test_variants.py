"""Arms: texts that change a base, their one canonical form, and what is wrong with those that are none."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganlab.gan import variants
from ganlab.gan.objectives import OBJECTIVES
from ganlab.gan.penalties import PENALTIES
from ganlab.gan.spec import GanSpec
from ganlab.specs import SpecError

BASE = GanSpec(lr_d=0.02, lr_g=0.1, optimiser_d="sgd", optimiser_g="sgd", seed=7)

CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "penalty": st.sampled_from(sorted(PENALTIES)),
        "objective": st.sampled_from(["non_saturating", "minimax", "least_squares", "hinge", "wgan"]),
        "lr_d": st.floats(0, 10),
        "g_hidden": st.lists(st.integers(1, 64), max_size=4).map(tuple),
        "batch": st.integers(1, 4096),
        "noise": st.sampled_from(["normal", "uniform"]),
    },
).filter(bool)


@given(CHANGES)
def test_an_arm_is_the_base_with_its_changes_and_nothing_else(changes: dict[str, Any]) -> None:
    text = variants.write(changes)
    spec = variants.arm(BASE, text)
    assert spec == GanSpec.make({**BASE.model_dump(), **changes})
    assert variants.canonical(BASE, text) == text
    assert dict(variants.differences(BASE, spec)) == {
        name: value for name, value in changes.items() if getattr(BASE, name) != value
    }


@given(CHANGES)
def test_what_lies_between_two_specs_is_the_arm_that_makes_one_of_the_other(changes: dict[str, Any]) -> None:
    spec = BASE.changed(**changes)
    if spec == BASE:
        assert variants.between(BASE, spec) == ""
    else:
        assert variants.arm(BASE, variants.between(BASE, spec)) == spec


@given(st.lists(CHANGES, max_size=5))
def test_arms_stand_in_one_text(changes: list[dict[str, Any]]) -> None:
    arms = tuple(variants.write(change) for change in changes)
    assert variants.split(variants.join(arms)) == arms


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("penalty_weight=1.0&penalty=r1", "penalty=r1&penalty_weight=1"),
        (" objective=hinge ", "objective=hinge"),
        ("g_hidden=64%2C64", "g_hidden=64,64"),
        ("d_hidden=", "d_hidden=none"),
        ("instance_noise_until=1e+06", "instance_noise_until=1000000"),
        ("lr_d=2e-2", "lr_d=0.02"),  # as in the base: it stays, and holds for another base
    ],
)
def test_one_form(written: str, canonical: str) -> None:
    assert variants.canonical(BASE, written) == canonical


def test_words_are_pairs_in_the_order_of_the_spec() -> None:
    spec = variants.arm(BASE, "penalty_weight=1&penalty=r1&objective=hinge&lr_g=0.1")
    assert variants.differences(BASE, spec) == [
        ("objective", "hinge"),
        ("penalty", "r1"),
        ("penalty_weight", 1.0),
    ]


def test_specs_of_a_comparison() -> None:
    first, second, third = variants.specs(BASE, ("penalty=r1", "objective=hinge"))
    assert (first, second.penalty, third.objective) == (BASE, "r1", "hinge")
    assert {spec.seed for spec in (first, second, third)} == {7}
    assert {spec.data for spec in (first, second, third)} == {BASE.data}


@pytest.mark.parametrize(
    ("text", "field", "value", "allowed"),
    [
        ("penalty=r9", "arms.2.penalty", "r9", "choose one of none, "),
        ("lr_d=fast", "arms.2.lr_d", "fast", "valid number"),
        ("lr_d=-1", "arms.2.lr_d", "-1", "greater than or equal to 0"),
        ("lr=1", "arms.2.lr", "1", "no such field; an arm may change noise, "),
        ("seed=1", "arms.2.seed", "1", "the same for all runs"),
        ("data=ring(8)", "arms.2.data", "ring(8)", "the same for all runs"),
        ("backend=eager", "arms.2.backend", "eager", "the same for all runs"),
        ("lr_d=1&lr_d=2", "arms.2.lr_d", "lr_d=1&lr_d=2", "given twice"),
        ("", "arms.2", "", "field=value"),
        ("r1", "arms.2", "r1", "field=value"),
        ("&&&", "arms.2", "&&&", "field=value"),
        ("g_hidden=512,512,512,512,512,512,512", "arms.2.g_hidden", None, "at most 6"),
        ("x" * 2001, "arms.2", "x" * 2001, "at most 2000 characters"),
    ],
)
def test_errors_name_arm_field_value_and_what_is_allowed(
    text: str, field: str, value: str | None, allowed: str
) -> None:
    with pytest.raises(SpecError) as caught:
        variants.specs(BASE, ("penalty=r1", text))
    found = caught.value.problems[0]
    assert found[0] == field
    assert value is None or found[1] == value
    assert allowed in found[2]


def form_of(text: str) -> str | SpecError:
    try:
        return variants.canonical(BASE, text)
    except SpecError as error:
        return error


@given(st.text(max_size=80))
def test_junk_is_refused_or_understood_and_nothing_else(text: str) -> None:
    form = form_of(text)
    if isinstance(form, SpecError):
        assert all(field.startswith("arm") and allowed for field, _, allowed in form.problems)
    else:
        assert form_of(form) == form


def test_what_is_shared_has_no_arm_between() -> None:
    with pytest.raises(SpecError, match="seed"):
        variants.between(BASE, BASE.changed(seed=8))


def test_every_field_but_the_shared_ones_can_be_changed() -> None:
    assert set(variants.fields()) == set(GanSpec.model_fields) - {"data", "seed", "backend", "device"}
    assert len(OBJECTIVES) > 1


def test_no_torch() -> None:
    code = "import ganlab.gan.variants, sys; print('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split() == ["False"]
