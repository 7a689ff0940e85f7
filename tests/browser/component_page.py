"""The page of component_app: what it mounts stands in the address."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from ganlab.ui.live.component import draw_pad, live


@dataclass(frozen=True)
class Handle:
    run: str
    token: str
    control: bool


query = st.query_params
st.set_page_config(layout="wide")
st.text_input("Some text", key="typing")
st.write("rerun", st.session_state.setdefault("reruns", 0))
st.session_state.reruns += 1

if not st.toggle("Mounted", value=True):
    st.stop()
if "draw" in query:
    points = draw_pad("pad")
    st.write("points", str(points))
else:
    name = query.get("run", "ring")
    handle = Handle(name, query.get("token", "let-me-in"), "view" not in query)
    dim = 1 if name.endswith("1d") else 2
    layers = query["layers"].split(",") if "layers" in query else None
    result = live(
        handle, key="stage", dim=dim, compact="compact" in query, layers=layers, link="/?run=ring&seed=7"
    )
    new = [event for event in (result.new_seed, result.renew) if event is not None]
    st.session_state.events = [*st.session_state.get("events", []), *new]
    st.write("events", str(st.session_state.events))
st.button("Rerun")
