"""The live stage of a page: the run that follows its exercise, and what to say when there is none."""

from __future__ import annotations

import secrets
from functools import partial
from typing import Any

import streamlit as st

from ganlab.gan.spec import GanSpec
from ganlab.live.errors import Full
from ganlab.live.records import Handle
from ganlab.specs import FlatSpec
from ganlab.ui import runs
from ganlab.ui.address import Address
from ganlab.ui.arriving import awaited, go_there
from ganlab.ui.exercise import Exercise
from ganlab.ui.i18n import _
from ganlab.ui.live.component import live

SEEDS = 10_000  # new seeds stay short enough to read aloud


def stage(here: Exercise) -> None:
    """The run of this exercise, with toolbar, charts and diagnosis."""
    handle = handle_for(here.page, here.spec)
    if handle is None:
        return
    arrival = awaited(here.page)
    if arrival is not None:
        go_there(here.page, handle, arrival)
    key = f"{here.page}.live"
    react = partial(answer, here.address, key)
    live(handle, key=key, dim=here.spec.dim, link=here.link, on_event=react)


def small_stage(name: str, spec: GanSpec, height: int = 460) -> None:
    """A run without controls beyond play and pause; its spec is not in the address bar."""
    handle = handle_for(name, spec)
    if handle is None:
        return
    key = f"{name}.live"
    react = partial(begin_again, name, key)
    live(handle, key=key, dim=spec.dim, height=height, compact=True, on_event=react)


def handle_for(page: str, spec: FlatSpec) -> Handle | None:
    """The place at the page's run; None, with a friendly word, when all places are taken."""
    try:
        return runs.follow(page, spec)
    except Full as full:
        st.warning(
            _("You have {n} runs already: close another tab or page of this app, then try again.").format(
                n=full.limit
            )
            if full.scope == "session"
            else _("All {n} places on this server are taken. Please try again in a minute.").format(
                n=full.limit
            ),
            icon=":material/hourglass_top:",
        )
        st.button(_("Try again"), key=f"{page}.again")
        return None


def answer(address: Address[Any], key: str) -> Any:
    """Callback of a component: a new run after the end of one, or another seed. Returns all that it told the page."""
    event = begin_again(address.page, key)
    if event.new_seed is not None:
        address.change(seed=another(address.last().seed))
    return event


def begin_again(page: str, key: str) -> Any:
    """Callback of a component without other seeds: a new run after the end of one."""
    event = st.session_state[key]
    if event.renew:
        runs.end(page)
    return event


def another(seed: int) -> int:
    """A seed that is not this one."""
    fresh = secrets.randbelow(SEEDS)
    return fresh if fresh != seed else fresh + 1
