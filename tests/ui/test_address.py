"""The address of a page with any flat spec: what a link means, what is put right in it, what is refused."""

from __future__ import annotations

from functools import partial
from typing import Literal

from hypothesis import given, settings
from hypothesis import strategies as some
from pydantic import Field, model_validator
from streamlit.testing.v1 import AppTest

from ganlab.specs import DistributionText, FlatSpec, SpecError
from ganlab.ui.address import Address
from tests.ui import apps
from tests.ui.apps import address


class Pair(FlatSpec):
    """Two texts, a number with bounds, a choice, and a rule over two fields."""

    ALWAYS = frozenset({"p", "q"})

    p: DistributionText = Field("normal(0,1)", validate_default=True)
    q: DistributionText = Field("normal(2,1)", validate_default=True)
    n: int = Field(100, ge=10, le=1000)
    units: Literal["nats", "bits"] = "nats"

    @model_validator(mode="after")
    def _differ(self) -> Pair:
        if self.p == self.q and self.n > 500:
            raise ValueError("equal distributions need at most 500 samples")
        return self


def few(spec: Pair) -> None:
    """What this page can show."""
    if spec.n > 900:
        raise SpecError([("n", spec.n, "choose at most 900 here")])


OPENS = Pair(p="laplace(0,1)", n=50)
WORDS = {name: (name, f"about {name}") for name in Pair.model_fields}
ADDRESS = Address("pair", OPENS, complete=("p", "q"), check=few, suspects=("n",), words=WORDS)

specs = some.builds(
    Pair,
    p=some.sampled_from(["normal(0,1)", "uniform(0,1)"]),
    q=some.sampled_from(["normal(1,2)", "cauchy(0,1)"]),
    n=some.integers(10, 900),
    units=some.sampled_from(["nats", "bits"]),
)


@given(specs)
@settings(deadline=None)
def test_a_link_says_all(spec: Pair) -> None:
    assert ADDRESS.repair(spec.to_query()) == (spec, ())


def test_a_link_without_what_makes_it_complete_changes_what_the_page_opens_with() -> None:
    assert ADDRESS.repair({"units": "bits"}) == (OPENS.changed(units="bits"), ())
    assert ADDRESS.repair({"q": "normal(1,1)", "n": "20"}) == (Pair(q="normal(1,1)", n=20), ())


def test_only_what_cannot_be_used_is_replaced() -> None:
    spec, problems = ADDRESS.repair({"p": "normal(0,", "q": "normal(1,1)", "n": "many", "units": "bits"})
    assert spec == OPENS.changed(q="normal(1,1)", units="bits")
    assert {problem.field: problem.value for problem in problems} == {"p": "normal(0,", "n": "many"}
    assert next(problem for problem in problems if problem.field == "p").position == 6


def test_a_rule_over_several_fields_puts_the_suspects_right() -> None:
    spec, problems = ADDRESS.repair({"p": "normal(0,1)", "q": "normal(0,1)", "n": "600"})
    assert spec == Pair(q="normal(0,1)", n=50)
    assert [(problem.field, problem.allowed) for problem in problems] == [
        ("n", "equal distributions need at most 500 samples")
    ]


def test_what_the_page_cannot_show_is_put_right_too() -> None:
    spec, problems = ADDRESS.repair({"p": "normal(0,1)", "n": "950"})
    assert spec.n == OPENS.n
    assert problems[0].allowed == "choose at most 900 here"


anything = some.text(max_size=20) | some.sampled_from(["-1", "1e9", "nan", "normal(0,1)", "ring(8)", "bits"])


@given(some.dictionaries(some.sampled_from(sorted(Pair.model_fields)), anything))
@settings(max_examples=150, deadline=None)
def test_whatever_the_address_says_there_is_a_spec_to_show(query: dict[str, str]) -> None:
    spec, problems = ADDRESS.repair(query)
    few(spec)
    assert {problem.field for problem in problems} <= set(Pair.model_fields)


# ---------------------------------------------------------------- on a page


def page() -> None:
    """A page with one widget per kind."""
    import streamlit as st

    from ganlab.ui.address import problems
    from ganlab.ui.widgets import pick, whole
    from tests.ui.test_address import ADDRESS

    here = ADDRESS.current()
    problems(here)
    whole(here, "n")
    pick(here, "units", ["nats", "bits"])
    st.text_input(here.label("q"), **here.bound("q"))
    wrong = ADDRESS.refused("q")
    st.text(here.spec.model_dump_json())
    st.text(here.link)
    st.text("" if wrong is None else wrong.allowed)


opened = partial(apps.opened, page)


def shown(app: AppTest) -> Pair:
    assert not app.exception
    return Pair.model_validate_json(app.text[0].value)


def test_without_an_address_the_page_opens_and_completes_it() -> None:
    app = opened()
    assert shown(app) == OPENS
    assert address(app) == OPENS.to_query() == {"p": "laplace(0,1)", "q": "normal(2,1)", "n": "50"}


def test_widgets_follow_the_address_and_write_it() -> None:
    app = opened(p="normal(0,1)", q="normal(1,1)", n="20", lang="en")
    assert app.number_input(key="pair.n").value == 20
    app.selectbox(key="pair.units").set_value("bits").run()
    app.text_input(key="pair.q").set_value("0.5*normal(0,1)+0.5*normal(3,1)").run()
    assert shown(app) == Pair(q="0.5*normal(0,1)+0.5*normal(3,1)", n=20, units="bits")
    assert address(app) == shown(app).to_query() | {"lang": "en"}


def test_what_is_refused_leaves_everything_as_it_is_and_is_named() -> None:
    app = opened(p="normal(0,1)", q="normal(1,1)")
    before = address(app)
    app.text_input(key="pair.q").set_value("normal(1,-1)").run()
    assert address(app) == before
    assert "std is -1" in app.text[2].value
    assert "std is -1" in app.warning[0].value
    app.number_input(key="pair.n").set_value(30).run()
    assert not app.warning
    assert shown(app) == Pair(q="normal(1,1)", n=30)


def test_the_session_remembers_the_page() -> None:
    app = opened(p="normal(0,1)", q="normal(1,1)", n="20")
    app.query_params.clear()
    app.run()
    assert shown(app).n == 20
    assert address(app)["n"] == "20"
