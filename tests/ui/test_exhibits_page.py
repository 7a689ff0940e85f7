"""The row of exhibits: what is open, what is asked, what is answered; without a browser."""

from __future__ import annotations

import json

from streamlit.testing.v1 import AppTest

from ganlab.exhibits import EXHIBITS, of_page
from ganlab.live.questions import LineQuestion
from ganlab.ui.densities import FIELDS, address
from ganlab.ui.exhibits import is_open
from tests.ui.apps import opened


def page() -> None:
    """A page with its exhibits and nothing else."""
    import streamlit as st

    from ganlab.ui.densities import address
    from ganlab.ui.exhibits import exhibits

    links = []
    patched = st.page_link
    st.page_link = lambda *args, **options: links.append(options)  # AppTest knows no navigation
    try:
        here = address().current()
        exhibits(here)
    finally:
        st.page_link = patched
    st.text(len(links))


def said(app: AppTest) -> str:
    return " ".join(element.value for element in app.markdown)


def test_every_exhibit_is_a_link_and_the_first_is_open() -> None:
    app = opened(page)
    assert int(app.text[0].value) == len(of_page("densities"))
    assert of_page("densities")[0].prediction in said(app)


def test_the_answer_comes_when_it_is_asked_for() -> None:
    app = opened(page)
    exhibit = of_page("densities")[0]
    assert exhibit.explanation not in said(app)
    app.button(key="densities.answer").click().run()
    assert exhibit.explanation in said(app)
    assert "KL(P‖Q) = 2 nats" in said(app)
    app.button(key="densities.answer").click().run()
    assert exhibit.explanation not in said(app)


def test_the_question_stays_while_the_state_is_changed() -> None:
    exhibit = EXHIBITS["saturates"]
    app = opened(page, **LineQuestion.make(exhibit.values).to_query())
    assert exhibit.prediction in said(app)
    app.query_params["q"] = "uniform(2,3)"
    app.run()
    assert exhibit.prediction in said(app)
    assert int(app.text[0].value) == len(of_page("densities")) + 1, "and a way back"


def test_own_states_are_nobodys_exhibit() -> None:
    app = opened(page, p="normal(0,1)", q="cauchy(3,1)")
    assert "Choose an exhibit" in " ".join(element.value for element in app.caption)


def test_what_is_looked_at_otherwise_is_the_same_exhibit() -> None:
    exhibit = EXHIBITS["gan_value"]
    spec = LineQuestion.make(exhibit.values)
    assert is_open(exhibit, spec)
    assert is_open(exhibit, spec.changed(steps=3, low=-4.0, high=4.0))
    assert not is_open(exhibit, spec.changed(q="normal(1.1,1)"))


def links() -> None:
    """The addresses of all exhibits of the page."""
    import streamlit as st

    from ganlab.exhibits import of_page
    from ganlab.ui.exhibits import query_of

    for one in of_page("densities"):
        st.json({"name": one.name, "query": query_of(one)})


def test_links_are_the_states_of_the_exhibits() -> None:
    app = opened(links)
    assert len(app.json) == len(of_page("densities"))
    for element in app.json:
        found = json.loads(element.value)
        assert LineQuestion.from_query(found["query"]) == LineQuestion.make(EXHIBITS[found["name"]].values)


def test_every_field_has_words() -> None:
    assert set(FIELDS) == set(LineQuestion.model_fields)
    assert address().opens == LineQuestion.make(of_page("densities")[0].values)
