"""Widgets for single fields of a page's spec: they show what is in the address, and write what the viewer chooses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import streamlit as st

from ganlab.ui.address import Address, Place, follow
from ganlab.ui.fields import bounds, option
from ganlab.ui.i18n import _

P = TypeVar("P", bound=Place[Any])
Group = tuple[str, str, Callable[[P], None], bool]
"""Title, icon, what is in it, and whether it is open at first."""

RATES = (0.0, *(m * 10.0**e for e in range(-5, -1) for m in (1, 2, 5)), 0.1, 0.2, 0.5, 1.0)
WEIGHTS = (0.0, *(m * 10.0**e for e in range(-3, 2) for m in (1, 2, 5)), 100.0)
DEVIATIONS = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 2.0)
CLIPS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
BETAS = (0.0, 0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999, 0.9999)
UNITS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
BATCHES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096)
NOISE_DIMS = (1, 2, 3, 4, 8, 16, 32, 64, 128, 256)


def groups(here: P, rows: Iterable[Group[P]]) -> None:
    """Groups of widgets that fold."""
    for title, icon, group, expanded in rows:
        with st.expander(
            title, expanded=expanded, icon=f":material/{icon}:", key=f"{here.page}.group.{icon}"
        ):
            group(here)


def notches(here: Place[Any], field: str, values: Iterable[float], *, name: str | None = None) -> None:
    """A slider over values that are not evenly spaced; the current value is always one of them."""
    options = sorted({*(round(value, 12) for value in values), getattr(here.spec, field)})
    st.select_slider(name or here.label(field), options, format_func=short, **here.bound(field))


def short(value: float) -> str:
    """A number as people write it: 0.0005, 1e-05."""
    return f"{value:.10g}"


def pick(here: Place[Any], field: str, values: Sequence[str], naming: Callable[[str], str] = option) -> None:
    """A list of names to choose from."""
    st.selectbox(here.label(field), list(values), format_func=naming, **here.bound(field))


def whole(here: Place[Any], field: str) -> None:
    """A box for a whole number, within the bounds of the spec."""
    low, high = map(int, bounds(field, type(here.spec)))
    st.number_input(here.label(field), low, high, step=1, **here.bound(field))


# ---------------------------------------------------------------- the layers of a network


def layers(here: Place[Any], field: str, choices: Sequence[int] = UNITS) -> None:
    """Number of hidden layers and units in each; a link may give every layer a width of its own."""
    widths: tuple[int, ...] = getattr(here.spec, field)
    depth, units = f"{here.page}.{field}.depth", f"{here.page}.{field}.units"
    follow(depth, len(widths))
    st.markdown(f"**{here.label(field)}**", help=here.explain(field))
    left, right = st.columns(2)
    turn: dict[str, Any] = {"on_change": take_layers, "args": (here.address, field)}
    left.number_input(_("Hidden layers"), 0, 6, key=depth, help=_("Hidden layers, 0 to 6."), **turn)
    if widths:
        mixed = len(set(widths)) > 1
        follow(units, widths if mixed else widths[0])
        options = [*sorted({*choices, *(() if mixed else widths)}), *((widths,) if mixed else ())]
        help_ = _("Units in each hidden layer, 1 to 512.")
        right.selectbox(_("Units"), options, format_func=width_text, key=units, help=help_, **turn)


def width_text(units: int | tuple[int, ...]) -> str:
    """`32`, or `32, 64` where layers differ."""
    return ", ".join(map(str, units)) if isinstance(units, tuple) else str(units)


def take_layers(address: Address[Any], field: str) -> None:
    """Callback: the network gets the depth and the width that its widgets show."""
    depth = st.session_state[f"{address.page}.{field}.depth"]
    units = st.session_state.get(f"{address.page}.{field}.units", 32)
    widths = units if isinstance(units, tuple) else (units,)
    address.change(**{field: (widths + widths[-1:] * 6)[:depth]})
