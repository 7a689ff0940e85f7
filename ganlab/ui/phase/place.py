"""The address of a map, and the draft of the next one: dials are turned without losing what is being trained.

A link of another page with a GAN is understood as well: its GAN becomes the base.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from ganlab.gan.spec import GanSpec
from ganlab.gan.variants import join_pairs
from ganlab.live.cost import check_affordable
from ganlab.specs import SpecError
from ganlab.trials.spec import SweepSpec
from ganlab.ui.address import Address, Place
from ganlab.ui.i18n import N_
from ganlab.ui.messages import Problem
from ganlab.ui.phase import words

PAGE = "phase"
DRAFT = f"{PAGE}.draft"
BASED_ON = f"{PAGE}.based_on"
"""The map that the draft began as."""

WORDS: dict[str, tuple[str, str]] = {
    "base": (
        N_("The GAN to begin with"),
        N_("What all cells have in common, as in a link: data=ring(8)&lr_d=0.001&penalty=r1."),
    ),
    "x": (N_("Across"), N_("The dial that changes from left to right.")),
    "y": (N_("Upward"), N_("The dial that changes from bottom to top.")),
    "seeds": (N_("Seeds"), N_("Every cell is trained with so many; the map shows their mean.")),
    "steps": (N_("Steps"), N_("Iterations of every GAN.")),
    "moments": (
        N_("Readings on the way"),
        N_("How often every GAN is measured, more often at the beginning."),
    ),
}


class PhaseAddress(Address[SweepSpec]):
    """The address of the page."""

    def current(self) -> PhasePlace:
        """What is in the address bar, completed there."""
        here = super().current()
        return PhasePlace(self, here.spec, here.problems)

    def part(self, query: Mapping[str, str]) -> dict[str, str]:
        """The keys of the map; a GAN as other pages have it in their links is taken for the base."""
        found = super().part(query)
        alone = {name: value for name, value in query.items() if name in GanSpec.model_fields}
        if "base" not in found and "data" in alone:
            opens = self.opens
            found |= {"base": join_pairs(alone), "x": opens.x, "y": opens.y}
        return found

    def repair(
        self, query: Mapping[str, str], fallback: SweepSpec | None = None
    ) -> tuple[SweepSpec, tuple[Problem, ...]]:
        """The map in an address; what cannot be used is as the page opens with."""
        fallback = self.opens if fallback is None else fallback
        base = SweepSpec() if any(name in query for name in self.complete) else fallback
        values, wrong = dict[str, Any](query), dict[str, Problem]()
        while True:
            try:
                return self.valid(base, values), tuple(wrong.values())
            except SpecError as error:
                path, value, allowed = error.problems[0]
                name = path.partition(".")[0]
                if name in wrong or name not in SweepSpec.model_fields:  # putting that right was not enough
                    return fallback, tuple(wrong.values())
                wrong[name] = Problem(path, value, allowed)
                values[name] = getattr(fallback, name)

    def change(self, **values: Any) -> bool:
        """Changes fields; False when that was refused, which leaves everything as it is."""
        try:
            spec = self.valid(self.last(), values)
        except SpecError as error:
            path, value, allowed = error.problems[0]
            self.refuse(Problem(path, value, allowed))
            return False
        self.accept(spec)
        return True


@dataclass(frozen=True)
class PhasePlace(Place[SweepSpec]):
    """What the page shows now."""

    def label(self, name: str) -> str:
        """What a field is called, also one of the base, or a dial."""
        return words.label(name)

    def explain(self, name: str) -> str:
        """What a field means."""
        return super().explain(name.partition(".")[0])


class DraftAddress(PhaseAddress):
    """Where the widgets write: nothing of it is in the address bar until it is to be trained."""

    def last(self) -> SweepSpec:
        """The draft."""
        spec = st.session_state.get(f"{self.page}.spec")
        return spec if isinstance(spec, SweepSpec) else self.opens

    def show(self, spec: SweepSpec) -> None:
        """Remembers the draft."""
        if spec != self.last():
            st.session_state.pop(f"{self.page}.refused", None)
        st.session_state[f"{self.page}.spec"] = spec


def address() -> PhaseAddress:
    """The address of the page; it opens with learning rates against each other."""
    return PhaseAddress(PAGE, SweepSpec(), complete=("base", "x"), check=check_affordable, words=WORDS)


def draft(here: PhasePlace) -> PhasePlace:
    """The map that the sidebar shows: the one that is trained, until something is changed there."""
    drafts = DraftAddress(DRAFT, here.spec, check=check_affordable, words=WORDS)
    if st.session_state.get(BASED_ON) != here.spec:  # a link, the back button, or the draft itself
        st.session_state[BASED_ON] = here.spec
        drafts.show(here.spec)
    return PhasePlace(drafts, drafts.last())
