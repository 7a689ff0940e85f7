"""The watch component on a page of its own, with fake runs: `streamlit run tests/live/watching/app.py`."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from starlette.routing import Route, WebSocketRoute

from ganlab.ui.live import assets
from tests.browser.component_app import live, log, tell

HERE = Path(__file__).parent
served = assets.files_served
assets.files_served = lambda: {**served(), "probe.js": HERE / "probe.js"}

app = st.App(
    HERE / "page.py",
    routes=[
        *assets.routes(),
        WebSocketRoute("/api/live/{run}", live),
        Route("/fake/{run}/log", log),
        Route("/fake/{run}/tell", tell, methods=["POST"]),
    ],
)
