"""Widgets that choose a distribution: a family and its parameters, or the same as text; for any page and any field that
holds the text of one. `data` is the group of a page with a GAN, which has a drawing pad and an upload as well.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from ganlab.distributions import FAMILIES, Distribution, DistributionError, Drawn, Family, Parameter, Samples
from ganlab.specs import parsed
from ganlab.ui.address import Address, Place, follow
from ganlab.ui.exercise import Exercise
from ganlab.ui.fields import family_name
from ganlab.ui.i18n import _
from ganlab.ui.messages import Problem, plain, translate
from ganlab.ui.owndata import draw, upload

PARAMETER = ".parameter"
"""What a field's name ends with where one of its parameters was refused."""

OWN = ""
"""What the picker shows for a mixture, which is no row of the registry."""


def data(here: Exercise) -> None:
    """Everything that chooses the data."""
    choose(here, "data", describe)
    own(here)


def choose(here: Place[Any], field: str, describe: Callable[[Samples], str] | None = None) -> None:
    """The widgets of one distribution; an uploaded file is described in a caption."""
    distribution = parsed(getattr(here.spec, field))
    family = family_of(distribution)
    picker(here, field, family, distribution.dim)
    if family is not None:
        parameters(here, field, family, distribution)
    if describe is not None and isinstance(distribution, Samples):
        st.caption(describe(distribution))
    as_text(here, field)


def in_place(*names: str) -> frozenset[str]:
    """What of these fields is refused in place, beside their widgets, and needs no word elsewhere."""
    return frozenset(name + part for name in names for part in ("", PARAMETER))


def family_of(distribution: Distribution) -> Family | None:
    """The row of the registry behind a distribution; None for a mixture."""
    row = getattr(distribution, "FAMILY", None)
    return row if isinstance(row, Family) else None


def shown(row: Family) -> bool:
    """Whether a family can be picked without data of one's own."""
    return row.example is not None and all(parameter.kind != "text" for parameter in row.parameters)


def picker(here: Place[Any], field: str, family: Family | None, dim: int) -> None:
    """The families of this dimension."""
    known = [key for key, row in FAMILIES.items() if row.dim == dim and shown(row)]
    now = family.key if family else OWN
    key = f"{here.page}.{field}.family"
    follow(key, now)
    st.selectbox(
        _("Family"),
        known if now in known else [now, *known],
        format_func=lambda name: family_name(name) if name else _("Mixture, as written below"),
        key=key,
        help=_(FAMILIES[now].about) if now else _("A weighted sum of families."),
        on_change=take_family,
        args=(here.address, field),
    )


def take_family(address: Address[Any], field: str) -> None:
    """Callback: the family with its example's parameters."""
    row = FAMILIES.get(st.session_state[f"{address.page}.{field}.family"])
    if row is not None and row.example is not None:
        address.change(**{field: row.example})


def parameters(here: Place[Any], field: str, family: Family, distribution: Distribution) -> None:
    """Number boxes for the family's parameters, two beside each other."""
    numbers = [
        row
        for row in family.parameters
        if row.kind != "text" and isinstance(getattr(distribution, row.name), int | float)
    ]
    for first in range(0, len(numbers), 2):
        for column, row in zip(st.columns(2), numbers[first : first + 2], strict=False):
            with column:
                number(here, field, family, row, getattr(distribution, row.name))
    wrong = here.address.refused(field + PARAMETER)
    if wrong:
        st.error(_("{reason}. Nothing was changed.").format(reason=plain(translate(wrong.allowed))))


def number(here: Place[Any], field: str, family: Family, row: Parameter, value: float) -> None:
    """The box of one parameter."""
    whole = row.kind == "integer"
    key = f"{here.page}.{field}.{family.key}.{row.name}"
    kind = int if whole else float
    if here.address.refused(field + PARAMETER) is None:
        follow(key, kind(value))
    st.number_input(
        _(row.name),
        kind(row.low),
        kind(row.high),
        step=1 if whole else step_of(value),
        format="%d" if whole else "%.4g",
        key=key,
        help=_(row.about),
        on_change=take_parameter,
        args=(here.address, field, family.key, row.name),
    )


def step_of(value: float) -> float:
    """What + and − add: small beside a small number."""
    return 0.01 if abs(value) < 0.2 else 0.1


def take_parameter(address: Address[Any], field: str, family: str, name: str) -> None:
    """Callback: the same family with one parameter changed."""
    distribution = parsed(getattr(address.last(), field))
    row = FAMILIES[family]
    if family_of(distribution) is not row:  # a box of the family before, not yet gone from the browser
        return
    values: dict[str, Any] = {each.name: getattr(distribution, each.name) for each in row.parameters}
    values[name] = st.session_state[f"{address.page}.{field}.{family}.{name}"]
    try:
        changed = row.build(**values)
    except DistributionError as error:
        address.refuse(Problem(field + PARAMETER, values[name], str(error)))
    else:
        address.change(**{field: str(changed)})


def as_text(here: Place[Any], field: str) -> None:
    """The text form, which is what links and the command line use; an error points at its place."""
    key = f"{here.page}.{field}"
    wrong = here.address.refused(field)
    if wrong is None:
        follow(key, getattr(here.spec, field))
    st.text_input(
        _("As text"),
        key=key,
        help=here.explain(field)
        + " "
        + _("Mixtures are written like this: 0.3*normal(-2,0.5)+0.7*normal(1.5,0.8)."),
        on_change=take_text,
        args=(here.address, field),
    )
    if wrong is not None:
        st.error(pointed(wrong))


def take_text(address: Address[Any], field: str) -> None:
    """Callback: the text that was typed."""
    address.change(**{field: st.session_state[f"{address.page}.{field}"].strip()})


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


def describe(distribution: Samples) -> str:
    """Name, size and scale of an uploaded data set."""
    stored = distribution.stored
    centre = ", ".join(f"{value:.4g}" for value in stored.offset)
    return _(
        "{name}: {n} points. One unit of the stage is {scale} of the file; the stage's centre is at {centre}."
    ).format(name=plain(stored.name), n=f"{len(stored.points):,}", scale=f"{stored.scale:.4g}", centre=centre)
