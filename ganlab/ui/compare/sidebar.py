"""The sidebar of a comparison: its runs with what each changes, and below them the base with all its fields."""

from __future__ import annotations

from functools import partial

import streamlit as st

from ganlab.gan import variants
from ganlab.live.compare_spec import MOST, CompareSpec
from ganlab.specs import SpecError
from ganlab.ui import runs
from ganlab.ui.compare import pickers, words
from ganlab.ui.compare.place import PAGE, CompareAddress, ComparePlace
from ganlab.ui.datapicker import choose, describe
from ganlab.ui.exercise import Exercise
from ganlab.ui.fields import label
from ganlab.ui.gan_fields import sections, widget
from ganlab.ui.i18n import _
from ganlab.ui.messages import Problem

EXAMPLES = {1: "0.5*normal(-2,0.5)+0.5*normal(2,0.5)", 2: "ring(8,radius=2,std=0.05)"}
"""Data of each dimension to begin with."""


def sidebar(here: ComparePlace) -> None:
    """All controls of the comparison."""
    with st.sidebar:
        st.markdown(_("**What is compared with A**"))
        for run in range(1, len(here.spec.arm_texts) + 1):
            arm(here, run)
        add_run(here)
        st.markdown(_("**A, the base**"), help=_("Data and seed are the same for all runs."))
        sections(here.member(0), data)
        st.button(
            _("Reset to the first comparison"),
            icon=":material/restart_alt:",
            on_click=reset,
            args=(here,),
            width="stretch",
            key=f"{PAGE}.reset",
        )


def data(base: Exercise) -> None:
    """On the line or in the plane, and which distribution."""
    key = f"{base.page}.dim"
    st.session_state[key] = base.spec.dim
    names = {2: _("in the plane"), 1: _("on the line")}
    st.segmented_control(
        _("Data"),
        tuple(names),
        format_func=names.__getitem__,
        required=True,
        key=key,
        on_change=take_dim,
        args=(base,),
        label_visibility="collapsed",
    )
    choose(base, "data", describe)


# ---------------------------------------------------------------- the runs beside the base


def arm(here: ComparePlace, run: int) -> None:
    """One run: a widget for each field that it changes, one more to choose, and a way to take it away."""
    member = here.member(run)
    text = here.spec.arm_texts[run - 1]
    title = f"{words.letter(run)} · {words.title(here.spec.base_spec, run, member.spec)}"
    with st.expander(title, key=f"{PAGE}.arm{run}"):
        changed = list(variants.read(text))
        for field in changed:
            changed_field(here, member, run, field, single=len(changed) == 1)
        left = pickers.fields_left(text)
        key = f"{member.page}.more"
        pickers.add_select(
            key,
            left,
            label,
            _("Change another field …"),
            partial(take_field, here, run, key),
            _("Every field of a GAN can be different in this run."),
        )
        one = len(here.spec.arm_texts) == 1
        st.button(
            _("Remove this run"),
            icon=":material/delete:",
            key=f"{member.page}.remove",
            disabled=one,
            help=_("A comparison needs one run beside the base.") if one else None,
            on_click=remove_run,
            args=(here, run),
        )


def changed_field(here: ComparePlace, member: Exercise, run: int, field: str, *, single: bool) -> None:
    """The widget of a field that this run changes, and a way back to what the base has."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        with st.container():
            widget(member, field)
        if not single:
            st.button(
                "",
                icon=":material/close:",
                key=f"{member.page}.{field}.away",
                help=_("As in the base"),
                on_click=drop_field,
                args=(here, run, field),
            )


def add_run(here: ComparePlace) -> None:
    """A list of everything that another run may try."""
    if len(here.spec.arm_texts) >= MOST - 1:
        st.caption(_("Six runs are as many as can be compared at once."))
        return
    offered = pickers.offers(here.spec.base_spec)
    key = f"{PAGE}.add"
    pickers.add_select(
        key,
        list(offered),
        lambda offer: f"{pickers.kind_of_offer(offer)} · {offered[offer]}",
        _("Add a run that tries …"),
        partial(take_offer, here, key),
        _("Another objective, a remedy, or any field: type to search."),
    )


# ---------------------------------------------------------------- what widgets do


def take_dim(base: Exercise) -> None:
    """Callback: data of another dimension."""
    base.address.change(data=EXAMPLES[st.session_state[f"{base.page}.dim"]])


def whole(here: ComparePlace) -> CompareAddress:
    """The address of the comparison."""
    assert isinstance(here.address, CompareAddress)
    return here.address


def take_offer(here: ComparePlace, key: str) -> None:
    """Callback: one more run."""
    offer = st.session_state[key]
    if offer is None:
        return
    spec = whole(here).last()
    try:
        text = pickers.starting_text(spec.base_spec, offer)
    except SpecError as error:
        refuse(here, len(spec.arm_texts) + 1, error)
        return
    whole(here).change(arms=variants.join([*spec.arm_texts, text]))


def take_field(here: ComparePlace, run: int, key: str) -> None:
    """Callback: one more field that a run changes, at another value than it has."""
    field = st.session_state[key]
    arms = whole(here).last().arm_texts
    if field is None or run > len(arms):
        return
    try:
        changes = pickers.first_change(here.spec.specs[run], field)
    except SpecError as error:
        refuse(here, run, error)
        return
    here.member(run).address.change(**changes)


def drop_field(here: ComparePlace, run: int, field: str) -> None:
    """Callback: a field of this run is as in the base again."""
    spec = whole(here).last()
    raw = variants.read(spec.arm_texts[run - 1])
    raw.pop(field, None)
    kept = {name: getattr(spec.specs[run], name) for name in raw}
    whole(here).rewrite(run, variants.write(kept))


def remove_run(here: ComparePlace, run: int) -> None:
    """Callback: one run less."""
    whole(here).rewrite(run, None)


def refuse(here: ComparePlace, run: int, error: SpecError) -> None:
    """Says what cannot be."""
    field, value, allowed = error.problems[0]
    whole(here).refuse(Problem(f"arms.{run}.{field}", value, allowed))


def reset(here: ComparePlace) -> None:
    """Callback: back to what the page opens with, in a run of its own."""
    runs.end(PAGE)
    whole(here).show(CompareSpec())
