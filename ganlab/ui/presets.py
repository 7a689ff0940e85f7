"""The row of presets on top of a page: each is one click, and a link."""

from __future__ import annotations

import streamlit as st

from ganlab.gan.spec import GanSpec
from ganlab.presets import PRESETS, Preset
from ganlab.ui import address
from ganlab.ui.address import query_of
from ganlab.ui.datapicker import in_place
from ganlab.ui.exercise import Exercise
from ganlab.ui.i18n import _
from ganlab.ui.links import Ready, row


def of_page(page: str) -> list[Preset]:
    """The presets that a page shows."""
    return [preset for preset in PRESETS.values() if preset.page == page]


def ready(page: str) -> list[Ready]:
    """The presets of a page as links."""
    return [
        Ready(preset.name, preset.title, preset.comment, query_of(preset.spec)) for preset in of_page(page)
    ]


def presets(here: Exercise) -> None:
    """All presets of the page; under them the comment of the one that is on, whatever its seed."""
    chosen = next((preset.name for preset in of_page(here.page) if same(preset.spec, here.spec)), None)
    row(here.page, ready(here.page), chosen)
    if chosen is None:
        st.caption(
            _("Your own exercise: it is all in the address bar. Choose a preset to go back to one of ours.")
        )


def same(one: GanSpec, other: GanSpec) -> bool:
    """Whether two specs differ in nothing but seed, backend and device."""
    return one.differences(other) <= {"seed", "backend", "device"}


def problems(here: Exercise) -> None:
    """What in the address, or in a widget, could not be used; the page works without it."""
    address.problems(here, in_place=in_place("data"))
