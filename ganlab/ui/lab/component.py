"""Mounts the components of the pages about divergences, and keeps them and the address bar in step.

A component holds the state of its page while something is dragged or typed, and asks the calculator itself (`ask.js`).
When the state rests, it hands it over with a stamp; the page writes the address, runs again, and hands the state back
with that stamp, by which the component knows its own words. So how a page is written:

    _plane = register("plane", "plane.js")              # once, when the module is imported; the entry exports `mount`
    mount(_plane, here, texts=texts(), rows=…, …)        # here: a Place (ganlab.ui.address)

In the browser: `data.state` (the spec as JSON, with `components` of P and Q), `data.heard`, `data.echo`,
`data.socket`, `data.assets`, `data.texts`; on rest `component.setTriggerValue("changed", { stamp, state })`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import streamlit as st

from ganlab.live.calculator import PATH
from ganlab.live.questions import described
from ganlab.specs import FlatSpec, parsed
from ganlab.ui.address import Address, Place
from ganlab.ui.i18n import language
from ganlab.ui.live import assets

Component = Callable[..., Any]
STAMP = 64  # characters at most


def register(name: str, entry: str) -> Component:
    """A component of the browser: `entry` is a module of `ui/lab/static` that exports `mount`."""
    component: Component = st.components.v2.component(
        f"ganlab_{name}", js=assets.stub(entry), isolate_styles=False
    )
    return component


def mount(component: Component, here: Place[Any], *, texts: Mapping[str, str], **data: Any) -> None:
    """Shows the component with the state of the page; what it hands over goes into the address."""
    key = f"{here.page}.lab"
    component(
        key=key,
        data={
            "assets": assets.address(),
            "socket": f"{assets.base_path()}{PATH}?lang={language()}",
            "texts": dict(texts),
            "state": state_of(here.spec),
            "reset": state_of(here.address.opens),
            **heard(here),
            **data,
        },
        on_changed_change=partial(take, here.address, key),
    )


def state_of(spec: FlatSpec) -> dict[str, Any]:
    """A spec as the browser gets it: its fields, and the components of its distributions P and Q."""
    fields = spec.model_dump(mode="json")
    sides = {side: described(parsed(fields[side])) for side in ("p", "q") if side in fields}
    return fields | {"components": sides}


def take(address: Address[Any], key: str) -> None:
    """Callback: the state that the component came to rest in. Anything may arrive here; the spec checks it."""
    event = st.session_state[key].changed
    if not isinstance(event, Mapping) or not isinstance(event.get("state"), Mapping):
        return
    known = type(address.opens).model_fields
    if address.change(**{name: value for name, value in event["state"].items() if name in known}):
        st.session_state[f"{address.page}.echo"] = (str(event.get("stamp", ""))[:STAMP], address.last())


def heard(here: Place[Any]) -> dict[str, str | None]:
    """`heard`, the stamp of what the component handed over last, and `echo`, the same if it is what the page shows now.

    A viewer who goes back at once may stop the run that would have handed that back; what comes then is the state
    from before, which the component takes for nothing new unless it knows that the page has heard it.
    """
    stamp, spec = st.session_state.get(f"{here.page}.echo", (None, None))
    return {"heard": stamp, "echo": stamp if spec == here.spec else None}
