"""The page "Phase diagram" without a browser: its address, its draft, its words, and GANs that are opened."""

from __future__ import annotations

import json
import re
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from ganlab.gan.spec import GanSpec
from ganlab.gan.variants import write_base
from ganlab.live.cost import check_affordable
from ganlab.trials import METRICS
from ganlab.trials.axes import DIALS, axis, dials
from ganlab.trials.plan import plan
from ganlab.trials.spec import SweepSpec
from ganlab.ui.arriving import Arrival
from ganlab.ui.live import assets
from ganlab.ui.phase import dialing, words
from ganlab.ui.phase.cases import CASES, is_open
from ganlab.ui.phase.place import WORDS
from ganlab.ui.phase.stage import Opened, browser_data, members, opened_of
from ganlab.ui.phase.texts import texts
from ganlab.ui.watch.component import watch_data
from tests.ui import apps
from tests.ui.apps import address

STATIC = Path(assets.__file__).parents[1] / "phase" / "static"
SCRIPTS = sorted(STATIC.glob("*.js"))


def page() -> None:
    """The page without its run."""
    import streamlit as st

    from ganlab.ui.address import problems
    from ganlab.ui.phase.controls import sidebar
    from ganlab.ui.phase.place import address

    here = address().current()
    sidebar(here)
    problems(here)
    st.text(here.spec.model_dump_json())


opened = partial(apps.opened, page)


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the navigation there are no other pages to link to."""
    monkeypatch.setattr("streamlit.page_link", lambda *_, **__: None)


def spec_of(app: AppTest) -> SweepSpec:
    assert not app.exception
    return SweepSpec.model_validate_json(app.text[0].value)


def train(app: AppTest) -> AppTest:
    return app.button(key="phase.draft.train").click().run()


# ---------------------------------------------------------------- the address


def test_it_opens_with_learning_rates_against_each_other() -> None:
    app = opened()
    assert spec_of(app) == SweepSpec()
    assert set(address(app)) == {"base", "x", "y", "seeds", "steps"}


def test_a_link_is_what_it_says() -> None:
    spec = SweepSpec(base="data=grid(5)&penalty=r1", x="penalty_weight=0.1:10:3:log", y="", seeds=3, steps=70)
    app = opened(**spec.to_query())
    assert spec_of(app) == spec
    assert not app.warning


def test_a_link_to_a_gan_becomes_the_base() -> None:
    gan = GanSpec(data="grid(5)", lr_d=0.02, seed=7)
    spec = spec_of(opened(**gan.to_query()))
    assert spec.gan == gan
    assert (spec.x, spec.y) == (SweepSpec().x, SweepSpec().y)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"base": "lr_d=-1", "x": "lr_g=0.1,0.2"}, "Learning rate of D"),
        ({"base": "data=ring(8)", "x": "nothing=1,2"}, "there is no such dial"),
        ({"base": "data=ring(8)", "x": "lr_g=1:0:4"}, "the first number must be smaller"),
        ({"base": "data=ring(8)", "x": "lr_g=0.1,0.2", "y": "lr_g=0.1,0.3"}, "choose another dial"),
        ({"base": "data=ring(8)", "x": "lr_g=0.1,0.2", "seeds": "many"}, "a whole number is needed"),
        ({"base": "data=ring(8)", "x": "pack=3,5", "y": ""}, "no cell can be trained"),
        (
            {"base": "batch=1024", "x": "lr_d=0:1:16", "y": "lr_g=0:1:16", "seeds": "4", "steps": "100000"},
            "hours",
        ),
    ],
)
def test_what_is_wrong_with_a_link_is_said(query: dict[str, str], says: str) -> None:
    app = opened(**query)
    assert says in app.warning[0].value
    spec_of(app)


# ---------------------------------------------------------------- the draft


def test_nothing_is_trained_until_it_is_asked_for() -> None:
    app = opened()
    assert app.button(key="phase.draft.train").disabled
    app.slider(key="phase.draft.seeds").set_value(4).run()
    assert spec_of(app).seeds == 2
    assert not app.button(key="phase.draft.train").disabled
    assert address(train(app))["seeds"] == "4"
    assert app.button(key="phase.draft.train").disabled


def test_a_range_is_turned_like_dials() -> None:
    app = opened()
    app.text_input(key="phase.draft.x.low").set_value("0,01").run()
    app.text_input(key="phase.draft.x.high").set_value("1").run()
    app.slider(key="phase.draft.x.count").set_value(3).run()
    assert spec_of(train(app)).x == "lr_g=0.01:1:3:log"
    app.segmented_control(key="phase.draft.x.scale").set_value("linear").run()
    assert spec_of(train(app)).x == "lr_g=0.01:1:3"


def test_what_is_refused_changes_nothing_and_is_said() -> None:
    app = opened()
    app.text_input(key="phase.draft.x.low").set_value("a").run()
    assert "a number is needed" in app.warning[0].value
    assert app.button(key="phase.draft.train").disabled
    app.text_input(key="phase.draft.x.low").set_value("0.001").run()
    assert not app.warning


def test_every_dial_can_be_chosen() -> None:
    app = opened()
    box = app.selectbox(key="phase.draft.y.dial")
    assert box.options[0] == "nothing: one row"
    box.set_value("objective").run()
    names = app.multiselect(key="phase.draft.y.names")
    names.set_value(["minimax", "wgan"]).run()
    assert spec_of(train(app)).y == "objective=minimax,wgan"
    app.selectbox(key="phase.draft.y.dial").set_value("width").run()
    app.text_input(key="phase.draft.y.list").set_value("4; 8, 12").run()
    assert spec_of(train(app)).y == "width=4,8,12"
    app.selectbox(key="phase.draft.y.dial").set_value("none").run()
    assert spec_of(train(app)).y == ""


def test_a_preset_becomes_the_base() -> None:
    app = opened()
    app.selectbox(key="phase.draft.preset").set_value("collapses").run()
    assert spec_of(train(app)).gan.optimiser_g == "sgd"
    app.text_area(key="phase.draft.base").set_value("data=grid(3)&lr_d=0.5").run()
    assert spec_of(train(app)).gan.data.startswith("grid(3")
    assert app.selectbox(key="phase.draft.preset").value == "own"


def test_a_link_replaces_the_draft() -> None:
    app = opened()
    app.slider(key="phase.draft.seeds").set_value(5).run()
    app.query_params["steps"] = "123"
    app.run()
    assert app.slider(key="phase.draft.seeds").value == 2
    assert spec_of(app).steps == 123


# ---------------------------------------------------------------- words


@pytest.mark.parametrize("name", dialing.order())
def test_every_dial_has_words_and_a_range_that_works(name: str) -> None:
    assert words.dial(name) != name
    assert words.explain(name)
    found = axis("x", f"{name}={dialing.range_of(name)}")
    assert 2 <= len(found.values) <= 16
    assert all(words.value(name, value) for value in found.values)
    base = GanSpec(penalty="r1") if name == "penalty_weight" else GanSpec()
    spec = SweepSpec(base=write_base(base), x=found.text, y="")
    assert any(cell.spec for cell in spec.cells)
    assert set(dialing.order()) == set(dials())


@pytest.mark.parametrize("case", CASES.values(), ids=lambda case: case.name)
def test_every_ready_made_map_can_be_trained(case: Any) -> None:
    assert all(cell.spec for cell in case.spec.cells)
    check_affordable(case.spec)
    assert [other.name for other in CASES.values() if is_open(other, case.spec)] == [case.name]


def test_the_first_map_is_what_the_page_opens_with() -> None:
    assert next(iter(CASES.values())).spec == SweepSpec()


def test_every_field_of_a_link_has_a_name_for_people() -> None:
    assert set(WORDS) == set(SweepSpec.model_fields)
    assert words.label("base.lr_d") == "Learning rate of D"
    assert words.label("x.lr_d") == "Across: Learning rate of D"


# ---------------------------------------------------------------- opening a GAN


def test_a_browser_can_open_what_the_map_has() -> None:
    spec = SweepSpec(base="seed=4", x="pack=1,3", y="lr=0.01,0.02", seeds=2, steps=50)
    found = opened_of(spec, {"cell": 2, "seed": 1, "step": 50, "backend": "compiled"})
    assert isinstance(found, Opened)
    assert (found.spec.lr_d, found.spec.seed) == (0.02, 5)
    assert found.arrival == Arrival(50, 4, "compiled"), "two cells with two seeds train together"
    assert opened_of(spec, {"cell": 2, "seed": 1, "step": 50, "backend": "mixed"}).arrival.backend is None  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"cell": 4, "seed": 0, "step": 1},
        {"cell": -1, "seed": 0, "step": 1},
        {"cell": 0, "seed": 2, "step": 1},
        {"cell": 0, "seed": 0, "step": 51},
        {"cell": 0, "seed": 0, "step": -1},
        {"cell": 1, "seed": 0, "step": 1},
        {"cell": "0", "seed": 0, "step": 1},
        {"cell": 0.0, "seed": 0, "step": 1},
        {"cell": True, "seed": 0, "step": 1},
    ],
)
def test_it_cannot_open_anything_else(asked: dict[str, Any]) -> None:
    spec = SweepSpec(x="pack=1,3", y="lr=0.01,0.02", steps=50)
    assert opened_of(spec, asked) is None


def test_members_are_those_of_the_step_in_which_it_trains() -> None:
    spec = SweepSpec()
    cells = [cell.spec for cell in spec.cells if cell.spec]
    sizes = {part.size for part in plan(cells, spec.seeds)}
    assert {members(spec, cell, 0) for cell in (0, 17, 63)} == sizes == {16}


@given(st.integers(0, 1_000_000), st.integers(1, 64), st.sampled_from(["eager", "compiled", None]))
def test_an_arrival_is_its_own_inverse(step: int, count: int, backend: Any) -> None:
    arrival = Arrival(step, count, backend)
    assert Arrival.of(str(arrival)) == arrival


@pytest.mark.parametrize(
    "text", ["", "-1", "1.5", "x", "1000001", "5:0", "5:65", "5:4:fast", "5:4:eager:", "٣"]
)
def test_nonsense_is_no_arrival(text: str) -> None:
    assert Arrival.of(text) is None


# ---------------------------------------------------------------- what the browser gets


def test_the_browser_gets_plain_json() -> None:
    class Handle:
        run, token, control = "r", "t", True

    spec = SweepSpec(x="pack=1,3", y="lr=0.01,0.02")
    data = json.loads(json.dumps(watch_data(Handle(), "phase.js", browser_data(spec)), allow_nan=False))
    assert [each["dial"] for each in data["data"]["axes"]] == ["pack", "lr"]
    assert list(data["data"]["refused"]) == ["1", "3"]
    assert data["data"]["modes"] == 8
    assert len(data["data"]["truth"][0]) == 2
    assert set(DIALS) <= set(dials())


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_are_small_import_what_exists_and_build_no_markup(script: Path) -> None:
    source = script.read_text()
    assert len(source.splitlines()) <= 400
    for name in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
        "http",
    ):
        assert name not in source
    for names, imported in re.findall(r'import \{([^}]+)\} from "\./([^"]+)"', source):
        exported = re.findall(
            r"export (?:async )?(?:function|const|class) (\w+)", assets.files_served()[imported].read_text()
        )
        assert {name.strip() for name in names.split(",") if name.strip()} <= set(exported)


def test_every_text_that_a_script_asks_for_is_there() -> None:
    known = set(texts())
    sources = "".join(path.read_text() for path in SCRIPTS)
    asked = set(re.findall(r'\bt\(\s*"(phase_\w+|download_\w+)"', sources))
    assert asked <= known, asked - known
    for metric in METRICS:
        assert {f"phase_{metric}_tip"} <= known
        assert f"phase_{metric}" in known or metric == "distance"
    unused = {key for key in texts() if key.startswith("phase_") and key not in sources}
    built = re.compile(
        r"phase_(better|distance|eager|compiled|mixed)|phase_.*_tip|phase_(" + "|".join(METRICS) + ")"
    )
    assert {key for key in unused if not built.match(key)} == set()


def test_metrics_are_the_same_on_both_sides() -> None:
    source = (STATIC / "phasemodel.js").read_text()
    (listed,) = re.findall(r"export const METRICS = (\[.*?\])", source)
    assert json.loads(listed) == list(METRICS)


def test_the_model_of_the_browser_sums_up_as_the_core_does(tmp_path: Path) -> None:
    """Only where there is a JavaScript outside the browser; the browser test looks at the same numbers."""
    node = subprocess.run(["which", "node"], capture_output=True, text=True, check=False).stdout.strip()
    if not node:
        return
    script = tmp_path / "sums.mjs"
    script.write_text(
        (STATIC / "phasemodel.js").read_text() + "\nconsole.log(JSON.stringify(summary([1, 2, 3, 6])));"
    )
    said = json.loads(subprocess.run([node, str(script)], capture_output=True, text=True, check=True).stdout)
    assert (said["mean"], said["n"]) == (3, 4)
    assert said["error"] == pytest.approx(1.0801234)
