"""The sidebar of a map: the GAN to begin with, two dials, seeds and steps; nothing is trained until it is asked for."""

from __future__ import annotations

import streamlit as st

from ganlab.gan.cost import operations
from ganlab.gan.variants import write_base
from ganlab.live.cost import A_SECOND
from ganlab.presets import PRESETS
from ganlab.trials.spec import MOST_GANS, SweepSpec
from ganlab.ui import address
from ganlab.ui.address import Address, follow, query_of
from ganlab.ui.exercise import PAGES
from ganlab.ui.i18n import _
from ganlab.ui.phase.dialing import dial
from ganlab.ui.phase.place import DRAFT, PhaseAddress, PhasePlace, draft
from ganlab.ui.presets import same
from ganlab.ui.widgets import groups, whole

OWN = "own"
LONG = 90.0  # seconds that are said in minutes


def sidebar(here: PhasePlace) -> None:
    """The draft of the next map, and the button that trains it."""
    planned = draft(here)
    with st.sidebar:
        rows = (
            (_("Dials"), "tune", dials, True),
            (_("The GAN to begin with"), "scatter_plot", base, True),
            (_("Seeds and steps"), "casino", size, True),
        )
        groups(planned, rows)
        address.problems(planned)
        cost(planned.spec)
        changed = planned.spec != here.spec
        st.button(
            _("Train this map"),
            icon=":material/grid_on:",
            type="primary" if changed else "secondary",
            disabled=not changed,
            on_click=train,
            args=(here.address, planned.address),
            width="stretch",
            key=f"{DRAFT}.train",
        )


def dials(here: PhasePlace) -> None:
    """Both axes."""
    dial(here, "x")
    st.divider()
    dial(here, "y")


def base(here: PhasePlace) -> None:
    """A preset, or any GAN as text."""
    gan = here.spec.gan
    found = next((preset.name for preset in PRESETS.values() if same(preset.spec, gan)), OWN)
    key = f"{DRAFT}.preset"
    follow(key, found)
    options = [*PRESETS, *([OWN] if found == OWN else [])]
    st.selectbox(
        _("Preset"),
        options,
        format_func=lambda name: _("one of your own") if name == OWN else _(PRESETS[name].title),
        key=key,
        on_change=take_preset,
        args=(here.address,),
    )
    st.text_area(here.label("base"), **here.bound("base"), height=110)
    page = PAGES[gan.dim]
    st.page_link(
        f"{page}.py",
        label=_("Open it on its page"),
        icon=":material/open_in_new:",
        query_params=query_of(gan),
    )


def size(here: PhasePlace) -> None:
    """How many seeds, how many steps, how many readings."""
    st.slider(here.label("seeds"), 1, 8, **here.bound("seeds"))
    whole(here, "steps")
    whole(here, "moments")


def cost(spec: SweepSpec) -> None:
    """How many GANs that is, and about how long they take."""
    possible = [cell.spec for cell in spec.cells if cell.spec is not None]
    seconds = sum(map(operations, possible)) * spec.seeds * spec.steps / A_SECOND
    count = len(possible) * spec.seeds
    st.caption(
        _("{n} GANs ({most} are possible), about {time} on one core.").format(
            n=f"{count:,}", most=f"{MOST_GANS:,}", time=duration(seconds)
        )
    )


def duration(seconds: float) -> str:
    """Roughly, in words."""
    if seconds < LONG:
        return _("{n} s").format(n=max(1, round(seconds)))
    minutes = seconds / 60
    return (
        _("{n} min").format(n=round(minutes)) if minutes < LONG else _("{n} h").format(n=round(minutes / 60))
    )


def take_preset(drafts: Address[SweepSpec]) -> None:
    """Callback: another GAN to begin with."""
    name = st.session_state[f"{DRAFT}.preset"]
    if name in PRESETS:
        drafts.change(base=write_base(PRESETS[name].spec))


def train(real: PhaseAddress, drafts: Address[SweepSpec]) -> None:
    """Callback: the draft becomes the map."""
    real.change(**drafts.last().model_dump())
