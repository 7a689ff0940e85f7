"""The exercise of a page lives in the address bar: data, networks, training, seed.

One direction only: address → spec → widgets. A widget that is moved writes the address, and the page, which then
runs from its top, reads it back. So a link, a reload, the back button and a preset are one and the same thing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from ganlab.gan.spec import GanSpec
from ganlab.live.cost import check_affordable
from ganlab.presets import PRESETS, Preset
from ganlab.specs import SpecError
from ganlab.ui import i18n
from ganlab.ui.i18n import _
from ganlab.ui.messages import Problem

PAGES: dict[int, str] = {1: "gan_1d", 2: "gan_2d"}
"""The page that shows data of so many dimensions."""

ARRIVING = "exercise.arriving"
"""Set while the viewer is taken from one page to another."""


@dataclass(frozen=True)
class Exercise:
    """What a page shows now, and what in its address could not be used."""

    page: str
    spec: GanSpec
    problems: tuple[Problem, ...] = ()

    @property
    def link(self) -> str:
        """The address of this exercise relative to its page, seed and backend always included."""
        return "?" + urlencode(query_of(self.spec) | {"backend": self.spec.backend})


def current(page: str) -> Exercise:
    """The exercise in the address bar, completed there; without one, the last of this session on this page.

    Data of another dimension has a page of its own: the viewer is taken there, and nothing is lost.
    """
    query = spec_part(dict(st.query_params))
    spec, problems = repair(query, default(page).spec) if query else (last(page), ())
    if PAGES[spec.dim] != page:
        leave_for(spec)
    if st.session_state.pop(ARRIVING, False):
        st.toast(_("This is the page for data of this dimension."), icon=":material/info:")
    show(page, spec)
    return Exercise(page, spec, problems)


def default(page: str) -> Preset:
    """The first preset of a page: what it opens with."""
    return next(preset for preset in PRESETS.values() if preset.page == page)


def last(page: str) -> GanSpec:
    """What this page showed last in this session."""
    spec = st.session_state.get(f"{page}.spec")
    return spec if isinstance(spec, GanSpec) else default(page).spec


def show(page: str, spec: GanSpec) -> None:
    """Puts the spec into the address bar and remembers it."""
    if spec != last(page):
        st.session_state.pop(f"{page}.refused", None)
    st.session_state[f"{page}.spec"] = spec
    # Always written: a link to the same page reruns it without changing the browser's address.
    st.query_params.from_dict(query_of(spec))


def change(page: str, **values: Any) -> bool:
    """Changes fields from a widget; False when that was refused, which leaves everything as it is."""
    try:
        spec = watchable(last(page), values)
    except SpecError as error:
        refuse(page, Problem(next(iter(values)), next(iter(values.values())), error.problems[0][2]))
        return False
    if PAGES[spec.dim] == page:
        show(page, spec)
    else:  # the script that follows reads it and turns to the other page
        st.query_params.from_dict(query_of(spec))
    return True


def watchable(spec: GanSpec, values: Mapping[str, Any]) -> GanSpec:
    """The spec with some fields changed; raises SpecError, also when it is too large to be watched live."""
    changed = spec.changed(**values)
    check_affordable(changed)
    return changed


def refuse(page: str, problem: Problem) -> None:
    """Remembers what a widget asked for in vain, until something else changes."""
    st.session_state.setdefault(f"{page}.refused", {})[problem.field] = problem


def refused(page: str, field: str) -> Problem | None:
    """What was asked of this field in vain."""
    return next((problem for problem in refusals(page) if problem.field == field), None)


def refusals(page: str) -> list[Problem]:
    """Everything asked for in vain since the last change."""
    found: dict[str, Problem] = st.session_state.get(f"{page}.refused", {})
    return list(found.values())


def leave_for(spec: GanSpec) -> None:
    """Turns to the page for this spec's dimension."""
    page = PAGES[spec.dim]
    st.session_state[ARRIVING] = True
    st.switch_page(f"{page}.py", query_params=query_of(spec))


# ---------------------------------------------------------------- addresses


def spec_part(query: Mapping[str, str]) -> dict[str, str]:
    """The keys of an address that belong to the spec."""
    return {name: value for name, value in query.items() if name in GanSpec.model_fields}


def query_of(spec: GanSpec) -> dict[str, str]:
    """The keys of an address: the spec, its seed always, and the language where the viewer chose it."""
    return spec.to_query() | language_part()


def language_part() -> dict[str, str]:
    """The language, unless it is what the browser would get anyway."""
    here = i18n.language()
    chosen = i18n.PARAMETER in st.query_params or here != (i18n.match(st.context.locale) or "en")
    return {i18n.PARAMETER: here} if chosen else {}


def repair(query: Mapping[str, str], fallback: GanSpec) -> tuple[GanSpec, tuple[Problem, ...]]:
    """The spec of an address, and what had to be put right: such fields take the value of `fallback`.

    An address with data is complete: what it leaves out has the default of `GanSpec`. One without, written by
    hand, changes `fallback`.
    """
    base, values = (GanSpec() if "data" in query else fallback), dict[str, Any](query)
    problems: dict[str, Problem] = {}
    while True:
        try:
            return watchable(base, values), tuple(problems.values())
        except SpecError as error:
            for path, value, allowed in error.problems:
                fields = culprits(path)
                if fields[0] in problems:  # putting that right was not enough
                    return fallback, tuple(problems.values())
                problems[fields[0]] = Problem(fields[0], values.get(fields[0], value), allowed)
                values |= {field: getattr(fallback, field) for field in fields}


def culprits(path: str) -> list[str]:
    """Fields behind a problem: one, or for the spec as a whole those that make networks too large."""
    field = path.partition(".")[0]
    return [field] if field in GanSpec.model_fields else ["g_hidden", "d_hidden", "noise_dim"]
