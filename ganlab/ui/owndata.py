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
        table = chosen(
            f"{page}.file",
            _(
                "A CSV file with one or two columns of numbers and up to {rows} rows; a header is optional. "
                "It stays on this server and is scaled to the stage. One column opens the page for one dimension."
            ),
        )
        if table is not None:
            st.markdown(
                _("{n} rows: {ranges}. One unit of the stage will be {scale} of the file.").format(
                    n=f"{len(table.values):,}", ranges=ranges(table), scale=f"{table.scale:.4g}"
                )
            )
            if st.button(_("Use this data"), type="primary", key=f"{page}.use_file"):
                use(page, table.distribution)

    dialog()


def use(page: str, make: Callable[[], Distribution]) -> None:
    """Makes the data the page's own and closes the dialog; or says in it why that cannot be."""
    data = text_of(make)
    if data is not None:
        exercise.change(page, data=data)
        st.rerun()


# ---------------------------------------------------------------- in any dialog


def chosen(key: str, about: str) -> Table | None:
    """The table in the file that the viewer chooses; None before, and where it cannot be used, which is then said.

    `about` says what is read and what becomes of it; it has a place for {rows}.
    """
    st.caption(about.format(rows=f"{MAX_ROWS:,}"))
    file = st.file_uploader(_("CSV file"), key=key, label_visibility="collapsed", type=["csv", "tsv", "txt"])
    if file is None:
        return None
    try:
        return read_table(file.getvalue(), file.name)
    except TableError as error:
        st.error(_("This file cannot be used: {reason}.").format(reason=plain(translate(str(error)))))
        return None


def text_of(make: Callable[[], Distribution]) -> str | None:
    """The text of the data that is made; None where that cannot be, which is then said."""
    try:
        return str(make())
    except DistributionError as error:
        st.error(_("This data cannot be used: {reason}.").format(reason=plain(translate(str(error)))))
        return None


def ranges(table: Table) -> str:
    """The columns of a file, and from where to where they go."""
    low, high = table.values.min(axis=0), table.values.max(axis=0)
    return ", ".join(
        f"`{column}` {a:.4g} … {b:.4g}" for column, a, b in zip(table.columns, low, high, strict=True)
    )
