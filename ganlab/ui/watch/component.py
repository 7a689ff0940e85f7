"""Mounts a watched run on a page: the toolbar and the loop are here, the charts are a module of the page's own.

What that module gets is written in `static/watch.js`. Frames and commands go over a socket between browser and worker
(`/api/live/<run>`, see docs/architecture.md); through Streamlit pass only what the component needs to start, and the
rare events that concern the page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from ganlab.ui.live import assets
from ganlab.ui.live.component import LiveHandle, nothing, run_data
from ganlab.ui.watch.texts import texts

__all__ = ["watch", "watch_data"]

_watch = st.components.v2.component("ganlab_watch", js=assets.stub("watch.js"), isolate_styles=False)


def watch(
    handle: LiveHandle,
    *,
    key: str,
    entry: str,
    data: Mapping[str, Any] | None = None,
    on_event: Callable[[], None] | None = None,
) -> Any:
    """A run with toolbar and status line, drawn by the module `entry` (`fit.js`, say).

    `data` is plain JSON for that module; texts of its own go into `data["texts"]`, by key.

    The result has `new_seed` (an int when the viewer asked for a new seed in this rerun, else None), `renew` (true when
    the run has ended and the viewer wants a new one, else None) and `event` (what the module emitted, else None);
    `on_event` is called before the rerun in which one of them is set.

    Raises ValueError for a module that is not served.
    """
    callback = on_event or nothing
    return _watch(
        key=key,
        data=watch_data(handle, entry, data or {}),
        on_new_seed_change=callback,
        on_renew_change=callback,
        on_event_change=callback,
    )


def watch_data(handle: LiveHandle, entry: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """What the browser gets at the start: plain JSON."""
    if not entry.endswith(".js") or entry not in assets.names():
        raise ValueError(f"entry should be the name of a served module. Received {entry!r}")
    own = data.get("texts", {})
    return {
        **run_data(handle),
        "modules": list(assets.modules(entry)),
        "entry": entry,
        "texts": texts() | own,
        "data": {name: value for name, value in data.items() if name != "texts"},
    }
