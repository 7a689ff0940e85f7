"""What a component hands over reaches the address, whatever a browser may send; without a browser."""

from __future__ import annotations

import json
from typing import Any

import pytest
from streamlit import config
from streamlit.testing.v1 import AppTest

from ganlab.live.questions import LineQuestion
from ganlab.ui.densities import address, rows
from ganlab.ui.lab.component import state_of
from ganlab.ui.live import assets
from tests.ui.apps import opened

OPENS = address().opens


def page(event):  # type: ignore[no-untyped-def]
    """A page whose component has just handed over `event`."""
    from types import SimpleNamespace

    import streamlit as st

    from ganlab.ui.address import problems
    from ganlab.ui.densities import address
    from ganlab.ui.lab.component import heard, take

    here = address()
    here.current()
    st.session_state["densities.lab"] = SimpleNamespace(changed=event)
    take(here, "densities.lab")
    shown = here.current()
    problems(shown)
    st.json({"state": shown.spec.model_dump(mode="json"), **heard(shown)})


def going_back(event):  # type: ignore[no-untyped-def]
    """A page that shows the state from before the event that its component has handed over."""
    from types import SimpleNamespace

    import streamlit as st

    from ganlab.ui.densities import address
    from ganlab.ui.lab.component import heard, take

    here = address()
    before = here.current()
    st.session_state["densities.lab"] = SimpleNamespace(changed=event)
    take(here, "densities.lab")
    st.json(heard(before))


def handed(event: Any) -> tuple[LineQuestion, str | None, AppTest]:
    app = opened(page, event)
    found = json.loads(app.json[0].value)
    return LineQuestion.model_validate(found["state"]), found["echo"], app


def test_a_state_goes_into_the_address_and_comes_back_with_its_stamp() -> None:
    wanted = OPENS.changed(q="0.5*normal(0,1)+0.5*normal(3,1)", units="bits", steps=2)
    spec, echo, app = handed({"stamp": "a-7", "state": wanted.model_dump(mode="json")})
    assert (spec, echo) == (wanted, "a-7")
    assert app.query_params["q"] in (wanted.q, [wanted.q])


def test_who_went_back_gets_an_older_state_and_the_stamp_that_was_heard() -> None:
    app = opened(
        going_back, {"stamp": "a-9", "state": OPENS.changed(q="normal(3,1)").model_dump(mode="json")}
    )
    assert json.loads(app.json[0].value) == {"heard": "a-9", "echo": None}


def test_what_cannot_be_used_changes_nothing_and_is_named() -> None:
    spec, echo, app = handed({"stamp": "a-8", "state": OPENS.model_dump(mode="json") | {"q": "ring(8)"}})
    assert (spec, echo) == (OPENS, None)
    assert "this has dimension 2" in app.warning[0].value


@pytest.mark.parametrize(
    "event",
    [None, 3, "state", [], {}, {"stamp": "x"}, {"state": 4}, {"state": {}}, {"state": {"nonsense": 1}}],
)
def test_anything_else_is_ignored(event: Any) -> None:
    spec, _, app = handed(event)
    assert spec == OPENS
    assert not app.warning


def test_unknown_fields_and_long_stamps_do_no_harm() -> None:
    state = OPENS.model_dump(mode="json") | {"components": {"p": []}, "colour": "red", "alpha": 2}
    spec, echo, _ = handed({"stamp": "x" * 500, "state": state})
    assert spec == OPENS.changed(alpha=2)
    assert echo == "x" * 64


def test_the_browser_gets_plain_json() -> None:
    state = state_of(OPENS.changed(p="0.3*normal(-2,0.5)+0.7*lognormal(0,0.5)"))
    assert json.loads(json.dumps(state)) == state
    assert [part["family"] for part in state["components"]["p"]] == ["normal", "lognormal"]
    assert state["components"]["p"][1]["values"] == {"mu": 0.0, "sigma": 0.5}
    for row in rows(1):
        assert json.loads(json.dumps(row, allow_nan=False)) == row


def test_addresses_stand_below_the_base_path() -> None:
    from ganlab.live import calculator

    before = config.get_option("server.baseUrlPath")
    config.set_option("server.baseUrlPath", "/lab/")
    try:
        assert calculator.routes(assets.base_path())[0].path == "/lab/api/divergences"
    finally:
        config.set_option("server.baseUrlPath", before)
