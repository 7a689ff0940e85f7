"""P and Q in the sidebar of the page "From samples": each is a family with its parameters, a text, or a file.

A study takes points of a file in the units of the file, so that two files can be compared with each other and with any
family. (On the pages with a GAN every file is scaled for itself, which would move two files onto each other.)
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from ganlab.distributions import Samples, Table, store
from ganlab.divergences.estimators import ESTIMATORS
from ganlab.specs import parsed
from ganlab.ui.address import Address, Place, follow
from ganlab.ui.datapicker import choose
from ganlab.ui.i18n import _
from ganlab.ui.messages import plain
from ganlab.ui.owndata import chosen, ranges, text_of

PLAIN: dict[int, dict[str, str]] = {
    1: {"p": "normal(0,1)", "q": "normal(1,1)"},
    2: {"p": "normal([0,0],1)", "q": "normal([1,0],1)"},
}
"""What a side becomes when the dimension changes."""

ROUNDING = 1e-5
"""Largest float32 rounding of uploaded points, as a share of the range of the data, that can be neglected."""


def other(side: str) -> str:
    """q for p, p for q."""
    return "q" if side == "p" else "p"


def dimension(here: Place[Any]) -> None:
    """The line or the plane: both sides change together."""
    key = f"{here.page}.dim"
    follow(key, parsed(here.spec.p).dim)
    st.segmented_control(
        _("Dimension"),
        tuple(PLAIN),
        format_func=lambda dim: {1: _("1-D, the line"), 2: _("2-D, the plane")}[dim],
        required=True,
        key=key,
        help=_("P and Q live in the same space; changing it starts with two normal distributions."),
        on_change=take_dimension,
        args=(here.address,),
    )


def take_dimension(address: Address[Any]) -> None:
    """Callback: two normal distributions of that dimension."""
    address.change(**fitting(address.last(), PLAIN[st.session_state[f"{address.page}.dim"]]))


def side(here: Place[Any], field: str) -> None:
    """Everything that chooses one side."""
    choose(here, field, described)
    st.button(
        _("Upload a CSV file"),
        icon=":material/upload_file:",
        width="stretch",
        key=f"{here.page}.upload.{field}",
        on_click=ask_for_file,
        args=(here.page, field),
    )
    if st.session_state.get(_uploading(here.page)) == field:
        upload(here, field)


# ---------------------------------------------------------------- a file


def _uploading(page: str) -> str:
    return f"{page}.uploading"


def ask_for_file(page: str, field: str | None = None) -> None:
    """Callback: the side that a file is chosen for, or none any more."""
    st.session_state[_uploading(page)] = field


def upload(here: Place[Any], field: str) -> None:
    """Opens the choice of a file; it stays open when something else runs the page again."""

    @st.dialog(
        _("{side} from a file").format(side=field.upper()),
        width="medium",
        on_dismiss=partial(ask_for_file, here.page),
    )
    def dialog() -> None:
        table = chosen(
            f"{here.page}.{field}.file",
            _(
                "A CSV file with one or two columns of numbers and up to {rows} rows; a header is optional. It stays "
                "on this server. One column is the line, two are the plane; the units are those of the file."
            ),
        )
        if table is not None:
            preview(here, field, table)

    dialog()


def preview(here: Place[Any], field: str, table: Table) -> None:
    """What is in the file, and a button to use it."""
    st.markdown(summary(table))
    dim = table.values.shape[1]
    changes = dim != parsed(here.spec.p).dim
    if changes:
        st.info(
            _("The page changes to {dim}-D, and {other} becomes {text}.").format(
                dim=dim, other=other(field).upper(), text=f"`{PLAIN[dim][other(field)]}`"
            )
        )
    if st.button(_("Use this data"), type="primary", key=f"{here.page}.{field}.use_file"):
        use(here, field, table, {other(field): PLAIN[dim][other(field)]} if changes else {})


def use(here: Place[Any], field: str, table: Table, besides: dict[str, str]) -> None:
    """Makes the file one side of the page and closes the dialog; or says in it why that cannot be."""
    text = text_of(partial(kept, table))
    if text is not None:
        here.address.change(**fitting(here.spec, {field: text, **besides}))
        ask_for_file(here.page)
        st.rerun()


def kept(table: Table) -> Samples:
    """Keeps the points as they are in the file, where float32 can hold them, else scaled to the stage.

    As they are, because the store knows a data set by its points: scaled, a file and the same file in other units, or
    moved, would be one. Raises DistributionError where the store cannot keep it.
    """
    largest = np.abs(table.values).max()
    rounding = largest * np.finfo(np.float32).eps
    if rounding > ROUNDING * np.ptp(table.values, axis=0).min() or largest > np.finfo(np.float32).max:
        return table.distribution()
    points = table.values.astype(np.float32)
    return Samples(store.put(points, table.name, (0.0,) * points.shape[1], 1.0))


def fitting(spec: Any, changes: dict[str, str]) -> dict[str, Any]:
    """The changes, and with a new dimension those estimators that stay possible."""
    dim = parsed(next(iter(changes.values()))).dim
    if dim == parsed(spec.p).dim:
        return dict(changes)
    stay = tuple(name for name in spec.estimators if dim in ESTIMATORS[name].dims)
    return changes | {"estimators": stay}


def described(distribution: Samples) -> str:
    """Name and size of an uploaded data set."""
    stored = distribution.stored
    return _("{name}: {n} points, in the units of the file.").format(
        name=plain(stored.name), n=f"{len(stored.points):,}"
    )


def summary(table: Table) -> str:
    """Rows and ranges of a file."""
    return _("{n} rows: {ranges}.").format(n=f"{len(table.values):,}", ranges=ranges(table))
