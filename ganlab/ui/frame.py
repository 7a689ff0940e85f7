"""What surrounds every page: the language switch and a little style."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from ganlab.ui.address import follow
from ganlab.ui.i18n import LANGUAGES, choose, language

STYLE = Path(__file__).parent / "style.css"
ICON = Path(__file__).parent / "icon.svg"
_KEY = "language"


def style() -> None:
    """Streamlit's look, with the few rules of ours."""
    st.html(STYLE)


def language_switch() -> None:
    """English or Chinese, at the foot of the navigation; kept in the address."""
    follow(_KEY, language())
    st.sidebar.segmented_control(
        "Language · 语言",
        tuple(LANGUAGES),
        format_func=lambda code: LANGUAGES[code],
        key=_KEY,
        on_change=lambda: choose(st.session_state[_KEY]),
        required=True,
        label_visibility="collapsed",
    )
