"""The exercise of a page with a GAN lives in the address bar: data, networks, training, seed (see `ganlab.ui.address`).

What is special here: data of another dimension has a page of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from ganlab.gan.spec import GanSpec
from ganlab.live.cost import check_affordable
from ganlab.presets import PRESETS, Preset
from ganlab.ui import arriving
from ganlab.ui.address import Address, Place, query_of
from ganlab.ui.i18n import _

PAGES: dict[int, str] = {1: "gan_1d", 2: "gan_2d"}
"""The page that shows data of so many dimensions."""

ARRIVING = "exercise.arriving"
"""Set while the viewer is taken from one page to another."""


class ExerciseAddress(Address[GanSpec]):
    """The address of a page with a GAN."""

    def accept(self, spec: GanSpec) -> None:
        if PAGES[spec.dim] == self.page:
            self.show(spec)
        else:  # the script that follows reads it and turns to the other page
            st.query_params.from_dict(query_of(spec))


@dataclass(frozen=True)
class Exercise(Place[GanSpec]):
    """What a page shows now, and what in its address could not be used."""

    @property
    def link(self) -> str:
        """The address of this exercise relative to its page, seed and backend always included."""
        return "?" + urlencode(query_of(self.spec) | {"backend": self.spec.backend})


def address(page: str) -> ExerciseAddress:
    """The address of a page: a link with data is complete, and networks too large to watch are refused."""
    return ExerciseAddress(
        page,
        default(page).spec,
        complete=("data",),
        check=check_affordable,
        suspects=("g_hidden", "d_hidden", "noise_dim"),
    )


def current(page: str) -> Exercise:
    """The exercise in the address bar, completed there; without one, the last of this session on this page.

    Data of another dimension has a page of its own: the viewer is taken there, and nothing is lost.
    """
    here = address(page)
    query = here.part(dict(st.query_params))
    spec, problems = here.repair(query) if query else (here.last(), ())
    if PAGES[spec.dim] != page:
        leave_for(spec)
    problems += arriving.arrive(page)
    if st.session_state.pop(ARRIVING, False):
        st.toast(_("This is the page for data of this dimension."), icon=":material/info:")
    here.show(spec)
    return Exercise(here, spec, problems)


def default(page: str) -> Preset:
    """The first preset of a page: what it opens with."""
    return next(preset for preset in PRESETS.values() if preset.page == page)


def show(page: str, spec: GanSpec) -> None:
    """Puts the spec into the address bar and remembers it."""
    address(page).show(spec)


def change(page: str, **values: Any) -> bool:
    """Changes fields from a widget; False when that was refused, which leaves everything as it is."""
    return address(page).change(**values)


def leave_for(spec: GanSpec) -> None:
    """Turns to the page for this spec's dimension."""
    page = PAGES[spec.dim]
    st.session_state[ARRIVING] = True
    step = {name: value for name, value in st.query_params.items() if name == arriving.AT}
    st.switch_page(f"{page}.py", query_params=query_of(spec) | step)
