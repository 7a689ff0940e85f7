"""Sweeps as texts: dials, cells, links; nonsense is refused by name."""

from __future__ import annotations

import subprocess
import sys
from urllib.parse import parse_qsl, urlencode

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganlab.gan.spec import GanSpec
from ganlab.gan.variants import read_base, write_base
from ganlab.specs import SpecError
from ganlab.trials.axes import DIALS, axis, dials
from ganlab.trials.spec import SweepSpec

# ---------------------------------------------------------------- dials


def test_a_logarithmic_dial_has_constant_factors() -> None:
    found = axis("x", "lr_d=1e-5:1e-2:16:log")
    assert found.values[0] == 1e-5
    assert found.values[-1] == 1e-2
    ratios = np.diff(np.log(found.values))
    np.testing.assert_allclose(ratios, np.log(1e3) / 15, rtol=1e-3)  # four digits


def test_a_linear_dial_is_even() -> None:
    assert axis("x", "penalty_weight=0:2:5").values == (0.0, 0.5, 1.0, 1.5, 2.0)
    assert axis("x", "d_steps=1:8:8").values == tuple(range(1, 9))


def test_a_list_keeps_its_order() -> None:
    assert axis("x", "objective=wgan, minimax").values == ("wgan", "minimax")
    assert axis("x", "batch=64,16").values == (64, 16)


def test_lists_of_lists_are_separated_by_bars() -> None:
    found = axis("x", "g_hidden=16,16|32,32|none")
    assert found.values == ((16, 16), (32, 32), ())
    assert axis("x", found.text) == found


@given(
    st.sampled_from(["lr_d", "lr_g", "lr", "penalty_weight"]),
    st.floats(1e-6, 1.0),
    st.floats(1.5, 10.0),
    st.integers(2, 16),
    st.sampled_from(["", ":log", ":linear"]),
)
def test_the_text_of_a_dial_is_its_own_inverse(
    dial: str, low: float, factor: float, n: int, scale: str
) -> None:
    found = axis("x", f"{dial}={low}:{low * factor}:{n}{scale}")
    assert axis("y", found.text) == found
    assert len(found.values) == n
    assert list(found.values) == sorted(found.values)


@pytest.mark.parametrize("name", sorted(DIALS))
def test_a_dial_sets_what_it_says(name: str) -> None:
    base = GanSpec(g_hidden=(16, 8), d_hidden=(4,))
    for value in (3, 5):
        changed = base.changed(**axis("x", f"{name}={value}").changes(base, 0))
        assert base.differences(changed) == set(DIALS[name].sets)
    assert len(base.changed(**axis("x", "width=5").changes(base, 0)).g_hidden) == 2
    assert base.changed(**axis("x", "depth=3").changes(base, 0)).g_hidden == (16, 16, 16)


def test_every_dial_can_be_an_axis() -> None:
    for name in dials():
        if name in DIALS:
            continue
        value = getattr(GanSpec(), name)
        text = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
        assert axis("x", f"{name}={text}").values == (value,)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "low:high:count"),
        ("lr_d", "low:high:count"),
        ("lr_d=", "low:high:count"),
        ("lr=0:1", "low:high:count"),
        ("nothing=0:1:4", "there is no such dial"),
        ("data=ring(8),ring(9)", "the same for all cells"),
        ("seed=1,2", "the same for all cells"),
        ("lr_d=a:1:4", "a number"),
        ("lr_d=0:inf:4", "a finite number"),
        ("lr_d=0:nan:4", "a finite number"),
        ("lr_d=1:0:4", "low < high"),
        ("lr_d=0:1:4:log", "low > 0"),
        ("lr_d=0:1:4:square", "low:high:count"),
        ("lr_d=0:1:4:log:log", "low:high:count"),
        ("lr_d=0:1:1", "from 2 to 16"),
        ("lr_d=0:1:17", "from 2 to 16"),
        ("lr_d=0:1:1.5", "from 2 to 16"),
        ("lr_d=0:1:²", "from 2 to 16"),
        ("lr_d=0:100:4", "less than or equal to 10"),
        ("lr_d=-1:1:4", "greater than or equal to 0"),
        ("d_steps=1:4:8", "whole numbers only"),
        ("objective=1:2:3", "a list"),
        ("objective=minimax,foo", "choose one of"),
        ("objective=minimax,minimax", "every value once"),
        ("g_hidden=16,16|a", "valid integer"),
        ("batch=" + ",".join(map(str, range(1, 18))), "at most 16"),
        ("x" * 500, "at most 400"),
    ],
)
def test_nonsense_is_named(text: str, says: str) -> None:
    with pytest.raises(SpecError, match=says.replace("(", r"\(")) as error:
        axis("x", text)
    assert error.value.problems[0][0].startswith("x")


# ---------------------------------------------------------------- sweeps


def test_cells_are_every_combination_row_by_row() -> None:
    spec = SweepSpec(x="lr_g=0.1,0.2,0.3", y="d_steps=1,2")
    assert (spec.columns, spec.rows, len(spec.cells)) == (3, 2, 6)
    for number, cell in enumerate(spec.cells):
        assert number == cell.y * 3 + cell.x
        assert cell.spec is not None
        assert cell.spec.lr_g == (0.1, 0.2, 0.3)[cell.x]
        assert cell.spec.d_steps == (1, 2)[cell.y]
        assert spec.gan.differences(cell.spec) <= {"lr_g", "d_steps"}


def test_without_y_there_is_one_row() -> None:
    spec = SweepSpec(x="lr=0.001:0.1:4:log", y="")
    assert (spec.columns, spec.rows) == (4, 1)
    assert SweepSpec.from_query(spec.to_query()) == spec


def test_a_combination_that_is_refused_is_a_cell_without_a_spec() -> None:
    spec = SweepSpec(base="batch=128", x="pack=1,2,3,4", y="")
    assert [cell.spec is None for cell in spec.cells] == [False, False, True, False]
    assert spec.cells[2].problems[0][:2] == ("pack", 3)
    assert spec.cells[2].problems[0][2]


def test_width_and_depth_go_together() -> None:
    spec = SweepSpec(x="width=4,8", y="depth=1,3")
    assert [cell.spec.g_hidden for cell in spec.cells if cell.spec] == [(4,), (8,), (4,) * 3, (8,) * 3]


def test_seeds_follow_the_base() -> None:
    assert SweepSpec(base="seed=7", seeds=3).chosen_seeds == (7, 8, 9)


def test_a_link_is_the_same_sweep() -> None:
    spec = SweepSpec(
        base="data=grid(5)&lr_d=0.0005&g_hidden=8,8", x="objective=wgan,minimax", y="lr=0.01:0.1:3"
    )
    again = SweepSpec.from_query(dict(parse_qsl(urlencode(spec.to_query()))))
    assert again == spec
    assert again.gan.g_hidden == (8, 8)
    assert set(spec.to_query()) >= {"base", "x", "y", "seeds", "steps"}


def test_what_is_the_same_looks_the_same() -> None:
    one = SweepSpec(base="lr_d=1e-3&data=ring(8)", x=" lr_g = 1e-3:1:4:log ", y="d_steps=1:4:4:linear")
    other = SweepSpec(base="data=ring(8)&seed=0", x="lr_g=0.001:1:4:log", y="d_steps=1:4:4")
    assert one == other


def test_a_base_is_its_own_inverse() -> None:
    spec = GanSpec(data="0.3*normal(-2,0.5)+0.7*normal(1.5,0.8)", g_hidden=(), lr_d=3e-5, objective="wgan")
    assert read_base(write_base(spec)) == spec


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("base", {"base": "nonsense"}),
        ("base.lr_d", {"base": "lr_d=-1"}),
        ("base.lr_d", {"base": "lr_d=0.1&lr_d=0.2"}),
        ("base.nothing", {"base": "nothing=1"}),
        ("base.data", {"base": "data=ring("}),
        ("base", {"base": "x" * 10_000}),
        ("base", {"base": 3}),
        ("x", {"x": ""}),
        ("x", {"x": "lr_d"}),
        ("x.lr_d", {"x": "lr_d=-1,2"}),
        ("y", {"y": "foo=1,2"}),
        ("y", {"x": "lr_d=0.1,0.2", "y": "lr_d=0.1,0.2"}),
        ("y", {"x": "lr=0.1,0.2", "y": "lr_d=0.1,0.2"}),
        ("y", {"x": "width=8,16", "y": "g_hidden=8|16"}),
        ("seeds", {"seeds": 0}),
        ("seeds", {"seeds": 9}),
        ("seeds", {"seeds": "many"}),
        ("seeds", {"x": "lr_d=0:1:16", "y": "lr_g=0:1:16", "seeds": 5}),
        ("seeds", {"base": "seed=2147483647", "seeds": 2}),
        ("steps", {"steps": 0}),
        ("steps", {"steps": 10**9}),
        ("moments", {"moments": 0}),
        ("nothing", {"nothing": 1}),
    ],
)
def test_a_sweep_that_cannot_be_names_what_is_wrong(field: str, change: dict[str, object]) -> None:
    with pytest.raises(SpecError) as error:
        SweepSpec.make(change)
    assert error.value.problems[0][0] == field, error.value
    assert error.value.problems[0][2]


def test_a_map_without_any_cell_is_refused() -> None:
    with pytest.raises(SpecError, match="no cell can be trained"):
        SweepSpec.make({"x": "pack=3,5", "y": ""})


def test_sixteen_by_sixteen_with_four_seeds_is_allowed() -> None:
    assert len(SweepSpec(x="lr_d=0.001:1:16:log", y="lr_g=0.001:1:16:log", seeds=4).cells) == 256


def test_the_spec_does_not_import_torch() -> None:
    code = "import sys, ganlab.trials.spec as s; s.SweepSpec().cells; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
