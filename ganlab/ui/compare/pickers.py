"""What another run may change: objectives, remedies and fields to choose from, and the arm that each begins with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import streamlit as st

from ganlab.gan import variants
from ganlab.gan.objectives import OBJECTIVES
from ganlab.gan.penalties import PENALTIES
from ganlab.gan.remedies import REMEDIES
from ganlab.gan.spec import GanSpec
from ganlab.specs import SpecError
from ganlab.ui import fields
from ganlab.ui.gan_fields import scale
from ganlab.ui.i18n import _


def offers(base: GanSpec) -> dict[str, str]:
    """What the picker of a new run offers: key and label."""
    found = {f"objective:{name}": _(row.label) for name, row in OBJECTIVES.items() if name != base.objective}
    found |= {f"remedy:{name}": _(row.label) for name, row in REMEDIES.items()}
    found |= {f"field:{field}": fields.label(field) for field in variants.fields()}
    return found


def kind_of_offer(key: str) -> str:
    """What an offer is, for its place in the list."""
    return {"objective": _("Objective"), "remedy": _("Remedy"), "field": _("Field")}[key.partition(":")[0]]


def starting_text(base: GanSpec, key: str) -> str:
    """The arm that an offer begins with; raises SpecError where it cannot be beside this base."""
    kind, _colon, name = key.partition(":")
    if kind == "objective":
        values: dict[str, Any] = {"objective": name}
    elif kind == "remedy":
        values = dict(REMEDIES[name].values(base))
    else:
        values = first_change(base, name)
    base.changed(**values)
    return variants.write(values)


def first_change(base: GanSpec, field: str) -> dict[str, Any]:
    """Another value of a field to begin with: the nearest that the rest of the base allows."""
    problem: SpecError | None = None
    for values in _candidates(base, field):
        try:
            base.changed(**values)
        except SpecError as error:
            problem = problem or error
        else:
            return values
    raise problem or SpecError([(field, getattr(base, field), "there is no other value")])


def _candidates(base: GanSpec, field: str) -> Iterator[dict[str, Any]]:
    value = getattr(base, field)
    if field == "penalty":
        rows = [row for row in PENALTIES.values() if row.name not in ("none", value)]
        yield from ({"penalty": row.name, "penalty_weight": row.weight} for row in rows)
    if fields.choices(field):
        yield from ({field: name} for name in fields.choices(field) if name != value)
        return
    if isinstance(value, tuple):
        yield {field: tuple(min(512, 2 * width) for width in value) or (32,)}
        return
    yield from ({field: other} for other in _other_numbers(field, value))


def _other_numbers(field: str, value: float) -> list[Any]:
    """Numbers near a value, the nearest first, larger ones before smaller ones."""
    kind: Callable[[float], Any] = int if isinstance(value, int) else float
    low, high = fields.bounds(field)
    notches = [kind(number) for number in scale(field) if low <= number <= high and kind(number) == number]
    above = sorted(number for number in notches if number > value)
    below = sorted((number for number in notches if number < value), reverse=True)
    return [*above[1:4], *above[:1], *below[1:3], *below[:1]] if value == 0 else [*above[:3], *below[:3]]


def fields_left(text: str) -> list[str]:
    """The fields that an arm does not change yet."""
    return [field for field in variants.fields() if field not in variants.read(text)]


def add_select(
    key: str, options: Sequence[str], naming: Callable[[str], str], label: str, take: Any, help_: str
) -> None:
    """A list from which something is added; it shows nothing chosen, before and after."""
    st.session_state[key] = None
    st.selectbox(
        label,
        list(options),
        index=None,
        format_func=naming,
        placeholder=label,
        key=key,
        help=help_,
        on_change=take,
        label_visibility="collapsed",
    )
