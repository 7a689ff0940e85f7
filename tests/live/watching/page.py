"""The page of the watch component's tests: what it mounts stands in the address."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from ganlab.ui.watch.component import watch


@dataclass(frozen=True)
class Handle:
    run: str
    token: str
    control: bool


query = st.query_params
st.set_page_config(layout="wide")
st.text_input("Some text", key="typing")
number = st.slider("Number", 0, 10, 3)
name = st.text_input("Run", value=query.get("run", "a"))
handle = Handle(name, "let-me-in", "view" not in query)
data = {"number": number, "fail": "fail" in query, "texts": {"probe_button": "Press"}}
result = watch(handle, key="watch", entry="probe.js", data=data)
new = [event for event in (result.new_seed, result.renew, result.event) if event is not None]
st.session_state.events = [*st.session_state.get("events", []), *new]
st.write("events", str(st.session_state.events))
