"""Links to a GAN at one of its steps: `…&at=2000` is trained again from its seed, and holds still there.

`at=2000:16:compiled` says in addition that it was trained in a step of 16 GANs on that backend (a cell of a map): only
so it is the same bit for bit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, get_args

import streamlit as st

from ganlab.gan.spec import GanSpec
from ganlab.live.app import pool
from ganlab.live.commands import Replay
from ganlab.live.records import Handle
from ganlab.ui.address import query_of
from ganlab.ui.i18n import _
from ganlab.ui.messages import Problem

AT = "at"
MOST_STEPS = 1_000_000
MOST_MEMBERS = 64
_FORM = re.compile(r"(\d{1,7})(?::(\d{1,2})(?::(eager|compiled))?)?", re.ASCII)


Backend = Literal["eager", "compiled"]


def backend_of(name: object) -> Backend | None:
    """The backend of that name, if it is one."""
    return next((backend for backend in get_args(Backend) if backend == name), None)


@dataclass(frozen=True)
class Arrival:
    """Until which step, in a step of how many GANs, on which backend (None: any)."""

    step: int
    members: int = 1
    backend: Backend | None = None

    def __str__(self) -> str:
        """As it stands in a link."""
        if self.members == 1 and self.backend is None:
            return str(self.step)
        return ":".join([str(self.step), str(self.members), *([self.backend] if self.backend else [])])

    @classmethod
    def of(cls, text: str) -> Arrival | None:
        """The inverse of `str`; None for anything else."""
        found = _FORM.fullmatch(text)
        if found is None:
            return None
        step, members, name = found.groups()
        arrival = cls(int(step), int(members or 1), backend_of(name))
        possible = arrival.step <= MOST_STEPS and 1 <= arrival.members <= MOST_MEMBERS
        return arrival if possible else None


def link_to(spec: GanSpec, arrival: Arrival) -> dict[str, str]:
    """The query of a link to a GAN at a step."""
    return query_of(spec) | {AT: str(arrival)}


def arrive(page: str) -> tuple[Problem, ...]:
    """Remembers the step in the address, for `go_there` once the run is there; or what is wrong with it."""
    text = st.query_params.get(AT)
    if text is None:
        return ()
    arrival = Arrival.of(text)
    if arrival is None:
        allowed = _("a step from 0 to {most} is needed, such as 2000").format(most=f"{MOST_STEPS:,}")
        return (Problem(AT, text, allowed),)
    st.session_state[_key(page)] = arrival
    st.session_state.pop(_gone(page), None)
    return ()


def awaited(page: str) -> Arrival | None:
    """The step that a page was asked for and has not gone to."""
    found = st.session_state.pop(_key(page), None)
    return found if isinstance(found, Arrival) else None


def go_there(page: str, handle: Handle, arrival: Arrival) -> None:
    """Sends the page's run to a step, once."""
    gone = (handle.run, arrival)
    if st.session_state.get(_gone(page)) != gone:
        st.session_state[_gone(page)] = gone
        pool().request(
            handle.run, Replay(step=arrival.step, members=arrival.members, backend=arrival.backend)
        )


def _key(page: str) -> str:
    return f"{page}.at"


def _gone(page: str) -> str:
    return f"{page}.gone"
