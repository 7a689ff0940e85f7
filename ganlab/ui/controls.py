"""The sidebar of a page with a GAN: every field of the run, in groups, the ones turned most often on top."""

from __future__ import annotations

import streamlit as st

from ganlab.ui import exercise, runs
from ganlab.ui.datapicker import data
from ganlab.ui.exercise import Exercise
from ganlab.ui.gan_fields import sections
from ganlab.ui.i18n import _

OPENED = frozenset({"database", "speed"})


def sidebar(here: Exercise) -> None:
    """All controls of the exercise."""
    with st.sidebar:
        sections(here, data, OPENED)
        st.button(
            _("Reset to the first preset"),
            icon=":material/restart_alt:",
            on_click=reset,
            args=(here.page,),
            width="stretch",
            key=f"{here.page}.reset",
        )


def reset(page: str) -> None:
    """Callback: back to what the page opens with, in a run of its own."""
    runs.end(page)
    exercise.show(page, exercise.default(page).spec)
