"""The row of exhibits on top of a page, and the question, the numbers and the explanation of the one that is open."""

from __future__ import annotations

import math
from typing import Any

import streamlit as st

from ganlab.exhibits import EXHIBITS, Exhibit, Number, of_page
from ganlab.specs import FlatSpec, text
from ganlab.ui.address import Place, language_part
from ganlab.ui.i18n import _
from ganlab.ui.links import Ready, headed, link

AROUND = frozenset({"low", "high", "steps", "scale", "units", "dstar", "skip"})
"""Fields that say how a state is looked at: an exhibit stays open while they change."""


def exhibits(here: Place[Any]) -> None:
    """All exhibits of the page as links; under them the one that was opened last in this session."""
    exact = next((one for one in of_page(here.page) if is_open(one, here.spec)), None)
    if exact is not None:
        st.session_state[_key(here.page)] = exact.name
    with st.container(horizontal=True, gap="small", key=f"{here.page}.exhibits"):
        for one in of_page(here.page):
            link_to(one, on=one is exact)
    name: str | None = st.session_state.get(_key(here.page))
    if name is not None and name in EXHIBITS:
        panel(here, EXHIBITS[name], changed=exact is None)
    else:
        st.caption(
            _("Your own state: it is all in the address bar. Choose an exhibit to be asked a question.")
        )


def is_open(exhibit: Exhibit, spec: FlatSpec) -> bool:
    """Whether a page shows exactly this exhibit."""
    return type(spec).make(exhibit.values).differences(spec) <= AROUND


def query_of(exhibit: Exhibit) -> dict[str, str]:
    """The address of an exhibit on its page."""
    return {name: text(value) for name, value in exhibit.values.items()} | language_part()


def ready(page: str) -> list[Ready]:
    """The exhibits of a page as links."""
    return [Ready(one.name, one.title, one.prediction, query_of(one)) for one in of_page(page)]


def link_to(exhibit: Exhibit, *, on: bool = False) -> None:
    """An exhibit as a link."""
    link(exhibit.page, exhibit.name, _(exhibit.title), query_of(exhibit), on=on)


def panel(here: Place[Any], exhibit: Exhibit, *, changed: bool) -> None:
    """The question; and, once asked for, the numbers and the explanation."""
    shown = _key(here.page, exhibit.name)
    with st.container(border=True, key=f"exhibit-{exhibit.name}"):
        st.markdown(headed(exhibit.title, exhibit.prediction))
        if st.session_state.get(shown, False):
            st.markdown(_answer(exhibit))
            st.markdown(_(exhibit.explanation))
        with st.container(horizontal=True, gap="small"):
            label = _("Hide the answer") if st.session_state.get(shown, False) else _("Show the answer")
            st.button(
                label, key=f"{here.page}.answer", on_click=_turn, args=(shown,), icon=":material/lightbulb:"
            )
            if changed:
                link(exhibit.page, f"back-{exhibit.name}", _("Back to the exhibit"), query_of(exhibit))


def _answer(exhibit: Exhibit) -> str:
    return " · ".join(f"**{number.label} = {_shown(number)}**" for number in exhibit.numbers)


def _shown(number: Number) -> str:
    value = "∞" if math.isinf(number.value) else f"{number.value:.4g}".replace("-", "−")
    unit = {"nats": _("nats"), "bits": _("bits"), "x": "", "x2": "", "none": ""}[number.units]
    return f"{value} {unit}".strip()


def _key(page: str, name: str = "") -> str:
    return f"{page}.exhibit.{name}" if name else f"{page}.exhibit"


def _turn(shown: str) -> None:
    st.session_state[shown] = not st.session_state.get(shown, False)
