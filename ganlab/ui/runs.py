"""One run per browser session and page: started, changed and ended as the page's exercise changes."""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ganlab.live.app import pool
from ganlab.live.errors import UnknownRun
from ganlab.live.records import Handle
from ganlab.specs import FlatSpec


def follow(page: str, spec: FlatSpec) -> Handle:
    """The page's run of this spec, of any kind: the one there is, changed where that is enough, or a new one.

    Raises `ganlab.live.errors.Full` when there is no place for one, SpecError for a spec too large to watch.
    """
    session = _session()  # also on a rerun after a lost connection: the session must know its end again
    handle = of(page)
    if handle is None or not _keeps_up(handle, spec):
        end(page)
        handle = pool().start(spec, session)
        st.session_state[_key(page)] = handle
    return handle


def of(page: str) -> Handle | None:
    """The page's run in this session, if there is one."""
    found: Handle | None = st.session_state.get(_key(page))
    return found


def end(page: str) -> None:
    """Ends the page's run; the next `follow` starts a new one."""
    handle = of(page)
    if handle is not None:
        del st.session_state[_key(page)]
        pool().stop(handle.run)


def _keeps_up(handle: Handle, spec: FlatSpec) -> bool:
    """Whether the run is this spec now, or can be changed to it while it goes on.

    One that has ended, because nobody watched it for long, cannot.
    """
    try:
        return pool().update(handle.run, spec)
    except UnknownRun:
        return False


def _key(page: str) -> str:
    return f"{page}.run"


# ---------------------------------------------------------------- the end of a session


def _session() -> str:
    """This browser session's name; its runs are given up when its connection ends."""
    context = get_script_run_ctx()
    assert context is not None, "runs belong to pages"
    return _until_disconnected(context.session_id)


def _give_up(session: str) -> None:
    # Called on the event loop's thread: `abandon` only tells the workers, and never waits.
    pool().abandon(session)


@st.cache_resource(scope="session", on_release=_give_up, show_spinner=False)
def _until_disconnected(session: str) -> str:
    """Kept as long as the session's connection; Streamlit gives no other sign of its end."""
    return session
