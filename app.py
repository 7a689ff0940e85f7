"""The ASGI entry: `streamlit run app.py`."""

from __future__ import annotations

import streamlit as st

from ganlab.live import calculator, gateway
from ganlab.live.app import lifespan
from ganlab.ui.live import assets, component
from ganlab.ui.messages import said

base = assets.base_path()
app = st.App(
    "pages/main.py",
    routes=[*gateway.routes(base=base), *calculator.routes(base, say=said), *component.routes()],
    lifespan=lifespan,
)
