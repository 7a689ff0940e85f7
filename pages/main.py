"""What all pages have in common: navigation, language, style."""

from __future__ import annotations

import streamlit as st

from ganlab.ui.frame import ICON, language_switch, style
from ganlab.ui.i18n import _

st.set_page_config(page_title="ganlab", page_icon=ICON, layout="wide")
page = st.navigation(
    [
        st.Page("home.py", title=_("Home"), icon=":material/home:", default=True),
        st.Page(
            "densities.py",
            title=_("Two densities"),
            icon=":material/balance:",
            url_path="densities",
        ),
        st.Page("gan_2d.py", title=_("GAN in 2-D"), icon=":material/scatter_plot:", url_path="gan_2d"),
        st.Page("gan_1d.py", title=_("GAN in 1-D"), icon=":material/show_chart:", url_path="gan_1d"),
    ]
)
st.set_page_config(page_title=f"{page.title} · ganlab")
style()
language_switch()
page.run()
