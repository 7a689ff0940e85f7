"""Links to ready-made states of a page: each is one click, and looks like the choice it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import streamlit as st

from ganlab.ui.i18n import _


def link(
    page: str, name: str, title: str, query: Mapping[str, str], *, on: bool = False, tip: str | None = None
) -> None:
    """A link to a page with this query; `name` is its own on the page, `on` says that it is what is shown."""
    with st.container(key=f"preset-{'on' if on else 'off'}-{name}", width="content"):
        st.page_link(f"{page}.py", label=title, help=tip, query_params=dict(query))


def headed(title: str, comment: str) -> str:
    """A comment under its title, both marked with N_, as Markdown."""
    form = _("**{title}** {comment}") if title.endswith("?") else _("**{title}**. {comment}")
    return form.format(title=_(title), comment=_(comment))


@dataclass(frozen=True)
class Ready:
    """A ready-made state. Title and comment are marked with N_."""

    name: str
    title: str
    comment: str
    query: Mapping[str, str]


def row(page: str, ready: Iterable[Ready], chosen: str | None) -> None:
    """Ready-made states of a page side by side; under them the comment of the chosen one."""
    comment = ""
    with st.container(horizontal=True, gap="small", key=f"{page}.ready"):
        for each in ready:
            on = each.name == chosen
            link(page, each.name, _(each.title), each.query, on=on, tip=_(each.comment))
            comment = headed(each.title, each.comment) if on else comment
    if comment:
        st.markdown(comment)


def card(page: str, title: str, text: str, ready: Iterable[Ready], names: Iterable[str]) -> None:
    """A page on the home page: what it shows, and some ways into it."""
    table = {each.name: each for each in ready}
    with st.container(border=True, key=f"card-{page}"):
        st.markdown(f"##### {title}")
        st.markdown(text)
        with st.container(horizontal=True, gap="small"):
            for name in names:
                link(page, f"{page}-{name}", _(table[name].title), table[name].query)
