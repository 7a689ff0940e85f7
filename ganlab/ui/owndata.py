"""Dialogs for data of one's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from ganlab.distributions import Distribution, DistributionError, Drawn, Table, TableError, read_table
from ganlab.distributions.table import MAX_ROWS
from ganlab.ui import exercise
from ganlab.ui.i18n import _
from ganlab.ui.live.component import draw_pad
from ganlab.ui.messages import plain, translate


def draw(page: str, points: Sequence[tuple[float, float]]) -> None:
    """Opens the drawing pad, with these points on it."""

    @st.dialog(_("Draw the data"), width="small")
    def dialog() -> None:
        st.caption(_("Every point becomes a small Gaussian cloud; the generator has to imitate all of them."))
        drawn = draw_pad(f"{page}.pad", points=points)
        if drawn is not None:
            use(page, lambda: Drawn.from_points(drawn))

    dialog()


def upload(page: str) -> None:
    """Opens the choice of a file."""

    @st.dialog(_("Data from a file"), width="medium")
    def dialog() -> None:
        st.caption(
            _(
                "A CSV file with one or two columns of numbers and up to {rows} rows; a header is optional. "
                "It stays on this server and is scaled to the stage. One column opens the page for one dimension."
            ).format(rows=f"{MAX_ROWS:,}")
        )
        file = st.file_uploader(
            _("CSV file"), key=f"{page}.file", label_visibility="collapsed", type=["csv", "tsv", "txt"]
        )
        if file is not None:
            preview(page, file.getvalue(), file.name)

    dialog()


def preview(page: str, content: bytes, name: str) -> None:
    """What is in the file, and a button to use it; or what is wrong with it."""
    try:
        table = read_table(content, name)
    except TableError as error:
        st.error(_("This file cannot be used: {reason}.").format(reason=plain(translate(str(error)))))
        return
    st.markdown(summary(table))
    if st.button(_("Use this data"), type="primary", key=f"{page}.use_file"):
        use(page, table.distribution)


def use(page: str, make: Callable[[], Distribution]) -> None:
    """Makes the data the page's own and closes the dialog; or says in it why that cannot be."""
    try:
        data = str(make())
    except DistributionError as error:
        st.error(_("This data cannot be used: {reason}.").format(reason=plain(translate(str(error)))))
        return
    exercise.change(page, data=data)
    st.rerun()


def summary(table: Table) -> str:
    """Rows, columns, and how they are scaled."""
    low, high = table.values.min(axis=0), table.values.max(axis=0)
    ranges = ", ".join(
        f"`{column}` {a:.4g} … {b:.4g}" for column, a, b in zip(table.columns, low, high, strict=True)
    )
    return _("{n} rows: {ranges}. One unit of the stage will be {scale} of the file.").format(
        n=f"{len(table.values):,}", ranges=ranges, scale=f"{table.scale:.4g}"
    )
