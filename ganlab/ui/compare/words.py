"""What a comparison says in words: the letters of its runs, what differs, and what is wrong with a link."""

from __future__ import annotations

from typing import Any

from ganlab.gan import variants
from ganlab.gan.objectives import OBJECTIVES
from ganlab.gan.penalties import PENALTIES
from ganlab.gan.spec import GanSpec
from ganlab.ui import fields
from ganlab.ui.i18n import _

LETTERS = "ABCDEF"
"""Run 0 is A."""


def letter(run: int) -> str:
    """The name of a run: A is the base."""
    return LETTERS[run]


def change_text(field: str, value: Any) -> str:
    """One difference from the base: the name of a row says enough by itself."""
    shown = fields.value_text(field, value)
    if fields.registry_of(field) is not None and value != "none":
        own = field.rpartition("_")[2]
        return f"{shown} ({own.upper()})" if own in ("d", "g") else shown
    return f"{fields.label(field)} {shown}"


def title(base: GanSpec, run: int, spec: GanSpec) -> str:
    """What is different about a run."""
    if run == 0:
        return _("the base")
    changes = [change_text(field, value) for field, value in variants.differences(base, spec)]
    return " · ".join(changes) or _("the same as the base")


def detail(base: GanSpec, run: int, spec: GanSpec) -> str:
    """The same at length: each field, what it was and what it is; of the base what it is made of."""
    if run == 0:
        names = [_(OBJECTIVES[spec.objective].label)]
        if PENALTIES[spec.penalty].term is not None:
            names.append(_(PENALTIES[spec.penalty].label))
        return " · ".join(
            [*names, f"{fields.label('lr_d')} {spec.lr_d:g}", f"{fields.label('lr_g')} {spec.lr_g:g}"]
        )
    return "\n".join(
        _("{field}: {value} instead of {before}").format(
            field=fields.label(field),
            value=fields.value_text(field, value),
            before=fields.value_text(field, getattr(base, field)),
        )
        for field, value in variants.differences(base, spec)
    )
