"""The data group of the sidebar: a family and its parameters, the same as text, a drawing, or a file."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ganlab.distributions import FAMILIES, Distribution, DistributionError, Drawn, Family, Parameter, Samples
from ganlab.ui import exercise
from ganlab.ui.address import follow
from ganlab.ui.exercise import PAGES, Exercise
from ganlab.ui.fields import explain, family_name
from ganlab.ui.i18n import _
from ganlab.ui.messages import Problem, plain, translate
from ganlab.ui.owndata import draw, upload

OWN = ""
"""What the picker shows for a mixture, which is no row of the registry."""


def data(here: Exercise) -> None:
    """Everything that chooses the data."""
    distribution = here.spec.distribution
    family = family_of(distribution)
    picker(here, family)
    if family is not None:
        parameters(here, family, distribution)
    if isinstance(distribution, Samples):
        describe(distribution)
    as_text(here)
    own(here)


def family_of(distribution: Distribution) -> Family | None:
    """The row of the registry behind a distribution; None for a mixture."""
    row = getattr(distribution, "FAMILY", None)
    return row if isinstance(row, Family) else None


def picker(here: Exercise, family: Family | None) -> None:
    """The families for this page."""
    known = [key for key, row in FAMILIES.items() if PAGES.get(row.dim or 0) == here.page and shown(row)]
    here_now = family.key if family else OWN
    key = f"{here.page}.family"
    follow(key, here_now)
    st.selectbox(
        _("Family"),
        known if here_now in known else [here_now, *known],
        format_func=lambda name: family_name(name) if name else _("Mixture, as written below"),
        key=key,
        help=_(FAMILIES[here_now].about) if here_now else _("A weighted sum of families."),
        on_change=take_family,
        args=(here.page,),
    )


def shown(row: Family) -> bool:
    """Whether a family can be picked without data of one's own."""
    return row.example is not None and all(parameter.kind != "text" for parameter in row.parameters)


def take_family(page: str) -> None:
    """Callback: the family with its example's parameters."""
    row = FAMILIES.get(st.session_state[f"{page}.family"])
    if row is not None and row.example is not None:
        exercise.change(page, data=row.example)


def parameters(here: Exercise, family: Family, distribution: Distribution) -> None:
    """Number boxes for the family's parameters, two beside each other."""
    numbers = [
        parameter
        for parameter in family.parameters
        if parameter.kind != "text" and isinstance(getattr(distribution, parameter.name), int | float)
    ]
    for first in range(0, len(numbers), 2):
        for column, parameter in zip(st.columns(2), numbers[first : first + 2], strict=False):
            with column:
                number(here, family, parameter, getattr(distribution, parameter.name))
    wrong = exercise.refused(here.page, "parameter")
    if wrong:
        st.error(_("{reason}. Nothing was changed.").format(reason=plain(translate(wrong.allowed))))


def number(here: Exercise, family: Family, parameter: Parameter, value: float) -> None:
    """The box of one parameter."""
    whole = parameter.kind == "integer"
    key = f"{here.page}.{family.key}.{parameter.name}"
    kind = int if whole else float
    if exercise.refused(here.page, "parameter") is None:
        follow(key, kind(value))
    st.number_input(
        parameter.name,
        kind(parameter.low),
        kind(parameter.high),
        step=1 if whole else step_of(value),
        format="%d" if whole else "%.4g",
        key=key,
        help=_(parameter.about),
        on_change=take_parameter,
        args=(here.page, family.key, parameter.name),
    )


def step_of(value: float) -> float:
    """What + and − add: small beside a small number."""
    return 0.01 if abs(value) < 0.2 else 0.1


def take_parameter(page: str, family: str, name: str) -> None:
    """Callback: the same family with one parameter changed."""
    distribution = exercise.last(page).distribution
    row = FAMILIES[family]
    if family_of(distribution) is not row:  # a box of the family before this one, which speaks up late
        return
    values: dict[str, Any] = {
        parameter.name: getattr(distribution, parameter.name) for parameter in row.parameters
    }
    values[name] = st.session_state[f"{page}.{family}.{name}"]
    try:
        changed = row.build(**values)
    except DistributionError as error:
        exercise.refuse(page, Problem("parameter", values[name], str(error)))
    else:
        exercise.change(page, data=str(changed))


def as_text(here: Exercise) -> None:
    """The text form, which is what links and the command line use; an error points at its place."""
    key = f"{here.page}.data"
    wrong = exercise.refused(here.page, "data")
    if wrong is None:
        follow(key, here.spec.data)
    st.text_input(
        _("As text"),
        key=key,
        help=explain("data")
        + " "
        + _("Mixtures are written like this: 0.3*normal(-2,0.5)+0.7*normal(1.5,0.8)."),
        on_change=take_text,
        args=(here.page,),
    )
    if wrong is not None:
        st.error(pointed(wrong))


def take_text(page: str) -> None:
    """Callback: the text that was typed."""
    exercise.change(page, data=st.session_state[f"{page}.data"].strip())


def pointed(problem: Problem) -> str:
    """The problem with a mark under the place in the text; what ran before goes on."""
    text = str(problem.value)
    lines = [_("{reason}. Nothing was changed.").format(reason=plain(translate(problem.allowed)))]
    if problem.position is not None:
        start = max(0, problem.position - 16)
        piece = text[start : problem.position + 16]
        lines += [
            "```\n" + piece + "\n" + " " * (problem.position - start) + "^\n```",
            _("Position {n}.").format(n=problem.position + 1),
        ]
    return "\n\n".join(lines)


def own(here: Exercise) -> None:
    """Data of one's own: drawn in the plane, or read from a file."""
    left, right = st.columns(2)
    if here.spec.dim == 2 and left.button(
        _("Draw"),
        icon=":material/draw:",
        width="stretch",
        key=f"{here.page}.draw",
        help=_("Draw the data by hand."),
    ):
        points = here.spec.distribution.points if isinstance(here.spec.distribution, Drawn) else ()
        draw(here.page, [(float(x), float(y)) for x, y in points])
    if right.button(
        _("Upload"),
        icon=":material/upload_file:",
        width="stretch",
        key=f"{here.page}.upload",
        help=_("Read the data from a CSV file."),
    ):
        upload(here.page)


def describe(distribution: Samples) -> None:
    """Name, size and scale of an uploaded data set."""
    stored = distribution.stored
    centre = ", ".join(f"{value:.4g}" for value in stored.offset)
    st.caption(
        _(
            "{name}: {n} points. One unit of the stage is {scale} of the file; the stage's centre is at {centre}."
        ).format(name=stored.name, n=f"{len(stored.points):,}", scale=f"{stored.scale:.4g}", centre=centre)
    )
