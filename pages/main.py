"""What all pages have in common: navigation, language, style."""

from __future__ import annotations

import streamlit as st

from ganlab.ui.frame import ICON, language_switch, style
from ganlab.ui.i18n import _

st.set_page_config(page_title="ganlab", page_icon=ICON, layout="wide")
page = st.navigation(
    {
        "": [st.Page("home.py", title=_("Home"), icon=":material/home:", default=True)],
        _("GANs"): [
            st.Page("gan_2d.py", title=_("GAN in 2-D"), icon=":material/scatter_plot:", url_path="gan_2d"),
            st.Page("gan_1d.py", title=_("GAN in 1-D"), icon=":material/show_chart:", url_path="gan_1d"),
        ],
        _("Experiments"): [
            st.Page("compare.py", title=_("Compare"), icon=":material/view_column:", url_path="compare"),
            st.Page("clinic.py", title=_("Clinic"), icon=":material/medication:", url_path="clinic"),
            st.Page("phase.py", title=_("Phase diagram"), icon=":material/grid_on:", url_path="phase"),
        ],
        _("Divergences"): [
            st.Page(
                "densities.py", title=_("Two densities"), icon=":material/balance:", url_path="densities"
            ),
            st.Page("plane.py", title=_("In the plane"), icon=":material/bubble_chart:", url_path="plane"),
            st.Page("samples.py", title=_("From samples"), icon=":material/grain:", url_path="samples"),
            st.Page("fit.py", title=_("Fit Q to P"), icon=":material/trending_down:", url_path="fit"),
        ],
    }
)
st.set_page_config(page_title=f"{page.title} · ganlab")
style()
language_switch()
page.run()
