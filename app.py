"""The ASGI entry: `streamlit run app.py`."""

from __future__ import annotations

import streamlit as st

from ganlab.live import gateway
from ganlab.live.app import lifespan
from ganlab.ui.live import component

app = st.App("pages/main.py", routes=[*gateway.routes(), *component.routes()], lifespan=lifespan)
