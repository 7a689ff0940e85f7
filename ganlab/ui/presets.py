"""The row of presets on top of a page: each is one click, and a link."""

from __future__ import annotations

import streamlit as st

from ganlab.gan.spec import GanSpec
from ganlab.presets import PRESETS, Preset
from ganlab.ui.exercise import Exercise, query_of, refusals
from ganlab.ui.fields import label
from ganlab.ui.i18n import _
from ganlab.ui.messages import Problem, plain, translate

SHOWN_IN_PLACE = {"data", "parameter"}
"""Fields whose widget says itself what was wrong."""


def of_page(page: str) -> list[Preset]:
    """The presets that a page shows."""
    return [preset for preset in PRESETS.values() if preset.page == page]


def presets(here: Exercise) -> None:
    """All presets of the page; under them the comment of the one that is on, whatever its seed."""
    chosen = next((preset for preset in of_page(here.page) if same(preset.spec, here.spec)), None)
    with st.container(horizontal=True, gap="small", key=f"{here.page}.presets"):
        for preset in of_page(here.page):
            state = "on" if preset is chosen else "off"
            with st.container(key=f"preset-{state}-{preset.name}", width="content"):
                st.page_link(
                    f"{here.page}.py",
                    label=_(preset.title),
                    help=_(preset.comment),
                    query_params=query_of(preset.spec),
                )
    if chosen is not None:
        st.markdown(_("**{title}**. {comment}").format(title=_(chosen.title), comment=_(chosen.comment)))
    else:
        st.caption(
            _("Your own exercise: it is all in the address bar. Choose a preset to go back to one of ours.")
        )


def same(one: GanSpec, other: GanSpec) -> bool:
    """Whether two specs differ in nothing but seed, backend and device."""
    return one.differences(other) <= {"seed", "backend", "device"}


def problems(here: Exercise) -> None:
    """What in the address, or in a widget, could not be used; the page works without it."""
    if here.problems:
        lines = [line(problem) for problem in here.problems]
        intro = _("Part of this link could not be used; the rest is as it says:")
        st.warning("\n".join([intro, "", *lines]), icon=":material/link_off:")
    wrong = [problem for problem in refusals(here.page) if problem.field not in SHOWN_IN_PLACE]
    if wrong:
        lines = [line(problem) for problem in wrong]
        st.warning(
            "\n".join([_("That cannot be done, and nothing was changed:"), "", *lines]),
            icon=":material/block:",
        )


def line(problem: Problem) -> str:
    """One problem: field, value, what is allowed."""
    value = problem.short_value.replace("`", "'")  # a backtick would end the quotation
    given = f"`{problem.field}={value}`"
    reason = plain(translate(problem.allowed))
    return "- " + _("**{field}** {given}: {reason}.").format(
        field=label(problem.field), given=given, reason=reason
    )
