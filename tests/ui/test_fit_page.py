"""The page "Fit Q to P" without a browser: its sidebar writes the address, and says once what was refused."""

from __future__ import annotations

from functools import partial

import pytest
from streamlit.testing.v1 import AppTest

from ganlab.fitting.spec import FitSpec
from ganlab.ui.fit import WORDS
from tests.ui import apps
from tests.ui.apps import address


def page() -> None:
    """The page without its run."""
    import streamlit as st

    from ganlab.ui import fit
    from ganlab.ui.address import problems

    here = fit.address().current()
    fit.sidebar(here)
    problems(here, in_place=fit.IN_PLACE)
    st.text(here.spec.model_dump_json())


opened = partial(apps.opened, page)


def spec_of(app: AppTest) -> FitSpec:
    assert not app.exception
    return FitSpec.model_validate_json(app.text[0].value)


def test_every_field_of_a_link_has_a_name_for_people() -> None:
    assert set(WORDS) == set(FitSpec.model_fields)


@pytest.mark.parametrize(
    ("query", "key", "value", "said"),
    [
        ({"p": "normal(0,1)", "objective": "kl_pq"}, "fit.p", "cauchy(0,1)", "no finite variance"),
        ({"p": "uniform(0,1)", "objective": "js"}, "fit.p.uniform.low", 5.0, "above low"),
    ],
)
def test_a_p_that_is_refused_is_said_once_beside_its_widget(
    query: dict[str, str], key: str, value: object, said: str
) -> None:
    app = opened(**query)
    before = address(app)
    (widget,) = [one for one in (*app.text_input, *app.number_input) if one.key == key]
    widget.set_value(value).run()
    assert [said in error.value for error in app.error] == [True]
    assert not app.warning
    assert address(app) == before


def test_other_refusals_are_said_above_the_page() -> None:
    app = opened(p="normal(0,1)")
    app.text_input(key="fit.begin").set_value("0, 1, 2").run()
    assert "pairs of a mean" in app.warning[0].value
    assert spec_of(app).begin == ()


def test_layers_of_a_generator_are_a_depth_and_a_width() -> None:
    app = opened(p="normal(0,1)", model="generator", objective="js", hidden="16,24", starts="2")
    assert app.selectbox(key="fit.hidden.units").value == (16, 24)
    app.number_input(key="fit.hidden.depth").set_value(3).run()
    assert address(app)["hidden"] == "16,24,24"
    app.selectbox(key="fit.hidden.units").set_value(8).run()
    assert spec_of(app).hidden == (8, 8, 8)


def test_another_model_takes_what_it_can_do() -> None:
    app = opened(p="normal(0,1)", objective="chi2_pq", beside="kl_qp", starts="8")
    app.segmented_control(key="fit.model").set_value("generator").run()
    spec = spec_of(app)
    assert (spec.model, spec.objective, spec.starts) == ("generator", "js", 4)
    assert spec.lr == 0.01
